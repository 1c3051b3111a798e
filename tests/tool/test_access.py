"""What the tool measures of access: by street, for those who need a service, and with a plan."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.access import Access
from kvarter.analyses import access
from kvarter.geo import network
from kvarter.layers import ColumnError, Scenario, apply, load
from kvarter.study import StudyError, read

STUDY = """\
[study]
name = "Town"
[layers.zones]
path = "zones.gpkg"
id = "zone"
population = "people"
[attributes.age]
universe = "persons"
groups = {{ child = "child", adult = "adult" }}
[layers.services]
path = "services.gpkg"
id = "service"
kind = "kind"
capacity = "places"
[layers.network]
path = "streets.gpkg"
walk = "walk"
bicycle = "bicycle"
[access]
{access}
"""


NORTH = 6_300_000


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Write a town of 36 squares between streets, with a school, two libraries and a footpath."""
    folder = tmp_path_factory.mktemp("town")
    rng = np.random.default_rng(5)
    x, y = (at.ravel() * 500 + 400_000 for at in np.meshgrid(range(6), range(6)))
    y += NORTH
    child, adult = rng.integers(40, 90, (2, 36))
    zones = {"zone": [f"z{n}" for n in range(36)], "child": child, "adult": adult}
    gpd.GeoDataFrame(
        {**zones, "people": child + adult},
        geometry=shapely.box(x, y, x + 500, y + 500),
        crs=3067,
    ).to_file(folder / "zones.gpkg")
    gpd.GeoDataFrame(
        {
            "service": ["s", "l", "m"],
            "kind": ["school", "library", "library"],
            "places": [900, 400, 600],
        },
        geometry=gpd.points_from_xy(
            *np.add(
                np.array([[250, 250], [2750, 250], [250, 2750]]).T, [[400_000], [400_000 + NORTH]]
            )
        ),
        crs=3067,
    ).to_file(folder / "services.gpkg")
    at = np.arange(6) * 500 + 400_250
    ends = [400_250, 402_750]
    lines = [((a, ends[0]), (a, ends[1])) for a in at] + [((ends[0], a), (ends[1], a)) for a in at]
    # A path across the corner of the school, for people on foot alone.
    lines.append(((400_250, 400_250), (400_750, 400_750)))
    gpd.GeoDataFrame(
        {"walk": 1, "bicycle": [*[1] * 12, 0]},
        geometry=shapely.linestrings(np.add(lines, (0, NORTH))),
        crs=3067,
    ).to_file(folder / "streets.gpkg")
    return folder


def asked(town, text):
    path = town / "study.toml"
    path.write_text(STUDY.format(access=text))
    study = read(path)
    layers = load(
        study.layers,
        study.attributes,
        study.variables,
        study.study.crs,
        town,
        modes=study.access.on_streets,
    )
    return study, layers


def test_ways_go_along_the_streets_that_are_open_to_them(town):
    study, layers = asked(town, 'mode = ["walk", "bicycle"]\nlimit = 1400')
    near = Access(layers, study)
    table = near.table(layers, None)
    walk, bicycle = (near.ways[f"school_{mode}"].nearest for mode in ("walk", "bicycle"))
    # Over one square and up one: 1,000 m by bicycle, and across the corner on foot.
    assert bicycle["z7"] == pytest.approx(1000)
    assert walk["z7"] == pytest.approx(500 * np.sqrt(2))
    people = layers.zones[None]["population"]
    rows = table[(table["service"] == "school") & (table["attribute"] == "")]
    rows = rows.set_index(["mode", "measure"])["value"]
    for mode, cost in (("walk", walk), ("bicycle", bicycle)):
        assert rows[mode, "beyond_limit"] == people[cost > 1400].sum()
        assert rows[mode, "mean"] == pytest.approx(np.average(cost, weights=people), rel=0.005)


def test_the_places_are_for_those_who_need_them(town):
    text = 'mode = "walk"\nunit = "minutes"\nlimit = 120\ndemand = { school = "age.child" }'
    study, layers = asked(town, text)
    near = Access(layers, study)
    near.table(layers, None)
    # Everybody reaches the one school: as many places a child everywhere.
    found = near.ways["school"].measures["floating_catchment"]
    assert found.to_numpy() == pytest.approx(900 / layers.counts("age", None)["child"].sum())
    libraries = near.ways["library"].measures["floating_catchment"]
    assert libraries.to_numpy() == pytest.approx(1000 / layers.zones[None]["population"].sum())


def test_places_within_reach_need_nobody_who_needs_them(town):
    text = 'measures = ["cumulative", "gravity", "raam"]\ndemand = { school = "age.child" }'
    study, layers = asked(town, text)
    zones = layers.zones[None].assign(**{"age.child": 0.0})
    layers = replace(layers, zones={None: zones})
    near = Access(layers, study)
    table = near.table(layers, None)
    rows = table[(table["service"] == "school") & (table["attribute"] == "")]
    rows = rows.set_index("measure")
    assert rows.loc[["cumulative_mean", "gravity_mean"], "value"].notna().all()
    assert (rows.loc[["cumulative_mean", "gravity_mean"], "note"] == "").all()
    assert rows.loc["raam_median", "note"] == "no capacity or no demand is known"


