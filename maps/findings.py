"""Findings: sentences made from the numbers and their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from .words import Words, capital

HEADLINE = "multigroup_dissimilarity"
"""The index that the sentences tell of."""

SCALED = "spatial_information_theory"
"""The index that is shown by scale."""

SAME = 0.02
"""An index that changes by less, and has no interval, is called about the same."""

_NAMED = 4
"""So many names a sentence lists."""


def findings(
    tables: dict[str, pd.DataFrame],
    words: Words,
    limits: dict[str, float],
    dwellings: Sequence[str] = (),
    level: float = 0.95,
    regions: Sequence[str] = (),
    unit: str = "m",
    alpha: float = 0.05,
    standing: dict[str, tuple[int, int]] | None = None,
    *,
    adjusted: bool = True,
) -> list[str]:
    """Put the main results in words.

    Parameters
    ----------
    tables
        ``segregation``, ``change``, ``autocorrelation`` and ``access``, as they are published.
    words
        The words of the page.
    limits
        The limit of each kind of service.
    dwellings
        The attributes that are made of layers of dwellings: they tell of buildings and landlords,
        not of who lives where, and are left out of the sentences about groups.
    level
        The level of the intervals.
    regions
        The regions that are compared.
    unit
        Of the limits: ``m`` or ``min``.
    alpha
        The level of significance of likeness between neighbours.
    standing
        Of the figures that are mapped by local Moran, how many zones stand out, and of how many.
    adjusted
        Whether the p-values of likeness are adjusted for the number of figures.

    Returns
    -------
    list of str
        Sentences, the most general first. Areas are not ranked and groups not judged.
    """
    table, change = tables["segregation"], tables["change"]
    table = table[~table["attribute"].isin(dwellings) & (table["region"] == "")]
    change = change[~change["attribute"].isin(dwellings)]
    beside = change["from"].isin(regions)
    sentences = [
        *_evenness(table, words),
        *_change(change[~beside], words, level),
        *_regions(change[beside], words, level),
        *_clustering(tables["autocorrelation"], words, alpha, standing or {}, adjusted=adjusted),
        *_reach(tables["access"], words, limits, unit, dwellings),
        *_left_out(words, dwellings),
    ]
    return [capital(sentence) for sentence in sentences]


def baseline(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of the last year of the baseline."""
    rows = table[table["scenario"] == "baseline"]
    return rows[rows["year"] == rows["year"].max()] if rows["year"].notna().any() else rows


def whole_map(table: pd.DataFrame, region: str = "") -> pd.DataFrame:
    """Give Moran's I of each figure in the last year: that of rates where there is one.

    Parameters
    ----------
    table
        The table of autocorrelation.
    region
        A region, or all zones together unless told.

    Returns
    -------
    DataFrame
        One row a figure, in the order of the table.
    """
    rows = baseline(table)
    rows = rows[rows["statistic"].isin(["moran_i", "moran_rate"]) & (rows["region"] == region)]
    order = {key: number for number, key in enumerate(dict.fromkeys(rows["variable"]))}
    # Of a figure that has both, the rate is the later name.
    rows = rows.sort_values("statistic", kind="stable").drop_duplicates("variable", keep="last")
    return rows.sort_values("variable", key=lambda keys: keys.map(order), kind="stable")


def _evenness(table: pd.DataFrame, _: Words) -> list[str]:
    rows = baseline(table)
    whole = rows[(rows["index"] == HEADLINE) & (rows["group"] == "")]
    known = whole["corrected"].notna().any()
    whole = whole.assign(shown=whole["corrected"].fillna(whole["value"]))
    whole = whole.dropna(subset="shown").sort_values("shown")
    if len(whole) == 0:
        return []
    most, least = whole.iloc[-1], whole.iloc[0]
    texts = {"attribute": _.label(most["attribute"]), "value": _.number(most["shown"], 2)}
    off = " " + _("What chance adds in small zones is taken off.") if known else ""
    if len(whole) == 1:
        text = (
            "{attribute}: the multigroup index of dissimilarity is {value}. 0 is evenly spread, "
            "1 is wholly apart."
        )
        return [_(text, **texts) + off]
    text = (
        "Of the attributes measured here, groups live most apart by {attribute}: the multigroup "
        "index of dissimilarity is {value}. 0 is evenly spread, 1 is wholly apart."
    )
    out = [_(text, **texts) + off]
    text = (
        "Of these attributes, groups are most evenly spread by {attribute}: the index is {value}."
    )
    value = _.number(least["shown"], 2)
    out.append(_(text, attribute=_.label(least["attribute"]), value=value))
    return out


