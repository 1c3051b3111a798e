"""Whose number follows from the people within and beyond the limit, and from other figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Share = NDArray[Any]
"""A part of the people: zones, bool, or zones × groups, of each between 0 and 1."""

_TINY = 1e-6
"""People who were divided among segments and added up again differ in the last digits."""


@dataclass(frozen=True)
class People:
    """The members of an attribute's groups, and in which zones their number is not shown.

    Attributes
    ----------
    counts
        (Segments ×) zones × groups: people; one block a segment, see `kvarter.meant`.
    hides
        Zones × groups: what is not shown of the zones; all, where nothing of them is.
    guarded
        Whether what is hidden is hidden together with other groups of its zone.
    """

    counts: Floats
    hides: Bools
    guarded: bool = True

    @classmethod
    def of(cls, counts: pd.DataFrame, hides: pd.DataFrame | None) -> People:
        """Take them from tables; ``hides`` is None where nothing of the zones is shown."""
        known = np.nan_to_num(counts.to_numpy(dtype=np.float64))
        if hides is None:
            return cls(known, np.ones((_zones(counts), counts.shape[1]), bool), False)
        return cls(known, hides.to_numpy(dtype=bool))

    def by_zone(self, rows: Floats) -> Floats:
        """Add up the segments."""
        return rows.reshape(-1, *self.hides.shape).sum(axis=0)

    def weights(self) -> list[Floats]:
        """Give whom a sum over zones tells of, zones × groups, once what is shown is taken away.

        Those whose number is hidden; and those of the other hidden groups of the same zones,
        whose number is what these leave of the zone.
        """
        concealed = self.by_zone(self.counts) * self.hides
        if not self.guarded:
            return [concealed]
        others = concealed.sum(axis=1, keepdims=True) - concealed
        return [concealed, others * self.hides]

    def part(self, beyond: Bools) -> Share:
        """Give the part of each zone's people in the rows that are marked.

        By zone alone where nobody is told apart, else zones × groups.

        Examples
        --------
        >>> people = People(np.array([[9.0], [20]]), np.array([[True], [False]]))
        >>> people.part(np.array([True, False])).tolist()
        [True, False]
        """
        if len(beyond) == len(self.hides):
            return beyond
        inside = self.by_zone(self.counts * beyond[:, None])
        total = self.by_zone(self.counts)
        return np.divide(inside, total, out=np.zeros_like(total), where=total > 0)


@dataclass
class Part:
    """A part of the people whose number was told; ``known``: of which groups."""

    of: Share
    known: Bools


@dataclass(frozen=True)
class Follows:
    """Whose number would follow, were a row of the table told; arrays are groups × columns.

    Attributes
    ----------
    splits
        By row: whom it sets apart from all others, as two sums of which the difference follows.
    changed
        By row: how many have another figure than in something else that is published.
    """

    splits: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)
    changed: Mapping[str, Floats] = field(default_factory=dict)


@dataclass
class Told:
    """What was told of the same people, by any kind of service, way of going and plan.

    Notes
    -----
    Which zones are within the limit of what is known, for the ways are published, and so are
    most numbers of people in zones, or follow from population and shares. The number of a group
    beyond the limit is a sum over zones; whoever takes the shown zones away has the people of the
    hidden ones. So the number within and beyond is told of a group only where

    1. those of it in hidden zones, on each side, are nobody or the minimum count at least, and so
       are the others who are hidden in these zones, as their number is what is left of the zone's;
    2. it is so of each difference from what was told before of the same people: two limits divide
       the hidden zones in four, and where one of the four has nobody, the others follow from the
       sums. It is enough that two opposite ones are compared: those who lie only beyond the one
       limit with those only beyond the other, and those beyond both with those beyond neither. One
       must have the minimum at least, or both nobody. So a few who move in do not vanish behind
       many who move out, whose number is known;
    3. it holds for the hidden groups together, as the sums of all groups are known. Where the
       number of all inhabitants is hidden, a group of each attribute is, too.

    Of years before the last no zone is shown. Then all zones are hidden ones.

    Means and medians are about all members of a group. A mean times the number of people is a sum
    of figures × people, of which the zones' figures are known. It has three digits, so that sum is
    known to N × a unit of the third digit: of thousands of people it tells nothing of a few. Two
    things are looked at. A mean of places sets those who have none apart, as the limit does (with
    one service it is no more than their number), and is hidden like the sides. And where two means
    differ by the figures of a few, the few must be less than what rounding leaves open. The same
    holds for what is measured over all people, for Theil's index with one service is ln(N/n).
    Not guarded against: what many such sums give together.

    What is told first is not hidden for what comes later, by the order of kinds, ways and plans.
    """

    _parts: dict[str, dict[bytes, Part]] = field(default_factory=dict)
    _figures: list[dict[str, Floats]] = field(default_factory=list)

    def add_part(self, attribute: str, of: Share, known: Bools) -> None:
        """Remember that the number of those in a part of the zones is told of some groups."""
        parts = self._parts.setdefault(attribute, {})
        before = parts.setdefault(of.tobytes(), Part(of, known))
        before.known = before.known | known

    def add_figures(self, figures: dict[str, Floats]) -> None:
        """Remember the figures of a way, by measure: segments × zones."""
        self._figures.append(figures)

    def split(self, attribute: str, people: People, of: Share) -> tuple[Floats, Floats]:
        """Give whom it would set apart to tell of a part of the zones, groups × columns, twice.

        Parameters
        ----------
        attribute
            Of the groups.
        people
            Who they are.
        of
            The part, see `People.part`.
        """
        parts = list(self._parts.get(attribute, {}).values())
        part = of.astype(np.float64) if of.ndim == 2 else of[:, None].astype(np.float64)
        sides = []
        weights = people.weights()
        for weight in (people.by_zone(people.counts), *weights):
            sides += [(weight * part).sum(axis=0), (weight * (1 - part)).sum(axis=0)]
        plus = [np.stack(sides, axis=1)]
        minus = [np.zeros_like(plus[0])]
        for weight in weights:
            for more, less in _opposite(weight, of, parts):
                plus.append(more)
                minus.append(less)
        return np.hstack(plus), np.hstack(minus)

    def differ(self, measure: str, own: Floats) -> Floats:
        """Tell how far figures are from each of those that were told, rows × ways.

        Parameters
        ----------
        measure
            Which.
        own
            Its figures, segments × zones.
        """
        columns = []
        for figures in self._figures:
            other = figures.get(measure)
            if other is None:
                continue
            if len(own) > 1 and len(other) > 1 and len(own) != len(other):
                # Who is told apart otherwise has no figure to be compared with.
                continue
            apart = distance(own, other)
            if len(own) == 1:
                apart = apart.max(axis=0, keepdims=True)
            columns.append(apart.ravel())
        return np.stack(columns, axis=1) if columns else np.empty((own.size, 0))


def _zones(counts: pd.DataFrame) -> int:
    """Count zones, once each where they have segments."""
    index = counts.index
    return len(index.levels[-1]) if isinstance(index, pd.MultiIndex) else len(index)


def _opposite(weight: Floats, of: Share, parts: Iterable[Part]) -> Iterable[tuple[Floats, Floats]]:
    """Give the people of opposite quarters that a part and each other one divide them into.

    Twice, groups × parts: those in the one alone and in the other alone; in both and in neither.
    """
    plain = [p for p in parts if p.of.ndim == 1 and of.ndim == 1]
    if plain:
        marks = np.array([part.of for part in plain], dtype=np.float64)
        known = np.array([part.known for part in plain])
        # What is in neither, and in one alone, follows from sums: two products are enough.
        everybody, one = weight.sum(axis=0), weight[of].sum(axis=0)
        other, both = marks @ weight, marks[:, of] @ weight[of]
        for more, less in ((one - both, other - both), (both, everybody - one - other + both)):
            yield (more * known).T, (less * known).T
    for part in parts:
        if part.of.ndim == 1 and of.ndim == 1:
            continue
        one, other = (p[:, None] if p.ndim == 1 else p for p in (of, part.of))
        for more in (one * 1.0 - other, one * 1.0 + other - 1):
            sums = [(weight * np.maximum(sign * more, 0)).sum(axis=0) for sign in (1, -1)]
            yield (sums[0] * part.known)[:, None], (sums[1] * part.known)[:, None]


def distance(one: Floats, other: Floats) -> Floats:
    """Tell how far figures differ; endlessly where one is unknown, not where both are."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - other)
    none = np.isnan(one) & np.isnan(other)
    return np.where(none | (one == other), 0.0, np.where(np.isnan(apart), np.inf, apart))


