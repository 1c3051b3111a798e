"""Searches from services outwards along the streets, compiled loops."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from ._speed import Floats

Numbers = NDArray[np.int32]

_WIDTHS = 2**12
"""The longest way is at most so many buckets wide."""


class Ways(NamedTuple):
    """The ways towards each node: those of node i are ``first[i]`` up to ``first[i + 1]``.

    ``other`` is the node that a way comes from and ``cost`` what it costs, infinite where closed.
    Nodes whose costs differ by less than a bucket, ``1 / per_unit`` wide, are taken together.
    """

    first: Numbers
    other: Numbers
    cost: Floats
    per_unit: float


class Places(NamedTuple):
    """Places on edges.

    The edge, where on it (a share of its length), the nodes at its start and stop, the cost of the
    way between the place and each of them, of the whole edge there and back, and of the way off
    the street.
    """

    edge: Numbers
    along: Floats
    start: Numbers
    stop: Numbers
    by_start: Floats
    by_stop: Floats
    forward: Floats
    backward: Floats
    off: Floats


class Scratch(NamedTuple):
    """What a search writes on: nodes' costs, those that have one, and buckets of linked nodes."""

    away: Floats
    reached: Numbers
    head: Numbers
    after: Numbers
    before: Numbers


def ways_of(first: Numbers, other: Numbers, cost: Floats) -> Ways:
    """Choose how wide the buckets are for ways: half of what one costs on average."""
    known = cost[np.isfinite(cost)]
    width = max(known.mean() / 2, known.max() / _WIDTHS) if len(known) else 0.0
    return Ways(first, other, cost, 1 / width if width > 0 else 1.0)


