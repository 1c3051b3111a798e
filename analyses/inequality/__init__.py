"""Inequality: who has how much access, and who is left behind."""

from ._measure import measure
from ._weighted import weighted_quantile
from .concentration import concentration_curve, concentration_index
from .groups import by_group, deciles, gaps
from .poverty import poverty, relative_line, twice_burdened
from .spread import atkinson, gini, lorenz_curve, palma, theil, theil_parts

__all__ = [
    "atkinson",
    "by_group",
    "concentration_curve",
    "concentration_index",
    "deciles",
    "gaps",
    "gini",
    "lorenz_curve",
    "measure",
    "palma",
    "poverty",
    "relative_line",
    "theil",
    "theil_parts",
    "twice_burdened",
    "weighted_quantile",
]
