"""What is said beside a figure: zones that are not in it, and several things at once."""

from __future__ import annotations

NOT_KNOWN = "counts missing"


def left_out(zones: int, why: str = NOT_KNOWN) -> str:
    """Say how many zones are not in a figure."""
    return f"{zones} zone{'s' if zones > 1 else ''} left out: {why}" if zones else ""


def join(*notes: str) -> str:
    """Put notes into one, without the empty ones."""
    return "; ".join(filter(None, notes))
