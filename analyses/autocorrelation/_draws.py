"""Draws of neighbours, and the p-values that they give."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import numpy as np
from numba import njit
from scipy import sparse

from ...geo.names import hint
from ...geo.threads import in_parts
from ._known import Counts, Floats

TOLERANCE = 1e-10
"""Sums that differ by less are equal: their last bits depend on the order of adding."""

Alternative = Literal["two-sided", "greater", "less"]
"""On which side of the draws a statistic stands out: either, the upper, or the lower."""

_STEP = 1024
"""How many draws a compiled loop holds at a time: as many as stay in the processor's cache."""

_FEW = 50

_KEPT_BYTES = 50_000_000
"""Draws of no more than that are kept for the next variable."""

_AT_ONCE = 4_000_000


class Neighbours(NamedTuple):
    """The neighbours of each zone: row-standardised weights, and how many there are."""

    weights: sparse.csr_array
    number: Counts
    equal: bool
    """Whether all neighbours of a zone weigh the same."""


def p_value(
    larger: Counts, smaller: Counts, draws: int, alternative: Alternative = "two-sided"
) -> Floats:
    """Turn the number of draws at least as large, and at least as small, into p-values."""
    return of_tails((larger + 1) / (draws + 1), (smaller + 1) / (draws + 1), alternative)


def of_tails(upper: Floats, lower: Floats, alternative: Alternative) -> Floats:
    """Turn the probabilities of at least as much, and of at most as much, into p-values."""
    if alternative == "greater":
        return upper
    if alternative == "less":
        return lower
    if alternative == "two-sided":
        return np.minimum(1.0, 2 * np.minimum(upper, lower))
    known = get_args(Alternative)
    raise ValueError(
        f"alternative is {alternative!r}; there are {', '.join(map(repr, known))}."
        f"{hint(alternative, known)}"
    )


def count_draws(
    values: Floats,
    observed: Floats,
    neighbours: Neighbours,
    draws: int,
    seed: int,
    factors: Floats | None = None,
    *,
    whole: bool = False,
) -> tuple[Counts, Counts]:
    """Count the draws of neighbours that are at least as high as observed, and at least as low.

    Parameters
    ----------
    values
        (zones, k): what is drawn.
    observed
        (zones,): the weighted mean of the neighbours' values times the zone's factors, added up.
    neighbours
        Of the zones.
    draws
        How many.
    seed
        Of the draws.
    factors
        (zones, k), by which a zone's means are multiplied before they are added up; all 1 where
        nothing is told, with k = 1.
    whole
        Whether a draw is of all zones, as a zone is among its own neighbours.

    Returns
    -------
    int64 array, int64 array
        (zones,) each; 0 and 0 for a zone without neighbours.

    Notes
    -----
    A draw for a zone is one of as many other zones as it has neighbours, without replacement. One
    set of draws serves all zones: they are of all zones but the last, and the last stands in where
    a zone was drawn as its own neighbour. As that maps the other zones one to one, each set of
    them is as likely as any other, for every zone.

    Where neighbours weigh the same, the means of a draw depend on how many neighbours there are
    and not on which zone has them. They are made once for each number; with k = 1 and no factors
    they are sorted, so that a zone looks up how many lie on either side of it. The few draws that
    hold the zone itself are put right one by one.
    """
    n = len(observed)
    larger, smaller = np.zeros((2, n), dtype=np.int64)
    number = neighbours.number
    drawn = sample(n if whole else n - 1, int(number.max()), draws, seed)
    none = np.empty(0, dtype=np.int64)
    own = Own(none, none, none) if whole else _own(drawn, number)
    change = values[-1] - values
    if factors is not None:
        change = change * factors
    change = change.sum(axis=1)
    ones = np.ones((n, 1)) if factors is None else factors
    if not neighbours.equal:
        chosen = np.flatnonzero(number)
        weight, edges = neighbours.weights.data, neighbours.weights.indptr.astype(np.int64)
        share = weight[edges[own.zone] + own.turn]
        found = _passes(
            values.T[:, drawn],
            weight,
            (edges[chosen], edges[chosen + 1]),
            chosen,
            ones,
            observed,
            own,
            share,
            change,
        )
        larger[chosen], smaller[chosen] = found
        return larger, smaller
    order, edges = _by_number(number, len(drawn))
    own_order, own_edges = _by_number(number[own.zone], len(drawn))
    sums = np.zeros((values.shape[1], draws))
    for many in range(1, len(drawn) + 1):
        sums += values.T[:, drawn[many - 1]]
        chosen = order[edges[many] : edges[many + 1]]
        if not len(chosen):
            continue
        mine = Own(*(part[own_order[own_edges[many] : own_edges[many + 1]]] for part in own))
        means = sums / many
        if factors is None:
            found = _lookups(means[0], chosen, observed, mine, change / many)
        else:
            place = np.arange(len(chosen) + 1)
            found = _passes(
                means[:, None],
                np.ones(len(chosen)),
                (place[:-1], place[1:]),
                chosen,
                ones,
                observed,
                mine,
                np.full(len(mine.zone), 1 / many),
                change,
            )
        larger[chosen], smaller[chosen] = found
    return larger, smaller


