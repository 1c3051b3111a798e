"""Who is left behind: tenths, gaps, how unequal access is, and where it meets other hardship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .analyses import autocorrelation, inequality
from .autocorrelation import FIRST, Autocorrelation, Figure, coarse
from .layers import Layers
from .layers.disclosure import coarse_share, hidden, significant
from .segregation import TOO_FEW
from .study import Study

if TYPE_CHECKING:
    from .access import Way

TABLE = [
    "scenario",
    "year",
    "service",
    "mode",
    "variable",
    "attribute",
    "measure",
    "value",
    "ci_low",
    "ci_high",
    "unit",
    "note",
]
TWICE = [
    "service",
    "mode",
    "zone",
    "name",
    "people",
    "people_share",
    "variable",
    "figure",
    "way",
    "unit",
    "p_adjusted",
]
DECILES = tuple(f"decile_{number}" for number in range(1, 10))
AMOUNTS = ("cumulative", "gravity", "floating_catchment", "spatial_availability")
"""The measures of which more is better, and of which nobody has an endless amount."""

_REPLICATES = 199
_BELOW = 0.6
"""The relative line of amounts, of what the person in the middle has; the other way round of ways:
there the middle is this share of the line."""

_QUANTILE_DIGITS = (3, 2, 1)
"""Digits of the quantiles of a group: the first in which most may be told."""

_MOST = 0.8
_LINE_DIGITS = 2

_UNITS = {"palma": "ratio", "poverty_0": "share", "relative_poverty_0": "share"}
_OF_AMOUNTS = "of amounts only: a way is nothing that could be shared out otherwise"
_ENDLESS = "some have no way to any service"
_NONE = "some reach no service"
_NO_OTHER = "there is no other group with a figure"


def with_deciles(
    table: pd.DataFrame, near: pd.Series, counts: pd.DataFrame, unit: str, least: int
) -> pd.DataFrame:
    """Add the tenths of the way to the nearest, and tell of no quantile whose people it is.

    Parameters
    ----------
    table
        What `kvarter.analyses.inequality.by_group` gives of the same, with units.
    near
        The way by zone.
    counts
        People, zones × groups.
    unit
        Of the way.
    least
        The minimum count.

    Returns
    -------
    DataFrame
        With nine rows more a group. Quantiles have three significant digits, or two or one.

    Notes
    -----
    A quantile is the way of one zone, and those of the zones are published: with all its digits,
    it would tell that somebody of the group lives just there. So it is told only where the minimum
    count of the group have a way of the same digits, and as many or nobody a longer one; and in as
    many digits as let four fifths of the group's quantiles be told. The others are told in fewer,
    where that leaves them in order.
    """
    tenths = inequality.deciles(near, counts).assign(unit=unit)
    tenths["measure"] = "decile_" + tenths.pop("decile").astype(str)
    table = pd.concat([table, tenths], ignore_index=True)
    rows = np.flatnonzero(table["measure"].isin(["median", *DECILES]))
    exact = table["value"].to_numpy()[rows]
    people, way = counts.to_numpy(dtype=float), near.reindex(counts.index).fillna(np.inf)
    group = counts.columns.get_indexer(table["group"].iloc[rows])
    told, few = np.full(len(rows), np.nan), np.zeros(len(rows), dtype=bool)
    chosen = np.zeros(counts.shape[1], dtype=bool)
    levels = []
    for digits in _QUANTILE_DIGITS:
        rounded = _rounded(exact, digits)
        # What is no figure has nothing to hide.
        safe = _may_be_told(_rounded(way, digits), people, group, rounded, least) | np.isnan(exact)
        levels.append((rounded, safe))
        most = np.bincount(group, safe) >= _MOST * np.bincount(group)
        now = ((most | (digits == _QUANTILE_DIGITS[-1])) & ~chosen)[group]
        told, few = np.where(now & safe, rounded, told), np.where(now, ~safe, few)
        chosen |= most
    for number in np.flatnonzero(few):
        mates = group == group[number]
        below, above = mates & (exact < exact[number]), mates & (exact > exact[number])
        for rounded, safe in levels:
            own = rounded[number]
            if safe[number] and not (told[below] > own).any() and not (told[above] < own).any():
                told[number], few[number] = own, False
                break
    value, note = table["value"].to_numpy(copy=True), table["note"].to_numpy(copy=True)
    value[rows] = told
    note[rows[few]] = TOO_FEW
    return table.assign(value=value, note=note)


def _rounded(values: ArrayLike, digits: int) -> np.ndarray:
    """Round to significant digits; what is endless stays so."""
    array = np.asarray(values, dtype=float)
    return np.where(np.isfinite(array), significant(array, digits), array)


def _may_be_told(
    way: np.ndarray, people: np.ndarray, group: np.ndarray, told: np.ndarray, least: int
) -> np.ndarray:
    """Tell which quantiles are about enough people, and as many or nobody lie above them.

    ``way`` is rounded as they are; ``group`` is the column of ``people`` that each is of.
    """
    order = np.argsort(way)
    running = np.vstack([np.zeros(people.shape[1]), np.cumsum(np.nan_to_num(people[order]), 0)])
    below = running[np.searchsorted(way[order], told, "left"), group]
    upto = running[np.searchsorted(way[order], told, "right"), group]
    above = running[-1, group] - upto
    return (upto - below >= least) & ((above < 0.5) | (above >= least))


def gaps(
    table: pd.DataFrame, way: Way, counts: pd.DataFrame, study: Study, *, draw: bool
) -> pd.DataFrame:
    """Tell how much worse off each group is on average than the one that is best off.

    Parameters
    ----------
    table
        The rows of the same people as they are published.
    way
        What was found by zone.
    counts
        People, zones × groups.
    study
        What to ask.
    draw
        Whether to draw the zones anew, for intervals.

    Returns
    -------
    DataFrame
        ``group, measure, value, ci_low, ci_high, unit, note``; nothing of a single group. The
        note names the group that is best off.

    Notes
    -----
    A gap is the difference of two published means, and tells nothing more. Its interval is
    rounded outwards to the same digits.
    """
    parts = []
    for name in ("nearest", *(name for name in AMOUNTS if name in way.measures)):
        of_mean, row = ("mean", "gap_to_best")
        if name != "nearest":
            of_mean, row = f"{name}_mean", f"{name}_gap_to_best"
        own = table[table["measure"] == of_mean]
        if len(own) < 2:
            continue
        mean, known = own["value"].to_numpy(), own["value"].notna().to_numpy()
        groups, notes = own["group"].to_numpy(), own["note"].to_numpy(copy=True)
        value = low = high = np.full(len(own), np.nan)
        better, sign = ("lower", 1.0) if name == "nearest" else ("higher", -1.0)
        if known.sum() == 1:
            notes[known] = _NO_OTHER
        elif known.any():
            best = int(np.nanargmin(sign * mean))
            if draw:
                found = inequality.gaps(
                    _numbered(way.figures(name), counts.index),
                    counts[list(groups[known])].fillna(0).reset_index(drop=True),
                    better=better,  # type: ignore[arg-type]
                    replicates=_REPLICATES,
                    level=study.segregation.level,
                    seed=study.study.seed,
                )
                best = int(np.flatnonzero(groups == found["best"].iloc[0])[0])
            step = _step(np.fmax(mean, mean[best]))
            value = np.round(sign * (mean - mean[best]) / step) * step
            notes[known] = f"best off: {groups[best]}"
            if draw:
                notes[known] += found["note"].map(lambda note: f"; {note}" if note else "")
                low, high = np.full((2, len(own)), np.nan)
                low[known], high[known] = found["ci_low"], found["ci_high"]
                low, high = np.floor(low / step + 1e-9) * step, np.ceil(high / step - 1e-9) * step
        parts.append(
            pd.DataFrame(
                {
                    "group": groups,
                    "measure": row,
                    "value": np.round(value, 12) + 0.0,
                    "ci_low": np.round(low, 12) + 0.0,
                    "ci_high": np.round(high, 12) + 0.0,
                    "unit": own["unit"].to_numpy(),
                    "note": notes,
                }
            )
        )
    columns = ["group", "measure", "value", "ci_low", "ci_high", "unit", "note"]
    if parts:
        return pd.concat(parts, ignore_index=True)
    numbers = dict.fromkeys(["value", "ci_low", "ci_high"], "float64")
    return pd.DataFrame(columns=columns).astype(numbers)


def _numbered(values: pd.Series, zones: pd.Index) -> pd.Series:
    """Give figures by the zones' numbers: names would be looked up anew in each measure."""
    return values.reindex(zones).reset_index(drop=True)


