"""Services that open, close, move, change, are concentrated or share a site."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from ..load import Layers
from ._places import point_of
from ._refused import Refused, there_is_no
from .models import ChangeService, Concentrate, MoveService, NewService, ShareSite


def add(layers: Layers, new: NewService) -> Layers:
    """Open a service.

    Parameters
    ----------
    layers
        The layers.
    new
        What it is and where. Without an id it is the next of ``new-1``, ``new-2`` ….

    Returns
    -------
    Layers
    """
    frame = _services(layers)
    number = 1 + sum(str(name).startswith("new-") for name in frame.index)
    while f"new-{number}" in frame.index:
        number += 1
    name = f"new-{number}" if new.id is None else new.id
    if name in frame.index:
        raise Refused(f"There is a service {name!r} already.", "Give it another id.", "id")
    row = {
        "kind": new.kind,
        "name": new.name,
        "capacity": float("nan") if new.capacity is None else new.capacity,
        "opened": float("nan"),
        "meant_for": _group(layers, new.meant_for),
    }
    return replace(layers, services=_with(frame, name, row, point_of(layers, new)))


def close(layers: Layers, name: str) -> Layers:
    """Close a service; its places are gone."""
    return replace(layers, services=_services(layers).drop(index=_known(layers, name, None)))


def move(layers: Layers, moved: MoveService) -> Layers:
    """Move a service, with its places."""
    return _moved(layers, [_known(layers, moved.id)], point_of(layers, moved))


def change(layers: Layers, changed: ChangeService) -> Layers:
    """Enlarge a service, or let it be of another kind or for another group."""
    frame, name = _services(layers).copy(), _known(layers, changed.id)
    if changed.capacity is not None:
        frame.loc[name, "capacity"] = changed.capacity
    if changed.kind is not None:
        frame.loc[name, "kind"] = changed.kind
    if changed.meant_for is not None:
        frame.loc[name, "meant_for"] = _group(layers, changed.meant_for)
    return replace(layers, services=frame)


def concentrate(layers: Layers, plan: Concentrate) -> Layers:
    """Offer a group what it needs in some services only.

    Parameters
    ----------
    layers
        The layers.
    plan
        The kind, the group and the services.

    Returns
    -------
    Layers
        Other services of the kind for the group are closed. Their places go to those named, in
        proportion to the places that these have (evenly where they are not known). A named
        service that is for all gets a part of its own for the group, at the same site, under the
        id ``ID:attribute.group``; it stays for all beside it. With ``places``, so many places for
        the group are taken from the services that are for all, in proportion to their places.

    Notes
    -----
    The sum of the known places stays what it was. Services that are for all stay open to the
    group: where a teaching is only offered in some schools, let it be a kind of its own.
    """
    group = _group(layers, plan.meant_for)
    frame = _services(layers)
    kind = frame.index[frame["kind"] == plan.kind]
    if not len(kind):
        raise there_is_no("kind of service", plan.kind, sorted(set(frame["kind"])), "kind")
    named = [_known(layers, name, "at") for name in plan.at]
    if len(set(named)) < len(named):
        raise Refused("at names a service twice.", "Name each once.", "at")
    for name in named:
        if name not in kind:
            of = frame.loc[name, "kind"]
            cure = f"Name services of the kind {plan.kind!r}."
            raise Refused(f"{name!r} is of the kind {of!r}.", cure, "at")
        if frame.loc[name, "meant_for"] not in ("", group):
            cure = f"Name services for all, or for {group}."
            raise Refused(f"{name!r} is for {frame.loc[name, 'meant_for']}.", cure, "at")
    for name in named:
        if f"{name}:{group}" in named:
            what = f"at names {name!r} and the part of it that is for {group}."
            raise Refused(what, "Name one of them.", "at")
    own, general = (kind[frame.loc[kind, "meant_for"] == who] for who in (group, ""))
    ends = own.difference(named, sort=False)
    frame = frame.copy()
    freed = float(frame.loc[ends, "capacity"].sum())
    weight = frame.loc[named, "capacity"].fillna(0)
    if plan.places is not None:
        places = frame.loc[general, "capacity"].fillna(0)
        if plan.places > places.sum():
            raise Refused(
                f"{plan.places:g} places are to be the group's, and the services of the kind "
                f"{plan.kind!r} that are for all have {places.sum():g}.",
                "Give fewer places, or change the capacity of a service first.",
                "places",
            )
        frame.loc[general, "capacity"] -= places * (plan.places / places.sum())
        freed += plan.places
    elif not len(own):
        raise Refused(
            f"No service of the kind {plan.kind!r} is for {group}.",
            "Tell with places = … how many places the group gets of those that are for all.",
        )
    share = weight / weight.sum() if weight.sum() > 0 else pd.Series(1 / len(named), index=named)
    frame = frame.drop(index=ends)
    for name in named:
        gets = freed * share[name]
        if frame.loc[name, "meant_for"] == group:
            known = pd.notna(frame.loc[name, "capacity"]) or gets > 0
            total = gets + frame["capacity"].fillna(0)[name]
            frame.loc[name, "capacity"] = total if known else float("nan")
            continue
        row = frame.loc[name].drop("geometry").to_dict()
        row |= {"meant_for": group, "capacity": gets if freed > 0 else float("nan")}
        frame = _with(frame, f"{name}:{group}", row, frame.geometry[name])
    return replace(layers, services=frame)


def share_site(layers: Layers, plan: ShareSite) -> Layers:
    """Bring services under one roof: at a new place, or where the first of them is."""
    names = [_known(layers, name, "ids") for name in plan.ids]
    if plan.at is None and plan.zone is None and plan.layer is None:
        return _moved(layers, names[1:], _services(layers).geometry[names[0]])
    return _moved(layers, names, point_of(layers, plan))


def _services(layers: Layers) -> gpd.GeoDataFrame:
    """Give the services, of which there may be none."""
    if layers.services is not None:
        return layers.services
    names = ("kind", "name", "capacity", "opened", "meant_for")
    columns: dict[str, list[object]] = {name: [] for name in names}
    crs = layers.zones[layers.latest].crs
    empty = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs))
    return empty.rename_axis("id").astype({"capacity": "float64", "opened": "float64"})


def _known(layers: Layers, name: str, key: str | None = "id") -> str:
    if name not in _services(layers).index:
        raise there_is_no("service with the id", name, _services(layers).index, key)
    return name


def _group(layers: Layers, name: str) -> str:
    """Give a group that services may be for, or refuse one that is not there."""
    known = [f"{a}.{group}" for a, groups in layers.groups.items() for group in groups]
    if name and name not in known:
        raise there_is_no("group", name, known, "meant_for")
    return name


def _with(
    frame: gpd.GeoDataFrame, name: str, row: dict[str, object], at: Point
) -> gpd.GeoDataFrame:
    """Give the services with one more."""
    new = gpd.GeoDataFrame(
        {column: [value] for column, value in row.items()},
        index=pd.Index([name], name=frame.index.name, dtype=object),
        geometry=[at],
        crs=frame.crs,
    ).astype({"capacity": "float64", "opened": "float64"})
    if not len(frame):
        return new
    return gpd.GeoDataFrame(pd.concat([frame, new[list(frame.columns)]]), crs=frame.crs)


def _moved(layers: Layers, names: list[str], at: Point) -> Layers:
    """Move services. Travel times that were given led to where they were, and are left out."""
    frame = _services(layers).copy()
    frame.loc[names, "geometry"] = gpd.GeoSeries([at] * len(names), index=names, crs=frame.crs)
    given = {
        year: {mode: table[~table["service"].isin(names)] for mode, table in tables.items()}
        for year, tables in layers.given.items()
    }
    return replace(layers, services=frame, given=given)
