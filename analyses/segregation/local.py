"""Local measures: how one zone differs from all zones together."""

from __future__ import annotations

import pandas as pd

from ._counts import complete
from ._terms import divide


def location_quotient(counts: pd.DataFrame) -> pd.DataFrame:
    r"""Share of a group in a zone, in times its share of all people.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.

    Returns
    -------
    DataFrame
        Zones × groups: 1 where the zone has the share of the whole, 2 where it has twice as much.
        NaN where a count of the zone is missing, where nobody lives, and for a group without
        members.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, or a group is there twice.

    Notes
    -----
    With :math:`x_i` members and :math:`t_i` people in zone :math:`i`,

    .. math:: LQ_i = \frac{x_i / t_i}{X / T}

    Zones with a missing count are in no sum.

    References
    ----------
    Isard, W. (1960). *Methods of regional analysis: an introduction to regional science*. MIT
    Press.

    Brown, L. A., & Chung, S.-Y. (2006). Spatial segregation, segregation indices and the
    geographical perspective. *Population, Space and Place*, 12(2), 125–143.
    https://doi.org/10.1002/psp.403

    Examples
    --------
    >>> import pandas as pd
    >>> location_quotient(pd.DataFrame({"low": [30, 10], "high": [10, 30]}, index=["a", "b"]))
       low  high
    a  1.5   0.5
    b  0.5   1.5
    """
    known, n = complete(counts)
    total = n.sum(axis=1)
    quotient = divide(divide(n, total[:, None]), divide(n.sum(axis=0), total.sum()))
    frame = pd.DataFrame(quotient, index=counts.index[known], columns=counts.columns)
    out = pd.DataFrame(float("nan"), index=counts.index, columns=counts.columns)
    out.iloc[known.nonzero()[0]] = frame.to_numpy()
    return out
