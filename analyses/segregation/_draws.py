"""Kernel for the expected difference of two binomial shares."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def mean_differences(
    x: NDArray[np.float64], y: NDArray[np.float64], all_x: float, all_y: float
) -> NDArray[np.float64]:
    """Give E|A/X − B/Y| of each pair of binomials, A of X draws with mean x and B of Y with y.

    The integral of F_A (1 − F_B) + F_B (1 − F_A), whose steps are where either can be.
    """
    out = np.empty(len(x))
    for pair in range(len(x)):
        low_a, mass_a = _masses(x[pair], all_x)
        low_b, mass_b = _masses(y[pair], all_y)
        at_a, at_b = 0, 0
        below_a, below_b, last, area = 0.0, 0.0, 0.0, 0.0
        while at_a < len(mass_a) or at_b < len(mass_b):
            place_a = (low_a + at_a) / all_x if at_a < len(mass_a) else np.inf
            place_b = (low_b + at_b) / all_y if at_b < len(mass_b) else np.inf
            place = min(place_a, place_b)
            area += (below_a * (1.0 - below_b) + below_b * (1.0 - below_a)) * (place - last)
            if place_a <= place_b:
                below_a += mass_a[at_a]
                at_a += 1
            else:
                below_b += mass_b[at_b]
                at_b += 1
            last = place
        out[pair] = area
    return out


@njit(cache=True, nogil=True)
def _masses(mean: float, draws: float) -> tuple[float, NDArray[np.float64]]:
    """Give the least probable number, and the probabilities from it on, of a binomial."""
    p = mean / draws
    spread = np.sqrt(mean * (1.0 - p))
    # The tail beyond holds less than 1e-16 of the probability, small means included.
    room = np.ceil(9.0 * spread + 40.0 * min(1.0, spread))
    low, high = max(np.floor(mean - room), 0.0), min(np.ceil(mean + room), draws)
    mass = np.zeros(int(high - low) + 1)
    if p <= 0.0 or p >= 1.0:
        mass[int(mean - low)] = 1.0
        return low, mass
    # Begun at the mode with 1, so that nothing is too small to be a number where it matters.
    mode = min(np.floor((draws + 1.0) * p), high)
    odds, top = p / (1.0 - p), int(mode - low)
    mass[top] = 1.0
    total = 1.0
    for k in range(top + 1, len(mass)):
        mass[k] = mass[k - 1] * (draws - (low + k) + 1.0) / (low + k) * odds
        total += mass[k]
    for k in range(top - 1, -1, -1):
        mass[k] = mass[k + 1] * (low + k + 1.0) / (draws - (low + k)) / odds
        total += mass[k]
    for k in range(len(mass)):
        mass[k] /= total
    return low, mass
