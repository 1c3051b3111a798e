"""Segregation indices: evenness, exposure, several groups at once, and local ones."""

from ._measure import DIMENSION, measure
from .evenness import dissimilarity
from .exposure import interaction, isolation
from .local import location_quotient
from .multigroup import information_theory, multigroup_dissimilarity

__all__ = [
    "DIMENSION",
    "dissimilarity",
    "information_theory",
    "interaction",
    "isolation",
    "location_quotient",
    "measure",
    "multigroup_dissimilarity",
]
