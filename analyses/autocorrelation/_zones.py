"""What all statistics by zone share: options, neighbours, and the frame of results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray
from scipy import sparse

from ...geo.names import quoted
from ._draws import Alternative, Neighbours, count_draws, of_tails
from ._known import _LEAST, Counts, Floats, check, check_alpha, check_whole, within_range
from .significance import Adjustment, adjusted

UNDECIDED = "more permutations are needed to tell"
"""The note of a zone beyond all draws which is not significant after adjustment all the same."""

NOT_SIGNIFICANT = "not significant"

NO_CLASS = -1
"""Of a zone that is not significant, whatever its p-value."""

_SAME = "every draw gives the same"
_NOTES = ("", "value missing", "no neighbour with a value", UNDECIDED, _SAME)
_CLASSES: tuple[str, ...] = ("", NOT_SIGNIFICANT)
_FIGURES = ("statistic", "expected", "z", "p_value", "p_adjusted")

Tails = Callable[[int, int], tuple[Floats, Floats]]
"""From a number of draws and a seed to the chances of at least, and of at most, as much."""


class Options(TypedDict, total=False):
    """How a statistic by zone is tested; see :func:`local`."""

    permutations: int
    most: int | None
    alternative: Alternative
    adjust: Adjustment | None
    alpha: float
    seed: int


@dataclass(frozen=True)
class Settings:
    """The options with what holds where nothing is told."""

    permutations: int = 999
    most: int | None = None
    alternative: Alternative = "two-sided"
    adjust: Adjustment | None = "fdr_bh"
    alpha: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no sense before anything is computed."""
        one = np.ones(1)
        of_tails(one, one, self.alternative)
        adjusted(one, self.adjust)
        check_alpha(self.alpha)
        check_whole("seed", self.seed, 0)
        if self.most is not None and self.most < self.permutations:
            raise ValueError(f"most is {self.most}; give {self.permutations} permutations or more")


class Measured(NamedTuple):
    """A statistic of the zones, each array (zones,)."""

    statistic: Floats
    expected: Floats
    z: Floats
    tails: Tails
    classes: tuple[str, ...]
    above: NDArray[np.int64] | int
    """Which class a zone is of whose statistic stands out above what chance gives, or none."""
    below: NDArray[np.int64] | int
    tested: NDArray[np.bool_] | None = None
    """Where there is a test; everywhere if nothing is told."""
    untested: str = ""
    """Why there is no test elsewhere."""
    drawn: bool = True
    """Whether the tails are those of draws, of which more tell more."""


def frame(
    values: pd.DataFrame,
    graph: Graph,
    options: Options,
    measure: Callable[[Floats, Neighbours], Measured],
    *,
    islands: bool = True,
    few: pd.Series | None = None,
) -> pd.DataFrame:
    """Measure and test the zones whose values are known.

    Parameters
    ----------
    values
        Zones × variables. A zone where one is NaN is left out, with its links.
    graph
        Neighbours of the zones.
    options
        See :func:`local`.
    measure
        From the known values and their neighbours to the statistic.
    islands
        Whether zones without neighbours are among those that the others are compared with.
    few
        The zones that are of too few to be called anything: none of the tests that are adjusted
        for each other is theirs.

    Returns
    -------
    DataFrame
        See :func:`local`.
    """
    settings = Settings(**options)
    check(values.index, graph, settings.permutations)
    for name in values:
        if not pd.api.types.is_numeric_dtype(values[name]):
            raise ValueError("values are no numbers; for categories there are join counts")
    every = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(every).any():
        name = values.index[np.isinf(every).any(axis=1)][0]
        raise ValueError(f"zone {quoted(name)} has an infinite value; correct it")
    every = within_range(every)
    known, beside, note = _linked(every, values.index, graph, islands)
    number = np.zeros(len(values), dtype=np.int64)
    number[known] = beside.number
    y, linked, rows = every[known], beside.number > 0, np.flatnonzero(number)
    columns = {name: np.full(len(values), np.nan) for name in _FIGURES}
    classes, cluster = _CLASSES, np.zeros(len(values), dtype=np.int64)
    reason = _undefined(y)
    if reason or not len(rows):
        note[rows] = len(_NOTES)
        out = _filled(values.index, columns, classes, cluster, number, (*_NOTES, reason), note)
        out.attrs["alpha"] = settings.alpha
        return out
    found = measure(y, beside)
    columns["statistic"][rows] = found.statistic[linked]
    if found.tested is not None:
        note[rows[~found.tested[linked]]] = len(_NOTES)
        rows, linked = rows[found.tested[linked]], linked & found.tested
    notes, classes = (*_NOTES, found.untested), (*classes, *found.classes)
    if len(rows):
        columns["expected"][rows], columns["z"][rows] = found.expected[linked], found.z[linked]
        note[rows[np.isnan(found.z[linked])]] = _NOTES.index(_SAME)
        left = np.zeros(len(rows), dtype=bool) if few is None else few.to_numpy()[rows]
        p, p_adjusted, above, undecided = _tested(found, linked, settings, left)
        columns["p_value"][rows], columns["p_adjusted"][rows] = p, p_adjusted
        note[rows[undecided]] = _NOTES.index(UNDECIDED)
        upper, lower = (np.broadcast_to(side, len(y)) for side in (found.above, found.below))
        kind = np.where(above, upper[linked], lower[linked]) + len(_CLASSES)
        untold = _CLASSES.index(NOT_SIGNIFICANT)
        cluster[rows] = np.where(p_adjusted <= settings.alpha, kind, untold)
    out = _filled(values.index, columns, classes, cluster, number, notes, note)
    out.attrs["alpha"] = settings.alpha
    return out


