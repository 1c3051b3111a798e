"""Maps of zones: shares, clusters, reach."""

from __future__ import annotations

from dataclasses import dataclass

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from .classes import breaks, classify, ranges
from .drawing import Drawing
from .page import Page, base_map
from .palettes import CLUSTERS, NO_VALUE, SEQUENTIAL, SPOTS
from .words import Words, capital


@dataclass(frozen=True)
class Chance:
    """Between what shares chance alone moves one of as many people as a zone has.

    Attributes
    ----------
    people
        By zone, as it is published; NaN where it is not.
    low, high
        Zones × variables: the ends of the intervals, made of published figures.
    whole
        Whether the shares are of all people of a zone; they are of some of them else, whose
        number is not published, and chance moves them further than the intervals tell.
    """

    people: pd.Series
    low: pd.DataFrame
    high: pd.DataFrame
    whole: bool

    def text(self, words: Words) -> str:
        """Give the sentence, with blanks for the figures of a zone."""
        _, blanks = words, {name: f"{{{name}}}" for name in ("people", "low", "high")}
        if self.whole:
            return _(
                "Of {people} people: chance alone moves a share of so many between {low} and "
                "{high}",
                **blanks,
            )
        return _(
            "{people} people live here, and the share is of some of them: chance alone moves it "
            "between {low} and {high} at least",
            **blanks,
        )


def choropleth(
    zones: gpd.GeoDataFrame,
    values: pd.DataFrame,
    *,
    page: Page,
    labels: dict[str, str],
    reason: pd.DataFrame,
    heading: str | dict[str, str],
    unit: str | dict[str, str] = "",
    percent: bool = False,
    bounds: dict[str, list[float]] | None = None,
    summary: dict[str, str] | None = None,
) -> folium.Map:
    """Map figures by zone, in natural classes.

    Parameters
    ----------
    zones
        Polygons in a projected system, with a column ``name``; where they have a column
        ``region`` too, the page leads to each region.
    values
        Zones × variables: the figures as they are published.
    page
        What stands around the map.
    labels
        What each variable is called.
    reason
        Of the shape of ``values``: empty, or ``hidden``, ``missing``, ``nobody`` or ``none``.
    heading
        What the figures are, above the legend; by variable where that differs.
    unit
        Their unit; by variable, for those that have one.
    percent
        Whether they are shares, from 0 to 1.
    bounds
        The classes' upper bounds by variable, as `kvarter.maps.classes.breaks` gives them; found
        here where there are none.
    summary
        A sentence on each variable, where there is something to say.

    Returns
    -------
    folium.Map
    """
    draw = Drawing(zones, page)
    for name in values:
        column = values[name].to_numpy(dtype=float)
        ends = bounds[name] if bounds else breaks(column)
        own = unit if isinstance(unit, str) else unit.get(name, "")
        texts, digits = ranges(column, ends, page.words, percent=percent, unit=own)
        colours = SEQUENTIAL[max(len(ends), 1)]
        draw.variable(
            label=labels[name],
            heading=heading if isinstance(heading, str) else heading[name],
            classes=classify(column, ends),
            texts=texts,
            paints=[{"color": colour} for colour in colours],
            reason=reason[name],
            values=column,
            digits=digits,
            percent=percent,
            unit=own,
            summary=(summary or {}).get(name, ""),
        )
    return base_map(page, draw.payload)


