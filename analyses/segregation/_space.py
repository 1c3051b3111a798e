"""Where the zones are, as the spatial indices need it: made once, and only what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from libpysal.graph import Graph
from scipy import sparse

from ...geo import grid, kernels, neighbours
from ...geo.crs import require_metres
from ._terms import Floats

UNITS = {"m": 1.0, "km": 1000.0}

Centre: TypeAlias = str | tuple[float, float] | Sequence[tuple[float, float]] | Any
"""``"population"``, a point as (x, y) or shape, several, or a GeoSeries of points."""


class Missing(Exception):
    """What an index needs and a call did not give: the reason why it is not defined."""


class Space:
    """The places of the zones.

    Parameters
    ----------
    counts
        The zones that count, zones × groups.
    geometry, graph, areas, centre, decay, unit
        See `kvarter.analyses.segregation.measure`; of all zones, those that count or not.
    """

    def __init__(
        self,
        counts: pd.DataFrame,
        geometry: gpd.GeoSeries | None = None,
        graph: Graph | None = None,
        areas: pd.Series | None = None,
        centre: Centre = "population",
        decay: Callable[[Floats], Floats] = kernels.exponential,
        unit: str = "km",
    ) -> None:
        if unit not in UNITS:
            raise ValueError(f"distance_unit is {unit!r}; there are {', '.join(UNITS)}")
        index = counts.index
        for what, given in (("geometry", geometry), ("areas", areas)):
            if given is None:
                continue
            if not given.index.is_unique:
                twice = given.index[given.index.duplicated()].tolist()[0]
                raise ValueError(f"{what} names zone {twice!r} twice; give each zone once")
            absent = ~index.isin(given.index)
            if absent.any():
                raise ValueError(
                    f"{what} has no zone {index[absent].tolist()[0]!r}; give one for each zone"
                )
        if geometry is not None:
            geometry = geometry.loc[index]
            require_metres(geometry, "the zones")
            empty = (geometry.isna() | geometry.is_empty).to_numpy()
            if empty.any():
                raise ValueError(
                    f"zone {index[empty].tolist()[0]!r} has no geometry; leave it out"
                )
        self._geometry, self._graph, self._centre = geometry, graph, centre
        self._areas = None if areas is None else areas.loc[index].to_numpy(dtype=float)
        self._index, self._decay, self.unit = index, decay, unit
        self.people = counts.sum(axis=1).to_numpy(dtype=float)

    @cached_property
    def geometry(self) -> gpd.GeoSeries:
        """The outlines of the zones."""
        if self._geometry is None:
            raise Missing("needs the geometry of the zones")
        return self._geometry

    @cached_property
    def outlines(self) -> gpd.GeoSeries:
        """The outlines, where they have an area."""
        return self._outlines("the area of each zone")

    @cached_property
    def bordered(self) -> gpd.GeoSeries:
        """The outlines, where they can have common borders."""
        return self._outlines("zones with a border")

    def _outlines(self, what: str) -> gpd.GeoSeries:
        flat = ~(self.geometry.area > 0).to_numpy()
        if flat.any():
            kind = self.geometry.geom_type.iloc[flat.argmax()].lower()
            raise Missing(f"needs {what}: zone {self._index[flat][0]} is a {kind} without any")
        return self.geometry

    @cached_property
    def areas(self) -> Floats:
        """The area of each zone; what was given, or that of the outlines in m²."""
        return self.outlines.area.to_numpy() if self._areas is None else self._areas

    @cached_property
    def unequal_areas(self) -> Floats:
        """The areas, where they differ."""
        if np.ptp(self.areas) <= 1e-6 * self.areas.max():
            raise Missing("all zones are of one size: none has more room than another")
        return self.areas

    @cached_property
    def perimeters(self) -> Floats:
        """The length of each outline in metres."""
        return self.outlines.length.to_numpy()

    @cached_property
    def points(self) -> Floats:
        """The middle of each zone in metres, (zones, 2)."""
        middle = self.geometry.centroid
        return np.column_stack([middle.x, middle.y])

    @cached_property
    def cells(self) -> grid.Grid | None:
        """The rows and columns of the zones, where they are cells of a grid."""
        return grid.detect(self.geometry)

    @cached_property
    def centres(self) -> tuple[Floats, str]:
        """The centres in metres, (centres, 2), and in words."""
        if isinstance(self._centre, str):
            if self._centre != "population":
                raise ValueError(
                    f"centre is {self._centre!r}; give 'population', a point (x, y) or several"
                )
            at = most_central(self.points, self.people)
            name = self._index[at]
            return self.points[[at]], f"centre: zone {name}, the nearest to all people"
        if isinstance(self._centre, gpd.GeoSeries):
            centre = self._centre
            if centre.crs is not None:
                centre = centre.to_crs(self.geometry.crs)
            points = np.column_stack([centre.x, centre.y])
        else:
            points = _points(self._centre)
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise ValueError("centre must be a point (x, y) in metres, or several")
        listed = ", ".join(f"({x:.0f}, {y:.0f})" for x, y in points[:3])
        return points, f"centre: {listed}" + (" …" if len(points) > 3 else "")

    @cached_property
    def distance(self) -> Floats:
        """The distance of each zone from the nearest centre, in metres."""
        from scipy.spatial import cKDTree

        return np.asarray(cKDTree(self.centres[0]).query(self.points)[0])

    @cached_property
    def neighbours(self) -> sparse.csr_array:
        """Which zones are neighbours: as told, or those that touch."""
        if self._graph is None:
            return sparse.csr_array(neighbours.contiguity(self.bordered).sparse)
        graph = self._graph
        absent = ~self._index.isin(graph.unique_ids)
        if absent.any():
            raise ValueError(f"zone {self._index[absent].tolist()[0]!r} is not in the graph")
        if not self._index.equals(pd.Index(graph.unique_ids)):
            graph = graph.subgraph(self._index)
        return sparse.csr_array(graph.sparse)

    @cached_property
    def connected(self) -> tuple[sparse.csr_array, str]:
        """The neighbours with every part joined to the next, and how many parts there were."""
        graph, parts = neighbours.joined(self.neighbours, self.points)
        apart = f"{parts} parts without a common border, each joined to the nearest"
        return graph, apart if parts > 1 else ""

    @cached_property
    def borders(self) -> sparse.csr_array:
        """The length of common borders."""
        return neighbours.borders(self.bordered)

    @cached_property
    def sums(self) -> Remembered:
        """Gives sums over zones in which near ones count more."""
        size = UNITS[self.unit]
        # A zone's people are apart too: the mean distance within it (White 1983).
        own = np.sqrt(0.6 * self.outlines.area.to_numpy()) / size
        cells = self.cells
        if cells is not None:
            cells = grid.Grid(cells.size / size, cells.row, cells.column)
        points = (self.points - self.points.mean(axis=0)) / size
        return Remembered(kernels.weighted_sums(points, own, decay=self._decay, cells=cells))

    def surroundings(self, n: Floats) -> Floats:
        """Give the counts near each zone, near ones counting more: its local environment."""
        flat = n.reshape(len(n), -1)
        return self.sums(flat).reshape(n.shape)


def _points(centre: Any) -> Floats:
    """Give points, as coordinates or as shapes, as (points, 2); what is none has no numbers."""
    try:
        several = np.ndim(centre) > 0 and np.ndim(centre[0]) > 0
        several |= np.ndim(centre) == 1 and isinstance(centre[0], shapely.Point)
        found = [
            shapely.get_coordinates(one)[0] if isinstance(one, shapely.Point) else one
            for one in (centre if several else [centre])
        ]
        return np.array(found, dtype=float)
    except (TypeError, ValueError, LookupError):
        return np.full((1, 2), np.nan)


class Remembered:
    """Sums that are not computed twice: the indices ask for those of the same columns."""

    def __init__(self, sums: Callable[[Floats], Floats]) -> None:
        self._sums = sums
        self._known: dict[int, Floats] = {}

    def __call__(self, values: Any) -> Floats:
        """Give the sums of each column."""
        values = np.asarray(values, dtype=np.float64)
        names = [hash(values[:, k].tobytes()) for k in range(values.shape[1])]
        # Of two groups, each is all others of the other one: the same columns come twice.
        new = {name: k for k, name in enumerate(names) if name not in self._known}
        if len(new) > 64:
            # So many columns are replicates, which nothing asks for again.
            return self._sums(values)
        if new:
            found = self._sums(values[:, list(new.values())])
            self._known |= dict(zip(new, found.T, strict=True))
        return np.stack([self._known[name] for name in names], axis=1)


def most_central(points: Floats, people: Floats) -> int:
    """Find the zone nearest to the point from which the way to all people is shortest.

    Weiszfeld's iteration for the geometric median (1937), begun at the mean.
    """
    if not people.sum() > 0:
        raise Missing("no people")
    lived = np.flatnonzero(people > 0)
    where, weight = points[lived], people[lived]
    at = np.average(where, axis=0, weights=weight)
    for _ in range(200):
        away = np.maximum(np.hypot(*(where - at).T), 1e-6)
        moved = np.average(where, axis=0, weights=weight / away)
        still = np.hypot(*(moved - at)) < 0.01
        at = moved
        if still:
            break
    return int(lived[np.hypot(*(where - at).T).argmin()])
