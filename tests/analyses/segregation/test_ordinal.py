from math import log, log2
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kvarter.analyses.segregation import evenness, multigroup
from kvarter.analyses.segregation.ordinal import (
    ordinal_information_theory,
    rank_order_information_theory,
)
from scipy.integrate import quad

BOTH = [ordinal_information_theory, rank_order_information_theory]


def spread(c: float) -> float:
    return -c * log2(c) - (1 - c) * log2(1 - c) if 0 < c < 1 else 0.0


def plain_ordinal(counts: list[list[float]]) -> float:
    """Reardon (2009): 1 less the mean variation of the zones by that of the whole."""
    steps = range(1, len(counts[0]))
    everybody = sum(map(sum, counts))

    def variation(groups: list[float]) -> float:
        return sum(spread(sum(groups[:j]) / sum(groups)) for j in steps) / len(steps)

    v = variation([sum(zone[m] for zone in counts) for m in range(len(counts[0]))])
    return sum(
        sum(zone) / (everybody * v) * (v - variation(zone)) for zone in counts if sum(zone) > 0
    )


def plain_rank_order(counts: list[list[float]], order: int = 4) -> float:
    """Reardon and Bischoff (2011): the polynomial by numpy, the integral by quadrature."""
    groups = range(len(counts[0]))
    members = [sum(zone[m] for zone in counts) for m in groups]
    everybody = sum(members)
    p, h = [], []
    for j in groups[1:]:
        if members[j - 1] == 0 or sum(members[j:]) == 0:
            continue
        rank = sum(members[:j]) / everybody
        inside = sum(
            sum(zone) / everybody * spread(sum(zone[:j]) / sum(zone))
            for zone in counts
            if sum(zone) > 0
        )
        p.append(rank)
        h.append(1 - inside / spread(rank))
    beta = np.polyfit(p, h, min(order, len(p) - 1), w=[spread(x) for x in p])
    area, _ = quad(
        lambda x: spread(x) * np.polyval(beta, x), 0, 1, epsabs=1e-13, epsrel=1e-13, limit=500
    )
    return 2 * log(2) * area


def income(helsinki: Path) -> pd.DataFrame:
    paavo = gpd.read_file(helsinki / "paavo_2026.gpkg", ignore_geometry=True)
    counts = paavo.set_index("postinumeroalue")[["hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]]
    return counts[(counts >= 0).all(axis=1)].astype(float)


def random_counts(seed: int, groups: int = 9) -> np.ndarray:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.gamma(2, 10, (60, groups))) * 1.0
    counts[::9] = 0
    return counts


@pytest.mark.parametrize("groups", [2, 3, 5, 9])
def test_ordinal_equals_its_formula(groups: int, helsinki: Path) -> None:
    with_gap = random_counts(2, groups)
    with_gap[:, groups // 2] = 0
    tables = [random_counts(1, groups), random_counts(1, groups) * 0.37, income(helsinki)]
    for counts in [*map(np.asarray, tables), *([with_gap] if groups > 2 else [])]:
        expected = plain_ordinal(counts.tolist())
        assert ordinal_information_theory(counts) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("order", [0, 1, 2, 4, 6])
def test_rank_order_equals_its_formula(order: int, helsinki: Path) -> None:
    with_gap = random_counts(2)
    with_gap[:, [0, 4, 8]] = 0
    for counts in (random_counts(1), random_counts(3, 4) * 0.37, with_gap, income(helsinki)):
        table = np.asarray(counts)
        found = rank_order_information_theory(table, order=order)
        assert found == pytest.approx(plain_rank_order(table.tolist(), order), abs=1e-9)


def test_two_groups_are_the_two_group_index() -> None:
    counts = random_counts(5, 2)
    expected = evenness.entropy(counts[:, 0], counts[:, 1])[0]
    assert ordinal_information_theory(counts) == pytest.approx(expected, abs=1e-12)
    assert multigroup.information_theory(counts) == pytest.approx(expected, abs=1e-12)
    # One threshold says nothing of other ranks.
    assert np.isnan(rank_order_information_theory(counts))


def test_order_0_is_the_weighted_mean_of_thresholds() -> None:
    counts = random_counts(6, 5)
    below = np.cumsum(counts, axis=1)[:, :-1]
    above = counts.sum(axis=1)[:, None] - below
    h = evenness.entropy(below, above)
    weight = np.array([spread(p) for p in below.sum(axis=0) / counts.sum()]) ** 2
    found = rank_order_information_theory(counts, order=0)
    assert found == pytest.approx((weight * h).sum() / weight.sum(), abs=1e-12)


any_counts = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 6)),
    elements=st.integers(0, 60).map(float),
)


