"""Maps of zones: shares, clusters, reach."""

from __future__ import annotations

from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .classes import breaks, classify, ranges
from .page import Page, base_map
from .palettes import BORDER, CLUSTERS, LAND, NO_VALUE, SEQUENTIAL, STREET, WATER
from .words import Words, capital, reasons

_SCALE = 100_000
"""Coordinates are sent as whole numbers of 1/100,000 degree, about one metre."""


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
        Polygons in a projected system, with a column ``name``.
    values
        Zones × variables: the figures as they are published.
    page
        What stands around the map.
    labels
        What each variable is called.
    reason
        Of the shape of ``values``: empty, or ``hidden``, ``missing`` or ``nobody``.
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
    draw = _Drawing(zones, page, groups=values.shape[1] > 1)
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

    Returns
    -------
    folium.Map
    """
    draw = _Drawing(zones, page, groups=values.shape[1] > 1)
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
        top = float(np.nanmax(np.abs(column), initial=0.0))
        digits = 1 if percent else 0 if top >= 50 else 1 if top >= 5 else 2
        draw.variable(
            label=labels[name],
            heading=labels[name],
            classes=number.to_numpy(dtype=int),
            texts=list(texts.values()),
            paints=paints,
            reason=why,
            values=column,
            named=True,
            digits=digits,
            percent=percent,
            unit=unit,
            summary=summary.get(name, ""),
        )
        unsure = classes[name] == "not significant"
        draw.details(
            [
                (_("Mean of the neighbours shown"), around[name]),
                (_("By chance alone, not adjusted"), *_how_often(p_value[name], unsure, alpha, _)),
                (
                    "",
                    [_("Of so few that it says more about chance than about the zone")],
                    small[name].map({True: 0, False: -1}),
                ),
            ]
        )
    return base_map(page, draw.payload)


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
    kinds: dict[str, str],
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
        The kind of service and the way of going, by variable.
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
    draw = _Drawing(zones, page)
    draw.services(services)
    _ = page.words
    heading = {
        "straight_line": _("To the nearest, as the crow flies"),
        "walk": _("To the nearest, on foot"),
        "bicycle": _("To the nearest, by bicycle"),
    }
    for name in costs:
        column = costs[name].to_numpy(dtype=float)
        limit = limits[str(name)]
        bounds = [limit * part for part in (0.25, 0.5, 0.75, 1)]
        number = classify(column, bounds)
        number[~(column <= limit)] = len(bounds)
        told = [
            f"{_.number(bound, next(d for d in (0, 1, 2) if d == 2 or bound == round(bound, d)))}"
            f"\xa0{unit}"
            for bound in bounds
        ]
        texts = [_("up to {limit}", limit=text) for text in told]
        texts.append(_("more than {limit}", limit=told[-1]))
        draw.variable(
            label=labels[str(name)],
            heading=heading[modes[str(name)]],
            classes=number,
            texts=[capital(text) for text in texts],
            paints=[{"color": colour} for colour in SEQUENTIAL[5]],
            reason=reason,
            values=np.round(column, -1 if unit == "m" else 0),
            named=True,
            unit=unit,
            kind=kinds[str(name)],
        )
    return base_map(page, draw.payload)


def _names(zones: gpd.GeoDataFrame) -> list[str]:
    """Name the zones; those that share a name, such as the cells of a district, by id as well."""
    names = zones["name"].astype(str)
    ids = zones.index.astype(str)
    same = names.duplicated(keep=False)
    return [
        f"{name} ({key})" if name and twin else name or key
        for name, key, twin in zip(names, ids, same, strict=True)
    ]


def outlines(zones: gpd.GeoDataFrame, background: dict[str, gpd.GeoDataFrame]) -> dict[str, Any]:
    """Give the outlines that the maps of the same zones share.

    Parameters
    ----------
    zones
        Polygons in any coordinate system.
    background
        What is drawn under and over them.

    Returns
    -------
    dict
        ``shapes`` and ``background`` as whole numbers; see `Page`.
    """
    return {
        "shapes": _shapes(zones.geometry.to_crs(4326)),
        "background": {
            name: _shapes(frame.geometry.to_crs(4326), flat=True)
            for name, frame in background.items()
        },
    }


class _Drawing:
    """Collects what a map draws, as JSON's types."""

    def __init__(self, zones: gpd.GeoDataFrame, page: Page, *, groups: bool = False) -> None:
        _ = page.words
        cells = len(zones) > 1000
        self.payload: dict[str, Any] = {
            "language": _.language,
            "scale": _SCALE,
            "stroke": 0 if cells else 0.7,
            "names": _names(zones),
            **(page.outlines or outlines(zones, page.background)),
            "variables": [],
            "paints": [],
            "services": [],
            "colours": {"land": LAND, "water": WATER, "street": STREET, "border": BORDER},
            "reasons": reasons(_, groups=groups),
            "own": _("own figure"),
            "capacity": _("places:"),
            "zoom": [_("Zoom in"), _("Zoom out")],
            "more": _("Only the first 400 zones are listed; all are in results.gpkg."),
        }

    def paint(self, paint: dict[str, str]) -> int:
        """Give the number of a colour or pattern, adding it where it is new."""
        paint = {"pattern": "", **paint}
        if paint not in self.payload["paints"]:
            self.payload["paints"].append(paint)
        return int(self.payload["paints"].index(paint))

    def variable(
        self,
        *,
        label: str,
        heading: str,
        classes: np.ndarray,
        texts: list[str],
        paints: list[dict[str, str]],
        reason: pd.Series,
        values: np.ndarray,
        named: bool = False,
        digits: int = 0,
        percent: bool = False,
        unit: str = "",
        summary: str = "",
        kind: str | None = None,
    ) -> None:
        """Add a variable: its classes, their colours and legend, its values."""
        why = reason.to_numpy()
        colours = [self.paint(paint) for paint in paints]
        legend = [
            {"paint": colour, "text": text, "count": int(((classes == n) & (why == "")).sum())}
            for n, (colour, text) in enumerate(zip(colours, texts, strict=False))
        ]
        empty = {}
        for name in NO_VALUE:
            colour, pattern = NO_VALUE[name]
            empty[name] = self.paint({"color": colour, "pattern": pattern})
            if count := int((why == name).sum()):
                text = capital(self.payload["reasons"][name])
                legend.append({"paint": empty[name], "text": text, "count": count})
        paint = [
            empty[w] if w else colours[c] if c >= 0 else empty["missing"]
            for w, c in zip(why, classes, strict=True)
        ]
        keep = 3 if percent else digits
        shown = [
            None if w or v != v else round(float(v), keep)
            for w, v in zip(why, values, strict=True)
        ]
        self.payload["variables"].append(
            {
                "label": capital(label),
                "heading": capital(heading),
                "classes": [int(c) for c in classes],
                "names": texts if named else None,
                "paint": paint,
                "reason": list(why),
                "values": shown,
                "legend": legend,
                "digits": digits,
                "percent": percent,
                "unit": unit,
                "summary": summary,
                "kind": kind,
            }
        )

    def details(self, lines: list[tuple[Any, ...]]) -> None:
        """Add what the last variable says of each zone when it is opened.

        Each line has a label and a figure by zone, or a label, texts and the number of the text
        by zone, −1 for none.
        """
        variable, out = self.payload["variables"][-1], []
        keep = 3 if variable["percent"] else variable["digits"]
        shown = np.array([not w for w in variable["reason"]])
        for label, *told in lines:
            if len(told) == 1:
                values = told[0].where(shown)
                figures = [None if v != v else round(float(v), keep) for v in values]
                out.append({"label": label, "values": figures})
            else:
                codes = told[1].where(shown, -1)
                out.append({"label": label, "texts": told[0], "codes": codes.astype(int).tolist()})
        variable["details"] = out

    def services(self, services: gpd.GeoDataFrame) -> None:
        """Add the services, as points."""
        places = services.geometry.to_crs(4326)
        self.payload["services"] = [
            {
                "kind": str(kind),
                "name": str(name),
                "capacity": None if capacity != capacity else float(capacity),
                "at": [round(point.x, 5), round(point.y, 5)],
            }
            for kind, name, capacity, point in zip(
                services["kind"], services["name"], services["capacity"], places, strict=True
            )
        ]