def clusters(
    zones: gpd.GeoDataFrame,
    classes: pd.DataFrame,
    *,
    statistic: str = "moran",
    values: pd.DataFrame,
    around: pd.DataFrame,
    p_value: pd.DataFrame,
    small: pd.DataFrame,
    page: Page,
    labels: dict[str, str],
    reason: pd.DataFrame,
    summary: dict[str, str],
    unit: str = "",
    percent: bool = False,
    alpha: float = 0.05,
    chance: Chance | None = None,
) -> folium.Map:
    """Map the zones that are like, or unlike, their neighbours.

    Parameters
    ----------
    zones, page, labels, reason, unit, percent
        See `choropleth`.
    classes
        Zones × variables: the classes of a statistic by zone, empty where there is none.
    statistic
        Its name.
    values
        The figures themselves, as they are published.
    around
        The mean of the neighbours' figures, as it is published.
    p_value
        How often chance alone is as far out, as it is published; not adjusted.
    small
        Whether the figure is of so few that it says more about chance than about the zone.
    summary
        A sentence on each variable.
    alpha
        The level of significance.
    chance
        How far chance moves each figure, where it is a share of people.

    Returns
    -------
    folium.Map
    """
    draw = Drawing(zones, page)
    _ = page.words
    texts = class_texts(statistic, _)
    if not (classes == "too few people").any(axis=None):
        del texts["too few people"]
    names = list(texts)
    paints = [dict(zip(("color", "pattern"), CLUSTERS[name], strict=True)) for name in names]
    for name in classes:
        number = classes[name].map({cluster: n for n, cluster in enumerate(names)}).fillna(-1)
        why = reason[name].mask((number < 0) & (reason[name] == ""), "alone")
        column = values[name].to_numpy(dtype=float)
        draw.variable(
            label=labels[name],
            heading=labels[name],
            classes=number.to_numpy(dtype=int),
            texts=list(texts.values()),
            paints=paints,
            reason=why,
            values=column,
            named=True,
            digits=_digits(column, percent=percent),
            percent=percent,
            unit=unit,
            summary=summary.get(name, ""),
            standing=names.index("not significant"),
        )
        unsure = classes[name] == "not significant"
        if chance is not None:
            draw.interval(chance.text(_), chance.people, chance.low[name], chance.high[name])
        draw.details(
            [
                (_("Mean of the neighbours shown"), around[name]),
                (
                    _("By chance alone, not adjusted for the number of zones"),
                    *_how_often(p_value[name], unsure, alpha, _),
                ),
                (
                    "",
                    [_("Of so few that it says more about chance than about the zone")],
                    small[name].map({True: 0, False: -1}),
                ),
            ]
        )
    return base_map(page, draw.payload)


def hot_spots(
    zones: gpd.GeoDataFrame,
    patterns: pd.DataFrame,
    *,
    hot_years: pd.DataFrame,
    cold_years: pd.DataFrame,
    years: int,
    values: pd.DataFrame,
    page: Page,
    labels: dict[str, str],
    reason: pd.DataFrame,
    summary: dict[str, str],
    unit: str = "",
    percent: bool = False,
    chance: Chance | None = None,
) -> folium.Map:
    """Map what becomes of the zones that stand out in some year.

    Parameters
    ----------
    zones, page, labels, reason, summary, unit, percent, chance
        See `clusters`.
    patterns
        Zones × variables: one of `kvarter.maps.palettes.SPOTS`, or empty.
    hot_years, cold_years
        Of the same shape: in how many years the zone stood out as high, and as low.
    years
        How many years there are.
    values
        The figures of the last year, as they are published.

    Returns
    -------
    folium.Map
    """
    draw = Drawing(zones, page)
    _ = page.words
    there = [name for name in SPOTS if (patterns == name).any(axis=None)]
    texts = [capital(_.label(name)) for name in there]
    texts.append(_("Stands out in no year, or is not shown in every year"))
    looks = [*(SPOTS[name] for name in there), CLUSTERS["not significant"]]
    paints = [dict(zip(("color", "pattern"), look, strict=True)) for look in looks]
    numbers = {name: n for n, name in enumerate(there)}
    high = [
        _("High in {number} of {years} years", number=n + 1, years=years) for n in range(years)
    ]
    low = [_("Low in {number} of {years} years", number=n + 1, years=years) for n in range(years)]
    for name in patterns:
        column = values[name].to_numpy(dtype=float)
        draw.variable(
            label=labels[name],
            heading=labels[name],
            classes=patterns[name].map(numbers).fillna(len(there)).to_numpy(dtype=int),
            texts=texts,
            paints=paints,
            reason=reason[name],
            values=column,
            named=True,
            digits=_digits(column, percent=percent),
            percent=percent,
            unit=unit,
            summary=summary[name],
            standing=len(there),
        )
        if chance is not None:
            draw.interval(chance.text(_), chance.people, chance.low[name], chance.high[name])
        draw.details(
            [("", high, hot_years[name] - 1), ("", low, cold_years[name] - 1)],
        )
    return base_map(page, draw.payload)


def _digits(column: np.ndarray, *, percent: bool) -> int:
    """Choose the decimals of figures that have no classes of their own."""
    top = float(np.nanmax(np.abs(column), initial=0.0))
    return 1 if percent else 0 if top >= 50 else 1 if top >= 5 else 2