def _step(values: np.ndarray) -> np.ndarray:
    """Give the last of three significant digits of each."""
    some = np.where(values > 0, values, 100.0)
    return np.where(np.isnan(values), np.nan, 10.0 ** (np.floor(np.log10(some)) - 2))


def rank(case: Layers, study: Study, year: int | None) -> pd.Series | None:
    """Put the zones in the order that concentration is measured in, those worst off first.

    Parameters
    ----------
    case
        The layers.
    study
        What to ask.
    year
        The year.

    Returns
    -------
    Series
        By zone; None where the study gives no order, or the year has no such figure.
    """
    key, sign = study.ranked_by, 1.0
    if key is None:
        return None
    if key.startswith("-"):
        key, sign = key[1:], -1.0
    if key in study.variables:
        zones = case.zones[year]
        return sign * zones[key].astype(float) if key in zones else None
    attribute, _dot, group = key.partition(".")
    if attribute not in case.attributes(year):
        return None
    counts = case.counts(attribute, year)
    # Where most of the group live stands first.
    return -sign * (counts[group] / counts.sum(axis=1, skipna=False))


def spread(
    way: Way,
    groups: Mapping[str, pd.DataFrame],
    told: pd.DataFrame,
    order: pd.Series | None,
    study: Study,
    *,
    replicates: int = _REPLICATES,
) -> pd.DataFrame:
    """Measure how unequal a kind of access is, over all people and between groups.

    Parameters
    ----------
    way
        What was found by zone.
    groups
        People by attribute, zones × groups; under "" all inhabitants.
    told
        The rows of ``tables/access.csv`` of the same, as they are published.
    order
        See `rank`.
    study
        What to ask.
    replicates
        How often the zones are drawn anew for intervals; with 0 there are none.

    Returns
    -------
    DataFrame
        The columns of `TABLE` but the first four.

    Notes
    -----
    These are figures of all people, with three decimals or digits. They are hidden where the mean
    of the same is, see `kvarter.sides.Told`, and so is what only those beyond a line decide, where
    they or the others are few.
    Shares of people below a relative line stand in steps of at least twice the minimum count.
    """
    least, by_name = study.study.min_count, groups[""][""]
    zones, people = by_name.index, by_name.reset_index(drop=True)
    if order is not None:
        # The people of a zone who are told apart stand in the place of their zone.
        order = _numbered(order, zones.get_level_values(-1))
    numbered = {
        name: counts.reset_index(drop=True)
        for name, counts in groups.items()
        if name and counts.shape[1] > 1
    }
    limit, seed, sign = study.access.limit_of(way.kind), study.study.seed, study.access.sign
    draws: dict[str, Any] = {"replicates": replicates, "seed": seed}
    draws["level"] = study.segregation.level
    nobody = bool(hidden(pd.DataFrame({"all": [people.sum()]}), least)["all"].iloc[0])
    sides = told[(told["attribute"] == "") & (told["measure"] == "share_within_limit")]
    few_sides = sides["value"].isna().any()
    parts: list[pd.DataFrame] = []
    divided: list[tuple[Any, ...]] = []
    for name in ("nearest", *way.measures):
        values = _numbered(way.figures(name), zones)
        amount, row = name in AMOUNTS, "mean" if name == "nearest" else f"{name}_mean"
        if name != "nearest" and not amount:
            row = f"{name}_median"
        mean = told[(told["attribute"] == "") & (told["measure"] == row)]
        few = nobody or bool((mean["note"] == TOO_FEW).any())
        endless = bool((values.isna() & (people > 0)).any())
        why = "" if not endless else _ENDLESS if name == "nearest" else _NONE
        indices = ["gini", "theil", "palma"] + (["atkinson"] if amount else [])
        indices += ["concentration_index"] if order is not None else []
        if why:
            found = [_without(indices, why)]
        else:
            found = [inequality.measure(values, people, rank=order, indices=indices, **draws)]
        if not amount:
            found.append(_without(["atkinson"], _OF_AMOUNTS))
        if name == "nearest":
            orders = ["poverty_0", "poverty_1", "poverty_2"]
            given = inequality.measure(
                values, people, line=limit, better="lower", indices=orders, **draws
            )
            given["note"] = _line(given["note"], limit, sign)
            found.append(_few_rows(given, few_sides))
            if order is not None:
                found.append(_within(values, people, order, limit, few_sides, draws))
        if name == "nearest" or amount:
            found.append(
                _relative(values, people, amount, why, least, sign if not amount else "", draws)
            )
        table = pd.concat(found, ignore_index=True).rename(columns={"index": "measure"})
        table["attribute"] = np.where(
            table["measure"].str.startswith("concentration"), study.ranked_by or "", ""
        )
        table = table.assign(
            variable=table["variable"].fillna(name) if "variable" in table else name
        )
        parts.append(_few_rows(table, few))
        for attribute, counts in numbered.items():
            own = told[(told["attribute"] == attribute) & (told["measure"] == row)]
            small = few or bool((own["value"].isna() & (own["note"] == TOO_FEW)).any())
            divided += _divided(name, attribute, values, counts, TOO_FEW if small else why)
    if divided:
        columns = ["variable", "attribute", "measure", "value", "note"]
        parts.append(pd.DataFrame(divided, columns=columns))
    out = pd.concat(parts, ignore_index=True)
    figures = ["value", "ci_low", "ci_high"]
    ratio = out["measure"].isin(["palma", "poverty_1", "poverty_2"])
    exact = out["measure"].str.contains("poverty_0") | out["measure"].str.startswith("relative")
    for column in figures:
        decimals = out[column].round(3)
        out[column] = decimals.mask(ratio, significant(out[column], 3)).mask(
            exact & (column == "value"), out[column]
        )
    out["unit"] = out["measure"].map(_UNITS).fillna("index")
    return out[TABLE[4:]]


