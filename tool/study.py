"""The study file: what to read and what to ask."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    Field,
    Strict,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from .geo.names import hint
from .layers.mapping import Attribute, LayersTable, Name, Table, Variable
from .layers.scenarios import Mistake, Scenario, disagreements
from .mistakes import KeyMistake, StudyError, explain, place

Language = Literal["fi", "sv", "en"]
Local = Literal["moran", "geary", "getis_ord_g", "getis_ord_g_star", "heteroskedasticity"]


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

_OF_OTHERS = {
    **dict.fromkeys(
        ("join_count", "join_count_bivariate", "join_count_colocated"),
        "what is there or not, and a study has shares and amounts",
    ),
    "moran_bivariate": "two figures",
    "geary_multivariate": "several figures",
}
"""Statistics by zone that are of something else than one figure."""

MOST_NEAREST = 1000
"""The most nearest zones that are neighbours of one."""

_FEWEST = 39
"""Two-sided, the smallest p-value of so many draws is 0.05."""


def _one_or_several(schema: dict[str, Any]) -> None:
    """Tell editors that one text alone is enough where a list of them may stand."""
    several = {key: schema.pop(key) for key in ("type", "items")}
    schema["anyOf"] = [{"type": "string"}, several]


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
    scenarios: list[str] = Field(
        [],
        description="Files with one scenario each, beside [[scenario]]: a path, a pattern such as "
        "'plans/*.toml', or a list of them",
        json_schema_extra=_one_or_several,
    )

    @field_validator("scenarios", mode="before")
    @classmethod
    def _patterns(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

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


STREETS = ("walk", "bicycle")
"""The ways of going that are searched along [layers.network]."""

MODES = ("straight_line", *STREETS)
AccessMeasure = Literal[
    "cumulative",
    "gravity",
    "floating_catchment",
    "spatial_availability",
    "balancing_cost",
    "raam",
]


class Access(Table):
    """How people get to services, how far they go, and what is measured of it."""

    kinds: list[str] | None = Field(
        None, description="Kinds of service to measure; all unless told"
    )
    mode: list[str] = Field(
        ["straight_line"],
        min_length=1,
        description="How people go: one way or several side by side; straight_line, walk and "
        "bicycle along [layers.network], or what modes in [layers.travel_times] names",
    )
    unit: Literal["metres", "minutes"] = Field(
        "metres",
        description="Unit of ways and limits; straight lines have metres only, given travel times "
        "the unit of [layers.travel_times]",
    )
    limit: float | None = Field(
        None,
        gt=0,
        description="How far people go, for every kind that limits leaves out; 2000 metres or 15 "
        "minutes unless told",
    )
    limits: dict[str, Annotated[float, Field(gt=0)]] = Field(
        {}, description="The same by kind of service"
    )
    detour: float = Field(
        1.0, ge=1, le=3, description="Metres of way for a metre of straight line"
    )
    measures: list[AccessMeasure] = Field(
        ["floating_catchment"],
        description="What is measured beside the way to the nearest; [] for nothing",
    )
    demand: dict[str, str] = Field(
        {},
        description="Who needs a kind of service, as attribute.group; all inhabitants unless told",
    )
    groups: list[str] | None = Field(
        None, description="Attributes whose groups are compared; all unless told"
    )
    ranked_by: str | None = Field(
        None,
        description="Puts areas in order, the worst off first: attribute.group, the highest share "
        "first, or a variable, the lowest figure first; a minus before it turns the order round; "
        "the first group of the first ordered attribute unless told",
    )
    meeting: list[str] = Field(
        [], description="Kinds of service of which is told who would meet whom there"
    )
    assignment: Literal["nearest", "capacity", "choice"] = Field(
        "nearest", description="Who would use which service, for meeting"
    )

    @field_validator("mode", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("kinds", "mode", "measures", "groups", "meeting", mode="before")
    @classmethod
    def _once(cls, value: Any, told: ValidationInfo) -> Any:
        return _distinct_items(value, str(told.field_name))

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> Any:
        """Tell editors that one way alone is enough."""
        schema = handler(core)
        table = handler.resolve_ref_schema(schema)
        several = table["properties"]["mode"]
        one = {"type": "string", "examples": list(MODES)}
        kept = ("default", "description")
        table["properties"]["mode"] = {
            "anyOf": [one, {key: part for key, part in several.items() if key not in kept}],
            **{key: several[key] for key in kept if key in several},
        }
        return schema

    @model_validator(mode="after")
    def _in_metres(self) -> Access:
        if "straight_line" in self.mode and self.unit == "minutes":
            raise ValueError(
                'straight lines have metres and no minutes; set unit = "metres", or mode = '
                '["walk"]'
            )
        if "straight_line" not in self.mode and "detour" in self.model_fields_set:
            raise ValueError("detour lengthens straight lines, and there are none; leave it out")
        return self

    @property
    def sign(self) -> str:
        """The sign of the unit."""
        return "min" if self.unit == "minutes" else "m"

    @property
    def on_streets(self) -> list[str]:
        """The ways of going that lead along streets, unless their travel times are given."""
        return [mode for mode in self.mode if mode in STREETS]

    def limit_of(self, kind: str) -> float:
        """Give how far people go for a kind of service."""
        usual = self.limit or (15.0 if self.unit == "minutes" else 2000.0)
        return self.limits.get(kind, usual)


class Neighbours(Table):
    """Which zones are neighbours."""

    kind: Literal[
        "queen", "rook", "knn", "distance_band", "kernel", "delaunay", "gabriel", "block"
    ] = Field("queen", description="What makes neighbours")
    across: float | None = Field(
        None, ge=0, description="Metres of gap in a grid that neighbours may lie across"
    )
    k: int | None = Field(
        None, ge=1, le=MOST_NEAREST, description="How many nearest zones; 8 unless told"
    )
    threshold: float | None = Field(None, gt=0, description="Metres to the farthest neighbour")
    kernel: (
        Literal[
            "triangular", "parabolic", "gaussian", "bisquare", "cosine", "exponential", "boxcar"
        ]
        | None
    ) = Field(None, description="How the weight falls with the distance")
    bandwidth: float | None = Field(None, gt=0, description="Metres by which the kernel falls")
    islands: Literal["leave", "join"] = Field(
        "leave", description="Whether zones without neighbours get the nearest one"
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> Any:
        """Tell editors that the name of a kind alone is enough."""
        names = list(get_args(cls.model_fields["kind"].annotation))
        return {"anyOf": [{"type": "string", "enum": names}, handler(core)]}

    @model_validator(mode="before")
    @classmethod
    def _belong(cls, value: Any) -> Any:
        """Take a name alone for the kind, and refuse options of other kinds."""
        if isinstance(value, str):
            value = {"kind": value}
        if not value:
            return value
        from .geo.neighbours import OPTIONS

        kind = str(value.get("kind", "queen")) if isinstance(value, dict) else ""
        if kind == "travel_time":
            raise ValueError(
                "a study has no table of travel times; take distance_band, or neighbours.graph "
                "from Python"
            )
        for key in value if kind in OPTIONS else []:
            if key in cls.model_fields and key not in ("kind", "islands", *OPTIONS[kind]):
                takes = [k for k in (*OPTIONS[kind], "islands") if k in cls.model_fields]
                raise ValueError(
                    f"{key} does not belong to {kind!r}, which takes {' and '.join(takes)}"
                )
        for needs, key in (("kernel", "bandwidth"), ("distance_band", "threshold")):
            if kind == needs and key not in value:
                example = f'graph = {{ kind = "{kind}", {key} = 1000 }}'
                raise ValueError(f"{kind!r} needs {key}, in metres: {example}")
        return value

    @field_validator("k", mode="before")
    @classmethod
    def _near(cls, value: Any) -> Any:
        if isinstance(value, int) and value > MOST_NEAREST:
            raise ValueError(
                f"k is {MOST_NEAREST} at most: so many zones are no neighbourhood, and each test "
                'draws as many; for wide surroundings take { kind = "kernel", bandwidth = 2000 }, '
                "or larger zones"
            )
        return value


class Autocorrelation(Table):
    """How likeness between neighbours is tested."""

    variables: list[str] | None = Field(
        None,
        description="Figures to test: attributes, groups as attribute.group, variables; all "
        "unless told",
    )
    graph: Neighbours = Field(
        Neighbours(), description="Which zones are neighbours: a kind, or a table with options"
    )
    statistics: Literal["all"] | list[str] = Field(
        ["moran_i", "moran_rate"],
        description="Statistics of the whole map, or 'all'",
    )
    local: list[Local] = Field(
        ["moran"], description="Statistics by zone, each with its maps; [] for none"
    )
    permutations: int = Field(
        999,
        ge=99,
        le=99_999,
        description="Permutations of the statistics of the whole map and, up "
        "to 999, of correlograms",
    )
    local_permutations: int = Field(
        99_999,
        ge=99,
        le=99_999,
        description="The most permutations of statistics by zone; 9999 are tried first",
    )
    adjust: Literal["fdr_bh", "fdr_by", "bonferroni", "none"] = Field(
        "fdr_bh", description="How p-values are adjusted for there being many zones"
    )
    alpha: float = Field(0.05, gt=0, lt=0.5, description="Level of significance")

    @field_validator("variables", "statistics", "local", mode="before")
    @classmethod
    def _once(cls, value: Any, told: ValidationInfo) -> Any:
        return _distinct_items(value, str(told.field_name))

    @field_validator("local", mode="before")
    @classmethod
    def _of_figures(cls, value: Any) -> Any:
        for number, name in enumerate(value if isinstance(value, list) else [], 1):
            if of := _OF_OTHERS.get(str(name)):
                raise ValueError(
                    f"item {number} of local: {name!r} is of {of}; measure it from Python, with "
                    "autocorrelation.local"
                )
        return value

    @field_validator("variables")
    @classmethod
    def _some(cls, value: list[str] | None) -> list[str] | None:
        if value == []:
            raise ValueError("names no figure; name one or more, or leave the key out to test all")
        return value

    @field_validator("statistics", mode="before")
    @classmethod
    def _there(cls, value: Any) -> Any:
        if value == "all":
            return value
        if not isinstance(value, list) or not value:
            raise ValueError('give "all" or a list of names: ["moran_i", "geary_c"]')
        from .analyses.autocorrelation import STATISTICS

        for number, name in enumerate(value, 1):
            if name not in STATISTICS:
                raise ValueError(
                    f"item {number} of statistics: there is no such statistic as {name!r}."
                    f"{hint(name, STATISTICS)} Accepted are: {', '.join(STATISTICS)}"
                )
        return value


def _distinct_items(value: Any, key: str) -> Any:
    """Refuse a list that has an item twice."""
    items = value if isinstance(value, list) else []
    for number, item in enumerate(items):
        if item in items[:number]:
            raise ValueError(f"item {number + 1} of {key} stands there twice")
    return value


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
    centre: Literal["population"] | list[Annotated[tuple[float, float], Strict(False)]] = Field(
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
        return _distinct_items(value, str(told.field_name))

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
            raise ValueError(
                f"item {number} of {key}: there is no such index as {name!r}.{hint(name, known)} "
                f"{'Accepted are: ' + ', '.join(known) if key == 'local' else _LISTED}"
            )
    return names


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
        self._tested()
        self._reached()
        _distinct([*self.attributes, *self.variables], "attributes and variables")
        for name, attribute in self.attributes.items():
            _distinct(attribute.names(), f"groups of {name}")
        columns = [
            f"{a}_{g}" for a, attribute in self.attributes.items() for g in attribute.names()
        ]
        _distinct([*columns, *self.variables], "attributes with their groups, joined by _,")
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
                raise KeyMistake(
                    f"{name!r} has one group only; segregation is between two or more", *key
                )
            raise KeyMistake(
                f"there is no attribute {name!r}.{hint(name, known)} There are: "
                + ", ".join(known),
                *key,
            )
        chosen = self.segregation.attributes
        asked = [n for n in known if chosen is None or n in chosen]
        ordered = any(self.attributes[n].ordered for n in asked if n in self.attributes)
        indices = self.segregation.indices
        if asked and not ordered and not isinstance(indices, str):
            from .analyses.segregation import INDICES

            if all(INDICES[name].needs == ("order",) for name in indices):
                raise KeyMistake(
                    "they are of ordered groups only, and none of the attributes is ordered: set "
                    "ordered = true, or name others",
                    *("segregation", "indices"),
                )
        centre = self.segregation.centre
        for number, point in enumerate([] if isinstance(centre, str) else centre):
            if not _lies_in(point, self.study.crs):
                raise KeyMistake(
                    f"{list(point)} lies outside the area of {self.study.crs}; a point is "
                    "easting, then northing, in metres",
                    *("segregation", "centre", number),
                )

    def _tested(self) -> None:
        """Refuse figures and neighbourhoods that cannot be tested."""
        key = "autocorrelation"
        known = [*self.attributes, *self.variables]
        known += [f"{name}.{group}" for name, a in self.attributes.items() for group in a.names()]
        layers = [name for name in ("housing", "rental") if getattr(self.layers, name)]
        for number, name in enumerate(self.autocorrelation.variables or []):
            # The groups of a layer of dwellings are only known from its file.
            if name in known or name.partition(".")[0] in layers:
                continue
            raise KeyMistake(
                f"there is no figure {name!r}.{hint(name, [*known, *layers])} Figures are: "
                + ", ".join([*known, *layers]),
                *(key, "variables", number),
            )
        if self.autocorrelation.graph.kind == "block" and self.segregation.regions is None:
            raise KeyMistake(
                "'block' makes neighbours of the zones of a region; name the column of regions in "
                '[segregation]: regions = "…"',
                *(key, "graph"),
            )

    @property
    def ranked_by(self) -> str | None:
        """What puts areas in order for the concentration of access; None where nothing does."""
        ordered = [f"{n}.{a.names()[0]}" for n, a in self.attributes.items() if a.ordered]
        return self.access.ranked_by or (ordered[0] if ordered else None)

    def _reached(self) -> None:
        """Refuse ways without streets or times, and people who are none of the study's."""
        times = self.layers.travel_times
        given = list(times.modes) if times else []
        for number, mode in enumerate(self.access.mode):
            if mode in given and times and times.unit != self.access.unit:
                raise KeyMistake(
                    f"{mode!r} is measured in {times.unit}, as [layers.travel_times] says; set "
                    f'unit = "{times.unit}" in [access]',
                    *("access", "unit"),
                )
            if mode not in (*MODES, *given):
                known = list(dict.fromkeys([*MODES, *given]))
                more = "" if given else "; others are named by modes in [layers.travel_times]"
                raise KeyMistake(
                    f"there is no way of going {mode!r}.{hint(mode, known)} Accepted are: "
                    + ", ".join(known)
                    + more,
                    *("access", "mode", number),
                )
        streets = [mode for mode in self.access.on_streets if mode not in given]
        if streets and self.layers.network is None:
            raise KeyMistake(
                f"{streets[0]!r} goes along streets; add [layers.network], or take "
                '"straight_line"',
                *("access", "mode"),
            )
        layers = [name for name in ("housing", "rental") if getattr(self.layers, name)]
        known = [*self.attributes, *layers]
        for number, name in enumerate(self.access.groups or []):
            if name not in known:
                raise KeyMistake(
                    f"there is no attribute {name!r}.{hint(name, known)} There are: "
                    + ", ".join(known),
                    *("access", "groups", number),
                )
        for number, kind in enumerate(self.access.meeting):
            kinds = self.access.kinds
            if kinds is not None and kind not in kinds:
                raise KeyMistake(
                    f"{kind!r} is none of kinds, which are measured: {', '.join(kinds)}",
                    *("access", "meeting", number),
                )
        people = self._groups()
        ranked, known = self.access.ranked_by, [*people, *self.variables]
        if ranked is not None and ranked.removeprefix("-") not in known:
            near = hint(ranked.removeprefix("-"), known)
            raise KeyMistake(
                f"there is no group or variable {ranked!r}.{near} There are: {', '.join(known)}",
                *("access", "ranked_by"),
            )
        for kind, name in self.access.demand.items():
            if name not in people:
                raise KeyMistake(self._no_group(name), *("access", "demand", kind))

    def _groups(self) -> list[str]:
        """Name all groups, as attribute.group."""
        return [f"{a}.{g}" for a, attribute in self.attributes.items() for g in attribute.names()]

    def _no_group(self, name: str) -> str:
        """Say that there is no such group."""
        people = self._groups()
        return f"there is no group {name!r}.{hint(name, people)} Groups are: {', '.join(people)}"


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
    text, tables = _tables(path, f"Make one with: kvarter new {path.parent}")
    try:
        study = Study.model_validate(tables)
    except ValidationError as error:
        raise StudyError(_explained(error, text, path, Study)) from None
    for number, scenario in enumerate(study.scenario):
        scenario._source = (path, text, ("scenario", number))
    return _with_scenarios(study, path)


