"""The study file: what to read and what to ask."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from .layers.mapping import Attribute, LayersTable, Name, Table, Variable

Language = Literal["fi", "sv", "en"]


CORE = [
    "dissimilarity",
    "gini",
    "entropy",
    "isolation",
    "interaction",
    "information_theory",
    "multigroup_dissimilarity",
    "spatial_information_theory",
    "ordinal_information_theory",
]
"""The indices of segregation that are measured unless told."""

_LISTED = "All of them stand in docs/indices.md"

_FEWEST = 39
"""Two-sided, the smallest p-value of so many draws is 0.05."""


class StudyError(ValueError):
    """A mistake in a study file, with its place and its cure."""


class _KeyError(ValueError):
    """A mistake in one key that shows only beside others."""

    def __init__(self, message: str, *key: str | int) -> None:
        super().__init__(message)
        self.key = key


class About(Table):
    """What the study is."""

    name: str = Field(min_length=1, max_length=200, description="Its name, the report's title")
    crs: str = Field("EPSG:3067", description="Projected coordinate system, in metres")
    languages: list[Language] = Field(
        ["fi", "sv", "en"], min_length=1, description="Languages of the report, the first first"
    )
    min_count: int = Field(
        10, ge=3, description="The fewest people that a published figure may be about"
    )
    seed: int = Field(1, ge=0, description="Seed of all that is drawn at random")
    fictional: bool = Field(False, description="Made-up data: said on every page and map")

    @field_validator("languages")
    @classmethod
    def _once(cls, value: list[str]) -> list[str]:
        if len(set(value)) < len(value):
            raise ValueError("a language stands there twice")
        return value

    @field_validator("crs")
    @classmethod
    def _metres(cls, value: str) -> str:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            crs = CRS(value)
        except CRSError:
            raise ValueError(
                "is no coordinate system that PROJ knows; in Finland EPSG:3067"
            ) from None
        if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
            raise ValueError(
                "is not in metres; in Finland take EPSG:3067, or a city plan's ETRS-GK"
            )
        return value


class Access(Table):
    """How far people go for a service."""

    limit: float = Field(2000, gt=0, description="Metres, for every kind that limits leaves out")
    limits: dict[str, Annotated[float, Field(gt=0)]] = Field(
        {}, description="Metres, by kind of service"
    )
    detour: float = Field(
        1.0, ge=1, le=3, description="Metres of way for a metre of straight line"
    )


class Autocorrelation(Table):
    """How likeness between neighbours is tested."""

    permutations: int = Field(999, ge=99, le=99_999, description="Permutations of Moran's I")
    local_permutations: int = Field(
        99_999,
        ge=99,
        le=99_999,
        description="The most permutations of local Moran; 9999 are tried first",
    )
    alpha: float = Field(0.05, gt=0, lt=0.5, description="Level of significance")


class Segregation(Table):
    """How segregation is measured."""

    attributes: list[str] | None = Field(
        None, description="Attributes to measure; all of two groups or more unless told"
    )
    indices: Literal["all"] | list[str] = Field(
        CORE, description="Names of indices, or 'all'; those of ordered groups only where they are"
    )
    replicates: int = Field(
        199, ge=0, le=9999, description="Draws for each interval and test; 0 for none"
    )
    level: float = Field(0.95, ge=0.5, lt=1, description="Level of the intervals")
    neighbours: list[Annotated[int, Field(gt=0)]] = Field(
        [200, 800, 3200, 12800],
        max_length=12,
        description="So many nearest people, for segregation by scale; [] for none",
    )
    sizes: list[Annotated[float, Field(gt=0)]] = Field(
        [250, 500, 1000, 2000],
        max_length=8,
        description="Squares in metres, in which the same people are measured anew; [] for none",
    )
    centre: Literal["population"] | list[tuple[float, float]] = Field(
        "population",
        description="Centre for centralization: 'population', or points [[easting, northing]]",
    )
    local: list[str] = Field(
        ["local_divergence", "local_entropy"],
        description="Names of local indices, for results.gpkg and the map; [] for none",
    )
    regions: str | None = Field(
        None, description="Column of the zones that names regions to compare with each other"
    )

    @field_validator("attributes", "indices", "neighbours", "sizes", "local", mode="before")
    @classmethod
    def _once(cls, value: Any, told: ValidationInfo) -> Any:
        items = value if isinstance(value, list) else []
        for place, item in enumerate(items):
            if item in items[:place]:
                raise ValueError(f"item {place + 1} of {told.field_name} stands there twice")
        return value

    @field_validator("attributes")
    @classmethod
    def _some(cls, value: list[str] | None) -> list[str] | None:
        if value == []:
            raise ValueError(
                "names no attribute; name one or more, or leave the key out to measure all"
            )
        return value

    @field_validator("indices", mode="before")
    @classmethod
    def _there(cls, value: Any) -> Any:
        if value == "all":
            return value
        if not isinstance(value, list) or not value:
            raise ValueError('give "all" or a list of names: ["dissimilarity", "isolation"]')
        from .analyses.segregation import DIMENSION

        return _indices(value, "indices", list(DIMENSION))

    @field_validator("local")
    @classmethod
    def _local(cls, value: list[str]) -> list[str]:
        from .analyses.segregation.by_zone import LOCAL

        return _indices(value, "local", list(LOCAL))

    @field_validator("replicates")
    @classmethod
    def _enough(cls, value: int) -> int:
        if 0 < value < _FEWEST:
            raise ValueError(
                f"give 0 or at least {_FEWEST}: with fewer no p-value could be below 0.05"
            )
        return value

    @field_validator("neighbours", "sizes")
    @classmethod
    def _in_order(cls, value: list[float]) -> list[float]:
        return sorted(value)

    @field_validator("centre", mode="before")
    @classmethod
    def _points(cls, value: Any) -> Any:
        if value == "population":
            return value
        pairs = isinstance(value, list) and all(
            isinstance(point, list | tuple)
            and len(point) == 2
            and all(isinstance(part, int | float) for part in point)
            for point in value
        )
        if not pairs or not value:
            raise ValueError(
                'give "population" or points in metres, easting first: [[385500, 6672300]]'
            )
        return value


def _indices(names: list[Any], key: str, known: list[str]) -> list[str]:
    """Refuse names of indices that are not there."""
    for number, name in enumerate(names, 1):
        if name not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            raise ValueError(
                f"item {number} of {key}: there is no such index as {name!r}. {hint}"
                f"{'Accepted are: ' + ', '.join(known) if key == 'local' else _LISTED}"
            )
    return names


class NewService(Table):
    """A service that a scenario opens."""

    kind: str
    name: str
    at: tuple[float, float] = Field(description="Easting and northing in the study's system")
    capacity: float | None = Field(None, ge=0)


class Scenario(Table):
    """What a plan would change."""

    name: str = Field(min_length=1, max_length=100)
    add_service: list[NewService] = Field([], description="Services that open")
    close_service: list[str] = Field([], description="Ids of services that close")


def _lies_in(at: tuple[float, float], crs: str) -> bool:
    import numpy as np

    from .geo.crs import inside

    return bool(inside(np.array([at]), crs)[0])


class Study(Table):
    """A study file, read and checked."""

    study: About
    layers: LayersTable
    attributes: dict[Name, Attribute] = Field(min_length=1)
    variables: dict[Name, Variable] = Field({}, description="Figures that are no counts")
    access: Access = Access()
    autocorrelation: Autocorrelation = Autocorrelation()
    segregation: Segregation = Segregation()
    labels: dict[Language, dict[str, str]] = Field(
        {}, description="What groups, attributes and kinds of service are called, by language"
    )
    scenario: list[Scenario] = Field([], description="What plans would change")

    @model_validator(mode="after")
    def _names(self) -> Study:
        for name in ("name", "population", "region", "id", "geometry"):
            if name in self.variables or name in self.attributes:
                raise ValueError(f"{name!r} is no name for an attribute or a variable")
        for name, attributes in (("housing", self.layers.housing), ("rental", self.layers.rental)):
            if attributes and name in {*self.variables, *self.attributes}:
                raise ValueError(
                    f"{name!r} is what the layer [layers.{name}] is called among the attributes; "
                    "give another name to yours"
                )
        self._measured()
        _distinct([*self.attributes, *self.variables], "attributes and variables")
        for name, attribute in self.attributes.items():
            _distinct(attribute.names(), f"groups of {name}")
        columns = [
            f"{a}_{g}" for a, attribute in self.attributes.items() for g in attribute.names()
        ]
        _distinct([*columns, *self.variables], "attributes with their groups, joined by _,")
        for place in (new for scenario in self.scenario for new in scenario.add_service):
            if not _lies_in(place.at, self.study.crs):
                raise ValueError(
                    f"the new service {place.name!r} at {list(place.at)} lies outside the area of "
                    f"{self.study.crs}; at is easting, then northing, in metres"
                )
        names = [scenario.name for scenario in self.scenario]
        if len(set(names)) < len(names) or "baseline" in names:
            raise ValueError("scenarios need names of their own, other than 'baseline'")
        return self

    def _measured(self) -> None:
        """Refuse attributes and centres that cannot be measured."""
        layers = [name for name in ("housing", "rental") if getattr(self.layers, name)]
        known = [name for name, a in self.attributes.items() if len(a.names()) > 1] + layers
        for number, name in enumerate(self.segregation.attributes or []):
            key = ("segregation", "attributes", number)
            if name in known:
                continue
            if name in self.attributes:
                raise _KeyError(
                    f"{name!r} has one group only; segregation is between two or more", *key
                )
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise _KeyError(
                f"there is no attribute {name!r}.{hint} There are: {', '.join(known)}", *key
            )
        chosen = self.segregation.attributes
        asked = [n for n in known if chosen is None or n in chosen]
        ordered = any(self.attributes[n].ordered for n in asked if n in self.attributes)
        indices = self.segregation.indices
        if asked and not ordered and not isinstance(indices, str):
            from .analyses.segregation import INDICES

            if all(INDICES[name].needs == ("order",) for name in indices):
                raise _KeyError(
                    "they are of ordered groups only, and none of the attributes is ordered: set "
                    "ordered = true, or name others",
                    *("segregation", "indices"),
                )
        centre = self.segregation.centre
        for number, point in enumerate([] if isinstance(centre, str) else centre):
            if not _lies_in(point, self.study.crs):
                raise _KeyError(
                    f"{list(point)} lies outside the area of {self.study.crs}; a point is "
                    "easting, then northing, in metres",
                    *("segregation", "centre", number),
                )


def _distinct(names: list[str], what: str) -> None:
    """Refuse names that a GeoPackage, whose columns know no case, would take for one."""
    seen: dict[str, str] = {}
    for name in names:
        if (other := seen.setdefault(name.casefold(), name)) != name or names.count(name) > 1:
            raise ValueError(f"{what} need different names, and {other!r} and {name!r} are alike")


def read(path: Path) -> Study:
    """Read a study file.

    Parameters
    ----------
    path
        The file, TOML.

    Returns
    -------
    Study

    Raises
    ------
    StudyError
        With file, line, key, what was found, what is accepted and the nearest valid name.
    """
    if path.is_dir():
        raise StudyError(f"{path} is a folder. Name the study file in it: {path / 'study.toml'}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(
            f"{path}: there is no such file. Make one with: kvarter new {path.parent}"
        ) from None
    except UnicodeDecodeError as error:
        raise StudyError(f"{path}: not in UTF-8 (byte {error.start}). Save it as UTF-8.") from None
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}.") from None
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{path}: not TOML: {error}.") from None
    try:
        return Study.model_validate(tables)
    except ValidationError as error:
        problems = [_explain(dict(problem), text, path) for problem in error.errors()]
        raise StudyError("\n".join(dict.fromkeys(problems))) from None


def _explain(problem: dict[str, Any], text: str, path: Path) -> str:
    """Put one of pydantic's findings in words."""
    loc = tuple(
        part
        for part in problem["loc"]
        if isinstance(part, int) or (part != "[key]" and not re.match(r"(dict\[|str$)", part))
    )
    error = problem.get("ctx", {}).get("error")
    if not loc and isinstance(error, _KeyError):
        return f"{path}, line {_line(text, error.key)}, key {_dotted(error.key)}: {error}."
    if not loc:
        return f"{path}: {error}."
    place = f"{path}, line {_line(text, loc)}, key {_dotted(loc)}"
    found = _short(problem["input"])
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = _known(loc[:-1])
        close = difflib.get_close_matches(str(loc[-1]), known, n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        return f"{place}: there is no such key. {hint}Accepted are: {', '.join(known)}."
    if kind == "missing":
        return f"{place}: is missing. Add it to the table {_dotted(loc[:-1]) or 'at the top'}."
    if kind == "value_error":
        return f"{place}: found {found}: {error}."
    if kind == "literal_error":
        expected = str(problem["ctx"]["expected"])
        accepted = re.findall(r"'([^']*)'", expected)
        close = difflib.get_close_matches(str(problem["input"]), accepted, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        return f"{place}: found {found}; accepted is {expected}.{hint}"
    if kind == "string_pattern_mismatch":
        better = re.sub(r"[^\w-]+", "_", str(problem["input"])).strip("_")
        hint = f" Did you mean {better!r}?" if better else ""
        return (
            f"{place}: found {found}; a name here has letters, digits, _ and - and no spaces."
            f"{hint} What the report calls it stands in [labels.LANGUAGE]."
        )
    message = next((says for begins, says in _PLAIN.items() if kind.startswith(begins)), None)
    if message is None:
        message = str(problem["msg"]).replace("Input should", "it should")
    return f"{place}: found {found}; {message}."


_PLAIN = {
    "int_": "give a whole number, without quotes",
    "float_": "give a number, without quotes",
    "string_type": 'give a text in quotes: "text"',
    "list_type": "give a list in brackets, such as [200, 800]",
    "tuple_type": "give a list in brackets, such as [200, 800]",
    "bool_": "give true or false, without quotes",
    "dict_type": "give a table in braces: { key = value }",
    "model_": "give a table in braces: { key = value }",
}
"""What should have been there, by the beginning of what pydantic calls the mistake."""


def _dotted(loc: tuple[Any, ...]) -> str:
    """Name a key, and after it the items of lists on the way to it."""
    keys = ".".join(str(part) for part in loc if not isinstance(part, int))
    items = [
        f"item {part + 1} of {loc[place - 1]}"
        for place, part in enumerate(loc)
        if isinstance(part, int)
    ]
    return ", ".join([keys, *items])


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _known(loc: tuple[Any, ...]) -> list[str]:
    """Name the keys that a table of the study may have."""
    from pydantic import BaseModel

    def model(annotation: Any) -> Any:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        inside = [model(part) for part in getattr(annotation, "__args__", ())]
        return next((part for part in inside if part is not None), None)

    table: Any = Study
    for part in loc:
        field = table.model_fields.get(part) if table is not None else None
        if field is not None:
            table = model(field.annotation)
        # Any other part is the name of an attribute or the number of a scenario: the table stays.
    return list(table.model_fields) if table is not None else []


def _line(text: str, loc: tuple[Any, ...]) -> int:
    """Find the line of a key, or of the table nearest to it that is written out."""
    keys = list(loc)
    best, best_depth = 1, -1
    header: tuple[Any, ...] = ()
    counts: dict[tuple[Any, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"\s*\[\[?([^\]]+)\]\]?", line):
            name = [part.strip().strip("\"'") for part in found[1].split(".")]
            header = tuple(name)
            if line.lstrip().startswith("[["):
                counts[header] = counts.get(header, -1) + 1
                header = (*header, counts[header])
            here: tuple[Any, ...] = header
        elif found := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            here = (*header, *(part.strip("\"'") for part in found[1].split(".")))
        else:
            continue
        depth = len(here)
        if list(here) == keys[:depth] and depth > best_depth:
            best, best_depth = number, depth
    return best
