"""Neighbourhoods: which zones are next to each other."""

from __future__ import annotations

from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from libpysal.graph import Graph
from numpy.typing import NDArray
from pyproj import CRS
from scipy import sparse
from scipy.spatial import cKDTree

from . import _links, crs, grid
from .names import hint, quoted
from .options import finite

Kind = Literal[
    "queen",
    "rook",
    "knn",
    "distance_band",
    "kernel",
    "delaunay",
    "gabriel",
    "block",
    "travel_time",
]
Kernel = Literal[
    "triangular", "parabolic", "gaussian", "bisquare", "cosine", "exponential", "boxcar"
]

OPTIONS: dict[str, tuple[str, ...]] = {
    "queen": ("across",),
    "rook": ("across",),
    "knn": ("k", "points"),
    "distance_band": ("threshold", "points"),
    "kernel": ("bandwidth", "kernel", "threshold", "points"),
    "delaunay": ("points",),
    "gabriel": ("points",),
    "block": ("regimes",),
    "travel_time": ("costs", "threshold", "kernel", "bandwidth"),
}
"""Each kind of graph: the options that belong to it, beside ``islands``."""

RULES: dict[str, tuple[str, str]] = {
    "neighbours_none": ("warning", "Zones without neighbours"),
    "neighbours_apart": ("warning", "Parts of the map that no path of neighbours connects"),
    "neighbours_many": ("warning", "Zones with more than 100 neighbours"),
    "neighbours_one_way": ("info", "Pairs of which only one has the other for a neighbour"),
}
"""Each rule of `check`: its severity and what it means."""

MANY = 100
"""More neighbours than this are told of by `check`."""

_NEEDED = {"kernel": ("bandwidth",), "block": ("regimes",), "travel_time": ("costs", "threshold")}


