"""Correlograms: how far likeness reaches, by distance or by order of neighbour."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy import fft, sparse
from scipy.spatial import cKDTree
from scipy.stats import norm

from ...geo import grid
from ...geo.names import quoted
from ...geo.threads import in_parts
from ._draws import TOLERANCE, Alternative, of_tails, p_value
from ._known import (
    Counts,
    Floats,
    check,
    check_whole,
    undefined_values,
    within_range,
    zones,
)
from ._moments import Sums, mantel, of_differences, of_products
from ._shuffled import SAME, quadratic, shuffles

MOST_PAIRS = 200_000_000
"""So many pairs of zones at most are gone through."""

_KEPT_PAIRS = 10_000_000
# So much is shuffled unasked: of a minute's work on one processor, less than a tenth.
_UNASKED = 999
_UNASKED_PAIRS = 2_000_000
_UNASKED_BOX = 100_000
NORMAL = "p-values of the normal distribution: so many zones are shuffled where asked to"
"""The note where values are not shuffled unasked, as it would take long."""

_BLOCK = 4_000_000
# Distances that differ by less are equal, as sides of cells are.
_EQUAL = 1e-9


class _Classes(NamedTuple):
    """How many pairs each zone is in, by class, and the products of the pairs' values."""

    degrees: Floats
    sums: Floats
    """Σ z_i z_j over the pairs of each class, both ways."""
    products: Callable[[Floats], Floats] | None
    """The same of many orders of the values: from (zones, orders) to (classes, orders).

    None where values are not shuffled.
    """


_Pairs = Iterator[tuple[Counts, Counts, Counts]]
"""Zones, others and the classes of their pairs, each pair both ways, some zones at a time."""


