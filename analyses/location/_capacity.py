"""The p-median where nobody is sent beyond the places there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from . import _loops
from ._problem import Floats, Ints, Problem, number
from ._search import TOLERANCE, greedy
from .result import Location

_STEPS = 150
_TRIES = 30
_KNOWN = 50
_EXACT = 6_000
_NODES = 5_000
_SECONDS = 30.0


class Room:
    """People of zones and places of sites, those that exist too, as one transportation problem.

    Costs are shares of what counts for a person without a place.
    """

    def __init__(self, given: Problem, places: Floats, beyond: float) -> None:
        table, zone = given.table, given.zone
        whose = np.full(len(table.zones), -1)
        whose[zone] = np.arange(len(zone))
        pair = np.flatnonzero((whose[table.zone] >= 0) & (places > 0)[table.matrix.indices])
        self.zone = whose[table.zone[pair]]
        self.site = table.matrix.indices[pair]
        self.cost = table.matrix.data[pair] / beyond
        self.people = given.people[zone]
        # Need is of the people of a zone on average: who of them takes a place does not matter.
        self.each = given.weight[zone] / self.people
        self.places, self.existing, self.candidate = places, given.existing, given.candidate
        order = np.argsort(self.site, kind="stable")
        self.by_site = order
        self.begins = np.searchsorted(self.site[order], np.arange(len(places) + 1))

    def assigned(self, chosen: Ints) -> tuple[float, Floats, Floats]:
        """Give the cost with these sites, who goes where, and what one more of each zone costs."""
        is_open = np.zeros(len(self.places), dtype=bool)
        is_open[self.existing] = is_open[self.candidate[chosen]] = True
        pair = np.flatnonzero(is_open[self.site])
        n, k = len(self.people), len(pair)
        number, one = np.arange(k), np.ones(k)
        sites, at = np.unique(self.site[pair], return_inverse=True)
        left = sparse.identity(n, format="csr")
        everybody = sparse.hstack(
            [sparse.csr_array((one, (self.zone[pair], number)), shape=(n, k)), left], format="csr"
        )
        taken = sparse.hstack(
            [
                sparse.csr_array((one, (at, number)), shape=(len(sites), k)),
                sparse.csr_array((len(sites), n)),
            ],
            format="csr",
        )
        solved: Any = linprog(
            np.concatenate([self.cost[pair] * self.each[self.zone[pair]], self.each]),
            A_ub=taken if len(sites) else None,
            b_ub=self.places[sites] if len(sites) else None,
            A_eq=everybody,
            b_eq=self.people,
            method="highs",
        )
        if solved.status != 0:
            raise RuntimeError(f"no assignment was found: {solved.message}")
        users = np.zeros(len(self.site))
        users[pair] = solved.x[:k]
        return float(solved.fun), users, np.asarray(solved.eqlin.marginals) / self.each

    def gains(self, price: Floats) -> Floats:
        """Give what each site saves at most at these prices, with the places that it has."""
        out = np.empty(len(self.places))
        worth = (price[self.zone] - self.cost) * self.each[self.zone]
        _loops.filled(self.begins, self.by_site, self.zone, worth, self.people, self.places, out)
        return out

    def demanded(self, price: Floats, chosen: Ints) -> Floats:
        """Give how many people of each zone the sites would take at these prices."""
        out = np.zeros(len(self.people))
        worth = (price[self.zone] - self.cost) * self.each[self.zone]
        for site in np.concatenate([self.existing, self.candidate[chosen]]):
            pair = self.by_site[self.begins[site] : self.begins[site + 1]]
            pair = pair[worth[pair] > 0]
            pair = pair[np.argsort(-worth[pair], kind="stable")]
            people = self.people[self.zone[pair]]
            room = self.places[site] - (np.cumsum(people) - people)
            np.add.at(out, self.zone[pair], np.clip(room, 0.0, people))
        return out


def choose(given: Problem, p: int, capacity: pd.Series, beyond: float | None) -> Location:
    """Choose p sites with places."""
    places = given.table.places(capacity)
    far = float(given.table.matrix.data.max(initial=0.0))
    if beyond is None:
        beyond = (far or 1.0) * (len(places) + 1)
    elif not (np.isfinite(beyond) and beyond > 0 and beyond >= far):
        raise ValueError(f"beyond is {beyond}; give a cost of {far:g} or more")
    room = Room(given, places, beyond)
    chosen, cost, bound = _searched(room, given, p)
    how = "vertex substitution, bound by Lagrangian relaxation"
    if cost - bound > TOLERANCE * cost and len(room.cost) <= _EXACT:
        better, proven = _exact(room, p)
        bound, how = max(bound, proven), "vertex substitution, bound by HiGHS"
        if better is not None and (value := room.assigned(better)[0]) < cost:
            chosen, cost, how = better, value, "HiGHS"
    return _result(given, room, np.sort(chosen), bound * beyond, how, beyond)


def _searched(room: Room, given: Problem, p: int) -> tuple[Ints, float, float]:
    """Exchange sites where prices say that it pays, and bound the cost by prices."""
    m = len(room.candidate)
    known: dict[bytes, tuple[float, Floats]] = {}

    def value(chosen: Ints) -> tuple[float, Floats]:
        key = np.sort(chosen).tobytes()
        if key not in known:
            cost, _, price = room.assigned(chosen)
            known[key] = cost, price
        return known[key]

    def improved(chosen: Ints) -> Ints:
        more = True
        while more and p < m:
            cost, price = value(chosen)
            worth = room.gains(price)[room.candidate]
            closed = np.setdiff1d(np.arange(m), chosen)
            # At these prices no exchange saves more than this.
            most = worth[closed][:, None] - worth[chosen]
            order = np.argsort(-most, axis=None, kind="stable")[:_TRIES]
            more = False
            for at in order[most.ravel()[order] > TOLERANCE * cost]:
                if len(known) >= _KNOWN:
                    break
                j, r = np.unravel_index(int(at), most.shape)
                trial = np.append(np.delete(chosen, r), closed[j])
                if value(trial)[0] < cost * (1 - TOLERANCE):
                    chosen, more = trial, True
                    break
        return chosen

    most_places = np.argsort(-room.places[room.candidate], kind="stable")[:p]
    begin = min((greedy(given.pairs, p), most_places), key=lambda one: value(one)[0])
    chosen = improved(begin)
    cost, price = value(chosen)
    bound, pace, since, best = -np.inf, 1.0, 0, price
    size = room.people * room.each
    for _ in range(_STEPS):
        gain = room.gains(price)
        of = gain[room.candidate]
        most = np.sort(np.argpartition(-of, p - 1)[:p]) if p < m else np.arange(p)
        low = float(size @ price - of[most].sum() - gain[room.existing].sum())
        since = 0 if low > bound + 1e-5 * abs(bound) else since + 1
        if low > bound:
            bound, best = low, price
            if len(known) < 2 * _KNOWN and low > cost * 0.9 and value(most)[0] < cost:
                chosen = improved(most)
                cost = value(chosen)[0]
        if cost - bound <= TOLERANCE * cost or pace < 1e-3:
            break
        if since >= 8:
            pace, since, price = pace / 2, 0, best
            continue
        slope = 1.0 - room.demanded(price, most) / room.people
        slope[(slope > 0) & (price >= 1.0)] = 0.0
        length = float(size @ slope**2)
        if length == 0:
            break
        price = np.clip(price + pace * (cost - low) / length * slope, 0.0, 1.0)
    return chosen, cost, min(bound, cost)


def _exact(room: Room, p: int) -> tuple[Ints | None, float]:
    """Solve it with HiGHS; give the choice, where one is found, and the bound."""
    n, k, m = len(room.people), len(room.site), len(room.places)
    number, one = np.arange(k), np.ones(k)
    # Shares of a zone's people; then who is left, and which sites are open.
    shape = (n, k + n + m)
    all_of_a_zone = sparse.csr_array(
        (
            np.ones(k + n),
            (np.concatenate([room.zone, np.arange(n)]), np.arange(k + n)),
        ),
        shape=shape,
    )
    people = room.people[room.zone]
    taken = sparse.csr_array(
        (
            np.concatenate([people, -room.places]),
            (
                np.concatenate([room.site, np.arange(m)]),
                np.concatenate([number, k + n + np.arange(m)]),
            ),
        ),
        shape=(m, k + n + m),
    )
    at_open = sparse.csr_array(
        (
            np.concatenate([one, -one]),
            (np.concatenate([number, number]), np.concatenate([number, k + n + room.site])),
        ),
        shape=(k, k + n + m),
    )
    low, high = np.zeros(k + n + m), np.ones(k + n + m)
    low[k + n + room.existing] = 1.0
    count = np.zeros((1, k + n + m))
    count[0, k + n + room.candidate] = 1.0
    size = room.people * room.each
    scale = size.sum()
    solved: Any = milp(
        np.concatenate([room.cost * size[room.zone], size, np.zeros(m)]) / scale,
        integrality=np.concatenate([np.zeros(k + n), np.ones(m)]),
        bounds=Bounds(low, high),
        constraints=[
            LinearConstraint(all_of_a_zone, 1, 1),
            LinearConstraint(taken, -np.inf, 0),
            LinearConstraint(at_open, -np.inf, 0),
            LinearConstraint(count, p, p),
        ],
        options={"node_limit": _NODES, "time_limit": _SECONDS, "mip_rel_gap": TOLERANCE},
    )
    bound = solved.mip_dual_bound
    proven = -np.inf if bound is None else float(bound) * scale
    if solved.x is None:
        return None, proven
    return np.flatnonzero(solved.x[k + n :][room.candidate] > 0.5), proven


def _result(
    given: Problem, room: Room, chosen: Ints, bound: float, how: str, beyond: float
) -> Location:
    """Write the choice down, everybody where there is a place."""
    share, users, _ = room.assigned(chosen)
    zone = given.zone[room.zone]
    used = users > 1e-9 * given.people[zone]
    left = given.people - np.bincount(zone, weights=users, minlength=len(given.people))
    without = np.flatnonzero(left > 1e-9 * np.maximum(given.people, 1))
    none = np.full(len(without), -1)
    rows = pd.DataFrame(
        {
            "zone": pd.Categorical.from_codes(
                np.concatenate([zone[used], without]), categories=given.table.zones
            ),
            "service": pd.Categorical.from_codes(
                np.concatenate([room.site[used], none]), categories=given.table.services
            ),
            "people": np.concatenate([users[used], left[without]]),
            "cost": np.concatenate([room.cost[used] * beyond, np.full(len(without), np.nan)]),
        }
    )
    services = given.table.services
    reach = np.diff(given.table.matrix.indptr) > 0
    nowhere, full = left[~reach].sum(), left[without][reach[without]].sum()
    notes = []
    if nowhere > 0:
        notes.append(f"{number(nowhere)} people have no site in reach and do not count")
    if full > 1e-6:
        notes.append(f"{number(full)} people have no place and count {number(beyond)} each")
    return Location(
        tuple(services[given.candidate[chosen]]),
        tuple(services[given.existing]),
        rows,
        share * beyond,
        min(bound, share * beyond),
        how,
        "; ".join(notes),
    )
