"""Whole runs: the sample municipality, the real Helsinki region, what a person may do wrong."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.data.sample import folder
from kvarter.layers.errors import LayerError
from kvarter.maps import Words
from kvarter.maps.words import capital
from kvarter.run import run
from kvarter.study import StudyError

EXAMPLES = Path(__file__).parents[2] / "examples" / "helsinki"


def command(*arguments, env=None):
    line = [sys.executable, "-m", "kvarter", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, env=env)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "demo"
    done = command("demo", "--out", out)
    assert done.returncode == 0, done.stderr
    assert str(out / "index.html") in done.stdout
    return out


def local_study(name, helsinki, folder):
    """Copy an example so that its layers are found from a temporary folder."""
    text = (EXAMPLES / name).read_text().replace("../../../shared/data/helsinki", str(helsinki))
    path = folder / name
    path.write_text(text)
    return path


def test_the_demo_writes_all_that_the_design_names(demo):
    manifest = json.loads((demo / "manifest.json").read_text())
    files = {p.relative_to(demo).as_posix() for p in demo.rglob("*") if p.is_file()}
    assert files == {*manifest["outputs"], "manifest.json"}
    assert {"index.html", "index.sv.html", "index.en.html", "results.gpkg"} <= files
    assert {
        f"tables/{t}.csv"
        for t in ("segregation", "change", "scale", "autocorrelation", "access", "checks")
    } <= files
    columns = {
        "segregation": "scenario year region attribute group other index dimension value "
        "corrected ci_low ci_high p_value expected note",
        "change": "attribute from to group other index before after difference corrected ci_low "
        "ci_high p_value composition distribution zones note",
        "scale": "attribute year region scale unit group index value note",
        "autocorrelation": "scenario year region variable other statistic value expected z "
        "p_value p_adjusted zones note",
        "correlogram": "year region variable distance_from distance_to pairs value expected z "
        "p_value p_adjusted zones note",
        "hotspots": "variable zone years hot_years cold_years tau p_value p_adjusted pattern note",
        "transitions": "variable origin destination count share",
        "access": "scenario year service mode attribute group measure value ci_low ci_high unit "
        "note",
        "inequality": "scenario year service mode variable attribute measure value ci_low ci_high "
        "unit note",
        "twice_burdened": "service mode zone name people people_share variable figure way unit "
        "p_adjusted",
        "checks": "layer rule severity count example action",
    }
    for name, expected in columns.items():
        table = pd.read_csv(demo / "tables" / f"{name}.csv")
        assert " ".join(table.columns) == expected
        assert len(table)
    zones = gpd.read_file(demo / "results.gpkg", layer="zones")
    grid = pd.read_csv(folder() / "grid_2024.csv", dtype={"cell": str})
    assert sorted(zones["zone"]) == sorted(grid["cell"])
    assert set(zones["population"].dropna()) <= set(grid["population"])


def test_every_page_of_the_demo_says_that_it_is_made_up(demo):
    says = {
        "fi": "Keksitty kunta",
        "sv": "En påhittad kommun",
        "en": "A made-up municipality",
    }
    pages = list(demo.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        text = page.read_text()
        language = re.search(r'<html lang="(..)"', text)[1]
        assert says[language] in text, page.name


def test_nothing_below_the_minimum_count_is_in_the_published_zones(demo):
    zones = gpd.read_file(demo / "results.gpkg", layer="zones").set_index("zone")
    grid = pd.read_csv(folder() / "grid_2024.csv", dtype={"cell": str}).set_index("cell")
    grid = grid.loc[zones.index]
    assert (zones["population"].dropna() >= 10).all()
    groups = {"income": ("low", "middle", "high"), "language": ("fi", "sv", "other")}
    for attribute, names in groups.items():
        counts = grid[[f"{attribute}_{name}" for name in names]]
        few = counts.sum(axis=1) < 10
        for name in names:
            count = grid[f"{attribute}_{name}"]
            hidden = few | count.between(1, 9)
            for what in ("share", "location_quotient"):
                assert zones.loc[hidden, f"{what}_{attribute}_{name}"].isna().all()
            assert not zones.loc[hidden, f"local_moran_{attribute}_{name}"].astype(bool).any()
            assert zones[f"share_{attribute}_{name}"].notna().any()


def test_a_zone_with_a_hidden_group_has_no_local_measure(demo):
    zones = gpd.read_file(demo / "results.gpkg", layer="zones")
    shares = zones[[f"share_income_{group}" for group in ("low", "middle", "high")]]
    assert zones.loc[shares.isna().any(axis=1), "local_divergence_income"].isna().all()
    assert zones["local_divergence_income"].notna().any()
    for people in (200, 12_800):
        assert zones.loc[zones["population"].isna(), f"distance_to_people_{people}"].isna().all()
    assert (zones["distance_to_people_200"] <= zones["distance_to_people_12800"])[
        zones["population"] >= 10
    ].all()


@pytest.mark.parametrize(
    ("attribute", "says"),
    [
        ("language", "Of {people} people: "),
        ("income", "{people} people live here, and the share is of some of them: "),
    ],
)
def test_how_far_chance_moves_a_share_is_told_of_the_published_people(demo, attribute, says):
    zones = gpd.read_file(demo / "results.gpkg", layer="zones").set_index("zone")
    grid = pd.read_csv(folder() / "grid_2024.csv", dtype={"cell": str})
    zones = zones.loc[grid["cell"]]
    drawn = payload(demo / "maps" / f"clusters_{attribute}.en.html")["variables"][0]
    told = drawn["interval"]
    assert told["text"].startswith(says)
    assert len(told["zones"]) > 100
    assert told["people"] == zones["population"].iloc[told["zones"]].tolist()
    own = np.array(drawn["values"], dtype=float)[told["zones"]]
    assert (told["low"] <= own).all()
    assert (own <= told["high"]).all()


def test_a_map_over_the_years_shows_what_the_tables_tell(demo):
    table = pd.read_csv(demo / "tables" / "hotspots.csv", dtype={"zone": str})
    low = table[table["variable"] == "income.low"].set_index("zone")
    zones = gpd.read_file(demo / "results.gpkg", layer="zones").set_index("zone")
    grid = pd.read_csv(folder() / "grid_2024.csv", dtype={"cell": str})
    zones = zones.loc[grid["cell"]]
    drawn = payload(demo / "maps" / "hotspots_income.en.html")["variables"][0]
    shown = pd.Series(drawn["reason"], zones.index) == ""
    assert (shown == zones["share_income_low"].notna()).all()
    told = pd.Series(drawn["classes"], zones.index).map(lambda n: drawn["names"][n])
    expected = low["pattern"].map(lambda name: capital(Words("en").label(name)))
    none = "Stands out in no year, or is not shown in every year"
    expected = expected.reindex(zones.index).fillna(none)
    assert (told == expected)[shown].all()
    # Every zone of the table is on the map, as what is told is of shown zones alone.
    assert (expected != none)[shown].sum() == len(low) > 0
    assert f"{len(low)} zones stand out in some year." == drawn["summary"]
    high = pd.Series(drawn["details"][0]["codes"], zones.index)
    assert (high == low["hot_years"].reindex(zones.index).fillna(0) - 1)[shown].all()
    assert (high[~shown] == -1).all()
    report = (demo / "index.en.html").read_text()
    for name in table["variable"].str.partition(".")[0].unique():
        assert f'src="maps/hotspots_{name}.en.html"' in report


def test_the_same_study_gives_the_same_bytes(demo, tmp_path):
    run(folder() / "study.toml", tmp_path / "again")
    one, two = (
        json.loads((out / "manifest.json").read_text())["outputs"]
        for out in (demo, tmp_path / "again")
    )
    assert one == two


def test_the_postal_code_areas_of_the_helsinki_region(helsinki, tmp_path):
    run(local_study("study.toml", helsinki, tmp_path), tmp_path / "out")
    raw = gpd.read_file(helsinki / "paavo_2026.gpkg", ignore_geometry=True)
    raw = raw[raw["region"] == "helsinki_metro"]
    table = pd.read_csv(tmp_path / "out" / "tables" / "segregation.csv", keep_default_na=False)
    for attribute, one, two in (
        ("income", ("low", "hr_pi_tul"), ("high", "hr_hy_tul")),
        ("tenure", ("owner", "te_omis_as"), ("rented", "te_vuok_as")),
        ("activity", ("employed", "pt_tyoll"), ("unemployed", "pt_tyott")),
        ("household", ("one_person", "te_yks"), ("with_children", "te_laps")),
    ):
        pair = raw[[one[1], two[1]]]
        if attribute == "tenure":
            pair = raw[[one[1], two[1], "te_muu_as"]]
        pair = pair[(pair >= 0).all(axis=1)]
        share = pair / pair.sum()
        expected = sum(abs(a - b) for a, b in zip(share[one[1]], share[two[1]], strict=True)) / 2
        row = table[
            (table["attribute"] == attribute)
            & (table["index"] == "dissimilarity")
            & (table["group"] == one[0])
            & (table["other"] == two[0])
        ]
        assert float(row["value"].iloc[0]) == pytest.approx(expected, abs=1e-12)
    account = pd.DataFrame(
        json.loads((tmp_path / "out" / "manifest.json").read_text())["accounting"]
    )
    population = account[account["what"] == "population"]
    assert population["before"].iloc[0] == raw["he_vakiy"].sum() == 1_242_534
    assert population["after"].iloc[-1] == 1_242_534
    tenure = account[account["what"] == "tenure"].iloc[-1]
    columns = ["te_omis_as", "te_vuok_as", "te_muu_as"]
    known = raw[columns][(raw[columns] >= 0).all(axis=1)].to_numpy().sum()
    assert (tenure["before"], tenure["after"]) == (raw["te_taly"].sum(), known)
    report = (tmp_path / "out" / "index.en.html").read_text()
    assert "1,242,534" in report


def test_three_regions_beside_each_other(helsinki, tmp_path):
    run(local_study("regions.toml", helsinki, tmp_path), tmp_path / "out")
    raw = gpd.read_file(helsinki / "paavo_2026.gpkg", ignore_geometry=True)
    table = pd.read_csv(tmp_path / "out" / "tables" / "change.csv", keep_default_na=False)
    assert len(table[["from", "to"]].drop_duplicates()) == 3
    income = raw[["region", "hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]]
    income = income[(income.drop(columns="region") >= 0).all(axis=1)].set_index("region")
    row = table[(table["attribute"] == "income") & (table["group"] == "high")]
    row = row[(row["index"] == "isolation") & (row["to"] == "turku")].set_index("from")
    for name, figure in (("tampere", "before"), ("turku", "after")):
        n = income.loc[name].to_numpy(dtype=float)
        lived = n[n.sum(axis=1) > 0]
        high, people = lived[:, 2], lived.sum(axis=1)
        expected = (high / high.sum() * high / people).sum()
        assert float(row.loc["tampere", figure]) == pytest.approx(expected, abs=1e-12)
    tenure = raw[["region", "te_omis_as", "te_vuok_as", "te_muu_as"]]
    tenure = tenure[(tenure.drop(columns="region") >= 0).all(axis=1)].set_index("region")
    n = tenure.loc["helsinki_metro"].to_numpy(dtype=float)
    people, share = n.sum(axis=1), n.sum(axis=0) / n.sum()
    lived = people > 0
    apart = np.abs(n[lived] - people[lived, None] * share).sum()
    expected = apart / (2 * n.sum() * (share * (1 - share)).sum())
    whole = table[(table["index"] == "multigroup_dissimilarity") & (table["to"] == "turku")]
    whole = whole[whole["attribute"] == "tenure"].set_index("from").loc["helsinki_metro"]
    assert float(whole["before"]) == pytest.approx(expected, abs=1e-12)
    low, high = float(whole["ci_low"]), float(whole["ci_high"])
    assert low < float(whole["corrected"]) < high
    table = pd.read_csv(tmp_path / "out" / "tables" / "segregation.csv", keep_default_na=False)
    row = table[(table["index"] == "multigroup_dissimilarity") & (table["attribute"] == "tenure")]
    row = row.set_index("region")
    assert float(row.loc["helsinki_metro", "value"]) == pytest.approx(expected, abs=1e-12)
    assert set(row.index) == {"", "helsinki_metro", "tampere", "turku"}
    report = (tmp_path / "out" / "index.html").read_text()
    assert "Seudut rinnakkain" in report
    assert "eroaa eniten seuduilla pääkaupunkiseutu (0,229) ja Turun seutu (0,357)" in report
    for name in ("regions", "scale_regions"):
        assert f'src="figures/{name}.svg"' in report
        assert (tmp_path / "out" / "figures" / f"{name}.sv.png").exists()
    zones = gpd.read_file(tmp_path / "out" / "results.gpkg", layer="zones")
    assert set(zones["region"]) == {"helsinki_metro", "tampere", "turku"}
    maps = list((tmp_path / "out" / "maps").glob("*.sv.html"))
    assert len(maps) > 6
    for path in maps:
        names = [region["label"] for region in payload(path)["regions"]]
        assert names == ["Huvudstadsregionen", "Tammerforsregionen", "Åboregionen"]


def test_the_grid_of_the_helsinki_region_with_its_stops(helsinki, tmp_path):
    run(local_study("grid.toml", helsinki, tmp_path), tmp_path / "out")
    cells = gpd.read_file(helsinki / "hsy_population_grid_2021.gpkg")
    stops = gpd.read_file(helsinki / "public_transport_stops.gpkg").to_crs(3879)
    unknown = cells["inhabitants"] == 30_427
    lived = cells[~unknown]
    middle = np.column_stack([lived.geometry.centroid.x, lived.geometry.centroid.y])
    at = np.column_stack([stops.geometry.x, stops.geometry.y])
    near = np.array([np.hypot(*(at - point).T).min() for point in middle])
    people, within = lived["inhabitants"].to_numpy(), near <= 1000
    table = pd.read_csv(tmp_path / "out" / "tables" / "access.csv", keep_default_na=False)
    value = table[table["attribute"] == ""].set_index("measure")["value"]
    assert float(value["beyond_limit"]) == people[~within].sum()
    assert float(value["share_within_limit"]) == pytest.approx(people[within].sum() / people.sum())
    # Everybody counts in mean and median, those beyond the limit too.
    assert (~within & (people > 0)).any()
    mean = np.average(near, weights=people)
    # Three significant digits are published of a mean.
    assert float(value["mean"]) == pytest.approx(mean, rel=0.005)
    median = np.sort(np.repeat(near, people.astype(int)))[(int(people.sum()) - 1) // 2]
    assert float(value["median"]) == pytest.approx(median, rel=0.005)
    account = pd.DataFrame(
        json.loads((tmp_path / "out" / "manifest.json").read_text())["accounting"]
    )
    population = account[account["what"] == "population"].iloc[-1]
    assert population["before"] == cells["inhabitants"].sum() == 1_207_168
    assert population["excluded"] == 30_427
    assert population["after"] == lived["inhabitants"].sum()
    checks = pd.read_csv(tmp_path / "out" / "tables" / "checks.csv")
    assert {"density_implausible", "missing_declared", "crs_converted"} <= set(checks["rule"])


STUDY = """\
[study]
name = "Town"
[layers.zones]
path = "{path}"
id = "postinumeroalue"
[attributes.income]
universe = "persons"
groups = {{ low = "{column}", high = "hr_hy_tul" }}
"""


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"column": "hr_pi_tull"}, 2, "line 8, key attributes.income.groups.low: "),
        ({"path": "nothing.gpkg"}, 1, "no such file"),
    ],
)
def test_a_mistake_gets_one_message_and_leaves_the_result(
    helsinki, tmp_path, change, status, says
):
    good = {"path": helsinki / "paavo_2026.gpkg", "column": "hr_pi_tul"}
    study = tmp_path / "study.toml"
    study.write_text(STUDY.format(**{**good, **change}))
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text('{"outputs": {}}')
    done = command("run", study, "--out", out)
    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in out.iterdir()] == ["manifest.json"]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_column_of_regions_that_is_not_there_is_placed(small_town):
    with small_town.open("a") as file:
        file.write('[segregation]\nregions = "cel"\n')
    line = len(small_town.read_text().splitlines())
    done = command("check", small_town)
    assert done.returncode == 2
    assert f"line {line}, key segregation.regions: " in done.stderr
    assert "There is no column 'cel'" in done.stderr
    assert "Did you mean 'cell'?" in done.stderr


def test_a_check_tells_of_neighbours(small_town):
    with small_town.open("a") as file:
        file.write('[autocorrelation]\ngraph = { kind = "knn", k = 2 }\n')
    assert "neighbours_one_way" in command("check", small_town).stdout
    text = small_town.read_text()
    small_town.write_text(text.replace("k = 2", "k = 900"))
    done = command("check", small_town)
    assert done.returncode == 2
    assert "key autocorrelation.graph: k must be a whole number from 1 to" in done.stderr


def test_other_files_in_the_output_folder_are_an_error_before_any_work(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    done = command("demo", "--out", tmp_path)
    assert done.returncode == 1
    assert "notes.txt" in done.stderr
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_new_study_lists_the_columns_and_is_not_overwritten(helsinki, tmp_path):
    done = command("new", tmp_path / "town", "--zones", helsinki / "paavo_2026.gpkg")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "town" / "study.toml").read_text()
    assert "hr_pi_tul" in text
    assert json.loads((tmp_path / "town" / "study.schema.json").read_text())["properties"]
    assert command("new", tmp_path / "town").returncode == 2
    assert command("check", tmp_path / "town" / "study.toml").returncode == 2


def test_check_prints_what_was_found(helsinki, tmp_path):
    done = command("check", local_study("study.toml", helsinki, tmp_path))
    assert done.returncode == 0
    assert "1 242 534" in done.stdout
    assert "missing_declared" in re.sub(r"[│\s]", "", done.stdout)


def test_check_is_readable_at_80_columns_and_without_a_year(tmp_path):
    cells = [shapely.box(x, 6672000, x + 250, 6672250) for x in range(385000, 386000, 250)]
    town = gpd.GeoDataFrame({"id": list("abcd"), "low": [20, -7, 30, 1], "high": [30, 40, -1, -1]})
    town.set_geometry(cells).set_crs(3067).to_file(tmp_path / "town.gpkg")
    text = STUDY.format(path="town.gpkg", column="low").replace("hr_hy_tul", "high")
    (tmp_path / "study.toml").write_text(text.replace("postinumeroalue", "id"))
    done = command("check", tmp_path / "study.toml", env={**os.environ, "COLUMNS": "80"})
    assert done.returncode == 0, done.stderr
    words = set(done.stdout.split())
    assert {"layer", "rule", "severity", "count", "example", "action", "excluded"} <= words
    assert {"zones", "missing_suspected", "count_negative", "warning", "population"} <= words
    assert "high = -1:" in done.stdout
    assert "declare it in" in re.sub(r"\s+", " ", done.stdout)
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("module", ["typer", "kvarter.run", "geopandas", "kvarter.measures"])
def test_an_interruption_while_importing_gets_one_line(module, tmp_path):
    code = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *rest):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        f"sys.argv = ['kvarter', 'demo', '--out', {str(tmp_path / 'out')!r}]\n"
        "from kvarter.__main__ import main\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Interrupted.")
    assert "Traceback" not in done.stderr


def test_wrong_words_are_status_2_and_help_imports_nothing_heavy():
    assert command("frobnicate").returncode == 2
    code = (
        "import sys\nfrom kvarter.cli import app\n"
        "try:\n app(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'pandas', 'numba', 'folium', 'geopandas', 'esda'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Run a town of 40 cells with a dense corner, hidden counts and its own attribute housing."""
    folder = tmp_path_factory.mktemp("town")
    y, x = np.divmod(np.arange(40), 8)
    cells = shapely.box(385000 + 250 * x, 6672000 + 250 * y, 385250 + 250 * x, 6672250 + 250 * y)
    corner = (x < 2) & (y < 2)
    low = np.where(corner, 58, 20 + np.arange(40) % 7)
    low[[10, 20, 30, 39]] = [3, 4, 0, 5]
    frame = {"id": np.arange(40).astype(str), "low": low, "high": 100 - low}
    frame |= {"house": np.where(x < 4, 50, 0), "flat": np.where(x < 4, 0, 50)}
    gpd.GeoDataFrame(frame, geometry=cells, crs=3067).to_file(folder / "town.gpkg")
    (folder / "study.toml").write_text(
        '[study]\nname = "Town"\nlanguages = ["en"]\n'
        '[layers.zones]\npath = "town.gpkg"\nid = "id"\n'
        '[attributes.income]\nuniverse = "persons"\ngroups = { low = "low", high = "high" }\n'
        '[attributes.housing]\nuniverse = "dwellings"\n'
        'groups = { house = "house", flat = "flat" }\n'
        "[autocorrelation]\nlocal_permutations = 99\n"
        '[labels.en]\nhousing = "homes by roof"\n'
    )
    run(folder / "study.toml", folder / "out")
    return folder / "out"