def _change(table: pd.DataFrame, _: Words, level: float) -> list[str]:
    rows = table[(table["index"] == HEADLINE) & (table["group"] == "")].dropna(subset="difference")
    # The first comparison of an attribute is that of its first year with its last.
    rows = rows.drop_duplicates("attribute").rename(columns={"from": "first", "to": "last"})
    out, unsure = [], False
    for row in rows.itertuples(index=False):
        known = row.ci_low == row.ci_low
        digits = 3 if known else 2
        texts = {
            "attribute": _.label(row.attribute),
            "first": row.first,
            "last": row.last,
            "before": _.number(row.before, digits),
            "after": _.number(row.after, digits),
        }
        rise = row.difference > 0
        if not known:
            unsure = True
            if abs(row.difference) < SAME:
                text = (
                    "{attribute}: the multigroup index of dissimilarity was about the same in "
                    "{first} ({before}) and {last} ({after})."
                )
            elif rise:
                text = (
                    "{attribute}: the multigroup index of dissimilarity rose from {before} "
                    "({first}) to {after} ({last})."
                )
            else:
                text = (
                    "{attribute}: the multigroup index of dissimilarity fell from {before} "
                    "({first}) to {after} ({last})."
                )
            out.append(_(text, **texts))
            continue
        texts["difference"] = _.number(abs(row.difference), 3)
        texts["corrected"] = _.number(row.corrected, 3)
        texts["interval"] = _.interval(row.ci_low, row.ci_high, 3)
        texts["level"] = _.level(level)
        if _sure(row):
            text = (
                "{attribute}: the multigroup index of dissimilarity as counted fell from {before} "
                "({first}) to {after} ({last}), by {difference}. With what chance adds in small "
                "zones taken off, the difference is {corrected} ({level} confidence interval "
                "{interval})."
            )
            if rise:
                text = (
                    "{attribute}: the multigroup index of dissimilarity as counted rose from "
                    "{before} ({first}) to {after} ({last}), by {difference}. With what chance "
                    "adds in small zones taken off, the difference is {corrected} ({level} "
                    "confidence interval {interval})."
                )
            out.append(" ".join(filter(None, [_(text, **texts), _parts(row, _)])))
        else:
            text = (
                "{attribute}: the multigroup index of dissimilarity as counted was {before} in "
                "{first} and {after} in {last}. The difference cannot be told from chance: with "
                "what chance adds in small zones taken off, it is {corrected} ({level} confidence "
                "interval {interval})."
            )
            out.append(_(text, **texts))
    if unsure:
        text = (
            "No confidence interval is computed for the index. A change of less than {same} is "
            "therefore called about the same."
        )
        out.append(_(text, same=_.number(SAME, 2)))
    return out


def _sure(row: Any) -> bool:
    """Tell whether the interval of a difference lies on the side of the difference itself.

    What is written as 0.000 is no end to tell from 0.
    """
    if row.difference > 0:
        return bool(round(row.ci_low, 3) > 0)
    return bool(round(row.ci_high, 3) < 0)


