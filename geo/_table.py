"""Cost tables: pairs of points that are near, and their order, compiled loops."""

from __future__ import annotations

import numba
import numpy as np

_RUN = 32
"""Up to so many pairs are sorted by insertion."""


@numba.njit(cache=True, nogil=True, error_model="numpy")
def by_zone(
    zone: np.ndarray,
    service: np.ndarray,
    cost: np.ndarray,
    first: np.ndarray,
    services: np.ndarray,
    costs: np.ndarray,
) -> None:
    """Set pairs into their zone's places, in the order in which they are.

    Parameters
    ----------
    zone, service, cost
        Numbers of the pairs' zones and services and their costs, (n,).
    first
        Where each zone begins, (zones + 1,), filled in.
    services, costs
        (n,), filled in.
    """
    for i in range(len(zone)):
        first[zone[i] + 1] += 1
    for k in range(len(first) - 1):
        first[k + 1] += first[k]
    place = first[:-1].copy()
    for i in range(len(zone)):
        k = zone[i]
        services[place[k]] = service[i]
        costs[place[k]] = cost[i]
        place[k] += 1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _insert(service: np.ndarray, cost: np.ndarray, start: int, stop: int) -> None:
    """Sort a few pairs by cost, then service."""
    for i in range(start + 1, stop):
        c, s = cost[i], service[i]
        j = i - 1
        while j >= start and (cost[j] > c or (cost[j] == c and service[j] > s)):
            cost[j + 1], service[j + 1] = cost[j], service[j]
            j -= 1
        cost[j + 1], service[j + 1] = c, s


@numba.njit(cache=True, nogil=True, error_model="numpy")
def sort_zones(
    first: np.ndarray, service: np.ndarray, cost: np.ndarray, begin: int, end: int
) -> None:
    """Sort the pairs of each zone by cost, then service, in place.

    Parameters
    ----------
    first
        Where each zone begins, (zones + 1,).
    service, cost
        Of the pairs, by zone, (n,).
    begin, end
        Which zones.

    Notes
    -----
    Runs of a few pairs by insertion, which are then merged.
    """
    most = 0
    for k in range(begin, end):
        most = max(most, first[k + 1] - first[k])
    room = most if most > _RUN else 0
    other_service, other_cost = np.empty(room, dtype=service.dtype), np.empty(room)
    for k in range(begin, end):
        start, stop = first[k], first[k + 1]
        for run in range(start, stop, _RUN):
            _insert(service, cost, run, min(run + _RUN, stop))
        length = _RUN
        while length < stop - start:
            for run in range(start, stop, 2 * length):
                middle, last = min(run + length, stop), min(run + 2 * length, stop)
                for i in range(run, middle):
                    other_service[i - run], other_cost[i - run] = service[i], cost[i]
                i, j, rest = 0, middle, middle - run
                for place in range(run, last):
                    left = i < rest and (
                        j == last
                        or other_cost[i] < cost[j]
                        or (other_cost[i] == cost[j] and other_service[i] <= service[j])
                    )
                    if not left and i == rest:
                        break
                    if left:
                        service[place], cost[place] = other_service[i], other_cost[i]
                        i += 1
                    else:
                        service[place], cost[place] = service[j], cost[j]
                        j += 1
            length *= 2


@numba.njit(cache=True, nogil=True, error_model="numpy")
def squares(
    points: np.ndarray, low: np.ndarray, side: float, across: int, down: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sort points by the square in which they are, row by row.

    Parameters
    ----------
    points
        (n, 2).
    low
        The corner of the first square, below and left of all points.
    side
        Of a square.
    across, down
        How many squares there are.

    Returns
    -------
    tuple
        Where each square begins, (squares + 1,), and the order of the points, (n,).
    """
    first = np.zeros(across * down + 1, dtype=np.int64)
    square = np.empty(len(points), dtype=np.int64)
    for i in range(len(points)):
        column = min(int((points[i, 0] - low[0]) / side), across - 1)
        row = min(int((points[i, 1] - low[1]) / side), down - 1)
        square[i] = row * across + column
        first[square[i] + 1] += 1
    for k in range(across * down):
        first[k + 1] += first[k]
    order = np.empty(len(points), dtype=np.int32)
    place = first[:-1].copy()
    for i in range(len(points)):
        order[place[square[i]]] = i
        place[square[i]] += 1
    return first, order


@numba.njit(cache=True, nogil=True, error_model="numpy")
def near(
    zones: np.ndarray,
    services: np.ndarray,
    order: np.ndarray,
    begins: np.ndarray,
    low: np.ndarray,
    side: float,
    across: int,
    detour: float,
    limit: float,
    begin: int,
    end: int,
    first: np.ndarray,
    service: np.ndarray,
    cost: np.ndarray,
) -> None:
    """Count the services within the limit of zones, or note them.

    Parameters
    ----------
    zones
        (zones, 2).
    services
        By square, (services, 2).
    order, begins, low, side, across
        The squares, which are no narrower than the limit; see :func:`squares`.
    detour, limit
        The cost of a metre, and the most that counts.
    begin, end
        Which zones.
    first
        Where each zone begins, (zones + 1,); where nothing is noted, how many each zone has is
        filled in, one place farther.
    service, cost
        (n,), filled in; empty where nothing is to be noted.
    """
    down = (len(begins) - 1) // across
    noted = len(service) > 0
    for i in range(begin, end):
        x, y = zones[i, 0], zones[i, 1]
        column, row = np.floor((x - low[0]) / side), np.floor((y - low[1]) / side)
        # A step more to each side than the limit is wide, whatever rounding does at the edges.
        # What lies too far away for a whole number is clipped before it becomes one.
        left = int(min(max(column - 1, 0.0), float(across)))
        right = int(max(min(column + 1, across - 1.0), -1.0))
        place = first[i] if noted else 0
        if left <= right:
            lowest = int(min(max(row - 1, 0.0), float(down)))
            for k in range(lowest, int(max(min(row + 1, down - 1.0), -1.0)) + 1):
                for j in range(begins[k * across + left], begins[k * across + right + 1]):
                    dx, dy = x - services[j, 0], y - services[j, 1]
                    one = detour * np.sqrt(dx * dx + dy * dy)
                    if one <= limit:
                        if noted:
                            service[place], cost[place] = order[j], one
                        place += 1
        if not noted:
            first[i + 1] = place