@pytest.mark.parametrize(
    "name", ["cumulative", "gravity", "spatial_availability", "balancing_cost", "raam"]
)
def test_each_measure_is_the_one_of_its_function(town, name):
    study, layers = asked(town, f'mode = "walk"\nlimit = 2000\nmeasures = ["{name}"]')
    near = Access(layers, study)
    table = near.table(layers, None)
    places = layers.services[layers.services["kind"] == "library"]
    costs = network.costs(
        layers.networks["walk"], layers.origins(None), places.geometry, limit=2000, unit="metres"
    )
    people, room = layers.zones[None]["population"], places["capacity"]
    bell = access.decay.truncated_gaussian(2000)
    expected = {
        "cumulative": lambda: access.cumulative(costs, room, 2000),
        "gravity": lambda: access.gravity(costs, room, bell),
        "spatial_availability": lambda: (
            access.spatial_availability(costs, room, people, bell) / people
        ),
        "balancing_cost": lambda: access.balancing_cost(costs, room, people),
        "raam": lambda: access.raam(costs, room, people, tau=2000),
    }[name]()
    pd.testing.assert_series_equal(
        near.ways["library"].measures[name], expected, check_names=False
    )
    rows = table[(table["service"] == "library") & (table["attribute"] == "")]
    told = rows.set_index("measure")["value"]
    if name in ("balancing_cost", "raam"):
        # Some reach no library: they count as if they went for ever.
        assert expected.isna().any()
        order = expected.fillna(np.inf).sort_values()
        half = order[people[order.index].cumsum() >= people.sum() / 2].iloc[0]
        assert told[f"{name}_median"] == pytest.approx(half, rel=0.005)
    else:
        mean = np.average(expected, weights=people)
        assert told[f"{name}_mean"] == pytest.approx(mean, rel=0.005)


def test_what_differs_little_between_two_ways_is_hidden(town):
    study, layers = asked(town, 'mode = ["walk", "bicycle"]\nlimit = 750\nkinds = ["school"]')
    zones = layers.zones[None].copy()
    # By the path 8 people of z7 reach the school on foot and not by bicycle.
    zones.loc["z7", ["population", "age.child", "age.adult"]] = [8, 4, 4]
    # Others whose number is not shown, within and beyond.
    zones.loc[["z0", "z1", "z34", "z35"], ["population", "age.child", "age.adult"]] = [6, 3, 3]
    layers.zones[None] = zones
    table = Access(layers, study).table(layers, None)
    everybody = table[(table["attribute"] == "") & (table["measure"] == "beyond_limit")]
    shown = everybody.set_index("mode")["value"]
    assert shown["walk"] == shown["walk"]
    assert np.isnan(shown["bicycle"])


def test_a_plan_is_measured_beside_the_baseline(town):
    study, layers = asked(town, 'mode = "bicycle"\nlimit = 1000\nmeasures = []')
    near = Access(layers, study)
    before = near.table(layers, None)
    after = near.table(apply(layers, Scenario(name="plan", close_service=["l"])), None)
    share = [
        table[
            (table["service"] == "library")
            & (table["attribute"] == "")
            & (table["measure"] == "share_within_limit")
        ]["value"].item()
        for table in (before, after)
    ]
    assert share[1] < share[0]
    # What maps show is the baseline.
    assert near.ways["library"].nearest["z5"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('mode = "wallk"', "Did you mean 'walk'"),
        ('mode = ["walk", "walk"]', "item 2 of mode stands there twice"),
        ('unit = "minutes"', "straight lines have metres"),
        ('groups = ["agge"]', "Did you mean 'age'"),
        ('demand = { school = "age.chidl" }', "Did you mean 'age.child'"),
        ("limit = -3", "limit"),
        ('mode = "walk"\ndetour = 1.2', "detour lengthens straight lines"),
        ('measures = ["gravitty"]', "Did you mean 'gravity'"),
    ],
)
def test_a_mistake_is_answered_with_what_is_accepted(town, text, says):
    with pytest.raises(StudyError, match=says):
        asked(town, text)


def test_ways_along_streets_need_streets(town):
    path = town / "nowhere.toml"
    text = STUDY.format(access='mode = "walk"')
    start, end = text.index("[layers.network]"), text.index("[access]")
    path.write_text(text[:start] + text[end:])
    with pytest.raises(StudyError, match=r"line \d+, key access.mode: 'walk' goes along streets"):
        read(path)


@pytest.mark.parametrize("key", ['kinds = ["skool"]', "limits = { skool = 3 }"])
def test_a_kind_that_is_not_there_is_refused(town, key):
    study, layers = asked(town, key)
    with pytest.raises(ColumnError, match=r"the kind 'skool'\. Did you mean 'school'"):
        Access(layers, study)
