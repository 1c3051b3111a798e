"""Ways along streets, against searches written out and those of networkx."""

import heapq
import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.geo import network
from kvarter.geo.network import _search
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra


def town(rng: np.random.Generator, mode: str = "walk") -> tuple[network.Network, list]:
    """Give a small network with one-way streets, and the lines that it was made of."""
    corners = rng.uniform(0, 600, (16, 2))
    pairs = np.array([(i, j) for i in range(16) for j in range(i) if rng.random() < 0.2])
    oneway = rng.choice([0, 0, 1, -1], len(pairs))
    frame = gpd.GeoDataFrame(
        # Each its own level, so that lines meet at their ends alone.
        {"oneway": oneway, "level": np.arange(len(pairs)) + 1},
        geometry=shapely.linestrings(corners[pairs]),
        crs=3067,
    )
    made = network.from_lines(frame, mode=mode, oneway="oneway", level="level", tolerance=0)
    return made, list(
        zip(corners[pairs], oneway if mode == "bicycle" else 0 * oneway, strict=True)
    )


def plain_costs(lines, homes, shops, speed, limit):
    """Dijkstra's search in loops; each home and shop is tied to the nearest point of a street."""
    ways: dict = {}
    pace, afoot = speed * 1000 / 60, 4.2 * 1000 / 60

    def tie(a, b, minutes):
        ways.setdefault(a, []).append((b, minutes))

    def foot(point):
        best = None
        for number, ((a, b), _) in enumerate(lines):
            share = np.clip(np.dot(point - a, b - a) / np.dot(b - a, b - a), 0, 1)
            gap = np.hypot(*(point - a - share * (b - a)))
            if best is None or gap < best[0] - 1e-9:
                best = gap, number, share
        return best

    at = [(("home", i), *foot(p)) for i, p in enumerate(homes)]
    at += [(("shop", i), *foot(p)) for i, p in enumerate(shops)]
    for number, ((a, b), oneway) in enumerate(lines):
        length = np.hypot(*(b - a))
        stops = [(0.0, tuple(a)), (1.0, tuple(b))]
        stops += [(share, ("foot", name)) for name, _, line, share in at if line == number]
        stops.sort(key=lambda stop: stop[0])
        for (s, one), (t, other) in itertools.pairwise(stops):
            if oneway >= 0 or s == t:
                tie(one, other, (t - s) * length / pace)
            if oneway <= 0 or s == t:
                tie(other, one, (t - s) * length / pace)
    for name, gap, _, _ in at:
        tie(name, ("foot", name), gap / afoot)
        tie(("foot", name), name, gap / afoot)
    found = {}
    for i in range(len(homes)):
        done, queue, order = set(), [(0.0, 0, ("home", i))], 0
        while queue:
            cost, _, here = heapq.heappop(queue)
            if here in done:
                continue
            done.add(here)
            if here[0] == "shop" and cost <= limit:
                found[i, here[1]] = cost
            if here[0] in ("home", "shop") and here != ("home", i):
                continue
            for there, minutes in ways.get(here, []):
                order += 1
                heapq.heappush(queue, (cost + minutes, order, there))
    return found


@given(st.integers(0, 100_000), st.sampled_from(["walk", "bicycle"]))
@settings(max_examples=40, deadline=None)
def test_costs_equal_a_plain_search(seed, mode) -> None:
    rng = np.random.default_rng(seed)
    made, lines = town(rng, mode)
    homes, shops = rng.uniform(0, 600, (12, 2)), rng.uniform(0, 600, (5, 2))
    shops[4] = shops[3]
    origins, services = (gpd.GeoSeries.from_xy(*some.T, crs=3067) for some in (homes, shops))
    expected = plain_costs(lines, homes, shops, {"walk": 4.2, "bicycle": 12}[mode], 12.0)
    table = network.costs(made, origins, services, limit=12)
    got = dict(zip(zip(table["zone"], table["service"], strict=True), table["cost"], strict=True))
    assert got.keys() == expected.keys()
    np.testing.assert_allclose(
        [got[pair] for pair in expected], list(expected.values()), rtol=1e-9
    )

    all_of_them = plain_costs(lines, homes, shops, {"walk": 4.2, "bicycle": 12}[mode], np.inf)
    close = network.nearest(made, origins, services)
    for zone in range(len(homes)):
        reached = [cost for (home, _), cost in all_of_them.items() if home == zone]
        assert close[zone] == pytest.approx(min(reached, default=np.nan), nan_ok=True)


GRID = gpd.GeoDataFrame(
    geometry=[
        shapely.LineString([(i * 100, 0), (i * 100, 400)]) for i in range(5)
    ] + [shapely.LineString([(0, i * 100), (400, i * 100)]) for i in range(5)],
    crs=3067,
)  # fmt: skip


