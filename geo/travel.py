"""Travel costs: how far it is from zones to services."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from scipy.spatial import cKDTree

from . import crs


def straight_line(
    origins: gpd.GeoSeries, services: gpd.GeoSeries, *, limit: float, detour: float = 1.0
) -> pd.DataFrame:
    """Measure the distances from zones to the services within reach, as the crow flies.

    Parameters
    ----------
    origins
        One point a zone; the index tells the zones apart.
    services
        One point a service; the index tells the services apart. Same coordinate system.
    limit
        How far people go, in metres of cost.
    detour
        How many metres of way a metre as the crow flies stands for, 1 or more.

    Returns
    -------
    DataFrame
        The cost table: ``zone``, ``service`` (categorical, with all zones and all services as
        categories) and ``cost`` (metres: detour × distance), the pairs with a cost up to the
        limit, by zone in the order of ``origins``, then by cost, then in the order of
        ``services``.

    Raises
    ------
    ValueError
        Where the coordinates are not metres, the two coordinate systems differ, the limit is not
        above 0, the detour is below 1, an index has duplicates, or a place is no point.

    Examples
    --------
    >>> import geopandas as gpd
    >>> zones = gpd.GeoSeries.from_xy([0, 100], [0, 0], index=["a", "b"], crs=3067)
    >>> schools = gpd.GeoSeries.from_xy([0, 300], [30, 0], index=["s", "t"], crs=3067)
    >>> straight_line(zones, schools, limit=250, detour=1.2)
      zone service        cost
    0    a       s   36.000000
    1    b       s  125.283678
    2    b       t  240.000000
    """
    if not (np.isfinite(limit) and limit > 0):
        raise ValueError(f"limit must be a number of metres above 0, not {limit}")
    here, there = _both(origins, services, detour)
    zone = service = np.zeros(0, dtype=np.int64)
    cost = np.zeros(0)
    if len(here) and len(there):
        # A hair more than the limit: the comparison that counts is the one of costs below.
        radius = limit / detour * (1 + 1e-9)
        pairs = cKDTree(here).sparse_distance_matrix(cKDTree(there), radius, output_type="ndarray")
        cost = detour * pairs["v"]
        near = cost <= limit
        zone, service, cost = pairs["i"][near], pairs["j"][near], cost[near]
    order = np.lexsort((service, cost, zone))
    return pd.DataFrame(
        {
            "zone": pd.Categorical.from_codes(zone[order], categories=origins.index),
            "service": pd.Categorical.from_codes(service[order], categories=services.index),
            "cost": cost[order],
        }
    )


def nearest_straight_line(
    origins: gpd.GeoSeries, services: gpd.GeoSeries, *, detour: float = 1.0
) -> pd.Series:
    """Measure the distance from each zone to its nearest service, as the crow flies.

    Parameters
    ----------
    origins, services, detour
        See :func:`straight_line`.

    Returns
    -------
    Series
        By zone: metres (detour × distance), however far it is; NaN where there is no service.

    Raises
    ------
    ValueError
        See :func:`straight_line`.

    Notes
    -----
    A search in a tree for each zone: no table of pairs is made.

    Examples
    --------
    >>> import geopandas as gpd
    >>> zones = gpd.GeoSeries.from_xy([0, 100], [0, 0], index=["a", "b"], crs=3067)
    >>> schools = gpd.GeoSeries.from_xy([0, 9100], [30, 0], crs=3067)
    >>> nearest_straight_line(zones, schools).round(1).to_dict()
    {'a': 30.0, 'b': 104.4}
    """
    here, there = _both(origins, services, detour)
    cost = np.full(len(here), np.nan)
    if len(there):
        cost = detour * cKDTree(there).query(here)[0]
    return pd.Series(cost, index=origins.index, name="cost")


def _both(
    origins: gpd.GeoSeries, services: gpd.GeoSeries, detour: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give the coordinates of both, or refuse them."""
    if not (np.isfinite(detour) and detour >= 1):
        raise ValueError(f"detour must be 1 or more, as no way is shorter, not {detour}")
    here, there = _points(origins, "the zones"), _points(services, "the services")
    if CRS(origins.crs) != CRS(services.crs):
        raise ValueError(
            f"the zones are in {crs.name(CRS(origins.crs))} and the services in "
            f"{crs.name(CRS(services.crs))}; reproject one: services.to_crs(origins.crs)"
        )
    return here, there


def _points(places: gpd.GeoSeries, what: str) -> np.ndarray:
    """Give the places' coordinates, or refuse them."""
    crs.require_metres(places, what)
    if not places.index.is_unique or places.index.hasnans:
        bad = places.index[places.index.duplicated() | places.index.isna()][0]
        raise ValueError(
            f"{what} share the name {bad!r} or have none; give each an index of its own"
        )
    shapes = np.asarray(places.values)
    point = (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes)
    if not point.all():
        bad = places.index[~point][0]
        raise ValueError(
            f"{what} must be points, and {bad!r} is none; take .representative_point() of areas"
        )
    return shapely.get_coordinates(shapes)
