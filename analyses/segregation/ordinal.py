"""Segregation among groups that have an order, such as income classes or levels of education."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, divide, entropy, n_log_n, unit
from .multigroup import Value, answer, tables


def ordinal_information_theory(counts: ArrayLike) -> Value:
    r"""How much less the zones vary in an ordered attribute than all zones together.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k); the groups are
        in their order, lowest or highest first.

    Returns
    -------
    float or ndarray
        From 0 (every zone has the groups in the same shares) to 1 (every zone has one group);
        NaN where fewer than two groups have members. (k,) for k replicates.

    Notes
    -----
    With :math:`c_{ij}` the share of zone :math:`i` in the groups up to the :math:`j`-th of
    :math:`K`, :math:`c_j` the same of all zones, and
    :math:`f(c) = -c \log_2 c - (1 - c) \log_2 (1 - c)`,

    .. math::

        \Lambda = \sum_i \frac{t_i}{T v} (v - v_i), \qquad
        v = \frac{1}{K - 1} \sum_{j=1}^{K-1} f(c_j), \qquad
        v_i = \frac{1}{K - 1} \sum_{j=1}^{K-1} f(c_{ij})

    It is the mean of :func:`~kvarter.analyses.segregation.evenness.information_theory` between
    those below and those above each of the :math:`K - 1` thresholds, weighted by :math:`f(c_j)`.
    People far apart in the order count as more different than those in groups next to each other.
    For two groups it is the two-group index. A group without members stays a step in the order, as
    in the formula: the groups on its two sides are two steps apart.

    References
    ----------
    Reardon, S. F. (2009). Measures of ordinal segregation. In Y. Flückiger, S. F. Reardon, &
    J. Silber (Eds.), *Occupational and residential segregation* (Research on Economic Inequality,
    17, pp. 129–155). https://doi.org/10.1108/S1049-2585(2009)0000017011

    Examples
    --------
    >>> round(ordinal_information_theory([[60, 30, 10], [10, 30, 60]]), 3)
    0.229
    """
    h, spread = _at(*_thresholds(tables(counts)))
    # Where one side of a threshold is empty, H is not defined and has no weight.
    mean = divide((spread * np.nan_to_num(h)).sum(axis=0), spread.sum(axis=0))
    return answer(unit(mean), counts)


def rank_order_information_theory(counts: ArrayLike, *, order: int = 4) -> Value:
    r"""How segregated people are by their rank in an ordered attribute, whatever its classes.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k); the groups are
        in their order, lowest or highest first.
    order
        Highest order of the polynomial; one less than the thresholds, if those are fewer.

    Returns
    -------
    float or ndarray
        From 0 (every zone has the groups in the same shares) to 1 (no zone has members of two
        groups); (k,) for k replicates. NaN where there are fewer than two thresholds, and where
        the polynomial leads outside of 0 to 1.

    Raises
    ------
    ValueError
        Where ``order`` is no whole number from 0.

    Notes
    -----
    With :math:`H(p)` the two-group information theory index between those below and those above
    the rank :math:`p`, and :math:`E(p) = -p \log_2 p - (1 - p) \log_2 (1 - p)`,

    .. math:: H^R = 2 \ln 2 \int_0^1 E(p) H(p) \, dp

    :math:`H` is known only at the thresholds between groups. A polynomial
    :math:`\sum_m \beta_m p^m` is fitted to it by least squares with the weights :math:`E(p)^2`,
    and its integral is

    .. math::

        H^R = \sum_m \beta_m \delta_m, \qquad
        \delta_m = 2 \ln 2 \int_0^1 E(p) p^m \, dp = \frac{2}{(m + 2)^2}
        + \frac{2}{(m + 1)(m + 2)} \sum_{r=2}^{m+2} \frac{1}{r}

    A threshold is between two groups that have people on both sides; where a group has no
    members, the thresholds on its two sides are one. A single threshold tells nothing of
    :math:`H` at other ranks: :func:`ordinal_information_theory` is the index for it.

    With few thresholds, or with all of them near one end, the polynomial is an extrapolation that
    may be below 0 or above 1, where no index can be. Such a value is NaN and not cut to the range,
    which would look like a result; a lower ``order`` is steadier. With the three classes of
    an income statistic there are two thresholds and the polynomial is a straight line.

    References
    ----------
    Reardon, S. F. (2011). *Measures of income segregation* (CEPA Working Paper). Stanford Center
    for Education Policy Analysis.

    Reardon, S. F., & Bischoff, K. (2011). Income inequality and income segregation. *American
    Journal of Sociology*, 116(4), 1092–1153. https://doi.org/10.1086/657114

    Examples
    --------
    >>> round(rank_order_information_theory([[60, 30, 10], [10, 30, 60]]), 3)
    0.229
    """
    if isinstance(order, bool) or not isinstance(order, (int, np.integer)) or order < 0:
        raise ValueError(f"the order of the polynomial is {order!r}; give a whole number from 0")
    n = tables(counts)
    below, above = _thresholds(n)
    h, spread = _at(below, above)
    rank = np.nan_to_num(divide(below.sum(axis=0), n.sum(axis=(0, 1))))
    distinct = (np.diff(rank, axis=0, prepend=0) > 0) & (above.sum(axis=0) > 0)
    out = np.full(n.shape[2], np.nan)
    # Replicates with the same thresholds, nearly always all of them, are fitted at once.
    for same in np.unique(distinct, axis=1).T:
        alike = (distinct == same[:, None]).all(axis=0)
        if same.sum() >= 2:
            picked = np.ix_(same, alike)
            out[alike] = _integral(rank[picked].T, h[picked].T, spread[picked].T, int(order))
    inside = (out >= -1e-9) & (out <= 1 + 1e-9)
    return answer(unit(np.where(inside, out, np.nan)), counts)


def _thresholds(n: Floats) -> tuple[Floats, Floats]:
    """Give the people of each zone below and above each threshold, (zones, thresholds, k)."""
    below = np.cumsum(n, axis=1)[:, :-1]
    # Not the total less those below, which for fractional counts leaves crumbs where nobody is.
    above = np.cumsum(n[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return below, above


def _at(below: Floats, above: Floats) -> tuple[Floats, Floats]:
    """Give H and the entropy of the whole in bits at each threshold, (thresholds, k)."""
    sides = np.stack([below.sum(axis=0), above.sum(axis=0)])
    everybody = sides.sum(axis=0)
    spread = entropy(np.nan_to_num(divide(sides, everybody)), axis=0)
    held = n_log_n(below[:, :1] + above[:, :1]) - n_log_n(below) - n_log_n(above)
    h = unit(1 - divide(held.sum(axis=0), everybody * spread))
    return h, spread / np.log(2)


def _integral(rank: Floats, h: Floats, spread: Floats, order: int) -> Floats:
    """Fit the polynomial for each row, and integrate it with the entropy of the rank."""
    order = min(order, rank.shape[1] - 1)
    powers = rank[:, :, None] ** np.arange(order + 1)
    # Least squares with the weights spread² are ordinary ones of rows multiplied by spread.
    inverse = np.linalg.pinv(powers * spread[:, :, None])
    beta = np.einsum("kmt,kt->km", inverse, h * spread)
    m = np.arange(order + 1)
    harmonic = np.array([(1 / np.arange(2, i + 3)).sum() for i in m])
    delta = 2 / (m + 2) ** 2 + 2 / ((m + 1) * (m + 2)) * harmonic
    return np.asarray(beta @ delta)
