"""Counts as the indices take them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def complete(counts: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Tell which zones have every count, and give the counts of those as (zones, groups)."""
    if counts.shape[1] == 0:
        raise ValueError("counts has no columns; give one column a group")
    if not counts.columns.is_unique:
        twice = counts.columns[counts.columns.duplicated()][0]
        raise ValueError(f"counts has the group {twice!r} twice; give each column its own name")
    n = counts.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = (n < 0) | np.isinf(n)
    if bad.any():
        zone, group = np.argwhere(bad)[0]
        raise ValueError(
            f"zone {counts.index[zone]!r} has {n[zone, group]:g} members of "
            f"{counts.columns[group]!r}; a count is 0 or more, and missing ones are NaN"
        )
    known = ~np.isnan(n).any(axis=1)
    return known, n[known]
