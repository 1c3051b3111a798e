"""What the zones' access means for the people of each group."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from ...geo.names import quoted
from ._weighted import (
    FEWEST,
    TOO_FEW_ZONES,
    Floats,
    as_many,
    costs_of,
    counts_of,
    drawn,
    quantiles,
    require_better,
    require_draws,
    weighted_quantile,
)


def by_group(
    values: pd.Series, counts: pd.DataFrame, *, limit: float | None = None
) -> pd.DataFrame:
    """Summarise a cost over the people of each group.

    Parameters
    ----------
    values
        Cost by zone, for every zone of ``counts``, to the nearest service however far it is; NaN
        or infinite where there is no way to any.
    counts
        People, zones × groups. A zone whose count of a group is NaN is left out for that group,
        and ``note`` says how many those are.
    limit
        The cost up to which a service is within reach, for the share and the number of people; by
        default all that is not NaN.

    Returns
    -------
    DataFrame
        ``group, measure, value, note``, four rows a group: ``mean`` and ``median`` of the cost
        over all people, near or far, ``share_within_limit`` of all people, and ``beyond_limit``,
        the number of people who have no service within reach. NaN with the reason in ``note`` for
        a group without members, for the mean where somebody has no way to any service, and for
        the median where half of the people or more have none.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, a cost is negative, a zone has no entry in
        ``values``, a zone or a group is there twice, or the limit is no number of 0 or more.

    Notes
    -----
    The limit does not cut off the mean and the median: were those beyond it left out, the group
    with the most people far away could look the best off. No way is an infinite cost. The median
    is :func:`weighted_quantile` of one half.

    Examples
    --------
    >>> values = pd.Series({"a": 100.0, "b": 500.0, "c": 2900.0})
    >>> people = pd.DataFrame({"child": [10, 30, 10]}, index=["a", "b", "c"])
    >>> by_group(values, people, limit=1000)["value"].tolist()
    [900.0, 500.0, 0.8, 10.0]
    """
    if limit is not None and not limit >= 0:
        raise ValueError(f"limit is {quoted(limit)}; give a number of 0 or more, or None")
    cost = costs_of(values, counts)
    within = np.isfinite(cost) & (cost <= (np.inf if limit is None else limit))
    cost = np.where(np.isnan(cost), np.inf, cost)
    rows: list[tuple[object, str, float, str]] = []
    for group in counts:
        people = counts_of(counts, group)
        missing = int(np.isnan(people).sum())
        people = np.nan_to_num(people)
        everybody, reached = people.sum(), people[within].sum()
        none = "" if everybody > 0 else "the group has no members"
        mean = median = share = beyond = float("nan")
        if not none:
            some = people > 0
            mean = float(cost[some] @ people[some] / everybody)
            median = weighted_quantile(cost, people, 0.5)
            share = float(reached / everybody)
            beyond = float(people[~within].sum())
        for measure, value in (
            ("mean", mean),
            ("median", median),
            ("share_within_limit", share),
            ("beyond_limit", beyond),
        ):
            why = "some have no way to any service" if np.isinf(value) else none
            note = "; ".join(filter(None, [why, _left_out(missing)]))
            rows.append((group, measure, float("nan") if np.isinf(value) else value, note))
    return pd.DataFrame(rows, columns=["group", "measure", "value", "note"])


def deciles(values: pd.Series, counts: pd.DataFrame) -> pd.DataFrame:
    """Give the cost up to which each tenth of the members of a group has a service.

    Parameters
    ----------
    values, counts
        See :func:`by_group`.

    Returns
    -------
    DataFrame
        ``group, decile, value, note``, nine rows a group: of 1 the cost that a tenth of the
        members has at most, of 9 the one that nine tenths have at most. NaN with the reason in
        ``note`` for a group without members, and where those who have no way begin before.

    Raises
    ------
    ValueError
        See :func:`by_group`.

    Notes
    -----
    Each is :func:`weighted_quantile`.

    Examples
    --------
    >>> values = pd.Series({"a": 100.0, "b": 500.0, "c": 2900.0})
    >>> people = pd.DataFrame({"child": [10, 30, 10]}, index=["a", "b", "c"])
    >>> deciles(values, people)["value"].tolist()
    [100.0, 100.0, 500.0, 500.0, 500.0, 500.0, 500.0, 500.0, 2900.0]
    """
    cost = costs_of(values, counts)
    cost = np.where(np.isnan(cost), np.inf, cost)
    rows: list[tuple[object, int, float, str]] = []
    for group in counts:
        people = counts_of(counts, group)
        missing = int(np.isnan(people).sum())
        people = np.nan_to_num(people)
        for decile, value in enumerate(quantiles(cost, people, np.arange(1, 10) / 10), 1):
            why = "some have no way to any service" if np.isinf(value) else ""
            why = why if people.sum() > 0 else "the group has no members"
            note = "; ".join(filter(None, [why, _left_out(missing)]))
            rows.append((group, decile, float("nan") if np.isinf(value) else value, note))
    return pd.DataFrame(rows, columns=["group", "decile", "value", "note"])


def gaps(
    values: pd.Series,
    counts: pd.DataFrame,
    *,
    better: Literal["lower", "higher"] = "lower",
    replicates: int = 999,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Tell how much worse off each group is on average than the one that is best off.

    Parameters
    ----------
    values
        A measure of access by zone: a cost, or an amount. A cost that is NaN or infinite says that
        there is no way.
    counts
        People, zones × groups, of one group or more. A zone with a missing count is left out, for
        all groups.
    better
        Whether low values are good, as costs are, or high ones, as places a person.
    replicates
        How often the zones are drawn anew.
    level
        Of the intervals, all gaps of the groups together.
    seed
        Of the draws. The order of the zones makes no difference.

    Returns
    -------
    DataFrame
        ``group, mean, best, gap, ci_low, ci_high, note``, one row a group: its mean, the group
        that is best off, and how much worse the mean is than that group's; 0 or more. The interval
        is of the gap to the same group, and may go below 0. NaN with the reason in ``note`` for a
        group without members and where one has members without a value, who can be in no mean. No
        interval where a group, or the one that is best off, lives in so few or so unequal zones
        that fewer than ten of equal size would tell as much (Kish).

    Raises
    ------
    ValueError
        Where a value or a count is negative, a count or an amount is infinite, a zone has no entry
        in ``values``, a zone or a group is there twice, there are no groups or no replicates, or
        ``better`` is another word.

    Notes
    -----
    Zones are drawn with replacement, all groups of a zone together: the people of a zone have one
    value, so it is zones that tell anything apart, not people. Where everybody is counted, the
    interval says how much the gap hangs on a few zones.

    The best group is chosen from the same data, so that of many groups that are all alike one
    would nearly always seem to be better off than another. The intervals therefore hold for all
    pairs of groups at once. With :math:`d_{gh}` the difference of two means, :math:`s_{gh}` its
    standard deviation in the draws, and :math:`c` so large that

    .. math:: \max_{g,h} |d^*_{gh} - d_{gh}| / s_{gh} \le c

    in a share of the draws that is ``level``, they are :math:`d_{gh} \pm c \, s_{gh}`. Of groups
    that are alike, 3 to 6 in 100 towns of 60 or 200 zones had a gap whose interval of 95 % was
    above 0, with two groups as with nine. Of groups that differ, all intervals held in 95 or 96 %
    of towns drawn from the sample municipality by 200 or 800 zones; where ways are very skewed, in
    88 % by 60 zones, 92 % by 200 and 95 % by 800 (``bench/intervals.py --inequality``).

    References
    ----------
    Efron, B., & Tibshirani, R. J. (1993). *An introduction to the bootstrap*. Chapman & Hall.
    https://doi.org/10.1007/978-1-4899-4541-9

    Romano, J. P., & Wolf, M. (2005). Exact and approximate stepdown methods for multiple
    hypothesis testing. *Journal of the American Statistical Association*, 100(469), 94–108.
    https://doi.org/10.1198/016214504000000539

    Examples
    --------
    >>> values = pd.Series({"a": 100.0, "b": 500.0, "c": 300.0})
    >>> people = pd.DataFrame({"young": [30, 10, 0], "old": [10, 30, 0]}, index=["a", "b", "c"])
    >>> gaps(values, people)[["group", "mean", "best", "gap"]].values.tolist()
    [['young', 200.0, 'young', 0.0], ['old', 400.0, 'young', 200.0]]
    """
    require_better(better)
    require_draws(replicates, level, least=1)
    if counts.shape[1] == 0:
        raise ValueError("counts has no groups; give a column for each")
    value = costs_of(values, counts)
    if better == "lower":
        value = np.where(np.isinf(value), np.nan, value)
    elif np.isinf(value).any():
        zone = quoted(counts.index[np.isinf(value)][0])
        raise ValueError(f"the value of zone {zone} is infinite; correct it")
    n = np.column_stack([counts_of(counts, group) for group in counts])
    whole = ~np.isnan(n).any(axis=1)
    missing = int((~whole).sum())
    n, value = n[whole], value[whole]
    without = n[np.isnan(value)].sum(axis=0) > 0
    lived = ~np.isnan(value) & (n > 0).any(axis=1)
    n, value = n[lived], value[lived]
    order = np.lexsort((*n.T, value))
    n, value = n[order], value[order]
    means = _means(n.sum(axis=0), value @ n)
    means[without] = np.nan
    out = pd.DataFrame({"group": list(counts.columns), "mean": means})
    sign = 1.0 if better == "lower" else -1.0
    few = as_many(n) < FEWEST
    figures = ["gap", "ci_low", "ci_high"]
    out["best"], out[figures] = "", np.nan
    told = ~np.isnan(means)
    if told.any():
        best = int(np.nanargmin(sign * means))
        gap = sign * (means - means[best])
        out["best"], out["gap"] = counts.columns[best], gap
        sure = told & ~few & ~few[best]
        if sure.any():
            half = _half(_drawn(n[:, sure], value, replicates, seed), means[sure], level)
            half = half[:, int(sure[:best].sum())]
            out.loc[sure, "ci_low"], out.loc[sure, "ci_high"] = gap[sure] - half, gap[sure] + half
        few = told & ~sure
    why = np.where(without, "some have no value", "")
    why = np.where((n.sum(axis=0) == 0) & ~without, "the group has no members", why)
    why = np.where(told & few, TOO_FEW_ZONES, why)
    out["note"] = ["; ".join(filter(None, [w, _left_out(missing)])) for w in why]
    return out[["group", "mean", "best", *figures, "note"]]


