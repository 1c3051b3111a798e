"""Clusters over the years: paths of zones through quadrants, hot spots that come and go."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray
from scipy.stats import norm

from ._known import Counts, Floats, check_alpha
from ._of_rates import SMALL, TOO_FEW
from ._zones import NOT_SIGNIFICANT, Options
from .by_zone import CLUSTERS
from .hot_spots import SPOTS, local_g
from .quadrants import local_moran
from .significance import Adjustment, adjusted

PATTERNS = tuple(
    f"{kind} {spot}"
    for spot in SPOTS
    for kind in ("new", "strengthening", "lasting", "fading", "sporadic", "oscillating")
)
"""How a zone may be a hot or a cold spot over the years; see :func:`patterns`."""

NO_PATTERN = "no pattern"
"""The pattern of a zone that stands out in no year."""

_EXACT_YEARS = 20
_LEAST_YEARS = 3
_MOST = 0.9


def paths(
    values: pd.DataFrame, graph: Graph, *, significant: bool = False, **options: Unpack[Options]
) -> pd.DataFrame:
    """Follow each zone through the quadrants of the Moran scatter plot.

    Parameters
    ----------
    values
        Zones × years, in order where they are names; NaN where a value is not known.
    graph
        Neighbours of the zones; row-standardised here.
    significant
        Whether only zones that stand out have a quadrant. All of them have one if not, which is
        what transitions are usually counted of.
    **options
        See :func:`kvarter.analyses.autocorrelation.local`, where ``significant``.

    Returns
    -------
    DataFrame
        Zones × years of :data:`CLUSTERS`: whether the value, and the mean of the neighbours', are
        above the year's mean or not. ``""`` where a zone has no value or no neighbour with one.

    Raises
    ------
    ValueError
        See :func:`kvarter.analyses.autocorrelation.local`; also where a year is there twice.

    Notes
    -----
    Each year has a mean of its own: a zone that falls as all others do stays where it is.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> row = gpd.GeoSeries(shapely.box(range(6), 0, range(1, 7), 1))
    >>> income = pd.DataFrame({2015: [9, 9, 8, 2, 1, 1], 2020: [9, 9, 2, 8, 1, 1]})
    >>> paths(income, neighbours.contiguity(row)).loc[2].tolist()
    ['high-high', 'low-high']
    """
    values = _in_order(values)
    if not significant:
        options = {"permutations": 1, "alpha": 1.0, "adjust": None}
    found = {year: local_moran(values[year], graph, **options)["cluster"] for year in values}
    return pd.DataFrame(found, index=values.index, columns=values.columns)


def transitions(paths: pd.DataFrame) -> pd.DataFrame:
    """Count how often zones go from one quadrant to another between two years.

    Parameters
    ----------
    paths
        Zones × years, of :func:`paths`. A step from or to a year in which a zone has no quadrant
        is not counted.

    Returns
    -------
    DataFrame
        ``origin, destination, count, share``, one row for each two of :data:`CLUSTERS`, those that
        are not significant only where there are some. ``share`` is of all steps from ``origin``,
        NaN where there are none.

    Notes
    -----
    The classic transition matrix of LISA Markov, as giddy has it, of all steps from a year to the
    next. Neighbours move together, so that the counts are of fewer independent steps than they
    look; no test is made of them.

    References
    ----------
    Rey, S. J. (2001). Spatial empirics for economic growth and convergence. *Geographical
    Analysis*, 33(3), 195–214. https://doi.org/10.1111/j.1538-4632.2001.tb00444.x

    Examples
    --------
    >>> quadrants = pd.DataFrame({2015: ["high-high", "low-low"], 2020: ["high-high"] * 2})
    >>> table = transitions(quadrants)
    >>> table[table["count"] > 0].values.tolist()
    [['high-high', 'high-high', 1, 1.0], ['low-low', 'high-high', 1, 1.0]]
    """
    paths = _in_order(paths)
    there = set(np.unique(paths.to_numpy().astype(str)))
    classes = [name for name in CLUSTERS if name != NOT_SIGNIFICANT or name in there]
    code = np.stack([pd.Index(classes).get_indexer(paths[year]) for year in paths], axis=1)
    start, end = code[:, :-1].ravel(), code[:, 1:].ravel()
    both = (start >= 0) & (end >= 0)
    size = len(classes)
    count = np.bincount(start[both] * size + end[both], minlength=size * size)
    total = np.repeat(count.reshape(size, size).sum(axis=1), size)
    return pd.DataFrame(
        {
            "origin": np.repeat(classes, size),
            "destination": np.tile(classes, size),
            "count": count,
            "share": np.divide(count, total, out=np.full(size * size, np.nan), where=total > 0),
        }
    )


def trend(
    values: pd.DataFrame, *, alpha: float = 0.05, adjust: Adjustment | None = "fdr_bh"
) -> pd.DataFrame:
    r"""Test whether the values of a zone rise or fall over the years, by Mann and Kendall.

    Parameters
    ----------
    values
        Zones × years, in order where they are names. A year with NaN is left out for that zone.
    alpha
        Level that ``note`` speaks of.
    adjust
        How p-values are adjusted for there being as many tests as zones; see
        :func:`kvarter.analyses.autocorrelation.adjusted`.

    Returns
    -------
    DataFrame
        By zone: ``years``, the number of those with a value, Kendall's ``s`` and ``tau`` (his b),
        ``p_value``, two-sided, ``p_adjusted`` and ``note``. NaN with the reason where there are
        fewer than three years with a value or all values are equal; ``note`` also says where the
        years are too few for any trend to be significant, in one zone alone or, after adjustment,
        among so many.

    Raises
    ------
    ValueError
        Where a year is there twice, alpha is not above 0 and 1 at most, or see
        :func:`kvarter.analyses.autocorrelation.adjusted`.

    Notes
    -----
    With the values :math:`x_t` of :math:`n` years, of which groups of :math:`t_k` are equal,

    .. math::

        S = \sum_{s < t} \operatorname{sgn}(x_t - x_s), \qquad
        \tau_b = \frac{S}{\sqrt{m (m - \sum_k t_k (t_k - 1) / 2)}},\quad m = n (n - 1) / 2

    Up to 20 years, p is the share of all orders of the values whose :math:`|S|` is as large, also
    where some are equal: exact, from the number of inversions. Of three years it is 1/3 at least,
    and of four 1/12. Of more than 20, S with its continuity correction is taken for normal with

    .. math::

        \operatorname{Var}(S) = \frac{n (n - 1) (2 n + 5) - \sum_k t_k (t_k - 1) (2 t_k + 5)}{18}

    The test takes the years for independent. Where each year's value grows out of the one before,
    as incomes and populations do, too many trends are called significant.

    References
    ----------
    Mann, H. B. (1945). Nonparametric tests against trend. *Econometrica*, 13(3), 245–259.
    https://doi.org/10.2307/1907187

    Kendall, M. G. (1975). *Rank correlation methods* (4th ed.). Griffin.

    Examples
    --------
    >>> shares = pd.DataFrame([[1, 2, 3, 4, 5], [2, 1, 3, 1, 2]], columns=range(2016, 2021))
    >>> trend(shares)[["s", "p_value"]].round(3).values.tolist()
    [[10.0, 0.017], [0.0, 1.0]]
    """
    check_alpha(alpha)
    values = _in_order(values)
    x = values.to_numpy(dtype=np.float64, na_value=np.nan)
    many = (~np.isnan(x)).sum(axis=1)
    # Equal but for the last bits.
    slack = 1e-12 * np.nanmax(np.abs(x), axis=1, initial=0.0)
    s = np.zeros(len(x))
    for late in range(1, x.shape[1]):
        change = x[:, late, None] - x[:, :late]
        s += np.nansum(np.sign(np.where(np.abs(change) <= slack[:, None], 0, change)), axis=1)
    equal = np.diff(np.sort(x, axis=1), axis=1) <= slack[:, None]
    # Zones with the same groups of equal values and the same S have the same p.
    kinds, which = np.unique(
        np.column_stack([many, np.abs(s).astype(np.int64), equal]), axis=0, return_inverse=True
    )
    each = np.array([_p_of_trend(int(k[0]), int(k[1]), _groups(k[2:], int(k[0]))) for k in kinds])
    p, least, untied = each[which.ravel()].T if len(x) else np.empty((3, 0))
    out = pd.DataFrame({"years": many}, index=values.index)
    pairs = many * (many - 1) / 2
    scale = np.sqrt(pairs * untied)
    defined = (many >= _LEAST_YEARS) & (untied > 0)
    out["s"] = np.where(defined, s, np.nan)
    out["tau"] = np.divide(s, scale, out=np.full(len(x), np.nan), where=defined)
    out["p_value"] = np.where(defined, p, np.nan)
    out["p_adjusted"] = adjusted(out["p_value"].to_numpy(), adjust)
    note = np.full(len(x), "", dtype=object)
    short = defined & (least > alpha)
    said = "years are too few to tell a trend from chance"
    note[short] = [f"{n} {said}" for n in many[short]]
    lost = defined & ~short & _lost(out["p_value"].to_numpy(), least, alpha, adjust)
    note[lost] = [f"{n} {said} among so many zones" for n in many[lost]]
    note[untied == 0] = "the same value every year"
    note[many < _LEAST_YEARS] = "fewer than three years with a value"
    out["note"] = note
    return out


def patterns(
    values: pd.DataFrame,
    graph: Graph,
    *,
    population: pd.DataFrame | None = None,
    permutations: int = 999,
    most: int | None = None,
    adjust: Adjustment | None = "fdr_bh",
    alpha: float = 0.05,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Tell new hot and cold spots from those that last, fade, or come and go.

    Parameters
    ----------
    values
        Zones × years, three or more, in order where they are names; NaN where a value is not
        known.
    graph
        Neighbours of the zones; row-standardised here.
    population
        Among how many the values, then events, are counted, zones × years as they. What is
        measured is then the rate, see :func:`kvarter.analyses.autocorrelation.local_g`; a year
        in which a zone's rate is of too few is left out for that zone.
    permutations, most, adjust, alpha, seed
        Of each year's hot and cold spots, see :func:`kvarter.analyses.autocorrelation.local`.
        ``adjust`` and ``alpha`` are of the trends too.

    Returns
    -------
    DataFrame
        By zone: ``years``, the number of those with a score, in how many of them it is a hot or a
        cold spot (``hot_years``, ``cold_years``), of the trend of its scores ``s``, ``tau``,
        ``p_value`` and ``p_adjusted`` (:func:`trend`), ``pattern``, one of :data:`PATTERNS` or
        :data:`NO_PATTERN`, and ``note``. A zone with fewer than three years has NaN, an empty
        ``pattern`` and the reason in ``note``. With ``population`` also ``small``: whether fewer
        than three years are left as its people were too few in others; ``pattern`` is then
        :data:`kvarter.analyses.autocorrelation.TOO_FEW`.

    Raises
    ------
    ValueError
        Where there are fewer than three years, the population is not of the same zones and
        years, or see :func:`trend` and :func:`kvarter.analyses.autocorrelation.local`.

    Notes
    -----
    Each year :math:`G_i^*` is measured and tested, significance adjusted over its zones, and the
    trend is that of its standard scores. Of the last year in which the zone stands out, its side
    is taken; the others are compared with it:

    ============= ==============================================================================
    pattern       a hot spot (and a cold spot in the same way)
    ============= ==============================================================================
    strengthening in 9 years of 10 or more, the last among them, with a significant trend upward
    lasting       the same, without a significant trend; ``note`` says where no trend could be
    fading        the same, with a significant trend downward; or not in the last year, but in 9
                  of 10 or more of the years before
    new           in the last year or the last years without a break, and not before
    oscillating   in some years, and a cold spot in others
    sporadic      in other years than these, and a cold spot in none
    ============= ==============================================================================

    After Esri's Emerging Hot Spot Analysis, with these changes: its consecutive spots are new here
    and its historical ones fading, which of fewer than ten years it could not find; and the years
    are compared with the same year's zones alone and not with neighbouring years.

    References
    ----------
    Esri (2024). *How Emerging Hot Spot Analysis works*. ArcGIS Pro documentation.
    https://pro.arcgis.com/en/pro-app/latest/tool-reference/space-time-pattern-mining/learnmoreemerging.htm

    Ord and Getis (1995), see :func:`kvarter.analyses.autocorrelation.local_g`; Mann (1945), see
    :func:`trend`.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> x, y = np.divmod(np.arange(400), 20)
    >>> graph = neighbours.contiguity(gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1)))
    >>> west, east = (x < 4) & (y < 4), (x > 15) & (y > 15)
    >>> income = pd.DataFrame({y: 1.0 + west + (east & (y > 2018)) for y in range(2016, 2021)})
    >>> patterns(income, graph, most=9999)["pattern"].value_counts().to_dict()
    {'no pattern': 369, 'lasting hot spot': 15, 'new hot spot': 15, 'sporadic hot spot': 1}
    """
    if values.shape[1] < _LEAST_YEARS:
        raise ValueError(f"there are {values.shape[1]} years; give three or more")
    if population is not None and not (
        population.index.equals(values.index) and population.columns.equals(values.columns)
    ):
        raise ValueError("population must have the same zones and years in the same order")
    values = _in_order(values)
    found = [
        local_g(
            values[year],
            graph,
            star=True,
            population=None if population is None else population[year],
            permutations=permutations,
            most=most,
            adjust=adjust,
            alpha=alpha,
            seed=seed,
        )
        for year in values
    ]
    return of_spots(dict(zip(values, found, strict=True)), adjust=adjust, alpha=alpha)


