"""Local spatial autocorrelation: where like lives beside like."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy import sparse

from ._draws import TOLERANCE, count_draws, two_sided
from ._known import Floats, check, known_values, undefined

CLUSTERS = ("high-high", "low-high", "low-low", "high-low", "not significant")
"""Classes of local Moran: first the zone's own value, then its neighbours'."""

UNDECIDED = "more permutations are needed to tell"
"""The note of a zone beyond all draws which is not significant after adjustment all the same."""


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
    check(values.index, graph, permutations)
    if most is not None and most < permutations:
        raise ValueError(f"most is {most}; give {permutations} permutations or more")
    if adjust not in ("fdr_bh", None):
        raise ValueError(f"adjust is {adjust!r}; there are 'fdr_bh' and None")
    y, links = known_values(values, graph)
    figures = ["statistic", "expected", "z", "p_value", "p_adjusted"]
    out = pd.DataFrame(np.nan, index=values.index, columns=figures)
    out["cluster"], out["neighbours"], out["note"] = "", 0, ""
    known = values.notna().to_numpy()
    place = {name: position for position, name in enumerate(out)}
    reason = undefined(y, links)
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
        p_value = two_sided(*count_draws(z, lag, weights, many, seed), many)
        # A value at the mean makes the statistic 0 whoever the neighbours are.
        p_value[np.abs(z) <= TOLERANCE] = 1.0
        p_value = p_value[linked]
        adjusted = false_discovery_control(p_value, method="bh") if adjust else p_value
        lowest = p_value <= two_sided(np.array(0), np.array(0), many)
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
