import esda
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
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


@pytest.mark.parametrize("unequal", [False, True])
def test_star_draws_the_zone_too(unequal: bool, patchy: tuple) -> None:
    values, graph = patchy
    if unequal:
        weights = graph.adjacency * (1 + np.arange(len(graph.adjacency)) % 3)
        graph = Graph(weights)
    found = local_g(values, graph, star=True, adjust=None, permutations=9999)
    rng, y = np.random.default_rng(7), values.to_numpy()
    maps = rng.permuted(np.tile(y, (4000, 1)), axis=1)
    for zone in ("z0", "z5", "z40", "z71"):
        near = graph[zone]
        weight = np.append(near.to_numpy(), near.max())
        here = weight @ np.append(values[near.index], values[zone])
        drawn = maps[:, : len(weight)] @ weight
        tails = (drawn >= here - 1e-9).mean(), (drawn <= here + 1e-9).mean()
        side = tails[0] if found.loc[zone, "z"] > 0 else tails[1]
        assert found.loc[zone, "p_value"] == pytest.approx(min(1, 2 * side), abs=0.04)


def test_no_class_contradicts_the_score() -> None:
    # A zone of 0 between the highest two of a row.
    row = gpd.GeoSeries(shapely.box(np.arange(200), 0, np.arange(1, 201), 1))
    values = pd.Series(np.where(np.arange(200) % 2, 9.0, 8.0))
    values[20] = 0.0
    values[[18, 19, 21, 22]] = 9.1
    graph = neighbours.contiguity(row)
    found = local_g(values, graph, star=True, adjust=None, permutations=9999)
    assert found.loc[20, "z"] < -2.4
    assert found.loc[20, "cluster"] == "cold spot"
    assert local_g(values, graph, adjust=None).loc[20, "cluster"] == "hot spot"
    # All but few sums are below their mean here.
    skewed = pd.Series(np.arange(200.0))
    skewed[3] = 1e6
    for star in (False, True):
        found = local_g(skewed, graph, star=star, adjust=None, alpha=0.2)
        assert (found.loc[found["cluster"] == "hot spot", "z"] > 0).all()
        assert (found.loc[found["cluster"] == "cold spot", "z"] < 0).all()


def test_scores_keep_their_digits_at_a_high_level(patchy: tuple) -> None:
    values, graph = patchy
    for star in (False, True):
        low, high = (local_g(y, graph, star=star)["z"] for y in (values, values + 2.0**34))
        np.testing.assert_allclose(high, low, rtol=1e-9, atol=1e-9)


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
