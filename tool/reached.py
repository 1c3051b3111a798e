"""The maps of access: the way to the nearest service, and the places for those who share them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .layers.disclosure import reasons
from .maps import choropleth, reach
from .maps.words import capital

if TYPE_CHECKING:
    from .pages import _Maps


def maps(of: _Maps, keep: Callable[[str, object, str, str, str], None]) -> None:
    """Draw the maps of access.

    Parameters
    ----------
    of
        The maps and figures of a run.
    keep
        Writes a map: its file, the map, theme, heading and title.
    """
    _, asked, ways = of.words, of.study.access, of.results.ways
    if not ways:
        return
    people = pd.DataFrame(of.zones[["population"]])
    why = reasons(people, of.study.study.min_count)["population"]
    title = _("The way to the nearest service") + of.year()
    chart = reach(
        of.zones,
        pd.DataFrame({name: way.nearest for name, way in ways.items()}),
        of.layers.services,
        page=of.page(title, _from_where(of), "services"),
        labels=_labels(of),
        kinds={name: (way.kind, capital(_.label(way.kind))) for name, way in ways.items()},
        modes={name: way.mode for name, way in ways.items()},
        limits={name: asked.limit_of(way.kind) for name, way in ways.items()},
        unit=asked.sign,
        # How far a place lies tells nothing of its people.
        reason=why.where(why == "nobody", ""),
    )
    keep("reach", chart, "reach", title, title)
    places = of.results.catchment
    if places.empty:
        return
    title = _("Places for those who share them") + of.year()
    text = _(
        "Places per person where everyone within the limit shares a service. Paler means fewer; "
        "0 is a zone that reaches none, and the others are in four parts of about equal size."
    )
    chart = choropleth(
        of.zones,
        places,
        page=of.page(title, text, "services"),
        heading=_("Places per person"),
        labels=_labels(of),
        reason=pd.DataFrame(dict.fromkeys(places, why)),
        bounds={str(name): _quarters(places[name]) for name in places},
        summary={name: _whose(of, ways[name].kind) for name in places},
    )
    keep("scarcity", chart, "reach", title, title)


def _quarters(places: pd.Series) -> list[float]:
    """Give the upper bounds of the classes: nothing, and quarters of the zones with something.

    Found anew for each language: natural breaks take a second for ten kinds and ways.
    """
    some = places[places > 0].to_numpy()
    ends = np.quantile(some, [0.25, 0.5, 0.75, 1], method="higher") if len(some) else []
    return [0.0] * bool((places == 0).any()) + np.unique(ends).tolist()


def _from_where(of: _Maps) -> str:
    """Say from where and along what ways lead."""
    _, out, asked = of.words, [], of.study.access
    given = [mode for mode in asked.mode if mode in of.layers.travel_times(of.layers.latest)]
    times = of.study.layers.travel_times
    if given and times:
        names = ", ".join(_.label(mode) for mode in given)
        out.append(f"{_('Travel times that others have computed:')} {names}.")
        if times.to is not None:
            out.append(_("The time of a zone is the mean over the homes in it."))
    if len(given) == len(asked.mode):
        return " ".join(out)
    if "straight_line" in asked.mode:
        out.append(_("Straight lines from the point that people leave from."))
    if of.layers.networks:
        out.append(_("Along streets and paths from the point that people leave from."))
    where = _("It is a point inside the zone.")
    if of.layers.homes is not None:
        where = _("It is the home next to the middle of the zone’s people.")
    elif of.layers.housing is not None:
        where = _("It is the building next to the middle of the zone’s dwellings.")
    return " ".join([*out, where])


def _labels(of: _Maps) -> dict[str, str]:
    """Name each kind of service, and the way of going there where there are several."""
    several, _ = len(of.study.access.mode) > 1, of.words
    return {
        name: _.label(way.kind) + (f", {_.label(way.mode)}" if several else "")
        for name, way in of.results.ways.items()
    }


def _whose(of: _Maps, kind: str) -> str:
    """Say who shares the places of a kind."""
    _, who = of.words, of.study.access.demand.get(kind)
    if who is None:
        return _("All inhabitants share the places.")
    attribute, _dot, group = who.partition(".")
    return _("The places are for: {group}", group=_.label(group, attribute))
