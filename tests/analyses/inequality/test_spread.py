import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.inequality import (
    atkinson,
    gini,
    lorenz_curve,
    palma,
    theil,
    theil_parts,
)

zones = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 9)).map(lambda t: (float(t[0]), t[1])),
    min_size=1,
    max_size=12,
)


def series(town):
    return pd.Series([v for v, _ in town]), pd.Series([n for _, n in town])


def persons(town):
    return sorted(v for v, n in town for _ in range(n))


def plain_gini(list_):
    n, mean = len(list_), sum(list_) / len(list_)
    return sum(abs(a - b) for a in list_ for b in list_) / (2 * n * n * mean)


@settings(max_examples=60, deadline=None)
@given(zones)
def test_equals_a_list_of_persons(town):
    values, people = series(town)
    everybody = persons(town)
    total = sum(everybody)
    if total == 0:
        for measure in (gini, theil, atkinson, palma):
            assert np.isnan(measure(values, people))
        return
    n, mean = len(everybody), total / len(everybody)
    assert gini(values, people) == pytest.approx(plain_gini(everybody), abs=1e-9)
    expected = sum(v / mean * math.log(v / mean) for v in everybody if v > 0) / n
    assert theil(values, people) == pytest.approx(expected, abs=1e-9)
    for aversion in (0.5, 2.0):
        if aversion >= 1 and everybody[0] == 0:
            assert atkinson(values, people, aversion=aversion) == 1
            continue
        power = 1 - aversion
        equal = (sum(v**power for v in everybody) / n) ** (1 / power)
        found = atkinson(values, people, aversion=aversion)
        assert found == pytest.approx(1 - equal / mean, abs=1e-9)
    if everybody[0] > 0:
        geometric = math.exp(sum(math.log(v) for v in everybody) / n)
        found = atkinson(values, people, aversion=1)
        assert found == pytest.approx(1 - geometric / mean, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(zones)
def test_palma_equals_a_list_of_tenths_of_persons(town):
    values, people = series(town)
    tenths = [v for v in persons(town) for _ in range(10)]
    bottom, top = tenths[: len(tenths) * 4 // 10], tenths[len(tenths) * 9 // 10 :]
    if sum(bottom) == 0:
        assert np.isnan(palma(values, people))
    else:
        expected = np.mean(top) / np.mean(bottom)
        assert palma(values, people) == pytest.approx(expected, abs=1e-9)


def test_palma_by_rank_and_zones_of_one_rank() -> None:
    values, people = pd.Series([4.0, 2.0, 8.0, 2.0]), pd.Series([20, 30, 40, 10])
    income = pd.Series([10, 10, 20, 30])
    # The poorest half is of one rank: its 2.8 on average hold for the four tenths at the bottom.
    assert palma(values, people, rank=income) == pytest.approx(2.0 / 2.8)


@settings(max_examples=60, deadline=None)
@given(zones, st.integers(2, 5), st.floats(0.1, 9))
def test_counts_scale_and_merging_do_not_matter(town, times, factor):
    values, people = series(town)
    if (values @ people) == 0:
        return
    for measure in (gini, theil, atkinson, palma):
        found = measure(values, people)
        assert measure(values, people * times) == pytest.approx(found, abs=1e-9, nan_ok=True)
        assert measure(values * factor, people) == pytest.approx(found, abs=1e-9, nan_ok=True)
        merged = people.groupby(values).sum()
        alike = measure(pd.Series(merged.index, index=merged.index), merged)
        assert alike == pytest.approx(found, abs=1e-9, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(zones, zones)
def test_parts_of_theil_add_up(one, other):
    size = min(len(one), len(other))
    values = pd.Series([v for v, _ in one[:size]])
    counts = pd.DataFrame({"a": [n for _, n in one[:size]], "b": [n for _, n in other[:size]]})
    table = theil_parts(values, counts)
    total, between, within, *groups = table["value"]
    if not values @ counts.sum(axis=1) > 0:
        assert table["value"].isna().all()
        assert (table["note"] != "").all()
        return
    assert total == pytest.approx(theil(values, counts.sum(axis=1)), abs=1e-9)
    assert between + within == pytest.approx(total, abs=1e-9)
    assert sum(groups) == pytest.approx(within, abs=1e-9)
    mean = np.average(values, weights=counts.sum(axis=1))
    plain = 0.0
    for group in counts:
        if values @ counts[group] > 0:
            own = np.average(values, weights=counts[group])
            plain += values @ counts[group] / (values @ counts.sum(axis=1)) * math.log(own / mean)
    assert between == pytest.approx(plain, abs=1e-9)


def test_parts_of_theil_leave_out_what_is_missing() -> None:
    values = pd.Series([1.0, 2.0, np.nan, 4.0])
    counts = pd.DataFrame({"a": [1, 2, 3, np.nan], "b": [3, 1, 9, 5]})
    pd.testing.assert_frame_equal(theil_parts(values, counts), theil_parts(values[:2], counts[:2]))


def test_curve_and_bounds() -> None:
    same = pd.Series([5.0, 5.0]), pd.Series([10, 90])
    drawn = lorenz_curve(*same)
    np.testing.assert_allclose(drawn["people"], drawn["value"])
    assert gini(*same) == pytest.approx(0)
    one = pd.Series([0.0, 1.0]), pd.Series([999, 1])
    assert gini(*one) == pytest.approx(0.999)
    assert theil(*one) == pytest.approx(math.log(1000))
    assert np.isnan(lorenz_curve(pd.Series([np.nan]), pd.Series([5]))["value"]).all()


@pytest.mark.parametrize("measure", [gini, theil, atkinson, palma])
def test_mistakes(measure) -> None:
    people = pd.Series({"a": 1.0, "b": 2.0})
    for values, given_, said in (
        (pd.Series({"a": -1.0, "b": 1}), people, "values of zone 'a' is -1"),
        (pd.Series({"a": 1.0}), people, "zone 'b' has no entry in values"),
        (pd.Series({"a": np.inf, "b": 1}), people, "zone 'a' is inf"),
        (pd.Series({"a": 1.0, "b": 1}), -people, "people of zone 'a' is -1"),
        (pd.Series([1.0, 2], index=["a", "a"]), people, "values names zone 'a' twice"),
    ):
        with pytest.raises(ValueError, match=said):
            measure(values, given_)


def test_aversion_is_above_0() -> None:
    with pytest.raises(ValueError, match="aversion is 0"):
        atkinson(pd.Series([1.0]), pd.Series([1]), aversion=0)
