"""What the municipality knows: its layers, where they come from, what makes them fit to use."""

from .errors import ColumnError, LayerError
from .load import Layers, load
from .scenarios import Scenario, apply

__all__ = ["ColumnError", "LayerError", "Layers", "Scenario", "apply", "load"]
