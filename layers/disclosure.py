"""The one gate: nothing about fewer people than the minimum count leaves the tool.

Two rules hold for every zone and attribute (Hundepool et al. 2012, *Statistical Disclosure
Control*, ch. 4: threshold rule and complementary suppression):

1. a count between 1 and the minimum less one is hidden, and so is the whole attribute, its zeros
   too, where the zone's total is below the minimum;
2. what is hidden cannot be computed from what is shown: the hidden groups of a zone, and the
   hidden zones of a group, are each at least two and at least the minimum together.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

REASONS = ("", "hidden", "missing", "nobody", "none")
"""Why a zone's figure is not shown: it is; too few people; no data; no people live there; none of
those who are counted do."""


def hidden(
    counts: pd.DataFrame, min_count: int, *, also: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Tell which counts of one attribute must not be shown.

    Parameters
    ----------
    counts
        Zones × groups, counts; NaN where unknown.
    min_count
        The fewest people, households or dwellings that a published figure may be about.
    also
        Zones × groups of bool: what must not be shown for another reason.

    Returns
    -------
    DataFrame
        Zones × groups of bool. An unknown count is not hidden: there is nothing to hide.

    Notes
    -----
    A zero of a zone with enough people is shown, and so is a share of 100 %: it is a statement
    about all of the zone's people, who are at least ``min_count``. Totals of the municipality are
    published, so the hidden zones of each group are guarded as a column too. The pattern is found
    by greedy passes over rows and columns until both rules hold; it hides more than an optimal one
    would, never less.

    Examples
    --------
    >>> counts = pd.DataFrame({"low": [3, 20, 30], "middle": [40, 50, 20], "high": [12, 9, 4]})
    >>> hidden(counts, 10)
         low  middle  high
    0   True    True  True
    1   True   False  True
    2  False    True  True
    """
    values = counts.to_numpy(dtype=float)
    known = np.nan_to_num(values)
    mask = (known > 0) & (known < min_count)
    total = known.sum(axis=1)
    small = (total > 0) & (total < min_count)
    mask[small] = True
    if also is not None:
        mask |= also.to_numpy(dtype=bool)
    candidate = np.where(known >= min_count, known, np.inf)
    while True:
        before = mask.sum()
        _guard(mask, known, candidate, min_count, alone=~small)
        _guard(mask.T, known.T, candidate.T, min_count, alone=np.ones(values.shape[1], bool))
        if mask.sum() == before:
            return pd.DataFrame(mask, index=counts.index, columns=counts.columns)


def _guard(
    mask: np.ndarray, known: np.ndarray, candidate: np.ndarray, least: int, *, alone: np.ndarray
) -> None:
    """Hide the smallest shown count of each row whose hidden ones are one, or too few together."""
    while True:
        number = mask.sum(axis=1)
        together = (known * mask).sum(axis=1)
        weak = alone & (number > 0) & ((number < 2) | (together < least))
        left = np.where(mask, np.inf, candidate)
        weak &= np.isfinite(left.min(axis=1))
        if not weak.any():
            return
        rows = np.flatnonzero(weak)
        mask[rows, left[rows].argmin(axis=1)] = True


def reasons(counts: pd.DataFrame, min_count: int) -> pd.DataFrame:
    """Say for each zone and group why its share is not shown.

    Parameters
    ----------
    counts, min_count
        See `hidden`.

    Returns
    -------
    DataFrame
        Zones × groups of text: one of `REASONS` but the last. ``nobody`` where the zone has none
        of the attribute's universe, ``missing`` where a count of the zone is unknown (a share
        needs them all).
    """
    mask = hidden(counts, min_count)
    out = pd.DataFrame("", index=counts.index, columns=counts.columns, dtype=object)
    out = out.mask(mask, "hidden")
    out.loc[counts.sum(axis=1, skipna=False) == 0] = "nobody"
    out.loc[counts.isna().any(axis=1)] = "missing"
    return out


