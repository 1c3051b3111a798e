import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kvarter.analyses.segregation import centralization
from segregation import singlegroup


def plain(one, two, distance):
    """Write the formula out over the distances that there are."""
    rows = [(0.0, 0.0)]
    for d in sorted(set(distance)):
        here = [i for i in range(len(distance)) if distance[i] == d]
        rows.append((sum(one[i] for i in here), sum(two[i] for i in here)))
    one_sum = np.cumsum([row[0] for row in rows]) / sum(one)
    two_sum = np.cumsum([row[1] for row in rows]) / sum(two)
    ahead = sum(one_sum[i - 1] * two_sum[i] for i in range(1, len(rows)))
    return ahead - sum(one_sum[i] * two_sum[i - 1] for i in range(1, len(rows)))


def away(town):
    middle = town.kilometres * 1000
    return np.round(np.hypot(*(middle - middle.mean(axis=0)).T), 3)


def test_each_index_equals_its_formula(town):
    d = away(town)
    absolute = centralization.absolute_centralization(town.x, town.areas, d)[0]
    relative = centralization.relative_centralization(town.x, town.y, d)[0]
    assert absolute == pytest.approx(plain(town.x, town.areas, d.tolist()), abs=1e-9)
    assert relative == pytest.approx(plain(town.x, town.y, d.tolist()), abs=1e-9)
    assert -1 <= absolute <= 1


def test_pysal(town):
    d = away(town)
    absolute = singlegroup.AbsoluteCentralization(town.frame(), "x", "t").statistic
    relative = singlegroup.RelativeCentralization(town.frame(), "x", "t").statistic
    # PySAL takes zones at one distance one by one, in an order of its own.
    near = 1e-9 if len(np.unique(d)) == len(d) else 0.02
    found = centralization.absolute_centralization(town.x, town.areas, d)[0]
    assert found == pytest.approx(absolute, abs=near)
    found = centralization.relative_centralization(town.x, town.y, d)[0]
    assert found == pytest.approx(relative, abs=near)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 3)), min_size=2, max_size=9
    )
)
def test_order_and_sides(zones):
    x, y, d = np.array(zones, dtype=float).T
    value = centralization.relative_centralization(x, y, d)[0]
    if x.sum() == 0 or y.sum() == 0:
        assert np.isnan(value)
        return
    assert -1 - 1e-12 <= value <= 1 + 1e-12
    other = centralization.relative_centralization(y, x, d)[0]
    assert other == pytest.approx(-value, abs=1e-12)
    turned = centralization.relative_centralization(x[::-1], y[::-1], d[::-1])[0]
    assert turned == pytest.approx(value, abs=1e-12)


def test_limits():
    assert centralization.relative_centralization([5, 0], [0, 9], [0, 1])[0] == 1
    assert centralization.relative_centralization([0, 5], [9, 0], [0, 1])[0] == -1
    assert centralization.absolute_centralization([5, 10], [1, 2], [0, 1])[0] == pytest.approx(0)
    with pytest.raises(ValueError, match="distance"):
        centralization.absolute_centralization([5, 1], [1, 1], [0, np.nan])
