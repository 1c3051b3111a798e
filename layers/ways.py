"""The ways that people go: streets as networks, and where people leave from."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from ..geo import homes, network
from . import osm
from .checks import Checks, first
from .errors import LayerError
from .mapping import NetworkLayer

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
            if points is not None and len(points):
                off = network.unconnected(streets, points)
                rule = f"{'zone' if layer == 'zones' else 'service'}_unconnected"
                example = f"{first(off.index)} ({mode})" if len(off) else ""
                checks.found(layer, rule, len(off), example, "kept")