def _tables(path: Path, missing: str) -> tuple[str, dict[str, Any]]:
    """Read a file of tables: its text, and what it says."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(f"{path}: there is no such file. {missing}") from None
    except UnicodeDecodeError as error:
        raise StudyError(f"{path}: not in UTF-8 (byte {error.start}). Save it as UTF-8.") from None
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}.") from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{path}: not TOML: {error}.") from None


def _explained(error: ValidationError, text: str, path: Path, model: type[Table]) -> str:
    """Put all mistakes in a file in words, one a line."""
    problems = [explain(dict(problem), text, path, model) for problem in error.errors()]
    return "\n".join(dict.fromkeys(problems))


def _with_scenarios(study: Study, path: Path) -> Study:
    """Add the scenarios that have files of their own, and look whether all agree."""
    folder, problems = path.parent, []
    scenarios, listed = list(study.scenario), set()
    for pattern in study.study.scenarios:
        try:
            files = sorted(folder.glob(pattern))
        except (ValueError, NotImplementedError):
            files = sorted(Path(pattern).parent.glob(Path(pattern).name))
        if not files:
            text = path.read_text(encoding="utf-8-sig")
            where = place(text, path, ("study", "scenarios"))
            raise StudyError(f"{where}: there is no file {pattern!r} beside {path}.")
        for file in files:
            if file in listed or file == path:
                continue
            listed.add(file)
            text, tables = _tables(file, "")
            try:
                scenario = Scenario.model_validate(tables)
            except ValidationError as error:
                problems.append(_explained(error, text, file, Scenario))
                continue
            below = os.path.relpath(file.parent, folder)
            scenario = scenario.below(below) if below != "." else scenario
            scenario._source = (file, text, ())
            scenarios.append(scenario)
    if problems:
        raise StudyError("\n".join(problems))
    for number, name, what in disagreements(scenarios):
        file, text, inside = scenarios[number]._source
        problems.append(f"{place(text, file, (*inside, name))}: {what}.")
    for scenario in scenarios:
        wrong = [
            (
                key,
                f"{list(at)} lies outside the area of {study.study.crs}; at is easting, then "
                "northing, in metres",
            )
            for key, at in _points(scenario)
            if not _lies_in(at, study.study.crs)
        ]
        wrong += [
            (key, study._no_group(group))
            for key, group in meant_for(scenario)
            if group not in study._groups()
        ]
        file, text, inside = scenario._source
        problems += [f"{place(text, file, (*inside, *key))}: {what}." for key, what in wrong]
    if problems:
        raise StudyError("\n".join(problems))
    return study.model_copy(update={"scenario": scenarios})


def _points(scenario: Scenario) -> list[tuple[tuple[str | int, ...], tuple[float, float]]]:
    """Give the points that a scenario tells, with their keys."""
    names = ("add_service", "move_service", "share_site", "demolish", "add_dwellings")
    return [
        ((name, number, "at"), item.at)
        for name in (*names, "close_street")
        for number, item in enumerate(getattr(scenario, name))
        if item.at is not None
    ]


def meant_for(scenario: Scenario) -> list[tuple[tuple[str | int, ...], str]]:
    """Give the groups that a scenario's services are for, with their keys.

    Parameters
    ----------
    scenario
        The scenario.
    """
    return [
        ((name, number, "meant_for"), item.meant_for)
        for name in ("add_service", "change_service", "concentrate")
        for number, item in enumerate(getattr(scenario, name))
        if item.meant_for
    ]


def told(scenario: Scenario, mistake: Mistake) -> str:
    """Say what is wrong in a scenario, with its file, line and key.

    Parameters
    ----------
    scenario
        The scenario.
    mistake
        What the layers do not allow.
    """
    if scenario._source is None:
        return f"Scenario {scenario.name!r}, {mistake}"
    file, text, inside = scenario._source
    return f"{place(text, file, (*inside, *mistake.key))}: {mistake.what} {mistake.cure}"
