"""People to come: projections, growth, and those who move in or out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pandas as pd

from ..load import Layers
from ._refused import Refused, there_is_no
from .models import Projection

POPULATION = "population"

_AGREE = 0.01
"""By how much two attributes of a projection may differ in the number of all inhabitants."""


def project(layers: Layers, table: Projection) -> Layers:
    """Set the counts that a projection tells.

    Parameters
    ----------
    layers
        The layers, with the table read, see `read_plans`.
    table
        The projection: one row a zone and group.

    Returns
    -------
    Layers
        Counts that the table does not tell stay as they are. The population of each zone is that
        of rows whose attribute is ``population``; without any it changes as an attribute does
        that counts all inhabitants, the first of the study's.
    """
    rows = layers.plans[f"projection {table.model_dump_json()}"]
    zones = layers.zones[layers.latest].index
    for zone in rows.loc[~rows["zone"].isin(zones), "zone"].head(1):
        raise there_is_no("zone", zone, zones)
    named = [name for name in dict.fromkeys(rows["attribute"]) if name != POPULATION]
    changes: dict[str, pd.DataFrame] = {}
    whole = []
    for name in named:
        if name not in _of_people(layers):
            raise there_is_no("attribute", name, [*_of_people(layers), POPULATION], "attribute")
        own = rows[rows["attribute"] == name]
        for group in own.loc[~own["group"].isin(layers.groups[name]), "group"].head(1):
            raise there_is_no(f"group of {name}", group, layers.groups[name], "group")
        old = layers.counts(name, layers.latest)
        wide = own.pivot_table(index="zone", columns="group", values="people")
        wide = wide.reindex(index=old.index, columns=old.columns)
        whole += [name] if _of_all(layers, name) else []
        # A count that was hidden and is told now is set, and so is no change of anything.
        changes[name] = (wide - old.fillna(0.0)).fillna(0.0)
        layers = _known_now(layers, name, wide)
    people = rows[rows["attribute"] == POPULATION].set_index("zone")["people"]
    told = people.reindex(zones)
    before = layers.zones[layers.latest][POPULATION]
    exact = (told - before.fillna(0.0)).where(told.notna()) if len(people) else None
    return changed(layers, changes, exact, whole)


def grow(layers: Layers, growth: Mapping[str, float]) -> Layers:
    """Let groups grow by a factor, in all zones alike.

    Parameters
    ----------
    layers
        The layers.
    growth
        ``attribute.group`` and the factor. The population changes as an attribute does that
        counts all inhabitants.

    Returns
    -------
    Layers
    """
    known = [f"{a}.{g}" for a in _of_people(layers) for g in layers.groups[a]]
    changes: dict[str, pd.DataFrame] = {}
    for name, factor in growth.items():
        if name not in known:
            raise there_is_no("group", name, known, name)
        attribute, _dot, group = name.partition(".")
        old = layers.counts(attribute, layers.latest)
        change = changes.setdefault(attribute, old * 0.0)
        change[group] = old[group] * (factor - 1.0)
    return changed(layers, changes)


def changed(
    layers: Layers,
    changes: Mapping[str, pd.DataFrame],
    population: pd.Series | None = None,
    of_all: Collection[str] | None = None,
) -> Layers:
    """Add changes to the counts of the last year.

    Parameters
    ----------
    layers
        The layers.
    changes
        By attribute: zones × groups, what is added. A count that would fall below 0 becomes 0,
        and one that is unknown stays so.
    population
        What is added to the population, NaN where it follows from the changes; without it the
        population changes as the first attribute does that counts all inhabitants.
    of_all
        Which of the attributes do; it is seen from the counts unless told.

    Returns
    -------
    Layers

    Raises
    ------
    Refused
        Where two such attributes do not agree on the number of all inhabitants.
    """
    zones = layers.zones[layers.latest].copy()
    whole = [name for name in changes if _of_all(layers, name)] if of_all is None else of_all
    added: dict[str, pd.Series] = {}
    for name, change in changes.items():
        columns = [f"{name}.{group}" for group in layers.groups[name]]
        old = layers.counts(name, layers.latest)
        new = (old + change.reindex(index=old.index, columns=old.columns).fillna(0.0)).clip(
            lower=0
        )
        zones[columns] = new.to_numpy()
        if name in whole:
            # Where all groups are told now that were hidden, they are the population.
            total = new.sum(axis=1, skipna=False)
            step = (new - old).sum(axis=1)
            added[name] = (total - zones[POPULATION]).fillna(step)
    if population is None and len(added) > 1:
        totals = {name: float(series.sum()) for name, series in added.items()}
        (first, one), *others = totals.items()
        for name, other in others:
            if abs(one - other) > _AGREE * max(abs(one), abs(other), 1.0):
                raise Refused(
                    f"{first!r} and {name!r} both count all inhabitants, and change their number "
                    f"by {one:g} and {other:g}.",
                    "Let them agree, or change one of them only.",
                )
    follows = next(iter(added.values()), pd.Series(0.0, index=zones.index))
    people = follows if population is None else population.fillna(follows)
    zones[POPULATION] = (zones[POPULATION] + people).clip(lower=0.0)
    return replace(layers, zones={**layers.zones, layers.latest: zones})


def _of_people(layers: Layers) -> list[str]:
    """Name the attributes that are not made of buildings, which change by themselves."""
    return [name for name in layers.attributes(layers.latest) if name not in layers.dwellings]


def _of_all(layers: Layers, name: str) -> bool:
    """Tell whether an attribute counts all inhabitants of every zone where both are known."""
    if layers.universe[name] != "persons":
        return False
    people = layers.zones[layers.latest][POPULATION]
    total = layers.counts(name, layers.latest).sum(axis=1, skipna=False)
    known = people.notna() & total.notna()
    return bool(known.any() and ((people - total)[known].abs() <= 1e-6).all())


def _known_now(layers: Layers, name: str, wide: pd.DataFrame) -> Layers:
    """Let counts that were unknown, and that a projection tells, begin at 0."""
    zones = layers.zones[layers.latest]
    unknown = layers.counts(name, layers.latest).isna() & wide.notna()
    if not unknown.any(axis=None):
        return layers
    zones = zones.copy()
    for group in wide:
        column = f"{name}.{group}"
        zones[column] = zones[column].mask(unknown[group], 0.0)
    return replace(layers, zones={**layers.zones, layers.latest: zones})
