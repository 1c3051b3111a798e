"""How long a stretch of street takes on foot or by bicycle."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..names import quoted
from ..options import finite

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Mode = Literal["walk", "bicycle"]
MODES: tuple[str, ...] = get_args(Mode)

WALKING = 4.2
"""Walking speed in km/h: 70 m a minute, as in the Helsinki Region Travel Time Matrix."""

CYCLING = 12.0
"""Cycling speed in km/h: the slow cyclist of the same matrix, with whom most keep up."""

_UP, _DOWN = 1.34 / 0.610, 1.34 / 0.694
"""How much longer a metre of stairs takes than a level one, up and down (Weidmann 1993)."""

_UPHILL, _DOWNHILL = 1.44 / 21.6, 0.86 / 21.6
"""Part of a cyclist's speed lost and won with each per cent of slope.

Parkin & Rotheram (2010): 6.01 m/s on the level, 0.4002 m/s less with each per cent uphill and
0.2379 m/s more with each downhill.
"""

_STEEPEST = 10.0
"""Per cent of slope beyond which a cyclist brakes and wins nothing more: our own assumption."""


def speed_of(mode: Mode, speed: float | None) -> float:
    """Give the speed in km/h that is meant, or refuse it."""
    if mode not in MODES:
        raise ValueError(f"mode must be 'walk' or 'bicycle', not {mode!r}")
    if speed is None:
        return WALKING if mode == "walk" else CYCLING
    if not (finite(speed) and speed > 0):
        raise ValueError(
            f"speed must be a number of kilometres an hour above 0, not {quoted(speed)}"
        )
    return float(speed)


def minutes(length: Floats, rise: Floats, stairs: Bools, *, mode: Mode, speed: float) -> Floats:
    r"""Give the minutes that stretches take in the direction in which they are given.

    Parameters
    ----------
    length, rise
        Metres along and upwards, (n,). A rise that is not known is NaN, and taken as level.
    stairs
        Which stretches are stairs, (n,).
    mode
        On foot or by bicycle.
    speed
        On level ground, in km/h.

    Returns
    -------
    array
        (n,) minutes; infinite where the way is closed: stairs to bicycles.

    Notes
    -----
    With slope :math:`s`, rise over length, walking is Tobler's hiking function relative to level
    ground, :math:`v = v_0 \exp(-3.5(|s + 0.05| - 0.05))`. Stairs take 2.20 times as long as level
    ground upwards and 1.93 times downwards, the mean of the two where the rise is not known
    (Weidmann 1993: 1.34 m/s, 0.610 m/s and 0.694 m/s along the ground). Cyclists lose 6.7 % of
    their speed with each per cent uphill and win 4.0 % with each downhill
    (Parkin & Rotheram 2010: 21.6 km/h, 1.44 km/h and 0.86 km/h, cyclists in Leeds). Three things
    are assumptions of ours: these parts hold for cyclists of another speed as well, more than 10 %
    downhill wins nothing more, and uphill nobody is slower than on foot, pushing the bicycle.

    References
    ----------
    Tobler, W. (1993). *Three presentations on geographical analysis and modeling*. NCGIA
    Technical Report 93-1. https://escholarship.org/uc/item/05r820mz

    Weidmann, U. (1993). *Transporttechnik der Fussgänger*. Schriftenreihe des IVT 90, ETH Zürich.
    https://doi.org/10.3929/ethz-a-000687810

    Parkin, J. & Rotheram, J. (2010). Design speeds and acceleration characteristics of bicycle
    traffic for use in planning, design and appraisal. *Transport Policy* 17(5), 335–341.
    https://doi.org/10.1016/j.tranpol.2010.03.001

    Examples
    --------
    >>> length, rise = np.array([70.0, 70.0, 70.0]), np.array([0.0, 7.0, -3.5])
    >>> minutes(length, rise, np.zeros(3, dtype=bool), mode="walk", speed=4.2).round(3)
    array([1.   , 1.419, 0.839])
    """
    slope = np.divide(rise, length, out=np.zeros_like(length), where=length > 0)
    slope = np.nan_to_num(slope)
    hiking = np.exp(-3.5 * (np.abs(slope + 0.05) - 0.05))
    if mode == "walk":
        slower = np.where(slope > 0, _UP, np.where(slope < 0, _DOWN, (_UP + _DOWN) / 2))
        pace = speed * np.where(stairs, 1 / slower, hiking)
    else:
        percent = 100 * slope
        change = np.where(
            percent > 0, -_UPHILL * percent, -_DOWNHILL * np.maximum(percent, -_STEEPEST)
        )
        pushed = np.where(percent > 0, np.minimum(WALKING, speed) * hiking, 0.0)
        pace = np.where(stairs, 0.0, np.maximum(speed * (1 + change), pushed))
    with np.errstate(divide="ignore"):
        return np.where(pace > 0, length / (pace * 1000 / 60), np.inf)