def changed(people: People, apart: Floats, values: Floats, least: int, *, mean: bool) -> Floats:
    """Count those whose figures differ from others that are published, groups × columns.

    Parameters
    ----------
    people
        Who they are.
    apart
        Rows × other figures: how far they differ.
    values
        The figures, by row.
    least
        The minimum count.
    mean
        Whether their mean is told. Then those in hidden zones count alone, too, where rounding
        leaves less open than the minimum count.
    """
    differs = (apart > 0).astype(np.float64)
    plain = people.counts.T @ differs
    if not mean or not apart.shape[1]:
        return plain
    hides = np.tile(people.hides, (len(apart) // len(people.hides), 1))
    few = (people.counts * hides).T @ differs
    known = ~np.isnan(values)
    total = people.counts[known].sum(axis=0)
    sums = people.counts[known].T @ values[known]
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 10.0 ** (np.floor(np.log10(sums / total)) - 2)
    for group, column in np.argwhere((few > _TINY) & (few < least)):
        there = (people.counts[:, group] > 0) & hides[:, group]
        if unit[group] * total[group] >= least * apart[there, column].max():
            few[group, column] = 0.0
    return np.hstack([plain, few])


def hidden_groups(
    plus: Floats, minus: Floats, size: Floats, least: int, *, closed: bool = False
) -> Bools:
    """Tell which groups must not be divided: a part of theirs is small, or tells another's.

    The parts of all groups together are known. So the hidden groups are two at least, and each
    part of them together nobody or at least the minimum; the group with the fewest people there
    is added until this holds.

    Parameters
    ----------
    plus, minus
        Groups × columns, people: two sums of which the difference is known. Neither is where one
        of them is the minimum at least.
    size
        People of each group.
    least
        The minimum count.
    closed
        Whether the number of all must not follow from the groups.
    """
    most = np.maximum(plus, minus)
    small = (most > _TINY) & (most < least - _TINY)
    out: Bools = np.asarray(small.any(axis=1))
    if closed and not out.any() and (size > 0).any():
        out[np.where(size > 0, size, np.inf).argmin()] = True
    while out.any() and not out.all():
        together = np.maximum(plus[out].sum(axis=0), minus[out].sum(axis=0))
        short = (together > _TINY) & (together < least - _TINY)
        if out.sum() < 2:
            short = small[out].any(axis=0)
        others = np.where(out, 0.0, most[:, short].sum(axis=1))
        if not (others > _TINY).any():
            break
        out[np.where(others > _TINY, others, np.inf).argmin()] = True
    return out
