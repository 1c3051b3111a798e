"""The street network: lattices by district, drawn main roads, lanes to the villages.

All nodes are joined by a Delaunay triangulation and edges are only taken out of
it, so that streets meet in nodes and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from ._place import DISTRICTS, ROADS, Array, Place, district_of, field, metres

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Network:
    """Nodes (n, 2) in metres, edges as pairs of nodes, and what the edges are."""

    nodes: Array
    ends: Index
    lines: NDArray[np.object_]
    road: NDArray[np.str_]
    bridge: NDArray[np.bool_]


def network(seed: int, place: Place) -> Network:
    """Lay out the streets on the land of the municipality."""
    rng = np.random.default_rng([seed, 2])
    nodes, road_pairs, road_class = _road_nodes(place)
    on_road = len(nodes)
    for number, _ in enumerate(DISTRICTS):
        nodes = _add(nodes, _lattice(number, place, rng), 0.72 * DISTRICTS[number].spacing)
    nodes = _add(nodes, _countryside(place, rng), 250.0)
    pairs = _triangles(nodes)
    pairs = pairs[~((pairs < on_road).all(axis=1) & _known(pairs, road_pairs, len(nodes)))]
    lines = shapely.linestrings(nodes[pairs])
    tree = shapely.STRtree(shapely.linestrings(nodes[road_pairs]))
    bad = shapely.intersects(lines, place.water) | ~shapely.within(lines, place.border)
    bad[tree.query(lines, predicate="crosses")[0]] = True
    pairs = pairs[~bad]

    ends = np.vstack([road_pairs, pairs])
    road = np.concatenate([road_class, np.full(len(pairs), "", dtype="<U12")])
    home = int(cKDTree(nodes).query(metres(DISTRICTS[0].at))[1])
    _, part = connected_components(_matrix(ends, np.ones(len(ends)), len(nodes)), directed=False)
    there = part[ends[:, 0]] == part[home]
    ends, road = ends[there], road[there]

    keep = _chosen(nodes, ends, road, rng)
    ends, road = ends[keep], road[keep]
    used = np.unique(ends)
    renumbered = np.full(len(nodes), -1)
    renumbered[used] = np.arange(len(used))
    nodes, ends = nodes[used], renumbered[ends]
    lines = _bend(nodes, ends, road, place, rng)
    bridge = shapely.intersects(lines, place.water)
    return Network(nodes, ends, lines, road, bridge)


def classes(net: Network, homes: Array, seed: int) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Name each edge's class from the number of homes whose way to town uses it.

    Returns
    -------
    names : array of str
        main, collector, residential, path or forest_road.
    walk : array of bool
        Whether one can walk there. Highways are closed to walkers except where
        there is no other way.
    """
    rng = np.random.default_rng([seed, 3])
    nodes, ends = net.nodes, net.ends
    tree = cKDTree(nodes)
    length = shapely.length(net.lines)
    start = int(tree.query(metres(DISTRICTS[0].at))[1])
    graph = _matrix(ends, length.round(3), len(nodes))
    distance, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    load = np.bincount(tree.query(homes)[1], minlength=len(nodes))
    for node in np.argsort(-distance, kind="stable"):
        if before[node] >= 0:
            load[before[node]] += load[node]
    from_first = before[ends[:, 0]] == ends[:, 1]
    from_second = before[ends[:, 1]] == ends[:, 0]
    flow = np.where(from_first, load[ends[:, 0]], np.where(from_second, load[ends[:, 1]], 0))

    middle = nodes[ends].mean(axis=1)
    where, relative = district_of(middle)
    town = relative <= 1.3
    names = np.where(town, "residential", "forest_road").astype("<U12")
    near_home = cKDTree(homes).query(middle)[0] < length / 2 + 60.0
    names[~town & ((flow > 0) | near_home)] = "residential"
    names[~town & (flow >= 60)] = "collector"
    share = np.array([{"estate": 0.4, "centre": 0.12}.get(d.kind, 0.07) for d in DISTRICTS])
    names[town & (rng.random(len(ends)) < share[where])] = "path"
    names[net.road == "collector"] = "collector"
    names[np.isin(net.road, ["main", "highway"])] = "main"

    weight = np.where(net.road == "highway", 100.0, 1.0) * length.round(3)
    highway = net.road == "highway"
    needed = minimum_spanning_tree(_matrix(ends, weight, len(nodes))).tocoo()
    return names, ~highway | _known(ends, np.column_stack([needed.row, needed.col]), len(nodes))


def _road_nodes(place: Place) -> tuple[Array, Index, NDArray[np.str_]]:
    points: list[Array] = []
    pairs: list[tuple[int, int]] = []
    kinds: list[str] = []
    known: dict[tuple[float, float], int] = {}
    for kind, control in ROADS:
        line = _smooth(metres(control))
        previous = -1
        for point in line.round(1):
            key = (float(point[0]), float(point[1]))
            if not place.border.contains(shapely.Point(point)):
                previous = -1
                continue
            if key not in known:
                known[key] = len(points)
                points.append(point)
            if previous >= 0:
                pairs.append((previous, known[key]))
                kinds.append(kind)
            previous = known[key]
    return np.array(points), np.array(pairs), np.array(kinds, dtype="<U12")


