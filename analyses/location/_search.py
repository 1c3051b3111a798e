"""Which p sites cost least in all: vertex substitution, Lagrangian relaxation, and HiGHS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from . import _loops
from ._problem import Floats, Ints, Pairs

TOLERANCE = 1e-9
"""Costs that differ by a smaller share are the same."""

_STEPS, _RESTARTS = 400, 4
_LARGE = 5_000_000
"""Of so many pairs there are fewer steps and starts, which gain little there."""
_LARGE_STEPS, _LARGE_RESTARTS = 150, 1
_TRIES = 10
_NEAR = 1.01
_EXACT = 40_000
_NODES = 20_000
_SECONDS = 30.0


@dataclass(frozen=True)
class Found:
    """A choice of sites by number, what it costs, what no choice costs less than, and how."""

    chosen: Ints
    cost: float
    bound: float
    how: str


def swapped(
    pairs: Pairs, chosen: Ints, weight: Floats, state: tuple[Any, ...] | None = None
) -> Floats:
    """Give what each group pays after each exchange of an open site, (sites, p, groups)."""
    state = pairs.state(chosen) if state is None else state
    groups, p = weight.shape[1], len(chosen)
    gain, loss = np.empty((pairs.sites, groups)), np.empty((p, groups))
    both = np.empty((pairs.sites, p, groups))
    place = pairs.place(chosen)
    _loops.swaps(pairs.first, pairs.site, pairs.cost, place, *state, weight, gain, loss, both)
    return np.asarray((state[0] @ weight) - gain[:, None] + loss[None] - both)


def interchange(pairs: Pairs, chosen: Ints) -> tuple[Ints, float]:
    """Exchange an open site for a closed one, the best exchange first, while that helps."""
    weight = pairs.weight[:, None]
    state = pairs.state(chosen)
    best = float(pairs.weight @ state[0])
    while len(chosen) < pairs.sites:
        after = swapped(pairs, chosen, weight, state)[..., 0]
        after[chosen] = np.inf
        j, r = np.unravel_index(int(np.argmin(after)), after.shape)
        trial = chosen.copy()
        trial[r] = j
        state = pairs.state(trial)
        # Summed anew: differences of sums are not exact, and an exchange could go round.
        new = float(pairs.weight @ state[0])
        if not new < best - TOLERANCE * abs(best):
            break
        chosen, best = trial, new
    return chosen, best


def greedy(pairs: Pairs, p: int) -> Ints:
    """Open the site that saves most, p times."""
    now, gain, chosen = pairs.base.copy(), np.empty(pairs.sites), np.empty(0, dtype=np.int64)
    for _ in range(p):
        _loops.gains(pairs.first, pairs.site, pairs.cost, now, pairs.weight, gain)
        gain[chosen] = -1.0
        chosen = np.append(chosen, int(np.argmax(gain)))
        now = pairs.state(chosen)[0]
    return chosen


def starts(pairs: Pairs, p: int, seed: int) -> Iterable[Ints]:
    """Give choices to begin from: a greedy one, then random ones."""
    yield greedy(pairs, p)
    rng = np.random.default_rng(seed)
    for _ in range(_RESTARTS if len(pairs.cost) <= _LARGE else _LARGE_RESTARTS):
        yield rng.choice(pairs.sites, p, replace=False)


def relaxed(pairs: Pairs, chosen: Ints, cost: float, steps: int) -> tuple[Any, ...]:
    """Raise a bound from prices that zones pay to be served, trying what they choose on the way.

    Gives the best choice and its cost, the bound, and the gain of each site at its prices.
    """
    p, least, weight = len(chosen), pairs.least, pairs.weight
    near, second, _ = pairs.state(chosen)
    price = (near + second) / 2
    bound, gain, best_gain = -np.inf, np.empty(pairs.sites), np.empty(pairs.sites)
    best_price, pace, since = price, 1.0, 0
    many, served = np.empty(len(weight), dtype=np.int32), np.empty(len(weight))
    direction = np.zeros(len(weight))
    tried: set[bytes] = set()
    for _ in range(steps):
        _loops.gains(pairs.first, pairs.site, pairs.cost, price, weight, gain)
        most = np.sort(np.argpartition(-gain, p - 1)[:p]) if p < pairs.sites else np.arange(p)
        low = float(weight @ price - gain[most].sum())
        if low > bound + 1e-5 * abs(bound):
            since = 0
        else:
            since += 1
        if low > bound:
            bound, best_price = low, price
            best_gain[:] = gain
        _loops.counted(
            pairs.first, pairs.site, pairs.cost, pairs.base, price, pairs.place(most), many, served
        )
        here = float(weight @ served)
        if here < cost:
            chosen, cost = most, here
        if here < cost * _NEAR and len(tried) < _TRIES and (key := most.tobytes()) not in tried:
            tried.add(key)
            better, improved = interchange(pairs, most)
            if improved < cost:
                chosen, cost = better, improved
        if cost - bound <= TOLERANCE * abs(cost) or pace < 1e-3:
            break
        if since >= 12:
            pace, since, price = pace / 2, 0, best_price
            direction[:] = 0.0
            continue
        slope = 1.0 - many
        # Where the price is as low as it can get, it cannot be lowered.
        slope[(slope < 0) & (price <= least)] = 0.0
        direction = 0.7 * slope + 0.3 * direction
        length = float(weight @ direction**2)
        if length == 0:
            break
        price = np.clip(price + pace * (cost - low) / length * direction, least, pairs.base)
    return chosen, cost, min(bound, cost), best_gain


def exact(pairs: Pairs, p: int) -> tuple[Ints | None, float]:
    """Solve it with HiGHS; give the choice, where one is found, and the bound.

    A zone pays the step from each cost to the next as long as no site up to that cost is open
    (Elloumi 2010).
    """
    if p in (0, pairs.sites) or len(pairs.cost) == 0:
        only = np.arange(p)
        return only, pairs.value(only)
    zone = pairs.zone
    # Pairs of one zone at one cost are one step.
    new = np.ones(len(pairs.cost), dtype=bool)
    new[1:] = (pairs.cost[1:] != pairs.cost[:-1]) | (zone[1:] != zone[:-1])
    step, begins = np.cumsum(new) - 1, np.flatnonzero(new)
    level, of = pairs.cost[begins], zone[begins]
    steps = len(begins)
    last = np.ones(steps, dtype=bool)
    last[:-1] = of[1:] != of[:-1]
    rise = np.where(last, pairs.base[of], np.append(level[1:], 0.0)) - level
    start = np.ones(steps, dtype=bool)
    start[1:] = last[:-1]
    m = pairs.sites
    # Stays unserved up to this step, unless served at it: z_k + sum of its y >= z_(k-1).
    number = np.arange(steps)
    inner = number[~start]
    rows = np.concatenate([step, number, inner])
    columns = np.concatenate([pairs.site, m + number, m + inner - 1])
    values = np.concatenate([np.ones(len(step) + steps), -np.ones(len(inner))])
    shape = (steps, m + steps)
    cover = LinearConstraint(
        sparse.csr_array((values, (rows, columns)), shape=shape), start.astype(float), np.inf
    )
    count = sparse.csr_array(
        (np.ones(m), (np.zeros(m, dtype=int), np.arange(m))), shape=(1, m + steps)
    )
    scale = max(float(np.abs(pairs.base).max(initial=0.0)), np.finfo(float).tiny)
    costs = np.concatenate([np.zeros(m), pairs.weight[of] * rise / scale])
    solved: Any = milp(
        costs,
        integrality=np.concatenate([np.ones(m), np.zeros(steps)]),
        bounds=Bounds(0, 1),
        constraints=[cover, LinearConstraint(count, p, p)],
        options={"node_limit": _NODES, "time_limit": _SECONDS, "mip_rel_gap": TOLERANCE},
    )
    fixed = float(pairs.weight @ pairs.least)
    chosen = None if solved.x is None else np.flatnonzero(solved.x[:m] > 0.5)
    if solved.status == 2 or solved.mip_dual_bound is None:
        return None, -np.inf
    return chosen, fixed + scale * float(solved.mip_dual_bound)


def reduced(pairs: Pairs, p: int, cost: float, bound: float, gain: Floats) -> tuple[Any, ...]:
    """Leave out sites that no better choice has, and take those that each has.

    Gives the pairs that are left, which sites they are of, and which are taken.
    """
    order = np.argsort(-gain, kind="stable")
    inside, outside = order[:p], order[p:]
    slack = cost - bound + TOLERANCE * abs(cost)
    never = outside[gain[inside[-1]] - gain[outside] > slack] if p else outside
    always = inside[gain[inside] - gain[outside[0]] > slack] if len(outside) else inside
    kept = np.setdiff1d(np.arange(pairs.sites), np.concatenate([never, always]))
    rank = np.full(pairs.sites, -1, dtype=np.int32)
    rank[kept] = np.arange(len(kept))
    base = pairs.state(always)[0]
    keep = (rank[pairs.site] >= 0) & (pairs.cost < base[pairs.zone])
    left = pairs.only(keep, base)
    return replace(left, site=rank[left.site], sites=len(kept)), kept, always


def cheapest(pairs: Pairs, p: int, seed: int) -> Found:
    """Find the p sites that cost least in all."""
    found = [interchange(pairs, start) for start in starts(pairs, p, seed)]
    chosen, cost = min(found, key=lambda one: one[1])
    steps = _STEPS if len(pairs.cost) <= _LARGE else _LARGE_STEPS
    chosen, cost, bound, gain = relaxed(pairs, chosen, cost, steps)
    how = "vertex substitution, bound by Lagrangian relaxation"
    if cost - bound > TOLERANCE * abs(cost):
        rest, kept, always = reduced(pairs, p, cost, bound, gain)
        if len(rest.cost) <= _EXACT:
            better, proven = exact(rest, p - len(always))
            bound = min(max(bound, proven), cost)
            how = "vertex substitution, bound by HiGHS"
            if better is not None:
                tried = np.concatenate([always, kept[better]])
                value = pairs.value(tried)
                if value < cost:
                    chosen, cost, how = tried, value, "HiGHS"
    return Found(np.sort(chosen), cost, bound, how)
