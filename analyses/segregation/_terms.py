"""What the indices have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def columns(counts: ArrayLike) -> Floats:
    """Give counts as (zones, k) floats, a single column where they have one dimension."""
    array = np.asarray(counts, dtype=np.float64)
    return array[:, None] if array.ndim == 1 else array


def divide(above: ArrayLike, below: ArrayLike, nothing: float = np.nan) -> Floats:
    """Divide, with NaN or another number where the divisor is 0."""
    above, below = np.asarray(above, float), np.asarray(below, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        out = above / below
    return np.where(below != 0, out, nothing)


def share(part: ArrayLike, people: ArrayLike) -> Floats:
    """Divide, with 0 where there are no people: such a zone weighs nothing."""
    return divide(part, people, 0.0)


def entropy(shares: Floats, axis: int | None = None) -> Floats:
    """Give -p ln p, where 0 ln 0 is its limit, 0; summed over an axis if one is named."""
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    terms = -(shares * logs)
    return terms if axis is None else terms.sum(axis=axis)


def n_log_n(n: Floats) -> Floats:
    """Give n ln n, 0 for 0: a zone's entropy times its people is t ln t - sum of n ln n.

    It takes no shares of zones and no mask, and so a fraction of the time.
    """
    return n * np.log(np.maximum(n, np.finfo(np.float64).tiny))


def weighted_entropy(n: Floats) -> Floats:
    """Give the entropy of each row, times its people."""
    return np.maximum(n_log_n(n.sum(axis=1)) - n_log_n(n).sum(axis=1), 0.0)


def unit(values: Floats) -> Floats:
    """Take off what rounding adds beyond 0 and 1."""
    return np.clip(values, 0.0, 1.0)
