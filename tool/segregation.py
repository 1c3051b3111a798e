"""What a study asks about segregation: each year and plan, change, regions and scale."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from .analyses import segregation
from .analyses.segregation.catalogue import INDICES
from .analyses.segregation.inference import ALONE
from .geo import environments, grid
from .layers import Layers
from .layers.checks import Checks
from .layers.disclosure import hidden, publish, reasons
from .study import Study

TOO_FEW = "too few people to show"

TABLE = [
    "scenario",
    "year",
    "region",
    "attribute",
    "group",
    "other",
    "index",
    "dimension",
    "value",
    "corrected",
    "ci_low",
    "ci_high",
    "p_value",
    "expected",
    "note",
]
SCALE = ["attribute", "year", "region", "scale", "unit", "group", "index", "value", "note"]
ZONING = ["attribute", "year", "size", "origin", "zones", "group", "index", "value", "note"]
CHANGE = [
    "attribute",
    "from",
    "to",
    "group",
    "other",
    "index",
    "before",
    "after",
    "difference",
    "corrected",
    "ci_low",
    "ci_high",
    "p_value",
    "composition",
    "distribution",
    "zones",
    "note",
]
FIGURES = ["value", "corrected", "ci_low", "ci_high", "p_value", "expected"]
CHANGES = CHANGE[CHANGE.index("before") : CHANGE.index("note")]
"""What is hidden of a row of `TABLE`, and of one of `CHANGE`."""

AUDIT = ["attribute", "group", "other", "index", "value", "pysal", "difference", "note"]

_FIRST_REGION = 10_000
"""The seeds of regions begin after those of years."""


class Segregation:
    """What was measured of segregation, so that nothing is measured or drawn twice.

    Parameters
    ----------
    layers
        The baseline.
    study
        What to ask.
    """

    def __init__(self, layers: Layers, study: Study) -> None:
        self._layers, self._study = layers, study
        self._tables: dict[str, pd.DataFrame] = {}
        self._by_year: dict[int | None, pd.DataFrame] = {}
        self._by_region: pd.DataFrame | None = None
        self._drawn: dict[tuple[str, object], segregation.Drawn] = {}

    def checks(self) -> pd.DataFrame:
        """Tell which numbers of nearest people are more than there are.

        Returns
        -------
        DataFrame
            The columns of ``tables/checks.csv``.
        """
        checks, year, scales = Checks(), self._layers.latest, self._study.segregation.neighbours
        names = asked(self._layers, self._study, year) if scales else []
        most = max((self._layers.counts(n, year).sum().sum() for n in names), default=np.inf)
        beyond = [scale for scale in scales if scale > most]
        checks.found(
            "zones" if year is None else f"zones {year}",
            "scale_beyond",
            len(beyond),
            ", ".join(map(str, beyond)),
            "left out: nobody has so many around",
        )
        return checks.frame()

    def table(self, layers: Layers, year: int | None) -> pd.DataFrame:
        """Measure the attributes of a year of the baseline or of a plan.

        Parameters
        ----------
        layers
            The baseline, or what a plan makes of it.
        year
            The year.

        Returns
        -------
        DataFrame
            The columns of `TABLE` but the first two.
        """
        if layers is self._layers and year in self._by_year:
            return self._by_year[year]
        parts = []
        for name in asked(layers, self._study, year):
            counts, geometry = layers.counts(name, year), layers.zones[year].geometry
            key = _digest(name, counts, geometry)
            if key not in self._tables:
                few = bool(small_groups(counts, self._study))
                if layers is not self._layers:
                    # What a plan adds is known, and so would be what was there.
                    now = self._layers.counts(name, self._layers.latest)
                    few = few or bool(small_groups(now, self._study))
                self._tables[key] = self._measure(name, counts, geometry, year, few)
            parts.append(self._tables[key])
        table = _joined(parts, TABLE[2:])
        if layers is self._layers:
            self._by_year[year] = table
        return table

    def regions(self) -> pd.DataFrame:
        """Measure the attributes of the last year in each region by itself.

        Returns
        -------
        DataFrame
            The columns of `TABLE` but the first two; empty where there are no regions.
        """
        if self._by_region is None:
            parts = [
                self._measure(name, *self._of(name, region), region, self._few(name, region))
                for name in asked(self._layers, self._study, self._layers.latest)
                for region in self._regions()
            ]
            self._by_region = _joined(parts, TABLE[2:])
        return self._by_region

    def _few(self, name: str, of: object) -> bool:
        """Tell whether an attribute of a year or region has a group too small to tell of.

        Regions add up to the whole, whose figures are published: so the one gate decides which
        are hidden beside those that have such a group, see `kvarter.layers.disclosure.hidden`.
        """
        if not isinstance(of, str):
            return bool(small_groups(self._of(name, of)[0], self._study))
        latest = self._layers.latest
        if self._few(name, latest):
            return True
        totals = self._layers.counts(name, latest).groupby(self._layers.zones[latest]["region"])
        totals = totals.sum()
        return bool(hidden(totals, self._study.study.min_count).loc[of].any())

    def _measure(
        self, name: str, counts: pd.DataFrame, geometry: Any, of: object, few: bool
    ) -> pd.DataFrame:
        """Measure an attribute of a year or region, with intervals where it can be drawn."""
        options, spec = _options(self._study, name), self._study.segregation
        if few or not spec.replicates:
            table = segregation.measure(counts, geometry, **options)
        else:
            table = segregation.test(
                counts,
                geometry,
                replicates=spec.replicates,
                level=spec.level,
                seed=self._study.study.seed,
                pairs=False,
                drawn=self._draws(name, of, counts, geometry),
                **options,
            )
        table = table.assign(attribute=name, region=of if isinstance(of, str) else "")
        table = _columns(table, TABLE[2:])
        # What the other groups have to do with a small one follows from their own figures.
        return _hide(table, FIGURES) if few else table

    def _draws(
        self, name: str, of: object, counts: pd.DataFrame, geometry: Any
    ) -> segregation.Drawn:
        """Give the draws of an attribute in a year or region."""
        key = _digest(name, counts, geometry), of
        if key not in self._drawn:
            whose = [*self._layers.groups].index(name)
            if isinstance(of, str):
                when = _FIRST_REGION + self._regions().index(of)
            else:
                # Plans are drawn as the last year is, and so compared with it in pairs.
                years = [*self._layers.zones]
                when = years.index(of) if of in years else len(years) - 1  # type: ignore[arg-type]
            self._drawn[key] = segregation.bootstrap(
                counts,
                geometry,
                replicates=self._study.segregation.replicates,
                seed=[self._study.study.seed, whose, when],
                pairs=False,
                **_options(self._study, name),
            )
        return self._drawn[key]

    def _regions(self) -> list[str]:
        """Name the regions of the last year in the order of the alphabet."""
        zones = self._layers.zones[self._layers.latest]
        if "region" not in zones:
            return []
        return sorted(set(zones["region"]) - {""})

    def change(self) -> pd.DataFrame:
        """Compare the years with each other, and each two regions.

        Returns
        -------
        DataFrame
            The columns of `CHANGE`: the first year with the last, each year with the next, and
            the regions of the last year in pairs.
        """
        parts = []
        for name in self._layers.groups:
            years = [y for y in self._layers.zones if name in asked(self._layers, self._study, y)]
            pairs: list[tuple[Any, Any]] = list(pairwise(years))
            if len(years) > 2:
                pairs = [(years[0], years[-1]), *pairs]
            if years and years[-1] == self._layers.latest:
                pairs += combinations(self._regions(), 2)
            parts += [self._compare(name, *pair) for pair in pairs]
        return _joined(parts, CHANGE)

    def _corrected(self, name: str, of: object) -> pd.Series:
        """Give the figures of a year or region without what chance adds in small zones."""
        if isinstance(of, str):
            table = self.regions()
            table = table[table["region"] == of]
        else:
            table = self.table(self._layers, of)  # type: ignore[arg-type]
        rows = table[table["attribute"] == name]
        return rows.set_index(["group", "other", "index"])["corrected"]

    def _of(self, name: str, of: object) -> tuple[pd.DataFrame, Any]:
        """Give the counts and the places of an attribute in a year or region."""
        year: Any = self._layers.latest if isinstance(of, str) else of
        zones, counts = self._layers.zones[year], self._layers.counts(name, year)
        if isinstance(of, str):
            inside = zones["region"] == of
            zones, counts = zones[inside], counts[inside]
        return counts, zones.geometry

    def _compare(self, name: str, first: object, last: object) -> pd.DataFrame:
        """Compare an attribute in two years or regions."""
        options, spec = _options(self._study, name), self._study.segregation
        (before, geometry), (after, there) = (self._of(name, of) for of in (first, last))
        few = self._few(name, first) or self._few(name, last)
        drawn: Any = ({}, {})
        if spec.replicates and not few:
            drawn = (
                self._draws(name, first, before, geometry),
                self._draws(name, last, after, there),
            )
        table = segregation.compare(
            before,
            after,
            geometry,
            geometry_after=there,
            null="bootstrap",
            replicates=max(spec.replicates, 1),
            level=spec.level,
            pairs=False,
            parts=() if few else None,
            drawn=drawn,
            **options,
        )
        table = table.assign(**{"attribute": name, "from": str(first), "to": str(last)})
        keys = ["group", "other", "index"]
        corrected = self._corrected(name, last) - self._corrected(name, first)
        table = _columns(table.join(corrected, on=keys), CHANGE)
        if spec.replicates:
            pairs = table["other"] != ""
            notes = (table.loc[pairs, "note"] + "; " + ALONE).str.removeprefix("; ")
            table.loc[pairs, "note"] = notes
        return _hide(table, CHANGES) if few else table

    def scale(self) -> pd.DataFrame:
        """Measure the segregation of environments of more and more people in the last year.

        Returns
        -------
        DataFrame
            The columns of `SCALE`. In a region, the environments end at its border.
        """
        year, parts = self._layers.latest, []
        scales = self._study.segregation.neighbours
        for name in asked(self._layers, self._study, year) if scales else []:
            for of in (year, *self._regions()):
                counts, geometry = self._of(name, of)
                table = segregation.profile(counts, geometry, neighbours=scales)
                table = table.assign(
                    attribute=name,
                    year=year,
                    region=of if isinstance(of, str) else "",
                    unit=self._layers.universe[name],
                )
                parts.append(_hide(table, ["value"]) if self._few(name, of) else table)
        return _joined(parts, SCALE)

    def zoning(self) -> pd.DataFrame:
        """Measure the same people of the last year in squares of other sizes and places.

        Returns
        -------
        DataFrame
            The columns of `ZONING`. Squares smaller than the zones are left out, and so are those
            of one size alone: there is nothing to set it beside.
        """
        year, parts = self._layers.latest, []
        geometry = self._layers.zones[year].geometry
        cells = grid.detect(geometry)
        own = cells.size if cells else float(np.sqrt(geometry.area.median()))
        sizes = [size for size in self._study.segregation.sizes if size >= own * 0.999]
        for name in asked(self._layers, self._study, year) if len(sizes) > 1 else []:
            counts = self._layers.counts(name, year)
            table = segregation.zoning(counts, geometry, sizes=sizes)
            table = table.assign(attribute=name, year=year)
            few = small_groups(counts, self._study)
            parts.append(_hide(table, ["value"]) if few else table)
        return _joined(parts, ZONING)

    def audit(self) -> pd.DataFrame:
        """Set the figures of the last year beside those of PySAL.

        Returns
        -------
        DataFrame
            The columns of `AUDIT`.

        Raises
        ------
        ImportError
            Where PySAL's ``segregation`` is not installed.
        """
        from .analyses.segregation.pysal import audit

        year, parts = self._layers.latest, []
        for name in asked(self._layers, self._study, year):
            counts = self._layers.counts(name, year)
            if small_groups(counts, self._study):
                continue
            table = audit(
                counts,
                self._layers.zones[year].geometry,
                seed=self._study.study.seed,
                **_options(self._study, name),
            )
            parts.append(table.assign(attribute=name))
        return _joined(parts, AUDIT)


def asked(layers: Layers, study: Study, year: int | None) -> list[str]:
    """Name the attributes of a year whose segregation is asked for: of two groups or more."""
    wanted = study.segregation.attributes
    return [
        name
        for name in layers.attributes(year)
        if len(layers.groups[name]) > 1
        and (wanted is None or name in wanted)
        and _options(study, name)["indices"]
    ]


def _options(study: Study, name: str) -> dict[str, Any]:
    """Say which indices an attribute is asked for, and how."""
    spec, attribute = study.segregation, study.attributes.get(name)
    ordered = attribute is not None and attribute.ordered
    indices: Any = segregation.DIMENSION if spec.indices == "all" else spec.indices
    indices = [i for i in indices if ordered or INDICES[i].needs != ("order",)]
    return {"indices": indices, "ordered": ordered, "centre": spec.centre}


def small_groups(counts: pd.DataFrame, study: Study) -> list[str]:
    """Name the groups of an attribute that have members, but fewer than the minimum count."""
    total = counts.sum()
    return list(total.index[(total > 0) & (total < study.study.min_count)])


REACH = "distance_to_people"
"""How far the people of a zone must go to have so many people around them, in metres."""


@dataclass
class Local:
    """What is told of each zone by itself.

    Attributes
    ----------
    values
        Zones × figures, as they are published; the columns are those of ``results.gpkg``.
    reason
        Of the same shape: why a figure is not shown, see `kvarter.layers.disclosure.reasons`.
    of
        What each column is of: an index, an attribute and a group; or `REACH`, a number of
        people and nothing.
    """

    values: pd.DataFrame = field(default_factory=pd.DataFrame)
    reason: pd.DataFrame = field(default_factory=pd.DataFrame)
    of: dict[str, tuple[str, str, str]] = field(default_factory=dict)


def by_zone(layers: Layers, study: Study) -> Local:
    """Measure what the study asks of each zone of the last year.

    Parameters
    ----------
    layers
        The baseline.
    study
        What to ask.

    Returns
    -------
    Local
        The local indices of each attribute, and the distance to the smallest and the largest
        number of people in ``neighbours``.

    Notes
    -----
    A figure about all groups of a zone is hidden where any of them is. An index that looks beyond
    the zone is measured among the zones that are shown: of a hidden neighbour, it would tell.
    """
    year = layers.latest
    values, why, of = {}, {}, {}
    for name in asked(layers, study, year) if study.segregation.local else []:
        counts = layers.counts(name, year)
        reason = reasons(counts, study.study.min_count)
        every = reason.iloc[:, 0].mask((reason == "hidden").any(axis=1), "hidden")
        if small_groups(counts, study):
            every = every.mask(every == "", "hidden")
        for index in study.segregation.local:
            beyond = bool(INDICES[index].needs)
            table = segregation.local(
                counts.mask(every == "hidden") if beyond else counts,
                layers.zones[year].geometry,
                indices=[index],
            )
            for column in table.columns.drop("note"):
                group = column.removeprefix(index).removeprefix("_")
                key = "_".join(filter(None, (index, name, group)))
                values[key], of[key] = table[column], (index, name, group)
                why[key] = reason[group] if index == "location_quotient" else every
    near, hides = _reach(layers, study)
    for people in near:
        key = f"{REACH}_{people}"
        values[key], why[key], of[key] = near[people], hides, (REACH, str(people), "")
    zones = layers.zones[year].index
    figures, reason = pd.DataFrame(values, index=zones), pd.DataFrame(why, index=zones)
    # Where a zone and all around it have none of a group, nothing can be said of it.
    reason = reason.mask(figures.isna() & (reason == ""), "missing")
    return Local(publish(figures, reason), reason, of)


def _reach(layers: Layers, study: Study) -> tuple[pd.DataFrame, pd.Series]:
    """Tell how far the fewest and the most people of the scales are, and why that is hidden."""
    zones, least = layers.zones[layers.latest], study.study.min_count
    reason = reasons(zones[["population"]], least)["population"]
    # Who is near must not tell how many live in a hidden zone: each is taken to be alike.
    people = zones["population"].fillna(0).mask(reason == "hidden", least / 2)
    scales = [scale for scale in study.segregation.neighbours if scale <= people.sum()]
    scales = sorted({*scales[:1], *scales[-1:]})
    if not scales:
        return pd.DataFrame(), reason
    found = environments.nearest_people(people.to_frame(), zones.geometry, people=scales)[1]
    return pd.DataFrame(1000 * found.T, zones.index, scales), reason


def _digest(name: str, counts: pd.DataFrame, geometry: Any) -> str:
    """Give what is the same for the same people in the same places."""
    told = hashlib.sha256(repr((name, list(counts.index))).encode())
    told.update(np.ascontiguousarray(counts.to_numpy(dtype=float)).tobytes())
    for outline in geometry.to_wkb():
        told.update(outline)
    return told.hexdigest()


def _hide(table: pd.DataFrame, figures: list[str]) -> pd.DataFrame:
    """Take all figures out of a table, and say why."""
    return table.assign(**dict.fromkeys(figures, np.nan), note=TOO_FEW)


def _columns(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Give a table the columns of the contract in their order."""
    return table.reindex(columns=columns)


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Set tables below each other."""
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat([_columns(part, columns) for part in parts], ignore_index=True)
