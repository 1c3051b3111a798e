"""A street network from an extract of OpenStreetMap."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..crs import require_metres
from ._build import Heights, assemble, shared_points
from ._network import Network
from ._pbf import ends_early
from ._speed import Bools, Mode, speed_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROADS = {
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "road",
    "track",
    "path",
    "trail",
    "cycleway",
    "pedestrian",
    "busway",
}
_ON_FOOT = _ROADS | {
    "footway",
    "steps",
    "bridleway",
    "corridor",
    "platform",
    "elevator",
    "crossing",
}
_OPEN = {"yes", "designated", "permissive", "destination", "customers", "official"}
_CLOSED = {"no", "private", "use_sidepath", "dismount", "agricultural", "forestry", "delivery"}
_TAGS = [
    "highway",
    "access",
    "foot",
    "bicycle",
    "motorroad",
    "oneway",
    "oneway:bicycle",
    "junction",
    "cycleway",
    "cycleway:left",
    "cycleway:right",
    "cycleway:both",
    "bridge",
    "tunnel",
    "layer",
]


class MissingPackage(ModuleNotFoundError, ValueError):
    """A package that is needed for this alone is not installed; the message says how to get it.

    A ValueError as well, as all else is that a person can put right.
    """


class MayBeCutOff(UserWarning):
    """A file is well formed and may be cut off all the same: streets may be missing."""


def from_osm(
    path: str | Path,
    *,
    mode: Mode = "walk",
    speed: float | None = None,
    elevation: Heights | None = None,
    crs: str = "EPSG:3067",
) -> Network:
    """Make a street network of an extract of OpenStreetMap.

    Parameters
    ----------
    path
        An ``.osm.pbf`` file.
    mode, speed, elevation
        See :func:`kvarter.geo.network.from_lines`.
    crs
        The coordinate system of the network, in metres.

    Returns
    -------
    Network
        The network; ``line`` of its edges is the way's number in OpenStreetMap.

    Raises
    ------
    MissingPackage
        Where pyrosm, which reads such files, is not installed.
    ValueError
        Where the file is not there, cut off or of another kind, or has no streets.

    Warns
    -----
    MayBeCutOff
        Where the file ends before its relations, as one does that is cut off between two blocks.

    Notes
    -----
    Ways meet in the nodes that they share, and nowhere else: what is not joined in OpenStreetMap,
    such as a bridge and the road beneath, is not joined here, whatever its ``layer``.

    - Open on foot: every ``highway`` on which one walks (roads, streets, tracks, paths, steps,
      platforms, corridors); motorways and roads with ``motorroad=yes`` where ``foot`` says so.
    - Open to bicycles: the same without footways, steps, bridleways, corridors, platforms, lifts
      and crossings, unless ``bicycle`` says so. Streets for pedestrians are open.
    - ``foot`` or ``bicycle`` decides where it is given, ``access`` where it is not: closed with
      ``no``, ``private``, ``use_sidepath``, ``dismount``, ``agricultural``, ``forestry`` and
      ``delivery``.
    - One-way for bicycles: ``oneway:bicycle`` where it is given; else ``oneway`` and roundabouts,
      unless ``cycleway`` or one of its sides is ``opposite`` or begins with ``opposite_``.
      On foot every way is open both ways.
    - ``highway=steps`` are stairs. Areas are walked along their edge.

    Data from OpenStreetMap: © OpenStreetMap contributors, Open Database Licence.

    Examples
    --------
    >>> from pathlib import Path
    >>> from kvarter.geo import network
    >>> def streets(extract: Path):
    ...     return network.from_osm(extract, mode="bicycle")
    """
    speed_of(mode, speed)
    require_metres(gpd.GeoSeries([], crs=crs), "the streets")
    ways = _ways(Path(path))
    ways = ways[_open(ways, mode)]
    shapes = ways.geometry.to_crs(crs).to_numpy()
    areas = np.isin(shapely.get_type_id(shapes), (3, 6))
    shapes[areas] = shapely.boundary(shapes[areas])
    parts, row = shapely.get_parts(shapes, return_index=True)
    raised = ~(_tag(ways, "bridge").isin(["", "no"]) & _tag(ways, "tunnel").isin(["", "no"]))
    return assemble(
        parts,
        ways["id"].to_numpy()[row],
        crs,
        mode=mode,
        speed=speed,
        oneway=_oneway(ways)[row],
        stairs=(_tag(ways, "highway") == "steps").to_numpy()[row],
        elevation=elevation,
        raised=raised.to_numpy()[row],
        meet=shared_points,
    )


def _ways(path: Path) -> gpd.GeoDataFrame:
    """Read the ways that have a ``highway``, in degrees."""
    try:
        import pyrosm
    except ModuleNotFoundError as error:
        raise MissingPackage(
            "files of OpenStreetMap are read with pyrosm, which is not installed: "
            'pip install "kvarter[osm]"',
            name="pyrosm",
        ) from error
    if not path.is_file():
        raise ValueError(f"{path} is not there; name an .osm.pbf file")
    try:
        ways = pyrosm.OSM(str(path)).get_data_by_custom_criteria(
            {"highway": True},
            filter_type="keep",
            keep_nodes=False,
            keep_ways=True,
            keep_relations=False,
            tags_as_columns=_TAGS,
        )
    # What a damaged file leads to is not documented, and of many kinds.
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as a file of OpenStreetMap: it is cut off, damaged or of "
            "another kind; fetch it again"
        ) from error
    if ways is None or not len(ways):
        raise ValueError(f"{path} has no streets: it is cut off, or an extract without them")
    if ends_early(path):
        warnings.warn(
            f"{path} has no relations at its end: it may be cut off, and streets be missing; "
            "compare its size with that of the source, or fetch it again. An extract that was "
            "made without relations is whole",
            MayBeCutOff,
            stacklevel=3,
        )
    return ways


def _tag(ways: gpd.GeoDataFrame, key: str) -> pd.Series:
    """Give a tag of each way as text, empty where it has none."""
    if key not in ways:
        return pd.Series("", index=ways.index)
    return ways[key].astype(object).where(ways[key].notna(), "").astype(str).str.lower()


def _open(ways: gpd.GeoDataFrame, mode: Mode) -> Bools:
    """Tell which ways are open to those who walk or cycle."""
    highway, access = _tag(ways, "highway"), _tag(ways, "access")
    own = _tag(ways, "foot" if mode == "walk" else "bicycle")
    known = highway.isin(_ON_FOOT if mode == "walk" else _ROADS)
    fast = highway.isin(["motorway", "motorway_link"]) | (_tag(ways, "motorroad") == "yes")
    possible = highway.isin(_ON_FOOT) | fast
    by_own = own.isin(_OPEN) & possible
    by_rule = known & ~fast & ~own.isin(_CLOSED) & ~access.isin(_CLOSED)
    return (by_own | by_rule).to_numpy()


def _oneway(ways: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Tell the direction that is open to bicycles: 1 along the way, -1 against it, 0 both."""
    direction = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1, "no": 0, "false": 0}
    rule = _tag(ways, "oneway").map(direction)
    ring = _tag(ways, "junction").isin(["roundabout", "circular"])
    rule = rule.mask(rule.isna() & ring, 1).fillna(0)
    for key in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both"):
        rule = rule.mask(_tag(ways, key).str.match(r"opposite(_|$)"), 0)
    own = _tag(ways, "oneway:bicycle").map(direction)
    return own.fillna(rule).to_numpy().astype(np.int64)
