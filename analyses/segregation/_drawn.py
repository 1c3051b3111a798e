"""What indices are on draws: of a null, of true values that go with counts, of dealt people."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from ...geo.threads import cores
from ._measure import Parts, evaluate, places
from ._space import Missing, Space
from ._terms import Floats
from ._true_values import LEVELS, amounts, likely_shares, solved
from .catalogue import INDICES

FRACTIONS = "not tested: counts are fractions of people"
"""So much of the counts that whole people in their place would be other data."""

_ROUNDED_AWAY = 0.25
_MOST = 2**53
_MOST_DEALT = 10**9

_TOLERANCE = 1e-12
_AT_ONCE = 1_000_000

_EACH = 4
"""How many times the people of one such town are drawn: its own indices cost as much as a draw."""

Drawn = dict[str, Floats]
"""What `bootstrap` gives."""

Draw = Callable[[np.random.Generator, int], Floats]
"""Gives (zones, groups, k) counts drawn by a generator."""


def fractions(counts: pd.DataFrame, n: Floats) -> str:
    """Say why counts cannot be drawn as people, if so; refuse those of too many."""
    few_enough(counts, n, _MOST)
    off, members = np.abs(n - np.rint(n)).sum(axis=0), n.sum(axis=0)
    material = off > _ROUNDED_AWAY * np.maximum(members, 0.01 * members.sum())
    return FRACTIONS if material.any() else ""


def few_enough(counts: pd.DataFrame, n: Floats, most: int) -> None:
    """Refuse more people in a zone than can be drawn."""
    people = n.sum(axis=1)
    many = people >= most
    if many.any():
        raise ValueError(
            f"zone {counts.index[many].tolist()[0]!r} has {people[many][0]:g} people; draws take "
            f"fewer than {most:g} a zone"
        )


def drawer(null: str, n: Floats, whole: Floats) -> Draw:
    """Give what draws the counts of a null."""
    people, members = whole.sum(axis=1).astype(np.int64), whole.sum(axis=0)
    if null == "permutation":

        def permuted(rng: np.random.Generator, many: int) -> Floats:
            orders = np.stack([rng.permutation(len(n)) for _ in range(many)])
            return n[orders].transpose(1, 2, 0)

        return permuted
    chances = np.broadcast_to(members[:, None] / max(members.sum(), 1), whole.T.shape)

    def drawn(rng: np.random.Generator, many: int) -> Floats:
        return multinomial(rng, people, np.broadcast_to(chances, (many, *chances.shape)))

    return drawn


def multinomial(rng: np.random.Generator, people: np.ndarray, chances: Floats) -> Floats:
    """Divide the people of each zone by chances (many, groups, zones): (zones, groups, many)."""
    many, groups, zones = chances.shape
    out = np.empty((many, groups, zones))
    left = np.broadcast_to(people, (many, zones))
    rest = np.ones((many, zones))
    for group in range(groups - 1):
        part = np.divide(chances[:, group], rest, out=np.zeros((many, zones)), where=rest > 1e-15)
        out[:, group] = rng.binomial(left, np.clip(part, 0.0, 1.0))
        left = left - out[:, group].astype(np.int64)
        rest = rest - chances[:, group]
    out[:, -1] = left
    return out.transpose(2, 1, 0)


def true_values(
    indices: list[str],
    space: Space,
    n: Floats,
    replicates: int,
    seed: list[int],
    pairs: bool,
) -> Drawn:
    """Draw the true values of each index, (figures, replicates), see `bootstrap`."""
    whole = np.rint(n)
    if n.size == 0 or n.shape[1] < 2:
        return {}
    values = answerable(indices, n, space, pairs)
    people = whole.sum(axis=1)
    size = people.astype(np.int64)
    # The size of a part depends on the counts alone, so that its draws are the same anywhere.
    step = int(np.clip(_AT_ONCE // n.size, 1, 64))
    each = _EACH if step >= _EACH else 1
    step -= step % each
    alphas = amounts(whole)

    def part(start: int) -> list[tuple[Floats, Floats]]:
        rng = np.random.default_rng([*seed, start])
        numbers = np.arange(start, min(start + step, replicates))
        towns, whose = np.unique(numbers // each, return_inverse=True)
        shares = likely_shares(rng, whole, alphas[:, towns % LEVELS])
        true = (shares * people).transpose(2, 1, 0)
        drawn = multinomial(rng, size, shares[whose])
        there, again = Parts(true), Parts(drawn)
        return [
            (
                evaluate(index, true, space, there, pairs=pairs)[:, whose],
                evaluate(index, drawn, space, again, pairs=pairs),
            )
            for index in values
        ]

    with ThreadPoolExecutor(cores()) as pool:
        done = list(pool.map(part, range(0, replicates, step)))
    level = np.arange(replicates) // each % LEVELS
    out = {}
    for number, (index, seen) in enumerate(values.items()):
        true, drawn = (np.hstack([both[number][which] for both in done]) for which in (0, 1))
        figures = zip(seen, true, drawn - true, strict=True)
        out[index] = np.stack([solved(*figure, level) for figure in figures])
    return out


def on_draws(
    indices: list[str], space: Space, draw: Draw, replicates: int, seed: list[int], pairs: bool
) -> Drawn:
    """Compute the indices on draws, (figures, replicates) each; none for what is not defined."""
    zones = len(space.people)
    probe = draw(np.random.default_rng(0), 1)
    groups = probe.shape[1]
    if zones == 0 or groups < 2:
        return {}
    answered = list(answerable(indices, probe[:, :, 0], space, pairs))
    # The size of a part depends on the counts alone, so that its draws are the same anywhere.
    step = int(np.clip(_AT_ONCE // (zones * groups), 1, 64))
    starts = range(0, replicates, step)

    def part(start: int) -> list[Floats]:
        rng = np.random.default_rng([*seed, start])
        n = draw(rng, min(step, replicates - start))
        parts = Parts(n)
        return [evaluate(index, n, space, parts, pairs=pairs) for index in answered]

    with ThreadPoolExecutor(cores()) as pool:
        done = list(pool.map(part, starts))
    return {
        index: np.concatenate([values[number] for values in done], axis=1)
        for number, index in enumerate(answered)
    }


def differences_dealt(
    before: pd.DataFrame,
    after: pd.DataFrame,
    indices: list[str],
    spaces: list[Space],
    replicates: int,
    seed: int,
    pairs: bool,
) -> Drawn:
    """Compute differences with the people of each zone dealt anew to before and after."""
    if before.empty or before.shape[1] < 2:
        return {}
    one, two = (np.rint(table.to_numpy(dtype=float)) for table in (before, after))
    both = one + two
    few_enough(before, both, _MOST_DEALT)
    step = int(np.clip(_AT_ONCE // one.size, 1, 64))
    there = [
        answerable(indices, n, space, pairs) for n, space in zip((one, two), spaces, strict=True)
    ]
    answered = [index for index in indices if all(index in values for values in there)]

    def part(start: int) -> list[Floats]:
        rng = np.random.default_rng([seed, 3, start])
        first = dealt(rng, one.sum(axis=1), both, min(step, replicates - start))
        second = both[:, :, None] - first
        parts = Parts(first), Parts(second)
        return [
            evaluate(index, second, spaces[1], parts[1], pairs=pairs)
            - evaluate(index, first, spaces[0], parts[0], pairs=pairs)
            for index in answered
        ]

    with ThreadPoolExecutor(cores()) as pool:
        done = list(pool.map(part, range(0, replicates, step)))
    return {
        index: np.concatenate([values[number] for values in done], axis=1)
        for number, index in enumerate(answered)
    }


def dealt(rng: np.random.Generator, people: Floats, both: Floats, many: int) -> Floats:
    """Draw so many people of each zone from all of both tables: (zones, groups, many)."""
    zones, groups = both.shape
    out = np.empty((many, groups, zones))
    left = np.broadcast_to(people.astype(np.int64), (many, zones))
    members = both.astype(np.int64)
    rest = members.sum(axis=1)
    for group in range(groups - 1):
        rest = rest - members[:, group]
        out[:, group] = rng.hypergeometric(members[:, group], rest, left)
        left = left - out[:, group].astype(np.int64)
    out[:, -1] = left
    return out.transpose(2, 1, 0)


def answerable(indices: list[str], n: Floats, space: Space, pairs: bool) -> dict[str, Floats]:
    """Give the values of the indices that have figures and what they need."""
    out = {}
    for index in indices:
        if not places(index, n.shape[1], pairs=pairs):
            continue
        try:
            out[index] = evaluate(index, n, space, pairs=pairs)
        except Missing:
            continue
    return out


def all_figures(draws: Floats, figures: int) -> Floats:
    """Give all figures of an index a row; the pairs, which come last, may have no draws."""
    out = np.full((figures, draws.shape[1]), np.nan)
    out[: len(draws)] = draws
    return out


def mean(draws: Floats) -> Floats:
    """Give the mean of the draws in which the index is defined."""
    known = ~np.isnan(draws)
    number = known.sum(axis=1)
    total = np.where(known, draws, 0.0).sum(axis=1)
    return np.divide(total, number, out=np.full(len(draws), np.nan), where=number > 0)


def ends(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Give the quantiles that hold the level between them."""
    low, high = np.full((2, len(draws)), np.nan)
    for row, values in enumerate(draws):
        known = values[~np.isnan(values)]
        if len(known):
            ends = [(1 - level) / 2, (1 + level) / 2]
            low[row], high[row] = np.quantile(known, ends, method="weibull")
    return low, high


def intervals(index: str, true: Floats, level: float) -> dict[str, Floats]:
    """Give the corrected values and their intervals, within the range of the index."""
    least, most = INDICES[index].low, INDICES[index].high
    low, high = ends(true, level)
    middle = [
        np.median(row[~np.isnan(row)]) if not np.isnan(row).all() else np.nan for row in true
    ]
    figures = {"corrected": np.array(middle), "ci_low": low, "ci_high": high}
    return {name: np.clip(values, least, most) for name, values in figures.items()}


def p_value(values: Floats, draws: Floats) -> Floats:
    """Give two-sided p-values."""
    known = ~np.isnan(draws)
    room = _TOLERANCE * np.maximum(1.0, np.abs(values))[:, None]
    with np.errstate(invalid="ignore"):
        larger = (known & (draws >= values[:, None] - room)).sum(axis=1)
        smaller = (known & (draws <= values[:, None] + room)).sum(axis=1)
    p = np.minimum(1.0, 2 * (np.minimum(larger, smaller) + 1) / (known.sum(axis=1) + 1))
    return np.where(known.any(axis=1), p, np.nan)
