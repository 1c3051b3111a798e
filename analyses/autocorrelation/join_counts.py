"""Join counts: how often categories of zones are neighbours."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from ._draws import Alternative, of_tails
from ._known import Floats, check, undefined, zones
from ._moments import Sums, mantel, of_products
from ._shuffled import Links, Statistic, quadratic, run


def join_counts(
    values: pd.Series,
    graph: Graph,
    *,
    permutations: int = 999,
    alternative: Alternative = "two-sided",
    seed: int = 0,
) -> pd.DataFrame:
    r"""Count how often zones of the same, and of different, categories are neighbours.

    Parameters
    ----------
    values
        The category of each zone: text, numbers or a categorical. A zone whose category is missing
        is left out, with its links, and ``note`` says how many those are.
    graph
        Neighbours of the zones; each counts once, whatever its weight.
    permutations, alternative, seed
        See :func:`measure`, which sets these counts beside other statistics.

    Returns
    -------
    DataFrame
        ``category, other, statistic, value, expected, z, p_value, note``: ``join_count`` for each
        category with itself and each two of them, in the order of a categorical or else sorted,
        and last ``join_count_different``, of all joins between different categories. ``expected``
        and ``z`` are the mean and the standard score under non-free sampling, in closed form;
        ``p_value`` is by permutation. NaN with the reason in ``note`` where there are fewer than
        four zones with a category, only one category, or no two zones with one are neighbours.

    Raises
    ------
    ValueError
        See :func:`measure`.

    Notes
    -----
    With :math:`b_{ij}` 1 where j is a neighbour of i, and :math:`x^r_i` 1 where zone i is of
    category r,

    .. math::

        J_{rr} = \tfrac12 \sum_{ij} b_{ij} x^r_i x^r_j, \qquad
        J_{rs} = \tfrac12 \sum_{ij} b_{ij} (x^r_i x^s_j + x^s_i x^r_j), \qquad
        J_{\ne} = \sum_{r < s} J_{rs}

    Non-free sampling keeps the number of zones of each category: of :math:`n_r` and :math:`n_s`
    zones, with :math:`S_0 = \sum_{ij} b_{ij}`,

    .. math::

        E[J_{rr}] = \frac{S_0}{2} \frac{n_r (n_r - 1)}{n (n - 1)}, \qquad
        E[J_{rs}] = S_0 \frac{n_r n_s}{n (n - 1)}

    and the variances of Cliff and Ord, here by the formula of Mantel that all statistics of a
    whole map share (see :func:`measure`). The counts lean on each other, as they add up to the
    number of joins: none of the p-values is adjusted here.

    References
    ----------
    Cliff, A. D., & Ord, J. K. (1981). *Spatial processes: models and applications*. Pion, 11–41.

    Upton, G., & Fingleton, B. (1985). *Spatial data analysis by example*, volume 1. Wiley,
    158–170.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> row = gpd.GeoSeries([shapely.box(x, 0, x + 1, 1) for x in range(12)])
    >>> tenure = pd.Series(["owned"] * 6 + ["rented"] * 6)
    >>> table = join_counts(tenure, neighbours.contiguity(row))
    >>> for row in table[["category", "other", "value", "expected"]].round(1).values:
    ...     print(*row, sep=", ")
    owned, owned, 5.0, 2.5
    owned, rented, 1.0, 6.0
    rented, rented, 5.0, 2.5
    , , 1.0, 6.0
    """
    check(values.index, graph, permutations)
    of_tails(np.ones(1), np.ones(1), alternative)
    known = values.notna()
    codes, categories = pd.factorize(values[known], sort=True)
    part: Graph | None = graph
    if not values.index[known].equals(graph.unique_ids):
        part = graph.subgraph(values.index[known]) if known.any() else None
    missing, alone = int((~known).sum()), len(part.isolates) if part else 0
    pairs = list(combinations_with_replacement(range(len(categories)), 2))
    reason = undefined(codes.astype(np.float64), part).replace("value", "category")
    notes = [
        f"{zones(missing)} left out: category missing" if missing else "",
        f"{zones(alone)} without neighbours" if alone else "",
    ]
    if reason or part is None:
        nan = float("nan")
        figures = [(nan, nan, nan, nan, reason)] * (len(pairs) + 1)
    else:
        links = Links(part)
        members: dict[object, Floats] = {
            r: (codes == r).astype(np.float64) for r in range(len(categories))
        }
        tests = [_pair(links, members, r, s) for r, s in pairs]
        tests.append(_different(links, members))
        figures = run(tests, members, permutations, alternative, seed)
    names = [(categories[r], categories[s], "join_count") for r, s in pairs]
    names.append(("", "", "join_count_different"))
    return pd.DataFrame(
        [
            (*name, *row, "; ".join(filter(None, [note, *notes])))
            for name, (*row, note) in zip(names, figures, strict=True)
        ],
        columns=["category", "other", "statistic", "value", "expected", "z", "p_value", "note"],
    )


def _pair(links: Links, members: dict[object, Floats], r: int, s: int) -> Statistic:
    mean, variance = mantel(links.binary_sums, of_products(members[r], members[s]))
    if r == s:
        weights = links.binary_half
        return Statistic((r,), lambda x: quadratic(weights, x) / 2, mean / 2, variance**0.5 / 2)
    both = links.binary
    return Statistic((r, s), lambda x, y: np.einsum("ij,ij->j", x, both @ y), mean, variance**0.5)


def _different(links: Links, members: dict[object, Floats]) -> Statistic:
    """Count all joins less those within a category."""
    weights, joins = links.binary_half, links.binary.sum() / 2
    # What a pair of values makes is 1 within a category: each zone has one with all its likes.
    likes = sum(x * (x.sum() - 1) for x in members.values())
    same = Sums(np.ones(len(likes)), likes, float(likes.sum()))
    mean, variance = mantel(links.binary_sums, same)
    return Statistic(
        tuple(members),
        lambda *each: joins - sum(quadratic(weights, x) for x in each) / 2,
        joins - mean / 2,
        variance**0.5 / 2,
    )
