import esda
import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.autocorrelation import moran
from kvarter.geo import neighbours
from libpysal.graph import Graph


def test_patchy_has_an_island(patchy: tuple[pd.Series, Graph]) -> None:
    assert patchy[1].isolates.tolist() == ["z23"]


def test_moran_equals_esda(patchy: tuple, paavo: tuple) -> None:
    for values, graph in (patchy, paavo):
        known = values.dropna()
        expected = esda.Moran(known, graph.subgraph(known.index), permutations=0)
        row = moran(pd.DataFrame({"x": values}), graph).iloc[0]
        assert row["value"] == pytest.approx(expected.I, abs=1e-10)
        assert row["expected"] == pytest.approx(expected.EI, abs=1e-10)
        assert row["z"] == pytest.approx(expected.z_rand, abs=1e-10)


def test_moran_equals_its_formula(paavo: tuple) -> None:
    values = paavo[0].dropna()
    links = paavo[1].subgraph(values.index)
    z = (values - values.mean()).to_dict()
    above = weight = 0.0
    for i in z:
        beside = list(links[i].index)
        for j in beside:
            above += z[i] * z[j] / len(beside)
            weight += 1 / len(beside)
    expected = len(z) / weight * above / sum(v**2 for v in z.values())
    found = moran(values.to_frame("x"), paavo[1])["value"].item()
    assert found == pytest.approx(expected, abs=1e-9)


def test_moran_p_value_against_esda(cells, patchy: tuple) -> None:
    geometry = cells(9, 8)
    graph = neighbours.contiguity(geometry)
    for seed in range(4):
        y = pd.Series(np.random.default_rng(seed).normal(size=72), index=geometry.index)
        np.random.seed(1)  # noqa: NPY002 - esda draws from the global state
        expected = esda.Moran(y, graph, permutations=1999)
        found = moran(y.to_frame("y"), graph, permutations=1999)["p_value"].item()
        assert found == pytest.approx(min(1, 2 * expected.p_sim), abs=0.08)
    clear = moran(pd.DataFrame({"x": patchy[0]}), patchy[1])
    assert clear["p_value"].item() == 0.002


def test_moran_is_seeded_and_each_variable_stands_alone(patchy: tuple) -> None:
    rng = np.random.default_rng(1)
    noise = pd.DataFrame(rng.normal(size=(64, 2)), index=patchy[0].index, columns=["a", "b"])
    both = moran(noise, patchy[1], seed=3)
    pd.testing.assert_frame_equal(both, moran(noise, patchy[1], seed=3))
    alone = moran(noise[["b"]], patchy[1], seed=3)
    pd.testing.assert_frame_equal(both.iloc[[1]].reset_index(drop=True), alone)
    assert both["p_value"].tolist() != moran(noise, patchy[1], seed=4)["p_value"].tolist()


def test_moran_leaves_out_missing_and_gives_reasons(patchy: tuple) -> None:
    values, graph = patchy
    frame = pd.DataFrame({"x": values, "same": 0.1, "few": np.nan, "none": np.nan})
    frame.iloc[:3, frame.columns.get_loc("few")] = [1, 2, 3]
    frame.iloc[5:7, 0] = np.nan
    table = moran(frame, graph).set_index("variable")
    assert table.loc["x", "note"] == "2 zones left out: value missing; 1 zone without neighbours"
    kept = frame["x"].dropna()
    links = graph.subgraph(kept.index)
    assert table.loc["x", "value"] == pytest.approx(esda.Moran(kept, links, permutations=0).I)
    assert table.loc["same", "note"].startswith("the same value everywhere")
    assert table.loc["few", "note"].startswith("fewer than 4 zones with a value; 61 zones left")
    assert table.loc["none", "note"].startswith("fewer than 4 zones with a value")
    assert table.loc[["same", "few", "none"], ["value", "z", "p_value"]].isna().all(axis=None)
