"""Clustering: whether the zones of a group lie beside each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, columns, divide

Sums = Callable[[Floats], Floats]
"""Gives Σⱼ cᵢⱼ vⱼ for each column of values, see `kvarter.geo.kernels.weighted_sums`."""


def absolute_clustering(group: ArrayLike, total: ArrayLike, sums: Sums) -> Floats:
    r"""Mean number of members near a member, as a share of the people near them, beyond chance.

    Parameters
    ----------
    group
        Members in each zone, (zones,) or (zones, k) for k groups at once.
    total
        People in each zone, (zones,) or (zones, k).
    sums
        Gives :math:`\sum_j c_{ij} v_j` for each column of values, see
        `kvarter.geo.kernels.weighted_sums`.

    Returns
    -------
    ndarray
        (k,), around 0 where the group lies scattered, to 1 where all people near its members are
        of it; NaN where the group has no members.

    Notes
    -----
    With :math:`n` zones and :math:`c_{ij} = e^{-d_{ij}}`, or another decay of distance,

    .. math::

        ACL = \frac{\sum_i \frac{x_i}{X} \sum_j c_{ij} x_j - \frac{X}{n^2} \sum_i \sum_j c_{ij}}
                   {\sum_i \frac{x_i}{X} \sum_j c_{ij} t_j - \frac{X}{n^2} \sum_i \sum_j c_{ij}}

    References
    ----------
    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> near = np.exp(-np.array([[0.2, 3], [3, 0.2]]))
    >>> absolute_clustering([90, 10], [100, 100], lambda v: near @ v).round(3)
    array([0.567])
    """
    x, t = columns(group), columns(total)
    shares = divide(x, x.sum(axis=0))
    even = x.sum(axis=0) / len(x) ** 2 * sums(np.ones((len(x), 1))).sum()
    mine, all_people = (shares * sums(x)).sum(axis=0), (shares * sums(t)).sum(axis=0)
    return divide(mine - even, all_people - even)


def spatial_proximity(group: ArrayLike, other: ArrayLike, sums: Sums) -> Floats:
    r"""Mean nearness within two groups, over that between all their members.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once.
    sums
        See `absolute_clustering`.

    Returns
    -------
    ndarray
        (k,), 1 where members of both are as near to each other as to their own, above it where
        they live nearer to their own, below it where nearer to the other; NaN where one of the two
        has no members.

    Notes
    -----
    With :math:`P_{xy} = \sum_i \sum_j x_i y_j c_{ij} / (X Y)` and :math:`T = X + Y`,

    .. math:: SP = \frac{X P_{xx} + Y P_{yy}}{T P_{tt}}

    References
    ----------
    White, M. J. (1983). The measurement of spatial segregation. *American Journal of Sociology*,
    88(5), 1008–1018. https://doi.org/10.1086/227768

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> near = np.exp(-np.array([[0.2, 3], [3, 0.2]]))
    >>> spatial_proximity([90, 10], [10, 90], lambda v: near @ v).round(3)
    array([1.567])
    """
    x, y = np.broadcast_arrays(columns(group), columns(other))
    all_x, all_y = x.sum(axis=0), y.sum(axis=0)
    near_x, near_y = sums(x), sums(y)
    xx, yy, xy = (x * near_x).sum(axis=0), (y * near_y).sum(axis=0), (x * near_y).sum(axis=0)
    everybody = divide(xx + yy + 2 * xy, all_x + all_y)
    return divide(divide(xx, all_x) + divide(yy, all_y), everybody)


def relative_clustering(group: ArrayLike, other: ArrayLike, sums: Sums) -> Floats:
    r"""Mean nearness of the members of a group to each other, against that of another.

    Parameters
    ----------
    group, other, sums
        See `spatial_proximity`.

    Returns
    -------
    ndarray
        (k,), 0 where both are as near to their own, above it where the group is nearer, below it
        where the other is; NaN where one of the two has no members.

    Notes
    -----
    .. math:: RCL = \frac{P_{xx}}{P_{yy}} - 1

    with the terms of `spatial_proximity`.

    References
    ----------
    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> near = np.exp(-np.array([[0.2, 3], [3, 0.2]]))
    >>> relative_clustering([90, 10], [50, 50], lambda v: near @ v).round(3)
    array([0.567])
    """
    x, y = columns(group), columns(other)
    xx = divide((x * sums(x)).sum(axis=0), x.sum(axis=0) ** 2)
    yy = divide((y * sums(y)).sum(axis=0), y.sum(axis=0) ** 2)
    return divide(xx, yy) - 1
