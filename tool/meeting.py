"""What a study asks about meeting places: who would use which service together with whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray
from scipy import sparse

from .analyses import access, meeting, segregation
from .layers import Layers
from .layers.disclosure import hidden, number_of_people, significant
from .meant import REST, Segments
from .segregation import small_groups
from .study import Study

TABLE = [
    "scenario",
    "year",
    "service",
    "mode",
    "attribute",
    "measure",
    "beside",
    "value",
    "reference",
    "difference",
    "note",
]

SERVICES = [
    "scenario",
    "year",
    "service",
    "mode",
    "id",
    "name",
    "attribute",
    "group",
    "measure",
    "value",
    "around",
    "difference",
    "role",
    "note",
]

ONE = "one service only"

DIFFERENT = "different_groups"
"""The chance that two who meet are of different groups."""

WITHOUT = "without_place"
"""How many are within the limit of a service and would have no place in any."""

UNSHOWN = "not shown, so that no small number can be computed"
"""Of few people, or of many beside whom few could be computed."""

_HOW: dict[str, Literal["nearest", "capacity", "huff"]] = {
    "nearest": "nearest",
    "capacity": "capacity",
    "choice": "huff",
}

_STEPS = (0.01, 0.02, 0.05, 0.1)
"""In which what is of all services is told where one has a hidden figure."""

_SURE = 0.05
"""So far apart the ends may be between which the chance of a service is, for what is hidden."""


@dataclass(frozen=True)
class Users:
    """How many people of each zone and group would use each service.

    Attributes
    ----------
    service, zone
        Numbers, one pair a row, each pair once.
    people
        Rows × groups.
    """

    service: NDArray[np.int64]
    zone: NDArray[np.int64]
    people: NDArray[np.float64]

    @classmethod
    def of(cls, service: NDArray, zone: NDArray, people: NDArray[np.float64]) -> Users:
        """Add up the rows of each pair."""
        zones = int(zone.max(initial=0)) + 1
        pairs, row = np.unique(service.astype(np.int64) * zones + zone, return_inverse=True)
        added = np.stack(
            [np.bincount(row, weights=column, minlength=len(pairs)) for column in people.T], axis=1
        )
        return cls(pairs // zones, pairs % zones, added.astype(np.float64))

    def change(self, other: Users) -> Users:
        """Tell how many more or fewer people, without a sign, than in the other."""
        both = [np.concatenate(pair) for pair in zip(self.rows(), other.rows(), strict=True)]
        both[2][len(self.people) :] *= -1
        apart = Users.of(*both)
        return Users(apart.service, apart.zone, np.abs(apart.people))

    def rows(self) -> tuple[NDArray, NDArray, NDArray[np.float64]]:
        """Give services, zones and people."""
        return self.service, self.zone, self.people

    def by_service(self, number: int, of: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Add up by service, of all zones and groups or of those that are marked."""
        people = self.people if of is None else np.where(of[self.zone], self.people, 0.0)
        columns = [np.bincount(self.service, column, minlength=number) for column in people.T]
        return np.stack(columns, axis=1)[:number].astype(np.float64)


@dataclass(frozen=True)
class _Found:
    """The rows of a kind and way; and which figures of services are hidden, by attribute."""

    overall: list[pd.DataFrame] = field(default_factory=list)
    services: list[pd.DataFrame] = field(default_factory=list)
    masks: dict[str, Any] = field(default_factory=dict)


