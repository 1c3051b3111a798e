"""The nearest point on a street, compiled loops over squares."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import shapely

from ._network import Numbers
from ._speed import Floats

HAIR = 1e-6
"""Metres within which streets are equally near, and a place is at the end of its street."""

_PER_PIECE = 2.0
"""So many times as wide as a piece of street is long on average is a square."""


class Pieces(NamedTuple):
    """The straight pieces of edges, and which of them are in which squares, row by row.

    Both ends of each piece, (n, 4); its edge; how far along the edge it begins; where the squares
    begin in the list of pieces; that list; the corner of the first square, its side, and how many
    there are across and down.
    """

    ends: Floats
    edge: Numbers
    run: Floats
    first: Numbers
    piece: Numbers
    west: float
    south: float
    side: float
    across: int
    down: int


def pieces_of(lines: np.ndarray) -> Pieces:
    """Put the straight pieces of lines into squares."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    begin = np.flatnonzero(np.diff(line) == 0)
    ends = np.column_stack([points[begin], points[begin + 1]])
    edge = line[begin].astype(np.int32)
    step = np.hypot(*(points[begin + 1] - points[begin]).T)
    past = np.concatenate([[0.0], step.cumsum()])
    start = np.searchsorted(edge, np.arange(len(lines)))
    run = past[:-1] - past[start][edge]
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    # As many squares as there are pieces, or some more, at the most.
    side = max(_PER_PIECE * float(step.mean()), float(np.sqrt(span.prod() / len(ends))))
    side = max(side, float(span.max()) / 2**15, HAIR)
    across, down = (int(length / side) + 1 for length in span)
    given = (ends, float(low[0]), float(low[1]), side, across, down)
    first = np.zeros(across * down + 1, dtype=np.int32)
    _into_squares(*given, first, np.empty(0, dtype=np.int32))
    np.cumsum(first, out=first)
    piece = np.empty(first[-1], dtype=np.int32)
    _into_squares(*given, first[:-1].copy(), piece)
    return Pieces(ends, edge, run, first, piece, *given[1:])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _into_squares(
    ends: np.ndarray,
    west: float,
    south: float,
    side: float,
    across: int,
    down: int,
    place: np.ndarray,
    piece: np.ndarray,
) -> None:
    """Count the pieces of each square, one place farther, or note them where they belong."""
    noted = len(piece) > 0
    for i in range(len(ends)):
        x, y, u, v = ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3]
        if y > v:
            x, y, u, v = u, v, x, y
        low, high = int((y - south) / side), min(int((v - south) / side), down - 1)
        for row in range(min(low, down - 1), high + 1):
            # Where the piece enters the row of squares and where it leaves, a hair to both sides.
            one, other = x, u
            if v > y:
                enter = min(max((south + row * side - y) / (v - y), 0.0), 1.0)
                leave = min(max((south + (row + 1) * side - y) / (v - y), 0.0), 1.0)
                one, other = x + enter * (u - x), x + leave * (u - x)
            left = int(max((min(one, other) - HAIR - west) / side, 0.0))
            right = int(max((max(one, other) + HAIR - west) / side, 0.0))
            for column in range(min(left, across - 1), min(right, across - 1) + 1):
                square = row * across + column
                if noted:
                    piece[place[square]] = i
                    place[square] += 1
                else:
                    place[square + 1] += 1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _gap(ends: np.ndarray, i: int, x: float, y: float) -> tuple[float, float]:
    """Give the distance to a piece, and the share of it before its nearest point."""
    u, v = ends[i, 2] - ends[i, 0], ends[i, 3] - ends[i, 1]
    p, q = x - ends[i, 0], y - ends[i, 1]
    square = u * u + v * v
    share = 0.0
    if square > 0:
        share = min(max((p * u + q * v) / square, 0.0), 1.0)
    p, q = p - share * u, q - share * v
    return np.sqrt(p * p + q * q), share


