"""Spatial autocorrelation: does like live beside like, and where."""

from . import rates
from .by_zone import CLUSTERS, UNDECIDED, local_moran
from .correlogram import correlogram
from .join_counts import join_counts
from .overall import STATISTICS, measure, moran

__all__ = [
    "CLUSTERS",
    "STATISTICS",
    "UNDECIDED",
    "correlogram",
    "join_counts",
    "local_moran",
    "measure",
    "moran",
    "rates",
]
