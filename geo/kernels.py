"""Sums over zones in which near ones count more than distant ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .grid import Grid
from .threads import in_parts

Floats = NDArray[np.float64]

DENSE = 2_000
"""Up to so many zones, all pairs are held at once."""

NEGLIGIBLE = 1e-13
"""A pair is left out where its weight is below this part of the weight at no distance.

What is left out of Σⱼ cᵢⱼ vⱼ is then below this part of Σⱼ vⱼ, and the tabulated weights of the
other pairs are as near to the true ones.
"""

_BLOCK = 128
_DEGREE = 5


def exponential(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the weight exp(-d) of a distance."""
    return np.exp(-distance)


def weighted_sums(
    points: Floats,
    self_distance: Floats,
    *,
    decay: Callable[[Floats], Floats] = exponential,
    cells: Grid | None = None,
) -> Callable[[Floats], Floats]:
    r"""Prepare the sums :math:`\sum_j c(d_{ij}) v_j` over all zones.

    Parameters
    ----------
    points
        Where the zones are, (zones, 2), in the unit of distance that ``decay`` takes.
    self_distance
        Distance of each zone from itself, (zones,).
    decay
        The weight of each distance of an array: a number of 0 or more that never grows with
        distance.
    cells
        Where the zones are on a regular grid, if they are (see `kvarter.geo.grid.detect`), with
        its ``size`` in the unit of the points.

    Returns
    -------
    callable
        Takes values (zones, k) and gives their sums (zones, k).

    Raises
    ------
    ValueError
        Where the weights grow with distance, are negative or infinite, or change too fast to be
        tabulated.

    Notes
    -----
    On a grid, the sums are a convolution: the weight depends on how many rows and columns lie
    between. Elsewhere, and for few cells or wide gaps, the weights of all pairs are held
    up to 2,000 zones. Beyond, zones are put into blocks of neighbours, blocks that are too far
    from each other to matter are passed over, and weights are read from a table of polynomials.
    What is left out, and what the table is off by,
    is below `NEGLIGIBLE` times the sum of the values. No array of all pairs is made.

    Examples
    --------
    >>> sums = weighted_sums(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([0.2, 0.2]))
    >>> sums(np.array([[1.0], [0.0]])).round(3)
    array([[0.819],
           [0.007]])
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    own = np.asarray(decay(np.asarray(self_distance, dtype=np.float64)), dtype=np.float64)
    if not (np.isfinite(own) & (own >= 0)).all():
        raise ValueError("decay must give a number of 0 or more for a zone's own distance")
    regular = cells is not None and len(own) > 0 and np.ptp(own) <= 1e-9 * own.max()
    if len(points) <= DENSE and not (regular and _compact(cells, len(points))):
        return _dense(points, own, decay)
    if regular and cells is not None:
        return _convolution(cells, float(own[0]), decay)
    return _blocks(points, own, decay)


def _compact(cells: Grid | None, zones: int) -> bool:
    """Tell whether so few cells are sooner summed by convolution: many, with few gaps."""
    if cells is None:
        return False
    places = (int(cells.row.max()) + 1) * (int(cells.column.max()) + 1)
    return zones > 400 and places <= 4 * zones


def _dense(points: Floats, own: Floats, decay: Callable[[Floats], Floats]) -> Callable:
    """Hold the weights of all pairs."""
    apart = points[:, None, :] - points[None, :, :]
    weights = np.asarray(decay(np.hypot(apart[..., 0], apart[..., 1])), dtype=np.float64)
    np.fill_diagonal(weights, own)
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("decay must give a number of 0 or more for every distance")
    return lambda values: weights @ values


def _reach(decay: Callable[[Floats], Floats], most: float) -> float:
    """Give the distance from which on weights are negligible, or the greatest one there is."""
    trial = np.linspace(0, most, 4097)[1:]
    weights = np.asarray(decay(trial), dtype=np.float64)
    if not (np.isfinite(weights) & (weights >= 0)).all() or (np.diff(weights) > 1e-12).any():
        raise ValueError(
            "decay must give a number of 0 or more for every distance that never grows with it"
        )
    heavy = np.flatnonzero(weights > NEGLIGIBLE * weights[0])
    return float(trial[min(heavy[-1] + 1, len(trial) - 1)])


def _convolution(cells: Grid, own: float, decay: Callable[[Floats], Floats]) -> Callable:
    """Sum over the cells of a grid by convolution."""
    from scipy.signal import oaconvolve

    rows, columns = int(cells.row.max()) + 1, int(cells.column.max()) + 1
    reach = _reach(decay, float(np.hypot(rows, columns)) * cells.size)
    spans = [min(side - 1, int(reach / cells.size) + 1) for side in (rows, columns)]
    down, across = (np.arange(-span, span + 1) * cells.size for span in spans)
    distance = np.hypot(down[:, None], across[None, :])
    distance[spans[0], spans[1]] = cells.size
    weights = np.asarray(decay(distance), dtype=np.float64)
    weights[spans[0], spans[1]] = own

    def sums(values: Floats) -> Floats:
        out = np.empty(values.shape, dtype=np.float64)
        for k in range(values.shape[1]):
            plane = np.zeros((rows, columns))
            plane[cells.row, cells.column] = values[:, k]
            spread = oaconvolve(plane, weights, mode="full")
            out[:, k] = spread[cells.row + spans[0], cells.column + spans[1]]
        # Rounding must not turn a sum of nothing below zero into one.
        return np.maximum(out, 0.0) if (values >= 0).all() else out

    return sums


def _blocks(points: Floats, own: Floats, decay: Callable[[Floats], Floats]) -> Callable:
    """Sum over blocks of neighbouring points."""
    from scipy.spatial import cKDTree

    from ._pairs import block_sums

    order = cKDTree(points, leafsize=_BLOCK).indices
    placed = points[order]
    starts = np.arange(0, len(points), _BLOCK)
    low = np.minimum.reduceat(placed, starts, axis=0)
    high = np.maximum.reduceat(placed, starts, axis=0)
    most = float(np.hypot(*(placed.max(axis=0) - placed.min(axis=0))))
    reach = _reach(decay, most)
    table, bins = _table(decay, reach)
    across, inverse = np.ascontiguousarray(placed.T), np.empty_like(order)
    inverse[order] = np.arange(len(order))

    def sums(values: Floats) -> Floats:
        ranked = np.ascontiguousarray(values[order].T, dtype=np.float64)
        near = np.empty_like(ranked)
        given = (across, ranked, low, high, _BLOCK, table, bins / reach, reach)
        in_parts(len(low), lambda begin, end: block_sums(*given, begin, end, near), least=2)
        return near[:, inverse].T + own[:, None] * values

    return sums


def _table(decay: Callable[[Floats], Floats], reach: float) -> tuple[Floats, int]:
    """Tabulate the weights as polynomials over equal steps, as exactly as they can be."""
    # The place within a step runs from -1 to 1: powers of it keep their digits.
    nodes = np.cos(np.pi * (2 * np.arange(_DEGREE + 1) + 1) / (2 * _DEGREE + 2))
    solve = np.linalg.inv(np.vander(nodes, increasing=True))
    between = np.linspace(-1, 1, 13)
    powers = np.vander(between, _DEGREE + 1, increasing=True)
    for bins in (1024, 4096, 16384):
        step = reach / bins
        middle = (np.arange(bins)[:, None] + 0.5) * step
        table = decay(middle + nodes * step / 2) @ solve.T
        true = decay(middle + between * step / 2)
        if np.abs(table @ powers.T - true).max() <= NEGLIGIBLE * np.abs(true).max():
            return np.ascontiguousarray(table.T), bins
    raise ValueError(
        "decay changes too fast with distance to be tabulated; take one that is smooth, such as "
        "exp(-d), or fewer than 2,000 zones"
    )