@dataclass
class Meetings:
    """Who meets whom in the kinds of service that a study names.

    Parameters
    ----------
    layers, study
        The baseline, and what to ask.
    graph
        Gives the neighbours of the zones of a year.

    Notes
    -----
    What is published tells of nobody who is hidden elsewhere. Users of a service are expected
    ones, sums over zones of people × the share of a group there, and whoever knows the zones that
    are shown can take them away. So there are five rules for each service and group.

    1. Fewer users than the minimum count are hidden, and others beside them so that no sum of a
       service or of a group gives them back.
    2. So is the figure if those of the users who come from zones in which the group, or those who
       need the service, are hidden are fewer than the minimum.
    3. So is one that differs from what was told before of the same people, by another way of
       going or with another plan, by fewer than the minimum: all of them, or those of zones where
       they are hidden.
    4. Who lives around the users is hidden, of all groups, where those of a group in the zones in
       which it is hidden are fewer than the minimum.
    5. Users are told in steps of the minimum count, shares and chances in steps of 0.01. The
       chance of a service is made of the shares that are shown alone: it is the middle of what
       the others leave open, and hidden where they leave much. That of a user and a neighbour
       has steps so wide that as many users as the minimum count in other groups are one.

    What is of all services together has three significant digits; where one of its services has a
    hidden figure, the steps are so wide that twice the minimum count of people are one. Where few
    of a group change their service, all of it is hidden, and segregation between the zones of the
    users with it: nobody can enter or leave those of a zone without a change of service.

    Of a plan with other people, what would be hidden if only those who live there now did is
    hidden too: what it adds is known, and could be taken off again.
    """

    layers: Layers
    study: Study
    graph: Callable[[Layers, int | None], Graph]
    _overall: list[pd.DataFrame] = field(default_factory=list)
    _services: list[pd.DataFrame] = field(default_factory=list)
    _told: dict[tuple[str, str], list[Users]] = field(default_factory=dict)
    _base: dict[tuple[str, str, str, str], float] = field(default_factory=dict)
    _hidden: dict[tuple[str, int | None], pd.DataFrame] = field(default_factory=dict)
    _graphs: dict[int | None, Graph] = field(default_factory=dict)
    _numbers: dict[str, dict[str, int]] = field(default_factory=dict)

    def take(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Give the rows since the last time: of all services of a kind, and of each."""
        overall, services = (
            pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
            for parts in (self._overall, self._services)
        )
        self._overall, self._services = [], []
        return overall, services

    def add(
        self,
        case: Layers,
        year: int | None,
        kind: str,
        mode: str,
        *,
        costs: access.Costs,
        people: pd.Series,
        present: pd.Series | None = None,
        places: gpd.GeoDataFrame,
        apart: Segments,
    ) -> None:
        """Measure who meets whom in one kind of service, by one way of going there.

        Parameters
        ----------
        case, year
            The layers, and the year. Of years before the last, no service is told of by itself.
        kind, mode
            The kind of service and the way.
        costs
            The pairs within the limit, of each segment's zones where services are for groups.
        people
            Those who need the service, by the zones of the costs.
        present
            Of a plan with other people, those of them who live there now; by the same zones.
        places
            The services.
        apart
            Whose people are told apart.
        """
        known = self._numbers.setdefault(kind, {})
        for service in places.index:
            known.setdefault(str(service), len(known))
        last, number = year == case.latest, len(case.zones[year])
        now = self.layers.latest if last else year
        asked = (costs, kind, mode, places, apart)
        found = self._measured(
            self.layers, now, people if present is None else present, *asked, last, number
        )
        if present is not None:
            plan = Meetings(case, self.study, self.graph, _numbers=self._numbers)
            of_plan = plan._measured(case, year, people, *asked, last, number, also=found)
            found = _hidden_beside(of_plan, found)
        for overall in found.overall:
            self._overall.append(overall)
            if overall["measure"].iloc[0] != WITHOUT:
                self._overall.append(self._beside_baseline(case, overall))
        self._services += found.services

    def _measured(
        self,
        case: Layers,
        year: int | None,
        people: pd.Series,
        costs: access.Costs,
        kind: str,
        mode: str,
        places: gpd.GeoDataFrame,
        apart: Segments,
        last: bool,
        number: int,
        also: _Found | None = None,
    ) -> _Found:
        """Measure it for the people of some layers.

        Zones that only a plan has stand behind the others, ``number`` with them; nobody lives
        there now. What was hidden in ``also`` is hidden.
        """
        out = _Found()
        zones = case.zones[year].index
        rows = _assigned(costs, people, places["capacity"], self.study, kind)
        stamp, masked = {"service": kind, "mode": mode}, pd.Series(dtype=bool)
        if self.study.access.assignment == "capacity":
            without = _without_a_place(costs, rows)
            shown = number_of_people(round(without, 6), self.study.study.min_count)
            out.overall.append(self._told_in_steps(shown).assign(**stamp))
        at = rows["zone"].cat.codes.to_numpy()
        there = rows["service"].notna().to_numpy() & (at % number < len(zones))
        rows, at = rows[there], at[there]
        rows = pd.DataFrame(
            {
                "zone": pd.Categorical.from_codes(at % number, categories=zones),
                "service": rows["service"].array,
                "people": rows["people"].to_numpy(),
                "segment": np.array(apart.names, dtype=object)[at // number],
            }
        )
        if last:
            placed = self._users(rows, kind, rows[["people"]].to_numpy())
            need = self._hidden_need(apart, year).to_numpy()[:, None]
            masked = self._masked(placed, need, (kind, ""), [""], rows)[""]
            masked = masked | (False if also is None else also.masks[""])
            out.masks[""] = masked
            out.services.append(_number(rows, masked, self.study).assign(**stamp, attribute=""))
        for attribute in self._attributes(case, year, apart):
            counts = case.counts(attribute, year)
            own = {**stamp, "attribute": attribute}
            by_group = attribute == apart.attribute
            flows = _of_groups(rows, counts, apart) if by_group else rows.drop(columns="segment")
            mixed = _mixed(flows, counts)
            few = bool(small_groups(counts, self.study))
            few |= bool(small_groups(pd.DataFrame(mixed, columns=counts.columns), self.study))
            mask = None
            if last:
                users, key = self._users(flows, kind, mixed), (kind, attribute)
                concealed = self._hides(attribute, year).to_numpy() | need
                few_move = self._few_move(users, key)
                mask = self._masked(users, concealed, key, [*counts], rows)
                mask = mask | masked.to_numpy()[:, None] | few
                if also is not None:
                    mask = mask | also.masks[attribute]
                out.masks[attribute] = mask
                least, graph = self.study.study.min_count, self._graph(year)
                each = _of_each(flows, counts, graph, mask, least)
                hides = self._hides(attribute, year).to_numpy()
                beside = _few_beside(flows, counts, graph, hides, least)
                few_beside = each["id"].map(beside)
                each.loc[few_beside, ["around", "difference"]] = np.nan
                each.loc[few_beside, "role"] = ""
                out.services.append(each.assign(**own))
                few |= few_move
            overall = self._of_all(flows, counts, attribute, year, mask, few=few)
            out.overall.append(overall.assign(**own))
        if last:
            named = places["name"].to_dict()
            out.services[:] = [part.assign(name=part["id"].map(named)) for part in out.services]
        return out

    def _told_in_steps(self, people: float) -> pd.DataFrame:
        """Give the row of those without a place, in steps of the minimum count."""
        least = self.study.study.min_count
        row = {
            "attribute": "",
            "measure": WITHOUT,
            "beside": "",
            "value": np.round(people / least) * least,
            "note": "" if people == people else UNSHOWN,
        }
        return pd.DataFrame([row]).assign(reference=np.nan, difference=np.nan)

    def _attributes(self, case: Layers, year: int | None, apart: Segments) -> list[str]:
        """Name the attributes of persons that are known of a year.

        Not that of those who need the service: all its users are of one group.
        """
        wanted = self.study.access.groups
        need = (apart.need or "").partition(".")[0]
        return [
            name
            for name in case.attributes(year)
            if case.universe[name] == "persons"
            and len(case.groups[name]) > 1
            and name != need
            and (wanted is None or name in wanted)
        ]

    def _users(self, flows: pd.DataFrame, kind: str, people: NDArray[np.float64]) -> Users:
        """Add people up by service and zone; a service has one number in all plans."""
        number = np.array(
            [self._numbers[kind][str(name)] for name in flows["service"].cat.categories],
            dtype=np.int64,
        )
        service = number[flows["service"].cat.codes.to_numpy()]
        return Users.of(service, flows["zone"].cat.codes.to_numpy(), people)

    def _graph(self, year: int | None) -> Graph:
        if year not in self._graphs:
            self._graphs[year] = self.graph(self.layers, year)
        return self._graphs[year]

    def _hides(self, attribute: str, year: int | None) -> pd.DataFrame:
        """Tell which counts of the zones are hidden; of all inhabitants for no attribute."""
        key = (attribute, year)
        if key not in self._hidden:
            everybody = self.layers.zones[year][["population"]].rename(columns={"population": ""})
            counts = self.layers.counts(attribute, year) if attribute else pd.DataFrame(everybody)
            self._hidden[key] = hidden(counts, self.study.study.min_count)
        return self._hidden[key]

    def _hidden_need(self, apart: Segments, year: int | None) -> pd.Series:
        """Tell of which zones the number of those who need the service is hidden."""
        attribute, _dot, group = (apart.need or "").partition(".")
        known = self.layers.attributes(year)
        none = pd.Series(False, index=self.layers.zones[year].index)
        out = none if attribute and attribute not in known else self._hides(attribute, year)[group]
        if apart.attribute in known:
            out = out | self._hides(apart.attribute, year).any(axis=1)
        return out

    def _masked(
        self,
        users: Users,
        concealed: NDArray[np.bool_],
        key: tuple[str, str],
        groups: list[str],
        rows: pd.DataFrame,
    ) -> pd.DataFrame:
        """Tell which users, services × groups, are hidden; the rules are those of this class."""
        names, least = list(rows["service"].cat.categories), self.study.study.min_count
        known = self._numbers[key[0]]
        at, number = [known[str(name)] for name in names], len(known)
        sides = [users.by_service(number, concealed)]
        for other in self._told.get(key, []):
            change = users.change(other)
            sides += [change.by_service(number), change.by_service(number, concealed)]
        also = np.logical_or.reduce([(side > 1e-6) & (side < least - 1e-6) for side in sides])
        self._told.setdefault(key, []).append(users)
        told = pd.DataFrame(users.by_service(number).round(6)[at], index=names, columns=groups)
        return hidden(told, least, also=pd.DataFrame(also[at], index=names, columns=groups))

    def _few_move(self, users: Users, key: tuple[str, str]) -> bool:
        """Tell whether few of a group use another service than in what was told before."""
        for other in self._told.get(key, []):
            moved = users.change(other).people.sum(axis=0)
            if ((moved > 1e-6) & (moved < self.study.study.min_count)).any():
                return True
        return False

    def _of_all(
        self,
        flows: pd.DataFrame,
        counts: pd.DataFrame,
        attribute: str,
        year: int | None,
        mask: pd.DataFrame | None,
        *,
        few: bool,
    ) -> pd.DataFrame:
        """Set the chance to meet, and segregation, between services beside that between zones.

        Both are of the same users, by service and by zone.
        """
        told = meeting.chances(flows, counts, self._graph(year)).set_index("who")
        mix = meeting.users(flows, counts)
        mix = mix[mix.sum(axis=1) > 0]
        beside = [name for name in ("adjacent", "neighbours", "anybody") if name in told.index]
        out = [(DIFFERENT, who, *(told["value"][n] for n in ("users", who)), "") for who in beside]
        spec = self.study.attributes.get(attribute)
        ordered = spec is not None and spec.ordered
        names = [
            name
            for name, index in segregation.INDICES.items()
            if index.kind == "multigroup" and not index.needs
        ] + ["ordinal_information_theory"] * ordered
        homes = meeting.by_zone(flows, counts)
        between, zones = (
            segregation.measure(table, indices=names, ordered=ordered).set_index("index")
            for table in (mix, homes[homes.sum(axis=1) > 0])
        )
        for name in names:
            notes = dict.fromkeys([between.loc[name, "note"], zones.loc[name, "note"]])
            values = between.loc[name, "value"], zones.loc[name, "value"]
            if len(mix) == 1:
                # What one unit has is what all have; a last digit would say otherwise.
                notes, values = {ONE: None}, (np.nan, values[1])
            out.append((name, "zones", *values, "; ".join(filter(None, notes))))
        table = pd.DataFrame(out, columns=["measure", "beside", "value", "reference", "note"])
        if few:
            return table.assign(value=np.nan, reference=np.nan, difference=np.nan, note=UNSHOWN)
        if mix.empty:
            table["note"] = "nobody has a service"
        # Where services are not told of by themselves, nothing of them can be taken away.
        coarse = mask is not None and bool(mask.any(axis=None))
        users = float(mix.to_numpy().sum())
        for column in ("value", "reference"):
            table[column] = self._rounded(table[column], users, coarse=coarse)
        table["note"] = _reasoned(table)
        return table.assign(difference=(table["value"] - table["reference"]).round(6))

    def _rounded(self, value: pd.Series, people: float, *, coarse: bool) -> pd.Series:
        """Round what is told of all services, the more where one of them is hidden."""
        if not coarse:
            return pd.Series(significant(value, 3), index=value.index)
        least = self.study.study.min_count
        step = next((step for step in _STEPS if step * people >= 2 * least), np.nan)
        return ((value / step).round() * step).round(2)

    def _beside_baseline(self, case: Layers, overall: pd.DataFrame) -> pd.DataFrame:
        """Set what a plan makes of it beside the baseline; no rows of the baseline itself."""
        rows = overall[~overall["measure"].duplicated()]
        key = tuple(rows[["service", "mode", "attribute"]].iloc[0])
        if case is self.layers:
            for row in rows.itertuples(index=False):
                self._base[*key, row.measure] = row.value
            return rows.iloc[:0]
        before = np.array([self._base.get((*key, m), np.nan) for m in rows["measure"]])
        after = rows["value"].to_numpy(dtype=float)
        table = rows.assign(beside="baseline", reference=before)
        table["note"] = _reasoned(table)
        return table.assign(difference=(after - before).round(6))


def _hidden_beside(plan: _Found, present: _Found) -> _Found:
    """Hide of a plan with other people what would be hidden if it had the present ones."""
    overall = [
        _hidden_in(*pair, ["measure", "beside"], "reference")
        for pair in zip(plan.overall, present.overall, strict=True)
    ]
    services = [
        _hidden_in(*pair, ["id", "group", "measure"], "around")
        for pair in zip(plan.services, present.services, strict=True)
    ]
    return _Found(overall, services, plan.masks)


def _hidden_in(
    table: pd.DataFrame, present: pd.DataFrame, key: list[str], beside: str
) -> pd.DataFrame:
    """Hide the figures of a table that are not shown in the other, and what is made of them."""
    same = present.set_index(key).reindex(table.set_index(key).index)
    unshown, table = same["note"].isin(["", UNSHOWN]).to_numpy(), table.copy()
    for column in ("value", beside):
        if column not in table:
            continue
        hides = same[column].isna().to_numpy() & unshown
        for figure in {column, "difference"} & {*table}:
            table[figure] = table[figure].mask(hides)
        if "role" in table:
            table["role"] = table["role"].mask(hides, "")
        if column != "around":
            table["note"] = table["note"].mask(hides, UNSHOWN)
    return table


def _reasoned(table: pd.DataFrame) -> pd.Series:
    """Say of each figure that is not there, and has no reason yet, that it is not shown."""
    none = table[["value", "reference"]].isna().any(axis=1)
    return table["note"].mask(none & (table["note"] == ""), UNSHOWN)


def _assigned(
    costs: access.Costs, people: pd.Series, capacity: pd.Series, study: Study, kind: str
) -> pd.DataFrame:
    """Tell who would use which service, in the way that the study names."""
    how = study.access.assignment
    supply = capacity.reindex(costs.services)
    if how == "nearest":
        # A service without a known capacity is open; one without places is not.
        supply = supply.fillna(1)
    decay = None
    if how == "choice":
        decay = access.decay.truncated_gaussian(study.access.limit_of(kind))
    return access.assign(costs, people, supply, how=_HOW[how], decay=decay)


def _without_a_place(costs: access.Costs, rows: pd.DataFrame) -> float:
    """Count those whom no service takes, though one is within the limit."""
    near = np.diff(costs.matrix.indptr) > 0
    left = rows[rows["service"].isna()]
    return float(left["people"][near[left["zone"].cat.codes.to_numpy()]].sum())


def _of_groups(rows: pd.DataFrame, counts: pd.DataFrame, apart: Segments) -> pd.DataFrame:
    """Tell of which group the people of each row are.

    Those without services of their own are divided as the rest of their zone are; where that is
    unknown, as the rest of all.
    """
    mine = rows["segment"] != REST
    parts = [rows[mine].assign(group=rows["segment"][mine])]
    rest = rows[~mine]
    groups = [group for group in counts if group not in apart.names]
    number = counts[groups]
    total = number.sum(axis=1, skipna=False)
    usual = number.sum() / max(float(number.sum().sum()), 1.0)
    shares = number.div(total.where(total > 0), axis=0).fillna(usual)
    for group in groups:
        share = shares[group].to_numpy()[rest["zone"].cat.codes.to_numpy()]
        parts.append(rest.assign(people=rest["people"] * share, group=group))
    out = pd.concat(parts, ignore_index=True)
    return out.loc[out["people"] > 0, ["zone", "service", "people", "group"]]


def _mixed(flows: pd.DataFrame, counts: pd.DataFrame) -> NDArray[np.float64]:
    """Give the expected people of each group, one row a row of the assignment."""
    people = flows["people"].to_numpy(dtype=float)[:, None]
    if "group" in flows:
        return people * (flows["group"].to_numpy()[:, None] == counts.columns.to_numpy())
    n = counts.to_numpy(dtype=float)
    total = n.sum(axis=1, keepdims=True)
    shares = np.divide(n, total, out=np.zeros(n.shape), where=total > 0)
    return people * shares[flows["zone"].cat.codes.to_numpy()]


def _number(rows: pd.DataFrame, masked: pd.Series, study: Study) -> pd.DataFrame:
    """Give the number of users of each service, in steps of the minimum count."""
    least = study.study.min_count
    users = rows.groupby("service", observed=False)["people"].sum()
    shown = users.where(~masked.reindex(users.index).to_numpy())
    return pd.DataFrame(
        {
            "id": users.index.astype(object),
            "group": "",
            "measure": "users",
            "value": (shown / least).round().to_numpy() * least,
            "role": "",
            "note": np.where(shown.isna(), UNSHOWN, ""),
        }
    )


def _of_each(
    flows: pd.DataFrame, counts: pd.DataFrame, graph: Graph, mask: pd.DataFrame, least: int
) -> pd.DataFrame:
    """Give the mix of each service's users beside that of the zones next to theirs.

    A service bridges or separates where the two chances differ by more than rounding and what is
    hidden may make.
    """
    found = meeting.by_service(flows, counts, graph)
    around = meeting.users(flows[["zone", "service", "people"]], _next_door(counts, graph))
    mix = meeting.users(flows, counts)
    used = mix.sum(axis=1) > 0
    shares, beside = (t.div(t.sum(axis=1).where(t.sum(axis=1) > 0), axis=0) for t in (mix, around))
    shown = shares.round(2).mask(mask.to_numpy())
    unknown = mask.sum(axis=1)
    left = (1 - shown.sum(axis=1)).clip(lower=0).where(unknown > 0, 0)
    # The squares of the hidden shares: as large as one of them alone, as small as equal ones.
    most, fewest = left**2, left**2 / unknown.clip(lower=1)
    square, open_by = (shown**2).sum(axis=1) + (most + fewest) / 2, most - fewest
    step = np.maximum(0.01, np.ceil(least * left / mix.sum(axis=1).where(used) * 100) / 100)
    near = (found["different_adjacent"] / step).round() * step
    parts = [
        pd.DataFrame(
            {
                "id": shares.index,
                "group": group,
                "measure": "share",
                "value": shown[group].to_numpy(),
                "around": beside[group].round(2).where(shown[group].notna()).to_numpy(),
            }
        )
        for group in mix
    ]
    told = used & (open_by <= _SURE)
    parts.append(
        pd.DataFrame(
            {
                "id": shares.index,
                "group": "",
                "measure": DIFFERENT,
                "value": (1 - square).round(2).where(told).to_numpy(),
                "around": near.round(2).where(told).to_numpy(),
            }
        )
    )
    out = pd.concat(parts, ignore_index=True)
    out["difference"] = (out["value"] - out["around"]).round(2)
    may = (0.01 + open_by / 2 + (step - 0.01) / 2).reindex(out["id"]).to_numpy() + 1e-9
    chance = out["measure"] == DIFFERENT
    above, below = chance & (out["difference"] > may), chance & (out["difference"] < -may)
    nobody = ~used.reindex(out["id"]).to_numpy()
    note = np.select([nobody, out["value"].isna()], ["nobody has this service", UNSHOWN], "")
    return out.assign(role=np.select([above, below], ["bridges", "separates"], ""), note=note)


def _few_beside(
    flows: pd.DataFrame,
    counts: pd.DataFrame,
    graph: Graph,
    hides: NDArray[np.bool_],
    least: int,
) -> pd.Series:
    """Tell by service whether who lives around its users would tell of few in hidden zones."""
    order = graph.unique_ids.get_indexer(counts.index)
    links = sparse.csr_array(graph.sparse)[order][:, order]
    services = flows["service"].cat
    at = services.codes.to_numpy(), flows["zone"].cat.codes.to_numpy()
    shape = (len(services.categories), len(counts))
    used = sparse.coo_array((np.ones(len(flows)), at), shape=shape).tocsr()
    around = ((used @ links) > 0).astype(np.float64)
    people = around @ np.where(hides, counts.fillna(0).to_numpy(dtype=float), 0.0)
    few = ((people > 0) & (people < least)).any(axis=1)
    return pd.Series(few, index=services.categories)


def _next_door(counts: pd.DataFrame, graph: Graph) -> pd.DataFrame:
    """Count the people of the zones next to each zone; those whose groups are unknown in none."""
    order = graph.unique_ids.get_indexer(counts.index)
    links = sparse.csr_array(graph.sparse)[order][:, order]
    known = counts.where(counts.notna().all(axis=1), 0.0)
    return pd.DataFrame(links @ known.to_numpy(), index=counts.index, columns=counts.columns)
