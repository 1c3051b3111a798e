"""From places to the nearest street, and those that have none."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from .. import crs
from ._network import Index, Network, islands
from ._speed import Floats

_HAIR = 1e-6
"""Metres along a street within which a place is at its end."""

NEAR = 500.0
"""How far a place may lie from its street, in metres, unless told."""


def snap(network: Network, places: gpd.GeoSeries, *, near: float = NEAR) -> gpd.GeoDataFrame:
    """Find the nearest point on a street for each place.

    Parameters
    ----------
    network
        A street network.
    places
        Points, in the coordinate system of the network; the index tells them apart.
    near
        How far a street may be, in metres.

    Returns
    -------
    GeoDataFrame
        One row a place: ``edge`` (row of ``network.edges``; -1 where no street is near),
        ``along`` (where on it, as a share of its length), ``metres`` (to it), ``island`` (see
        :func:`kvarter.geo.network.islands`; -1 where no street is near) and the point on the
        street as ``geometry``.

    Raises
    ------
    ValueError
        Where the coordinate systems differ, an index has duplicates, a place is no point, or
        ``near`` is not above 0.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kvarter.geo import network
    >>> lines = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 100 0)"], crs=3067)
    >>> homes = gpd.GeoSeries.from_xy([25, 0], [40, 900], index=["a", "b"], crs=3067)
    >>> network.snap(network.from_lines(lines), homes)[["edge", "along", "metres", "island"]]
       edge  along  metres  island
    a     0   0.25    40.0       0
    b    -1    NaN     NaN      -1
    """
    if not (np.isfinite(near) and near > 0):
        raise ValueError(f"near must be a number of metres above 0, not {near!r}")
    crs.points(places, "the places")
    if not crs.same(CRS(places.crs), CRS(network.edges.crs)):
        raise ValueError(
            f"the places are in {crs.name(CRS(places.crs))} and the streets in "
            f"{crs.name(CRS(network.edges.crs))}; reproject the places: "
            ".to_crs(network.edges.crs)"
        )
    points = np.asarray(places.values)
    lines = network.edges.geometry.to_numpy()
    place, edge, distance = _nearest(network, points, near)
    at = shapely.line_locate_point(lines[edge], points[place])
    length = network.edges["length"].to_numpy()[edge]
    # At a corner all its streets are there to be taken, not only the one that was found.
    at = np.where(at < _HAIR, 0.0, np.where(at > length - _HAIR, length, at))
    on = shapely.line_interpolate_point(lines[edge], at)
    # Of streets that are equally near, the one further west, then south, whatever their order.
    order = np.lexsort((edge, *shapely.get_coordinates(on).T[::-1].round(6), place))
    order = order[np.flatnonzero(np.diff(place[order], prepend=-1))]
    place, edge, at, length = place[order], edge[order], at[order], length[order]
    found = gpd.GeoDataFrame(
        {
            "edge": edge,
            "along": np.divide(at, length, out=np.zeros(len(at)), where=length > 0).clip(0, 1),
            "metres": distance[order],
            "island": network.island_of_edge[edge],
        },
        geometry=on[order],
        index=place,
        crs=places.crs,
    )
    out = found.reindex(np.arange(len(places))).set_axis(places.index)
    return out.fillna({"edge": -1, "island": -1}).astype({"edge": int, "island": int})


def _nearest(
    network: Network, points: NDArray[np.object_], near: float
) -> tuple[Index, Index, Floats]:
    """Find the nearest edges of points: all where several are equally near."""
    # Most places have a street within some steps, and a narrow search takes half the time.
    close, distance = network.tree.query_nearest(
        points, max_distance=near / 10, return_distance=True
    )
    rest = np.setdiff1d(np.arange(len(points)), close[0])
    far, beyond = network.tree.query_nearest(points[rest], max_distance=near, return_distance=True)
    least = np.full(len(points), np.nan)
    least[close[0]], least[rest[far[0]]] = distance, beyond
    found = np.flatnonzero(~np.isnan(least))
    # Streets that lie over each other are equally near but for the last digits.
    place, edge = network.tree.query(
        points[found], predicate="dwithin", distance=least[found] + _HAIR
    )
    return found[place], edge, least[found[place]]


def unconnected(
    network: Network,
    places: gpd.GeoSeries,
    *,
    near: float = NEAR,
    people: pd.Series | None = None,
) -> pd.DataFrame:
    """List the places that do not connect to the main part of a street network.

    Parameters
    ----------
    network, places, near
        See :func:`kvarter.geo.network.snap`.
    people
        How many people each place stands for, by the index of ``places``.

    Returns
    -------
    DataFrame
        One row a place that is cut off: ``reason`` (``"no street near"`` or ``"on an island"``),
        ``metres`` to its street (NaN where none is near), ``island``,
        ``island_length`` (metres of street on it) and ``people``, where they are given.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kvarter.geo import network
    >>> lines = ["LINESTRING (0 0, 100 0)", "LINESTRING (0 300, 50 300)"]
    >>> streets = network.from_lines(gpd.GeoSeries.from_wkt(lines, crs=3067))
    >>> homes = gpd.GeoSeries.from_xy([9, 9, 9], [9, 320, 999], index=["a", "b", "c"], crs=3067)
    >>> network.unconnected(streets, homes)
               reason  metres  island  island_length
    b    on an island    20.0       1           50.0
    c  no street near     NaN      -1            NaN
    """
    at = snap(network, places, near=near)
    off = at[at["island"] != 0]
    reasons: list[Literal["no street near", "on an island"]] = [
        "no street near" if island < 0 else "on an island" for island in off["island"]
    ]
    out = pd.DataFrame(
        {
            "reason": reasons,
            "metres": off["metres"],
            "island": off["island"],
            "island_length": islands(network)["length"].reindex(off["island"]).to_numpy(),
        },
        index=off.index,
    )
    if people is not None:
        out["people"] = people.reindex(off.index)
    return out
