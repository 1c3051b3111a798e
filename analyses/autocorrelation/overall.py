"""Spatial autocorrelation of a whole map: does like live beside like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from itertools import permutations as ordered
from typing import Literal

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from ...geo.names import hint, quoted
from . import rates
from ._draws import Alternative, of_tails
from ._known import Floats, check, check_whole, known_values, undefined, within_range, zones
from ._moments import mantel, of_differences, of_levels, of_products
from ._shuffled import Links, Statistic, quadratic, run
from .join_counts import join_counts
from .significance import Adjustment, adjusted

STATISTICS = (
    "moran_i",
    "geary_c",
    "getis_ord_g",
    "join_count_bb",
    "join_count_bw",
    "join_count_ww",
    "moran_rate",
    "lee_l",
    "moran_bivariate",
)
"""The statistics of a whole map, of numbers."""

OF_CATEGORIES = ("join_count", "join_count_different")
"""Those of categories."""

ONE_ALONE = "one zone has nearly all of the variance: told is where it lies"
"""The note where the values of all other zones hardly matter."""

_JOIN_COUNTS = ("join_count_bb", "join_count_bw", "join_count_ww")
_PAIRS = ("lee_l", "moran_bivariate")
_COLUMNS = [
    *("variable", "other", "statistic", "value", "expected"),
    *("z", "p_value", "p_adjusted", "note"),
]


def measure(
    values: pd.DataFrame,
    graph: Graph,
    *,
    statistics: Literal["all"] | Sequence[str] = "all",
    population: pd.Series | None = None,
    permutations: int = 999,
    alternative: Alternative = "two-sided",
    adjust: Adjustment | None = "fdr_bh",
    seed: int = 0,
) -> pd.DataFrame:
    r"""Measure the likeness of neighbours on a whole map, and test it against chance.

    Parameters
    ----------
    values
        Zones × variables, numbers; or texts or a categorical, for :data:`OF_CATEGORIES`. A zone
        where a variable is missing is left out for that variable and its pairs, with its links,
        and ``note`` says how many those are.
    graph
        Neighbours of the zones. Moran's, Geary's and Lee's statistics take its weights
        row-standardised; for Getis and Ord's G and for join counts a neighbour is one or is not.
    statistics
        Which of :data:`STATISTICS`, and of categories :data:`OF_CATEGORIES`. With ``"all"``,
        ``join_count_bb``, ``_bw`` and ``_ww`` are of variables of 0 and 1 alone, ``moran_rate`` is
        where there is a population, and the statistics of two variables where there are two.
    population
        Where given, the values are counts of events among so many people. ``moran_rate`` is then
        of the rates standardised by :func:`rates.empirical_bayes_standardized`, everything else
        of the raw rates, and zones without population are left out.
    permutations
        How often the values are shuffled over the zones.
    alternative
        Whether values as far from the middle on either side count against chance, or only those as
        large, ``"greater"``, or as small, ``"less"``. Geary's C and the count of unlike joins are
        small where neighbours are alike.
    adjust
        How ``p_adjusted`` takes into account that the table has several tests; see
        :func:`adjusted`.
    seed
        Of the shuffling. All variables are shuffled in the same ways, so that no result but
        ``p_adjusted`` depends on what else is tested.

    Returns
    -------
    DataFrame
        ``variable, other, statistic, value, expected, z, p_value, p_adjusted, note``: all but the
        correlogram, whose rows are distances (:func:`correlogram`). ``other`` is the second
        variable of a pair, else ``""``; ``lee_l`` has one row a pair, ``moran_bivariate`` two, of
        the zones' own ``variable`` and of ``other`` around them. The rows of categories are last:
        ``join_count`` of ``variable.category`` with itself and with each other one, and
        ``join_count_different`` of the variable, see :func:`join_counts`. ``expected`` and ``z``
        are the mean and the standard score over all orders of the values, in closed form;
        ``p_value`` is by permutation and ``p_adjusted`` over all rows. NaN with the reason in
        ``note`` where there are fewer than four zones with a value, the value is the same
        everywhere, no two zones with a value are neighbours, or the statistic is not of such
        values.

    Raises
    ------
    ValueError
        Where a zone is not in the graph or is there twice, a value is infinite or no number, there
        is not one permutation, there is no such statistic, alternative or adjustment, or a
        statistic is asked for without the population, the second variable or the categories that
        it needs.

    Notes
    -----
    With :math:`z_i, z'_i` the deviations of two variables from their means, :math:`w_{ij}` the
    row-standardised weights, :math:`S_0` their sum, and :math:`b_{ij}` 1 for neighbours:

    .. math::

        \text{moran\_i} &= \frac{n}{S_0} \frac{\sum_{ij} w_{ij} z_i z_j}{\sum_i z_i^2} \\
        \text{geary\_c} &= \frac{n - 1}{2 S_0}
            \frac{\sum_{ij} w_{ij} (y_i - y_j)^2}{\sum_i z_i^2} \\
        \text{getis\_ord\_g} &= \frac{\sum_{ij} b_{ij} y_i y_j}{\sum_{i \ne j} y_i y_j},
            \quad y \ge 0 \\
        \text{join\_count\_bb, bw, ww} &= \tfrac12 \sum_{ij} b_{ij} y_i y_j,\quad
            \tfrac12 \sum_{ij} b_{ij} (y_i - y_j)^2,\quad
            \tfrac12 \sum_{ij} b_{ij} (1 - y_i)(1 - y_j) \\
        \text{lee\_l} &= \frac{n}{\sum_i (\sum_j w_{ij})^2} \frac{\sum_i (\sum_j w_{ij} z_j)
            (\sum_j w_{ij} z'_j)}{\sqrt{\sum_i z_i^2} \sqrt{\sum_i z_i'^2}} \\
        \text{moran\_bivariate} &= \frac{n}{S_0} \frac{\sum_{ij} w_{ij} z_i z'_j}
            {\sqrt{\sum_i z_i^2} \sqrt{\sum_i z_i'^2}}

    Under randomisation the mean of Moran's I is :math:`-1 / (n - 1)`, of C 1 and of G
    :math:`S_0 / (n (n - 1))`. All of these but the last are sums over pairs of a weight and of
    what two values make, so that one formula (Mantel 1967) gives their variances: those of Cliff
    and Ord, Getis and Ord, and Lee.

    A pair of variables is shuffled together for Lee's L: the zones' own pairs stay, so that only
    what space adds is tested. For the bivariate Moran's I the own variable stays and only the
    other is shuffled, as in esda and GeoDa. Two variables that go together in the same zones, and
    are each clustered, stand out there even where neither follows the other over space.

    Of :math:`M` permutations, with :math:`L` at least as large as the statistic and :math:`S` at
    least as small, :math:`p = \min(1, 2 (\min(L, S) + 1) / (M + 1))`, or one of the two: never 0,
    as the observed map is one of the possible ones. The values of several variables or statistics
    are several tests: ``p_adjusted`` is for calling any of them significant.

    Where one value is so far beyond all others that they have less than 1 % of the variance, these
    statistics tell where its zone lies and of no other: Geary's C of most orders is equal to ten
    digits, and Moran's I is that of its neighbours. ``note`` says so; look whether the value is
    right, or measure ranks or logarithms. P-values by zone do not drown in it, see :func:`local`.

    Zones without a neighbour count in :math:`n` and in the mean, as in esda, and ``note`` says how
    many those are. The values are esda's; they are not asked of it, as its G makes n × n numbers,
    its Geary stops at an island and its bivariate I has 1 for :math:`n / S_0` with islands too.

    References
    ----------
    Moran, P. A. P. (1950). Notes on continuous stochastic phenomena. *Biometrika*, 37(1/2),
    17–23. https://doi.org/10.2307/2332142

    Geary, R. C. (1954). The contiguity ratio and statistical mapping. *The Incorporated
    Statistician*, 5(3), 115–146. https://doi.org/10.2307/2986645

    Cliff, A. D., & Ord, J. K. (1981). *Spatial processes: models and applications*. Pion.

    Getis, A., & Ord, J. K. (1992). The analysis of spatial association by use of distance
    statistics. *Geographical Analysis*, 24(3), 189–206.
    https://doi.org/10.1111/j.1538-4632.1992.tb00261.x

    Lee, S.-I. (2001). Developing a bivariate spatial association measure: an integration of
    Pearson's r and Moran's I. *Journal of Geographical Systems*, 3(4), 369–385.
    https://doi.org/10.1007/s101090100064

    Lee, S.-I. (2004). A generalized significance testing method for global measures of spatial
    association: an extension of the Mantel test. *Environment and Planning A*, 36(9), 1687–1703.
    https://doi.org/10.1068/a34143

    Wartenberg, D. (1985). Multivariate spatial correlation: a method for exploratory geographical
    analysis. *Geographical Analysis*, 17(4), 263–283.
    https://doi.org/10.1111/j.1538-4632.1985.tb00849.x

    Mantel, N. (1967). The detection of disease clustering and a generalized regression approach.
    *Cancer Research*, 27(2), 209–220.

    Assunção and Reis (1999), see :func:`rates.empirical_bayes_standardized`.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> row = gpd.GeoSeries([shapely.box(x, 0, x + 1, 1) for x in range(20)])
    >>> graph = neighbours.contiguity(row)
    >>> frame = pd.DataFrame({"slope": range(20), "east": [0] * 10 + [1] * 10})
    >>> table = measure(frame, graph, statistics=["moran_i", "join_count_bw"])
    >>> table["p_value"].tolist()
    [0.002, nan, 0.002, 0.002]
    >>> table["note"].tolist()
    ['', 'the values are not 0 and 1', '', '']
    >>> tenure = pd.DataFrame({"tenure": ["owned"] * 10 + ["rented"] * 10})
    >>> for row in measure(tenure, graph)[["variable", "other", "value"]].values:
    ...     print(*row, sep=", ")
    tenure.owned, tenure.owned, 9.0
    tenure.owned, tenure.rented, 1.0
    tenure.rented, tenure.rented, 9.0
    tenure, , 1.0
    """
    if not isinstance(values, pd.DataFrame):
        raise ValueError("values are one series; give zones × variables, as to_frame() does")
    check(values.index, graph, permutations)
    check_whole("seed", seed, 0)
    of_tails(np.ones(1), np.ones(1), alternative)
    adjusted(np.ones(1), adjust)
    _refuse_twice(values)
    numeric = [name for name in values if pd.api.types.is_numeric_dtype(values[name])]
    kinds = [name for name in values if name not in numeric]
    if kinds and population is not None:
        raise ValueError(f"variable {quoted(kinds[0])} is no count of events in a population")
    chosen = _chosen(statistics, population is not None, len(numeric), len(kinds))
    frame = _finite(values[numeric].astype(np.float64))
    standard, inhabited = frame, np.ones(len(frame), dtype=bool)
    if population is not None:
        standard = frame.apply(rates.empirical_bayes_standardized, population=population)
        frame = frame.apply(rates.raw, population=population)
        inhabited = (population != 0).to_numpy()
    plan = [
        (name, "", statistic)
        for name in frame
        for statistic in chosen
        if statistic not in (*_PAIRS, *OF_CATEGORIES)
        and (statistic not in _JOIN_COUNTS or statistics != "all" or _is_binary(frame[name]))
    ]
    plan += [(*pair, "lee_l") for pair in combinations(frame, 2) if "lee_l" in chosen]
    plan += [(*pair, "moran_bivariate") for pair in ordered(frame, 2) if _PAIRS[1] in chosen]
    # What is known of the same zones is shuffled and measured together.
    patterns: dict[bytes, list[tuple]] = {}
    for asked in plan:
        names = list(asked[:1] if asked[1] == "" else asked[:2])
        known = frame[names].notna().all(axis=1).to_numpy()
        patterns.setdefault(known.tobytes(), []).append(asked)
    rows = {}
    for pattern, several in patterns.items():
        known = np.frombuffer(pattern, dtype=bool)
        _, part = known_values(pd.Series(np.where(known, 0.0, np.nan), frame.index), graph)
        missing, empty = int((~known & inhabited).sum()), int((~inhabited).sum())
        alone = len(part.isolates) if part else 0
        notes = [
            f"{zones(missing)} left out: value missing" if missing else "",
            f"{zones(empty)} left out: {rates.NO_POPULATION}" if empty else "",
            f"{zones(alone)} without neighbours" if alone else "",
        ]
        found = _of_the_same_zones(
            several, frame[known], standard[known], part, permutations, alternative, seed
        )
        for asked, (*figures, reason) in zip(several, found, strict=True):
            rows[asked] = (*asked, *figures, "; ".join(filter(None, [reason, *notes])))
    columns = [name for name in _COLUMNS if name != "p_adjusted"]
    parts = [pd.DataFrame([rows[asked] for asked in plan], columns=columns)]
    for name in kinds:
        joins = join_counts(
            values[name], graph, permutations=permutations, alternative=alternative, seed=seed
        )
        joins = joins[joins["statistic"].isin(chosen)]
        pair = joins["statistic"] == "join_count"
        of = [f"{name}.{category}" for category in joins["category"]]
        beside = [f"{name}.{category}" for category in joins["other"]]
        joins = joins.assign(
            variable=np.where(pair, of, str(name)), other=np.where(pair, beside, "")
        )
        parts.append(joins[columns])
    parts = [part for part in parts if len(part)] or parts
    table = pd.concat(parts, ignore_index=True)
    table["p_adjusted"] = adjusted(table["p_value"].to_numpy(dtype=np.float64), adjust)
    return table[_COLUMNS]


def moran(
    values: pd.DataFrame, graph: Graph, *, permutations: int = 999, seed: int = 0
) -> pd.DataFrame:
    """Test each variable for likeness between neighbours by Moran's I.

    Parameters
    ----------
    values, graph, permutations, seed
        See :func:`measure`.

    Returns
    -------
    DataFrame
        One row a variable: those of :func:`measure` whose statistic is ``moran_i``, without
        ``other``.

    Raises
    ------
    ValueError
        See :func:`measure`.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from kvarter.geo import neighbours
    >>> row = gpd.GeoSeries([shapely.box(x, 0, x + 1, 1) for x in range(20)])
    >>> table = moran(pd.DataFrame({"slope": range(20)}), neighbours.contiguity(row))
    >>> table[["variable", "p_value"]].values.tolist()
    [['slope', 0.002]]
    """
    table = measure(values, graph, statistics=["moran_i"], permutations=permutations, seed=seed)
    return table.drop(columns="other")


def _chosen(
    statistics: Literal["all"] | Sequence[str], with_population: bool, numbers: int, kinds: int
) -> list[str]:
    """Give the statistics to be measured, in their order."""
    known = (*STATISTICS, *OF_CATEGORIES)
    if statistics == "all":
        return [
            name
            for name in known
            if (name != "moran_rate" or with_population) and (name not in _PAIRS or numbers > 1)
        ]
    if isinstance(statistics, str) or not len(statistics):
        raise ValueError(f"statistics is {statistics!r}; give 'all' or a list such as ['moran_i']")
    for name in statistics:
        if name not in known:
            asked = hint(name, known) or f" There are {', '.join(known)}"
            raise ValueError(f"there is no statistic {name!r}.{asked}")
        if name in OF_CATEGORIES and not kinds:
            raise ValueError(f"{name} is of categories; give texts, or astype('category')")
        if name in STATISTICS and not numbers:
            raise ValueError(f"{name} is of numbers; of categories there is join_count")
        if name == "moran_rate" and not with_population:
            raise ValueError("moran_rate is of events in a population; give the population")
        if name in _PAIRS and numbers < 2:
            raise ValueError(f"{name} is of two variables; give two or more")
    return [name for name in known if name in statistics]


def _refuse_twice(values: pd.DataFrame) -> None:
    if not values.columns.is_unique:
        twice = values.columns[values.columns.duplicated()][0]
        raise ValueError(f"variable {quoted(twice)} is there twice; name each once")


def _finite(frame: pd.DataFrame) -> pd.DataFrame:
    infinite = np.isinf(frame.to_numpy()).any(axis=1)
    if infinite.any():
        raise ValueError(
            f"zone {quoted(frame.index[infinite][0])} has an infinite value; correct it"
        )
    return pd.DataFrame(within_range(frame.to_numpy()), frame.index, frame.columns)


def _is_binary(values: pd.Series) -> bool:
    return bool(values.dropna().isin([0, 1]).all())


def _of_the_same_zones(
    several: list[tuple],
    frame: pd.DataFrame,
    standard: pd.DataFrame,
    part: Graph | None,
    permutations: int,
    alternative: Alternative,
    seed: int,
) -> list[tuple[float, float, float, float, str]]:
    """Give value, mean, standard score, p-value and a reason of each statistic."""
    links = Links(part) if part else None
    shuffled: dict[object, Floats] = {}
    ready, reasons, remarks = [], [], []
    for name, other, statistic in several:
        source = standard if statistic == "moran_rate" else frame
        keys = [(statistic == "moran_rate", each) for each in (name, other) if each != ""]
        own = [source[each].to_numpy() for _, each in keys]
        reason = next(filter(None, (undefined(y, part) for y in own)), "")
        if not reason and links is not None:
            found = _BUILDERS[statistic](links, *own)
            if isinstance(found, str):
                reason = found
            else:
                measured, expected, deviation = found
                # Of the bivariate Moran's I, the zones' own variable stays.
                moved = keys[1:] if statistic == "moran_bivariate" else keys
                shuffled |= {
                    key: source[key[1]].to_numpy() - source[key[1]].mean() for key in moved
                }
                ready.append(Statistic(tuple(moved), measured, expected, deviation))
        reasons.append(reason)
        remarks.append(ONE_ALONE if any(_is_one_alone(y) for y in own if len(y) > 1) else "")
    figures = iter(run(ready, shuffled, permutations, alternative, seed))
    nan, out = float("nan"), []
    for reason, note in zip(reasons, remarks, strict=True):
        if reason:
            out.append((nan, nan, nan, nan, reason))
        else:
            value, expected, z, p, said = next(figures)
            out.append((value, expected, z, p, "; ".join(filter(None, [said, note]))))
    return out


def _is_one_alone(y: Floats) -> bool:
    others = np.delete(y, np.argmax(np.abs(y - np.median(y))))
    apart = np.square(y - others.mean()).max()
    return bool(np.square(others - others.mean()).sum() < 0.01 * apart)


_Built = tuple[Callable[..., Floats], float, float] | str


def _moran_i(links: Links, y: Floats) -> _Built:
    z = y - y.mean()
    scale = len(z) / links.row.sum() / (z @ z)
    mean, variance = mantel(links.row_sums, of_products(z, z))
    weights = links.row_half
    return lambda z: scale * quadratic(weights, z), scale * mean, scale * variance**0.5


def _geary_c(links: Links, y: Floats) -> _Built:
    z = y - y.mean()
    scale = (len(z) - 1) / (2 * links.row.sum()) / (z @ z)
    mean, variance = mantel(links.row_sums, of_differences(z))
    weights, sums = links.row_half, links.row_sums
    # Σ w_ij (z_i − z_j)², multiplied out.
    own = 2 * (sums.rows + sums.diagonal)
    return (
        lambda z: scale * (own @ z**2 - 2 * quadratic(weights, z)),
        scale * mean,
        scale * variance**0.5,
    )


def _getis_ord_g(links: Links, y: Floats) -> _Built:
    if (y < 0).any():
        return "a value is below 0"
    level, total = y.mean(), y.sum() ** 2 - y @ y
    if np.count_nonzero(y) < 2:
        return "fewer than two zones with a value above 0"
    weights, degrees = links.binary_half, links.binary_sums.rows
    above = level**2 * degrees.sum()
    mean, variance = mantel(links.binary_sums, of_levels(y - level, level))
    return (
        lambda z: (quadratic(weights, z) + 2 * level * (degrees @ z) + above) / total,
        (mean + above) / total,
        variance**0.5 / total,
    )


def _join_count(links: Links, y: Floats, which: str) -> _Built:
    if not np.isin(y, (0, 1)).all():
        return "the values are not 0 and 1"
    level, weights, degrees = y.mean(), links.binary_half, links.binary_sums.rows
    both = level**2 * degrees.sum()

    def measured(z: Floats) -> Floats:
        ones = quadratic(weights, z) + 2 * level * (degrees @ z) + both
        ends = degrees @ z + level * degrees.sum()
        count = {
            "bb": ones / 2,
            "bw": ends - ones,
            "ww": degrees.sum() / 2 - ends + ones / 2,
        }[which]
        # Counts are whole or, where neighbours are one-sided, halves: equal ones are equal.
        return np.rint(2 * count) / 2

    if which == "bw":
        mean, variance = mantel(links.binary_sums, of_differences(y))
    else:
        like = y if which == "bb" else 1 - y
        mean, variance = mantel(links.binary_sums, of_products(like, like))
    return measured, mean / 2, variance**0.5 / 2


def _lee_l(links: Links, x: Floats, y: Floats) -> _Built:
    x, y, weights = x - x.mean(), y - y.mean(), links.row
    scale = len(x) / np.square(weights.sum(axis=1)).sum() / np.sqrt((x @ x) * (y @ y))
    mean, variance = mantel(links.common_sums, of_products(x, y))
    return (
        lambda x, y: scale * np.einsum("ij,ij->j", weights @ x, weights @ y),
        scale * mean,
        scale * variance**0.5,
    )


def _moran_bivariate(links: Links, x: Floats, y: Floats) -> _Built:
    x, y = x - x.mean(), y - y.mean()
    scale = len(x) / links.row.sum() / np.sqrt((x @ x) * (y @ y))
    around = scale * (links.row.T @ x)
    spread = np.square(around - around.mean()).sum() * (y @ y) / (len(y) - 1)
    return lambda z: around @ z, 0.0, spread**0.5


_BUILDERS: dict[str, Callable[..., _Built]] = {
    "moran_i": _moran_i,
    "geary_c": _geary_c,
    "getis_ord_g": _getis_ord_g,
    "join_count_bb": partial(_join_count, which="bb"),
    "join_count_bw": partial(_join_count, which="bw"),
    "join_count_ww": partial(_join_count, which="ww"),
    "moran_rate": _moran_i,
    "lee_l": _lee_l,
    "moran_bivariate": _moran_bivariate,
}
