"""What environments are made of: counts, places, costs."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from .. import crs, grid
from ..names import quoted

Floats = NDArray[np.float64]

_CELLS = 2**27
"""How many places the rectangle around a grid may have (12 bytes each)."""


def counted(counts: ArrayLike | pd.DataFrame) -> Floats:
    """Give counts as (zones, groups), or refuse them."""
    if isinstance(counts, pd.DataFrame):
        n = counts.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        n = np.asarray(counts, dtype=np.float64)
    if n.ndim == 1:
        n = n[:, None]
    if n.ndim != 2:
        raise ValueError(f"counts must be zones × groups, not {n.ndim} dimensions")
    bad = ~(np.isfinite(n) & (n >= 0))
    if bad.any():
        zone, group = np.argwhere(bad)[0]
        raise ValueError(
            f"row {zone} of counts has {n[zone, group]:g} members in column {group}; a count is "
            "0 or more, and zones with a missing one must be left out"
        )
    return np.ascontiguousarray(n)


def named(
    counts: ArrayLike | pd.DataFrame, geometry: gpd.GeoSeries | None, zones: int
) -> pd.Index:
    """Give the zones' names, each once."""
    if isinstance(counts, pd.DataFrame):
        names = counts.index
    elif geometry is not None and len(geometry) == zones:
        names = geometry.index
    else:
        raise ValueError("give counts as a frame whose index names the zones of the cost table")
    if not names.is_unique:
        twice = names[names.duplicated()][0]
        raise ValueError(
            f"zone {quoted(twice)} is there twice; give each zone an index of its own"
        )
    return names


def placed(
    counts: ArrayLike | pd.DataFrame, geometry: gpd.GeoSeries | None, zones: int
) -> gpd.GeoSeries:
    """Give the zones' geometry, or refuse it."""
    if geometry is None:
        raise ValueError("give the zones' geometry, or costs between them")
    if len(geometry) != zones:
        raise ValueError(f"there are counts of {zones} zones and places of {len(geometry)}")
    if isinstance(counts, pd.DataFrame) and not counts.index.equals(geometry.index):
        raise ValueError("counts and geometry must have the same index, in the same order")
    crs.require_metres(geometry, "the zones")
    shapes = np.asarray(geometry.values)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        raise ValueError(
            f"zone {quoted(geometry.index[empty][0])} has no place; leave out the "
            "zones without geometry"
        )
    return geometry


class CostTable(NamedTuple):
    """Costs by zone, the cheapest first; zone i has the rows from start[i] to start[i + 1]."""

    start: NDArray[np.int64]
    other: NDArray[np.int64]
    cost: Floats
    own: Floats


def cost_table(costs: pd.DataFrame, names: pd.Index) -> CostTable:
    """Sort a cost table, and take out what a zone costs itself."""
    lacking = {"zone", "other", "cost"} - set(costs.columns)
    if lacking:
        raise ValueError(f"the cost table has no column {sorted(lacking)[0]!r}")
    zone, other = (_numbers(costs[name], names) for name in ("zone", "other"))
    cost = costs["cost"].to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(np.isfinite(cost) & (cost >= 0))
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"from zone {quoted(names[zone[row]])} to {quoted(names[other[row]])} the cost is "
            f"{cost[row]:g}; a cost is 0 or more, and a pair out of reach has no row"
        )
    twice = pd.Index(zone * len(names) + other).duplicated()
    if twice.any():
        row = int(twice.argmax())
        raise ValueError(
            f"the cost from zone {quoted(names[zone[row]])} to {quoted(names[other[row]])} is "
            "there twice"
        )
    itself = zone == other
    own = np.zeros(len(names))
    own[zone[itself]] = cost[itself]
    zone, other, cost = zone[~itself], other[~itself], cost[~itself]
    order = np.lexsort((other, cost, zone))
    start = np.searchsorted(zone[order], np.arange(len(names) + 1))
    return CostTable(start, other[order], cost[order], own)


def _numbers(labels: pd.Series, names: pd.Index) -> NDArray[np.int64]:
    """Give the positions of zones by their names."""
    if isinstance(labels.dtype, pd.CategoricalDtype):
        # A table of millions of rows has few categories.
        of_category = names.get_indexer(labels.cat.categories)
        codes = labels.cat.codes.to_numpy()
        at = np.where(codes < 0, -1, np.append(of_category, -1)[codes])
    else:
        at = names.get_indexer(pd.Index(labels))
    if (at < 0).any():
        raise ValueError(
            f"the cost table has the zone {quoted(labels.iloc[int((at < 0).argmax())])}, "
            "and counts has not"
        )
    return at.astype(np.int64)


def regular(places: gpd.GeoSeries) -> grid.Grid | None:
    """Find the regular grid, if there is one that fits into memory."""
    cells = grid.detect(places)
    if cells is None:
        return None
    return cells if (int(cells.row.max()) + 1) * (int(cells.column.max()) + 2) < _CELLS else None