def without_few(table: pd.DataFrame, of_present: pd.DataFrame) -> pd.DataFrame:
    """Hide of a plan with other people what would be hidden if it had the present ones.

    Parameters
    ----------
    table, of_present
        What `spread` gave of the plan's people, and of those who live there now.
    """
    key = ["variable", "attribute", "measure"]
    few = of_present[of_present["note"] == TOO_FEW].set_index(key).index
    out, figures = table.set_index(key).index.isin(few), ["value", "ci_low", "ci_high"]
    hides = {figure: table[figure].mask(out) for figure in figures}
    return table.assign(**hides, note=table["note"].mask(out, TOO_FEW))


def _few_rows(table: pd.DataFrame, few: bool) -> pd.DataFrame:
    """Hide all figures of a table, or none."""
    if not few:
        return table
    return table.assign(value=np.nan, ci_low=np.nan, ci_high=np.nan, note=TOO_FEW)


def _without(names: Sequence[str], why: str) -> pd.DataFrame:
    """Give rows without figures."""
    return pd.DataFrame(
        {"index": list(names), "value": np.nan, "ci_low": np.nan, "ci_high": np.nan, "note": why}
    )


def _line(notes: pd.Series, line: float, unit: str) -> list[str]:
    """Say in the notes where the line is."""
    at = f"line: {line:g} {unit}".strip()
    return [f"{at}; {note}" if note else at for note in notes]


