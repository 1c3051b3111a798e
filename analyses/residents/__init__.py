"""Residents: who would live in new dwellings, where they come from, and what that changes."""

from ._model import POPULATION, Residents
from .arrivals import Draws, arrivals, draws
from .closer import Closer, moved_closer
from .models import estimate, explained, fill, given, mean, support
from .moves import Moves, moves
from .paired import difference

__all__ = [
    "POPULATION",
    "Closer",
    "Draws",
    "Moves",
    "Residents",
    "arrivals",
    "difference",
    "draws",
    "estimate",
    "explained",
    "fill",
    "given",
    "mean",
    "moved_closer",
    "moves",
    "support",
]
