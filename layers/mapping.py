"""How a file's columns become layers and attributes: what a study declares about its data.

These models are the ``[layers.*]``, ``[attributes.*]`` and ``[variables.*]`` tables of a study
file. Every field's description is what an editor shows for the key.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, field_validator, model_validator

Universe = Literal["persons", "households", "dwellings"]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w-]+$")]
"""A name that a study gives: letters, digits, ``_`` and ``-`` of any language."""

Tag = Annotated[str, Field(pattern=r"^[^=\s]+=[^=]+$")]
"""A tag of OpenStreetMap: ``amenity=library``."""

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
"""Characters that XML cannot hold, and so neither a figure."""


class Table(BaseModel):
    """A table of the study file: an unknown key in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    @field_validator("*")
    @classmethod
    def _writable(cls, value: Any) -> Any:
        if any(re.search(CONTROL, text) for text in _texts(value)):
            raise ValueError("holds a control character, which no page can show")
        return value


def _texts(value: object) -> Iterator[str]:
    """Give the texts of a value, its keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in [*value, *(value.values() if isinstance(value, dict) else ())]:
            yield from _texts(part)


class Layer(Table):
    """What every layer can say about its file."""

    layer: str | None = Field(None, description="Layer of a file that holds several")
    crs: str | None = Field(None, description="Coordinate system, where the file has none")
    encoding: str | None = Field(None, description="Text encoding of a CSV or Shapefile")
    where: dict[str, str | int | float | list[str | int | float]] = Field(
        {}, description="Keep the rows whose column has this value, or one of these"
    )
    missing: list[int | float | str] = Field(
        [], description="The publisher's codes for missing and hidden values"
    )
    x: str | None = Field(None, description="Column of eastings (or longitudes), for a table")
    y: str | None = Field(None, description="Column of northings (or latitudes), for a table")
    source: str = Field("", description="Who published the data, and its name")
    licence: str = Field("", description="Under which licence")
    date: str = Field("", description="When it was published or fetched")

    @field_validator("crs")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            CRS(value) if value is not None else None
        except CRSError:
            raise ValueError(
                'is no coordinate system that PROJ knows; one is named "EPSG:3067"'
            ) from None
        return value

    @field_validator("encoding")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        try:
            codecs.lookup(value or "utf-8")
        except LookupError:
            raise ValueError('is no text encoding; most often "utf-8" or "cp1252"') from None
        return value


class File(Layer):
    """A layer that is one file."""

    path: str = Field(description="The file, relative to the study file")

    @property
    def is_extract(self) -> bool:
        """Whether the file is an extract of OpenStreetMap."""
        return self.path.lower().endswith(".pbf")

    def refuse_columns(self) -> None:
        """Refuse keys that an extract of OpenStreetMap leaves nothing to say of."""
        kept = {"path", "osm", "source", "licence", "date"}
        if self.is_extract and (odd := sorted(self.model_fields_set - kept)):
            raise ValueError(
                "an extract of OpenStreetMap tells of each place and street what it is; leave out "
                + " and ".join(odd)
            )


class ZonesLayer(Layer):
    """The socio-economic grid, or areas: one row a zone, counts of groups in columns."""

    path: str | dict[str, str] = Field(
        description="The file, or one for each year: { 2016 = 'a.gpkg', 2024 = 'b.gpkg' }"
    )
    id: str | None = Field(None, description="Column that tells the zones apart")
    name: str | None = Field(None, description="Column with the zones' names")
    cell: str | None = Field(
        None, description="Column of grid-cell codes, for a table without geometry"
    )
    cell_size: float = Field(250, gt=0, description="Side of a cell whose code does not tell it")
    population: str | None = Field(None, description="Column with the number of inhabitants")
    year: int | None = Field(
        None, ge=1000, le=9999, description="The year that the figures are about"
    )
    bbox: Annotated[tuple[float, float, float, float], Strict(False)] | None = Field(
        None,
        description="Keep the zones of which a point inside lies in this rectangle, in the "
        "study's metres: [west, south, east, north]",
    )

    @field_validator("bbox", mode="before")
    @classmethod
    def _four(cls, value: Any) -> Any:
        numbers = isinstance(value, list | tuple) and all(
            isinstance(part, int | float) and math.isfinite(part) for part in value
        )
        if value is not None and (not numbers or len(value) != 4):
            raise ValueError("give four numbers in the study's metres: [west, south, east, north]")
        return value

    @model_validator(mode="after")
    def _years(self) -> ZonesLayer:
        if self.bbox and not (self.bbox[0] < self.bbox[2] and self.bbox[1] < self.bbox[3]):
            raise ValueError("bbox is [west, south, east, north], so west < east, south < north")
        if isinstance(self.path, dict):
            if not self.path:
                raise ValueError("path names no file")
            for year in self.path:
                if not re.fullmatch("[1-9][0-9]{3}", year):
                    raise ValueError(f"{year!r} is not a year")
        return self

    def files(self) -> dict[int | None, str]:
        """Give each year's file, in the order of the years."""
        if isinstance(self.path, str):
            return {self.year: self.path}
        return {year: self.path[str(year)] for year in sorted(int(y) for y in self.path)}


