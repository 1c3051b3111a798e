"""Competition: how much of the services is whose, and how far one must go for enough of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ._costs import Costs, Decay, divide

_EQUAL = 1e-9
"""Sums of places that differ from the people by less than this share are taken as equal."""


def spatial_availability(
    costs: pd.DataFrame | Costs, supply: pd.Series, demand: pd.Series, decay: Decay
) -> pd.Series:
    r"""Hand all places out to the zones, by their people and by how near they are.

    Parameters
    ----------
    costs
        The cost table.
    supply
        Places by service; NaN where they are unknown, which counts as none.
    demand
        People by zone.
    decay
        The weight at each cost, see `kvarter.analyses.access.decay`.

    Returns
    -------
    Series
        By zone, in the unit of the supply: its part of all places. Divided by its people it says
        how many each of them has. 0 where nobody lives and where nothing is within reach.

    Raises
    ------
    ValueError
        Where the cost table or an amount is wrong, see :class:`Costs`, or a weight is negative.

    Notes
    -----
    .. math::

        V_i = \sum_j S_j \frac{F^p_i F^c_{ij}}{\sum_k F^p_k F^c_{kj}}, \qquad
        F^p_i = \frac{P_i}{\sum_k P_k}, \qquad F^c_{ij} = \frac{f(c_{ij})}{\sum_k f(c_{kj})}

    The sums in the factors cancel, so :math:`V_i = P_i \sum_j S_j f(c_{ij}) / \sum_k P_k
    f(c_{kj})`: per person it is the enhanced floating catchment with the same decay. All places
    that somebody can reach are handed out: :math:`\sum_i V_i = \sum_j S_j`.

    References
    ----------
    Soukhov, A., Páez, A., Higgins, C. D., & Mohamed, M. (2023). Introducing spatial availability,
    a singly-constrained measure of competitive accessibility. *PLoS ONE*, 18(1), e0278468.
    https://doi.org/10.1371/journal.pone.0278468

    Examples
    --------
    >>> from kvarter.analyses.access import decay
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "b"]),
    ...                       "service": pd.Categorical(["s", "s"]), "cost": [0.0, 500.0]})
    >>> places, people = pd.Series({"s": 90}), pd.Series({"a": 100, "b": 100})
    >>> spatial_availability(costs, places, people, decay.linear(1000)).to_dict()
    {'a': 60.0, 'b': 30.0}
    """
    table = Costs.of(costs)
    places, people = table.places(supply), table.people(demand)
    weights = table.weights(decay)
    ratio = divide(places, weights.T @ people)
    return table.series(people * (weights @ ratio), "places")


def balancing_cost(costs: pd.DataFrame | Costs, supply: pd.Series, demand: pd.Series) -> pd.Series:
    r"""Tell how far the people of a zone must go until there are as many places as there are they.

    Parameters
    ----------
    costs
        The cost table.
    supply
        Places by service; NaN where they are unknown, which counts as none.
    demand
        People by zone.

    Returns
    -------
    Series
        By zone, in the unit of the costs; 0 where nobody lives, NaN where all places within reach
        are fewer than the people.

    Raises
    ------
    ValueError
        Where the cost table or an amount is wrong, see :class:`Costs`.

    Notes
    -----
    .. math:: B_i = \min \Big\{ c : \sum_{j: c_{ij} \le c} S_j \ge P_i \Big\}

    People of other zones who want the same places are not counted: zones of different sizes are
    not to be compared.

    References
    ----------
    Barboza, M. H. C., Carneiro, M. S., Falavigna, C., Luz, G., & Orrico, R. (2021). Balancing
    time: Using a new accessibility measure in Rio de Janeiro. *Journal of Transport Geography*,
    90, 102924. https://doi.org/10.1016/j.jtrangeo.2020.102924

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b"]),
    ...                       "service": pd.Categorical(["s", "t", "t"]), "cost": [4.0, 9.0, 5.0]})
    >>> balancing_cost(costs, pd.Series({"s": 20, "t": 30}), pd.Series({"a": 45, "b": 45}))
    a    9.0
    b    NaN
    Name: cost, dtype: float64
    """
    table = Costs.of(costs)
    places, people = table.places(supply), table.people(demand)
    matrix, order = table.matrix, table.by_cost
    running = np.concatenate([[0.0], np.cumsum(places[matrix.indices[order]])])
    first, end = matrix.indptr[:-1], matrix.indptr[1:]
    inside = running[1:] - running[first][table.zone]
    short = inside < (people * (1 - _EQUAL))[table.zone]
    # Sums only rise within a zone: the number that are short is the place of the first enough.
    at = first + table.by_zone(short.astype(np.float64)).astype(np.int64)
    out = np.full(len(people), np.nan)
    out[at < end] = matrix.data[order[at[at < end]]]
    return table.series(np.where(people > 0, out, 0.0), "cost")
