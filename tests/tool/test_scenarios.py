"""Scenarios through the tool: read from the study or files of their own, checked, and measured."""

import json
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from kvarter.access import Access
from kvarter.layers import load
from kvarter.layers.scenarios import read_plans
from kvarter.measures import scenarios
from kvarter.run import run
from kvarter.segregation import TOO_FEW, Segregation
from kvarter.study import StudyError, read
from shapely.geometry import LineString, Point, box

WEST, SOUTH = 400_000, 6_700_000

STUDY = """\
[study]
name = "Town"
languages = ["en"]
scenarios = "plans/*.toml"

[layers.zones]
path = {{ 2024 = "zones.gpkg" }}
id = "zone"
population = "people"

[attributes.age]
universe = "persons"
groups = {{ child = "child", adult = "adult" }}

[attributes.tenure]
universe = "households"
groups = {{ owner = "owner", social = "social" }}

[layers.services]
path = "services.gpkg"
id = "service"
kind = "kind"
capacity = "places"

[layers.network]
path = "streets.gpkg"

[access]
mode = "walk"
limit = 1400

[segregation]
indices = ["dissimilarity"]
replicates = 0
neighbours = []
sizes = []

[autocorrelation]
local = []
permutations = 99

{scenarios}
"""


def at(column, row):
    return [WEST + 500 * column, SOUTH + 500 * row]


@pytest.fixture
def town(tmp_path):
    """Write a town of 36 squares between streets, with two schools, and a folder for plans."""
    random = np.random.default_rng(5)
    cells = [(column, row) for column in range(6) for row in range(6)]
    counts = {name: random.integers(*size, 36) for name, size in SIZES.items()}
    zones = {"zone": [f"z{column}{row}" for column, row in cells], **counts}
    gpd.GeoDataFrame(
        {**zones, "people": counts["child"] + counts["adult"]},
        geometry=[box(*at(column, row), *at(column + 1, row + 1)) for column, row in cells],
        crs=3067,
    ).to_file(tmp_path / "zones.gpkg")
    gpd.GeoDataFrame(
        {"service": ["near", "far"], "kind": "school", "places": [900, 400]},
        geometry=[Point(at(0.5, 0.5)), Point(at(5.5, 5.5))],
        crs=3067,
    ).to_file(tmp_path / "services.gpkg")
    ends = 0.5, 5.5
    lines = [LineString([at(n + 0.5, ends[0]), at(n + 0.5, ends[1])]) for n in range(6)]
    lines += [LineString([at(ends[0], n + 0.5), at(ends[1], n + 0.5)]) for n in range(6)]
    gpd.GeoDataFrame(geometry=lines, crs=3067).to_file(tmp_path / "streets.gpkg")
    (tmp_path / "plans").mkdir()
    return tmp_path


SIZES = {"child": (20, 60), "adult": (40, 90), "owner": (15, 30), "social": (12, 20)}

ONE = """
[[scenario]]
name = "District"
year = 2030
add_dwellings = [{ zone = "z33", dwellings = 90, tenure = "social" }]
growth = { "age.child" = 1.5 }

[[scenario]]
name = "School"
based_on = "District"

[[scenario.add_service]]
kind = "school"
name = "Middle"
zone = "z33"
capacity = 300
"""

OWN = """\
# A scenario of its own, with what was drawn for it beside it.
name = "Drawn"
based_on = "School"
year = 2035
add_dwellings = [
  { area = "area.gpkg", dwellings = 20, tenure = "owner" },
]
"""


def written(town, text=ONE, own=OWN):
    path = town / "study.toml"
    path.write_text(STUDY.format(scenarios=text))
    (town / "plans" / "drawn.toml").write_text(own)
    area = gpd.GeoDataFrame(geometry=[box(*at(0, 0), *at(1, 1))], crs=3067)
    area.to_file(town / "plans" / "area.gpkg")
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
    return study, read_plans(layers, study.scenario, path.parent)


