"""Zones and the sites that they may use, checked and from the nearest on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...geo._table import sort_zones
from ...geo.threads import in_parts
from ..access import Costs, assign, nearest
from . import _loops
from .result import Location

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """The sites that may be opened, for each zone from the nearest on.

    Attributes
    ----------
    first
        Where each zone begins, (zones + 1,).
    site, cost
        Of the pairs; sites are numbers from 0 to ``sites``.
    base
        What people of the zone pay where none of its pairs is open, (zones,).
    weight
        People, or their need, (zones,).
    sites
        How many there are.
    """

    first: NDArray[np.int64]
    site: NDArray[np.int32]
    cost: Floats
    base: Floats
    weight: Floats
    sites: int

    @cached_property
    def zone(self) -> NDArray[np.int32]:
        """The zone of each pair."""
        return np.repeat(np.arange(len(self.base), dtype=np.int32), np.diff(self.first))

    @property
    def least(self) -> Floats:
        """What each zone pays where all sites are open."""
        out = self.base.copy()
        some = np.diff(self.first) > 0
        out[some] = self.cost[self.first[:-1][some]]
        return out

    def state(self, chosen: Ints) -> tuple[Floats, Floats, NDArray[np.int32]]:
        """Give what the two nearest of the chosen sites cost, and the place of the nearest."""
        n = len(self.base)
        out = np.empty(n), np.empty(n), np.empty(n, dtype=np.int32)
        _loops.two_nearest(self.first, self.site, self.cost, self.base, self.place(chosen), *out)
        return out

    def place(self, chosen: Ints) -> NDArray[np.int32]:
        """Give the place of each site among the chosen ones, -1 where it is not chosen."""
        out = np.full(self.sites, -1, dtype=np.int32)
        out[chosen] = np.arange(len(chosen))
        return out

    def value(self, chosen: Ints) -> float:
        """Give what all pay together."""
        return float(self.weight @ self.state(chosen)[0])

    def only(self, kept: NDArray[np.bool_], base: Floats | None = None) -> Pairs:
        """Give some of the pairs, with another base."""
        before = np.concatenate([[0], np.cumsum(kept)])[self.first]
        return Pairs(
            before,
            self.site[kept],
            self.cost[kept],
            self.base if base is None else base,
            self.weight,
            self.sites,
        )

    def sets(self) -> NDArray[np.uint64]:
        """Give a number by zone, the same where the sites are the same; 0 where there are none."""
        each = np.random.default_rng(0).integers(1, 2**63, self.sites, dtype=np.uint64)
        sums = np.concatenate([[np.uint64(0)], np.cumsum(each[self.site], dtype=np.uint64)])
        # Sums beyond the greatest number begin anew, so that differences are exact.
        return sums[self.first[1:]] - sums[self.first[:-1]]

    def with_costs(self, cost: Floats, base: Floats) -> Pairs:
        """Give other costs, which are in the same order."""
        return replace(self, cost=cost, base=base)


@dataclass(frozen=True)
class Problem:
    """A cost table with its people, checked, and the pairs that matter.

    Attributes
    ----------
    table
        The cost table.
    people, counts
        People by zone of the table, and by zone and group.
    weight
        What they count, by zone of the table.
    candidate, existing
        The numbers of the sites that may be opened, and of those that are open anyway.
    zone
        The numbers of the zones in play: with people who count, and a site in reach.
    beyond
        What counts for those who have no open site in reach.
    paid
        Whether that counts at all: not where people are only covered or not.
    taken
        The number of the existing site that each zone in play has nearest, -1 for none.
    pairs
        Of the zones in play and the candidates.
    """

    table: Costs
    people: Floats
    counts: Floats
    weight: Floats
    candidate: Ints
    existing: Ints
    zone: Ints
    beyond: float
    paid: bool
    taken: Ints
    pairs: Pairs

    def result(
        self, chosen: Ints, objective: float, bound: float, how: str, *notes: str
    ) -> Location:
        """Write a choice down: everybody at the nearest open site."""
        opened = np.sort(self.candidate[np.asarray(chosen, dtype=np.int64)])
        table = self.table.only(self.mask(opened))
        rows = assign(table, pd.Series(self.people, self.table.zones))
        cost = nearest(table).to_numpy()[rows["zone"].cat.codes]
        rows["cost"] = np.where(rows["service"].isna(), np.nan, cost)
        said = [self.left(rows), *notes]
        return Location(
            tuple(self.table.services[opened]),
            tuple(self.table.services[self.existing]),
            rows,
            float(objective),
            float(bound),
            how,
            "; ".join(note for note in said if note),
        )

    def mask(self, opened: Ints) -> NDArray[np.bool_]:
        """Tell which services are open."""
        out = np.zeros(len(self.table.services), dtype=bool)
        out[opened] = out[self.existing] = True
        return out

    def left(self, rows: pd.DataFrame) -> str:
        """Say how many people have no service."""
        without = rows.loc[rows["service"].isna()]
        reach = np.diff(self.table.matrix.indptr) > 0
        some = reach[without["zone"].cat.codes]
        people = without["people"].to_numpy()
        far, more = people[~some].sum(), people[some].sum()
        notes = []
        if far > 0:
            notes.append(f"{number(far)} people have no site in reach and do not count")
        if more > 0:
            each = f" and count {number(self.beyond)} each" if self.paid else ""
            notes.append(f"{number(more)} people have no open site in reach{each}")
        return "; ".join(notes)


def number(amount: float) -> str:
    """Write an amount for a note."""
    return f"{amount:,.0f}" if amount >= 10 or amount == round(amount) else f"{amount:.2g}"


def problem(
    costs: pd.DataFrame | Costs,
    demand: pd.Series | pd.DataFrame,
    *,
    existing: Iterable[Hashable] = (),
    need: pd.Series | None = None,
    beyond: float | None = None,
    limit: float | None = None,
) -> Problem:
    """Check what is given, and put the pairs in order; with a limit, those beyond are left out."""
    table = Costs.of(costs)
    people, counts, weight = _demand(table, demand, need)
    open_already = _existing(table, existing)
    far = float(table.matrix.data.max(initial=0.0))
    if beyond is None:
        beyond = far
    elif not (np.isfinite(beyond) and beyond >= far):
        raise ValueError(
            f"beyond is {beyond}; give a cost of {far:g} or more, the greatest of the table, or "
            "shorten the table"
        )
    if limit is not None and not limit >= 0:
        raise ValueError(f"limit is {limit}; give a cost of 0 or more")
    start, site, cost = table.matrix.indptr, table.matrix.indices, table.matrix.data
    wanted = (weight > 0) & (np.diff(start) > 0)
    zone = np.flatnonzero(wanted)
    if len(zone) == 0:
        raise ValueError(
            "nobody who counts has a site in reach, so no choice is better than another; give "
            "costs that reach farther"
        )
    base = np.full(len(zone), float(beyond))
    taken = np.full(len(zone), -1)
    candidate = np.setdiff1d(np.arange(len(table.services)), open_already)
    rank = np.full(len(table.services), -1, dtype=np.int32)
    rank[candidate] = np.arange(len(candidate))
    if len(open_already):
        there = table.only(~_mask(candidate, len(table.services)))
        nearest_existing = nearest(there).to_numpy()[zone]
        found = assign(there, pd.Series(1.0, table.zones))
        at = np.full(len(table.zones), -1)
        at[found["zone"].cat.codes] = found["service"].cat.codes
        served = ~np.isnan(nearest_existing)
        if limit is not None:
            served &= nearest_existing <= limit
        base[served], taken[served] = nearest_existing[served], at[zone][served]
    all_at_once = wanted.all() and not len(open_already) and limit is None
    if all_at_once:
        first, sites, kept = start.astype(np.int64), site.astype(np.int32), cost.copy()
    else:
        whose = np.full(len(table.zones), -1)
        whose[zone] = np.arange(len(zone))
        of = whose[table.zone]
        keep = (of >= 0) & (rank[site] >= 0)
        # What is no nearer than an existing site is used by nobody.
        keep &= (cost < base[of]) | ((cost == base[of]) & (site < taken[of])) | (taken[of] < 0)
        if limit is not None:
            keep &= cost <= limit
        first = np.zeros(len(zone) + 1, dtype=np.int64)
        np.cumsum(np.bincount(of[keep], minlength=len(zone)), out=first[1:])
        sites, kept = rank[site[keep]], cost[keep]
    in_parts(len(zone), lambda begin, end: sort_zones(first, sites, kept, begin, end))
    pairs = Pairs(first, sites, kept, base, weight[zone], len(candidate))
    return Problem(
        table,
        people,
        counts,
        weight,
        candidate,
        open_already,
        zone,
        float(beyond),
        limit is None,
        taken,
        pairs,
    )


def number_of(p: int, given: Problem) -> int:
    """Give the number of sites to open, or refuse it."""
    if isinstance(p, bool) or p != int(p) or p < 1:
        raise ValueError(f"p is {p}; give a whole number of sites, 1 or more")
    if p > len(given.candidate):
        raise ValueError(
            f"p is {p}, and {len(given.candidate)} sites may be opened beside those that exist"
        )
    return int(p)


def _mask(numbers: Ints, length: int) -> NDArray[np.bool_]:
    out = np.zeros(length, dtype=bool)
    out[numbers] = True
    return out


def _demand(table: Costs, demand: pd.Series | pd.DataFrame, need: Any) -> tuple[Floats, ...]:
    """Give people by zone, by zone and group, and what they count."""
    if isinstance(demand, pd.Series):
        if need is not None:
            raise ValueError("need is by group; give demand as a frame, zones × groups")
        people = table.people(demand)
        return people, people[:, None], people
    counts = np.column_stack([table.people(demand[group]) for group in demand])
    people = counts.sum(axis=1)
    if need is None:
        return people, counts, people
    absent = [group for group in demand if group not in need.index]
    if absent:
        raise ValueError(f"need has no group {absent[0]!r}; give what a person of each counts")
    each = need.reindex(demand.columns).to_numpy(dtype=np.float64, na_value=np.nan)
    if not ((each >= 0) & np.isfinite(each)).all():
        raise ValueError("need is what a person of each group counts: a number of 0 or more")
    return people, counts, counts @ each


def _existing(table: Costs, existing: Iterable[Hashable]) -> Ints:
    names = [existing] if isinstance(existing, str) else list(existing)
    at = table.services.get_indexer(pd.Index(names, dtype=table.services.dtype) if names else [])
    if (at < 0).any():
        raise ValueError(f"existing names {names[int(np.argmin(at))]!r}, which is no service")
    return np.unique(at).astype(np.int64)
