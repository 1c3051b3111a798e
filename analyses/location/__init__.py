"""Location: where to put services, and which to close."""

from .center import p_center
from .covering import maximal_covering, set_covering
from .fairness import least_gap, worst_off
from .frontier import frontier
from .median import close, p_median
from .mixing import most_mixed
from .result import Location

__all__ = [
    "Location",
    "close",
    "frontier",
    "least_gap",
    "maximal_covering",
    "most_mixed",
    "p_center",
    "p_median",
    "set_covering",
    "worst_off",
]
