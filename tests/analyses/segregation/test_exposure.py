import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kvarter.analyses.segregation import exposure
from segregation import singlegroup


def test_indices_within_zones_equal_their_formulas_and_pysal(town):
    x, y, t = town.x.tolist(), town.y.tolist(), town.t.tolist()
    p = sum(x) / sum(t)
    lived = [(a, b, c) for a, b, c in zip(x, y, t, strict=True) if c > 0]
    isolation = sum(a / sum(x) * a / c for a, _, c in lived)
    interaction = sum(a / sum(x) * b / c for a, b, c in lived)
    # The profile's integrals, added up over 20,000 thresholds.
    steps = (np.arange(20_000) + 0.5) / 20_000
    share = np.array([a / c for a, _, c in lived])
    weight = np.array([a for a, _, _ in lived]) / sum(x)
    order = np.argsort(share)
    passed = 1 - np.cumsum(weight[order])
    profile = np.append(1, passed)[np.searchsorted(share[order], steps)]
    area = p - profile[steps < p].sum() / 20_000 + profile[steps >= p].sum() / 20_000
    expected = {
        "isolation": isolation,
        "correlation_ratio": (isolation - p) / (1 - p),
    }
    for name, value in expected.items():
        assert getattr(exposure, name)(x, t)[0] == pytest.approx(value, abs=1e-9)
    assert exposure.interaction(x, y, t)[0] == pytest.approx(interaction, abs=1e-9)
    assert exposure.concentration_profile(x, t)[0] == pytest.approx(area / (1 - p), abs=2e-4)
    frame = town.frame()[town.t > 0]
    for theirs, value, near in (
        ("Isolation", exposure.isolation(x, t), 1e-9),
        ("Interaction", exposure.interaction(x, y, t), 1e-9),
        ("CorrelationR", exposure.correlation_ratio(x, t), 1e-9),
        # PySAL adds up 1,000 thresholds.
        ("ConProf", exposure.concentration_profile(x, t), 5e-3),
    ):
        statistic = getattr(singlegroup, theirs)(frame, "x", "t").statistic
        assert value[0] == pytest.approx(statistic, abs=near)


def test_distance_decay_indices_equal_their_formula(town):
    n = len(town.x)
    expected = {"x": 0.0, "y": 0.0}
    for i in range(n):
        weights = [town.weight(i, j) for j in range(n)]
        people = sum(w * t for w, t in zip(weights, town.t, strict=True))
        for who, counts in (("x", town.x), ("y", town.y)):
            met = sum(w * c for w, c in zip(weights, counts, strict=True)) / people
            expected[who] += town.x[i] / town.x.sum() * met
    isolation = exposure.distance_decay_isolation(town.x, town.t, town.sums)[0]
    interaction = exposure.distance_decay_interaction(town.x, town.y, town.t, town.sums)[0]
    assert isolation == pytest.approx(expected["x"], abs=1e-9)
    assert interaction == pytest.approx(expected["y"], abs=1e-9)
    assert isolation + interaction == pytest.approx(1)


def test_near_zones_weigh_more_than_distant_ones(pattern):
    name, town = pattern
    value = exposure.distance_decay_isolation(town.x, town.t, town.sums)[0]
    assert value == pytest.approx({"chessboard": 0.499, "halves": 0.762}[name], abs=5e-4)


zones = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=12)


@given(counts=zones)
def test_range_and_what_adds_up(counts):
    x, y = np.array(counts, dtype=float).T
    t = x + y
    isolation = exposure.isolation(x, t)[0]
    if x.sum() == 0:
        assert np.isnan(isolation)
        return
    p = x.sum() / t.sum()
    assert p - 1e-12 <= isolation <= 1
    assert isolation + exposure.interaction(x, y, t)[0] == pytest.approx(1)
    if y.sum() == 0:
        assert np.isnan(exposure.correlation_ratio(x, t)[0])
        return
    assert 0 <= exposure.correlation_ratio(x, t)[0] <= 1
    assert -1e-12 <= exposure.concentration_profile(x, t)[0] <= (1 if p <= 0.5 else 2) + 1e-12


def test_limits():
    apart, mixed = ([10, 0], [10, 30]), ([5, 15], [10, 30])
    for name in ("correlation_ratio", "concentration_profile"):
        assert getattr(exposure, name)(*apart)[0] == pytest.approx(1)
        assert getattr(exposure, name)(*mixed)[0] == pytest.approx(0)
    assert exposure.isolation(*apart)[0] == 1
    assert exposure.isolation(*mixed)[0] == pytest.approx(0.5)


def test_where_nothing_weighs_anything_there_is_no_figure(town):
    def nothing(values):
        return np.zeros_like(values)

    assert np.isnan(exposure.distance_decay_isolation(town.x, town.t, nothing)[0])
