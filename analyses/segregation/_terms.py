"""What the indices have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def columns(counts: ArrayLike) -> Floats:
    """Give counts as (zones, k) floats, a single column where they have one dimension."""
    array = np.asarray(counts, dtype=np.float64)
    return array[:, None] if array.ndim == 1 else array


def divide(above: ArrayLike, below: ArrayLike) -> Floats:
    """Divide, with NaN where the divisor is 0."""
    above, below = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)


def entropy(shares: Floats, axis: int) -> Floats:
    """Sum -p ln p, where 0 ln 0 is its limit, 0."""
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return -(shares * logs).sum(axis=axis)


def unit(values: Floats) -> Floats:
    """Take off what rounding adds beyond 0 and 1."""
    return np.clip(values, 0.0, 1.0)