def payload(path):
    text = path.read_text().split('id="payload">')[1].split("</script>")[0]
    return json.loads(text)


def summaries(path):
    return [variable["summary"] for variable in payload(path)["variables"]]


def test_findings_leave_out_what_layers_of_dwellings_count_and_nothing_else(town, demo):
    assert "live most apart by homes by roof" in (town / "index.html").read_text()
    report = (demo / "index.en.html").read_text()
    assert "Dwellings, not people, are counted by:" in report
    assert "Dwellings, not people" not in (town / "index.html").read_text()
    table = pd.read_csv(demo / "tables" / "segregation.csv").query("year == 2024")
    whole = table[table["index"] == "multigroup_dissimilarity"].set_index("attribute")["value"]
    assert f"live most apart by {Words('en').label(whole.idxmax())}" in report


def test_a_map_of_shares_says_what_it_does_not_show(town):
    zones = gpd.read_file(town / "results.gpkg", layer="zones")
    shown = zones["share_income_low"].notna().sum()
    assert shown < 40
    assert (zones["share_income_low"] == 0).any()
    low, _high = summaries(town / "maps" / "share_income.html")
    part = round((40 - shown) / 40, 2)
    assert low == (
        f"The figure is shown for {shown} of 40 zones; {part:.0%} of the people are in zones "
        "where it is hidden. Zero is shown and 1 to 9 is not, so the zones shown are not "
        "representative of all."
    )
    assert summaries(town / "maps" / "share_housing.html") == ["", ""]
    assert "1 to 9 is not" in (town / "index.html").read_text()


