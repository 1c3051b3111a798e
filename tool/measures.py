"""Every analysis of a study, on the baseline and on each scenario alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from .analyses import access, inequality, segregation
from .autocorrelation import TABLE as AUTOCORRELATION
from .autocorrelation import Autocorrelation, Clusters
from .geo import travel
from .layers import Layers, apply
from .layers.disclosure import hidden, publish, reasons, significant
from .segregation import TABLE, TOO_FEW, Local, Segregation, by_zone
from .shown import shown
from .study import Study

ACCESS = ["scenario", "year", "service", "attribute", "group", "measure", "value", "unit", "note"]


@dataclass
class Results:
    """What was measured.

    Attributes
    ----------
    tables
        ``segregation``, ``change``, ``scale``, ``zoning``, ``autocorrelation``, ``correlogram``,
        ``hotspots``, ``transitions``, ``access`` and ``checks``, as they are published, and
        ``audit`` where it is asked for.
    zones
        One row a zone of the last year, one column a local result, as it is published.
    shares, reasons
        By attribute: zones × groups of the last year; the figure, and why it is not shown.
        Variables stand under their own name with one column.
    clusters
        By statistic, then by attribute or variable: what was found by zone in the last year.
    local
        Local measures of segregation in the last year.
    distance
        Zones × kinds of service: metres to the nearest one, however far it is.
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
    distance: pd.DataFrame = field(default_factory=pd.DataFrame)
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
                "people_share": _coarse(float(people[hides].sum()), total, least),
            }
        )
    return rows


def _coarse(part: float, total: float, least: int) -> float:
    """Give a share in steps of twice the minimum count or more, and of one in a hundred at least.

    The people of the larger hidden zones are published: what an exact share has beyond them would
    be those of the small ones. NaN where there are too few people for any step.
    """
    steps = [step for step in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5) if step * total >= 2 * least]
    if part in (0, total) or not steps:
        return part / total if part in (0, total) and total else float("nan")
    return min(max(round(part / total / steps[0]), 1) * steps[0], 1 - steps[0])