def _half(drawn: Floats, means: Floats, level: float) -> Floats:
    """Give by pair of groups half the width of intervals that hold for all pairs at once."""
    off = drawn - means
    pairs = [off[:, [group]] - off for group in range(len(means))]
    spread = np.array([np.nanstd(pair, axis=0) for pair in pairs])
    # Groups that are alike in all zones differ by nothing in any draw.
    some = spread > 1e-12 * max(1e-300, float(np.abs(means).max()))
    farthest = np.zeros(len(drawn))
    for pair, width, differs in zip(pairs, spread, some, strict=True):
        if differs.any():
            apart = np.abs(pair[:, differs]) / width[differs]
            farthest = np.fmax(farthest, np.fmax.reduce(apart, axis=1))
    return np.where(some, float(np.quantile(farthest, level, method="higher")) * spread, 0.0)


def _means(people: Floats, sums: Floats) -> Floats:
    """Divide, and give NaN where there is nobody."""
    return np.divide(sums, people, out=np.full(people.shape, np.nan), where=people > 0)


def _drawn(n: Floats, value: Floats, replicates: int, seed: int) -> Floats:
    """Give the means of the groups in zones drawn with replacement, replicates × groups."""
    both = np.column_stack([n, n * value[:, None]])
    sums = np.concatenate([times @ both for times in drawn(len(n), replicates, seed)])
    return _means(sums[:, : n.shape[1]], sums[:, n.shape[1] :])


def _left_out(missing: int) -> str:
    """Say how many zones are left out."""
    return (
        f"{missing} zone{'s' if missing > 1 else ''} left out: counts missing" if missing else ""
    )
