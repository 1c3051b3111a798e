"""Spatial autocorrelation: does like live beside like, and where."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray
from scipy import sparse

CLUSTERS = ("high-high", "low-high", "low-low", "high-low", "not significant")
"""Classes of local Moran: first the zone's own value, then its neighbours'."""

UNDECIDED = "more permutations are needed to tell"
"""The note of a zone beyond all draws which is not significant after adjustment all the same."""

_LEAST = 4
_BLOCK = 4_000_000
_TOLERANCE = 1e-10

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def moran(
    values: pd.DataFrame, graph: Graph, *, permutations: int = 999, seed: int = 0
) -> pd.DataFrame:
    r"""Test each variable for likeness between neighbours by Moran's I.

    Parameters
    ----------
    values
        Zones × variables. A zone where a variable is NaN is left out for that variable, with its
        links, and ``note`` says how many those are.
    graph
        Neighbours of the zones; row-standardised here.
    permutations
        How often the values are shuffled over the zones.
    seed
        Of the shuffling. Each variable is shuffled in the same ways, so that its result does not
        depend on what else is tested.

    Returns
    -------
    DataFrame
        ``variable, statistic, value, expected, z, p_value, note``, one row a variable. The
        statistic is ``moran_i``; ``expected`` and ``z`` are the mean and the standard score under
        randomisation, in closed form; ``p_value`` is two-sided, by permutation. NaN with the
        reason in ``note`` where there are fewer than four zones with a value, the value is the
        same everywhere, or no two zones with a value are neighbours.

    Raises
    ------
    ValueError
        Where a zone is not in the graph or is there twice, a value is infinite, or there is not
        one permutation.

    Notes
    -----
    With :math:`z_i` the deviations from the mean, :math:`w_{ij}` the row-standardised weights and
    :math:`S_0` their sum,

    .. math::

        I = \frac{n}{S_0} \frac{\sum_i \sum_j w_{ij} z_i z_j}{\sum_i z_i^2}, \qquad
        E[I] = \frac{-1}{n - 1}

    computed, with its variance under randomisation, by esda. Of :math:`M` permutations, with
    :math:`L` at least as large as :math:`I` and :math:`S` at least as small,
    :math:`p = \min(1, 2 (\min(L, S) + 1) / (M + 1))`: never 0, as the observed map is one of the
    possible ones.

    Zones without a neighbour count in :math:`n` and in the mean, as in esda, and ``note`` says how
    many those are.

    References
    ----------
    Moran, P. A. P. (1950). Notes on continuous stochastic phenomena. *Biometrika*, 37(1/2),
    17–23. https://doi.org/10.2307/2332142

    Cliff, A. D., & Ord, J. K. (1981). *Spatial processes: models and applications*. Pion.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> row = gpd.GeoSeries([shapely.box(x, 0, x + 1, 1) for x in range(20)])
    >>> table = moran(pd.DataFrame({"slope": range(20)}), neighbours.contiguity(row))
    >>> table[["variable", "p_value"]].values.tolist()
    [['slope', 0.002]]
    """
    _check(values.index, graph, permutations)
    # Many variables are known of the same zones: their graph is cut out once.
    cut: dict[bytes, Graph | None] = {}
    rows = [_moran(values[name], graph, permutations, seed, cut) for name in values]
    return pd.DataFrame(
        [(name, "moran_i", *row) for name, row in zip(values, rows, strict=True)],
        columns=["variable", "statistic", "value", "expected", "z", "p_value", "note"],
    )


def _moran(
    values: pd.Series,
    graph: Graph,
    permutations: int,
    seed: int,
    cut: dict[bytes, Graph | None],
) -> tuple[float, float, float, float, str]:
    """Give I, its mean, its standard score, its p-value and a note."""
    import esda

    y, links = _known(values, graph, cut)
    missing, alone = len(values) - len(y), len(links.isolates) if links else 0
    notes = [
        f"{_zones(missing)} left out: value missing" if missing else "",
        f"{_zones(alone)} without neighbours" if alone else "",
    ]
    reason = _undefined(y, links)
    if reason or links is None:
        nan = float("nan")
        return nan, nan, nan, nan, "; ".join(filter(None, [reason, *notes]))
    result = esda.Moran(y, links, permutations=0)
    z = y - y.mean()
    weights = links.transform("r").sparse
    scale = len(z) / weights.sum() / (z @ z)
    larger = smaller = 0
    block = max(1, _BLOCK // len(z))
    for start in range(0, permutations, block):
        many = min(block, permutations - start)
        drawn = z[_orders(len(z), many, seed, start)]
        shuffled = scale * (drawn * (weights @ drawn)).sum(axis=0)
        larger += int((shuffled >= result.I - _TOLERANCE).sum())
        smaller += int((shuffled <= result.I + _TOLERANCE).sum())
    p_value = float(_two_sided(np.array(larger), np.array(smaller), permutations))
    found = float(result.I), float(result.EI), float(result.z_rand)
    return *found, p_value, "; ".join(filter(None, notes))


@lru_cache(maxsize=2)
def _orders(zones: int, many: int, seed: int, start: int) -> np.ndarray:
    """Draw orders of the zones, one a column; the variables of a study share them."""
    rng = np.random.default_rng([seed, start])
    return np.stack([rng.permutation(zones) for _ in range(many)], axis=1).astype(np.int32)


def local_moran(
    values: pd.Series,
    graph: Graph,
    *,
    permutations: int = 999,
    most: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    adjust: Literal["fdr_bh"] | None = "fdr_bh",
) -> pd.DataFrame:
    r"""Find the zones whose neighbours are more, or less, like them than chance would have it.

    Parameters
    ----------
    values
        One value a zone. A zone with NaN is left out, with its links.
    graph
        Neighbours of the zones; row-standardised here.
    permutations
        How many sets of neighbours are drawn for each zone from all other zones.
    most
        How many are drawn in a second test, where so few as ``permutations`` cannot decide; no
        more than ``permutations`` by default.
    seed
        Of the draws.
    alpha
        Level of significance of the classes.
    adjust
        How p-values are adjusted for there being as many tests as zones: by the false discovery
        rate of Benjamini and Hochberg, or not at all.

    Returns
    -------
    DataFrame
        By zone, with the index of ``values``: ``statistic``; its ``expected`` value and standard
        score ``z`` under conditional randomisation, in closed form; ``p_value`` (two-sided, by
        conditional permutation) and ``p_adjusted``; ``cluster``, one of :data:`CLUSTERS`, decided
        by ``p_adjusted``; ``neighbours``, the number of those with a value; ``note``. A zone
        without a value or without a neighbour with one has NaN, an empty ``cluster`` and the
        reason in ``note``; so have all where there are fewer than four zones with a value, or the
        value is the same everywhere. Where the test could not decide, ``note`` is
        :data:`UNDECIDED` for the zones that might stand out with more permutations.

    Raises
    ------
    ValueError
        Where a zone is not in the graph or is there twice, a value is infinite, there is not one
        permutation, or ``adjust`` is something else.

    Notes
    -----
    With :math:`z_i` the deviations from the mean and :math:`w_{ij}` the row-standardised weights,

    .. math:: I_i = (n - 1) \frac{z_i \sum_j w_{ij} z_j}{\sum_k z_k^2}

    as esda has it: Anselin's eq. 12 with the variance of the zones in the scale. A zone's value
    stays in its place while its neighbours' values are drawn from the other :math:`n - 1` zones
    without replacement. As in esda, one set of draws serves all zones: a zone that is drawn as its
    own neighbour has its place taken by the zone in the last place. So the weighted sums of all
    zones are one matrix product, put right where that happened. The p-value is the one of
    :func:`moran`.

    No p-value is below :math:`2 / (M + 1)`. Of :math:`n` zones, the adjustment lets none pass at
    level α unless :math:`2 n / (\alpha (M + 1))` of them or more are that low: 232 of 5,800 zones
    with 999 permutations. So where the lowest p-value is that low and does not pass, all zones are
    tested anew with ``most`` permutations: with 99,999 of them, 3 zones of 5,800 are enough.

    esda's own permutations compile for longer, in every process, than a report takes; the
    statistic is esda's.

    References
    ----------
    Anselin, L. (1995). Local indicators of spatial association — LISA. *Geographical Analysis*,
    27(2), 93–115. https://doi.org/10.1111/j.1538-4632.1995.tb00338.x

    Sokal, R. R., Oden, N. L., & Thomson, B. A. (1998). Local spatial autocorrelation in a
    biological model. *Geographical Analysis*, 30(4), 331–354.
    https://doi.org/10.1111/j.1538-4632.1998.tb00406.x

    Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: a practical and
    powerful approach to multiple testing. *Journal of the Royal Statistical Society B*, 57(1),
    289–300. https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> x, y = np.divmod(np.arange(81), 9)
    >>> cells = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1))
    >>> values = pd.Series([1.0] * 36 + [9.0] * 45)
    >>> frame = local_moran(values, neighbours.contiguity(cells))
    >>> sorted(set(frame["cluster"]))
    ['high-high', 'low-low', 'not significant']
    """
    _check(values.index, graph, permutations)
    if most is not None and most < permutations:
        raise ValueError(f"most is {most}; give {permutations} permutations or more")
    if adjust not in ("fdr_bh", None):
        raise ValueError(f"adjust is {adjust!r}; there are 'fdr_bh' and None")
    y, links = _known(values, graph)
    figures = ["statistic", "expected", "z", "p_value", "p_adjusted"]
    out = pd.DataFrame(np.nan, index=values.index, columns=figures)
    out["cluster"], out["neighbours"], out["note"] = "", 0, ""
    known = values.notna().to_numpy()
    place = {name: position for position, name in enumerate(out)}
    reason = _undefined(y, links)
    if links is not None:
        out.iloc[known.nonzero()[0], place["neighbours"]] = links.cardinalities.to_numpy()
    alone = known & (out["neighbours"] == 0).to_numpy()
    out.iloc[(~known).nonzero()[0], place["note"]] = "value missing"
    out.iloc[alone.nonzero()[0], place["note"]] = "no neighbour with a value"
    out["neighbours"] = out["neighbours"].astype(np.int64)
    if reason or links is None:
        out.iloc[(known & ~alone).nonzero()[0], place["note"]] = reason
        return out

    import esda
    from scipy.stats import false_discovery_control

    statistic = esda.Moran_Local(y, links, permutations=0).Is
    z = (y - y.mean()) / y.std()
    weights = links.transform("r").sparse.tocsr()
    lag = weights @ z
    expected, deviation = _conditional(z, weights)
    linked = ~alone[known]
    for many in dict.fromkeys((permutations, most or permutations)):
        p_value = _two_sided(*_draw(z, lag, weights, many, seed), many)
        # A value at the mean makes the statistic 0 whoever the neighbours are.
        p_value[np.abs(z) <= _TOLERANCE] = 1.0
        p_value = p_value[linked]
        adjusted = false_discovery_control(p_value, method="bh") if adjust else p_value
        lowest = p_value <= _two_sided(np.array(0), np.array(0), many)
        undecided = lowest & (adjusted > alpha)
        if not undecided.any():
            break
    side = np.array(["low", "high"], dtype=object)
    own, beside = side[(z > 0).astype(int)], side[(lag > 0).astype(int)]
    kind = (own + "-" + beside)[linked]
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(deviation > 0, (statistic - expected) / deviation, np.nan)
    rows = (known & ~alone).nonzero()[0]
    table = [statistic[linked], expected[linked], score[linked], p_value, adjusted]
    for name, column in zip(figures, table, strict=True):
        out.iloc[rows, place[name]] = column
    out.iloc[rows[undecided], place["note"]] = UNDECIDED
    out.iloc[rows, place["cluster"]] = np.where(adjusted <= alpha, kind, "not significant")
    return out


def _check(index: pd.Index, graph: Graph, permutations: int) -> None:
    """Refuse zones that the graph does not know."""
    if not index.is_unique:
        raise ValueError(f"zone {index[index.duplicated()][0]!r} is there twice; name each once")
    strange = ~index.isin(graph.unique_ids)
    if strange.any():
        raise ValueError(
            f"zone {index[strange][0]!r} is not in the graph; build the graph of the same zones"
        )
    if permutations < 1:
        raise ValueError(f"permutations must be 1 or more, not {permutations}")


def _known(
    values: pd.Series, graph: Graph, cut: dict[bytes, Graph | None] | None = None
) -> tuple[Floats, Graph | None]:
    """Give the values that are known and the graph of their zones, in the same order."""
    known = values[values.notna()]
    y = known.to_numpy(dtype=np.float64)
    if np.isinf(y).any():
        raise ValueError(f"zone {known.index[np.isinf(y)][0]!r} has an infinite value; correct it")
    if known.index.equals(graph.unique_ids):
        return y, graph
    cut, key = {} if cut is None else cut, values.notna().to_numpy().tobytes()
    if key not in cut:
        cut[key] = graph.subgraph(known.index) if len(known) else None
    return y, cut[key]


def _undefined(y: Floats, links: Graph | None) -> str:
    """Say why nothing can be tested, if so."""
    if len(y) < _LEAST or links is None:
        return f"fewer than {_LEAST} zones with a value"
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        return "the same value everywhere"
    return "no two zones are neighbours" if len(links.isolates) == len(y) else ""


def _zones(number: int) -> str:
    return f"{number} zone{'' if number == 1 else 's'}"


def _two_sided(larger: Counts, smaller: Counts, permutations: int) -> Floats:
    """Turn the number of draws on either side into two-sided p-values."""
    return np.minimum(1.0, 2 * (np.minimum(larger, smaller) + 1) / (permutations + 1))


def _conditional(z: Floats, weights: sparse.csr_array) -> tuple[Floats, Floats]:
    """Give mean and standard deviation of local Moran over all draws of neighbours.

    A weighted sum of a draw without replacement from the m = n − 1 others, whose mean is μ and
    variance σ²: mean μ Σw, variance σ² m/(m − 1) (Σw² − (Σw)²/m).
    """
    m = len(z) - 1
    total = np.asarray(weights.sum(axis=1)).ravel()
    squares = np.asarray(weights.multiply(weights).sum(axis=1)).ravel()
    mean = (z.sum() - z) / m
    variance = np.maximum((z @ z - z**2) / m - mean**2, 0) * m / (m - 1)
    scale = m * z / (z @ z)
    spread = np.sqrt(variance * np.maximum(squares - total**2 / m, 0))
    return scale * mean * total, np.abs(scale) * spread


def _draw(
    z: Floats,
    lag: Floats,
    weights: sparse.csr_array,
    permutations: int,
    seed: int,
) -> tuple[Counts, Counts]:
    """Count the draws in which a zone's neighbours are at least as high, and at least as low."""
    n = len(z)
    number = np.diff(weights.indptr)
    most = int(number.max())
    draws = _draws(n - 1, most, permutations, seed)
    drawn = z[draws]
    if _equal(weights):
        return _ranked(z, lag, number, draws, drawn)
    # By zone: where it was drawn itself, so that the last zone stands in.
    order = np.argsort(draws, axis=None, kind="stable")
    ranked = draws.ravel()[order]
    larger, smaller = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    block = max(1, _BLOCK // max(permutations, most))
    for start in range(0, n, block):
        stop = min(start + block, n)
        first, last = weights.indptr[start], weights.indptr[stop]
        row = np.repeat(np.arange(stop - start), number[start:stop])
        turn = np.arange(first, last) - np.repeat(weights.indptr[start:stop], number[start:stop])
        weight = np.zeros((most, stop - start))
        weight[turn, row] = weights.data[first:last]
        sums = drawn @ weight
        low, high = np.searchsorted(ranked, [start, stop])
        permutation, turn = np.divmod(order[low:high], most)
        zone = ranked[low:high]
        # A zone is drawn once at most in a permutation, so no entry is addressed twice.
        sums[permutation, zone - start] += weight[turn, zone - start] * (z[-1] - z[zone])
        # Equal sums differ in their last bits by the order of adding.
        larger[start:stop] = (sums >= lag[start:stop] - _TOLERANCE).sum(axis=0)
        smaller[start:stop] = (sums <= lag[start:stop] + _TOLERANCE).sum(axis=0)
    return larger, smaller


@lru_cache(maxsize=2)
def _draws(zones: int, most: int, permutations: int, seed: int) -> np.ndarray:
    """Draw zones without replacement, one row a permutation; variables of a study share them."""
    rng = np.random.default_rng(seed)
    if zones <= most**2:
        rows = [rng.choice(zones, most, replace=False) for _ in range(permutations)]
        return np.stack(rows)
    draws = rng.integers(0, zones, (permutations, most))
    again = np.arange(permutations)
    # A row in which a zone is there twice is drawn anew: those that stay are equally likely.
    while len(again):
        ranked = np.sort(draws[again], axis=1)
        again = again[(ranked[:, 1:] == ranked[:, :-1]).any(axis=1)]
        draws[again] = rng.integers(0, zones, (len(again), most))
    return draws


def _equal(weights: sparse.csr_array) -> bool:
    """Tell whether all neighbours of a zone weigh the same."""
    number = np.diff(weights.indptr)
    first = weights.data[np.minimum(weights.indptr[:-1], max(weights.nnz - 1, 0))]
    return bool(np.allclose(weights.data, np.repeat(first, number), rtol=1e-12, atol=0))


def _ranked(
    z: Floats, lag: Floats, number: Counts, draws: np.ndarray, drawn: Floats
) -> tuple[Counts, Counts]:
    """Count as `_draw` does where a zone's neighbours weigh the same.

    The drawn means then depend on how many neighbours a zone has and not on which zone it is:
    sorted once for each number, they are looked up. Draws of the zone itself are put right.
    """
    n, permutations = len(z), len(draws)
    larger, smaller = np.full(n, permutations), np.full(n, permutations)
    sums = np.cumsum(drawn, axis=1)
    for many in np.unique(number[number > 0]):
        here = number == many
        means = sums[:, many - 1] / many
        ranked = np.sort(means)
        least, most = lag - _TOLERANCE, lag + _TOLERANCE
        larger[here] = permutations - np.searchsorted(ranked, least[here], side="left")
        smaller[here] = np.searchsorted(ranked, most[here], side="right")
        permutation, turn = np.nonzero(here[draws[:, :many]])
        zone = draws[permutation, turn]
        was = means[permutation]
        now = was + (z[-1] - z[zone]) / many
        for count, change in (
            (larger, (now >= least[zone]).astype(int) - (was >= least[zone])),
            (smaller, (now <= most[zone]).astype(int) - (was <= most[zone])),
        ):
            np.add.at(count, zone, change)
    return larger, smaller
