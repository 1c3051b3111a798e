from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.geo import grid


@pytest.mark.parametrize(
    ("code", "bounds", "crs"),
    [
        ("CRS3035RES1000mN3420000E4321000", (4321000, 3420000, 4322000, 3421000), 3035),
        ("CRS3035RES250mN3420250E4321500", (4321500, 3420250, 4321750, 3420500), 3035),
        ("RES100mN3420200E4321100", (4321100, 3420200, 4321200, 3420300), 3035),
        ("1kmN3420E4321", (4321000, 3420000, 4322000, 3421000), 3035),
        ("1kmE4321N3420", (4321000, 3420000, 4322000, 3421000), 3035),
        ("100kmN34E43", (4300000, 3400000, 4400000, 3500000), 3035),
        ("250mN342025E432150", (4321500, 3420250, 4321750, 3420500), 3035),
        ("25mN3420025E4321075", (4321075, 3420025, 4321100, 3420050), 3035),
        (" 1kmn3420e4321 ", (4321000, 3420000, 4322000, 3421000), 3035),
        ("3852506672000", (385250, 6672000, 385500, 6672250), 3067),
        (3852506672000, (385250, 6672000, 385500, 6672250), 3067),
        (3852506672000.0, (385250, 6672000, 385500, 6672250), 3067),
        (852506672000, (85250, 6672000, 85500, 6672250), 3067),
    ],
)
def test_codes_of_every_kind(code: object, bounds: tuple, crs: int) -> None:
    cells = grid.from_codes(pd.Series([code], index=["x"], name="cell"))
    assert tuple(cells.bounds.loc["x"]) == bounds
    assert cells.crs.to_epsg() == crs
    assert cells.name == "cell"


def test_what_is_no_code_can_be_left_out() -> None:
    codes = pd.Series(["total", "3850006672000", None], index=["x", "y", "z"])
    cells = grid.from_codes(codes, errors="coerce")
    assert cells.isna().to_dict() == {"x": True, "y": False, "z": True}
    assert cells.crs.to_epsg() == 3067
    # A code of a cell that lies amiss is a mistake in the size, and every such one is.
    with pytest.raises(ValueError, match="row 2 is no south-western corner"):
        grid.from_codes(codes, size=1500, errors="coerce")


def test_size_is_of_plain_codes_only() -> None:
    assert grid.from_codes(pd.Series([3850006672000]), size=1000).area.item() == 1e6
    assert grid.from_codes(pd.Series(["1kmN3420E4321"]), size=250).area.item() == 1e6


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["1kmN3420E4321", "rubbish"], "row 2 is 'rubbish'"),
        (["1kmN3420E4321", None], "row 2 is missing"),
        ([3852506672000, np.nan], "row 2 is missing"),
        (["385250667200"[:11]], "row 1 is '38525066720'"),
        (["CRS3067RES250mN6672000E385250"], "row 1 is"),
        (["3852516672000"], "row 1 is no south-western corner of a cell of 250 m"),
        (["3851256672125"], "row 1 is no south-western corner"),
        (["0kmN3420E4321"], "row 1 is no south-western corner"),
        (["1kmN3420E4321", "3852506672000"], "row 2 is of another kind"),
    ],
)
def test_first_bad_code_is_named(codes: list, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        grid.from_codes(pd.Series(codes))


def test_no_codes_and_bad_size() -> None:
    assert len(grid.from_codes(pd.Series([], dtype=str))) == 0
    with pytest.raises(ValueError, match="side of a cell"):
        grid.from_codes(pd.Series([3852506672000]), size=0)


def squares(row: np.ndarray, column: np.ndarray, size: float, wobble: np.ndarray) -> gpd.GeoSeries:
    x, y = column * size + 25_470_000, row * size + 6_680_000
    return gpd.GeoSeries(
        shapely.box(
            x + wobble[0], y + wobble[1], x + size + wobble[2], y + size + wobble[3], ccw=False
        )
    )


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=80),
    st.sampled_from([100.0, 250.0, 1000.0, 249.99]),
    st.integers(0, 2**32),
)
def test_cells_with_gaps_of_millimetres_are_found(
    cells: set[tuple[int, int]], size: float, seed: int
) -> None:
    row, column = np.array(sorted(cells)).T
    wobble = np.random.default_rng(seed).uniform(-0.008, 0.008, (4, len(row)))
    found = grid.detect(squares(row, column, size, wobble))
    assert found is not None
    assert found.size == pytest.approx(size, abs=0.02)
    np.testing.assert_array_equal(found.row, row - row.min())
    np.testing.assert_array_equal(found.column, column - column.min())
    assert found.row.dtype == np.int64


def test_hsy_grid(helsinki: Path) -> None:
    cells = gpd.read_file(helsinki / "hsy_population_grid_2021.gpkg").geometry
    found = grid.detect(cells)
    assert found is not None
    assert found.size == pytest.approx(250, abs=0.001)
    bounds = cells.bounds
    np.testing.assert_array_equal(
        found.column, np.rint((bounds["minx"] - bounds["minx"].min()) / 250)
    )
    np.testing.assert_array_equal(
        found.row, np.rint((bounds["miny"] - bounds["miny"].min()) / 250)
    )


def test_what_is_no_grid(helsinki: Path) -> None:
    cell = shapely.box(0, 0, 250, 250)
    notched = shapely.difference(cell, shapely.box(200, 200, 250, 250))
    turned = shapely.affinity.rotate(cell, 45)
    off = shapely.box(500, 10, 750, 260)
    for shapes in (
        [],
        [None],
        [shapely.Polygon()],
        [shapely.Point(0, 0)],
        [cell, cell],
        [cell, off],
        [cell, notched],
        [turned],
        [cell, shapely.box(250, 0, 260, 10)],
        [shapely.box(0, 0, 250, 500)],
        [shapely.box(300 * x, 0, 300 * x + 250, 250) for x in range(4)],
        [shapely.MultiPolygon([cell, shapely.box(250, 0, 500, 250)])],
    ):
        assert grid.detect(gpd.GeoSeries(shapes)) is None
    assert grid.detect(gpd.read_file(helsinki / "paavo_2026.gpkg").geometry) is None
