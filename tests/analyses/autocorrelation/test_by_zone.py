import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import shapely
from kvarter.analyses import autocorrelation
from kvarter.analyses.autocorrelation import (
    CLASSES,
    adjusted,
    correlogram,
    expected_by_chance,
    local,
    local_moran,
    measure,
    moran,
    rates,
)
from kvarter.geo import neighbours
from libpysal.graph import Graph
from scipy import sparse

FIGURES = ["statistic", "expected", "z", "p_value", "p_adjusted"]


def variables(statistic: str, values: pd.Series) -> dict:
    """Give the arguments of a statistic, made of one variable."""
    if statistic == "geary_multivariate":
        return {"values": pd.DataFrame({"x": values, "y": values**2})}
    if statistic.startswith("join_count"):
        high = (values > values.mean()).astype(float).where(values.notna())
        second = (values % 2).where(values.notna())
        return {"values": high} if statistic == "join_count" else {"values": high, "other": second}
    return {"values": values, "other": values**2 if statistic == "moran_bivariate" else None}


@pytest.mark.parametrize("statistic", CLASSES)
def test_every_statistic_has_one_frame(statistic: str, patchy: tuple) -> None:
    values, graph = patchy[0].copy(), patchy[1]
    values["z0"] = np.nan
    found = local(**variables(statistic, values), graph=graph, statistic=statistic, alpha=1)
    assert list(found) == [*FIGURES, "cluster", "neighbours", "note"]
    assert found.index.equals(values.index)
    assert set(found["cluster"]) <= {"", *CLASSES[statistic]}
    assert found.loc["z0", "note"] == "value missing"
    assert found.loc["z23", "note"] == "no neighbour with a value"
    tested = found["p_value"].notna()
    assert (found.loc[tested, "p_value"] > 0).all()
    assert (found.loc[~tested, "note"] != "").all()
    assert (tested == (found["cluster"] != "")).all()
    other = None if statistic.endswith(("bivariate", "colocated")) else values
    with pytest.raises(ValueError, match=r"two variables; give|one variable; leave out"):
        local(**variables(statistic, values) | {"other": other}, graph=graph, statistic=statistic)


@pytest.mark.parametrize("statistic", ["moran", "geary", "getis_ord_g", "getis_ord_g_star"])
def test_a_share_of_12_people_is_no_hot_spot(statistic: str, cells) -> None:
    geometry = cells(12, 12)
    x, y = np.divmod(np.arange(144), 12)
    rng = np.random.default_rng(3)
    corner = (x < 5) & (y < 5)
    people = pd.Series(rng.integers(900, 1100, 144), geometry.index).astype(float)
    people["z13"] = 12.0
    events = pd.Series(rng.binomial(people.astype(int), 0.1 + 0.3 * corner), geometry.index)
    events["z13"] = 12
    graph = neighbours.contiguity(geometry)
    found = local(events, graph, statistic=statistic, population=people, most=9999)
    assert found["small"].tolist() == (found.index == "z13").tolist()
    assert found.loc["z13", "cluster"] == autocorrelation.TOO_FEW
    assert found.loc["z13", "p_value"] < 0.05
    assert "small population" in found.loc["z13", "note"]
    # It is none of the tests that the others are adjusted for.
    assert np.isnan(found.loc["z13", "p_adjusted"])
    others = found.drop("z13")
    np.testing.assert_array_equal(others["p_adjusted"], adjusted(others["p_value"].to_numpy()))
    told = expected_by_chance(found)
    assert told["tests"] == len(others)
    assert told["significant"] == (others["p_value"] <= 0.05).sum()
    assert told["by_chance"] == pytest.approx(0.05 * len(others))
    assert set(found["cluster"].drop("z13")) <= set(CLASSES[statistic])
    assert found.loc["z26", "cluster"] in ("high-high", "hot spot", "other positive")
    scale = rates.empirical_bayes
    if statistic in ("moran", "geary"):
        scale = rates.empirical_bayes_standardized
    plain = local(scale(events, people), graph, statistic=statistic, most=9999)
    same = [figure for figure in FIGURES if figure != "p_adjusted"]
    pd.testing.assert_frame_equal(found[same], plain[same])


