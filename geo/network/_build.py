"""A street network from lines: where they meet, what each stretch costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .. import crs
from ..names import quoted
from ..options import finite
from ._network import Index, Network
from ._speed import WALKING, Bools, Floats, Mode, minutes, speed_of

Heights = Callable[[Floats], Floats]

_HAIR = 1e-9
"""Metres within which a line touches itself: its own points may lie as close as they like."""


_STRAIGHT = -0.5
"""The cosine between two lines that leave a point is below this where one carries on the other."""


def from_lines(
    lines: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    mode: Mode = "walk",
    speed: float | None = None,
    oneway: str | None = None,
    level: str | None = None,
    stairs: str | None = None,
    elevation: Literal["z"] | Heights | None = None,
    tolerance: float = 0.1,
) -> Network:
    r"""Make a street network of lines.

    Parameters
    ----------
    lines
        Streets and paths that are open to ``mode``, in a coordinate system in metres. Rows
        without a line are left out.
    mode
        ``"walk"`` or ``"bicycle"``.
    speed
        On level ground, in km/h: 4.2 on foot and 12 by bicycle unless told.
    oneway
        Column that tells one-way streets, for bicycles alone: 1 (or True) where one may go along
        the line, -1 against it, 0 (or False, or nothing) both ways.
    level
        Column that tells bridges and tunnels: 0 (or False, or nothing) on the ground, 1 (or True)
        for a bridge, 2 for one above it, -1 for a tunnel.
    stairs
        Column that is True for stairs. They take about twice as long on foot, and are closed to
        bicycles.
    elevation
        ``"z"`` where the lines' own heights count, or a function that gives the height in metres
        of points (n, 2); nothing for level ground. Heights that are NaN are taken as level.
    tolerance
        How far apart lines may be, in metres, and still meet.

    Returns
    -------
    Network
        The network. The order of the lines makes no difference to it.

    Raises
    ------
    ValueError
        Where the coordinates are not metres, a geometry is no line, a column is not there or
        holds something else, no line is left, or an option is out of range.

    Notes
    -----
    Lines of one level meet where they touch or cross, whether or not they have a point there. A
    bridge or a tunnel meets other levels at its ends alone: with those of lines that end there,
    and with lines of the levels between it and the ground. Where it goes on in another line of its
    level, less than 60° to either side, is no end. So nobody gets from a bridge to the road
    beneath.

    The costs of each stretch are sums over its straight pieces, see
    :func:`kvarter.geo.network._speed.minutes` for stairs and steepness. Where a function gives
    the height of the ground, bridges and tunnels rise evenly from end to end. Along a stretch the
    minutes are spread evenly.

    Speeds are those of the Helsinki Region Travel Time Matrix (Tenkanen & Toivonen 2020).

    References
    ----------
    Tenkanen, H. & Toivonen, T. (2020). Longitudinal spatial dataset on travel times and distances
    by different travel modes in Helsinki Region. *Scientific Data* 7, 77.
    https://doi.org/10.1038/s41597-020-0413-y

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kvarter.geo import network
    >>> lines = ["LINESTRING (0 0, 140 0)", "LINESTRING (70 70, 70 -70)"]
    >>> streets = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_wkt(lines), crs=3067)
    >>> len(network.from_lines(streets).edges)
    4
    >>> streets["level"] = [0, 1]
    >>> network.from_lines(streets, level="level").edges[["length", "forward"]].values.tolist()
    [[140.0, 2.0], [140.0, 2.0]]
    """
    frame = gpd.GeoDataFrame(geometry=lines) if isinstance(lines, gpd.GeoSeries) else lines
    crs.require_metres(frame, "the streets")
    if not (finite(tolerance) and tolerance >= 0):
        raise ValueError(
            f"tolerance must be a number of metres, 0 or more, not {quoted(tolerance)}"
        )
    shapes = frame.geometry.to_numpy()
    given = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    wrong = given & ~np.isin(shapely.get_type_id(shapes), (1, 2, 5))
    if wrong.any():
        raise ValueError(
            f"the streets must be lines, and {quoted(frame.index[wrong][0])} is a "
            f"{shapes[wrong][0].geom_type}; give the lines of their middles, or .boundary of areas"
        )
    parts, row = shapely.get_parts(shapes[given], return_index=True)
    row = np.flatnonzero(given)[row]
    levels = _numbers(frame, level, "level", -99, 99)[row]
    return assemble(
        parts,
        frame.index.to_numpy()[row],
        frame.crs,
        mode=mode,
        speed=speed,
        oneway=_numbers(frame, oneway, "oneway", -1, 1)[row],
        stairs=_numbers(frame, stairs, "stairs", 0, 1)[row] != 0,
        elevation=elevation,
        raised=levels != 0,
        meet=lambda points, first: _meetings(points, first, levels, tolerance),
    )


Meetings = tuple[Index, Floats, Floats, NDArray[np.int64]]
"""Points to set into the lines (the point of the line before it, the share of the way to the
next, and where it is), and pairs of points that are one; new points are numbered after the old."""


def assemble(
    parts: NDArray[np.object_],
    labels: NDArray,
    system: object,
    *,
    mode: Mode,
    speed: float | None,
    oneway: Index,
    stairs: Bools,
    elevation: Literal["z"] | Heights | None,
    raised: Bools,
    meet: Callable[[Floats, Index], Meetings],
) -> Network:
    """Make the network of single lines, of which each has a label and what holds for it."""
    pace = speed_of(mode, speed)
    points, line = shapely.get_coordinates(parts, return_index=True)
    if not len(points):
        raise ValueError("no street is left to make a network of: is it the right file or layer?")
    if not np.isfinite(points).all():
        bad = labels[line[~np.isfinite(points).all(axis=1)][0]]
        raise ValueError(
            f"street {quoted(bad)} has a coordinate that is no number; correct or leave it"
        )
    height = _heights(parts, points, line, raised, elevation)
    if np.isinf(height).any():
        raise ValueError(
            f"street {quoted(labels[line[np.isinf(height)][0]])} has a height that is infinite; "
            "correct it, or make it NaN, which is taken as level"
        )
    first = np.flatnonzero(np.diff(line, prepend=-1))
    before, share, where, same = meet(points, first)

    rank = np.concatenate([np.arange(len(points), dtype=float), before + share])
    order = np.argsort(rank, kind="stable")
    new_height = height[before] + share * (height[before + 1] - height[before])
    points = np.concatenate([points, where])[order]
    height = np.concatenate([height, new_height])[order]
    line = np.concatenate([line, line[before]])[order]
    number = len(points)
    place = np.empty(number, dtype=np.int64)
    place[order] = np.arange(number)
    links = coo_array((np.ones(len(same), dtype=np.int8), place[same].T), (number, number))
    _, node = connected_components(links, directed=False)

    # An edge ends where its line does, and where other points are the same node.
    tip = np.diff(line, prepend=-1) != 0
    split = tip | (np.bincount(node)[node] > 1)
    piece = np.flatnonzero(np.diff(line) == 0)
    edge = np.cumsum(split[piece]) - 1
    start = np.flatnonzero(np.diff(edge, prepend=-1))
    stop = np.append(start[1:], len(edge)) - 1
    step = np.hypot(*(points[piece + 1] - points[piece]).T)
    rise = height[piece + 1] - height[piece]
    on_stairs = stairs[line[piece]]
    length = np.bincount(edge, weights=step)
    ways = [
        np.bincount(edge, weights=minutes(step, up, on_stairs, mode=mode, speed=pace))
        for up in (rise, -rise)
    ]
    of_line = line[piece[start]]
    if mode == "bicycle":
        ways[0][oneway[of_line] < 0] = np.inf
        ways[1][oneway[of_line] > 0] = np.inf
    ends = node[piece[start]], node[piece[stop] + 1]
    kept = (np.isfinite(ways[0]) | np.isfinite(ways[1])) & ((length > 0) | (ends[0] != ends[1]))
    if not (kept & (length > 0)).any():
        raise ValueError("no street is left to make a network of: none is open, or has a length")

    corner = np.concatenate([piece, piece[stop] + 1])
    of = np.concatenate([edge, np.arange(len(stop))])
    order = np.lexsort((corner, of))
    shapes = shapely.linestrings(points[corner[order]], indices=of[order])
    nodes, numbered = _renumbered(points, node, [one[kept] for one in ends])
    middle = shapely.line_interpolate_point(shapes[kept], length[kept] / 2)
    order = np.lexsort(
        (*shapely.get_coordinates(middle).T, length[kept], numbered[1], numbered[0])
    )
    edges = gpd.GeoDataFrame(
        {
            "line": labels[of_line][kept][order],
            "start": numbered[0][order],
            "end": numbered[1][order],
            "length": length[kept][order],
            "forward": ways[0][kept][order],
            "backward": ways[1][kept][order],
            "raised": raised[of_line][kept][order],
        },
        geometry=shapes[kept][order],
        crs=system,
    )
    return Network(edges, nodes, mode, pace if mode == "walk" else WALKING, pace)


def shared_points(points: Floats, first: Index) -> Meetings:
    """Let lines meet where they have a point in common, and nowhere else."""
    _, same = np.unique(points, axis=0, return_inverse=True)
    by = np.argsort(same, kind="stable")
    twin = np.diff(same[by]) == 0
    pairs = np.column_stack([by[:-1][twin], by[1:][twin]])
    return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros((0, 2)), pairs


def _meetings(points: Floats, first: Index, level: Index, tolerance: float) -> Meetings:
    """Find where lines touch and cross, as far as their levels let them meet."""
    number = len(points)
    line = np.searchsorted(first, np.arange(number), side="right") - 1
    begin = np.flatnonzero(np.diff(line) == 0)
    tip = np.zeros(number, dtype=bool)
    tip[first] = True
    tip[np.append(first[1:], number) - 1] = True
    end = tip & ~_goes_on(points, first, level, tolerance)
    pieces = shapely.linestrings(np.stack([points[begin], points[begin + 1]], axis=1))
    # A little farther, as GEOS may miss pieces that are just as far apart; it is measured below.
    one, other = shapely.STRtree(pieces).query(
        pieces, predicate="dwithin", distance=tolerance + 1e-3
    )
    apart = one != other
    one, other = begin[one[apart]], begin[other[apart]]

    near = []
    for side in (0, 1):
        point, piece = one + side, other
        step = points[piece + 1] - points[piece]
        away = points[point] - points[piece]
        square = (step**2).sum(axis=1)
        along = np.zeros(len(point))
        np.divide((away * step).sum(axis=1), square, out=along, where=square > 0)
        along = along.clip(0, 1)
        gap = np.hypot(*(away - along[:, None] * step).T)
        own = line[point] == line[piece]
        touch = gap <= np.where(own, _HAIR, tolerance)
        # The point that two pieces of a line have in common is no meeting.
        touch &= ~(own & ((point == piece) | (point == piece + 1)))
        at_start = np.hypot(*away.T) <= tolerance
        at_end = np.hypot(*(points[point] - points[piece + 1]).T) <= tolerance
        at_end &= ~at_start | (along > 0.5)
        high, low = level[line[point]], level[line[piece]]
        between = (high * low >= 0) & (np.abs(low) <= np.abs(high))
        reached = np.where(at_end, piece + 1, piece)
        may = (high == low) | (end[point] & between)
        may |= end[point] & end[reached] & (at_start | at_end)
        near.append((touch & may, touch, point, piece, along, at_start, at_end))

    same, before, share, where, new = [], [], [], [], []
    for meets, _, point, piece, along, at_start, at_end in near:
        old = meets & (at_start | at_end)
        same.append(np.column_stack([point, np.where(at_end, piece + 1, piece)])[old])
        fresh = np.flatnonzero(meets & ~old)
        # A point between two pieces was looked at from both.
        fresh = fresh[np.unique(point[fresh] * number + piece[fresh], return_index=True)[1]]
        before.append(piece[fresh])
        share.append(along[fresh])
        where.append(points[point[fresh]])
        new.append(point[fresh])

    # Of each pair that crosses without touching, both get a new point.
    touching = near[0][1] | near[1][1]
    pair = np.sort(np.column_stack([one, other]), axis=1)
    code = pair[:, 0] * number + pair[:, 1]
    touched = np.unique(code[touching])
    cross = (other - one > 1) & (level[line[one]] == level[line[other]])
    cross &= ~np.isin(code, touched)
    a, b = one[cross], other[cross]
    u, v, w = points[a + 1] - points[a], points[b + 1] - points[b], points[b] - points[a]
    turn = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        on_a = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / turn
        on_b = (w[:, 0] * u[:, 1] - w[:, 1] * u[:, 0]) / turn
    met = (on_a > 0) & (on_a < 1) & (on_b > 0) & (on_b < 1)
    a, b, on_a, on_b = a[met], b[met], on_a[met], on_b[met]
    at = points[a] + on_a[:, None] * (points[a + 1] - points[a])

    fresh_points = number + np.arange(sum(len(some) for some in new))
    crossings = number + len(fresh_points) + np.arange(2 * len(a)).reshape(2, -1)
    same.append(np.column_stack([np.concatenate(new), fresh_points]))
    same.append(crossings.T)
    return (
        np.concatenate([*before, a, b]).astype(np.int64),
        np.concatenate([*share, on_a, on_b]),
        np.concatenate([*where, at, at]),
        np.concatenate(same).astype(np.int64),
    )


def _goes_on(points: Floats, first: Index, level: Index, tolerance: float) -> Bools:
    """Tell which points are tips of bridges and tunnels that another line of the level carries on.

    Two that leave a place to the same side, as where a bridge forks, do not carry each other on.
    """
    out = np.zeros(len(points), dtype=bool)
    raised = np.flatnonzero(level != 0)
    last = np.append(first[1:], len(points)) - 1
    tips = np.concatenate([first[raised], last[raised]])
    if not len(tips):
        return out
    away = points[np.concatenate([first[raised] + 1, last[raised] - 1])] - points[tips]
    one, other = cKDTree(points[tips]).query_pairs(tolerance, output_type="ndarray").T
    turn = (away[one] * away[other]).sum(axis=1)
    both = np.hypot(*away[one].T) * np.hypot(*away[other].T)
    of = np.concatenate([level[raised]] * 2)
    onwards = (of[one] == of[other]) & (turn < _STRAIGHT * both)
    out[tips[one[onwards]]] = out[tips[other[onwards]]] = True
    return out


def _heights(
    parts: NDArray[np.object_],
    points: Floats,
    line: Index,
    raised: Bools,
    elevation: Literal["z"] | Heights | None,
) -> Floats:
    """Give the height of each point of the lines: 0 everywhere where none are given."""
    if elevation is None:
        return np.zeros(len(points))
    if isinstance(elevation, str):
        if elevation != "z":
            raise ValueError(f"elevation must be 'z' or a function of points, not {elevation!r}")
        if not shapely.has_z(parts).any():
            raise ValueError(
                "the streets have no heights of their own; leave elevation out, or give a function"
            )
        return shapely.get_coordinates(parts, include_z=True)[:, 2]
    height = np.array(elevation(points), dtype=np.float64)
    if height.shape != (len(points),):
        raise ValueError(
            f"elevation gave heights of the shape {height.shape} for {len(points)} points; it "
            "must give one height a point"
        )
    step = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    first = np.flatnonzero(np.diff(line, prepend=-1))
    last = np.append(first[1:], len(line)) - 1
    run = step.cumsum()
    whole = (run[last] - run[first])[line]
    along = np.divide(run - run[first][line], whole, out=np.zeros_like(run), where=whole > 0)
    # Infinite heights are refused by whoever knows the street's name.
    with np.errstate(invalid="ignore"):
        even = height[first][line] + along * (height[last] - height[first])[line]
    return np.where(raised[line], even, height)


def _numbers(
    frame: gpd.GeoDataFrame, column: str | None, what: str, least: int, most: int
) -> Index:
    """Give a column of whole numbers or truth values as numbers, nothing as 0."""
    if column is None:
        return np.zeros(len(frame), dtype=np.int64)
    if column not in frame:
        raise ValueError(
            f"the streets have no column {column!r} for {what}; they have "
            + ", ".join(repr(name) for name in frame.columns.drop(frame.geometry.name))
        )
    values = frame[column].astype(object).replace("", None)
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    bad = numbers.isna() & values.notna()
    bad |= numbers.notna() & ~((numbers % 1 == 0) & numbers.between(least, most))
    if bad.any():
        raise ValueError(
            f"column {column!r} holds {quoted(values[bad].iloc[0])}; for {what} it may hold whole "
            f"numbers from {least} to {most}, True and False, or nothing"
        )
    return numbers.fillna(0).to_numpy().astype(np.int64)


def _renumbered(
    points: Floats, node: Index, ends: list[Index]
) -> tuple[Floats, tuple[Index, Index]]:
    """Number the nodes that are used by where they are, and give their places and the ends."""
    order = np.lexsort((points[:, 1], points[:, 0], node))
    first = order[np.flatnonzero(np.diff(node[order], prepend=-1))]
    used = np.unique(np.concatenate(ends))
    at = points[first][used]
    # Where two lines cross, one and the other give the same point to the last digits alone.
    order = np.lexsort(at.round(6).T[::-1])
    rank = np.full(len(first), -1, dtype=np.int64)
    rank[used[order]] = np.arange(len(used))
    return at[order], (rank[ends[0]], rank[ends[1]])
