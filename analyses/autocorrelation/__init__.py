"""Spatial autocorrelation: does like live beside like, and where."""

from . import rates
from .by_zone import CLUSTERS, UNDECIDED, local_moran
from .overall import moran

__all__ = ["CLUSTERS", "UNDECIDED", "local_moran", "moran", "rates"]
