"""What a study asks about segregation: each year and plan, change, regions and scale."""

from __future__ import annotations

import hashlib
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from .analyses import segregation
from .analyses.segregation.catalogue import INDICES
from .geo import grid
from .layers import Layers
from .layers.disclosure import publish
from .study import Study

TOO_FEW = "too few people to show"

TABLE = [
    "scenario",
    "year",
    "attribute",
    "group",
    "other",
    "index",
    "dimension",
    "value",
    "ci_low",
    "ci_high",
    "p_value",
    "expected",
    "note",
]
SCALE = ["attribute", "year", "scale", "unit", "group", "index", "value", "note"]
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
    "ci_low",
    "ci_high",
    "p_value",
    "composition",
    "distribution",
    "zones",
    "note",
]
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
        self._drawn: dict[tuple[str, object], segregation.Drawn] = {}

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
        parts = []
        for name in asked(layers, self._study, year):
            counts, geometry = layers.counts(name, year), layers.zones[year].geometry
            key = _digest(name, counts, geometry)
            if key not in self._tables:
                self._tables[key] = self._measure(name, counts, geometry, year)
            parts.append(self._tables[key])
        return _joined(parts, TABLE[2:])

    def _measure(
        self, name: str, counts: pd.DataFrame, geometry: Any, year: int | None
    ) -> pd.DataFrame:
        """Measure one attribute, with intervals where there is something to draw."""
        options, spec = _options(self._study, name), self._study.segregation
        few = small_groups(counts, self._study)
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
                drawn=self._draws(name, year, counts, geometry),
                **options,
            )
        table = _columns(table.assign(attribute=name), TABLE[2:])
        # What the other groups have to do with a small one follows from their own figures.
        return _hide(table, TABLE[7:12]) if few else table

    def _draws(
        self, name: str, of: object, counts: pd.DataFrame, geometry: Any
    ) -> segregation.Drawn:
        """Give the draws of an attribute in a year or region."""
        if (name, of) not in self._drawn:
            whose = [*self._layers.groups].index(name)
            if isinstance(of, str):
                when = _FIRST_REGION + self._regions().index(of)
            else:
                when = [*self._layers.zones].index(of)  # type: ignore[arg-type]
            self._drawn[name, of] = segregation.bootstrap(
                counts,
                geometry,
                replicates=self._study.segregation.replicates,
                seed=[self._study.study.seed, whose, when],
                pairs=False,
                **_options(self._study, name),
            )
        return self._drawn[name, of]

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
        few = any(small_groups(counts, self._study) for counts in (before, after))
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
        table = _columns(table, CHANGE)
        return _hide(table, CHANGE[6:15]) if few else table

    def scale(self) -> pd.DataFrame:
        """Measure the segregation of environments of more and more people in the last year.

        Returns
        -------
        DataFrame
            The columns of `SCALE`.
        """
        year, parts = self._layers.latest, []
        scales = self._study.segregation.neighbours
        for name in asked(self._layers, self._study, year) if scales else []:
            counts = self._layers.counts(name, year)
            table = segregation.profile(
                counts, self._layers.zones[year].geometry, neighbours=scales
            )
            table = table.assign(attribute=name, year=year, unit=self._layers.universe[name])
            few = small_groups(counts, self._study)
            parts.append(_hide(table, ["value"]) if few else table)
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
    indices: Any = spec.indices
    if not isinstance(indices, str):
        indices = [i for i in indices if ordered or INDICES[i].needs != ("order",)]
    return {"indices": indices, "ordered": ordered, "centre": spec.centre}


def small_groups(counts: pd.DataFrame, study: Study) -> list[str]:
    """Name the groups of an attribute that have members, but fewer than the minimum count."""
    total = counts.sum()
    return list(total.index[(total > 0) & (total < study.study.min_count)])


LOCAL = ("local_divergence", "local_entropy")


def by_zone(
    counts: pd.DataFrame, reason: pd.DataFrame, study: Study
) -> tuple[pd.DataFrame, pd.Series]:
    """Tell of each zone how its mix differs from the whole, and how many-sided it is.

    Parameters
    ----------
    counts
        An attribute of the last year, zones × groups.
    reason
        Why the share of a group is not shown, see `kvarter.layers.disclosure.reasons`.
    study
        What to ask.

    Returns
    -------
    DataFrame
        Zones × `LOCAL`, as it is published.
    Series
        Why nothing is shown of a zone. The figures are about all of its groups, so they are
        hidden where any of these is.
    """
    why = reason.iloc[:, 0].mask((reason == "hidden").any(axis=1), "hidden")
    if small_groups(counts, study):
        why = why.mask(why == "", "hidden")
    found = pd.DataFrame({name: getattr(segregation, name)(counts) for name in LOCAL})
    return publish(found, pd.concat([why] * len(LOCAL), axis=1)), why


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
