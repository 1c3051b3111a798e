"""Segregation among all groups of an attribute at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._terms import columns, divide, entropy, unit


def information_theory(counts: ArrayLike) -> float:
    r"""How much less mixed the zones are than all zones together, for all groups (Theil's H).

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups).

    Returns
    -------
    float
        From 0 (every zone has the groups in the same shares) to 1 (every zone has one group);
        NaN where fewer than two groups have members.

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
    n = columns(counts)
    total = n.sum(axis=1)
    inside = entropy(np.nan_to_num(divide(n, total[:, None])), axis=1)
    whole = entropy(np.nan_to_num(divide(n.sum(axis=0), total.sum())), axis=0)
    return float(unit(1 - divide(total @ inside, total.sum() * whole)))


def multigroup_dissimilarity(counts: ArrayLike) -> float:
    r"""Share of people that would have to move, of those who would if segregation were complete.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups).

    Returns
    -------
    float
        From 0 (every zone has the groups in the same shares) to 1 (every zone has one group);
        NaN where fewer than two groups have members.

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
    n = columns(counts)
    total = n.sum(axis=1)
    share = np.nan_to_num(divide(n.sum(axis=0), total.sum()))
    if (share > 0).sum() < 2:
        return float("nan")
    moved = np.abs(n - total[:, None] * share).sum()
    return float(unit(moved / (2 * total.sum() * (share * (1 - share)).sum())))
