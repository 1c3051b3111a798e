"""What a scenario makes of the layers: one pure function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pandas as pd

from ..errors import ColumnError
from ..load import Layers
from . import housing, network, people, services
from ._refused import Refused
from .models import Scenario

Key = tuple[str | int, ...]
Step = tuple[Key, Callable[[Layers], Layers]]
"""The key of one change, and what it makes of the layers."""

Built = tuple[Layers, pd.DataFrame]
T = TypeVar("T")


@dataclass(frozen=True)
class Mistake:
    """A change that the layers do not allow.

    Attributes
    ----------
    key
        The key in the scenario, such as ``("close_service", 0)``.
    what, cure
        What was found, and what to do about it.
    """

    key: Key
    what: str
    cure: str

    def __str__(self) -> str:
        name = ".".join(str(part) for part in self.key if isinstance(part, str))
        item = next((part for part in self.key if isinstance(part, int)), None)
        place = name if item is None else f"item {item + 1} of {name}"
        return f"{place}: {self.what} {self.cure}"


class ScenarioError(ColumnError):
    """A scenario that the layers do not allow, with all that is wrong in it.

    Parameters
    ----------
    name
        The scenario's name.
    mistakes
        What is wrong.
    """

    def __init__(self, name: str, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        ValueError.__init__(self, "\n".join(f"Scenario {name!r}, {wrong}" for wrong in mistakes))


def apply(
    layers: Layers, scenario: Scenario, *, arrivals: Mapping[str, pd.DataFrame] | None = None
) -> Layers:
    """Give the layers as a scenario would change them; the given ones stay as they are.

    Parameters
    ----------
    layers
        The baseline, or what the scenario makes of it that this one goes on from. What the
        scenario's files hold has been read, see `read_plans`.
    scenario
        What changes.
    arrivals
        Those who move in, and below 0 those who move out, by attribute: zones × groups. They are
        added to the counts, none of which falls below 0, and to the population. Not of dwellings
        and tenures, which change by themselves.

    Returns
    -------
    Layers
        Where the scenario has a year, with the zones of that year behind those of the years
        before.

    Raises
    ------
    ScenarioError
        With all that is wrong.
    ValueError
        Where arrivals are of an attribute that is not there, or of dwellings.

    Notes
    -----
    The order in which keys stand in a scenario makes no difference: services open, change, move,
    are concentrated, share a site, and close; dwellings are taken down, change their tenure, and
    are built; then a projection is set, groups grow and residents arrive; speeds change, streets
    open and close. Within a key the order of items is kept.
    """
    after, mistakes = attempt(layers, scenario, arrivals=arrivals)
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return after


def attempt(
    layers: Layers, scenario: Scenario, *, arrivals: Mapping[str, pd.DataFrame] | None = None
) -> tuple[Layers, list[Mistake]]:
    """Apply what can be applied of a scenario, and tell all that cannot.

    Parameters
    ----------
    layers, scenario, arrivals
        See `apply`.

    Returns
    -------
    Layers
        Without the changes that are mistaken.
    list of Mistake
    """
    mistakes = _before(layers, scenario)
    after = replace(layers)
    if scenario.year is not None and not mistakes:
        after = _in_year(after, scenario.year)
    for key, step in _steps(scenario):
        try:
            after = step(after)
        except Refused as refused:
            mistakes.append(_mistake(key, refused))
    if arrivals:
        after = _with_arrivals(after, arrivals)
    for key, step in _streets(scenario):
        try:
            after = step(after)
        except Refused as refused:
            mistakes.append(_mistake(key, refused))
    return after, mistakes


def dwellings_change(layers: Layers, scenario: Scenario) -> pd.DataFrame:
    """Tell how many dwellings of each tenure a scenario adds to each zone.

    Parameters
    ----------
    layers, scenario
        See `apply`.

    Returns
    -------
    DataFrame
        Zones × tenures: built less taken down, with changes of tenure, also of cells of a grid
        that nobody lived in. NaN where dwellings of an
        unknown tenure are taken down and the zone's tenures are hidden.

    Raises
    ------
    ScenarioError
        Where they cannot be built or taken down.
    """
    total, mistakes = housing._no_change(layers), []
    for key, step in _housing(scenario):
        try:
            layers, change = step(layers)
        except Refused as refused:
            mistakes.append(_mistake(key, refused))
        else:
            total = total.reindex(change.index, fill_value=0.0) + change
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return total


def _mistake(key: Key, refused: Refused) -> Mistake:
    """Say where a change was refused."""
    inner = () if refused.key is None else (refused.key,)
    return Mistake((*key, *inner), refused.what, refused.cure)


def _before(layers: Layers, scenario: Scenario) -> list[Mistake]:
    """Find what is wrong before anything is changed."""
    latest, mistakes = layers.latest, []
    if scenario.year is not None and latest is not None and scenario.year < latest:
        mistakes.append(
            Mistake(
                ("year",),
                f"{scenario.year} is before {latest}, the last year of what it changes.",
                f"Give {latest} or a later year.",
            )
        )
    year = scenario.year or latest
    for number, new in enumerate(scenario.add_dwellings):
        if new.year is not None and year is not None and new.year > year:
            mistakes.append(
                Mistake(
                    ("add_dwellings", number, "year"),
                    f"They are built in {new.year}, and the scenario is of {year}.",
                    "Give the scenario a later year, or leave them to a later scenario.",
                )
            )
    return mistakes


def _in_year(layers: Layers, year: int) -> Layers:
    """Give the layers with their last year once more, under the year of a scenario."""
    latest = layers.latest
    given = dict(layers.given)
    if latest in given:
        given[year] = given[latest]
    return replace(layers, zones={**layers.zones, year: layers.zones[latest]}, given=given)


def _housing(scenario: Scenario) -> list[tuple[Key, Callable[[Layers], Built]]]:
    """Give the changes of dwellings in their order."""
    changes: dict[str, Callable[[Layers, Any], Built]] = {
        "demolish": housing.demolish,
        "change_tenure": housing.change_tenure,
        "add_dwellings": housing.add,
    }
    return [
        ((name, number), _with(change, item))
        for name, change in changes.items()
        for number, item in enumerate(getattr(scenario, name))
    ]


def _steps(scenario: Scenario) -> list[Step]:
    """Give the changes of services, dwellings and people in their order."""
    changes: dict[str, Callable[[Layers, Any], Layers]] = {
        "add_service": services.add,
        "change_service": services.change,
        "move_service": services.move,
        "concentrate": services.concentrate,
        "share_site": services.share_site,
        "close_service": services.close,
    }
    steps: list[Step] = _each(scenario, changes)
    steps += [(key, _without_account(change)) for key, change in _housing(scenario)]
    if scenario.limit or scenario.limit_table is not None:
        name = "limit" if scenario.limit else "limit_table"
        steps.append(((name,), _with(_limited, scenario)))
    if scenario.projection is not None:
        steps.append((("projection",), _with(people.project, scenario.projection)))
    if scenario.growth:
        steps.append((("growth",), _with(people.grow, scenario.growth)))
    return steps


def _streets(scenario: Scenario) -> list[Step]:
    """Give the changes of streets in their order."""
    steps: list[Step] = [
        (("speed",), _with(network.speed, pace)) for pace in scenario.speed.items()
    ]
    return steps + _each(scenario, {"add_street": network.add, "close_street": network.close})


def _each(
    scenario: Scenario, changes: Mapping[str, Callable[[Layers, Any], Layers]]
) -> list[Step]:
    """Give the changes that the items of lists make."""
    return [
        ((name, number), _with(change, item))
        for name, change in changes.items()
        for number, item in enumerate(getattr(scenario, name))
    ]


def _with(change: Callable[[Layers, Any], T], item: object) -> Callable[[Layers], T]:
    """Give a change of the layers with what it is about."""
    return lambda layers: change(layers, item)


def _without_account(change: Callable[[Layers], Built]) -> Callable[[Layers], Layers]:
    """Give a change of dwellings without what it tells of tenures."""
    return lambda layers: change(layers)[0]


def _limited(layers: Layers, scenario: Scenario) -> Layers:
    """Refuse more than the limits allow; the layers stay as they are."""
    built = pd.Series(0.0, index=layers.zones[layers.latest].index)
    for new in scenario.add_dwellings:
        try:
            parts = housing._parts(layers, new)
        except Refused:
            continue
        built = built.add(parts.groupby("zone")["amount"].sum(), fill_value=0.0)
    housing.within_limits(layers, scenario, built)
    return layers


def _with_arrivals(layers: Layers, arrivals: Mapping[str, pd.DataFrame]) -> Layers:
    """Add those who move in and out."""
    zones = layers.zones[layers.latest].index
    for name, frame in arrivals.items():
        if name != people.POPULATION and name not in layers.attributes(layers.latest):
            raise ValueError(f"arrivals are of {name!r}, and there is no such attribute")
        if name in ("housing", "rental", housing.TENURE):
            raise ValueError(f"arrivals are of {name!r}, which changes with the dwellings")
        if not frame.index.isin(zones).all():
            odd = frame.index[~frame.index.isin(zones)][0]
            raise ValueError(f"arrivals are to the zone {odd!r}, which is not there")
    groups = {name: frame for name, frame in arrivals.items() if name != people.POPULATION}
    total = arrivals.get(people.POPULATION)
    exact = None if total is None else total.sum(axis=1).reindex(zones, fill_value=0.0)
    try:
        return people.changed(layers, groups, exact)
    except Refused as refused:
        raise ValueError(str(refused)) from None
