"""Segregation among all groups of an attribute at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, divide, entropy, n_log_n, unit

Value = Any
"""A float, or a (k,) array where counts have replicates; types do not tell dimensions apart."""

_BLOCK = 1 << 21
"""Counts that are sorted at once: what they need stays well under 100 MB."""


def diversity(counts: ArrayLike) -> Value:
    r"""How many-sided the whole population is (entropy), whatever its distribution over zones.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        In nats, from 0 (everybody is in one group) to the logarithm of the number of groups (all
        of one size); NaN where there are no people. (k,) for k replicates.

    Notes
    -----
    With :math:`\pi_m` the share of group :math:`m` of all people,

    .. math:: E = -\sum_m \pi_m \ln \pi_m

    References
    ----------
    Theil, H. (1972). *Statistical decomposition analysis with applications in the social and
    administrative sciences*. North-Holland.

    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> round(diversity([[90, 10], [10, 90]]), 3)
    0.693
    """
    n = tables(counts)
    share = _whole(n)
    return answer(np.where(_nobody(n), np.nan, entropy(share, axis=0)), counts)


def simpson_interaction(counts: ArrayLike) -> Value:
    r"""Probability that two people of the whole population are in different groups.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        From 0 (everybody is in one group) to 1 − 1 / groups (all of one size); NaN where there
        are no people. (k,) for k replicates.

    Notes
    -----
    With :math:`\pi_m` the share of group :math:`m` of all people,

    .. math:: I = \sum_m \pi_m (1 - \pi_m)

    The two are drawn independently: they may be the same person, as in the papers.

    References
    ----------
    Simpson, E. H. (1949). Measurement of diversity. *Nature*, 163, 688.
    https://doi.org/10.1038/163688a0

    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> round(simpson_interaction([[80, 10], [10, 20]]), 3)
    0.375
    """
    n = tables(counts)
    return answer(np.where(_nobody(n), np.nan, _interaction(_whole(n))), counts)


def simpson_concentration(counts: ArrayLike) -> Value:
    r"""Probability that two people of the whole population are in the same group.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        From 1 / groups (all of one size) to 1 (everybody is in one group); NaN where there are no
        people. (k,) for k replicates.

    Notes
    -----
    With :math:`\pi_m` the share of group :math:`m` of all people,

    .. math:: \lambda = \sum_m \pi_m^2

    It and :func:`simpson_interaction` add up to 1.

    References
    ----------
    Simpson, E. H. (1949). Measurement of diversity. *Nature*, 163, 688.
    https://doi.org/10.1038/163688a0

    Examples
    --------
    >>> round(simpson_concentration([[80, 10], [10, 20]]), 3)
    0.625
    """
    n = tables(counts)
    return answer(np.where(_nobody(n), np.nan, (_whole(n) ** 2).sum(axis=0)), counts)


def information_theory(counts: ArrayLike) -> Value:
    r"""How much less mixed the zones are than all zones together, for all groups (Theil's H).

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        From 0 (every zone has the groups in the same shares) to 1 (every zone has one group);
        NaN where fewer than two groups have members. (k,) for k replicates.

    Notes
    -----
    With :math:`t_i` people in zone :math:`i`, :math:`\pi_{im}` the share of group :math:`m` there
    and :math:`\pi_m` its share of all :math:`T` people,

    .. math::

        H = \sum_i \frac{t_i (E - E_i)}{E T}, \qquad E_i = -\sum_m \pi_{im} \ln \pi_{im}, \qquad
        E = -\sum_m \pi_m \ln \pi_m

    References
    ----------
    Theil, H., & Finizza, A. J. (1971). A note on the measurement of racial integration of schools
    by means of informational concepts. *Journal of Mathematical Sociology*, 1(2), 187–193.
    https://doi.org/10.1080/0022250X.1971.9989795

    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> round(information_theory([[90, 10, 0], [10, 90, 0], [0, 0, 100]]), 3)
    0.803
    """
    n = tables(counts)
    whole = entropy(_whole(n), axis=0)
    return answer(unit(1 - divide(_inside(n), whole)), counts)


def mutual_information(counts: ArrayLike) -> Value:
    r"""How much a person's zone tells of their group (the M index).

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        In nats, from 0 (every zone has the groups in the same shares) to the :func:`diversity` of
        the whole (every zone has one group); NaN where fewer than two groups have members. (k,)
        for k replicates.

    Notes
    -----
    With the terms of :func:`information_theory`,

    .. math::

        M = \sum_i \frac{t_i}{T} \sum_m \pi_{im} \ln \frac{\pi_{im}}{\pi_m}
          = E - \sum_i \frac{t_i}{T} E_i = H E

    Unlike :math:`H` it adds up exactly: over districts of zones, and over groups of groups.

    References
    ----------
    Theil, H., & Finizza, A. J. (1971). A note on the measurement of racial integration of schools
    by means of informational concepts. *Journal of Mathematical Sociology*, 1(2), 187–193.
    https://doi.org/10.1080/0022250X.1971.9989795

    Mora, R., & Ruiz-Castillo, J. (2011). Entropy-based segregation indices. *Sociological
    Methodology*, 41(1), 159–194. https://doi.org/10.1111/j.1467-9531.2011.01237.x

    Examples
    --------
    >>> round(mutual_information([[90, 10], [10, 90]]), 3)
    0.368
    """
    n = tables(counts)
    told = np.maximum(entropy(_whole(n), axis=0) - _inside(n), 0.0)
    return answer(np.where(_few(n), np.nan, told), counts)


def divergence(counts: ArrayLike) -> Value:
    r"""How far the zones' shares of groups are from those of the whole, on average over people.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        In nats, from 0 (every zone has the groups in the same shares) to the :func:`diversity` of
        the whole (every zone has one group); NaN where fewer than two groups have members. (k,)
        for k replicates.

    Notes
    -----
    With the terms of :func:`information_theory`,

    .. math::

        D = \sum_i \frac{t_i}{T} D_i, \qquad
        D_i = \sum_m \pi_{im} \ln \frac{\pi_{im}}{\pi_m}

    Measured from the whole population it is the same number as :func:`mutual_information`. What
    the paper adds is the zone's own part, the ``local_divergence`` of
    :mod:`~kvarter.analyses.segregation.by_zone`.

    References
    ----------
    Roberto, E. (2015). The divergence index: A decomposable measure of segregation and
    inequality. https://doi.org/10.48550/arXiv.1508.01167

    Examples
    --------
    >>> round(divergence([[90, 10], [10, 90]]), 3)
    0.368
    """
    return mutual_information(counts)


def multigroup_dissimilarity(counts: ArrayLike) -> Value:
    r"""Share of people that would have to move, of those who would if segregation were complete.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        From 0 (every zone has the groups in the same shares) to 1 (every zone has one group);
        NaN where fewer than two groups have members. (k,) for k replicates.

    Notes
    -----
    With the terms of :func:`information_theory`,

    .. math::

        D = \frac{1}{2 T I} \sum_m \sum_i t_i \left| \pi_{im} - \pi_m \right|, \qquad
        I = \sum_m \pi_m (1 - \pi_m)

    For two groups it is the index of Duncan and Duncan (1955).

    References
    ----------
    Sakoda, J. M. (1981). A generalized index of dissimilarity. *Demography*, 18(2), 245–250.
    https://doi.org/10.2307/2061096

    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> round(multigroup_dissimilarity([[90, 10, 0], [10, 90, 0], [0, 0, 100]]), 3)
    0.9
    """
    n = tables(counts)
    share, total = _whole(n), n.sum(axis=1)
    moved = np.abs(n - total[:, None] * share).sum(axis=(0, 1))
    apart = divide(moved, 2 * total.sum(axis=0) * _interaction(share))
    return answer(unit(np.where(_few(n), np.nan, apart)), counts)


def multigroup_gini(counts: ArrayLike) -> Value:
    r"""How much the shares of groups differ between any two zones, weighted by their people.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        From 0 (every zone has the groups in the same shares) to 1 (every zone has one group);
        NaN where fewer than two groups have members. (k,) for k replicates.

    Notes
    -----
    With the terms of :func:`multigroup_dissimilarity`,

    .. math::

        G = \frac{1}{2 T^2 I} \sum_m \sum_i \sum_j t_i t_j \left| \pi_{im} - \pi_{jm} \right|

    For two groups it is the two-group Gini index. The sum over pairs takes one sorting a group:
    with the zones in the order of :math:`\pi_{im}` and :math:`B_i` people in the zones before
    zone :math:`i`, it is :math:`2 \sum_i t_i \pi_{im} (2 B_i + t_i - T)`.

    References
    ----------
    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> round(multigroup_gini([[90, 10, 0], [10, 90, 0], [0, 0, 100]]), 3)
    0.933
    """
    n = tables(counts)
    zones, groups, k = n.shape
    everybody = n.sum(axis=(0, 1))
    pairs = np.zeros(k)
    step = max(1, _BLOCK // max(1, zones * groups))
    for start in range(0, k, step):
        block = slice(start, start + step)
        # Sorting is along memory here, and a block's arrays stay small.
        x = np.ascontiguousarray(n[:, :, block].transpose(1, 2, 0))
        total = np.broadcast_to(x.sum(axis=0), x.shape)
        order = np.argsort(_shares(x, total), axis=-1)
        t = np.take_along_axis(total, order, axis=-1)
        x = np.take_along_axis(x, order, axis=-1)
        rank = 2 * np.cumsum(t, axis=-1) - t - everybody[block, None]
        pairs[block] = 2 * np.einsum("gkz,gkz->k", x, rank)
    apart = divide(pairs, 2 * everybody**2 * _interaction(_whole(n)))
    return answer(unit(np.where(_few(n), np.nan, apart)), counts)


def normalized_exposure(counts: ArrayLike) -> Value:
    r"""How much less the members of a group meet others than they would if all were spread alike.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        From 0 (every zone has the groups in the same shares) to 1 (every zone has one group);
        NaN where fewer than two groups have members. (k,) for k replicates.

    Notes
    -----
    With the terms of :func:`information_theory`,

    .. math::

        P = \sum_m \sum_i \frac{t_i}{T} \frac{(\pi_{im} - \pi_m)^2}{1 - \pi_m}

    It is the mean of the groups' correlation ratios, weighted by their members. For two groups it
    is the correlation ratio.

    References
    ----------
    James, F. J. (1986). A new generalized "exposure-based" segregation index. *Sociological
    Methods & Research*, 14(3), 301–316. https://doi.org/10.1177/0049124186014003004

    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> round(normalized_exposure([[90, 10, 0], [10, 90, 0], [0, 0, 100]]), 3)
    0.82
    """
    n = tables(counts)
    parts = divide(_squares(n), 1 - _whole(n)).sum(axis=0)
    return answer(unit(np.where(_few(n), np.nan, parts)), counts)


def relative_diversity(counts: ArrayLike) -> Value:
    r"""How much less likely two people of a zone are to be of different groups than any two.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        From 0 (every zone has the groups in the same shares) to 1 (every zone has one group);
        NaN where fewer than two groups have members. (k,) for k replicates.

    Notes
    -----
    With the terms of :func:`multigroup_dissimilarity` and
    :math:`I_i = \sum_m \pi_{im} (1 - \pi_{im})`,

    .. math::

        R = \sum_m \sum_i \frac{t_i}{T I} (\pi_{im} - \pi_m)^2
          = 1 - \sum_i \frac{t_i}{T} \frac{I_i}{I}

    It is Goodman and Kruskal's :math:`\tau_b`; for two groups the correlation ratio.

    References
    ----------
    Goodman, L. A., & Kruskal, W. H. (1954). Measures of association for cross classifications.
    *Journal of the American Statistical Association*, 49(268), 732–764.
    https://doi.org/10.1080/01621459.1954.10501231

    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> round(relative_diversity([[90, 10, 0], [10, 90, 0], [0, 0, 100]]), 3)
    0.82
    """
    n = tables(counts)
    parts = divide(_squares(n).sum(axis=0), _interaction(_whole(n)))
    return answer(unit(np.where(_few(n), np.nan, parts)), counts)


def squared_coefficient_of_variation(counts: ArrayLike) -> Value:
    r"""How much the groups' shares vary over the zones, each measured by its share of the whole.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups) or (zones, groups, k).

    Returns
    -------
    float or ndarray
        From 0 (every zone has the groups in the same shares) to 1 (every zone has one group);
        NaN where fewer than two groups have members. (k,) for k replicates.

    Notes
    -----
    With the terms of :func:`information_theory` and :math:`M` groups,

    .. math::

        C = \sum_m \sum_i \frac{t_i}{T} \frac{(\pi_{im} - \pi_m)^2}{(M - 1) \pi_m}

    A small group weighs as much as a large one. A group without members is none of the
    :math:`M`: it has no variation, and complete segregation stays 1. For two groups it is the
    correlation ratio.

    References
    ----------
    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> round(squared_coefficient_of_variation([[90, 10, 0], [10, 90, 0], [0, 0, 100]]), 3)
    0.82
    """
    n = tables(counts)
    share = _whole(n)
    parts = np.nan_to_num(divide(_squares(n), share)).sum(axis=0)
    varied = divide(parts, (share > 0).sum(axis=0) - 1)
    return answer(unit(np.where(_few(n), np.nan, varied)), counts)


def tables(counts: ArrayLike) -> Floats:
    """Give counts as (zones, groups, k) floats, with k 1 where there are no replicates."""
    n = np.asarray(counts, dtype=np.float64)
    if n.ndim not in (2, 3):
        raise ValueError(
            f"counts have {n.ndim} dimensions; give (zones, groups) or (zones, groups, replicates)"
        )
    return n[:, :, None] if n.ndim == 2 else n


def answer(values: Floats, counts: ArrayLike) -> Value:
    """Give one value as a float where counts had no replicates."""
    return values if np.ndim(counts) == 3 else float(values[0])


def _shares(n: Floats, total: Floats) -> Floats:
    """Divide as `share` does; with many replicates in half the time."""
    return np.divide(n, total, out=np.zeros_like(n), where=total > 0)


def _whole(n: Floats) -> Floats:
    """Give each group's share of all people, (groups, k); 0 where there are no people."""
    return _shares(n.sum(axis=0), n.sum(axis=(0, 1)))


def _nobody(n: Floats) -> np.ndarray:
    """Tell where there are no people."""
    return n.sum(axis=(0, 1)) == 0


def _few(n: Floats) -> np.ndarray:
    """Tell where fewer than two groups have members, so that there is nothing to separate."""
    return (n.sum(axis=0) > 0).sum(axis=0) < 2


def _interaction(share: Floats) -> Floats:
    """Give Simpson's interaction index of shares."""
    return (share * (1 - share)).sum(axis=0)


def _inside(n: Floats) -> Floats:
    """Give the mean entropy of the zones, weighted by their people."""
    total = n.sum(axis=1)
    held = n_log_n(total).sum(axis=0) - n_log_n(n).sum(axis=(0, 1))
    return divide(held, total.sum(axis=0))


def _squares(n: Floats) -> Floats:
    """Give the variance of each group's share over the people's zones, (groups, k)."""
    total = n.sum(axis=1)[:, None]
    off = n - total * _whole(n)
    return divide(_shares(off * off, total).sum(axis=0), total.sum(axis=0))
