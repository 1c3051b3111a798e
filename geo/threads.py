"""Work in parts on all cores, for compiled loops that hold no lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

_FEW = 1_000


def cores() -> int:
    """Give the number of cores that this process may use."""
    known = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1


def in_parts(number: int, work: Callable[[int, int], None], *, least: int = _FEW) -> None:
    """Do a number of things in parts, each on a core of its own where there are several.

    Parameters
    ----------
    number
        How many things there are.
    work
        Does those from the first number up to the second. What it writes for one does not depend
        on which others are in its part: the result is the same on one core and on many.
    least
        Fewer than this are done at once.

    Notes
    -----
    Threads of our own, as the loops hold no lock: those of numba end the process where two callers
    use them at once, and break where it forks.

    Examples
    --------
    >>> squares = np.zeros(4)
    >>> def work(start, stop):
    ...     squares[start:stop] = np.arange(start, stop) ** 2
    >>> in_parts(4, work, least=1)
    >>> squares
    array([0., 1., 4., 9.])
    """
    if number < max(least, 2):
        work(0, number)
        return
    edges = np.linspace(0, number, min(number, 8 * cores()) + 1).astype(int)
    with ThreadPoolExecutor(cores()) as pool:
        # A list, so that what goes wrong in a thread is raised here.
        list(pool.map(work, edges[:-1], edges[1:]))
