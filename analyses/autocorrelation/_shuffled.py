"""Statistics of a whole map: over its neighbours as they are, and with its values shuffled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from libpysal.graph import Graph
from numba import njit
from scipy import sparse

from ...geo.threads import in_parts
from ._draws import TOLERANCE, Alternative, p_value
from ._known import Floats
from ._moments import Sums, of_common, of_weights

_BLOCK = 4_000_000
_PART = 800_000

SAME = "every order of the values gives the same"
"""The note where nothing can be told from chance, as all neighbour each other."""


class Links:
    """Neighbours as matrices, made once for all statistics and when they are needed."""

    def __init__(self, graph: Graph) -> None:
        self._weights = sparse.csr_array(graph.sparse, dtype=np.float64, copy=True)
        self._weights.eliminate_zeros()

    @cached_property
    def row(self) -> sparse.csr_array:
        """Row-standardised."""
        total = np.asarray(self._weights.sum(axis=1)).ravel()
        share = np.divide(1.0, total, out=np.zeros_like(total), where=total != 0)
        return sparse.csr_array(sparse.diags_array(share) @ self._weights)

    @cached_property
    def binary(self) -> sparse.csr_array:
        """1 between neighbours, ½ where one of two has the other alone; none for itself."""
        ones = self._weights.copy()
        ones.data[:] = 1.0
        ones.setdiag(0.0)
        ones = sparse.csr_array((ones + ones.T) / 2)
        ones.eliminate_zeros()
        return ones

    @cached_property
    def row_sums(self) -> Sums:
        return of_weights(self.row)

    @cached_property
    def binary_sums(self) -> Sums:
        return of_weights(self.binary)

    @cached_property
    def common_sums(self) -> Sums:
        """Of the neighbours that two zones have in common, each shared by its row."""
        return of_common(self.row)

    @cached_property
    def row_half(self) -> sparse.csr_array:
        return half(self.row)

    @cached_property
    def binary_half(self) -> sparse.csr_array:
        return half(self.binary)


def half(weights: sparse.csr_array) -> sparse.csr_array:
    """Give each pair of zones once, with the weights of both ways: half the work."""
    own = sparse.diags_array(weights.diagonal())
    return sparse.csr_array(sparse.triu(weights + weights.T, k=1) + own)


def quadratic(halved: sparse.csr_array, z: Floats) -> Floats:
    """Give Σ_ij w_ij z_i z_j for each column of z."""
    return np.einsum("ij,ij->j", z, halved @ z)


class Statistic(NamedTuple):
    """Of some variables, ready to be measured on any order of their values."""

    of: tuple[object, ...]
    """The variables whose values are shuffled, all in one order."""
    measure: Callable[..., Floats]
    """From (zones, orders), one of each variable, to one figure an order."""
    expected: float
    deviation: float


def run(
    tests: Sequence[Statistic],
    values: Mapping[object, Floats],
    permutations: int,
    alternative: Alternative,
    seed: int,
) -> list[tuple[float, float, float, float, str]]:
    """Give value, mean, standard score, p-value and a note of each test, in one pass.

    All are measured on the same orders. Which those are depends on the number of zones, so that
    no result depends on what else is tested, or in how many threads.
    """
    needed = {name: values[name] for test in tests for name in test.of}
    n = len(next(iter(needed.values()))) if needed else 0
    drawn = np.empty((len(tests), permutations))
    block = max(1, _BLOCK // max(n, 1))
    part = max(1, _PART // max(n, 1))
    starts = range(0, permutations, block)

    def work(first: int, last: int) -> None:
        for start in starts[first:last]:
            order = shuffles(n, min(block, permutations - start), seed, start)
            # Fewer orders at a time stay near the processor.
            for left in range(0, len(order), part):
                these = order[left : left + part].T
                shuffled = {name: np.take(z, these) for name, z in needed.items()}
                at = slice(start + left, start + left + these.shape[1])
                for row, test in enumerate(tests):
                    drawn[row, at] = test.measure(*(shuffled[name] for name in test.of))

    if tests:
        in_parts(len(starts), work, least=2)
    rows = []
    for test, figures in zip(tests, drawn, strict=True):
        value = float(test.measure(*(needed[name][:, None] for name in test.of))[0])
        slack = TOLERANCE * (abs(value) + test.deviation)
        larger, smaller = (figures >= value - slack).sum(), (figures <= value + slack).sum()
        p = float(p_value(larger, smaller, permutations, alternative))
        score = (value - test.expected) / test.deviation if test.deviation > 0 else np.nan
        rows.append((value, test.expected, score, p, "" if test.deviation > 0 else SAME))
    return rows


def shuffles(zones: int, many: int, seed: int, start: int) -> np.ndarray:
    """Draw orders of the zones, (many, zones): always the same of a seed and a start."""
    states = np.random.SeedSequence([seed, start]).generate_state(many, np.uint64)
    out = np.empty((many, zones), dtype=np.int32)
    _shuffle(states, out)
    return out


@njit(cache=True, nogil=True)
def _shuffle(states: np.ndarray, out: np.ndarray) -> None:
    """Fill each row with an order: Fisher and Yates, by the generator splitmix64.

    numpy's permutations take six times as long, and were most of the work. The upper half of a
    number, times how many there are to pick from, is the pick: even to n / 2³².
    """
    for row in range(len(out)):
        order, state = out[row], states[row]
        for place in range(len(order)):
            order[place] = place
        for place in range(len(order) - 1, 0, -1):
            state += np.uint64(0x9E3779B97F4A7C15)
            mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            upper = (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(32)
            pick = (upper * np.uint64(place + 1)) >> np.uint64(32)
            kept = order[place]
            order[place] = order[pick]
            order[pick] = kept
