"""What a street network is, and its islands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ._speed import Floats, Mode

if TYPE_CHECKING:
    from ._near import Pieces
    from ._search import Ways

Index = NDArray[np.int64]
Numbers = NDArray[np.int32]
Unit = Literal["minutes", "metres"]


@dataclass(frozen=True, eq=False)
class Network:
    """A street network for one way of moving, which does not change once it is made.

    Attributes
    ----------
    edges
        One row a stretch of street between two nodes: ``line`` (the index of the line that it is
        part of), ``start`` and ``end`` (numbers of nodes), ``length`` (metres), ``forward`` and
        ``backward`` (minutes from start to end and back; infinite where closed), ``raised`` (on a
        bridge or in a tunnel) and the line as ``geometry``.
    nodes
        Easting and northing in metres, (nodes, 2).
    mode
        ``"walk"`` or ``"bicycle"``.
    off_street
        Speed between a place and its street in km/h: always on foot.
    speed
        Speed on level ground in km/h.
    """

    edges: gpd.GeoDataFrame
    nodes: Floats
    mode: Mode
    off_street: float
    speed: float

    @cached_property
    def pieces(self) -> Pieces:
        """The edges' straight pieces in squares, for finding the nearest."""
        from ._near import pieces_of

        return pieces_of(self.edges.geometry.to_numpy())

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the stretches, the same for networks of the same stretches."""
        hashed = blake2b(digest_size=16)
        for numbers in (self.nodes, *self.ends, self.edges["length"].to_numpy()):
            hashed.update(np.ascontiguousarray(numbers).tobytes())
        return hashed.hexdigest()

    @cached_property
    def ends(self) -> tuple[Index, Index]:
        """The numbers of the start and end nodes of the edges."""
        return self.edges["start"].to_numpy(), self.edges["end"].to_numpy()

    @cached_property
    def island_of_edge(self) -> Index:
        """The island of each edge: 0 for the one with most metres of street, 1 for the next."""
        start, end = self.ends
        number = len(self.nodes)
        links = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), (number, number))
        count, part = connected_components(links, directed=False)
        length = np.bincount(part[start], weights=self.edges["length"].to_numpy(), minlength=count)
        first = np.full(count, number)
        np.minimum.at(first, part, np.arange(number))
        rank = np.empty(count, dtype=np.int64)
        rank[np.lexsort((first, -length.round(6)))] = np.arange(count)
        return rank[part[start]]

    @cached_property
    def near_numbers(self) -> tuple[Numbers, Numbers]:
        """The start and end nodes of the edges, by numbers for searches: near nodes, near numbers.

        What a search writes on is then together in memory.
        """
        number = np.empty(len(self.nodes), dtype=np.int32)
        number[cKDTree(self.nodes).indices] = np.arange(len(self.nodes))
        start, end = self.ends
        return number[start], number[end]

    @cached_property
    def _around(self) -> tuple[Numbers, Numbers, Index]:
        """The edges by node: where each node begins, the other end, and what tells the edge.

        Twice the number of the edge, and one more where the node is its start.
        """
        start, end = self.near_numbers
        edge = np.arange(len(start))
        node = np.concatenate([end, start])
        order = np.argsort(node, kind="stable")
        first = np.searchsorted(node[order], np.arange(len(self.nodes) + 1))
        told = np.concatenate([2 * edge, 2 * edge + 1])[order]
        return first.astype(np.int32), np.concatenate([start, end])[order], told

    @cached_property
    def _ways(self) -> dict[str, Ways]:
        return {}

    def ways(self, unit: Unit) -> Ways:
        """Give the ways towards each node of ``near_numbers``, for searches outwards."""
        from ._search import ways_of

        if unit not in self._ways:
            first, other, told = self._around
            forward, backward = self.both_ways(unit)
            both = np.column_stack([forward, backward]).ravel()
            self._ways[unit] = ways_of(first, other, both[told])
        return self._ways[unit]

    def both_ways(self, unit: Unit) -> tuple[Floats, Floats]:
        """Give the edges' costs from start to end and back; infinite where closed."""
        check_unit(unit)
        forward = self.edges["forward"].to_numpy()
        backward = self.edges["backward"].to_numpy()
        if unit == "minutes":
            return forward, backward
        length = self.edges["length"].to_numpy()
        return (
            np.where(np.isfinite(forward), length, np.inf),
            np.where(np.isfinite(backward), length, np.inf),
        )

    def off_street_cost(self, distance: Floats, unit: Unit) -> Floats:
        """Give what the way between a place and its street costs."""
        return distance / (self.off_street * 1000 / 60) if unit == "minutes" else distance


def check_unit(unit: str) -> None:
    """Refuse a unit that is none."""
    if unit not in get_args(Unit):
        raise ValueError(f"unit must be 'minutes' or 'metres', not {unit!r}")


def islands(network: Network) -> pd.DataFrame:
    """Tell the islands of a network apart: streets from which one cannot get to the others.

    Parameters
    ----------
    network
        A street network.

    Returns
    -------
    DataFrame
        One row an island, the one with most metres of street first: ``nodes``, ``edges`` and
        ``length`` (metres). One-way streets count as if they were open both ways.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kvarter.geo import network
    >>> lines = ["LINESTRING (0 0, 100 0)", "LINESTRING (100 0, 100 50)", "LINESTRING (0 9, 9 9)"]
    >>> streets = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_wkt(lines), crs=3067)
    >>> network.islands(network.from_lines(streets)).to_dict("list")
    {'nodes': [3, 2], 'edges': [2, 1], 'length': [150.0, 9.0]}
    """
    start, end = network.ends
    part = network.island_of_edge
    ends = np.unique(np.column_stack([np.r_[part, part], np.r_[start, end]]), axis=0)
    out = pd.DataFrame(
        {
            "nodes": np.bincount(ends[:, 0]),
            "edges": np.bincount(part),
            "length": np.bincount(part, weights=network.edges["length"].to_numpy()),
        }
    )
    return out.rename_axis("island")
