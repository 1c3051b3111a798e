"""Draws of neighbours and orders of zones, and the p-values that they give."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from scipy import sparse

from ._known import Counts, Floats

TOLERANCE = 1e-10
"""Sums that differ by less are equal: their last bits depend on the order of adding."""

_BLOCK = 4_000_000

Alternative = Literal["two-sided", "greater", "less"]
"""On which side of the draws a statistic stands out: either, the upper, or the lower."""


def two_sided(larger: Counts, smaller: Counts, permutations: int) -> Floats:
    """Turn the number of draws on either side into two-sided p-values."""
    return p_value(larger, smaller, permutations)


def p_value(
    larger: Counts, smaller: Counts, draws: int, alternative: Alternative = "two-sided"
) -> Floats:
    """Turn the number of draws at least as large, and at least as small, into p-values."""
    return of_tails((larger + 1) / (draws + 1), (smaller + 1) / (draws + 1), alternative)


def of_tails(upper: Floats, lower: Floats, alternative: Alternative) -> Floats:
    """Turn the probabilities of at least as much, and of at most as much, into p-values."""
    if alternative == "greater":
        return upper
    if alternative == "less":
        return lower
    if alternative == "two-sided":
        return np.minimum(1.0, 2 * np.minimum(upper, lower))
    raise ValueError(
        f"alternative is {alternative!r}; there are {', '.join(map(repr, get_args(Alternative)))}"
    )


@lru_cache(maxsize=2)
def orders(zones: int, many: int, seed: int, start: int) -> np.ndarray:
    """Draw orders of the zones, one a column; the variables of a study share them."""
    rng = np.random.default_rng([seed, start])
    return np.stack([rng.permutation(zones) for _ in range(many)], axis=1).astype(np.int32)


def count_draws(
    z: Floats,
    lag: Floats,
    weights: sparse.csr_array,
    permutations: int,
    seed: int,
) -> tuple[Counts, Counts]:
    """Count the draws in which a zone's neighbours are at least as high, and at least as low."""
    n = len(z)
    number = np.diff(weights.indptr)
    most = int(number.max())
    draws = _draws(n - 1, most, permutations, seed)
    drawn = z[draws]
    if _equal(weights):
        return _ranked(z, lag, number, draws, drawn)
    # By zone: where it was drawn itself, so that the last zone stands in.
    order = np.argsort(draws, axis=None, kind="stable")
    ranked = draws.ravel()[order]
    larger, smaller = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    block = max(1, _BLOCK // max(permutations, most))
    for start in range(0, n, block):
        stop = min(start + block, n)
        first, last = weights.indptr[start], weights.indptr[stop]
        row = np.repeat(np.arange(stop - start), number[start:stop])
        turn = np.arange(first, last) - np.repeat(weights.indptr[start:stop], number[start:stop])
        weight = np.zeros((most, stop - start))
        weight[turn, row] = weights.data[first:last]
        sums = drawn @ weight
        low, high = np.searchsorted(ranked, [start, stop])
        permutation, turn = np.divmod(order[low:high], most)
        zone = ranked[low:high]
        # A zone is drawn once at most in a permutation, so no entry is addressed twice.
        sums[permutation, zone - start] += weight[turn, zone - start] * (z[-1] - z[zone])
        # Equal sums differ in their last bits by the order of adding.
        larger[start:stop] = (sums >= lag[start:stop] - TOLERANCE).sum(axis=0)
        smaller[start:stop] = (sums <= lag[start:stop] + TOLERANCE).sum(axis=0)
    return larger, smaller


@lru_cache(maxsize=2)
def _draws(zones: int, most: int, permutations: int, seed: int) -> np.ndarray:
    """Draw zones without replacement, one row a permutation; variables of a study share them."""
    rng = np.random.default_rng(seed)
    if zones <= most**2:
        rows = [rng.choice(zones, most, replace=False) for _ in range(permutations)]
        return np.stack(rows)
    draws = rng.integers(0, zones, (permutations, most))
    again = np.arange(permutations)
    # A row in which a zone is there twice is drawn anew: those that stay are equally likely.
    while len(again):
        ranked = np.sort(draws[again], axis=1)
        again = again[(ranked[:, 1:] == ranked[:, :-1]).any(axis=1)]
        draws[again] = rng.integers(0, zones, (len(again), most))
    return draws


def _equal(weights: sparse.csr_array) -> bool:
    """Tell whether all neighbours of a zone weigh the same."""
    number = np.diff(weights.indptr)
    first = weights.data[np.minimum(weights.indptr[:-1], max(weights.nnz - 1, 0))]
    return bool(np.allclose(weights.data, np.repeat(first, number), rtol=1e-12, atol=0))


def _ranked(
    z: Floats, lag: Floats, number: Counts, draws: np.ndarray, drawn: Floats
) -> tuple[Counts, Counts]:
    """Count as `count_draws` does where a zone's neighbours weigh the same.

    The drawn means then depend on how many neighbours a zone has and not on which zone it is:
    sorted once for each number, they are looked up. Draws of the zone itself are put right.
    """
    n, permutations = len(z), len(draws)
    larger, smaller = np.full(n, permutations), np.full(n, permutations)
    sums = np.cumsum(drawn, axis=1)
    for many in np.unique(number[number > 0]):
        here = number == many
        means = sums[:, many - 1] / many
        ranked = np.sort(means)
        least, most = lag - TOLERANCE, lag + TOLERANCE
        larger[here] = permutations - np.searchsorted(ranked, least[here], side="left")
        smaller[here] = np.searchsorted(ranked, most[here], side="right")
        permutation, turn = np.nonzero(here[draws[:, :many]])
        zone = draws[permutation, turn]
        was = means[permutation]
        now = was + (z[-1] - z[zone]) / many
        for count, change in (
            (larger, (now >= least[zone]).astype(int) - (was >= least[zone])),
            (smaller, (now <= most[zone]).astype(int) - (was <= most[zone])),
        ):
            np.add.at(count, zone, change)
    return larger, smaller
