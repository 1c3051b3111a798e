"""Findings: sentences made from the numbers and their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from .words import Words, capital

SAME = 0.02
"""An index that changes by less, and has no interval, is called about the same."""

_NAMED = 4
"""So many names a sentence lists."""


def findings(
    tables: dict[str, pd.DataFrame],
    words: Words,
    limits: dict[str, float],
    dwellings: Sequence[str] = (),
) -> list[str]:
    """Put the main results in words.

    Parameters
    ----------
    tables
        ``segregation``, ``autocorrelation`` and ``access``, as they are published.
    words
        The words of the page.
    limits
        The limit of each kind of service, in metres.
    dwellings
        The attributes that are made of layers of dwellings: they tell of buildings and landlords,
        not of who lives where, and are left out of the sentences about groups.

    Returns
    -------
    list of str
        Sentences, the most general first. Areas are not ranked and groups not judged.
    """
    people = ~tables["segregation"]["attribute"].isin(dwellings)
    sentences = [
        *_evenness(tables["segregation"][people], words),
        *_change(tables["segregation"][people], words),
        *_clustering(tables["autocorrelation"], words),
        *_reach(tables["access"], words, limits, dwellings),
        *_left_out(words, dwellings),
    ]
    return [capital(sentence) for sentence in sentences]


def baseline(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of the last year of the baseline."""
    rows = table[table["scenario"] == "baseline"]
    return rows[rows["year"] == rows["year"].max()] if rows["year"].notna().any() else rows


def _evenness(table: pd.DataFrame, _: Words) -> list[str]:
    rows = baseline(table)
    whole = rows[(rows["index"] == "multigroup_dissimilarity") & (rows["group"] == "")]
    whole = whole.dropna(subset="value").sort_values("value")
    if len(whole) == 0:
        return []
    most, least = whole.iloc[-1], whole.iloc[0]
    texts = {"attribute": _.label(most["attribute"]), "value": _.number(most["value"], 2)}
    if len(whole) == 1:
        text = (
            "{attribute}: the multigroup index of dissimilarity is {value}. 0 is evenly spread, "
            "1 is wholly apart."
        )
        return [_(text, **texts)]
    text = (
        "Groups live most apart by {attribute}: the multigroup index of dissimilarity is {value}. "
        "0 is evenly spread, 1 is wholly apart."
    )
    out = [_(text, **texts)]
    text = "Groups are most evenly spread by {attribute}: the index is {value}."
    value = _.number(least["value"], 2)
    out.append(_(text, attribute=_.label(least["attribute"]), value=value))
    return out


def _change(table: pd.DataFrame, _: Words) -> list[str]:
    rows = table[(table["scenario"] == "baseline") & table["year"].notna()]
    rows = rows[(rows["index"] == "multigroup_dissimilarity") & (rows["group"] == "")]
    out, unsure = [], False
    for attribute, part in rows.groupby("attribute", sort=False):
        part = part.dropna(subset="value").sort_values("year")
        if len(part) < 2:
            continue
        first, last = part.iloc[0], part.iloc[-1]
        unsure |= bool(part["ci_low"].isna().any())
        texts = {
            "first": f"{first['year']:.0f}",
            "last": f"{last['year']:.0f}",
            "attribute": _.label(str(attribute)),
            "before": _.number(first["value"], 2),
            "after": _.number(last["value"], 2),
        }
        text = (
            "{attribute}: the multigroup index of dissimilarity rose from {before} ({first}) to "
            "{after} ({last})."
        )
        if abs(last["value"] - first["value"]) < SAME:
            text = (
                "{attribute}: the multigroup index of dissimilarity was about the same in {first} "
                "({before}) and {last} ({after})."
            )
        elif last["value"] < first["value"]:
            text = (
                "{attribute}: the multigroup index of dissimilarity fell from {before} ({first}) "
                "to {after} ({last})."
            )
        out.append(_(text, **texts))
    if unsure:
        text = (
            "No confidence interval is computed for the index. A change of less than {same} is "
            "therefore called about the same."
        )
        out.append(_(text, same=_.number(SAME, 2)))
    return out


def _clustering(table: pd.DataFrame, _: Words) -> list[str]:
    rows = baseline(table).dropna(subset="value")
    if len(rows) == 0:
        return []
    names = variable_labels(rows["variable"], _)
    chance = rows[rows["p_value"] > 0.05]
    sure = rows[(rows["p_value"] <= 0.05) & (rows["value"] > 0)].sort_values("value")
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
        out.append(_(text, name=names[top["variable"]], value=value, **counts))
    if len(chance):
        shown = "; ".join(names[variable] for variable in chance["variable"][:_NAMED])
        if len(chance) > _NAMED:
            shown += _(" and {number} more", number=_.number(len(chance) - _NAMED))
        text = "Whether neighbouring zones are alike cannot be told from chance in: {names}."
        out.append(_(text, names=shown))
    return out


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
    table: pd.DataFrame, _: Words, limits: dict[str, float], dwellings: Sequence[str]
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
    for kind, part in rows.groupby("service", sort=False):
        everybody = part[part["attribute"] == ""]
        texts = {"kind": _.label(str(kind)), "metres": _.number(limits[str(kind)])}
        if len(everybody):
            share = _.percent(everybody["value"].iloc[0], 1)
            text = "{kind}: {share} of the inhabitants have one within {metres} m."
            out.append(_(text, share=share, **texts))
        groups = part[~part["attribute"].isin(["", *dwellings])]
        spread = groups.groupby("attribute")["value"].agg(["min", "max"])
        spread = (spread["max"] - spread["min"]).sort_values()
        if len(spread) and spread.iloc[-1] >= 0.05:
            attribute = str(spread.index[-1])
            inside = groups[groups["attribute"] == attribute].sort_values("value")
            low, high = inside.iloc[0], inside.iloc[-1]
            text = (
                "{kind}: the difference between groups is greatest by {attribute}. Within "
                "{metres} m of one: {high} {most}, {low} {least} ({members})."
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
