"""Spatial autocorrelation of a whole map: does like live beside like."""

from __future__ import annotations

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from ._draws import TOLERANCE, orders, two_sided
from ._known import check, known_values, undefined, zones

_BLOCK = 4_000_000


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
    check(values.index, graph, permutations)
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

    y, links = known_values(values, graph, cut)
    missing, alone = len(values) - len(y), len(links.isolates) if links else 0
    notes = [
        f"{zones(missing)} left out: value missing" if missing else "",
        f"{zones(alone)} without neighbours" if alone else "",
    ]
    reason = undefined(y, links)
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
        drawn = z[orders(len(z), many, seed, start)]
        shuffled = scale * (drawn * (weights @ drawn)).sum(axis=0)
        larger += int((shuffled >= result.I - TOLERANCE).sum())
        smaller += int((shuffled <= result.I + TOLERANCE).sum())
    p_value = float(two_sided(np.array(larger), np.array(smaller), permutations))
    found = float(result.I), float(result.EI), float(result.z_rand)
    return *found, p_value, "; ".join(filter(None, notes))
