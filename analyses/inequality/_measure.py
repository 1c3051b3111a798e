"""All measures of inequality of one kind of access at once, with notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._drawn import intervals
from ._weighted import known
from .concentration import concentration_index
from .poverty import poverty
from .spread import atkinson, gini, palma, theil


def measure(
    values: pd.Series,
    people: pd.Series,
    *,
    rank: pd.Series | None = None,
    line: float | None = None,
    bounds: tuple[float, float] | None = None,
    better: Literal["lower", "higher"] = "higher",
    indices: Sequence[str] | None = None,
    replicates: int = 0,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure how unequally one kind of access is shared out.

    Parameters
    ----------
    values
        How much access each zone has, or what it costs, 0 or more. Zones without a value are left
        out, and ``note`` says how many those are.
    people
        People by zone.
    rank
        What puts people in order, such as the income of their zone, for the concentration index
        and the Palma ratio by rank.
    line
        What is enough, for the poverty of access.
    bounds
        The least and the most that a value can be, for the corrected concentration indices.
    better
        Whether more than the line is enough, or less, as of a cost.
    indices
        Which of those below to give; all that can be unless told.
    replicates
        How often the zones are drawn anew for an interval; 0 for none.
    level
        Of the interval.
    seed
        Of the draws.

    Returns
    -------
    DataFrame
        ``index, value, ci_low, ci_high, note``: ``gini``, ``theil``, ``atkinson`` (aversion ½)
        and ``palma``; with a rank ``palma_by_rank`` and ``concentration_index``, with bounds also
        ``concentration_index_erreygers`` and ``concentration_index_wagstaff``; with a line
        ``poverty_0``, ``poverty_1`` and ``poverty_2``. NaN with the reason in ``note`` where a
        measure is not defined.

    Raises
    ------
    ValueError
        Where a value or a number of people is negative or infinite, or a zone has no value; and
        where an index is asked for that there is none of, or that lacks its rank, line or bounds.

    Notes
    -----
    The intervals are percentile intervals of zones drawn with replacement, as of :func:`gaps`. A
    draw in which an index is not defined is left out; the line stays where it is.

    Examples
    --------
    >>> values, people = pd.Series({"a": 3.0, "b": 1.0}), pd.Series({"a": 50, "b": 50})
    >>> measure(values, people, line=2)[["index", "value"]].round(3)
           index  value
    0       gini  0.250
    1      theil  0.131
    2   atkinson  0.067
    3      palma  3.000
    4  poverty_0  0.500
    5  poverty_1  0.250
    6  poverty_2  0.125
    """
    asked: dict[str, Callable[[], float]] = {
        "gini": lambda: gini(values, people),
        "theil": lambda: theil(values, people),
        "atkinson": lambda: atkinson(values, people),
        "palma": lambda: palma(values, people),
    }
    if rank is not None:
        asked["palma_by_rank"] = lambda: palma(values, people, rank=rank)
        asked["concentration_index"] = lambda: concentration_index(values, people, rank)
        if bounds is not None:
            asked["concentration_index_erreygers"] = lambda: concentration_index(
                values, people, rank, correction="erreygers", bounds=bounds
            )
            asked["concentration_index_wagstaff"] = lambda: concentration_index(
                values, people, rank, correction="wagstaff", bounds=bounds
            )
    if line is not None:
        for order in (0, 1, 2):
            asked[f"poverty_{order}"] = lambda order=order: poverty(  # type: ignore[misc]
                values, people, line, order=order, better=better
            )
    for name in indices or ():
        if name not in asked:
            raise ValueError(f"there is no index {name!r} here; there are: {', '.join(asked)}")
    chosen = [name for name in asked if indices is None or name in indices]
    ends: dict[str, tuple[float, float]] = {}
    rows = []
    for ranked in (False, True) if replicates else ():
        names = [name for name in chosen if _by_rank(name) == ranked]
        v, n, r, _ = known(values, people, rank if ranked else None)
        if names and len(v):
            lacking = (
                0 * v if line is None else (line - v if better == "higher" else v - line) / line
            )
            ends |= intervals(
                names,
                *(v, n, r),
                lacking=lacking,
                bounds=bounds or (0, 1),
                replicates=replicates,
                level=level,
                seed=seed,
            )
    for name in chosen:
        v, n, _, left = known(values, people, rank if _by_rank(name) else None)
        value = asked[name]()
        notes = []
        if np.isnan(value):
            notes.append(_why(v, n, name))
        if left:
            missing = "value or rank" if _by_rank(name) else "value"
            notes.append(f"{left} zone{'s' if left > 1 else ''} left out: {missing} missing")
        low, high = (np.nan, np.nan) if np.isnan(value) else ends.get(name, (np.nan, np.nan))
        rows.append((name, value, low, high, "; ".join(notes)))
    return pd.DataFrame(rows, columns=["index", "value", "ci_low", "ci_high", "note"])


def _by_rank(name: str) -> bool:
    """Tell whether an index needs a rank."""
    return name.startswith("concentration") or name == "palma_by_rank"


def _why(v: np.ndarray, n: np.ndarray, name: str) -> str:
    """Say why a measure is not defined."""
    if len(v) == 0:
        return "there are no people with a value"
    if not v @ n > 0:
        return "nobody has any access"
    if name.startswith("palma"):
        return "the four tenths at the bottom have no access"
    return "everybody is at a bound"
