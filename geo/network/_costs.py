"""What the ways from zones to services cost by street."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from ..names import quoted
from ..options import finite
from ..threads import in_parts
from ..travel import table
from ._network import Index, Network, Numbers, Unit, check_unit
from ._snap import NEAR, snap
from ._speed import Floats

if TYPE_CHECKING:
    from ._search import Places


class Graph(NamedTuple):
    """The ways towards stops, which are nodes too: each edge is cut at its stops into pieces.

    ``ways`` has the cost of getting to a node (row) from another (column), so that searches from
    the stops outwards follow it against the direction of travel. ``piece`` tells of each way, in
    the order of ``ways.data``, which piece it is along. The others are of pieces: the edge, where
    on it they begin and end (shares of its length), their nodes, and their costs from start to
    stop and back.
    """

    ways: csr_array
    piece: Index
    edge: Index
    begin: Floats
    end: Floats
    start: Index
    stop: Index
    forward: Floats
    backward: Floats


def costs(
    network: Network,
    origins: gpd.GeoSeries | gpd.GeoDataFrame,
    services: gpd.GeoSeries | gpd.GeoDataFrame,
    *,
    limit: float,
    unit: Unit = "minutes",
    near: float = NEAR,
) -> pd.DataFrame:
    """Measure the ways from zones to the services within reach, along the streets.

    Parameters
    ----------
    network
        A street network.
    origins
        One point a zone, best where its people live, see
        :func:`kvarter.geo.homes.weighted_points`; or what :func:`kvarter.geo.network.snap` gave
        for them, which is the slower half of the work and the same for all services.
    services
        One point a service, in the same coordinate system; or what ``snap`` gave for them.
    limit
        How far people go, in minutes or metres.
    unit
        ``"minutes"`` for the fastest way, ``"metres"`` for the shortest.
    near
        How far a place may lie from its street, in metres; one that lies farther is out of reach.

    Returns
    -------
    DataFrame
        The cost table, as :func:`kvarter.geo.travel.straight_line` gives it, in the unit. It is
        empty where nobody reaches anything.

    Raises
    ------
    ValueError
        Where the coordinate systems differ, an index has duplicates, a place is no point or was
        snapped to another network, or an option is out of range.

    Notes
    -----
    A way leads from the zone's point straight to the nearest point on a street, along the streets
    in the direction of travel, and straight to the service. The first and the last part count, at
    walking speed. The searches run from the services outwards, no farther than the limit; what is
    held is what is within it.

    References
    ----------
    Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. *Numerische
    Mathematik* 1, 269–271. https://doi.org/10.1007/BF01386390

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kvarter.geo import network
    >>> lines = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 350 0, 350 350)"], crs=3067)
    >>> zones = gpd.GeoSeries.from_xy([0, 350], [0, 280], index=["a", "b"], crs=3067)
    >>> school = gpd.GeoSeries.from_xy([420], [350], index=["s"], crs=3067)
    >>> network.costs(network.from_lines(lines), zones, school, limit=15)
      zone service  cost
    0    a       s  11.0
    1    b       s   2.0
    """
    check_unit(unit)
    if not (finite(limit) and limit > 0):
        raise ValueError(f"limit must be a number of {unit} above 0, not {quoted(limit)}")
    here, there = connected(network, origins, near), connected(network, services, near)
    return table(*_pairs(network, here, there, limit, unit), origins.index, services.index, unit)


def nearest(
    network: Network,
    origins: gpd.GeoSeries | gpd.GeoDataFrame,
    services: gpd.GeoSeries | gpd.GeoDataFrame,
    *,
    unit: Unit = "minutes",
    near: float = NEAR,
) -> pd.Series:
    """Measure the way from each zone to its nearest service, along the streets.

    Parameters
    ----------
    network, origins, services, unit, near
        See :func:`kvarter.geo.network.costs`.

    Returns
    -------
    Series
        By zone: minutes or metres, however far it is; NaN where no way leads to a service.

    Raises
    ------
    ValueError
        See :func:`kvarter.geo.network.costs`.

    Notes
    -----
    One search from all services at once: no table of pairs is made.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kvarter.geo import network
    >>> lines = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 700 0)"], crs=3067)
    >>> zones = gpd.GeoSeries.from_xy([0, 0], [0, 7000], index=["a", "b"], crs=3067)
    >>> schools = gpd.GeoSeries.from_xy([700, 350], [0, 0], crs=3067)
    >>> network.nearest(network.from_lines(lines), zones, schools).to_dict()
    {'a': 5.0, 'b': nan}
    """
    here, there = connected(network, origins, near), connected(network, services, near)
    out = np.full(len(origins), np.nan)
    if len(there.place):
        graph, stops = graph_to(network, there, unit)
        away = outwards(graph, stops, network.off_street_cost(there.metres, unit))
        piece, before, after = _on_pieces(graph, here)
        cost = np.minimum(
            away[graph.start[piece]] + before, away[graph.stop[piece]] + after
        ) + network.off_street_cost(here.metres, unit)
        out[here.place] = np.where(np.isfinite(cost), cost, np.nan)
    return pd.Series(out, index=origins.index, name="cost")


def _pairs(
    network: Network, here: Connected, there: Connected, limit: float, unit: Unit
) -> tuple[Numbers, Numbers, Floats]:
    """Give the numbers of the zones and the services of the pairs within the limit, and costs."""
    from ._search import Places, grouped, pairs, room_for

    ways, stops = network.ways(unit), _on_edges(network, there, unit, towards=True)
    homes = _on_edges(network, here, unit)
    order, at_start = grouped(homes.start, len(network.nodes))
    homes = Places(*(values[order] for values in homes))
    at_stop = grouped(homes.stop, len(network.nodes))
    on_edge = grouped(homes.edge, len(network.edges))
    parts = {}

    def work(begin: int, end: int) -> None:
        parts[begin] = pairs(
            ways,
            homes,
            at_start,
            at_stop,
            on_edge,
            stops,
            float(limit),
            begin,
            end,
            room_for(ways),
        )

    in_parts(len(there.place), work, least=2)
    home, stop, cost = (
        np.concatenate(some) for some in zip(*(parts[one] for one in sorted(parts)), strict=True)
    )
    places = here.place[order].astype(np.int32), there.place.astype(np.int32)
    return places[0][home], places[1][stop], cost


def _on_edges(network: Network, places: Connected, unit: Unit, towards: bool = False) -> Places:
    """Tell what leads from places to the ends of their edges, or towards them from there."""
    from ._search import Places

    start, stop = (ends[places.edge] for ends in network.near_numbers)
    forward, backward = (cost[places.edge] for cost in network.both_ways(unit))
    along, rest = places.along, 1 - places.along
    to_start, to_stop = (forward, backward) if towards else (backward, forward)
    with np.errstate(invalid="ignore"):
        by_start = np.where(along > 0, along * to_start, 0.0)
        by_stop = np.where(rest > 0, rest * to_stop, 0.0)
    return Places(
        places.edge.astype(np.int32),
        along,
        start,
        stop,
        by_start,
        by_stop,
        forward,
        backward,
        network.off_street_cost(places.metres, unit),
    )


class Connected(NamedTuple):
    """The places that have a street near: their numbers, and where on which edge they are."""

    place: Index
    edge: Index
    along: Floats
    metres: Floats


def connected(
    network: Network, places: gpd.GeoSeries | gpd.GeoDataFrame, near: float
) -> Connected:
    """Find the places' streets, unless they are known, and leave out the places that have none."""
    at = places if isinstance(places, gpd.GeoDataFrame) else snap(network, places, near=near)
    if not {"edge", "along", "metres"} <= set(at.columns):
        raise ValueError("give the places as points (.geometry), or as network.snap gives them")
    if at.attrs.get("network") != network.fingerprint:
        raise ValueError(
            "the places were snapped to another network, or attrs['network'], which tells to "
            "which, is lost; snap them to this one"
        )
    place = np.flatnonzero(at["edge"] >= 0)
    columns = (at[name].to_numpy()[place] for name in ("edge", "along", "metres"))
    return Connected(place, *columns)


