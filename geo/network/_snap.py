"""From places to the nearest street, and those that have none."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from .. import crs
from ..names import matched, quoted
from ..options import finite
from ..threads import in_parts
from ._network import Network, islands

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
        street as ``geometry``. ``attrs["network"]`` tells of which network the edges are.

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
    if not (finite(near) and near > 0):
        raise ValueError(f"near must be a number of metres above 0, not {quoted(near)}")
    from ._near import nearest

    crs.points(places, "the places")
    if not crs.same(CRS(places.crs), CRS(network.edges.crs)):
        raise ValueError(
            f"the places are in {crs.name(CRS(places.crs))} and the streets in "
            f"{crs.name(CRS(network.edges.crs))}; reproject the places: "
            ".to_crs(network.edges.crs)"
        )
    number = len(places)
    edge, along = np.full(number, -1, dtype=np.int64), np.full(number, np.nan)
    metres, on = np.full(number, np.nan), np.full((number, 2), np.nan)
    points = shapely.get_coordinates(places.values)
    length = network.edges["length"].to_numpy()

    def work(begin: int, end: int) -> None:
        nearest(points, *network.pieces, length, float(near), begin, end, edge, along, metres, on)

    in_parts(number, work)
    found = edge >= 0
    geometry = np.full(number, None, dtype=object)
    geometry[found] = shapely.points(on[found])
    island = np.full(number, -1, dtype=np.int64)
    island[found] = network.island_of_edge[edge[found]]
    out = gpd.GeoDataFrame(
        {"edge": edge, "along": along, "metres": metres, "island": island},
        geometry=geometry,
        index=places.index,
        crs=places.crs,
    )
    out.attrs["network"] = network.fingerprint
    return out


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

    Raises
    ------
    ValueError
        Where ``people`` names a place twice, or none of them; and see
        :func:`kvarter.geo.network.snap`.

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
        out["people"] = matched(people, at.index, "people")[off.index]
    return out
