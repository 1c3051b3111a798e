"""Access: how near services are, and how much of them there is for those who share them."""

from . import decay
from ._costs import Costs
from .assignment import assign
from .catchment import floating_catchment
from .competition import balancing_cost, spatial_availability
from .groups import for_groups
from .rational_agent import NotConverged, raam
from .reach import cumulative, gravity, nearest

__all__ = [
    "Costs",
    "NotConverged",
    "assign",
    "balancing_cost",
    "cumulative",
    "decay",
    "floating_catchment",
    "for_groups",
    "gravity",
    "nearest",
    "raam",
    "spatial_availability",
]
