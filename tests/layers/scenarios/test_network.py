"""Streets open and close, and people go at another speed."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from kvarter.geo import network
from kvarter.layers import Scenario, apply
from kvarter.layers.scenarios import ScenarioError, read_plans
from shapely.geometry import LineString, Point, box

from .conftest import CRS, place


def minutes(layers, here, there, mode="walk"):
    ends = [gpd.GeoSeries([Point(place(*at))], index=["x"], crs=CRS) for at in (here, there)]
    streets = layers.networks[mode]
    snapped = [network.snap(streets, end) for end in ends]
    return network.nearest(streets, *snapped, unit="minutes")["x"]


def after(town, **changes):
    return apply(town, Scenario(name="plan", **changes))


def test_a_new_street_is_a_shorter_way(town):
    assert minutes(town, (2.5, 0.5), (2.5, 1.5)) == pytest.approx(5000 / 70)
    opened = after(town, add_street=[{"line": [place(2.5, 0.51), place(2.5, 1.49)]}])
    for mode, speed in (("walk", 70), ("bicycle", 200)):
        assert minutes(opened, (2.5, 0.5), (2.5, 1.5), mode) == pytest.approx(1000 / speed)
    alone = after(town, add_street=[{"line": [place(2.5, 0.5), place(2.5, 1.5)], "mode": "walk"}])
    assert alone.networks["bicycle"] is town.networks["bicycle"]


def test_a_street_on_the_ground_meets_what_it_crosses_and_a_bridge_does_not(town):
    line = [place(2.5, 0.5), place(2.5, 2.5)]
    ground = after(town, add_street=[{"line": line}])
    bridge = after(town, add_street=[{"line": line, "level": 1}])
    assert minutes(ground, (2.5, 0.5), (2.9, 1.5)) == pytest.approx(1400 / 70)
    assert minutes(bridge, (2.5, 0.5), (2.5, 2.5)) == pytest.approx(2000 / 70)
    assert minutes(bridge, (2.5, 0.5), (2.9, 1.5)) == pytest.approx(5400 / 70)
    # What is built later beneath the bridge does not meet it either.
    beneath = apply(
        bridge,
        Scenario(
            name="two",
            add_street=[
                {"line": [place(2.4, 1.5), place(2.4, 1.0), place(2.6, 1.0), place(2.6, 1.5)]}
            ],
        ),
    )
    assert minutes(beneath, (2.5, 0.5), (2.5, 1.0)) == pytest.approx(500 / 70)
    assert minutes(beneath, (2.5, 0.5), (2.4, 1.0)) > 4000 / 70


def test_drawn_streets_may_join_each_other_in_any_order(town, tmp_path):
    lines = [
        LineString([place(2.5, 1.0), place(2.5, 1.5)]),
        LineString([place(2.2, 0.8), place(2.5, 1.0)]),
        LineString([place(2.2, 0.5), place(2.2, 0.8)]),
    ]
    for number, order in enumerate((lines[1:] + lines[:1], lines[::-1])):
        path = tmp_path / f"{number}.gpkg"
        gpd.GeoDataFrame(geometry=order, crs=CRS).to_file(path)
        plan = Scenario(name="plan", add_street=[{"layer": path.name}])
        opened = apply(read_plans(town, [plan], tmp_path), plan)
        way = 300 + lines[1].length + 500
        assert minutes(opened, (2.2, 0.5), (2.5, 1.5)) == pytest.approx(way / 70)


def test_a_street_that_joins_nothing_is_refused(town):
    new = {"line": [place(2.2, 0.7), place(2.2, 0.9)]}
    with pytest.raises(ScenarioError, match=r"joins nothing .* the nearest is 200 m away"):
        after(town, add_street=[new])


def test_a_stretch_that_closes_is_a_longer_way(town):
    assert minutes(town, (0.4, 0.5), (0.4, 1.5)) == pytest.approx(1200 / 70)
    closed = after(town, close_street=[{"at": place(0.51, 1.0)}])
    # No other street leads there.
    assert not np.isfinite(minutes(closed, (0.4, 0.5), (0.4, 1.5)))
    assert minutes(closed, (0.4, 1.5), (0.4, 2.5)) == pytest.approx(1200 / 70)


def test_streets_in_an_area_close_up_to_its_border(town, tmp_path):
    gpd.GeoDataFrame(geometry=[box(*place(1, 0), *place(2, 1))], crs=CRS).to_file(
        tmp_path / "works.gpkg"
    )
    plan = Scenario(name="plan", close_street=[{"area": "works.gpkg", "mode": "walk"}])
    closed = apply(read_plans(town, [plan], tmp_path), plan)
    length = [layers.networks["walk"].edges["length"].sum() for layers in (town, closed)]
    assert length[0] - length[1] == pytest.approx(1000)
    assert minutes(closed, (0.5, 0.5), (0.9, 0.5)) == pytest.approx(400 / 70)
    assert closed.networks["bicycle"] is town.networks["bicycle"]


def test_a_slower_walk_takes_longer_in_all_its_parts(town):
    slow = after(town, speed={"walk": 2.1})
    here, there = (1.2, 0.55), (1.9, 0.45)
    assert minutes(slow, here, there) == pytest.approx(2 * minutes(town, here, there))
    both = after(
        town, speed={"walk": 2.1}, add_street=[{"line": [place(2.5, 0.5), place(2.5, 1.5)]}]
    )
    assert minutes(both, (2.5, 0.5), (2.5, 1.5)) == pytest.approx(1000 / 35)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"close_street": [{"at": place(2.0, 1.0)}]}, "no street is there; the nearest is 500 m"),
        ({"speed": {"bicycle": 15}}, "No street is searched for 'bicycle'"),
    ],
)
def test_what_would_change_nothing_is_refused(town, changes, says):
    walk = replace(town, networks={"walk": town.networks["walk"]})
    with pytest.raises(ScenarioError, match=says):
        after(walk, **changes)
    with pytest.raises(ScenarioError, match="No street is searched"):
        after(replace(town, networks={}), **changes)