def correlogram(
    values: pd.Series,
    where: gpd.GeoSeries | Graph,
    *,
    distances: Sequence[float] | None = None,
    orders: int | None = None,
    statistic: Literal["moran_i", "geary_c"] = "moran_i",
    permutations: int | None = None,
    alternative: Alternative = "two-sided",
    adjust: Literal["holm", "bonferroni"] = "holm",
    seed: int = 0,
) -> pd.DataFrame:
    r"""Measure the likeness of zones that are ever farther apart.

    Its rows are distances, and its p-values those of one curve: so it is a table of its own,
    beside that of :func:`measure`.

    Parameters
    ----------
    values
        One value a zone. A zone with NaN is left out, and ``note`` says how many those are.
    where
        With ``distances``, the geometry of the zones, projected, with the index of ``values``:
        points, or areas that are represented by their centroids. With ``orders``, the graph of
        their neighbours.
    distances
        Upper ends of the classes of distance, in the unit of the coordinates, increasing: the
        first class begins at 0, each other one beyond the end of the one before.
    orders
        How many orders of neighbours: those of order 2 are the neighbours' neighbours that are not
        neighbours themselves, and so on. Of one-sided neighbours either way counts. A way leads
        through zones without a value too.
    statistic
        Of the pairs of zones of each class, each with weight 1.
    permutations
        How often the values are shuffled over the zones: 999 times unless told, but where there
        are more than 2 million pairs of zones, or a grid of more than 100,000 cells with its
        surroundings. ``note`` says so there, and the p-values are those of the normal
        distribution, as with 0.
    alternative
        Whether values as far from the middle on either side count against chance, or only those as
        large, ``"greater"``, or as small, ``"less"``.
    adjust
        How p-values are adjusted for there being as many tests as classes.
    seed
        Of the shuffling.

    Returns
    -------
    DataFrame
        ``distance_from, distance_to`` or ``order``, and ``pairs, value, expected, z, p_value,
        p_adjusted, note``, one row a class. ``pairs`` is the number of pairs of zones;
        ``expected`` and ``z`` are the mean and the standard score under randomisation, in closed
        form. NaN with the reason in ``note`` where a class has no pairs or nothing can be tested.

    Raises
    ------
    ValueError
        Where there is not one of ``distances`` and ``orders``, or what ``where`` is does not fit;
        distances do not increase from above 0; coordinates are degrees; there are more than
        :data:`MOST_PAIRS` pairs, or 10 million with permutations and no regular grid; a zone is
        there twice or has no place; or a value is infinite.

    Notes
    -----
    With :math:`b_{ij}` 1 for the :math:`P` pairs of a class, counted both ways,

    .. math::

        I = \frac{n}{2 P} \frac{\sum_{ij} b_{ij} z_i z_j}{\sum_i z_i^2}, \qquad
        C = \frac{n - 1}{4 P} \frac{\sum_{ij} b_{ij} (z_i - z_j)^2}{\sum_i z_i^2}

    over all :math:`n` zones, also those without a pair in the class. As the weights are 1 or 0,
    the variance under randomisation needs no more than the number of pairs of each zone.

    Adjusted by Holm's method, or by multiplying with the number of classes (Bonferroni), as Oden
    proposes for correlograms: a correlogram as a whole differs from chance at level α where its
    lowest ``p_adjusted`` is α or less.

    Of :math:`M` shuffles a two-sided p-value is :math:`2 / (M + 1)` at least, and after adjustment
    for :math:`k` classes :math:`k` times as much. The normal distribution is close where zones
    are many and values are not skewed. Of 81 zones with values as skewed as
    :math:`\exp(1.5 \, N)` a test at 5 % of it calls 7.5 % of random maps likely, and one at 1 %
    for ``"greater"`` up to 4 %; shuffling holds the level whatever the values are.

    On a regular grid the sums over all pairs of cells at an offset are an autocorrelation, made by
    Fourier transform; the time hardly depends on the distance. Elsewhere the pairs are gone
    through in blocks, so that memory grows with the zones and not with the pairs.

    References
    ----------
    Cliff, A. D., & Ord, J. K. (1981). *Spatial processes: models and applications*. Pion,
    chapter 5.

    Oden, N. L. (1984). Assessing the significance of a spatial correlogram. *Geographical
    Analysis*, 16(1), 1–16. https://doi.org/10.1111/j.1538-4632.1984.tb00796.x

    Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian Journal
    of Statistics*, 6(2), 65–70. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> import shapely
    >>> row = gpd.GeoSeries(shapely.box(range(0, 5000, 250), 0, range(250, 5250, 250), 250))
    >>> slope = pd.Series(np.arange(20.0))
    >>> table = correlogram(slope, row, distances=[250, 500, 1000])
    >>> table[["distance_from", "distance_to", "pairs", "value"]].round(2).values.tolist()
    [[0.0, 250.0, 19.0, 0.89], [250.0, 500.0, 18.0, 0.78], [500.0, 1000.0, 33.0, 0.59]]
    """
    _check(where, distances, orders, statistic, permutations, adjust)
    of_tails(np.ones(1), np.ones(1), alternative)
    known = values.notna().to_numpy()
    y = values.to_numpy(dtype=np.float64, na_value=np.nan)[known]
    if np.isinf(y).any():
        name = values.index[known][np.isinf(y)][0]
        raise ValueError(f"zone {quoted(name)} has an infinite value; correct it")
    y = within_range(y)
    z = y - y.mean() if len(y) else y
    if isinstance(where, Graph):
        check(values.index, where, permutations=1)
        out = pd.DataFrame({"order": np.arange(1, (orders or 0) + 1)})
        classes = _by_order(z, where, values.index[known], len(out), permutations)
    else:
        edges = np.asarray(distances, dtype=np.float64)
        out = pd.DataFrame({"distance_from": [0.0, *edges[:-1]], "distance_to": edges})
        classes = _by_distance(z, _placed(where, values.index)[known], edges, permutations)
    pairs = classes.degrees.sum(axis=1) / 2
    out["pairs"] = pairs.astype(np.int64)
    reasons = np.where(pairs == 0, "no pairs of zones", "").astype(object)
    reasons[pairs > 0] = undefined_values(y)
    some = (reasons == "").nonzero()[0]
    figures = np.full((5, len(out)), np.nan)
    if len(some):
        tested = _Tested(z, classes, some, statistic)
        value, expected, deviation = tested.value, tested.expected, tested.deviation
        score = np.full(len(some), np.nan)
        np.divide(value - expected, deviation, out=score, where=deviation > 0)
        reasons[some[deviation == 0]] = SAME
        if classes.products is None:
            least = np.finfo(float).tiny
            upper, lower = (np.maximum(tail(score), least) for tail in (norm.sf, norm.cdf))
            p = of_tails(upper, lower, alternative)
        else:
            draws = _UNASKED if permutations is None else permutations
            p = tested.permuted(classes.products, draws, alternative, seed)
        figures[:, some] = value, expected, score, p, _adjusted(p, adjust)
    names = ["value", "expected", "z", "p_value", "p_adjusted"]
    out[names] = figures.T
    missing = int((~known).sum())
    left_out = f"{zones(missing)} left out: value missing" if missing else ""
    normal = NORMAL if len(some) and permutations is None and classes.products is None else ""
    out["note"] = ["; ".join(filter(None, [said, left_out, normal])) for said in reasons]
    return out