def graph(
    geometry: gpd.GeoSeries,
    kind: Kind = "queen",
    *,
    across: float | None = None,
    k: int | None = None,
    threshold: float | None = None,
    kernel: Kernel | None = None,
    bandwidth: float | None = None,
    regimes: pd.Series | None = None,
    costs: pd.DataFrame | None = None,
    points: gpd.GeoSeries | None = None,
    islands: Literal["leave", "join"] = "leave",
) -> Graph:
    r"""Tell which zones are neighbours, by the kind of neighbourhood.

    Parameters
    ----------
    geometry
        Areas, or points where the kind is no contiguity; the index tells the zones apart.
        Wherever a distance counts, in a coordinate system in metres.
    kind
        What makes neighbours:

        - ``queen``: a common corner or side; ``rook``: a common side;
        - ``knn``: to be among the ``k`` nearest;
        - ``distance_band``: to be no farther away than ``threshold``;
        - ``kernel``: the same, the nearer the more;
        - ``delaunay``: a side of a triangle between zones; ``gabriel``: those sides on which no
          third zone is nearer to the middle than the two;
        - ``block``: to be of the same of ``regimes``, such as a district;
        - ``travel_time``: to cost no more than ``threshold`` to reach.
    across
        For ``queen`` and ``rook`` on a regular grid from which cells are missing: a cell is also
        linked to the next one in each direction where the gap between the two is no wider than so
        many metres. Without it, a gap ends the neighbourhood.
    k
        How many neighbours each zone has; 8 unless told.
    threshold
        Metres, or for ``travel_time`` the unit of ``costs``. For ``distance_band``, the shortest
        distance that leaves no zone alone unless told; for ``kernel``, ``bandwidth`` unless told.
    kernel
        How the weight falls with the distance, by libpysal's names; ``bisquare`` unless told. For
        ``travel_time``, all weigh the same unless told.
    bandwidth
        The distance or cost by which the kernel falls; for ``travel_time``, ``threshold`` unless
        told.
    regimes
        What each zone is a part of, with the zones' index; a zone that is part of nothing
        (missing) has no neighbours.
    costs
        ``zone``, ``other`` and ``cost``, one row a pair, as many rows as there are pairs within
        reach: minutes or metres from a zone to another. ``other`` may be called ``service``, as in
        the tables of `kvarter.geo.travel`.
    points
        Where the people of each zone are, with the zones' index, such as population-weighted
        means. Without them, distances are between centroids.
    islands
        ``join`` links each zone without neighbours and the zone nearest to it, all of several that
        are as near, both ways; ``leave`` does not.

    Returns
    -------
    Graph
        libpysal's, in the order of the index, of weights above 0; all are 1 without a kernel. A
        zone without neighbours is an island: its only entry is a weight of 0 to itself.

    Raises
    ------
    ValueError
        Where an option does not belong to the kind or one that it needs is not given, the index
        names a zone twice, a zone has no place, the coordinates are not metres where they must
        be, ``across`` is given for areas that are no grid, or there would be more than 50 million
        pairs of neighbours.

    Notes
    -----
    Contiguity is libpysal's, and on a regular grid the same from rows and columns, in which gaps
    of millimetres between published cells do no harm. Of a triangulation, zones in one place are
    neighbours and have the same others; where more than three places lie on one circle, as on a
    grid, there are several, and one is taken whatever the order of the zones.

    With distance or cost :math:`d`, bandwidth :math:`b`, :math:`z = d / b` and weight
    :math:`w = K(z) / K(0)`, the kernels :math:`K` are libpysal's; those but ``gaussian`` and
    ``exponential`` are 0 from :math:`z = 1` on:

    .. math::

        \text{triangular}: 1 - z \quad \text{parabolic}: 1 - z^2 \quad
        \text{bisquare}: (1 - z^2)^2 \quad \text{cosine}: \cos(\pi z / 2) \quad
        \text{gaussian}: e^{-z^2 / 2} \quad \text{exponential}: e^{-z} \quad
        \text{boxcar}: 1

    The direction matters for ``knn`` and ``travel_time``: the neighbour of a zone may have others
    that are nearer. Of several zones as far away as the k-th nearest, some are taken: on a grid,
    take 4, 8, 12 or 20. A link by ``islands`` has the smallest weight that there is, or 1.

    References
    ----------
    Anselin, L. and Rey, S. J. (2014). Modern Spatial Econometrics in Practice. GeoDa Press,
    chapters 3 and 4.

    Gabriel, K. R. and Sokal, R. R. (1969). A new statistical approach to geographic variation
    analysis. Systematic Zoology 18, 259-278. doi:10.2307/2412323

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> west = [0, 250, 750, 1500]
    >>> cells = shapely.box(west, 0, [x + 250 for x in west], 250)
    >>> cells = gpd.GeoSeries(cells, index=[*"abcd"], crs=3067)
    >>> graph(cells).isolates.tolist()
    ['c', 'd']
    >>> graph(cells, across=250).isolates.tolist()
    ['d']
    >>> graph(cells, "distance_band", threshold=500, islands="join").adjacency
    focal  neighbor
    a      b           1
    b      a           1
           c           1
    c      b           1
           d           1
    d      c           1
    Name: weight, dtype: int64
    >>> graph(cells, "knn", threshold=500)
    Traceback (most recent call last):
        ...
    ValueError: threshold does not belong to 'knn', which takes k, points and islands
    """
    given = {
        "across": across,
        "k": k,
        "threshold": threshold,
        "kernel": kernel,
        "bandwidth": bandwidth,
        "regimes": regimes,
        "costs": costs,
        "points": points,
    }
    _accept(kind, given, islands)
    _refuse_unnamed(geometry)
    if across or islands == "join" or "points" in OPTIONS[kind]:
        crs.require_metres(geometry, "the zones")
    shapes = np.asarray(geometry.values)
    reach, width = threshold or bandwidth or 0.0, bandwidth or threshold or 0.0
    if kind in ("queen", "rook"):
        links = _contiguous(geometry, kind == "rook", across or 0.0)
    elif kind == "block":
        blocks = pd.factorize(_aligned(regimes, geometry.index, "regimes"))[0]
        links = _links.of_block(blocks.astype(np.int64))
    elif kind == "travel_time":
        links = _links.by_cost(costs, geometry.index, reach, kernel, width)
    else:
        shapes = _places(geometry, points)
        at = shapely.get_coordinates(shapes)
        if kind == "knn":
            links = _links.nearest(at, 8 if k is None else k)
        elif kind == "distance_band":
            links = _links.within(at, threshold)
        elif kind == "kernel":
            links = _links.weighted(at, reach, kernel or "bisquare", width)
        else:
            links = _links.triangulated(at, gabriel=kind == "gabriel")
    if islands == "join":
        _refuse_empty(geometry, "place")
        links = _links.join_islands(links, shapes)
    return _links.as_graph(links, geometry.index)


