"""Street networks: made from lines or OpenStreetMap, and the ways, costs and areas on them."""

from ._build import from_lines
from ._change import add_street, at_speed, close_streets
from ._costs import costs, nearest
from ._network import Network, islands
from ._osm import MayBeCutOff, MissingPackage, from_osm
from ._pbf import ends_early
from ._reach import isochrones, route_tree
from ._snap import snap, unconnected
from ._speed import CYCLING, WALKING

__all__ = [
    "CYCLING",
    "WALKING",
    "MayBeCutOff",
    "MissingPackage",
    "Network",
    "add_street",
    "at_speed",
    "close_streets",
    "costs",
    "ends_early",
    "from_lines",
    "from_osm",
    "islands",
    "isochrones",
    "nearest",
    "route_tree",
    "snap",
    "unconnected",
]