def of_spots(
    found: dict[Any, pd.DataFrame], *, adjust: Adjustment | None = "fdr_bh", alpha: float = 0.05
) -> pd.DataFrame:
    """Tell the patterns of hot and cold spots that are known of each year.

    Parameters
    ----------
    found
        By year, three or more in their order: what
        :func:`kvarter.analyses.autocorrelation.local_g` gives of the same zones. With ``small``,
        a year in which a zone's rate is of too few is left out for that zone.
    adjust, alpha
        Of the trends, see :func:`trend`.

    Returns
    -------
    DataFrame
        See :func:`patterns`.

    Raises
    ------
    ValueError
        See :func:`trend`.

    Examples
    --------
    >>> spot = pd.DataFrame({"z": [3.0, 0.1], "cluster": ["hot spot", "not significant"]})
    >>> of_spots({2018: spot, 2019: spot, 2020: spot})["pattern"].tolist()
    ['lasting hot spot', 'no pattern']
    """
    frames = list(found.values())
    scores = pd.DataFrame({year: frame["z"] for year, frame in found.items()})
    before = scores.notna().sum(axis=1)
    of_rates = "small" in frames[0]
    if of_rates:
        scores = scores.mask(np.column_stack([f["small"] for f in frames]))
    out = trend(scores, alpha=alpha, adjust=adjust)
    known = scores.notna().to_numpy()
    # The years that are known of each zone come first.
    order = np.argsort(~known, axis=1, kind="stable")
    side = np.stack(
        [(f["cluster"] == SPOTS[0]) * 1 - (f["cluster"] == SPOTS[1]) for f in frames], 1
    )
    side = np.take_along_axis(side, order, axis=1)
    out.insert(1, "hot_years", (side > 0).sum(axis=1))
    out.insert(2, "cold_years", (side < 0).sum(axis=1))
    turn = np.sign(out["s"].fillna(0).to_numpy()) * (out["p_adjusted"] <= alpha).to_numpy()
    out["pattern"] = _patterns(side, out["years"].to_numpy(), turn)
    out.loc[out["years"] < _LEAST_YEARS, "pattern"] = ""
    out["note"] = out.pop("note")
    if of_rates:
        out["small"] = (out["years"] < _LEAST_YEARS) & (before >= _LEAST_YEARS)
        out.loc[out["small"], ["pattern", "note"]] = TOO_FEW, SMALL
    return out