def graph_to(network: Network, stops: Connected, unit: Unit) -> tuple[Graph, Index]:
    """Cut the edges at the stops, and give the ways towards them and the stops' nodes."""
    start, stop = network.ends
    forward, backward = network.both_ways(unit)
    inside = (stops.along > 0) & (stops.along < 1)
    cuts = np.unique(np.column_stack([stops.edge, stops.along])[inside], axis=0)
    node = np.where(stops.along > 0, stop[stops.edge], start[stops.edge])
    cut_edge, cut_at = cuts[:, 0].astype(np.int64), cuts[:, 1]
    new = len(network.nodes) + np.arange(len(cuts))

    edges = np.arange(len(start))
    order = np.argsort(np.concatenate([edges, cut_edge]), kind="stable")
    edge = np.concatenate([edges, cut_edge])[order]
    begin = np.concatenate([np.zeros(len(start)), cut_at])[order]
    first = np.concatenate([start, new])[order]
    end = np.where(np.diff(edge, append=-1) == 0, np.roll(begin, -1), 1.0)
    last = np.where(np.diff(edge, append=-1) == 0, np.roll(first, -1), stop[edge])
    there, back = (end - begin) * forward[edge], (end - begin) * backward[edge]

    # Each pair of nodes has one way: the cheapest.
    row, column = np.concatenate([last, first]), np.concatenate([first, last])
    cost = np.concatenate([there, back])
    way = np.flatnonzero(np.isfinite(cost) & (row != column))
    way = way[np.lexsort((cost[way], column[way], row[way]))]
    row, column = row[way], column[way]
    way = way[(np.diff(row, prepend=-1) != 0) | (np.diff(column, prepend=-1) != 0)]
    row, column = np.concatenate([last, first])[way], np.concatenate([first, last])[way]
    number = len(network.nodes) + len(cuts)
    place = np.searchsorted(row, np.arange(number + 1))
    ways = csr_array((cost[way], column, place), (number, number))
    graph = Graph(ways, way % len(edge), edge, begin, end, first, last, there, back)

    piece = pieces_at(graph, stops.edge, stops.along)
    return graph, np.where(inside, first[piece], node)


