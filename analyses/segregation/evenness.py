"""Evenness: are two groups spread over the zones alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, columns, divide, entropy, unit


def dissimilarity(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""Share of either group that would have to move for both to be spread alike.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once. Against the rest,
        ``other`` is everybody who is not in the group.

    Returns
    -------
    ndarray
        (k,), from 0 (spread alike) to 1 (no zone has members of both); NaN where one of the two
        has no members.

    Notes
    -----
    With :math:`x_i, y_i` members in zone :math:`i` and :math:`X, Y` in all zones,

    .. math:: D = \frac{1}{2} \sum_i \left| \frac{x_i}{X} - \frac{y_i}{Y} \right|

    References
    ----------
    Duncan, O. D., & Duncan, B. (1955). A methodological analysis of segregation indexes.
    *American Sociological Review*, 20(2), 210–217. https://doi.org/10.2307/2088328

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> dissimilarity([90, 10], [10, 90]).round(3)
    array([0.8])
    """
    x, y = columns(group), columns(other)
    all_x, all_y = x.sum(axis=0), y.sum(axis=0)
    apart = np.abs(divide(x, all_x) - divide(y, all_y)).sum(axis=0) / 2
    # The sum over no zones at all would be 0.
    return unit(np.where((all_x > 0) & (all_y > 0), apart, np.nan))


def information_theory(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""How much less mixed the zones are than all zones together, for two groups (Theil's H).

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once. Only the members
        of the two count as the zones' people.

    Returns
    -------
    ndarray
        (k,), from 0 (every zone as mixed as the whole) to 1 (no zone has members of both); NaN
        where one of the two has no members.

    Notes
    -----
    With :math:`t_i = x_i + y_i`, :math:`T = \sum_i t_i`, :math:`p_i = x_i / t_i` and
    :math:`P = \sum_i x_i / T`,

    .. math::

        H = \sum_i \frac{t_i (E - E_i)}{E T}, \qquad
        E_i = -p_i \ln p_i - (1 - p_i) \ln (1 - p_i)

    and :math:`E` the same of :math:`P`. The base of the logarithm cancels; :math:`0 \ln 0 = 0`.

    References
    ----------
    Theil, H., & Finizza, A. J. (1971). A note on the measurement of racial integration of schools
    by means of informational concepts. *Journal of Mathematical Sociology*, 1(2), 187–193.
    https://doi.org/10.1080/0022250X.1971.9989795

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> information_theory([90, 10], [10, 90]).round(3)
    array([0.531])
    """
    x, y = columns(group), columns(other)
    both = np.stack(np.broadcast_arrays(x, y), axis=1)
    total = both.sum(axis=1)
    inside = entropy(np.nan_to_num(divide(both, total[:, None])), axis=1)
    whole = entropy(np.nan_to_num(divide(both.sum(axis=0), total.sum(axis=0))), axis=0)
    return unit(1 - divide((total * inside).sum(axis=0), total.sum(axis=0) * whole))
