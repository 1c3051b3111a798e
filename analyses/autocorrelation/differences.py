"""Local Geary: how much a zone differs from its neighbours, in one or several things."""

from __future__ import annotations

from typing import Unpack

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from . import rates
from ._draws import Neighbours
from ._known import Floats
from ._of_rates import told
from ._zones import (
    Measured,
    Options,
    drawn_tails,
    frame,
    moments,
    row_sums,
    score,
    spread_out,
    squares,
    standardised,
)

DIFFERENCES = ("other positive", "low-low", "high-high", "negative")
"""Alike: across the mean, both below it, both above it; and unlike."""

SEVERAL = ("positive", "negative")
"""Alike and unlike in several things at once."""


def local_geary(
    values: pd.Series | pd.DataFrame,
    graph: Graph,
    *,
    population: pd.Series | None = None,
    **options: Unpack[Options],
) -> pd.DataFrame:
    r"""Find the zones that differ from their neighbours less, or more, than chance would have it.

    Parameters
    ----------
    values
        One value a zone, or zones × variables for all of them at once; a zone where one is NaN is
        left out. With ``population``, how many events, of one variable.
    population
        Among how many the events are counted, by zone. What is measured is then the rate, on the
        scale of :func:`kvarter.analyses.autocorrelation.rates.empirical_bayes_standardized`.
    graph, **options
        See :func:`local`.

    Returns
    -------
    DataFrame
        See :func:`local`. ``cluster`` is one of :data:`DIFFERENCES`, or of :data:`SEVERAL` for
        several variables, where it is significant. With ``population``, the columns of
        :func:`local_moran` of rates too.

    Raises
    ------
    ValueError
        See :func:`local`; also where there is no variable, or several of rates.

    Notes
    -----
    With :math:`z_{vi}` the standardised value of the variable :math:`v` of :math:`k`,

    .. math:: c_i = \frac{1}{k} \sum_v \sum_j w_{ij} (z_{vi} - z_{vj})^2

    Small where neighbours are alike: ``alternative="less"`` asks for likeness. Alike are
    ``high-high`` where the zone and the mean of its neighbours are above the overall mean,
    ``low-low`` where both are below, and ``other positive`` where they are close to each other on
    either side of it. Of several variables only likeness and unlikeness can be told.

    A zone's differences from all others have a mean and a variance in closed form, so that
    ``expected`` and ``z`` are exact. All variables of a zone are drawn together.

    References
    ----------
    Anselin (1995), see :func:`local`.

    Anselin, L. (2019). A local indicator of multivariate spatial association: extending Geary's c.
    *Geographical Analysis*, 51(2), 133–150. https://doi.org/10.1111/gean.12164

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> x, y = np.divmod(np.arange(81), 9)
    >>> cells = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1))
    >>> values = pd.Series([1.0] * 36 + [9.0] * 45)
    >>> found = local_geary(values, neighbours.contiguity(cells))
    >>> sorted(set(found["cluster"]))
    ['high-high', 'low-low', 'not significant']
    """
    table = values.to_frame() if isinstance(values, pd.Series) else values
    if not table.shape[1]:
        raise ValueError("there is no variable; give one column or more")
    if population is None:
        return frame(table, graph, options, _measured)
    events = table.iloc[:, 0]
    if table.shape[1] > 1:
        raise ValueError("rates are of one variable; leave out population")
    standard = rates.empirical_bayes_standardized(events, population).to_frame()
    few = rates.small(events, population)
    return told(frame(standard, graph, options, _measured, few=few), events, population, few)


def _measured(y: Floats, beside: Neighbours) -> Measured:
    n, k = y.shape
    z, weights, scaled = standardised(y), beside.weights, y / y.std(axis=0)
    row = np.repeat(np.arange(n), beside.number)
    apart = ((scaled[row] - scaled[weights.indices]) ** 2).sum(axis=1) / k
    statistic = row_sums(beside, weights.data * apart)

    # A zone's difference from another is (s_i + s_j − 2 z_i · z_j) / k with s the squared norm.
    norm = (z**2).sum(axis=1)
    mean = (n * norm + norm.sum() - 2 * z @ z.sum(axis=0)) / k / (n - 1)
    fourth = (
        n * norm**2
        + (norm**2).sum()
        + 4 * ((z @ (z.T @ z)) * z).sum(axis=1)
        + 2 * norm * norm.sum()
        - 4 * norm * (z @ z.sum(axis=0))
        - 4 * z @ (norm @ z)
    )
    variance = np.maximum(fourth / k**2 / (n - 1) - mean**2, 0)
    linked = (beside.number > 0).astype(float)
    expected, deviation = moments(mean, variance, linked, squares(beside), n - 1)

    # Without the zone's own square, which all draws for it have, and in units of its distance from
    # the middle, lest the sums of one far from it lose their digits.
    far = spread_out(scaled)
    size = (far**2).sum(axis=1)
    unit = np.maximum(np.sqrt(size), 1)[:, None]
    factors, drawn = np.column_stack([-2 * far, np.ones(n)]) / unit, np.column_stack([far, size])
    observed = (factors * (weights @ drawn)).sum(axis=1)
    tails = drawn_tails(drawn, observed, beside, factors)
    z_score = score(statistic, expected, deviation)
    if k > 1:
        return Measured(statistic, expected, z_score, tails, SEVERAL, 1, 0)
    own, lag = z[:, 0], weights @ z[:, 0]
    alike = np.where((own > 0) & (lag > 0), 2, (own < 0) & (lag < 0)).astype(np.int64)
    return Measured(statistic, expected, z_score, tails, DIFFERENCES, 3, alike)
