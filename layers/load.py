"""All layers of a study at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from ..geo.network import Network
from . import osm, times, ways
from .checks import Checks
from .disclosure import coarse
from .mapping import Attribute, LayersTable, Variable
from .places import background, dwellings_by_zone, homes, housing, rental, services
from .provenance import Provenance, sha256
from .zones import zones


@dataclass(frozen=True)
class Layers:
    """What is known of a municipality, in one coordinate system.

    Attributes
    ----------
    zones
        The zones of each year (None where the study names none), see `kvarter.layers.zones`.
    groups
        The groups of each attribute, in order.
    universe
        What each attribute counts.
    services, housing, rental
        See `kvarter.layers.places`; None where the study has none.
    background
        What is drawn: ``border``, ``water``, ``network``.
    checks, accounting
        The tables of what was found and of what was left out.
    provenance
        Where each layer comes from.
    networks
        The street network for each way of moving that was asked for.
    homes
        Where people live; None where the study has no such layer.
    given
        The travel times that the study was given, see `travel_times`.
    plans
        What the files hold that scenarios name, see `kvarter.layers.scenarios.read_plans`.
    """

    zones: dict[int | None, gpd.GeoDataFrame]
    groups: dict[str, list[str]]
    universe: dict[str, str]
    services: gpd.GeoDataFrame | None
    housing: gpd.GeoDataFrame | None
    rental: gpd.GeoDataFrame | None
    background: dict[str, gpd.GeoDataFrame]
    checks: pd.DataFrame
    accounting: pd.DataFrame
    provenance: tuple[Provenance, ...]
    networks: dict[str, Network] = field(default_factory=dict)
    homes: gpd.GeoDataFrame | None = None
    given: times.Tables = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)

    @property
    def latest(self) -> int | None:
        """The last of the years."""
        return list(self.zones)[-1]

    @property
    def dwellings(self) -> list[str]:
        """Name the attributes that are made of the housing stock and the rental dwellings."""
        return [name for name in ("housing", "rental") if getattr(self, name) is not None]

    def origins(self, year: int | None) -> gpd.GeoSeries:
        """Give the point of each zone of a year from which its people leave."""
        return ways.origins(self.zones[year], ways.lived(self.homes, self.housing))

    def travel_times(self, year: int | None) -> dict[str, pd.DataFrame]:
        """Give the travel times that the study was given, for the zones of a year.

        By way of going: the cost table. A service that a scenario opens is not in it.
        """
        return self.given.get(year, {})

    def counts(self, attribute: str, year: int | None) -> pd.DataFrame:
        """Give the counts of an attribute in a year, zones × groups."""
        frame = self.zones[year][[f"{attribute}.{group}" for group in self.groups[attribute]]]
        return pd.DataFrame(frame).set_axis(self.groups[attribute], axis=1)

    def attributes(self, year: int | None) -> list[str]:
        """Name the attributes that are known of a year."""
        columns = self.zones[year].columns
        return [name for name, groups in self.groups.items() if f"{name}.{groups[0]}" in columns]


def load(
    table: LayersTable,
    attributes: dict[str, Attribute],
    variables: dict[str, Variable],
    crs: str,
    folder: Path,
    *,
    regions: str | None = None,
    modes: Collection[str] = (),
    min_count: int = 10,
    progress: Callable[[str], object] = lambda step: None,
) -> Layers:
    """Read and check the layers of a study.

    Parameters
    ----------
    table
        The study's ``[layers]``.
    attributes, variables
        The study's attributes and variables.
    crs
        The study's coordinate system, projected and in metres.
    folder
        The folder that the paths count from.
    regions
        The column of the zones that names regions.
    modes
        The ways of moving along streets, ``"walk"`` and ``"bicycle"``, that are measured. Those
        of which travel times are given go along no street.
    min_count
        The fewest people that a published figure may be about: means over homes take their people
        in steps of it.
    progress
        Is told the name of each layer before it is read.

    Returns
    -------
    Layers

    Raises
    ------
    LayerError, ColumnError
        With the file, what was found and what to do.

    Notes
    -----
    The housing stock and the rental dwellings become attributes of the zones in the last year:
    ``housing`` (dwellings by type of building) and ``rental`` (rental dwellings by landlord).
    """
    checks = Checks()
    provenance: list[Provenance] = []

    def origin(
        layer: str, path: Path, spec: object, year: int | None, rows: int, *more: Path
    ) -> None:
        steps = [s for s in checks.account if (s["layer"], s["year"]) == (layer, year)]
        before = next((s["before"] for s in steps if s["what"] == "rows"), rows)
        source, licence, date = (getattr(spec, key) for key in ("source", "licence", "date"))
        name, digest = times.named([Path(path.name), *more]), sha256(path, *more)
        provenance.append(
            Provenance(layer, year, name, source, licence, date, digest, int(before), rows, crs)
        )

    by_year: dict[int | None, gpd.GeoDataFrame] = {}
    for year, file in table.zones.files().items():
        progress("zones" if year is None else f"zones {year}")
        path = folder / file
        frame = zones(
            path, table.zones, attributes, variables, crs, checks, year=year, regions=regions
        )
        by_year[year] = frame
        origin("zones", path, table.zones, year, len(frame))
    last = list(by_year)[-1]
    now = by_year[last]
    groups = {name: attribute.names() for name, attribute in attributes.items()}
    universe: dict[str, str] = {name: a.universe for name, a in attributes.items()}

    places: dict[str, gpd.GeoDataFrame | None] = dict.fromkeys(
        ("services", "housing", "rental", "homes")
    )
    if table.services:
        progress("services")
        path = folder / table.services.path
        known = [f"{name}.{group}" for name, inner in groups.items() for group in inner]
        places["services"] = services(path, table.services, crs, checks, now, known)
    if table.housing:
        progress("housing")
        path = folder / table.housing.path
        places["housing"] = housing(path, table.housing, crs, checks, now)
    if table.rental:
        progress("rental")
        path = folder / table.rental.path
        places["rental"] = rental(path, table.rental, crs, checks, now, places["housing"])
    if table.homes:
        progress("homes")
        places["homes"] = homes(folder / table.homes.path, table.homes, crs, checks, now)
    for name, by in (("housing", "type"), ("rental", "landlord")):
        frame = places[name]
        if frame is None:
            continue
        counts = dwellings_by_zone(frame, now, by)
        groups[name], universe[name] = list(counts.columns), "dwellings"
        extra = counts.add_prefix(f"{name}.")
        now = gpd.GeoDataFrame(
            pd.concat([now.drop(columns="geometry"), extra], axis=1).assign(geometry=now.geometry),
            crs=now.crs,
        )
    by_year[last] = now

    drawn: dict[str, gpd.GeoDataFrame] = {}
    for name in ("border", "water", "network"):
        spec = getattr(table, name)
        if spec:
            progress(name)
            path = folder / spec.path
            if spec.is_extract and name == "network":
                drawn[name] = osm.main_streets(path, crs)
            else:
                drawn[name] = background(path, spec, crs, checks, name)
    for name, frame in {**places, **drawn}.items():
        if frame is not None:
            spec = getattr(table, name)
            origin(name, folder / spec.path, spec, None, len(frame))
    given: times.Tables = {}
    lived, at = ways.lived(places["homes"], places["housing"]), places["services"]
    if table.travel_times and at is not None:
        progress("travel times")
        asked = table.travel_times
        paths = [folder / file for file in asked.files()]
        if asked.to is None:
            given = times.of_pairs(paths, asked, by_year, at, checks)
        else:
            weighed = (lived[0], coarse(lived[1], min_count)) if lived else None
            given = times.to_one_service(paths[0], asked, crs, by_year, at, weighed, checks)
        times.check(given, by_year, at, checks)
        steps = [step["after"] for step in checks.account if step["layer"] == times.LAYER]
        rows = int(steps[-1]) if steps else max(len(costs) for costs in given[last].values())
        origin(times.LAYER, paths[0], asked, None, rows, *paths[1:])
        modes = [mode for mode in modes if mode not in asked.modes]
    made: dict[str, Network] = {}
    if table.network and modes:
        progress("the ways along the streets")
        path = folder / table.network.path
        made = ways.networks(path, drawn["network"], table.network, modes, checks)
        leave = ways.origins(now, lived)
        points = None if at is None else at.geometry
        ways.unconnected(made, leave, now["population"], points, checks)
    return Layers(
        by_year,
        groups,
        universe,
        places["services"],
        places["housing"],
        places["rental"],
        drawn,
        checks.frame(),
        checks.accounting(),
        tuple(provenance),
        made,
        places["homes"],
        given,
    )