def test_a_map_says_where_the_test_could_not_decide(town):
    low, _high = summaries(town / "maps" / "clusters_income.html")
    assert low.startswith("0 of ")
    assert "could not decide: with 99 permutations" in low


def test_a_killed_run_leaves_the_earlier_result_whole(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text('{"outputs": {}}')
    line = [sys.executable, "-m", "kvarter", "demo", "--out", str(out)]
    for seconds in (1.0, 4.0):
        process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait()
        assert (out / "manifest.json").read_text() == '{"outputs": {}}'


GRID = """\
[study]
name = "Town"
[layers.zones]
path = {years}
cell = "cell"
[attributes.income]
universe = "persons"
groups = {{ low = "low", high = "high" }}
[layers.services]
path = "services.csv"
crs = "EPSG:3067"
x = "x"
y = "y"
id = "id"
kind = "kind"
opened = "opened"
"""


@pytest.fixture
def small_town(tmp_path):
    """Give a study of nine cells with two services that opened in 2010."""
    codes = [f"{250000 + 250 * i:06d}{6700000 + 250 * j:07d}" for i in range(3) for j in range(3)]
    frame = pd.DataFrame({"cell": codes, "low": range(20, 29), "high": range(40, 31, -1)})
    frame.to_csv(tmp_path / "zones.csv", index=False)
    at = {"x": [250100, 250600], "y": [6700100, 6700600], "opened": 2010}
    places = pd.DataFrame({"id": ["a", "b"], "kind": "school", **at})
    places.to_csv(tmp_path / "services.csv", index=False)
    study = tmp_path / "study.toml"
    study.write_text(GRID.format(years='{ 2008 = "zones.csv", 2024 = "zones.csv" }'))
    return study


def test_years_before_any_service_and_plans_that_close_all(small_town, tmp_path):
    with small_town.open("a") as file:
        file.write('[[scenario]]\nname = "None"\nclose_service = ["a", "b"]\n')
    run(small_town, tmp_path / "out")
    access = pd.read_csv(tmp_path / "out" / "tables" / "access.csv")
    assert set(access["scenario"]) == {"baseline"}
    assert set(access["year"]) == {2024}


def test_zones_and_scales_follow_the_study(small_town, tmp_path):
    with small_town.open("a") as file:
        file.write('[segregation]\nlocal = ["location_quotient"]\nneighbours = [200, 100000]\n')
    run(small_town, tmp_path / "out")
    zones = gpd.read_file(tmp_path / "out" / "results.gpkg", layer="zones")
    assert zones[["location_quotient_income_low", "distance_to_people_200"]].notna().all(axis=None)
    assert "local_divergence_income" not in zones
    assert "distance_to_people_100000" not in zones
    checks = pd.read_csv(tmp_path / "out" / "tables" / "checks.csv").set_index("rule")
    assert checks.loc["scale_beyond", "example"] == "100000"
    assert "scale_beyond" in command("check", small_town).stdout
    report = (tmp_path / "out" / "index.en.html").read_text()
    assert "There is no figure: it takes two scales or more. " in report
    assert "There are not as many as 100,000 of: income class." in report
    assert not (tmp_path / "out" / "figures" / "scale.svg").exists()
    assert (tmp_path / "out" / "figures" / "location_quotient.png").exists()
    page = (tmp_path / "out" / "maps" / "local.en.html").read_text()
    payload = json.loads(page.split('id="payload">')[1].split("</script>")[0])
    assert [variable["label"] for variable in payload["variables"]] == [
        "Location quotient: income class, low",
        "Location quotient: income class, high",
        "Distance to the nearest people: the 200 nearest people",
    ]
    assert [variable["unit"] for variable in payload["variables"]] == ["", "", "m"]


def test_figures_stand_beside_those_of_pysal(small_town, tmp_path):
    pytest.importorskip("segregation")
    run(small_town, tmp_path / "out", audit=True)
    table = pd.read_csv(tmp_path / "out" / "tables" / "audit.csv")
    assert " ".join(table.columns) == "attribute group other index value pysal difference note"
    assert (
        "segregation" in json.loads((tmp_path / "out" / "manifest.json").read_text())["versions"]
    )
    assert "Rinnalla toinen ohjelma" in (tmp_path / "out" / "index.html").read_text()


def test_without_pysal_an_audit_says_so_before_any_work(small_town, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LayerError, match=r"pip install kvarter\[audit\]"):
        run(small_town, tmp_path / "out", audit=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("regions", "says"), [(1, "one region only"), (0, "no region"), (27, "names 27 regions")]
)
def test_regions_that_cannot_be_compared(small_town, tmp_path, regions, says):
    codes = [f"{250000 + 250 * i:06d}{6700000 + 250 * j:07d}" for i in range(9) for j in range(3)]
    parts = [f"r{n % regions}" if regions else "" for n in range(27)]
    frame = pd.DataFrame({"cell": codes, "low": 20, "high": 40, "part": parts})
    frame.to_csv(tmp_path / "zones.csv", index=False)
    with small_town.open("a") as file:
        file.write('[segregation]\nregions = "part"\n')
    line = len(small_town.read_text().splitlines())
    with pytest.raises(StudyError, match=f"line {line}, key segregation.regions: .*{says}"):
        run(small_town, tmp_path / "out")


def test_kinds_that_differ_by_case_alone_are_refused(small_town, tmp_path):
    places = pd.read_csv(tmp_path / "services.csv")
    places["kind"] = ["school", "School"]
    places.to_csv(tmp_path / "services.csv", index=False)
    done = command("run", small_town, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "has both 'school' and 'School'" in done.stderr
