"""Local join counts: where what is there or not comes together."""

from __future__ import annotations

from typing import Unpack

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from ...geo.names import quoted
from ._draws import Neighbours
from ._known import Floats
from ._zones import Measured, Options, frame, row_sums, score, second

JOINS = ("cluster", "outlier")
"""Where there are more joins than chance would have it, and where there are fewer."""

UNTESTED = "not tested: the zone itself has none"
"""The note of a zone that can have no join."""


def local_join_count(
    values: pd.Series,
    graph: Graph,
    *,
    other: pd.Series | None = None,
    colocated: bool = False,
    **options: Unpack[Options],
) -> pd.DataFrame:
    r"""Find the zones that have something and whose neighbours have it more, or less, than chance.

    Parameters
    ----------
    values
        0 or 1 a zone, or False and True; NaN where it is not known.
    graph
        Neighbours of the zones. Each counts once, whatever its weight.
    other
        0 or 1 a zone, of another thing, which the neighbours are looked at for.
    colocated
        Whether both things must be there together, in the zone and in the neighbour; else the zone
        has the first and not the other, the neighbour the other and not the first.
    **options
        See :func:`local`; nothing is drawn here, so ``permutations``, ``most`` and ``seed`` change
        nothing.

    Returns
    -------
    DataFrame
        See :func:`local`. ``cluster`` is one of :data:`JOINS` where it is significant. A zone that
        has not got the thing has 0, is not tested and not counted in the adjustment, and says so
        in ``note``.

    Raises
    ------
    ValueError
        See :func:`local`; also where a value is neither 0 nor 1.

    Notes
    -----
    .. math:: BB_i = x_i \sum_j w_{ij} x_j

    with binary weights; of two things :math:`x_i (1 - y_i) \sum_j w_{ij} y_j (1 - x_j)`, and
    :math:`x_i y_i \sum_j w_{ij} x_j y_j` where they are together.

    Of :math:`n - 1` other zones :math:`K` can join. How many of them are among :math:`k_i` zones
    drawn at random is hypergeometric, so the p-value is computed and not drawn: that of more and
    more permutations, and the same every time. esda draws, gives no p-value where there is no
    join at all, and lets a neighbour that has both things count as drawn for the second form and
    not as observed.

    Anselin and Li look for clusters alone: that is ``alternative="greater"``.

    References
    ----------
    Anselin, L., & Li, X. (2019). Operational local join count statistics for cluster detection.
    *Journal of Geographical Systems*, 21(2), 189–210. https://doi.org/10.1007/s10109-019-00299-x

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> x, y = np.divmod(np.arange(81), 9)
    >>> cells = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1))
    >>> schools = pd.Series((x < 3) & (y < 3))
    >>> found = local_join_count(schools, neighbours.contiguity(cells), alternative="greater")
    >>> found["cluster"].value_counts().to_dict()
    {'': 72, 'cluster': 9}
    """
    table = values.to_frame("x").astype(np.float64)
    if other is not None:
        table["y"] = second(other, values.index).astype(np.float64)
    strange = (table.notna() & ~table.isin([0, 1])).any(axis=1)
    if strange.any():
        raise ValueError(
            f"zone {quoted(table.index[strange][0])} has neither 0 nor 1; of a figure, tell from "
            "where on it counts: values >= 0.5"
        )

    def measure(y: Floats, beside: Neighbours) -> Measured:
        x, joined = y[:, 0], y[:, -1]
        if other is not None:
            x, joined = (
                (x * joined, x * joined) if colocated else (x * (1 - joined), joined * (1 - x))
            )
        return _measured(x, joined, beside)

    return frame(table, graph, options, measure)


def _measured(own: Floats, joined: Floats, beside: Neighbours) -> Measured:
    many = len(own) - 1
    count = row_sums(beside, joined[beside.weights.indices])
    others = joined.sum() - joined
    share = others / many
    expected = beside.number * share
    spread = beside.number * share * (1 - share) * (many - beside.number) / (many - 1)

    def tails(draws: int, seed: int) -> tuple[Floats, Floats]:
        from scipy.stats import hypergeom

        upper, lower = np.ones((2, len(own)))
        here = np.flatnonzero((own == 1) & (beside.number > 0))
        # Few different counts, of few different numbers of neighbours, are in very many zones.
        step = int(beside.number.max()) + 1
        case, which = np.unique(
            beside.number[here] * step + count[here].astype(np.int64), return_inverse=True
        )
        k, joins = np.divmod(case, step)
        # Zones that are tested have all the same thing themselves, so as many others can join.
        able = int(others[here[0]]) if len(here) else 0
        # A tail that is lost as a difference from 1 is at least the chance of this very count.
        least = np.maximum(hypergeom.pmf(joins, many, able, k), np.finfo(float).tiny)
        upper[here] = np.clip(hypergeom.sf(joins - 1, many, able, k), least, 1)[which]
        lower[here] = np.clip(hypergeom.cdf(joins, many, able, k), least, 1)[which]
        return upper, lower

    return Measured(
        own * count,
        expected,
        score(count, expected, np.sqrt(spread)),
        tails,
        JOINS,
        0,
        1,
        tested=own == 1,
        untested=UNTESTED,
        drawn=False,
    )
