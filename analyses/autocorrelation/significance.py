"""What is left of many tests when chance is taken into account."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from ...geo.names import hint
from ._known import Floats, check_alpha

Adjustment = Literal["fdr_bh", "fdr_by", "bonferroni"]
"""How p-values are adjusted for there being many tests."""


def adjusted(p_values: Floats, method: Adjustment | None = "fdr_bh") -> Floats:
    r"""Adjust p-values for there being many tests.

    Parameters
    ----------
    p_values
        (tests,); NaN where there was no test.
    method
        ``fdr_bh``: the false discovery rate of Benjamini and Hochberg, the share of chance among
        what is called significant; ``fdr_by``: that of Benjamini and Yekutieli, which holds
        however the tests depend on each other and lets less pass; ``bonferroni``: the probability
        that chance is among it at all; None: not at all.

    Returns
    -------
    float64 array
        (tests,): a test is significant at the level α where this is α or less.

    Raises
    ------
    ValueError
        Where the method is something else, or a value is not from 0 to 1.

    Notes
    -----
    With :math:`p_{(k)}` the k-th lowest of :math:`m` values, the first is
    :math:`\min_{l \ge k} p_{(l)} m / l`, the second :math:`\sum_{l=1}^m 1/l` times as much, both 1
    at most and computed by scipy; the third is :math:`\min(1, m p)`.

    Tests of neighbouring zones depend on each other, positively for the most part, and then the
    first holds as well (Benjamini & Yekutieli 2001, theorem 1.2).

    References
    ----------
    Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: a practical and
    powerful approach to multiple testing. *Journal of the Royal Statistical Society B*, 57(1),
    289–300. https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Benjamini, Y., & Yekutieli, D. (2001). The control of the false discovery rate in multiple
    testing under dependency. *Annals of Statistics*, 29(4), 1165–1188.
    https://doi.org/10.1214/aos/1013699998

    Caldas de Castro, M., & Singer, B. H. (2006). Controlling the false discovery rate: a new
    application to account for multiple and dependent tests in local statistics of spatial
    association. *Geographical Analysis*, 38(2), 180–208.
    https://doi.org/10.1111/j.0016-7363.2006.00682.x

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.02, 0.03, 0.5])).round(3).tolist()
    [0.04, 0.04, 0.04, 0.5]
    >>> adjusted(np.array([0.01, 0.02, 0.03, 0.5]), "bonferroni").tolist()
    [0.04, 0.08, 0.12, 1.0]
    """
    from scipy.stats import false_discovery_control

    p_values = np.asarray(p_values, dtype=np.float64)
    if method is not None and method not in get_args(Adjustment):
        known = get_args(Adjustment)
        names = ", ".join(map(repr, known))
        raise ValueError(f"adjust is {method!r}; there are {names} and None.{hint(method, known)}")
    out, there = p_values.copy(), ~np.isnan(p_values)
    if method is None or not there.any():
        return out
    if method == "bonferroni":
        out[there] = np.minimum(1.0, p_values[there] * there.sum())
    else:
        out[there] = false_discovery_control(p_values[there], method=method[-2:])
    return out


def expected_by_chance(frame: pd.DataFrame, *, alpha: float | None = None) -> pd.Series:
    r"""Count what is significant, and how much of it chance alone would give.

    Parameters
    ----------
    frame
        From :func:`local`.
    alpha
        Level of significance; that of the frame unless told, or 5 % where it has none.

    Returns
    -------
    Series
        ``tests``: how many zones were tested, those of too few that have no ``p_adjusted`` not
        among them; ``significant``: how many of them would be called
        so without adjustment; ``by_chance``: how many would on average, were there no pattern at
        all, :math:`\alpha` times the tests; ``adjusted``: how many are after adjustment.

    Notes
    -----
    The mean holds whether or not the tests depend on each other, but not how far a single map may
    be from it. It is an upper bound where there are few draws, or few neighbours to count, so that
    not every level can be met.

    Examples
    --------
    >>> frame = pd.DataFrame({"p_value": [0.01, 0.04, 0.3, np.nan]})
    >>> frame["p_adjusted"] = adjusted(frame["p_value"].to_numpy())
    >>> expected_by_chance(frame, alpha=0.05).to_dict()
    {'tests': 3.0, 'significant': 2.0, 'by_chance': 0.15, 'adjusted': 1.0}
    """
    if alpha is None:
        alpha = float(frame.attrs.get("alpha", 0.05))
    check_alpha(alpha)
    tested = frame["p_adjusted"].notna()
    tests = int(tested.sum())
    return pd.Series(
        {
            "tests": tests,
            "significant": int((frame.loc[tested, "p_value"] <= alpha).sum()),
            "by_chance": round(alpha * tests, 10),
            "adjusted": int((frame["p_adjusted"] <= alpha).sum()),
        },
        dtype=np.float64,
    )
