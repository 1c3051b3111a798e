"""Neighbourhoods: which zones are next to each other."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph

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
