"""Inequality: what the zones' access means for the people of each group."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def by_group(
    values: pd.Series, counts: pd.DataFrame, *, limit: float | None = None
) -> pd.DataFrame:
    """Summarise a cost over the people of each group.

    Parameters
    ----------
    values
        Cost by zone, for every zone of ``counts``, to the nearest service however far it is; NaN
        where there is no way to any.
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
        Where a count is negative or infinite, a cost is negative, or a zone has no entry in
        ``values``.

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
    absent = ~counts.index.isin(values.index)
    if absent.any():
        raise ValueError(
            f"zone {counts.index[absent][0]!r} has no entry in values; give NaN where there is no "
            "way to a service"
        )
    cost = values.reindex(counts.index).to_numpy(dtype=np.float64, na_value=np.nan)
    if (cost < 0).any():
        zone = counts.index[cost < 0][0]
        raise ValueError(f"the cost of zone {zone!r} is negative; correct it")
    within = np.isfinite(cost) if limit is None else cost <= limit
    cost = np.where(np.isnan(cost), np.inf, cost)
    rows: list[tuple[object, str, float, str]] = []
    for group in counts:
        people = counts[group].to_numpy(dtype=np.float64, na_value=np.nan)
        bad = (people < 0) | np.isinf(people)
        if bad.any():
            raise ValueError(
                f"zone {counts.index[bad][0]!r} has {people[bad][0]:g} members of {group!r}; a "
                "count is 0 or more, and missing ones are NaN"
            )
        missing = int(np.isnan(people).sum())
        people = np.nan_to_num(people)
        everybody, reached = people.sum(), people[within].sum()
        left_out = f"{missing} zone{'s' if missing > 1 else ''} left out: counts missing"
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
            note = "; ".join(filter(None, [why, left_out if missing else ""]))
            rows.append((group, measure, float("nan") if np.isinf(value) else value, note))
    return pd.DataFrame(rows, columns=["group", "measure", "value", "note"])


def weighted_quantile(values: ArrayLike, weights: ArrayLike, q: float) -> float:
    r"""Give the least value up to which at least a share of the weight lies.

    Parameters
    ----------
    values, weights
        Values and their weights of 0 or more, (n,); a value may be infinite.
    q
        The share, above 0 and up to 1.

    Returns
    -------
    float
        One of the values; NaN where there is no weight.

    Raises
    ------
    ValueError
        Where the share is outside its range.

    Notes
    -----
    .. math:: Q(q) = \min \Big\{ v : \sum_{i: v_i \le v} w_i \ge q \sum_i w_i \Big\}

    The inverse of the distribution function, definition 1 of Hyndman and Fan (1996): a cost that
    somebody has, never one between two. Sums that differ by less than 1e-12 of the whole are taken
    as equal.

    References
    ----------
    Hyndman, R. J., & Fan, Y. (1996). Sample quantiles in statistical packages. *The American
    Statistician*, 50(4), 361–365. https://doi.org/10.1080/00031305.1996.10473566

    Examples
    --------
    >>> weighted_quantile([100.0, 200.0, 900.0], [10, 15, 25], 0.5)
    200.0
    """
    if not 0 < q <= 1:
        raise ValueError(f"q must be above 0 and up to 1, not {q}")
    v, w = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    v, w = v[w > 0], w[w > 0]
    if len(v) == 0:
        return float("nan")
    order = np.argsort(v, kind="stable")
    running = np.cumsum(w[order])
    return float(v[order][np.searchsorted(running, (q - 1e-12) * running[-1])])