def class_texts(statistic: str, words: Words) -> dict[str, str]:
    """Say in plain words what the classes of a statistic by zone are.

    Parameters
    ----------
    statistic
        ``moran``, ``geary``, ``getis_ord_g``, ``getis_ord_g_star`` or ``heteroskedasticity``.
    words
        The words of the page.

    Returns
    -------
    dict
        By class, in the order of a legend.
    """
    _ = words
    if statistic == "moran":
        texts = {
            "high-high": _("High, and high around it"),
            "low-low": _("Low, and low around it"),
            "high-low": _("High, but low around it"),
            "low-high": _("Low, but high around it"),
        }
    elif statistic == "geary":
        texts = {
            "high-high": _("Like its neighbours: high"),
            "low-low": _("Like its neighbours: low"),
            "other positive": _("Like its neighbours: about average"),
            "negative": _("Unlike its neighbours"),
        }
    elif statistic == "heteroskedasticity":
        texts = {
            "heterogeneous": _("The zone and its neighbours differ much from each other"),
            "homogeneous": _("The zone and its neighbours hardly differ from each other"),
        }
    elif statistic == "getis_ord_g_star":
        texts = {
            "hot spot": _("High: the zone and those around it together"),
            "cold spot": _("Low: the zone and those around it together"),
        }
    else:
        texts = {
            "hot spot": _("High all around"),
            "cold spot": _("Low all around"),
        }
    return {
        **texts,
        "not significant": _("Cannot be told from chance"),
        "too few people": _("Of too few to tell"),
    }


def _how_often(
    p_value: pd.Series, unsure: pd.Series, alpha: float, words: Words
) -> tuple[list[str], pd.Series]:
    """Put p-values in words: the texts, and which of them each zone has."""
    _ = words
    texts = [
        _("at most once in 1,000 maps"),
        _("at most once in 100 maps"),
        _("at most once in 20 maps"),
        _("at most once in 5 maps"),
        _("more often than once in 5 maps"),
    ]
    most = np.array([0.001, 0.01, 0.05, 0.2, 1.0])
    number = pd.Series(np.searchsorted(most, p_value.fillna(1.0) - 1e-12), p_value.index)
    # What looks rare is not where so many zones are looked at.
    rare = unsure & (p_value <= alpha)
    among = _("which is to be expected among so many zones")
    texts += [f"{text}; {among}" for text in texts]
    return texts, (number + 5 * rare).where(p_value.notna(), -1)


def reach(
    zones: gpd.GeoDataFrame,
    costs: pd.DataFrame,
    services: gpd.GeoDataFrame,
    *,
    page: Page,
    labels: dict[str, str],
    kinds: dict[str, tuple[str, str]],
    modes: dict[str, str],
    limits: dict[str, float],
    unit: str,
    reason: pd.Series,
) -> folium.Map:
    """Map how far the nearest service of each kind is, by each way of going there.

    Parameters
    ----------
    zones, page
        See `choropleth`.
    costs
        Zones × variables: the way to the nearest service; NaN where there is no way to any.
    services
        Points with ``kind``, ``name`` and ``capacity``.
    labels
        What each variable is called.
    kinds, modes
        The kind of service, with what it is called, and the way of going, by variable.
    limits
        The limit of each variable, in the unit.
    unit
        ``"m"`` or ``"min"``.
    reason
        By zone: why nothing is shown, or empty.

    Returns
    -------
    folium.Map
    """
    draw = Drawing(zones, page)
    draw.services(services)
    _ = page.words
    heading = {
        "straight_line": _("To the nearest, as the crow flies"),
        "walk": _("To the nearest, on foot"),
        "bicycle": _("To the nearest, by bicycle"),
    }
    for name in costs:
        column, mode = costs[name].to_numpy(dtype=float), modes[str(name)]
        limit = limits[str(name)]
        bounds = [limit * part for part in (0.25, 0.5, 0.75, 1)]
        number = classify(column, bounds)
        number[~(column <= limit)] = len(bounds)
        none = np.isnan(column) & (reason == "").to_numpy()
        number[none] = len(bounds) + 1
        told = [
            f"{_.number(bound, next(d for d in (0, 1, 2) if d == 2 or bound == round(bound, d)))}"
            f"\xa0{unit}"
            for bound in bounds
        ]
        texts = [_("up to {limit}", limit=text) for text in told]
        texts.append(_("more than {limit}", limit=told[-1]))
        paints = [{"color": colour} for colour in SEQUENTIAL[5]]
        if none.any():
            texts.append(_("no way leads to any"))
            paints.append(dict(zip(("color", "pattern"), NO_VALUE["alone"], strict=True)))
        draw.variable(
            label=labels[str(name)],
            heading=heading.get(mode) or _("To the nearest, {mode}", mode=_.label(mode)),
            classes=number,
            texts=[capital(text) for text in texts],
            paints=paints,
            reason=reason,
            values=np.round(column, -1 if unit == "m" else 0),
            named=True,
            unit=unit,
            kind=kinds[str(name)],
        )
    return base_map(page, draw.payload)
