"""Mean and variance of a statistic over all orders of the values, in closed form.

The statistics of a whole map are a sum over pairs of zones, Σ_ij p_ij q_ij, of what the map says
of a pair (its weight p) and of what the values say of it (q: a product, a squared difference).
When the values change places, their pairs do: the moments over all n! orders are those of Mantel
(1967), which follow from few sums of either side.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy import sparse

from ._known import Floats


class Sums(NamedTuple):
    """What the moments need of a symmetric matrix: one side, weights or values."""

    diagonal: Floats
    rows: Floats
    """Of each row, without the diagonal."""
    squares: float
    """Sum of the squares, without the diagonal."""


def of_weights(weights: sparse.csr_array) -> Sums:
    """Sum up the symmetric part of weights."""
    diagonal = weights.diagonal()
    # Once with and once without its mirror image: Σ ((w_ij + w_ji) / 2)².
    squares = (weights.data @ weights.data + weights.multiply(weights.T).sum()) / 2
    rows = (_rows(weights) + _rows(weights.T)) / 2 - diagonal
    return Sums(diagonal, rows, float(squares - diagonal @ diagonal))


def of_common(weights: sparse.csr_array, block: int = 4_000_000) -> Sums:
    """Sum up VᵀV for weights V, of which only some rows are made at a time."""
    across = weights.T.tocsr()
    own = np.asarray(weights.multiply(weights).sum(axis=0)).ravel()
    rows = across @ _rows(weights) - own
    length = np.diff(across.indptr) * max(1, int(np.diff(weights.indptr).max(initial=1)))
    part = np.cumsum(length) // block
    edges = [0, *(np.flatnonzero(np.diff(part)) + 1), len(own)]
    squares = 0.0
    for start, stop in pairwise(edges):
        common = across[start:stop] @ weights
        squares += float(common.data @ common.data)
    return Sums(own, rows, squares - float(own @ own))


def of_products(x: Floats, y: Floats) -> Sums:
    """Sum up (x_i y_j + x_j y_i) / 2."""
    both = x * y
    rows = (x * (y.sum() - y) + y * (x.sum() - x)) / 2
    squares = (x @ x) * (y @ y) + (x @ y) ** 2
    return Sums(both, rows, float(squares / 2 - both @ both))


def of_levels(z: Floats, level: float) -> Sums:
    """Sum up (level + z_i)(level + z_j) − level², where z is centred.

    The square of the level is left out, as it drowns the rest where values differ by little.
    """
    many = len(z)
    second, third, fourth = (float((z**power).sum()) for power in (2, 3, 4))
    squares = second**2 - fourth - 4 * level * third + level**2 * (2 * many - 4) * second
    return Sums(z**2 + 2 * level * z, level * (many - 2) * z - z**2, squares)


def of_differences(x: Floats) -> Sums:
    """Sum up (x_i − x_j)²."""
    many, z = len(x), x - x.mean()
    second, fourth = float((z**2).sum()), float((z**4).sum())
    return Sums(np.zeros(many), many * z**2 + second, 2 * many * fourth + 6 * second**2)


def mantel(weights: Sums, values: Sums) -> tuple[float, float]:
    """Give the mean and the variance of Σ_ij p_ij q_ij over all orders of the values."""
    n = len(weights.rows)
    pairs = n * (n - 1)
    triples = pairs * (n - 2)
    fours = triples * (n - 3)
    p0, q0 = float(weights.rows.sum()), float(values.rows.sum())
    p1, q1 = 2 * weights.squares, 2 * values.squares
    p2, q2 = 4 * float(weights.rows @ weights.rows), 4 * float(values.rows @ values.rows)
    mean = p0 * q0 / pairs
    # Two pairs of the sum's square have both zones in common, one zone, or none.
    second = p1 * q1 / (2 * pairs)
    second += (p2 - 2 * p1) * (q2 - 2 * q1) / (4 * triples)
    second += (p0**2 + p1 - p2) * (q0**2 + q1 - q2) / fours
    own, its = weights.diagonal, values.diagonal
    if not own.any():
        return mean, _positive(second - mean**2, second)
    alone = float(own.sum() * its.sum() / n)
    spread = float(((own - own.mean()) ** 2).sum() * ((its - its.mean()) ** 2).sum() / (n - 1))
    touching = float(its @ values.rows) / pairs
    apart = (float(its.sum()) * q0 - 2 * float(its @ values.rows)) / triples
    together = 2 * float(own @ weights.rows)
    both = together * touching + (float(own.sum()) * p0 - together) * apart
    variance = second - mean**2 + spread + 2 * (both - alone * mean)
    return mean + alone, _positive(variance, second + spread + alone**2)


def _positive(variance: float, size: float) -> float:
    """Take for 0 what is left of a difference by rounding alone."""
    return variance if variance > 1e-13 * size else 0.0


def _rows(matrix: sparse.sparray) -> Floats:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