def check(graph: Graph) -> pd.DataFrame:
    """Tell what a reader of results should know of a graph.

    Parameters
    ----------
    graph
        Neighbours, such as from `graph`.

    Returns
    -------
    DataFrame
        ``rule``, ``severity``, ``count``, ``example`` and ``action``, one row a finding, in the
        order of `RULES`:

        - ``neighbours_none``: the islands;
        - ``neighbours_apart``: the parts of two or more zones, where there are several;
        - ``neighbours_many``: the zones with more than 100 neighbours;
        - ``neighbours_one_way``: the pairs of which only one has the other for a neighbour.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> west = [0, 250, 1000, 1250, 2500]
    >>> cells = gpd.GeoSeries(shapely.box(west, 0, [x + 250 for x in west], 250), index=[*"abcde"])
    >>> check(contiguity(cells))[["rule", "count", "example"]].values.tolist()
    [['neighbours_none', 1, 'e'], ['neighbours_apart', 2, 'of 2 and 2 zones']]
    """
    # A copy, as the graph keeps its array.
    links = graph.sparse.copy()
    links.eliminate_zeros()
    names = graph.unique_ids
    number = np.diff(links.indptr)
    rows = []

    def found(rule: str, count: int, example: str, action: str) -> None:
        if count:
            rows.append((rule, RULES[rule][0], int(count), example, action))

    alone = names[number == 0]
    more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
    found(
        "neighbours_none",
        len(alone),
        ", ".join(str(name) for name in alone[:3]) + more,
        "kept without neighbours; islands='join' links each to the nearest",
    )
    part = sparse.csgraph.connected_components(links, directed=False)[1]
    sizes = np.sort(np.bincount(part))[::-1]
    sizes = sizes[sizes > 1]
    if len(sizes) > 1:
        shown = [f"{size:,}" for size in sizes[:5]]
        last = "fewer" if len(sizes) > 5 else shown.pop()
        found(
            "neighbours_apart",
            len(sizes),
            f"of {', '.join(shown)} and {last} zones",
            "measured together; no part has neighbours in another",
        )
    if (number > MANY).any():
        most = int(number.argmax())
        # The table of pairs has a weight and two positions, the sparse array a weight and one.
        size = links.nnz * (8 + 2 * 4 + 8 + links.indices.itemsize) / 1e6
        found(
            "neighbours_many",
            int((number > MANY).sum()),
            f"{names[most]} has {number[most]:,}, and a zone {number.mean():,.0f} on average",
            f"kept: {links.nnz:,} pairs, {size:,.0f} MB; a shorter distance has fewer",
        )
    pattern = links.astype(bool)
    one_way = sparse.coo_array(pattern > pattern.T)
    if one_way.nnz:
        first, second = names[one_way.row[0]], names[one_way.col[0]]
        found(
            "neighbours_one_way",
            one_way.nnz,
            f"{first} has {second}, and {second} has not {first}",
            "kept: in sums over pairs such a pair counts once, a mutual one twice",
        )
    return pd.DataFrame(rows, columns=["rule", "severity", "count", "example", "action"])


def contiguity(geometry: gpd.GeoSeries, *, rook: bool = False) -> Graph:
    """Join the zones that touch each other.

    Parameters
    ----------
    geometry
        Areas; the index tells them apart.
    rook
        Whether a common corner is not enough and there must be a common side.

    Returns
    -------
    Graph
        Binary, in the order of the index. A zone that touches no other is an island: its only
        entry is a weight of 0 to itself.

    Raises
    ------
    ValueError
        Where the index names a zone twice, or a zone has no area.

    Notes
    -----
    The cells of a regular grid are joined by their rows and columns, in which gaps of millimetres
    between published cells do no harm; other areas by the corners and edges that their outlines
    have in common.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> cells = gpd.GeoSeries(shapely.box([0, 250, 750], 0, [250, 500, 1000], 250), index=[*"abc"])
    >>> contiguity(cells).adjacency
    focal  neighbor
    a      b           1
    b      a           1
    c      c           0
    Name: weight, dtype: int64
    """
    _refuse_unnamed(geometry)
    return _links.as_graph(_contiguous(geometry, rook, 0.0), geometry.index)