def _within(
    values: pd.Series,
    people: pd.Series,
    order: pd.Series,
    limit: float,
    few: bool,
    draws: dict[str, Any],
) -> pd.DataFrame:
    """Measure whether those within the limit are the ones of high rank."""
    within = (values <= limit).astype(float)
    names = ["concentration_index", "concentration_index_erreygers"]
    names += ["concentration_index_wagstaff"]
    table = inequality.measure(within, people, rank=order, bounds=(0, 1), indices=names, **draws)
    return _few_rows(table, few).assign(variable="within_limit")


def _relative(
    values: pd.Series,
    people: pd.Series,
    amount: bool,
    why: str,
    least: int,
    unit: str,
    draws: dict[str, Any],
) -> pd.DataFrame:
    """Measure poverty of access below a line that goes by the person in the middle."""
    names = ["poverty_0", "poverty_1", "poverty_2"]
    if why or not people.sum() > 0:
        return _without([f"relative_{name}" for name in names], why or "there are no people")
    half = inequality.weighted_quantile(values.fillna(0), people.fillna(0), 0.5)
    everyone, one = people.to_numpy(dtype=float)[:, None], np.array([0])
    middle = _rounded([half], _LINE_DIGITS)
    way = _rounded(values.fillna(0), _LINE_DIGITS)
    if not _may_be_told(way, everyone, one, middle, least).all():
        return _few_rows(_without([f"relative_{name}" for name in names], ""), True)
    line = float(middle[0] * _BELOW if amount else middle[0] / _BELOW)
    if not line > 0:
        return _without(
            [f"relative_{name}" for name in names], "the person in the middle has none"
        )
    table = inequality.measure(
        values,
        people,
        line=line,
        better="higher" if amount else "lower",
        indices=names,
        **draws,
    )
    everybody = float(people[values.notna()].sum())
    poor = float(table["value"].iloc[0]) * everybody
    few = 0 < round(poor) < least or 0 < round(everybody - poor) < least
    figures = ["value", "ci_low", "ci_high"]
    for column in figures:
        shares = table[column].to_numpy(dtype=float)
        first = (
            coarse_share(shares[0] * everybody, everybody, least)
            if shares[0] == shares[0]
            else np.nan
        )
        table[column] = [first, *significant(shares[1:], 2)]
    table["note"] = _line(table["note"], float(significant(line, 3)), unit)
    return _few_rows(table, few).assign(index="relative_" + table["index"])


