"""Where something is: a point, a zone or what a planner drew, brought to the zones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Point

from ..load import Layers
from ._refused import Refused, there_is_no
from .models import Drawn, Spot

INSIDE = 0.99
"""The least share of an area that must lie in zones: borders are drawn by hand."""


_EMPTY = (
    "Cells of a grid in which nobody lives yet are known inside the border, where the study has "
    "[layers.border]; other empty areas need a zone with counts of 0."
)


def drawn(layers: Layers, layer: Drawn, key: str) -> gpd.GeoDataFrame:
    """Give what a planner drew, as it was read."""
    if layer.key not in layers.plans:
        raise Refused(
            f"{layer.path} has not been read.", "Read it first: scenarios.read_plans.", key
        )
    return layers.plans[layer.key]


def areas(layers: Layers, layer: Drawn, key: str) -> gpd.GeoDataFrame:
    """Give the areas that a planner drew."""
    frame = drawn(layers, layer, key)
    if not (shapely.get_dimensions(frame.geometry) == 2).all():
        raise Refused(f"{layer.path} has points or lines.", "Draw areas.", key)
    return frame


def zone_of(layers: Layers, points: gpd.GeoSeries) -> pd.Series:
    """Give the zone of each point, the first where it lies on a border; NaN where in none."""
    zones = layers.zones[layers.latest]
    point, zone = zones.sindex.query(points, predicate="intersects")
    hit = pd.Series(zone, index=point).groupby(level=0).min().reindex(range(len(points)))
    names = np.append(zones.index.to_numpy(dtype=object), np.nan)
    return pd.Series(names[hit.fillna(-1).astype(int)], index=points.index)


def known_zone(layers: Layers, zone: str, key: str | None = "zone") -> str:
    """Give a zone, or refuse one that is not there."""
    if zone not in layers.zones[layers.latest].index:
        raise there_is_no("zone", zone, layers.zones[layers.latest].index, key)
    return zone


def point_of(layers: Layers, spot: Spot) -> Point:
    """Give the point of a place."""
    if spot.at is not None:
        return Point(spot.at)
    if spot.zone is not None:
        zones = layers.zones[layers.latest]
        return zones.geometry[known_zone(layers, spot.zone)].representative_point()
    assert spot.layer is not None
    frame = drawn(layers, spot.layer, "layer")
    if len(frame) != 1:
        raise Refused(
            f"{spot.layer.path} has {len(frame)} places.",
            "Keep the one that is meant with where = { column = value }.",
            "layer",
        )
    return frame.geometry.iloc[0].representative_point()


def outside(layers: Layers, at: tuple[float, float], key: str) -> Refused:
    """Say that a point lies in no zone."""
    zones = layers.zones[layers.latest]
    away = zones.geometry.distance(Point(at))
    return Refused(
        f"{list(at)} lies in no zone; the nearest, {away.idxmin()!r}, is {away.min():.0f} m away.",
        f"at is easting, then northing, in the study's metres. {_EMPTY}",
        key,
    )


def over_zones(layers: Layers, layer: Drawn, amount: float | str, key: str) -> gpd.GeoDataFrame:
    """Spread a number over the zones of what a planner drew.

    Parameters
    ----------
    layers
        The layers.
    layer
        Areas or points.
    amount
        A number for all of them, or the column that tells each row's own.
    key
        The key that names the layer.

    Returns
    -------
    GeoDataFrame
        One row a part of a row in a zone: ``zone``, ``amount`` and a point inside it. An amount
        for all is spread over areas by their size, and evenly over points; one of an area over
        its zones by the size of its parts.
    """
    frame, zones = drawn(layers, layer, key), layers.zones[layers.latest]
    size = shapely.get_dimensions(frame.geometry)
    if not ((size == 2).all() or (size == 0).all()):
        raise Refused(f"{layer.path} has lines, or areas beside points.", "Draw areas.", key)
    if (size == 0).all():
        points = frame.geometry.representative_point()
        zone = zone_of(layers, points)
        part = gpd.GeoDataFrame(
            {"row": np.arange(len(frame)), "zone": zone.to_numpy(), "size": 1.0},
            geometry=points.to_numpy(),
            crs=zones.crs,
        )
        inside, whole = part["zone"].notna().to_numpy(), np.ones(len(frame))
        lost = ~inside
    else:
        row, zone = zones.sindex.query(frame.geometry, predicate="intersects")
        pieces = shapely.intersection(
            frame.geometry.to_numpy()[row], zones.geometry.to_numpy()[zone]
        )
        part = gpd.GeoDataFrame(
            {"row": row, "zone": zones.index.to_numpy()[zone], "size": shapely.area(pieces)},
            geometry=shapely.point_on_surface(pieces),
            crs=zones.crs,
        )
        part = part[part["size"] > 0]
        whole = shapely.area(frame.geometry.to_numpy())
        covered = part.groupby("row")["size"].sum().reindex(range(len(frame)), fill_value=0.0)
        lost = covered.to_numpy() < INSIDE * whole
    if lost.any():
        raise Refused(
            f"{lost.sum()} of the {len(frame)} places in {layer.path} lie outside the zones, "
            f"or partly: row {np.flatnonzero(lost)[0] + 1}.",
            f"Draw them inside. {_EMPTY}",
            key,
        )
    if isinstance(amount, str):
        if amount not in frame:
            columns = [name for name in frame.columns if name != frame.geometry.name]
            raise there_is_no("column", amount, columns, "dwellings")
        own = pd.to_numeric(frame[amount], errors="coerce").to_numpy(dtype=float)
        if not (np.isfinite(own) & (own >= 0)).all():
            bad = frame[amount].iloc[np.flatnonzero(~(np.isfinite(own) & (own >= 0)))[0]]
            raise Refused(
                f"Column {amount!r} of {layer.path} holds {bad!r}.",
                "Give each row a number, 0 or more.",
                "dwellings",
            )
    else:
        own = amount * whole / whole.sum()
    of_row = part.groupby("row")["size"].transform("sum")
    part["amount"] = part["size"] / of_row * own[part["row"]]
    return part.loc[part["amount"] > 0, ["zone", "amount", "geometry"]].reset_index(drop=True)


def overlap(layers: Layers, layer: Drawn, key: str) -> pd.Series:
    """Give the share of each zone's area that lies in what a planner drew, by zone."""
    zones = layers.zones[layers.latest]
    shape = areas(layers, layer, key).geometry.union_all()
    near = zones.index[zones.sindex.query(shape, predicate="intersects")]
    cut = zones.geometry[near].intersection(shape).area / zones.geometry[near].area
    cut = cut[cut > 0]
    if not len(cut):
        raise Refused(f"{layer.path} lies outside the zones.", "Draw areas inside them.", key)
    return cut
