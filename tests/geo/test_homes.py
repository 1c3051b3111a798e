"""Where the people of a zone live."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.data.sample import folder
from kvarter.geo import grid, homes, network, travel

CELLS = gpd.GeoSeries(
    shapely.box([0, 250, 500], 0, [250, 500, 750], 250), index=list("abc"), crs=3067
)


def test_zones_of_homes_equal_a_plain_loop() -> None:
    rng = np.random.default_rng(1)
    at = gpd.GeoSeries.from_xy(*rng.uniform(-100, 800, (2, 200)).round(-1), crs=3067)
    got = homes.zone_of(at, CELLS)
    for point, zone in zip(at, got, strict=True):
        hits = [name for name, cell in CELLS.items() if cell.intersects(point)]
        assert zone == hits[0] if hits else pd.isna(zone)


def test_the_point_is_a_home_next_to_the_mean() -> None:
    rng = np.random.default_rng(2)
    at = gpd.GeoSeries.from_xy(rng.uniform(0, 500, 60), rng.uniform(0, 250, 60), crs=3067)
    people = pd.Series(rng.integers(0, 9, 60).astype(float))
    people[5] = np.nan
    got = homes.weighted_points(CELLS, at, people)
    zone = homes.zone_of(at, CELLS)
    for name in "ab":
        ours = [i for i in at.index if zone[i] == name and people[i] > 0]
        total = sum(people[i] for i in ours)
        x = sum(people[i] * at[i].x for i in ours) / total
        y = sum(people[i] * at[i].y for i in ours) / total
        assert got[name] == min((at[i] for i in ours), key=lambda p: np.hypot(p.x - x, p.y - y))
    assert got["c"].equals(CELLS["c"].representative_point())
    mixed = at.sample(frac=1, random_state=1)
    assert homes.weighted_points(CELLS, mixed, people).equals(got)


def test_the_sample_municipality_lives_on_land_near_streets() -> None:
    cells = pd.read_csv(folder() / "grid_2024.csv", dtype={"cell": str}).set_index("cell")
    zones = grid.from_codes(cells.index.to_series())
    zones = zones if isinstance(zones, gpd.GeoSeries) else zones.geometry
    stock = pd.read_csv(folder() / "buildings.csv")
    at = gpd.GeoSeries.from_xy(stock["x"], stock["y"], crs=3067)
    points = homes.weighted_points(zones, at, stock["dwellings"])
    streets = gpd.read_parquet(folder() / "streets.parquet")
    made = network.from_lines(streets[streets["walk"]], level="bridge")
    assert len(network.unconnected(made, points, near=150)) == 0


def test_the_mean_over_homes_equals_a_plain_loop() -> None:
    rng = np.random.default_rng(3)
    homes_of = pd.Series(rng.choice(["a", "b", "c", None], 40, p=[0.4, 0.3, 0.2, 0.1]))
    dwellings = pd.Series(rng.integers(0, 20, 40).astype(float))
    pair = np.flatnonzero(rng.random(40 * 3) < 0.6)
    home, service = np.divmod(pair, 3)
    cost = rng.uniform(0, 900, len(pair))
    one = travel.table(home, service, cost, pd.RangeIndex(40), pd.Index(list("stu")), "metres")
    got = homes.average(one, homes_of, dwellings, pd.Index(list("abcd")))
    expected = {}
    for zone in "abcd":
        ours = [i for i in range(40) if homes_of[i] == zone]
        for s, name in enumerate("stu"):
            near = {i: c for i, k, c in zip(home, service, cost, strict=True) if k == s}
            reached = [i for i in ours if i in near]
            if sum(dwellings[reached]) >= sum(dwellings[ours]) / 2 and sum(dwellings[reached]):
                total = sum(dwellings[i] * near[i] for i in reached)
                expected[zone, name] = total / sum(dwellings[reached])
    found = dict(zip(zip(got["zone"], got["service"], strict=True), got["cost"], strict=True))
    assert found == pytest.approx(expected)
    assert got.attrs["unit"] == "metres"
    assert got["zone"].cat.categories.tolist() == list("abcd")


ONE = travel.table(np.array([0]), np.array([0]), np.array([9.0]), pd.Index(["h"]), pd.Index(["s"]),
                   "metres")  # fmt: skip


@pytest.mark.parametrize(
    ("home", "weights", "said"),
    [
        ({"g": "a"}, {"h": 1}, "in which zone 'h' lies"),
        ({"h": "z"}, {"h": 1}, "the zone 'z', which is not"),
        ({"h": "a"}, {"h": -1}, "weight of 'h' is -1"),
        ({"h": "a"}, {"h": np.inf}, "weight of 'h' is inf"),
        ({"h": "a"}, {1: 5, 2: 6}, "weights has none .* such as 'h'; its names are like 1"),
        ({"h": "a"}, {}, "weights has none .* such as 'h'; it is empty"),
    ],
)
def test_bad_homes_are_answered_with_a_cure(home, weights, said) -> None:
    with pytest.raises(ValueError, match=said):
        homes.average(ONE, pd.Series(home), pd.Series(weights), pd.Index(["a"]))


def test_homes_that_are_named_twice_are_refused() -> None:
    once, twice = pd.Series({"h": 1}), pd.Series([1, 2], index=["h", "h"])
    with pytest.raises(ValueError, match="home names 'h' twice"):
        homes.average(ONE, twice, once, pd.Index([1, 2]))
    with pytest.raises(ValueError, match="weights names 'h' twice"):
        homes.average(ONE, once, twice, pd.Index([1, 2]))
    at = gpd.GeoSeries.from_xy([9], [9], index=["h"], crs=3067)
    with pytest.raises(ValueError, match="weights names 'h' twice"):
        homes.weighted_points(CELLS, at, twice)


def test_weights_of_other_homes_are_refused() -> None:
    at = gpd.GeoSeries.from_xy([9, 400], [9, 9], index=[1, 2], crs=3067)
    with pytest.raises(ValueError, match=r"weights has none .* such as 1; its names are like '1'"):
        homes.weighted_points(CELLS, at, pd.Series({"1": 5, "2": 6}))
    # One that is missing counts as 0, and nobody at all is no mistake.
    assert homes.weighted_points(CELLS, at, pd.Series({2: 6}))["b"].x == 400
    assert len(homes.weighted_points(CELLS, at[:0], pd.Series(dtype=float))) == 3


def test_bad_places_are_answered_with_a_cure() -> None:
    at = gpd.GeoSeries.from_xy([24.9], [60.2], crs=4326)
    with pytest.raises(ValueError, match=r"the homes.*degree"):
        homes.zone_of(at, CELLS)
    with pytest.raises(ValueError, match=r"EPSG:3879.*EPSG:3067"):
        homes.zone_of(gpd.GeoSeries.from_xy([1], [1], crs=3879), CELLS)
    with pytest.raises(ValueError, match="two zones are called 'a'"):
        homes.zone_of(at.to_crs(3067), CELLS.set_axis(list("aac")))
    with pytest.raises(ValueError, match="weight of 0 is -3"):
        homes.weighted_points(CELLS, at.to_crs(3067), pd.Series([-3]))