@pytest.mark.parametrize("statistic", ["moran", "geary", "getis_ord_g", "getis_ord_g_star"])
def test_one_absurd_value_does_not_make_all_others_equal(statistic: str, cells) -> None:
    geometry = cells(15, 15)
    graph, rng = neighbours.contiguity(geometry), np.random.default_rng(2)
    values = pd.Series(rng.integers(1, 1000, 225).astype(float), geometry.index)
    how = {"statistic": statistic, "adjust": None, "permutations": 9999}
    worse, bad = values.copy(), values.copy()
    # High enough to be above all others whatever it is drawn with.
    bad["z0"], worse["z0"] = 20_000.0, 1e13
    one, other = (local(y, graph, **how)["p_value"] for y in (bad, worse))
    far = ~values.index.isin(["z0", *graph["z0"].index])
    np.testing.assert_allclose(one[far], other[far], atol=1e-3)


def test_one_absurd_value_leaves_the_spread_of_the_others(cells) -> None:
    geometry = cells(15, 15)
    graph, rng = neighbours.contiguity(geometry), np.random.default_rng(2)
    values = pd.Series(rng.integers(1, 1000, 225).astype(float), geometry.index)
    found = []
    for absurd in (1e8, 1e11):
        values["z0"] = absurd
        found.append(local(values, graph, statistic="heteroskedasticity")["p_value"])
    assert found[0].nunique() > 50
    np.testing.assert_allclose(*found, atol=0.005)


def test_zones_that_all_neighbour_each_other_say_so() -> None:
    graph = Graph.from_sparse(sparse.csr_array(1 - np.eye(9)))
    found = local(pd.Series(np.arange(9.0)), graph, statistic="getis_ord_g")
    assert found["z"].isna().all()
    assert set(found["note"]) == {"every draw gives the same"}


def test_local_is_seeded(patchy: tuple) -> None:
    values, graph = patchy
    whole = local_moran(values, graph, seed=5)
    pd.testing.assert_frame_equal(whole, local(values, graph, seed=5))
    assert not whole["p_value"].equals(local_moran(values, graph, seed=6)["p_value"])


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
    assert set(few["note"]) == {autocorrelation.UNDECIDED, ""}
    assert (few.loc[block, "note"] == autocorrelation.UNDECIDED).sum() >= 5
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
        (
            {"statistic": "moran_bivariate", "other": pd.Series(np.arange(64.0))},
            "other has no zone 'z0'",
        ),
        (
            {"statistic": "join_count_bivariate", "other": pd.Series(np.arange(64.0))},
            "other has no zone 'z0'",
        ),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"permutations": 99.5}, "permutations must be 1 or more, a whole number, not 99.5"),
        ({"values": pd.Series(["a"], index=["z0"])}, "values are no numbers"),
        ({"alpha": 0}, "alpha is 0; give"),
        ({"alpha": 5}, "alpha is 5; give a number above 0, and 1 at most: 5 % is 0.05"),
        ({"alpha": "0.05"}, "alpha is '0.05'; give a number"),
        ({"adjust": "bh"}, "Did you mean 'fdr_bh'"),
        ({"alpha": np.nan}, "alpha is nan; give"),
        ({"most": 99}, "most is 99; give 999"),
        ({"adjust": "holm"}, "adjust is 'holm'; there are 'fdr_bh'"),
        ({"alternative": "lesser"}, "alternative is 'lesser'"),
        ({"statistic": "lisa"}, "statistic is 'lisa'; there are moran, "),
        ({"statistic": "geary_multivariate"}, "geary_multivariate is of zones × variables"),
        ({"values": pd.DataFrame({"x": [1.0]})}, "moran is of one value"),
        ({"statistic": "heteroskedasticity", "population": pd.Series([1.0])}, "is not of rates"),
    ],
)
def test_mistakes(patchy: tuple, change: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        local(**({"values": patchy[0], "graph": patchy[1]} | change))


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


@pytest.mark.parametrize("size", [1e160, 1e-170])
def test_no_unit_is_too_large_or_too_small(size: float, cells) -> None:
    geometry = cells(8, 8)
    graph = neighbours.contiguity(geometry)
    values = pd.Series(5 + np.random.default_rng(1).normal(size=64), index=geometry.index)
    scaled = values * size
    for statistic in ("moran", "geary", "getis_ord_g", "getis_ord_g_star", "heteroskedasticity"):
        plain, found = (local(v, graph, statistic=statistic) for v in (values, scaled))
        assert found["statistic"].notna().all()
        pd.testing.assert_frame_equal(found, plain, rtol=1e-9)
    plain, found = (measure(v.to_frame("v"), graph) for v in (values, scaled))
    pd.testing.assert_frame_equal(found, plain, rtol=1e-9)
    plain, found = (correlogram(v, geometry, distances=[1, 2]) for v in (values, scaled))
    pd.testing.assert_frame_equal(found, plain, rtol=1e-9)
