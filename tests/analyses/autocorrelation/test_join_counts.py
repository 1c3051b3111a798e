import itertools

import esda
import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.autocorrelation import join_counts, measure
from kvarter.geo import neighbours
from libpysal.graph import Graph


def plain(codes: dict, links: list, categories: list) -> dict[str, float]:
    """Count joins in a loop over links, each of both ways half."""
    pairs = itertools.combinations_with_replacement(categories, 2)
    counts = {f"{r}{s}": 0.0 for r, s in pairs}
    for i, j in links:
        counts["".join(sorted((codes[i], codes[j])))] += 0.5
    counts[""] = sum(v for pair, v in counts.items() if pair[0] != pair[1])
    return counts


def one_sided() -> Graph:
    focal, near = [*"aabbccde"], [*"bcadbeba"]
    return Graph.from_arrays([*focal, "f"], [*near, "f"], [*np.ones(8), 0])


def test_counts_and_moments_over_all_orders() -> None:
    graph = one_sided()
    links = [(i, j) for i, j in graph.adjacency[graph.adjacency > 0].index]
    values = pd.Series([*"xxyzxy"], index=[*"abcdef"])
    found = join_counts(values, graph, permutations=9)
    found.index = found["category"] + found["other"]
    drawn = pd.DataFrame(
        [
            plain(dict(zip("abcdef", order, strict=True)), links, [*"xyz"])
            for order in itertools.permutations(values)
        ]
    )
    for key in found.index:
        value, mean = drawn.loc[0, key], drawn[key].mean()
        assert found.loc[key, "value"] == value, key
        assert found.loc[key, "expected"] == pytest.approx(mean), key
        score = (value - mean) / drawn[key].std(ddof=0) if drawn[key].std() > 0 else np.nan
        assert found.loc[key, "z"] == pytest.approx(score, nan_ok=True), key


def test_variances_of_cliff_and_ord(patchy: tuple) -> None:
    values, graph = patchy
    kinds = pd.cut(values, [-1, 4, 7, 99], labels=["few", "some", "many"])
    found = join_counts(kinds, graph, permutations=9).set_index(["category", "other"])
    n, many = len(kinds), kinds.value_counts()
    degrees = graph.cardinalities
    s0, s1, s2 = degrees.sum(), 2 * degrees.sum(), 4 * (degrees**2).sum()
    two, three, four = (np.prod([float(n - i) for i in range(k)]) for k in (2, 3, 4))
    for r, s in itertools.combinations_with_replacement(["few", "some", "many"], 2):
        a, b = float(many[r]), float(many[s])
        if r == s:
            mean = s0 * a * (a - 1) / two / 2
            square = s1 * a * (a - 1) / two + (s2 - 2 * s1) * a * (a - 1) * (a - 2) / three
            square += (s0**2 + s1 - s2) * a * (a - 1) * (a - 2) * (a - 3) / four
        else:
            mean = s0 * a * b / two
            square = 2 * s1 * a * b / two + (s2 - 2 * s1) * a * b * (a + b - 2) / three
            square += 4 * (s0**2 + s1 - s2) * a * (a - 1) * b * (b - 1) / four
        row = found.loc[(r, s)]
        assert row["expected"] == pytest.approx(mean)
        score = (row["value"] - mean) / (square / 4 - mean**2) ** 0.5
        assert row["z"] == pytest.approx(score, rel=1e-9)


def test_two_categories_are_those_of_measure_and_of_esda(patchy: tuple) -> None:
    values, graph = patchy
    high = (values > 5).astype(float)
    found = join_counts(high, graph, seed=3)
    names = [f"join_count_{kind}" for kind in ("ww", "bw", "bb", "bw")]
    both = measure(high.to_frame("high"), graph, statistics=names, seed=3)
    both = both.set_index("statistic").loc[names]
    columns = ["value", "expected", "z", "p_value"]
    np.testing.assert_allclose(found[columns], both[columns])
    links = graph.subgraph(graph.unique_ids.difference(graph.isolates, sort=False))
    joins = esda.Join_Counts(high[links.unique_ids], links, permutations=0)
    assert found["value"].tolist() == [joins.ww, joins.bw, joins.bb, joins.bw]


def test_example_of_pysal(cells) -> None:
    # The lattice of 4 × 4 in the documentation of `esda.join_counts`, its upper half black.
    geometry = cells(4, 4)
    colours = pd.Series(["white"] * 8 + ["black"] * 8, index=geometry.index)
    found = join_counts(colours, neighbours.contiguity(geometry, rook=True))
    assert found["value"].tolist() == [10, 4, 10, 4]
    assert found["expected"][0] == pytest.approx(24 * (8 * 7) / (16 * 15))


def test_random_maps_are_found_as_often_as_the_level_says(cells) -> None:
    geometry = cells(6, 6)
    graph = neighbours.contiguity(geometry)
    rng = np.random.default_rng(21)
    wrong = 0
    for _ in range(200):
        kinds = pd.Series(rng.choice([*"xyz"], 36), index=geometry.index)
        found = join_counts(kinds, graph, permutations=99)
        wrong += found["p_value"].iloc[-1] <= 0.05
    # Counts are equal in many orders, and equal ones are not called rare: less than the level.
    assert 0 < wrong <= scipy.stats.binom.isf(0.001, 200, 0.05)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([*"wxyz"]), min_size=6, max_size=6))
def test_counts_add_up_to_the_number_of_joins(kinds: list) -> None:
    graph = one_sided()
    found = join_counts(pd.Series(kinds, index=[*"abcdef"]), graph, permutations=3)
    if len(set(kinds)) == 1:
        assert found["note"].str.startswith("the same category everywhere").all()
        return
    pairs = found[found["statistic"] == "join_count"]
    joins = (graph.adjacency > 0).sum() / 2
    assert pairs["value"].sum() == joins
    assert pairs["expected"].sum() == pytest.approx(joins)
    different = pairs.loc[pairs["category"] != pairs["other"], "value"].sum()
    assert found["value"].iloc[-1] == different


def test_missing_categories_and_reasons(patchy: tuple) -> None:
    values, graph = patchy
    kinds = pd.Series(np.where(values > 5, "high", "low"), index=values.index).astype(object)
    kinds.iloc[[0, 5]] = None
    found = join_counts(kinds, graph, permutations=99)
    assert set(found["note"]) == {"2 zones left out: category missing; 1 zone without neighbours"}
    part = kinds.dropna()
    alone = join_counts(part, graph.subgraph(part.index), permutations=99)
    pd.testing.assert_frame_equal(found.drop(columns="note"), alone.drop(columns="note"))
    few = join_counts(kinds.head(3), graph)
    assert (
        few["note"].iloc[0]
        == "fewer than 4 zones with a category; 1 zone left out: category missing"
    )
    assert few[["value", "z", "p_value"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="alternative is 'both'"):
        join_counts(kinds, graph, alternative="both")