def _regions(table: pd.DataFrame, _: Words, level: float) -> list[str]:
    """Tell of each attribute how far the regions differ."""
    rows = table[(table["index"] == HEADLINE) & (table["group"] == "")].dropna(subset="difference")
    rows = rows.rename(columns={"from": "first", "to": "last"})
    out = []
    for attribute, part in rows.groupby("attribute", sort=False):
        size = part["corrected"].fillna(part["difference"]).abs()
        row: Any = part.loc[size.idxmax()]
        texts = {
            "attribute": _.label(str(attribute)),
            "first": _.label(row["first"]),
            "last": _.label(row["last"]),
            "before": _.number(row.before, 3),
            "after": _.number(row.after, 3),
            "corrected": _.number(row.corrected, 3),
            "interval": _.interval(row.ci_low, row.ci_high, 3),
            "level": _.level(level),
        }
        pairs = len(part)
        number = sum(_sure(pair) for pair in part.itertuples(index=False))
        if row.ci_low != row.ci_low:
            text = (
                "{attribute}: the multigroup index of dissimilarity differs most between the "
                "regions {first} ({before}) and {last} ({after}). No confidence interval is "
                "computed."
            )
        elif number:
            text = (
                "{attribute}: the multigroup index of dissimilarity as counted differs between "
                "the regions {first} ({before}) and {last} ({after}). With what chance adds in "
                "small zones taken off, the difference is {corrected} ({level} confidence "
                "interval {interval})."
            )
            if pairs > 1:
                text = (
                    "{attribute}: the multigroup index of dissimilarity as counted differs most "
                    "between the regions {first} ({before}) and {last} ({after}). With what "
                    "chance adds in small zones taken off, the difference is {corrected} ({level} "
                    "confidence interval {interval})."
                )
        else:
            text = (
                "{attribute}: the multigroup index of dissimilarity of the regions cannot be told "
                "apart from chance. As counted, the difference is greatest between {first} "
                "({before}) and {last} ({after}); with what chance adds in small zones taken off, "
                "it is {corrected} ({level} confidence interval {interval})."
            )
        sentences = [_(text, **texts)]
        chance = round((1 - level) * pairs)
        if pairs > 1 and number == pairs:
            sentences.append(_("Every pair of regions differs by more than chance would have it."))
        elif pairs > 1 and number:
            text = "Of {all} pairs of regions, {number} differ by more than chance would have it."
            if chance:
                text = (
                    "Of {all} pairs of regions, {number} differ by more than chance would have "
                    "it; chance alone would make about {chance} seem to."
                )
            counts = {"all": pairs, "number": number, "chance": chance}
            sentences.append(_(text, **{key: _.number(count) for key, count in counts.items()}))
        out.append(" ".join(sentences))
    return out


def _parts(row: Any, _: Words) -> str:
    """Say what a change is made of; nothing where that is not known."""
    if row.composition != row.composition:
        return ""
    parts = {
        part: _.number(getattr(row, part), 3) for part in ("composition", "distribution", "zones")
    }
    text = (
        "Of the difference as counted, {composition} comes of the sizes of the groups, "
        "{distribution} of where they live, and {zones} of zones that came or went."
    )
    if abs(row.zones) < 0.0005:
        text = (
            "Of the difference as counted, {composition} comes of the sizes of the groups and "
            "{distribution} of where they live."
        )
    return _(text, **parts)


def by_scale(table: pd.DataFrame, words: Words, dwellings: Sequence[str] = ()) -> str:
    """Say how fast segregation falls as one looks further, of the attribute that has most of it.

    Parameters
    ----------
    table
        Segregation by scale, as it is published.
    words
        The words of the page.
    dwellings
        See `findings`.

    Returns
    -------
    str
        One sentence or two; empty where there is nothing to say.
    """
    rows = table[(table["index"] == SCALED) & ~table["attribute"].isin(dwellings)]
    rows = rows.dropna(subset="value").sort_values("scale")
    ends = rows.groupby("attribute", sort=False).agg(
        {"scale": ["first", "last"], "value": ["first", "last"], "unit": "first"}
    )
    ends = ends[ends["scale", "first"] < ends["scale", "last"]]
    if ends.empty:
        return ""
    most = ends.loc[ends["value", "first"].idxmax()]
    near, far = (
        {
            "persons": words("among the {number} nearest people", number=number),
            "households": words("among the {number} nearest households", number=number),
            "dwellings": words("among the {number} nearest dwellings", number=number),
        }[most["unit", "first"]]
        for number in (words.number(most["scale", end]) for end in ("first", "last"))
    )
    text = words(
        "{attribute}: the spatial information theory index is {most} {near} and {least} {far}. "
        "The more slowly it falls, the larger are the areas in which groups live apart.",
        attribute=words.label(str(most.name)),
        most=words.number(most["value", "first"], 2),
        least=words.number(most["value", "last"], 2),
        near=near,
        far=far,
    )
    return capital(text)


def _clustering(
    table: pd.DataFrame,
    _: Words,
    alpha: float,
    standing: dict[str, tuple[int, int]],
    *,
    adjusted: bool,
) -> list[str]:
    regions = [name for name in dict.fromkeys(baseline(table)["region"]) if name]
    of = _within(table, regions, _, alpha, standing) if regions else []
    if not regions:
        of = _everywhere(whole_map(table).dropna(subset="value"), _, alpha, standing)
    if of and adjusted:
        of[-1] += " " + _("What differs from chance is told after adjustment for so many figures.")
    elif of:
        of[-1] += " " + _(
            "What differs from chance is told of each figure by itself, not adjusted for there "
            "being several."
        )
    return of