@numba.njit(cache=True, nogil=True, error_model="numpy")
def nearest(
    points: np.ndarray,
    ends: np.ndarray,
    edge: np.ndarray,
    run: np.ndarray,
    squares: np.ndarray,
    piece: np.ndarray,
    west: float,
    south: float,
    side: float,
    across: int,
    down: int,
    length: np.ndarray,
    near: float,
    begin: int,
    end: int,
    edges: np.ndarray,
    along: np.ndarray,
    metres: np.ndarray,
    on: np.ndarray,
) -> None:
    """Find the nearest point on a street for points.

    Parameters
    ----------
    points
        (n, 2).
    ends, edge, run, squares, piece, west, south, side, across, down
        See :class:`Pieces`.
    length
        Of the edges.
    near
        How far a street may be.
    begin, end
        Which points.
    edges, along, metres, on
        The edge, how far along it, how far from the point, and where, (n, 2); filled in where a
        street is near. Of streets that are equally near, the one whose point is further west,
        then south, then the one with the lowest number.
    """
    for i in range(begin, end):
        x, y = points[i, 0], points[i, 1]
        # Of a place far away: the row and column of the world, without overflow.
        column = int(np.floor(min(max((x - west) / side, -1e9), 1e9)))
        row = int(np.floor(min(max((y - south) / side, -1e9), 1e9)))
        outside = max(0, -column, column - across + 1, -row, row - down + 1)
        last = max(abs(column), abs(row), abs(across - 1 - column), abs(down - 1 - row))
        least = np.inf
        for ring in range(outside, last + 1):
            # All in this ring of squares is at least so far away.
            if (ring - 1) * side > min(least, near):
                break
            for k in range(max(row - ring, 0), min(row + ring, down - 1) + 1):
                # The whole row at the top and at the bottom, two squares elsewhere.
                whole_row = ring == 0 or abs(k - row) == ring
                left = max(column - ring, 0) if whole_row else column - ring
                right = min(column + ring, across - 1) if whole_row else column + ring
                for j in range(left, right + 1, 1 if whole_row else 2 * ring):
                    if j < 0 or j >= across:
                        continue
                    for place in range(squares[k * across + j], squares[k * across + j + 1]):
                        least = min(least, _gap(ends, piece[place], x, y)[0])
        if not least <= near:
            continue
        bound = least + HAIR
        metres[i] = least
        best_x = best_y = np.inf
        best_edge, best_at, best_gap = -1, 0.0, np.inf
        west_most = max(int(max((x - bound - west) / side, 0.0)), 0)
        east_most = min(int(min((x + bound - west) / side, across - 1.0)), across - 1)
        for k in range(
            max(int(max((y - bound - south) / side, 0.0)), 0),
            min(int(min((y + bound - south) / side, down - 1.0)), down - 1) + 1,
        ):
            for place in range(
                squares[k * across + min(west_most, across - 1)],
                squares[k * across + max(east_most, 0) + 1],
            ):
                one = piece[place]
                gap, share = _gap(ends, one, x, y)
                if gap > bound:
                    continue
                u, v = ends[one, 2] - ends[one, 0], ends[one, 3] - ends[one, 1]
                at = run[one] + share * np.sqrt(u * u + v * v)
                east, north = ends[one, 0] + share * u, ends[one, 1] + share * v
                this_x, this_y = np.round(east * 1e6), np.round(north * 1e6)
                if edge[one] == best_edge:
                    better = gap < best_gap
                elif this_x != best_x:
                    better = this_x < best_x
                elif this_y != best_y:
                    better = this_y < best_y
                else:
                    better = edge[one] < best_edge
                if better:
                    best_x, best_y, best_edge = this_x, this_y, edge[one]
                    best_at, best_gap = at, gap
                    on[i, 0], on[i, 1] = east, north
        edges[i] = best_edge
        # At a corner all its streets are there to be taken, not only the one that was found.
        whole = length[best_edge]
        if best_at < HAIR:
            along[i] = 0.0
        elif best_at > whole - HAIR:
            along[i] = 1.0 if whole > 0 else 0.0
        else:
            along[i] = best_at / whole
