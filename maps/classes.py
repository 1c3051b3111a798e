"""Classes of a map: where one colour ends and the next begins."""

from __future__ import annotations

import itertools
import warnings

import numpy as np

from .words import Words


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


def ranges(
    values: np.ndarray,
    bounds: list[float],
    words: Words,
    *,
    percent: bool = False,
    unit: str = "",
) -> tuple[list[str], int]:
    """Write the range of each class, from its least to its greatest value.

    Parameters
    ----------
    values
        Any numbers.
    bounds
        The classes' upper bounds, see `breaks`.
    words
        The words of the page.
    percent
        Whether the values are shares, from 0 to 1.
    unit
        What stands behind each range.

    Returns
    -------
    list of str
        A text for each class; no class ends as the next one begins.
    int
        The decimals that this takes.

    Examples
    --------
    >>> values = np.array([0.002, 0.006, 0.013, 0.018])
    >>> ranges(values, [0.006, 0.018], Words("en"), percent=True)
    (['0.2% – 0.6%', '1.3% – 1.8%'], 1)
    """
    number = classify(values, bounds)
    ends = [(values[number == n].min(), values[number == n].max()) for n in range(len(bounds))]
    top = bounds[-1] if bounds else 0.0
    least = int(top < 0.1) if percent else 0 if top >= 50 else 1 if top >= 5 else 2
    digits = least
    for digits in range(least, least + 4):
        write = words.percent if percent else words.number
        written = [(write(low, digits), write(high, digits)) for low, high in ends]
        if all(a[1] != b[0] for a, b in itertools.pairwise(written)):
            break
    texts = [low if low == high else f"{low} – {high}" for low, high in written] if ends else []
    return [f"{text}\xa0{unit}" if unit else text for text in texts], digits
