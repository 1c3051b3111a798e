"""Values and the people who have them: checks and quantiles that all measures share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...geo.names import quoted

Floats = NDArray[np.float64]

FEWEST = 10
"""Of fewer zones, see `as_many`, there is no interval: they tell too little of what differs."""

TOO_FEW_ZONES = "no interval: too few zones"

_AT_ONCE = 2_000_000
"""So many numbers of a bootstrap stand in memory at once."""


def known(
    values: pd.Series,
    people: pd.Series,
    rank: pd.Series | None = None,
    *,
    better: str = "higher",
) -> tuple[Floats, Floats, Floats, int]:
    """Give the values, people and ranks of the zones where people live, and how many are left out.

    Left out are zones whose value, people or rank is missing. Without ranks the values stand in.
    Where lower is better, no value is no way, and so an infinite one.
    """
    given = [people] if rank is None else [people, rank]
    for series, what in zip([values, *given], ["values", "people", "rank"], strict=False):
        require_unique(series.index, what)
        require_entries(people.index, series.index, what)
    n = people.to_numpy(dtype=np.float64, na_value=np.nan)
    v = values.reindex(people.index).to_numpy(dtype=np.float64, na_value=np.nan)
    refuse(people.index, n, "people")
    if better == "lower":
        refuse(people.index, np.where(np.isposinf(v), np.nan, v), "values")
        v = np.where(np.isnan(v), np.inf, v)
    else:
        refuse(people.index, v, "values")
    r = v if rank is None else rank.reindex(people.index).to_numpy(np.float64, na_value=np.nan)
    missing = np.isnan(v) | np.isnan(n) | np.isnan(r)
    lived = ~missing & (n > 0)
    return v[lived], n[lived], r[lived], int((missing & ~(n == 0)).sum())


def as_many(people: Floats) -> Floats:
    """Tell how many zones of equal size would tell as much: Kish's effective number."""
    squares = np.square(people).sum(axis=0)
    return np.square(people.sum(axis=0)) / np.where(squares > 0, squares, 1.0)


def require_unique(zones: pd.Index, what: str) -> None:
    """Refuse zones that are there twice."""
    if not zones.is_unique:
        twice = quoted(zones[zones.duplicated()][0])
        raise ValueError(f"{what} names zone {twice} twice; name each once")


def require_entries(zones: pd.Index, given: pd.Index, what: str) -> None:
    """Refuse zones that are not there."""
    absent = ~zones.isin(given)
    if absent.any():
        raise ValueError(
            f"zone {quoted(zones[absent][0])} has no entry in {what}; give NaN where it is not "
            "known"
        )


def require_better(better: str) -> None:
    """Refuse what does not say whether low values are good or high ones."""
    if better not in ("lower", "higher"):
        raise ValueError(f"better is {quoted(better)}; give 'lower' or 'higher'")


def require_draws(replicates: int, level: float, least: int) -> None:
    """Refuse numbers of draws and levels that no interval can be made of."""
    if not (isinstance(replicates, int | np.integer) and replicates >= least):
        raise ValueError(
            f"replicates is {quoted(replicates)}; give a whole number, one replicate at least"
            + (", or 0 for no interval" if least == 0 else "")
        )
    if not 0 < level < 1:
        raise ValueError(f"level is {quoted(level)}; give one between 0 and 1, as 0.95")


def refuse(zones: pd.Index, amounts: Floats, what: str) -> None:
    """Refuse what is negative or infinite."""
    bad = (amounts < 0) | np.isinf(amounts)
    if bad.any():
        raise ValueError(
            f"{what} of zone {quoted(zones[bad][0])} is {amounts[bad][0]:g}; give a number of 0 "
            "or more, or NaN where it is not known"
        )


def counts_of(counts: pd.DataFrame, group: Any) -> Floats:
    """Give the members of a group by zone, or refuse them."""
    people = counts[group].to_numpy(dtype=np.float64, na_value=np.nan)
    bad = (people < 0) | np.isinf(people)
    if bad.any():
        raise ValueError(
            f"zone {quoted(counts.index[bad][0])} has {people[bad][0]:g} members of "
            f"{quoted(group)}; a count is 0 or more, and missing ones are NaN"
        )
    return people


