"""The layers of places: services, the housing stock, rental dwellings."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from . import osm
from .checks import Checks, first, not_negative
from .errors import ColumnError, LayerError
from .mapping import File, HomesLayer, HousingLayer, RentalLayer, ServicesLayer
from .read import LEFT_OUT, numbers, read, require, text
from .zones import MOST_PER_KM2

LEAST_KM2 = 0.01
"""A smaller place than this may be one house."""


def services(
    path: Path,
    spec: ServicesLayer,
    crs: str,
    checks: Checks,
    zones: gpd.GeoDataFrame,
    groups: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Read the places where people are served.

    Parameters
    ----------
    path
        The file.
    spec
        What the study declares about it.
    crs
        The study's coordinate system, in metres.
    checks
        Collects what was found and done.
    zones
        The zones, to find services outside them.
    groups
        The groups that a service may be meant for, as ``attribute.group``.

    Returns
    -------
    GeoDataFrame
        One row a service, indexed by its id as text: ``kind``, ``name``, ``capacity`` (float64,
        NaN where unknown), ``opened`` (year, NaN where unknown), ``meant_for`` (empty where it is
        for all) and ``geometry`` (points). Ids of an extract of OpenStreetMap are such as
        ``node/123``.

    Raises
    ------
    LayerError, ColumnError
        Where a service is meant for a group that is not there, and see `kvarter.layers.read.read`.
    """
    layer = "services"
    if spec.osm:
        raw = osm.places(path, spec.osm, crs, checks, layer)
        spec = spec.model_copy(update={key: key for key in ("id", "name", "kind")})
    else:
        raw = read(path, spec, crs, checks, layer)
    columns = [spec.id, spec.name, spec.kind, spec.capacity, spec.opened, spec.meant_for]
    require(raw, [column for column in columns if column], path, "[layers.services]")
    figures = partial(_numbers, raw, spec, path, checks, layer)
    kind = raw[spec.kind] if spec.kind else pd.Series(spec.one_kind, index=raw.index)
    frame = gpd.GeoDataFrame(
        {
            "id": _ids(raw, spec.id),
            "kind": text(kind),
            "name": text(raw[spec.name]) if spec.name else "",
            "capacity": _not_negative(figures(spec.capacity, whole=True), checks, layer),
            "opened": figures(spec.opened),
            "meant_for": text(raw[spec.meant_for]) if spec.meant_for else "",
        },
        geometry=raw.geometry,
        crs=raw.crs,
    )
    frame = _account(frame, raw, checks, layer)
    unknown = frame["kind"] == ""
    if unknown.any():
        checks.found(
            layer, "service_kind_missing", unknown.sum(), first(frame.index[unknown]), "left out"
        )
        checks.step(layer, None, "rows", len(frame), int((~unknown).sum()), "service_kind_missing")
        frame = frame[~unknown]
    if len(frame) == 0:
        what = f"No service is left after the checks: {checks.causes(layer)}."
        raise LayerError(path, what, "Look at its columns.")
    _distinct(frame["kind"], path, spec.kind)
    if spec.meant_for:
        _refuse_unknown(frame["meant_for"], spec.meant_for, groups, path)
    frame = frame.set_geometry(_points(frame.geometry))
    twin = frame.assign(at=frame.geometry.to_wkb())[["at", "kind"]].duplicated()
    checks.found(layer, "geometry_duplicate", twin.sum(), first(frame.index[twin]), "kept")
    if spec.capacity:
        none = frame["capacity"].isna()
        checks.found(
            layer, "service_capacity_missing", none.sum(), first(frame.index[none]), "kept"
        )
        zero = frame["capacity"] <= 0
        checks.found(layer, "service_capacity_zero", zero.sum(), first(frame.index[zero]), "kept")
    else:
        example = "the study names no column of capacity"
        checks.found(layer, "service_capacity_missing", len(frame), example, "kept")
    outside = _outside(frame.geometry, zones)
    if outside.all():
        example = first(frame.index)
        checks.found(layer, "layer_outside", len(frame), example, "kept: is it another town's?")
    checks.found(layer, "service_outside", outside.sum(), first(frame.index[outside]), "kept")
    return frame


