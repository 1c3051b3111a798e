"""What a study asks about access: how far services are, and how much of them there is."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray

from .analyses import access, inequality
from .geo import neighbours, network, travel
from .inequality import AMOUNTS, DECILES, gaps, rank, spread, with_deciles, without_few
from .layers import ColumnError, Layers
from .layers.disclosure import coarse_share, hidden, reasons, significant
from .layers.ways import tied
from .meant import REST, SEGMENT, Segments, segments
from .meeting import Meetings
from .plans import refused, scenarios
from .segregation import TOO_FEW
from .sides import Follows, People, Told, changed, distance, hidden_groups
from .study import Study

TABLE = [
    "scenario",
    "year",
    "service",
    "mode",
    "attribute",
    "group",
    "measure",
    "value",
    "ci_low",
    "ci_high",
    "unit",
    "note",
]


@dataclass(frozen=True)
class Way:
    """What was found by zone of one kind of service and one way of going there.

    Attributes
    ----------
    kind, mode
        Which.
    nearest
        By zone: metres or minutes to the nearest, however far; NaN where no way leads to any.
        Where services are meant for groups, by segment and zone, see `kvarter.meant`.
    measures
        By measure: its figures, likewise.
    notes
        By measure, or ``nearest``: what is to be said of it.
    group
        Of the ways of one segment: whose they are, as ``attribute.group``; empty for all others.
    few
        Where fewer than the minimum count share the places of a service within reach: a figure
        would tell their number.
    """

    kind: str
    mode: str
    nearest: pd.Series
    measures: dict[str, pd.Series] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    group: str = ""
    few: pd.Series = field(default_factory=lambda: pd.Series(dtype=bool))

    def why(self, reason: pd.Series) -> pd.Series:
        """Give the reasons not to show a zone's figures of its places, from those of its people.

        Parameters
        ----------
        reason
            See `kvarter.layers.disclosure.reasons`.
        """
        if self.few.empty:
            return reason
        return reason.mask(self.few.reindex(reason.index) & (reason == ""), "hidden")

    def figures(self, measure: str) -> pd.Series:
        """Give a measure, or ``nearest``, by zone.

        Of a kind that nobody could reach, there were no places, and no way to any.
        """
        if measure == "nearest":
            return self.nearest
        nothing = np.nan if measure in _COSTS else 0.0
        found = self.measures.get(measure)
        return pd.Series(nothing, index=self.nearest.index) if found is None else found

    def is_like(self, other: Way) -> bool:
        """Tell whether all figures and notes are the same."""
        return (
            self.notes == other.notes
            and self.nearest.equals(other.nearest)
            and [*self.measures] == [*other.measures]
            and all(found.equals(other.measures[name]) for name, found in self.measures.items())
        )


class Access:
    """What was measured of access, so that no place is tied to its street twice.

    Parameters
    ----------
    layers
        The baseline.
    study
        What to ask.
    graph
        Gives the neighbours of the zones of a year; those whose zones touch unless told.
    plans
        What `kvarter.plans.scenarios` gave, where it has been asked already.

    Raises
    ------
    ColumnError
        Where the study names a kind of service that is not there.
    StudyError
        Where a scenario lets the services of a kind be for groups of several attributes.
    """

    def __init__(
        self,
        layers: Layers,
        study: Study,
        graph: Callable[[Layers, int | None], Graph] | None = None,
        plans: Sequence[tuple[str, Layers]] | None = None,
    ) -> None:
        self._layers, self._study = layers, study
        self.meetings = Meetings(layers, study, graph or _touching)
        """Who would meet whom in the services of the kinds that the study names."""
        self._leave: dict[str, list[tuple[tuple[Any, ...], Any]]] = {}
        self._told = Told()
        self._before: dict[tuple[str, str], list[tuple[Way, dict[str, pd.DataFrame]]]] = {}
        self._hides: dict[tuple[str, str, int], tuple[gpd.GeoDataFrame, pd.DataFrame]] = {}
        self.ways: dict[str, Way] = {}
        """What was found in the last year of the baseline, by the name of its columns."""
        self.unequal = pd.DataFrame()
        """Of the last table made: the columns of `kvarter.inequality.TABLE` but the first two."""
        self.segments: dict[str, Segments] = {}
        """Whose people are told apart, by kind of service."""
        plans = scenarios(layers, study) if plans is None else plans
        known = [case.services for case in (layers, *(case for _name, case in plans))]
        if any(services is not None for services in known):
            self._refuse_unknown({kind for s in known if s is not None for kind in s["kind"]})
            self._tell_apart(plans)

    def _refuse_unknown(self, kinds: set[str]) -> None:
        """Refuse kinds of service that neither the layer nor a scenario has."""
        asked = self._study.access
        for key in ("kinds", "limits", "demand", "meeting"):
            for kind in getattr(asked, key) or []:
                if kind not in kinds:
                    close = difflib.get_close_matches(kind, kinds, n=1)
                    hint = f"Did you mean {close[0]!r}? " if close else ""
                    raise ColumnError(
                        "",
                        f"There is no service of the kind {kind!r}.",
                        f"{hint}Kinds are: {', '.join(sorted(kinds))}.",
                        table=f"access.{key}",
                        found=kind,
                    )

    def _tell_apart(self, plans: Sequence[tuple[str, Layers]]) -> None:
        """Find whose people are told apart, in the baseline and in every scenario."""
        of = (self._layers.groups, self._study.access.demand)
        whom = _meant_for(self._layers)
        self.segments = segments(whom, *of)
        for name, case in plans:
            whom = pd.concat([whom, _meant_for(case)])
            try:
                self.segments = segments(whom, *of)
            except ColumnError as error:
                raise refused(self._study, name, error) from None

    def table(self, case: Layers, year: int | None) -> pd.DataFrame:
        """Measure access to each kind by each way, in a year of the baseline or with a plan.

        Parameters
        ----------
        case
            The layers.
        year
            The year.

        Returns
        -------
        DataFrame
            The columns of `TABLE` but the first two, through the gate.
        """
        assert case.services is not None
        services, zones = case.services, case.zones[year]
        if year is not None:
            services = services[~(services["opened"] > year)]
        kinds = self._study.access.kinds
        if kinds is not None:
            services = services[services["kind"].isin(kinds)]
        everybody = {"": pd.DataFrame({"": zones["population"]})}
        wanted = self._study.access.groups
        everybody |= {
            name: case.counts(name, year)
            for name in case.attributes(year)
            if wanted is None or name in wanted
        }
        order = rank(case, self._study, year)
        rows: list[pd.DataFrame] = []
        unequal: list[pd.DataFrame] = []
        # Plans begin with the people of the last year: what is told of these is beside all.
        told = self._told if year == case.latest else Told()
        others, beside = self._with_others(case, year), Told()
        for kind, places in services.groupby("kind", sort=True):
            apart = self.segments[str(kind)]
            groups = {
                name: self._divided(case, year, apart, counts, name)
                for name, counts in everybody.items()
            }
            people = self._people(case, str(kind), year)
            for mode in self._study.access.mode:
                way = self._way(case, year, str(kind), mode, places, people)
                stamp, own = {"service": kind, "mode": mode}, []
                draw = year == case.latest
                tables = self._gated(way, groups, case, year, beside if others else told)
                if others:
                    now = self._present(way, groups)
                    of_now = self._gated(*now, self._layers, self._layers.latest, told)
                    tables = {n: _no_more(table, of_now[n]) for n, table in tables.items()}
                for attribute, counts in groups.items():
                    table = tables[attribute]
                    behind = gaps(table, way, counts, self._study, draw=draw)
                    table = pd.concat([table, behind], ignore_index=True)
                    if self._is_estimated(case, year, apart, attribute):
                        table = _estimated(table)
                    own.append(table.assign(**stamp, attribute=attribute))
                rows += own
                if draw:
                    found = spread(way, groups, pd.concat(own), order, self._study)
                    if others:
                        hides = pd.concat([t.assign(attribute=n) for n, t in of_now.items()])
                        first = rank(self._layers, self._study, self._layers.latest)
                        few = spread(*now, hides, first, self._study, replicates=0)
                        found = without_few(found, few)
                    divided = found["measure"].str.startswith("theil_")
                    for attribute in groups:
                        if self._is_estimated(case, year, apart, attribute):
                            some = divided & (found["attribute"] == attribute)
                            found[some] = _estimated(found[some])
                    unequal.append(found.assign(**stamp))
                if case is self._layers and year == case.latest:
                    self.ways |= self._by_segment(way, places)
        self.unequal = pd.concat(unequal, ignore_index=True) if unequal else pd.DataFrame()
        # Before any service opened, and where a scenario closes them all, nothing can be reached.
        return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=TABLE)

    def _with_others(self, case: Layers, year: int | None) -> bool:
        """Tell whether a plan has other people than those who live there now."""
        return year == case.latest and case.zones[year] is not self._now

    @property
    def _now(self) -> gpd.GeoDataFrame:
        """The zones with those who live there now."""
        return self._layers.zones[self._layers.latest]

    def _present(
        self, way: Way, groups: Mapping[str, pd.DataFrame]
    ) -> tuple[Way, dict[str, pd.DataFrame]]:
        """Give the ways of a plan for those who live there now, and their numbers.

        What a plan adds is known: who takes it from a figure has that of the people who are there.
        """
        apart, year = self.segments[way.kind], self._layers.latest
        people = {}
        for name in groups:
            counts = pd.DataFrame({"": self._now["population"]})
            if name:
                counts = self._layers.counts(name, year)
            people[name] = self._divided(self._layers, year, apart, counts, name)
        zones = people[""].index
        measures = {name: found.reindex(zones) for name, found in way.measures.items()}
        return replace(way, nearest=way.nearest.reindex(zones), measures=measures), people

    def _gated(
        self,
        way: Way,
        groups: Mapping[str, pd.DataFrame],
        case: Layers,
        year: int | None,
        told: Told,
    ) -> dict[str, pd.DataFrame]:
        """Summarise a way over the people of each attribute, through the gate.

        What is the same as before, of the same people, is told again: it tells nothing new.
        """
        again = told is self._told
        for other, tables in self._before.get((way.kind, way.mode), []) if again else []:
            if other.is_like(way):
                return tables
        apart = self.segments[way.kind]
        out: dict[str, pd.DataFrame] = {}
        closed: set[str] = set()
        for attribute, counts in groups.items():
            universe = case.universe.get(attribute, "persons")
            table = self._rows(way, counts, universe)
            members = People.of(counts, self._hidden(case, year, attribute, apart))
            shut = closed if universe == "persons" else set()
            follows = self._follows(way, attribute, members, told)
            table = _gate(table, counts, self._study, follows, shut)
            if not attribute:
                # No sum over groups gives a median.
                sums = ~table["measure"].isin(["median", *DECILES])
                closed = set(table.loc[sums & (table["note"] == TOO_FEW), "measure"])
            self._tell(way, attribute, members, table, told)
            out[attribute] = table
        told.add_figures(
            {
                name: _blocks(way.figures(name), len(case.zones[year]))
                for name in ("nearest", *self._study.access.measures)
            }
        )
        if again:
            self._before.setdefault((way.kind, way.mode), []).append((way, out))
        return out

    def _hidden(
        self, case: Layers, year: int | None, attribute: str, apart: Segments
    ) -> pd.DataFrame | None:
        """Tell which numbers of the zones' people are not shown; None where none is."""
        if year != case.latest:
            return None
        zones = case.zones[year]
        key = (attribute, apart.attribute, id(zones))
        if key not in self._hides:
            least = self._study.study.min_count
            everybody = pd.DataFrame(zones[["population"]])
            counts = case.counts(attribute, year) if attribute else everybody
            hides = ~reasons(counts, least).isin(["", "nobody"])
            if apart.attribute not in ("", attribute) and apart.attribute in case.attributes(year):
                # Members are divided as all of the zone are.
                whom = reasons(case.counts(apart.attribute, year), least)
                divided = ~whom.isin(["", "nobody"]).all(axis=1)
                hides = hides | np.asarray(divided)[:, None]
            self._hides[key] = zones, hides
        return self._hides[key][1]

    def _concealed(self, case: Layers, year: int | None, apart: Segments) -> NDArray | None:
        """Tell in which zones, segment by segment, the number of those in need is not shown."""
        attribute, _dot, group = (apart.need or "").partition(".")
        if attribute and attribute not in case.attributes(year):
            return None
        hides = self._hidden(case, year, attribute, apart)
        if hides is None:
            return None
        return np.tile(hides[group if attribute else "population"], len(apart.names))

    def _follows(self, way: Way, attribute: str, people: People, told: Told) -> Follows:
        """Tell whose number would follow from the rows of a way."""
        least, size = self._study.study.min_count, len(people.hides)
        limit = self._study.access.limit_of(way.kind)
        beyond = ~(way.nearest.to_numpy() <= limit)
        sides = told.split(attribute, people, people.part(beyond))
        splits = dict.fromkeys(_OF_SIDES, sides)
        changes: dict[str, np.ndarray] = {}
        for name in ("nearest", *way.measures):
            values = way.figures(name).to_numpy(dtype=np.float64)
            apart = told.differ(name, values.reshape(-1, size))
            if len(values) > size:
                # It would tell how many may use the services of a group.
                usual = np.tile(values[-size:], len(values) // size)
                apart = np.column_stack([apart, distance(values, usual)])
            if name in AMOUNTS:
                none = values == 0
                apart = np.column_stack([apart, distance(values, np.zeros(len(values)))])
                same = (none == beyond).all()
                splits[_row(name)] = (
                    sides if same else told.split(attribute, people, people.part(none))
                )
            for row in ("mean", "median") if name == "nearest" else (_row(name),):
                changes[row] = changed(people, apart, values, least, mean=row.endswith("mean"))
        return Follows(splits, changes)

    def _tell(
        self, way: Way, attribute: str, people: People, table: pd.DataFrame, told: Told
    ) -> None:
        """Remember of which groups the rows of a way tell."""
        limit = self._study.access.limit_of(way.kind)
        parts = {"beyond_limit": ~(way.nearest.to_numpy() <= limit)}
        parts |= {_row(m): way.figures(m).to_numpy() == 0 for m in way.measures if m in AMOUNTS}
        for row, part in parts.items():
            shown = table[table["measure"] == row]["value"].notna().to_numpy()
            told.add_part(attribute, people.part(part), shown)

    def name(self, kind: str, mode: str) -> str:
        """Name the columns of a kind and a way; where there is one way only, by the kind alone."""
        return kind if len(self._study.access.mode) == 1 else f"{kind}_{mode}"

    def _by_segment(self, way: Way, places: gpd.GeoDataFrame) -> dict[str, Way]:
        """Give the ways of each segment that has a service, by the name of their columns."""
        name, apart = self.name(way.kind, way.mode), self.segments[way.kind]
        if not apart.attribute:
            return {name: way}
        out = {}
        for segment in apart.names:
            if not apart.open_to(places["meant_for"], segment).any():
                continue
            own = Way(
                way.kind,
                way.mode,
                way.nearest.xs(segment),
                {measure: found.xs(segment) for measure, found in way.measures.items()},
                way.notes,
                group="" if segment == REST else f"{apart.attribute}.{segment}",
                few=way.few.xs(segment) if len(way.few) else way.few,
            )
            out[name if segment == REST else f"{name}_{apart.attribute}_{segment}"] = own
        return out

    def _divided(
        self,
        case: Layers,
        year: int | None,
        apart: Segments,
        counts: pd.DataFrame,
        attribute: str,
    ) -> pd.DataFrame:
        """Divide people among the segments of a kind; unknown where their groups are not known."""
        if not apart.attribute:
            return counts
        if apart.attribute not in case.attributes(year):
            nobody = dict.fromkeys(apart.names, counts * np.nan)
            return pd.concat(nobody, names=[SEGMENT])
        return apart.divide(counts, attribute, case.counts(apart.attribute, year))

    def _is_estimated(
        self, case: Layers, year: int | None, apart: Segments, attribute: str
    ) -> bool:
        """Tell whether members were divided among segments by a guess, and not by their groups."""
        if not apart.attribute or attribute == apart.attribute:
            return False
        if attribute or apart.attribute not in case.attributes(year):
            return True
        known = case.counts(apart.attribute, year).sum(axis=1)
        return not np.allclose(known, case.zones[year]["population"].fillna(0))

    def _people(self, case: Layers, kind: str, year: int | None) -> pd.Series:
        """Give those who need a kind of service, by zone or by segment and zone."""
        apart = self.segments[kind]
        attribute, _dot, group = (apart.need or "").partition(".")
        if apart.need is None:
            counts = pd.DataFrame({"": case.zones[year]["population"]})
        elif attribute in case.attributes(year):
            counts = case.counts(attribute, year)
        else:
            counts = pd.DataFrame({group: np.nan}, index=case.zones[year].index)
        return self._divided(case, year, apart, counts, attribute)[group]

    def _from(self, case: Layers, year: int | None, mode: str) -> Any:
        """Give the points that people leave from, on their streets where they go along them."""
        # A plan has streets, homes and buildings of its own only where it changes them.
        of = (case.networks.get(mode), case.homes, case.housing, case.zones[year])
        for made, points in self._leave.get(mode, []):
            if all(one is other for one, other in zip(made, of, strict=True)):
                return points
        points = case.origins(year)
        if mode != "straight_line":
            points = tied(case.networks[mode], points)
        self._leave.setdefault(mode, []).append((of, points))
        return points

    def _nearest(
        self, case: Layers, year: int | None, mode: str, places: gpd.GeoSeries
    ) -> pd.Series:
        """Give each zone's cost to the nearest place, however far it is."""
        asked = self._study.access
        if mode in case.travel_times(year):
            return access.nearest(self._given(case, year, mode, places))
        leave = self._from(case, year, mode)
        if mode == "straight_line":
            return travel.nearest_straight_line(leave, places, detour=asked.detour)
        streets = case.networks[mode]
        return network.nearest(streets, leave, tied(streets, places), unit=asked.unit)

    def _pairs(
        self, case: Layers, year: int | None, mode: str, places: gpd.GeoSeries, limit: float
    ) -> pd.DataFrame:
        """Give the cost table of zones and places up to the limit."""
        asked = self._study.access
        if mode in case.travel_times(year):
            known = self._given(case, year, mode, places)
            return known[known["cost"] <= limit]
        leave = self._from(case, year, mode)
        if mode == "straight_line":
            return travel.straight_line(leave, places, limit=limit, detour=asked.detour)
        streets = case.networks[mode]
        there = tied(streets, places)
        return network.costs(streets, leave, there, limit=limit, unit=asked.unit)

    def _given(
        self, case: Layers, year: int | None, mode: str, places: gpd.GeoSeries
    ) -> pd.DataFrame:
        """Give the given cost table of zones and places."""
        table = case.travel_times(year)[mode]
        return travel.select(table, case.zones[year].index, places.index)

    def _way(
        self,
        case: Layers,
        year: int | None,
        kind: str,
        mode: str,
        places: gpd.GeoDataFrame,
        people: pd.Series,
    ) -> Way:
        """Measure one kind by one way."""
        asked, apart = self._study.access, self.segments[kind]
        at, limit = places.geometry, asked.limit_of(kind)
        near = {
            name: self._nearest(case, year, mode, at[apart.open_to(places["meant_for"], name)])
            for name in apart.names
        }
        one = near[apart.names[0]]
        way = Way(kind, mode, pd.concat(near, names=[SEGMENT]) if apart.attribute else one)
        if mode in case.travel_times(year):
            timed = case.travel_times(year)[mode]["service"].unique()
            if not at.index.isin(timed).all():
                way.notes.update(dict.fromkeys(("nearest", *asked.measures), _NO_TIME))
        wanted = self._known(way, places["capacity"], people)
        meet = kind in asked.meeting and len(places) > 0
        if not (wanted or meet):
            return way
        pairs = self._pairs(case, year, mode, at, limit)
        costs = access.Costs(self._open(pairs, apart, places["meant_for"]))
        demand = people.fillna(0).set_axis(costs.zones)
        if meet:
            now = None
            if self._with_others(case, year):
                now = self._people(self._layers, kind, self._layers.latest)
                now = now.reindex(people.index, fill_value=0.0).fillna(0).set_axis(costs.zones)
            self.meetings.add(
                case,
                year,
                kind,
                mode,
                costs=costs,
                people=demand,
                present=now,
                places=places,
                apart=apart,
            )
        if not wanted:
            return way
        least, concealed = self._study.study.min_count, self._concealed(case, year, apart)
        few = _few(costs, demand, least)
        if concealed is not None:
            few |= _few(costs, demand * concealed, least, beside=demand)
        if apart.attribute:
            # Of inhabitants who are divided, the group itself may be fewer: adults alone, say.
            members = case.counts(apart.attribute, year)
            own = self._divided(case, year, apart, members, apart.attribute).sum(axis=1)
            few |= _few(costs, own.set_axis(costs.zones), least)
        way = replace(way, few=few.set_axis(people.index))
        unknown = int(people.isna().sum())
        for name in wanted:
            found, note = _measure(name, costs, places["capacity"], demand, limit)
            way.measures[name] = found.set_axis(people.index)
            if unknown and name not in _OF_PLACES:
                left = f"{unknown} zone{'s' if unknown > 1 else ''} left out: demand unknown"
                note = _joined(note, left)
            way.notes[name] = _joined(note, way.notes.get(name, ""))
        return way

    def _known(self, way: Way, places: pd.Series, people: pd.Series) -> list[str]:
        """Name the measures of which all is known, and note why the others are not there."""
        asked = self._study.access.measures
        if places.isna().all():
            lacking = list(asked)
        else:
            lacking = [] if people.sum() > 0 else [n for n in asked if n not in _OF_PLACES]
        way.notes.update(dict.fromkeys(lacking, "no capacity or no demand is known"))
        return [name for name in asked if name not in lacking]

    def _open(self, pairs: pd.DataFrame, apart: Segments, meant_for: pd.Series) -> pd.DataFrame:
        """Leave each segment of each zone the pairs with services that are open to it.

        Its zones are numbers, in the order of segments and zones.
        """
        if not apart.attribute:
            return pairs
        zones, services = pairs["zone"].cat, pairs["service"].cat
        number, parts = len(zones.categories), []
        for place, name in enumerate(apart.names):
            open_to = apart.open_to(meant_for, name).reindex(services.categories).to_numpy()
            some = open_to[services.codes]
            codes = zones.codes.to_numpy(dtype=np.int64)[some] + place * number
            zone = pd.Categorical.from_codes(codes, range(number * len(apart.names)))
            parts.append(pairs[some].assign(zone=zone))
        return pd.concat(parts, ignore_index=True)

    def _rows(self, way: Way, counts: pd.DataFrame, universe: str) -> pd.DataFrame:
        """Summarise what was found over the people of each group."""
        asked = self._study.access
        table = inequality.by_group(way.nearest, counts, limit=asked.limit_of(way.kind))
        if self.segments[way.kind].attribute:
            table = _whole(table, counts)
        units = {"mean": asked.sign, "median": asked.sign, "share_within_limit": "share"}
        table["unit"] = table["measure"].map(units).fillna(universe)
        least, said = self._study.study.min_count, way.notes.get("nearest", "")
        table = with_deciles(table, way.nearest, counts, asked.sign, least)
        table["note"] = [n if n == TOO_FEW else _joined(n, said) for n in table["note"]]
        parts = [_with_those_without(table, way.nearest, counts, least)]
        for name in asked.measures:
            values = way.measures.get(name)
            figures = [_figure(name, values, counts[group]) for group in counts]
            none = "" if values is None else "fewer than half have one within the limit"
            notes = [
                _joined(none if np.isnan(figure) else "", way.notes[name]) for figure in figures
            ]
            parts.append(
                pd.DataFrame(
                    {
                        "group": counts.columns,
                        "measure": _row(name),
                        "value": figures,
                        "unit": _UNITS.get(name, asked.sign),
                        "note": notes,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)


def _touching(case: Layers, year: int | None) -> Graph:
    """Give the zones that touch each other."""
    return neighbours.contiguity(case.zones[year].geometry)


def _meant_for(case: Layers) -> pd.Series:
    """Give whom the services are for, by kind."""
    if case.services is None:
        return pd.Series([], index=pd.Index([], dtype=object), dtype=object)
    return case.services.set_index("kind")["meant_for"]


def _estimated(table: pd.DataFrame) -> pd.DataFrame:
    """Say in the notes that figures are of people who were divided by a guess."""
    notes = [_joined(note, _ESTIMATED) for note in table["note"]]
    return table.assign(note=table["note"].where(table["value"].isna(), notes))


_ESTIMATED = "estimated: the members in a zone are divided as all of its people are"
"""Where places are for a group of another attribute: who is of both nobody knows."""

_NO_TIME = "some services have no given travel time"
"""Such as one that a scenario opens."""


def _whole(table: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Round people who were divided among segments, and the share of them, to whole people."""
    value, total = table["value"].copy(), table["group"].map(counts.sum())
    beyond, share = (table["measure"] == m for m in ("beyond_limit", "share_within_limit"))
    value[beyond] = value[beyond].round()
    people = table[beyond].set_index("group")["value"].round()
    value[share] = 1 - table["group"].map(people)[share] / total[share]
    return table.assign(value=value)


_ENDLESS = "some have no way to any service"


def _with_those_without(
    table: pd.DataFrame, near: pd.Series, counts: pd.DataFrame, least: int
) -> pd.DataFrame:
    """Say in the note of a mean that is not there how many have no way, about."""
    without = near.reindex(counts.index).isna()
    if not without.any():
        return table
    none = counts[without].sum()
    note = table["note"].copy()
    for group, people in counts.sum().items():
        share = coarse_share(none[group], people, least)
        own = (table["group"] == group) & (table["measure"] == "mean")
        if share == share:
            note[own] = note[own].str.replace(_ENDLESS, f"{_ENDLESS} (about {share:.0%})")
    return table.assign(note=note)


_OF_SIDES = ("beyond_limit", "share_within_limit")
"""The rows that tell how many are within the limit."""

_UNITS = {
    "cumulative": "places",
    "gravity": "places",
    "floating_catchment": "places per person",
    "spatial_availability": "places per person",
    "raam": "share of the limit",
}
"""Units of the measures; that of the ways for the others."""

_OF_PLACES = ("cumulative", "gravity")
"""The measures of places alone, whoever needs them."""

_COSTS = ("balancing_cost", "raam")
"""Where people reach nothing these are no number: the median is told, as if they went for ever."""


def _joined(*notes: str) -> str:
    """Set notes behind each other."""
    return "; ".join(filter(None, notes))


def _row(measure: str) -> str:
    """Name the rows of a measure."""
    return f"{measure}_median" if measure in _COSTS else f"{measure}_mean"


def _blocks(values: pd.Series, zones: int) -> np.ndarray:
    """Give figures by segment and zone."""
    return values.to_numpy(dtype=np.float64).reshape(-1, zones)


def _few(
    costs: access.Costs, people: pd.Series, least: int, *, beside: pd.Series | None = None
) -> pd.Series:
    """Tell which zones reach a service whose places fewer than the minimum count share.

    Places over a zone's figure are those who share. Are some of them hidden, the others are taken
    away from all (``beside``), whose number two digits tell to one in a hundred at the best.
    """
    sharing = costs.by_service(costs.people(people)[costs.zone])
    few = (sharing > 1e-6) & (sharing < least)
    if beside is not None:
        few &= costs.by_service(costs.people(beside)[costs.zone]) < 100 * least
    return pd.Series(costs.by_zone(few[costs.matrix.indices].astype(np.float64)) > 0, costs.zones)


def _measure(
    name: str, costs: access.Costs, places: pd.Series, people: pd.Series, limit: float
) -> tuple[pd.Series, str]:
    """Give one measure by zone, and what is to be said of it.

    A decay is a bell curve down to 0 at the limit. Spatial availability for each person is the
    enhanced floating catchment of the same decay, which zones without demand have as well.
    """
    decay = access.decay.truncated_gaussian(limit)
    known = places.fillna(0)
    asked: dict[str, Callable[[], pd.Series]] = {
        "cumulative": lambda: access.cumulative(costs, known, limit),
        "gravity": lambda: access.gravity(costs, known, decay),
        "floating_catchment": lambda: access.floating_catchment(costs, places, people),
        "spatial_availability": lambda: access.floating_catchment(
            costs, places, people, method="e2sfca", decay=decay
        ),
        "balancing_cost": lambda: access.balancing_cost(costs, places, people),
        "raam": lambda: access.raam(costs, places, people, tau=limit),
    }
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", access.NotConverged)
        found = asked[name]()
    late = any(issubclass(one.category, access.NotConverged) for one in told)
    return found, "some people could still gain by another service" if late else ""


def _figure(measure: str, values: pd.Series | None, weights: pd.Series) -> float:
    """Give the mean over people, or the median of a cost; NaN where there is none."""
    people = weights.fillna(0).to_numpy(dtype=float)
    if values is None or not people.sum() > 0:
        return float("nan")
    if measure not in _COSTS:
        return float(np.average(values.to_numpy(), weights=people))
    half = inequality.weighted_quantile(values.fillna(np.inf).to_numpy(), people, 0.5)
    return half if np.isfinite(half) else float("nan")


def _gate(
    table: pd.DataFrame,
    counts: pd.DataFrame,
    study: Study,
    follows: Follows | None = None,
    closed: Collection[str] = (),
) -> pd.DataFrame:
    """Hide what is about too few, and what would let it be computed from what else is told.

    The rules are those of `kvarter.sides.Told`. ``follows`` is None where nothing else is told:
    then the sides are those of the table. ``closed`` are the rows of all inhabitants, whose
    figures are hidden.
    """
    # What is divided and added up again differs in the last digits.
    least, total = study.study.min_count, counts.sum().round(6)
    value, note, group = table["value"].copy(), table["note"].copy(), table["group"]
    small = hidden(pd.DataFrame({"all": total}), least)["all"]
    few, size = group.map(small), total.to_numpy()
    if follows is None:
        beyond = table[table["measure"] == "beyond_limit"].set_index("group")["value"]
        beyond = beyond.reindex(total.index).fillna(0)
        sides = np.column_stack([total - beyond, beyond])
        follows = Follows(dict.fromkeys(_OF_SIDES, (sides, np.zeros_like(sides))))
    # A tenth moves as the half does.
    like = table["measure"].mask(table["measure"].isin(DECILES), "median")
    splits = [(row, *sums) for row, sums in follows.splits.items()]
    splits += [(row, sums, np.zeros_like(sums)) for row, sums in follows.changed.items()]
    for row, plus, minus in splits:
        out = hidden_groups(plus, minus, size, least, closed=row in closed)
        few |= group.map(pd.Series(out, total.index)) & (like == row)
    # All digits of a mean would tell, with the zones' own figures, who makes the difference.
    value = value.mask(~table["measure"].isin(_OF_SIDES), significant(value, 3))
    return table.assign(value=value.mask(few), note=note.mask(few, TOO_FEW))


def _no_more(table: pd.DataFrame, of_present: pd.DataFrame) -> pd.DataFrame:
    """Hide of a plan with other people what would be hidden if it had the present ones."""
    key = ["group", "measure"]
    few = of_present[of_present["note"] == TOO_FEW].set_index(key).index
    out = table.set_index(key).index.isin(few)
    return table.assign(value=table["value"].mask(out), note=table["note"].mask(out, TOO_FEW))