def _check(
    where: gpd.GeoSeries | Graph,
    distances: Sequence[float] | None,
    orders: int | None,
    statistic: str,
    permutations: int | None,
    adjust: str,
) -> None:
    """Refuse what cannot be asked."""
    if (distances is None) == (orders is None):
        raise ValueError("give distances or orders, one of them")
    if isinstance(where, Graph) != (orders is not None):
        raise ValueError("distances are of geometry, and orders of a graph; give what belongs")
    if orders is not None and orders < 1:
        raise ValueError(f"orders must be 1 or more, not {orders}")
    if distances is not None:
        steps = np.diff([0.0, *distances])
        if not len(steps) or not (steps > 0).all() or not np.isfinite(steps).all():
            raise ValueError("distances must increase from above 0")
    if statistic not in ("moran_i", "geary_c"):
        raise ValueError(f"statistic is {statistic!r}; there are 'moran_i' and 'geary_c'")
    if adjust not in ("holm", "bonferroni"):
        raise ValueError(f"adjust is {adjust!r}; there are 'holm' and 'bonferroni'")
    if permutations is not None:
        check_whole("permutations", permutations, 0)


def _placed(where: gpd.GeoSeries | Graph, index: pd.Index) -> gpd.GeoSeries:
    """Give the geometry of the zones in their order."""
    if not index.is_unique:
        raise ValueError(
            f"zone {quoted(index[index.duplicated()][0])} is there twice; name each once"
        )
    if where.crs is not None and where.crs.is_geographic:
        raise ValueError("coordinates are degrees; project the geometry to metres first")
    placed = where if where.index.equals(index) else where.reindex(index)
    empty = (placed.isna() | placed.is_empty).to_numpy()
    if empty.any():
        raise ValueError(f"zone {quoted(index[empty][0])} has no place; leave it out")
    return placed


class _Tested:
    """A statistic of the classes that have pairs, as it is and over shuffled values."""

    def __init__(self, z: Floats, classes: _Classes, some: Counts, statistic: str) -> None:
        self._z, self._some = z, some
        self._degrees = classes.degrees[some]
        both, self._unlike = self._degrees.sum(axis=1), statistic == "geary_c"
        share = (len(z) - 1) / (2 * both) if self._unlike else len(z) / both
        self._scale = (share / (z @ z))[:, None]
        self.value = self._measure(z[:, None], classes.sums[some, None])[:, 0]
        made = of_differences(z) if self._unlike else of_products(z, z)
        none = np.zeros(len(z))
        moments = [mantel(Sums(none, d, float(d.sum())), made) for d in self._degrees]
        mean, variance = np.array(moments).T
        self.expected = self._scale[:, 0] * mean
        self.deviation = self._scale[:, 0] * np.sqrt(variance)

    def _measure(self, z: Floats, sums: Floats) -> Floats:
        if self._unlike:
            # Σ b_ij (z_i − z_j)², multiplied out.
            sums = 2 * (self._degrees @ z**2 - sums)
        return np.asarray(self._scale * sums)

    def permuted(
        self,
        products: Callable[[Floats], Floats],
        permutations: int,
        alternative: Alternative,
        seed: int,
    ) -> Floats:
        """Give p-values from as many orders of the values."""
        n, slack = len(self._z), TOLERANCE * (np.abs(self.value) + self.deviation)[:, None]
        block = max(1, _BLOCK // n)
        starts = range(0, permutations, block)
        value = self.value[:, None]
        counts = np.zeros((2, len(starts), len(value)), dtype=np.int64)

        def work(first: int, last: int) -> None:
            for turn in range(first, last):
                many = min(block, permutations - starts[turn])
                shuffled = self._z[shuffles(n, many, seed, starts[turn]).T]
                sums = products(shuffled)[self._some]
                drawn = self._measure(shuffled, sums)
                counts[0, turn] = (drawn >= value - slack).sum(axis=1)
                counts[1, turn] = (drawn <= value + slack).sum(axis=1)

        in_parts(len(starts), work, least=2)
        larger, smaller = counts.sum(axis=1)
        return p_value(larger, smaller, permutations, alternative)


def _adjusted(p: Floats, adjust: str) -> Floats:
    """Adjust p-values for as many tests as there are; one that is undefined is none."""
    out = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    if adjust == "bonferroni":
        out[tested] = np.minimum(1.0, p[tested] * len(tested))
        return out
    order = tested[np.argsort(p[tested])]
    left = len(order) - np.arange(len(order))
    out[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * left))
    return out


