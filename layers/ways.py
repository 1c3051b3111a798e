"""The ways that people go: streets as networks, and where people leave from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import pandas as pd

from ..geo import homes, network
from .checks import Checks, first
from .errors import LayerError
from .mapping import NetworkLayer

_NO = ("", "0", "0.0", "no", "false", "f", "n", "ei", "nej")
"""What a column says where one may not go."""


def networks(
    lines: gpd.GeoDataFrame, spec: NetworkLayer, modes: Collection[str], checks: Checks
) -> dict[str, network.Network]:
    """Make a network of the streets for each way of moving.

    Parameters
    ----------
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
        column = spec.bicycle or spec.walk if mode == "bicycle" else spec.walk
        streets = lines[_is_yes(lines[column])] if column else lines
        options: dict[str, Any] = {"level": spec.level, "stairs": spec.stairs}
        if mode == "bicycle":
            options["oneway"] = spec.oneway
        try:
            made = network.from_lines(streets, mode=mode, **options)  # type: ignore[arg-type]
        except ValueError as error:
            raise LayerError(
                spec.path,
                f"No street network for {mode!r} can be made of it: {error}.",
                f"Look at the columns that [layers.network] names, such as {column!r}.",
            ) from None
        parts = network.islands(made)
        checks.found("network", "network_islands", len(parts) - 1, mode, "kept")
        out[mode] = made
    return out


def _is_yes(column: pd.Series) -> pd.Series:
    return ~column.isna() & ~column.astype(str).str.strip().str.casefold().isin(_NO)


def origins(zones: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None) -> gpd.GeoSeries:
    """Give the point of each zone from which its people leave.

    Parameters
    ----------
    zones
        Areas in metres.
    buildings
        The housing stock: points with ``dwellings``.

    Returns
    -------
    GeoSeries
        Of the buildings in a zone the one next to the middle of its dwellings; a point inside the
        zone where there are none.
    """
    if buildings is None:
        return zones.geometry.representative_point()
    return homes.weighted_points(zones.geometry, buildings.geometry, buildings["dwellings"])


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
