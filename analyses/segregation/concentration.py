"""Concentration: how little room a group has."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, columns, divide, unit

_SAME = 1e-6
"""By what part the areas of zones of one size may differ: coordinates are rounded."""


def delta(group: ArrayLike, areas: ArrayLike) -> Floats:
    r"""Share of a group that would have to move for it to be equally dense everywhere.

    Parameters
    ----------
    group
        Members in each zone, (zones,) or (zones, k) for k groups at once.
    areas
        Area of each zone, (zones,), in any unit.

    Returns
    -------
    ndarray
        (k,), from 0 (the same density everywhere) to nearly 1; NaN where the group has no members.

    Notes
    -----
    .. math:: \Delta = \frac{1}{2} \sum_i \left| \frac{x_i}{X} - \frac{a_i}{A} \right|

    References
    ----------
    Hoover, E. M. (1941). Interstate redistribution of population, 1850–1940. *The Journal of
    Economic History*, 1(2), 199–205. https://doi.org/10.1017/S0022050700052980

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> delta([90, 10], [1, 1]).round(3)
    array([0.4])
    """
    x, a = columns(group), _areas(areas)
    return unit(np.abs(divide(x, x.sum(axis=0)) - a / a.sum()).sum(axis=0) / 2)


def absolute_concentration(group: ArrayLike, total: ArrayLike, areas: ArrayLike) -> Floats:
    r"""How small the zones of a group are, between the largest and the smallest it could have.

    Parameters
    ----------
    group
        Members in each zone, (zones,) or (zones, k) for k groups at once.
    total
        People in each zone, (zones,) or (zones, k).
    areas
        Area of each zone, (zones,), in any unit.

    Returns
    -------
    ndarray
        (k,), 1 where the members live in the smallest zones that have room for as many people, 0
        where in the largest; beyond both where few people live in zones of some size. NaN where
        the group has no members, and where all zones are of one size, so that there is no more or
        less room.

    Notes
    -----
    With the zones from the smallest to the largest, :math:`n_1` the one in which the number of
    people, added up from the smallest, reaches :math:`X`, :math:`n_2` the one in which it does so
    from the largest, and :math:`T_1`, :math:`T_2` those sums,

    .. math::

        ACO = 1 - \frac{\sum_i x_i a_i / X - \sum_{i=1}^{n_1} t_i a_i / T_1}
                       {\sum_{i=n_2}^{n} t_i a_i / T_2 - \sum_{i=1}^{n_1} t_i a_i / T_1}

    Zones of the same size are taken together, so that their order does not matter. As the paper
    counts whole zones, :math:`T_1` and :math:`T_2` can be many times :math:`X`, both means be
    near each other, and the value be far below 0 or above 1.

    References
    ----------
    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> absolute_concentration([90, 10, 0], [100, 100, 100], [1, 2, 5]).round(3)
    array([0.975])
    """
    x, t, a = columns(group), columns(total), _areas(areas)
    least, most = _extremes(x, t, a)
    mean = divide((x * a).sum(axis=0), x.sum(axis=0))
    return 1 + divide(mean - least, most * _apart(least, most, a))


def relative_concentration(
    group: ArrayLike, other: ArrayLike, total: ArrayLike, areas: ArrayLike
) -> Floats:
    r"""How small the zones of a group are against those of another.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once.
    total, areas
        See `absolute_concentration`.

    Returns
    -------
    ndarray
        (k,), 0 where both have as much room, towards 1 where the group has as much less as it
        could, below 0 where it has more; NaN where one of the two has no members, and where all
        zones are of one size.

    Notes
    -----
    With the terms of `absolute_concentration`,

    .. math::

        RCO = \frac{\dfrac{\sum_i x_i a_i / X}{\sum_i y_i a_i / Y} - 1}
                   {\dfrac{\sum_{i=1}^{n_1} t_i a_i / T_1}{\sum_{i=n_2}^{n} t_i a_i / T_2} - 1}

    References
    ----------
    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> relative_concentration([90, 10, 0], [0, 10, 90], [100, 100, 100], [1, 2, 5]).round(3)
    array([0.957])
    """
    x, y, t, a = columns(group), columns(other), columns(total), _areas(areas)
    least, most = _extremes(x, t, a)
    mine = divide((x * a).sum(axis=0), x.sum(axis=0))
    theirs = divide((y * a).sum(axis=0), y.sum(axis=0))
    return divide(divide(mine, theirs) - 1, _apart(least, most, a))


def _areas(areas: ArrayLike) -> Floats:
    """Give the areas as a column, or refuse them."""
    a = columns(areas)
    if not (np.isfinite(a) & (a >= 0)).all() or not a.sum() > 0:
        raise ValueError("areas must be numbers of 0 or more, one a zone, and not all 0")
    return a


def _apart(least: Floats, most: Floats, areas: Floats) -> Floats:
    """Give least / most - 1, and 0 where it is only what rounding makes of equal areas."""
    inhabited = areas[areas > 0]
    apart = divide(least, most) - 1
    same = np.ptp(inhabited) <= _SAME * inhabited.max()
    return np.where(same | (np.abs(apart) < 1e-12), 0.0, apart)


def _extremes(x: Floats, t: Floats, a: Floats) -> tuple[Floats, Floats]:
    """Give the mean area of as many people as the group in the smallest and largest zones."""
    order = np.argsort(a[:, 0], kind="stable")
    people = np.broadcast_to(t, x.shape)
    out = []
    for ranked in (order, order[::-1]):
        size = a[ranked, 0]
        apart = np.abs(np.diff(size)) > _SAME * np.maximum(size[1:], size[:-1])
        ends = np.append(np.flatnonzero(apart), len(a) - 1)
        sums = np.cumsum(people[ranked], axis=0)[ends]
        room = np.cumsum(people[ranked] * a[ranked], axis=0)[ends]
        # Sums of fractional counts may fall short of X by their last digits.
        reached = sums >= x.sum(axis=0) * (1 - 1e-12)
        last = reached.argmax(axis=0)[None]
        mean = divide(np.take_along_axis(room, last, 0), np.take_along_axis(sums, last, 0))
        out.append(mean[0])
    return out[0], out[1]