def room_for(ways: Ways) -> Scratch:
    """Make room for searches, one after the other."""
    nodes = len(ways.first) - 1
    longest = float(np.max(ways.cost, where=np.isfinite(ways.cost), initial=0.0))
    buckets = 1 << int(longest * ways.per_unit + 3).bit_length()
    return Scratch(
        np.full(nodes, np.inf),
        np.empty(nodes, dtype=np.int32),
        np.full(buckets, -1, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
        np.full(nodes, -2, dtype=np.int32),
    )


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _offer(
    node: int, cost: float, per_unit: float, scratch: Scratch, held: int, count: int
) -> tuple[int, int]:
    """Note that a node is reached at a lower cost; give how many wait in buckets, and were found.

    A node waits in one bucket at most: it is taken out of the one of its former cost.
    """
    away, reached, head, after, before = scratch
    mask = len(head) - 1
    if away[node] == np.inf:
        reached[count] = node
        count += 1
    elif before[node] != -2:
        if before[node] == -1:
            head[int(away[node] * per_unit) & mask] = after[node]
        else:
            after[before[node]] = after[node]
        if after[node] != -1:
            before[after[node]] = before[node]
        held -= 1
    away[node] = cost
    slot = int(cost * per_unit) & mask
    after[node] = head[slot]
    if head[slot] != -1:
        before[head[slot]] = node
    before[node] = -1
    head[slot] = node
    return held + 1, count


@numba.njit(cache=True, nogil=True, error_model="numpy")
def search(ways: Ways, nodes: Numbers, costs: Floats, limit: float, scratch: Scratch) -> int:
    """Find the nodes from which the cost is within the limit.

    Parameters
    ----------
    ways
        The ways towards each node.
    nodes, costs
        Where the search begins and at which costs, none above that of the longest way.
    limit
        The most that a way may cost.
    scratch
        ``away`` is infinite everywhere before, and has the costs after; ``reached`` begins with
        the nodes that have one.

    Returns
    -------
    int
        How many nodes were reached.

    Notes
    -----
    Buckets in place of a heap (Dial 1969), with a node looked at again where its cost falls later.
    The costs are those of Dijkstra's search to the last digit: the least of all sums along ways,
    as adding rounds alike in either, and a greater sum never to less.

    References
    ----------
    Dial, R. B. (1969). Algorithm 360: shortest-path forest with topological ordering.
    *Communications of the ACM* 12(11), 632–633. https://doi.org/10.1145/363269.363610
    """
    away, _, head, after, before = scratch
    mask = len(head) - 1
    held = count = 0
    for i in range(len(nodes)):
        if costs[i] <= limit and costs[i] < away[nodes[i]]:
            held, count = _offer(nodes[i], costs[i], ways.per_unit, scratch, held, count)
    slot = 0
    while held:
        node = head[slot]
        if node == -1:
            slot = (slot + 1) & mask
            continue
        head[slot] = after[node]
        if after[node] != -1:
            before[after[node]] = -1
        before[node] = -2
        held -= 1
        here = away[node]
        for way in range(ways.first[node], ways.first[node + 1]):
            cost = here + ways.cost[way]
            other = ways.other[way]
            if cost < away[other] and cost <= limit:
                held, count = _offer(other, cost, ways.per_unit, scratch, held, count)
    return count


@numba.njit(cache=True, nogil=True, error_model="numpy")
def grouped(key: Numbers, number: int) -> tuple[Numbers, Numbers]:
    """Sort by whole numbers below ``number``: the order, and where each begins in it."""
    first = np.zeros(number + 1, dtype=np.int32)
    for i in range(len(key)):
        first[key[i] + 1] += 1
    for k in range(number):
        first[k + 1] += first[k]
    order = np.empty(len(key), dtype=np.int32)
    place = first[:-1].copy()
    for i in range(len(key)):
        order[place[key[i]]] = i
        place[key[i]] += 1
    return order, first


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _longer(values: np.ndarray, room: int) -> np.ndarray:
    """Copy values into a longer array."""
    out = np.empty(room, dtype=values.dtype)
    out[: len(values)] = values
    return out


@numba.njit(cache=True, nogil=True, error_model="numpy")
def pairs(
    ways: Ways,
    homes: Places,
    at_start: Numbers,
    at_stop: tuple[Numbers, Numbers],
    on_edge: tuple[Numbers, Numbers],
    stops: Places,
    limit: float,
    begin: int,
    end: int,
    scratch: Scratch,
) -> tuple[Numbers, Numbers, Floats]:
    """Give the pairs within the limit of all homes and of the stops ``begin`` up to ``end``.

    Parameters
    ----------
    ways
        The ways towards each node.
    homes, stops
        Where people leave from, in the order of the nodes at the start of their edges, and where
        they go to.
    at_start
        Where the homes of each node begin, (nodes + 1,).
    at_stop, on_edge
        The homes by the other node of their edge, and by their edge, see :func:`grouped`.
    limit
        The most that a way may cost, with the ways off the street.
    begin, end
        Which stops.
    scratch
        See :func:`search`; it is left as it was.

    Returns
    -------
    tuple
        The numbers of homes and of stops, and the costs: by stop.
    """
    away, reached = scratch.away, scratch.reached
    room = made = 0
    home, stop = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    cost = np.empty(room, dtype=np.float64)
    nodes, costs = np.empty(2, dtype=np.int32), np.empty(2, dtype=np.float64)
    for k in range(begin, end):
        edge, off = stops.edge[k], stops.off[k]
        nodes[0], nodes[1] = stops.start[k], stops.stop[k]
        costs[0], costs[1] = stops.by_start[k], stops.by_stop[k]
        count = search(ways, nodes, costs, limit, scratch)
        most = made + on_edge[1][edge + 1] - on_edge[1][edge]
        for i in range(count):
            node = reached[i]
            most += at_start[node + 1] - at_start[node] + at_stop[1][node + 1] - at_stop[1][node]
        if most > room:
            room = max(2 * room, most)
            home, stop, cost = _longer(home, room), _longer(stop, room), _longer(cost, room)
        for i in range(count):
            node = reached[i]
            here = away[node]
            for j in range(at_start[node], at_start[node + 1]):
                one = min(here + homes.by_start[j], away[homes.stop[j]] + homes.by_stop[j])
                one += homes.off[j] + off
                if one <= limit and homes.edge[j] != edge:
                    home[made], stop[made], cost[made] = j, k, one
                    made += 1
            for place in range(at_stop[1][node], at_stop[1][node + 1]):
                j = at_stop[0][place]
                # Those whose start was reached as well are there already.
                if away[homes.start[j]] < np.inf:
                    continue
                one = here + homes.by_stop[j] + (homes.off[j] + off)
                if one <= limit and homes.edge[j] != edge:
                    home[made], stop[made], cost[made] = j, k, one
                    made += 1
        # On the stop's own edge there is the way along it as well.
        for place in range(on_edge[1][edge], on_edge[1][edge + 1]):
            j = on_edge[0][place]
            gap = stops.along[k] - homes.along[j]
            one = 0.0
            if gap > 0:
                one = gap * stops.forward[k]
            elif gap < 0:
                one = -gap * stops.backward[k]
            one = min(one, away[homes.start[j]] + homes.by_start[j])
            one = min(one, away[homes.stop[j]] + homes.by_stop[j]) + (homes.off[j] + off)
            if one <= limit:
                home[made], stop[made], cost[made] = j, k, one
                made += 1
        for i in range(count):
            away[reached[i]] = np.inf
    return home[:made], stop[:made], cost[:made]
