"""Streets that open and close, and other speeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import shapely
from shapely.geometry import LineString, Point

from ...geo import network
from ..load import Layers
from ._places import areas, drawn
from ._refused import Refused
from .models import CloseStreet, NewStreet


def add(layers: Layers, new: NewStreet) -> Layers:
    """Open a street for those who go along streets.

    Parameters
    ----------
    layers
        The layers.
    new
        Its line or lines. Their ends are led on to a street within 25 m; on the ground they also
        meet what they cross. Lines may join each other, in whatever order.

    Returns
    -------
    Layers
        Travel times that were given stay as they are, and so does what is drawn of streets.
    """
    if new.line is not None:
        lines = [LineString(new.line)]
    else:
        assert new.layer is not None
        shapes = drawn(layers, new.layer, "layer").geometry
        if not (shapely.get_dimensions(shapes) == 1).all():
            raise Refused(f"{new.layer.path} has points or areas.", "Draw lines.", "layer")
        lines = list(shapely.get_parts(shapes.to_numpy()))
    made = dict(layers.networks)
    for mode in _modes(layers, new.mode):
        waits, streets = lines, made[mode]
        while waits:
            later, wrong = [], ""
            for line in waits:
                try:
                    streets = network.add_street(streets, line, level=new.level)
                except ValueError as error:
                    later.append(line)
                    wrong = str(error)
            if len(later) == len(waits):
                at = [round(part) for part in later[0].coords[0]]
                raise Refused(
                    f"The street from {at} joins nothing ({mode}): {wrong}.",
                    "Lead one of its ends to within 25 m of a street.",
                )
            waits = later
        made[mode] = streets
    return replace(layers, networks=made)


def close(layers: Layers, gone: CloseStreet) -> Layers:
    """Close a stretch of street at a point, or all streets in an area."""
    shape = None
    if gone.area is not None:
        shape = areas(layers, gone.area, "area").geometry.union_all()
    at = None if gone.at is None else Point(gone.at)
    made = dict(layers.networks)
    for mode in _modes(layers, gone.mode):
        try:
            made[mode] = network.close_streets(made[mode], at=at, area=shape)
        except ValueError as error:
            raise Refused(
                f"Nothing can be closed ({mode}): {error}.", "Move the point or the area."
            ) from None
    return replace(layers, networks=made)


def speed(layers: Layers, pace: tuple[str, float]) -> Layers:
    """Let those who go along streets by one way go at another speed, in km/h."""
    mode, kilometres = pace
    made = dict(layers.networks)
    for own in _modes(layers, mode):
        made[own] = network.at_speed(made[own], kilometres)
    return replace(layers, networks=made)


def _modes(layers: Layers, mode: str | None) -> Iterable[str]:
    """Give the ways of going whose streets change."""
    known = list(layers.networks)
    if not known or (mode is not None and mode not in known):
        what = "No street is searched" if mode is None else f"No street is searched for {mode!r}"
        raise Refused(
            f"{what}, so that nothing would change.",
            "Name walk or bicycle by mode in [access], with [layers.network]; ways with given "
            "travel times go along no street.",
            "mode" if mode is not None and known else None,
        )
    return known if mode is None else [mode]
