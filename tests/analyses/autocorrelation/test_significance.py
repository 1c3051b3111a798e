import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kvarter.analyses.autocorrelation import adjusted, expected_by_chance, local
from kvarter.geo import neighbours
from scipy.stats import binom

METHODS = ["fdr_bh", "fdr_by", "bonferroni"]


@given(arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
def test_adjusted_values_are_in_the_same_order_and_no_lower(p: np.ndarray) -> None:
    found = {method: adjusted(p, method) for method in METHODS}
    for q in found.values():
        assert ((q >= p - 1e-12) & (q <= 1)).all()
        assert (np.diff(q[np.argsort(p, kind="stable")]) >= -1e-12).all()
    assert (found["fdr_by"] >= found["fdr_bh"] - 1e-12).all()
    assert (found["bonferroni"] >= found["fdr_bh"] - 1e-12).all()
    assert adjusted(p, None).tolist() == p.tolist()


@pytest.mark.parametrize("method", METHODS)
def test_adjusted_equals_its_formula(method: str) -> None:
    p = np.array([0.2, 0.001, np.nan, 0.03, 0.04, 0.0004])
    known = sorted(v for v in p if not np.isnan(v))
    m = len(known)
    factor = sum(1 / k for k in range(1, m + 1)) if method == "fdr_by" else 1
    for value, q in zip(p, adjusted(p, method), strict=True):
        if np.isnan(value):
            assert np.isnan(q)
        elif method == "bonferroni":
            assert q == pytest.approx(min(1, 5 * value))
        else:
            at = known.index(value)
            steps = [factor * m / (k + 1) * known[k] for k in range(at, m)]
            assert q == pytest.approx(min(1, *steps))


def test_what_is_not_a_method() -> None:
    with pytest.raises(ValueError, match="adjust is 'holm'; there are 'fdr_bh', 'fdr_by', 'bon"):
        adjusted(np.ones(2), "holm")  # type: ignore[arg-type]


def test_what_chance_alone_would_give(cells) -> None:
    geometry = cells(40, 50)
    values = pd.Series(np.random.default_rng(2).normal(size=2000), index=geometry.index)
    found = expected_by_chance(local(values, neighbours.contiguity(geometry)))
    assert found["tests"] == 2000
    assert found["by_chance"] == 100
    assert found["significant"] == pytest.approx(100, abs=40)
    assert found["adjusted"] == 0


def without_pattern(statistic: str, rng: np.random.Generator, index: pd.Index) -> dict:
    """Give the variables of a statistic on a map without a pattern."""
    n = len(index)
    values = pd.Series(rng.gamma(3, size=n), index=index)
    if statistic == "moran_of_rates":
        people = pd.Series(rng.integers(200, 2000, n).astype(float), index=index)
        events = pd.Series(rng.poisson(people * rng.gamma(20, 0.005, n)).astype(float), index)
        return {"values": events, "population": people, "statistic": "moran"}
    if statistic == "moran_bivariate":
        other = pd.Series(rng.gamma(3, size=n), index=index)
        return {"values": values, "other": other, "statistic": statistic}
    if statistic == "geary_multivariate":
        values = pd.DataFrame({"x": values, "y": rng.normal(size=n)})
    if statistic == "join_count":
        values = (values > 3).astype(float)
        values["z12"] = 1.0
    return {"values": values, "statistic": statistic}


@pytest.mark.slow
@pytest.mark.parametrize(
    "statistic",
    [
        "moran",
        "moran_bivariate",
        "moran_of_rates",
        "geary",
        "geary_multivariate",
        "getis_ord_g",
        "getis_ord_g_star",
        "heteroskedasticity",
        "join_count",
    ],
)
def test_errors_on_a_thousand_maps_without_pattern(statistic: str, cells) -> None:
    # With fewer draws no p-value of 25 zones could pass Benjamini and Yekutieli's adjustment.
    maps, draws = 1000, 3999 if statistic != "heteroskedasticity" else 1999
    geometry = cells(5, 5)
    graph = neighbours.contiguity(geometry)
    rng = np.random.default_rng(11)
    one, families = 0, dict.fromkeys(METHODS, 0)
    for seed in range(maps):
        asked = without_pattern(statistic, rng, geometry.index)
        found = local(graph=graph, permutations=draws, seed=seed, **asked)
        one += found.loc["z12", "p_value"] <= 0.05
        for method in METHODS:
            families[method] += (adjusted(found["p_value"].to_numpy(), method) <= 0.05).any()
    low, high = binom.interval(0.999, maps, 0.05)
    assert one <= high
    # Counts are few, so that join counts cannot meet the level.
    if statistic != "join_count":
        assert one >= low
    # Where nothing is to be found, each finding is false: the rate is that of finding anything.
    for method, with_any in families.items():
        assert with_any <= high, method
    # Tests that lean on each other make families err less often, and not never.
    if statistic != "join_count":
        assert families["fdr_bh"] >= families["bonferroni"] >= low / 2


def test_chance_is_counted_at_the_level_of_the_frame(patchy: tuple) -> None:
    found = local(*patchy, alpha=0.2)
    unasked = expected_by_chance(found)
    assert unasked.equals(expected_by_chance(found, alpha=0.2))
    assert unasked["by_chance"] == pytest.approx(0.2 * unasked["tests"])
    assert expected_by_chance(found, alpha=0.1)["by_chance"] < unasked["by_chance"]
