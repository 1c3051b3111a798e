"""What a map of zones draws: their outlines, names, figures and services, as JSON's types."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .page import Page
from .palettes import BORDER, LAND, NO_VALUE, STREET, WATER
from .words import Words, capital, reasons

_SCALE = 100_000
"""Coordinates are sent as whole numbers of 1/100,000 degree, about one metre."""


def _names(zones: gpd.GeoDataFrame) -> list[str]:
    """Name the zones; those that share a name, such as the cells of a district, by id as well."""
    names = zones["name"].astype(str)
    ids = zones.index.astype(str)
    same = names.duplicated(keep=False)
    return [
        f"{name} ({key})" if name and twin else name or key
        for name, key, twin in zip(names, ids, same, strict=True)
    ]


def _regions(zones: gpd.GeoDataFrame, words: Words) -> list[dict[str, Any]]:
    """Name the regions of the zones, where there are several, and give the bounds of each."""
    if "region" not in zones:
        return []
    bounds = zones.geometry.bounds.groupby(zones["region"].replace("", None))
    ends = pd.concat([bounds[["minx", "miny"]].min(), bounds[["maxx", "maxy"]].max()], axis=1)
    ends = ends.dropna()
    if len(ends) < 2:
        return []
    boxes = gpd.GeoSeries(shapely.box(*ends.to_numpy().T), crs=zones.crs).to_crs(4326).bounds
    out = [
        {"label": capital(words.label(str(name))), "at": [round(end, 4) for end in at]}
        for name, at in zip(ends.index, boxes.to_numpy().tolist(), strict=True)
    ]
    return sorted(out, key=lambda region: str(region["label"]).casefold())


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


class Drawing:
    """Collects what a map draws, as JSON's types."""

    def __init__(self, zones: gpd.GeoDataFrame, page: Page) -> None:
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
            "reasons": reasons(_),
            "own": _("own figure"),
            "capacity": _("places:"),
            "zoom": [_("Zoom in"), _("Zoom out")],
            "nowhere": _("No zone here"),
            "regions": _regions(zones, _),
            "whole": _("Whole map"),
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
        kind: tuple[str, str] = ("", ""),
        standing: int = 0,
    ) -> None:
        """Add a variable: its classes, their colours and legend, its values.

        The first classes, as many as ``standing``, are of zones that stand out: a key of the page
        leads from one to the next.
        """
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
                "standing": standing,
                "kind": kind[0],
                "places": kind[1],
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

    def interval(self, text: str, people: pd.Series, low: pd.Series, high: pd.Series) -> None:
        """Add to the last variable between what figures chance alone moves that of a zone.

        The blanks of the text are filled in by the page, as nearly each zone has figures of its
        own. Where most zones are hidden, as on a grid, those that are not stand alone.
        """
        variable = self.payload["variables"][-1]
        shown = np.array([not w for w in variable["reason"]]) & people.notna().to_numpy()
        shown &= low.notna().to_numpy()
        told = {"people": (people, 0), "low": (low, 3), "high": (high, 3)}
        variable["interval"] = {"text": text, "zones": np.flatnonzero(shown).tolist()} | {
            name: np.round(values.to_numpy(dtype=float)[shown], digits).tolist()
            for name, (values, digits) in told.items()
        }

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