class ServicesLayer(File):
    """Places where people are served: a file of them, or an extract of OpenStreetMap."""

    id: str | None = Field(None, description="Column that tells the services apart")
    name: str | None = Field(None, description="Column with the services' names")
    kind: str | None = Field(None, description="Column with the kind of service")
    one_kind: Name | None = Field(None, description="The kind, where all of the file are of one")
    osm: dict[Name, Tag | list[Tag]] = Field(
        {},
        description="Of an extract, the tags of each kind: { library = 'amenity=library', "
        "school = ['amenity=school', 'amenity=college'] }",
    )
    capacity: str | None = Field(None, description="Column with the number of places")
    opened: str | None = Field(None, description="Column with the opening year")
    meant_for: str | None = Field(
        None,
        description="Column with the group that a service is for, as attribute.group; empty for "
        "all",
    )

    @field_validator("osm", mode="before")
    @classmethod
    def _tags(cls, value: Any) -> Any:
        for kind, given in value.items() if isinstance(value, dict) else ():
            tags = given if isinstance(given, list) else [given]
            if not tags:
                raise ValueError(f'{kind} has no tag; give one: {kind} = "amenity=library"')
            for tag in tags:
                if not isinstance(tag, str) or not re.match(r"[^=\s]+=[^=]+$", tag):
                    raise ValueError(
                        f'{tag!r} of {kind} is no tag; give one as "amenity=library", or several '
                        'as ["amenity=school", "amenity=college"]'
                    )
        return value

    @model_validator(mode="after")
    def _kind(self) -> ServicesLayer:
        self.refuse_columns()
        if self.is_extract != bool(self.osm):
            raise ValueError(
                "of an extract of OpenStreetMap name the tags by kind: "
                'osm = { library = "amenity=library" }'
                if self.is_extract
                else "osm is for an extract of OpenStreetMap, a file that ends in .osm.pbf"
            )
        if self.osm:
            return self
        if (self.kind is None) == (self.one_kind is None):
            raise ValueError("give either kind (a column) or one_kind (the kind of them all)")
        return self


class HousingLayer(File):
    """The housing stock: buildings as points or outlines."""

    id: str | None = Field(None, description="Column that tells the buildings apart")
    type: str = Field(description="Column with the type of building")
    year: str | None = Field(None, description="Column with the year of construction")
    floor_area: str | None = Field(None, description="Column with the floor area in m²")
    dwellings: str = Field(description="Column with the number of dwellings")


class RentalLayer(File):
    """Rental dwellings by landlord."""

    building: str | None = Field(None, description="Column with the id of the building")
    landlord: str = Field(description="Column with the kind of landlord")
    dwellings: str = Field(description="Column with the number of rental dwellings")