def test_scenarios_are_measured_beside_the_baseline(town):
    run(written(town), town / "out")
    tables = town / "out" / "tables"
    access, apart, alike = (
        pd.read_csv(tables / f"{name}.csv")
        for name in ("access", "segregation", "autocorrelation")
    )
    years = {"baseline": 2024, "District": 2030, "School": 2030, "Drawn": 2035}
    for table in (access, apart, alike):
        assert dict(table[["scenario", "year"]].drop_duplicates().to_numpy()) == years
    mean = access[(access["measure"] == "mean") & (access["group"].isna())]
    mean = mean.set_index("scenario")["value"]
    assert mean["School"] < mean["District"]
    value = apart[apart["attribute"] == "tenure"].groupby("scenario")["value"].first()
    assert value.nunique() == 3
    assert value["School"] == value["District"]
    moran = alike[(alike["variable"] == "tenure.social") & (alike["statistic"] == "moran_i")]
    assert moran["value"].nunique() == 3
    manifest = json.loads((town / "out" / "manifest.json").read_text())
    assert "area.gpkg" in [origin["path"] for origin in manifest["inputs"]]
    names = [scenario["name"] for scenario in manifest["parameters"]["scenario"]]
    assert names == ["District", "School", "Drawn"]
    # Maps and the GeoPackage show the baseline.
    zones = gpd.read_file(town / "out" / "results.gpkg", layer="zones").set_index("zone")
    before = gpd.read_file(town / "zones.gpkg").set_index("zone")
    assert zones["population"].dropna().astype(int).to_dict().items() <= (
        before["people"].to_dict().items()
    )


def test_a_file_of_its_own_names_its_files_from_its_folder(town):
    study, layers = loaded(written(town))
    (name, drawn) = scenarios(layers, study)[-1]
    assert name == "Drawn"
    assert list(drawn.zones) == [2024, 2030, 2035]
    more = drawn.counts("tenure", 2035) - layers.counts("tenure", 2024)
    assert more.loc["z00", "owner"] == 20
    assert more.loc["z33", "social"] == 90
    assert more.to_numpy().sum() == 110


def test_a_new_street_and_a_moved_school_change_the_ways(town):
    text = """
[[scenario]]
name = "Path"
add_street = [{ line = [[400250, 6700250], [402750, 6702750]], level = 1 }]
[[scenario]]
name = "Moved"
move_service = [{ id = "near", zone = "z33" }]
[[scenario]]
name = "Slow"
speed = { walk = 2.1 }
"""
    study, layers = loaded(written(town, text, 'name = "Own"\n'))
    near, tables = Access(layers, study), {}
    tables["baseline"] = near.table(layers, 2024)
    for name, changed in scenarios(layers, study):
        tables[name] = near.table(changed, changed.latest)
        fresh = Access(layers, study).table(changed, changed.latest)
        rows = [frame[frame["measure"] == "median"]["value"] for frame in (tables[name], fresh)]
        assert rows[0].dropna().equals(rows[1][rows[0].notna()])
    means = {
        name: table[(table["measure"] == "mean") & (table["attribute"] == "")]["value"].item()
        for name, table in tables.items()
    }
    assert means["Moved"] < means["Path"] <= means["baseline"]
    # In metres a slower walk is as long.
    assert means["Slow"] == means["baseline"] == means["Own"]


def test_what_a_plan_adds_does_not_unveil_who_is_there(town):
    zones = gpd.read_file(town / "zones.gpkg")
    # 6 adults live far from any school, half way between the two, and a plan has 60 live there.
    far = zones["zone"].isin([f"z{n}{5 - n}" for n in range(6)])
    zones["adult"] = np.where(far, 1, zones["adult"])
    zones["social"] = np.where(zones["zone"] == "z05", 7, 0)
    zones.to_file(town / "zones.gpkg")
    text = """
[[scenario]]
name = "Ten times"
growth = { "age.adult" = 10.0 }
add_dwellings = [{ zone = "z05", dwellings = 100, tenure = "social" }]
[access.limits]
school = 2400
"""
    study, layers = loaded(written(town, text, 'name = "Own"\n'))
    near = Access(layers, study)
    before = near.table(layers, 2024)
    (_name, changed), _own = scenarios(layers, study)
    after = near.table(changed, 2024)
    rows = [
        table[(table["measure"] == "beyond_limit") & (table["group"] == "adult")]
        for table in (before, after)
    ]
    assert rows[0]["note"].item() == rows[1]["note"].item() == TOO_FEW
    assert rows[1]["value"].isna().all()
    apart = Segregation(layers, study)
    for case in (layers, changed):
        table = apart.table(case, 2024)
        assert table.loc[table["attribute"] == "tenure", "value"].isna().all()
        assert table.loc[table["attribute"] == "age", "value"].notna().all()


