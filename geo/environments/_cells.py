"""Environments on a regular grid: discs from sums along its rows, and convolution."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import fft

from ..grid import Grid
from ..threads import in_parts

Floats = NDArray[np.float64]


def nearest_people(
    cells: Grid, n: Floats, people: Floats, found: Floats, distances: Floats
) -> None:
    """Fill in the k nearest people of the cells."""
    lines = _lines(cells, n)
    squared = np.full(distances.shape, -1, dtype=np.int64)
    in_parts(
        len(n), lambda start, stop: _nearest_discs(*lines, people, start, stop, found, squared)
    )
    reach = np.maximum(np.sqrt(np.maximum(squared, 0)), np.sqrt(0.6)) * cells.size
    distances[squared >= 0] = reach[squared >= 0]


def sums_within(cells: Grid, n: Floats, reach: float) -> Floats:
    """Add up the people within reach of the cells."""
    lines = _lines(cells, n)
    out = np.empty_like(n)
    squared = int((reach / cells.size) ** 2)
    in_parts(len(n), lambda start, stop: _fixed_discs(*lines, squared, start, stop, out))
    return out


def weighted_sums(
    cells: Grid, n: Floats, reach: float, weigh: Callable[[Floats], Floats]
) -> Floats:
    """Convolve the grid with a kernel, which weighs distances in metres, tile by tile.

    Only tiles with zones are done, so that an empty sea costs nothing and a city's rounding does
    not reach the next one.
    """
    far = min(int(reach / cells.size), int(max(cells.row.max(), cells.column.max())))
    step = np.arange(-far, far + 1)
    apart = np.hypot(step[:, None], step) * cells.size
    weights = weigh(apart.ravel()).reshape(apart.shape)
    length = [
        fft.next_fast_len(min(max(512, 6 * far), int(number.max()) + 1 + 2 * far), real=True)
        for number in (cells.row, cells.column)
    ]
    side = [max(one - 2 * far, 1) for one in length]
    filtered = fft.rfft2(weights, s=length)
    norm = np.sqrt((weights**2).sum())
    order = np.argsort(cells.row, kind="stable")
    row = cells.row[order]
    out = np.zeros_like(n)
    for top in range(0, int(row[-1]) + 1, side[0]):
        lines = slice(*np.searchsorted(row, [top - far, top + side[0] + far]))
        zones = order[lines]
        down, across = cells.row[zones] - top, cells.column[zones]
        inside = (down >= 0) & (down < side[0])
        for left in np.unique(across[inside] // side[1]) * side[1]:
            right = across - left
            near = (right >= -far) & (right < side[1] + far)
            here = inside & (right >= 0) & (right < side[1])
            for m in range(n.shape[1]):
                tile = np.zeros(length)
                tile[down[near] + far, right[near] + far] = n[zones[near], m]
                noise = 10 * np.finfo(float).eps * norm * np.sqrt((tile**2).sum())
                spread = fft.irfft2(fft.rfft2(tile, workers=-1) * filtered, s=length, workers=-1)
                # The first value of a convolution belongs to the kernel's corner.
                sums = spread[down[here] + 2 * far, right[here] + 2 * far]
                out[zones[here], m] = np.where(sums > noise, sums, 0.0)
    return out


class _Lines(NamedTuple):
    """Sums along the rows of a grid, one row after the other.

    ``rank[row, column]`` zones, with ``total[row, column]`` people, come before a place;
    ``member`` is the sum of so many zones, (zones + 1, groups).
    """

    order: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    rank: NDArray[np.int32]
    total: Floats
    member: Floats


def _lines(cells: Grid, n: Floats) -> _Lines:
    """Add up along the rows.

    Members are kept by zone and not by place, as a national grid is empty for the most part; for
    people, who are looked up the most, the one step less is worth the memory.
    """
    order = np.lexsort((cells.column, cells.row))
    row, column = cells.row[order], cells.column[order]
    shape = int(row[-1]) + 1, int(cells.column.max()) + 2
    rank, total = np.zeros(shape, dtype=np.int32), np.zeros(shape)
    rank[row, column + 1] = 1
    total[row, column + 1] = n.sum(axis=1)[order]
    for array in (rank, total):
        np.cumsum(array.ravel(), dtype=array.dtype, out=array.ravel())
    member = np.zeros((len(n) + 1, n.shape[1]))
    np.cumsum(n[order], axis=0, out=member[1:])
    return _Lines(order, row, column, rank, total, member)


@njit(cache=True, nogil=True)
def _people(total, row, column, squared):  # type: ignore[no-untyped-def]
    """Add up the people in the disc of a squared radius around a cell."""
    radius = int(np.sqrt(squared))
    last = total.shape[1] - 1
    out = 0.0
    for off in range(radius + 1):
        half = int(np.sqrt(squared - off * off))
        left, right = max(column - half, 0), min(column + half + 1, last)
        if row >= off:
            out += total[row - off, right] - total[row - off, left]
        if off > 0 and row + off < total.shape[0]:
            out += total[row + off, right] - total[row + off, left]
    return out


@njit(cache=True, nogil=True)
def _members(rank, member, row, column, squared, out):  # type: ignore[no-untyped-def]
    """Add up the members of each group in the disc of a squared radius around a cell."""
    radius = int(np.sqrt(squared))
    last = rank.shape[1] - 1
    out[:] = 0.0
    for line in range(max(row - radius, 0), min(row + radius, rank.shape[0] - 1) + 1):
        half = int(np.sqrt(squared - (line - row) ** 2))
        first = rank[line, max(column - half, 0)]
        end = rank[line, min(column + half + 1, last)]
        if end > first:
            for m in range(len(out)):
                out[m] += member[end, m] - member[first, m]


@njit(cache=True, nogil=True)
def _fixed_discs(order, row, column, rank, total, member, squared, start, stop, out):  # type: ignore[no-untyped-def]
    for i in range(start, stop):
        _members(rank, member, row[i], column[i], squared, out[order[i]])


@njit(cache=True, nogil=True)
def _nearest_discs(  # type: ignore[no-untyped-def]
    order, row, column, rank, total, member, people, start, stop, found, squared
):
    """Find, for each cell and k, the smallest squared radius whose disc has k people.

    ``low`` has too few and ``high`` enough, until they are neighbours: then ``high`` is the ring
    that is taken in part. The first guess is the radius of the cell before, in the same row.
    """
    scales = len(people)
    whole = total[-1, -1]
    guesses = np.zeros(scales, np.int64)
    inner = np.empty(member.shape[1])
    outer = np.empty(member.shape[1])
    for i in range(start, stop):
        y, x = row[i], column[i]
        zone = order[i]
        high = np.int64(0)
        enough = total[y, x + 1] - total[y, x]
        low = np.int64(-1)
        few = 0.0
        # No cell is farther away than the farthest corner.
        most = max(y, rank.shape[0] - 1 - y) ** 2 + max(x, rank.shape[1] - 2 - x) ** 2
        for k in range(scales):
            # Sums along a row are exact for whole numbers only.
            need = people[k] * (1 - 1e-12)
            if need > whole:
                break
            if enough < need:
                low, few = high, enough
                guess = guesses[k]
                if guess <= low:
                    guess = np.int64((low + 1) * min(need / max(few, 1e-9), 4.0))
                step = np.int64(1)
                while True:
                    guess = min(max(guess, low + 1), most)
                    there = _people(total, y, x, guess)
                    # At the last ring all are in, whatever rounding says.
                    if there >= need or guess == most:
                        high, enough = guess, there
                        break
                    density = (there - few) / (guess - low)
                    low, few = guess, there
                    if density > 0:
                        ahead = min((need - there) / density, 4.0 * (low + 1))
                        guess = low + max(step, np.int64(ahead) + 1)
                    else:
                        guess = low + max(step, low)
                    step *= 2
                # What lacks and what is over; an end that stays counts half each time, so that
                # the other comes across (the Illinois method). Halving ends what still creeps.
                lack, over = need - few, enough - need
                side = tries = 0
                while high - low > 1:
                    width = high - low
                    tries += 1
                    middle = low + width // 2
                    if tries < 20 and lack + over > 0:
                        middle = low + np.int64(width * (lack / (lack + over)) + 0.5)
                        middle = min(max(middle, low + 1), high - 1)
                    there = _people(total, y, x, middle)
                    if there >= need:
                        high, enough, over = middle, there, there - need
                        if side == 1:
                            lack /= 2
                        side = 1
                    else:
                        low, few, lack = middle, there, need - there
                        if side == -1:
                            over /= 2
                        side = -1
            guesses[k] = high
            squared[k, zone] = high
            _members(rank, member, y, x, high, outer)
            if low < 0:
                inner[:] = 0.0
            else:
                _members(rank, member, y, x, low, inner)
            part = min((people[k] - few) / (enough - few), 1.0) if enough > few else 1.0
            for m in range(len(inner)):
                found[k, zone, m] = max(inner[m] + part * (outer[m] - inner[m]), 0.0)
