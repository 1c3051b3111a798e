"""Where the people of a zone live: the points from which their ways begin."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from . import crs, travel
from .names import matched, quoted


def zone_of(places: gpd.GeoSeries, zones: gpd.GeoSeries) -> pd.Series:
    """Tell in which zone each place lies.

    Parameters
    ----------
    places
        Points.
    zones
        Areas, in the same coordinate system; the index tells them apart.

    Returns
    -------
    Series
        By place: the zone; missing for a place outside all. A place on a border is in the first
        of its zones.

    Raises
    ------
    ValueError
        Where the coordinate systems differ or are not in metres, an index has duplicates, or a
        place is no point.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> cells = shapely.box([0, 250], 0, [250, 500], 250)
    >>> zones = gpd.GeoSeries(cells, index=["a", "b"], crs=3067)
    >>> homes = gpd.GeoSeries.from_xy([10, 400, 900], [9, 9, 9], crs=3067)
    >>> zone_of(homes, zones).tolist()
    ['a', 'b', nan]
    """
    crs.points(places, "the homes")
    crs.require_metres(zones, "the zones")
    if not crs.same(CRS(places.crs), CRS(zones.crs)):
        raise ValueError(
            f"the homes are in {crs.name(CRS(places.crs))} and the zones in "
            f"{crs.name(CRS(zones.crs))}; reproject one: homes.to_crs(zones.crs)"
        )
    if not zones.index.is_unique:
        raise ValueError(
            f"two zones are called {quoted(zones.index[zones.index.duplicated()][0])}"
        )
    place, zone = zones.sindex.query(places, predicate="intersects")
    order = np.lexsort((zone, place))
    place, zone = place[order], zone[order]
    first = np.diff(place, prepend=-1) != 0
    number = np.full(len(places), -1)
    number[place[first]] = zone[first]
    return pd.Series(zones.index.take(number).where(number >= 0), index=places.index, name="zone")


def weighted_points(
    zones: gpd.GeoSeries, places: gpd.GeoSeries, weights: pd.Series
) -> gpd.GeoSeries:
    """Give each zone one point: where its people live, not its middle.

    Parameters
    ----------
    zones
        Areas; the index tells them apart.
    places
        Points: buildings, or the middles of finer cells, in the same coordinate system.
    weights
        People or dwellings by place; one that is missing counts as 0.

    Returns
    -------
    GeoSeries
        By zone: the place nearest to the weighted mean of its places; a point inside the area
        where nobody lives in it.

    Raises
    ------
    ValueError
        Where a weight is negative or infinite, a place has two, or none has one; and see
        :func:`zone_of`.

    Notes
    -----
    The mean itself may lie in the water between two shores. The place next to it is one where
    people live, and has a street.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> zones = gpd.GeoSeries(shapely.box([0, 900], 0, [900, 950], 99), index=["a", "b"], crs=3067)
    >>> homes = gpd.GeoSeries.from_xy([10, 20, 800], [50, 50, 50], crs=3067)
    >>> points = weighted_points(zones, homes, pd.Series([30, 60, 5]))
    >>> [(point.x, point.y) for point in points]
    [(20.0, 50.0), (925.0, 49.5)]
    """
    weight = _weights(weights, places.index)
    home = zone_of(places, zones)
    inside = (weight > 0) & home.notna().to_numpy()
    zone = zones.index.get_indexer(home[inside])
    x, y = crs.points(places, "the homes")[inside].T
    w = weight[inside]
    total = np.bincount(zone, weights=w, minlength=len(zones))
    with np.errstate(invalid="ignore"):
        mean = [np.bincount(zone, weights=w * v, minlength=len(zones)) / total for v in (x, y)]
    gap = np.hypot(x - mean[0][zone], y - mean[1][zone])
    # Of places equally near, the one further west, then south, whatever their order.
    order = np.lexsort((y, x, gap.round(6), zone))
    order = order[np.diff(zone[order], prepend=-1) != 0]
    out = zones.representative_point()
    out.iloc[zone[order]] = gpd.GeoSeries.from_xy(x[order], y[order], crs=zones.crs).to_numpy()
    return out


def average(
    costs: pd.DataFrame, home: pd.Series, weights: pd.Series, zones: pd.Index
) -> pd.DataFrame:
    r"""Make a cost table of zones from one of the homes in them.

    Parameters
    ----------
    costs
        A cost table whose zones are homes: buildings, or finer cells.
    home
        By home: its zone, see :func:`zone_of`. Homes in none count nowhere.
    weights
        People or dwellings by home; one that is missing counts as 0.
    zones
        All zones.

    Returns
    -------
    DataFrame
        The cost table of the zones, in the same unit.

    Raises
    ------
    ValueError
        Where a home of the table is not in ``home`` or twice, its zone is not in ``zones``, a
        weight is negative or infinite, a home has two weights, or none has one, or ``costs`` is no
        cost table.

    Notes
    -----
    A service is within a zone's reach where at least half of the zone's people live within the
    limit of it. The cost is the mean over those who do,

    .. math::

        c_{zj} = \frac{\sum_{i \in z: c_{ij} \le c_0} w_i c_{ij}}
                      {\sum_{i \in z: c_{ij} \le c_0} w_i}

    which is below the mean over all of them where some live farther away than the limit. Where
    that matters, search farther than the limit of the study first, and cut the table after.

    Examples
    --------
    >>> one = travel.table(np.array([0, 1]), np.array([0, 0]), np.array([100.0, 400.0]),
    ...                    pd.Index(["h", "i", "j"]), pd.Index(["s"]), "metres")
    >>> home = pd.Series({"h": "a", "i": "a", "j": "b"})
    >>> average(one, home, pd.Series({"h": 2, "i": 1, "j": 5}), pd.Index(["a", "b"]))
      zone service   cost
    0    a       s  200.0
    """
    travel.check(costs)
    homes, services = costs["zone"].cat.categories, costs["service"].cat.categories
    absent = ~homes.isin(home.index)
    if absent.any():
        raise ValueError(f"home does not say in which zone {quoted(homes[absent][0])} lies")
    given = matched(home, homes, "home")
    number = zones.get_indexer(given)
    unknown = (number < 0) & given.notna().to_numpy()
    if unknown.any():
        raise ValueError(
            f"home names the zone {quoted(given[unknown].iloc[0])}, which is not in zones"
        )
    weight = np.where(number >= 0, _weights(weights, homes), 0.0)
    total = np.bincount(number.clip(0), weights=weight, minlength=len(zones))
    which = costs["zone"].cat.codes.to_numpy().astype(np.int64)
    which_service = costs["service"].cat.codes.to_numpy().astype(np.int64)
    used = weight[which] > 0
    which, which_service = which[used], which_service[used]
    pair, place = np.unique(number[which] * len(services) + which_service, return_inverse=True)
    w = weight[which]
    reached = np.bincount(place, weights=w, minlength=len(pair))
    spent = np.bincount(place, weights=w * costs["cost"].to_numpy()[used], minlength=len(pair))
    zone, service = np.divmod(pair, max(len(services), 1))
    enough = reached >= total[zone] / 2 * (1 - 1e-12)
    mean = spent[enough] / reached[enough]
    return travel.table(zone[enough], service[enough], mean, zones, services, costs.attrs["unit"])


def _weights(weights: pd.Series, index: pd.Index) -> np.ndarray:
    """Give the weights in the order of the index, missing ones as 0, or refuse them."""
    out = matched(weights, index, "weights").to_numpy(dtype=np.float64, na_value=0.0)
    bad = ~(out >= 0) | np.isinf(out)
    if bad.any():
        raise ValueError(
            f"the weight of {quoted(index[bad][0])} is {out[bad][0]}; it must be 0 or more"
        )
    return out
