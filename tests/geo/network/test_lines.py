"""Networks of lines: where they meet, and what their stretches cost."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.data.sample import folder
from kvarter.geo import network
from kvarter.geo.network._lines import cut
from kvarter.geo.network._speed import minutes


def streets(*lines: str, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries.from_wkt(list(lines)), crs=3067)


ROAD, OVER = "LINESTRING (0 0, 50 0, 100 0)", "LINESTRING (50 -50, 50 50)"
HALVES = ["LINESTRING (0 0, 50 0)", "LINESTRING (50 0, 100 0)"]
ACROSS = ["LINESTRING (50 -50, 50 0)", "LINESTRING (50 0, 50 50)"]


@pytest.mark.parametrize(
    ("lines", "levels", "edges", "islands"),
    [
        # Crossing, with a point there on one of them; and with none at all.
        ([ROAD, OVER], [0, 0], 4, 1),
        (["LINESTRING (0 0, 100 1)", OVER], [0, 0], 4, 1),
        # A bridge over the road, a tunnel beneath it, even where both have a point there.
        ([ROAD, OVER], [0, 1], 2, 2),
        ([ROAD, "LINESTRING (50 -50, 50 0, 50 50)"], [0, -1], 2, 2),
        # Two bridges of one height meet, two of different heights do not.
        ([ROAD, OVER], [1, 1], 4, 1),
        ([ROAD, OVER], [1, 2], 2, 2),
        # A bridge ends at the middle of a road: it meets it. A road ends beneath a bridge: not.
        ([ROAD, "LINESTRING (50 0, 50 50)"], [0, 1], 3, 1),
        (["LINESTRING (0 0, 100 0)", "LINESTRING (50 0, 50 50)"], [0, 1], 3, 1),
        ([ROAD, "LINESTRING (50 0, 50 50)"], [1, 0], 2, 2),
        # A bridge or a tunnel in two lines, and a road that passes or ends at the joint.
        ([*HALVES, OVER], [1, 1, 0], 3, 2),
        ([*HALVES, OVER], [-1, -1, 0], 3, 2),
        ([*HALVES, "LINESTRING (50 -50, 50 0, 50 50)"], [1, 1, 0], 3, 2),
        ([*HALVES, *ACROSS], [1, 1, 0, 0], 4, 2),
        ([*HALVES, ACROSS[0]], [1, 1, 0], 3, 2),
        (["LINESTRING (0 0, 50 0)", "LINESTRING (50.05 0, 100 0)", OVER], [1, 1, 0], 3, 2),
        ([*HALVES, "LINESTRING (50 0, 50 50)"], [1, 1, -1], 3, 2),
        # Two bridges that leave the end of a road, and one that ends where a road is in two lines.
        (
            ["LINESTRING (0 0, 50 0)", "LINESTRING (50 0, 90 9)", "LINESTRING (50 0, 90 -9)"],
            [0, 1, 1],
            3,
            1,
        ),
        ([*HALVES, ACROSS[0]], [0, 0, 1], 3, 1),
        # Its ends proper meet the roads that they lead to.
        (
            [*HALVES, OVER, "LINESTRING (0 0, 0 9)", "LINESTRING (100 0, 150 0)"],
            [1, 1, 0, 0, 0],
            5,
            2,
        ),
        # A road goes on as a bridge.
        (["LINESTRING (0 0, 50 0)", "LINESTRING (50 0, 100 0)"], [0, 1], 2, 1),
        # Ends that miss by 5 cm meet, those that miss by 20 cm do not.
        ([ROAD, "LINESTRING (30 0.05, 30 50)"], [0, 0], 3, 1),
        ([ROAD, "LINESTRING (30 0.2, 30 50)"], [0, 0], 2, 2),
        (["LINESTRING (0 0, 50 0)", "LINESTRING (50 0.05, 100 0)"], [0, 1], 2, 1),
        # A ring, a line that crosses itself, three streets through one point.
        (["LINESTRING (0 0, 9 0, 9 9, 0 0)"], [0], 1, 1),
        (["LINESTRING (0 0, 20 0, 20 10, 10 10, 10 -10)"], [0], 3, 1),
        (
            ["LINESTRING (0 0, 8 8)", "LINESTRING (8 0, 0 8)", "LINESTRING (0 4, 8 4)"],
            [0] * 3,
            6,
            1,
        ),
        # Points closer than lines may be to meet do not shorten a line.
        (["LINESTRING (0 0, 0.05 0, 0.1 0, 0.15 0, 9 0)", "LINESTRING (9 0, 9 9)"], [0, 0], 2, 1),
        # Along each other for a while: two ways over the same ground, joined at both ends.
        (["LINESTRING (0 0, 90 0)", "LINESTRING (30 0, 60 0)"], [0, 0], 4, 1),
    ],
)
def test_lines_meet_where_their_levels_let_them(lines, levels, edges, islands) -> None:
    made = network.from_lines(streets(*lines, level=levels), level="level")
    longer = made.edges[made.edges["length"] > 0]
    assert len(longer) == edges
    assert len(network.islands(made)) == islands
    assert made.edges["length"].sum() == pytest.approx(
        shapely.length(shapely.from_wkt(lines)).sum(), abs=0.01
    )


def test_a_street_that_goes_along_two_edges_is_a_multiline() -> None:
    made = network.from_lines(
        streets("MULTILINESTRING ((0 0, 9 0), (9 0, 9 9))", "LINESTRING EMPTY")
    )
    assert made.edges["line"].tolist() == [0, 0]
    assert len(made.nodes) == 3


def plain_minutes(length, rise, stairs, mode, speed):
    """One piece, from the formulas."""
    slope = 0 if np.isnan(rise) else rise / length
    tobler = 6 * np.exp(-3.5 * abs(slope + 0.05)) / (6 * np.exp(-3.5 * 0.05))
    if mode == "walk":
        if stairs:
            up, down = 1.34 / 0.610, 1.34 / 0.694
            times = up if slope > 0 else down if slope < 0 else (up + down) / 2
            return times * length / (speed * 1000 / 60)
        return length / (speed * tobler * 1000 / 60)
    if stairs:
        return np.inf
    if slope > 0:
        pace = max(speed * (21.6 - 1.44 * 100 * slope) / 21.6, min(4.2, speed) * tobler)
    else:
        pace = speed * (21.6 + 0.86 * 100 * min(-slope, 0.1)) / 21.6
    return length / (pace * 1000 / 60)


@pytest.mark.parametrize("mode", ["walk", "bicycle"])
def test_minutes_equal_the_formulas(mode) -> None:
    rng = np.random.default_rng(6)
    length = rng.uniform(1, 90, 300)
    rise = length * rng.uniform(-0.3, 0.3, 300)
    rise[:60], rise[60:80] = 0, np.nan
    stairs = rng.random(300) < 0.3
    got = minutes(length, rise, stairs, mode=mode, speed=9.0)
    expected = [
        plain_minutes(a, b, c, mode, 9.0) for a, b, c in zip(length, rise, stairs, strict=True)
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_the_walking_speed_is_that_of_the_travel_time_matrix(helsinki) -> None:
    frame = gpd.read_file(helsinki / "travel_times_to_railway_station.gpkg", ignore_geometry=True)
    far = frame[frame["walk_d"] > 10_000]
    assert (far["walk_d"] / far["walk_t"]).median() == pytest.approx(
        network.WALKING * 1000 / 60, rel=0.002
    )


def test_heights_are_those_of_the_lines_or_of_a_function_and_bridges_rise_evenly() -> None:
    own = streets("LINESTRING Z (0 0 0, 70 0 3.5)")
    flat = streets("LINESTRING (0 0, 70 0)")
    by_z = network.from_lines(own, elevation="z").edges
    by_function = network.from_lines(flat, elevation=lambda at: at[:, 0] / 20).edges
    assert by_z["forward"].tolist() == by_function["forward"].tolist()
    assert by_z["forward"][0] > 1 > by_z["backward"][0]
    assert network.from_lines(own).edges["forward"].tolist() == [1.0]

    def gorge(at):
        return np.where(np.abs(at[:, 0] - 50) < 20, -30.0, 0.0)

    over = streets("LINESTRING (0 0, 50 0, 100 0)", bridge=[True])
    level = network.from_lines(over, level="bridge", elevation=gorge).edges
    down = network.from_lines(over, elevation=gorge).edges
    assert level["forward"][0] == pytest.approx(100 / 70)
    assert down["forward"][0] > 2 * level["forward"][0]


def test_one_way_streets_and_stairs_are_for_bicycles_and_walkers() -> None:
    frame = streets(
        "LINESTRING (0 0, 100 0)",
        "LINESTRING (100 0, 200 0)",
        "LINESTRING (200 0, 300 0)",
        "LINESTRING (300 0, 400 0)",
        oneway=[1, -1, None, 0],
        stairs=[False, False, False, True],
    )
    ride = network.from_lines(frame, mode="bicycle", oneway="oneway", stairs="stairs").edges
    assert np.isfinite(ride["forward"]).tolist() == [True, False, True]
    assert np.isfinite(ride["backward"]).tolist() == [False, True, True]
    assert ride["forward"][0] == pytest.approx(0.5)
    walk = network.from_lines(frame, oneway="oneway", stairs="stairs").edges
    assert np.isfinite(walk[["forward", "backward"]]).all(axis=None)
    assert walk["forward"][3] == pytest.approx(2.064 * walk["forward"][0], rel=1e-3)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_lines_makes_no_difference(seed) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, 12, (14, 2, 2)) * 10.0
    frame = gpd.GeoDataFrame(
        {"level": rng.choice([0, 0, 0, 1], 14)}, geometry=shapely.linestrings(ends), crs=3067
    )
    frame = frame[frame.length > 0]
    mixed = frame.sample(frac=1, random_state=seed)
    one, other = (network.from_lines(some, level="level") for some in (frame, mixed))
    np.testing.assert_allclose(one.nodes, other.nodes, atol=1e-9)
    assert len(one.edges) == len(other.edges)
    assert network.islands(one).round(6).equals(network.islands(other).round(6))
    homes = gpd.GeoSeries.from_xy(*rng.uniform(0, 110, (2, 9)), crs=3067)
    shops = gpd.GeoSeries.from_xy(*rng.uniform(0, 110, (2, 4)), crs=3067)
    tables = [network.costs(some, homes, shops, limit=9) for some in (one, other)]
    costs = [table.pivot_table("cost", "zone", "service", observed=False) for table in tables]
    np.testing.assert_allclose(costs[0], costs[1], atol=1e-9)


def test_the_sample_municipality_is_one_network() -> None:
    frame = gpd.read_parquet(folder() / "streets.parquet")
    made = network.from_lines(frame[frame["walk"]], level="bridge")
    assert len(network.islands(made)) == 1
    assert made.edges["length"].sum() == pytest.approx(frame[frame["walk"]].length.sum())


def test_parts_of_lines_equal_those_of_shapely() -> None:
    rng = np.random.default_rng(2)
    lines = shapely.linestrings(rng.uniform(0, 9, (40, 5, 2)))
    start, end = np.sort(rng.random((2, 40)), axis=0)
    for line, a, b, got in zip(lines, start, end, cut(lines, start, end), strict=True):
        expected = shapely.ops.substring(line, a, b, normalized=True)
        assert shapely.equals_exact(got, expected, 1e-9)


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        (streets("LINESTRING (0 0, 9 9)").to_crs(4326), {}, "the streets.*degree.*to_crs"),
        (streets("LINESTRING (0 0, 9 9)").set_crs(None, allow_override=True), {}, "no coordinate"),
        (streets(), {}, "no street is left"),
        (streets("LINESTRING EMPTY"), {}, "no street is left"),
        (streets("LINESTRING (5 5, 5 5)"), {}, "no street is left.*has a length"),
        (streets("POINT (5 5)"), {}, "must be lines.*Point.*boundary"),
        (streets("POLYGON ((0 0, 5 5, 5 0, 0 0))"), {}, "must be lines.*Polygon"),
        (streets("LINESTRING (0 0, 9 9)"), {"mode": "car"}, "mode must be 'walk' or 'bicycle'"),
        (streets("LINESTRING (0 0, 9 9)"), {"speed": 0}, "speed must be"),
        (streets("LINESTRING (0 0, 9 9)"), {"tolerance": -1}, "tolerance must be"),
        (streets("LINESTRING (0 0, 9 9)"), {"level": "z"}, "no column 'z' for level"),
        (streets("LINESTRING (0 0, 9 9)", way=[4]), {"oneway": "way"}, "'way' holds 4;"),
        (streets("LINESTRING (0 0, 9 9)", way=["yes"]), {"oneway": "way"}, "holds 'yes'.*-1 to 1"),
        (streets("LINESTRING (0 0, 9 9)"), {"elevation": "z"}, "no heights of their own"),
        (streets("LINESTRING (0 0, 9 9)"), {"elevation": "up"}, "elevation must be"),
        (streets("LINESTRING Z (0 0 1, 9 9 inf)"), {"elevation": "z"}, "0 has a height .* inf"),
        (
            streets("LINESTRING (0 0, 9 9)").set_axis([7]),
            {"elevation": lambda at: [1.0, -np.inf]},
            "street 7 has a height that is infinite",
        ),
        (streets("LINESTRING (0 0, 9 9)"), {"elevation": lambda at: [1.0]}, "one height a point"),
        (
            streets("LINESTRING (0 0, 9 9)", steps=[True]),
            {"stairs": "steps", "mode": "bicycle"},
            "no street is left.*none is open",
        ),
    ],
)
def test_bad_lines_are_answered_with_a_cure(frame, options, said) -> None:
    with pytest.raises(ValueError, match=said):
        network.from_lines(frame, **options)


def test_a_coordinate_that_is_no_number_names_its_street() -> None:
    frame = gpd.GeoDataFrame(
        geometry=gpd.GeoSeries.from_wkt(["LINESTRING (0 0, Inf 1)"], index=["Main Street"]),
        crs=3067,
    )
    with pytest.raises(ValueError, match="'Main Street' has a coordinate"):
        network.from_lines(frame)
