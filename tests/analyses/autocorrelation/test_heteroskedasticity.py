from itertools import permutations

import esda
import geopandas as gpd
import libpysal
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.analyses.autocorrelation import heteroskedasticity, local_heteroskedasticity
from kvarter.geo import neighbours
from libpysal.graph import Graph


def test_equals_esda(patchy: tuple, paavo: tuple) -> None:
    for values, graph in (patchy, paavo):
        known = values.dropna()
        # A zone without neighbours makes all of esda's figures NaN.
        links = graph.subgraph(known.index)
        kept = known.index[~known.index.isin(links.isolates)]
        expected = esda.losh.LOSH(links.subgraph(kept).transform("r"), "chi-square").fit(
            known[kept]
        )
        found = local_heteroskedasticity(
            values, graph, inference="chi_square", alternative="greater"
        )
        linked = found["p_value"].notna()
        assert found.index[linked].equals(kept)
        np.testing.assert_allclose(found.loc[kept, "statistic"], expected.Hi, atol=1e-10)
        np.testing.assert_allclose(found.loc[kept, "p_value"], expected.pval, atol=1e-10)
        z = (expected.Hi - 1) / np.sqrt(expected.VarHi)
        np.testing.assert_allclose(found.loc[kept, "z"], z, atol=1e-8)


def test_published_homicides_around_st_louis() -> None:
    # The values of PySAL's own test of `LOSH`.
    graph = Graph.from_W(libpysal.io.open(libpysal.examples.get_path("stl.gal")).read())
    rate = libpysal.io.open(libpysal.examples.get_path("stl_hom.txt")).by_col["HR8893"]
    values = pd.Series(rate, index=graph.unique_ids, dtype=float)
    found = local_heteroskedasticity(values, graph, inference="chi_square", alternative="greater")
    assert found["statistic"].iloc[0] == pytest.approx(0.77613471)
    assert found["p_value"].iloc[0] == pytest.approx(0.22802201)


def plain(x: np.ndarray, beside: list[list[int]]) -> list[float]:
    e = [(x[i] - np.mean(x[beside[i]])) ** 2 for i in range(len(x))]
    return [np.mean([e[j] for j in beside[i]]) / np.mean(e) for i in range(len(x))]


def test_p_values_are_those_of_all_possible_maps(cells) -> None:
    geometry = cells(2, 3)
    graph = neighbours.contiguity(geometry, rook=True)
    beside = [[int(j[1:]) for j in graph[f"z{i}"].index] for i in range(6)]
    x = np.random.default_rng(3).gamma(2, size=6)
    every = np.array([plain(x[list(order)], beside) for order in permutations(range(6))])
    here, draws = np.array(plain(x, beside)), 4999
    for alternative, exact in (
        ("greater", (every >= here - 1e-11).mean(axis=0)),
        ("less", (every <= here + 1e-11).mean(axis=0)),
    ):
        found = local_heteroskedasticity(
            pd.Series(x, index=geometry.index),
            graph,
            permutations=draws,
            alternative=alternative,
            adjust=None,
        )
        np.testing.assert_allclose(found["statistic"], here)
        error = 4.5 * np.sqrt(exact * (1 - exact) / draws) + 1 / draws
        assert (np.abs(found["p_value"] - exact) <= error).all()


def test_maps_are_seeded_and_the_same_in_pieces(
    patchy: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = local_heteroskedasticity(*patchy, seed=5)
    pd.testing.assert_frame_equal(whole, local_heteroskedasticity(*patchy, seed=5))
    other = local_heteroskedasticity(*patchy, seed=6)
    assert not whole["p_value"].equals(other["p_value"])
    monkeypatch.setattr(heteroskedasticity, "_BLOCK", 3000)
    in_pieces = local_heteroskedasticity(*patchy, seed=5)
    # Another size of block is another order of drawing.
    np.testing.assert_allclose(in_pieces["p_value"], whole["p_value"], atol=0.15)


def test_where_the_spread_is_wide(cells) -> None:
    geometry = cells(15, 15)
    east = geometry.centroid.x > 7
    noise = np.random.default_rng(1).normal(size=225)
    values = pd.Series(np.where(east, 5.0, 0.2) * noise, index=geometry.index)
    found = local_heteroskedasticity(values, neighbours.contiguity(geometry), most=9999)
    assert (found["cluster"][east] == "heterogeneous").sum() > 5
    assert (found["cluster"][~east] == "homogeneous").sum() > 30
    assert not (found["cluster"][east] == "homogeneous").any()


def test_no_zone_differs_from_its_neighbours() -> None:
    geometry = gpd.GeoSeries(shapely.box([0, 1, 5, 6], 0, [1, 2, 6, 7], 1))
    values = pd.Series([1.0, 1, 7, 7])
    found = local_heteroskedasticity(values, neighbours.contiguity(geometry))
    assert set(found["note"]) == {heteroskedasticity.FLAT}
    assert found[["statistic", "p_value"]].isna().all(axis=None)


def test_no_spread_and_mistakes(cells, patchy: tuple) -> None:
    geometry = cells(2, 2)
    turns = pd.Series([0.0, 1, 1, 0], index=geometry.index)
    for inference in ("permutation", "chi_square"):
        found = local_heteroskedasticity(
            turns, neighbours.contiguity(geometry), inference=inference
        )
        assert (found["p_value"] == 1).all()
        assert found["z"].isna().all()
    with pytest.raises(
        ValueError, match="inference is 'bootstrap'; there are 'permutation', 'chi"
    ):
        local_heteroskedasticity(*patchy, inference="bootstrap")
