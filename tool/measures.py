"""Every analysis of a study, on the baseline and on each scenario alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph

from .access import TABLE as ACCESS
from .access import Access, Way
from .analyses import segregation
from .autocorrelation import TABLE as AUTOCORRELATION
from .autocorrelation import Autocorrelation, Clusters
from .inequality import TABLE as INEQUALITY
from .inequality import twice_burdened
from .layers import Layers
from .layers.disclosure import coarse_share, publish, reasons
from .meant import REST
from .meeting import SERVICES
from .meeting import TABLE as MEETING
from .plans import scenarios
from .segregation import TABLE, TOO_FEW, Local, Segregation, by_zone
from .shown import shown
from .study import Study


@dataclass
class Results:
    """What was measured.

    Attributes
    ----------
    tables
        ``segregation``, ``change``, ``scale``, ``zoning``, ``autocorrelation``, ``correlogram``,
        ``hotspots``, ``transitions``, ``access``, ``inequality``, ``twice_burdened``,
        ``meeting``, ``meeting_services`` and ``checks``, as they are published, and ``audit``
        where it is asked for.
    zones
        One row a zone of the last year, one column a local result, as it is published.
    shares, reasons
        By attribute: zones × groups of the last year; the figure, and why it is not shown.
        Variables stand under their own name with one column.
    clusters
        By statistic, then by attribute or variable: what was found by zone in the last year.
    local
        Local measures of segregation in the last year.
    ways
        What was found of each kind of service and way of going, by the name of its columns.
    needs
        Who needs a kind of service, as ``attribute.group``, where it is not everybody.
    meant_for
        The groups that have services of a kind for themselves alone, as ``attribute.group``.
    catchment
        Zones × those names: places per person in the floating catchment, as it is published.
    hidden
        How much is hidden, one row an attribute (an empty ``group``: zones with any figure of it
        hidden) and one row a group: ``zones`` with people, ``zones_shown``, ``zones_hidden`` and
        ``people_share``, the share of the people who are in the hidden ones, coarsely.
    """

    tables: dict[str, pd.DataFrame]
    zones: gpd.GeoDataFrame
    shares: dict[str, pd.DataFrame] = field(default_factory=dict)
    reasons: dict[str, pd.DataFrame] = field(default_factory=dict)
    clusters: dict[str, dict[str, Clusters]] = field(default_factory=dict)
    local: Local = field(default_factory=Local)
    ways: dict[str, Way] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)
    meant_for: dict[str, list[str]] = field(default_factory=dict)
    catchment: pd.DataFrame = field(default_factory=pd.DataFrame)
    hidden: pd.DataFrame = field(default_factory=pd.DataFrame)


def begin(layers: Layers, study: Study) -> Results:
    """Give what is shown of the zones in the last year, before anything is measured of it.

    Parameters
    ----------
    layers
        The baseline.
    study
        What to ask.

    Returns
    -------
    Results
        With ``shares``, ``reasons``, ``local`` and ``hidden``; `measure` fills in the rest.
    """
    year, least = layers.latest, study.study.min_count
    results = Results({}, layers.zones[year][["name", "geometry"]].copy())
    results.local = by_zone(layers, study)
    results.shares, results.reasons = shown(layers, study, year)
    hides = []
    for name in layers.attributes(year):
        hides += _hides(name, layers.counts(name, year), results.reasons[name], least)
    results.hidden = pd.DataFrame(hides)
    return results


def _hides(
    attribute: str, counts: pd.DataFrame, reason: pd.DataFrame, least: int
) -> list[dict[str, object]]:
    """Tell how much of an attribute, and of each of its groups, is hidden."""
    people = counts.sum(axis=1)
    lived, total, rows = people > 0, float(people.sum()), []
    for group in ("", *counts):
        why = reason if group == "" else reason[[group]]
        hides = (why == "hidden").any(axis=1) & lived
        rows.append(
            {
                "attribute": attribute,
                "group": group,
                "zones": int(lived.sum()),
                "zones_shown": int(((why == "").all(axis=1) & lived).sum()),
                "zones_hidden": int(hides.sum()),
                "people_share": coarse_share(float(people[hides].sum()), total, least),
            }
        )
    return rows


def measure(
    results: Results,
    layers: Layers,
    study: Study,
    progress: Callable[[str], object] = lambda step: None,
    *,
    audit: bool = False,
    plans: list[tuple[str, Layers]] | None = None,
) -> None:
    """Measure everything that the study asks for.

    Parameters
    ----------
    results
        What `begin` gave; the rest of it is filled in.
    layers
        The baseline.
    study
        What to ask.
    progress
        Is told each step before it begins.
    audit
        Whether to set the figures of segregation beside those of PySAL.
    plans
        What `scenarios` gave, where it has been asked already.
    """
    apart, alike = Segregation(layers, study), Autocorrelation(layers, study)
    segregations, autocorrelations, accesses, unequals = [], [], [], []
    meetings: list[pd.DataFrame] = []
    served: list[pd.DataFrame] = []
    cases = [("baseline", layers, year) for year in layers.zones]
    plans = scenarios(layers, study) if plans is None else plans
    cases += [(name, changed, changed.latest) for name, changed in plans]
    near = Access(layers, study, _neighbours(layers, study, alike), plans)
    for name, case, year in cases:
        label = " ".join(str(part) for part in (name, year) if part is not None)
        progress(f"segregation, {label}")
        stamp = {"scenario": name, "year": year}
        segregations.append(apart.table(case, year).assign(**stamp))
        if case is layers and year == layers.latest:
            segregations.append(apart.regions().assign(**stamp))
        progress(f"autocorrelation, {label}")
        same = case.zones[year] is layers.zones[year if case is layers else layers.latest]
        tested = alike.table(year if case is layers else layers.latest)
        if not same:
            few = tested.loc[tested["note"] == TOO_FEW, "variable"]
            tested = Autocorrelation(case, study).table(year)
            # What a plan adds is known, and so would be what was there.
            hides = tested["variable"].isin(few) | tested["other"].isin(few)
            figures = ["value", "z", "p_value", "p_adjusted"]
            tested[figures] = tested[figures].mask(hides)
            tested["note"] = tested["note"].mask(hides, TOO_FEW)
        autocorrelations.append(tested.assign(**stamp))
        if case is layers and year == layers.latest:
            autocorrelations.append(alike.regions().assign(**stamp))
        if case.services is not None:
            progress(f"access, {label}")
            accesses.append(near.table(case, year).assign(**stamp))
            unequals.append(near.unequal.assign(**stamp))
            for parts, rows in zip((meetings, served), near.meetings.take(), strict=True):
                parts += [rows.assign(**stamp)] if len(rows) else []

    progress("change of segregation, and its scale")
    progress("hot spots over the years")
    spots, steps = alike.over_years()
    results.tables = {
        "segregation": _table(segregations, TABLE),
        "change": apart.change(),
        "scale": apart.scale(),
        "zoning": apart.zoning(),
        "autocorrelation": _table(autocorrelations, AUTOCORRELATION),
        "correlogram": alike.correlogram(),
        "hotspots": spots,
        "transitions": steps,
        "access": _table(accesses, ACCESS),
        "inequality": _table(unequals, INEQUALITY),
        "twice_burdened": twice_burdened(alike, near.ways, results.shares, layers, study),
        "meeting": _table(meetings, MEETING),
        "meeting_services": _table(served, SERVICES),
        "checks": pd.concat([layers.checks, apart.checks(), alike.checks()], ignore_index=True),
    }
    if audit:
        progress("figures by PySAL")
        results.tables["audit"] = apart.audit()
    results.ways = near.ways
    results.needs = {k: apart.need for k, apart in near.segments.items() if apart.need}
    results.meant_for = {
        kind: [f"{apart.attribute}.{name}" for name in apart.names if name != REST]
        for kind, apart in near.segments.items()
        if apart.attribute
    }
    progress("local results")
    results.clusters = alike.by_zone(results.shares, results.reasons)
    _local(results, layers, study)


def _neighbours(
    layers: Layers, study: Study, alike: Autocorrelation
) -> Callable[[Layers, int | None], Graph]:
    """Give what knows the neighbours of the zones of a year, also where a plan has more zones."""

    def graph(case: Layers, year: int | None) -> Graph:
        same = case is layers or case.zones[year].index.equals(layers.zones[layers.latest].index)
        if not same:
            return Autocorrelation(case, study).graph(year)
        return alike.graph(year if case is layers else layers.latest)

    return graph


def _table(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Set the parts below each other, with the columns of the contract in their order."""
    if not parts:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(parts, ignore_index=True)
    for column in columns:
        if column not in frame:
            frame[column] = np.nan
    return frame[columns]


