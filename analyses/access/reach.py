"""Reach: how near services are and how many there are, whoever else wants them."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import pandas as pd

from ...geo.names import quoted
from ._costs import Costs, Decay


def nearest(costs: pd.DataFrame | Costs, k: int = 1) -> pd.Series:
    """Give each zone's cost to its nearest service.

    Parameters
    ----------
    costs
        The cost table: ``zone`` and ``service`` (categoricals over all of them) and ``cost``.
    k
        1 for the nearest service, 2 for the second nearest, and so on.

    Returns
    -------
    Series
        By zone, in the unit of the costs; NaN where fewer than ``k`` are within reach.

    Raises
    ------
    ValueError
        Where a cost is negative, unknown or there twice, or ``k`` is no whole number from 1.

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a"], categories=["a", "b"]),
    ...                       "service": pd.Categorical(["l", "m"]), "cost": [400.0, 150.0]})
    >>> nearest(costs).to_dict()
    {'a': 150.0, 'b': nan}
    """
    if not (isinstance(k, Integral) and k >= 1):
        raise ValueError(
            f"k is {quoted(k)}; give 1 for the nearest service, 2 for the second nearest"
        )
    table = Costs.of(costs)
    first, count = table.matrix.indptr[:-1], np.diff(table.matrix.indptr)
    reached = count >= k
    out = np.full(len(table.zones), np.nan)
    if k == 1:
        if reached.any():
            out[reached] = np.minimum.reduceat(table.matrix.data, first[reached])
    else:
        out[reached] = table.matrix.data[table.by_cost[first[reached] + k - 1]]
    return table.series(out, "cost")


def cumulative(costs: pd.DataFrame | Costs, supply: pd.Series, limit: float) -> pd.Series:
    r"""Count what is within a limit.

    Parameters
    ----------
    costs
        The cost table, with all pairs up to the limit.
    supply
        Places by service, or 1 each to count the services; NaN where they are unknown, which
        counts as none.
    limit
        The farthest cost that counts.

    Returns
    -------
    Series
        By zone, in the unit of the supply; 0 where nothing is within the limit.

    Raises
    ------
    ValueError
        Where the cost table or an amount is wrong, see :class:`Costs`, or the limit is negative.

    Notes
    -----
    .. math:: A_i = \sum_{j: c_{ij} \le d_0} S_j

    Where no one limit is the right one, :func:`gravity` with `decay.linear` gives the mean over
    all limits of a range.

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b"]),
    ...                       "service": pd.Categorical(["l", "m", "m"]), "cost": [4.0, 9.0, 5.0]})
    >>> cumulative(costs, pd.Series({"l": 20, "m": 30}), limit=5).to_dict()
    {'a': 20.0, 'b': 30.0}
    """
    table = Costs.of(costs)
    return table.series(table.weights(limit=limit) @ table.places(supply), "places")


def gravity(costs: pd.DataFrame | Costs, supply: pd.Series, decay: Decay) -> pd.Series:
    r"""Add up all that is within reach, the less of it the farther it is.

    Parameters
    ----------
    costs
        The cost table.
    supply
        Places by service; NaN where they are unknown, which counts as none.
    decay
        The weight at each cost, see `kvarter.analyses.access.decay`.

    Returns
    -------
    Series
        By zone, in the unit of the supply, each place as large as its weight; 0 where nothing is
        within reach. It tells zones apart; the figure itself depends on the decay.

    Raises
    ------
    ValueError
        Where the cost table or an amount is wrong, see :class:`Costs`, or a weight is negative.

    Notes
    -----
    .. math:: A_i = \sum_j S_j f(c_{ij})

    References
    ----------
    Hansen, W. G. (1959). How accessibility shapes land use. *Journal of the American Institute of
    Planners*, 25(2), 73–76. https://doi.org/10.1080/01944365908978307

    Examples
    --------
    >>> from kvarter.analyses.access import decay
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b"]),
    ...                       "service": pd.Categorical(["l", "m", "m"]), "cost": [0.0, 5.0, 0.0]})
    >>> gravity(costs, pd.Series({"l": 20, "m": 30}), decay.linear(10)).to_dict()
    {'a': 35.0, 'b': 30.0}
    """
    table = Costs.of(costs)
    return table.series(table.weights(decay) @ table.places(supply), "places")
