"""All measures of inequality of one kind of access at once, with notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ...geo.names import quoted
from ._drawn import intervals
from ._weighted import FEWEST, TOO_FEW_ZONES, as_many, known, require_better, require_draws
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
    r"""Measure how unequally one kind of access is shared out.

    Parameters
    ----------
    values
        How much access each zone has, or what it costs, 0 or more. Zones whose amount is missing
        are left out, and ``note`` says how many those are; a cost that is NaN or infinite says
        that there is no way to any service.
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
        Whether more is better, or less, as of a cost: then less than the line is enough.
    indices
        Which of those below to give; all that can be unless told.
    replicates
        How often the zones are drawn anew for an interval; 0 for none.
    level
        Of the interval.
    seed
        Of the draws. The order of the zones makes no difference.

    Returns
    -------
    DataFrame
        ``index, value, ci_low, ci_high, note``: ``gini``, ``theil``, ``atkinson`` (aversion ½)
        and ``palma``; with a rank ``palma_by_rank`` and ``concentration_index``, with bounds also
        ``concentration_index_erreygers`` and ``concentration_index_wagstaff``; with a line
        ``poverty_0``, ``poverty_1`` and ``poverty_2``. NaN with the reason in ``note`` where a
        measure is not defined: where somebody has no way to any service, that is all but
        ``poverty_0``. No interval where fewer than ten zones of equal size would tell as much, or
        where the value is at a bound, as a share of 0.

    Raises
    ------
    ValueError
        Where a value or a number of people is negative, people or amounts are infinite, or a zone
        has no entry in ``values``; where an index is asked for that there is none of, or that
        lacks its rank, line or bounds; and where ``better`` is another word, or ``replicates`` or
        ``level`` make no interval.

    Notes
    -----
    Zones are drawn with replacement, as of :func:`gaps`; the line stays where it is, and a draw in
    which an index is not defined is left out. With :math:`g` the scale on which the index
    :math:`v` has no bounds (the logit of Gini, Atkinson and ``poverty_0``, the inverse hyperbolic
    tangent of concentration indices, the logarithm of all others), the interval is

    .. math:: g^{-1}\Big(g(v) \pm t_{m-1} \sqrt{\tfrac{m}{m - 1}} \,
        \operatorname{sd} g(v^*)\Big), \qquad m = \frac{(\sum_i n_i)^2}{\sum_i n_i^2}

    with :math:`m` zones of equal size that would tell as much (Kish). The plain quantiles of the
    draws are much too short, for these are skewed and small samples hold few of the greatest
    values.

    How far these hold, of 95 % (``bench/intervals.py --inequality``): 91 to 97 % of towns drawn
    from the sample municipality, by 60 zones as by 800; but where ways are very skewed, 79 to 83 %
    of spread (Gini, Theil, Atkinson, Palma) by 60 zones, 85 to 89 % by 200 and 89 to 93 % by 800,
    and of concentration and ``poverty_0`` 92 to 96 %. They are too short where a few have by far
    the most and zones are few.

    References
    ----------
    Efron, B., & Tibshirani, R. J. (1993). *An introduction to the bootstrap*. Chapman & Hall.
    https://doi.org/10.1007/978-1-4899-4541-9

    Kish, L. (1965). *Survey sampling*. Wiley.

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
    require_better(better)
    require_draws(replicates, level, least=0)
    costs = values
    if better == "lower":
        # Where nobody lives, there may be no way either.
        values = values.mask(np.isposinf(values.to_numpy(np.float64, na_value=np.nan)))
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
                costs, people, line, order=order, better=better
            )
    for name in indices or ():
        if name not in asked:
            raise ValueError(
                f"there is no index {quoted(name)} here; there are: {', '.join(asked)}"
            )
    chosen = [name for name in asked if indices is None or name in indices]
    rows = []
    for ranked in (False, True):
        names = [name for name in chosen if _by_rank(name) == ranked]
        if not names:
            continue
        v, n, r, left = known(costs, people, rank if ranked else None, better=better)
        endless, few = bool(np.isinf(v).any()), float(as_many(n)) < FEWEST
        found = {
            name: np.nan if endless and name != "poverty_0" else asked[name]() for name in names
        }
        drawable = [name for name in names if not np.isnan(found[name])]
        ends: dict[str, tuple[float, float]] = {}
        if replicates and drawable and not few:
            lacking = np.zeros(len(v)) if line is None else v / line - 1
            ends = intervals(
                drawable,
                *(v, n, r),
                lacking=lacking if better == "lower" else -lacking,
                bounds=bounds or (0, 1),
                replicates=replicates,
                level=level,
                seed=seed,
            )
        for name in names:
            low, high = ends.get(name, (np.nan, np.nan))
            notes = []
            if np.isnan(found[name]):
                notes.append("some have no way to any service" if endless else _why(v, n, name))
            elif replicates and few:
                notes.append(TOO_FEW_ZONES)
            elif replicates and np.isnan(low):
                notes.append("no interval: the value is at a bound")
            if left:
                missing = "value or rank" if ranked else "value"
                notes.append(f"{left} zone{'s' if left > 1 else ''} left out: {missing} missing")
            rows.append((name, found[name], low, high, "; ".join(notes)))
    table = pd.DataFrame(rows, columns=["index", "value", "ci_low", "ci_high", "note"])
    return table.set_index("index").loc[chosen].reset_index()


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
