import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.access import decay

PLAIN = {
    "binary": (decay.binary(400), lambda c: 1.0 if c <= 400 else 0.0),
    "step": (
        decay.step({500: 0.5, 100: 1, 200: 0.9}),
        lambda c: 1.0 if c <= 100 else 0.9 if c <= 200 else 0.5 if c <= 500 else 0.0,
    ),
    "linear": (
        decay.linear(500, start=100),
        lambda c: 1.0 if c <= 100 else (500 - c) / 400 if c <= 500 else 0.0,
    ),
    "exponential": (decay.exponential(0.01), lambda c: math.exp(-0.01 * c)),
    "power": (decay.power(1.5, least=50), lambda c: 1.0 if c <= 50 else (50 / c) ** 1.5),
    "gaussian": (decay.gaussian(150), lambda c: math.exp(-(c**2) / (2 * 150**2))),
    "truncated_gaussian": (
        decay.truncated_gaussian(300),
        lambda c: (
            (math.exp(-0.5 * (c / 300) ** 2) - math.exp(-0.5)) / (1 - math.exp(-0.5))
            if c <= 300
            else 0.0
        ),
    ),
    "epanechnikov": (decay.epanechnikov(300), lambda c: 1 - (c / 300) ** 2 if c <= 300 else 0.0),
    "logistic": (
        decay.logistic(400, 90),
        lambda c: (
            (1 + math.exp(-400 * math.pi / (90 * math.sqrt(3))))
            / (1 + math.exp((c - 400) * math.pi / (90 * math.sqrt(3))))
        ),
    ),
    "table": (
        decay.table([100, 200, 400], [1, 0.6, 0.2]),
        lambda c: (
            1.0
            if c <= 100
            else 1 - 0.4 * (c - 100) / 100
            if c <= 200
            else 0.6 - 0.4 * (c - 200) / 200
            if c <= 400
            else 0.0
        ),
    ),
}


@pytest.mark.parametrize("name", PLAIN)
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_equals_the_formula_and_never_rises(name, costs):
    weigh, plain = PLAIN[name]
    costs = sorted(costs)
    found = weigh(np.array(costs, dtype=float))
    assert found.tolist() == pytest.approx([plain(c) for c in costs], abs=1e-9)
    assert (np.diff(found) <= 1e-12).all()
    assert weigh(np.zeros(1))[0] == pytest.approx(1)


def test_far_away_nothing_breaks():
    for weigh, _ in PLAIN.values():
        assert 0 <= weigh(np.array([1e9]))[0] <= 1e-6


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: decay.binary(0), "limit is 0"),
        (lambda: decay.exponential(-1), "rate is -1"),
        (lambda: decay.power(2, least=0), "least is 0"),
        (lambda: decay.gaussian(math.inf), "width is inf"),
        (lambda: decay.logistic(math.nan, 1), "middle is nan"),
        (lambda: decay.linear(5, start=5), "start is 5 and limit 5"),
        (lambda: decay.linear(math.inf), "start is 0.0 and limit inf"),
        (lambda: decay.step({}), "one cost and its weight"),
        (lambda: decay.step({1: 0.5, 2: 0.6}), "do not rise"),
        (lambda: decay.step({1: -0.5}), "0 or more"),
        (lambda: decay.table([2, 1], [1, 0]), "0 or more and rise"),
        (lambda: decay.table([1, 2], [1]), "2 costs and 1 weights"),
    ],
)
def test_mistakes(build, said):
    with pytest.raises(ValueError, match=said):
        build()
