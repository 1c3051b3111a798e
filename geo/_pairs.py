"""Sums over pairs of points, a compiled loop."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _add(
    i: int,
    points: np.ndarray,
    start: int,
    stop: int,
    values: np.ndarray,
    table: np.ndarray,
    per_unit: float,
    reach: float,
    weights: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Add the weighted values of the points of a block to the sums of a point.

    Without branches, so that several points are taken at once by the processor.
    """
    x, y = points[0, i], points[1, i]
    last = len(table[0]) - 1
    for j in range(start, stop):
        across, down = x - points[0, j], y - points[1, j]
        place = np.sqrt(across * across + down * down) * per_unit
        bin_ = min(int(place), last)
        part = 2 * (place - bin_) - 1
        weight = table[5, bin_]
        weight = weight * part + table[4, bin_]
        weight = weight * part + table[3, bin_]
        weight = weight * part + table[2, bin_]
        weight = weight * part + table[1, bin_]
        weight = weight * part + table[0, bin_]
        weights[j - start] = weight if place < reach * per_unit else 0.0
    if start <= i < stop:
        weights[i - start] = 0.0
    for kind in range(len(values)):
        total = 0.0
        for j in range(start, stop):
            total += weights[j - start] * values[kind, j]
        sums[kind] += total


@numba.njit(cache=True, nogil=True, error_model="numpy")
def block_sums(
    points: np.ndarray,
    values: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    size: int,
    table: np.ndarray,
    per_unit: float,
    reach: float,
    begin: int,
    end: int,
    out: np.ndarray,
) -> None:
    """Sum the values of all other points within reach, weighted by the table, block by block.

    Parameters
    ----------
    points, values
        (2, points) and (k, points), in an order in which each ``size`` of them are a block.
    low, high
        (blocks, 2), the corners of each block.
    table
        (6, bins), coefficients of the weight over each step of distance, whose middle is 0 and
        whose ends are -1 and 1.
    per_unit
        Steps in a unit of distance.
    reach
        The distance beyond which nothing counts.
    begin, end
        The blocks whose sums are made.
    out
        (k, points), filled in.
    """
    kinds, number = values.shape
    blocks = len(low)
    for block in range(begin, end):
        first, last = block * size, min(block * size + size, number)
        weights = np.empty(size)
        sums = np.zeros((size, kinds))
        for other in range(blocks):
            gap = 0.0
            for axis in range(2):
                far = max(
                    low[other, axis] - high[block, axis], low[block, axis] - high[other, axis], 0.0
                )
                gap += far * far
            if gap > reach * reach:
                continue
            start, stop = other * size, min(other * size + size, number)
            for i in range(first, last):
                _add(
                    i,
                    points,
                    start,
                    stop,
                    values,
                    table,
                    per_unit,
                    reach,
                    weights,
                    sums[i - first],
                )
        for i in range(first, last):
            for kind in range(kinds):
                out[kind, i] = sums[i - first, kind]
