"""Classes of a map: where one colour ends and the next begins."""

from __future__ import annotations

import warnings

import numpy as np


def breaks(values: np.ndarray, k: int = 5) -> list[float]:
    """Find the upper bounds of natural classes.

    Parameters
    ----------
    values
        Any numbers; NaN are passed over.
    k
        The most classes there may be; there are fewer where the values differ less.

    Returns
    -------
    list of float
        Ascending upper bounds, the last the greatest value; empty where there is no value.

    Notes
    -----
    Classes of least squares within (Fisher 1958), by mapclassify; of more than 2,000 values from
    evenly spaced ones of their order, the two ends among them, since the time grows with the
    square of their number.

    References
    ----------
    Fisher, W. D. (1958). On grouping for maximum homogeneity. *Journal of the American Statistical
    Association* 53(284), 789–798. https://doi.org/10.1080/01621459.1958.10501479

    Examples
    --------
    >>> breaks(np.array([0.1, 0.1, 0.2, 0.8, 0.9]), k=2)
    [0.2, 0.9]
    """
    known = np.sort(values[np.isfinite(values)])
    different = len(np.unique(known))
    if different == 0:
        return []
    if different <= k:
        return [float(value) for value in np.unique(known)]
    if len(known) > 2000:
        known = known[np.linspace(0, len(known) - 1, 2000).round().astype(int)]
    from mapclassify import FisherJenks

    with warnings.catch_warnings():
        # It warns where fewer classes than asked for come out, which is well here.
        warnings.simplefilter("ignore")
        return [float(bound) for bound in FisherJenks(known, k=k).bins]


def classify(values: np.ndarray, bounds: list[float]) -> np.ndarray:
    """Give each value's class, 0 for the lowest; −1 for NaN.

    Examples
    --------
    >>> classify(np.array([0.1, 0.5, np.nan, 0.9]), [0.2, 0.9]).tolist()
    [0, 1, -1, 1]
    """
    known = np.isfinite(values)
    out = np.full(len(values), -1)
    out[known] = np.minimum(np.searchsorted(bounds, values[known]), len(bounds) - 1)
    return out
