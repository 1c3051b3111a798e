"""How a file's columns become layers and attributes: what a study declares about its data.

These models are the ``[layers.*]``, ``[attributes.*]`` and ``[variables.*]`` tables of a study
file. Every field's description is what an editor shows for the key.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Universe = Literal["persons", "households", "dwellings"]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w-]+$")]
"""A name that a study gives: letters, digits, ``_`` and ``-`` of any language."""


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

    @model_validator(mode="after")
    def _years(self) -> ZonesLayer:
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
    """Places where people are served."""

    id: str | None = Field(None, description="Column that tells the services apart")
    name: str | None = Field(None, description="Column with the services' names")
    kind: str | None = Field(None, description="Column with the kind of service")
    one_kind: Name | None = Field(None, description="The kind, where all of the file are of one")
    capacity: str | None = Field(None, description="Column with the number of places")
    opened: str | None = Field(None, description="Column with the opening year")

    @model_validator(mode="after")
    def _kind(self) -> ServicesLayer:
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
    """Streets and paths as lines."""

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


class LayersTable(Table):
    """The layers of a study."""

    zones: ZonesLayer
    services: ServicesLayer | None = None
    housing: HousingLayer | None = None
    rental: RentalLayer | None = None
    network: NetworkLayer | None = None
    border: File | None = None
    water: File | None = None


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
