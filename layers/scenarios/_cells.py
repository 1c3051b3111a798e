"""Cells of a grid where nobody lives yet: statistics leave them out, and plans build there."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ...geo import grid
from ..load import Layers
from ._places import INSIDE
from .people import POPULATION

_PLAIN = r"\d{12,13}"


def with_cells(layers: Layers, places: gpd.GeoSeries) -> Layers:
    """Give the layers with the cells that places lie in, where nobody lives yet.

    Parameters
    ----------
    layers
        The layers.
    places
        Points or areas.

    Returns
    -------
    Layers
        Where the zones are cells of a regular grid and the study has a border: with those cells
        added that the places need and that lie in the border, with counts of 0, figures unknown,
        and the name and region of the nearest zone. Other layers as they are.
    """
    zones, border = layers.zones[layers.latest], layers.background.get("border")
    lattice = None if border is None else grid.detect(zones.geometry)
    if border is None or lattice is None:
        return layers
    inside = border.geometry.union_all()
    shapes = places[_mostly_in(places.to_numpy(), inside)]
    if not len(shapes):
        return layers
    size = lattice.size
    west, south = shapely.bounds(zones.geometry.to_numpy()[0])[:2]
    west, south = west - size * lattice.column[0], south - size * lattice.row[0]
    edge = shapely.bounds(shapes.to_numpy())
    first = np.floor((edge[:, :2] - (west, south)) / size).astype(int)
    last = np.floor((edge[:, 2:] - (west, south)) / size).astype(int)
    there = set(zip(lattice.column.tolist(), lattice.row.tolist(), strict=True))
    wanted: set[tuple[int, int]] = set()
    for (left, low), (right, high), shape in zip(first, last, shapes, strict=True):
        for column in range(left, right + 1):
            for row in range(low, high + 1):
                cell = shapely.box(*_corner(west, south, size, column, row))
                touches = shape.intersects(cell)
                if touches and (shape.area == 0 or shape.intersection(cell).area > 0):
                    wanted.add((column, row))
    new = sorted(wanted - there)
    if not new:
        return layers
    bounds = np.array([_corner(west, south, size, column, row) for column, row in new])
    cells = gpd.GeoSeries(shapely.box(*bounds.T), crs=zones.crs)
    plain = zones.index.astype(str).str.fullmatch(_PLAIN).all()
    names = [
        f"{round(east):06d}{round(north):07d}" if plain else f"cell-{round(east)}-{round(north)}"
        for east, north, *_ in bounds
    ]
    near = zones.sindex.nearest(cells.centroid, return_all=False)[1]
    rows = pd.DataFrame(zones.drop(columns="geometry")).iloc[near].copy()
    rows.index = pd.Index(names, name=zones.index.name, dtype=object)
    for column in rows.select_dtypes("number"):
        counted = column == POPULATION or "." in column
        rows[column] = 0.0 if counted else np.nan
    added = gpd.GeoDataFrame(rows, geometry=cells.to_numpy(), crs=zones.crs)
    more = gpd.GeoDataFrame(pd.concat([zones, added]), crs=zones.crs)
    return replace(layers, zones={**layers.zones, layers.latest: more})


def _mostly_in(places: NDArray[np.object_], inside: BaseGeometry) -> NDArray[np.bool_]:
    """Tell which points lie inside, and which areas but for what a hand draws beside."""
    size = shapely.area(places)
    part = shapely.area(shapely.intersection(places, inside))
    return np.where(size > 0, part >= INSIDE * size, shapely.intersects(places, inside))


def _corner(
    west: float, south: float, size: float, column: int, row: int
) -> tuple[float, float, float, float]:
    """Give the bounds of a cell."""
    east, north = west + size * column, south + size * row
    return east, north, east + size, north + size
