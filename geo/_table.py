"""Cost tables in order, compiled loops."""

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
