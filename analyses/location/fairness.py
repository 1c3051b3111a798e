"""Fairness: sites from which no group, and no tenth of the people, is far behind."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import pandas as pd

from ..access import Costs
from ._goals import best, searching
from .result import Location


def least_gap(
    costs: pd.DataFrame | Costs,
    demand: pd.DataFrame,
    p: int,
    *,
    loss: float = 0.05,
    existing: Iterable[Hashable] = (),
    beyond: float | None = None,
    seed: int = 0,
) -> Location:
    r"""Choose the p sites with the least gap between groups, at a bounded loss for all.

    Parameters
    ----------
    costs, p, existing, beyond, seed
        See :func:`p_median`.
    demand
        People by zone and group.
    loss
        How much more way all people together may have than with the best p sites found for that,
        as a share.

    Returns
    -------
    Location
        The objective is the greatest difference between the mean costs of two groups. What the
        choice costs all is in the note.

    Raises
    ------
    ValueError
        See :func:`p_median`; and where there are not two groups, or the loss is below 0.

    Notes
    -----
    With everybody at the nearest open site, which costs people of zone :math:`i` :math:`c_i(S)`,
    and :math:`n_{ig}` of group :math:`g` there,

    .. math:: \min_{|S| = p} \max_{g, h} (\bar c_g - \bar c_h), \quad
              \bar c_g = \frac{\sum_i n_{ig} c_i(S)}{\sum_i n_{ig}}, \quad
              \sum_i n_i c_i(S) \le (1 + l) C^*

    Nobody is sent farther than to the nearest site to make groups more alike, which formulations
    without that constraint do; the bound to the cost keeps them from being made alike by having
    all far (Marsh & Schilling 1994 compare measures). Where there are few choices all are tried;
    else sites are exchanged one for one, and the bound is 0, which says nothing.

    References
    ----------
    Marsh, M. T., & Schilling, D. A. (1994). Equity measurement in facility location analysis: a
    review and framework. *European Journal of Operational Research*, 74(1), 1–17.
    https://doi.org/10.1016/0377-2217(94)90200-3

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b", "c", "c"]),
    ...                       "service": pd.Categorical(["s", "t"] * 3),
    ...                       "cost": [1.0, 5.0, 2.0, 4.0, 9.0, 0.0]})
    >>> people = pd.DataFrame({"fi": [30, 0, 5], "sv": [10, 20, 5]}, index=[*"abc"])
    >>> best = least_gap(costs, people, p=1, loss=0.3)
    >>> best.opened, round(best.objective, 3), best.note
    (('s',), 0.571, 'all people together have 0.0% more way than with the cheapest choice')
    """
    return best(searching(costs, demand, p, "gap", existing, beyond, seed), loss)


def worst_off(
    costs: pd.DataFrame | Costs,
    demand: pd.Series | pd.DataFrame,
    p: int,
    *,
    existing: Iterable[Hashable] = (),
    beyond: float | None = None,
    seed: int = 0,
) -> Location:
    r"""Choose the p sites with which the tenth who have the longest way have the least.

    Parameters
    ----------
    costs, demand, p, existing, beyond, seed
        See :func:`p_median`.

    Returns
    -------
    Location
        The objective is the mean cost of the tenth of the people who have the greatest costs.

    Raises
    ------
    ValueError
        See :func:`p_median`.

    Notes
    -----
    Between the p-median, whose cost is the mean of all, and the p-centre, whose cost is that of
    the last. The mean of the worst-off tenth is the conditional value at risk (Rockafellar &
    Uryasev 2000), with :math:`n` people of zone :math:`i`,

    .. math:: \min_{|S| = p} \min_\eta \eta + \frac{10}{N} \sum_i n_i \max(0, c_i(S) - \eta)

    For one :math:`\eta` it is a p-median problem of costs beyond :math:`\eta`: sites are exchanged
    for that, :math:`\eta` follows, and so on. Of all :math:`\eta` of a stretch, the lower end and
    the Lagrangian bound at the upper end give a bound; the stretches with the least are halved.
    Where there are few choices all are tried.

    References
    ----------
    Rockafellar, R. T., & Uryasev, S. (2000). Optimization of conditional value-at-risk. *Journal
    of Risk*, 2(3), 21–41. https://doi.org/10.21314/JOR.2000.038

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b", "c", "c"]),
    ...                       "service": pd.Categorical(["s", "t"] * 3),
    ...                       "cost": [1.0, 5.0, 2.0, 4.0, 9.0, 0.0]})
    >>> best = worst_off(costs, pd.Series({"a": 30, "b": 20, "c": 10}), p=1)
    >>> best.opened, best.objective
    (('t',), 5.0)
    """
    return best(searching(costs, demand, p, "worst", existing, beyond, seed), None)
