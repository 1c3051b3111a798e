"""What statistics by zone add where the values are rates: of how many, and of how few."""

from __future__ import annotations

import pandas as pd

from . import rates

SMALL = "small population: the rate says more about chance than about the zone"
"""The note of a zone whose rate is of few."""

TOO_FEW = "too few people"
"""The class of a zone whose rate is of so few that it is no hot spot, whatever its p-value."""


def told(
    frame: pd.DataFrame, events: pd.Series, population: pd.Series, few: pd.Series
) -> pd.DataFrame:
    """Add population, raw rate and ``small``, with a class and a note of those that are."""
    frame["population"], frame["rate"] = population, rates.raw(events, population)
    frame["small"] = few
    frame.loc[few & (frame["cluster"] != ""), "cluster"] = TOO_FEW
    none = rates.why_none(events, population)
    frame["note"] = frame["note"].where(none == "", none)
    frame.loc[few, "note"] = frame.loc[few, "note"].map(
        lambda said: f"{said}; {SMALL}" if said else SMALL
    )
    return frame
