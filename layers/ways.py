"""The ways that people go: streets as networks, and where people leave from."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..geo import homes, network
from . import osm
from .checks import Checks, first
from .errors import LayerError
from .mapping import NetworkLayer

CLOSE = 200.0
"""So far people walk to the next street from a short piece that leads nowhere, in metres."""

SHORT = 1000.0
"""A part of a network with fewer metres of street is taken for a piece, not an island."""

_NO = ("", "0", "0.0", "no", "false", "f", "n", "ei", "nej")
"""What a column says where one may not go."""


def networks(
    path: Path,
    lines: gpd.GeoDataFrame,
    spec: NetworkLayer,
    modes: Collection[str],
    checks: Checks,
) -> dict[str, network.Network]:
    """Make a network of the streets for each way of moving.

    Parameters
    ----------
    path
        The file, which is read again where it is an extract of OpenStreetMap.
    lines
        The streets, in a system in metres.
    spec
        What the study declares about them.
    modes
        Of ``"walk"`` and ``"bicycle"`` those that are asked for.
    checks
        Collects what was found.

    Returns
    -------
    dict
        By mode. Where the study names no column for bicycles, they may go where people may walk.

    Raises
    ------
    LayerError
        Where nothing is left to go on, or a column holds something else.
    """
    out = {}
    for mode in sorted(modes):
        if spec.is_extract:
            made = osm.network_of(path, mode, str(lines.crs), checks)  # type: ignore[arg-type]
        else:
            made = _of_lines(path, lines, spec, mode)
        parts = network.islands(made)
        checks.found("network", "network_islands", len(parts) - 1, mode, "kept")
        out[mode] = made
    return out


def _of_lines(
    path: Path, lines: gpd.GeoDataFrame, spec: NetworkLayer, mode: str
) -> network.Network:
    """Make a network of lines, by the columns that the study names."""
    column = spec.bicycle or spec.walk if mode == "bicycle" else spec.walk
    streets = lines[_is_yes(lines[column])] if column else lines
    options: dict[str, Any] = {"level": spec.level, "stairs": spec.stairs}
    if mode == "bicycle":
        options["oneway"] = spec.oneway
    try:
        return network.from_lines(streets, mode=mode, **options)  # type: ignore[arg-type]
    except ValueError as error:
        cure = f"Look at the column {column!r} and the others" if column else "Look at what"
        raise LayerError(
            path,
            f"No street network for {mode!r} can be made of it: {error}.",
            f"{cure} that [layers.network] names.",
        ) from None


def _is_yes(column: pd.Series) -> pd.Series:
    return ~column.isna() & ~column.astype(str).str.strip().str.casefold().isin(_NO)


def lived(
    people: gpd.GeoDataFrame | None, buildings: gpd.GeoDataFrame | None
) -> tuple[gpd.GeoSeries, pd.Series] | None:
    """Give the points where people live, and how many people or dwellings there are in each.

    Parameters
    ----------
    people
        The homes: points with ``people``.
    buildings
        The housing stock, for where there are no homes: points with ``dwellings``.
    """
    if people is not None:
        return people.geometry, people["people"]
    return None if buildings is None else (buildings.geometry, buildings["dwellings"])


def origins(
    zones: gpd.GeoDataFrame, where: tuple[gpd.GeoSeries, pd.Series] | None
) -> gpd.GeoSeries:
    """Give the point of each zone from which its people leave.

    Parameters
    ----------
    zones
        Areas in metres.
    where
        What `lived` gives.

    Returns
    -------
    GeoSeries
        Of the homes in a zone the one next to the middle of its people or dwellings; a point
        inside the zone where there are none.
    """
    if where is None:
        return zones.geometry.representative_point()
    return homes.weighted_points(zones.geometry, *where)


def tied(streets: network.Network, places: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Tie places to their streets, past short pieces from which one cannot get on.

    Parameters
    ----------
    streets
        A network.
    places
        Points in its coordinate system.

    Returns
    -------
    GeoDataFrame
        See `kvarter.geo.network.snap`. A place whose nearest street is one of a part shorter than
        `SHORT` is tied to the nearest street of the largest part, where that is within `CLOSE`.

    Notes
    -----
    Such a part is a yard or a path whose link to the streets is not drawn, or not open to
    bicycles: people walk that bit. A part with more streets may be a real island, and is left.
    """
    at = network.snap(streets, places)
    length = network.islands(streets)["length"].reindex(at["island"]).to_numpy()
    off = np.flatnonzero((at["island"] > 0).to_numpy() & (length < SHORT))
    if not len(off):
        return at
    main = streets.edges.geometry[streets.island_of_edge == 0]
    place, edge = main.sindex.nearest(places.iloc[off], return_all=False, max_distance=CLOSE)
    moved, lines = off[place], main.iloc[edge]
    points = np.asarray(places.array)[moved]
    along = shapely.line_locate_point(lines.array, points, normalized=True)
    on = shapely.line_interpolate_point(lines.array, along, normalized=True)
    values = {
        "edge": np.flatnonzero(streets.island_of_edge == 0)[edge],
        "along": along,
        "metres": shapely.distance(points, on),
        "island": 0,
        "geometry": on,
    }
    for name, value in values.items():
        column = at[name].to_numpy(copy=True)
        column[moved] = value
        at[name] = column
    return at.set_crs(places.crs, allow_override=True)


def unconnected(
    made: dict[str, network.Network],
    zones: gpd.GeoSeries,
    people: pd.Series,
    services: gpd.GeoSeries | None,
    checks: Checks,
) -> None:
    """Write down the zones with people and the services that no street leads to."""
    lived = zones[people.reindex(zones.index).fillna(0).to_numpy() > 0]
    for mode, streets in made.items():
        for layer, points in (("zones", lived), ("services", services)):
            if points is None or not len(points):
                continue
            at, what = tied(streets, points), "zone" if layer == "zones" else "service"
            off = points.index[at["island"] != 0]
            past = points.index[at["edge"] != network.snap(streets, points)["edge"]]
            for rule, some in ((f"{what}_unconnected", off), (f"{what}_past_pieces", past)):
                example = f"{first(some)} ({mode})" if len(some) else ""
                checks.found(layer, rule, len(some), example, "kept")
