"""Local Moran: is a zone high or low, and are its neighbours."""

from __future__ import annotations

from typing import Unpack

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from . import rates
from ._draws import TOLERANCE, Neighbours
from ._known import Floats
from ._of_rates import told
from ._zones import (
    Measured,
    Options,
    drawn_tails,
    frame,
    moments,
    of_others,
    score,
    second,
    spread_out,
    squares,
    standardised,
)

QUADRANTS = ("low-low", "low-high", "high-low", "high-high")
"""First the zone's own value, then its neighbours'."""


def local_moran(
    values: pd.Series,
    graph: Graph,
    *,
    population: pd.Series | None = None,
    **options: Unpack[Options],
) -> pd.DataFrame:
    r"""Find the zones whose neighbours are more, or less, like them than chance would have it.

    Parameters
    ----------
    values
        One value a zone, NaN where it is not known; with ``population``, how many events.
    population
        Among how many the events are counted, by zone. What is measured is then the rate, on the
        scale of :func:`kvarter.analyses.autocorrelation.rates.empirical_bayes_standardized`.
    graph, **options
        See :func:`local`.

    Returns
    -------
    DataFrame
        See :func:`local`. ``cluster`` is one of :data:`CLUSTERS`. With ``population``, three
        columns more: ``population``, the raw ``rate`` and ``small``, where the rate is of so few
        that its ``cluster`` is :data:`TOO_FEW`.

    Raises
    ------
    ValueError
        See :func:`local`; also what :func:`kvarter.analyses.autocorrelation.rates.raw` refuses.

    Notes
    -----
    With :math:`z_i` the deviations from the mean and :math:`w_{ij}` the row-standardised weights,

    .. math:: I_i = (n - 1) \frac{z_i \sum_j w_{ij} z_j}{\sum_k z_k^2}

    as esda has it: Anselin's eq. 12 with the variance of the zones in the scale. ``expected`` and
    ``z`` are mean and standard score over all draws of neighbours, in closed form (Sokal et al.
    1998).

    A standardised rate has the same variance whatever the population, if the true rates have. It
    is no promise about a single zone: where chance has more to do with a rate than the zone
    (:func:`kvarter.analyses.autocorrelation.rates.small`), the zone has a class of its own.

    References
    ----------
    Anselin (1995), see :func:`local`.

    Sokal, R. R., Oden, N. L., & Thomson, B. A. (1998). Local spatial autocorrelation in a
    biological model. *Geographical Analysis*, 30(4), 331–354.
    https://doi.org/10.1111/j.1538-4632.1998.tb00406.x

    Assunção and Reis (1999), see :func:`rates.empirical_bayes_standardized`.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> x, y = np.divmod(np.arange(81), 9)
    >>> cells = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1))
    >>> values = pd.Series([1.0] * 36 + [9.0] * 45)
    >>> found = local_moran(values, neighbours.contiguity(cells))
    >>> sorted(set(found["cluster"]))
    ['high-high', 'low-low', 'not significant']
    """
    if population is None:
        return frame(values.to_frame(), graph, options, _moran)
    standardised_rates = rates.empirical_bayes_standardized(values, population)
    few = rates.small(values, population)
    out = frame(standardised_rates.to_frame(), graph, options, _moran, few=few)
    return told(out, values, population, few)


def local_moran_bivariate(
    values: pd.Series, other: pd.Series, graph: Graph, **options: Unpack[Options]
) -> pd.DataFrame:
    r"""Find the zones that have more, or less, of one thing where neighbours have much of another.

    Parameters
    ----------
    values
        One value a zone: its own.
    other
        One value a zone: of another variable, which the neighbours are looked at for.
    graph, **options
        See :func:`local`.

    Returns
    -------
    DataFrame
        See :func:`local`. ``cluster`` is one of :data:`CLUSTERS`: first the zone's own value of
        the one, then its neighbours' of the other.

    Raises
    ------
    ValueError
        See :func:`local`.

    Notes
    -----
    With :math:`z^x` and :math:`z^y` standardised,

    .. math:: I_i = (n - 1) \frac{z^x_i \sum_j w_{ij} z^y_j}{\sum_k (z^x_k)^2}

    The neighbours' :math:`y` are drawn from the other zones. How the two go together within a zone
    is not in the statistic: where they do, likeness of neighbours in :math:`y` alone makes
    clusters.

    References
    ----------
    Anselin, L., Syabri, I., & Smirnov, O. (2002). Visualizing multivariate spatial correlation
    with dynamically linked windows. In *New tools for spatial data analysis: proceedings of the
    specialist meeting*. University of California, Santa Barbara.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> x, y = np.divmod(np.arange(81), 9)
    >>> cells = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1))
    >>> rent, income = pd.Series(np.where(x < 4, 9.0, 1.0)), pd.Series(np.where(x < 4, 1.0, 9.0))
    >>> found = local_moran_bivariate(rent, income, neighbours.contiguity(cells))
    >>> sorted(set(found["cluster"]))
    ['high-low', 'low-high', 'not significant']
    """
    both = pd.DataFrame({"x": values, "y": second(other, values.index)})
    return frame(both, graph, options, _bivariate)


def _moran(y: Floats, beside: Neighbours) -> Measured:
    return _measured(y[:, 0], y[:, 0], beside)


def _bivariate(y: Floats, beside: Neighbours) -> Measured:
    return _measured(y[:, 0], y[:, 1], beside)


def _measured(own: Floats, around: Floats, beside: Neighbours) -> Measured:
    x, y, far = standardised(own), standardised(around), spread_out(around)
    lag = beside.weights @ y
    scale = (len(x) - 1) * x / (x @ x)
    statistic = scale * lag
    mean, deviation = moments(
        *of_others(y), (beside.number > 0).astype(float), squares(beside), len(x) - 1
    )
    expected = scale * mean
    of_lags = drawn_tails(far[:, None], beside.weights @ far, beside)

    def tails(draws: int, seed: int) -> tuple[Floats, Floats]:
        upper, lower = of_lags(draws, seed)
        # A value below the mean turns the neighbours' high into the statistic's low, and one at
        # the mean makes the statistic 0 whoever the neighbours are.
        upper, lower = np.where(x < 0, lower, upper), np.where(x < 0, upper, lower)
        flat = np.abs(x) <= TOLERANCE
        return np.where(flat, 1.0, upper), np.where(flat, 1.0, lower)

    kind = 2 * (x > 0) + (lag > 0)
    z = score(statistic, expected, np.abs(scale) * deviation)
    return Measured(statistic, expected, z, tails, QUADRANTS, kind, kind)
