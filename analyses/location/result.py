"""What a choice of sites is, and how far it can be from the best."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Location:
    """A choice of sites, who would use them, and how far it can be from the best one.

    Attributes
    ----------
    opened
        The sites that are chosen, in the order of the cost table, without those that exist.
    existing
        The sites that are open anyway.
    assignment
        ``zone, service, people, cost``: one row for each zone and open site that people of it
        would use, with the cost for each of them. People who have no open site in reach, or no
        place in one, have a row without a service and without a cost.
    objective
        What was to be least, or most; each function says what it is.
    bound
        What no choice can be better than: proven, not estimated.
    how
        How the choice was found.
    note
        Who is left out, and what else there is to know; empty where there is nothing.

    Examples
    --------
    >>> Location((), (), pd.DataFrame(), objective=104.0, bound=100.0, how="", note="").gap
    0.038461538461538464
    """

    opened: tuple[Hashable, ...]
    existing: tuple[Hashable, ...]
    assignment: pd.DataFrame
    objective: float
    bound: float
    how: str
    note: str

    @property
    def gap(self) -> float:
        """How far the objective can be from the best, as a share of it; 0 is the best."""
        off = abs(self.objective - self.bound)
        if off <= 1e-9 * max(abs(self.objective), abs(self.bound)):
            return 0.0
        return off / abs(self.objective) if self.objective else np.inf

    @property
    def open(self) -> tuple[Hashable, ...]:
        """All sites that are open, those that exist first."""
        return self.existing + self.opened