def test_how_unequal_is_hidden_where_it_was(town):
    zones = gpd.read_file(town / "zones.gpkg")
    # 6 adults live far from any school, and nobody a little nearer.
    steps = zones["zone"].str[1].astype(int) + zones["zone"].str[2].astype(int)
    zones[["people", "adult", "child"]] *= ~steps.isin([4, 5, 6]).to_numpy()[:, None]
    zones.loc[steps == 5, ["people", "adult"]] = 1
    zones.to_file(town / "zones.gpkg")
    text = """
[[scenario]]
name = "Ten times"
growth = { "age.adult" = 10.0 }
[access.limits]
school = 2400
"""
    study, layers = loaded(written(town, text, 'name = "Own"\n'))
    near = Access(layers, study)
    tables = []
    for case in (layers, scenarios(layers, study)[0][1]):
        near.table(case, 2024)
        tables.append(near.unequal.set_index(["service", "variable", "measure", "attribute"]))
    hidden = [table["note"] == TOO_FEW for table in tables]
    # The few beyond the line, and those beyond one that goes by the person in the middle.
    for measure in ("poverty_0", "relative_poverty_0"):
        assert hidden[0]["school", "nearest", measure, ""]
    assert hidden[1][hidden[0]].all()
    assert tables[1].loc[hidden[1], ["value", "ci_low", "ci_high"]].isna().all(axis=None)
    assert not hidden[1].all()


GOOD = '[[scenario]]\nname = "Plan"\n'
ROW = len(STUDY.format(scenarios="").splitlines()) + 1


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [
        ("add_dwelings = []", "scenario.add_dwelings", "Did you mean 'add_dwellings'"),
        ("year = 20300", "scenario.year", "from 1000 to 9999"),
        ('based_on = "Pln"', "scenario.based_on", "there is no scenario 'Pln'. Did you mean"),
        ('based_on = "Plan"', "scenario.based_on", "circle: Plan → Plan"),
        ('move_service = [{ id = "near" }]', "scenario.move_service", "none is there"),
        (
            'move_service = [{ id = "near", zone = "z00", at = [400250, 6700250] }]',
            "scenario.move_service",
            "at and zone are there",
        ),
        ('change_service = [{ id = "near" }]', "scenario.change_service", "nothing changes"),
        (
            'add_dwellings = [{ zone = "z00", dwellings = -3, tenure = "owner" }]',
            "scenario.add_dwellings.dwellings",
            "a number above 0",
        ),
        (
            'add_dwellings = [{ zone = "z00", dwellings = "homes", tenure = "owner" }]',
            "scenario.add_dwellings",
            "only the rows of an area have columns",
        ),
        (
            'change_tenure = [{ zone = "z00", from = "owner", to = "owner", dwellings = 3 }]',
            "scenario.change_tenure",
            "the same",
        ),
        (
            'change_tenure = [{ zone = "z00", form = "owner", to = "owner", dwellings = 3 }]',
            "scenario.change_tenure.form",
            "Did you mean 'from'",
        ),
        ('add_service = [{ kind = "a", name = "b", at = [24.9, 60.2] }]', "at", "lies outside"),
        ("growth = { child = -1 }", "scenario.growth", "too low"),
        ("speed = { walk = 0 }", "scenario.speed", "too low"),
        ("speed = { run = 9 }", "scenario.speed.run", "'walk' or 'bicycle'"),
        ("add_street = [{ line = [[1, 2]] }]", "scenario.add_street.line", "2 or more"),
        ("add_street = [{ level = 1 }]", "scenario.add_street", "none is there"),
    ],
)
def test_a_mistake_in_a_scenario_is_placed(town, line, key, says):
    path = written(town, f"{GOOD}{line}\n", 'name = "Own"\n')
    with pytest.raises(StudyError) as caught:
        read(path)
    message = str(caught.value)
    assert f"{path}, line {ROW + 2 - 1}, key " in message
    assert key in message
    assert says in message


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("year = 2020", "2020 is before 2024"),
        ('close_service = ["nearr"]', "'nearr'. Did you mean 'near'"),
        (
            'demolish = [{ zone = "z00", dwellings = 900 }]',
            "900 dwellings are to go, and",
        ),
        (
            'add_dwellings = [{ at = [300000, 6700000], dwellings = 3, tenure = "owner" }]',
            "[300000.0, 6700000.0] lies in no zone",
        ),
        (
            'add_dwellings = [{ zone = "z00", dwellings = 3, tenure = "ownr" }]',
            "Did you mean 'owner'",
        ),
        (
            "add_street = [{ line = [[400000, 6690000], [400100, 6690000]] }]",
            "joins nothing (walk): the street joins no other",
        ),
        ("speed = { bicycle = 9 }", "No street is searched for 'bicycle'"),
        ('growth = { "age.chidl" = 2 }', "Did you mean 'age.child'"),
        ("limit = { z333 = 3 }", "There is no zone 'z333'. Did you mean 'z33'"),
    ],
)
def test_what_the_layers_do_not_allow_is_told_before_the_run(town, line, says):
    own = OWN.replace('"School"', '"Plan"').replace('"owner"', '"onwer"').replace("2035", "2050")
    path = written(town, f"{GOOD}{line}\n", own)
    with pytest.raises(StudyError) as caught:
        run(path, town / "out")
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{path}, line {ROW + 1}, key scenario.")
    assert says in first
    own = town / "plans" / "drawn.toml"
    assert second.startswith(f"{own}, line 6, key add_dwellings.tenure, item 1 of add_dwellings:")
    assert not (town / "out").exists()


