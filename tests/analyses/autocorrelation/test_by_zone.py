import esda
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import shapely
from kvarter.analyses import autocorrelation
from kvarter.analyses.autocorrelation import _draws, local_moran, moran
from kvarter.geo import neighbours
from libpysal.graph import Graph


def test_local_statistic_equals_esda(patchy: tuple, paavo: tuple) -> None:
    for values, graph in (patchy, paavo):
        known = values.dropna()
        links = graph.subgraph(known.index)
        expected = esda.Moran_Local(known, links, permutations=0)
        found = local_moran(values, graph, alpha=1).loc[known.index]
        linked = found["note"] == ""
        np.testing.assert_allclose(found.loc[linked, "statistic"], expected.Is[linked], atol=1e-10)
        quadrant = {1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}
        assert found.loc[linked, "cluster"].tolist() == [quadrant[q] for q in expected.q[linked]]


def plain_p_values(values: pd.Series, graph: Graph, permutations: int) -> pd.DataFrame:
    """Draw for each zone on its own; give p, mean and standard deviation of the statistic."""
    rng = np.random.default_rng(99)
    z = (values - values.mean()).to_dict()
    scale = (len(z) - 1) / sum(v**2 for v in z.values())
    rows = {}
    for i in z:
        if i in graph.isolates:
            continue
        beside = list(graph[i].index)
        others = [z[j] for j in z if j != i]
        observed = scale * z[i] * sum(z[j] for j in beside) / len(beside)
        drawn = [
            scale * z[i] * rng.choice(others, len(beside), replace=False).sum() / len(beside)
            for _ in range(permutations)
        ]
        larger = sum(d >= observed - 1e-12 for d in drawn)
        smaller = sum(d <= observed + 1e-12 for d in drawn)
        p = min(1, 2 * (min(larger, smaller) + 1) / (permutations + 1))
        rows[i] = (p, np.mean(drawn), np.std(drawn))
    return pd.DataFrame.from_dict(rows, "index", columns=["p", "mean", "sd"])


def test_local_p_values_against_a_plain_loop(patchy: tuple) -> None:
    values, graph = patchy
    expected = plain_p_values(values, graph, 1500)
    found = local_moran(values, graph, permutations=9999).loc[expected.index]
    # Four standard errors of a tail's share of 1,500 draws, doubled by the second tail.
    tail = (expected["p"] / 2).clip(0.002, 0.5)
    error = 2 * 4 * np.sqrt(tail * (1 - tail) / 1500)
    assert ((found["p_value"] - expected["p"]).abs() <= error).all()
    sd = expected["sd"]
    assert ((found["expected"] - expected["mean"]).abs() <= 4.5 * sd / 1500**0.5 + 1e-9).all()
    z = (found["statistic"] - expected["mean"]) / sd
    np.testing.assert_allclose(found["z"], z, atol=0.05 * z.abs().max())


def test_local_moments_over_all_draws() -> None:
    from itertools import permutations

    y = np.array([1.0, 4, 2, 8, 6])
    row = gpd.GeoSeries(shapely.box(np.arange(5), 0, np.arange(5) + 1, 1))
    graph = neighbours.contiguity(row)
    found = local_moran(pd.Series(y), graph)
    z = y - y.mean()
    for i in range(5):
        others = np.delete(z, i)
        k = graph.cardinalities[i]
        drawn = [4 * z[i] * np.mean(d) / (z @ z) for d in permutations(others, int(k))]
        assert found["expected"][i] == pytest.approx(np.mean(drawn))
        score = (found["statistic"][i] - np.mean(drawn)) / np.std(drawn)
        assert found["z"][i] == pytest.approx(score)


@pytest.mark.slow
def test_local_p_values_against_esda(paavo: tuple) -> None:
    known = paavo[0].dropna()
    links = paavo[1].subgraph(known.index)
    expected = esda.Moran_Local(known, links, permutations=9999, seed=1)
    found = local_moran(known, paavo[1], permutations=9999)
    linked = (found["note"] == "").to_numpy()
    two_sided = np.minimum(1, 2 * expected.p_sim[linked])
    np.testing.assert_allclose(found["p_value"][linked], two_sided, atol=0.06)
    assert np.corrcoef(found["p_value"][linked], two_sided)[0, 1] > 0.999


