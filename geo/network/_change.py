"""A street network with streets that open and close, and at another speed."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from ._lines import cut
from ._network import Index, Network
from ._speed import WALKING, Floats, minutes

JOIN = 25.0
"""How far the end of a new street may be from an old one, in metres, and join it: it is led on."""

CLOSE = 50.0
"""How far a street may be from the point where one closes, in metres."""

_SAME = 0.01
"""Metres within which points on a street are one."""


def add_street(
    network: Network, line: LineString, *, level: int = 0, near: float = JOIN
) -> Network:
    """Give the network with one street more, open both ways.

    Parameters
    ----------
    network
        A street network.
    line
        The street, in the coordinate system of the network.
    level
        0 on the ground: it meets the streets that it crosses, but for bridges and tunnels. A
        bridge (1 or more) or a tunnel (-1 or less) meets others at its ends alone.
    near
        How far its ends may be from a street, in metres, to be led on to it.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        Where it joins no street, or has no length.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kvarter.geo import network
    >>> lines = ["LINESTRING (0 0, 100 0)", "LINESTRING (0 200, 100 200)"]
    >>> streets = network.from_lines(gpd.GeoSeries.from_wkt(lines, crs=3067))
    >>> len(network.islands(streets))
    2
    >>> joined = network.add_street(streets, LineString([(50, 10), (50, 190)]))
    >>> len(network.islands(joined)), joined.edges["length"].sum().item()
    (1, 400.0)
    """
    line = shapely.force_2d(line)
    if not line.length > 0:
        raise ValueError("the street has no length")
    shapes = network.edges.geometry.to_numpy()
    tree = network.edges.sindex
    points, on = [], []
    for last in (False, True):
        end = Point(line.coords[-1 if last else 0])
        edges = tree.query(end.buffer(near))
        away = shapely.distance(shapes[edges], end)
        if len(edges) and away.min() <= near:
            edge = edges[away.argmin()]
            foot = shapely.shortest_line(end, shapes[edge]).coords[1]
            points.append(Point(foot))
            on.append(edge)
            if away.min() > _SAME:
                way = [*line.coords, foot] if last else [foot, *line.coords]
                line = LineString(way)
    if level == 0:
        crossed = tree.query(line, predicate="intersects")
        crossed = crossed[~network.edges["raised"].to_numpy()[crossed]]
        for edge, place in zip(crossed, shapely.intersection(line, shapes[crossed]), strict=True):
            for part in shapely.get_parts(place):
                ends = [part] if part.geom_type == "Point" else list(part.boundary.geoms)
                points += ends
                on += [edge] * len(ends)
    if not points:
        gap = shapely.distance(shapes, line).min()
        raise ValueError(f"the street joins no other; the nearest is {gap:.0f} m away")
    edges = np.array(on, dtype=np.int64)
    share = shapely.line_locate_point(shapes[edges], points, normalized=True)
    network, node = _split(network, edges, share)
    return _with_line(network, line, points, node, level != 0)


def close_streets(
    network: Network, *, at: Point | None = None, area: BaseGeometry | None = None
) -> Network:
    """Give the network without the streets that close.

    Parameters
    ----------
    network
        A street network.
    at
        A point: the stretch nearest to it, from junction to junction, is closed.
    area
        Areas, in which all streets are closed.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        Where no street is within 50 m of the point, or none in the area, or none is left.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely.geometry import box
    >>> from kvarter.geo import network
    >>> lines = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 100 0)"], crs=3067)
    >>> streets = network.close_streets(network.from_lines(lines), area=box(40, -9, 60, 9))
    >>> streets.edges["length"].tolist()
    [40.0, 40.0]
    """
    shapes = network.edges.geometry.to_numpy()
    gone = np.zeros(len(shapes), dtype=bool)
    if at is not None:
        away = shapely.distance(shapes, at)
        if not away.min() <= CLOSE:
            raise ValueError(f"no street is there; the nearest is {away.min():.0f} m away")
        gone[away.argmin()] = True
    if area is not None:
        hit = network.edges.sindex.query(area, predicate="intersects")
        border = shapely.intersection(shapes[hit], shapely.boundary(area))
        places, row = shapely.get_coordinates(border, return_index=True)
        share = shapely.line_locate_point(
            shapes[hit[row]], shapely.points(places), normalized=True
        )
        network, _node = _split(network, hit[row], share)
        shapes = network.edges.geometry.to_numpy()
        gone = np.r_[gone, np.zeros(len(shapes) - len(gone), dtype=bool)]
        middle = shapely.line_interpolate_point(shapes, 0.5, normalized=True)
        gone |= shapely.intersects(middle, area)
        if not gone.any():
            raise ValueError("no street is in the area")
    if gone.all():
        raise ValueError("no street would be left")
    return replace(network, edges=network.edges[~gone].reset_index(drop=True))


def at_speed(network: Network, speed: float) -> Network:
    """Give the network at another speed.

    Parameters
    ----------
    network
        A street network.
    speed
        On level ground, in km/h.

    Returns
    -------
    Network
        All ways take as many times longer as the speed is lower, also between a place and its
        street where people walk; also uphill, where cyclists may go no slower than on foot.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kvarter.geo import network
    >>> lines = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 140 0)"], crs=3067)
    >>> network.at_speed(network.from_lines(lines), 2.1).edges["forward"].tolist()
    [4.0]
    """
    if not (np.isfinite(speed) and speed > 0):
        raise ValueError(f"speed must be a number of kilometres an hour above 0, not {speed!r}")
    slower = network.speed / speed
    edges = network.edges.assign(
        forward=network.edges["forward"] * slower, backward=network.edges["backward"] * slower
    )
    off = speed if network.mode == "walk" else WALKING
    return replace(network, edges=edges, off_street=off, speed=float(speed))


def _split(network: Network, edge: Index, share: Floats) -> tuple[Network, Index]:
    """Cut edges at points on them, and give the node of each point."""
    edges, nodes = network.edges, network.nodes
    start, end = network.ends
    length = edges["length"].to_numpy()
    metres = share * length[edge]
    node = np.where(metres <= _SAME, start[edge], -1)
    node = np.where((length[edge] - metres <= _SAME) & (node < 0), end[edge], node)
    inner = np.flatnonzero(node < 0)
    if not len(inner):
        return network, node
    order = inner[np.lexsort((metres[inner], edge[inner]))]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(edge[order]) != 0) | (np.diff(metres[order]) > _SAME)
    number = len(nodes) + np.cumsum(new) - 1
    node[order] = number
    cuts = order[new]
    of, where = edge[cuts], share[cuts]
    split = np.unique(of)
    # Each edge that is cut becomes its parts: from its start, or a cut, to the next.
    begin_edge = np.concatenate([split, of])
    begin = np.concatenate([np.zeros(len(split)), where])
    first = np.concatenate([start[split], number[new]])
    by = np.lexsort((begin, begin_edge))
    begin_edge, begin, first = begin_edge[by], begin[by], first[by]
    ends = np.append(begin_edge[1:] != begin_edge[:-1], True)
    stop = np.where(ends, 1.0, np.append(begin[1:], 1.0))
    last = np.where(ends, end[begin_edge], np.append(first[1:], -1))
    parts = edges.iloc[begin_edge].copy()
    part = stop - begin
    parts["start"], parts["end"] = first, last
    for column in ("length", "forward", "backward"):
        parts[column] = parts[column].to_numpy() * part
    shapes = edges.geometry.to_numpy()
    parts = parts.set_geometry(
        gpd.GeoSeries(cut(shapes[begin_edge], begin, stop), index=parts.index, crs=edges.crs)
    )
    places = shapely.line_interpolate_point(shapes[of], where, normalized=True)
    kept = edges.drop(index=edges.index[split])
    out = gpd.GeoDataFrame(pd.concat([kept, parts], ignore_index=True), crs=edges.crs)
    more = np.vstack([nodes, shapely.get_coordinates(places)])
    return replace(network, edges=out, nodes=more), node


def _with_line(
    network: Network, line: LineString, points: list[Point], node: Index, raised: bool
) -> Network:
    """Give the network with a line that passes nodes at points on it."""
    along = np.concatenate([[0.0, line.length], shapely.line_locate_point(line, points)])
    tips = np.array([line.coords[0], line.coords[-1]])
    number = np.concatenate([len(network.nodes) + np.arange(2), node])
    order = np.argsort(along, kind="stable")
    along, number = along[order], number[order]
    # Where several points are at one place, a node of the network goes before an end of its own.
    group = np.cumsum(np.r_[True, np.diff(along) > _SAME]) - 1
    own = number >= len(network.nodes)
    best = np.lexsort((own, group))
    best = best[np.unique(group[best], return_index=True)[1]]
    along, number = along[best] / line.length, number[best]
    along[0], along[-1] = 0.0, 1.0
    parts = cut(np.full(len(along) - 1, line, dtype=object), along[:-1], along[1:])
    length = shapely.length(parts)
    flat, level = np.zeros(len(parts)), np.zeros(len(parts), dtype=bool)
    way = minutes(length, flat, level, mode=network.mode, speed=network.speed)
    new = gpd.GeoDataFrame(
        {
            "line": "new",
            "start": number[:-1],
            "end": number[1:],
            "length": length,
            "forward": way,
            "backward": way,
            "raised": raised,
        },
        geometry=parts,
        crs=network.edges.crs,
    )
    edges = gpd.GeoDataFrame(pd.concat([network.edges, new], ignore_index=True), crs=new.crs)
    nodes = np.vstack([network.nodes, tips])
    return replace(network, edges=edges, nodes=nodes)
