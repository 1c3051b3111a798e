import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kvarter.analyses.segregation import _true_values


def counts(alpha, zones=2000, shares=(0.6, 0.3, 0.1), people=40):
    rng = np.random.default_rng(3)
    drawn = rng.dirichlet(alpha * np.array(shares), zones)
    return rng.multinomial(rng.poisson(people, zones), drawn).astype(float)


@pytest.mark.parametrize("alpha", [2.0, 10.0, 50.0])
def test_the_third_amount_is_the_estimate(alpha):
    found = _true_values.amounts(counts(alpha))
    # The smallest group against both others, then the two others: with what is left of α.
    expected = [alpha, alpha * 0.9]
    np.testing.assert_allclose(found[:, 2], expected, rtol=0.15)
    assert (np.diff(found, axis=1) < 0).all()
    assert (found[:, -1] == 0).all()


def test_shares_are_of_all_people_and_as_even_as_the_amount_says():
    n = counts(5.0, zones=400)
    n[7] = 0
    amounts = np.array([[1e9, 5.0, 0.0], [1e9, 4.5, 0.0]])
    shares = _true_values.likely_shares(np.random.default_rng(1), n, amounts)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    whole = n.sum(axis=0) / n.sum()
    np.testing.assert_allclose(shares[0], np.tile(whole[:, None], 400), atol=1e-3)
    expected = np.sqrt(whole * (1 - whole) / 6)
    np.testing.assert_allclose(shares[1].std(axis=1), expected, rtol=0.1)
    seen = (n[:, 0] / np.maximum(n.sum(axis=1), 1))[n.sum(axis=1) > 0]
    assert shares[2, 0, n.sum(axis=1) > 0].std() > seen.std()


def plain_solved(value, true, error, level):
    """Try every true value on a fine line until value is reached."""
    kinds = sorted(set(level))
    knots = []
    for kind in kinds:
        e = [x for x, k in zip(error, level, strict=True) if k == kind]
        t = [x for x, k in zip(true, level, strict=True) if k == kind]
        knots.append((np.mean(t), np.mean(e), np.std(e), np.std(e, ddof=1)))
    first, last = knots[0], knots[-1]
    wider = max(2 * last[3] - first[3], last[3])
    ends = [(k[0], k[1], k[3]) for k in knots] + [(2 * last[0] - first[0], last[1], wider)]
    centre, bias, spread = (np.array(part) for part in zip(*sorted(ends), strict=True))
    line = np.linspace(centre[0] - 3, centre[-1] + 3, 600_001)
    out = []
    for e, k in zip(error, level, strict=True):
        knot = knots[kinds.index(k)]
        z = (e - knot[1]) / knot[2]
        reached = line + np.interp(line, centre, bias) + z * np.interp(line, centre, spread)
        out.append(line[np.argmax(reached >= value)])
    return out


def test_true_values_solve_their_equation():
    rng = np.random.default_rng(4)
    level = np.arange(60) % 3
    true = np.array([0.0, 0.2, 0.5])[level] + rng.normal(0, 0.01, 60)
    error = np.array([0.2, 0.1, 0.02])[level] + rng.normal(0, 0.03, 60) * (1 + level)
    for value in (0.1, 0.3, 0.6):
        found = _true_values.solved(value, true, error, level)
        np.testing.assert_allclose(found, plain_solved(value, true, error, level), atol=2e-5)


def test_draws_without_an_index_and_draws_that_are_all_alike():
    level = np.arange(6) % 2
    true, error = np.array([0.0, 1, 0, 1, 0, 1]), np.zeros(6)
    assert _true_values.solved(0.7, true, error, level).tolist() == [0.7] * 6
    error[2] = np.nan
    found = _true_values.solved(0.7, true, error, level)
    assert np.isnan(found).tolist() == [False, False, True, False, False, False]
    assert np.isnan(_true_values.solved(np.nan, true, error, level)).all()
    assert _true_values.solved(0.7, true[:1], error[:1], level[:1]).tolist() == [0.7]


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=6))
def test_any_counts_have_towns(rows):
    n = np.array(rows, dtype=float)
    amounts = _true_values.amounts(n)
    assert (amounts >= 0).all()
    shares = _true_values.likely_shares(np.random.default_rng(0), n, amounts)
    assert ((shares >= 0) & (shares <= 1)).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)
