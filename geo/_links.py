"""Links between zones as sparse arrays, (zones, zones): one function for each way to choose them.

None links a zone to itself. A weight is above 0; what is 0 is no link.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from libpysal.graph import Graph
from libpysal.kernels import kernel as kernel_weights
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import Delaunay, QhullError, cKDTree

from . import grid
from .names import quoted
from .threads import cores

Floats = NDArray[np.float64]

MOST_PAIRS = 50_000_000
"""More pairs of neighbours than this are refused before they are made."""


def as_graph(links: sparse.csr_array, index: pd.Index) -> Graph:
    """Make a libpysal graph without sorting anything again.

    Parameters
    ----------
    links
        (zones, zones), rows and columns in the order of the index.
    index
        What the zones are called.

    Returns
    -------
    Graph
        In the order of the index; a zone without links has a weight of 0 to itself.
    """
    if isinstance(index, pd.CategoricalIndex):
        index = index.astype(index.categories.dtype)
    links.sort_indices()
    number = np.diff(links.indptr)
    heads = np.repeat(np.arange(len(index), dtype=np.int32), number)
    tails, weights = links.indices, links.data
    alone = np.flatnonzero(number == 0)
    if len(alone):
        at = links.indptr[alone]
        heads, tails = (np.insert(codes, at, alone) for codes in (heads, tails))
        weights = np.insert(weights, at, 0)
    pairs = pd.MultiIndex(
        levels=[index, index],
        codes=[heads, tails],
        names=["focal", "neighbor"],
        verify_integrity=False,
    )
    return Graph(pd.Series(weights, index=pairs, name="weight"), is_sorted=True)


def of_grid(cells: grid.Grid, *, rook: bool, across: float = 0.0) -> sparse.csr_array:
    """Link each cell to the next one along its row, its column and, unless rook, its diagonals.

    Parameters
    ----------
    cells
        Where the cells are.
    rook
        Whether diagonals do not count.
    across
        How wide a gap between two cells may be, in the unit of the coordinates, measured along
        the direction.
    """
    row, column = cells.row, cells.column
    step = cells.size
    lines = [(row, column, step), (column, row, step)]
    if not rook:
        slanted = step * np.sqrt(2)
        lines += [(row - column + column.max(), row, slanted), (row + column, row, slanted)]
    here, there = [], []
    for line, place, length in lines:
        widest = int(place.max()) + 1
        most = 1 + min(int(across / length + grid.TOLERANCE), widest)
        # Room between lines keeps the end of one from meeting the start of the next.
        key = line * (widest + most) + place
        order = np.argsort(key)
        near = np.flatnonzero(np.diff(key[order]) <= most)
        here.append(order[near])
        there.append(order[near + 1])
    return _mutual(np.concatenate(here), np.concatenate(there), len(row))


def nearest(points: Floats, k: int) -> sparse.csr_array:
    """Link each point to the k nearest others; others in the same place are the nearest."""
    number = len(points)
    if not (isinstance(k, int | np.integer) and 1 <= k < number):
        raise ValueError(f"k must be a whole number from 1 to {number - 1}, not {quoted(k)}")
    if k * number > MOST_PAIRS:
        raise ValueError(
            f"k = {k} of {number:,} zones are {k * number:,} pairs, more than {MOST_PAIRS:,}; "
            f"take {MOST_PAIRS // number} or less"
        )
    found = cKDTree(points).query(points, k + 1, workers=cores())[1]
    itself = found == np.arange(number)[:, None]
    # Where more than k others are in the same place, the point itself may not be found.
    itself[~itself.any(axis=1), -1] = True
    ones = np.ones(k * number, dtype=np.int64)
    starts = np.arange(0, k * number + 1, k)
    return sparse.csr_array((ones, found[~itself], starts), shape=(number, number))


def within(points: Floats, threshold: float | None) -> sparse.csr_array:
    """Link the points that are no farther apart than a distance.

    Parameters
    ----------
    points
        (zones, 2).
    threshold
        The distance; without one, the shortest that leaves no point alone.
    """
    tree = cKDTree(points)
    if threshold is None:
        # A hair more, so that rounding does not leave the loneliest alone.
        threshold = float(tree.query(points, 2)[0][:, 1].max()) * (1 + 1e-12)
    here, there = _pairs(tree, threshold)
    return _mutual(here, there, len(points))


def weighted(points: Floats, threshold: float, kernel: str, bandwidth: float) -> sparse.csr_array:
    """Link the points that are no farther apart than a distance, the nearer the more."""
    here, there = _pairs(cKDTree(points), threshold)
    apart = points[here] - points[there]
    weights = _weights(np.hypot(apart[:, 0], apart[:, 1]), kernel, bandwidth)
    links = _mutual(here, there, len(points), weights)
    links.eliminate_zeros()
    return links


def triangulated(points: Floats, *, gabriel: bool) -> sparse.csr_array:
    """Link points by the sides of the triangles between them; those in one place are linked.

    Parameters
    ----------
    points
        (zones, 2). Those that share a place have all of its links.
    gabriel
        Whether a side has no third point within the circle of which it is the diameter.
    """
    places, place = np.unique(points, axis=0, return_inverse=True)
    try:
        # Near the origin, so that the squares which the triangulation makes keep their digits.
        found = Delaunay(places - places.mean(axis=0))
    except QhullError as error:
        raise ValueError(
            f"no triangle can be made of the {len(places)} places of the zones, as they are fewer "
            "than three or lie on one line; take knn or distance_band"
        ) from error
    # A place too near to another for the triangulation to tell them apart is the same.
    stands_for = np.arange(len(places))
    stands_for[found.coplanar[:, 0]] = found.coplanar[:, 2]
    place = stands_for[place]
    here, there, third = (
        found.simplices[:, np.roll([0, 1, 2], -turn)].ravel() for turn in range(3)
    )
    weights = np.ones(len(here), dtype=np.int64)
    if gabriel:
        # The third corner is within the circle where its angle is obtuse. Below 0, so that one of
        # the two triangles of a side is enough.
        obtuse = ((places[here] - places[third]) * (places[there] - places[third])).sum(axis=1) < 0
        weights[obtuse] = -2
    links = _mutual(here, there, len(places), weights)
    links.data = (links.data > 0).astype(np.int64)
    links.eliminate_zeros()
    number = np.bincount(place, minlength=len(places))
    _refuse(int(number @ (links @ number + number - 1)), "zones in the same place")
    return _by_member(place, links + sparse.eye_array(len(places), dtype=np.int64, format="csr"))


def of_block(block: NDArray[np.int64]) -> sparse.csr_array:
    """Link the zones of one block; block -1 is none."""
    number = np.bincount(block[block >= 0])
    _refuse(int(number @ (number - 1)), "zones of one block")
    return _by_member(block, sparse.eye_array(len(number), dtype=np.int64, format="csr"))


def by_cost(
    costs: pd.DataFrame, index: pd.Index, threshold: float, kernel: str | None, bandwidth: float
) -> sparse.csr_array:
    """Link each zone to those that cost no more than a limit to reach.

    Parameters
    ----------
    costs
        ``zone``, ``other`` (or ``service``) and ``cost``, one row a pair.
    index
        What the zones are called.
    threshold
        The limit, in the unit of the costs.
    kernel, bandwidth
        How the weight falls with the cost; without a kernel, each weighs 1.
    """
    to = "other" if "other" in costs else "service"
    for name in ("zone", to, "cost"):
        if name not in costs:
            raise ValueError(f"costs have no column {name!r}; give zone, other and cost")
    zone, other = (_positions(costs[name], index) for name in ("zone", to))
    cost = costs["cost"].to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(np.isfinite(cost) & (cost >= 0))
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"from zone {quoted(index[zone[row]])} to {quoted(index[other[row]])} the cost is "
            f"{cost[row]:g}; "
            "a cost is 0 or more, and a pair out of reach has no row"
        )
    near = (cost <= threshold) & (zone != other)
    zone, other, cost = zone[near], other[near], cost[near]
    if len(cost) > MOST_PAIRS:
        raise ValueError(
            f"{len(cost):,} pairs cost no more than {threshold:g}, more than {MOST_PAIRS:,}; take "
            f"{_rounded_down(np.partition(cost, MOST_PAIRS)[MOST_PAIRS]):,g} or less"
        )
    twice = pd.Index(zone * len(index) + other).duplicated()
    if twice.any():
        row = int(twice.argmax())
        raise ValueError(
            f"the cost from zone {quoted(index[zone[row]])} to {quoted(index[other[row]])} is "
            "there twice"
        )
    ones = np.ones(len(cost), dtype=np.int64)
    weights = ones if kernel is None else _weights(cost, kernel, bandwidth)
    links = sparse.csr_array((weights, (zone, other)), shape=(len(index), len(index)))
    links.eliminate_zeros()
    return links


def join_islands(links: sparse.csr_array, shapes: NDArray[np.object_]) -> sparse.csr_array:
    """Link each zone without links and the zone nearest to it, all of several as near, both ways.

    Parameters
    ----------
    links
        (zones, zones).
    shapes
        The zones' outlines or points: the distance is between these.

    Returns
    -------
    sparse array
        What was added has the smallest weight of those there were, or 1.
    """
    alone = np.flatnonzero(np.diff(links.indptr) == 0)
    at, near = shapely.STRtree(shapes).query_nearest(shapes[alone], exclusive=True)
    weight = links.data.min() if links.nnz else 1
    weights = np.full(len(at), weight, dtype=links.dtype)
    added = sparse.coo_array((weights, (alone[at], near)), shape=links.shape)
    # Two islands may be each other's nearest: one link, not two added up.
    return sparse.csr_array(links.maximum(added.tocsr()).maximum(added.T.tocsr()))


def _pairs(tree: cKDTree, threshold: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the pairs within a distance, each once; too many of them are refused beforehand."""
    pairs = int(tree.count_neighbors(tree, threshold)) - tree.n
    if pairs > MOST_PAIRS:
        smaller = threshold * np.sqrt(MOST_PAIRS / pairs)
        while smaller >= 1 and tree.count_neighbors(tree, smaller) - tree.n > MOST_PAIRS:
            smaller *= 0.95
        raise ValueError(
            f"{threshold:,.0f} m give {pairs:,} pairs of neighbours, {pairs / tree.n:,.0f} for "
            f"each zone; more than {MOST_PAIRS:,} are not made: take "
            f"{_rounded_down(smaller):,g} m or less, or knn"
        )
    found = tree.query_pairs(threshold, output_type="ndarray")
    return found[:, 0], found[:, 1]


