"""What a study asks about access: how far services are, and how much of them there is."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .analyses import access, inequality
from .geo import network, travel
from .layers import ColumnError, Layers
from .layers.disclosure import hidden, significant
from .segregation import TOO_FEW
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
    measures
        By measure: its figures by zone.
    notes
        By measure, or ``nearest``: what is to be said of it.
    beyond
        By attribute: the published numbers beyond the limit, by group.
    """

    kind: str
    mode: str
    nearest: pd.Series
    measures: dict[str, pd.Series] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    beyond: dict[str, pd.Series] = field(default_factory=dict)

    def figures(self, measure: str) -> pd.Series:
        """Give a measure, or ``nearest``, by zone.

        Of a kind that nobody could reach, there were no places, and no way to any.
        """
        if measure == "nearest":
            return self.nearest
        nothing = np.nan if measure in _COSTS else 0.0
        found = self.measures.get(measure)
        return pd.Series(nothing, index=self.nearest.index) if found is None else found


class Access:
    """What was measured of access, so that no place is tied to its street twice.

    Parameters
    ----------
    layers
        The baseline.
    study
        What to ask.

    Raises
    ------
    ColumnError
        Where the study names a kind of service that is not there.
    """

    def __init__(self, layers: Layers, study: Study) -> None:
        self._layers, self._study = layers, study
        self._leave: dict[str, list[tuple[tuple[Any, ...], Any]]] = {}
        self._told: dict[str, list[Way]] = {}
        self.ways: dict[str, Way] = {}
        """What was found in the last year of the baseline, by the name of its columns."""
        if layers.services is not None:
            self._refuse_unknown(set(layers.services["kind"]))

    def _refuse_unknown(self, kinds: set[str]) -> None:
        """Refuse kinds of service that neither the layer nor a scenario has."""
        asked = self._study.access
        for plan in self._study.scenario:
            kinds = kinds | {new.kind for new in plan.add_service}
            kinds |= {other.kind for other in plan.change_service if other.kind is not None}
        for key in ("kinds", "limits", "demand"):
            for kind in getattr(asked, key) or []:
                if kind not in kinds:
                    close = difflib.get_close_matches(kind, kinds, n=1)
                    hint = f"Did you mean {close[0]!r}? " if close else ""
                    raise ColumnError(
                        f"[access] {key}",
                        f"There is no service of the kind {kind!r}.",
                        f"{hint}Kinds are: {', '.join(sorted(kinds))}.",
                    )

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
        groups = {"": pd.DataFrame({"": zones["population"]})}
        wanted = self._study.access.groups
        groups |= {
            name: case.counts(name, year)
            for name in case.attributes(year)
            if wanted is None or name in wanted
        }
        rows: list[pd.DataFrame] = []
        # Plans begin with the people of the last year: what is told of these is beside all.
        told = self._told if year == case.latest else {}
        for kind, places in services.groupby("kind", sort=True):
            people = self._people(case, str(kind), year)
            for mode in self._study.access.mode:
                way = self._way(case, year, str(kind), mode, places, people)
                earlier = told.setdefault(str(kind), [])
                for attribute, counts in groups.items():
                    universe = case.universe.get(attribute, "persons")
                    table = self._rows(way, counts, universe)
                    beside = _beside(way, attribute, earlier)
                    present = self._present(case, year, attribute)
                    if present is None:
                        table = of_present = _gate(table, counts, self._study, *beside)
                    else:
                        of_present = self._rows(way, present, universe)
                        of_present = _gate(of_present, present, self._study, *beside)
                        table = _no_more(_gate(table, counts, self._study), of_present)
                    sides = of_present[of_present["measure"] == "beyond_limit"]
                    way.beyond[attribute] = sides.set_index("group")["value"]
                    rows.append(table.assign(service=kind, mode=mode, attribute=attribute))
                earlier.append(way)
                if case is self._layers and year == case.latest:
                    self.ways[self.name(str(kind), mode)] = way
        # Before any service opened, and where a scenario closes them all, nothing can be reached.
        return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=TABLE)

    def _present(self, case: Layers, year: int | None, attribute: str) -> pd.DataFrame | None:
        """Give the counts of those who live there now, where a plan has others.

        What a plan adds is known: who takes it from a figure has that of the people who are there.
        """
        now = self._layers.zones[self._layers.latest]
        if year != case.latest or case.zones[year] is now:
            return None
        counts = pd.DataFrame({"": now["population"]})
        if attribute:
            counts = self._layers.counts(attribute, self._layers.latest)
        return counts.reindex(case.zones[year].index, fill_value=0.0)

    def name(self, kind: str, mode: str) -> str:
        """Name the columns of a kind and a way; where there is one way only, by the kind alone."""
        return kind if len(self._study.access.mode) == 1 else f"{kind}_{mode}"

    def _people(self, case: Layers, kind: str, year: int | None) -> pd.Series:
        """Give those who need a kind of service, by zone."""
        who = self._study.access.demand.get(kind)
        if who is None:
            return case.zones[year]["population"]
        attribute, _dot, group = who.partition(".")
        if attribute not in case.attributes(year):
            return pd.Series(np.nan, index=case.zones[year].index)
        return case.counts(attribute, year)[group]

    def _from(self, case: Layers, year: int | None, mode: str) -> Any:
        """Give the points that people leave from, on their streets where they go along them."""
        # A plan has streets, homes and buildings of its own only where it changes them.
        of = (case.networks.get(mode), case.homes, case.housing, case.zones[year])
        for made, points in self._leave.get(mode, []):
            if all(one is other for one, other in zip(made, of, strict=True)):
                return points
        points = case.origins(year)
        if mode != "straight_line":
            points = network.snap(case.networks[mode], points)
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
        return network.nearest(streets, leave, network.snap(streets, places), unit=asked.unit)

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
        there = network.snap(streets, places)
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
        asked = self._study.access
        at, limit = places.geometry, asked.limit_of(kind)
        way = Way(kind, mode, self._nearest(case, year, mode, at))
        if mode in case.travel_times(year):
            timed = case.travel_times(year)[mode]["service"].unique()
            if not at.index.isin(timed).all():
                way.notes.update(dict.fromkeys(("nearest", *asked.measures), _NO_TIME))
        if not asked.measures:
            return way
        if places["capacity"].isna().all() or not people.sum() > 0:
            way.notes.update(dict.fromkeys(asked.measures, "no capacity or no demand is known"))
            return way
        costs = access.Costs(self._pairs(case, year, mode, at, limit))
        unknown = int(people.isna().sum())
        for name in asked.measures:
            found, note = _measure(name, costs, places["capacity"], people.fillna(0), limit)
            way.measures[name] = found
            if unknown:
                left = f"{unknown} zone{'s' if unknown > 1 else ''} left out: demand unknown"
                note = _joined(note, left)
            way.notes[name] = _joined(note, way.notes.get(name, ""))
        return way

    def _rows(self, way: Way, counts: pd.DataFrame, universe: str) -> pd.DataFrame:
        """Summarise what was found over the people of each group."""
        asked = self._study.access
        table = inequality.by_group(way.nearest, counts, limit=asked.limit_of(way.kind))
        units = {"mean": asked.sign, "median": asked.sign, "share_within_limit": "share"}
        table["unit"] = table["measure"].map(units).fillna(universe)
        table["note"] = [_joined(note, way.notes.get("nearest", "")) for note in table["note"]]
        parts = [table]
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


