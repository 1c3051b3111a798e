"""What a study asks about access: how far services are, and how much of them there is."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .analyses import access, inequality
from .geo import network, travel
from .layers import LayerError, Layers
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

Beyond = dict[tuple[str, str, str], pd.Series]
"""The published numbers beyond the limit, by kind, mode and attribute."""


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
    """

    kind: str
    mode: str
    nearest: pd.Series
    measures: dict[str, pd.Series]


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
    LayerError
        Where the study names a kind of service that is not there.
    """

    def __init__(self, layers: Layers, study: Study) -> None:
        self._layers, self._study = layers, study
        self._leave: dict[tuple[int | None, str], Any] = {}
        self._beyond: Beyond = {}
        self.ways: dict[str, Way] = {}
        """What was found in the last year of the baseline, by the name of its columns."""
        if layers.services is not None:
            self._refuse_unknown(set(layers.services["kind"]))

    def _refuse_unknown(self, kinds: set[str]) -> None:
        """Refuse kinds of service that neither the layer nor a scenario has."""
        asked = self._study.access
        kinds = kinds | {new.kind for plan in self._study.scenario for new in plan.add_service}
        for key in ("kinds", "limits", "demand"):
            for kind in getattr(asked, key) or []:
                if kind not in kinds:
                    raise LayerError(
                        f"[access] {key}",
                        f"There is no service of the kind {kind!r}.",
                        f"Kinds are: {', '.join(sorted(kinds))}.",
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
        planned = case is not self._layers
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
        rows, ways, beyond = [], {}, Beyond()
        for kind, places in services.groupby("kind", sort=True):
            people = self._people(case, str(kind), year)
            for mode in self._study.access.mode:
                way = self._way(case, year, str(kind), mode, places, people)
                ways[self.name(str(kind), mode)] = way
                for attribute, counts in groups.items():
                    table = self._rows(
                        way, places, counts, case.universe.get(attribute, "persons")
                    )
                    table = self._gated(table, way, attribute, counts, beyond, planned)
                    key = (str(kind), mode, attribute)
                    sides = table[table["measure"] == "beyond_limit"]
                    beyond[key] = sides.set_index("group")["value"]
                    rows.append(table.assign(service=kind, mode=mode, attribute=attribute))
        if not planned and year == case.latest:
            self.ways, self._beyond = ways, beyond
        # Before any service opened, and where a scenario closes them all, nothing can be reached.
        return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=TABLE)

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
        if (year, mode) not in self._leave:
            points = case.origins(year)
            if mode != "straight_line":
                points = network.snap(case.networks[mode], points)
            self._leave[year, mode] = points
        return self._leave[year, mode]

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
        leave, limit = self._from(case, year, mode), asked.limit_of(kind)
        straight = mode == "straight_line"
        if straight:
            near = travel.nearest_straight_line(leave, places.geometry, detour=asked.detour)
        else:
            streets = case.networks[mode]
            there = network.snap(streets, places.geometry)
            near = network.nearest(streets, leave, there, unit=asked.unit)
        known = bool(places["capacity"].notna().any() and people.notna().any())
        measures: dict[str, pd.Series] = {}
        if known and asked.measures:
            if straight:
                pairs = travel.straight_line(
                    leave, places.geometry, limit=limit, detour=asked.detour
                )
            else:
                pairs = network.costs(streets, leave, there, limit=limit, unit=asked.unit)
            costs = access.Costs(pairs)
            for name in asked.measures:
                measures[name] = _measure(name, costs, places["capacity"], people.fillna(0), limit)
        return Way(kind, mode, near, measures)

    def _rows(
        self, way: Way, places: gpd.GeoDataFrame, counts: pd.DataFrame, universe: str
    ) -> pd.DataFrame:
        """Summarise what was found over the people of each group."""
        unit = {"metres": "m", "minutes": "min"}[self._study.access.unit]
        limit = self._study.access.limit_of(way.kind)
        table = inequality.by_group(way.nearest, counts, limit=limit)
        units = {"mean": unit, "median": unit, "share_within_limit": "share"}
        table["unit"] = table["measure"].map(units).fillna(universe)
        parts = [table]
        for name in self._study.access.measures:
            values = way.measures.get(name)
            why = "" if values is not None else "no capacity or no demand is known"
            means = [_mean(values, counts[group]) for group in counts]
            note = [
                why or ("some have no service within the limit" if np.isnan(mean) else "")
                for mean in means
            ]
            parts.append(
                pd.DataFrame(
                    {
                        "group": counts.columns,
                        "measure": f"{name}_mean",
                        "value": means,
                        "unit": _UNITS.get(name, unit),
                        "note": note,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def _gated(
        self,
        table: pd.DataFrame,
        way: Way,
        attribute: str,
        counts: pd.DataFrame,
        beyond: Beyond,
        planned: bool,
    ) -> pd.DataFrame:
        """Let a table through the gate, beside what is told of other ways and of the baseline."""
        others = [
            value
            for (kind, mode, of), value in beyond.items()
            if (kind, of) == (way.kind, attribute) and mode != way.mode
        ]
        if not planned:
            return _gate(table, counts, self._study, others)
        before = self.ways.get(self.name(way.kind, way.mode))
        moved = pd.Series(True, index=counts.index)
        if before is not None:
            moved = _differ(way.nearest, before.nearest)
            for name, values in way.measures.items():
                # A kind without places in the baseline gave nobody any.
                earlier = before.measures.get(name, pd.Series(0.0, index=values.index))
                moved |= _differ(values, earlier)
        told = self._beyond.get((way.kind, way.mode, attribute))
        if told is not None:
            others.append(told)
        return _gate(table, counts, self._study, others, moved)


_UNITS = {
    "cumulative": "places",
    "gravity": "places",
    "floating_catchment": "places per person",
    "spatial_availability": "places per person",
    "raam": "share of the limit",
}
"""Units of the measures; that of the ways for the others."""


def _differ(one: pd.Series, other: pd.Series) -> pd.Series:
    """Tell where figures differ; what is unknown in both does not."""
    other = other.reindex(one.index)
    return (one != other) & ~(one.isna() & other.isna())


def _measure(
    name: str, costs: access.Costs, places: pd.Series, people: pd.Series, limit: float
) -> pd.Series:
    """Give one measure by zone; a decay is a bell curve down to 0 at the limit."""
    decay = access.decay.truncated_gaussian(limit)
    known = places.fillna(0)
    asked: dict[str, Callable[[], pd.Series]] = {
        "cumulative": lambda: access.cumulative(costs, known, limit),
        "gravity": lambda: access.gravity(costs, known, decay),
        "floating_catchment": lambda: access.floating_catchment(costs, places, people),
        "spatial_availability": lambda: (
            access.spatial_availability(costs, places, people, decay) / people.where(people > 0)
        ),
        "balancing_cost": lambda: access.balancing_cost(costs, places, people),
        "raam": lambda: access.raam(costs, places, people, tau=limit),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", access.NotConverged)
        return asked[name]()


def _mean(values: pd.Series | None, weights: pd.Series) -> float:
    """Give the mean over people; NaN where some of them have no value."""
    if values is None or not weights.sum() > 0:
        return float("nan")
    some = (weights > 0).to_numpy()
    return float(np.average(values.to_numpy()[some], weights=weights.to_numpy()[some]))


def _gate(
    table: pd.DataFrame,
    counts: pd.DataFrame,
    study: Study,
    others: Sequence[pd.Series] = (),
    moved: pd.Series | None = None,
) -> pd.DataFrame:
    """Hide what is about too few, and what would let it be computed from the other groups.

    The groups within and beyond the limit, and those whom a scenario or another way of going moves
    over it (``others`` are the published numbers beyond it), are one table whose sums are known:
    what is hidden in it is hidden together with a second figure. Mean and median are about all
    members and tell nothing of a side; but how they differ from the baseline tells the number of
    those whose way a scenario changes, in the zones ``moved``.
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
    if moved is not None:
        changed = pd.DataFrame({"changed": counts[moved.reindex(counts.index)].sum()})
        few |= table["group"].map(_hidden_sides(changed, least)) & means
    # All digits of a mean would tell, with the zones' own figures, who makes the difference.
    value = value.mask(means, significant(value, 3))
    return table.assign(value=value.mask(few), note=note.mask(few, TOO_FEW))


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
