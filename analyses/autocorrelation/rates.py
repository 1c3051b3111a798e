"""Rates of events in a population: raw, smoothed, and how much chance there is in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy import sparse
from scipy.special import ndtri

from ...geo.names import quoted
from ._known import Floats, check

NO_POPULATION = "no population"
"""The note of a zone where nobody lives to whom the events could happen."""

FEWEST = 15
"""A rate of fewer people than this says more about chance than about the zone on any map."""


def raw(events: pd.Series, population: pd.Series) -> pd.Series:
    r"""Divide events by population.

    Parameters
    ----------
    events
        Counts by zone: of people in a group, of things that happened. NaN is not known.
    population
        The people, or whatever the events are counted among, by zone; NaN is not known.

    Returns
    -------
    Series
        :math:`r_i = e_i / P_i`, with the index of ``events``; NaN where either is not known or
        there is no population.

    Raises
    ------
    ValueError
        Where a zone is there twice, the two have not the same zones in the same order, or a count
        is negative or infinite.

    Examples
    --------
    >>> people = pd.Series({"a": 1000.0, "b": 10.0, "c": 0.0})
    >>> raw(pd.Series({"a": 100.0, "b": 4.0, "c": 0.0}), people).tolist()
    [0.1, 0.4, nan]
    """
    e, p, known = _known(events, population)
    return _by_zone(e / p, known, events.index)


def standard_error(events: pd.Series, population: pd.Series) -> pd.Series:
    r"""Tell by how much chance moves the raw rate of a zone of so few people.

    Parameters
    ----------
    events, population
        See :func:`raw`.

    Returns
    -------
    Series
        :math:`\sqrt{m / P_i}` with :math:`m = \sum_i e_i / \sum_i P_i`; NaN as for :func:`raw`.

    Raises
    ------
    ValueError
        See :func:`raw`.

    Notes
    -----
    The standard deviation of a Poisson count with the rate of the whole map, divided by the
    zone's population, as in all of Marshall's estimators. The zone's own rate is not taken for it:
    where nothing happened to five people it would promise that nothing ever does. Of events that
    are not rare it says a little too much, as the deviation of a share is
    :math:`\sqrt{m (1 - m) / P_i}`.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators.
    *Journal of the Royal Statistical Society C*, 40(2), 283–294.
    https://doi.org/10.2307/2347593

    Examples
    --------
    >>> people = pd.Series({"a": 1500.0, "b": 100.0})
    >>> standard_error(pd.Series({"a": 50.0, "b": 14.0}), people).round(3).tolist()
    [0.005, 0.02]
    """
    e, p, known = _known(events, population)
    mean, _ = _prior(e, p)
    return _by_zone(np.sqrt(mean / p), known, events.index)


def interval(
    share: pd.Series, population: pd.Series, level: float = 0.95
) -> tuple[pd.Series, pd.Series]:
    r"""Tell between what shares chance alone moves one of so many people.

    Parameters
    ----------
    share
        By zone, from 0 to 1; NaN is not known.
    population
        The people that it is of, with the same index; NaN is not known.
    level
        The level of the interval, between 0 and 1.

    Returns
    -------
    Series, Series
        The lower and the upper end, with the index of ``share``; NaN where either is not known or
        there is no population.

    Raises
    ------
    ValueError
        Where the level is not between 0 and 1.

    Notes
    -----
    Wilson's interval (1927): the shares :math:`s` of which the observed :math:`p` of :math:`n`
    lies no more than :math:`z` standard deviations away,

    .. math:: \frac{p + z^2/2n \pm z \sqrt{p (1 - p)/n + z^2/4n^2}}{1 + z^2/n}.

    It stays within 0 and 1, and is not empty where nobody or everybody has it.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    *Journal of the American Statistical Association*, 22(158), 209–212.
    https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> low, high = interval(pd.Series([0.1, 0.0]), pd.Series([50.0, 5000.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.043, 0.0], [0.214, 0.001])
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must be between 0 and 1")
    p, n = share.astype(float), population.astype(float).where(population > 0)
    squared = float(ndtri((1 + level) / 2)) ** 2
    middle = p + squared / (2 * n)
    half = np.sqrt(squared * (p * (1 - p) / n + squared / (4 * n**2)))
    whole = 1 + squared / n
    # Of 0 and of 1 rounding would leave the ends a little beyond.
    return ((middle - half) / whole).clip(0, 1), ((middle + half) / whole).clip(0, 1)


def small(events: pd.Series, population: pd.Series) -> pd.Series:
    r"""Name the zones of so few people that chance alone makes their rate.

    Parameters
    ----------
    events, population
        See :func:`raw`.

    Returns
    -------
    Series
        bool: whether the people are fewer than the median and chance moves the rate of so few by
        as much as the rates differ from that of the whole map, :math:`c / P_i \ge S`; or they are
        fewer than :data:`FEWEST`. False where the rate is NaN.

    Raises
    ------
    ValueError
        See :func:`raw`.

    Notes
    -----
    With :math:`m` as in :func:`empirical_bayes`,

    .. math::

        S = \frac{\sum_i P_i (r_i - m)^2}{\sum_i P_i}, \qquad c = m (1 - m)

    the spread of the rates as they are counted, and the variance of a share of one person; where
    some zone has more events than people, these are no share and :math:`c = m`. The definition is
    ours. It asks for the number of people alone, so that no zone is small or not by chance.

    Of a small zone, the empirical Bayes estimate is nearer to the rate of the whole map than to
    the zone's own. Not all zones of which that holds are small: where rates hardly differ beyond
    chance it holds of nearly all zones of a map, and nothing would be left to test. So a zone of
    the median population is never small. The fewest people are for maps whose rates differ so
    much that five people would be enough: chance alone moves a share of 25 % of 14 people by 23
    percentage points (1.96 :math:`\sqrt{c / P_i}`).

    References
    ----------
    Marshall (1991), see :func:`standard_error`, for the moments.

    Parker, J. D., et al. (2017). National Center for Health Statistics data presentation standards
    for proportions. *Vital and Health Statistics*, 2(175), where no share of fewer than 30 people
    is shown: a rule for samples, by which most cells of a grid of 250 m would be small.

    Examples
    --------
    >>> people = pd.Series([1000.0, 1000.0, 1000.0, 12.0])
    >>> small(pd.Series([100.0, 200.0, 300.0, 6.0]), people).tolist()
    [False, False, False, True]
    """
    e, p, known = _known(events, population)
    mean, _ = _prior(e, p)
    chance = mean * (1 - mean) if (e <= p).all() else mean
    out = pd.Series(False, index=events.index)
    if len(p):
        spread = p @ (e / p - mean) ** 2 / p.sum()
        out[known] = (chance / p >= spread) & (p < np.median(p)) | (p < FEWEST)
    return out


def empirical_bayes(events: pd.Series, population: pd.Series) -> pd.Series:
    r"""Draw the rates of small zones towards the rate of the whole map.

    Parameters
    ----------
    events, population
        See :func:`raw`.

    Returns
    -------
    Series
        By zone, NaN as for :func:`raw`.

    Raises
    ------
    ValueError
        See :func:`raw`.

    Notes
    -----
    With :math:`m = \sum_i e_i / \sum_i P_i`, the mean population :math:`\bar P` and

    .. math::

        A = \max\left(0, \frac{\sum_i P_i (r_i - m)^2}{\sum_i P_i} - \frac{m}{\bar P}\right),
        \qquad
        \theta_i = m + \frac{A}{A + m / P_i} (r_i - m)

    the moment estimator of Marshall's section 2. esda's ``Empirical_Bayes`` does not stop at 0
    where :math:`A` is negative, so that there a rate may come out on the far side of the mean;
    otherwise the two are equal.

    The chance in a rate, :math:`m / P_i`, is that of a Poisson count, here and in all that refers
    to this, as in Marshall, PySAL and GeoDa: right for events that are few among many. Chance in
    the share of a group is binomial, :math:`m (1 - m) / P_i`, less by the factor :math:`1 - m`.
    So shares of a large group are drawn further towards the mean than a binomial model would
    draw them, the small zones most of all: by a factor of 1.25 of the chance where the group is a
    fifth, of 3 where it is two thirds. The other group's share, :math:`1 - r_i`, is another rate
    and not the mirror of it.

    References
    ----------
    Marshall (1991), see :func:`standard_error`.

    Examples
    --------
    >>> people = pd.Series([1000.0, 1000.0, 1000.0, 12.0])
    >>> empirical_bayes(pd.Series([100.0, 200.0, 300.0, 6.0]), people).round(2).tolist()
    [0.1, 0.2, 0.3, 0.29]
    """
    e, p, known = _known(events, population)
    mean, between = _prior(e, p)
    return _by_zone(_shrunk(e / p, mean, max(between, 0.0), p), known, events.index)


def empirical_bayes_standardized(events: pd.Series, population: pd.Series) -> pd.Series:
    r"""Set rates on one scale on which those of small zones stand out no more than others.

    Parameters
    ----------
    events, population
        See :func:`raw`.

    Returns
    -------
    Series
        How many standard deviations the rate is from that of the whole map, by zone; NaN as for
        :func:`raw`. It is what Moran's I for rates is measured on.

    Raises
    ------
    ValueError
        See :func:`raw`.

    Notes
    -----
    With :math:`m` as in :func:`empirical_bayes` and :math:`A` as there but not stopped at 0,

    .. math:: z_i = \frac{r_i - m}{\sqrt{v_i}}, \qquad v_i = A + m / P_i

    and :math:`v_i = m / P_i` where that is negative. Equal to esda's ``assuncao_rate``, but where
    the rates are the same everywhere: they are 0 here and noise there.

    References
    ----------
    Assunção, R. M., & Reis, E. A. (1999). A new proposal to adjust Moran's I for population
    density. *Statistics in Medicine*, 18(16), 2147–2162.
    https://doi.org/10.1002/(SICI)1097-0258(19990830)18:16<2147::AID-SIM179>3.0.CO;2-I

    Examples
    --------
    >>> people = pd.Series([1000.0, 1000.0, 1000.0, 12.0])
    >>> rates = empirical_bayes_standardized(pd.Series([100.0, 200.0, 300.0, 6.0]), people)
    >>> rates.round(2).tolist()
    [-1.22, -0.01, 1.19, 1.95]
    """
    e, p, known = _known(events, population)
    mean, between = _prior(e, p)
    chance = mean / p
    variance = chance + between
    # Where all rates are equal, the two differ by nothing but the last bits.
    variance = np.where(variance <= 1e-12 * chance, chance, variance)
    apart = e / p - mean
    apart[np.abs(apart) <= 1e-12 * mean] = 0.0
    z = np.divide(apart, np.sqrt(variance), out=np.zeros_like(p), where=variance > 0)
    return _by_zone(z, known, events.index)


def smoothed(events: pd.Series, population: pd.Series, graph: Graph) -> pd.Series:
    r"""Give the rate of a zone and its neighbours together.

    Parameters
    ----------
    events, population
        See :func:`raw`.
    graph
        Neighbours of the zones. Each counts once, whatever its weight.

    Returns
    -------
    Series
        By zone, NaN as for :func:`raw`.

    Raises
    ------
    ValueError
        See :func:`raw`; also where a zone is not in the graph.

    Notes
    -----
    With :math:`N_i` the zone and those of its neighbours whose counts are known,

    .. math:: m_i = \sum_{j \in N_i} e_j \Big/ \sum_{j \in N_i} P_j

    As esda's ``Spatial_Rate``. Neighbouring rates are made of the same events, so that they are
    alike by construction: it is for reading a map, and no test of likeness is run on it.

    References
    ----------
    Anselin, L., Lozano, N., & Koschinsky, J. (2006). *Rate transformations and smoothing*. Spatial
    Analysis Laboratory, University of Illinois.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> row = gpd.GeoSeries(shapely.box([0, 1, 2], 0, [1, 2, 3], 1))
    >>> people = pd.Series([10.0, 100.0, 10.0])
    >>> rate = smoothed(pd.Series([0.0, 22.0, 5.0]), people, neighbours.contiguity(row))
    >>> rate.round(3).tolist()
    [0.2, 0.225, 0.245]
    """
    e, p, known = _known(events, population)
    beside = _with_itself(events.index, known, graph)
    return _by_zone((beside @ e) / (beside @ p), known, events.index)


def spatial_empirical_bayes(events: pd.Series, population: pd.Series, graph: Graph) -> pd.Series:
    r"""Draw the rates of small zones towards the rate around them.

    Parameters
    ----------
    events, population, graph
        See :func:`smoothed`.

    Returns
    -------
    Series
        By zone, NaN as for :func:`raw`.

    Raises
    ------
    ValueError
        See :func:`smoothed`.

    Notes
    -----
    :func:`empirical_bayes` with :math:`m_i` of :func:`smoothed` for the mean and with

    .. math::

        A_i = \max\left(0, \frac{\sum_{j \in N_i} P_j (r_j - m_i)^2}{\sum_{j \in N_i} P_j}
        - \frac{m_i}{\bar P_i}\right)

    of the zone and its neighbours alone, :math:`\bar P_i` their mean population. As esda's
    ``Spatial_Empirical_Bayes`` and GeoDa; where nothing happened in the whole neighbourhood the
    rate is 0 and not NaN.

    References
    ----------
    Marshall (1991), section 3, see :func:`standard_error`; Anselin et al. (2006), see
    :func:`smoothed`.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> row = gpd.GeoSeries(shapely.box([0, 1, 2, 3], 0, [1, 2, 3, 4], 1))
    >>> people, events = pd.Series([10.0, 900, 900, 10]), pd.Series([0.0, 90, 270, 10])
    >>> graph = neighbours.contiguity(row)
    >>> spatial_empirical_bayes(events, people, graph).round(2).tolist()
    [0.1, 0.1, 0.3, 0.4]
    """
    e, p, known = _known(events, population)
    beside = _with_itself(events.index, known, graph)
    rate, people = e / p, beside @ p
    mean = (beside @ e) / people
    # About the overall mean, lest the difference of two large sums lose the digits.
    overall, _ = _prior(e, p)
    spread = (beside @ (p * (rate - overall) ** 2)) / people - (mean - overall) ** 2
    many = np.asarray(beside.sum(axis=1)).ravel()
    between = np.maximum(spread - mean * many / people, 0.0)
    return _by_zone(_shrunk(rate, mean, between, p), known, events.index)


def table(events: pd.Series, population: pd.Series, graph: Graph | None = None) -> pd.DataFrame:
    """Set the rates of zones side by side, with what there is of chance in them.

    Parameters
    ----------
    events, population
        See :func:`raw`.
    graph
        Neighbours of the zones; without them nothing is smoothed over space.

    Returns
    -------
    DataFrame
        By zone, with the index of ``events``: ``events, population, rate, standard_error,
        empirical_bayes``; with a graph ``smoothed, spatial_empirical_bayes``; ``small``, and the
        reason in ``note`` where the rates are NaN.

    Raises
    ------
    ValueError
        See :func:`smoothed`.

    Examples
    --------
    >>> people = pd.Series([1000.0, 1000.0, 12.0, 0.0])
    >>> frame = table(pd.Series([100.0, 200.0, 6.0, 0.0]), people)
    >>> frame[["rate", "empirical_bayes", "small", "note"]].round(2).values.tolist()
    [[0.1, 0.1, False, ''], [0.2, 0.2, False, ''], [0.5, 0.22, True, ''], [nan, nan, False, \
'no population']]
    """
    out = pd.DataFrame(
        {
            "events": events.astype(np.float64),
            "population": population.astype(np.float64),
            "rate": raw(events, population),
            "standard_error": standard_error(events, population),
            "empirical_bayes": empirical_bayes(events, population),
        }
    )
    if graph is not None:
        out["smoothed"] = smoothed(events, population, graph)
        out["spatial_empirical_bayes"] = spatial_empirical_bayes(events, population, graph)
    out["small"] = small(events, population)
    out["note"] = why_none(events, population)
    return out


def why_none(events: pd.Series, population: pd.Series) -> pd.Series:
    """Say why a zone has no rate.

    Parameters
    ----------
    events, population
        See :func:`raw`.

    Returns
    -------
    Series
        ``""`` where there is one, ``"value missing"`` or :data:`NO_POPULATION`.

    Raises
    ------
    ValueError
        See :func:`raw`.

    Examples
    --------
    >>> people = pd.Series([10.0, 0.0, 10.0])
    >>> why_none(pd.Series([1.0, 0.0, np.nan]), people).tolist()
    ['', 'no population', 'value missing']
    """
    _known(events, population)
    out = pd.Series("", index=events.index, dtype=object)
    out[(population == 0).to_numpy()] = NO_POPULATION
    out[(events.isna() | population.isna()).to_numpy()] = "value missing"
    return out


def _known(events: pd.Series, population: pd.Series) -> tuple[Floats, Floats, np.ndarray]:
    """Give the counts where there is a rate, and where that is."""
    index = events.index
    if not index.is_unique:
        raise ValueError(
            f"zone {quoted(index[index.duplicated()][0])} is there twice; name each once"
        )
    if not index.equals(population.index):
        raise ValueError("events and population must have the same zones in the same order")
    e = events.to_numpy(dtype=np.float64, na_value=np.nan)
    p = population.to_numpy(dtype=np.float64, na_value=np.nan)
    for name, counts in (("events", e), ("population", p)):
        bad = (counts < 0) | np.isinf(counts)
        if bad.any():
            raise ValueError(
                f"zone {quoted(index[bad][0])} has {name} of {counts[bad][0]:g}; a count is 0 or "
                "more, and missing ones are NaN"
            )
    known = (p > 0) & ~np.isnan(e)
    return e[known], p[known], known


def _prior(e: Floats, p: Floats) -> tuple[float, float]:
    """Give the rate of all zones together and its variance between them without chance."""
    if not len(p):
        return float("nan"), float("nan")
    total = p.sum()
    mean = e.sum() / total
    return float(mean), float(p @ (e / p - mean) ** 2 / total - mean / p.mean())


def _shrunk(rate: Floats, mean: Floats | float, between: Floats | float, p: Floats) -> Floats:
    below = between + mean / p
    share = np.divide(between, below, out=np.zeros_like(p), where=below > 0)
    return np.asarray(mean + share * (rate - mean))


def _with_itself(index: pd.Index, known: np.ndarray, graph: Graph) -> sparse.csr_array:
    """Give a binary matrix of the zones that have a rate, each beside itself too."""
    check(index, graph, permutations=1)
    ids = index[known]
    if not len(ids):
        return sparse.csr_array((0, 0))
    links = graph if ids.equals(graph.unique_ids) else graph.subgraph(ids)
    beside = sparse.csr_array(links.sparse, dtype=np.float64)
    beside = (beside + sparse.eye_array(len(ids), format="csr")).tocsr()
    beside.data[:] = beside.data != 0
    return beside


def _by_zone(values: Floats, known: np.ndarray, index: pd.Index) -> pd.Series:
    out = np.full(len(index), np.nan)
    out[known] = values
    return pd.Series(out, index=index)
