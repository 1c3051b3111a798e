"""Neighbourhoods: which zones are next to each other."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from libpysal.graph import Graph
from scipy import sparse
from scipy.spatial import cKDTree

from . import grid


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
    index = geometry.index
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise ValueError(f"zone {twice!r} is there twice; give each zone an index of its own")
    empty = (geometry.isna() | geometry.is_empty).to_numpy()
    if empty.any():
        raise ValueError(
            f"zone {index[empty][0]!r} has no area; leave out the zones without geometry"
        )
    cells = grid.detect(geometry)
    if cells is None:
        return Graph.build_contiguity(geometry, rook=rook)
    return _of_grid(cells, index, rook)


def _of_grid(cells: grid.Grid, index: pd.Index, rook: bool) -> Graph:
    """Join cells by row and column."""
    width = int(cells.column.max()) + 2
    place = cells.row * width + cells.column
    order = np.argsort(place)
    ranked = place[order]
    focal, neighbour = [], []
    # One spare column keeps the end of a row from meeting the start of the next.
    for step in [1, width] if rook else [1, width - 1, width, width + 1]:
        at = np.minimum(np.searchsorted(ranked, place + step), len(ranked) - 1)
        found = ranked[at] == place + step
        here, there = np.flatnonzero(found), order[at[found]]
        focal += [here, there]
        neighbour += [there, here]
    alone = np.setdiff1d(np.arange(len(index)), np.concatenate(focal))
    heads = np.concatenate([*focal, alone])
    tails = np.concatenate([*neighbour, alone])
    weight = np.ones(len(heads), dtype=np.int64)
    weight[len(heads) - len(alone) :] = 0
    ranks = np.lexsort((tails, heads))
    pairs = pd.MultiIndex.from_arrays(
        [index[heads[ranks]], index[tails[ranks]]], names=["focal", "neighbor"]
    )
    return Graph(pd.Series(weight[ranks], index=pairs, name="weight"))


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
