"""Concentration: whether access is with those who are well off or with those who are not."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from ...geo.names import quoted
from ._weighted import known
from .spread import area, curve


def concentration_curve(values: pd.Series, people: pd.Series, rank: pd.Series) -> pd.DataFrame:
    """Draw which share of all access those of the lowest rank have together.

    Parameters
    ----------
    values
        How much access each zone has, 0 or more.
    people
        People by zone. Zones without a value or a rank are left out.
    rank
        What puts people in order, from the worst off to the best off, such as the income of
        their zone.

    Returns
    -------
    DataFrame
        ``people, value``: cumulative shares from (0, 0) to (1, 1); one row a rank and the start,
        with NaN values where nobody has anything. Above the diagonal those of low rank have more
        than their share.

    Raises
    ------
    ValueError
        Where a value or a number of people is negative or infinite, or a zone has no value or
        rank.

    References
    ----------
    Kakwani, N., Wagstaff, A., & van Doorslaer, E. (1997). Socioeconomic inequalities in health:
    Measurement, computation, and statistical inference. *Journal of Econometrics*, 77(1), 87–103.
    https://doi.org/10.1016/S0304-4076(96)01807-6

    Examples
    --------
    >>> values, people = pd.Series({"a": 3.0, "b": 1.0}), pd.Series({"a": 50, "b": 50})
    >>> concentration_curve(values, people, pd.Series({"a": 20_000, "b": 40_000}))
       people  value
    0     0.0   0.00
    1     0.5   0.75
    2     1.0   1.00
    """
    v, n, r, _ = known(values, people, rank)
    return curve(v, n, np.argsort(r, kind="stable"), ties=r)


def concentration_index(
    values: pd.Series,
    people: pd.Series,
    rank: pd.Series,
    *,
    correction: Literal["erreygers", "wagstaff"] | None = None,
    bounds: tuple[float, float] | None = None,
) -> float:
    r"""Concentration index: whether those of high rank have more than their share, or less.

    Parameters
    ----------
    values, people, rank
        See :func:`concentration_curve`.
    correction
        For values that cannot go beyond bounds, as a share within a limit cannot: of those, the
        mean alone decides how far the plain index can go.
    bounds
        The least and the most that a value can be; with a correction only.

    Returns
    -------
    float
        From −1 (the one of lowest rank has everything) to 1 (the one of highest rank has); 0 where
        rank makes no difference. NaN where nobody has anything, and for ``"wagstaff"`` where
        everybody is at a bound.

    Raises
    ------
    ValueError
        See :func:`concentration_curve`; and where a correction has no bounds, bounds stand without
        one, or a value lies outside them.

    Notes
    -----
    With the fractional rank :math:`R_i`, the share of people of lower rank and half of those of
    the same,

    .. math:: C = \frac{2}{\bar v} \operatorname{cov}(v, R), \qquad
        E = \frac{4 \bar v}{b - a} C, \qquad
        W = \frac{(b - a) \bar v}{(b - \bar v)(\bar v - a)} C

    :math:`C` is twice the area between the diagonal and the curve. A cost is bad, not good: there
    a positive index means that those of high rank have far to go.

    References
    ----------
    Kakwani, N., Wagstaff, A., & van Doorslaer, E. (1997). *Journal of Econometrics*, 77(1),
    87–103. https://doi.org/10.1016/S0304-4076(96)01807-6

    Wagstaff, A. (2005). The bounds of the concentration index when the variable of interest is
    binary, with an application to immunization inequality. *Health Economics*, 14(4), 429–432.
    https://doi.org/10.1002/hec.953

    Erreygers, G. (2009). Correcting the concentration index. *Journal of Health Economics*, 28(2),
    504–515. https://doi.org/10.1016/j.jhealeco.2008.02.003

    Examples
    --------
    >>> values, people = pd.Series({"a": 0.9, "b": 0.3}), pd.Series({"a": 50, "b": 50})
    >>> income = pd.Series({"a": 20_000, "b": 40_000})
    >>> round(concentration_index(values, people, income), 3)
    -0.25
    >>> corrected = {"correction": "erreygers", "bounds": (0, 1)}
    >>> round(concentration_index(values, people, income, **corrected), 3)
    -0.6
    """
    v, n, _, _ = known(values, people, rank)
    if correction not in (None, "erreygers", "wagstaff"):
        raise ValueError(
            f"correction is {quoted(correction)}; give 'erreygers', 'wagstaff' or None"
        )
    if (correction is None) != (bounds is None):
        raise ValueError(
            "a correction needs bounds, and bounds need a correction: the least and the most that "
            "a value can be, as (0, 1) for a share"
        )
    plain = 1 - 2 * area(concentration_curve(values, people, rank))
    if correction is None or bounds is None or np.isnan(plain):
        return plain
    low, high = bounds
    if not low < high or v.min() < low or v.max() > high:
        raise ValueError(
            f"bounds are {quoted(tuple(bounds))}, and values go from {v.min():g} to {v.max():g}"
        )
    mean = float(np.average(v, weights=n))
    if correction == "erreygers":
        return 4 * mean / (high - low) * plain
    below = (high - mean) * (mean - low)
    return (high - low) * mean / below * plain if below > 0 else float("nan")