def _patterns(side: Counts, years: Counts, turn: Floats) -> np.ndarray:
    """Name the pattern of zones × years, 1 where hot and −1 where cold, the known years first."""
    many = side.shape[1]
    standing = side != 0
    # The last year in which a zone stands out tells the side.
    latest = many - 1 - np.argmax(standing[:, ::-1], axis=1)
    own = np.take_along_axis(side, latest[:, None], axis=1)
    here, other = (side == own) & standing, ((side == -own) & standing).any(axis=1)
    last, number = latest == years - 1, here.sum(axis=1)
    first = np.argmax(here, axis=1)
    unbroken = last & (number == years - first)
    # Compared in whole years: nine tenths of ten are nine.
    often = number >= np.ceil(_MOST * years - 1e-9)
    before = ~last & (number >= np.ceil(_MOST * (years - 1) - 1e-9))
    growth = turn * own[:, 0]
    kind = np.select(
        [
            last & often & (growth > 0),
            last & often & (growth < 0),
            last & often,
            other,
            unbroken,
            before,
        ],
        ["strengthening", "fading", "lasting", "oscillating", "new", "fading"],
        "sporadic",
    ).astype(object)
    spot = np.where(own[:, 0] > 0, f" {SPOTS[0]}", f" {SPOTS[1]}").astype(object)
    return np.where(standing.any(axis=1), kind + spot, NO_PATTERN)


