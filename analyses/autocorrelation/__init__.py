"""Spatial autocorrelation: does like live beside like, and where."""

from . import over_time, rates
from ._of_rates import TOO_FEW
from ._zones import UNDECIDED
from .by_zone import CLASSES, CLUSTERS, local
from .correlogram import correlogram
from .differences import local_geary
from .heteroskedasticity import local_heteroskedasticity
from .hot_spots import local_g
from .join_counts import join_counts
from .local_joins import local_join_count
from .overall import OF_CATEGORIES, STATISTICS, measure, moran
from .quadrants import local_moran, local_moran_bivariate
from .significance import adjusted, expected_by_chance

__all__ = [
    "CLASSES",
    "CLUSTERS",
    "OF_CATEGORIES",
    "STATISTICS",
    "TOO_FEW",
    "UNDECIDED",
    "adjusted",
    "correlogram",
    "expected_by_chance",
    "join_counts",
    "local",
    "local_g",
    "local_geary",
    "local_heteroskedasticity",
    "local_join_count",
    "local_moran",
    "local_moran_bivariate",
    "measure",
    "moran",
    "over_time",
    "rates",
]