def pieces_at(graph: Graph, edge: Index, along: Floats) -> Index:
    """Find the pieces on which points of edges lie."""
    place = np.searchsorted(graph.edge + graph.begin, edge + along, side="right") - 1
    # The end of an edge is the next one's beginning.
    return np.where(graph.edge[place] > edge, place - 1, place)


def outwards(graph: Graph, stops: Index, arrive: Floats, limit: float = np.inf) -> Floats:
    """Give the cost from each node to the stop that is cheapest to reach, what arriving costs too.

    Infinite where none is within the limit.
    """
    number = graph.ways.shape[0]
    cheapest = pd.Series(arrive).groupby(stops).min()
    ways = graph.ways
    joined = csr_array(
        (
            np.concatenate([ways.data, cheapest.to_numpy()]),
            np.concatenate([ways.indices, cheapest.index.to_numpy()]),
            np.append(ways.indptr, len(ways.data) + len(cheapest)),
        ),
        (number + 1, number + 1),
    )
    return dijkstra(joined, indices=number, limit=limit)[:number]


def _on_pieces(graph: Graph, places: Connected) -> tuple[Index, Floats, Floats]:
    """Give the piece on which each place lies, and what getting to its start and its end costs."""
    piece = pieces_at(graph, places.edge, places.along)
    whole = graph.end[piece] - graph.begin[piece]
    share = ((places.along - graph.begin[piece]) / whole).clip(0, 1)
    with np.errstate(invalid="ignore"):
        before = np.where(share > 0, share * graph.backward[piece], 0.0)
        after = np.where(share < 1, (1 - share) * graph.forward[piece], 0.0)
    return piece, before, after