def _everywhere(
    rows: pd.DataFrame, _: Words, alpha: float, standing: dict[str, tuple[int, int]]
) -> list[str]:
    """Tell in which figures neighbours are alike, and in which unlike, on the whole map."""
    if len(rows) == 0:
        return []
    names = variable_labels(rows["variable"], _)
    chance = rows[~beyond(rows, alpha)]
    sure = rows[beyond(rows, alpha) & (rows["value"] > rows["expected"])].sort_values("value")
    unlike = rows[beyond(rows, alpha) & (rows["value"] <= rows["expected"])]
    out = []
    if len(sure):
        top = sure.iloc[-1]
        text = (
            "Neighbouring zones are more alike than chance would have it in {number} of {all} "
            "figures. They are most alike in: {name} (Moran’s I {value})."
        )
        if len(rows) == 1:
            text = (
                "{name}: neighbouring zones are more alike than chance would have it (Moran’s I "
                "{value})."
            )
        elif len(sure) == len(rows):
            text = (
                "Neighbouring zones are more alike than chance would have it in every figure. "
                "They are most alike in: {name} (Moran’s I {value})."
            )
        value = _.number(top["value"], 2)
        counts = {"number": _.number(len(sure)), "all": _.number(len(rows))}
        told = [_(text, name=names[top["variable"]], value=value, **counts)]
        out.append(" ".join([*told, *_few_stand_out(top["variable"], standing, _)]))
    if len(unlike):
        shown = _listed([names[variable] for variable in unlike["variable"]], _)
        text = "Neighbouring zones are less alike than chance would have it in: {names}."
        out.append(_(text, names=shown))
    if len(chance):
        shown = _listed([names[variable] for variable in chance["variable"]], _)
        text = "Whether neighbouring zones are alike cannot be told from chance in: {names}."
        out.append(_(text, names=shown))
    return out


def _within(
    table: pd.DataFrame,
    regions: Sequence[str],
    _: Words,
    alpha: float,
    standing: dict[str, tuple[int, int]],
) -> list[str]:
    """Tell in which regions neighbours are alike, each region compared with itself."""
    rows = pd.concat([whole_map(table, region) for region in regions]).dropna(subset="value")
    if rows.empty:
        return []
    names, out = variable_labels(pd.Series(rows["variable"].unique(), dtype=object), _), []
    alike = beyond(rows, alpha) & (rows["value"] > rows["expected"])
    unlike = beyond(rows, alpha) & (rows["value"] <= rows["expected"])
    number = alike.groupby(rows["variable"], sort=False).agg(["sum", "size"])
    every = number.index[number["sum"] == number["size"]]
    if len(every):
        top = rows[rows["variable"].isin(every)].sort_values("value").iloc[-1]
        text = (
            "Neighbouring zones are more alike than chance would have it in each region by itself "
            "in: {names}. They are most alike in: {name} ({region}, Moran’s I {value})."
        )
        told = _(
            text,
            names=_listed([names[variable] for variable in every], _),
            name=names[top["variable"]],
            region=_.label(top["region"]),
            value=_.number(top["value"], 2),
        )
        out.append(" ".join([told, *_few_stand_out(top["variable"], standing, _)]))
    for variable in number.index.difference(every, sort=False)[:_NAMED]:
        own = rows["variable"] == variable
        more, less, rest = (
            ", ".join(_.label(region) for region in rows.loc[own & which, "region"])
            for which in (alike, unlike, ~alike & ~unlike)
        )
        parts = []
        if more:
            text = "neighbouring zones are more alike than chance would have it in: {regions}."
            parts.append(_(text, regions=more))
        if less:
            text = "neighbouring zones are less alike than chance would have it in: {regions}."
            parts.append(_(text, regions=less))
        if rest and parts:
            text = "In other regions it cannot be told from chance: {regions}."
            parts.append(_(text, regions=rest))
        elif rest:
            parts = [_("in no region can the likeness of neighbouring zones be told from chance.")]
        out.append(f"{names[variable]}: {' '.join([parts[0], *map(capital, parts[1:])])}")
    return out


