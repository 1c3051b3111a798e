"""A network that is changed is the one that would have been made of the changed lines."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from kvarter.geo import network
from shapely.geometry import LineString, Point, box

CRS = "EPSG:3067"


def streets(lines):
    return gpd.GeoDataFrame(geometry=lines, crs=CRS)


def grid(size=5):
    across = [LineString([(0, 100 * n), (100 * (size - 1), 100 * n)]) for n in range(size)]
    return across + [LineString([(100 * n, 0), (100 * n, 100 * (size - 1))]) for n in range(size)]


def all_costs(made, places):
    here, there = (
        gpd.GeoSeries(shapely.points(places), index=[f"{name}{n}" for n in range(len(places))])
        for name in ("h", "t")
    )
    ends = [network.snap(made, points.set_crs(CRS)) for points in (here, there)]
    table = network.costs(made, *ends, limit=1e6, unit="metres")
    return table.pivot_table(index="zone", columns="service", values="cost")


@pytest.mark.parametrize("seed", range(8))
def test_a_street_more_is_as_if_it_had_been_there(seed):
    random = np.random.default_rng(seed)
    old = grid()
    # From a point on a street to one on another, straight across some more.
    ends = [(0.0, random.uniform(5, 395)), (400.0, random.uniform(5, 395))]
    new = LineString([ends[0], tuple(random.uniform(20, 380, 2)), ends[1]])
    places = random.uniform(0, 400, (12, 2))
    changed = network.add_street(network.from_lines(streets(old)), new)
    made = network.from_lines(streets([*old, new]))
    assert changed.edges["length"].sum() == pytest.approx(made.edges["length"].sum())
    assert len(changed.edges) == len(made.edges)
    np.testing.assert_allclose(
        all_costs(changed, places), all_costs(made, places), rtol=1e-9, atol=1e-6
    )


@pytest.mark.parametrize("seed", range(4))
def test_what_is_closed_is_as_if_it_had_never_been(seed):
    random = np.random.default_rng(seed)
    old = grid()
    west, south = random.uniform(20, 180, 2)
    area = box(west, south, west + 150, south + 170)
    closed = network.close_streets(network.from_lines(streets(old)), area=area)
    made = network.from_lines(streets([line.difference(area) for line in old]))
    assert closed.edges["length"].sum() == pytest.approx(made.edges["length"].sum())
    places = random.uniform(0, 400, (12, 2))
    np.testing.assert_allclose(
        all_costs(closed, places), all_costs(made, places), rtol=1e-9, atol=1e-6
    )


def test_one_way_streets_stay_so_when_they_are_cut():
    lines = streets([LineString([(0, 0), (100, 0)])]).assign(way=[1])
    made = network.from_lines(lines, mode="bicycle", oneway="way")
    joined = network.add_street(made, LineString([(40, 0), (40, 60)]))
    edges = joined.edges
    assert edges["length"].tolist() == [40, 60, 60]
    assert np.isinf(edges["backward"]).tolist() == [True, True, False]
    np.testing.assert_allclose(edges["forward"].sum(), 160 / 200)


def test_a_street_along_another_adds_no_shorter_way():
    made = network.from_lines(streets([LineString([(0, 0), (100, 0)])]))
    joined = network.add_street(made, LineString([(20, 0), (60, 0), (60, 50)]))
    ends = [
        network.snap(joined, gpd.GeoSeries([Point(at)], index=["x"], crs=CRS))
        for at in ((0, 0), (60, 50))
    ]
    assert network.nearest(joined, *ends, unit="metres")["x"] == pytest.approx(110)


def test_another_speed_is_that_of_a_network_made_with_it():
    lines = streets(grid(3)).assign(stairs=[1, 0, 0, 0, 0, 1])
    slow = network.at_speed(network.from_lines(lines, stairs="stairs"), 3.0)
    made = network.from_lines(lines, stairs="stairs", speed=3.0)
    np.testing.assert_allclose(slow.edges["forward"], made.edges["forward"], rtol=1e-12)
    assert (slow.off_street, slow.speed) == (made.off_street, made.speed)
    with pytest.raises(ValueError, match="above 0"):
        network.at_speed(slow, 0)


def test_what_cannot_be_changed_is_refused():
    made = network.from_lines(streets([LineString([(0, 0), (100, 0)])]))
    with pytest.raises(ValueError, match="joins no other; the nearest is 30 m away"):
        network.add_street(made, LineString([(0, 30), (0, 90)]))
    with pytest.raises(ValueError, match="no length"):
        network.add_street(made, LineString([(0, 0), (0, 0)]))
    with pytest.raises(ValueError, match="the nearest is 60 m away"):
        network.close_streets(made, at=Point(50, 60))
    with pytest.raises(ValueError, match="no street is in the area"):
        network.close_streets(made, area=box(0, 10, 9, 19))
    with pytest.raises(ValueError, match="no street would be left"):
        network.close_streets(made, at=Point(50, 0))