def measure(
    results: Results,
    layers: Layers,
    study: Study,
    progress: Callable[[str], object] = lambda step: None,
    *,
    audit: bool = False,
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
    """
    apart, alike = Segregation(layers, study), Autocorrelation(layers, study)
    segregations, autocorrelations, accesses = [], [], []
    cases = [("baseline", layers, year) for year in layers.zones]
    cases += [(name, changed, layers.latest) for name, changed in scenarios(layers, study)]
    distance, catchment = pd.DataFrame(), pd.DataFrame()
    beyond: dict[tuple[str, str], pd.Series] = {}
    for name, case, year in cases:
        label = " ".join(str(part) for part in (name, year) if part is not None)
        progress(f"segregation, {label}")
        stamp = {"scenario": name, "year": year}
        segregations.append(apart.table(case, year).assign(**stamp))
        if case is layers and year == layers.latest:
            segregations.append(apart.regions().assign(**stamp))
        progress(f"autocorrelation, {label}")
        autocorrelations.append(alike.table(year).assign(**stamp))
        if case is layers and year == layers.latest:
            autocorrelations.append(alike.regions().assign(**stamp))
        if case.services is not None:
            progress(f"access, {label}")
            before = None if name == "baseline" else (beyond, distance, catchment)
            table, near, catch = _access(case, study, year, before)
            accesses.append(table.assign(**stamp))
            if name == "baseline":
                distance, catchment = near, catch
                beyond = {
                    (str(kind), str(attribute)): part.set_index("group")["value"]
                    for (kind, attribute), part in table[
                        table["measure"] == "beyond_limit"
                    ].groupby(["service", "attribute"], sort=False)
                }

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
        "checks": pd.concat([layers.checks, alike.checks()], ignore_index=True),
    }
    if audit:
        progress("figures by PySAL")
        results.tables["audit"] = apart.audit()
    results.distance = distance
    progress("local results")
    results.clusters = alike.by_zone(results.shares, results.reasons)
    _local(results, layers, study, catchment)


def scenarios(layers: Layers, study: Study) -> list[tuple[str, Layers]]:
    """Give each scenario's name and the layers as it would change them."""
    out = []
    for scenario in study.scenario:
        new = [service.model_dump(exclude_none=True) for service in scenario.add_service]
        changed = apply(layers, add_service=new, close_service=scenario.close_service)
        out.append((scenario.name, changed))
    return out


def _table(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Set the parts below each other, with the columns of the contract in their order."""
    if not parts:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(parts, ignore_index=True)
    for column in columns:
        if column not in frame:
            frame[column] = np.nan
    return frame[columns]


def limit_of(study: Study, kind: str) -> float:
    """Give how far people go for a kind of service, in metres."""
    return study.access.limits.get(kind, study.access.limit)


def _access(
    layers: Layers,
    study: Study,
    year: int | None,
    earlier: tuple[dict[tuple[str, str], pd.Series], pd.DataFrame, pd.DataFrame] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Measure access to each kind: the table, and by zone the distance and the catchment ratio.

    ``earlier`` are the published numbers beyond the limit in the baseline, by kind and attribute,
    and its distances and catchment ratios, zones × kinds.
    """
    zones, services = layers.zones[year], layers.services
    assert services is not None
    if year is not None:
        services = services[~(services["opened"] > year)]
    population = zones["population"]
    groups = {"": pd.DataFrame({"": population})}
    groups |= {name: layers.counts(name, year) for name in layers.attributes(year)}
    origins = zones.geometry.representative_point()
    rows, near, catch = [], {}, {}
    for kind, places in services.groupby("kind", sort=True):
        kind, limit = str(kind), limit_of(study, str(kind))
        detour = study.access.detour
        near[kind] = travel.nearest_straight_line(origins, places.geometry, detour=detour)
        beyond, moved = None, None
        if earlier is not None:
            moved = near[kind] != earlier[1].get(kind, np.nan)
        for attribute, counts in groups.items():
            table = inequality.by_group(near[kind], counts, limit=limit)
            unit = {"mean": "m", "median": "m", "share_within_limit": "share"}
            table["unit"] = (
                table["measure"].map(unit).fillna(layers.universe.get(attribute, "persons"))
            )
            if earlier is not None:
                beyond = earlier[0].get((kind, attribute))
            gated = _gate(table, counts, study, beyond, moved)
            rows.append(gated.assign(service=kind, attribute=attribute))
        known = places["capacity"].notna().any() and population.notna().any()
        note = "" if known else "no capacity is known"
        if known:
            costs = travel.straight_line(origins, places.geometry, limit=limit, detour=detour)
            catch[kind] = access.floating_catchment(
                costs, places["capacity"], population.fillna(0)
            )
        for attribute, counts in groups.items():
            table = pd.DataFrame(
                {
                    "group": counts.columns,
                    "measure": "floating_catchment_mean",
                    "value": [_mean(catch.get(kind), counts[g]) for g in counts],
                    "unit": "places per person",
                    "note": note,
                }
            )
            if earlier is not None and known:
                # A kind without places in the baseline gave nobody any.
                moved = catch[kind] != earlier[2].get(kind, 0.0)
            gated = _gate(table, counts, study, moved=moved)
            rows.append(gated.assign(service=kind, attribute=attribute))
    order = ["service", "attribute"]
    # Before any service opened, and where a scenario closes them all, there is nothing to reach.
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=ACCESS)
    return table.sort_values(order, kind="stable"), pd.DataFrame(near), pd.DataFrame(catch)


def _mean(values: pd.Series | None, weights: pd.Series) -> float:
    """Give the mean over people."""
    if values is None or not weights.sum() > 0:
        return float("nan")
    return float(np.average(values, weights=weights.fillna(0)))


def _gate(
    table: pd.DataFrame,
    counts: pd.DataFrame,
    study: Study,
    before: pd.Series | None = None,
    moved: pd.Series | None = None,
) -> pd.DataFrame:
    """Hide what is about too few, and what would let it be computed from the other groups.

    The groups within and beyond the limit, and those whom a scenario moves over it, are one table
    whose sums are known: what is hidden in it is hidden together with a second figure. Mean and
    median are about all members and tell nothing of a side; but how they differ from the baseline
    tells the number of those whose way a scenario changes, in the zones ``moved``.
    """
    least, total = study.study.min_count, counts.sum()
    value, note = table["value"].copy(), table["note"].copy()
    small = hidden(pd.DataFrame({"all": total}), least)["all"]
    few = table["group"].map(small)
    beyond = table[table["measure"] == "beyond_limit"].set_index("group")["value"]
    if len(beyond):
        beyond = beyond.reindex(total.index)
        sides = pd.DataFrame({"within": total - beyond, "beyond": beyond})
        if before is not None:
            # The baseline's hidden figures are NaN: no difference can be taken from them.
            sides["moved"] = (beyond - before.reindex(total.index)).abs()
        side = table["group"].map(_hidden_sides(sides, least))
        few |= side & table["measure"].isin(["beyond_limit", "share_within_limit"])
    means = table["measure"].isin(["mean", "median", "floating_catchment_mean"])
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


def _local(results: Results, layers: Layers, study: Study, catchment: pd.DataFrame) -> None:
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
    for kind in results.distance:
        out[f"nearest_{kind}"] = results.distance[kind]
    if len(catchment.columns):
        # Places over people: for a zone of few people it would tell their number.
        why = pd.DataFrame(dict.fromkeys(catchment, people["population"]), catchment.index)
        rounded = publish(catchment, why, digits=2)
        for kind in rounded:
            out[f"floating_catchment_{kind}"] = rounded[kind]
    frame = pd.DataFrame(out, index=zones.index)
    named = [column for column in ("name", "region") if column in zones]
    joined = pd.concat([zones[named], frame], axis=1)
    results.zones = gpd.GeoDataFrame(joined, geometry=zones.geometry, crs=zones.crs)
