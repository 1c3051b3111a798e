"""Services that are meant for one group."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import pandas as pd

from ...geo.names import matched, quoted
from ._costs import Costs


def for_groups(
    measure: Callable[..., pd.Series],
    costs: pd.DataFrame | Costs,
    supply: pd.Series,
    demand: pd.DataFrame,
    meant: pd.Series,
    **options: Any,
) -> pd.DataFrame:
    """Let the places that are meant for a group meet the demand of that group alone.

    Parameters
    ----------
    measure
        One with competition: :func:`floating_catchment`, :func:`spatial_availability`,
        :func:`balancing_cost` or :func:`raam`.
    costs
        The cost table.
    supply
        Places by service.
    demand
        People, zones × groups. The groups may overlap: children under 7 are also residents.
    meant
        By service, the group it is for: a column of ``demand``.
    **options
        The measure's own.

    Returns
    -------
    DataFrame
        Zones × groups: the measure for a member of the group, of the services that are meant for
        it; what it gives without any service where there is none.

    Raises
    ------
    ValueError
        Where a service of the cost table is meant for nobody, for an unknown group or for two, or
        the measure refuses what it is given.

    Examples
    --------
    >>> from kvarter.analyses.access import floating_catchment
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a"]),
    ...                       "service": pd.Categorical(["school", "skola"]), "cost": [4.0, 9.0]})
    >>> people = pd.DataFrame({"finnish": [90], "swedish": [10]}, index=["a"])
    >>> places = pd.Series({"school": 45, "skola": 15})
    >>> meant = pd.Series({"school": "finnish", "skola": "swedish"})
    >>> for_groups(floating_catchment, costs, places, people, meant)
       finnish  swedish
    a      0.5      1.5
    """
    table = Costs.of(costs)
    for_whom = matched(meant, table.services, "meant")
    unknown = ~for_whom.isin(demand.columns).to_numpy()
    if unknown.any():
        service, group = quoted(table.services[unknown][0]), for_whom[unknown].iloc[0]
        if pd.isna(group):
            raise ValueError(f"meant does not say whom service {service} is for")
        close = difflib.get_close_matches(str(group), [str(g) for g in demand.columns], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"service {service} is meant for {quoted(group)}, which is no column of demand{hint}"
        )
    columns = {}
    for group in demand.columns:
        of_group = table.only((for_whom == group).to_numpy())
        columns[group] = measure(of_group, supply, demand[group], **options)
    return pd.DataFrame(columns, index=table.zones)
