"""Access: how near services are, and how much of them there is for those who share them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def nearest(costs: pd.DataFrame, k: int = 1) -> pd.Series:
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
        Where a cost is negative, unknown or there twice, or ``k`` is below 1.

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a"], categories=["a", "b"]),
    ...                       "service": pd.Categorical(["l", "m"]), "cost": [400.0, 150.0]})
    >>> nearest(costs).to_dict()
    {'a': 150.0, 'b': nan}
    """
    if k < 1:
        raise ValueError(f"k is {k}; give 1 for the nearest service, 2 for the second nearest")
    zone, _, cost = _checked(costs)
    zones = costs["zone"].cat.categories
    order = np.lexsort((cost, zone))
    zone, cost = zone[order], cost[order]
    first = np.searchsorted(zone, np.arange(len(zones)))
    count = np.bincount(zone, minlength=len(zones))
    out = np.full(len(zones), np.nan)
    reached = count >= k
    out[reached] = cost[first[reached] + k - 1]
    return pd.Series(out, index=zones, name="cost")


def floating_catchment(costs: pd.DataFrame, supply: pd.Series, demand: pd.Series) -> pd.Series:
    r"""Share each service's places among those within reach: the two-step floating catchment.

    Parameters
    ----------
    costs
        The cost table within the limit of the catchment.
    supply
        Places by service, for every service of the table; one whose places are unknown (NaN) is
        left out.
    demand
        People by zone, for every zone of the table.

    Returns
    -------
    Series
        By zone: places per person, 0 where no service is within reach.

    Raises
    ------
    ValueError
        Where a place, a person or a cost is negative or infinite, a cost or a number of people is
        missing, a pair is there twice, or a zone or service of the table is in no series.

    Notes
    -----
    With :math:`S_j` places at service :math:`j`, :math:`P_k` people in zone :math:`k` and
    :math:`d_{kj} \le d_0` for the pairs of the table,

    .. math::

        R_j = \frac{S_j}{\sum_{k: d_{kj} \le d_0} P_k}, \qquad
        A_i = \sum_{j: d_{ij} \le d_0} R_j

    The places of a service within whose reach nobody lives are unused: they count for no zone,
    not even for an empty one. With that exception :math:`\sum_i A_i P_i = \sum_j S_j`.

    References
    ----------
    Luo, W. & Wang, F. (2003). Measures of spatial accessibility to health care in a GIS
    environment. *Environment and Planning B* 30(6), 865–884. https://doi.org/10.1068/b29120

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "b"]),
    ...                       "service": pd.Categorical(["s", "s"]), "cost": [100.0, 200.0]})
    >>> floating_catchment(costs, pd.Series({"s": 10}), pd.Series({"a": 15, "b": 5})).to_dict()
    {'a': 0.5, 'b': 0.5}
    """
    zone, service, _ = _checked(costs)
    zones, services = costs["zone"].cat.categories, costs["service"].cat.categories
    people = _amounts(demand, zones, "demand", "zone")
    places = _amounts(supply, services, "supply", "service")
    if np.isnan(people).any():
        raise ValueError(
            f"demand of zone {zones[np.isnan(people)][0]!r} is missing; set it to 0 where nobody "
            "lives, or leave the zone out of the cost table"
        )
    reached = np.bincount(service, weights=people[zone], minlength=len(services))
    ratio = np.zeros(len(services))
    np.divide(places, reached, out=ratio, where=(reached > 0) & ~np.isnan(places))
    total = np.bincount(zone, weights=ratio[service], minlength=len(zones))
    return pd.Series(total, index=zones, name="places_per_person")


def _amounts(amounts: pd.Series, index: pd.Index, what: str, of: str) -> NDArray[np.float64]:
    """Give the amounts in the order of the index, or refuse them."""
    if not amounts.index.is_unique:
        twice = amounts.index[amounts.index.duplicated()][0]
        raise ValueError(f"{what} names {of} {twice!r} twice; add its amounts up first")
    absent = ~index.isin(amounts.index)
    if absent.any():
        raise ValueError(f"{what} has no {of} {index[absent][0]!r}; give one value a {of}")
    out = amounts.reindex(index).to_numpy(dtype=np.float64, na_value=np.nan)
    bad = (out < 0) | np.isinf(out)
    if bad.any():
        raise ValueError(
            f"{what} of {of} {index[bad][0]!r} is {out[bad][0]:g}; correct it to a number of 0 or "
            "more"
        )
    return out


def _checked(
    costs: pd.DataFrame,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give the table's codes and costs, or refuse it."""
    for column in ("zone", "service"):
        if column not in costs or not isinstance(costs[column].dtype, pd.CategoricalDtype):
            raise ValueError(
                f"costs needs a categorical column {column!r} whose categories are all of them, "
                "those out of reach too: pd.Categorical(..., categories=...)"
            )
    zone = costs["zone"].cat.codes.to_numpy().astype(np.int64)
    service = costs["service"].cat.codes.to_numpy().astype(np.int64)
    if (zone < 0).any() or (service < 0).any():
        unnamed = int(np.flatnonzero((zone < 0) | (service < 0))[0])
        raise ValueError(f"row {unnamed} of costs names no zone or no service; leave it out")
    cost = costs["cost"].to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(cost >= 0) | np.isinf(cost)
    if bad.any():
        row = costs.iloc[int(np.flatnonzero(bad)[0])]
        raise ValueError(
            f"the cost from {row['zone']!r} to {row['service']!r} is {row['cost']}; a cost is 0 "
            "or more, and a pair out of reach is left out"
        )
    pairs = zone * (service.max(initial=0) + 1) + service
    if len(np.unique(pairs)) < len(pairs):
        twice = costs[costs.duplicated(["zone", "service"])].iloc[0]
        raise ValueError(
            f"the pair {twice['zone']!r}, {twice['service']!r} is there twice; keep the lower cost"
        )
    return zone, service, cost