def _local(results: Results, layers: Layers, study: Study) -> None:
    """Give the zones their local results, through the gate."""
    year, least = layers.latest, study.study.min_count
    zones = layers.zones[year]
    spots = results.tables["hotspots"] if len(layers.zones) > 2 else None
    population = zones[["population"]]
    people = reasons(pd.DataFrame(population), least)
    out: dict[str, pd.Series] = {
        "population": population["population"].where(people["population"] == "")
    }
    for name, shares in results.shares.items():
        reason = results.reasons[name]
        single = shares.shape[1] == 1
        prefixes = {group: f"{name}_{group}" for group in shares}
        if name in study.variables:
            prefixes = {name: name}
        for column, key in prefixes.items():
            what = "value" if name in study.variables else "density" if single else "share"
            out[f"{what}_{key}"] = shares[column]
            for statistic, found in results.clusters.items():
                if name not in found or column not in found[name].classes:
                    continue
                told = found[name]
                out[f"local_{statistic}_{key}"] = told.classes[column]
                out[f"local_{statistic}_p_{key}"] = told.p_adjusted[column]
                if statistic == "moran":
                    out[f"neighbours_mean_{key}"] = told.around[column]
                if statistic == "moran" and what == "share":
                    out[f"small_population_{key}"] = told.small[column]
            if spots is not None:
                own = spots[spots["variable"] == (key if what == "value" else f"{name}.{column}")]
                pattern = own.set_index("zone")["pattern"].reindex(zones.index)
                out[f"hot_spot_pattern_{key}"] = pattern.fillna("")
        if name not in study.variables and not single:
            counts = layers.counts(name, year)
            quotient = publish(segregation.location_quotient(counts), reason)
            for group in quotient:
                out[f"location_quotient_{name}_{group}"] = quotient[group]
    out |= {column: results.local.values[column] for column in results.local.of}
    for name, way in results.ways.items():
        out[f"nearest_{name}"] = way.nearest
    for measure in study.access.measures:
        values = pd.DataFrame(
            {
                n: way.measures[measure]
                for n, way in results.ways.items()
                if measure in way.measures
            }
        )
        if values.empty:
            continue
        # Places over people: for a zone of few people it would tell their number.
        why = pd.DataFrame(
            {n: results.ways[n].why(people["population"]) for n in values}, values.index
        )
        rounded = publish(values, why, digits=2)
        out |= {f"{measure}_{name}": rounded[name] for name in rounded}
        if measure == "floating_catchment":
            results.catchment = rounded
    frame = pd.DataFrame(out, index=zones.index)
    named = [column for column in ("name", "region") if column in zones]
    joined = pd.concat([zones[named], frame], axis=1)
    results.zones = gpd.GeoDataFrame(joined, geometry=zones.geometry, crs=zones.crs)
