"""The p-median: the sites that people together have the least way to."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd

from ..access import Costs
from . import _capacity
from ._problem import number_of, problem
from ._search import cheapest
from .result import Location


def p_median(
    costs: pd.DataFrame | Costs,
    demand: pd.Series | pd.DataFrame,
    p: int,
    *,
    existing: Iterable[Hashable] = (),
    capacity: pd.Series | None = None,
    need: pd.Series | None = None,
    beyond: float | None = None,
    seed: int = 0,
) -> Location:
    r"""Choose the p sites to which all people together have the least way.

    Parameters
    ----------
    costs
        The cost table. Its services are the sites: those that may be opened, and those that exist.
    demand
        People by zone, or by zone and group.
    p
        How many sites to open, beside those that exist.
    existing
        The sites that are open and stay so; they are not counted in ``p``. A service that may be
        closed is not named here: see :func:`close`.
    capacity
        Places by site, those that exist too; unknown ones (NaN) are none. With it, nobody is sent
        beyond the places there are: the people of a zone may go to several sites.
    need
        What a person of each group counts; 1 for all without it.
    beyond
        What counts for a person who has no open site in reach, or no place in one; no less than
        the greatest cost of the table. By default that cost, as nobody goes less far than that;
        with ``capacity`` so much that nobody is left without a place to save way.
    seed
        Of the random starts; the same seed gives the same choice.

    Returns
    -------
    Location
        The objective is the people's cost in all, weighted by need.

    Raises
    ------
    ValueError
        Where the table or an amount is wrong, or there are fewer than p sites to open.

    Notes
    -----
    Of sites :math:`y_j \in \{0, 1\}` with :math:`\sum_j y_j = p`,

    .. math:: \min \sum_i w_i \sum_j c_{ij} x_{ij}, \quad \sum_j x_{ij} = 1, \quad x_{ij} \le y_j

    (Hakimi 1964; ReVelle & Swain 1970). Sites are exchanged one for one as long as that helps
    (Teitz & Bart 1968), all exchanges being valued in one pass over the pairs (Whitaker 1983;
    Hansen & Mladenović 1997), from a greedy and from random starts. With the constraint that each
    zone is served put into the objective at prices :math:`\mu_i`,

    .. math:: L(\mu) = \sum_i w_i \mu_i - \max_{|S| = p} \sum_{j \in S} \sum_i
              w_i \max(0, \mu_i - c_{ij})

    is below the cost of any choice; prices follow the subgradient (Cornuéjols, Fisher & Nemhauser
    1977; Beasley 1993). Sites that no better choice can have, or lack, are fixed at that bound. If
    a gap is left, and not more than some ten thousand pairs, HiGHS closes it, in the formulation
    of Elloumi (2010).

    People who have no site in reach at all are in no sum; how many is in the note. With capacity,
    see the transportation problem of `kvarter.analyses.access.assign`.

    References
    ----------
    Hakimi, S. L. (1964). Optimum locations of switching centers and the absolute centers and
    medians of a graph. *Operations Research*, 12(3), 450–459. https://doi.org/10.1287/opre.12.3.450

    ReVelle, C. S., & Swain, R. W. (1970). Central facilities location. *Geographical Analysis*,
    2(1), 30–42. https://doi.org/10.1111/j.1538-4632.1970.tb00142.x

    Teitz, M. B., & Bart, P. (1968). Heuristic methods for estimating the generalized vertex median
    of a weighted graph. *Operations Research*, 16(5), 955–961. https://doi.org/10.1287/opre.16.5.955

    Whitaker, R. A. (1983). A fast algorithm for the greedy interchange for large-scale clustering
    and median location problems. *INFOR*, 21(2), 95–108.
    https://doi.org/10.1080/03155986.1983.11731889

    Hansen, P., & Mladenović, N. (1997). Variable neighborhood search for the p-median. *Location
    Science*, 5(4), 207–226. https://doi.org/10.1016/S0966-8349(98)00030-8

    Cornuéjols, G., Fisher, M. L., & Nemhauser, G. L. (1977). Location of bank accounts to optimize
    float. *Management Science*, 23(8), 789–810. https://doi.org/10.1287/mnsc.23.8.789

    Beasley, J. E. (1993). Lagrangean heuristics for location problems. *European Journal of
    Operational Research*, 65(3), 383–399. https://doi.org/10.1016/0377-2217(93)90118-7

    Elloumi, S. (2010). A tighter formulation of the p-median problem. *Journal of Combinatorial
    Optimization*, 19(1), 69–83. https://doi.org/10.1007/s10878-008-9162-0

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b", "c", "c"]),
    ...                       "service": pd.Categorical(["s", "t"] * 3),
    ...                       "cost": [1.0, 5.0, 2.0, 4.0, 9.0, 0.0]})
    >>> best = p_median(costs, pd.Series({"a": 30, "b": 20, "c": 10}), p=1)
    >>> best.opened, best.objective, best.gap
    (('s',), 160.0, 0.0)
    """
    if capacity is not None:
        given = problem(costs, demand, existing=existing, need=need)
        p = number_of(p, given)
        return _capacity.choose(given, p, capacity, beyond)
    given = problem(costs, demand, existing=existing, need=need, beyond=beyond)
    found = cheapest(given.pairs, number_of(p, given), seed)
    return given.result(found.chosen, found.cost, found.bound, found.how)


def close(
    costs: pd.DataFrame | Costs,
    demand: pd.Series | pd.DataFrame,
    keep: int,
    *,
    existing: Iterable[Hashable] = (),
    capacity: pd.Series | None = None,
    need: pd.Series | None = None,
    beyond: float | None = None,
    seed: int = 0,
) -> tuple[tuple[Hashable, ...], Location]:
    """Choose which services to close so that those that are kept are the least way for people.

    Parameters
    ----------
    costs
        The cost table, whose services are all there are now.
    demand
        People by zone, or by zone and group.
    keep
        How many services the budget keeps, those that stay in any case included.
    existing
        Services that stay in any case.
    capacity, need, beyond, seed
        See :func:`p_median`.

    Returns
    -------
    closed : tuple
        The services to close.
    kept : Location
        What is kept, who would use what, and how far it can be from the best.

    Raises
    ------
    ValueError
        See :func:`p_median`; and where more would be kept than there are, or fewer than stay in
        any case.

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b", "c", "c"]),
    ...                       "service": pd.Categorical(["s", "t"] * 3),
    ...                       "cost": [1.0, 5.0, 2.0, 4.0, 9.0, 0.0]})
    >>> closed, kept = close(costs, pd.Series({"a": 30, "b": 20, "c": 10}), keep=1)
    >>> closed, kept.open
    (('t',), ('s',))
    """
    table = Costs.of(costs)
    stay = [existing] if isinstance(existing, str) else list(existing)
    if not len(set(stay)) < keep <= len(table.services):
        raise ValueError(
            f"keep is {keep}, of {len(table.services)} services of which {len(set(stay))} stay in "
            "any case; give a number between"
        )
    kept = p_median(
        table,
        demand,
        keep - len(set(stay)),
        existing=stay,
        capacity=capacity,
        need=need,
        beyond=beyond,
        seed=seed,
    )
    closed = table.services[~np.asarray(table.services.isin(kept.open))]
    return tuple(closed), kept