def _linked(
    every: Floats, index: pd.Index, graph: Graph, islands: bool
) -> tuple[NDArray[np.bool_], Neighbours, Counts]:
    """Give the zones that are known, their neighbours, and notes on the others."""
    known = ~np.isnan(every.sum(axis=1))
    note = np.where(known, 0, _NOTES.index("value missing"))
    while True:
        beside = neighbours(graph, index, known)
        alone = np.flatnonzero(known)[beside.number == 0]
        note[alone] = _NOTES.index("no neighbour with a value")
        if islands or not len(alone):
            return known, beside, note
        known[alone] = False


def _tested(
    found: Measured, linked: NDArray[np.bool_], settings: Settings, few: NDArray[np.bool_]
) -> tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Give p-values, as they are and adjusted, which zones stand out above, and the undecided."""
    for draws in dict.fromkeys((settings.permutations, settings.most or settings.permutations)):
        upper, lower = (tail[linked] for tail in found.tails(draws, settings.seed))
        p = of_tails(upper, lower, settings.alternative)
        p_adjusted = adjusted(np.where(few, np.nan, p), settings.adjust)
        none = np.full(1, 1 / (draws + 1))
        lowest = of_tails(none, none, settings.alternative) * (1 + 1e-9)
        undecided = found.drawn & (p <= lowest) & (p_adjusted > settings.alpha)
        if not undecided.any():
            break
    return p, p_adjusted, upper <= lower, undecided


def _filled(
    index: pd.Index,
    columns: dict[str, Floats],
    classes: tuple[str, ...],
    cluster: Counts,
    number: Counts,
    notes: tuple[str, ...],
    note: Counts,
) -> pd.DataFrame:
    # Texts are taken from the few that there are, which is faster than reading each of a million.
    out = pd.DataFrame(columns, index=index)
    out["cluster"] = pd.Series(classes).array.take(cluster)
    out["neighbours"] = number
    out["note"] = pd.Series(notes).array.take(note)
    return out


def _undefined(y: Floats) -> str:
    """Say why nothing can be tested, if so."""
    if len(y) < _LEAST:
        return f"fewer than {_LEAST} zones with a value"
    same = np.ptp(y, axis=0) <= 1e-12 * np.abs(y).max(axis=0)
    return "the same value everywhere" if same.any() else ""


def second(other: pd.Series, index: pd.Index) -> pd.Series:
    """Give a second variable of the same zones, in their order."""
    absent = ~index.isin(other.index)
    if absent.any():
        raise ValueError(
            f"other has no zone {quoted(index[absent][0])}; give the same zones, with NaN"
        )
    return other.reindex(index)


def neighbours(graph: Graph, index: pd.Index, known: NDArray[np.bool_]) -> Neighbours:
    """Give the neighbours of the known zones among each other, row-standardised."""
    place = graph.unique_ids.get_indexer(index[known])
    matrix = graph.sparse
    if len(place) != matrix.shape[0] or (place != np.arange(len(place))).any():
        matrix = matrix[place][:, place]
    data, column, edges = matrix.data, matrix.indices, matrix.indptr
    # A zone is no neighbour of its own, and an island's only entry is a weight of 0 to itself.
    if len(data) and (data.min() <= 0 or matrix.diagonal().any()):
        row = np.repeat(np.arange(len(place)), np.diff(edges))
        kept = (data != 0) & (column != row)
        data, column = data[kept], column[kept]
        edges = np.concatenate([[0], np.cumsum(np.bincount(row[kept], minlength=len(place)))])
    number = np.diff(edges).astype(np.int64)
    equal = not len(data) or data.min() == data.max()
    if not equal:
        first = np.repeat(data[np.minimum(edges[:-1], len(data) - 1)], number)
        equal = bool(np.allclose(data, first, rtol=1e-12, atol=0))
    if equal:
        data = np.repeat(1 / np.maximum(number, 1), number)
    else:
        row = np.repeat(np.arange(len(place)), number)
        data = data / np.bincount(row, data, minlength=len(place))[row]
    weights = sparse.csr_array((data, column, edges), shape=(len(place), len(place)))
    return Neighbours(weights, number, bool(equal))


def drawn_tails(
    values: Floats,
    observed: Floats,
    beside: Neighbours,
    factors: Floats | None = None,
    *,
    whole: bool = False,
) -> Tails:
    """Give the tails that draws of neighbours tell, as :func:`count_draws` has it."""

    def tails(draws: int, seed: int) -> tuple[Floats, Floats]:
        larger, smaller = count_draws(values, observed, beside, draws, seed, factors, whole=whole)
        return (larger + 1) / (draws + 1), (smaller + 1) / (draws + 1)

    return tails


def standardised(values: Floats) -> Floats:
    """Take the mean from each column and divide by the standard deviation."""
    return (values - values.mean(axis=0)) / values.std(axis=0)


def spread_out(values: Floats) -> Floats:
    """Take the median and divide by the usual distance from it, of columns by the largest one.

    For draws that are compared among each other: one absurd value among thousands makes all others
    equal on the scale of the standard deviation, and not on this one.
    """
    middle = np.median(values, axis=0)
    apart = np.abs(values - middle).reshape(len(values), -1)
    # What differs by its last bits alone is equal.
    least = 1e-12 * np.median(np.abs(values).reshape(apart.shape), axis=0)
    some = [far[far > few] for far, few in zip(apart.T, least, strict=True)]
    return (values - middle) / max((np.median(far) for far in some if len(far)), default=1.0)


def of_others(values: Floats) -> tuple[Floats, Floats]:
    """Give mean and variance of all zones but one, for each one in turn."""
    many, far = len(values) - 1, int(np.argmax(np.abs(values)))
    mean, square = (_sum_of_others(figures, far) / many for figures in (values, values**2))
    return mean, np.maximum(square - mean**2, 0)


def _sum_of_others(figures: Floats, far: int) -> Floats:
    # The farthest is added last, lest taking it off again leave nothing of the others' digits.
    near = figures.copy()
    near[far] = 0.0
    total = near.sum()
    out = total - near + figures[far]
    out[far] = total
    return np.asarray(out)


def moments(
    mean: Floats, variance: Floats, total: Floats, squares: Floats, many: int
) -> tuple[Floats, Floats]:
    """Give mean and standard deviation of a weighted sum of draws without replacement.

    Of ``many`` values with the mean μ and the variance σ², and weights that sum up to ``total``
    and their squares to ``squares``: μ Σw and σ² m/(m − 1) (Σw² − (Σw)²/m).
    """
    spread = np.maximum(squares - total**2 / many, 0)
    return mean * total, np.sqrt(variance * many / (many - 1) * spread)


def squares(beside: Neighbours) -> Floats:
    """Give the sum of the squared weights of each zone."""
    if beside.equal:
        return 1 / np.maximum(beside.number, 1)
    return row_sums(beside, beside.weights.data**2)


def row_sums(beside: Neighbours, figures: Floats) -> Floats:
    """Add up a figure of each zone and neighbour, in the order of the weights, by zone."""
    row = np.repeat(np.arange(len(beside.number)), beside.number)
    return np.bincount(row, figures, minlength=len(beside.number)).astype(np.float64)


def score(statistic: Floats, expected: Floats, deviation: Floats) -> Floats:
    """Give by how many standard deviations a statistic is off, NaN where it cannot be."""
    out = np.full(len(statistic), np.nan)
    return np.divide(statistic - expected, deviation, out=out, where=deviation > 0)
