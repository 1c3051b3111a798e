from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.geo import neighbours
from libpysal.graph import Graph


@pytest.mark.parametrize("rook", [False, True])
@settings(max_examples=40, deadline=None)
@given(
    cells=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=70),
    seed=st.integers(0, 2**32),
)
def test_grids_with_holes_equal_libpysal(
    rook: bool, cells: set[tuple[int, int]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    column, row = rng.permutation(np.array(sorted(cells))).T * 250
    ids = [f"z{i}" for i in rng.permutation(len(row))]
    geometry = gpd.GeoSeries(shapely.box(column, row, column + 250, row + 250), index=ids)
    found = neighbours.contiguity(geometry, rook=rook)
    assert found == Graph.build_contiguity(geometry, rook=rook)
    assert found.unique_ids.tolist() == ids
    np.testing.assert_array_equal(
        found.sparse.todense(), Graph.build_contiguity(geometry, rook=rook).sparse.todense()
    )


def test_gaps_do_no_harm() -> None:
    x, y = np.divmod(np.arange(36), 6)
    whole = gpd.GeoSeries(shapely.box(x * 250, y * 250, x * 250 + 250, y * 250 + 250))
    gaps = gpd.GeoSeries(shapely.box(x * 250, y * 250, x * 250 + 249.995, y * 250 + 249.995))
    assert neighbours.contiguity(gaps) == Graph.build_contiguity(whole, rook=False)
    assert len(Graph.build_contiguity(gaps, rook=False).isolates) == 36


@pytest.mark.parametrize("rook", [False, True])
def test_real_areas_and_cells_equal_libpysal(helsinki: Path, rook: bool) -> None:
    areas = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue").geometry
    assert neighbours.contiguity(areas, rook=rook) == Graph.build_contiguity(areas, rook=rook)
    cells = gpd.read_file(helsinki / "hsy_population_grid_2021.gpkg").geometry
    found = neighbours.contiguity(cells, rook=rook)
    assert found == Graph.build_contiguity(cells, rook=rook)
    assert found.n == len(cells)


def test_islands_stay() -> None:
    cells = gpd.GeoSeries(shapely.box([0, 2, 3, 9], 0, [1, 3, 4, 10], 1), index=list("abcd"))
    graph = neighbours.contiguity(cells)
    assert graph.isolates.tolist() == ["a", "d"]
    assert graph.transform("r").sparse.sum() == 2


def test_zones_that_cannot_be_told_apart_or_have_no_area() -> None:
    cell = shapely.box(0, 0, 1, 1)
    with pytest.raises(ValueError, match="'a' is there twice"):
        neighbours.contiguity(gpd.GeoSeries([cell, cell], index=["a", "a"]))
    with pytest.raises(ValueError, match="'b' has no area"):
        neighbours.contiguity(gpd.GeoSeries([cell, None], index=["a", "b"]))