_NO_TIME = "some services have no given travel time"
"""Such as one that a scenario opens."""

_OF_NEAREST = ("mean", "median")
"""The rows of the way to the nearest that are of all members."""

_UNITS = {
    "cumulative": "places",
    "gravity": "places",
    "floating_catchment": "places per person",
    "spatial_availability": "places per person",
    "raam": "share of the limit",
}
"""Units of the measures; that of the ways for the others."""

_COSTS = ("balancing_cost", "raam")
"""Where people reach nothing these are no number: the median is told, as if they went for ever."""


def _joined(*notes: str) -> str:
    """Set notes behind each other."""
    return "; ".join(filter(None, notes))


def _row(measure: str) -> str:
    """Name the rows of a measure."""
    return f"{measure}_median" if measure in _COSTS else f"{measure}_mean"


def _beside(
    way: Way, attribute: str, earlier: Sequence[Way]
) -> tuple[list[pd.Series], dict[str, list[pd.Series]]]:
    """Give what was told of the same people before: by other ways, and by the baseline and plans.

    The numbers beyond the limit, and for each measure the zones whose figures differ.
    """
    told = [other for other in earlier if attribute in other.beyond]
    moved: dict[str, list[pd.Series]] = {}
    for measure in ("nearest", *way.measures):
        own = way.figures(measure)
        zones = [_differ(own, other.figures(measure)) for other in told]
        # A mean of places tells, with the zones' own, the number of the few who reach any.
        if measure != "nearest" and measure not in _COSTS:
            zones.append(own != 0)
        moved |= dict.fromkeys(_OF_NEAREST if measure == "nearest" else [_row(measure)], zones)
    return [other.beyond[attribute] for other in told], moved