def _rounded_down(number: float) -> float:
    """Give the next number below with two digits, for a message."""
    unit = 10.0 ** (np.floor(np.log10(number)) - 1)
    return float((np.ceil(number / unit) - 1) * unit)


def _mutual(
    here: NDArray[Any],
    there: NDArray[Any],
    number: int,
    weights: NDArray[Any] | None = None,
) -> sparse.csr_array:
    """Link both ways what is given once."""
    if weights is None:
        weights = np.ones(len(here), dtype=np.int64)
    # Half the memory of the whole numbers that positions come in.
    here, there = here.astype(np.int32), there.astype(np.int32)
    ends = np.concatenate([here, there]), np.concatenate([there, here])
    return sparse.csr_array((np.concatenate([weights, weights]), ends), shape=(number, number))


def _by_member(group: NDArray[np.int64], links: sparse.csr_array) -> sparse.csr_array:
    """Give the members of groups the links of their groups; group -1 is none."""
    known = np.flatnonzero(group >= 0)
    ones = np.ones(len(known), dtype=np.int64)
    member = sparse.csr_array((ones, (known, group[known])), shape=(len(group), links.shape[0]))
    found = sparse.coo_array(member @ links @ member.T)
    apart = found.row != found.col
    ends = found.row[apart], found.col[apart]
    return sparse.csr_array((found.data[apart], ends), shape=found.shape)


def _weights(distance: Floats, kernel: str, bandwidth: float) -> Floats:
    """Weigh distances by libpysal's kernels, with 1 at no distance."""
    weights = kernel_weights(distance, bandwidth, kernel=kernel, taper=False, decay=True)
    return np.asarray(weights, dtype=np.float64)


def _positions(labels: pd.Series, index: pd.Index) -> NDArray[np.int64]:
    """Give the positions of zones by their names."""
    # A table of millions of rows has few names.
    codes, names = pd.factorize(labels)
    at = np.append(index.get_indexer(pd.Index(names)), -1)[codes]
    if (at < 0).any():
        raise ValueError(
            f"costs are of zone {quoted(labels.iloc[int((at < 0).argmax())])}, which is none"
        )
    return at


def _refuse(pairs: int, of_what: str) -> None:
    """Refuse too many pairs."""
    if pairs > MOST_PAIRS:
        raise ValueError(
            f"the {of_what} make {pairs:,} pairs of neighbours, more than {MOST_PAIRS:,}; take "
            "knn, or smaller blocks"
        )
