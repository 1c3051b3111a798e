"""Which values are known, and the graph of their zones."""

from __future__ import annotations

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray

from ...geo.names import quoted

_LEAST = 4

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def check(index: pd.Index, graph: Graph, permutations: int) -> None:
    """Refuse zones that the graph does not know."""
    if not index.is_unique:
        raise ValueError(
            f"zone {quoted(index[index.duplicated()][0])} is there twice; name each once"
        )
    strange = ~index.isin(graph.unique_ids)
    if strange.any():
        raise ValueError(
            f"zone {quoted(index[strange][0])} is not in the graph; build the graph of "
            "the same zones"
        )
    check_whole("permutations", permutations, 1)


def check_whole(name: str, number: int, least: int) -> None:
    """Refuse what is no whole number, or is too low."""
    if not isinstance(number, int | np.integer) or number < least:
        raise ValueError(f"{name} must be {least} or more, a whole number, not {quoted(number)}")


def check_alpha(alpha: float) -> None:
    """Refuse a level that is none."""
    number = isinstance(alpha, int | float | np.number)
    if not number or not 0 < alpha <= 1:
        percent = f": {alpha:g} % is {alpha / 100:g}" if number and 1 < alpha <= 100 else ""
        raise ValueError(
            f"alpha is {quoted(alpha)}; give a number above 0, and 1 at most{percent}"
        )


def within_range(values: Floats) -> Floats:
    """Bring columns so large, or so small, to a size whose fourth powers are numbers.

    By a power of two, which changes no digit, and no statistic here has a unit.
    """
    largest = np.fmax.reduce(np.abs(values), axis=0, initial=0.0)
    far = (largest > 1e50) | ((largest > 0) & (largest < 1e-50))
    return np.asarray(np.ldexp(values, np.where(far, -np.frexp(largest)[1], 0)))


def known_values(
    values: pd.Series, graph: Graph, cut: dict[bytes, Graph | None] | None = None
) -> tuple[Floats, Graph | None]:
    """Give the values that are known and the graph of their zones, in the same order."""
    known = values[values.notna()]
    y = known.to_numpy(dtype=np.float64)
    if np.isinf(y).any():
        raise ValueError(
            f"zone {quoted(known.index[np.isinf(y)][0])} has an infinite value; correct it"
        )
    if known.index.equals(graph.unique_ids):
        return y, graph
    cut, key = {} if cut is None else cut, values.notna().to_numpy().tobytes()
    if key not in cut:
        cut[key] = graph.subgraph(known.index) if len(known) else None
    return y, cut[key]


def undefined(y: Floats, links: Graph | None) -> str:
    """Say why nothing can be tested, if so."""
    if links is None:
        y = y[:0]
    reason = undefined_values(y)
    if reason or links is None:
        return reason
    return "no two zones are neighbours" if len(links.isolates) == len(y) else ""


def undefined_values(y: Floats) -> str:
    """Say why nothing can be tested of such values, if so."""
    if len(y) < _LEAST:
        return f"fewer than {_LEAST} zones with a value"
    return "the same value everywhere" if np.ptp(y) <= 1e-12 * np.abs(y).max() else ""


def zones(number: int) -> str:
    return f"{number} zone{'' if number == 1 else 's'}"