def _by_distance(
    z: Floats, geometry: gpd.GeoSeries, edges: Floats, permutations: int | None
) -> _Classes:
    cells = grid.detect(geometry) if len(geometry) else None
    if cells is not None:
        reach = int(edges[-1] * (1 + _EQUAL) / cells.size)
        rows, columns = int(cells.row.max()) + 1, int(cells.column.max()) + 1
        box = (rows + min(reach, rows)) * (columns + min(reach, columns))
        # Cells that are few and far between are no worse off as points.
        if box <= 50 * len(geometry) + 1_000_000:
            few = permutations is None and box <= _UNASKED_BOX
            return _of_grid(z, cells, edges, shuffled=few or bool(permutations))
    centres = geometry.centroid
    points = np.column_stack([centres.x, centres.y])
    return _of_pairs(_near(points, edges, permutations), z, len(edges), permutations)


def _of_grid(z: Floats, cells: grid.Grid, edges: Floats, shuffled: bool) -> _Classes:
    """Count and multiply pairs of cells by their offsets."""
    row, column, classes = cells.row, cells.column, len(edges)
    shape = np.array([int(row.max()) + 1, int(column.max()) + 1])
    reach = np.minimum(int(edges[-1] * (1 + _EQUAL) / cells.size), shape - 1)
    # As wide as both together, no offset within reach meets one from the other end.
    size = tuple(fft.next_fast_len(int(n), real=True) for n in shape + reach)
    down, right = (np.arange(-r, r + 1) for r in reach)
    kind = np.searchsorted(
        edges * (1 + _EQUAL), np.hypot(down[:, None], right[None, :]) * cells.size
    )
    kind[reach[0], reach[1]] = classes
    at = np.ix_(down % size[0], right % size[1])

    def spectrum(z: Floats) -> Floats:
        plane = np.zeros(size)
        plane[row, column] = z
        return fft.rfft2(plane)

    there = spectrum(np.ones(len(row)))
    degrees = np.empty((classes, len(row)))
    power = np.empty((classes, there.size))
    # Half of the spectrum stands for all of it: its inner columns are there twice.
    twice = np.full(there.shape, 2.0)
    twice[:, 0] = 1.0
    if size[1] % 2 == 0:
        twice[:, -1] = 1.0
    for one in range(classes):
        near = np.zeros(size)
        near[at] = kind == one
        spread = fft.rfft2(near)
        degrees[one] = np.rint(fft.irfft2(there * spread, s=size)[row, column])
        power[one] = (spread.real * twice).ravel() / near.size

    def products(z: Floats) -> Floats:
        # By Parseval, a sum over offsets is one over the spectrum: nothing is transformed back.
        out = np.empty((classes, z.shape[1]))
        for turn in range(z.shape[1]):
            found = spectrum(z[:, turn])
            out[:, turn] = power @ (found.real**2 + found.imag**2).ravel()
        return out

    return _Classes(degrees, products(z[:, None])[:, 0], products if shuffled else None)


