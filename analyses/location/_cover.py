"""The fewest sites that cover all zones, for a few zones first."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from ._problem import Ints, Pairs

_FIRST = 50
_MORE = 100
_NODES = 5_000
_SECONDS = 20.0


class Cover(NamedTuple):
    """Sites that cover all zones, how many any cover needs, and how it was found."""

    chosen: Ints
    bound: int
    how: str


def fewest(pairs: Pairs, enough: int | None = None) -> Cover:
    """Find the fewest sites so that each zone that has a pair has an open one.

    With ``enough``, it is over when a cover of so many sites is found, or none can be.
    """
    rows = _rows(pairs)
    if rows.shape[0] == 0:
        return Cover(np.empty(0, dtype=np.int64), 0, "nothing is left to cover")
    best = _greedy(rows)
    how = "greedy, bound by HiGHS"
    # Zones with few sites are the hardest to cover.
    inside = np.argsort(np.diff(rows.indptr), kind="stable")[:_FIRST]
    bound = 1
    while bound < len(best):
        if enough is not None and (len(best) <= enough or bound > enough):
            break
        chosen, proven = _solve(rows[inside])
        bound = max(bound, proven)
        if chosen is None:
            break
        is_open = np.zeros(rows.shape[1])
        is_open[chosen] = 1.0
        left = np.flatnonzero(rows @ is_open == 0)
        full = _completed(rows, chosen, left)
        if len(full) < len(best):
            best, how = full, "HiGHS"
        if len(left) == 0:
            break
        # Spread over those that are left, which are near each other in the table.
        inside = np.union1d(inside, left[:: max(1, len(left) // _MORE)])
    if bound >= len(best) and how != "HiGHS":
        how = "greedy, proven by HiGHS"
    return Cover(np.sort(best), min(bound, len(best)), how)


def alike(pairs: Pairs) -> Pairs:
    """Give zones with the same sites as one, at a cost of 0, and of 1 without an open one."""
    sets, one, which = np.unique(pairs.sets(), return_index=True, return_inverse=True)
    weight = np.bincount(which, pairs.weight).astype(np.float64)[sets > 0]
    one = one[sets > 0]
    kept = np.zeros(len(pairs.base), dtype=bool)
    kept[one] = True
    rows = pairs.only(kept[pairs.zone])
    return Pairs(
        np.append(rows.first[:-1][kept], len(rows.site)),
        rows.site,
        np.zeros(len(rows.site)),
        np.ones(len(one)),
        weight[np.argsort(one)],
        pairs.sites,
    )


def _rows(pairs: Pairs) -> Any:
    """Give zones × sites, each set of sites once."""
    shape = (len(pairs.base), pairs.sites)
    # The matrix may sort its columns, and the pairs stay as they are.
    parts = (np.ones(len(pairs.site)), pairs.site.copy(), pairs.first)
    sets, one = np.unique(pairs.sets(), return_index=True)
    return sparse.csr_array(parts, shape=shape)[one[sets > 0]]


def _greedy(rows: Any) -> Ints:
    """Open the site that covers most of what is left; then close what is not needed."""
    chosen: list[int] = []
    left = np.ones(rows.shape[0])
    columns = rows.T.tocsr()
    while left.any():
        chosen.append(int(np.argmax(columns @ left)))
        left[columns[[chosen[-1]]].indices] = 0.0
    return _needed(rows, np.array(chosen, dtype=np.int64))


def _needed(rows: Any, chosen: Ints) -> Ints:
    """Close sites, the last first, whose zones all have another one."""
    some = rows[:, chosen].tocsc()
    times = np.asarray(some.sum(axis=1)).ravel()
    kept = []
    for k in range(len(chosen))[::-1]:
        of = some.indices[some.indptr[k] : some.indptr[k + 1]]
        if (times[of] > 1).all():
            times[of] -= 1
        else:
            kept.append(chosen[k])
    return np.array(kept[::-1], dtype=np.int64)


def _completed(rows: Any, chosen: Ints, left: Ints) -> Ints:
    """Cover what the chosen sites leave."""
    if len(left) == 0:
        return chosen
    return _needed(rows, np.union1d(chosen, _greedy(rows[left])))


def _solve(rows: Any) -> tuple[Ints | None, int]:
    """Solve it with HiGHS; give the choice, where one is found, and the bound."""
    sites = rows.shape[1]
    solved: Any = milp(
        np.ones(sites),
        integrality=np.ones(sites),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, 1, np.inf),
        options={"node_limit": _NODES, "time_limit": _SECONDS},
    )
    bound = 1
    if solved.mip_dual_bound is not None and np.isfinite(solved.mip_dual_bound):
        bound = int(np.ceil(solved.mip_dual_bound - 1e-6))
    return None if solved.x is None else np.flatnonzero(solved.x > 0.5), bound
