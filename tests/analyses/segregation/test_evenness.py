from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kvarter.analyses.segregation import evenness
from segregation import singlegroup


def surprise(p):
    return sum(-q * log(q) for q in (p, 1 - p) if q > 0)


def plain(name, x, y):
    zones = [(a, b, a + b) for a, b in zip(x, y, strict=True) if a + b > 0]
    all_x, all_y = sum(x), sum(y)
    all_t = all_x + all_y
    p = all_x / all_t
    if name == "dissimilarity":
        return sum(abs(a / all_x - b / all_y) for a, b, _ in zones) / 2
    if name == "gini":
        pairs = ((i, j) for i in zones for j in zones)
        apart = sum(i[2] * j[2] * abs(i[0] / i[2] - j[0] / j[2]) for i, j in pairs)
        return apart / (2 * all_t**2 * p * (1 - p))
    if name == "entropy":
        e = surprise(p)
        return sum(t * (e - surprise(a / t)) for a, _, t in zones) / (e * all_t)
    if name == "atkinson":
        inner = sum(sqrt(1 - a / t) * sqrt(a / t) * t / (p * all_t) for a, _, t in zones)
        return 1 - p / (1 - p) * abs(inner) ** 2
    if name == "minmax":
        least = sum(min(a / all_x, b / all_y) for a, b, _ in zones)
        return 1 - least / sum(max(a / all_x, b / all_y) for a, b, _ in zones)
    return sum(abs(a / all_x - t / all_t) for a, _, t in zones) / 2


NAMES = ("dissimilarity", "gini", "entropy", "atkinson", "minmax", "gorard")
PYSAL = dict(zip(NAMES, ("Dissim", "Gini", "Entropy", "Atkinson", "MinMax"), strict=False))


@pytest.mark.parametrize("name", NAMES)
def test_each_index_equals_its_formula_and_pysal(town, name):
    found = getattr(evenness, name)(town.x, town.y)[0]
    assert found == pytest.approx(plain(name, town.x.tolist(), town.y.tolist()), abs=1e-9)
    if name in PYSAL:
        lived = town.frame()[town.t > 0]
        theirs = getattr(singlegroup, PYSAL[name])(lived, "x", "t").statistic
        assert found == pytest.approx(theirs, abs=1e-9)


def test_the_weight_of_atkinson_is_told_by_b(town):
    x, y = town.x.tolist(), town.y.tolist()
    p = sum(x) / (sum(x) + sum(y))
    lived = [(a, b) for a, b in zip(x, y, strict=True) if a + b]
    inner = sum((b / (a + b)) ** 0.7 * (a / (a + b)) ** 0.3 * (a + b) for a, b in lived)
    expected = 1 - p / (1 - p) * (inner / sum(x)) ** (1 / 0.7)
    assert evenness.atkinson(x, y, b=0.3)[0] == pytest.approx(expected, abs=1e-9)
    with pytest.raises(ValueError, match="b is 1"):
        evenness.atkinson(x, y, b=1)


zones = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=12)


@pytest.mark.parametrize("name", NAMES)
@given(counts=zones, scale=st.floats(0.01, 100))
def test_range_scale_order_and_merging(name, counts, scale):
    index = getattr(evenness, name)
    x, y = np.array(counts, dtype=float).T
    value = index(x, y)[0]
    if x.sum() == 0 or y.sum() == 0:
        assert np.isnan(value)
        return
    assert 0 <= value <= 1
    assert index(x * scale, y * scale)[0] == pytest.approx(value, abs=1e-9)
    assert index(x[::-1], y[::-1])[0] == pytest.approx(value, abs=1e-9)
    # A zone split into two of the same composition is the same town.
    split = [np.append(part, part[0]) for part in (x, y)]
    for part in split:
        part[[0, -1]] /= 2
    assert index(*split)[0] == pytest.approx(value, abs=1e-9)
    if name not in ("gorard",):
        # Only gorard depends on how large the groups are.
        assert index(x * 3, y)[0] == pytest.approx(value, abs=1e-9) or name in ("entropy",)


@pytest.mark.parametrize("name", NAMES)
def test_limits(name):
    index = getattr(evenness, name)
    assert index([10, 20, 0], [30, 60, 0])[0] == pytest.approx(0, abs=1e-12)
    most = 0.75 if name == "gorard" else 1
    assert index([10, 0, 0], [0, 20, 10])[0] == pytest.approx(most)
    assert np.isnan(index([0, 0], [1, 2])[0])


@given(counts=zones)
def test_how_the_indices_bound_each_other(counts):
    x, y = np.array(counts, dtype=float).T
    d, g, s = (getattr(evenness, n)(x, y)[0] for n in ("dissimilarity", "gini", "minmax"))
    if np.isnan(d):
        return
    # The Lorenz curve is convex: its greatest distance from the diagonal, and its area.
    assert d - 1e-9 <= g <= d * (2 - d) + 1e-9
    assert s == pytest.approx(2 * d / (1 + d), abs=1e-9)
    gorard = evenness.gorard(x, y)[0]
    assert gorard == pytest.approx(d * y.sum() / (x.sum() + y.sum()), abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_many_comparisons_at_once_are_the_same_one_by_one(name):
    rng = np.random.default_rng(0)
    x, y = rng.poisson(3, (2, 20, 7)).astype(float)
    together = getattr(evenness, name)(x, y)
    one_by_one = [getattr(evenness, name)(x[:, k], y[:, k])[0] for k in range(7)]
    np.testing.assert_allclose(together, one_by_one, atol=1e-12)
