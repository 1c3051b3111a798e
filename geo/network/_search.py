"""Searches from services outwards along the streets, compiled loops."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from ._network import Numbers
from ._speed import Floats

_WIDTHS = 2**12
"""The longest way is at most so many buckets wide."""


_LAST, _FIRST, _OUT = -1, -1, -2
"""In place of the node after the last of a bucket, before the first, and of one in no bucket."""


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
    """What a search writes on.

    The nodes' costs, those that have one, whether a way to a node goes on beyond the limit, and
    buckets of linked nodes.
    """

    away: Floats
    reached: Numbers
    rim: NDArray[np.bool_]
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
        np.zeros(nodes, dtype=np.bool_),
        np.full(buckets, -1, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
        np.full(nodes, -2, dtype=np.int32),
    )


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
        the nodes that have one; ``rim`` is False before, and True after for those from which some
        way is closed or leads beyond the limit.

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
    first, ways_other, ways_cost, per_unit = ways
    away, reached, rim, head, after, before = scratch
    mask = len(head) - 1
    waiting = count = slot = 0
    # The places where it begins are looked at as if one node's ways led to them.
    node, here = -1, 0.0
    begin, end = 0, len(nodes)
    while True:
        for way in range(begin, end):
            if node < 0:
                other, cost = nodes[way], costs[way]
            else:
                other, cost = ways_other[way], here + ways_cost[way]
            former = away[other]
            if cost > limit:
                if node >= 0:
                    rim[node] = True
                continue
            if cost >= former:
                continue
            if former == np.inf:
                reached[count] = other
                count += 1
            elif before[other] != _OUT:
                # A node waits in one bucket at most: out of that of its former cost.
                if before[other] == _FIRST:
                    head[int(former * per_unit) & mask] = after[other]
                else:
                    after[before[other]] = after[other]
                if after[other] != _LAST:
                    before[after[other]] = before[other]
                waiting -= 1
            away[other] = cost
            to = int(cost * per_unit) & mask
            after[other] = head[to]
            if head[to] != _LAST:
                before[head[to]] = other
            before[other] = _FIRST
            head[to] = other
            waiting += 1
        if not waiting:
            return count
        while head[slot] == _LAST:
            slot = (slot + 1) & mask
        node = head[slot]
        head[slot] = after[node]
        if after[node] != _LAST:
            before[after[node]] = _FIRST
        before[node] = _OUT
        waiting -= 1
        here, begin, end = away[node], first[node], first[node + 1]


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
def _note(
    k: int,
    edge: int,
    off: float,
    limit: float,
    reached: Numbers,
    away: Floats,
    rim: NDArray[np.bool_],
    at_start: Numbers,
    others: Numbers,
    at_stop: Numbers,
    order: Numbers,
    starts: Numbers,
    edges: Numbers,
    by_start: Floats,
    by_stop: Floats,
    offs: Floats,
    home: Numbers,
    stop: Numbers,
    cost: Floats,
) -> int:
    """Note the pairs of a stop and the homes at reached nodes, and give how many they are.

    A function of its own, without a line that makes an array: numba counts in each round of such
    loops who holds it.
    """
    made = 0
    for i in range(len(reached)):
        node = reached[i]
        here = away[node]
        for j in range(at_start[node], at_start[node + 1]):
            one = min(here + by_start[j], away[others[j]] + by_stop[j]) + (offs[j] + off)
            if one <= limit and edges[j] != edge:
                home[made], stop[made], cost[made] = j, k, one
                made += 1
        # Homes between a node that was reached and one that was not.
        if not rim[node]:
            continue
        for place in range(at_stop[node], at_stop[node + 1]):
            if away[starts[place]] < np.inf:
                continue
            j = order[place]
            one = here + by_stop[j] + (offs[j] + off)
            if one <= limit and edges[j] != edge:
                home[made], stop[made], cost[made] = j, k, one
                made += 1
    return made


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
    away, reached, rim = scratch.away, scratch.reached, scratch.rim
    # By name and not by tuple in the loops: numba counts who holds an array it takes out of one.
    edges, along, starts, others, by_start, by_stop, _, _, offs = homes
    stop_edge, stop_along, stop_start, stop_stop, from_start, from_stop = stops[:6]
    forward, backward, stop_off = stops[6:]
    stop_order, at_stop_first = at_stop
    edge_order, on_edge_first = on_edge
    stop_starts = starts[stop_order]
    room = made = 0
    home, stop = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    cost = np.empty(room, dtype=np.float64)
    nodes, costs = np.empty(2, dtype=np.int32), np.empty(2, dtype=np.float64)
    for k in range(begin, end):
        edge, off = stop_edge[k], stop_off[k]
        nodes[0], nodes[1] = stop_start[k], stop_stop[k]
        costs[0], costs[1] = from_start[k], from_stop[k]
        count = search(ways, nodes, costs, limit, scratch)
        most = made + on_edge_first[edge + 1] - on_edge_first[edge]
        for i in range(count):
            node = reached[i]
            most += at_start[node + 1] - at_start[node]
            if rim[node]:
                most += at_stop_first[node + 1] - at_stop_first[node]
        if most > room:
            room = max(2 * room, most)
            home, stop, cost = _longer(home, room), _longer(stop, room), _longer(cost, room)
        made += _note(
            k,
            edge,
            off,
            limit,
            reached[:count],
            away,
            rim,
            at_start,
            others,
            at_stop_first,
            stop_order,
            stop_starts,
            edges,
            by_start,
            by_stop,
            offs,
            home[made:],
            stop[made:],
            cost[made:],
        )
        # On the stop's own edge there is the way along it as well.
        for place in range(on_edge_first[edge], on_edge_first[edge + 1]):
            j = edge_order[place]
            gap = stop_along[k] - along[j]
            one = 0.0
            if gap > 0:
                one = gap * forward[k]
            elif gap < 0:
                one = -gap * backward[k]
            one = min(one, away[starts[j]] + by_start[j])
            one = min(one, away[others[j]] + by_stop[j]) + (offs[j] + off)
            if one <= limit:
                home[made], stop[made], cost[made] = j, k, one
                made += 1
        for i in range(count):
            away[reached[i]], rim[reached[i]] = np.inf, False
    return home[:made], stop[:made], cost[:made]
