"""The town behind the counts: shares of which they could be, and the true value of an index."""

from __future__ import annotations

import numpy as np

from ._terms import Floats, share

LEVELS = 5
"""How many amounts of segregation towns are made of; the third is the estimate."""


def amounts(n: Floats) -> Floats:
    """Give α of each group, the smallest first, at each amount of segregation."""
    order = np.argsort(n.sum(axis=0), kind="stable")
    step = np.linspace(0, 2, LEVELS)
    out = np.empty((n.shape[1] - 1, LEVELS))
    left = n.sum(axis=1)
    for place, group in enumerate(order[:-1]):
        found, mean = _true_part(n[:, group], left)
        left = left - n[:, group]
        amount = np.where(step <= 1, step * found, found + (step - 1) * (1 - found))
        out[place] = mean * (1 / np.maximum(amount, 1e-4) ** 2 - 1)
    return out


def _true_part(x: Floats, t: Floats) -> tuple[float, float]:
    """Give λ of x out of t, and the mean number of people in the zone of a person."""
    people, zones = t.sum(), (t > 0).sum()
    if not 0 < x.sum() < people:
        return 0.0, 1.0
    p, mean = x.sum() / people, float((t**2).sum() / people)
    apart = (t * (share(x, t) - p) ** 2).sum() / (p * (1 - p)) - (zones - 1)
    most = people - mean - (zones - 1)
    if most <= 0:
        # With a person in each zone there is no telling.
        return 0.0, mean
    alike = min(max(float(apart / most), 0.0), 1.0)
    return float(np.sqrt(mean * alike / (mean * alike + 1 - alike))), mean


def likely_shares(rng: np.random.Generator, n: Floats, amounts: Floats) -> Floats:
    """Draw shares (towns, groups, zones) of which the counts could be, see `bootstrap`."""
    zones, groups = n.shape
    towns = amounts.shape[1]
    out = np.empty((towns, groups, zones))
    order = np.argsort(n.sum(axis=0), kind="stable")
    rest, left = n.sum(axis=1), np.ones((towns, zones))
    for group, alpha in zip(order[:-1], amounts[:, :, None], strict=True):
        x = n[:, group]
        whole = rest.sum()
        p = x.sum() / whole if whole > 0 else 0.0
        rest = rest - x
        one, two = rng.standard_gamma(x + alpha * p), rng.standard_gamma(rest + alpha * (1 - p))
        both = one + two
        part = np.divide(one, both, out=np.full(both.shape, p), where=both > 0)
        out[:, group] = left * part
        left = left * (1 - part)
    out[:, order[-1]] = left
    return out


def solved(value: float, true: Floats, error: Floats, level: np.ndarray) -> Floats:
    """Give the true values that with the errors of the draws give the value, (replicates,)."""
    out = np.full(len(error), np.nan)
    known = ~np.isnan(error)
    if np.isnan(value) or not known.any():
        return out
    _, level = np.unique(level[known], return_inverse=True)
    error = error[known]
    many = np.bincount(level)
    centre, bias = (np.bincount(level, part) / many for part in (true[known], error))
    apart = error - bias[level]
    size = np.sqrt(np.bincount(level, apart**2) / many)
    z = share(apart, size[level])
    spread = size * np.sqrt(many / np.maximum(many - 1, 1))
    # No town is less even than the counts, but the true one may be: errors grow on as they did.
    centre = np.append(centre, 2 * centre[-1] - centre[0])
    bias = np.append(bias, bias[-1])
    spread = np.append(spread, max(2 * spread[-1] - spread[0], spread[-1]))
    order = np.argsort(centre, kind="stable")
    centre = centre[order]
    reached = (centre + bias[order]) + z[:, None] * spread[order]
    # Where the errors shrink faster than the true value grows, the first that will do.
    reached = np.maximum.accumulate(reached, axis=1)
    below = (reached < value).sum(axis=1)
    one = np.clip(below - 1, 0, None)
    two = np.minimum(below, len(centre) - 1)
    row = np.arange(len(z))
    start, end = reached[row, one], reached[row, two]
    way = share(value - start, end - start)
    # Beyond the least and the greatest amount, errors are as they are there.
    beyond = np.where(one == two, value - start, 0.0)
    out[known] = centre[one] + way * (centre[two] - centre[one]) + beyond
    return out