def test_local_is_seeded_and_the_same_in_pieces(
    patchy: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, graph = patchy
    whole = local_moran(values, graph, seed=5)
    pd.testing.assert_frame_equal(whole, local_moran(values, graph, seed=5))
    assert not whole["p_value"].equals(local_moran(values, graph, seed=6)["p_value"])
    monkeypatch.setattr(_draws, "_BLOCK", 3000)
    pd.testing.assert_frame_equal(whole, local_moran(values, graph, seed=5))


def test_local_on_a_random_map_finds_alpha_and_nothing_adjusted(cells) -> None:
    geometry = cells(40, 50)
    y = pd.Series(np.random.default_rng(8).normal(size=2000), index=geometry.index)
    graph = neighbours.contiguity(geometry)
    found = local_moran(y, graph, adjust=None)
    assert found["p_adjusted"].equals(found["p_value"])
    assert (found["cluster"] != "not significant").mean() == pytest.approx(0.05, abs=0.02)
    assert (local_moran(y, graph)["cluster"] == "not significant").all()


def test_local_tests_again_where_so_few_permutations_cannot_decide(cells) -> None:
    geometry = cells(40, 50)
    y = pd.Series(np.random.default_rng(8).normal(size=2000), index=geometry.index)
    block = [f"z{40 * row + column}" for row in (20, 21, 22) for column in (20, 21, 22)]
    y[block] = 6.0
    graph = neighbours.contiguity(geometry)
    few = local_moran(y, graph, permutations=999)
    assert (few["cluster"] == "not significant").all()
    assert set(few.loc[block, "note"]) == {autocorrelation.UNDECIDED}
    again = local_moran(y, graph, permutations=999, most=99_999)
    assert (again.loc[block, "cluster"] == "high-high").sum() >= 5
    assert set(again["note"]) == {""}
    pd.testing.assert_frame_equal(again, local_moran(y, graph, permutations=99_999))


def test_local_adjusts_over_the_zones_that_were_tested(patchy: tuple) -> None:
    found = local_moran(*patchy, alpha=0.2)
    tested = found["p_value"].notna()
    expected = scipy.stats.false_discovery_control(found.loc[tested, "p_value"])
    np.testing.assert_allclose(found.loc[tested, "p_adjusted"], expected)
    low = found["p_adjusted"] <= 0.2
    assert 0 < low.sum() < tested.sum()
    assert (found["cluster"].isin(["", "not significant"]) == ~low).all()


def test_local_missing_zones_and_islands(patchy: tuple) -> None:
    values, graph = patchy
    holes = values.copy()
    holes["z0"] = np.nan
    corner = list(graph["z71"].index)
    holes[corner] = np.nan
    found = local_moran(holes, graph)
    assert found.index.equals(values.index)
    assert set(found.loc[["z0", *corner], "note"]) == {"value missing"}
    assert set(found.loc[["z23", "z71"], "note"]) == {"no neighbour with a value"}
    silent = ~found["note"].isin(["", autocorrelation.UNDECIDED])
    assert (found.loc[silent, "cluster"] == "").all()
    assert (
        found.loc[silent, ["statistic", "expected", "z", "p_value", "p_adjusted"]]
        .isna()
        .all(axis=None)
    )
    assert found["statistic"][~silent].notna().all()
    assert found.loc["z1", "neighbours"] == len(graph["z1"]) - 1
    assert found["neighbours"].dtype == np.int64


def test_local_where_nothing_can_be_tested(patchy: tuple) -> None:
    values, graph = patchy
    found = local_moran(values * 0 + 0.1, graph)
    assert found["note"].value_counts().to_dict() == {
        "the same value everywhere": 63,
        "no neighbour with a value": 1,
    }
    few = values.where(np.arange(len(values)) < 3)
    assert "fewer than 4 zones with a value" in set(local_moran(few, graph)["note"])
    nothing = local_moran(values * np.nan, graph)
    assert set(nothing["note"]) == {"value missing"}
    assert set(nothing["cluster"]) == {""}


def test_a_value_at_the_mean_and_ties(cells) -> None:
    geometry = cells(4, 4)
    y = pd.Series([0.0, 1, 2, 1] * 4, index=geometry.index)
    found = local_moran(y, neighbours.contiguity(geometry))
    assert (found.loc[y == 1, "p_value"] == 1).all()
    assert (found["p_value"] > 0).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": pd.Series([1.0], index=["strange"])}, "'strange' is not in the graph"),
        ({"values": pd.Series([1.0, 2], index=["z0", "z0"])}, "'z0' is there twice"),
        ({"values": pd.Series([1.0, np.inf], index=["z0", "z1"])}, "'z1' has an infinite value"),
        ({"permutations": 0}, "permutations must be"),
        ({"most": 99}, "most is 99; give 999"),
        ({"adjust": "bonferroni"}, "adjust is 'bonferroni'"),
    ],
)
def test_mistakes(patchy: tuple, change: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        local_moran(**({"values": patchy[0], "graph": patchy[1]} | change))


def test_no_neighbours_at_all() -> None:
    apart = gpd.GeoSeries(shapely.box(np.arange(6) * 3, 0, np.arange(6) * 3 + 1, 1))
    graph = neighbours.contiguity(apart)
    values = pd.Series(np.arange(6.0))
    assert moran(values.to_frame("x"), graph)["note"].item().startswith("no two zones are neigh")
    assert set(local_moran(values, graph)["note"]) == {"no neighbour with a value"}


def test_order_of_the_zones_does_not_matter(patchy: tuple) -> None:
    values, graph = patchy
    turned = values.iloc[::-1]
    for column in ("statistic", "expected", "z"):
        np.testing.assert_allclose(
            local_moran(turned, graph)[column].iloc[::-1], local_moran(values, graph)[column]
        )
    assert moran(turned.to_frame("x"), graph)["value"].item() == pytest.approx(
        moran(values.to_frame("x"), graph)["value"].item()
    )
