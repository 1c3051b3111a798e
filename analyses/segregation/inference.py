"""Uncertainty: what chance alone would give, intervals, and whether two places or years differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from . import _drawn
from ._counts import complete
from ._drawn import Drawn
from ._measure import (
    CORRECTED,
    MANY,
    SPATIAL,
    choose,
    evaluate,
    measure,
)
from ._notes import join, left_out
from ._space import Space
from .change import SHAPLEY, shapley

Null = Literal["systematic", "permutation", "bootstrap"]

SLOW = ("global_distortion", "spatial_proximity_profile")
"""Each replicate of these takes as long as all others together: tested only where named."""

MIX = ("diversity", "simpson_concentration", "simpson_interaction")
"""These tell how many people each group has and not where they live."""

_PARTED = ("dissimilarity", "isolation")
"""Of the indices of a group, the differences of these are divided into parts unless told."""

ALONE = "pairs of groups are not drawn"

OTHER_ZONES = "p-value by bootstrap: the zones are not the same"

_SAME_OUTLINE = 0.01
"""How far apart two outlines may be, in metres, and be the same."""


def test(
    counts: pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    indices: Literal["all"] | Sequence[str] = "all",
    null: Null = "systematic",
    replicates: int = 999,
    seed: int = 0,
    level: float = 0.95,
    interval: bool = True,
    pairs: bool = True,
    drawn: Drawn | None = None,
    ordered: bool = False,
    **space: Any,
) -> pd.DataFrame:
    r"""Test every index against chance, all on the same draws.

    Parameters
    ----------
    counts, geometry, indices, ordered
        See `measure`.
    null
        What is drawn for the p-value:

        - ``"systematic"``: the people of each zone are of a group with the probability that is
          the group's share of all people, wherever they live;
        - ``"permutation"``: the zones change places, each with its people, so that only what
          depends on where they lie is tested;
        - ``"bootstrap"``: the true values that go with the counts, see `bootstrap`, are set
          against the one of a town in which every zone has the shares of the whole.
    replicates
        How many draws of each kind.
    seed
        Of the draws. The same on one core and on many.
    level
        Of the intervals.
    interval
        Whether to draw for intervals and the corrected values, which doubles the work.
    pairs
        Whether to test the figures of pairs of groups, which are most of the work where there are
        many groups. Without it they have their value alone.
    drawn
        What `bootstrap` gave of the same counts, where it is there already.
    space
        ``graph``, ``areas``, ``centre``, ``decay``, ``distance_unit``: see `measure`.

    Returns
    -------
    DataFrame
        The columns of `measure` with, before ``note``: ``expected``, the mean under the systematic
        or permutation null; ``corrected``, the value less what chance adds to it; ``ci_low``,
        ``ci_high``, between which the true value lies; and ``p_value``, two-sided. NaN with the
        reason in ``note`` for indices that only tell the size of groups, for those from which
        chance is taken off already, and for those that only long work would test, unless they are
        named.

    Raises
    ------
    ValueError
        See `measure`; also for another null, fewer than one replicate, a level outside 0 and 1, or
        more people in a zone than can be drawn.

    Notes
    -----
    Chance makes the shares of small zones differ more than those of the people who might live
    there: the true value is the index of the latter. ``corrected`` is the median of the true
    values that `bootstrap` gives, and the interval runs between their quantiles, all within the
    range of the index. Where chance makes much of the value, the interval lies below it.

    Intervals hold the true value about as often as they say where shares spread smoothly around
    that of the whole, in small zones as in large. They do not where a group has some zones nearly
    for itself and is rare in the others, or where its share goes with the size of the zone: there,
    shares in small zones are not like the whole, as the draws take them to be. Of 95 % intervals
    in such towns, often next to none to two thirds of those of ``gini`` and ``atkinson`` held,
    from two thirds on of ``information_theory``, and mostly four fifths or more of
    ``dissimilarity`` and ``isolation``.

    Of :math:`R` replicates, with :math:`L` at least as large as the value and :math:`S` at least
    as small, :math:`p = \min(1, 2 (\min(L, S) + 1) / (R + 1))`: never 0.

    Counts are rounded to whole people for the draws. Where that moves a quarter of the members of
    a group (in one below 1 % of all, a quarter of that 1 %), they are no people: nothing is drawn,
    and ``note`` says so.

    References
    ----------
    Boisso, D., Hayes, K., Hirschberg, J., & Silber, J. (1994). Occupational segregation in the
    multidimensional case: decomposition and tests of significance. *Journal of Econometrics*,
    61(1), 161–171. https://doi.org/10.1016/0304-4076(94)90082-5

    Davison, A. C., & Hinkley, D. V. (1997). *Bootstrap methods and their application*. Cambridge
    University Press. https://doi.org/10.1017/CBO9780511802843

    Examples
    --------
    >>> counts = pd.DataFrame({"owner": [40, 35, 8], "rented": [12, 9, 30]})
    >>> table = test(counts, indices=["dissimilarity"], replicates=199, seed=1)
    >>> table.loc[0, ["value", "p_value"]].round(3).tolist()
    [0.492, 0.01]
    """
    _check(null, replicates, level, seed)
    tested = list(choose(indices, spatial=geometry is not None, ordered=ordered))
    table = measure(counts, geometry, indices=tested, ordered=ordered, **space)
    known, n = complete(counts)
    where = Space(counts[known], geometry, **_options(space))
    named = not isinstance(indices, str) or indices != "all"
    fractions = _drawn.fractions(counts[known], n)
    untested = {index: _untested(index, null, named) or fractions for index in tested}
    drawn_from = [index for index in tested if not untested[index]]
    whole = np.rint(n)
    chance = "systematic" if null == "bootstrap" else null
    by_chance = _drawn.drawer(chance, n, whole)
    draws = _drawn.on_draws(drawn_from, where, by_chance, replicates, [seed, 0], pairs)
    around: Drawn = {}
    if interval or null == "bootstrap":
        around = drawn or _drawn.true_values(drawn_from, where, n, replicates, [seed, 1], pairs)
    even = np.outer(n.sum(axis=1), n.sum(axis=0) / max(n.sum(), 1))
    rounded = "counts rounded to whole people for the draws" if (n != whole).any() else ""
    rows = []
    for index in tested:
        part = table[table["index"] == index]
        values = part["value"].to_numpy()
        out = {name: np.full(len(part), np.nan) for name in _NEW}
        if not untested[index] and index in draws:
            null_draws = _drawn.all_figures(draws[index], len(part))
            out["expected"] = _drawn.mean(null_draws)
            out["p_value"] = _drawn.p_value(values, null_draws)
            if index in around:
                true = _drawn.all_figures(around[index], len(part))
                out |= _drawn.intervals(index, true, level)
                if null == "bootstrap":
                    alike = evaluate(index, even, where, pairs=pairs)
                    out["p_value"] = _drawn.p_value(
                        _drawn.all_figures(alike[:, None], len(part))[:, 0], true
                    )
        new = part.assign(**{name: np.where(np.isnan(values), np.nan, out[name]) for name in _NEW})
        why = [untested[index] or rounded] * len(new)
        if not untested[index] and not pairs:
            why = [
                ALONE if other != "" else text
                for other, text in zip(new["other"], why, strict=True)
            ]
        new["note"] = [
            "; ".join(filter(None, both)) for both in zip(new["note"], why, strict=True)
        ]
        rows.append(new)
    columns = [*table.columns[:-1], *_NEW, "note"]
    return pd.concat(rows, ignore_index=True)[columns]


def bootstrap(
    counts: pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    indices: Literal["all"] | Sequence[str] = "all",
    replicates: int = 999,
    seed: int | Sequence[int] = 0,
    pairs: bool = True,
    ordered: bool = False,
    **space: Any,
) -> Drawn:
    r"""Draw the true values that go with the counts, for several uses of the same draws.

    Parameters
    ----------
    counts, geometry, indices, ordered, space
        See `measure`.
    replicates, pairs
        See `test`.
    seed
        Of the draws; several numbers are one seed. Two tables that are compared need different
        ones, or their draws would go up and down together.

    Returns
    -------
    dict
        True values of each index that is tested, (figures, replicates), in the order of
        `measure`: their quantiles are the ends of an interval. They are not kept within the range
        of the index, so that those of two tables can be subtracted.

    Raises
    ------
    ValueError
        See `test`.

    Notes
    -----
    A bootstrap of the counts themselves is too uneven: it adds the differences by chance to a
    town that has them already. So towns are made up of which the counts could be: in each zone
    the groups, the smallest first, have the shares

    .. math:: q_{im} \sim \text{Beta} \left( n_{im} + \alpha_m P_m, \;
        \textstyle \sum_{h > m} n_{ih} + \alpha_m (1 - P_m) \right)

    of the people who are in none of the groups before, :math:`P_m` being that share in the
    whole (the generalized Dirichlet distribution). With :math:`\bar t` the mean number of people
    in the zone of a person, :math:`\lambda_m^2 = \bar t / (\bar t + \alpha_m)` is how much of the
    differences is true. Towns are made with five amounts: from :math:`\lambda = 0`, no
    segregation, over the estimate (the intraclass correlation of an analysis of variance) to 1.

    With :math:`\theta^*` the index of a town, its people are drawn, and their index is
    :math:`\theta^* + e^*`. The mean :math:`b(\theta)` and the standard deviation
    :math:`s(\theta)` of the errors at each amount, linear in between, and the errors in units of
    them, :math:`z^*`, of all draws together, give from the value :math:`v` the true values that
    solve

    .. math:: \theta + b(\theta) + z^* s(\theta) = v

    That inverts a test: those true values are in the interval under which the value is neither
    too high nor too low. A correction of the bias at one estimate fails where that matters most,
    near no segregation, where all estimates are above the truth.

    References
    ----------
    Carpenter, J. (1999). Test inversion bootstrap confidence intervals. *Journal of the Royal
    Statistical Society: Series B*, 61(1), 159–172. https://doi.org/10.1111/1467-9868.00169

    Connor, R. J., & Mosimann, J. E. (1969). Concepts of independence for proportions with a
    generalization of the Dirichlet distribution. *Journal of the American Statistical
    Association*, 64(325), 194–206. https://doi.org/10.1080/01621459.1969.10500963

    Ridout, M. S., Demétrio, C. G. B., & Firth, D. (1999). Estimating intraclass correlation for
    binary data. *Biometrics*, 55(1), 137–148. https://doi.org/10.1111/j.0006-341X.1999.00137.x

    Examples
    --------
    >>> counts = pd.DataFrame({"owner": [40, 35, 8], "rented": [12, 9, 30]})
    >>> bootstrap(counts, indices=["isolation"], replicates=199, seed=1)["isolation"].shape
    (2, 199)
    """
    _check("bootstrap", replicates, 0.5, seed)
    wanted = choose(indices, spatial=geometry is not None, ordered=ordered)
    named = not isinstance(indices, str) or indices != "all"
    known, n = complete(counts)
    if _drawn.fractions(counts[known], n):
        return {}
    where = Space(counts[known], geometry, **_options(space))
    drawn_from = [index for index in wanted if not _untested(index, "bootstrap", named)]
    return _drawn.true_values(drawn_from, where, n, replicates, [1, *np.atleast_1d(seed)], pairs)


_NEW = ["expected", "corrected", "ci_low", "ci_high", "p_value"]


def compare(
    before: pd.DataFrame,
    after: pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    geometry_after: gpd.GeoSeries | None = None,
    indices: Literal["all"] | Sequence[str] = "all",
    null: Literal["auto", "pooled", "bootstrap"] = "auto",
    replicates: int = 999,
    seed: int = 0,
    level: float = 0.95,
    pairs: bool = True,
    parts: Sequence[str] | None = None,
    drawn: tuple[Drawn, Drawn] | None = None,
    ordered: bool = False,
    **space: Any,
) -> pd.DataFrame:
    r"""Compare two years, two municipalities, or a plan with today.

    Parameters
    ----------
    before, after
        Members of each group in each zone; the same groups. Zones of one label are the same, in
        whatever order.
    geometry, geometry_after
        The zones of both, and of the second where they are others. A zone that has another outline
        in the second is another zone, whatever its label.
    indices, ordered, space
        See `measure`.
    null
        What is drawn for the p-value: ``"pooled"``, the people that each zone has before and
        after are dealt anew to the two, which takes the same zones in both; ``"bootstrap"``, the
        true values of both, independently. ``"auto"`` is pooled where the zones are the same;
        where they are not, ``note`` says that it is the bootstrap.
    replicates, seed, level, pairs
        See `test`.
    parts
        The indices whose difference is divided into parts; ``()`` for none. Unless told, those of
        all groups at once, and dissimilarity and isolation of each group against all others.
    drawn
        What `bootstrap` gave of both, from different seeds, where it is there already. Drawn anew
        where zones that have counts in one of the tables alone are left out.

    Returns
    -------
    DataFrame
        ``group, other, index, dimension, before, after, difference, ci_low, ci_high, p_value,
        composition, distribution, zones, note``. The difference is after less before; its interval
        is that of the true values, see `bootstrap`, and can lie to one side of it where chance
        adds more to one of the two. The parts add up to the difference, see `shapley`. An index
        that cannot be drawn anew has the difference and its parts alone. A zone where a count is
        missing in one of the tables is left out of both, and ``note`` says so.

    Raises
    ------
    ValueError
        Where the groups differ, zones are to be pooled that are not the same, there is a
        geometry of the second alone, or parts are asked for with a graph or areas, which go by
        label, and a label has two outlines.

    Notes
    -----
    Where nothing has changed, the people whom a zone has before and after are of one composition,
    and who of them is counted before is chance. So with :math:`n_{im}` members before and
    :math:`n'_{im}` after, a draw has

    .. math:: n^*_{i \cdot} \sim \text{multivariate hypergeometric} \left( n_{i \cdot} +
        n'_{i \cdot}, \; \textstyle \sum_m n_{im} \right)

    members before and the rest after: each table keeps the people of each zone, and so what chance
    adds to its index, and no composition need be estimated. It is for two years of the same zones
    and for a plan, and asks whether compositions changed so that the index did. Where the people
    of both are the same, as with those who stayed, chance does less than the draws, and the
    p-value is too high rather than too low.

    Two municipalities have no zones in common; there the true values of both are drawn
    independently, and the p-value is twice the share of differences on the other side of 0.

    References
    ----------
    Good, P. (2005). *Permutation, parametric and bootstrap tests of hypotheses* (3rd ed.).
    Springer. https://doi.org/10.1007/b138696

    Examples
    --------
    >>> today = pd.DataFrame({"owner": [90, 70, 20], "rented": [10, 30, 80]})
    >>> plan = pd.DataFrame({"owner": [80, 65, 35], "rented": [20, 35, 65]})
    >>> table = compare(today, plan, indices=["dissimilarity"], replicates=199, seed=1)
    >>> table.loc[0, ["before", "after", "difference"]].round(3).tolist()
    [0.556, 0.347, -0.208]
    >>> table.loc[0, ["composition", "distribution", "zones"]].astype(float).round(3).tolist()
    [0.0, -0.208, 0.0]
    """
    if geometry is None and geometry_after is not None:
        raise ValueError("geometry_after is given and geometry is not; give the zones of both")
    known = [complete(table)[0] for table in (before, after)]
    if list(before.columns) != list(after.columns):
        raise ValueError(
            f"before has the groups {list(before.columns)} and after {list(after.columns)}; "
            "give the same in the same order"
        )
    _check("bootstrap", replicates, level, seed)
    if null not in ("auto", "pooled", "bootstrap"):
        raise ValueError(f"null is {null!r}; there are 'auto', 'pooled' and 'bootstrap'")
    there = geometry if geometry_after is None else geometry_after
    names = _names(after.index, geometry, there)
    lost = [before.index[~known[0]], names[~known[1]]]
    stay = [~index.isin(lost[0].append(lost[1])) for index in (before.index, names)]
    fewer = any((one & ~two).any() for one, two in zip(known, stay, strict=True))
    before, after, names = before[stay[0]], after[stay[1]], names[stay[1]]
    same = before.index.is_unique and names.is_unique
    same = same and len(before) == len(after) and bool(names.isin(before.index).all())
    if same:
        after, names = after.iloc[names.get_indexer(before.index)], before.index
    elif null == "pooled":
        raise ValueError("only the same zones can be pooled; null='bootstrap' takes others")
    tested = list(choose(indices, spatial=geometry is not None, ordered=ordered))
    one = measure(before, geometry, indices=tested, ordered=ordered, **space)
    two = measure(after, there, indices=tested, ordered=ordered, **space)
    named = not isinstance(indices, str) or indices != "all"
    fractions = next(
        filter(None, (_drawn.fractions(t, t.to_numpy(float)) for t in (before, after))), ""
    )
    untested = {index: _untested(index, "bootstrap", named) or fractions for index in tested}
    drawn_from = [index for index in tested if not untested[index]]
    if drawn is None or (fewer and any(drawn)):
        of = {"indices": drawn_from, "replicates": replicates, "pairs": pairs, **space}
        first = bootstrap(before, geometry, seed=[seed, 0], **of)
        drawn = first, bootstrap(after, there, seed=[seed, 1], **of)
    pooled: Drawn = {}
    if same and null != "bootstrap":
        places_of = [(before, geometry), (after, there)]
        spaces = [Space(table, where, **_options(space)) for table, where in places_of]
        pooled = _drawn.differences_dealt(
            before, after, drawn_from, spaces, replicates, seed, pairs
        )
    missing = _missing(*lost)
    rows = []
    for index in tested:
        left, right = (table[table["index"] == index] for table in (one, two))
        out = left.rename(columns={"value": "before"}).assign(after=right["value"].to_numpy())
        difference = out["after"].to_numpy() - out["before"].to_numpy()
        figures = {name: np.full(len(out), np.nan) for name in ("ci_low", "ci_high", "p_value")}
        how = ""
        if not untested[index] and all(index in draws for draws in drawn):
            true = _drawn.all_figures(drawn[1][index] - drawn[0][index], len(out))
            figures["ci_low"], figures["ci_high"] = _drawn.ends(true, level)
            figures["p_value"] = _drawn.p_value(np.zeros_like(difference), true)
            how = "" if same or null == "bootstrap" else OTHER_ZONES
        if index in pooled:
            figures["p_value"] = _drawn.p_value(
                difference, _drawn.all_figures(pooled[index], len(out))
            )
        out = out.assign(difference=difference, **figures)
        both = zip(out["note"], right["note"], out["p_value"], strict=True)
        out["note"] = [
            join(*dict.fromkeys(notes), untested[index], "" if np.isnan(p) else how, missing)
            for *notes, p in both
        ]
        rows.append(out)
    columns = ["group", "other", "index", "dimension", "before", "after", "difference"]
    columns += ["ci_low", "ci_high", "p_value", "note"]
    table = pd.concat(rows, ignore_index=True)[columns]
    undefined = table["difference"].isna()
    table.loc[undefined, ["ci_low", "ci_high", "p_value"]] = np.nan
    if parts is None:
        wanted = table["index"].isin(MANY) | (
            table["index"].isin(_PARTED) & (table["other"] == "")
        )
        wanted &= named | ~table["index"].isin(SLOW)
    else:
        wanted = table["index"].isin(choose(parts, spatial=geometry is not None, ordered=ordered))
    divided = list(dict.fromkeys(table.loc[wanted, "index"]))
    if not divided:
        return _with_parts(table, None, wanted)
    everywhere = geometry
    if geometry is not None and there is not None and there is not geometry:
        if not names.equals(after.index) and not {"graph", "areas"}.isdisjoint(space):
            raise ValueError(
                "a zone has another outline in geometry_after, and graph and areas go by label; "
                "give it a label of its own, or parts=()"
            )
        second = there.loc[after.index].set_axis(names)
        everywhere = pd.concat([geometry[~geometry.index.isin(names)], second])
    options = {"geometry": everywhere, "ordered": ordered, **space}
    told = shapley(before, after.set_axis(names), indices=divided, **options)
    return _with_parts(table, told, wanted)


def _names(
    index: pd.Index, geometry: gpd.GeoSeries | None, there: gpd.GeoSeries | None
) -> pd.Index:
    """Name the zones after: a label whose outline is another one before gets a new name."""
    if geometry is None or there is None or there is geometry:
        return index
    if not (geometry.index.is_unique and there.index.is_unique):
        return index
    both = there.index.intersection(geometry.index)
    old, new = (shapely.normalize(zones.loc[both].to_numpy()) for zones in (geometry, there))
    moved = ~shapely.equals_exact(old, new, tolerance=_SAME_OUTLINE)
    if geometry.crs != there.crs:
        moved[:] = True
    other = index.isin(both[moved])
    if not other.any():
        return index
    names = [f"{label}, after" if new else label for label, new in zip(index, other, strict=True)]
    return pd.Index(names, dtype=object, tupleize_cols=False)


def _missing(before: pd.Index, after: pd.Index) -> str:
    """Say how many zones are left out for what is missing in which table."""
    twice = int(before.isin(after).sum())
    return join(
        left_out(len(before) - twice, "counts missing before"),
        left_out(len(after) - twice, "counts missing after"),
        left_out(twice, "counts missing before and after"),
    )


def _with_parts(table: pd.DataFrame, told: pd.DataFrame | None, wanted: pd.Series) -> pd.DataFrame:
    """Add what `shapley` tells of the rows that are wanted, before the notes."""
    keys = ["group", "other", "index"]
    own = table.pop("note")
    if told is None:
        return table.assign(**dict.fromkeys(SHAPLEY, np.nan), note=own)
    for part in SHAPLEY:
        values = told[told["part"] == part].set_index(keys)
        table = table.join(values["value"].rename(part), on=keys)
    table.loc[~wanted, SHAPLEY] = np.nan
    why = table[keys].join(values["note"], on=keys)["note"].where(wanted, "").fillna("")
    # Where there is no difference, its own note has the reason already.
    why = why.mask(table["difference"].isna() & (own != ""), "")
    both = zip(own, why, strict=True)
    return table.assign(
        note=[join(*dict.fromkeys([*a.split("; "), *b.split("; ")])) for a, b in both]
    )


def _options(space: dict[str, Any]) -> dict[str, Any]:
    """Name the options as the space does."""
    renamed = {"distance_unit": "unit"}
    return {renamed.get(name, name): value for name, value in space.items()}


def _check(null: str, replicates: int, level: float, seed: int | Sequence[int]) -> None:
    """Refuse what cannot be drawn."""
    if null not in ("systematic", "permutation", "bootstrap"):
        raise ValueError(f"null is {null!r}; there are 'systematic', 'permutation', 'bootstrap'")
    if not isinstance(replicates, (int, np.integer)) or replicates < 1:
        raise ValueError(f"replicates is {replicates!r}; give a whole number from 1")
    numbers = np.atleast_1d(seed)
    if numbers.dtype.kind not in "iu" or (numbers < 0).any():
        raise ValueError(
            f"seed is {seed!r}; give a whole number from 0, the same for the same draws"
        )
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it lies between 0 and 1, most often 0.95")


def _untested(index: str, null: str, named: bool) -> str:
    """Say why an index is not tested, if so."""
    if index in CORRECTED:
        return "not tested: chance is taken off already"
    if index in MIX:
        return "not tested: it does not depend on where people live"
    if null == "permutation" and index not in SPATIAL:
        return "not tested: it does not depend on where the zones are"
    if index in SLOW and not named:
        return "not tested unless it is named: it takes long"
    return ""
