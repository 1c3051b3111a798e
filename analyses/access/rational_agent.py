"""The rational agent access model: people choose between near services and quiet ones."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from ...geo.names import quoted
from ...geo.options import finite
from ._costs import Costs, Floats, divide

_INNER = 200
"""Rounds over the zones that have a choice to make, between two rounds over all."""

_ENOUGH = 0.3
"""Those rounds end where changes are this share of what somebody could gain before them."""

_FURTHER = 1.85
"""How far beyond the least of its own cost each zone goes: successive over-relaxation."""


class NotConverged(UserWarning):
    """People would still change their service: allow more rounds, or a larger tolerance."""


def raam(
    costs: pd.DataFrame | Costs,
    supply: pd.Series,
    demand: pd.Series,
    *,
    tau: float,
    rho: float | None = None,
    tolerance: float = 1e-6,
    rounds: int = 1_000,
) -> pd.Series:
    r"""Let people choose services until nobody gains by another: what way and crowd cost them.

    Parameters
    ----------
    costs
        The cost table.
    supply
        Places by service; a service that has none, or whose places are unknown (NaN), is left out.
    demand
        People by zone.
    tau
        The cost of the way that people take as gladly as a service with the usual number of users
        a place, in the unit of the costs.
    rho
        The usual number of users a place; by default all people over all places.
    tolerance
        How much people may still gain at most, in the unit of the result.
    rounds
        How often all zones are gone through at most.

    Returns
    -------
    Series
        By zone, without a unit: 1 is a way of ``tau``, or a service with the usual number of
        users a place and no way. Where nobody lives it is what the first to move there would have.
        NaN where no service is within reach.

    Raises
    ------
    ValueError
        Where the cost table or an amount is wrong, see :class:`Costs`, or ``tau``, ``rho``, the
        tolerance or the number of rounds is not above 0 or infinite.

    Warns
    -----
    NotConverged
        Where somebody could still gain more than the tolerance after all rounds; the message says
        how much.

    Notes
    -----
    With :math:`r_{ij}` people of zone :math:`i` who use service :math:`j`,

    .. math::

        R_{ij} = \frac{\sum_k r_{kj}}{\rho S_j} + \frac{c_{ij}}{\tau}, \qquad
        R_i = \sum_j \frac{r_{ij}}{P_i} R_{ij}

    and nobody has a reason to change: :math:`R_{ij} = \min_k R_{ik}` where :math:`r_{ij} > 0`.
    That is the least of a convex function (Beckmann's), which is found zone by zone: each in turn
    spreads its people so that all its used services cost them the same, the others' being what
    they are. Those numbers of users, and so the result, are the only ones that fulfil it. The
    authors' program, and PySAL's, move whole people for a fixed number of cycles instead, and stop
    some way off.

    References
    ----------
    Saxon, J., & Snow, D. (2020). A rational agent model for the spatial accessibility of primary
    health care. *Annals of the American Association of Geographers*, 110(1), 205–222.
    https://doi.org/10.1080/24694452.2019.1629870

    Beckmann, M., McGuire, C. B., & Winsten, C. B. (1956). *Studies in the economics of
    transportation*. Yale University Press.

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b"]),
    ...                       "service": pd.Categorical(["s", "t", "t"]), "cost": [0.0, 6.0, 0.0]})
    >>> places, people = pd.Series({"s": 10, "t": 10}), pd.Series({"a": 30, "b": 10})
    >>> raam(costs, places, people, tau=60).round(3).to_dict()
    {'a': 1.05, 'b': 0.95}
    """
    for name, value in {"tau": tau, "tolerance": tolerance, "rounds": rounds}.items():
        if not (finite(value) and value > 0):
            raise ValueError(f"{name} is {quoted(value)}; give a number above 0")
    if rounds % 1:
        raise ValueError(f"rounds is {quoted(rounds)}; give a whole number")
    table = Costs.of(costs)
    places, people = table.places(supply), table.people(demand)
    if rho is None:
        rho = float(people.sum() / places.sum()) if places.sum() > 0 and people.sum() > 0 else 1.0
    if not (finite(rho) and rho > 0):
        raise ValueError(f"rho is {quoted(rho)}; give a number of users a place above 0")
    table = table.only(places > 0)
    matrix, room = table.matrix, rho * places
    way = matrix.data / tau
    users = np.zeros(len(way))
    gap = _settle(matrix.indptr, matrix.indices, way, people, room, users, tolerance, int(rounds))
    if gap > tolerance:
        warnings.warn(
            f"after {rounds} rounds somebody could still gain {gap:.2g}, more than the tolerance "
            f"of {tolerance:g}; allow more rounds",
            NotConverged,
            stacklevel=2,
        )
    cost = divide(table.by_service(users), room)[matrix.indices] + way
    some = np.diff(matrix.indptr) > 0
    out = np.full(len(people), np.nan)
    if some.any():
        out[some] = np.minimum.reduceat(cost, matrix.indptr[:-1][some])
    spent = table.by_zone(users * cost)
    lived = some & (people > 0)
    out[lived] = spent[lived] / people[lived]
    return table.series(out, "raam")


@njit(cache=True, nogil=True)
def _settle(
    start: NDArray[np.int32],
    service: NDArray[np.int32],
    way: Floats,
    people: Floats,
    room: Floats,
    users: Floats,
    tolerance: float,
    rounds: int,
) -> float:
    """Spread the people of each zone in turn until nobody gains; give what is still to gain.

    Rounds over all zones are few: in between, only those that use several services, or have just
    changed, are gone through.
    """
    zones, total, per_user = len(people), np.zeros(len(room)), np.zeros(len(room))
    for j in range(len(room)):
        if room[j] > 0:
            per_user[j] = 1 / room[j]
    alone = np.empty(np.max(start[1:] - start[:-1]) if zones else 0)
    waiting = np.empty(zones, dtype=np.int64)
    for zone in range(zones):
        if people[zone] > 0 and start[zone + 1] > start[zone]:
            _spread(zone, start, service, way, people, room, per_user, users, total, alone, 1.0)
    gap = 0.0
    for _ in range(rounds):
        gap, number = 0.0, 0
        for zone in range(zones):
            if people[zone] > 0 and start[zone + 1] > start[zone]:
                gain, several = _gain(zone, start, service, way, people, per_user, users, total)
                gap = max(gap, gain)
                if several or gain > tolerance:
                    waiting[number] = zone
                    number += 1
        if gap <= tolerance:
            return gap
        for _ in range(_INNER):
            most = 0.0
            for at in range(number):
                zone = waiting[at]
                moved = _spread(
                    zone,
                    start,
                    service,
                    way,
                    people,
                    room,
                    per_user,
                    users,
                    total,
                    alone,
                    _FURTHER,
                )
                most = max(most, moved)
            if most <= max(0.1 * tolerance, _ENOUGH * gap):
                break
        # What was added and taken away again leaves its rounding behind.
        total[:] = 0.0
        for pair in range(len(users)):
            total[service[pair]] += users[pair]
    return gap


@njit(cache=True, nogil=True)
def _gain(
    zone: int,
    start: NDArray[np.int32],
    service: NDArray[np.int32],
    way: Floats,
    people: Floats,
    per_user: Floats,
    users: Floats,
    total: Floats,
) -> tuple[float, bool]:
    """Give what the people of a zone could gain at most, and whether they use several services."""
    least, most, used = np.inf, 0.0, 0
    for pair in range(start[zone], start[zone + 1]):
        cost = total[service[pair]] * per_user[service[pair]] + way[pair]
        least = min(least, cost)
        if users[pair] > 1e-12 * people[zone]:
            most = max(most, cost)
            used += 1
    return most - least, used > 1


@njit(cache=True, nogil=True)
def _spread(
    zone: int,
    start: NDArray[np.int32],
    service: NDArray[np.int32],
    way: Floats,
    people: Floats,
    room: Floats,
    per_user: Floats,
    users: Floats,
    total: Floats,
    alone: Floats,
    further: float,
) -> float:
    """Spread the people of a zone so that all services they use cost the same.

    Gives the greatest change of a service's cost. The services that are left out are those that
    cost more without them than the used ones do with them; leaving them out only lowers the
    others, so none comes back.
    """
    first, end = start[zone], start[zone + 1]
    above, below = people[zone], 0.0
    for pair in range(first, end):
        j = service[pair]
        alone[pair - first] = (total[j] - users[pair]) * per_user[j] + way[pair]
        above += alone[pair - first] * room[j]
        below += room[j]
    level = above / below
    while True:
        less, fewer = people[zone], 0.0
        for pair in range(first, end):
            if alone[pair - first] < level:
                less += alone[pair - first] * room[service[pair]]
                fewer += room[service[pair]]
        if fewer >= below or fewer == 0.0:
            break
        below, level = fewer, less / fewer
    step = further
    for pair in range(first, end):
        wanted = max(0.0, (level - alone[pair - first]) * room[service[pair]])
        alone[pair - first] = wanted - users[pair]
        if users[pair] + step * alone[pair - first] < 0.0:
            step = -users[pair] / alone[pair - first]
    most = 0.0
    for pair in range(first, end):
        change = step * alone[pair - first]
        if change != 0.0:
            total[service[pair]] += change
            users[pair] = max(0.0, users[pair] + change)
            most = max(most, abs(change) * per_user[service[pair]])
    return most
