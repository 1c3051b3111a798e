import esda
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.autocorrelation import local_g
from kvarter.geo import neighbours
from libpysal.graph import Graph


@pytest.mark.parametrize("star", [False, True])
def test_equals_esda(star: bool, patchy: tuple, paavo: tuple) -> None:
    for values, graph in (patchy, paavo):
        known = values.dropna()
        links = graph.subgraph(known.index)
        found = local_g(known, graph, star=star)
        linked = found["p_value"].notna()
        given = links.assign_self_weight(1) if star else links
        of_rows = esda.G_Local(known, given, transform="R", star=star, permutations=0)
        np.testing.assert_allclose(found["statistic"][linked], of_rows.Gs[linked], atol=1e-10)
        # With row-standardised weights, esda's score has the sum of weights for that of squares.
        binary = esda.G_Local(known, given, transform="B", star=star, permutations=0)
        np.testing.assert_allclose(found["z"][linked], binary.Zs[linked], atol=1e-10)


def test_published_six_points() -> None:
    # esda's documentation, `G_Local`: binary weights.
    points = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)], dtype=float)
    graph = Graph.build_distance_band(points, 15, binary=True)
    values = pd.Series([2, 3, 3.2, 5, 8, 7])
    plain = [-1.0136729, -0.04361589, 1.31558703, -0.31412676, 1.15373986, 1.77833941]
    np.testing.assert_allclose(local_g(values, graph)["z"], plain, atol=5e-9)
    star = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    np.testing.assert_allclose(local_g(values, graph, star=True)["z"], star, atol=5e-9)


def test_hot_is_where_draws_are_lower(patchy: tuple) -> None:
    values, graph = patchy
    found = local_g(values, graph, adjust=None)
    assert set(found["cluster"]) == {"hot spot", "cold spot", "not significant", ""}
    assert found.loc[found["cluster"] == "hot spot", "z"].min() > 1
    assert found.loc[found["cluster"] == "cold spot", "z"].max() < -1
    star = local_g(values, graph, star=True, adjust=None)
    assert star["p_value"].equals(found["p_value"])


def test_negative_values_have_a_score_and_no_ratio(patchy: tuple) -> None:
    values, graph = patchy
    found, moved = local_g(values, graph), local_g(values - 5, graph)
    assert moved[["statistic", "expected"]].isna().all(axis=None)
    np.testing.assert_allclose(moved["z"], found["z"])
    assert moved["p_value"].equals(found["p_value"])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), scale=st.floats(1e-3, 1e6), turned=st.booleans())
def test_scale_does_not_matter_and_hot_turns_cold(
    cells, seed: int, scale: float, turned: bool
) -> None:
    geometry = cells(5, 5)
    graph = neighbours.contiguity(geometry)
    values = pd.Series(np.random.default_rng(seed).normal(size=25), index=geometry.index)
    found = local_g(values, graph, permutations=199)
    other = local_g(values * (-scale if turned else scale), graph, permutations=199)
    np.testing.assert_allclose(other["z"], -found["z"] if turned else found["z"], atol=1e-6)
    assert other["p_value"].equals(found["p_value"])
