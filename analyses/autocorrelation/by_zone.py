"""Local spatial autocorrelation: where like lives beside like."""

from __future__ import annotations

from typing import Literal, get_args

import pandas as pd
from libpysal.graph import Graph

from ...geo.names import hint
from ._draws import Alternative
from ._zones import NOT_SIGNIFICANT, Options
from .differences import DIFFERENCES, SEVERAL, local_geary
from .heteroskedasticity import SPREADS, local_heteroskedasticity
from .hot_spots import SPOTS, local_g
from .local_joins import JOINS, local_join_count
from .quadrants import local_moran, local_moran_bivariate
from .significance import Adjustment

CLUSTERS = ("high-high", "low-high", "low-low", "high-low", NOT_SIGNIFICANT)
"""Classes of local Moran: first the zone's own value, then its neighbours'."""

Statistic = Literal[
    "moran",
    "moran_bivariate",
    "geary",
    "geary_multivariate",
    "getis_ord_g",
    "getis_ord_g_star",
    "join_count",
    "join_count_bivariate",
    "join_count_colocated",
    "heteroskedasticity",
]
"""The statistics that there are by zone."""

CLASSES: dict[Statistic, tuple[str, ...]] = {
    "moran": CLUSTERS,
    "moran_bivariate": CLUSTERS,
    "geary": (*DIFFERENCES, NOT_SIGNIFICANT),
    "geary_multivariate": (*SEVERAL, NOT_SIGNIFICANT),
    "getis_ord_g": (*SPOTS, NOT_SIGNIFICANT),
    "getis_ord_g_star": (*SPOTS, NOT_SIGNIFICANT),
    "join_count": (*JOINS, NOT_SIGNIFICANT),
    "join_count_bivariate": (*JOINS, NOT_SIGNIFICANT),
    "join_count_colocated": (*JOINS, NOT_SIGNIFICANT),
    "heteroskedasticity": (*SPREADS, NOT_SIGNIFICANT),
}
"""The classes of each statistic."""

_OF_RATES = ("moran", "geary", "getis_ord_g", "getis_ord_g_star")
_OF_TWO = ("moran_bivariate", "join_count_bivariate", "join_count_colocated")


