"""Exposure: whom the members of a group have as neighbours in their zone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, columns, divide, unit


def interaction(group: ArrayLike, other: ArrayLike, total: ArrayLike) -> Floats:
    r"""Share of another group in the zone of the average member of a group.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once.
    total
        People in each zone, (zones,).

    Returns
    -------
    ndarray
        (k,), from 0 (no zone has members of both) to 1; NaN where the group has no members.

    Notes
    -----
    With :math:`x_i, y_i` members and :math:`t_i` people in zone :math:`i`,

    .. math:: {}_xP^*_y = \sum_i \frac{x_i}{X} \frac{y_i}{t_i}

    It is not symmetric: few members of a small group meet many of a large one. A group's isolation
    and its interaction with every other group add up to 1. A member counts as a possible
    neighbour of themself, as in the papers.

    References
    ----------
    Bell, W. (1954). A probability model for the measurement of ecological segregation. *Social
    Forces*, 32(4), 357–364. https://doi.org/10.2307/2574118

    Lieberson, S. (1981). An asymmetrical approach to segregation. In C. Peach, V. Robinson, &
    S. Smith (Eds.), *Ethnic segregation in cities* (pp. 61–82). Croom Helm.

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> interaction([90, 10], [10, 90], [100, 100]).round(3)
    array([0.18])
    """
    x, y, t = columns(group), columns(other), columns(total)
    met = np.nan_to_num(divide(y, t))
    return unit(divide((x * met).sum(axis=0), x.sum(axis=0)))


def isolation(group: ArrayLike, total: ArrayLike) -> Floats:
    r"""Share of a group in the zone of its own average member.

    Parameters
    ----------
    group
        Members in each zone, (zones,) or (zones, k) for k groups at once.
    total
        People in each zone, (zones,).

    Returns
    -------
    ndarray
        (k,), from the group's share of all people (every zone as mixed as the whole) to 1 (no
        zone has both members and others); NaN where the group has no members.

    Notes
    -----
    .. math:: {}_xP^*_x = \sum_i \frac{x_i}{X} \frac{x_i}{t_i}

    References
    ----------
    Bell, W. (1954). A probability model for the measurement of ecological segregation. *Social
    Forces*, 32(4), 357–364. https://doi.org/10.2307/2574118

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> isolation([90, 10], [100, 100]).round(3)
    array([0.82])
    """
    return interaction(group, group, total)
