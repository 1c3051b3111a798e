"""Paths from zone to zone, a compiled search."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def steps_to_higher(
    indptr: np.ndarray,
    indices: np.ndarray,
    sources: np.ndarray,
    ranks: np.ndarray,
    begin: int,
    end: int,
    out: np.ndarray,
) -> None:
    """Add up, for each source and ranking, the steps to all zones of higher rank.

    Parameters
    ----------
    indptr, indices
        Neighbours, compressed by rows.
    sources
        The zones to search from.
    ranks
        (zones, k) ranks, 0 the highest; a zone that is not ranked has the number of zones.
    begin, end
        The sources, by position, that are searched from.
    out
        (sources, k), filled in.
    """
    zones, kinds = ranks.shape
    seen = np.full(zones, -1, dtype=np.int64)
    queue = np.empty(zones, dtype=np.int64)
    depth = np.empty(zones, dtype=np.int64)
    for number in range(begin, end):
        source = sources[number]
        seen[source] = number
        queue[0], depth[0] = source, 0
        head, tail = 0, 1
        out[number] = 0.0
        while head < tail:
            zone, steps = queue[head], depth[head]
            head += 1
            for kind in range(kinds):
                if ranks[zone, kind] < ranks[source, kind]:
                    out[number, kind] += steps
            for place in range(indptr[zone], indptr[zone + 1]):
                other = indices[place]
                if seen[other] != number:
                    seen[other] = number
                    queue[tail], depth[tail] = other, steps + 1
                    tail += 1