def test_the_limit_bounds_and_the_table_is_the_same_on_one_core(monkeypatch) -> None:
    rng = np.random.default_rng(3)
    made = network.from_lines(GRID)
    homes = gpd.GeoSeries.from_xy(*rng.uniform(0, 400, (2, 50)), crs=3067)
    shops = gpd.GeoSeries.from_xy(*rng.uniform(0, 400, (2, 9)), crs=3067)
    whole = network.costs(made, homes, shops, limit=10_000, unit="metres")
    assert len(whole) == 450
    some = network.costs(made, homes, shops, limit=300, unit="metres")
    assert some.attrs == {"unit": "metres"}
    within = whole[whole["cost"] <= 300].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, within)
    monkeypatch.setattr("kvarter.geo.threads.cores", lambda: 1)
    pd.testing.assert_frame_equal(
        network.costs(made, homes, shops, limit=300, unit="metres"), some
    )
    assert some["cost"].is_monotonic_increasing is False
    assert some.groupby("zone", observed=True)["cost"].is_monotonic_increasing.all()
    # Streets along two axes: the way is the sum of both.
    at = {name: network.snap(made, points).geometry for name, points in
          (("home", homes), ("shop", shops))}  # fmt: skip
    first = whole.iloc[0]
    a, b = at["home"][first["zone"]], at["shop"][first["service"]]
    assert first["cost"] >= abs(a.x - b.x) + abs(a.y - b.y) - 1e-9


