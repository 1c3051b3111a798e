"""What the report says of neighbours: are they alike, how far, and does it last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from .findings import baseline, variable_labels, whole_map
from .palettes import SPOTS
from .words import Words, capital
from .zones import class_texts

_MOST = 4
"""So many figures the charts show."""

_WHOLE = ("moran_i", "moran_rate")

ABOVE_ONE = (
    "A Moran’s I above 1 is no mistake: there are zones without neighbours, or with few, so that "
    "it is no share."
)
"""Said where one is shown."""

OF_NEIGHBOURS = {
    "neighbours_none": "kept without neighbours",
    "neighbours_apart": "measured together",
    "neighbours_many": "kept as neighbours",
    "neighbours_one_way": "counted as they are",
}
"""What is done about each finding of the check of neighbours."""


def section(
    tables: dict[str, pd.DataFrame],
    words: Words,
    alpha: float,
    permutations: int,
    dwellings: Sequence[str] = (),
    *,
    adjusted: bool = True,
) -> dict[str, Any]:
    """Give what the report's section on likeness is made of.

    Parameters
    ----------
    tables
        ``autocorrelation``, ``hotspots`` and ``transitions``, as they are published.
    words
        The words of the page.
    alpha
        The level of significance.
    permutations
        The draws of the p-values.
    dwellings
        See `headline`.
    adjusted
        Whether p-values are adjusted for the number of zones, or of figures.

    Returns
    -------
    dict
        ``rows`` of the whole map; ``above``, what is to be said of values above 1; ``other``,
        the names of further statistics; ``spots``, one row a figure by ``patterns``, with a text
        on the ``years``; ``steps`` between ``quadrants``.
    """
    table = tables["autocorrelation"]
    names = variable_labels(pd.Series(table["variable"].unique(), dtype=object), words)
    others = [s for s in dict.fromkeys(table["statistic"]) if s not in _WHOLE]
    spots, patterns = _spots(tables["hotspots"], names, words)
    above = pd.concat([whole_map(table, name) for name in {"", *baseline(table)["region"]}])
    return {
        "rows": _rows(table, names, words, alpha, permutations),
        "above": words(ABOVE_ONE) if above["value"].max() > 1 else "",
        "other": ", ".join(words.label(name) for name in others),
        "spots": spots,
        "patterns": [words.label(name) for name in patterns],
        "years": told_of_years(tables["hotspots"], words, adjusted=adjusted),
        "steps": _steps(tables["transitions"], headline(table, dwellings), names, words),
        "quadrants": [class_texts("moran", words)[name] for name in _QUADRANTS],
    }


def headline(table: pd.DataFrame, dwellings: Sequence[str] = ()) -> list[str]:
    """Choose the figures that the charts show.

    Parameters
    ----------
    table
        The table of autocorrelation.
    dwellings
        The attributes that are made of layers of dwellings, which are left out.

    Returns
    -------
    list of str
        Of each attribute the group, and each other figure, whose neighbours are most alike; four
        at most, the most alike first.
    """
    rows = whole_map(table).dropna(subset="value").sort_values("value", ascending=False)
    attribute = rows["variable"].astype(str).str.split(".").str[0]
    rows = rows[~attribute.isin(dwellings)]
    rows = rows[~rows["variable"].astype(str).str.split(".").str[0].duplicated()]
    return rows["variable"].tolist()[:_MOST]


def told_regions(table: pd.DataFrame) -> list[str]:
    """Name the regions of a table, each in its place; an empty name alone where there are none.

    Parameters
    ----------
    table
        The table of autocorrelation, or the correlogram.
    """
    names = list(dict.fromkeys(table["region"]))
    return [name for name in names if name] or [""]


def told_of_scatter(
    table: pd.DataFrame, variable: str, words: Words, alpha: float, region: str = ""
) -> str:
    """Say whether the neighbours are alike, of one figure.

    Parameters
    ----------
    table
        The table of autocorrelation.
    variable
        The figure.
    words
        The words of the page.
    alpha
        The level of significance.
    region
        The region that is told of; all zones unless given.
    """
    _, rows = words, whole_map(table, region)
    row = rows[rows["variable"] == variable].iloc[0]
    value = _.number(row["value"], 2)
    if not row["p_adjusted"] <= alpha:
        return _(
            "Whether neighbours are alike cannot be told from chance (Moran’s I {value}).",
            value=value,
        )
    if row["value"] > row["expected"]:
        return _(
            "Neighbours are more alike than chance would have it (Moran’s I {value}).", value=value
        )
    return _(
        "Neighbours are less alike than chance would have it (Moran’s I {value}).", value=value
    )


def slope(points: pd.DataFrame) -> float:
    r"""Give the slope of the mean of the neighbours over each zone's own figure.

    Parameters
    ----------
    points
        One row a zone that is drawn: ``value`` and ``around``.

    Returns
    -------
    float
        NaN of fewer than three zones, and where all figures are equal.

    Notes
    -----
    With row-standardised weights the least-squares slope
    :math:`\sum_i z_i (Wz)_i / \sum_i z_i^2` is Moran's I of the figures that are drawn
    (Anselin 1996), where the neighbours are among them.

    References
    ----------
    Anselin, L. (1996). The Moran scatterplot as an ESDA tool to assess local instability in
    spatial association. In *Spatial Analytical Perspectives on GIS*, 111–125. London: Taylor &
    Francis.

    Examples
    --------
    >>> slope(pd.DataFrame({"value": [0.0, 1, 2, 3], "around": [1.0, 1, 2, 2]}))
    0.4
    """
    own = points["value"] - points["value"].mean()
    square = float((own**2).sum())
    if len(points) < 3 or not square > 0:
        return float("nan")
    return float((own * points["around"]).sum()) / square


def told_of_reach(
    table: pd.DataFrame,
    variables: Sequence[str],
    names: dict[str, str],
    words: Words,
    alpha: float,
) -> str:
    """Say how far likeness reaches before it cannot be told from chance.

    The end of the nearest class is named where nothing is alike in it: it may hold zones that are
    no neighbours, so that it says less of the nearest ones than Moran's I does.

    Parameters
    ----------
    table
        The correlogram, as it is published.
    variables
        The figures that are told of.
    names
        What they are called.
    words
        The words of the page.
    alpha
        The level of significance.
    """
    _ = words
    far: list[str] = []
    none: list[str] = []
    unlike: list[str] = []
    for variable in variables:
        rows = table[table["variable"] == variable].sort_values("distance_to")
        alike = (rows["p_adjusted"] <= alpha) & (rows["value"] > rows["expected"])
        reach = rows["distance_to"][alike.cummin()]
        kind, metres = none, rows["distance_to"].iloc[0]
        if len(reach):
            kind, metres = far, reach.iloc[-1]
        elif rows["p_adjusted"].iloc[0] <= alpha:
            kind = unlike
        kind.append(_("{name} {metres} m", name=names[variable], metres=_.number(metres)))
    out = []
    if far:
        out.append(_("Likeness reaches, without a break, as far as: {list}.", list="; ".join(far)))
    if none:
        text = (
            "Of zones up to so far apart it cannot be told from chance: {list}. Neighbours, which "
            "may be farther apart, are told of in the table."
        )
        out.append(_(text, list="; ".join(none)))
    if unlike:
        text = "Zones up to so far apart are less alike than chance would have it: {list}."
        out.append(_(text, list="; ".join(unlike)))
    return " ".join(out)


_QUADRANTS = ("high-high", "low-low", "high-low", "low-high")


def neighbours_example(rule: str, text: str, words: Words) -> str:
    """Put the example of a finding of the check of neighbours into a language.

    Parameters
    ----------
    rule
        One of `OF_NEIGHBOURS`.
    text
        The example in English.
    words
        The words of the page.
    """
    if rule == "neighbours_apart":
        largest = int(re.findall(r"\d[\d,]*\d|\d", text)[0].replace(",", ""))
        return words("the largest has {number} zones", number=words.number(largest))
    if rule == "neighbours_many":
        return text.partition(" has ")[0]
    if rule == "neighbours_one_way":
        return text.partition(",")[0].replace(" has ", " → ")
    return text


def _rows(
    table: pd.DataFrame, names: dict[str, str], words: Words, alpha: float, permutations: int
) -> list[dict[str, str]]:
    """Give Moran's I of each figure in the last year, and of its regions."""
    out = []
    regions = ["", *(name for name in told_regions(baseline(table)) if name)]
    rows = pd.concat([whole_map(table, region) for region in regions])
    order = {key: number for number, key in enumerate(names)}
    rows = rows.sort_values("variable", key=lambda keys: keys.map(order), kind="stable")
    for row in rows.itertuples(index=False):
        verdict = "cannot be told from chance"
        if row.p_adjusted <= alpha:
            verdict = "neighbours alike" if row.value > row.expected else "neighbours unlike"
        # What else the note tells, such as how many zones are left out, stands in the table.
        why = row.note.partition(";")[0] if row.value != row.value else ""
        out.append(
            {
                "variable": names[row.variable]
                + (f": {words.label(row.region)}" if row.region else ""),
                "value": words(why) if why else words.number(row.value, 3),
                "p_value": words.p_value(row.p_value, permutations),
                "p_adjusted": words.p_value(row.p_adjusted, permutations),
                "verdict": words(verdict) if row.p_value == row.p_value else "–",
            }
        )
    return out