def _shapes(places: gpd.GeoSeries, *, flat: bool = False) -> list[Any]:
    """Give geometries as whole numbers, each the difference from the one before.

    A polygon is a list of rings, a line is its numbers; each geometry is the list of its parts,
    or, where ``flat``, the parts of all stand in one list.
    """
    parts, owner = shapely.get_parts(places.to_numpy(), return_index=True)
    polygon = shapely.get_type_id(parts) == 3
    rings, ring_owner = shapely.get_rings(parts[polygon], return_index=True)
    outlines = iter(_group(_differences(rings), ring_owner, int(polygon.sum())))
    lines = iter(_differences(parts[~polygon]))
    written = [next(outlines) if filled else next(lines) for filled in polygon]
    return written if flat else _group(written, owner, len(places))


def _group(items: list[Any], owner: np.ndarray, number: int) -> list[list[Any]]:
    """Sort items under their owners."""
    out: list[list[Any]] = [[] for _ in range(number)]
    for item, who in zip(items, owner, strict=True):
        out[who].append(item)
    return out


def _differences(lines: np.ndarray) -> list[list[int]]:
    """Give each line as whole numbers, each the difference from the one before."""
    if len(lines) == 0:
        return []
    points, line = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint(points * _SCALE).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    starts = np.flatnonzero(np.diff(line, prepend=-1))
    steps[starts] = whole[starts]
    return [part.ravel().tolist() for part in np.split(steps, starts[1:])]
