"""Sites for zones: compiled loops over the sites that each zone may use, nearest first.

In all of them, ``first`` tells where the pairs of each zone begin, (zones + 1,); ``site`` and
``cost`` are of the pairs, by zone and then by cost; ``base`` is what a zone's people pay where no
site of its pairs is open, no less than any of these costs.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def two_nearest(
    first: np.ndarray,
    site: np.ndarray,
    cost: np.ndarray,
    base: np.ndarray,
    place: np.ndarray,
    nearest: np.ndarray,
    second: np.ndarray,
    who: np.ndarray,
) -> None:
    """Find the two nearest open sites of each zone.

    Parameters
    ----------
    first, site, cost, base
        The pairs.
    place
        The place of each site among those that are open, -1 where it is closed, (sites,).
    nearest, second
        What they cost, ``base`` where there is none, (zones,), filled in.
    who
        The place of the nearest, -1 where there is none, (zones,), filled in.
    """
    for i in range(len(base)):
        nearest[i], second[i], who[i] = base[i], base[i], -1
        for k in range(first[i], first[i + 1]):
            if place[site[k]] >= 0:
                if who[i] < 0:
                    nearest[i], who[i] = cost[k], place[site[k]]
                else:
                    second[i] = cost[k]
                    break


@njit(cache=True, nogil=True, error_model="numpy")
def swaps(
    first: np.ndarray,
    site: np.ndarray,
    cost: np.ndarray,
    place: np.ndarray,
    nearest: np.ndarray,
    second: np.ndarray,
    who: np.ndarray,
    weight: np.ndarray,
    gain: np.ndarray,
    loss: np.ndarray,
    both: np.ndarray,
) -> None:
    """Tell what each exchange of an open site for a closed one changes, for each group.

    Parameters
    ----------
    first, site, cost
        The pairs.
    place, nearest, second, who
        See :func:`two_nearest`.
    weight
        (zones, groups).
    gain
        What opening the site saves, (sites, groups), filled in.
    loss
        What closing the open site costs, (open sites, groups), filled in.
    both
        How much less the two cost together, (sites, open sites, groups), filled in.
    """
    gain[:], loss[:], both[:] = 0.0, 0.0, 0.0
    groups = weight.shape[1]
    for i in range(len(nearest)):
        near, next_, r = nearest[i], second[i], who[i]
        if r >= 0:
            for g in range(groups):
                loss[r, g] += weight[i, g] * (next_ - near)
        for k in range(first[i], first[i + 1]):
            c = cost[k]
            if c >= next_:
                break
            j = site[k]
            if place[j] >= 0:
                continue
            if c < near:
                for g in range(groups):
                    gain[j, g] += weight[i, g] * (near - c)
                c = near
            if r >= 0:
                for g in range(groups):
                    both[j, r, g] += weight[i, g] * (next_ - c)


@njit(cache=True, nogil=True, error_model="numpy")
def gains(
    first: np.ndarray,
    site: np.ndarray,
    cost: np.ndarray,
    nearest: np.ndarray,
    weight: np.ndarray,
    gain: np.ndarray,
) -> None:
    """Tell what opening each site saves.

    Parameters
    ----------
    first, site, cost
        The pairs.
    nearest
        What each zone pays now, (zones,).
    weight
        (zones,).
    gain
        (sites,), filled in.
    """
    gain[:] = 0.0
    for i in range(len(nearest)):
        for k in range(first[i], first[i + 1]):
            if cost[k] >= nearest[i]:
                break
            gain[site[k]] += weight[i] * (nearest[i] - cost[k])


@njit(cache=True, nogil=True, error_model="numpy")
def counted(
    first: np.ndarray,
    site: np.ndarray,
    cost: np.ndarray,
    base: np.ndarray,
    price: np.ndarray,
    place: np.ndarray,
    many: np.ndarray,
    nearest: np.ndarray,
) -> None:
    """Count how many open sites each zone would use at its price, and find the nearest.

    Parameters
    ----------
    first, site, cost, base
        The pairs.
    price
        What each zone pays to be served, (zones,).
    place
        Not below 0 where the site is open, (sites,).
    many
        How many open sites cost less than the price, (zones,), filled in.
    nearest
        (zones,), filled in.
    """
    for i in range(len(base)):
        nearest[i], many[i] = base[i], 0
        found = False
        for k in range(first[i], first[i + 1]):
            if cost[k] >= price[i] and found:
                break
            if place[site[k]] >= 0:
                if not found:
                    nearest[i], found = cost[k], True
                if cost[k] < price[i]:
                    many[i] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def filled(
    begins: np.ndarray,
    order: np.ndarray,
    zone: np.ndarray,
    worth: np.ndarray,
    people: np.ndarray,
    places: np.ndarray,
    gain: np.ndarray,
) -> None:
    """Tell what each site saves that takes those first who save most, as far as it has places.

    Parameters
    ----------
    begins, order
        Where the pairs of each site begin in the order, (sites + 1,), and their numbers.
    zone
        The zone of each pair.
    worth
        What a person of each pair saves.
    people
        By zone.
    places
        By site.
    gain
        (sites,), filled in.
    """
    for j in range(len(places)):
        some = order[begins[j] : begins[j + 1]]
        some = some[worth[some] > 0]
        gain[j], room = 0.0, places[j]
        for k in some[np.argsort(-worth[some])]:
            take = min(room, people[zone[k]])
            gain[j] += take * worth[k]
            room -= take
            if room <= 0:
                break


@njit(cache=True, nogil=True, error_model="numpy")
def mixes(
    first: np.ndarray,
    site: np.ndarray,
    place: np.ndarray,
    taken: np.ndarray,
    counts: np.ndarray,
    chosen: int,
    existing: int,
    out: np.ndarray,
) -> None:
    """Tell how users mix after each exchange of an open site for a closed one.

    Parameters
    ----------
    first, site
        The pairs.
    place
        The place of each site among the chosen ones, -1 where it is closed, (sites,).
    taken
        Which of the existing sites each zone has nearest, -1 for none, (zones,).
    counts
        People, (zones, groups).
    chosen, existing
        How many sites are chosen, and how many exist.
    out
        The sum over services of n − Σ n_g² / n, (sites, chosen), filled in for closed sites.
    """
    zones, groups = counts.shape
    services = chosen + existing
    one, two = np.empty(zones, dtype=np.int32), np.empty(zones, dtype=np.int32)
    users = np.zeros((services, groups))
    back = np.zeros((chosen, services, groups))
    begins = np.zeros(len(place) + 1, dtype=np.int64)
    for i in range(zones):
        fallback = chosen + taken[i] if taken[i] >= 0 else -1
        one[i] = two[i] = fallback
        found = False
        for k in range(first[i], first[i + 1]):
            at = place[site[k]]
            if at >= 0:
                if found:
                    two[i] = at
                    break
                one[i], found = at, True
            else:
                begins[site[k] + 1] += 1
        if one[i] >= 0:
            users[one[i]] += counts[i]
            if one[i] < chosen and two[i] >= 0:
                back[one[i], two[i]] += counts[i]
    for j in range(len(place)):
        begins[j + 1] += begins[j]
    # The zones that would go to each closed site, at once or when their site closes.
    whose = np.empty(begins[-1], dtype=np.int32)
    at_once = np.empty(begins[-1], dtype=np.bool_)
    next_ = begins[:-1].copy()
    for i in range(zones):
        found = False
        for k in range(first[i], first[i + 1]):
            j = site[k]
            if place[j] >= 0:
                if found:
                    break
                found = True
            else:
                whose[next_[j]], at_once[next_[j]] = i, not found
                next_[j] += 1
    mine, later = np.empty(groups), np.empty((chosen, groups))
    moved, spared = np.empty((services, groups)), np.empty((chosen, services, groups))
    for j in range(len(place)):
        if place[j] >= 0:
            continue
        mine[:], later[:], moved[:], spared[:] = 0.0, 0.0, 0.0, 0.0
        for k in range(begins[j], begins[j + 1]):
            i = whose[k]
            r = one[i]
            if at_once[k]:
                mine += counts[i]
                if r >= 0:
                    moved[r] += counts[i]
            if 0 <= r < chosen:
                if not at_once[k]:
                    later[r] += counts[i]
                if two[i] >= 0:
                    spared[r, two[i]] += counts[i]
        for r in range(chosen):
            total = 0.0
            for s in range(services + 1):
                if s == r:
                    continue
                n = squares = 0.0
                for g in range(groups):
                    if s == services:
                        x = mine[g] + later[r, g]
                    else:
                        x = users[s, g] - moved[s, g] + back[r, s, g] - spared[r, s, g]
                    n += x
                    squares += x * x
                if n > 1e-9:
                    total += n - squares / n
            out[j, r] = total
