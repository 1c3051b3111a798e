"""Covering: as many people within a limit as can be, or all of them with the fewest sites."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd

from ..access import Costs
from ._cover import alike, fewest
from ._problem import number, number_of, problem
from ._search import cheapest
from .result import Location


def maximal_covering(
    costs: pd.DataFrame | Costs,
    demand: pd.Series | pd.DataFrame,
    p: int,
    limit: float,
    *,
    existing: Iterable[Hashable] = (),
    need: pd.Series | None = None,
    seed: int = 0,
) -> Location:
    r"""Choose the p sites that most people have within a limit.

    Parameters
    ----------
    costs, demand, p, existing, need, seed
        See :func:`p_median`.
    limit
        The cost up to which a site covers a zone.

    Returns
    -------
    Location
        The objective is the number of people within the limit, weighted by need; ``bound`` is
        above it. The assignment has those beyond the limit, too, as far as the table reaches.

    Raises
    ------
    ValueError
        See :func:`p_median`; and where the limit is below 0.

    Notes
    -----
    With :math:`z_i = 1` where an open site is within the limit (Church & ReVelle 1974),

    .. math:: \max \sum_i w_i z_i, \quad z_i \le \sum_{j: c_{ij} \le l} y_j, \quad \sum_j y_j = p

    It is the p-median of costs of 0 within the limit and 1 beyond it, and solved as that.

    References
    ----------
    Church, R., & ReVelle, C. (1974). The maximal covering location problem. *Papers of the
    Regional Science Association*, 32, 101–118. https://doi.org/10.1007/BF01942293

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b", "c", "c"]),
    ...                       "service": pd.Categorical(["s", "t"] * 3),
    ...                       "cost": [1.0, 5.0, 2.0, 4.0, 9.0, 0.0]})
    >>> best = maximal_covering(costs, pd.Series({"a": 30, "b": 20, "c": 40}), p=1, limit=4)
    >>> best.opened, best.objective
    (('t',), 60.0)
    """
    given = problem(costs, demand, existing=existing, need=need, limit=limit)
    p = number_of(p, given)
    already = given.taken >= 0
    left = alike(given.pairs.only(~already[given.pairs.zone]))
    found = cheapest(left, p, seed)
    within = float(left.weight.sum() + given.pairs.weight[already].sum())
    return given.result(found.chosen, within - found.cost, within - found.bound, found.how)


def set_covering(
    costs: pd.DataFrame | Costs,
    demand: pd.Series | pd.DataFrame,
    limit: float,
    *,
    existing: Iterable[Hashable] = (),
) -> Location:
    r"""Choose the fewest sites that cover all people who can be covered.

    Parameters
    ----------
    costs, demand, existing
        See :func:`p_median`.
    limit
        The cost up to which a site covers a zone.

    Returns
    -------
    Location
        The objective is the number of sites to open, beside those that exist.

    Raises
    ------
    ValueError
        See :func:`p_median`; and where the limit is below 0.

    Notes
    -----
    Over the zones that have a site within the limit, and none that exists (Toregas et al. 1971),

    .. math:: \min \sum_j y_j, \quad \sum_{j: c_{ij} \le l} y_j \ge 1

    HiGHS solves it for some of the zones, to which those that its answer leaves uncovered are
    added until there are none: the answer for fewer zones needs no more sites than that for all.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C., & Bergman, L. (1971). The location of emergency service
    facilities. *Operations Research*, 19(6), 1363–1373. https://doi.org/10.1287/opre.19.6.1363

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b", "c", "c"]),
    ...                       "service": pd.Categorical(["s", "t"] * 3),
    ...                       "cost": [1.0, 5.0, 2.0, 4.0, 9.0, 0.0]})
    >>> best = set_covering(costs, pd.Series({"a": 30, "b": 20, "c": 40}), limit=4)
    >>> best.opened, best.bound, set_covering(costs, pd.Series(1, [*"abc"]), limit=5).opened
    (('s', 't'), 2.0, ('t',))
    """
    given = problem(costs, demand, existing=existing, limit=limit)
    pairs = given.pairs
    open_ = given.taken < 0
    cover = fewest(pairs.only(open_[pairs.zone]))
    never = open_ & (np.diff(pairs.first) == 0)
    people = given.people[given.zone][never].sum()
    note = f"{number(people)} people have no site within {number(limit)}" if people else ""
    return given.result(cover.chosen, len(cover.chosen), cover.bound, cover.how, note)
