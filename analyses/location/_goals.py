"""What else than the cost of all a choice may be good for, with a bound to that cost."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import combinations, islice, pairwise
from math import comb
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..access import Costs
from . import _loops
from ._problem import Floats, Ints, Pairs, Problem, number_of, problem
from ._search import TOLERANCE, cheapest, relaxed, swapped
from .result import Location

GoalName = Literal["gap", "worst", "mixed"]
TENTH = 0.1

_RESTARTS = 6
_ALL = 100_000_000
_BLOCK = 4_000_000
_CELLS = 40
_CELL_STEPS = 150
_CELL_PAIRS = 20_000_000


@dataclass
class Search:
    """The choices of p sites of a problem, by what they cost in all and by a goal.

    A goal is to be least: the gap between groups, the mean cost of the tenth who are worst off, or
    less the chance that two users of a service are of different groups.
    """

    given: Problem
    p: int
    goal: GoalName
    seed: int

    def __post_init__(self) -> None:
        zone = self.given.zone
        counts = self.given.counts[zone]
        self.counts = np.ascontiguousarray(counts[:, counts.sum(axis=0) > 0])
        self.members = self.counts.sum(axis=0)
        self.people = self.given.people[zone]
        self.pairs = self.given.pairs
        self.cheap = cheapest(self.pairs, self.p, self.seed)
        rank = np.full(len(self.given.table.services) + 1, -1)
        rank[self.given.existing] = np.arange(len(self.given.existing))
        self.taken = rank[self.given.taken]

    @property
    def everybody(self) -> float:
        """How many people there are."""
        return float(self.people.sum())

    def of(self, chosen: Ints) -> tuple[float, float]:
        """Give the goal and the cost of one choice."""
        cost, _, who = self.pairs.state(chosen)
        return float(self._value(cost[None], self._service(who)[None])[0]), float(
            self.pairs.weight @ cost
        )

    def _service(self, who: NDArray[np.integer]) -> Ints:
        """Give the open site of each zone: those that exist after the chosen ones, -1 for none."""
        return np.where(who >= 0, who, np.where(self.taken >= 0, self.p + self.taken, -1))

    def _value(self, cost: Floats, service: Ints) -> Floats:
        """Give the goal of choices, (choices, zones) each."""
        if self.goal == "gap":
            return self._gap(cost @ self.counts)
        if self.goal == "worst":
            return self._worst(cost)
        choices, services = len(cost), self.p + len(self.given.existing) + 1
        at = (service + 1) + services * np.arange(choices)[:, None]
        users = np.stack(
            [
                np.bincount(at.ravel(), np.tile(group, choices), choices * services)
                for group in self.counts.T
            ],
            axis=-1,
        ).reshape(choices, services, -1)[:, 1:]
        n = users.sum(axis=-1)
        same = np.divide((users**2).sum(axis=-1), n, out=np.zeros_like(n), where=n > 0)
        return -(n - same).sum(axis=-1) / self.everybody

    def _gap(self, sums: Floats) -> Floats:
        means = sums / self.members
        return np.asarray(means.max(axis=-1) - means.min(axis=-1))

    def _worst(self, cost: Floats) -> Floats:
        """Give the mean cost of the tenth who are worst off, (choices,)."""
        order = np.argsort(-cost, axis=-1, kind="stable")
        people = self.people[order]
        before = np.cumsum(people, axis=-1) - people
        tenth = TENTH * self.everybody
        counted = np.clip(tenth - before, 0.0, people)
        return np.asarray(
            (counted * np.take_along_axis(cost, order, axis=-1)).sum(axis=-1) / tenth
        )

    def _line(self, chosen: Ints) -> float:
        """Give the cost that a tenth of all have no less than."""
        cost = self.pairs.state(chosen)[0]
        order = np.argsort(-cost, kind="stable")
        reached = np.cumsum(self.people[order]) >= TENTH * self.everybody - 1e-9
        return float(cost[order[int(np.argmax(reached))]])

    def _after(self, chosen: Ints) -> tuple[Floats, Floats]:
        """Give the goal and the cost after each exchange, (sites, p) each."""
        pairs = self.pairs
        sums = swapped(pairs, chosen, self.counts)
        if self.goal == "gap":
            value = self._gap(sums)
        elif self.goal == "worst":
            # Never below the mean of the tenth who are worst off after it, and the same now.
            line = self._line(chosen)
            over = swapped(above(pairs, line), chosen, pairs.weight[:, None])[..., 0]
            value = line + over / (TENTH * self.everybody)
        else:
            value = np.zeros((pairs.sites, self.p))
            place, existing = pairs.place(chosen), len(self.given.existing)
            _loops.mixes(
                pairs.first, pairs.site, place, self.taken, self.counts, self.p, existing, value
            )
            value /= -self.everybody
        cost = sums.sum(axis=-1)
        value[chosen] = cost[chosen] = np.inf
        return value, cost

    def improved(self, chosen: Ints, budget: float) -> Ints:
        """Exchange one for one: for less cost down to the budget, then for the goal within it."""
        most = budget * (1 + TOLERANCE)
        value, cost = self.of(chosen)
        while self.p < self.pairs.sites:
            values, costs = self._after(chosen)
            within = np.where(costs <= most, values, np.inf)
            if cost > most and not np.isfinite(within).any():
                within = costs
            j, r = np.unravel_index(int(np.argmin(within)), within.shape)
            trial = chosen.copy()
            trial[r] = j
            new, paid = self.of(trial)
            if cost <= most:
                better = paid <= most and new < value - TOLERANCE * max(abs(value), 1e-6)
            else:
                better = paid < cost * (1 - TOLERANCE)
            if not better:
                break
            chosen, value, cost = trial, new, paid
        return chosen

    def searched(self, budget: float, more: Iterable[Ints] = ()) -> Ints:
        """Find a good choice within the budget, from the cheapest, from others and from random."""
        rng = np.random.default_rng(self.seed)
        starts = [self.cheap.chosen, *more]
        starts += [rng.choice(self.pairs.sites, self.p, replace=False) for _ in range(_RESTARTS)]
        ends = [self.improved(start, budget) for start in starts]
        kept = [one for one in ends if self.of(one)[1] <= budget * (1 + TOLERANCE)]
        return np.sort(min(kept, key=self.of))

    @property
    def few(self) -> bool:
        """Whether all choices can be tried."""
        return comb(self.pairs.sites, self.p) * len(self.people) * self.p <= _ALL

    def all(self) -> tuple[Ints, Floats, Floats]:
        """Try all choices: which they are, their goals and what they cost."""
        pairs, n = self.pairs, len(self.people)
        dense = np.repeat(pairs.base[None], pairs.sites, axis=0)
        dense[pairs.site, pairs.zone] = pairs.cost
        # The lower, the sooner it is used.
        rank = np.full(dense.shape, pairs.sites)
        rank[pairs.site, pairs.zone] = np.arange(len(pairs.site)) - pairs.first[pairs.zone]
        several = iter(combinations(range(pairs.sites), self.p))
        parts: list[tuple[Ints, Floats, Floats]] = []
        while block := list(islice(several, max(1, _BLOCK // (n * self.p)))):
            chosen = np.array(block)
            ranks = rank[chosen]
            who = ranks.argmin(axis=1)
            nobody = ranks.min(axis=1) == pairs.sites
            cost = dense[chosen].min(axis=1)
            service = self._service(np.where(nobody, -1, who))
            parts.append((chosen, self._value(cost, service), cost @ pairs.weight))
        first, second, third = zip(*parts, strict=True)
        return np.concatenate(first), np.concatenate(second), np.concatenate(third)

    def least(self) -> tuple[float, str]:
        """Give what no choice's goal is below, however much it costs, and how that is known."""
        if self.goal == "gap":
            return 0.0, "no gap is below 0"
        if self.goal == "mixed":
            share = self.members / self.everybody
            return -(1 - float(share @ share)), "services mix people no more than the whole does"
        return self._least_worst(), "bound by Lagrangian relaxation"

    def _least_worst(self) -> float:
        """Bound the mean cost of the tenth who are worst off.

        It is the least over lines of the line and what all go beyond it, by a tenth of the people.
        Within a stretch of lines that is no less than at its lower end, with what is beyond its
        upper end; stretches are halved where that is least.
        """
        chosen = self.cheap.chosen
        value = self.of(chosen)[0]
        tenth = TENTH * self.everybody

        def stretch(low: float, high: float) -> tuple[float, float, float]:
            over = above(self.pairs, high)
            bound = relaxed(over, chosen, over.value(chosen), _CELL_STEPS)[2]
            return low + max(bound, 0.0) / tenth, low, high

        edges = np.linspace(0, value, 5)
        heap = [stretch(low, high) for low, high in pairwise(edges)]
        heapq.heapify(heap)
        for _ in range(int(np.clip(_CELL_PAIRS // max(len(self.pairs.cost), 1), 1, _CELLS))):
            _, low, high = heapq.heappop(heap)
            middle = (low + high) / 2
            for part in (stretch(low, middle), stretch(middle, high)):
                heapq.heappush(heap, part)
        return min(heap[0][0], value)


def above(pairs: Pairs, line: float) -> Pairs:
    """Give what costs are above a line."""
    return pairs.with_costs(np.maximum(pairs.cost - line, 0.0), np.maximum(pairs.base - line, 0.0))


def searching(
    costs: pd.DataFrame | Costs,
    demand: pd.Series | pd.DataFrame,
    p: int,
    goal: GoalName,
    existing: Iterable[Hashable],
    beyond: float | None,
    seed: int,
) -> Search:
    """Check what is given."""
    if goal != "worst" and (not isinstance(demand, pd.DataFrame) or demand.shape[1] < 2):
        raise ValueError("demand is a frame of people, zones × two groups or more")
    given = problem(costs, demand, existing=existing, beyond=beyond)
    if goal != "worst" and (given.counts[given.zone].sum(axis=0) > 0).sum() < 2:
        raise ValueError("only one group has people with a site in reach; give two or more")
    return Search(given, number_of(p, given), goal, seed)


def best(search: Search, loss: float | None) -> Location:
    """Choose the sites that are best for the goal, at a bounded loss."""
    if loss is not None and not loss >= 0:
        raise ValueError(f"loss is {loss}; give a share of 0 or more, such as 0.05")
    least = search.cheap.cost
    budget = np.inf if loss is None else least * (1 + loss)
    if search.few:
        chosen, values, costs = search.all()
        # The cheapest is among them.
        budget = np.inf if loss is None else float(costs.min()) * (1 + loss)
        values = np.where(costs <= budget * (1 + TOLERANCE), values, np.inf)
        found = chosen[int(np.argmin(values))]
        bound, how = float(values.min()), "all choices tried"
    else:
        found = search.searched(budget)
        bound, why = search.least()
        how = f"vertex substitution; {why}"
    value, cost = search.of(found)
    sign = -1.0 if search.goal == "mixed" else 1.0
    more = cost / least - 1 if least > 0 else 0.0
    note = f"all people together have {max(more, 0.0):.1%} more way than with the cheapest choice"
    return search.given.result(found, sign * value, sign * min(bound, value), how, note)
