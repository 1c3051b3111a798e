"""Exposure: whom the members of a group have as neighbours, in their zone or at a distance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, columns, divide, share, unit


def interaction(group: ArrayLike, other: ArrayLike, total: ArrayLike) -> Floats:
    r"""Share of another group in the zone of the average member of a group.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once.
    total
        People in each zone, (zones,) or (zones, k).

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
    return unit(divide((x * share(y, t)).sum(axis=0), x.sum(axis=0)))


def isolation(group: ArrayLike, total: ArrayLike) -> Floats:
    r"""Share of a group in the zone of its own average member.

    Parameters
    ----------
    group
        Members in each zone, (zones,) or (zones, k) for k groups at once.
    total
        People in each zone, (zones,) or (zones, k).

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


def correlation_ratio(group: ArrayLike, total: ArrayLike) -> Floats:
    r"""Isolation of a group beyond its share of all people (eta squared).

    Parameters
    ----------
    group, total
        See `isolation`.

    Returns
    -------
    ndarray
        (k,), from 0 (every zone as mixed as the whole) to 1 (no zone has both members and
        others); NaN where the group has no members or is everybody.

    Notes
    -----
    .. math:: V = \frac{{}_xP^*_x - P}{1 - P}

    References
    ----------
    Bell, W. (1954). A probability model for the measurement of ecological segregation. *Social
    Forces*, 32(4), 357–364. https://doi.org/10.2307/2574118

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> correlation_ratio([90, 10], [100, 100]).round(3)
    array([0.64])
    """
    x, t = columns(group), columns(total)
    p = divide(x.sum(axis=0), t.sum(axis=0))
    return unit(divide(isolation(x, t) - p, 1 - p))


def concentration_profile(group: ArrayLike, total: ArrayLike) -> Floats:
    r"""How far the zones of a group's members are from the group's share of all people.

    Parameters
    ----------
    group, total
        See `isolation`.

    Returns
    -------
    ndarray
        (k,), from 0 (every zone as mixed as the whole) over 1 (no zone has both members and
        others); above it only where the group is more than half of the people. NaN where the group
        has no members or is everybody.

    Notes
    -----
    The profile :math:`v_t` is the share of the members who live where the group's share is
    :math:`t` or more. The index is the area between it and the one without segregation,

    .. math::

        R = \frac{P - \int_0^P v_t \, dt + \int_P^1 v_t \, dt}{1 - P}
          = \frac{1}{1 - P} \sum_i \frac{x_i}{X} \left| \frac{x_i}{t_i} - P \right|

    The profile is a step function, so the integrals have the closed form on the right; programs
    that add up thresholds come near it.

    References
    ----------
    Hong, S.-Y., & Sadahiro, Y. (2014). Measuring geographic segregation: a graph-based approach.
    *Journal of Geographical Systems*, 16(2), 211–231. https://doi.org/10.1007/s10109-013-0190-7

    Examples
    --------
    >>> concentration_profile([90, 10], [100, 100]).round(3)
    array([0.8])
    """
    x, t = columns(group), columns(total)
    p = divide(x.sum(axis=0), t.sum(axis=0))
    away = (divide(x, x.sum(axis=0)) * np.abs(share(x, t) - p)).sum(axis=0)
    return divide(away, 1 - p)


def distance_decay_interaction(
    group: ArrayLike, other: ArrayLike, total: ArrayLike, sums: Callable[[Floats], Floats]
) -> Floats:
    r"""Share of another group among those whom the average member may meet, near ones more often.

    Parameters
    ----------
    group, other, total
        See `interaction`.
    sums
        Gives :math:`\sum_j c_{ij} v_j` for each column of values, see
        `kvarter.geo.kernels.weighted_sums`.

    Returns
    -------
    ndarray
        (k,), from 0 to 1; NaN where the group has no members, and where a zone of theirs is so
        far from everybody, itself included, that no weight is left.

    Notes
    -----
    With :math:`c_{ij} = e^{-d_{ij}}`, or another decay of distance,

    .. math::

        DP_{xy}^* = \sum_i \frac{x_i}{X} \sum_j k_{ij} \frac{y_j}{t_j}, \qquad
        k_{ij} = \frac{c_{ij} t_j}{\sum_j c_{ij} t_j}

    so that near zones count more than distant ones and the weights of a zone add up to 1.

    References
    ----------
    Morgan, B. S. (1983). A distance-decay based interaction index to measure residential
    segregation. *Area*, 15(3), 211–217.

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> import numpy as np
    >>> near = np.exp(-np.array([[0.2, 3], [3, 0.2]]))
    >>> distance_decay_interaction([90, 10], [10, 90], [100, 100], lambda v: near @ v).round(3)
    array([0.217])
    """
    x, y, t = columns(group), columns(other), columns(total)
    near = sums(t)
    met = unit(divide((x * share(sums(y), near)).sum(axis=0), x.sum(axis=0)))
    # Where nobody is near enough to weigh anything, there is nobody to meet.
    return np.where(((x > 0) & (near <= 0)).any(axis=0), np.nan, met)


def distance_decay_isolation(
    group: ArrayLike, total: ArrayLike, sums: Callable[[Floats], Floats]
) -> Floats:
    r"""Share of its own group among those whom the average member may meet, near ones more often.

    Parameters
    ----------
    group, total
        See `isolation`.
    sums
        See `distance_decay_interaction`.

    Returns
    -------
    ndarray
        (k,), from 0 to 1; NaN where the group has no members.

    Notes
    -----
    `distance_decay_interaction` of a group with itself.

    References
    ----------
    Morgan, B. S. (1983). A distance-decay based interaction index to measure residential
    segregation. *Area*, 15(3), 211–217.

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> import numpy as np
    >>> near = np.exp(-np.array([[0.2, 3], [3, 0.2]]))
    >>> distance_decay_isolation([90, 10], [100, 100], lambda v: near @ v).round(3)
    array([0.783])
    """
    return distance_decay_interaction(group, group, total, sums)