def _contiguous(geometry: gpd.GeoSeries, rook: bool, across: float) -> sparse.csr_array:
    """Link the zones that touch, and across gaps in a grid."""
    _refuse_empty(geometry, "area")
    cells = grid.detect(geometry)
    if cells is not None:
        return _links.of_grid(cells, rook=rook, across=across)
    if across:
        raise ValueError(
            "across is for cells of a regular grid, and these areas are none; for areas with "
            "gaps take knn, delaunay or a distance band"
        )
    touching = sparse.csr_array(Graph.build_contiguity(geometry, rook=rook).sparse, dtype=np.int64)
    touching.eliminate_zeros()
    return touching


def borders(geometry: gpd.GeoSeries) -> sparse.csr_array:
    """Measure the border that each two zones have in common.

    Parameters
    ----------
    geometry
        Areas; the index tells them apart.

    Returns
    -------
    sparse array
        (zones, zones), symmetric: metres, or the unit of the coordinates.

    Raises
    ------
    ValueError
        See `contiguity`.

    Notes
    -----
    On a regular grid, each common side is one cell long. Of other areas that overlap a little, the
    part of both outlines that lies in the other's is not counted, only what they share.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> cells = gpd.GeoSeries(shapely.box([0, 250, 500], 0, [250, 500, 750], 250))
    >>> borders(cells).toarray()
    array([[  0., 250.,   0.],
           [250.,   0., 250.],
           [  0., 250.,   0.]])
    """
    graph = contiguity(geometry, rook=True)
    pairs = sparse.coo_array(graph.sparse)
    cells = grid.detect(geometry)
    if cells is not None:
        return sparse.csr_array(pairs.astype(float) * cells.size)
    once = (pairs.row < pairs.col) & (pairs.data > 0)
    here, there = pairs.row[once], pairs.col[once]
    outline = shapely.boundary(np.asarray(geometry.values))
    length = shapely.length(shapely.intersection(outline[here], outline[there]))
    half = sparse.coo_array((length, (here, there)), shape=pairs.shape)
    return sparse.csr_array(half + half.T)


def joined(neighbours: sparse.sparray, points: np.ndarray) -> tuple[sparse.csr_array, int]:
    """Join what no path leads to, each part by its shortest way to another part.

    Parameters
    ----------
    neighbours
        (zones, zones), symmetric, above 0 for neighbours.
    points
        Where the zones are, (zones, 2).

    Returns
    -------
    sparse array, int
        The neighbours with the pairs that were added, with weight 1; and how many parts there
        were, 1 if nothing was added.

    Examples
    --------
    >>> alone = sparse.csr_array((3, 3))
    >>> graph, parts = joined(alone, np.array([[0, 0], [1, 0], [5, 0]]))
    >>> parts, graph.toarray().tolist()
    (3, [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    """
    graph = sparse.csr_array(neighbours, dtype=float)
    parts, part = sparse.csgraph.connected_components(graph, directed=False)
    first = parts
    while parts > 1:
        # Each part looks for the nearest zone of another: among ever more of the nearest.
        tree, many = cKDTree(points), 8
        best = np.full(parts, np.inf)
        link = np.full((parts, 2), -1)
        waiting = np.arange(len(points))
        while len(waiting):
            many = min(many, len(points))
            distance, near = tree.query(points[waiting], many)
            other = part[near] != part[waiting][:, None]
            found = other.any(axis=1)
            column = other.argmax(axis=1)
            rows = np.flatnonzero(found)
            far = distance[rows, column[rows]]
            order = np.lexsort((rows, far))[::-1]
            mine = part[waiting[rows[order]]]
            closer = far[order] < best[mine]
            order, mine = order[closer], mine[closer]
            # The last written is the nearest, as the order is from far to near.
            best[mine] = far[order]
            link[mine, 0] = waiting[rows[order]]
            link[mine, 1] = near[rows[order], column[rows[order]]]
            # Those that saw only their own part go on, while there may be something nearer.
            left = ~found & (distance[:, -1] < best[part[waiting]])
            waiting, many = waiting[left], many * 4
            if many > 4 * len(points):
                break
        here, there = link[link[:, 0] >= 0].T
        ones = np.ones(len(here))
        added = sparse.coo_array((ones, (here, there)), shape=graph.shape)
        graph = sparse.csr_array(graph.maximum(added).maximum(added.T))
        parts, part = sparse.csgraph.connected_components(graph, directed=False)
    return graph, first


