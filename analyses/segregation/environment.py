"""Segregation of local environments: whom people have around them, beyond their own zone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._terms import Floats, divide, entropy


def spatial_information_theory(counts: ArrayLike, environments: ArrayLike) -> float | Floats:
    r"""How much less mixed the local environments are than all zones together (spatial H).

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups), or (zones, groups, k) for k
        replicates at once.
    environments
        Members of each group in the local environment of each zone, in any unit, such as those of
        :mod:`kvarter.geo.environments`; shaped as ``counts``. A zone where they are NaN is left
        out of the mean.

    Returns
    -------
    float or ndarray
        1 where every environment has one group, 0 where every environment is as mixed as the
        whole; below 0 where they are more mixed than that. NaN where fewer than two groups have
        members.

    Notes
    -----
    With :math:`t_i` people in zone :math:`i`, :math:`T` in all zones, :math:`\pi_m` the share of
    group :math:`m` among them and :math:`\tilde\pi_{im}` its share in the environment of zone
    :math:`i`,

    .. math::

        \tilde H = 1 - \frac{1}{T E} \sum_i t_i \tilde E_i, \qquad
        \tilde E_i = -\sum_m \tilde\pi_{im} \ln \tilde\pi_{im}, \qquad
        E = -\sum_m \pi_m \ln \pi_m

    The base of the logarithm cancels; :math:`0 \ln 0 = 0`. Where each environment is the zone
    itself, it is :func:`~kvarter.analyses.segregation.multigroup.information_theory`.

    References
    ----------
    Reardon, S. F., & O'Sullivan, D. (2004). Measures of spatial segregation. *Sociological
    Methodology*, 34(1), 121–162. https://doi.org/10.1111/j.0081-1750.2004.00150.x

    Examples
    --------
    >>> round(spatial_information_theory([[90, 10], [10, 90]], [[100, 20], [20, 100]]), 3)
    0.35
    """
    n, around, people = _terms(counts, environments)
    whole = entropy(_shares(n.sum(axis=0), axis=0), axis=0)
    return _result(1 - divide(_mean(people, entropy(around, axis=1)), whole), counts)


def spatial_relative_diversity(counts: ArrayLike, environments: ArrayLike) -> float | Floats:
    r"""How much less diverse the local environments are than all zones together (spatial R).

    Parameters
    ----------
    counts, environments
        See :func:`spatial_information_theory`.

    Returns
    -------
    float or ndarray
        1 where every environment has one group, 0 where every environment is as diverse as the
        whole; below 0 where they are more diverse than that. NaN where fewer than two groups have
        members.

    Notes
    -----
    With the terms of :func:`spatial_information_theory`,

    .. math::

        \tilde R = 1 - \frac{1}{T I} \sum_i t_i \tilde I_i, \qquad
        \tilde I_i = \sum_m \tilde\pi_{im} (1 - \tilde\pi_{im}), \qquad
        I = \sum_m \pi_m (1 - \pi_m)

    References
    ----------
    Reardon, S. F., & O'Sullivan, D. (2004). Measures of spatial segregation. *Sociological
    Methodology*, 34(1), 121–162. https://doi.org/10.1111/j.0081-1750.2004.00150.x

    Examples
    --------
    >>> round(spatial_relative_diversity([[90, 10], [10, 90]], [[100, 20], [20, 100]]), 3)
    0.444
    """
    n, around, people = _terms(counts, environments)
    share = _shares(n.sum(axis=0), axis=0)
    # Exactly 0, and so undefined, where one group has everybody.
    whole = np.where((share > 0).sum(axis=0) > 1, (share * (1 - share)).sum(axis=0), 0.0)
    return _result(1 - divide(_mean(people, (around * (1 - around)).sum(axis=1)), whole), counts)


def spatial_isolation(counts: ArrayLike, environments: ArrayLike) -> Floats:
    r"""Share of each group in the local environment of its own average member.

    Parameters
    ----------
    counts, environments
        See :func:`spatial_information_theory`.

    Returns
    -------
    ndarray
        (groups,) or (groups, k), from 0 to 1; NaN where a group has no members.

    Notes
    -----
    With :math:`n_{im}` members of group :math:`m` in zone :math:`i`, :math:`N_m` in all zones and
    :math:`\tilde\pi_{im}` the group's share in the environment of the zone,

    .. math:: {}_m\tilde P^*_m = \sum_i \frac{n_{im}}{N_m} \tilde\pi_{im}

    Where each environment is the zone itself, it is
    :func:`~kvarter.analyses.segregation.exposure.isolation`.

    References
    ----------
    Reardon, S. F., & O'Sullivan, D. (2004). Measures of spatial segregation. *Sociological
    Methodology*, 34(1), 121–162. https://doi.org/10.1111/j.0081-1750.2004.00150.x

    Examples
    --------
    >>> spatial_isolation([[90, 10], [10, 90]], [[100, 20], [20, 100]]).round(3)
    array([0.767, 0.767])
    """
    n, around, _ = _terms(counts, environments)
    out: Floats = np.minimum(_mean(n, around), 1.0)
    return out


def spatial_divergence(counts: ArrayLike, environments: ArrayLike) -> float | Floats:
    r"""How far the composition of the average person's environment is from that of the whole.

    Parameters
    ----------
    counts, environments
        See :func:`spatial_information_theory`.

    Returns
    -------
    float or ndarray
        Nats, from 0 (every environment has the groups in the shares of the whole); NaN where
        there are no people.

    Notes
    -----
    The mean over people of :func:`local_spatial_divergence`, :math:`\sum_i t_i \tilde D_i / T`.
    Where each environment is the zone itself, it is the mutual information of zones and groups.

    References
    ----------
    Roberto, E. (2016). *The divergence index: a decomposable measure of segregation and
    inequality*. arXiv:1508.01167. https://doi.org/10.48550/arXiv.1508.01167

    Examples
    --------
    >>> round(spatial_divergence([[90, 10], [10, 90]], [[100, 20], [20, 100]]), 3)
    0.243
    """
    people = _array(counts).sum(axis=1)
    return _result(_mean(people, local_spatial_divergence(counts, environments)), counts)


def local_spatial_divergence(counts: ArrayLike, environments: ArrayLike) -> Floats:
    r"""How far the composition of each zone's local environment is from that of the whole.

    Parameters
    ----------
    counts, environments
        See :func:`spatial_information_theory`.

    Returns
    -------
    ndarray
        (zones,) or (zones, k), in nats: 0 where the environment has the groups in the shares of
        the whole; NaN where there is nobody in it, or where it is NaN.

    Notes
    -----
    The Kullback–Leibler divergence of the environment from the whole,

    .. math:: \tilde D_i = \sum_m \tilde\pi_{im} \ln \frac{\tilde\pi_{im}}{\pi_m}

    with the terms of :func:`spatial_information_theory`.

    References
    ----------
    Roberto, E. (2016). *The divergence index: a decomposable measure of segregation and
    inequality*. arXiv:1508.01167. https://doi.org/10.48550/arXiv.1508.01167

    Olteanu, M., Randon-Furling, J., & Clark, W. A. V. (2019). Segregation through the multiscalar
    lens. *Proceedings of the National Academy of Sciences*, 116(25), 12250–12254.
    https://doi.org/10.1073/pnas.1900192116

    Examples
    --------
    >>> local_spatial_divergence([[90, 10], [10, 90]], [[100, 20], [60, 60]]).round(3)
    array([0.243, 0.   ])
    """
    n, around, _ = _terms(counts, environments)
    share = _shares(n.sum(axis=0), axis=0)
    ratio = divide(around, share)
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    # A group that the environment has none of adds nothing; one that nobody is in, neither.
    apart: Floats = np.maximum((around * np.where(around > 0, logs, 0.0)).sum(axis=1), 0.0)
    return apart


def _array(counts: ArrayLike) -> Floats:
    """Give counts as (zones, groups) or (zones, groups, k) floats."""
    n = np.asarray(counts, dtype=np.float64)
    if n.ndim not in (2, 3):
        raise ValueError(f"counts must be zones × groups, or zones × groups × k, not {n.shape}")
    return n


def _terms(counts: ArrayLike, environments: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Give the counts, the shares of the groups in the environments, and the zones' people."""
    n, around = _array(counts), _array(environments)
    if n.shape != around.shape:
        raise ValueError(
            f"counts are {n.shape} and environments {around.shape}; both must be alike"
        )
    return n, _shares(around, axis=1), n.sum(axis=1)


def _shares(members: Floats, axis: int) -> Floats:
    """Give the groups' shares, NaN where there is nobody."""
    return divide(members, members.sum(axis=axis, keepdims=True))


def _mean(weights: Floats, values: Floats) -> Floats:
    """Take the weighted mean over the zones that have a value."""
    known = ~np.isnan(values)
    above = (weights * np.where(known, values, 0.0)).sum(axis=0)
    return divide(above, (weights * known).sum(axis=0))


def _result(values: Floats, counts: ArrayLike) -> float | Floats:
    """Give one number for one set of counts."""
    return float(values) if np.ndim(counts) == 2 else values