def _smooth(control: Array) -> Array:
    padded = np.vstack([2 * control[0] - control[1], control, 2 * control[-1] - control[-2]])
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        _, relative = district_of(((b + c) / 2)[None])
        step = 120.0 if relative[0] < 1.6 else 210.0
        count = max(1, int(np.ceil(np.hypot(*(c - b)) / step)))
        t = (np.arange(count) / count)[:, None]
        parts.append(
            0.5
            * (
                2 * b
                + (c - a) * t
                + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            )
        )
    return np.vstack([*parts, control[-1:]])


def _lattice(number: int, place: Place, rng: np.random.Generator) -> Array:
    district = DISTRICTS[number]
    reach = district.radius * 1000.0
    steps = np.arange(-1.6 * reach, 1.6 * reach, district.spacing)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    jitter = 0.05 if district.warp == 0 else 0.11
    grid = grid + rng.normal(0.0, jitter * district.spacing, grid.shape)
    angle = np.radians(district.turn)
    turned = grid @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    xy = turned + metres(district.at)
    bent = np.column_stack([field(rng, 420.0)(xy), field(rng, 420.0)(xy)])
    edge = field(rng, 700.0)(xy)
    xy = (xy + district.warp * bent).round(1)
    where, relative = district_of(xy)
    limit = 1.0 + 0.17 * np.clip(edge, -1.6, 1.6)
    inside = (where == number) & (relative <= limit) & shapely.contains_xy(place.settled, *xy.T)
    return xy[inside]


def _countryside(place: Place, rng: np.random.Generator) -> Array:
    step = 400.0
    west, south, east, north = place.border.bounds
    grid = np.stack(
        np.meshgrid(np.arange(west, east, step), np.arange(south, north, step)), axis=-1
    ).reshape(-1, 2)
    xy = (grid + rng.uniform(-0.42, 0.42, grid.shape) * step).round(1)
    wild = field(rng, 1500.0)(xy)
    keep = rng.random(len(xy)) < np.clip(0.66 + 0.25 * wild, 0.2, 0.95)
    return xy[keep & shapely.contains_xy(place.settled, *xy.T)]


def _add(nodes: Array, new: Array, gap: float) -> Array:
    return np.vstack([nodes, new[cKDTree(nodes).query(new)[0] >= gap]])


def _triangles(nodes: Array) -> Index:
    corner = Delaunay(nodes - nodes.mean(axis=0)).simplices
    pairs = np.vstack([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [2, 0]]])
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.intp)


def _known(pairs: Index, among: Index, count: int) -> NDArray[np.bool_]:
    def key(of: Index) -> Index:
        return np.min(of, axis=1) * count + np.max(of, axis=1)

    return np.isin(key(pairs), key(among))


def _matrix(ends: Index, weight: Array, count: int) -> coo_array:
    low, high = ends.min(axis=1), ends.max(axis=1)
    return coo_array((weight, (low, high)), shape=(count, count)).tocsr()


def _chosen(
    nodes: Array, ends: Index, road: NDArray[np.str_], rng: np.random.Generator
) -> NDArray[np.bool_]:
    a, b = nodes[ends[:, 0]], nodes[ends[:, 1]]
    length = np.hypot(*(a - b).T).round(3)
    near = cKDTree(nodes).query(nodes, k=min(24, len(nodes)))[1]
    third = nodes[near[ends[:, 0]]]
    farther = np.maximum(
        np.hypot(*(third - a[:, None]).transpose(2, 0, 1)),
        np.hypot(*(third - b[:, None]).transpose(2, 0, 1)),
    )
    relative_neighbour = ~(farther < length[:, None] - 1e-6).any(axis=1)
    drawn = road != ""
    where, relative = district_of((a + b) / 2)
    share = np.where(relative <= 1.3, np.array([d.keep for d in DISTRICTS])[where], 0.3)
    span = minimum_spanning_tree(_matrix(ends, np.where(drawn, 0.3, 1.0) * length, len(nodes)))
    span = span.tocoo()
    tree = _known(ends, np.column_stack([span.row, span.col]), len(nodes))
    return drawn | tree | (relative_neighbour & (rng.random(len(ends)) < share))


def _bend(
    nodes: Array, ends: Index, road: NDArray[np.str_], place: Place, rng: np.random.Generator
) -> NDArray[np.object_]:
    a, b = nodes[ends[:, 0]], nodes[ends[:, 1]]
    step = b - a
    bow = rng.normal(0.0, 0.09, len(ends)).clip(-0.18, 0.18)
    skew = rng.normal(0.0, 0.05, len(ends)).clip(-0.1, 0.1)
    normal = np.column_stack([-step[:, 1], step[:, 0]])
    t = np.linspace(0.0, 1.0, 6)[None, :, None]
    away = bow[:, None, None] * 4 * t * (1 - t) + skew[:, None, None] * np.sin(2 * np.pi * t)
    curve = (a[:, None] + t * step[:, None] + away * normal[:, None]).round(1)
    curve[:, 0], curve[:, -1] = a, b
    curved = np.array([shapely.LineString(c) for c in curve], dtype=object)
    straight = np.array([shapely.LineString(pair) for pair in nodes[ends]], dtype=object)
    take = (road == "") & (np.hypot(*step.T) > 230.0)
    take &= ~shapely.intersects(curved, place.water) & shapely.within(curved, place.border)
    while True:
        lines = np.where(take, curved, straight)
        first, second = shapely.STRtree(lines).query(lines, predicate="crosses")
        clash = np.zeros(len(lines), dtype=bool)
        clash[first] = clash[second] = True
        if not (clash & take).any():
            return lines
        take &= ~clash