def _in_order(values: pd.DataFrame) -> pd.DataFrame:
    """Put years that are numbers, or dates, in their order; names stand as they are."""
    years = values.columns
    if not years.is_unique:
        raise ValueError(f"year {years[years.duplicated()][0]} is there twice; name each once")
    try:
        numbers = np.asarray(pd.to_numeric(years))
    except (TypeError, ValueError):
        return values
    return values.iloc[:, np.argsort(numbers, kind="stable")]


def _lost(p: Floats, least: Floats, alpha: float, adjust: Adjustment | None) -> NDArray[np.bool_]:
    """Tell where not even the lowest p-value that a zone could have would pass the adjustment."""
    out = np.zeros(len(p), dtype=bool)
    tested = ~np.isnan(p)
    for lowest in np.unique(least[tested]):
        same = np.flatnonzero(tested & (least == lowest))
        # As if the zone of them with the highest p-value had the lowest, and all others theirs.
        tried = p.copy()
        one = same[np.argmax(p[same])]
        tried[one] = lowest
        out[same] = adjusted(tried, adjust)[one] > alpha
    return out


def _groups(equal: Counts, many: int) -> list[int]:
    """Give the sizes of the groups of equal values among so many in order."""
    starts = np.flatnonzero(np.concatenate([[True], equal[: max(many - 1, 0)] == 0]))
    return np.diff([*starts, max(many, 1)]).tolist()


