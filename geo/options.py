"""Options: is what is given a number."""

from __future__ import annotations

from math import isfinite
from numbers import Real
from typing import TypeGuard


def finite(value: object) -> TypeGuard[float]:
    """Tell whether an option is a number, and neither missing nor infinite.

    Parameters
    ----------
    value
        What was given.

    Returns
    -------
    bool
        False for texts and nothing too, of which numpy makes errors of its own.

    Examples
    --------
    >>> [finite(value) for value in (5, 0.5, float("nan"), float("inf"), "5", None)]
    [True, True, False, False, False, False]
    """
    return isinstance(value, Real) and isfinite(value)
