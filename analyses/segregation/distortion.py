"""Distortion: how far one must look around to see the population as it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.special import spence

from ...geo.grid import Grid
from ...geo.threads import in_parts
from ._terms import Floats
from .multigroup import Value, answer, tables

Whole = NDArray[np.integer]

EXACT_UP_TO = 10_000
"""Zones up to which the global distortion looks from every zone."""

SAMPLE = 1_000
"""People from whose zones it looks where there are more."""

_BLOCK = 1 << 18
"""Distances that a thread has sorted at once."""

_SPARSE = 32
"""Places of the grid for a zone from which sorting the zones is faster than a table of places."""

_ALIKE = 1 + 1e-9
"""Distances that differ by less than this factor are the same but for rounding."""


def local_distortion(
    counts: ArrayLike,
    points: ArrayLike | None,
    *,
    cells: Grid | None = None,
    zones: ArrayLike | None = None,
) -> Floats:
    r"""How far from a zone one must look to see the groups in the shares of the whole.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k), none missing.
    points
        Where each zone is, (zones, 2), in any unit of length; not used with ``cells``.
    cells
        Rows and columns of the zones, where they are cells of a regular grid (see
        :func:`kvarter.geo.grid.detect`): faster, and the distances are exact.
    zones
        Positions of the zones to look from; all unless told. The time grows with their number
        times that of all zones.

    Returns
    -------
    ndarray
        By zone looked from, (zones,) or (zones, k): from 0 (whatever the distance, the shares are
        those of the whole) to 1 (the most segregated that this population could be). NaN for a
        zone without people, and for all where fewer than two groups have members.

    Raises
    ------
    ValueError
        Where a count is negative, infinite or missing, a place is not known, or lengths differ.

    Notes
    -----
    Around zone :math:`i` all zones are added up by growing distance, those at the same distance
    at once. With :math:`q_m(v)` the share of group :math:`m` among the nearest people, who are
    the share :math:`v` of all, and :math:`\pi_m` its share of all people,

    .. math:: D_i(v) = \sum_m q_m(v) \ln \frac{q_m(v)}{\pi_m}, \qquad 0 < v \le 1

    is the trajectory of divergences; the people who are added at once all see what is there when
    they have come, so :math:`D_i` is a step function that ends with 0. The focal distance
    :math:`\tau_i(\delta)` is the :math:`v` from which on :math:`D_i` stays below
    :math:`\delta`, and the distortion coefficient adds it up over all :math:`\delta`:

    .. math::

        \Delta_i = \frac{1}{\Delta_{\max}} \int_0^\infty \tau_i(\delta) \, d\delta
        = \frac{1}{\Delta_{\max}} \int_0^1 \sup_{w \ge v} D_i(w) \, dv

    :math:`\Delta_{\max}` is what the most isolated person of the smallest group sees where each
    group has its own ghetto and these lie in a row by size, one person added after the other.
    With the shares in growing order and :math:`C_m = \pi_1 + \dots + \pi_{m-1}`, the integral is

    .. math::

        \Delta_{\max} = -\sum_{m \ge 2} C_m \, \mathrm{Li}_2 \left( -\frac{\pi_m}{C_m} \right)

    with the dilogarithm :math:`\mathrm{Li}_2`. Persons are taken as infinitely small, so that the
    coefficient depends on shares and not on how many people there are, and zones of many people
    stay below 1 however segregated.

    Distances that differ by less than a billionth are the same.

    References
    ----------
    Olteanu, M., Randon-Furling, J., & Clark, W. A. V. (2019). Segregation through the multiscalar
    lens. *Proceedings of the National Academy of Sciences*, 116(25), 12250–12254.
    https://doi.org/10.1073/pnas.1900192116

    Examples
    --------
    >>> local_distortion([[90, 10], [80, 20], [10, 90]], [[0, 0], [1, 0], [2, 0]]).round(3)
    array([0.273, 0.066, 0.433])
    """
    n, places = _checked(counts, points, cells)
    chosen = np.arange(len(n)) if zones is None else np.asarray(zones)
    if chosen.ndim != 1 or not np.issubdtype(chosen.dtype, np.integer):
        raise ValueError("zones to look from are given by whole numbers, their positions")
    if len(chosen) and (chosen.min() < 0 or chosen.max() >= len(n)):
        raise ValueError(f"zones to look from go from 0 to {len(n) - 1}")
    out = np.stack([_local(n[:, :, k], places, cells, chosen) for k in range(n.shape[2])], axis=1)
    return out if np.ndim(counts) == 3 else out[:, 0]


def global_distortion(
    counts: ArrayLike,
    points: ArrayLike | None,
    *,
    cells: Grid | None = None,
    exact_up_to: int = EXACT_UP_TO,
    sample: int = SAMPLE,
    seed: int = 0,
) -> Value:
    r"""How far people must look to see the groups in the shares of the whole, on average.

    Parameters
    ----------
    counts, points, cells
        See :func:`local_distortion`.
    exact_up_to
        Up to how many zones with people it is computed from every zone. Above that, it is
        estimated from the zones of a sample of people.
    sample
        People in the sample.
    seed
        Seed of the sample.

    Returns
    -------
    float or ndarray
        From 0 (every zone has the groups in the same shares) to less than 1, as not everybody can
        be the most isolated person; NaN where fewer than two groups have members. (k,) for k
        replicates.

    Raises
    ------
    ValueError
        Where a count is negative, infinite or missing, a place is not known, or lengths differ.

    Notes
    -----
    With :math:`t_i` of all :math:`T` people in zone :math:`i`, it is
    :math:`\sum_i t_i \Delta_i / T` with the :func:`local_distortion` :math:`\Delta_i`.

    The sample draws zones with replacement in proportion to their people, so that its plain mean
    is an unbiased estimate. Its standard error is that of the mean of 1,000 coefficients: a
    thirtieth of the standard deviation among people. The sample depends on the seed and not on
    the machine's number of cores.

    References
    ----------
    Olteanu, M., Randon-Furling, J., & Clark, W. A. V. (2019). Segregation through the multiscalar
    lens. *Proceedings of the National Academy of Sciences*, 116(25), 12250–12254.
    https://doi.org/10.1073/pnas.1900192116

    Examples
    --------
    >>> round(global_distortion([[90, 10], [80, 20], [10, 90]], [[0, 0], [1, 0], [2, 0]]), 3)
    0.257
    """
    n, places = _checked(counts, points, cells)
    if sample < 1:
        raise ValueError(f"the sample is of {sample} people; give at least 1")
    values = []
    for k in range(n.shape[2]):
        table = n[:, :, k]
        people = table.sum(axis=1)
        lived = np.flatnonzero(people > 0)
        if len(lived) > exact_up_to:
            chance = people[lived] / people[lived].sum()
            drawn = np.random.default_rng(seed).choice(lived, size=sample, p=chance)
            lived, weight = np.unique(drawn, return_counts=True)
        else:
            weight = people[lived]
        seen = _local(table, places, cells, lived)
        values.append(float(weight @ seen / weight.sum()) if len(lived) else float("nan"))
    return answer(np.array(values), counts)


def _checked(
    counts: ArrayLike, points: ArrayLike | None, cells: Grid | None
) -> tuple[Floats, Floats]:
    """Give counts as (zones, groups, k) and the places of the zones."""
    n = tables(counts)
    if not np.isfinite(n).all() or (n < 0).any():
        raise ValueError("counts are 0 or more; leave out the zones where one is missing")
    if cells is not None:
        places = np.stack([cells.column, cells.row], axis=1).astype(np.float64)
    elif points is not None:
        places = np.asarray(points, dtype=np.float64)
    else:
        raise ValueError("give the places of the zones, as points or as cells of a grid")
    if places.ndim != 2 or places.shape != (len(n), 2):
        raise ValueError(f"there are {len(n)} zones, but places of shape {places.shape}")
    if not np.isfinite(places).all():
        raise ValueError("the place of a zone is missing; leave out the zones without one")
    return n, places


def _local(n: Floats, places: Floats, cells: Grid | None, chosen: Whole) -> Floats:
    """Give the distortion coefficients of the chosen zones."""
    people = n.sum(axis=1)
    out = np.full(len(chosen), np.nan)
    members = n.sum(axis=0)
    # A zone or a group without people changes no trajectory.
    groups, lived = members > 0, people > 0
    if groups.sum() < 2:
        return out
    share = members[groups] / members.sum()
    kept = np.ascontiguousarray(n[lived][:, groups])
    place = np.cumsum(lived) - 1
    from_here = np.flatnonzero(lived[chosen])
    focal = place[chosen[from_here]]
    where = places[lived]
    look = _grid_look(kept, share, where) if cells is not None else None
    if look is None:
        look = _plain_look(kept, share, where)
    areas = np.empty(len(focal))

    def part(start: int, stop: int) -> None:
        areas[start:stop] = look(focal[start:stop])

    in_parts(len(focal), part, least=32)
    out[from_here] = np.clip(areas / _maximum(share), 0.0, 1.0)
    return out


def _maximum(share: Floats) -> float:
    """Give the integral of the most isolated person of the smallest group."""
    sizes = np.sort(share)
    before = np.cumsum(sizes)[:-1]
    # spence(z) is the dilogarithm of 1 - z.
    return float(-(before * spence(1 + sizes[1:] / before)).sum())


def _grid_look(n: Floats, share: Floats, where: Floats) -> Callable[[Whole], Floats] | None:
    """Look around in a grid, by a table of the distances between rows and columns.

    None where the grid has so many empty places that sorting the zones is faster.
    """
    column, row = (where - where.min(axis=0)).astype(np.int64).T
    rows, columns = int(row.max()) + 1, int(column.max()) + 1
    if rows * columns > max(_SPARSE * len(n), 4096):
        return None
    squared = np.arange(rows)[:, None] ** 2 + np.arange(columns) ** 2
    there, rank = np.unique(squared, return_inverse=True)
    ranks = rank.reshape(rows, columns).astype(np.int32)

    def look(focal: Whole) -> Floats:
        return _of_grid(focal, row, column, ranks, len(there), n, share)

    return look


def _plain_look(n: Floats, share: Floats, where: Floats) -> Callable[[Whole], Floats]:
    """Look around among points, by sorting the distances."""
    step = max(1, _BLOCK // len(n))

    def look(focal: Whole) -> Floats:
        parts = [np.empty(0)]
        for start in range(0, len(focal), step):
            block = focal[start : start + step]
            apart = where[block, None] - where
            squared = np.einsum("fzc,fzc->fz", apart, apart)
            # numpy sorts some times faster than numba.
            parts.append(_of_order(np.argsort(squared, axis=1), squared, n, share))
        return np.concatenate(parts)

    return look


@njit(cache=True, nogil=True)
def _of_grid(
    focal: Whole, row: Whole, column: Whole, ranks: Whole, distances: int, n: Floats, share: Floats
) -> Floats:
    """Add the people around each focal cell by their distance, and give the integrals."""
    zones, groups = n.shape
    out = np.empty(len(focal))
    rings = np.zeros((distances, groups))
    kl, width = np.empty(distances), np.empty(distances)
    seen = np.empty(groups)
    for at in range(len(focal)):
        own_row, own_column = row[focal[at]], column[focal[at]]
        for zone in range(zones):
            ring = ranks[abs(row[zone] - own_row), abs(column[zone] - own_column)]
            for group in range(groups):
                rings[ring, group] += n[zone, group]
        seen[:] = 0.0
        people, steps = 0.0, 0
        for ring in range(distances):
            added = 0.0
            for group in range(groups):
                added += rings[ring, group]
                seen[group] += rings[ring, group]
                rings[ring, group] = 0.0
            if added > 0.0:
                people += added
                width[steps] = added
                kl[steps] = _divergence(seen, people, share)
                steps += 1
        out[at] = _area(kl, width, steps, people)
    return out


@njit(cache=True, nogil=True)
def _of_order(order: Whole, squared: Floats, n: Floats, share: Floats) -> Floats:
    """Add the people around each focal zone in its order of zones, and give the integrals."""
    zones, groups = n.shape
    out = np.empty(len(order))
    kl, width = np.empty(zones), np.empty(zones)
    seen = np.empty(groups)
    for at in range(len(order)):
        seen[:] = 0.0
        people, steps, rank = 0.0, 0, 0
        while rank < zones:
            same = squared[at, order[at, rank]] * _ALIKE * _ALIKE
            added = 0.0
            while rank < zones and squared[at, order[at, rank]] <= same:
                for group in range(groups):
                    added += n[order[at, rank], group]
                    seen[group] += n[order[at, rank], group]
                rank += 1
            people += added
            width[steps] = added
            kl[steps] = _divergence(seen, people, share)
            steps += 1
        out[at] = _area(kl, width, steps, people)
    return out


@njit(cache=True, nogil=True)
def _divergence(seen: Floats, people: float, share: Floats) -> float:
    """Give the divergence of those seen from the whole."""
    total = 0.0
    for group in range(len(seen)):
        if seen[group] > 0.0:
            part = seen[group] / people
            total += part * np.log(part / share[group])
    return total


@njit(cache=True, nogil=True)
def _area(kl: Floats, width: Floats, steps: int, people: float) -> float:
    """Integrate the running supremum from the far end over the share of people."""
    area, most = 0.0, 0.0
    for step in range(steps - 1, -1, -1):
        most = max(most, kl[step])
        area += most * width[step]
    return area / people