@given(st.integers(0, 10_000), st.sampled_from([0.0, 3.0, 25.0, np.inf]))
@settings(max_examples=60, deadline=None)
def test_searches_give_what_dijkstra_gives_to_the_last_digit(seed: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    nodes, number = 40, 70
    start, end = rng.integers(0, nodes, (2, number))
    # Costs that tie, some of 0, some far above the others, and one-way streets.
    cost = rng.choice([0.0, 1.0, 1.0, rng.uniform(0, 9), 300.0], number)
    cost[rng.random(number) < 0.1] = np.inf
    order = np.argsort(end, kind="stable")
    first = np.searchsorted(end[order], np.arange(nodes + 1)).astype(np.int32)
    ways = _search.ways_of(first, start[order].astype(np.int32), cost[order])
    # Of streets side by side the shortest; scipy adds up what is there twice.
    least = np.full((nodes, nodes), np.inf)
    np.minimum.at(least, (end, start), cost)
    open_ = np.isfinite(least)
    graph = csr_array((least[open_], np.nonzero(open_)), (nodes, nodes))
    room = _search.room_for(ways)
    for node in range(0, nodes, 7):
        at = np.array([node], dtype=np.int32)
        count = _search.search(ways, at, np.zeros(1), limit, room)
        expected = dijkstra(graph, indices=node, limit=limit)
        np.testing.assert_array_equal(room.away, expected)
        assert sorted(room.reached[:count]) == np.flatnonzero(np.isfinite(expected)).tolist()
        room.away[room.reached[:count]] = np.inf


def test_places_may_be_snapped_once_for_all() -> None:
    rng = np.random.default_rng(4)
    made = network.from_lines(GRID)
    homes = gpd.GeoSeries.from_xy(*rng.uniform(0, 400, (2, 20)), crs=3067)
    known = network.snap(made, homes)
    pd.testing.assert_frame_equal(
        network.costs(made, known, homes[:3], limit=9),
        network.costs(made, homes, homes[:3], limit=9),
    )
    assert network.nearest(made, known, known).le(100 / 70).all()
    # Networks of the same streets are one, and so are parts of what was snapped.
    again = network.from_lines(GRID.sample(frac=1, random_state=1))
    mixed = pd.concat([known[5:], known[:5]])
    pd.testing.assert_series_equal(
        network.nearest(again, mixed, homes[:3]),
        network.nearest(made, homes, homes[:3])[mixed.index],
    )
    # As many streets, a row fewer, and what was snapped to both.
    moved = network.from_lines(GRID.translate(300))
    assert len(moved.edges) == len(made.edges)
    both = pd.concat([known[:5], network.snap(moved, homes[5:])])
    for streets, places in (
        (moved, known), (network.from_lines(GRID[1:]), known), (made, both), (moved, both),
    ):  # fmt: skip
        for origins, services in ((places, homes), (homes, places)):
            with pytest.raises(ValueError, match=r"another network.*snap them to this one"):
                network.costs(streets, origins, services, limit=9)
            with pytest.raises(ValueError, match="another network"):
                network.nearest(streets, origins, services)
    with pytest.raises(ValueError, match="as points"):
        network.costs(made, GRID, homes, limit=9)


def test_metres_and_minutes_on_foot_are_one_way() -> None:
    rng = np.random.default_rng(5)
    made = network.from_lines(GRID, speed=6)
    homes = gpd.GeoSeries.from_xy(*rng.uniform(0, 400, (2, 20)), crs=3067)
    by_time = network.costs(made, homes, homes, limit=99)
    by_metre = network.costs(made, homes, homes, limit=9900, unit="metres")
    np.testing.assert_allclose(by_time["cost"], by_metre["cost"] / 100)


def test_a_bicycle_may_not_go_back_on_a_one_way_street() -> None:
    block = gpd.GeoDataFrame(
        {"oneway": [1, 0]},
        geometry=gpd.GeoSeries.from_wkt(
            ["LINESTRING (0 0, 200 0)", "LINESTRING (0 0, 0 300, 200 300, 200 0)"]
        ),
        crs=3067,
    )
    ends = gpd.GeoSeries.from_xy([50, 150], [0, 0], index=["west", "east"], crs=3067)
    ride = network.from_lines(block, mode="bicycle", oneway="oneway")
    table = network.costs(ride, ends, ends, limit=9000, unit="metres")
    costs = table.set_index(["zone", "service"])["cost"]
    assert costs["west", "east"] == 100
    assert costs["east", "west"] == 50 + 300 + 200 + 300 + 50


def test_the_way_to_the_street_counts_and_has_a_limit() -> None:
    made = network.from_lines(GRID)
    homes = gpd.GeoSeries.from_xy([200, 200], [-140, -300], index=["near", "far"], crs=3067)
    shop = gpd.GeoSeries.from_xy([200], [70], crs=3067)
    table = network.costs(made, homes, shop, limit=30, near=200)
    assert table["zone"].tolist() == ["near"]
    assert table["cost"].tolist() == [3.0]
    assert table["zone"].cat.categories.tolist() == ["near", "far"]
    assert network.nearest(made, homes, shop, near=200).isna().tolist() == [False, True]
    assert network.snap(made, homes, near=200)["edge"].tolist()[1] == -1


def test_who_did_not_connect_is_listed_with_the_islands() -> None:
    pier = gpd.GeoDataFrame(geometry=[shapely.LineString([(900, 0), (950, 0)])], crs=3067)
    made = network.from_lines(pd.concat([pier, GRID], ignore_index=True))
    assert network.islands(made).to_dict("list") == {
        "nodes": [25, 2], "edges": [40, 1], "length": [4000.0, 50.0]
    }  # fmt: skip
    homes = gpd.GeoSeries.from_xy([10, 910, 9000], [10, 30, 0], index=list("abc"), crs=3067)
    listed = network.unconnected(made, homes, people=pd.Series({"a": 1, "b": 20, "c": 300}))
    assert listed.to_dict("index") == {
        "b": {"reason": "on an island", "metres": 30, "island": 1, "island_length": 50,
              "people": 20},
        "c": {"reason": "no street near", "metres": pytest.approx(np.nan, nan_ok=True),
              "island": -1, "island_length": pytest.approx(np.nan, nan_ok=True), "people": 300},
    }  # fmt: skip


def test_people_of_other_places_are_refused() -> None:
    made = network.from_lines(GRID)
    homes = gpd.GeoSeries.from_xy([10, 9000], [10, 0], index=[7, 8], crs=3067)
    # Who lives where streets lead need not be told.
    assert network.unconnected(made, homes, people=pd.Series({8: 3}))["people"].tolist() == [3]
    assert network.unconnected(made, homes, people=pd.Series({7: 3}))["people"].isna().all()
    with pytest.raises(ValueError, match=r"people has none .* such as 7; its names are like '7'"):
        network.unconnected(made, homes, people=pd.Series({"7": 1, "8": 3}))
    with pytest.raises(ValueError, match="people names 8 twice"):
        network.unconnected(made, homes, people=pd.Series([1, 2], index=[8, 8]))


@pytest.mark.parametrize("nobody", [gpd.GeoSeries([], crs=3067), gpd.GeoSeries.from_xy(
    [90_000], [0], crs=3067)])  # fmt: skip
def test_a_table_may_be_empty(nobody) -> None:
    made = network.from_lines(GRID)
    shop = gpd.GeoSeries.from_xy([0], [0], crs=3067)
    for homes, shops in ((nobody, shop), (shop, nobody), (nobody, nobody)):
        table = network.costs(made, homes, shops, limit=0.001)
        assert len(table) == 0
        assert table["zone"].cat.categories.tolist() == homes.index.tolist()
        assert network.nearest(made, homes, shops).isna().all()
        assert network.isochrones(made, shops, limits=[5]).area.ge(0).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"limit": 0}, "limit must be a number of minutes"),
        ({"limit": np.nan}, "limit must be"),
        ({"limit": None}, "limit must be .*, not None"),
        ({"limit": "9"}, "limit must be .*, not '9'"),
        ({"near": None}, "near must be .*, not None"),
        ({"unit": "hours"}, "unit must be 'minutes' or 'metres'"),
        ({"near": 0}, "near must be"),
        ({"origins": gpd.GeoSeries.from_xy([24.9], [60.2], crs=4326)}, "degree"),
        ({"services": gpd.GeoSeries.from_xy([1], [1], crs=3879)}, "EPSG:3879.*EPSG:3067.*to_crs"),
        ({"services": GRID.geometry}, "must be points"),
        ({"origins": gpd.GeoSeries.from_xy([1, 2], [1, 2], index=["a", "a"], crs=3067)}, "'a'"),
    ],
)
def test_mistakes_are_answered_with_a_cure(change, said) -> None:
    good = gpd.GeoSeries.from_xy([0], [0], crs=3067)
    given = {"origins": good, "services": good, "limit": 5.0} | change
    with pytest.raises(ValueError, match=said):
        network.costs(network.from_lines(GRID), **given)
