"""Intervals of the measures: the zones drawn anew, many draws at once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ._weighted import Floats, drawn
from .spread import shares


def intervals(
    names: Iterable[str],
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
        _of_draws(v, times * n, rank, lacking, bounds) for times in drawn(len(v), replicates, seed)
    ]
    tail = 100 * (1 - level) / 2
    out = {}
    for name in names:
        found = np.concatenate([part[name] for part in parts])
        known = found[~np.isnan(found)]
        ends = np.percentile(known, [tail, 100 - tail]) if len(known) else (np.nan, np.nan)
        out[name] = (float(ends[0]), float(ends[1]))
    return out


def _of_draws(
    v: Floats, people: Floats, rank: Floats, lacking: Floats, bounds: tuple[float, float]
) -> dict[str, Floats]:
    """Give all measures of people, (draws, zones)."""
    scale = v.max() if v.max() > 0 else 1.0
    u = v / scale
    logs = np.log(u, out=np.zeros(len(u)), where=u > 0)
    everybody, amount = people.sum(axis=1), people @ u
    out: dict[str, Floats] = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = amount / everybody
        own = shares(v, people, np.argsort(v, kind="stable"))
        ranked = shares(v, people, np.argsort(rank, kind="stable"), ties=rank)
        out["gini"], plain = (1 - 2 * np.trapezoid(y, x, axis=1) for x, y in (own, ranked))
        out["theil"] = people @ (u * logs) / amount - np.log(mean)
        out["atkinson"] = 1 - (people @ np.sqrt(u) / everybody) ** 2 / mean
        out["palma"], out["palma_by_rank"] = _palma(*own), _palma(*ranked)
        out["concentration_index"] = plain
        low, high = bounds
        mean = mean * scale
        out["concentration_index_erreygers"] = 4 * mean / (high - low) * plain
        out["concentration_index_wagstaff"] = (
            (high - low) * mean / ((high - mean) * (mean - low)) * plain
        )
        for order in (0, 1, 2):
            poor = np.where(lacking > 0, lacking, 0.0) ** order * (lacking > 0)
            out[f"poverty_{order}"] = people @ poor / everybody
    return {name: np.where(np.isfinite(found), found, np.nan) for name, found in out.items()}


def _palma(people: Floats, value: Floats) -> Floats:
    """Give the mean of the top tenth over that of the bottom four tenths, by draw."""
    at = np.array([np.interp([0.4, 0.9], x, y) for x, y in zip(people, value, strict=True)])
    return (1 - at[:, 1]) / 0.1 / (at[:, 0] / 0.4)
