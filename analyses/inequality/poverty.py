"""Poverty of access: who has less than a line, and where that meets other hardship."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from ...geo.names import quoted
from ._weighted import known, refuse, require_better, require_unique, weighted_quantile


def relative_line(
    values: pd.Series,
    people: pd.Series,
    *,
    share: float = 0.6,
    better: Literal["lower", "higher"] = "higher",
) -> float:
    r"""Draw a line at a share of what the person in the middle has.

    Parameters
    ----------
    values
        How much access each zone has, or what it costs.
    people
        People by zone.
    share
        Of the median: below 1 for amounts, above 1 for costs.
    better
        ``"lower"`` for costs: then NaN is no way to any service, the longest of all, as an
        infinite cost is. Of amounts, zones without a value are left out.

    Returns
    -------
    float
        The line, for :func:`poverty`; NaN where nobody lives anywhere, and where half of the
        people or more have no way.

    Raises
    ------
    ValueError
        Where a value or a number of people is negative, people or amounts are infinite, ``better``
        is another word, or a zone has no entry in ``values``.

    Examples
    --------
    >>> values, people = pd.Series({"a": 3.0, "b": 10.0}), pd.Series({"a": 40, "b": 60})
    >>> relative_line(values, people, share=0.5)
    5.0
    """
    if not share > 0:
        raise ValueError(f"share is {quoted(share)}; give a number above 0")
    require_better(better)
    v, n, _, _ = known(values, people, better=better)
    middle = weighted_quantile(v, n, 0.5)
    return share * middle if np.isfinite(middle) else float("nan")


def poverty(
    values: pd.Series,
    people: pd.Series,
    line: float,
    *,
    order: Literal[0, 1, 2] = 0,
    better: Literal["lower", "higher"] = "higher",
) -> float:
    r"""Poverty of access (Foster, Greer, Thorbecke): how many have too little, and how little.

    Parameters
    ----------
    values
        How much access each zone has, or what it costs: NaN is an unknown amount, whose zone is
        left out, but a cost that is NaN or infinite says that there is no way to any service.
    people
        People by zone.
    line
        What is enough. Whoever has exactly that has enough.
    order
        0 for the share of people who have too little; 1 for how much they lack, as a share of the
        line, averaged over everybody; 2 for the same squared, in which those who lack most count
        most.
    better
        Whether more than the line is enough, as of places a person, or less, as of a cost.

    Returns
    -------
    float
        0 where all have enough. Of amounts at most 1; of costs orders 1 and 2 have no upper end,
        and are NaN where somebody has no way, who counts as poor in order 0. NaN where nobody
        lives anywhere.

    Raises
    ------
    ValueError
        Where the line is not above 0, the order or ``better`` is another, a value or a number of
        people is negative, people or amounts are infinite, or a zone has no entry in ``values``.

    Notes
    -----
    With :math:`z` the line, :math:`x_i = z - v_i` of amounts and :math:`x_i = v_i - z` of costs,

    .. math:: F_a = \frac{1}{N} \sum_{i: x_i > 0} n_i \Big(\frac{x_i}{z}\Big)^a

    :math:`F_a` of everybody is the mean of the groups', weighted by their people.

    References
    ----------
    Foster, J., Greer, J., & Thorbecke, E. (1984). A class of decomposable poverty measures.
    *Econometrica*, 52(3), 761–766. https://doi.org/10.2307/1913475

    Examples
    --------
    >>> values, people = pd.Series({"a": 3.0, "b": 10.0}), pd.Series({"a": 40, "b": 60})
    >>> [round(poverty(values, people, 5, order=order), 3) for order in (0, 1, 2)]
    [0.4, 0.16, 0.064]
    """
    if not (np.isfinite(line) and line > 0):
        raise ValueError(f"line is {quoted(line)}; give a number above 0")
    if order not in (0, 1, 2):
        raise ValueError(f"order is {quoted(order)}; give 0, 1 or 2")
    require_better(better)
    v, n, _, _ = known(values, people, better=better)
    if len(v) == 0 or (order > 0 and np.isinf(v).any()):
        return float("nan")
    lacking = (line - v if better == "higher" else v - line) / line
    poor = lacking > 0
    return float(n[poor] @ lacking[poor] ** order / n.sum())


def twice_burdened(
    classes: pd.Series, people: pd.Series, *, burdened: str = "high-high"
) -> pd.DataFrame:
    """List the areas that are both deprived and poorly served, with their people.

    Parameters
    ----------
    classes
        By zone, its class in a local statistic of two variables, such as the bivariate local Moran
        of deprivation and of the cost to a service around it; missing where there is none.
    people
        People by zone, for every zone of ``classes``.
    burdened
        The class that is meant: ``"high-high"`` where high values of both are bad, ``"high-low"``
        where the second is an amount of access.

    Returns
    -------
    DataFrame
        ``zone, people, share``: the zones of the class by their people, most first; ``share`` of
        all people of ``classes``. Zones without people, or with an unknown number, are left out.
        Empty where no zone is of the class.

    Raises
    ------
    ValueError
        Where a zone has no entry in ``people`` or is there twice, or a number of people is
        negative.

    Notes
    -----
    Two maps of quantiles laid over one another find such areas by chance too: take classes that
    are decided by a test.

    Examples
    --------
    >>> classes = pd.Series({"a": "high-high", "b": "low-low", "c": "high-high"})
    >>> twice_burdened(classes, pd.Series({"a": 100, "b": 500, "c": 400}))
      zone  people  share
    0    c   400.0    0.4
    1    a   100.0    0.1
    """
    require_unique(classes.index, "classes")
    require_unique(people.index, "people")
    absent = ~classes.index.isin(people.index)
    if absent.any():
        raise ValueError(f"zone {quoted(classes.index[absent][0])} has no entry in people")
    number = people.reindex(classes.index).to_numpy(dtype=np.float64, na_value=np.nan)
    refuse(classes.index, number, "people")
    here = (classes == burdened).to_numpy() & (number > 0)
    out = pd.DataFrame({"zone": classes.index[here], "people": number[here]})
    out["share"] = out["people"] / np.nansum(number)
    return out.sort_values("people", ascending=False, kind="stable", ignore_index=True)
