"""What can be reached: areas around places, and the tree of ways to one of them."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from ..names import quoted
from ..options import finite
from ._costs import Graph, connected, graph_to, outwards
from ._lines import cut
from ._network import Index, Network, Unit, check_unit
from ._snap import NEAR
from ._speed import Floats


def isochrones(
    network: Network,
    services: gpd.GeoSeries,
    *,
    limits: Sequence[float],
    unit: Unit = "minutes",
    width: float = 50.0,
    near: float = NEAR,
) -> gpd.GeoDataFrame:
    """Draw the areas from which a service is reached within limits.

    Parameters
    ----------
    network
        A street network.
    services
        Points, in the same coordinate system. The areas are those from which one of them, no
        matter which, is within the limit; for the area of a single one, give that one alone.
    limits
        How far people go, in minutes or metres.
    unit
        See :func:`kvarter.geo.network.costs`.
    width
        How far from the street the area goes, in metres.
    near
        How far a service may lie from its street, in metres.

    Returns
    -------
    GeoDataFrame
        One row a limit, in rising order: ``limit`` and the area as ``geometry``, which is empty
        where no street is within it. Each area holds those of lower limits.

    Raises
    ------
    ValueError
        Where a limit or the width is not above 0; and see :func:`kvarter.geo.network.costs`.

    Notes
    -----
    The parts of streets from which the service is within the limit, the way from street to
    service counted, widened to both sides (a line-based buffer). A hull around the reached
    corners would hold water, railway yards and streets that are farther than the limit.

    References
    ----------
    Oliver, L. N., Schuurman, N. & Hall, A. W. (2007). Comparing circular and network buffers to
    examine the influence of land use on walking for leisure and errands. *International Journal of
    Health Geographics* 6, 41. https://doi.org/10.1186/1476-072X-6-41

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kvarter.geo import network
    >>> lines = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 700 0)"], crs=3067)
    >>> school = gpd.GeoSeries.from_xy([350], [0], crs=3067)
    >>> areas = network.isochrones(network.from_lines(lines), school, limits=[2, 4])
    >>> areas.bounds["maxx"].tolist()
    [540.0, 680.0]
    """
    check_unit(unit)
    given = np.asarray(limits, dtype=object).ravel()
    if not (len(given) and all(finite(limit) and limit > 0 for limit in given)):
        raise ValueError(f"limits must be numbers of {unit} above 0, not {limits!r}")
    wanted = np.unique(given.astype(np.float64))
    if not (finite(width) and width > 0):
        raise ValueError(f"width must be a number of metres above 0, not {quoted(width)}")
    there = connected(network, services, near)
    graph, stops = graph_to(network, there, unit)
    arrive = network.off_street_cost(there.metres, unit)
    away = outwards(graph, stops, arrive, wanted[-1])
    areas: list[shapely.Geometry] = []
    for limit in wanted:
        parts = shapely.buffer(_reached(network, graph, away, limit), width, quad_segs=4)
        area = shapely.union_all(parts)
        areas.append(shapely.union(area, areas[-1]) if areas else area)
    return gpd.GeoDataFrame(
        {"limit": wanted}, geometry=gpd.GeoSeries(areas, crs=network.edges.crs)
    )


def route_tree(
    network: Network,
    service: shapely.Point,
    *,
    limit: float,
    unit: Unit = "minutes",
    near: float = NEAR,
) -> gpd.GeoDataFrame:
    """Give the ways that lead to a service from all corners within reach, as lines for a map.

    Parameters
    ----------
    network
        A street network.
    service
        A point, in the coordinate system of the network.
    limit, unit, near
        See :func:`kvarter.geo.network.costs`.

    Returns
    -------
    GeoDataFrame
        One row a stretch of street on one of the ways: ``line`` (the index of the line that it is
        part of), ``cost`` (from its far end to the service) and the line as ``geometry``, by cost.
        Every corner within the limit has one way, and together they are a tree.

    Raises
    ------
    ValueError
        See :func:`kvarter.geo.network.costs`.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> from kvarter.geo import network
    >>> lines = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 700 0)"], crs=3067)
    >>> network.route_tree(network.from_lines(lines), shapely.Point(210, 70), limit=9)
       line  cost                   geometry
    0     0   4.0    LINESTRING (0 0, 210 0)
    1     0   8.0  LINESTRING (210 0, 700 0)
    """
    check_unit(unit)
    if not (finite(limit) and limit > 0):
        raise ValueError(f"limit must be a number of {unit} above 0, not {quoted(limit)}")
    there = connected(network, gpd.GeoSeries([service], crs=network.edges.crs), near)
    graph, stops = graph_to(network, there, unit)
    piece, cost = np.zeros(0, dtype=np.int64), np.zeros(0)
    rest = limit - network.off_street_cost(there.metres, unit)
    if len(stops) and rest[0] > 0:
        away, before = dijkstra(
            graph.ways, indices=stops[0], limit=rest[0], return_predecessors=True
        )
        node = np.flatnonzero(np.isfinite(away) & (before >= 0))
        node = node[np.argsort(away[node], kind="stable")]
        number = len(away)
        to, towards = np.repeat(np.arange(number), np.diff(graph.ways.indptr)), graph.ways.indices
        way = np.searchsorted(to * number + towards, before[node].astype(np.int64) * number + node)
        piece, cost = graph.piece[way], away[node] + limit - rest[0]
    lines = network.edges.geometry.to_numpy()[graph.edge[piece]]
    return gpd.GeoDataFrame(
        {"line": network.edges["line"].to_numpy()[graph.edge[piece]], "cost": cost},
        geometry=cut(lines, graph.begin[piece], graph.end[piece]),
        crs=network.edges.crs,
    )


def _reached(
    network: Network, graph: Graph, away: Floats, limit: float
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Give the parts of the streets from which the cost is within the limit."""
    at_start, at_stop = away[graph.start], away[graph.stop]
    length = graph.end - graph.begin
    # From the start as far as the way back to it allows, and from the stop as far as the way on.
    from_start = _share(limit - at_start, graph.backward)
    from_stop = _share(limit - at_stop, graph.forward)
    whole = from_start + from_stop >= 1
    pieces: list[Index] = [
        np.flatnonzero(whole),
        np.flatnonzero(~whole & (from_start > 0)),
        np.flatnonzero(~whole & (from_stop > 0)),
    ]
    begin = np.concatenate(
        [
            graph.begin[pieces[0]],
            graph.begin[pieces[1]],
            (graph.end - from_stop * length)[pieces[2]],
        ]
    )
    end = np.concatenate(
        [
            graph.end[pieces[0]],
            (graph.begin + from_start * length)[pieces[1]],
            graph.end[pieces[2]],
        ]
    )
    lines = network.edges.geometry.to_numpy()[graph.edge[np.concatenate(pieces)]]
    return cut(lines, begin, end)


def _share(rest: Floats, cost: Floats) -> Floats:
    """Give the share of a piece that is left to go on what is left of the limit."""
    known = np.isfinite(rest) & np.isfinite(cost)
    share = np.divide(rest, cost, out=known.astype(float), where=known & (cost > 0))
    return share.clip(0, 1)