def local(
    values: pd.Series | pd.DataFrame,
    graph: Graph,
    *,
    statistic: Statistic = "moran",
    other: pd.Series | None = None,
    population: pd.Series | None = None,
    permutations: int = 999,
    most: int | None = None,
    alternative: Alternative = "two-sided",
    adjust: Adjustment | None = "fdr_bh",
    alpha: float = 0.05,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Measure and test a statistic of each zone and its neighbours.

    Parameters
    ----------
    values
        One value a zone; zones × variables for ``geary_multivariate``. A zone with NaN is left
        out, with its links.
    graph
        Neighbours of the zones; row-standardised here. A zone is no neighbour of its own, whatever
        the graph says.
    statistic
        ``moran``, ``moran_bivariate`` (:func:`local_moran`, :func:`local_moran_bivariate`): high
        or low among high or low; ``geary``, ``geary_multivariate`` (:func:`local_geary`): alike or
        not; ``getis_ord_g``, ``getis_ord_g_star`` (:func:`local_g`): hot and cold spots;
        ``join_count``, ``join_count_bivariate``, ``join_count_colocated``
        (:func:`local_join_count`): what is there or not; ``heteroskedasticity``
        (:func:`local_heteroskedasticity`): where values vary.
    other
        The second variable of a statistic of two, of the same zones.
    population
        For ``moran``, ``geary`` and ``getis_ord_…`` of rates: among how many ``values``, then
        events, are counted.
    permutations
        How many sets of neighbours are drawn for each zone from all other zones. Join counts draw
        nothing, and ``heteroskedasticity`` draws whole maps.
    most
        How many are drawn in a second test, where so few as ``permutations`` cannot decide; no
        more than ``permutations`` by default.
    alternative
        Whether a zone stands out on either side of the draws, with a statistic ``greater`` than
        theirs or with one that is ``less``.
    adjust
        How p-values are adjusted for there being as many tests as zones; see
        :func:`kvarter.analyses.autocorrelation.adjusted`.
    alpha
        Level of significance of the classes.
    seed
        Of the draws, which are of zones by their places: in another order of the rows, other zones
        are drawn, and p-values differ by chance. That holds of :func:`measure` and
        :func:`correlogram` too.

    Returns
    -------
    DataFrame
        By zone, with the index of ``values``: ``statistic``; its ``expected`` value and standard
        score ``z`` in closed form; ``p_value``, by conditional permutation, and ``p_adjusted``;
        ``cluster``, one of the statistic's :data:`CLASSES`, decided by ``p_adjusted``;
        ``neighbours``, the number of those with a value; ``note``. A zone without a value or
        without a neighbour with one has NaN, an empty ``cluster`` and the reason in ``note``; so
        have all where there are fewer than four zones with a value, or the value is the same
        everywhere. Where the test could not decide, ``note`` is :data:`UNDECIDED` for the zones
        that might stand out with more permutations. For rates also ``population``, ``rate`` and
        ``small``: zones of so few that the rate says more about chance than about the zone have
        the ``cluster`` :data:`TOO_FEW`. They are none of the tests: their ``p_adjusted`` is NaN,
        and the others are adjusted for being as many as they are. Their ``p_value`` stands there
        to look at.

    Raises
    ------
    ValueError
        Where a zone is not in the graph or is there twice, a value is infinite, there is not one
        permutation, or an option or a statistic is something else than told here, or has not got
        the variables it is of.

    Notes
    -----
    A zone's value stays in its place while its neighbours' are drawn from the other :math:`n - 1`
    zones without replacement (Anselin 1995). Of :math:`M` draws, with :math:`L` at least as large
    as what is there and :math:`S` at least as small,

    .. math:: p = \min\left(1, 2 \frac{\min(L, S) + 1}{M + 1}\right)

    or one of the two sides alone, not doubled. It is never 0, as what is there is one of the
    possible ones.

    No two-sided p-value is below :math:`2 / (M + 1)`. Of :math:`n` zones, Benjamini and Hochberg's
    adjustment lets none pass at level α unless :math:`2 n / (\alpha (M + 1))` of them or more are
    that low: 232 of 5,800 zones with 999 permutations. So where the lowest p-value is that low and
    does not pass, all zones are tested anew with ``most`` permutations: with 99,999 of them, 3
    zones of 5,800 are enough.

    Where the neighbours of a zone weigh the same, the draws for it are those for any zone with as
    many neighbours. They are made and sorted once, and looked up: the draws are esda's, not the
    work. Local Geary is compared with them one by one, and so are zones whose neighbours weigh
    differently, in a compiled loop.

    References
    ----------
    Anselin, L. (1995). Local indicators of spatial association — LISA. *Geographical Analysis*,
    27(2), 93–115. https://doi.org/10.1111/j.1538-4632.1995.tb00338.x

    Examples
    --------
    >>> import geopandas as gpd, numpy as np, shapely
    >>> from kvarter.geo import neighbours
    >>> x, y = np.divmod(np.arange(100), 10)
    >>> graph = neighbours.contiguity(gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1)))
    >>> income = pd.Series(np.where((x < 4) & (y < 4), 9.0, 1.0))
    >>> found = local(income, graph, statistic="getis_ord_g_star", most=9999)
    >>> sorted(set(found["cluster"]))
    ['hot spot', 'not significant']
    """
    options: Options = {
        "permutations": permutations,
        "most": most,
        "alternative": alternative,
        "adjust": adjust,
        "alpha": alpha,
        "seed": seed,
    }
    _check(values, statistic, other, population)
    if statistic == "geary_multivariate" or isinstance(values, pd.DataFrame):
        return local_geary(values, graph, **options)
    if statistic == "geary":
        return local_geary(values, graph, population=population, **options)
    if statistic == "moran_bivariate" and other is not None:
        return local_moran_bivariate(values, other, graph, **options)
    if statistic.startswith("getis_ord"):
        star = statistic.endswith("star")
        return local_g(values, graph, star=star, population=population, **options)
    if statistic.startswith("join_count"):
        together = statistic == "join_count_colocated"
        return local_join_count(values, graph, other=other, colocated=together, **options)
    if statistic == "heteroskedasticity":
        return local_heteroskedasticity(values, graph, **options)
    return local_moran(values, graph, population=population, **options)


def _check(
    values: pd.Series | pd.DataFrame,
    statistic: Statistic,
    other: pd.Series | None,
    population: pd.Series | None,
) -> None:
    """Refuse variables that the statistic is not of."""
    if statistic not in get_args(Statistic):
        names = ", ".join(get_args(Statistic))
        asked = hint(statistic, get_args(Statistic))
        raise ValueError(f"statistic is {statistic!r}; there are {names}.{asked}")
    several = statistic == "geary_multivariate"
    if isinstance(values, pd.DataFrame) != several:
        raise ValueError(f"{statistic} is of {'zones × variables' if several else 'one value'}")
    if (other is not None) != (statistic in _OF_TWO):
        of = "two variables; give other" if other is None else "one variable; leave out other"
        raise ValueError(f"{statistic} is of {of}")
    if population is not None and statistic not in _OF_RATES:
        raise ValueError(f"{statistic} is not of rates; leave out population")
