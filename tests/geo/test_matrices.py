"""Matrices that others have computed."""

import gzip

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from kvarter.geo import matrices

ZONES, SERVICES = pd.Index(["1", "2", "3"]), pd.Index([9, 8])
R5 = {"transit": "travel_time"}


def table(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["from_id", "to_id", "travel_time"])


def test_no_route_is_left_out_and_names_are_numbers_or_texts() -> None:
    frame = table((1, 9, 12), (2, 9, -1), (3, 9, np.nan), (1, 8, 0), (2, 8, 30), (77, 8, 5))
    costs = matrices.from_frame(frame, ZONES, SERVICES, modes=R5)["transit"]
    assert costs.to_dict("list") == {
        "zone": ["1", "1", "2"], "service": [8, 9, 8], "cost": [0.0, 12.0, 30.0]
    }  # fmt: skip
    assert costs.attrs == {"unit": "minutes", "left_out": 1}
    assert costs["zone"].cat.categories.tolist() == ["1", "2", "3"]
    # r5py names places by text or number; a missing one makes floats of them.
    for kind in (str, float):
        again = matrices.from_frame(
            frame.astype({"from_id": kind} if kind is float else {"from_id": int}).astype(
                {"from_id": kind}
            ),
            ZONES, SERVICES, modes=R5,
        )["transit"]  # fmt: skip
        pd.testing.assert_frame_equal(again, costs)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("m.csv", lambda f, p: f.to_csv(p, index=False)),
        ("m.csv.gz", lambda f, p: f.to_csv(p, index=False)),
        ("m.txt", lambda f, p: f.to_csv(p, index=False, sep=";")),
        ("m.tsv", lambda f, p: f.to_csv(p, index=False, sep="\t", encoding="utf-8-sig")),
        ("m.parquet", lambda f, p: f.to_parquet(p)),
    ],
)
def test_files_of_every_kind_are_read_alike(tmp_path, name, write) -> None:
    frame = table((1, 9, 12.5), (2, 9, -1), (3, 9, np.nan), (77, 8, 5), (1, 8, 2))
    write(frame, tmp_path / name)
    costs = matrices.read(tmp_path / name, ZONES, SERVICES, modes=R5)["transit"]
    pd.testing.assert_frame_equal(
        costs, matrices.from_frame(frame, ZONES, SERVICES, modes=R5)["transit"]
    )
    assert costs.attrs["left_out"] == 1


def test_the_helsinki_travel_time_matrix_by_three_modes(helsinki, tmp_path) -> None:
    real = gpd.read_file(helsinki / "travel_times_to_railway_station.gpkg", ignore_geometry=True)
    modes = {"walk": "walk_t", "transit": "pt_r_tt", "car": "car_r_t"}
    zones, station = pd.Index(real["from_id"].astype(str)), pd.Index(["5975375"])
    # As its publisher delivers it: a text file for each destination.
    files = [tmp_path / "travel_times_to_ 5975375.txt", tmp_path / "travel_times_to_ 1.txt"]
    real.to_csv(files[0], sep=";", index=False)
    real.assign(to_id=1).to_csv(files[1], sep=";", index=False)
    tables = matrices.read(files, zones, station, modes=modes)
    assert list(tables) == list(modes)
    for mode, column in modes.items():
        known = real[(real[column] >= 0) & (real["to_id"] == 5975375)]
        got = tables[mode].set_index("zone")["cost"]
        assert got.to_dict() == dict(
            zip(known["from_id"].astype(str), known[column].astype(float), strict=True)
        )
        assert tables[mode].attrs["left_out"] == len(real) + (real["to_id"] != 5975375).sum()
    assert (real["pt_r_tt"] == -1).any()


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        (table((1, 9, -2)), {}, "travel_time from 1 to 9 is -2;.*-1 or an empty cell"),
        (table((1, 9, np.inf)), {}, "is inf"),
        (table((1, 9, "soon")), {}, "is 'soon'"),
        (table((1, 9, 3), (2, 9, 4), (1, 9, 5)), {}, "from 1 to 9 is there twice; keep one"),
        (table((4, 9, 3)), {}, "no row of the matrix.* from 4 to 9,.*zones such as '1' and serv"),
        (table(("1.0", "9.0", 3)), {}, "first is from '1.0' to '9.0', and the .*same names"),
        (table((1, 7, 3)), {}, "no row of the matrix"),
        (table((1, 9, 3)), {"modes": {"walk": "walk_t"}}, "no column 'walk_t'; it has 'from_id'"),
        (table((1, 9, 3)), {"modes": {}}, "modes names no column"),
        (table((1, 9, 3)), {"origin": "id"}, "no column 'id'"),
        (table((1, 9, 3)), {"unit": "hours"}, "unit must be"),
        (table((1, 9, 3)), {"zones": pd.Index([1, "1"])}, "two zones are called '1'"),
    ],
)
def test_bad_matrices_are_answered_with_a_cure(frame, options, said) -> None:
    given = {"zones": ZONES, "services": SERVICES, "modes": R5} | options
    with pytest.raises(ValueError, match=said):
        matrices.from_frame(frame, **given)


def test_empty_cells_and_quoted_lines_are_no_damage(tmp_path) -> None:
    text = 'from_id,to_id,travel_time\n1,9,"4"\n2,9,\n"3",9,""\n\n'
    (tmp_path / "m.csv").write_text(text)
    costs = matrices.read(tmp_path / "m.csv", ZONES, SERVICES, modes=R5)["transit"]
    assert costs["zone"].tolist() == ["1"]
    (tmp_path / "m.csv").write_text('from_id,to_id,note,travel_time\n1,9,"two\nlines",5\n2,9,,\n')
    costs = matrices.read(tmp_path / "m.csv", ZONES, SERVICES, modes=R5)["transit"]
    assert costs["cost"].tolist() == [5.0]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.csv", b"", "m.csv is damaged, cut off or no table"),
        ("m.csv", b"from_id,to_id\n1,9\n", "m.csv has no column 'travel_time'"),
        ("m.csv", b"from_id,to_id,travel_time\n5,9,3\n", "no row of"),
        ("m.csv", b"from_id,to_id,travel_time\n1.0,9.0,3\n", "first is from '1.0' to '9.0',"),
        ("m.csv", b"from_id;to_id;travel_time\n1;9;4\n2;9\n", "'2;9' has fewer columns than"),
        ("m.csv", b"from_id;to_id;travel_time\n1;9;4\n2;9;\n3", "m.csv is damaged.*'3' has few"),
        ("m.csv.gz", gzip.compress(b"to_id,from_id,travel_time\n9,1,2\n9,"), "'9,' has fewer"),
        ("m.csv.gz", b"from_id", "damaged"),
        ("m.parquet", b"PAR1 and no more", "m.parquet is damaged"),
    ],
)
def test_bad_files_are_named(tmp_path, name, content, said) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=said):
        matrices.read(tmp_path / name, ZONES, SERVICES, modes=R5)
    with pytest.raises(ValueError, match=r"none.csv is not there"):
        matrices.read(tmp_path / "none.csv", ZONES, SERVICES, modes=R5)
    with pytest.raises(ValueError, match="at least one file"):
        matrices.read([], ZONES, SERVICES, modes=R5)