class NetworkLayer(File):
    """Streets and paths: lines, or an extract of OpenStreetMap."""

    rank: str | None = Field(None, description="Column with the class of street")
    walk: str | None = Field(None, description="Column that tells whether one may walk there")
    bicycle: str | None = Field(
        None, description="Column that tells whether one may cycle there; as walk unless told"
    )
    oneway: str | None = Field(
        None, description="Column of one-way streets for bicycles: 1 along the line, -1 against it"
    )
    level: str | None = Field(
        None, description="Column of bridges (1 or true) and tunnels (-1); 0 on the ground"
    )
    stairs: str | None = Field(None, description="Column that is true for stairs")

    @model_validator(mode="after")
    def _extract(self) -> NetworkLayer:
        self.refuse_columns()
        return self


class HomesLayer(File):
    """Where people live: buildings, or cells finer than the zones."""

    people: str = Field(description="Column with the number of people")


class TravelTimes(Layer):
    """Travel times that others have computed: of pairs, or from places to one service."""

    path: str | list[str] = Field(
        min_length=1, description="The file, or a list of files of pairs, relative to the study"
    )
    modes: dict[Name, str] = Field(
        min_length=1, description="Way of going = column of its times: { transit = 'pt_r_t' }"
    )
    unit: Literal["minutes", "metres"] = Field("minutes", description="What the columns hold")
    origin: str = Field("from_id", description="Of pairs, the column that names the zone")
    destination: str = Field("to_id", description="Of pairs, the column that names the service")
    to: str | None = Field(
        None, description="Of places, the id of the one service that the times lead to"
    )

    @model_validator(mode="after")
    def _shape(self) -> TravelTimes:
        of_places = {"layer", "crs", "encoding", "where", "missing", "x", "y"}
        other = of_places if self.to is None else {"origin", "destination"}
        if odd := sorted(other & self.model_fields_set):
            instead = "name the service in to" if self.to is None else "leave out to"
            shape = "pairs has no places" if self.to is None else "places has no pairs"
            raise ValueError(f"a file of {shape}; leave out {' and '.join(odd)}, or {instead}")
        if self.to is not None and not isinstance(self.path, str):
            raise ValueError("with to, path is one file")
        if "straight_line" in self.modes:
            raise ValueError(
                "'straight_line' is what a straight line is called; name it otherwise"
            )
        return self

    def files(self) -> list[str]:
        """Give the files."""
        return [self.path] if isinstance(self.path, str) else self.path


class LayersTable(Table):
    """The layers of a study."""

    zones: ZonesLayer
    services: ServicesLayer | None = None
    housing: HousingLayer | None = None
    rental: RentalLayer | None = None
    network: NetworkLayer | None = None
    homes: HomesLayer | None = None
    travel_times: TravelTimes | None = None
    border: File | None = None
    water: File | None = None

    @model_validator(mode="after")
    def _to_services(self) -> LayersTable:
        if self.travel_times and not self.services:
            raise ValueError("[layers.travel_times] lead to services; add [layers.services]")
        return self


class Attribute(Table):
    """One way the people, households or dwellings of a zone divide into groups."""

    universe: Universe = Field(description="What is counted: persons, households or dwellings")
    ordered: bool = Field(False, description="Whether the groups have an order, as incomes do")
    groups: dict[Name, str] = Field(min_length=1, description="Group = column of counts, in order")
    total: str | None = Field(None, description="Column with the total that the groups add up to")
    rest: Name | None = Field(
        None, description="Name for the group of those in the total and in no other group"
    )

    @model_validator(mode="after")
    def _rest(self) -> Attribute:
        if self.rest is not None and self.total is None:
            raise ValueError("rest needs total: it is the total less the groups")
        if self.rest in self.groups:
            raise ValueError(f"rest = {self.rest!r} is the name of a group already")
        return self

    def names(self) -> list[str]:
        """Give the groups' names in order, the rest last."""
        return [*self.groups, *([self.rest] if self.rest else [])]


class Variable(Table):
    """A figure of a zone that is no count, such as a median income."""

    column: str = Field(description="Column with the figure")
    unit: str = Field("", description="Its unit")
