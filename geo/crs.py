"""Coordinate systems: is what is measured in them a length in metres."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer


def require_metres(data: gpd.GeoDataFrame | gpd.GeoSeries, what: str) -> None:
    """Refuse places whose coordinates are not metres in a plane.

    Parameters
    ----------
    data
        Places.
    what
        What they are called in the message, such as ``"the services"``.

    Raises
    ------
    ValueError
        Where there is no coordinate system, or one in degrees, or in a unit other than the metre.

    Examples
    --------
    >>> import geopandas as gpd
    >>> places = gpd.GeoSeries.from_xy([24.9], [60.2], crs=4326)
    >>> require_metres(places.to_crs(3067), "the places")
    >>> require_metres(places, "the places")
    Traceback (most recent call last):
        ...
    ValueError: the places are in EPSG:4326, whose unit is the degree; reproject them to a \
system in metres, such as EPSG:3067: .to_crs(3067)
    """
    if data.crs is None:
        raise ValueError(
            f"{what} have no coordinate system; name the one they are in: .set_crs(...)"
        )
    crs = CRS(data.crs)
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    if crs.is_projected and units <= {"metre", "meter", "m"}:
        return
    unit = " and ".join(sorted(units)) or "unknown"
    raise ValueError(
        f"{what} are in {name(crs)}, whose unit is the {unit}; reproject them to a system in "
        "metres, such as EPSG:3067: .to_crs(3067)"
    )


def name(crs: CRS) -> str:
    """Give a coordinate system's short name.

    Parameters
    ----------
    crs
        A coordinate system.

    Returns
    -------
    str
        ``EPSG:3067`` and the like where it has a code, its own name otherwise.

    Examples
    --------
    >>> name(CRS(3067))
    'EPSG:3067'
    """
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name


def inside(
    points: NDArray[np.float64], crs: CRS | str, *others: CRS | str, room: float = 3.0
) -> NDArray[np.bool_]:
    """Tell which points lie where their coordinate system, and others, are used.

    Parameters
    ----------
    points
        Easting and northing (or longitude and latitude), (n, 2); NaN lies nowhere.
    crs
        The coordinate system that they are in.
    others
        Further systems in whose area of use they must lie.
    room
        By how many degrees an area of use is widened.

    Returns
    -------
    array
        (n,) of bool. A system without a known area of use is used everywhere.

    Examples
    --------
    >>> inside(np.array([[24.9, 60.2], [60.2, 24.9]]), "EPSG:4326", "EPSG:3067").tolist()
    [True, False]
    """
    with np.errstate(all="ignore"):
        to_degrees = Transformer.from_crs(crs, 4326, always_xy=True)
        lon, lat = to_degrees.transform(points[:, 0], points[:, 1])
    out = np.ones(len(points), dtype=bool)
    for one in (crs, *others):
        area = CRS(one).area_of_use
        if area is not None:
            out &= (lon >= area.west - room) & (lon <= area.east + room)
            out &= (lat >= area.south - room) & (lat <= area.north + room)
    return out


def same(one: CRS, other: CRS) -> bool:
    """Tell whether two descriptions are of one coordinate system, whatever the order of axes.

    Examples
    --------
    >>> same(CRS("EPSG:4326"), CRS("OGC:CRS84"))
    True
    """
    if one.equals(other, ignore_axis_order=True):
        return True
    code = one.to_epsg(min_confidence=60)
    return code is not None and code == other.to_epsg(min_confidence=60)