def _by_number(number: Counts, most: int) -> tuple[np.ndarray, Counts]:
    """Give an order by the number of neighbours, and where each number begins in it."""
    # Sorting is in linear time for integers that are this small.
    order = np.argsort(number.astype(np.uint16 if most < 2**16 else np.int64), kind="stable")
    return order, np.concatenate([[0], np.cumsum(np.bincount(number, minlength=most + 1))])


def sample(zones: int, most: int, draws: int, seed: int) -> np.ndarray:
    """Draw zones without replacement, one column a draw; variables of a study share them.

    The first of a draw are a draw of so many.
    """
    make = _kept if 4 * draws * most <= _KEPT_BYTES else _sample
    return make(zones, most, draws, seed)


def _sample(zones: int, most: int, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if zones <= most**2:
        picks = np.empty((draws, most), dtype=np.int32)
        step = max(1, _AT_ONCE // most)
        for start in range(0, draws, step):
            part = picks[start : start + step]
            part[:] = rng.integers(np.arange(most), zones, part.shape)
        _shuffle(np.arange(zones, dtype=np.int32), picks)
        return np.ascontiguousarray(picks.T)
    picks = rng.integers(0, zones, (draws, most), dtype=np.int32)
    again = np.arange(draws)
    # A draw in which a zone is there twice is made anew: those that stay are equally likely. Among
    # many zones that is seldom, and takes less than it takes to load what is compiled.
    while len(again):
        ranked = np.sort(picks[again], axis=1)
        again = again[(ranked[:, 1:] == ranked[:, :-1]).any(axis=1)]
        picks[again] = rng.integers(0, zones, (len(again), most), dtype=np.int32)
    return np.ascontiguousarray(picks.T)


_kept = lru_cache(maxsize=2)(_sample)


@njit(cache=True, nogil=True)
def _shuffle(pool: np.ndarray, picks: np.ndarray) -> None:
    """Turn the picks into what they pick, by the first steps of a shuffle of the pool.

    A shuffle may begin with any order, so the next begins with what the last left.
    """
    draws, most = picks.shape
    for draw in range(draws):
        for turn in range(most):
            pick = picks[draw, turn]
            picks[draw, turn] = pool[pick]
            pool[pick] = pool[turn]
            pool[turn] = picks[draw, turn]


class Own(NamedTuple):
    """Where a zone was drawn as its own neighbour: which zone, in which turn of which draw."""

    zone: np.ndarray
    turn: np.ndarray
    draw: np.ndarray


def _own(drawn: np.ndarray, number: Counts) -> Own:
    """Find where zones were drawn as their own neighbours, in the order of the zones."""
    # One turn at a time, lest the numbers of all draws be there at once.
    places = [np.flatnonzero(turn < number[row]) for turn, row in enumerate(drawn)]
    turn = np.repeat(np.arange(len(places)), [len(place) for place in places])
    draw = np.concatenate(places)
    zone = drawn[turn, draw]
    order = np.argsort(zone, kind="stable")
    return Own(zone[order], turn[order], draw[order])


def _lookups(
    means: Floats, chosen: Counts, observed: Floats, own: Own, change: Floats
) -> tuple[Counts, Counts]:
    """Count by where each of the chosen zones lies among the means, sorted."""
    ranked = np.append(np.sort(means), np.inf)
    smaller = np.searchsorted(ranked, observed[chosen] - TOLERANCE, side="left")
    larger = len(means) - smaller
    # Few are equal to a draw, and only for those is the other side looked up as well.
    equal = np.flatnonzero(ranked[smaller] <= observed[chosen] + TOLERANCE)
    smaller[equal] = np.searchsorted(ranked, observed[chosen[equal]] + TOLERANCE, side="right")
    was = means[own.draw]
    now = was + change[own.zone]
    place = np.searchsorted(chosen, own.zone)
    least, most = observed[own.zone] - TOLERANCE, observed[own.zone] + TOLERANCE
    np.add.at(larger, place, (now >= least).astype(np.int64) - (was >= least))
    np.add.at(smaller, place, (now <= most).astype(np.int64) - (was <= most))
    return larger, smaller


def _passes(
    drawn: Floats,
    weights: Floats,
    edges: tuple[Counts, Counts],
    chosen: Counts,
    factors: Floats,
    observed: Floats,
    own: Own,
    share: Floats,
    change: Floats,
) -> tuple[Counts, Counts]:
    """Count by a pass over all draws for each of the chosen zones.

    ``drawn`` is (k, turns, draws); a chosen zone weighs the turns by its stretch of ``weights``.
    """
    larger, smaller = np.zeros((2, len(chosen)), dtype=np.int64)
    first, last = (np.searchsorted(own.zone, chosen, side=side) for side in ("left", "right"))
    given = (
        np.ascontiguousarray(drawn),
        weights,
        *edges,
        factors[chosen],
        observed[chosen],
        first,
        last,
        own.draw,
        share,
        change[chosen],
    )
    in_parts(
        len(chosen), lambda here, there: _pass(here, there, *given, larger, smaller), least=_FEW
    )
    return larger, smaller


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _pass(
    here: int,
    there: int,
    drawn: np.ndarray,
    weights: np.ndarray,
    start: np.ndarray,
    stop: np.ndarray,
    factors: np.ndarray,
    observed: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    own_draw: np.ndarray,
    own_share: np.ndarray,
    change: np.ndarray,
    larger: np.ndarray,
    smaller: np.ndarray,
) -> None:
    """Count as `_passes` does for some of the zones."""
    columns, _, draws = drawn.shape
    score = np.empty(_STEP)
    for begin in range(0, draws, _STEP):
        many = min(_STEP, draws - begin)
        for i in range(here, there):
            score[:many] = 0.0
            for column in range(columns):
                for place in range(start[i], stop[i]):
                    factor = factors[i, column] * weights[place]
                    row = drawn[column, place - start[i], begin : begin + many]
                    for draw in range(many):
                        score[draw] += factor * row[draw]
            low, high = observed[i] - TOLERANCE, observed[i] + TOLERANCE
            above, below = 0, 0
            for draw in range(many):
                above += score[draw] >= low
                below += score[draw] <= high
            larger[i] += above
            smaller[i] += below
    for i in range(here, there):
        low, high = observed[i] - TOLERANCE, observed[i] + TOLERANCE
        for at in range(first[i], last[i]):
            was = 0.0
            for column in range(columns):
                for place in range(start[i], stop[i]):
                    factor = factors[i, column] * weights[place]
                    was += factor * drawn[column, place - start[i], own_draw[at]]
            now = was + own_share[at] * change[i]
            larger[i] += int(now >= low) - int(was >= low)
            smaller[i] += int(now <= high) - int(was <= high)
