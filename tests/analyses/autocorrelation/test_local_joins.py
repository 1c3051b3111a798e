from fractions import Fraction
from itertools import combinations
from math import comb

import esda
import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.autocorrelation import local_join_count
from kvarter.geo import neighbours
from libpysal.graph import Graph
from scipy import sparse


@pytest.fixture(scope="module")
def things(cells) -> tuple:
    geometry = cells(3, 4)
    rng = np.random.default_rng(3)
    x, y = (pd.Series(rng.binomial(1, 0.6, 12), index=geometry.index) for _ in range(2))
    return x, y, neighbours.contiguity(geometry, rook=True)


def joins(x: pd.Series, y: pd.Series, kind: str, i: str, js: list[str]) -> int:
    """Count the joins of a zone with these others."""
    if kind == "one":
        return sum(x[i] * x[j] for j in js)
    if kind == "together":
        return sum(x[i] * y[i] * x[j] * y[j] for j in js)
    return sum(x[i] * (1 - y[i]) * y[j] * (1 - x[j]) for j in js)


@pytest.mark.parametrize("kind", ["one", "apart", "together"])
def test_p_values_are_those_of_all_possible_draws(kind: str, things: tuple) -> None:
    x, y, graph = things
    options = {} if kind == "one" else {"other": y, "colocated": kind == "together"}
    greater = local_join_count(x, graph, alternative="greater", adjust=None, **options)
    less = local_join_count(x, graph, alternative="less", adjust=None, **options)
    both = local_join_count(x, graph, adjust=None, **options)
    tested = 0
    for i in x.index:
        beside = list(graph[i].index)
        here = joins(x, y, kind, i, beside)
        assert greater.loc[i, "statistic"] == here
        able = {"one": x[i], "together": x[i] * y[i], "apart": x[i] * (1 - y[i])}[kind]
        if not able:
            assert np.isnan(greater.loc[i, "p_value"])
            assert greater.loc[i, "note"].startswith("not tested")
            continue
        tested += 1
        draws = combinations([j for j in x.index if j != i], len(beside))
        every = [joins(x, y, kind, i, list(js)) for js in draws]
        above, below = np.mean(np.array(every) >= here), np.mean(np.array(every) <= here)
        assert greater.loc[i, "p_value"] == pytest.approx(above)
        assert less.loc[i, "p_value"] == pytest.approx(below)
        assert both.loc[i, "p_value"] == pytest.approx(min(1, 2 * min(above, below)))
        assert greater.loc[i, "expected"] == pytest.approx(np.mean(every))
        if np.std(every):
            z = (here - np.mean(every)) / np.std(every)
            assert greater.loc[i, "z"] == pytest.approx(z)
    assert tested >= 2


def test_published_four_by_four(cells) -> None:
    # esda's documentation, `Join_Counts_Local` and `Join_Counts_Local_BV`: 4 × 4 cells, rook.
    geometry = cells(4, 4)
    graph = neighbours.contiguity(geometry, rook=True)
    x = pd.Series([0] * 8 + [1] * 8, index=geometry.index)
    y = pd.Series([0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1], index=geometry.index)
    one = local_join_count(x, graph)["statistic"]
    assert one.tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 3, 2, 2, 3, 3, 2]
    apart = local_join_count(x, graph, other=y)["statistic"]
    assert apart.tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]
    together = local_join_count(x, graph, other=y, colocated=True)["statistic"]
    assert together.tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 2, 2]


def test_equals_esda(patchy: tuple) -> None:
    values, graph = patchy
    kept = values.index[~values.index.isin(graph.isolates)]
    x = (values > 6).astype(float)[kept]
    y = (values % 3 > 0).astype(float)[kept]
    links = graph.subgraph(kept)
    esdas = esda.Join_Counts_Local(connectivity=links).fit(x, permutations=0).LJC
    order = kept.sort_values()
    assert local_join_count(x, links)["statistic"][order].tolist() == esdas.tolist()
    for case, colocated in (("BJC", False), ("CLC", True)):
        of_two = esda.Join_Counts_Local_BV(connectivity=links).fit(x, y, case, permutations=0).LJC
        found = local_join_count(x, links, other=y, colocated=colocated)
        assert found["statistic"][order].tolist() == of_two.tolist()


def test_classes_and_adjustment_over_the_tested(cells) -> None:
    geometry = cells(12, 12)
    graph, centre = neighbours.contiguity(geometry), geometry.centroid
    x = (((centre.x - 3).abs() < 3) & ((centre.y - 3).abs() < 3)).astype(int)
    x.iloc[-1] = 1
    found = local_join_count(x, graph)
    assert (found["cluster"] != "").sum() == x.sum()
    middle = (centre.x == 2.5) & (centre.y == 2.5)
    assert found.loc[middle, "cluster"].item() == "cluster"
    assert found["cluster"].iloc[-1] == "not significant"
    alone = local_join_count((1 - x).where(~middle, 1), graph)
    assert alone.loc[middle, "cluster"].item() == "outlier"


def test_neither_nought_nor_one(patchy: tuple) -> None:
    with pytest.raises(ValueError, match="'z0' has neither 0 nor 1"):
        local_join_count(patchy[0] + 5, patchy[1])


def test_everything_or_nothing_is_there(patchy: tuple) -> None:
    everywhere = local_join_count(patchy[0] * 0 + 1, patchy[1])
    assert "the same value everywhere" in set(everywhere["note"])
    assert everywhere["p_value"].isna().all()
    once = local_join_count((patchy[0].index == "z8") * patchy[0] ** 0, patchy[1])
    assert once["p_value"].dropna().tolist() == [1.0]
    assert once.loc["z8", "statistic"] == 0


def test_an_exact_p_value_is_never_0() -> None:
    # 300 of 1,000 zones have it, and the first 250 neighbour each other.
    near = 1 - np.eye(250)
    matrix = sparse.block_array([[near, None], [None, sparse.csr_array((750, 750))]]).tocsr()
    graph = Graph.from_sparse(matrix)
    has = pd.Series((np.arange(1000) < 300) * 1)
    found = local_join_count(has, graph, adjust=None, alternative="greater")
    p = found["p_value"][:250].unique()
    exact = Fraction(comb(299, 249), comb(999, 249))
    assert p == pytest.approx([float(exact)], rel=1e-6)
    larger = sparse.csr_array(1 - np.eye(2500))
    matrix = sparse.block_array([[larger, None], [None, sparse.csr_array((2500, 2500))]]).tocsr()
    many = local_join_count(pd.Series((np.arange(5000) < 2500) * 1), Graph.from_sparse(matrix))
    assert many["p_value"].dropna().min() > 0
    assert many["p_adjusted"].dropna().min() > 0
