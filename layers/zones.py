"""The zones: areal units with counts of groups, made fit to use."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .checks import Checks, first, negative_codes, not_negative
from .errors import ColumnError, LayerError
from .mapping import Attribute, Variable, ZonesLayer
from .read import LEFT_OUT, among, numbers, read, require, text

MOST_PER_KM2 = 100_000
"""More inhabitants than this on a square kilometre is no place where people live.

The densest cell of 250 m in Finland has under 40,000 on a square kilometre; the densest districts
of the world come near 100,000.
"""

MOST_REGIONS = 20
"""Of more regions than this, nobody reads all the comparisons in pairs."""

SUSPECTED = (99, 999, 9999, 99_999, 999_999, 9_999_999, 99_999_999, 999_999_999)
"""Numbers that publishers use for hidden values."""

KEPT = "kept: declare it in missing if it is a code"


def zones(
    path: Path,
    spec: ZonesLayer,
    attributes: dict[str, Attribute],
    variables: dict[str, Variable],
    crs: str,
    checks: Checks,
    *,
    year: int | None = None,
    regions: str | None = None,
) -> gpd.GeoDataFrame:
    """Read the zones of one year.

    Parameters
    ----------
    path
        The file.
    spec
        What the study declares about it.
    attributes
        The attributes by name.
    variables
        Other figures by name.
    crs
        The study's coordinate system, in metres.
    checks
        Collects what was found and done.
    year
        The year of the figures, for the account.
    regions
        The column that names the region of each zone, where there is one.

    Returns
    -------
    GeoDataFrame
        One row a zone, indexed by its id as text: ``name``, ``population`` (persons, NaN where
        the study names no such column and no attribute counts persons), one column
        ``attribute.group`` of float64 counts for each group, one column for each variable,
        ``region`` where a column of regions is named (text, empty where there is none), and
        ``geometry``. Missing and hidden values are NaN.

    Raises
    ------
    LayerError, ColumnError
        See `kvarter.layers.read.read`; also where a column of counts holds text.
    """
    layer = "zones" if year is None else f"zones {year}"
    raw = read(path, spec, crs, checks, layer, cell=spec.cell, cell_size=spec.cell_size)
    if spec.bbox:
        raw = _in_bbox(raw, spec.bbox, path, checks, layer, year)
    key = spec.id or spec.cell
    named = [column for column in (key, spec.name, spec.population) if column]
    require(raw, named, path, "[layers.zones]")
    require(raw, [regions] if regions else [], path, "[segregation]")
    identity = text(raw[key]) if key else pd.Series(raw.index.astype(str), index=raw.index)

    out: dict[str, pd.Series | np.ndarray] = {
        "name": text(raw[spec.name]) if spec.name else identity
    }
    totals: dict[str, pd.Series] = {}
    for name, attribute in attributes.items():
        columns = [*attribute.groups.values(), *([attribute.total] if attribute.total else [])]
        require(raw, columns, path, f"[attributes.{name}]")
        groups = pd.DataFrame(
            {
                group: _counts(raw[column], spec, path, checks, layer, identity)
                for group, column in attribute.groups.items()
            }
        )
        total = groups.sum(axis=1, skipna=False)
        if attribute.total:
            total = _counts(raw[attribute.total], spec, path, checks, layer, identity)
            _against_total(groups, total, attribute, checks, layer, name, identity)
            if attribute.rest:
                rest = total - groups.sum(axis=1, skipna=False)
                groups[attribute.rest] = rest.where(rest >= 0)
        totals[name] = total
        out |= {f"{name}.{group}": groups[group] for group in groups}
    for name, variable in variables.items():
        require(raw, [variable.column], path, f"[variables.{name}]")
        out[name] = _numbers(raw[variable.column], spec, path, checks, layer, identity)
        for code in negative_codes(out[name]):
            # A figure may be negative, so that a code stays what it is until it is declared.
            cases = out[name] == code
            example = f"{variable.column} = {code:g}: {first(identity[cases])}"
            checks.found(layer, "missing_suspected", cases.sum(), example, KEPT)
    if spec.population:
        population = _counts(raw[spec.population], spec, path, checks, layer, identity)
    else:
        population = _population(attributes, totals, raw.index)
    out["population"] = population
    for name in variables:
        # A median of nobody is written as 0 by some publishers: it is no figure.
        empty = (population == 0) & pd.notna(out[name])
        example = f"{name}: {first(identity[empty])}"
        checks.found(layer, "value_of_nobody", empty.sum(), example, "no data")
        out[name] = pd.Series(out[name]).mask(empty)

    if regions:
        out["region"] = text(raw[regions])
    frame = gpd.GeoDataFrame(out, geometry=raw.geometry, crs=raw.crs)
    frame.insert(0, "id", identity)
    frame = _account(frame, raw, path, checks, layer, year, totals, key)
    if regions:
        _check_regions(frame, regions, path, checks, layer)
    first_columns = ["name", "population"]
    rest_columns = [c for c in frame.columns if c not in (*first_columns, "geometry")]
    return frame[[*first_columns, *rest_columns, "geometry"]]


def _in_bbox(
    raw: gpd.GeoDataFrame,
    bbox: tuple[float, float, float, float],
    path: Path,
    checks: Checks,
    layer: str,
    year: int | None,
) -> gpd.GeoDataFrame:
    """Keep the zones of which a point inside lies in a rectangle."""
    inside = raw.geometry.representative_point().intersects(shapely.box(*bbox))
    if not inside.any():
        west, south, east, north = raw.total_bounds
        raise LayerError(
            path,
            f"No zone lies in bbox = {list(bbox)} of [layers.zones].",
            f"The zones lie within [{west:.0f}, {south:.0f}, {east:.0f}, {north:.0f}]: west, "
            "south, east, north, in the study's metres.",
        )
    # Those without a place are left out for that, and told.
    keep = inside | (raw[LEFT_OUT] != "")
    checks.found(layer, "outside_bbox", (~keep).sum(), f"bbox = {list(bbox)}", "left out")
    if not keep.all():
        checks.step("zones", year, "rows", len(raw), int(keep.sum()), "outside_bbox")
    return raw[keep].reset_index(drop=True)


def _numbers(
    column: pd.Series,
    spec: ZonesLayer,
    path: Path,
    checks: Checks,
    layer: str,
    identity: pd.Series,
    *,
    whole: bool = False,
) -> pd.Series:
    """Read figures, and tell which are missing."""
    found = numbers(column, spec, path, checks, layer, identity, whole=whole)
    declared = among(column, spec.missing)
    for rule, rows in (
        ("missing_declared", declared),
        ("value_missing", found.isna() & ~declared),
    ):
        example = f"{column.name}: {first(identity[rows])}"
        checks.found(layer, rule, rows.sum(), example, "no data")
    return found


def _counts(
    column: pd.Series,
    spec: ZonesLayer,
    path: Path,
    checks: Checks,
    layer: str,
    identity: pd.Series,
) -> pd.Series:
    """Read counts: figures that are not negative and should be whole."""
    numbers = _numbers(column, spec, path, checks, layer, identity, whole=True)
    name = column.name
    numbers = not_negative(numbers, identity, name, layer, checks)
    fraction = numbers % 1 > 0
    checks.found(
        layer, "count_fraction", fraction.sum(), f"{name}: {first(identity[fraction])}", "kept"
    )
    for code in SUSPECTED:
        cases = numbers == code
        if not cases.any():
            continue
        usual = numbers[~cases & (numbers > 0)]
        odd = code > 50 * max(usual.quantile(0.99), 1) if len(usual) else code > 999
        # A code that could be a count is told by its crowding: far more often than its neighbours.
        near = ((numbers - code).abs().between(1, 10)).sum() / 20
        crowded = cases.sum() >= 5 and cases.sum() > 5 * max(near, 1)
        if odd or crowded:
            example = f"{name} = {code}: {first(identity[cases])}"
            checks.found(layer, "missing_suspected", cases.sum(), example, KEPT)
    return numbers


def _against_total(
    groups: pd.DataFrame,
    total: pd.Series,
    attribute: Attribute,
    checks: Checks,
    layer: str,
    name: str,
    identity: pd.Series,
) -> None:
    """Compare the sum of the groups with the total that the publisher gives."""
    difference = groups.sum(axis=1, skipna=False) - total
    over = difference > 1e-6
    action = "the rest is no data" if attribute.rest else "kept as they are"
    checks.found(
        layer, "groups_exceed_total", over.sum(), f"{name}: {first(identity[over])}", action
    )
    if not attribute.rest:
        under = difference < -1e-6
        example = f"{name}: {first(identity[under])}"
        checks.found(layer, "groups_below_total", under.sum(), example, "the groups are used")


def _population(
    attributes: dict[str, Attribute], totals: dict[str, pd.Series], index: pd.Index
) -> pd.Series:
    """Take the widest attribute of persons for the population, where no column gives it."""
    persons = [totals[n] for n, a in attributes.items() if a.universe == "persons"]
    if not persons:
        return pd.Series(np.nan, index=index)
    return max(persons, key=lambda counts: counts.sum())


def _account(
    frame: gpd.GeoDataFrame,
    raw: gpd.GeoDataFrame,
    path: Path,
    checks: Checks,
    layer: str,
    year: int | None,
    totals: dict[str, pd.Series],
    key: str | None,
) -> gpd.GeoDataFrame:
    """Leave out the rows that are no zones, and write down how many rows and people each costs."""
    counted = {"population": frame["population"], **totals}

    def leave(rule: str, rows: pd.Series, action: str, example: str = "") -> None:
        nonlocal frame
        if not rows.any():
            return
        names = frame.loc[rows, "id"]
        names = names.where(names != "", [f"row {number}" for number in names.index])
        checks.found(layer, rule, rows.sum(), example or first(names), action)
        kept = frame[~rows]
        checks.step("zones", year, "rows", len(frame), len(kept), rule)
        for what, counts in counted.items():
            before = counts[frame.index].sum()
            if pd.notna(counts).any():
                checks.step("zones", year, what, before, counts[kept.index].sum(), rule)
        frame = kept

    steps = len(checks.account)
    for rule in ("cell_code_bad", "geometry_missing", "crs_wrong"):
        leave(rule, raw.loc[frame.index, LEFT_OUT] == rule, "left out")
    leave("id_missing", frame["id"] == "", "left out")
    leave("id_duplicate", frame["id"].duplicated(), "the first is kept")
    flat = frame.geometry.area <= 0
    if flat.all():
        raise LayerError(path, "Its places have no area.", "Zones are polygons; this is not them.")
    leave("geometry_missing", flat, "left out: no area")
    density = frame["population"] / (frame.geometry.area / 1e6)
    leave(
        "density_implausible", density > MOST_PER_KM2, "left out: nobody can say where they live"
    )
    if len(frame) == 0:
        causes = checks.causes("zones", year)
        raise LayerError(path, f"No row is left after the checks: {causes}.", "Correct the file.")
    if len(checks.account) == steps:
        checks.step("zones", year, "rows", len(frame), len(frame), "")
        if counted["population"].notna().any():
            people = counted["population"].sum()
            checks.step("zones", year, "population", people, people, "")
    for name, total in totals.items():
        groups = frame[[column for column in frame if column.startswith(f"{name}.")]]
        known = total[frame.index]
        used = groups.sum(axis=1, skipna=False).fillna(0)
        difference = known.fillna(0) - used
        # Faults of both signs in one sum would cancel out.
        faults = {
            "group_unknown": groups.isna().any(axis=1),
            "value_missing": known.isna() & (used > 0),
            "groups_exceed_total": difference < -1e-6,
            "groups_below_total": difference > 1e-6,
        }
        before, steps = known.sum(), len(checks.account)
        left = pd.Series(True, index=frame.index)
        for reason, rows in faults.items():
            lost = difference[rows & left].sum()
            left &= ~rows
            if lost:
                checks.step("zones", year, name, before, before - lost, reason)
                before -= lost
        if len(checks.account) == steps:
            checks.step("zones", year, name, before, before, "")
    nobody = frame["population"] == 0
    checks.found(layer, "zone_nobody", nobody.sum(), first(frame.loc[nobody, "id"]), "kept")
    _overlaps(frame, checks, layer)
    return frame.set_index(pd.Index(frame["id"], name="zone")).drop(columns="id")


def _check_regions(
    frame: gpd.GeoDataFrame, column: str, path: Path, checks: Checks, layer: str
) -> None:
    """Look whether there are regions to compare, and zones in none."""
    none = frame["region"] == ""
    checks.found(layer, "region_missing", none.sum(), first(frame.index[none]), "in no region")
    named = frame.loc[~none, "region"].nunique()
    if named < 2:
        raise ColumnError(
            path,
            f"The column {column!r} names {'no region' if named == 0 else 'one region only'}.",
            "regions in [segregation] compares two or more; name another column or leave it out.",
            table="segregation.regions",
        )
    if named > MOST_REGIONS:
        raise ColumnError(
            path,
            f"The column {column!r} names {named} regions.",
            f"Each is compared with each other, so there may be {MOST_REGIONS} at most; name a "
            "column of larger areas.",
            table="segregation.regions",
        )


def _overlaps(frame: gpd.GeoDataFrame, checks: Checks, layer: str) -> None:
    """Look for zones that lie on one another."""
    places = frame.geometry.to_numpy()
    same = frame.geometry.normalize().to_wkb().duplicated()
    checks.found(layer, "geometry_duplicate", same.sum(), first(frame.loc[same, "id"]), "kept")
    left, right = shapely.STRtree(places).query(places, predicate="intersects")
    pair = left < right
    left, right = left[pair], right[pair]
    touching = shapely.touches(places[left], places[right])
    left, right = left[~touching], right[~touching]
    area = shapely.area(shapely.intersection(places[left], places[right]))
    over = area > 0.01 * np.minimum(shapely.area(places[left]), shapely.area(places[right]))
    ids = frame["id"].to_numpy()
    pairs = [f"{ids[i]} and {ids[j]}" for i, j in zip(left[over], right[over], strict=True)]
    checks.found(layer, "geometry_overlap", len(pairs), first(pairs), "kept")
