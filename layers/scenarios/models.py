"""What a scenario can say: its keys in a study file, or in a file of its own."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    PrivateAttr,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ..mapping import File, Table

Mode = Literal["walk", "bicycle"]
Point = Annotated[tuple[float, float], Strict(False)]


class Drawn(File):
    """Points, areas or lines that a planner drew."""

    @model_validator(mode="before")
    @classmethod
    def _path(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> Any:
        """Tell editors that the path of a file alone is enough."""
        return {"anyOf": [{"type": "string"}, handler(core)]}

    @property
    def key(self) -> str:
        """What tells it from other layers, and from other parts of the same one."""
        return self.model_dump_json(exclude_defaults=True)


def _one_of(table: Table, keys: Sequence[str]) -> None:
    """Refuse a place that is told in no way, or in two."""
    told = [key for key in keys if getattr(table, key) is not None]
    if len(told) != 1:
        found = f"{' and '.join(told)} are there" if told else "none is there"
        raise ValueError(f"tell where with one of {', '.join(keys)}; {found}")


class Spot(Table):
    """A place, told in one of three ways."""

    at: Point | None = Field(None, description="Easting and northing in the study's system")
    zone: str | None = Field(None, description="Id of a zone: a point inside it")
    layer: Drawn | None = Field(
        None, description="A layer with one point or area: its path, or { path = …, where = … }"
    )


class NewService(Spot):
    """A service that opens."""

    id: str | None = Field(None, description="Its id; new-1, new-2 … unless told")
    kind: str = Field(min_length=1, description="Its kind")
    name: str = Field(description="Its name")
    capacity: float | None = Field(None, ge=0, description="Its places")
    meant_for: str = Field(
        "", description="The group that it is for, as attribute.group; for all unless told"
    )

    @model_validator(mode="after")
    def _placed(self) -> NewService:
        _one_of(self, ("at", "zone", "layer"))
        return self


class MoveService(Spot):
    """A service that moves."""

    id: str = Field(description="Its id")

    @model_validator(mode="after")
    def _placed(self) -> MoveService:
        _one_of(self, ("at", "zone", "layer"))
        return self


class ChangeService(Table):
    """A service that is enlarged, or becomes another one where it is."""

    id: str = Field(description="Its id")
    capacity: float | None = Field(None, ge=0, description="Its places from then on")
    kind: str | None = Field(None, min_length=1, description="Its kind from then on")
    meant_for: str | None = Field(
        None, description="The group that it is for, as attribute.group; '' for all"
    )

    @model_validator(mode="after")
    def _something(self) -> ChangeService:
        if self.capacity is None and self.kind is None and self.meant_for is None:
            raise ValueError("nothing changes; give capacity, kind or meant_for")
        return self


class Concentrate(Table):
    """What a group is offered, in some services only."""

    kind: str = Field(description="Kind of the services")
    meant_for: str = Field(description="The group, as attribute.group")
    at: list[str] = Field(min_length=1, description="Ids of the services that go on offering it")
    places: float | None = Field(
        None, gt=0, description="Places for the group, taken from the services that are for all"
    )


class ShareSite(Spot):
    """Services that come under one roof."""

    ids: list[str] = Field(min_length=2, description="Their ids; the site is that of the first")

    @model_validator(mode="after")
    def _placed(self) -> ShareSite:
        if any(value is not None for value in (self.at, self.zone, self.layer)):
            _one_of(self, ("at", "zone", "layer"))
        return self


class Ground(Table):
    """Where dwellings are built or taken down."""

    at: Point | None = Field(None, description="Easting and northing in the study's system")
    zone: str | None = Field(None, description="Id of a zone")
    area: Drawn | None = Field(
        None, description="A layer of areas or points: its path, or { path = …, where = … }"
    )

    @model_validator(mode="after")
    def _placed(self) -> Ground:
        _one_of(self, ("at", "zone", "area"))
        return self


class NewDwellings(Ground):
    """Dwellings that are built."""

    dwellings: float | str = Field(
        description="How many; of an area also the column that tells it of each of its rows"
    )
    tenure: str | None = Field(
        None, description="Group of the attribute tenure; needed where the study has it"
    )
    type: str | None = Field(
        None, description="Type of building; needed where the study has [layers.housing]"
    )
    landlord: str | None = Field(
        None, description="Whose they are in [layers.rental], where they are rented"
    )
    year: int | None = Field(None, ge=1000, le=9999, description="Year of construction")
    floor_area: float | None = Field(None, gt=0, description="Floor area of a dwelling in m²")

    @field_validator("dwellings", mode="before")
    @classmethod
    def _number_or_column(cls, value: Any) -> Any:
        if isinstance(value, str) and value:
            return value
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise ValueError("give a number above 0, or of an area the name of a column")
        return value

    @model_validator(mode="after")
    def _column_of_area(self) -> NewDwellings:
        if isinstance(self.dwellings, str) and self.area is None:
            raise ValueError("dwellings names a column, and only the rows of an area have columns")
        return self


class Demolish(Ground):
    """Dwellings that are taken down."""

    dwellings: float = Field(gt=0, description="How many")
    tenure: str | None = Field(
        None, description="Group of the attribute tenure; in proportion to all unless told"
    )
    type: str | None = Field(None, description="Type of building; all types unless told")
    landlord: str | None = Field(None, description="Whose they are in [layers.rental]")


class ChangeTenure(Table):
    """Dwellings that stay and are held otherwise."""

    zone: str | None = Field(None, description="Id of a zone")
    area: Drawn | None = Field(
        None, description="A layer of areas: its path, or { path = …, where = … }"
    )
    from_: str = Field(alias="from", description="Group of the attribute tenure before")
    to: str = Field(description="Group of the attribute tenure after")
    dwellings: float = Field(gt=0, description="How many")

    @model_validator(mode="after")
    def _placed(self) -> ChangeTenure:
        _one_of(self, ("zone", "area"))
        if self.from_ == self.to:
            raise ValueError("from and to are the same")
        return self


class LimitTable(File):
    """A table of the most dwellings that may be built by zone."""

    zone: str = Field("zone", description="Column with the id of the zone")
    dwellings: str = Field("dwellings", description="Column with the most new dwellings")


class Projection(File):
    """A table of people to come, one row a zone and group."""

    zone: str = Field("zone", description="Column with the id of the zone")
    attribute: str = Field("attribute", description="Column with the attribute, or population")
    group: str = Field("group", description="Column with the group; empty for population")
    people: str = Field("people", description="Column with the number")


class NewStreet(Table):
    """A street or path that opens."""

    line: list[Point] | None = Field(
        None, min_length=2, description="Its points, [[easting, northing], …]"
    )
    layer: Drawn | None = Field(
        None, description="A layer of lines: its path, or { path = …, where = … }"
    )
    level: int = Field(
        0,
        ge=-9,
        le=9,
        description="0 on the ground; a bridge (1) or tunnel (-1) joins at its ends",
    )
    mode: Mode | None = Field(None, description="Who may go there; all unless told")

    @model_validator(mode="after")
    def _placed(self) -> NewStreet:
        _one_of(self, ("line", "layer"))
        return self


class CloseStreet(Table):
    """A street that closes."""

    at: Point | None = Field(None, description="A point: the stretch nearest to it closes")
    area: Drawn | None = Field(
        None, description="A layer of areas, in which all streets close: path, or { path = … }"
    )
    mode: Mode | None = Field(None, description="Who may not go there; all unless told")

    @model_validator(mode="after")
    def _placed(self) -> CloseStreet:
        _one_of(self, ("at", "area"))
        return self


class Scenario(Table):
    """What a plan would change."""

    name: str = Field(min_length=1, max_length=100, description="Its name")
    year: int | None = Field(
        None, ge=1000, le=9999, description="When; the last year of the zones unless told"
    )
    based_on: str | None = Field(None, description="Name of the scenario that it goes on from")
    add_service: list[NewService] = Field([], description="Services that open")
    close_service: list[str] = Field([], description="Ids of services that close")
    move_service: list[MoveService] = Field([], description="Services that move")
    change_service: list[ChangeService] = Field(
        [], description="Services that are enlarged or become others"
    )
    concentrate: list[Concentrate] = Field(
        [], description="What a group is offered, in some services only"
    )
    share_site: list[ShareSite] = Field([], description="Services that come under one roof")
    demolish: list[Demolish] = Field([], description="Dwellings that are taken down")
    change_tenure: list[ChangeTenure] = Field([], description="Dwellings that are held otherwise")
    add_dwellings: list[NewDwellings] = Field([], description="Dwellings that are built")
    limit: dict[str, float] = Field(
        {}, description="The most new dwellings by zone: { 4711 = 40 }"
    )
    limit_table: LimitTable | None = Field(None, description="The same from a table")
    projection: Projection | None = Field(None, description="Table of people by zone and group")
    growth: dict[str, float] = Field(
        {}, description="By how much groups grow everywhere: { 'age.age_0_6' = 1.1 }"
    )
    add_street: list[NewStreet] = Field([], description="Streets and paths that open")
    close_street: list[CloseStreet] = Field([], description="Streets and paths that close")
    speed: dict[Mode, float] = Field({}, description="Speeds in km/h: { walk = 4.0 }")

    _source: Any = PrivateAttr(None)
    """Where it was read: file, its text, and the key of the scenario in it."""

    @field_validator("limit", "growth", "speed")
    @classmethod
    def _not_negative(cls, value: dict[str, float], told: ValidationInfo) -> dict[str, float]:
        for name, number in value.items():
            if number < 0 or (number == 0 and told.field_name == "speed"):
                raise ValueError(f"{name} = {number:g} is too low")
        return value

    def files(self) -> list[File]:
        """Give the files that it names."""
        return [value for value in _inside(self) if isinstance(value, File)]

    def below(self, folder: str) -> Scenario:
        """Give the same scenario, with the paths of its files below a folder."""
        return _below(self, folder)


def _inside(value: Any) -> list[Any]:
    """Give the tables of a table, and those in them."""
    if isinstance(value, list):
        return [part for item in value for part in _inside(item)]
    if not isinstance(value, Table):
        return []
    return [
        value,
        *(p for name in type(value).model_fields for p in _inside(getattr(value, name))),
    ]


def _below(value: Any, folder: str) -> Any:
    """Set a folder before the paths of all files."""
    if isinstance(value, list):
        return [_below(item, folder) for item in value]
    if not isinstance(value, Table):
        return value
    told = {name: _below(getattr(value, name), folder) for name in value.model_fields_set}
    if isinstance(value, File):
        told["path"] = os.path.join(folder, value.path)
    return value.model_copy(update=told)


def disagreements(scenarios: Sequence[Scenario]) -> list[tuple[int, str, str]]:
    """Find what is wrong between scenarios: names, and what is based on what.

    Parameters
    ----------
    scenarios
        All of them.

    Returns
    -------
    list
        For each mistake: the number of the scenario, the key, and what is wrong.
    """
    out, names = [], [scenario.name for scenario in scenarios]
    years = {scenario.name: scenario.year for scenario in scenarios}
    base = {scenario.name: scenario.based_on for scenario in scenarios}
    for number, scenario in enumerate(scenarios):
        name, on = scenario.name, scenario.based_on
        if name == "baseline" or name in names[:number]:
            out.append(
                (number, "name", "scenarios need names of their own, other than 'baseline'")
            )
        if on is None:
            continue
        if on not in names:
            close = difflib.get_close_matches(on, names, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            there = ", ".join(other for other in names if other != name) or "none"
            out.append(
                (number, "based_on", f"there is no scenario {on!r}.{hint} Others are: {there}")
            )
            continue
        way: list[str] = [name]
        step: str | None = on
        while step is not None and step in base and step not in way:
            way.append(step)
            step = base[step]
        if step == name:
            circle = " → ".join([*way, name])
            out.append((number, "based_on", f"it goes round in a circle: {circle}"))
        earlier = [year for other in way[1:] if (year := years.get(other)) is not None]
        if scenario.year is not None and earlier and earlier[0] > scenario.year:
            what = f"{on!r} is of {earlier[0]}, after {scenario.year}"
            out.append((number, "year", f"{what}; a scenario goes on from an earlier one"))
    return out


def ordered(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Set each scenario behind the one that it goes on from.

    Parameters
    ----------
    scenarios
        All of them, without `disagreements`.

    Returns
    -------
    list

    Raises
    ------
    ValueError
        Where they disagree.

    Examples
    --------
    >>> later, sooner = Scenario(name="2035", based_on="2030"), Scenario(name="2030")
    >>> [scenario.name for scenario in ordered([later, sooner])]
    ['2030', '2035']
    """
    for number, key, what in disagreements(scenarios):
        raise ValueError(f"{key} of the scenario {scenarios[number].name!r}: {what}")
    done: list[Scenario] = []
    while len(done) < len(scenarios):
        ready = {None, *(scenario.name for scenario in done)}
        done += [s for s in scenarios if s.based_on in ready and s not in done]
    return done