def publish(shares: pd.DataFrame, reason: pd.DataFrame, digits: int = 3) -> pd.DataFrame:
    """Blank what must not be shown, and round the rest.

    Parameters
    ----------
    shares
        Zones × variables, figures of zones.
    reason
        The reasons, of the same shape (see `reasons`).
    digits
        Significant digits that stay: a full-length figure of a zone would give back, by
        arithmetic, the counts it was made from.

    Returns
    -------
    DataFrame
        The figures, NaN where there is a reason.
    """
    shown = shares.where(reason.to_numpy() == "")
    rounded = significant(shown.to_numpy(dtype=float), digits)
    return pd.DataFrame(rounded, index=shares.index, columns=shares.columns)


def significant(values: ArrayLike, digits: int) -> NDArray[np.float64]:
    """Round to significant digits.

    Examples
    --------
    >>> significant([1234.5, 0.012345, 0.0], 3)
    array([1.23e+03, 1.23e-02, 0.00e+00])
    """
    array = np.asarray(values, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (digits - 1 - np.floor(np.log10(np.abs(array))))
        return np.where(array == 0, 0.0, np.round(array * scale) / scale)


def coarse_share(part: float, total: float, least: int) -> float:
    """Give a share in steps of twice the minimum count or more, and of one in a hundred at least.

    A part of which all but a few people are published would tell those few, were it exact. NaN
    where there are too few people for any step.

    Examples
    --------
    >>> coarse_share(34, 1000, 10), coarse_share(30, 100, 10), coarse_share(0, 100, 10)
    (0.04, 0.25, 0.0)
    """
    steps = [step for step in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5) if step * total >= 2 * least]
    if part in (0, total) or not steps:
        return part / total if part in (0, total) and total else float("nan")
    return min(max(round(part / total / steps[0]), 1) * steps[0], 1 - steps[0])


def number_of_people(count: float, min_count: int) -> float:
    """Give a published number of people: NaN for one between 1 and the minimum less one.

    Examples
    --------
    >>> number_of_people(4, 10), number_of_people(0, 10), number_of_people(12, 10)
    (nan, 0.0, 12.0)
    """
    return float("nan") if 0 < count < min_count else float(count)


def coarse(counts: pd.Series, min_count: int) -> pd.Series:
    """Round counts to multiples of the minimum count, and any of nobody's to half of it at least.

    Parameters
    ----------
    counts
        People or dwellings.
    min_count
        See `hidden`.

    Returns
    -------
    Series
        What weights may be where a mean is published: the mean then tells no more of the counts.
        0 stays 0 and NaN NaN.

    Examples
    --------
    >>> coarse(pd.Series([0, 2, 14, 97]), 10).tolist()
    [0.0, 5.0, 10.0, 100.0]
    """
    steps = (counts / min_count).round().clip(lower=0.5)
    return (steps * min_count).where(counts != 0, 0.0)


def account(accounting: pd.DataFrame, min_count: int) -> pd.DataFrame:
    """Blank the small numbers of people in the account of what went in and out.

    Parameters
    ----------
    accounting
        ``layer``, ``year``, ``what``, ``before``, ``excluded``, ``after``, ``reason``; steps of
        one layer, year and kind stand in their order.
    min_count
        See `hidden`.

    Returns
    -------
    DataFrame
        The account with NaN for a number of people, households or dwellings below the minimum
        that a step left out, and for the sums after it, from which it could be computed.
    """
    out = accounting.copy()
    columns = ["before", "excluded", "after"]
    out[columns] = out[columns].astype("float64")
    for _, part in out[out["what"] != "rows"].groupby(["layer", "year", "what"], dropna=False):
        few = part["excluded"].abs().between(0, min_count, inclusive="neither")
        if few.any():
            since = few.cumsum() > 0
            out.loc[part.index[few], "excluded"] = np.nan
            out.loc[part.index[since], "after"] = np.nan
            out.loc[part.index[since & since.shift(fill_value=False)], "before"] = np.nan
    return out
