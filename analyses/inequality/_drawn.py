"""Intervals of the measures: the zones drawn anew, many draws at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ._weighted import Floats, drawn
from .spread import shares


def intervals(
    names: Sequence[str],
    v: Floats,
    n: Floats,
    rank: Floats,
    *,
    lacking: Floats,
    bounds: tuple[float, float],
    replicates: int,
    level: float,
    seed: int,
) -> dict[str, tuple[float, float]]:
    """Give percentile intervals of the measures that :func:`measure` gives, by name.

    ``lacking`` is what each zone lacks of the line, as a share of it. A draw in which a measure is
    not defined is left out.
    """
    parts = [
        _Draws(v, times * n, rank, lacking, bounds).measures(names)
        for times in drawn(len(v), replicates, seed)
    ]
    tail = 100 * (1 - level) / 2
    out = {}
    for name in names:
        found = np.concatenate([part[name] for part in parts])
        known = found[np.isfinite(found)]
        ends = np.percentile(known, [tail, 100 - tail]) if len(known) else (np.nan, np.nan)
        out[name] = (float(ends[0]), float(ends[1]))
    return out


class _Draws:
    """Values and the people of many draws, (draws, zones), and the measures of each draw."""

    def __init__(
        self,
        v: Floats,
        people: Floats,
        rank: Floats,
        lacking: Floats,
        bounds: tuple[float, float],
    ) -> None:
        self.v, self.people, self.rank = v, people, rank
        self.lacking, self.bounds = lacking, bounds
        self.everybody = people.sum(axis=1)

    def measures(self, names: Sequence[str]) -> dict[str, Floats]:
        """Give those asked for, by draw."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return {name: self._measure(name) for name in names}

    def _measure(self, name: str) -> Floats:
        if name == "gini":
            return np.asarray(1 - 2 * np.trapezoid(self.by_value[1], self.by_value[0], axis=1))
        if name == "palma":
            return _palma(*self.by_value)
        if name == "palma_by_rank":
            return _palma(*self.by_rank)
        if name.startswith("concentration_index"):
            plain = self.concentration
            mean, (low, high) = self.people @ self.v / self.everybody, self.bounds
            if name.endswith("erreygers"):
                return 4 * mean / (high - low) * plain
            if name.endswith("wagstaff"):
                return (high - low) * mean / ((high - mean) * (mean - low)) * plain
            return plain
        if name.startswith("poverty"):
            poor = self.lacking > 0
            depth = np.where(poor, self.lacking, 0.0) ** int(name[-1]) * poor
            return self.people @ depth / self.everybody
        # Shares of the greatest: a power of a large value would overflow.
        u = self.v / (self.v.max() or 1.0)
        amount = self.people @ u
        if name == "atkinson":
            return 1 - (self.people @ np.sqrt(u)) ** 2 / (self.everybody * amount)
        logs = np.log(u, out=np.zeros(len(u)), where=u > 0)
        return self.people @ (u * logs) / amount - np.log(amount / self.everybody)

    @cached_property
    def concentration(self) -> Floats:
        """The plain index: the area under the curve from its steps, one a rank."""
        order = np.argsort(self.rank, kind="stable")
        first = np.flatnonzero(np.append(True, np.diff(self.rank[order]) > 0))
        people = self.people[:, order]
        amount = np.add.reduceat(people * self.v[order], first, axis=1)
        people = np.add.reduceat(people, first, axis=1)
        reached = np.cumsum(amount, axis=1)
        twice = np.einsum("ij,ij->i", people, 2 * reached - amount)
        return 1 - twice / (self.everybody * reached[:, -1])

    @cached_property
    def by_value(self) -> tuple[Floats, Floats]:
        """The Lorenz curve of each draw."""
        return shares(self.v, self.people, np.argsort(self.v, kind="stable"))

    @cached_property
    def by_rank(self) -> tuple[Floats, Floats]:
        """The concentration curve of each draw."""
        return shares(self.v, self.people, np.argsort(self.rank, kind="stable"), ties=self.rank)


def _palma(people: Floats, value: Floats) -> Floats:
    """Give the mean of the top tenth over that of the bottom four tenths, by draw."""
    at = np.array([np.interp([0.4, 0.9], x, y) for x, y in zip(people, value, strict=True)])
    return (1 - at[:, 1]) / 0.1 / (at[:, 0] / 0.4)
