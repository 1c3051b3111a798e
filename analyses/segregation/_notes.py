"""What is said beside a figure: why there is none, and which zones are not in it."""

from __future__ import annotations

from ._measure import EVERYBODY, NO_PEOPLE, ONE_GROUP
from ._terms import Floats

NOT_KNOWN = "counts missing"


def nothing(members: Floats) -> str:
    """Say why there is nothing to separate, if so; ``members`` are of each group in all zones."""
    if members.sum() == 0:
        return NO_PEOPLE
    if len(members) == 1:
        return ONE_GROUP
    return EVERYBODY if (members > 0).sum() == 1 else ""


def left_out(zones: int, why: str = NOT_KNOWN) -> str:
    """Say how many zones are not in a figure."""
    return f"{zones} zone{'s' if zones > 1 else ''} left out: {why}" if zones else ""


def join(*notes: str) -> str:
    """Put notes into one, without the empty ones."""
    return "; ".join(filter(None, notes))