def _accept(kind: str, given: dict[str, Any], islands: str) -> None:
    """Refuse a kind, an option or a value that is none, and say which there are."""
    if kind not in OPTIONS:
        asked = hint(kind, [*OPTIONS])
        raise ValueError(f"kind is {kind!r}; accepted are {', '.join(OPTIONS)}.{asked}")
    for name, value in given.items():
        if value is not None and name not in OPTIONS[kind]:
            takes = f"{', '.join(OPTIONS[kind])} and islands"
            raise ValueError(f"{name} does not belong to {kind!r}, which takes {takes}")
    for name in _NEEDED.get(kind, ()):
        if given[name] is None:
            raise ValueError(f"{kind!r} needs {name}; give {name}=…")
    if islands not in ("leave", "join"):
        raise ValueError(f"islands is {islands!r}; accepted are leave and join")
    if given["kernel"] not in (None, *get_args(Kernel)):
        accepted = ", ".join(get_args(Kernel))
        asked = hint(given["kernel"], get_args(Kernel))
        raise ValueError(f"kernel is {given['kernel']!r}; accepted are {accepted}.{asked}")
    if kind == "travel_time" and given["bandwidth"] is not None and given["kernel"] is None:
        raise ValueError("bandwidth needs kernel: without one, all neighbours weigh the same")
    for name in ("threshold", "bandwidth", "across"):
        value = given[name]
        if value is None or (finite(value) and value >= 0 and (value or name == "across")):
            continue
        raise ValueError(f"{name} must be a number above 0, not {quoted(value)}")


def _refuse_unnamed(geometry: gpd.GeoSeries) -> None:
    """Refuse zones that cannot be told apart, or none."""
    index = geometry.index
    if len(index) == 0:
        raise ValueError("there are no zones")
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise ValueError(
            f"zone {quoted(twice)} is there twice; give each zone an index of its own"
        )
    if index.nlevels > 1 or index.hasnans:
        raise ValueError("each zone needs one name in the index of its geometry")


def _refuse_empty(geometry: gpd.GeoSeries, what: str) -> None:
    """Refuse zones without a geometry."""
    empty = (geometry.isna() | geometry.is_empty).to_numpy()
    if empty.any():
        raise ValueError(
            f"zone {quoted(geometry.index[empty][0])} has no {what}; leave out the zones without "
            "geometry"
        )


def _aligned(values: pd.Series, index: pd.Index, what: str) -> pd.Series:
    """Put values into the order of the zones, or refuse them."""
    if not values.index.is_unique:
        twice = values.index[values.index.duplicated()][0]
        raise ValueError(f"{what} have zone {quoted(twice)} twice; give one for each zone")
    absent = ~index.isin(values.index)
    if absent.any():
        raise ValueError(f"{what} have no zone {quoted(index[absent][0])}; give one for each zone")
    return values.loc[index]


def _places(geometry: gpd.GeoSeries, points: gpd.GeoSeries | None) -> NDArray[np.object_]:
    """Give the point that stands for each zone, or refuse it."""
    if points is not None:
        crs.require_metres(points, "the points")
        if CRS(points.crs) != CRS(geometry.crs):
            raise ValueError(
                f"the zones are in {crs.name(CRS(geometry.crs))} and the points in "
                f"{crs.name(CRS(points.crs))}; reproject one: points.to_crs(geometry.crs)"
            )
        geometry = _aligned(points, geometry.index, "points")
    _refuse_empty(geometry, "place")
    return np.asarray(shapely.centroid(np.asarray(geometry.values)))