def housing(
    path: Path, spec: HousingLayer, crs: str, checks: Checks, zones: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Read the housing stock.

    Parameters are those of `services`.

    Returns
    -------
    GeoDataFrame
        One row a building, indexed by its id as text: ``type``, ``year``, ``floor_area`` (m²),
        ``dwellings`` and ``geometry`` (points).
    """
    layer = "housing"
    raw = read(path, spec, crs, checks, layer)
    columns = [spec.id, spec.type, spec.year, spec.floor_area, spec.dwellings]
    require(raw, [column for column in columns if column], path, "[layers.housing]")
    figures = partial(_numbers, raw, spec, path, checks, layer)
    frame = gpd.GeoDataFrame(
        {
            "id": _ids(raw, spec.id),
            "type": text(raw[spec.type]).replace("", "unknown"),
            "year": figures(spec.year),
            "floor_area": figures(spec.floor_area),
            "dwellings": _not_negative(figures(spec.dwellings, whole=True), checks, layer),
        },
        geometry=raw.geometry,
        crs=raw.crs,
    )
    frame = _account(frame, raw, checks, layer)
    _distinct(frame["type"], path, spec.type)
    frame = frame.set_geometry(_points(frame.geometry))
    _outside_zones(frame, "dwellings", "building_outside", zones, path, checks, layer)
    return frame


def rental(
    path: Path,
    spec: RentalLayer,
    crs: str,
    checks: Checks,
    zones: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
) -> gpd.GeoDataFrame:
    """Read the rental dwellings by landlord.

    Parameters are those of `services`, and ``buildings``, the housing stock, against which the
    rental dwellings are checked.

    Returns
    -------
    GeoDataFrame
        One row a landlord's dwellings in a building: ``building``, ``landlord``, ``dwellings``
        and ``geometry`` (points).
    """
    layer = "rental"
    raw = read(path, spec, crs, checks, layer)
    columns = [spec.building, spec.landlord, spec.dwellings]
    require(raw, [column for column in columns if column], path, "[layers.rental]")
    figures = partial(_numbers, raw, spec, path, checks, layer)
    frame = gpd.GeoDataFrame(
        {
            "id": raw.index.astype(str),
            "building": text(raw[spec.building]) if spec.building else "",
            "landlord": text(raw[spec.landlord]).replace("", "unknown"),
            "dwellings": _not_negative(figures(spec.dwellings, whole=True), checks, layer),
        },
        geometry=raw.geometry,
        crs=raw.crs,
    )
    frame = _account(frame, raw, checks, layer)
    _distinct(frame["landlord"], path, spec.landlord)
    frame = frame.set_geometry(_points(frame.geometry))
    if buildings is not None and spec.building:
        rented = frame.groupby("building")["dwellings"].sum()
        unknown = ~frame["building"].isin(buildings.index)
        example = first(frame.loc[unknown, "building"])
        checks.found(layer, "rental_unknown_building", unknown.sum(), example, "kept")
        over = rented > buildings["dwellings"].reindex(rented.index)
        checks.found(
            layer, "rental_exceeds_building", over.sum(), first(rented.index[over]), "kept"
        )
    _outside_zones(frame, "dwellings", "building_outside", zones, path, checks, layer)
    return frame


def homes(
    path: Path, spec: HomesLayer, crs: str, checks: Checks, zones: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Read where people live.

    Parameters are those of `services`.

    Returns
    -------
    GeoDataFrame
        One row a building or cell: ``people`` (float64, NaN where unknown) and ``geometry``
        (points).
    """
    layer = "homes"
    raw = read(path, spec, crs, checks, layer)
    require(raw, [spec.people], path, "[layers.homes]")
    people = _numbers(raw, spec, path, checks, layer, spec.people)
    frame = gpd.GeoDataFrame(
        {"id": raw.index.astype(str), "people": _not_negative(people, checks, layer)},
        geometry=raw.geometry,
        crs=raw.crs,
    )
    frame = _account(frame, raw, checks, layer)
    # More people than can live there are those without an address; a house may be as dense.
    area = frame.geometry.area / 1e6
    crowd = (area >= LEAST_KM2) & (frame["people"] > MOST_PER_KM2 * area)
    if crowd.any():
        rule, example = "density_implausible", f"row {first(frame.index[crowd])}"
        checks.found(layer, rule, crowd.sum(), example, "left out: nobody can say where they live")
        checks.step(layer, None, "rows", len(frame), int((~crowd).sum()), rule)
        frame = frame[~crowd]
    frame = frame.set_geometry(_points(frame.geometry))
    unknown = frame["people"].isna()
    example = f"{spec.people}: row {first(frame.index[unknown])}"
    checks.found(layer, "value_missing", unknown.sum(), example, "no data")
    if not frame["people"].sum() > 0:
        negative = bool((people < 0).any())
        values = "below 0, 0 or empty" if negative else "0 or empty"
        what = f"Nobody lives there: column {spec.people!r} is {values} in every row."
        raise LayerError(path, what, "Name another column: people in [layers.homes].")
    _outside_zones(frame, "people", "home_outside", zones, path, checks, layer)
    return frame


def background(path: Path, spec: File, crs: str, checks: Checks, layer: str) -> gpd.GeoDataFrame:
    """Read a layer that is only drawn: the border, water, streets."""
    raw = read(path, spec, crs, checks, layer)
    keys = ("rank", "walk", "bicycle", "oneway", "level", "stairs")
    named = [getattr(spec, key, None) for key in keys]
    require(raw, [column for column in named if column], path, f"[layers.{layer}]")
    usable = raw[raw[LEFT_OUT] == ""].drop(columns=LEFT_OUT)
    checks.step(layer, None, "rows", len(raw), len(usable), "")
    return usable


def dwellings_by_zone(places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, by: str) -> pd.DataFrame:
    """Count the dwellings of each zone by type or landlord.

    Parameters
    ----------
    places
        Points with a column ``dwellings`` and the column ``by``.
    zones
        The zones.
    by
        The column that divides them: ``type`` or ``landlord``.

    Returns
    -------
    DataFrame
        Zones × groups, float64 counts of dwellings; a zone without any has 0. Groups are in
        alphabetical order. A point on a border counts once, in the first of its zones.
    """
    joined = gpd.sjoin(
        places[[by, "dwellings", "geometry"]], zones[["geometry"]], predicate="intersects"
    )
    joined = joined[~joined.index.duplicated()]
    column = zones.index.name or "index_right"
    counts = joined.pivot_table(
        index=column, columns=by, values="dwellings", aggfunc="sum", fill_value=0
    )
    return counts.reindex(zones.index, fill_value=0).astype("float64").sort_index(axis=1)


def _outside_zones(
    frame: gpd.GeoDataFrame,
    counted: str,
    rule: str,
    zones: gpd.GeoDataFrame,
    path: Path,
    checks: Checks,
    layer: str,
) -> None:
    """Write down how many dwellings or people are in no zone and so are counted in none."""
    outside = _outside(frame.geometry, zones)
    if outside.all():
        raise LayerError(
            path,
            "None of its places lies in a zone.",
            "Is it of the same municipality, and is its coordinate system right?",
        )
    example = first(frame.index[outside])
    checks.found(layer, rule, outside.sum(), example, "counted in no zone")
    known, inside = frame[counted].sum(), frame.loc[~outside, counted].sum()
    checks.step(layer, None, counted, known, inside, rule if outside.any() else "")


def _ids(raw: gpd.GeoDataFrame, column: str | None) -> pd.Series:
    """Give ids as text, the row's number where there are none."""
    if column is None:
        return pd.Series(raw.index.astype(str), index=raw.index, dtype=object)
    return text(raw[column])


def _numbers(
    raw: gpd.GeoDataFrame,
    spec: File,
    path: Path,
    checks: Checks,
    layer: str,
    column: str | None,
    *,
    whole: bool = False,
) -> pd.Series:
    """Read a column of numbers, the declared codes as NaN."""
    if column is None:
        return pd.Series(np.nan, index=raw.index)
    rows = pd.Series(raw.index, index=raw.index)
    return numbers(raw[column], spec, path, checks, layer, rows, whole=whole)


def _not_negative(numbers: pd.Series, checks: Checks, layer: str) -> pd.Series:
    """Take counts below zero for missing."""
    rows = pd.Series([f"row {number}" for number in numbers.index], index=numbers.index)
    return not_negative(numbers, rows, numbers.name, layer, checks)


def _account(
    frame: gpd.GeoDataFrame, raw: gpd.GeoDataFrame, checks: Checks, layer: str
) -> gpd.GeoDataFrame:
    """Leave out the rows that cannot be used, and write down how many that is, rule by rule."""
    steps = len(checks.account)
    rules = raw[LEFT_OUT].mask(frame["id"] == "", "id_missing")
    rules = rules.mask(frame["id"].duplicated() & (rules == ""), "id_duplicate")
    for rule in ("geometry_missing", "crs_wrong", "id_missing", "id_duplicate"):
        rows = rules[frame.index] == rule
        if rows.any():
            checks.found(layer, rule, rows.sum(), f"row {first(frame.index[rows])}", "left out")
            checks.step(layer, None, "rows", len(frame), int((~rows).sum()), rule)
            frame = frame[~rows]
    if len(checks.account) == steps:
        checks.step(layer, None, "rows", len(raw), len(frame), "")
    return frame.set_index("id")


def _distinct(names: pd.Series, path: Path, column: str | None) -> None:
    """Refuse names that differ by case alone: they are one thing, and one column of a result."""
    seen: dict[str, str] = {}
    for name in names.unique():
        other = seen.setdefault(str(name).casefold(), name)
        if other != name:
            what = f"Column {column!r} has both {other!r} and {name!r}."
            raise LayerError(path, what, "Write them alike, or name another column.")


def _refuse_unknown(meant_for: pd.Series, column: str, groups: Sequence[str], path: Path) -> None:
    """Refuse services that are meant for a group that no attribute has."""
    unknown = meant_for[(meant_for != "") & ~meant_for.isin(groups)]
    if unknown.empty:
        return
    service, name = unknown.index[0], unknown.iloc[0]
    close = difflib.get_close_matches(name, groups, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    raise ColumnError(
        path,
        f"Column {column!r}, which meant_for in [layers.services] names, says that service "
        f"{service!r} is for {name!r}, and there is no such group.",
        f"{hint}Groups are: {', '.join(groups)}. Leave empty what is for all.",
        table="layers.services.meant_for",
    )


def _points(places: gpd.GeoSeries) -> gpd.GeoSeries:
    """Give a point inside each outline; points stay as they are."""
    return places.where(places.geom_type == "Point", places.representative_point())


def _outside(points: gpd.GeoSeries, zones: gpd.GeoDataFrame) -> np.ndarray:
    """Tell which points lie in no zone."""
    hits = zones.sindex.query(points, predicate="intersects")[0]
    return ~np.isin(np.arange(len(points)), hits)
