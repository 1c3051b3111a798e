"""Segregation across the borders of zones: what neighbours have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from ...geo.threads import in_parts
from . import evenness
from ._terms import Floats, columns, divide, share

EXACT_UP_TO = 20_000
"""Of more zones, the profile is estimated from paths that begin in a part of them."""

_FIRST, _OTHERS = 200, 800
"""So many zones, richest in the group, begin paths; and so many of the others."""


def spatial_dissimilarity(
    group: ArrayLike, other: ArrayLike, neighbours: sparse.sparray
) -> Floats:
    r"""Dissimilarity less the mean difference between neighbouring zones (Morrill's D(adj)).

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once.
    neighbours
        (zones, zones), a weight above 0 for each pair of neighbours.

    Returns
    -------
    ndarray
        (k,), at most `dissimilarity`; on a chessboard 0, where that is 1. NaN where one of the
        two has no members, or no two zones with people are neighbours.

    Notes
    -----
    .. math:: D(adj) = D - \frac{\sum_i \sum_j c_{ij} |p_i - p_j|}{\sum_i \sum_j c_{ij}}

    with :math:`p_i = x_i / t_i`. A zone without people has no share to differ by: its pairs are
    left out of both sums.

    References
    ----------
    Morrill, R. L. (1991). On the measure of geographic segregation. *Geography Research Forum*,
    11, 25–36.

    Examples
    --------
    >>> chain = sparse.csr_array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> spatial_dissimilarity([90, 50, 10], [10, 50, 90], chain).round(3)
    array([0.133])
    """
    return _less(group, other, neighbours)


def boundary_dissimilarity(group: ArrayLike, other: ArrayLike, borders: sparse.sparray) -> Floats:
    r"""`spatial_dissimilarity` in which a long common border weighs more than a short one.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once.
    borders
        (zones, zones), the length of each pair's common border, see `kvarter.geo.borders`.

    Returns
    -------
    ndarray
        (k,), see `spatial_dissimilarity`.

    Notes
    -----
    .. math::

        D(w) = D - \sum_{i<j} w_{ij} |p_i - p_j|, \qquad
        w_{ij} = \frac{b_{ij}}{\sum_{i<j} b_{ij}}

    Each pair counts once. (Written over ordered pairs, with weights that add up to 1, the sum must
    not be halved once more: on a chessboard it then is 1, and :math:`D(w)` is 0.)

    References
    ----------
    Wong, D. W. S. (1993). Spatial indices of segregation. *Urban Studies*, 30(3), 559–572.
    https://doi.org/10.1080/00420989320080551

    Examples
    --------
    >>> chain = sparse.csr_array([[0, 250, 0], [250, 0, 250], [0, 250, 0]])
    >>> boundary_dissimilarity([90, 50, 10], [10, 50, 90], chain).round(3)
    array([0.133])
    """
    return _less(group, other, borders)


def perimeter_area_dissimilarity(
    group: ArrayLike,
    other: ArrayLike,
    borders: sparse.sparray,
    areas: ArrayLike,
    perimeters: ArrayLike,
) -> Floats:
    r"""`boundary_dissimilarity` in which borders of stretched-out zones weigh more.

    Parameters
    ----------
    group, other, borders
        See `boundary_dissimilarity`.
    areas, perimeters
        Area and length of outline of each zone, (zones,), in units that belong together.

    Returns
    -------
    ndarray
        (k,), from `boundary_dissimilarity` to `dissimilarity`; the former where all zones are of
        one size and shape.

    Notes
    -----
    With :math:`R_i` the perimeter of a zone over its area and the other terms of
    `boundary_dissimilarity`,

    .. math:: D(s) = D - \sum_{i<j} w_{ij} |p_i - p_j| \frac{R_i + R_j}{2 \max R}

    References
    ----------
    Wong, D. W. S. (1993). Spatial indices of segregation. *Urban Studies*, 30(3), 559–572.
    https://doi.org/10.1080/00420989320080551

    Examples
    --------
    >>> chain = sparse.csr_array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> perimeter_area_dissimilarity(
    ...     [90, 50, 10], [10, 50, 90], chain, [1, 1, 2], [4, 4, 6]).round(3)
    array([0.158])
    """
    ratio = np.asarray(perimeters, float) / np.asarray(areas, float)
    if not (np.isfinite(ratio) & (ratio > 0)).all():
        raise ValueError("areas and perimeters must be above 0 for every zone")
    return _less(group, other, borders, ratio)


def _less(
    group: ArrayLike, other: ArrayLike, weights: sparse.sparray, ratio: Floats | None = None
) -> Floats:
    """Take the weighted mean difference of neighbours off the dissimilarity."""
    x, y = np.broadcast_arrays(columns(group), columns(other))
    pairs = sparse.coo_array(weights)
    if pairs.shape != (len(x), len(x)):
        raise ValueError(f"the weights are {pairs.shape}, and there are {len(x)} zones")
    keep = (pairs.row != pairs.col) & (pairs.data > 0)
    i, j, weight = pairs.row[keep], pairs.col[keep], pairs.data[keep].astype(float)[:, None]
    t = x + y
    p = share(x, t)
    peopled = (t[i] > 0) & (t[j] > 0)
    apart = np.abs(p[i] - p[j]) * weight * peopled
    if ratio is not None:
        apart *= ((ratio[i] + ratio[j]) / (2 * ratio.max()))[:, None]
    return evenness.dissimilarity(x, y) - divide(apart.sum(axis=0), (weight * peopled).sum(axis=0))


def spatial_proximity_profile(
    group: ArrayLike, total: ArrayLike, neighbours: sparse.sparray
) -> Floats:
    r"""How near to each other, in steps, the zones lie where the group's share is great.

    Parameters
    ----------
    group
        Members in each zone, (zones,) or (zones, k) for k groups at once.
    total
        People in each zone, (zones,) or (zones, k).
    neighbours
        (zones, zones), symmetric, above 0 for each pair of neighbours; there must be a path
        between any two zones.

    Returns
    -------
    ndarray
        (k,), around 0 where nothing sets the group's zones apart, to 1 where the zones in which
        its share is above that of the whole are all neighbours; NaN where the group has no members
        or is everybody, or where there is no path between some zones.

    Notes
    -----
    Of the :math:`k_t` zones in which the group's share is :math:`t` or more, with
    :math:`\delta_{ij}` the least number of steps between two of them,

    .. math::

        \eta_t = \frac{k_t^2 - k_t}{\sum_i \sum_j \delta_{ij}}, \qquad
        SPP = \frac{P - \int_0^P \eta_t \, dt + \int_P^1 \eta_t \, dt}{1 - P}

    and :math:`\eta_t = 0` for fewer than two zones. It is a step function of :math:`t`, which is
    added up step by step. Zones without people have no share; paths lead through them.

    Of more than 20,000 zones, paths begin in the 200 of greatest share and in 800 others, evenly
    spaced by share, which stand for the rest.

    References
    ----------
    Hong, S.-Y., & Sadahiro, Y. (2014). Measuring geographic segregation: a graph-based approach.
    *Journal of Geographical Systems*, 16(2), 211–231. https://doi.org/10.1007/s10109-013-0190-7

    Examples
    --------
    >>> chain = sparse.csr_array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> spatial_proximity_profile([90, 80, 10], [100, 100, 100], chain).round(3)
    array([0.563])
    """
    x, t = np.broadcast_arrays(columns(group), columns(total))
    graph = sparse.csr_array(neighbours)
    out = np.full(x.shape[1], np.nan)
    if sparse.csgraph.connected_components(graph, directed=False)[0] > 1:
        return out
    all_x, all_t = x.sum(axis=0), t.sum(axis=0)
    ranks, starts, weights, orders = [], [], [], []
    for k in range(x.shape[1]):
        lived = np.flatnonzero(t[:, k] > 0)
        order = lived[np.argsort(-x[lived, k] / t[lived, k], kind="stable")]
        rank = np.full(len(x), len(x), dtype=np.int64)
        rank[order] = np.arange(len(order))
        weight = np.zeros(len(x))
        weight[order] = _weights(len(order))
        orders.append(order)
        ranks.append(rank)
        weights.append(weight)
        starts.append(weight > 0)
    from ._paths import steps_to_higher

    sources = np.flatnonzero(np.any(starts, axis=0))
    indptr, indices = graph.indptr.astype(np.int64), graph.indices.astype(np.int64)
    ranked = np.stack(ranks, axis=1)
    steps = np.empty((len(sources), ranked.shape[1]))
    in_parts(
        len(sources),
        lambda begin, end: steps_to_higher(indptr, indices, sources, ranked, begin, end, steps),
        least=200,
    )
    for k, order in enumerate(orders):
        if not 0 < all_x[k] < all_t[k]:
            continue
        far = np.zeros(len(x))
        far[sources] = steps[:, k] * weights[k][sources]
        together = 2 * np.cumsum(far[order])
        zones = np.arange(1, len(order) + 1)
        near = np.nan_to_num(divide(zones**2 - zones, together))
        p = x[order, k] / t[order, k]
        whole = all_x[k] / all_t[k]
        # Between a share and the next lower one, the zones up to that share are in.
        top, low = p, np.append(p[1:], 0.0)
        above = (np.maximum(top, whole) - np.maximum(low, whole)) * near
        below = (np.minimum(top, whole) - np.minimum(low, whole)) * near
        out[k] = (whole - below.sum() + above.sum()) / (1 - whole)
    return out


def _weights(zones: int) -> Floats:
    """Say for how many zones each stands, by rank: 1 each, or a part for all."""
    weight = np.ones(zones)
    if zones > EXACT_UP_TO:
        rest = zones - _FIRST
        chosen = _FIRST + (np.arange(_OTHERS) + 0.5) * rest / _OTHERS
        weight[_FIRST:] = 0.0
        weight[chosen.astype(int)] = rest / _OTHERS
    return weight
