"""Centralisation: how near a group lives to the centre."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, columns, divide


def absolute_centralization(group: ArrayLike, areas: ArrayLike, distance: ArrayLike) -> Floats:
    r"""Share of a group that would have to move for it to be as dense near as far from the centre.

    Parameters
    ----------
    group
        Members in each zone, (zones,) or (zones, k) for k groups at once.
    areas
        Area of each zone, (zones,), in any unit.
    distance
        Distance of each zone from the centre, or from the nearest of several, (zones,).

    Returns
    -------
    ndarray
        (k,), from -1 (all far from the centre) over 0 (equally dense everywhere) to 1 (all at the
        centre); NaN where the group has no members.

    Notes
    -----
    With the zones in the order of their distance, :math:`X_i` and :math:`A_i` the shares of the
    group and of the area in the first :math:`i` of them,

    .. math:: ACE = \sum_i X_{i-1} A_i - \sum_i X_i A_{i-1}

    Zones at one distance are taken together, so that their order does not matter.

    References
    ----------
    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> absolute_centralization([90, 10], [1, 1], [0, 3]).round(3)
    array([0.4])
    """
    return _between(columns(group), columns(areas), distance)


def relative_centralization(group: ArrayLike, other: ArrayLike, distance: ArrayLike) -> Floats:
    r"""Share of a group that would have to move for it to be as near the centre as another.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once.
    distance
        Distance of each zone from the centre, or from the nearest of several, (zones,).

    Returns
    -------
    ndarray
        (k,), from -1 (the other is nearer) over 0 (both are as near) to 1 (the group is nearer);
        NaN where one of the two has no members.

    Notes
    -----
    With the zones in the order of their distance, :math:`X_i` and :math:`Y_i` the shares of both
    groups in the first :math:`i` of them,

    .. math:: RCE = \sum_i X_{i-1} Y_i - \sum_i X_i Y_{i-1}

    Zones at one distance are taken together, so that their order does not matter.

    References
    ----------
    Duncan, O. D., & Duncan, B. (1955). Residential distribution and occupational stratification.
    *American Journal of Sociology*, 60(5), 493–503. https://doi.org/10.1086/221609

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> relative_centralization([90, 10], [10, 90], [0, 3]).round(3)
    array([0.8])
    """
    return _between(columns(group), columns(other), distance)


def _between(one: Floats, two: Floats, distance: ArrayLike) -> Floats:
    """Give twice the area between the curve of two groups by distance and the diagonal."""
    d = np.asarray(distance, dtype=np.float64)
    if not np.isfinite(d).all():
        raise ValueError("distance must be a number for every zone")
    order = np.argsort(d, kind="stable")
    ranked = d[order]
    # Distances that differ by rounding alone are one distance.
    apart = np.diff(ranked) > 1e-9 * max(float(ranked[-1] - ranked[0]), 1e-300)
    last = np.append(np.flatnonzero(apart), len(d) - 1)
    x, y = (np.cumsum(part[order], axis=0)[last] for part in np.broadcast_arrays(one, two))
    x, y = divide(x, one.sum(axis=0)), divide(y, two.sum(axis=0))
    ahead = (x[:-1] * y[1:]).sum(axis=0) - (x[1:] * y[:-1]).sum(axis=0)
    # At one distance there are no curves, and a group without members has none either.
    return np.where(np.isnan(x[-1] + y[-1]), np.nan, ahead)
