"""Coordinate systems: is what is measured in them a length in metres."""

from __future__ import annotations

import geopandas as gpd
from pyproj import CRS


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
    >>> from pyproj import CRS
    >>> name(CRS(3067))
    'EPSG:3067'
    """
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name
