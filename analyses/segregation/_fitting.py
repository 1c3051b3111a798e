"""A table of the structure of one and the margins of another: proportional fitting."""

from __future__ import annotations

import numpy as np

from ._terms import Floats

_FITTED = 1e-12
"""How far the margins of a fitted table may be off, as a share of all people."""

_NEARLY_NONE = 1e-12
"""What an empty cell holds before fitting, of what it would if all groups lived alike."""

_SAME = 1e-14
"""What is taken for rounding."""

_FLAT, _FAR = 1e-18, 5.0
"""The least curvature, and the longest step (a factor of e⁵)."""

ROUNDS = 500
"""How many steps there are at the most."""


def fit(table: Floats, zones: Floats, groups: Floats) -> Floats | None:
    """Multiply the zones and the groups of a table by factors, until it has the margins asked for.

    Parameters
    ----------
    table
        People by zone and group, with people in every zone and every group.
    zones, groups
        The share of each zone and of each group, above 0.

    Returns
    -------
    ndarray or None
        Shares of all people, None where the margins are not reached: see `change`.
    """
    seed = table / table.sum()
    rows, columns = seed.sum(axis=1), seed.sum(axis=0)
    if np.abs(rows - zones).sum() + np.abs(columns - groups).sum() < _SAME:
        return seed
    seed = np.where(seed > 0, seed, _NEARLY_NONE * rows[:, None] * columns)
    seed /= seed.sum(axis=1, keepdims=True)
    # For any factors of the groups those of the zones follow: so look for those of the groups,
    # in logarithms. They are where this convex function is least (the dual of the fitting).
    at = np.log(groups / columns)
    cells, size = _weighted(seed, zones, groups, at)
    for _ in range(ROUNDS):
        off = zones @ cells - groups
        if np.abs(off).sum() < _FITTED:
            return zones[:, None] * cells
        curve = np.diag(zones @ cells) - cells.T @ (zones[:, None] * cells)
        bend, directions = np.linalg.eigh(curve)
        # Where nearly empty cells leave the function flat, Newton's step would be without end.
        step = np.clip((off @ directions) / np.maximum(bend, _FLAT), -_FAR, _FAR)
        way = -(directions @ step)
        way -= way.mean()
        slope, length = float(off @ way), 1.0
        while True:
            new, less = _weighted(seed, zones, groups, at + length * way)
            if less <= size + 1e-4 * length * slope + _SAME or length < 1e-6:
                break
            length /= 2
        at, cells, size = at + length * way, new, less
    return None


def _weighted(seed: Floats, zones: Floats, groups: Floats, at: Floats) -> tuple[Floats, float]:
    """Give the groups' shares of each zone with factors of the groups, and what `fit` lessens."""
    cells = seed * np.exp(at - at.max())
    total = cells.sum(axis=1, keepdims=True)
    return cells / total, float(zones @ np.log(total[:, 0]) + at.max() - groups @ at)
