"""Local spatial heteroskedasticity: where neighbours differ much among each other."""

from __future__ import annotations

from typing import Literal, Unpack, get_args

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from ._draws import Neighbours
from ._known import Floats
from ._zones import Measured, Options, drawn_tails, frame, named, score, squares, standardised

SPREADS = ("heterogeneous", "homogeneous")
"""Where residuals around are large, and where they are small."""

Inference = Literal["permutation", "chi_square"]


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
    graph
        Neighbours of the zones; row-standardised here.
    inference
        Whether p-values are of draws or of Ord and Getis' chi-square approximation.
    **options
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
    draws are better (Xu et al. 2014).

    The neighbours' squared residuals are drawn from those of the other zones. Xu et al. draw the
    values and compute residuals anew, which tests for a pattern of the values as well; here it is
    the pattern of the spread alone. esda has the approximation only, one-sided: that is
    ``alternative="greater"``.

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
        return _measured(standardised(y)[:, 0], beside, inference)

    return frame(values.to_frame(), graph, options, measure, islands=False)


def _measured(x: Floats, beside: Neighbours, inference: Inference) -> Measured:
    from scipy.stats import chi2

    n, weights = len(x), beside.weights
    residual = (x - weights @ x) ** 2
    residual = residual / residual.mean() if residual.mean() > 1e-20 else np.ones(n)
    statistic = weights @ residual
    variance = residual.var() / (n - 1) * (n * squares(beside) - 1)

    def approximate(draws: int, seed: int) -> tuple[Floats, Floats]:
        with np.errstate(divide="ignore", invalid="ignore"):
            at, freedom = 2 * statistic / variance, 2 / variance
        flat = variance <= 1e-12
        upper = np.where(flat, 1.0, chi2.sf(at, freedom))
        return upper, np.where(flat, 1.0, chi2.cdf(at, freedom))

    drawn = inference == "permutation"
    tails = drawn_tails(residual[:, None], statistic, beside) if drawn else approximate
    z = score(statistic, np.ones(n), np.sqrt(variance))
    above, below = (named(SPREADS, np.full(n, side)) for side in (0, 1))
    return Measured(statistic, np.ones(n), z, tails, above, below, drawn=drawn)