def _p_of_trend(many: int, s: int, groups: list[int]) -> tuple[float, float, float]:
    """Give p of an S so far from 0, the lowest p there is, and the number of unequal pairs."""
    untied = (many * (many - 1) - sum(t * (t - 1) for t in groups)) // 2
    if untied == 0:
        return 1.0, 1.0, 0.0
    if many > _EXACT_YEARS:
        variance = many * (many - 1) * (2 * many + 5) - sum(
            t * (t - 1) * (2 * t + 5) for t in groups
        )
        return float(min(1.0, 2 * norm.sf((s - 1) / (variance / 18) ** 0.5))), 0.0, float(untied)
    orders = _inversions(groups)
    far = np.abs(untied - 2 * np.arange(untied + 1))
    total = orders.sum()
    return float(orders[far >= s].sum() / total), float(2 * orders[0] / total), float(untied)


def _inversions(groups: list[int]) -> Floats:
    """Count the orders of values, in groups of equal ones, by their number of inversions.

    Each group is put among the ones before: the orders of two groups are those of Mann and
    Whitney's U.
    """
    counts, before = np.ones(1), 0
    for size in groups:
        table = [np.ones(1)] * (size + 1)
        for _ in range(before):
            row = [np.ones(1)]
            for shift in range(1, size + 1):
                longer = np.concatenate([np.zeros(shift), table[shift]])
                longer[: len(row[-1])] += row[-1]
                row.append(longer)
            table = row
        counts = np.convolve(counts, table[size])
        before += size
    return counts
