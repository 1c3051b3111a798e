"""Intervals of the measures: the zones drawn anew, many draws at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from scipy import special, stats

from ._weighted import Floats, as_many, drawn
from .spread import shares

_FARTHEST = 20.0
"""On the scale of a measure; a share of 2e-9 is about there."""


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
    """Give intervals of the measures that :func:`measure` gives, by name; that has the formula.

    ``lacking`` is what each zone lacks of the line, as a share of it. A draw in which a measure is
    not defined is left out.
    """
    order = np.lexsort((lacking, rank, n, v))
    v, n, rank, lacking = v[order], n[order], rank[order], lacking[order]
    figures = _Draws(v, n[None], rank, lacking, bounds).measures(names)
    parts = [
        _Draws(v, times * n, rank, lacking, bounds).measures(names)
        for times in drawn(len(v), replicates, seed)
    ]
    zones = float(as_many(n))
    wide = stats.t.ppf((1 + level) / 2, zones - 1) * np.sqrt(zones / (zones - 1))
    return {
        name: _ends(
            name, float(figures[name][0]), np.concatenate([part[name] for part in parts]), wide
        )
        for name in names
    }


def _ends(name: str, value: float, found: Floats, wide: float) -> tuple[float, float]:
    """Give the ends of one interval, on the scale on which the measure has no bounds."""
    to, back, slope = _scale(name)
    found = found[np.isfinite(found)]
    with np.errstate(invalid="ignore", divide="ignore"):
        at, drawn_at = to(np.array([value])), to(found)
    # What is at a bound but for the last digits is at it.
    at, drawn_at = (np.where(np.abs(part) < _FARTHEST, part, np.nan) for part in (at, drawn_at))
    if np.isnan(at[0]) or len(found) == 0:
        return np.nan, np.nan
    # Draws at a bound have no place on the scale: there their spread off it counts.
    inside = drawn_at[~np.isnan(drawn_at)]
    spread = float(np.std(found)) * slope(value)
    half = wide * max(float(np.std(inside)) if len(inside) else 0.0, spread)
    low, high = back(at[0] + np.array([-half, half]))
    return float(low), float(high)


def _scale(name: str) -> tuple[Callable, Callable, Callable[[float], float]]:
    """Give the scale on which a measure has no bounds, the way back, and its slope."""
    if name.startswith("concentration"):
        return np.arctanh, np.tanh, lambda x: 1 / (1 - x * x)
    if name in ("gini", "atkinson", "poverty_0"):
        return special.logit, special.expit, lambda x: 1 / (x * (1 - x))
    return np.log, np.exp, lambda x: 1 / x


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
