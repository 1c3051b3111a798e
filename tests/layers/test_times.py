"""Travel times that were given: of pairs, and from places to one service."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.geo import travel
from kvarter.layers import ColumnError, LayerError, load
from kvarter.layers.disclosure import coarse
from kvarter.layers.mapping import Attribute, LayersTable, TravelTimes
from pydantic import ValidationError

CRS = "EPSG:3067"
INCOME = {"income": Attribute(universe="persons", groups={"low": "low", "high": "high"})}
WEST, SOUTH = 385_000, 6_672_000


def at(x: float, y: float) -> shapely.Point:
    return shapely.Point(WEST + x, SOUTH + y)


def cell(x: float, side: float) -> shapely.Polygon:
    return shapely.box(WEST + x, SOUTH, WEST + x + side, SOUTH + side)


def save(folder: Path, name: str, shapes: list, **columns) -> None:
    gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_parquet(folder / name)


def town(folder: Path, times: dict, **layers) -> LayersTable:
    """Write four zones of 1 km in a row and two schools; the last zone is called otherwise."""
    cells = [cell(1000 * n, 1000) for n in range(4)]
    save(folder, "zones.parquet", cells, id=["01", "02", "03", "04"], low=[10] * 4, high=[20] * 4)
    save(folder, "schools.parquet", [at(500, 510), at(2500, 510)], id=["s", "t"])
    tables = {
        "zones": {"path": "zones.parquet", "id": "id"},
        "services": {"path": "schools.parquet", "id": "id", "one_kind": "school"},
        "travel_times": times,
        **layers,
    }
    return LayersTable(**tables)


def read(folder: Path, table: LayersTable):
    return load(table, INCOME, {}, CRS, folder)


def costs(layers, year=None) -> dict:
    return {
        mode: table.set_index(["zone", "service"])["cost"].to_dict()
        for mode, table in layers.travel_times(year).items()
    }


def found(layers) -> dict:
    rows = layers.checks[layers.checks["layer"] == "travel_times"]
    out: dict = {}
    for rule, example in zip(rows["rule"], rows["example"], strict=True):
        out.setdefault(rule, []).append(example)
    return out


PAIRS = "from_id;to_id;walk;pt\n01;s;7;9\n02;s;20;-1\n02;t;;12\n09;t;5;5\n03;u;4;4\n"


def test_pairs_become_a_table_a_mode(tmp_path) -> None:
    (tmp_path / "pairs.csv").write_text(PAIRS)
    times = {"path": "pairs.csv", "modes": {"walk": "walk", "transit": "pt"}}
    layers = read(tmp_path, town(tmp_path, times))
    assert costs(layers) == {
        "walk": {("01", "s"): 7, ("02", "s"): 20},
        "transit": {("01", "s"): 9, ("02", "t"): 12},
    }
    table = layers.travel_times(None)["walk"]
    travel.check(table)
    assert table.attrs == {"unit": "minutes"}
    assert table["zone"].cat.categories.tolist() == ["01", "02", "03", "04"]
    assert table["service"].cat.categories.tolist() == ["s", "t"]
    assert found(layers) == {
        "time_unused": ["pairs.csv"],
        "zone_time_missing": ["03, 04 (walk)", "03, 04 (transit)"],
        "service_time_missing": ["t (walk)"],
    }
    assert [o.path for o in layers.provenance if o.layer == "travel_times"] == ["pairs.csv"]


def test_files_of_r5py_and_of_the_helsinki_matrix_are_read(tmp_path) -> None:
    pairs = {"from_id": ["01", "02"], "to_id": ["t", "t"], "travel_time": [3.0, np.nan]}
    pd.DataFrame(pairs).to_parquet(tmp_path / "r5py.parquet")
    times = {"path": "r5py.parquet", "modes": {"car": "travel_time"}}
    assert costs(read(tmp_path, town(tmp_path, times))) == {"car": {("01", "t"): 3}}

    head = "from_id;to_id;walk_t;walk_d;pt_r_t\n"
    (tmp_path / "to_s.txt").write_text(head + "01;s;40;900;22\n02;s;-1;-1;35\n")
    (tmp_path / "to_t.txt").write_text(head + "01;t;50;990;24\n")
    times = {"path": ["to_s.txt", "to_t.txt"], "modes": {"walk": "walk_d"}, "unit": "metres"}
    layers = read(tmp_path, town(tmp_path, times))
    assert costs(layers) == {"walk": {("01", "s"): 900, ("01", "t"): 990}}
    assert layers.travel_times(None)["walk"].attrs == {"unit": "metres"}
    origin = next(o for o in layers.provenance if o.layer == "travel_times")
    assert (origin.path, len(origin.sha256)) == ("to_s.txt and 1 more", 64)


def test_each_year_has_its_zones(tmp_path) -> None:
    (tmp_path / "pairs.csv").write_text(PAIRS)
    times = {"path": "pairs.csv", "modes": {"walk": "walk"}}
    table = town(tmp_path, times)
    old = gpd.read_parquet(tmp_path / "zones.parquet").iloc[[1, 2]]
    old.to_parquet(tmp_path / "old.parquet")
    path = {"2016": "old.parquet", "2024": "zones.parquet"}
    zones = table.zones.model_copy(update={"path": path})
    layers = read(tmp_path, table.model_copy(update={"zones": zones}))
    assert costs(layers, 2016) == {"walk": {("02", "s"): 20}}
    assert len(costs(layers, 2024)["walk"]) == 2
    assert costs(layers, 1999) == {}


def test_homes_take_the_time_of_the_place_they_lie_in(tmp_path) -> None:
    times = {"path": "cells.gpkg", "to": "t", "modes": {"walk": "walk"}}
    homes = {"path": "homes.parquet", "people": "people"}
    table = town(tmp_path, times, homes=homes)
    places = [cell(0, 500), cell(500, 500), cell(1000, 500), cell(2000, 500), cell(2500, 500)]
    minutes = [10, 20, 30, -1, 8]
    gpd.GeoDataFrame({"walk": minutes}, geometry=places, crs=CRS).to_file(tmp_path / "cells.gpkg")
    # By zone: homes in both its cells; one of two in a cell; most where there is no route; none.
    where = [100, 600, 1100, 1700, 2100, 2600]
    people = [29, 11, 5, 5, 60, 40]
    save(tmp_path, "homes.parquet", [at(x, 100) for x in where], people=people)
    layers = read(tmp_path, table)
    assert costs(layers) == {"walk": {("01", "t"): 12.5, ("02", "t"): 30}}
    assert found(layers) == {
        "zone_time_missing": ["03, 04 (walk)"],
        "service_time_missing": ["s (walk)"],
    }


def test_the_mean_does_not_tell_how_many_live_in_a_house(tmp_path) -> None:
    times = {"path": "cells.parquet", "to": "s", "modes": {"walk": "walk", "car": "car"}}
    table = town(tmp_path, times, homes={"path": "homes.parquet", "people": "people"})
    places = [cell(0, 300), cell(300, 300), cell(600, 300)]
    save(tmp_path, "cells.parquet", places, walk=[10, 70, 45], car=[8, 2, 19])
    told = []
    for people in ([2, 14, 27], [4, 11, 33], [1, 9, 29]):
        save(tmp_path, "homes.parquet", [at(x, 100) for x in (100, 400, 700)], people=people)
        told.append(costs(read(tmp_path, table)))
    assert told[0] == told[1] == told[2]
    mean = told[0]["walk"]["01", "s"]
    assert mean == pytest.approx((5 * 10 + 10 * 70 + 30 * 45) / 45)


def test_without_homes_the_places_count_alike(tmp_path) -> None:
    times = {"path": "cells.parquet", "to": "s", "modes": {"walk": "walk"}}
    table = town(tmp_path, times)
    places = [cell(0, 500), cell(500, 500), cell(1000, 500), cell(2000, 500)]
    save(tmp_path, "cells.parquet", places, walk=["10", "21,0", "30", ""])
    assert costs(read(tmp_path, table)) == {"walk": {("01", "s"): 15.5, ("02", "s"): 30}}

    save(tmp_path, "cells.parquet", [place.centroid for place in places], walk=[10, 20, 30, -1])
    assert costs(read(tmp_path, table)) == {"walk": {("01", "s"): 15, ("02", "s"): 30}}
    homes = [at(250, 700), at(760, 250), at(1100, 250), at(1800, 250)]
    save(tmp_path, "homes.parquet", homes, people=[30, 10, 10, 10])
    homes = {"path": "homes.parquet", "people": "people"}
    table = town(tmp_path, times, homes=homes)
    save(tmp_path, "cells.parquet", [place.centroid for place in places], walk=[10, 20, 30, -1])
    # Half of the second zone live farther than 500 m from every point.
    assert costs(read(tmp_path, table)) == {"walk": {("01", "s"): 12.5, ("02", "s"): 30}}


@pytest.mark.parametrize(
    ("content", "more", "says"),
    [
        ("from_id,to_id,t\n01,s,-7\n", {}, r"t from '01' to 's' is '-7'; a cost is a number of 0"),
        ("from_id,to_id,t\n01,s,x\n", {}, r"t from '01' to 's' is 'x'; a cost is"),
        ("from_id,to_id,t\n01,s,1\n01,s,2\n", {}, r"the way .* is there twice"),
        (
            "from_id,to_id,t\nAA,BB,1\n",
            {},
            r"no row of .* from 'AA' to 'BB', and the study has zones such as '01' and serv",
        ),
        ("from_id,to_id,time\n01,s,1\n", {}, r"no column 't', which \[layers.trav.*from_id, to_i"),
        ("from_id,to_id,t\n1,s,1\n", {"origin": "from"}, r"no column 'from'.* mean 'from_id'"),
        ("from_id,to_id,t\n01,s,inf\n", {}, r"t from '01' to 's' is 'inf'; a cost is"),
        ('from_id,to_id,t\n"01,s,1\n', {}, r"damaged, cut off or no table"),
        ("", {}, r"The file is empty"),
    ],
)
def test_a_faulty_matrix_is_answered(tmp_path, content, more, says) -> None:
    (tmp_path / "pairs.csv").write_text(content)
    table = town(tmp_path, {"path": "pairs.csv", "modes": {"car": "t"}, **more})
    with pytest.raises(LayerError, match=rf"(?is)pairs\.csv: .*{says}"):
        read(tmp_path, table)


def test_files_that_are_not_there_are_told(tmp_path) -> None:
    (tmp_path / "pairs.csv").write_text(PAIRS)
    times = {"path": ["pairs.csv", "pars.csv"], "modes": {"walk": "walk"}}
    with pytest.raises(LayerError, match=r"pars.csv: There is no such file. Did you mean 'pai"):
        read(tmp_path, town(tmp_path, times))
    with pytest.raises(LayerError, match=r"It is a folder\. Name the files in it"):
        read(tmp_path, town(tmp_path, {**times, "path": "."}))
    short = tmp_path / "short.parquet"
    pd.DataFrame({"from_id": ["01"], "to_id": ["s"], "walk": [1]}).to_parquet(short)
    short.write_bytes(short.read_bytes()[:-20])
    with pytest.raises(LayerError, match=r"short.parquet: .*damaged, cut off.*\[layers.travel"):
        read(tmp_path, town(tmp_path, {**times, "path": "short.parquet"}))


@pytest.mark.parametrize(
    ("walk", "change", "says"),
    [
        ([10, -2], {}, r"cells.gpkg: .*: walk from 1 to 's' is -2.0; a cost is"),
        (["a", "b"], {}, r"cells.gpkg: Column 'walk' holds text, such as 'a'"),
        ([10, 20], {"to": "ss"}, r"the id 'ss'. Did you mean 's'"),
        ([10, 20], {"to": "school s"}, r"Ids are those of the column that id in \[layers.service"),
    ],
)
def test_faulty_times_to_one_service_are_answered(tmp_path, walk, change, says) -> None:
    times = {"path": "cells.gpkg", "to": "s", "modes": {"walk": "walk"}, **change}
    table = town(tmp_path, times)
    frame = gpd.GeoDataFrame({"walk": walk}, geometry=[cell(0, 500), cell(500, 500)], crs=CRS)
    frame.to_file(tmp_path / "cells.gpkg")
    with pytest.raises(LayerError, match=says):
        read(tmp_path, table)


def test_places_of_another_town_or_without_the_column_are_told(tmp_path) -> None:
    times = {"path": "cells.gpkg", "to": "s", "modes": {"walk": "walk"}}
    table = town(tmp_path, times, homes={"path": "homes.parquet", "people": "people"})
    save(tmp_path, "homes.parquet", [at(100, 100)], people=[1])
    far = gpd.GeoDataFrame({"walk": [1]}, geometry=[cell(90_000, 500)], crs=CRS)
    far.to_file(tmp_path / "cells.gpkg")
    with pytest.raises(LayerError, match=r"cells.gpkg: No home lies in any of its places"):
        read(tmp_path, table)
    far.rename(columns={"walk": "walk_t"}).to_file(tmp_path / "cells.gpkg")
    with pytest.raises(ColumnError, match=r"'walk', which modes in .*Did you mean 'walk_t'"):
        read(tmp_path, table)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"modes": {}}, "at least 1 item"),
        ({"where": {"a": 1}}, "a file of pairs has no places; leave out where, or name the serv"),
        ({"to": "s", "origin": "a"}, "a file of places has no pairs; leave out origin"),
        ({"to": "s", "path": ["a", "b"]}, "with to, path is one file"),
        ({"path": []}, "at least 1 item"),
        ({"modes": {"straight_line": "t"}}, "name it otherwise"),
        ({"unit": "hours"}, "'minutes' or 'metres'"),
    ],
)
def test_the_two_shapes_are_told_apart(spec, says) -> None:
    with pytest.raises(ValidationError, match=says):
        TravelTimes(**{"path": "a.csv", "modes": {"car": "t"}, **spec})


def test_travel_times_lead_to_services() -> None:
    with pytest.raises(ValidationError, match=r"add \[layers.services\]"):
        LayersTable(
            zones={"path": "a.gpkg"}, travel_times={"path": "a.csv", "modes": {"car": "t"}}
        )


def test_the_way_to_the_railway_station_is_the_mean_over_homes(tmp_path, helsinki) -> None:
    (tmp_path / "station.csv").write_text("id,name,x,y\nrail,Railway station,24.9414,60.1719\n")
    table = LayersTable(
        zones={
            "path": str(helsinki / "paavo_2026.gpkg"),
            "where": {"region": "helsinki_metro"},
            "id": "postinumeroalue",
            "missing": [-1],
        },
        services={
            "path": "station.csv", "id": "id", "one_kind": "station", "x": "x", "y": "y",
            "crs": "EPSG:4326",
        },
        homes={
            "path": str(helsinki / "hsy_population_grid_2021.gpkg"),
            "people": "inhabitants",
            "missing": [999999999],
        },
        travel_times={
            "path": str(helsinki / "travel_times_to_railway_station.gpkg"),
            "to": "rail",
            "modes": {"walk": "walk_t", "transit": "pt_r_tt", "car": "car_r_t"},
        },
    )  # fmt: skip
    income = {"income": Attribute(universe="persons", groups={"low": "hr_pi_tul"})}
    layers = load(table, income, {}, CRS, tmp_path)
    times = layers.travel_times(None)
    assert list(times) == ["walk", "transit", "car"]

    cells = gpd.read_file(helsinki / "travel_times_to_railway_station.gpkg")
    homes = gpd.read_file(helsinki / "hsy_population_grid_2021.gpkg").to_crs(CRS)
    homes = homes.set_geometry(homes.representative_point())
    homes["weight"] = coarse(homes["inhabitants"], 10)
    for zone in ["00100", "02920", "01480"]:
        area = layers.zones[None].geometry[zone]
        spent = lived = 0.0
        for home in homes[homes.within(area)].itertuples():
            inside = cells[cells.contains(home.geometry)]
            minutes = inside["pt_r_tt"].iloc[0] if len(inside) else -1
            if minutes >= 0:
                spent += home.weight * minutes
                lived += home.weight
        got = times["transit"].set_index("zone")["cost"][zone]
        assert got == pytest.approx(spent / lived, rel=1e-12)
    assert len(times["car"]) > 150
    # The people without an address are all in one cell.
    rows = layers.checks[layers.checks["layer"] == "homes"].set_index("rule")["count"]
    assert rows["density_implausible"] == 1


def test_a_place_that_is_there_twice_counts_once(tmp_path) -> None:
    places = [cell(1000 * n, 1000) for n in (0, 1, 0)]
    save(tmp_path, "times.parquet", places, car=[4.0, 8.0, 20.0])
    times = {"path": "times.parquet", "to": "s", "modes": {"car": "car"}}
    layers = read(tmp_path, town(tmp_path, times))
    assert costs(layers) == {"car": {("01", "s"): 4, ("02", "s"): 8}}
    assert found(layers)["geometry_duplicate"] == ["row 2"]


def test_places_need_a_service_and_names_have_their_key(tmp_path) -> None:
    gpd.GeoDataFrame({"car": [4.0]}, geometry=[at(0, 0)], crs=CRS).to_file(tmp_path / "t.gpkg")
    times = {"path": "t.gpkg", "modes": {"car": "car"}}
    with pytest.raises(LayerError, match=r"It holds places.* to = … in \[layers.travel_times\]"):
        read(tmp_path, town(tmp_path, times))
    with pytest.raises(ColumnError) as told:
        read(tmp_path, town(tmp_path, {**times, "to": "x"}))
    assert told.value.table == "layers.travel_times.to"
    with pytest.raises(ColumnError) as told:
        read(tmp_path, town(tmp_path, {**times, "to": "s", "modes": {"car": "cra"}}))
    assert (told.value.table, told.value.found) == ("layers.travel_times", "cra")
    (tmp_path / "pairs.csv").write_text(PAIRS)
    with pytest.raises(ColumnError) as told:
        read(tmp_path, town(tmp_path, {"path": "pairs.csv", "modes": {"walk": "wlak"}}))
    assert (told.value.table, told.value.found) == ("layers.travel_times", "wlak")
