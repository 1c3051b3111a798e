"""Counts as the indices take them."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def complete(counts: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Tell which zones have every count, and give the counts of those as (zones, groups)."""
    if not isinstance(counts, pd.DataFrame):
        what = type(counts).__name__
        raise ValueError(f"counts is a {what}; give a DataFrame of zones × groups")
    if counts.shape[1] == 0:
        raise ValueError("counts has no columns; give one column a group")
    names = counts.columns.map(lambda name: "" if _nothing(name) else str(name))
    if "" in names:
        raise ValueError("a group of counts has no name; name each column")
    if not names.is_unique:
        twice = names[names.duplicated()][0]
        raise ValueError(f"counts has the group {twice!r} twice; give each column its own name")
    n: NDArray[np.float64] = np.empty(counts.shape, dtype=np.float64)
    for at in range(counts.shape[1]):
        n[:, at] = _numbers(counts.iloc[:, at], names[at])
    bad = (n < 0) | np.isinf(n)
    if bad.any():
        zone, group = np.argwhere(bad)[0]
        raise ValueError(
            f"zone {counts.index.tolist()[zone]!r} has {n[zone, group]:g} members of "
            f"{names[group]!r}; a count is 0 or more, and missing ones are NaN"
        )
    known: NDArray[np.bool_] = np.logical_not(np.isnan(n).any(axis=1))
    return known, n[known]


def _nothing(name: Any) -> bool:
    """Tell whether a name is none: None, NaN or empty."""
    return bool(np.ndim(name) == 0 and pd.isna(name)) or str(name).strip() == ""


def _numbers(column: pd.Series, name: str) -> NDArray[np.float64]:
    """Give the counts of a group as floats, NaN where there are none."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        fine = [isinstance(one, Number) or one is None or one is pd.NA for one in column]
        strange = column[np.logical_not(fine)]
        if len(strange):
            zone, said = strange.index.tolist()[0], strange.iloc[0]
            raise ValueError(
                f"zone {zone!r} has {said!r} members of {name!r}, which is no number; turn the "
                "column into numbers first"
            )
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