@settings(max_examples=80, deadline=None)
@given(any_counts, st.floats(0.001, 1000))
def test_range_scale_and_turning_the_order(counts: np.ndarray, factor: float) -> None:
    for f in BOTH:
        found = f(counts)
        assert np.isnan(found) or 0 <= found <= 1
        for other in (counts * factor, counts[::-1], counts[:, ::-1]):
            assert f(other) == pytest.approx(found, abs=1e-6, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(any_counts, st.data())
def test_zones_of_equal_composition_may_be_merged_or_split(
    counts: np.ndarray, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(counts) - 1))
    part = data.draw(st.sampled_from([0.125, 0.25, 0.5]))
    split = np.vstack([counts, counts[cut] * part])
    split[cut] *= 1 - part
    for f in BOTH:
        assert f(split) == pytest.approx(f(counts), abs=1e-6, nan_ok=True)


@given(st.lists(st.integers(1, 50), min_size=3, max_size=7), st.integers(1, 6))
def test_no_segregation(shares: list[int], zones: int) -> None:
    counts = np.outer(np.arange(1, zones + 1), shares).astype(float)
    for f in BOTH:
        assert f(counts) == pytest.approx(0, abs=1e-9)


@given(st.lists(st.integers(1, 50), min_size=3, max_size=7))
def test_complete_segregation(people: list[int]) -> None:
    for f in BOTH:
        assert f(np.diag(people).astype(float)) == pytest.approx(1, abs=1e-6)


def test_distance_in_the_order_counts() -> None:
    # The same zones, but for who lives apart from whom: lowest from highest, or from the middle.
    far = np.array([[50.0, 25, 0], [0, 25, 50]])
    near = np.array([[50.0, 0, 25], [0, 50, 25]])
    assert ordinal_information_theory(far) > ordinal_information_theory(near)
    assert rank_order_information_theory(far) > rank_order_information_theory(near)


def test_an_empty_class_is_no_rank_but_a_step() -> None:
    counts = random_counts(7, 4)
    gap = np.insert(counts, 2, 0.0, axis=1)
    assert rank_order_information_theory(gap) == pytest.approx(
        rank_order_information_theory(counts), abs=1e-12
    )
    assert ordinal_information_theory(gap) == pytest.approx(plain_ordinal(gap.tolist()), abs=1e-12)


def test_a_polynomial_that_leads_nowhere_is_not_a_value() -> None:
    # Two thresholds among the lowest 3 %: the line through them is far below 0 at the top.
    counts = np.array([[20.0, 0, 980], [0, 10, 990]])
    assert plain_rank_order(counts.tolist()) < -1
    assert np.isnan(rank_order_information_theory(counts))
    assert 0 <= rank_order_information_theory(counts, order=0) <= 1


@pytest.mark.parametrize("f", BOTH)
def test_replicates_are_a_loop(f) -> None:
    rng = np.random.default_rng(4)
    counts = rng.poisson(np.repeat(random_counts(3, 6)[:, :, None], 6, axis=2)) * 1.0
    counts[:, :, 1] = 0
    counts[:, 2, 3] = 0
    counts[:, 1:, 4] = 0
    found = f(counts)
    assert found.shape == (6,)
    one_by_one = [f(counts[:, :, k]) for k in range(6)]
    np.testing.assert_allclose(found, one_by_one, rtol=0, atol=1e-12)
    assert isinstance(one_by_one[0], float)


def test_undefined() -> None:
    for f in BOTH:
        for counts in (np.zeros((3, 3)), np.zeros((0, 3)), [[5.0, 0, 0], [3, 0, 0]], [[5.0]]):
            assert np.isnan(f(counts))
    assert np.isnan(rank_order_information_theory([[5.0, 0, 3], [1, 0, 2]]))
    assert not np.isnan(ordinal_information_theory([[5.0, 0, 3], [1, 0, 2]]))


@pytest.mark.parametrize("order", [-1, 2.5, True, "4"])
def test_wrong_order(order: object) -> None:
    with pytest.raises(ValueError, match="order of the polynomial"):
        rank_order_information_theory(np.ones((2, 3)), order=order)  # type: ignore[arg-type]
