"""Travel times that others have computed, brought to the study's zones and services."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..geo import homes, matrices, travel
from .checks import Checks, first
from .errors import ColumnError, LayerError
from .mapping import TravelTimes
from .read import LEFT_OUT, numbers, read, require, require_file

LAYER = "travel_times"
NEAR = 500.0
"""How far a home may lie from the point whose times it takes, in metres."""

_OF_PLACES = (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".gml", ".kml", ".tab")
"""Files that hold places and no pairs."""

Tables = dict[int | None, dict[str, pd.DataFrame]]
"""The cost table of each way of going, by year."""

_CURE = "Correct the file, or what [layers.travel_times] says of it."


def of_pairs(
    paths: list[Path],
    spec: TravelTimes,
    zones: Mapping[int | None, gpd.GeoDataFrame],
    services: gpd.GeoDataFrame,
    checks: Checks,
) -> Tables:
    """Read the travel times between zones and services.

    Parameters
    ----------
    paths
        The files of pairs, see `kvarter.geo.matrices.read`.
    spec
        What the study declares about them.
    zones
        The zones of each year.
    services
        The services.
    checks
        Collects what was found.

    Returns
    -------
    dict
        By year and mode: the cost table of the zones of that year and the services.

    Raises
    ------
    LayerError, ColumnError
        Where a file is not there or damaged, lacks a column, holds what is no cost, a pair twice,
        or no pair of the study.
    """
    for path in paths:
        require_file(path)
        if path.is_dir():
            what = "It is a folder."
            raise LayerError(path, what, 'Name the files in it: path = ["a.txt", "b.txt"].')
        if path.suffix.lower() in _OF_PLACES:
            what = "It holds places, and times of pairs come in CSV or Parquet."
            cure = "Name the service that its times lead to: to = … in [layers.travel_times]."
            raise LayerError(path, what, cure)
    every = pd.Index(np.unique(np.concatenate([frame.index for frame in zones.values()])))
    options = {"origin": spec.origin, "destination": spec.destination, "unit": spec.unit}
    try:
        given = matrices.read(paths, every, services.index, modes=spec.modes, **options)
    except matrices.AbsentColumn as error:
        path = next(p for p in paths if p.name == error.where)
        close = difflib.get_close_matches(error.name, error.columns, n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise ColumnError(
            path,
            f"There is no column {error.name!r}, which [layers.travel_times] names.",
            f"{hint}The columns are: {', '.join(error.columns)}.",
            table="layers.travel_times",
            found=error.name,
        ) from None
    except ValueError as error:
        raise LayerError(named(paths), _what(error), _CURE) from None
    unused = max(table.attrs["left_out"] for table in given.values())
    example = named([Path(path.name) for path in paths])
    checks.found(LAYER, "time_unused", unused, example, "left out")
    return {
        year: {
            mode: travel.select(table, frame.index, services.index)
            for mode, table in given.items()
        }
        for year, frame in zones.items()
    }


def to_one_service(
    path: Path,
    spec: TravelTimes,
    crs: str,
    zones: Mapping[int | None, gpd.GeoDataFrame],
    services: gpd.GeoDataFrame,
    lived: tuple[gpd.GeoSeries, pd.Series] | None,
    checks: Checks,
) -> Tables:
    """Read the travel times from places of their own to one service.

    Parameters
    ----------
    path
        A file of areas or points with a column of times for each way of going.
    spec, zones, services, checks
        See `of_pairs`.
    crs
        The study's coordinate system, in metres.
    lived
        The homes, as points, and how much each counts; without them each place of the file is a
        home, and all count alike.

    Returns
    -------
    dict
        See `of_pairs`. A home has the time of the area that it lies in, or of the nearest point
        within `NEAR`. The time of a zone is the mean over its homes, and there is one where half
        of them or more have one, see `kvarter.geo.homes.average`.

    Raises
    ------
    LayerError, ColumnError
        Where the service is not there, a value is no cost, or no home lies in a place; and see
        `kvarter.layers.read.read`.
    """
    service = str(spec.to)
    if service not in services.index:
        close = difflib.get_close_matches(service, [str(name) for name in services.index], n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise ColumnError(
            "",
            f"There is no service with the id {service!r}.",
            f"{hint}Ids are those of the column that id in [layers.services] names.",
            table="layers.travel_times.to",
            found=service,
        )
    raw = read(path, spec, crs, checks, LAYER)
    require(raw, spec.modes.values(), path, "modes in [layers.travel_times]")
    usable = raw[raw[LEFT_OUT] == ""]
    checks.step(LAYER, None, "rows", len(raw), len(usable), "")
    twin = usable.geometry.to_wkb().duplicated()
    if twin.any():
        rule, example = "geometry_duplicate", f"row {first(usable.index[twin])}"
        checks.found(LAYER, rule, twin.sum(), example, "the first is kept")
        checks.step(LAYER, None, "rows", len(usable), int((~twin).sum()), rule)
        usable = usable[~twin]
    rows = pd.Series(usable.index, index=usable.index)
    frame = pd.DataFrame({"from_id": usable.index, "to_id": service})
    for column in dict.fromkeys(spec.modes.values()):
        found = numbers(usable[column], spec, path, checks, LAYER, rows)
        frame[column] = found.to_numpy()
    target = pd.Index([service])
    try:
        by_place = matrices.from_frame(
            frame, usable.index, target, modes=spec.modes, unit=spec.unit
        )
    except ValueError as error:
        raise LayerError(path, _what(error), _CURE) from None

    places = usable.geometry
    if lived is None:
        point = places.where(places.geom_type == "Point", places.representative_point())
        weight = pd.Series(1.0, index=point.index)
        place_of = pd.Series(point.index, index=point.index)
    else:
        point, weight = lived
        place_of = _places_of(point, places)
    if place_of.isna().all():
        raise LayerError(
            path,
            "No home lies in any of its places.",
            "Is it of the same municipality, and is its coordinate system right?",
        )
    out: Tables = {}
    for year, areas in zones.items():
        zone_of = homes.zone_of(point, areas.geometry)
        out[year] = {}
        for mode, table in by_place.items():
            time = pd.Series(table["cost"].to_numpy(), index=table["zone"].astype(object))
            cost = place_of.map(time).to_numpy(dtype=float)
            known = np.flatnonzero(~np.isnan(cost))
            one = travel.table(
                known, np.zeros(len(known), int), cost[known], point.index, target, spec.unit
            )
            mean = homes.average(one, zone_of, weight, areas.index)
            out[year][mode] = travel.select(mean, areas.index, services.index)
    return out


def _what(error: ValueError) -> str:
    return f"No travel times can be made of it: {error}."


def _places_of(points: gpd.GeoSeries, places: gpd.GeoSeries) -> pd.Series:
    """Give the area that each point lies in, or the nearest point; missing where there is none."""
    if (places.geom_type == "Point").all():
        point, place = places.sindex.nearest(points, return_all=False, max_distance=NEAR)
    else:
        point, place = places.sindex.query(points, predicate="intersects")
        order = np.lexsort((place, point))
        point, place = point[order], place[order]
        first_one = np.diff(point, prepend=-1) != 0
        point, place = point[first_one], place[first_one]
    return pd.Series(places.index[place], index=points.index[point]).reindex(points.index)


def check(
    tables: Tables,
    zones: Mapping[int | None, gpd.GeoDataFrame],
    services: gpd.GeoDataFrame,
    checks: Checks,
) -> None:
    """Look for zones with people, and services, that have no travel time.

    Parameters
    ----------
    tables
        The cost tables.
    zones, services, checks
        See `of_pairs`.
    """
    for year, by_mode in tables.items():
        lived = zones[year].index[zones[year]["population"].fillna(0) > 0]
        for mode, table in by_mode.items():
            of = mode if year is None else f"{mode}, {year}"
            for rule, names, known in (
                ("zone_time_missing", lived, table["zone"]),
                ("service_time_missing", services.index, table["service"]),
            ):
                none = names[~names.isin(known.unique())]
                checks.found(LAYER, rule, len(none), f"{first(none)} ({of})", "out of reach")


def named(paths: list[Path]) -> str:
    """Name the files of a layer in a few words."""
    return str(paths[0]) + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