def test_an_item_of_a_long_list_has_its_own_line(town):
    rows = """\
add_dwellings = [
  # Two blocks, [both] by the shore,
  { zone = "z00", HOMES }, { zone = "z00", HOMES },
  { zone = "z,]1", HOMES },
  { zone = "z02", dwellings = -3, tenure = "owner" },
]
"""
    text = GOOD + rows.replace("HOMES", 'dwellings = 3, tenure = "owner"')
    path = written(town, text, 'name = "Own"\n')
    with pytest.raises(StudyError, match=f"line {ROW + 5}, .*item 4 of add_dwellings: found -3"):
        read(path)
    path = written(town, text.replace("-3", "3"), 'name = "Own"\n')
    study, layers = loaded(path)
    with pytest.raises(StudyError, match=f"line {ROW + 4}, .*There is no zone 'z,]1'"):
        scenarios(layers, study)


def test_check_tells_the_mistakes_of_all_scenarios(town):
    text = (
        f'{GOOD}close_service = ["x"]\n[[scenario]]\nname = "B"\nclose_service = ["near", "y"]\n'
    )
    path = written(town, text, 'name = "Own"\n')
    line = [sys.executable, "-m", "kvarter", "check", "-q", str(path)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 2
    told = done.stderr.splitlines()
    assert [
        f"line {number}, key scenario.close_service" in said
        for number, said in zip((ROW + 1, ROW + 4), told, strict=True)
    ] == [True, True]
    assert "item 2 of close_service: There is no service with the id 'y'" in told[1]


@pytest.mark.parametrize(
    ("pattern", "own", "says"),
    [
        ("plan/*.toml", OWN, "there is no file 'plan/*.toml'"),
        ("plans/*.toml", "name = ", "not TOML"),
        ("plans/*.toml", 'name = "District"\n', "line 1, key name: scenarios need names of"),
        ("plans/*.toml", 'name = "a"\nbased_on = "Distrct"\n', "line 2, key based_on: there is"),
    ],
)
def test_files_of_scenarios_that_are_wrong(town, pattern, own, says):
    path = written(town, ONE, own)
    path.write_text(path.read_text().replace("plans/*.toml", pattern))
    with pytest.raises(StudyError, match=says.replace("*", r"\*")):
        read(path)


def test_a_file_that_a_scenario_names_must_be_there(town):
    path = written(town)
    (town / "plans" / "area.gpkg").unlink()
    with pytest.raises(ValueError, match=r"plans/area.gpkg: There is no such file"):
        loaded(path)


def test_a_district_in_an_empty_cell_is_measured_by_streets_and_by_given_times(town):
    zones = gpd.read_file(town / "zones.gpkg")
    zones[zones["zone"] != "z22"].to_file(town / "zones.gpkg")
    border = gpd.GeoDataFrame(geometry=[box(*at(0, 0), *at(6, 6))], crs=3067)
    border.to_file(town / "border.gpkg")
    times = pd.DataFrame({"from_id": zones["zone"], "to_id": "near", "minutes": 9.0})
    times[times["from_id"] != "z22"].to_csv(town / "times.csv", index=False)
    text = """
[[scenario]]
name = "District"
add_dwellings = [{ at = [401250, 6701250], dwellings = 50, tenure = "owner" }]
[layers.border]
path = "border.gpkg"
[layers.travel_times]
path = "times.csv"
modes = { transit = "minutes" }
"""
    path = written(town, text, 'name = "Own"\n')
    asked = 'mode = ["walk", "transit"]\nunit = "minutes"'
    path.write_text(path.read_text().replace('mode = "walk"\nlimit = 1400', asked))
    study, layers = loaded(path)
    (_name, changed), _own = scenarios(layers, study)
    cell = changed.zones[2024].index[-1]
    assert changed.counts("tenure", 2024).loc[cell].tolist() == [50, 0]
    near = Access(layers, study)
    before, after = near.table(layers, 2024), near.table(changed, 2024)
    # Households of the new cell go by street; nobody has told how long they take otherwise.
    rows = [
        table[(table["group"] == "owner") & (table["measure"] == "beyond_limit")]
        .set_index("mode")["value"]
        .to_dict()
        for table in (before, after)
    ]
    assert rows[0]["walk"] + 50 == rows[1]["walk"]
    assert Segregation(layers, study).table(changed, 2024)["value"].notna().all()
