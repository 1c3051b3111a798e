"""Coordinate systems: is what is measured in them a length in metres."""

from __future__ import annotations

from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer

from .names import quoted, refuse_parts

_STRETCH = 0.03
"""How much longer or shorter than on the ground a length may be, as a part of it."""


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
        Where there is no coordinate system, or one in degrees, or in a unit other than the metre,
        or one whose metres are not those on the ground: in the system of web maps, EPSG:3857,
        distances in Finland are twice as long.

    Examples
    --------
    >>> import geopandas as gpd
    >>> places = gpd.GeoSeries.from_xy([24.9], [60.2], crs=4326)
    >>> require_metres(places.to_crs(3067), "the places")
    >>> require_metres(places.to_crs(3857), "the places")
    Traceback (most recent call last):
        ...
    ValueError: the places are in EPSG:3857, in which a metre on the ground is 2.01 m there; \
reproject them to a system that keeps lengths, such as EPSG:3067: .to_crs(3067)
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
        west, south, east, north = data.total_bounds.tolist()
        scale = _scale(crs, (west + east) / 2, (south + north) / 2)
        if abs(scale - 1) > _STRETCH:
            raise ValueError(
                f"{what} are in {name(crs)}, in which a metre on the ground is {scale:.2f} m "
                "there; reproject them to a system that keeps lengths, such as EPSG:3067: "
                ".to_crs(3067)"
            )
        return
    unit = " and ".join(sorted(units)) or "unknown"
    raise ValueError(
        f"{what} are in {name(crs)}, whose unit is the {unit}; reproject them to a system in "
        "metres, such as EPSG:3067: .to_crs(3067)"
    )


@lru_cache(maxsize=64)
def _scale(crs: CRS, x: float, y: float) -> float:
    """Give the length of a metre on the ground at a place, in the direction where most is off.

    Where there is no place, or the system is not used there, as in made-up towns, it is 1.
    """
    if not np.isfinite([x, y]).all() or not inside(np.array([[x, y]]), crs).all():
        return 1.0
    projection = Proj(crs)
    factors = projection.get_factors(*projection(x, y, inverse=True))
    both = np.array([factors.meridional_scale, factors.parallel_scale])
    return float(both[np.abs(both - 1).argmax()])


def points(places: gpd.GeoSeries, what: str) -> NDArray[np.float64]:
    """Give the coordinates of points in metres that an index tells apart, or refuse them.

    Parameters
    ----------
    places
        Points.
    what
        What they are called in the message, such as ``"the services"``.

    Returns
    -------
    array
        Easting and northing, (n, 2).

    Raises
    ------
    ValueError
        Where the coordinates are not metres, the index has duplicates or several levels, a place
        is no point, or one of its coordinates is missing or infinite.

    Examples
    --------
    >>> import geopandas as gpd
    >>> points(gpd.GeoSeries.from_xy([1.0], [2.0], crs=3067), "the places").tolist()
    [[1.0, 2.0]]
    """
    require_metres(places, what)
    refuse_parts(places.index, what)
    if not places.index.is_unique or places.index.hasnans:
        bad = places.index[places.index.duplicated() | places.index.isna()][0]
        raise ValueError(
            f"{what} share the name {quoted(bad)} or have none; give each an index of its own"
        )
    shapes = np.asarray(places.values)
    point = (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes)
    if not point.all():
        bad = places.index[~point][0]
        raise ValueError(
            f"{what} must be points, and {quoted(bad)} is none; take "
            ".representative_point() of areas"
        )
    at = shapely.get_coordinates(shapes)
    lost = ~np.isfinite(at).all(axis=1)
    if lost.any():
        x, y = at[lost][0]
        raise ValueError(
            f"of {what} {quoted(places.index[lost][0])} is at ({x}, {y}), which is no place; "
            "correct its coordinates or leave it out"
        )
    return at


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
