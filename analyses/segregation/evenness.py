"""Evenness: are two groups spread over the zones alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, columns, divide, n_log_n, share, unit


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
    x, y, defined = _two(group, other)
    apart = np.abs(divide(x, x.sum(axis=0)) - divide(y, y.sum(axis=0))).sum(axis=0) / 2
    return unit(np.where(defined, apart, np.nan))


def gini(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""Mean difference between the zones' shares of a group, of the most there can be.

    Parameters
    ----------
    group, other
        See `dissimilarity`. Only the members of the two count as the zones' people.

    Returns
    -------
    ndarray
        (k,), from 0 (spread alike) to 1 (no zone has members of both), never below
        `dissimilarity`; NaN where one of the two has no members.

    Notes
    -----
    With :math:`t_i = x_i + y_i` and :math:`p_i = x_i / t_i`,

    .. math:: G = \frac{\sum_i \sum_j t_i t_j |p_i - p_j|}{2 T^2 P (1 - P)}

    With the zones in the order of :math:`p_i` and :math:`C_i = t_1 + … + t_i`, the double sum is
    :math:`2 \sum_i x_i (2 C_i - t_i - T)`, and :math:`T^2 P (1 - P) = X Y`: zones are sorted and
    not paired.

    References
    ----------
    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> gini([90, 50, 10], [10, 50, 90]).round(4)
    array([0.7111])
    """
    x, y, defined = _two(group, other)
    together = x.sum(axis=0) * y.sum(axis=0)
    # Each comparison's zones side by side in memory: sorting takes most of the time.
    x, t = np.ascontiguousarray(x.T), np.ascontiguousarray((x + y).T)
    order = np.argsort(share(x, t), axis=1)
    order += np.arange(len(x))[:, None] * x.shape[1]
    x, t = x.take(order), t.take(order)
    below = 2 * np.cumsum(t, axis=1) - t - t.sum(axis=1, keepdims=True)
    return unit(np.where(defined, divide((x * below).sum(axis=1), together), np.nan))


def entropy(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""How much less mixed the zones are than all zones together, for two groups (Theil's H).

    Parameters
    ----------
    group, other
        See `dissimilarity`. Only the members of the two count as the zones' people.

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
    It is `information_theory` of two groups.

    References
    ----------
    Theil, H., & Finizza, A. J. (1971). A note on the measurement of racial integration of schools
    by means of informational concepts. *Journal of Mathematical Sociology*, 1(2), 187–193.
    https://doi.org/10.1080/0022250X.1971.9989795

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> entropy([90, 10], [10, 90]).round(3)
    array([0.531])
    """
    x, y, defined = _two(group, other)
    # The people of a zone times its entropy: t ln t less x ln x and y ln y.
    inside = n_log_n(x + y) - n_log_n(x) - n_log_n(y)
    all_x, all_y = x.sum(axis=0), y.sum(axis=0)
    together = n_log_n(all_x + all_y) - n_log_n(all_x) - n_log_n(all_y)
    return unit(np.where(defined, 1 - divide(inside.sum(axis=0), together), np.nan))


def atkinson(group: ArrayLike, other: ArrayLike, *, b: float = 0.5) -> Floats:
    r"""Unevenness with a say in which zones weigh most: those short of the group, or rich in it.

    Parameters
    ----------
    group, other
        See `dissimilarity`. Only the members of the two count as the zones' people.
    b
        Between 0 and 1: below one half, zones where the group's share is small weigh more; above
        it, those where it is great. At one half both weigh alike.

    Returns
    -------
    ndarray
        (k,), from 0 (spread alike) to 1 (no zone has members of both); NaN where one of the two
        has no members.

    Raises
    ------
    ValueError
        Where ``b`` is not between 0 and 1.

    Notes
    -----
    .. math::

        A = 1 - \frac{P}{1 - P}
            \left| \sum_i \frac{(1 - p_i)^{1 - b} p_i^b t_i}{P T} \right|^{1 / (1 - b)}

    References
    ----------
    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> atkinson([90, 10], [10, 90]).round(3)
    array([0.64])
    """
    if not 0 < b < 1:
        raise ValueError(f"b is {b}; it lies between 0 and 1, and is 0.5 where both sides count")
    x, y, defined = _two(group, other)
    # (1 − p)^(1−b) p^b t = y^(1−b) x^b: no division by the people of an empty zone.
    mixed = np.sqrt(x * y) if b == 0.5 else y ** (1 - b) * x**b
    all_x, all_y = x.sum(axis=0), y.sum(axis=0)
    inner = divide(mixed.sum(axis=0), all_x) ** (1 / (1 - b))
    return unit(np.where(defined, 1 - divide(all_x, all_y) * inner, np.nan))


def minmax(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""Share of the two distributions, laid over each other, that they do not have in common.

    Parameters
    ----------
    group, other
        See `dissimilarity`.

    Returns
    -------
    ndarray
        (k,), from 0 (spread alike) to 1 (no zone has members of both); NaN where one of the two
        has no members. It equals :math:`2 D / (1 + D)`.

    Notes
    -----
    .. math::

        S = 1 - \frac{\sum_i \min(x_i / X, y_i / Y)}{\sum_i \max(x_i / X, y_i / Y)}

    References
    ----------
    O'Sullivan, D., & Wong, D. W. S. (2007). A surface-based approach to measuring spatial
    segregation. *Geographical Analysis*, 39(2), 147–168.
    https://doi.org/10.1111/j.1538-4632.2007.00699.x

    Examples
    --------
    >>> minmax([90, 10], [10, 90]).round(3)
    array([0.889])
    """
    x, y, defined = _two(group, other)
    one, two = divide(x, x.sum(axis=0)), divide(y, y.sum(axis=0))
    common = divide(np.minimum(one, two).sum(axis=0), np.maximum(one, two).sum(axis=0))
    return unit(np.where(defined, 1 - common, np.nan))


def gorard(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""Share of a group that would have to move for it to be spread like all people.

    Parameters
    ----------
    group, other
        See `dissimilarity`; all people are the two together.

    Returns
    -------
    ndarray
        (k,), from 0 (spread alike) to the other's share of all people (no zone has members of
        both): it equals :math:`D (1 - P)`. NaN where one of the two has no members.

    Notes
    -----
    .. math:: GS = \frac{1}{2} \sum_i \left| \frac{x_i}{X} - \frac{t_i}{T} \right|

    References
    ----------
    Gorard, S., & Taylor, C. (2002). What is segregation? A comparison of measures in terms of
    'strong' and 'weak' compositional invariance. *Sociology*, 36(4), 875–895.
    https://doi.org/10.1177/003803850203600405

    Examples
    --------
    >>> gorard([90, 10], [10, 90]).round(3)
    array([0.4])
    """
    x, y, defined = _two(group, other)
    t = x + y
    apart = np.abs(divide(x, x.sum(axis=0)) - divide(t, t.sum(axis=0))).sum(axis=0) / 2
    return unit(np.where(defined, apart, np.nan))


def _two(group: ArrayLike, other: ArrayLike) -> tuple[Floats, Floats, np.ndarray]:
    """Give both groups as columns, and where both have members."""
    x, y = np.broadcast_arrays(columns(group), columns(other))
    return x, y, (x.sum(axis=0) > 0) & (y.sum(axis=0) > 0)
