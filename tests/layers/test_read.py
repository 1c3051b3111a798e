"""Reading layers: every format gives the same places, and every fault gets one clear message."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.layers.checks import Checks
from kvarter.layers.errors import ColumnError, LayerError
from kvarter.layers.mapping import (
    Attribute,
    HousingLayer,
    NetworkLayer,
    RentalLayer,
    ServicesLayer,
    Variable,
    ZonesLayer,
)
from kvarter.layers.places import background, dwellings_by_zone, housing, rental, services
from kvarter.layers.zones import zones

CRS = "EPSG:3067"
INCOME = {"income": Attribute(universe="persons", groups={"low": "low", "high": "high"})}


def town() -> gpd.GeoDataFrame:
    corners = [(385000 + 250 * x, 6672000 + 250 * y) for y in range(3) for x in range(4)]
    cells = [shapely.box(x, y, x + 250, y + 250) for x, y in corners]
    low, high = np.arange(12) * 10, 200 - np.arange(12) * 10
    frame = {"id": [f"z{n}" for n in range(12)], "low": low, "high": high, "people": low + high}
    return gpd.GeoDataFrame(frame, geometry=cells, crs=CRS)


def read(path, checks=None, attributes=INCOME, **spec):
    spec = {"id": "id", "population": "people", **spec}
    checks = Checks() if checks is None else checks
    return zones(path, ZonesLayer(path=path.name, **spec), attributes, {}, CRS, checks)


def rules(checks: Checks) -> dict[str, int]:
    return {str(row["rule"]): int(row["count"]) for row in checks.rows}


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "fgb", "gdb", "parquet"])
def test_every_format_gives_the_same_zones(tmp_path, ending):
    path = tmp_path / f"town.{ending}"
    if ending == "parquet":
        town().to_parquet(path)
    else:
        driver = {"gdb": "OpenFileGDB"}.get(ending)
        town().to_file(path, driver=driver)
    found = read(path).sort_index()
    expected = town().set_index("id").sort_index()
    np.testing.assert_array_equal(found["income.low"], expected["low"])
    assert found.geometry.geom_equals(expected.geometry).all()
    assert (found.geom_type == "Polygon").all()
    assert found["population"].sum() == expected["people"].sum()


@pytest.mark.parametrize("kind", ["plain", "inspire", "points"])
def test_tables_have_codes_or_coordinates(tmp_path, kind):
    frame = pd.DataFrame(town().drop(columns="geometry"))
    corner = town().bounds
    if kind == "plain":
        frame["cell"] = [f"{x:.0f}{y:.0f}" for x, y in corner[["minx", "miny"]].to_numpy()]
        spec = {"cell": "cell"}
    else:
        steps = np.arange(12) * 1000
        frame["cell"] = [f"CRS3035RES1000mN{4000000 + s}E{5000000}" for s in steps]
        spec = {"cell": "cell"}
    path = tmp_path / "town.csv"
    if kind == "points":
        frame["x"], frame["y"] = corner["minx"].astype(str), corner["miny"].astype(str)
        frame["kind"] = "library"
        frame.to_csv(path, index=False, sep=";", decimal=",")
        layer = ServicesLayer(path=path.name, id="id", kind="kind", x="x", y="y", crs=CRS)
        town_zones = town().set_index("id")
        found = services(path, layer, CRS, Checks(), town_zones)
        assert found.geometry.x.tolist() == corner["minx"].tolist()
        return
    frame.to_csv(path, index=False)
    found = read(path, **spec)
    assert found["income.low"].tolist() == frame["low"].tolist()
    area = {"plain": 250.0**2, "inspire": 1e6}[kind]
    # A square of the European grid is a little larger or smaller in the national system.
    np.testing.assert_allclose(found.geometry.area, area, rtol=0.01)


def test_the_account_adds_up_and_names_every_fault(tmp_path):
    raw = town()
    raw["low"] = raw["low"].astype(float)
    raw.loc[1, "id"] = "z0"
    raw.loc[2, "low"] = -7
    raw.loc[3, "low"] = 2.5
    raw.loc[4, "people"] = 40_000
    raw.loc[5, ["low", "high", "people"]] = 0
    raw.loc[6, "geometry"] = None
    raw.loc[7, "geometry"] = shapely.Polygon(
        [(385750, 6672250), (386000, 6672500), (386000, 6672250), (385750, 6672500)]
    )
    raw.loc[8, "geometry"] = shapely.box(385000, 6672500, 385300, 6672750)
    raw.loc[9, "low"] = 999_999_999
    path = tmp_path / "town.gpkg"
    raw.to_file(path)
    checks = Checks()
    found = read(path, checks)
    fired = rules(checks)
    for rule in [
        "id_duplicate",
        "count_negative",
        "count_fraction",
        "density_implausible",
        "zone_nobody",
        "geometry_missing",
        "geometry_invalid",
        "geometry_overlap",
        "missing_suspected",
    ]:
        assert rule in fired, rule
    account = checks.accounting()
    people = account[account["what"] == "population"]
    assert people["before"].iloc[0] == raw["people"].sum()
    assert people["after"].iloc[-1] == found["population"].sum()
    assert (people["before"] - people["excluded"] == people["after"]).all()
    assert people["after"].tolist()[:-1] == people["before"].tolist()[1:]
    rows = account[account["what"] == "rows"]
    assert rows["before"].iloc[0] == 12
    assert rows["after"].iloc[-1] == len(found) == 9


def test_declared_codes_are_missing_and_not_counts(tmp_path):
    raw = town()
    raw.loc[2, "low"] = -1
    path = tmp_path / "town.gpkg"
    raw.to_file(path)
    checks = Checks()
    found = read(path, checks, missing=[-1])
    assert np.isnan(found["income.low"].iloc[2])
    assert rules(checks) == {"missing_declared": 1}


def test_minus_one_and_a_negative_number_that_repeats_are_taken_for_codes(tmp_path):
    raw = town().assign(median=25_000)
    raw.loc[[2, 5], ["low", "median"]] = -1
    raw.loc[3, "high"] = -5
    raw.loc[4, "high"] = -1
    path = tmp_path / "town.gpkg"
    raw.to_file(path)
    checks, spec = Checks(), ZonesLayer(path=path.name, id="id", population="people")
    found = zones(path, spec, INCOME, {"median": Variable(column="median")}, CRS, checks)
    rows = {row["example"].partition(":")[0]: row for row in checks.rows}
    code, slip, figure = rows["low = -1"], rows["high = -5"], rows["median = -1"]
    assert (code["rule"], code["count"]) == ("missing_suspected", 2)
    assert code["action"] == "no data: declare it in missing if it is a code"
    assert (slip["rule"], figure["rule"]) == ("count_negative", "missing_suspected")
    assert rows["high = -1"]["rule"] == "missing_suspected"
    assert found["income.low"].isna().sum() == 2
    assert (found["median"] == -1).sum() == 2


@pytest.mark.parametrize(
    ("change", "rule"), [(-30, "groups_below_total"), (30, "groups_exceed_total")]
)
def test_groups_are_compared_with_their_total(tmp_path, change, rule):
    raw = town()
    raw.loc[3, "low"] += change
    path = tmp_path / "town.gpkg"
    raw.to_file(path)
    checks = Checks()
    attribute = INCOME["income"].model_copy(update={"total": "people"})
    read(path, checks, {"income": attribute})
    assert rules(checks) == {rule: 1}


def test_the_rest_is_the_total_less_the_groups(tmp_path):
    path = tmp_path / "town.gpkg"
    town().to_file(path)
    attribute = Attribute(universe="persons", groups={"low": "low"}, total="people", rest="others")
    found = read(path, attributes={"income": attribute})
    np.testing.assert_array_equal(found["income.others"], town()["high"])


def test_swapped_axes_are_turned_round(tmp_path):
    raw = pd.DataFrame({"kind": "library", "x": [6672100, 385100], "y": [385100, 6672100]})
    path = tmp_path / "services.csv"
    raw.to_csv(path, index=False)
    checks = Checks()
    layer = ServicesLayer(path=path.name, kind="kind", x="x", y="y", crs=CRS)
    found = services(path, layer, CRS, checks, town().set_index("id"))
    assert found.geometry.x.tolist() == [385100, 385100]
    assert rules(checks)["axis_order_swapped"] == 1


def test_swapped_degrees_are_turned_round(tmp_path):
    path = tmp_path / "services.csv"
    pd.DataFrame({"kind": ["library"], "x": [60.17], "y": [24.94]}).to_csv(path, index=False)
    checks = Checks()
    layer = ServicesLayer(path=path.name, kind="kind", x="x", y="y", crs="EPSG:4326")
    found = services(path, layer, CRS, checks, town().set_index("id"))
    assert 6_670_000 < found.geometry.y.iloc[0] < 6_676_000
    assert rules(checks)["axis_order_swapped"] == 1


def test_a_coordinate_system_that_the_study_gives_wins(tmp_path):
    path = tmp_path / "town.gpkg"
    town().set_crs(3047, allow_override=True).to_file(path)
    checks = Checks()
    found = read(path, checks, crs=CRS)
    assert found.geometry.iloc[0].equals(town().geometry.iloc[0])
    assert rules(checks)["crs_overridden"] == 12


@pytest.mark.parametrize("wrong", [{"crs": "EPSG:999999"}, {"encoding": "klingon"}])
def test_what_a_study_says_of_a_file_must_be_known(wrong):
    with pytest.raises(ValueError, match="is no"):
        ServicesLayer(path="a.csv", kind="kind", **wrong)


def test_a_figure_of_nobody_is_no_figure(tmp_path):
    raw = town().assign(median=0.0)
    raw.loc[1:, "median"] = 25_000.0
    raw.loc[0, ["low", "high", "people"]] = 0
    path = tmp_path / "town.gpkg"
    raw.to_file(path)
    checks, spec = Checks(), ZonesLayer(path=path.name, id="id", population="people")
    found = zones(path, spec, INCOME, {"median": Variable(column="median")}, CRS, checks)
    assert np.isnan(found["median"].iloc[0])
    assert found["median"].notna().sum() == 11
    assert rules(checks)["value_of_nobody"] == 1


def test_dwellings_outside_every_zone_are_accounted_for(tmp_path):
    path = tmp_path / "housing.csv"
    frame = {"type": "block", "dwellings": [20, 7], "x": [385100, 395000], "y": 6672100}
    pd.DataFrame(frame).to_csv(path, index=False)
    layer = HousingLayer(path=path.name, type="type", dwellings="dwellings", x="x", y="y", crs=CRS)
    checks = Checks()
    housing(path, layer, CRS, checks, town().set_index("id"))
    account = checks.accounting().set_index("what").loc["dwellings"]
    assert account[["before", "excluded", "after"]].tolist() == [27, 7, 20]
    pd.DataFrame(frame).assign(x=395000).to_csv(path, index=False)
    with pytest.raises(LayerError, match="None of its places"):
        housing(path, layer, CRS, Checks(), town().set_index("id"))


def test_services_are_checked(tmp_path):
    raw = pd.DataFrame(
        {
            "kind": ["library", "library", None, "school", "school"],
            "places": [0, None, 5, 10, -5],
            "x": [385100, 385101, 385102, 395000, 385103],
            "y": [6672100, 6672100, 6672100, 6672100, 6672100],
        }
    )
    path = tmp_path / "services.csv"
    raw.to_csv(path, index=False)
    checks = Checks()
    layer = ServicesLayer(path=path.name, kind="kind", capacity="places", x="x", y="y", crs=CRS)
    found = services(path, layer, CRS, checks, town().set_index("id"))
    fired = rules(checks)
    assert fired["service_capacity_zero"] == 1
    assert fired["service_capacity_missing"] == 2
    assert fired["count_negative"] == 1
    assert fired["service_kind_missing"] == 1
    assert fired["service_outside"] == 1
    assert len(found) == 4


def test_a_rectangle_keeps_the_zones_in_it(tmp_path):
    path = tmp_path / "town.gpkg"
    raw = town()
    raw.loc[11, "geometry"] = None
    raw.to_file(path)
    checks = Checks()
    west, south = 385000, 6672000
    found = read(path, checks, bbox=[west + 200, south, west + 700, south + 300])
    assert found.index.tolist() == ["z1", "z2"]
    assert rules(checks) == {"outside_bbox": 9, "geometry_missing": 1}
    rows = checks.accounting().query("what == 'rows'")
    steps = rows[["before", "after", "reason"]].to_numpy().tolist()
    assert steps == [[12, 3, "outside_bbox"], [3, 2, "geometry_missing"]]
    with pytest.raises(
        LayerError, match=r"town.gpkg: No zone lies in bbox = .*within \[385000, 6672000, 386"
    ):
        read(path, bbox=[24, 60, 25, 61])
    for wrong in ([west, south, west, south + 1], [1, 2, 3], "all"):
        with pytest.raises(ValueError, match="bbox"):
            ZonesLayer(path="town.gpkg", bbox=wrong)
    for wrong in ("here", [1, 2, 3], [1, 2, 3, float("nan")]):
        with pytest.raises(ValueError, match="give four numbers") as told:
            ZonesLayer(path="town.gpkg", bbox=wrong)
        assert told.value.error_count() == 1


def test_text_in_another_encoding_is_read_and_told(tmp_path):
    path = tmp_path / "services.csv"
    path.write_bytes("kind;name;x;y\nlibrary;Hämeentie;385100;6672100\n".encode("cp1252"))
    checks = Checks()
    layer = ServicesLayer(path=path.name, kind="kind", name="name", x="x", y="y", crs=CRS)
    found = services(path, layer, CRS, checks, town().set_index("id"))
    assert found["name"].tolist() == ["Hämeentie"]
    assert "text_encoding" in rules(checks)


def served(tmp_path, content, checks=None, groups=(), **spec):
    path = tmp_path / "services.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    spec = {"id": "id", "kind": "kind", "x": "x", "y": "y", "crs": CRS, **spec}
    layer = ServicesLayer(path=path.name, **spec)
    return services(path, layer, CRS, checks or Checks(), town().set_index("id"), groups)


def test_a_service_is_meant_for_a_group_of_the_study_or_for_all(tmp_path):
    content = "id,kind,x,y,whom\na,school,385100,6672100,language.sv\nb,school,385100,6672100,\n"
    groups = ["language.fi", "language.sv"]
    assert served(tmp_path, content)["meant_for"].tolist() == ["", ""]
    found = served(tmp_path, content, groups=groups, meant_for="whom")
    assert found["meant_for"].to_dict() == {"a": "language.sv", "b": ""}
    with pytest.raises(ColumnError, match=r"'a' is for 'language.sw'.*Did you mean 'language.sv'"):
        served(tmp_path, content.replace("sv", "sw"), groups=groups, meant_for="whom")


def test_a_separator_at_the_end_of_rows_shifts_nothing(tmp_path):
    found = served(tmp_path, "x;y;id;kind\n385100;6672100;001;library;\n")
    assert found.index.tolist() == ["001"]
    assert found.geometry.x.tolist() == [385100]
    with pytest.raises(LayerError, match="more columns than its header"):
        served(tmp_path, "x;y;id;kind\n385100;6672100;001;library;5\n")


def test_utf_16_is_read_and_told(tmp_path):
    checks = Checks()
    content = "id,kind,x,y\n1,Hämeen kirjasto,385100,6672100\n".encode("utf-16")
    assert served(tmp_path, content, checks)["kind"].tolist() == ["Hämeen kirjasto"]
    assert [r["action"] for r in checks.rows if r["rule"] == "text_encoding"] == ["read as UTF-16"]


def test_only_an_empty_cell_of_a_table_is_empty(tmp_path):
    content = "id,kind,x,y\nNA,null,385100,6672100\nnan,None,385100,6672100\n"
    assert served(tmp_path, content)["kind"].to_dict() == {"NA": "null", "nan": "None"}
    with pytest.raises(LayerError, match=r"id_missing \(1\)"):
        served(tmp_path, "id,kind,x,y\n,library,385100,6672100\n")


def test_characters_that_no_figure_can_hold_are_left_out(tmp_path):
    found = served(tmp_path, "id,kind,x,y\na\x01b,lib\x1frary,385100,6672100\n")
    assert found["kind"].to_dict() == {"ab": "library"}


def test_ids_beside_an_empty_one_have_no_decimal_point(tmp_path):
    path = tmp_path / "services.gpkg"
    raw = town().iloc[:3].assign(id=[1, 2, None], kind="library")
    raw.set_geometry(raw.centroid).to_file(path)
    layer = ServicesLayer(path=path.name, id="id", kind="kind")
    found = services(path, layer, CRS, Checks(), town().set_index("id"))
    assert found.index.tolist() == ["1", "2"]


def test_leading_zeros_join_dwellings_to_their_building(tmp_path):
    path = tmp_path / "dwellings.csv"
    path.write_text("b,what,n,x,y\n000,block,20,385100,6672100\n001,block,5,385100,6672100\n")
    common = {"path": path.name, "dwellings": "n", "x": "x", "y": "y", "crs": CRS}
    checks, cells = Checks(), town().set_index("id")
    buildings = housing(path, HousingLayer(id="b", type="what", **common), CRS, checks, cells)
    rented = RentalLayer(building="b", landlord="what", **common)
    rental(path, rented, CRS, checks, cells, buildings)
    assert buildings.index.tolist() == ["000", "001"]
    assert set(rules(checks)) == {"crs_assumed"}


@pytest.mark.parametrize("wanted", [1, "1", [1, 7]])
def test_a_whole_number_is_found_beside_an_empty_one(tmp_path, wanted):
    path = tmp_path / "town.gpkg"
    town().assign(region=[1.0] * 5 + [2.0] * 6 + [np.nan]).to_file(path)
    assert len(read(path, where={"region": wanted})) == 5
    with pytest.raises(LayerError, match=r"No row has region = 3.*The column has: 1, 2"):
        read(path, where={"region": 3})


@pytest.mark.parametrize("ending", ["shp", "shx", "dbf"])
def test_a_shapefile_that_is_cut_off_is_an_error(tmp_path, ending):
    town().to_file(tmp_path / "town.shp")
    part = tmp_path / f"town.{ending}"
    part.write_bytes(part.read_bytes()[: part.stat().st_size * 2 // 3])
    with pytest.raises(LayerError, match=r"cut off: \d+ of its \d+ bytes"):
        read(tmp_path / "town.shp")


def test_the_areas_of_a_collection_are_kept_and_told(tmp_path):
    raw, path = town(), tmp_path / "town.gpkg"
    line = shapely.LineString([(385000, 6672000), (385300, 6672300)])
    raw.loc[0, "geometry"] = shapely.GeometryCollection([raw.geometry[0], line])
    # Made valid, an outline with a spike is an area and a line.
    corners = [(385250, 6672250), (385500, 6672250), (385500, 6672500), (385250, 6672500)]
    raw.loc[5, "geometry"] = shapely.Polygon([*corners, corners[0], (385200, 6672200)])
    raw.to_file(path)
    checks = Checks()
    found = read(path, checks)
    assert found.geometry.area.tolist() == [250.0**2] * 12
    assert set(found.geom_type) == {"Polygon"}
    assert rules(checks)["geometry_mixed"] == 2


def coded(tmp_path, low, checks, cells=None, **spec):
    """Read four cells from a table, with their numbers of people on low incomes as written."""
    path = tmp_path / "town.csv"
    cells = cells or ["3850006672000", "3852506672000", "3855006672000", "3857506672000"]
    frame = pd.DataFrame({"cell": cells, "low": low, "high": 50, "people": 90})
    frame.to_csv(path, index=False, sep=";")
    return read(path, checks, id=None, cell="cell", **spec)


def test_declared_codes_are_found_beside_text(tmp_path):
    checks = Checks()
    low = ["..", "999999999", "-1", "40"]
    found = coded(tmp_path, low, checks, missing=["..", 999999999, -1])
    assert found["income.low"].notna().tolist() == [False, False, False, True]
    assert rules(checks) == {"missing_declared": 3}


def test_numbers_as_people_write_them_are_read_and_told(tmp_path):
    checks = Checks()
    found = coded(tmp_path, ["1 173", "2\xa0000", "1 000,5", "40"], checks)
    assert found["income.low"].tolist() == [1173, 2000, 1000.5, 40]
    assert rules(checks)["number_format"] == 3
    # A comma between thousands, or a decimal one: of people, nobody can say.
    with pytest.raises(LayerError, match="'1,173' in row 3850006672000"):
        coded(tmp_path, ["1,173", "2,000", "1,000", "40"], Checks())


def test_a_row_without_a_cell_is_left_out_and_accounted_for(tmp_path):
    checks = Checks()
    cells = ["3850006672000", "3852506672000", "", "Yhteensä"]
    found = coded(tmp_path, ["1", "2", "3", "4"], checks, cells)
    assert len(found) == 2
    assert rules(checks) == {"cell_code_bad": 2}
    account = checks.accounting()
    assert set(account["reason"]) - {""} == {"cell_code_bad"}
    with pytest.raises(LayerError, match="expected the like of"):
        coded(tmp_path, ["1", "2", "3", "4"], checks, ["a", "b", "c", "d"])


def test_faults_of_both_signs_are_told_apart_in_the_account(tmp_path):
    raw, path = town(), tmp_path / "town.gpkg"
    raw["low"] = raw["low"].astype(float)
    raw.loc[0, "low"] = None
    raw.loc[1, "low"] += 100
    raw.to_file(path)
    checks = Checks()
    read(path, checks, {"income": INCOME["income"].model_copy(update={"total": "people"})})
    account = checks.accounting().query("what == 'income'")
    rows = account[["before", "excluded", "after", "reason"]].to_numpy().tolist()
    assert rows == [[2400, 200, 2200, "group_unknown"], [2200, -100, 2300, "groups_exceed_total"]]


def test_a_column_that_the_streets_lack_is_an_error(tmp_path):
    path = tmp_path / "streets.gpkg"
    town().set_geometry(town().boundary).to_file(path)
    with pytest.raises(ColumnError, match=r"\[layers.network\]"):
        background(path, NetworkLayer(path=path.name, rank="nope"), CRS, Checks(), "network")


def test_dwellings_are_counted_once_by_zone():
    cells = town().set_index("id")
    points = gpd.GeoDataFrame(
        {"type": ["block", "house", "block"], "dwellings": [20.0, 1.0, 5.0]},
        geometry=gpd.points_from_xy([385250, 385100, 1], [6672100, 6672100, 1]),
        crs=CRS,
    )
    counts = dwellings_by_zone(points, cells, "type")
    assert counts.sum().to_dict() == {"block": 20.0, "house": 1.0}
    assert counts.shape == (12, 2)


def faulty(tmp_path, kind):
    path = tmp_path / "town.gpkg"
    if kind == "cut":
        town().to_file(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    elif kind == "cut short":
        path = tmp_path / "town.fgb"
        town().to_file(path)
        path.write_bytes(path.read_bytes()[:-2200])
    elif kind == "cut parquet":
        path = tmp_path / "town.parquet"
        town().to_parquet(path)
        path.write_bytes(path.read_bytes()[:-200])
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("hello")
    elif kind == "no rows":
        town().iloc[:0].to_file(path)
    elif kind == "no crs":
        town().set_crs(None, allow_override=True).to_file(path)
    elif kind == "degrees":
        town().to_crs(4326).set_crs(3067, allow_override=True).to_file(path)
    elif kind == "elsewhere":
        town().set_geometry(town().translate(yoff=-6_000_000)).to_file(path)
    elif kind == "points":
        town().set_geometry(town().centroid).to_file(path)
    elif kind == "no geometry":
        path = tmp_path / "town.csv"
        town().drop(columns="geometry").to_csv(path, index=False)
    elif kind == "text counts":
        town().assign(low="many").to_file(path)
    return path


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("missing", "no such file"),
        ("cut", "Not readable as geographic data: damaged or cut off"),
        ("cut short", "Only 0 of its 12 rows"),
        ("cut parquet", "Not readable as GeoParquet: damaged or cut off"),
        ("empty", "0 bytes"),
        ("text", "Not readable as geographic data: no geographic data, or damaged"),
        ("no rows", "0 rows"),
        ("no crs", r"no coordinate system.*\[layers\.zones\]"),
        ("degrees", r"degrees.*\[layers\.zones\]"),
        ("elsewhere", r"No place lies.*\[layers\.zones\]"),
        ("points", "no area"),
        ("no geometry", "no geometry"),
        ("text counts", "holds text"),
    ],
)
def test_a_faulty_file_is_answered_with_file_fault_and_cure(tmp_path, kind, says):
    path = faulty(tmp_path, kind)
    with pytest.raises(LayerError, match=says) as caught:
        read(path)
    assert str(caught.value).count(str(path)) == 1
    assert "sqlite" not in str(caught.value)
    assert caught.value.cure


def test_a_column_that_is_not_there_is_answered_with_the_nearest(tmp_path):
    path = tmp_path / "town.gpkg"
    town().to_file(path)
    with pytest.raises(ColumnError, match="Did you mean 'people'"):
        read(path, population="peopel")
