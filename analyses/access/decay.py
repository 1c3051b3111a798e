"""Decay: how much less a service counts the farther it is.

Each function gives another, of costs, an array of any shape in the unit of the cost table, to
their weights, of the same shape. Weights have no unit, never rise with the cost and are 1 at a
cost of 0; those of :func:`step` and :func:`table` are the user's. In all measures a weight below
1e-100 counts as 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from ...geo.names import quoted
from ...geo.options import finite
from ._costs import Decay, Floats


def binary(limit: float) -> Decay:
    r"""Count all within a limit in full, and nothing beyond it.

    Parameters
    ----------
    limit
        The farthest cost that counts.

    Returns
    -------
    callable
        Costs to weights, see above.

    Raises
    ------
    ValueError
        Where a parameter, here the limit, is not above 0.

    Notes
    -----
    .. math:: f(c) = [c \le d_0]

    Examples
    --------
    >>> binary(500)([0, 500, 501])
    array([1., 1., 0.])
    """
    _above_0(limit=limit)
    return lambda costs: (np.asarray(costs) <= limit).astype(np.float64)


def step(weights: Mapping[float, float]) -> Decay:
    r"""Let weights fall in steps.

    Parameters
    ----------
    weights
        By the cost up to which it holds, the weight; beyond the last one it is 0.

    Returns
    -------
    callable
        See :func:`binary`.

    Raises
    ------
    ValueError
        Where there are no steps, a cost is negative, or a weight is negative or more than the one
        before.

    Notes
    -----
    .. math:: f(c) = w_r \text{ for } d_{r-1} < c \le d_r

    References
    ----------
    Luo, W., & Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for
    measuring spatial accessibility to primary care physicians. *Health & Place*, 15(4), 1100–1107.
    https://doi.org/10.1016/j.healthplace.2009.06.002

    Examples
    --------
    >>> step({10: 1, 20: 0.68, 30: 0.22})([5, 10, 20, 30, 31])
    array([1.  , 1.  , 0.68, 0.22, 0.  ])
    """
    limits, values = _falling(sorted(weights), [weights[limit] for limit in sorted(weights)])

    def weigh(costs: ArrayLike) -> Floats:
        cost = np.asarray(costs)
        out = np.zeros(cost.shape)
        for limit, value in zip(limits[::-1], values[::-1], strict=True):
            np.putmask(out, cost <= limit, value)
        return out

    return weigh


def linear(limit: float, *, start: float = 0.0) -> Decay:
    r"""Let weights fall in a straight line.

    Parameters
    ----------
    limit
        The cost from which nothing counts.
    start
        The cost up to which all counts in full.

    Returns
    -------
    callable
        See :func:`binary`.

    Raises
    ------
    ValueError
        Where the start is negative, or the limit is not above it.

    Notes
    -----
    .. math:: f(c) = \min\Big(1, \max\Big(0, \frac{d_0 - c}{d_0 - s}\Big)\Big)

    This is the mean of :func:`binary` over all limits from the start to the limit: with it,
    :func:`gravity` gives the number within reach where no one limit is known to be the right one.

    Examples
    --------
    >>> linear(400, start=200)([0, 200, 300, 500])
    array([1. , 1. , 0.5, 0. ])
    """
    if not (finite(start) and finite(limit) and 0 <= start < limit):
        raise ValueError(
            f"start is {quoted(start)} and limit {quoted(limit)}; give 0 <= start < limit"
        )
    return lambda costs: np.clip((limit - np.asarray(costs)) / (limit - start), 0.0, 1.0)


def exponential(rate: float) -> Decay:
    r"""Let weights fall by the same share with each unit of cost.

    Parameters
    ----------
    rate
        By which share, a unit of cost, at first.

    Returns
    -------
    callable
        See :func:`binary`, as for what is refused.

    Notes
    -----
    .. math:: f(c) = e^{-\beta c}

    Examples
    --------
    >>> exponential(0.1)([0, 10]).round(3)
    array([1.   , 0.368])
    """
    _above_0(rate=rate)
    return lambda costs: np.exp(-rate * np.asarray(costs))


def power(exponent: float, *, least: float = 1.0) -> Decay:
    r"""Let weights fall with a power of the cost.

    Parameters
    ----------
    exponent
        The power; 2 for the square.
    least
        The cost up to which weights are 1: a power of 0 has no value.

    Returns
    -------
    callable
        See :func:`binary`, as for what is refused.

    Notes
    -----
    .. math:: f(c) = \Big(\frac{\max(c, c_0)}{c_0}\Big)^{-\beta}

    References
    ----------
    Hansen, W. G. (1959). How accessibility shapes land use. *Journal of the American Institute of
    Planners*, 25(2), 73–76. https://doi.org/10.1080/01944365908978307

    Examples
    --------
    >>> power(2, least=100)([0, 100, 200])
    array([1.  , 1.  , 0.25])
    """
    _above_0(exponent=exponent, least=least)
    return lambda costs: (np.maximum(costs, least) / least) ** -exponent


def gaussian(width: float) -> Decay:
    r"""Let weights fall as the bell curve does.

    Parameters
    ----------
    width
        Its standard deviation, as a cost.

    Returns
    -------
    callable
        See :func:`binary`, as for what is refused.

    Notes
    -----
    .. math:: f(c) = e^{-c^2 / (2 \sigma^2)}

    Examples
    --------
    >>> gaussian(20)([0, 20, 40]).round(3)
    array([1.   , 0.607, 0.135])
    """
    _above_0(width=width)
    return lambda costs: np.exp(-0.5 * (np.asarray(costs) / width) ** 2)


def truncated_gaussian(limit: float) -> Decay:
    r"""Let weights fall as the bell curve does, down to 0 at a limit.

    Parameters
    ----------
    limit
        The cost from which nothing counts.

    Returns
    -------
    callable
        See :func:`binary`, as for what is refused.

    Notes
    -----
    .. math:: f(c) = \frac{e^{-\frac12 (c / d_0)^2} - e^{-\frac12}}{1 - e^{-\frac12}}
        \text{ for } c \le d_0

    References
    ----------
    Dai, D. (2010). Black residential segregation, disparities in spatial access to health care
    facilities, and late-stage breast cancer diagnosis in metropolitan Detroit. *Health & Place*,
    16(5), 1038–1052. https://doi.org/10.1016/j.healthplace.2010.06.012

    Examples
    --------
    >>> truncated_gaussian(100)([0, 50, 100, 150]).round(3)
    array([1.   , 0.701, 0.   , 0.   ])
    """
    _above_0(limit=limit)
    end = np.exp(-0.5)

    def weigh(costs: ArrayLike) -> Floats:
        bell = np.exp(-0.5 * np.square(np.asarray(costs) / limit))
        return np.maximum(0.0, (bell - end) / (1 - end))

    return weigh


def epanechnikov(limit: float) -> Decay:
    r"""Let weights fall as a parabola does, down to 0 at a limit.

    Parameters
    ----------
    limit
        The cost from which nothing counts.

    Returns
    -------
    callable
        See :func:`binary`, as for what is refused.

    Notes
    -----
    .. math:: f(c) = 1 - (c / d_0)^2 \text{ for } c \le d_0

    The kernel's factor of ¾ is left out, so that the weight is 1 at a cost of 0. Floating
    catchments are the same with it.

    References
    ----------
    Dai, D., & Wang, F. (2011). Geographic disparities in accessibility to food stores in southwest
    Mississippi. *Environment and Planning B*, 38(4), 659–677. https://doi.org/10.1068/b36149

    Examples
    --------
    >>> epanechnikov(100)([0, 50, 100, 150])
    array([1.  , 0.75, 0.  , 0.  ])
    """
    _above_0(limit=limit)
    return lambda costs: np.maximum(0.0, 1 - np.square(np.asarray(costs) / limit))


def logistic(middle: float, spread: float) -> Decay:
    r"""Let weights fall slowly at first, fast around a middle, and slowly again.

    Parameters
    ----------
    middle
        The cost around which weights fall fastest.
    spread
        Over how much cost they fall: the standard deviation of the distribution.

    Returns
    -------
    callable
        See :func:`binary`, as for what is refused.

    Notes
    -----
    .. math:: f(c) = \frac{1 + e^{-\mu \pi / (\sigma \sqrt 3)}}
        {1 + e^{(c - \mu) \pi / (\sigma \sqrt 3)}}

    References
    ----------
    Bauer, J., & Groneberg, D. A. (2016). Measuring spatial accessibility of health care providers:
    introduction of a variable distance decay function within the floating catchment area (FCA)
    method. *PLoS ONE*, 11(7), e0159148. https://doi.org/10.1371/journal.pone.0159148

    Examples
    --------
    >>> logistic(1000, 300)([0, 1000, 3000]).round(3)
    array([1.   , 0.501, 0.   ])
    """
    _above_0(middle=middle, spread=spread)
    slope = np.pi / (spread * np.sqrt(3))
    top = 1 + np.exp(-slope * middle)
    # Its own mirror image in exp(-x) does not overflow where the cost is large.
    return lambda costs: top * 0.5 * (1 - np.tanh(0.5 * slope * (np.asarray(costs) - middle)))


def table(costs: ArrayLike, weights: ArrayLike) -> Decay:
    """Read weights off a table, in a straight line between two of its rows.

    Parameters
    ----------
    costs, weights
        Costs in rising order, and the weight at each, none more than the one before. Up to the
        first cost its weight holds; beyond the last nothing counts.

    Returns
    -------
    callable
        See :func:`binary`.

    Raises
    ------
    ValueError
        Where the table has no rows or two of different lengths, the costs do not rise or are
        negative, or a weight is negative or more than the one before.

    Examples
    --------
    >>> table([0, 500, 1000], [1, 0.8, 0])([250, 750, 2000])
    array([0.9, 0.4, 0. ])
    """
    given = [np.asarray(column, dtype=np.float64) for column in (costs, weights)]
    if given[0].shape != given[1].shape or given[0].ndim != 1:
        raise ValueError(
            f"there are {given[0].size} costs and {given[1].size} weights; give one weight a cost"
        )
    at, values = _falling(*given)
    return lambda wanted: np.interp(wanted, at, values, right=0.0)


def _above_0(**given: float) -> None:
    """Refuse what is not above 0."""
    for name, value in given.items():
        if not (finite(value) and value > 0):
            raise ValueError(f"{name} is {quoted(value)}; give a number above 0")


def _falling(costs: ArrayLike, weights: ArrayLike) -> tuple[Floats, Floats]:
    """Give costs that rise and weights that do not, or refuse them."""
    at, values = (np.asarray(column, dtype=np.float64) for column in (costs, weights))
    if len(at) == 0:
        raise ValueError("a decay needs one cost and its weight at least")
    if not (at[0] >= 0 and (np.diff(at) > 0).all() and np.isfinite(at).all()):
        raise ValueError(f"the costs of a decay are 0 or more and rise, not {at.tolist()}")
    if not (np.isfinite(values).all() and values[-1] >= 0 and (np.diff(values) <= 0).all()):
        raise ValueError(
            f"the weights of a decay are 0 or more and do not rise, not {values.tolist()}"
        )
    return at, values
