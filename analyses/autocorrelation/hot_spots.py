"""Getis and Ord's local G: where high values come together, and where low ones."""

from __future__ import annotations

from typing import Unpack

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy import sparse

from . import rates
from ._draws import Neighbours
from ._known import Floats
from ._of_rates import told
from ._zones import (
    NO_CLASS,
    Measured,
    Options,
    drawn_tails,
    frame,
    moments,
    of_others,
    score,
    spread_out,
    squares,
)

SPOTS = ("hot spot", "cold spot")
"""Where the values around are high, and where they are low."""


def local_g(
    values: pd.Series,
    graph: Graph,
    *,
    star: bool = False,
    population: pd.Series | None = None,
    **options: Unpack[Options],
) -> pd.DataFrame:
    r"""Find the zones around which values are higher, or lower, than chance would have it.

    Parameters
    ----------
    values
        One value a zone, 0 or more, NaN where it is not known; with ``population``, how many
        events.
    star
        Whether the zone counts among its own neighbours, with as much weight as the nearest of
        them: :math:`G_i^*` and not :math:`G_i`.
    population
        Among how many the events are counted, by zone. What is measured is then the rate of
        :func:`kvarter.analyses.autocorrelation.rates.empirical_bayes`, which is 0 or more and
        near the mean where people are few.
    graph, **options
        See :func:`local`.

    Returns
    -------
    DataFrame
        See :func:`local`. ``cluster`` is one of :data:`SPOTS` where it is significant. With
        ``population``, the columns of :func:`local_moran` of rates too.

    Raises
    ------
    ValueError
        See :func:`local`.

    Notes
    -----
    .. math::

        G_i = \frac{\sum_{j \ne i} w_{ij} x_j}{\sum_{j \ne i} x_j}, \qquad
        G_i^* = \frac{\sum_j w_{ij} x_j}{\sum_j x_j}

    are ``statistic``, and ``z`` are the statistics of Ord and Getis (1995): the sum's standard
    score over the other zones, and over all zones for :math:`G_i^*`,

    .. math::

        z(G_i) = \frac{\sum_{j \ne i} w_{ij} x_j - W_i \bar x(i)}
        {s(i) \sqrt{((n - 1) S_{1i} - W_i^2) / (n - 2)}}, \qquad
        z(G_i^*) = \frac{\sum_j w_{ij} x_j - W_i \bar x}{s \sqrt{(n S_{1i} - W_i^2) / (n - 1)}}

    with :math:`W_i` the sum of the weights and :math:`S_{1i}` that of their squares. Where a value
    is below 0 the ratio means nothing: ``statistic`` and ``expected`` are NaN and ``z`` is still
    right. esda puts :math:`W_i` for :math:`S_{1i}`, so that its score of row-standardised weights
    is another; that of binary weights is equal to ours.

    The p-value belongs to the score: for :math:`G_i` the neighbours are drawn from the other
    zones, for :math:`G_i^*` the neighbours and the zone itself from all zones, as its mean and
    variance are. esda and GeoDa let the zone keep its value when they draw for :math:`G_i^*` too.
    That tests :math:`G_i`, and a zone of 0 among high ones can then be hot with a score below 0.
    Here no spot is hot with a score below 0, or cold with one above, whatever its p-value.

    References
    ----------
    Getis, A., & Ord, J. K. (1992). The analysis of spatial association by use of distance
    statistics. *Geographical Analysis*, 24(3), 189–206.
    https://doi.org/10.1111/j.1538-4632.1992.tb00261.x

    Ord, J. K., & Getis, A. (1995). Local spatial autocorrelation statistics: distributional issues
    and an application. *Geographical Analysis*, 27(4), 286–306.
    https://doi.org/10.1111/j.1538-4632.1995.tb00912.x

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> x, y = np.divmod(np.arange(81), 9)
    >>> cells = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1))
    >>> values = pd.Series([1.0] * 36 + [9.0] * 45)
    >>> found = local_g(values, neighbours.contiguity(cells), star=True)
    >>> sorted(set(found["cluster"]))
    ['cold spot', 'hot spot', 'not significant']
    """

    def measure(y: Floats, beside: Neighbours) -> Measured:
        return _measured(y[:, 0], beside, star)

    if population is None:
        return frame(values.to_frame(), graph, options, measure)
    smoothed = rates.empirical_bayes(values, population).to_frame()
    few = rates.small(values, population)
    return told(frame(smoothed, graph, options, measure, few=few), values, population, few)


def _measured(x: Floats, beside: Neighbours, star: bool) -> Measured:
    n, ones = len(x), np.ones(len(x))
    # On a scale of their own, lest sums of large numbers lose what values differ by.
    values = spread_out(x)
    if star:
        beside = _with_itself(beside)
        mean, deviation = moments(
            values.mean() * ones, values.var() * ones, ones, squares(beside), n
        )
        many, below = n, np.full(n, x.sum())
    else:
        mean, deviation = moments(*of_others(values), ones, squares(beside), n - 1)
        many, below = n - 1, x.sum() - x
    around = beside.weights @ values
    z = score(around, mean, deviation)
    tails = drawn_tails(values[:, None], around, beside, whole=star)
    # Of values as skewed as can be, most draws may lie below their mean: a spot that is hot by its
    # draws alone, with a score below 0, is none.
    hot, cold = np.where(z < 0, NO_CLASS, 0), np.where(z > 0, NO_CLASS, 1)
    usable = (below > 0) & (x.min() >= 0)
    ratio = np.full(n, np.nan)
    statistic = np.divide(beside.weights @ x, below, out=ratio, where=usable)
    expected = np.where(usable, 1 / many, np.nan)
    return Measured(statistic, expected, z, tails, SPOTS, hot, cold)


def _with_itself(beside: Neighbours) -> Neighbours:
    """Put each zone that has neighbours among them, with the greatest of their weights."""
    own = sparse.csr_array(beside.weights).max(axis=1).toarray().ravel()
    weights = sparse.diags_array(1 / (1 + own)) @ (beside.weights + sparse.diags_array(own))
    weights = sparse.csr_array(weights)
    weights.eliminate_zeros()
    weights.sort_indices()
    return Neighbours(weights, np.diff(weights.indptr).astype(np.int64), beside.equal)