def _differ(one: pd.Series, other: pd.Series) -> pd.Series:
    """Tell where figures differ; what is unknown in both does not."""
    other = other.reindex(one.index)
    return (one != other) & ~(one.isna() & other.isna())


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
    others: Sequence[pd.Series] = (),
    moved: Mapping[str, Sequence[pd.Series]] = MappingProxyType({}),
) -> pd.DataFrame:
    """Hide what is about too few, and what would let it be computed from the other groups.

    The groups within and beyond the limit, and those whom a scenario or another way of going moves
    over it (``others`` are the published numbers beyond it), are one table whose sums are known:
    what is hidden in it is hidden together with a second figure. Means and medians are about all
    members and tell nothing of a side; but how they differ from what else is published tells the
    number of those in the zones whose figures differ: ``moved``, by measure.
    """
    least, total = study.study.min_count, counts.sum()
    value, note = table["value"].copy(), table["note"].copy()
    small = hidden(pd.DataFrame({"all": total}), least)["all"]
    few = table["group"].map(small)
    beyond = table[table["measure"] == "beyond_limit"].set_index("group")["value"]
    if len(beyond):
        beyond = beyond.reindex(total.index)
        sides = pd.DataFrame({"within": total - beyond, "beyond": beyond})
        for number, other in enumerate(others):
            # Hidden figures are NaN: no difference can be taken from them.
            sides[f"moved_{number}"] = (beyond - other.reindex(total.index)).abs()
        side = table["group"].map(_hidden_sides(sides, least))
        few |= side & table["measure"].isin(["beyond_limit", "share_within_limit"])
    means = ~table["measure"].isin(["beyond_limit", "share_within_limit"])
    for measure, zones in moved.items():
        changed = pd.DataFrame(
            {n: counts[where.reindex(counts.index)].sum() for n, where in enumerate(zones)},
            index=total.index,
        )
        few |= table["group"].map(_hidden_sides(changed, least)) & (table["measure"] == measure)
    # All digits of a mean would tell, with the zones' own figures, who makes the difference.
    value = value.mask(means, significant(value, 3))
    return table.assign(value=value.mask(few), note=note.mask(few, TOO_FEW))


def _no_more(table: pd.DataFrame, of_present: pd.DataFrame) -> pd.DataFrame:
    """Hide of a plan with other people what would be hidden if it had the present ones."""
    few = of_present["note"] == TOO_FEW
    return table.assign(value=table["value"].mask(few), note=table["note"].mask(few, TOO_FEW))


def _hidden_sides(sides: pd.DataFrame, least: int) -> pd.Series:
    """Tell which groups must not be divided: a side of theirs is small, or tells another's.

    The sides of all groups together are known. So the hidden groups are two at least, and each
    side of them together nobody or at least the minimum; the group with the fewest people there
    is added until this holds.
    """
    known = sides.fillna(0)
    small = known.gt(0) & known.lt(least)
    out = small.any(axis=1)
    while out.any() and not out.all():
        together = known[out].sum()
        short = small[out].any() if out.sum() < 2 else together.gt(0) & together.lt(least)
        others = known.loc[~out, short].sum(axis=1)
        if not others.gt(0).any():
            break
        out[others[others > 0].idxmin()] = True
    return out
