import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kvarter.analyses.segregation import concentration
from segregation import singlegroup


def plain_extremes(x, t, a):
    order = sorted(range(len(a)), key=lambda i: a[i])
    out = []
    for ranked in (order, order[::-1]):
        people = room = last = 0.0
        for i in ranked:
            # Zones of one size come in whole or not at all.
            if people >= sum(x) and abs(a[i] - last) > 1e-6 * max(a[i], last):
                break
            people += t[i]
            room += t[i] * a[i]
            last = a[i]
        out.append(room / people)
    return out


def test_each_index_equals_its_formula(town):
    x, y, t, a = (part.tolist() for part in (town.x, town.y, town.t, town.areas))
    moved = sum(abs(b / sum(x) - c / sum(a)) for b, c in zip(x, a, strict=True)) / 2
    assert concentration.delta(x, a)[0] == pytest.approx(moved, abs=1e-9)
    absolute = concentration.absolute_concentration(x, t, a)[0]
    relative = concentration.relative_concentration(x, y, t, a)[0]
    if np.ptp(a) < 1e-6 * max(a):
        assert np.isnan(absolute)
        assert np.isnan(relative)
        return
    least, most = plain_extremes(x, t, a)
    mine = sum(b * c for b, c in zip(x, a, strict=True)) / sum(x)
    theirs = sum(b * c for b, c in zip(y, a, strict=True)) / sum(y)
    assert absolute == pytest.approx(1 - (mine - least) / (most - least), abs=1e-9)
    assert relative == pytest.approx((mine / theirs - 1) / (least / most - 1), abs=1e-9)


def test_pysal(town):
    frame = town.frame()
    a = town.areas
    pairs = [("Delta", concentration.delta(town.x, a))]
    if np.ptp(a) > 1:
        absolute = concentration.absolute_concentration(town.x, town.t, a)
        relative = concentration.relative_concentration(town.x, town.y, town.t, a)
        pairs += [("AbsoluteConcentration", absolute), ("RelativeConcentration", relative)]
    for theirs, value in pairs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statistic = getattr(singlegroup, theirs)(frame, "x", "t").statistic
        # PySAL's order of zones of one size is another.
        near = 1e-9 if theirs == "Delta" or len(np.unique(a)) == len(a) else 0.05
        assert value[0] == pytest.approx(statistic, abs=near)


ZONES = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 9)), min_size=3, max_size=9
)


@given(ZONES, st.randoms(use_true_random=False))
def test_the_order_of_zones_does_not_matter(zones, random):
    one, two = (
        [
            concentration.absolute_concentration(x, x + y, a)[0],
            concentration.relative_concentration(x, y, x + y, a)[0],
        ]
        for x, y, a in (
            np.array(zones, dtype=float).T,
            np.array(random.sample(zones, len(zones)), dtype=float).T,
        )
    )
    assert one == pytest.approx(two, rel=1e-6, nan_ok=True)


def test_few_people_in_large_zones_are_beyond_0_and_1():
    # The group has room in the large zone for half of it; whole zones make up the comparison.
    value = concentration.absolute_concentration([3, 3], [3, 29], [2, 1])[0]
    assert value == pytest.approx(1 - (1.5 - 1) / ((3 * 2 + 29) / 32 - 1))
    assert value < -4
    assert concentration.absolute_concentration([6, 3, 3], [10, 5, 50], [1, 2, 2])[0] > 3


@given(ZONES)
def test_range_scale_and_the_smallest_zones(zones):
    x, y, a = np.array(zones, dtype=float).T
    t = x + y
    if x.sum() == 0:
        assert np.isnan(concentration.delta(x, a)[0])
        return
    assert 0 <= concentration.delta(x, a)[0] < 1
    assert concentration.delta(a, a)[0] == pytest.approx(0)
    value = concentration.absolute_concentration(x, t, a)[0]
    assert concentration.absolute_concentration(x, t, a * 1e6)[0] == pytest.approx(
        value, nan_ok=True
    )
    # Who fills the smallest zones wholly has as little room as there can be.
    order = np.argsort(a, kind="stable")
    filled = np.zeros_like(t)
    smallest = a <= a[order[len(t) // 2]]
    filled[smallest] = t[smallest]
    least = concentration.absolute_concentration(filled, t, a)[0]
    assert np.isnan(least) or least == pytest.approx(1)


def test_bad_areas_are_refused():
    with pytest.raises(ValueError, match="areas"):
        concentration.delta([1, 2], [0, 0])
    with pytest.raises(ValueError, match="areas"):
        concentration.delta([1, 2], [1, np.nan])
