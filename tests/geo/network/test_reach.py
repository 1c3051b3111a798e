"""Areas within reach, and the tree of ways to a service."""

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from kvarter.data.sample import folder
from kvarter.geo import network
from shapely.geometry import Point


@pytest.fixture(scope="module")
def town() -> network.Network:
    streets = gpd.read_parquet(folder() / "streets.parquet")
    return network.from_lines(streets[streets["walk"]], level="bridge")


@pytest.fixture(scope="module")
def school(town) -> gpd.GeoSeries:
    at = town.nodes[len(town.nodes) // 2] + [12.0, 9.0]
    return gpd.GeoSeries([Point(at)], crs=3067)


def points_on_streets(town, number: int) -> gpd.GeoSeries:
    rng = np.random.default_rng(8)
    edges = town.edges.iloc[rng.integers(0, len(town.edges), number)].geometry
    at = shapely.line_interpolate_point(edges.to_numpy(), rng.random(number), normalized=True)
    return gpd.GeoSeries(at, crs=3067)


def test_a_point_of_a_street_is_in_the_area_where_its_cost_is_within_the_limit(
    town, school
) -> None:
    points = points_on_streets(town, 4000)
    cost = network.nearest(town, points, school)
    areas = network.isochrones(town, school, limits=[20, 10], width=0.05)
    assert areas["limit"].tolist() == [10, 20]
    for limit, area in zip(areas["limit"], areas.geometry, strict=True):
        inside = points.within(area)
        clear = (cost - limit).abs() > 0.01
        assert ((cost <= limit) == inside)[clear].all()
        assert inside.sum() > 20


def test_areas_are_nested_and_those_of_several_services_are_together(town, school) -> None:
    both = gpd.GeoSeries([school[0], Point(town.nodes[40])], crs=3067)
    areas = network.isochrones(town, both, limits=[300, 900, 2000], unit="metres").geometry
    for inner, outer in itertools.pairwise(areas):
        assert outer.area > inner.area
        assert inner.difference(outer).area < 1e-6
    alone = [
        network.isochrones(town, both[[i]], limits=[900], unit="metres").geometry[0]
        for i in range(2)
    ]
    apart = shapely.symmetric_difference(shapely.union_all(alone), areas[1])
    assert apart.area < 1e-4 * areas[1].area


def test_a_bicycle_reaches_along_its_own_direction() -> None:
    lines = gpd.GeoDataFrame({"way": [1]}, geometry=[shapely.LineString([(0, 0), (800, 0)])])
    made = network.from_lines(lines.set_crs(3067), mode="bicycle", oneway="way")
    shop = gpd.GeoSeries.from_xy([400], [0], crs=3067)
    area = network.isochrones(made, shop, limits=[1], width=10).geometry[0]
    assert area.bounds == pytest.approx((190, -10, 410, 10))


def test_nothing_is_reached_where_the_service_is_too_far_from_a_street(town) -> None:
    sea = gpd.GeoSeries.from_xy([0], [0], crs=3067)
    areas = network.isochrones(town, sea, limits=[5, 10])
    assert areas.geometry.is_empty.all()
    assert len(network.route_tree(town, sea[0], limit=10)) == 0
    away = gpd.GeoSeries([Point(town.nodes[0] - [300.0, 0])], crs=3067)
    assert len(network.route_tree(town, away[0], limit=0.01)) == 0


def test_the_tree_has_the_cheapest_way_of_every_corner(town, school) -> None:
    tree = network.route_tree(town, school[0], limit=15)
    corners = gpd.GeoSeries.from_xy(*town.nodes.T, crs=3067)
    cost = network.nearest(town, corners, school)
    within = cost[cost <= 15]
    # One stretch for each corner; the school lies within a street, so both its halves may count.
    assert len(tree) == len(within)
    assert tree["cost"].is_monotonic_increasing
    np.testing.assert_allclose(tree["cost"], np.sort(within), atol=1e-9)
    assert shapely.union_all(tree.geometry).geom_type in ("MultiLineString", "LineString")
    ends = [shapely.get_point(tree.geometry.to_numpy(), i) for i in (0, -1)]
    far = corners[within.index]
    assert shapely.STRtree(np.concatenate(ends)).query(
        far.to_numpy(), predicate="dwithin", distance=0.01
    )[0].size >= len(far)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"limits": []}, "limits must be"),
        ({"limits": [5, -1]}, "limits must be"),
        ({"limits": [5, np.inf]}, "limits must be"),
        ({"unit": "km"}, "unit must be"),
        ({"width": 0}, "width must be"),
        ({"services": gpd.GeoSeries.from_xy([24.9], [60.2], crs=4326)}, "degree"),
    ],
)
def test_mistakes_are_answered_with_a_cure(town, school, change, said) -> None:
    with pytest.raises(ValueError, match=said):
        network.isochrones(town, **({"services": school, "limits": [5]} | change))
    if "limits" not in change and "width" not in change and "services" not in change:
        with pytest.raises(ValueError, match=said):
            network.route_tree(town, school[0], limit=5, **change)