def _divided(
    name: str, attribute: str, values: pd.Series, counts: pd.DataFrame, why: str
) -> list[tuple[Any, ...]]:
    """Tell how much of Theil's index lies between groups and within them, or why not."""
    if why:
        return [(name, attribute, f"theil_{p}", np.nan, why) for p in ("between", "within")]
    found = inequality.theil_parts(values, counts).iloc[1:3]
    figures = zip(found["part"], found["value"], found["note"], strict=True)
    return [(name, attribute, f"theil_{part}", value, note) for part, value, note in figures]


def twice_burdened(
    alike: Autocorrelation,
    ways: Mapping[str, Way],
    shares: Mapping[str, pd.DataFrame],
    layers: Layers,
    study: Study,
) -> pd.DataFrame:
    """List the zones that are high in what the study ranks by and far from a service as well.

    Parameters
    ----------
    alike
        Knows the neighbours.
    ways
        What was found of each kind and way, in the last year of the baseline.
    shares
        What is shown of the zones, see `kvarter.measures.Results`.
    layers
        The baseline.
    study
        What to ask.

    Returns
    -------
    DataFrame
        The columns of `TWICE`; none where the study gives no order. A zone is listed that stands
        out as high beside ways that are long around it (bivariate local Moran, adjusted for the
        number of zones), and whose own way is longer than the mean of the zones tested. Of
        services that are meant for groups, the way is that of all others.

    Notes
    -----
    The local statistic sets a zone beside the mean of the zones, in which each counts alike. The
    share of all people, or a figure's mean over them, is another number; a zone is high only where
    its own is beyond that, of its region where regions are compared.

    All of it is made of published figures: shares that are shown, ways, and numbers of people of
    the minimum count or more. p-values stand in steps.
    """
    key, sign = study.ranked_by, 1.0
    if key is None or not ways:
        return pd.DataFrame(columns=TWICE)
    if key.startswith("-"):
        key, sign = key[1:], -1.0
    name, _dot, group = key.partition(".")
    if name not in shares:
        return pd.DataFrame(columns=TWICE)
    year, shown = layers.latest, shares[name][group or name]
    zones = layers.zones[year]
    if name in study.variables:
        figure, sign = Figure(shown), -sign
        whole = zones["population"].where(shown.notna())
        part = shown * whole
    else:
        counts = layers.counts(name, year)
        whole = counts.sum(axis=1, skipna=False)
        figure = Figure(shown, whole.where(shown.notna()))
        part = counts[group].where(whole.notna())
    high = _above_all(alike, year, sign * shown, sign * part, whole)
    parts = []
    for way in ways.values():
        if way.group:
            continue
        found = _burdened(alike, year, figure, sign, way.nearest, study)
        listed = inequality.twice_burdened(found["cluster"].where(high), zones["population"])
        listed = listed[listed["people"] >= study.study.min_count].rename(
            columns={"share": "people_share"}
        )
        parts.append(
            listed.assign(
                service=way.kind,
                mode=way.mode,
                name=zones["name"].reindex(listed["zone"]).to_numpy(),
                people_share=significant(listed["people_share"], 3),
                variable=study.ranked_by,
                figure=shown.reindex(listed["zone"]).to_numpy(),
                way=significant(way.nearest.reindex(listed["zone"]), 3),
                unit=study.access.sign,
                p_adjusted=found["p_adjusted"].reindex(listed["zone"]).to_numpy(),
            )
        )
    return pd.concat(parts, ignore_index=True)[TWICE]


