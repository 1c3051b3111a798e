"""The p-centre: the sites to which nobody has far."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from ..access import Costs
from ._cover import Cover, fewest
from ._problem import Ints, Pairs, number_of, problem
from ._search import interchange
from .result import Location


def p_center(
    costs: pd.DataFrame | Costs,
    demand: pd.Series | pd.DataFrame,
    p: int,
    *,
    existing: Iterable[Hashable] = (),
) -> Location:
    r"""Choose the p sites to which the longest way is the least.

    Parameters
    ----------
    costs, p, existing
        See :func:`p_median`.
    demand
        People by zone, or by zone and group: zones without people do not matter, and all others
        do, however many live there.

    Returns
    -------
    Location
        The objective is the greatest cost that anybody has. Of choices with the same, exchanges of
        sites have looked for one to which all together have less way.

    Raises
    ------
    ValueError
        See :func:`p_median`; and where no p sites are found that everybody has one of in reach.

    Notes
    -----
    .. math:: \min_{|S| = p} \max_i \min_{j \in S} c_{ij}

    The least cost within which p sites cover all (Minieka 1970), found by halving the costs of the
    table: each time the fewest sites that cover all are looked for, see :func:`set_covering`. A
    cost is proven too small where HiGHS proves that it takes more sites than p.

    References
    ----------
    Hakimi, S. L. (1964). Optimum locations of switching centers and the absolute centers and
    medians of a graph. *Operations Research*, 12(3), 450–459. https://doi.org/10.1287/opre.12.3.450

    Minieka, E. (1970). The m-center problem. *SIAM Review*, 12(1), 138–139.
    https://doi.org/10.1137/1012016

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b", "c", "c"]),
    ...                       "service": pd.Categorical(["s", "t"] * 3),
    ...                       "cost": [1.0, 5.0, 2.0, 4.0, 9.0, 0.0]})
    >>> best = p_center(costs, pd.Series({"a": 30, "b": 20, "c": 10}), p=1)
    >>> best.opened, best.objective
    (('t',), 5.0)
    """
    given = problem(costs, demand, existing=existing)
    p = number_of(p, given)
    served = given.taken >= 0
    pairs = replace(given.pairs, base=np.where(served, given.pairs.base, np.inf))
    low = float(pairs.least.max(initial=0.0))
    far = np.append(pairs.cost, pairs.base[served])
    levels = np.unique(far[far >= low])
    if len(levels) == 0:
        return given.result(np.arange(p), 0.0, 0.0, "nobody has a way")
    known: dict[int, Cover] = {}

    def cover(level: int) -> Cover:
        if level not in known:
            known[level] = fewest(_within(pairs, float(levels[level])), enough=p)
        return known[level]

    last = len(levels) - 1
    if len(cover(last).chosen) > p:
        found, bound = len(cover(last).chosen), cover(last).bound
        least = f"it takes {bound}" if bound == found else f"it takes {bound} to {found}"
        raise ValueError(
            f"no {p} sites were found that everybody has one of in reach ({least}); open more, or "
            "give costs that reach farther"
        )
    above = _first(last, lambda level: len(cover(level).chosen) <= p)
    below = _first(above, lambda level: cover(level).bound <= p)
    chosen = _less_way(pairs, cover(above).chosen, p, float(levels[above]))
    how = "halving, covers by HiGHS"
    return given.result(chosen, float(levels[above]), float(levels[below]), how)


def _first(last: int, holds: Callable[[int], bool]) -> int:
    """Give the first number from 0 to the last from which on it holds; it does for the last."""
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _within(pairs: Pairs, limit: float) -> Pairs:
    """Give the pairs up to a limit of the zones that no existing site covers."""
    return pairs.only((pairs.cost <= limit) & (pairs.base > limit)[pairs.zone])


def _less_way(pairs: Pairs, chosen: Ints, p: int, limit: float) -> Ints:
    """Open sites until there are p, and exchange some, so that all go less and nobody too far."""
    others = np.setdiff1d(np.arange(pairs.sites), chosen)
    chosen = np.append(chosen, others[: p - len(chosen)])
    # One person beyond the limit outweighs the way of all others.
    much = (limit + 1.0) * (pairs.weight.sum() + 1.0) / pairs.weight.min(initial=np.inf)
    base = np.where(pairs.base <= limit, pairs.base, limit + much)
    return interchange(pairs.only(pairs.cost <= limit, base), chosen)[0]