def _spots(
    table: pd.DataFrame, names: dict[str, str], words: Words
) -> tuple[list[dict[str, Any]], list[str]]:
    """Count the zones of each pattern by figure, and name the patterns that there are."""
    count = pd.crosstab(table["variable"], table["pattern"]) if len(table) else pd.DataFrame()
    patterns = [name for name in SPOTS if name in count]
    rows = [
        {
            "variable": names.get(key, key),
            "cells": [words.number(count.loc[key, name]) for name in patterns],
        }
        for key in names
        if key in count.index
    ]
    return rows, patterns


def told_of_years(table: pd.DataFrame, words: Words, *, adjusted: bool = True) -> str:
    """Say what the patterns over the years are, and what so many years can tell.

    Parameters
    ----------
    table
        The table of hot spots.
    words
        The words of the page.
    adjusted
        Whether the p-values of zones are adjusted for the number of zones.
    """
    if table.empty:
        return ""
    years = int(table["years"].max())
    text = words(
        "A zone is counted where it and its neighbours together stand out as high (a hot spot) or "
        "low (a cold spot) in some year, adjusted for the number of zones. New: in the last years "
        "only. Lasting: in nearly all, the last among them. Fading: no longer in the last, or "
        "ever less. Zones whose figure is hidden in any year are left out."
    )
    if not adjusted:
        text = words(
            "A zone is counted where it and its neighbours together stand out as high (a hot "
            "spot) or low (a cold spot) in some year, not adjusted for the number of zones: some "
            "do by chance alone. New: in the last years only. Lasting: in nearly all, the last "
            "among them. Fading: no longer in the last, or ever less. Zones whose figure is "
            "hidden in any year are left out."
        )
    if (table["note"].str.contains("too few to tell")).any():
        text += " " + words(
            "{years} years are too few to tell a trend from chance: whether a spot grows stronger "
            "or weaker is not known.",
            years=years,
        )
    return text


def _steps(
    table: pd.DataFrame, variables: Sequence[str], names: dict[str, str], words: Words
) -> list[dict[str, Any]]:
    """Give the shares of steps from each quadrant to each, of some figures."""
    texts = class_texts("moran", words)
    shares = {
        (row.variable, row.origin, row.destination): row.share
        for row in table.itertuples(index=False)
    }
    return [
        {
            "variable": names.get(key, key),
            "origin": texts[origin],
            "cells": [
                words.percent(shares.get((key, origin, to), float("nan"))) for to in _QUADRANTS
            ],
        }
        for key in variables
        if (table["variable"] == key).any()
        for origin in _QUADRANTS
    ]


def names_of(table: pd.DataFrame, words: Words) -> dict[str, str]:
    """Name the figures of the table of autocorrelation, each with a capital.

    Parameters
    ----------
    table
        The table of autocorrelation.
    words
        The words of the page.
    """
    names = variable_labels(pd.Series(table["variable"].unique(), dtype=object), words)
    return {key: capital(name) for key, name in names.items()}