def _above_all(
    alike: Autocorrelation, year: int | None, figure: pd.Series, part: pd.Series, whole: pd.Series
) -> pd.Series:
    """Tell which zones' figures are above that of all people of their region, part over whole."""
    out = pd.Series(False, index=figure.index)
    for region in alike.regions_of(year):
        own, some, among = (of.iloc[region.zones] for of in (figure, part, whole))
        if among.sum() > 0:
            out.iloc[region.zones] = (own > some.sum() / among.sum()).to_numpy()
    return out


def _burdened(
    alike: Autocorrelation,
    year: int | None,
    figure: Figure,
    sign: float,
    near: pd.Series,
    study: Study,
) -> pd.DataFrame:
    """Test each zone among those of its region, by zone: its class and its p-value."""
    spec, zones = study.autocorrelation, near.index
    adjust: Any = None if spec.adjust == "none" else spec.adjust
    tries = dict.fromkeys((min(FIRST, spec.local_permutations), spec.local_permutations))
    for permutations in tries:
        parts = []
        for region in alike.regions_of(year):
            own = figure.of(region.zones)
            ways = near.iloc[region.zones].reset_index(drop=True)
            found = autocorrelation.local_moran_bivariate(
                sign * own.standardised(),
                ways,
                region.graph,
                permutations=permutations,
                seed=study.study.seed,
                alpha=spec.alpha,
                adjust=None,
            )
            long = ways > ways[found["p_value"].notna()].mean()
            parts.append(found.assign(plain=own.small() | ~long).set_axis(region.zones))
        table = pd.concat(parts).reindex(range(len(zones))).set_axis(zones)
        p_adjusted = autocorrelation.adjusted(table["p_value"].to_numpy(), adjust)
        sure = p_adjusted <= spec.alpha
        lowest = 2 / (permutations + 1) * (1 + 1e-9)
        if not ((table["p_value"] <= lowest).to_numpy() & ~sure).any():
            break
    cluster = table["cluster"].where(sure & ~table["plain"].eq(True))
    return pd.DataFrame(
        {"cluster": cluster, "p_adjusted": coarse(pd.Series(p_adjusted, zones), spec.alpha)}
    )
