"""Scenarios: what they can say, and what they make of the layers."""

from .apply import Mistake, ScenarioError, apply, attempt, dwellings_change
from .files import read_plans
from .housing import limits
from .models import Scenario, disagreements, ordered

__all__ = [
    "Mistake",
    "Scenario",
    "ScenarioError",
    "apply",
    "attempt",
    "disagreements",
    "dwellings_change",
    "limits",
    "ordered",
    "read_plans",
]
