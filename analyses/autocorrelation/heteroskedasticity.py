"""Local spatial heteroskedasticity: where neighbours differ much among each other."""

from __future__ import annotations

from typing import Literal, Unpack, get_args

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from ._draws import TOLERANCE, Neighbours
from ._known import Floats
from ._shuffled import shuffles
from ._zones import Measured, Options, frame, score, spread_out, squares

SPREADS = ("heterogeneous", "homogeneous")
"""Where residuals around are large, and where they are small."""

FLAT = "no zone differs from the mean of its neighbours"
"""The note where there is no residual at all."""

Inference = Literal["permutation", "chi_square"]

_BLOCK = 4_000_000

_FLAT = 1e-25
"""A mean square below this is what rounding leaves of values whose usual distance is 1."""


def local_heteroskedasticity(
    values: pd.Series,
    graph: Graph,
    *,
    inference: Inference = "permutation",
    **options: Unpack[Options],
) -> pd.DataFrame:
    r"""Find the zones around which values vary more, or less, than chance would have it.

    Parameters
    ----------
    values
        One value a zone, NaN where it is not known.
    inference
        Whether p-values are of draws or of Ord and Getis' chi-square approximation.
    graph, **options
        See :func:`local`.

    Returns
    -------
    DataFrame
        See :func:`local`. ``cluster`` is one of :data:`SPREADS` where it is significant. Zones
        without neighbours have no residual and are left out, of the draws too.

    Raises
    ------
    ValueError
        See :func:`local`; also where ``inference`` is something else.

    Notes
    -----
    With the residuals :math:`e_j = x_j - \sum_k w_{jk} x_k` from the neighbours' mean and
    :math:`h_1` the mean of :math:`e_j^2`,

    .. math:: H_i = \frac{1}{h_1} \sum_j w_{ij} e_j^2, \qquad E[H_i] = 1, \qquad
        V_i = \frac{h_2 - h_1^2}{(n - 1) h_1^2} \left(n \sum_j w_{ij}^2 - 1\right)

    where :math:`h_2` is the mean of :math:`e_j^4`. By the approximation :math:`2 H_i / V_i` is
    chi-square with :math:`2 / V_i` degrees of freedom. It holds poorly for few neighbours, where
    draws are better (Xu et al. 2014). esda has the approximation only, one-sided: that is
    ``alternative="greater"``.

    A draw gives the values of all zones other places and computes residuals anew, for all zones at
    once, as residuals of neighbours have values in common and may not change places themselves.
    Here the p-value is not conditional on the zone's own value, and there is nothing to look up:
    it takes as long as the draws are many.

    References
    ----------
    Ord, J. K., & Getis, A. (2012). Local spatial heteroscedasticity (LOSH). *Annals of Regional
    Science*, 48(2), 529–539. https://doi.org/10.1007/s00168-011-0492-y

    Xu, M., Mei, C.-L., & Yan, N. (2014). A note on the null distribution of the local spatial
    heteroscedasticity (LOSH) statistic. *Annals of Regional Science*, 52(3), 697–710.
    https://doi.org/10.1007/s00168-014-0605-3

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> x, y = np.divmod(np.arange(225), 15)
    >>> cells = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1))
    >>> noise = np.random.default_rng(1).normal(size=225)
    >>> values = pd.Series(np.where(x < 7, 0.1, 3.0) * noise)
    >>> found = local_heteroskedasticity(values, neighbours.contiguity(cells))
    >>> sorted(set(found["cluster"]))
    ['heterogeneous', 'homogeneous', 'not significant']
    """
    if inference not in get_args(Inference):
        names = ", ".join(map(repr, get_args(Inference)))
        raise ValueError(f"inference is {inference!r}; there are {names}")

    def measure(y: Floats, beside: Neighbours) -> Measured:
        return _measured(spread_out(y)[:, 0], beside, inference)

    return frame(values.to_frame(), graph, options, measure, islands=False)


def _measured(x: Floats, beside: Neighbours, inference: Inference) -> Measured:
    n = len(x)
    residual, statistic = _statistic(x[:, None], beside)
    residual, statistic = residual[:, 0], statistic[:, 0]
    variance = residual.var() / (n - 1) * (n * squares(beside) - 1)
    drawn = inference == "permutation"

    def tails(draws: int, seed: int) -> tuple[Floats, Floats]:
        if drawn:
            return _drawn(x, statistic, beside, draws, seed)
        return _approximate(statistic, variance)

    z = score(statistic, np.ones(n), np.sqrt(variance))
    tested = np.full(n, bool(residual.any()))
    figures = np.where(tested, statistic, np.nan), np.ones(n), z
    return Measured(*figures, tails, SPREADS, 0, 1, tested=tested, untested=FLAT, drawn=drawn)


def _statistic(x: Floats, beside: Neighbours) -> tuple[Floats, Floats]:
    """Give squared residuals, with a mean of 1, and the statistic; x is (zones, maps)."""
    residual = (x - beside.weights @ x) ** 2
    mean = residual.mean(axis=0)
    residual = np.divide(residual, mean, out=np.zeros_like(residual), where=mean > _FLAT)
    return residual, beside.weights @ residual


def _drawn(
    x: Floats, statistic: Floats, beside: Neighbours, draws: int, seed: int
) -> tuple[Floats, Floats]:
    larger, smaller = np.zeros((2, len(x)))
    block = max(1, _BLOCK // len(x))
    # Beside one absurd value, all statistics but those near it are all but 0, and differ.
    slack = TOLERANCE * np.minimum(statistic, 1) + _FLAT / ((x - beside.weights @ x) ** 2).mean()
    least, most = statistic - slack, statistic + slack
    for start in range(0, draws, block):
        order = shuffles(len(x), min(block, draws - start), seed, start).T
        _, of_draws = _statistic(x[order], beside)
        larger += (of_draws >= least[:, None]).sum(axis=1)
        smaller += (of_draws <= most[:, None]).sum(axis=1)
    return (larger + 1) / (draws + 1), (smaller + 1) / (draws + 1)


def _approximate(statistic: Floats, variance: Floats) -> tuple[Floats, Floats]:
    from scipy.stats import chi2

    with np.errstate(divide="ignore", invalid="ignore"):
        at, freedom = 2 * statistic / variance, 2 / variance
    flat = variance <= 1e-12
    return (
        np.where(flat, 1.0, chi2.sf(at, freedom)),
        np.where(flat, 1.0, chi2.cdf(at, freedom)),
    )
