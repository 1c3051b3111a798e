"""Spread: how unequally access is shared out among all people, whoever they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...geo.names import quoted
from ._weighted import Floats, counts_of, known


def lorenz_curve(values: pd.Series, people: pd.Series) -> pd.DataFrame:
    r"""Draw which share of all access those with the least have together.

    Parameters
    ----------
    values
        How much access each zone has, 0 or more.
    people
        People by zone. Zones without a value are left out.

    Returns
    -------
    DataFrame
        ``people, value``: cumulative shares from (0, 0) to (1, 1), from those with the least on;
        one row a zone and the start, with NaN values where nobody has anything.

    Raises
    ------
    ValueError
        Where a value or a number of people is negative or infinite, or a zone has no value.

    References
    ----------
    Lorenz, M. O. (1905). Methods of measuring the concentration of wealth. *Publications of the
    American Statistical Association*, 9(70), 209–219. https://doi.org/10.2307/2276207

    Examples
    --------
    >>> lorenz_curve(pd.Series({"a": 3.0, "b": 1.0}), pd.Series({"a": 50, "b": 50}))
       people  value
    0     0.0   0.00
    1     0.5   0.25
    2     1.0   1.00
    """
    v, n, _, _ = known(values, people)
    return curve(v, n, np.argsort(v, kind="stable"))


def gini(values: pd.Series, people: pd.Series) -> float:
    r"""Gini index: by how much two people differ on average, against what everybody has.

    Parameters
    ----------
    values, people
        See :func:`lorenz_curve`, as for what is refused.

    Returns
    -------
    float
        From 0 (all have the same) to 1 (one of many has everything); NaN where nobody has
        anything.

    Notes
    -----
    .. math:: G = \frac{\sum_i \sum_j n_i n_j |v_i - v_j|}{2 N^2 \bar v}

    Twice the area between the Lorenz curve and the diagonal. Nobody differs within a zone here, so
    smaller zones give a higher figure.

    References
    ----------
    Gini, C. (1912). *Variabilità e mutabilità*. Cuppini.

    Examples
    --------
    >>> gini(pd.Series({"a": 3.0, "b": 1.0}), pd.Series({"a": 50, "b": 50}))
    0.25
    """
    drawn = lorenz_curve(values, people)
    return 1 - 2 * area(drawn)


def theil(values: pd.Series, people: pd.Series) -> float:
    r"""Theil index: how far the shares of access are from the shares of people, as information.

    Parameters
    ----------
    values, people
        See :func:`lorenz_curve`, as for what is refused.

    Returns
    -------
    float
        From 0 (all have the same) to the logarithm of the number of people (one has everything);
        NaN where nobody has anything.

    Notes
    -----
    .. math:: T = \sum_i \frac{n_i}{N} \frac{v_i}{\bar v} \ln \frac{v_i}{\bar v}

    References
    ----------
    Theil, H. (1967). *Economics and information theory*. North-Holland.

    Examples
    --------
    >>> round(theil(pd.Series({"a": 3.0, "b": 1.0}), pd.Series({"a": 50, "b": 50})), 3)
    0.131
    """
    v, n, _, _ = known(values, people)
    return _theil(v, n)


def theil_parts(values: pd.Series, counts: pd.DataFrame) -> pd.DataFrame:
    r"""Tell how much of the inequality is between groups, and how much within each.

    Parameters
    ----------
    values
        See :func:`lorenz_curve`, as for what is refused.
    counts
        People, zones × groups; everybody is in one of them. A zone with a missing count or value
        is left out.

    Returns
    -------
    DataFrame
        ``part, group, value, note``: ``total``, ``between`` and ``within``, which add up, and
        ``within`` of each group, which add up to the one of all. NaN with the reason in ``note``
        where nobody has anything.

    Notes
    -----
    With :math:`s_g = N_g \bar v_g / (N \bar v)`, the share of all access that is group
    :math:`g`'s, and :math:`T_g` its own index,

    .. math:: T = \sum_g s_g \ln \frac{\bar v_g}{\bar v} + \sum_g s_g T_g

    References
    ----------
    Shorrocks, A. F. (1980). The class of additively decomposable inequality measures.
    *Econometrica*, 48(3), 613–625. https://doi.org/10.2307/1913126

    Examples
    --------
    >>> values = pd.Series({"a": 3.0, "b": 1.0})
    >>> people = pd.DataFrame({"young": [40, 10], "old": [10, 40]}, index=["a", "b"])
    >>> theil_parts(values, people).iloc[:3, [0, 2]].round(3).values.tolist()
    [['total', 0.131], ['between', 0.046], ['within', 0.085]]
    """
    every = pd.Series(
        np.sum([counts_of(counts, group) for group in counts], axis=0), index=counts.index
    )
    v, n, _, _ = known(values, every)
    left = every.isna() | values.reindex(counts.index).isna()
    mean = float(np.average(v, weights=n)) if len(v) else 0.0
    if not mean > 0:
        note = "nobody has any access" if len(v) else "there are no people with a value"
        rows = [(part, "", np.nan, note) for part in ("total", "between", "within")]
        rows += [("within", group, np.nan, note) for group in counts]
        return pd.DataFrame(rows, columns=["part", "group", "value", "note"])
    members = np.column_stack([counts_of(counts, group) for group in counts])[~left]
    relative = values.reindex(counts.index).to_numpy(np.float64, na_value=np.nan)[~left] / mean
    logs = np.log(relative, out=np.zeros(len(relative)), where=relative > 0)
    number, amount = members.sum(axis=0), relative @ members
    share = amount / number.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.where(amount > 0, np.log(amount / number), 0.0)
    # Of each group: its own index, by its share of all access.
    own = (relative * logs) @ members / number.sum() - share * apart
    rows = [("total", "", _theil(v, n), ""), ("between", "", float(share @ apart), "")]
    rows += [("within", "", float(own.sum()), "")]
    rows += [("within", group, float(part), "") for group, part in zip(counts, own, strict=True)]
    return pd.DataFrame(rows, columns=["part", "group", "value", "note"])


def atkinson(values: pd.Series, people: pd.Series, *, aversion: float = 0.5) -> float:
    r"""Atkinson index: the share of access that could be given up were the rest shared alike.

    Parameters
    ----------
    values, people
        See :func:`lorenz_curve`, as for what is refused.
    aversion
        How much the least count, above 0: with more, what those with least have matters more. From
        1 on, one person without any access makes it 1.

    Returns
    -------
    float
        From 0 (all have the same) to 1; NaN where nobody has anything.

    Raises
    ------
    ValueError
        See :func:`lorenz_curve`; and where the aversion is not above 0.

    Notes
    -----
    .. math:: A = 1 - \frac{1}{\bar v} \Big(\sum_i \frac{n_i}{N} v_i^{1 - \varepsilon}
        \Big)^{1 / (1 - \varepsilon)}

    With :math:`\varepsilon = 1` the geometric mean takes the place of the bracket.

    References
    ----------
    Atkinson, A. B. (1970). On the measurement of inequality. *Journal of Economic Theory*, 2(3),
    244–263. https://doi.org/10.1016/0022-0531(70)90039-6

    Examples
    --------
    >>> round(atkinson(pd.Series({"a": 3.0, "b": 1.0}), pd.Series({"a": 50, "b": 50})), 3)
    0.067
    """
    if not aversion > 0:
        raise ValueError(f"aversion is {quoted(aversion)}; give a number above 0")
    v, n, _, _ = known(values, people)
    if not v @ n > 0:
        return float("nan")
    # Shares of the mean: a power of a large value would overflow.
    relative, weight = v / np.average(v, weights=n), n / n.sum()
    if aversion >= 1 and (relative == 0).any():
        return 1.0
    if aversion == 1:
        return float(1 - np.exp(weight @ np.log(relative)))
    power = 1 - aversion
    # The greatest is taken out of the sum, which then cannot overflow.
    logs = power * np.log(relative, out=np.full(len(v), -np.inf), where=relative > 0)
    top = logs.max()
    return float(1 - np.exp((top + np.log(weight @ np.exp(logs - top))) / power))


def palma(values: pd.Series, people: pd.Series, *, rank: pd.Series | None = None) -> float:
    r"""Palma ratio: mean access of the top tenth over that of the bottom four tenths.

    Parameters
    ----------
    values, people
        See :func:`lorenz_curve`, as for what is refused.
    rank
        What puts people in order, such as the income of their zone; by default access itself.

    Returns
    -------
    float
        1 where both have the same; below 1 where those at the bottom have more, which only happens
        with ``rank``. NaN where those at the bottom have nothing, or nobody lives anywhere.

    Notes
    -----
    The people of a zone at the edge of a tenth are in it in part; those of zones of one rank all
    alike. Of sums instead of means, as of incomes, it is a quarter of this.

    References
    ----------
    Palma, J. G. (2011). Homogeneous middles vs. heterogeneous tails, and the end of the
    'inverted-U'. *Development and Change*, 42(1), 87–153.
    https://doi.org/10.1111/j.1467-7660.2011.01694.x

    Examples
    --------
    >>> values = pd.Series({"a": 6.0, "b": 2.0, "c": 1.0})
    >>> people = pd.Series({"a": 10, "b": 50, "c": 40})
    >>> round(palma(values, people), 3)
    6.0
    """
    v, n, r, _ = known(values, people, rank)
    if len(v) == 0:
        return float("nan")
    drawn = curve(v, n, np.argsort(r, kind="stable"), ties=r)
    at = np.interp([0.4, 0.9], drawn["people"], drawn["value"])
    bottom, top = at[0] / 0.4, (1 - at[1]) / 0.1
    return float(top / bottom) if bottom > 0 else float("nan")


def curve(v: Floats, n: Floats, order: np.ndarray, ties: Floats | None = None) -> pd.DataFrame:
    """Give cumulative shares of people and of values in an order; ties become one step."""
    if len(order) == 0:
        return pd.DataFrame({"people": [0.0], "value": [np.nan]})
    people, value = shares(v, n, order, ties)
    return pd.DataFrame({"people": people, "value": value})


def shares(
    v: Floats, n: Floats, order: np.ndarray, ties: Floats | None = None
) -> tuple[Floats, Floats]:
    """Give cumulative shares from 0 to 1 in an order, of people (zones) or (draws, zones)."""
    people, value = np.cumsum(n[..., order], axis=-1), np.cumsum((v * n)[..., order], axis=-1)
    if ties is not None:
        last = np.append(np.diff(ties[order]) > 0, True)
        people, value = people[..., last], value[..., last]
    start = np.zeros((*people.shape[:-1], 1))
    all_people, whole = people[..., -1:], value[..., -1:]
    with np.errstate(invalid="ignore"):
        return (
            np.concatenate([start, people], axis=-1)
            / np.where(all_people > 0, all_people, np.nan),
            np.concatenate([start, value], axis=-1) / np.where(whole > 0, whole, np.nan),
        )


def area(drawn: pd.DataFrame) -> float:
    """Give the area under a curve."""
    if len(drawn) == 1:
        return float("nan")
    return float(np.trapezoid(drawn["value"], drawn["people"]))


def _theil(v: Floats, n: Floats) -> float:
    """Give Theil's index of values and people."""
    if not v @ n > 0:
        return float("nan")
    relative = v / np.average(v, weights=n)
    logs = np.log(relative, out=np.zeros(len(v)), where=relative > 0)
    return float((n / n.sum()) @ (relative * logs))