def beyond(rows: pd.DataFrame, alpha: float) -> pd.Series:
    """Tell which rows differ from chance, after adjustment for there being several.

    Parameters
    ----------
    rows
        Of the table of autocorrelation.
    alpha
        The level of significance.
    """
    return rows["p_adjusted"] <= alpha


def _listed(names: Sequence[str], _: Words) -> str:
    """List a few names, and say how many more there are."""
    shown = "; ".join(names[:_NAMED])
    if len(names) > _NAMED:
        shown += _(" and {number} more", number=_.number(len(names) - _NAMED))
    return shown


def _few_stand_out(variable: str, standing: dict[str, tuple[int, int]], _: Words) -> list[str]:
    """Explain why neighbours are alike and yet few zones stand out, where that is so."""
    found, tested = standing.get(variable, (0, 0))
    if not tested or found > tested / 4:
        return []
    text = (
        "That holds of the zones taken together. A single zone is tested by its few neighbours "
        "alone, and must stand out more where so many are tested, so that {found} of {tested} do."
    )
    return [_(text, found=_.number(found), tested=_.number(tested))]


def variable_labels(variables: pd.Series, words: Words) -> dict[str, str]:
    """Name the variables of the table of autocorrelation: groups of attributes, other figures.

    Parameters
    ----------
    variables
        ``attribute.group``, or the name of another figure.
    words
        The words of the page.

    Returns
    -------
    dict
        The name of each; the only group of an attribute has the attribute's.
    """
    attributes = variables.str.partition(".")[0]
    alone = ~attributes.duplicated(keep=False)
    out = {}
    for variable, single in zip(variables, alone, strict=True):
        attribute, _, group = variable.partition(".")
        name = words.label(attribute)
        out[variable] = name if single else f"{name} ({words.label(group, attribute)})"
    return out


def _left_out(_: Words, dwellings: Sequence[str]) -> list[str]:
    names = "; ".join(_.label(name) for name in dwellings)
    text = (
        "Dwellings, not people, are counted by: {names}. Their figures stand in the tables; the "
        "findings on groups leave them out."
    )
    return [_(text, names=names)] if names else []


def _reach(
    table: pd.DataFrame,
    _: Words,
    limits: dict[str, float],
    unit: str,
    dwellings: Sequence[str],
) -> list[str]:
    rows = baseline(table)
    universes = rows[rows["measure"] == "beyond_limit"].groupby("attribute")["unit"].first()
    members = {
        "persons": _("share of the group’s people"),
        "households": _("share of the group’s households"),
        "dwellings": _("share of the group’s dwellings"),
    }
    rows = rows[rows["measure"] == "share_within_limit"].dropna(subset="value")
    out = []
    several = len(rows["mode"].unique()) > 1
    first = rows["mode"].iloc[0] if len(rows) else ""
    for (kind, mode), part in rows.groupby(["service", "mode"], sort=False):
        everybody = part[part["attribute"] == ""]
        name = _.label(str(kind)) + (f", {_.label(str(mode))}" if several else "")
        texts = {"kind": name, "limit": length(limits[str(kind)], unit, _)}
        if len(everybody):
            share = _.percent(everybody["value"].iloc[0], 1)
            text = "{kind}: {share} of the inhabitants have one within {limit}."
            out.append(_(text, share=share, **texts))
        groups = part[~part["attribute"].isin(["", *dwellings])]
        spread = groups.groupby("attribute")["value"].agg(["min", "max"])
        spread = (spread["max"] - spread["min"]).sort_values()
        if mode == first and len(spread) and spread.iloc[-1] >= 0.05:
            attribute = str(spread.index[-1])
            inside = groups[groups["attribute"] == attribute].sort_values("value")
            low, high = inside.iloc[0], inside.iloc[-1]
            text = (
                "{kind}: the difference between groups is greatest by {attribute}. Within "
                "{limit} of one: {high} {most}, {low} {least} ({members})."
            )
            out.append(
                _(
                    text,
                    attribute=_.label(attribute),
                    low=_.label(low["group"], attribute),
                    high=_.label(high["group"], attribute),
                    least=_.percent(low["value"]),
                    most=_.percent(high["value"]),
                    members=members[universes.get(attribute, "persons")],
                    **texts,
                )
            )
    return out


def length(limit: float, unit: str, words: Words) -> str:
    """Write a limit with its unit."""
    digits = 0 if limit == round(limit) else 1
    return f"{words.number(limit, digits)}\xa0{unit}"