def _near(points: Floats, edges: Floats, permutations: int | None) -> _Pairs:
    """Give the pairs of points within reach, and the classes of their distances."""
    if not len(points):
        return
    tree, reach = cKDTree(points), float(edges[-1] * (1 + _EQUAL))
    number = tree.query_ball_point(points, reach, return_length=True, workers=-1)
    pairs, most = (int(number.sum()) - len(points)) // 2, _most(permutations)
    if pairs > most:
        less = reach * (most / pairs) ** 0.5
        raise ValueError(
            f"there are {pairs:,} pairs of zones within {edges[-1]:g}; no more than {most:,} are "
            f"gone through: try a distance of {float(f'{less:.1g}'):g}"
        )
    for start, stop in _blocks(number):
        part = cKDTree(points[start:stop])
        found = part.sparse_distance_matrix(tree, reach, output_type="ndarray")
        i, j = found["i"] + start, found["j"]
        other = i != j
        kind = np.searchsorted(edges * (1 + _EQUAL), found["v"][other])
        yield i[other], j[other], kind


def _by_order(
    z: Floats, graph: Graph, known: pd.Index, orders: int, permutations: int | None
) -> _Classes:
    number = np.full(graph.n, -1)
    number[graph.unique_ids.get_indexer(known)] = np.arange(len(known))

    def pairs() -> _Pairs:
        for i, j, kind in _rings(graph, orders, permutations):
            i, j = number[i], number[j]
            both = (i >= 0) & (j >= 0)
            yield i[both], j[both], kind[both]

    return _of_pairs(pairs(), z, orders, permutations)


def _rings(graph: Graph, orders: int, permutations: int | None) -> _Pairs:
    """Give the pairs of zones that are so many steps apart."""
    links = sparse.csr_array(graph.sparse, dtype=np.float32)
    links.setdiag(0)
    links = sparse.csr_array(links + links.T)
    links.eliminate_zeros()
    links.data[:] = 1
    n, most, seen = links.shape[0], _most(permutations), 0
    per_zone = max(1.0, links.nnz / max(n, 1)) * orders**2
    for start, stop in _blocks(np.full(n, per_zone)):
        ring = sparse.eye_array(n, format="csr", dtype=np.float32)[start:stop]
        inside = ring
        for order in range(orders):
            reached = sparse.csr_array(ring @ links)
            reached.data[:] = 1
            ring = sparse.csr_array(reached - reached.multiply(inside))
            ring.eliminate_zeros()
            inside = inside + ring
            i, j = ring.nonzero()
            seen += len(i)
            if seen > 2 * most:
                raise ValueError(
                    f"there are more than {most:,} pairs of zones up to order {orders}; take fewer"
                )
            yield i + start, j, np.full(len(i), order)


def _most(permutations: int | None) -> int:
    return _KEPT_PAIRS if permutations else MOST_PAIRS


def _blocks(number: Floats | Counts) -> list[tuple[int, int]]:
    """Cut zones into runs that have some millions of pairs, or are one zone."""
    part = np.cumsum(number) // _BLOCK
    edges = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(number)]
    return list(pairwise(edges))


def _of_pairs(pairs: _Pairs, z: Floats, classes: int, permutations: int | None) -> _Classes:
    """Count and multiply pairs as they come, and keep them only where values are shuffled."""
    n, shuffled, many_pairs = len(z), permutations != 0, 0
    degrees, sums = np.zeros((classes, n)), np.zeros(classes)
    kept: list[list[tuple[Counts, Counts]]] = [[] for _ in range(classes)]
    for i, j, kind in pairs:
        if not len(i):
            continue
        first, many = int(i.min()), int(i.max() - i.min()) + 1
        found = np.bincount(kind * many + i - first, minlength=classes * many)
        degrees[:, first : first + many] += found.reshape(classes, many)
        sums += np.bincount(kind, z[i] * z[j], classes)
        many_pairs += len(i)
        if permutations is None and many_pairs > 2 * _UNASKED_PAIRS:
            shuffled, kept = False, [[] for _ in range(classes)]
        for one in range(classes) if shuffled else ():
            once = (kind == one) & (i < j)
            kept[one].append((i[once].astype(np.int32), j[once].astype(np.int32)))
    if not shuffled:
        return _Classes(degrees, sums, None)
    halves = []
    for several in kept:
        if not several:
            several = [(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32))]
        i, j = (np.concatenate(side) for side in zip(*several, strict=True))
        halves.append(sparse.csr_array((np.ones(len(i)), (i, j)), shape=(n, n)))

    def products(z: Floats) -> Floats:
        return np.array([2 * quadratic(half, z) for half in halves])

    return _Classes(degrees, sums, products)
