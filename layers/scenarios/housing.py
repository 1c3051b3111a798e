"""Dwellings that are built, taken down or held otherwise, and what it changes by tenure.

The attribute ``tenure`` is the stock by tenure: a new dwelling is one more of its tenure, as if
it held a household. The housing stock and the rental dwellings change with it, where the study
has them.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point

from ..load import Layers
from ._cells import with_cells
from ._places import areas, drawn, known_zone, outside, over_zones, overlap, zone_of
from ._refused import Refused, there_is_no
from .models import ChangeTenure, Demolish, Ground, NewDwellings, Scenario

TENURE = "tenure"
"""The attribute that tells dwellings apart by how they are held."""

_EPS = 1e-9


def add(layers: Layers, new: NewDwellings) -> tuple[Layers, pd.DataFrame]:
    """Build dwellings.

    Parameters
    ----------
    layers
        The layers.
    new
        Where, how many, of which tenure and type.

    Returns
    -------
    Layers
        With one building more for each zone (or drawn place) that gets some, and with the cells
        of a grid inside the border in which nobody lived.
    DataFrame
        Zones × tenures: the change.
    """
    for key, given, wanted in (
        ("tenure", new.tenure, TENURE in layers.groups),
        ("type", new.type, layers.housing is not None),
    ):
        if wanted and given is None:
            names = layers.groups[TENURE if key == "tenure" else "housing"]
            raise Refused(f"{key} is missing.", f"Give one of: {', '.join(names)}.", key)
    layers = _with_room(layers, new)
    change = _no_change(layers)
    _known_type(layers, new.type)
    parts = _parts(layers, new)
    by_zone = parts.groupby("zone")["amount"].sum()
    if new.tenure is not None:
        _known_tenure(layers, new.tenure, "tenure")
        change.loc[by_zone.index, new.tenure] += by_zone
    if layers.housing is not None:
        buildings = _buildings(layers.housing, parts, new)
        stock = gpd.GeoDataFrame(pd.concat([layers.housing, buildings]), crs=layers.housing.crs)
        by_type = pd.DataFrame({new.type: by_zone})
        layers = replace(_counted(layers, "housing", by_type), housing=stock)
    if new.landlord is not None:
        known = _known_landlord(layers, new.landlord)
        rented = gpd.GeoDataFrame(
            {"building": "", "landlord": known, "dwellings": parts["amount"].to_numpy()},
            index=_numbered(layers.rental, len(parts)),
            geometry=parts.geometry.to_numpy(),
            crs=parts.crs,
        )
        rental = gpd.GeoDataFrame(pd.concat([layers.rental, rented]), crs=parts.crs)
        layers = replace(_counted(layers, "rental", pd.DataFrame({known: by_zone})), rental=rental)
    return _held(layers, change), change


def demolish(layers: Layers, gone: Demolish) -> tuple[Layers, pd.DataFrame]:
    """Take dwellings down.

    Parameters
    ----------
    layers
        The layers.
    gone
        Where, how many, and of which tenure and type.

    Returns
    -------
    Layers
    DataFrame
        Zones × tenures: the change, below 0.

    Notes
    -----
    With a housing stock they are taken from the buildings of the zone, or in the area, in
    proportion to their dwellings; at a point from the nearest of its zone first. Without one they
    are taken from the households of the zones, in proportion to them and, in an area, to the share
    of the zone that lies in it. Where no tenure is told, all tenures lose in proportion; if there
    are fewer households than dwellings, some dwellings are empty, and so many fewer households go.
    Rental dwellings go in proportion where neither tenure nor landlord is told, and those of the
    landlord where one is told.
    """
    _known_type(layers, gone.type)
    if gone.tenure is not None:
        _known_tenure(layers, gone.tenure, "tenure")
    change = _no_change(layers)
    if layers.housing is not None:
        stood = layers.housing["dwellings"].groupby(_zones_of(layers, layers.housing)).sum()
        layers, taken = _torn_down(layers, gone)
    elif TENURE in layers.groups:
        stood, taken = None, _from_households(layers, gone)
    else:
        raise Refused(
            "Nobody knows which dwellings stand: the study has neither [layers.housing] nor the "
            "attribute tenure.",
            "Add one of them.",
        )
    if gone.tenure is not None:
        change.loc[taken.index, gone.tenure] -= taken
    elif TENURE in layers.groups:
        held = layers.counts(TENURE, layers.latest).loc[taken.index]
        homes = held.sum(axis=1, skipna=False)
        lived = 1.0 if stood is None else (homes / stood[taken.index]).clip(upper=1.0)
        share = held.div(homes.where(homes > 0), axis=0).mask(homes == 0, 0.0)
        change.loc[taken.index] -= share.mul(taken * lived, axis=0)
    layers = _fewer_rented(layers, gone, taken, stood)
    return _held(layers, change), change


def change_tenure(layers: Layers, plan: ChangeTenure) -> tuple[Layers, pd.DataFrame]:
    """Let dwellings be held otherwise.

    In an area they are taken in proportion to the dwellings of the former tenure and to the share
    of the zone that lies in it. The layer of rental dwellings, which knows landlords and no
    tenures, stays as it is.

    Parameters
    ----------
    layers
        The layers.
    plan
        Where, how many, from which tenure to which.

    Returns
    -------
    Layers
    DataFrame
        Zones × tenures: the change, which adds up to 0 in each zone.
    """
    _known_tenure(layers, plan.from_, "from")
    _known_tenure(layers, plan.to, "to")
    held = layers.counts(TENURE, layers.latest)[plan.from_]
    if plan.zone is not None:
        there = held[[known_zone(layers, plan.zone)]]
    else:
        assert plan.area is not None
        inside = overlap(layers, plan.area, "area")
        there = held[inside.index] * inside
    taken = _in_proportion(there, plan.dwellings, f"of the tenure {plan.from_!r} ")
    change = _no_change(layers)
    change.loc[taken.index, plan.from_] -= taken
    change.loc[taken.index, plan.to] += taken
    return _held(layers, change), change


def within_limits(layers: Layers, scenario: Scenario, built: pd.Series) -> None:
    """Refuse more new dwellings in a zone than its limit.

    Parameters
    ----------
    layers
        The layers.
    scenario
        What has the limits.
    built
        New dwellings by zone.
    """
    most = limits(layers, scenario)
    over = built.reindex(most.index, fill_value=0.0) - most
    if (over > 1e-6).any():
        zone = over.idxmax()
        raise Refused(
            f"{built[zone]:g} new dwellings are in the zone {zone!r}, whose limit is "
            f"{most[zone]:g}.",
            "Build fewer there, or raise the limit.",
        )


def limits(layers: Layers, scenario: Scenario) -> pd.Series:
    """Give the most new dwellings by zone, of the zones that have a limit.

    Parameters
    ----------
    layers
        The layers, with the table of limits read, see `read_plans`.
    scenario
        What has the limits: ``limit`` goes before ``limit_table``.

    Returns
    -------
    Series
        By zone.
    """
    told: dict[str, float] = {}
    if scenario.limit_table is not None:
        table = layers.plans[f"limits {scenario.limit_table.model_dump_json()}"]
        told |= dict(zip(table["zone"], table["dwellings"], strict=True))
    told |= scenario.limit
    for zone in told:
        known_zone(layers, zone, None)
    return pd.Series(told, dtype="float64").rename_axis("zone")


def _no_change(layers: Layers) -> pd.DataFrame:
    """Give a change of nothing, zones × tenures; without tenures, of no column."""
    zones = layers.zones[layers.latest].index
    return pd.DataFrame(0.0, index=zones, columns=layers.groups.get(TENURE, []))


def _known_tenure(layers: Layers, tenure: str, key: str) -> None:
    if tenure not in layers.groups.get(TENURE, []):
        raise there_is_no(
            "group of the attribute tenure", tenure, layers.groups.get(TENURE, []), key
        )


def _known_type(layers: Layers, kind: str | None) -> None:
    known = layers.groups.get("housing", [])
    if kind is not None and kind not in known:
        if layers.housing is None:
            what = "A type of building is told, and the study has no [layers.housing]."
            raise Refused(what, "Leave type out.", "type")
        raise there_is_no("type of building", kind, known, "type")


def _known_landlord(layers: Layers, landlord: str) -> str:
    if layers.rental is None:
        what = "A landlord is told, and the study has no [layers.rental]."
        raise Refused(what, "Leave landlord out.", "landlord")
    if landlord not in layers.groups["rental"]:
        raise there_is_no("landlord", landlord, layers.groups["rental"], "landlord")
    return landlord


def _with_room(layers: Layers, new: NewDwellings) -> Layers:
    """Add the cells of a grid that are built on and that nobody lives in yet."""
    if new.at is not None:
        crs = layers.zones[layers.latest].crs
        return with_cells(layers, gpd.GeoSeries([Point(new.at)], crs=crs))
    return (
        layers
        if new.area is None
        else with_cells(layers, drawn(layers, new.area, "area").geometry)
    )


def _parts(layers: Layers, new: NewDwellings) -> gpd.GeoDataFrame:
    """Give the points where dwellings are built: ``zone`` and ``amount``."""
    if new.area is not None:
        return over_zones(layers, new.area, new.dwellings, "area")
    zones = layers.zones[layers.latest]
    if new.at is not None:
        points = gpd.GeoSeries([Point(new.at)], crs=zones.crs)
        zone = zone_of(layers, points).iloc[0]
        if pd.isna(zone):
            raise outside(layers, new.at, "at")
    else:
        assert new.zone is not None
        zone = known_zone(layers, new.zone)
        points = gpd.GeoSeries([zones.geometry[zone].representative_point()], crs=zones.crs)
    amount = float(new.dwellings)
    return gpd.GeoDataFrame({"zone": [zone], "amount": [amount]}, geometry=points, crs=zones.crs)


def _buildings(
    stock: gpd.GeoDataFrame, parts: gpd.GeoDataFrame, new: NewDwellings
) -> gpd.GeoDataFrame:
    """Give the new buildings, one a part."""
    area = np.nan if new.floor_area is None else new.floor_area
    return gpd.GeoDataFrame(
        {
            "type": new.type,
            "year": float("nan" if new.year is None else new.year),
            "floor_area": area * parts["amount"].to_numpy(),
            "dwellings": parts["amount"].to_numpy(),
        },
        index=_numbered(stock, len(parts)),
        geometry=parts.geometry.to_numpy(),
        crs=parts.crs,
    )


def _numbered(frame: gpd.GeoDataFrame | None, number: int) -> pd.Index:
    """Give ids for new rows, none of which is there."""
    taken = set() if frame is None else set(frame.index)
    names: list[str] = []
    at = 0
    while len(names) < number:
        at += 1
        if f"new-{at}" not in taken:
            names.append(f"new-{at}")
    return pd.Index(names, dtype=object, name=None if frame is None else frame.index.name)


def _zones_of(layers: Layers, frame: gpd.GeoDataFrame) -> pd.Series:
    return zone_of(layers, frame.geometry).rename("zone")


def _standing(layers: Layers, ground: Ground, frame: gpd.GeoDataFrame) -> pd.Series:
    """Give the rows of a layer of places that stand on a ground, and the zone of each."""
    zones = _zones_of(layers, frame)
    if ground.area is not None:
        shape = areas(layers, ground.area, "area").geometry.union_all()
        return zones[zones.notna() & frame.geometry.intersects(shape)]
    return zones[zones == _zone(layers, ground)]


def _zone(layers: Layers, ground: Ground) -> str:
    """Give the zone of a ground that is a zone or a point."""
    if ground.zone is not None:
        return known_zone(layers, ground.zone)
    assert ground.at is not None
    crs = layers.zones[layers.latest].crs
    zone = zone_of(layers, gpd.GeoSeries([Point(ground.at)], crs=crs)).iloc[0]
    if pd.isna(zone):
        raise outside(layers, ground.at, "at")
    return zone


def _torn_down(layers: Layers, gone: Demolish) -> tuple[Layers, pd.Series]:
    """Take dwellings from the housing stock, and tell how many from each zone."""
    stock = layers.housing
    assert stock is not None
    zone = _standing(layers, gone, stock)
    if gone.type is not None:
        zone = zone[stock.loc[zone.index, "type"] == gone.type]
    there = stock.loc[zone.index, "dwellings"].fillna(0.0)
    what = "" if gone.type is None else f"of the type {gone.type!r} "
    if gone.at is None:
        taken = _in_proportion(there, gone.dwellings, what)
    else:
        _enough(there.sum(), gone.dwellings, what)
        near = stock.geometry[zone.index].distance(Point(gone.at)).sort_values(kind="stable").index
        before = there[near].cumsum() - there[near]
        taken = (gone.dwellings - before).clip(lower=0.0)
        taken = taken.where(taken < there[near], there[near])
    left = (there[taken.index] - taken).clip(lower=0.0)
    stock = stock.copy()
    share = (left / there[taken.index]).fillna(1.0)
    stock.loc[taken.index, "floor_area"] *= share
    stock.loc[taken.index, "dwellings"] = left.where(taken > 0, stock["dwellings"][taken.index])
    ends = taken.index[(taken > 0) & (left <= _EPS)]
    by_type = -_by_zone(taken, zone, stock["type"])
    layers = replace(_counted(layers, "housing", by_type), housing=stock.drop(index=ends))
    by_zone = taken.groupby(zone[taken.index]).sum()
    return layers, by_zone[by_zone > 0]


def _from_households(layers: Layers, gone: Demolish) -> pd.Series:
    """Take dwellings from the households of the zones, where there is no housing stock."""
    held = layers.counts(TENURE, layers.latest)
    known = held.sum(axis=1, skipna=False) if gone.tenure is None else held[gone.tenure]
    if gone.area is not None:
        inside = overlap(layers, gone.area, "area")
        there = known[inside.index] * inside
    else:
        there = known[[_zone(layers, gone)]]
    what = "" if gone.tenure is None else f"of the tenure {gone.tenure!r} "
    return _in_proportion(there, gone.dwellings, what)


def _in_proportion(there: pd.Series, number: float, what: str) -> pd.Series:
    """Take a number from what stands, in proportion."""
    if there.isna().any():
        raise Refused(
            f"How many dwellings {what}stand in {there.index[there.isna()][0]!r} is not known: "
            "the counts are missing or hidden.",
            "Take a larger zone or area, whose counts are known.",
        )
    total = float(there.sum())
    _enough(total, number, what)
    there = there[there > 0]
    return there if number >= total else there * (number / total)


def _enough(total: float, number: float, what: str) -> None:
    if number > total * (1 + _EPS):
        raise Refused(
            f"{number:g} dwellings {what}are to go, and {total:g} stand there.",
            "Name fewer, or a larger area.",
            "dwellings",
        )


def _fewer_rented(
    layers: Layers, gone: Demolish, taken: pd.Series, stood: pd.Series | None
) -> Layers:
    """Take rental dwellings down with the others."""
    if gone.landlord is not None:
        _known_landlord(layers, gone.landlord)
    rental = layers.rental
    if rental is None or (gone.landlord is None and gone.tenure is not None):
        return layers
    zone = _standing(layers, gone, rental) if gone.landlord else _zones_of(layers, rental)
    there = rental.loc[zone.index, "dwellings"].fillna(0.0)
    if gone.landlord is not None:
        there = there[rental.loc[there.index, "landlord"] == gone.landlord]
        less = _in_proportion(there, gone.dwellings, f"of the landlord {gone.landlord!r} ")
    elif stood is not None:
        rate = (taken / stood.reindex(taken.index)).reindex(zone.to_numpy()).fillna(0.0)
        less = there * rate.to_numpy()
        less = less[less > 0]
    else:
        return layers
    rental = rental.copy()
    rental.loc[less.index, "dwellings"] -= less
    by = -_by_zone(less, zone, rental["landlord"])
    return replace(_counted(layers, "rental", by), rental=rental)


def _by_zone(amounts: pd.Series, zone: pd.Series, group: pd.Series) -> pd.DataFrame:
    """Add amounts up, zones × groups."""
    of = pd.DataFrame({"zone": zone, "group": group}).reindex(amounts.index)
    return pd.crosstab(of["zone"], of["group"], amounts, aggfunc="sum").fillna(0.0)


def _counted(layers: Layers, name: str, change: pd.DataFrame) -> Layers:
    """Add a change, zones × groups, to the counts of an attribute in the last year."""
    if change.empty:
        return layers
    zones = layers.zones[layers.latest].copy()
    for group in change:
        column = f"{name}.{group}"
        more = change[group].reindex(zones.index, fill_value=0.0)
        zones[column] = (zones[column] + more).where(more != 0, zones[column]).clip(lower=0.0)
    return replace(layers, zones={**layers.zones, layers.latest: zones})


def _held(layers: Layers, change: pd.DataFrame) -> Layers:
    """Add a change of dwellings to the counts by tenure, none of which falls below 0."""
    if not len(change.columns):
        return layers
    held = layers.counts(TENURE, layers.latest)
    short = held + change < -1e-6
    if short.any(axis=None):
        zone = change.index[short.any(axis=1)][0]
        tenure = change.columns[short.loc[zone]][0]
        raise Refused(
            f"{-change.loc[zone, tenure]:g} dwellings of the tenure {tenure!r} are to go in the "
            f"zone {zone!r}, and {held.loc[zone, tenure]:g} stand there.",
            "Name fewer, or another tenure.",
            "dwellings",
        )
    return _counted(layers, TENURE, change.loc[:, (change != 0).any()])