def costs_of(values: pd.Series, counts: pd.DataFrame) -> Floats:
    """Give the values in the order of the counts, or refuse them."""
    require_unique(values.index, "values")
    require_unique(counts.index, "counts")
    if not counts.columns.is_unique:
        twice = quoted(counts.columns[counts.columns.duplicated()][0])
        raise ValueError(f"counts names group {twice} twice; name each once")
    absent = ~counts.index.isin(values.index)
    if absent.any():
        raise ValueError(
            f"zone {quoted(counts.index[absent][0])} has no entry in values; give NaN where there "
            "is no way to a service"
        )
    cost = values.reindex(counts.index).to_numpy(dtype=np.float64, na_value=np.nan)
    if (cost < 0).any():
        zone = quoted(counts.index[cost < 0][0])
        raise ValueError(f"the cost of zone {zone} is negative; correct it")
    return cost


def weighted_quantile(values: ArrayLike, weights: ArrayLike, q: float) -> float:
    r"""Give the least value up to which at least a share of the weight lies.

    Parameters
    ----------
    values, weights
        Values and their weights of 0 or more, (n,); a value may be infinite.
    q
        The share, above 0 and up to 1.

    Returns
    -------
    float
        One of the values; NaN where there is no weight.

    Raises
    ------
    ValueError
        Where the share is outside its range.

    Notes
    -----
    .. math:: Q(q) = \min \Big\{ v : \sum_{i: v_i \le v} w_i \ge q \sum_i w_i \Big\}

    The inverse of the distribution function, definition 1 of Hyndman and Fan (1996): a cost that
    somebody has, never one between two. Sums that differ by less than 1e-12 of the whole are taken
    as equal.

    References
    ----------
    Hyndman, R. J., & Fan, Y. (1996). Sample quantiles in statistical packages. *The American
    Statistician*, 50(4), 361–365. https://doi.org/10.1080/00031305.1996.10473566

    Examples
    --------
    >>> weighted_quantile([100.0, 200.0, 900.0], [10, 15, 25], 0.5)
    200.0
    """
    if not 0 < q <= 1:
        raise ValueError(f"q must be above 0 and up to 1, not {quoted(q)}")
    return float(quantiles(values, weights, [q])[0])


def quantiles(values: ArrayLike, weights: ArrayLike, q: ArrayLike) -> Floats:
    """Give several weighted quantiles of one sorting, see :func:`weighted_quantile`."""
    v, w = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    v, w = v[w > 0], w[w > 0]
    shares = np.asarray(q, dtype=np.float64)
    if len(v) == 0:
        return np.full(len(shares), np.nan)
    order = np.argsort(v, kind="stable")
    running = np.cumsum(w[order])
    return v[order][np.searchsorted(running, (shares - 1e-12) * running[-1])]


def drawn(zones: int, replicates: int, seed: int) -> Iterator[Floats]:
    """Tell how often each zone is drawn with replacement: arrays of replicates × zones.

    Of many zones they come in several, so that none is large. Whoever draws puts the zones in the
    order of their figures before, so that the order in which they were given changes nothing.
    """
    if zones * replicates <= _AT_ONCE:
        yield _all_drawn(zones, replicates, seed)
        return
    rng, at_once = np.random.default_rng(seed), max(1, _AT_ONCE // zones)
    for first in range(0, replicates, at_once):
        yield _times(rng, zones, min(at_once, replicates - first))


@lru_cache(maxsize=2)
def _all_drawn(zones: int, replicates: int, seed: int) -> Floats:
    """Draw once for all that is measured of the same zones."""
    return _times(np.random.default_rng(seed), zones, replicates)


def _times(rng: np.random.Generator, zones: int, number: int) -> Floats:
    """Draw so many times."""
    which = rng.integers(0, zones, (number, zones)) + zones * np.arange(number)[:, None]
    times = np.bincount(which.ravel(), minlength=number * zones)
    return times.reshape(number, zones).astype(np.float64)
