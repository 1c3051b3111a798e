"""The files that scenarios name: what planners drew, projections and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..checks import Checks
from ..errors import LayerError
from ..load import Layers
from ..mapping import File
from ..provenance import Provenance, sha256
from ..read import LEFT_OUT, _table, _where, numbers, read, require, require_file, text
from .models import Drawn, LimitTable, Projection, Scenario

LAYER = "scenario"


def read_plans(layers: Layers, scenarios: Sequence[Scenario], folder: Path) -> Layers:
    """Read what scenarios name, once, so that applying them reads nothing.

    Parameters
    ----------
    layers
        The baseline.
    scenarios
        The scenarios.
    folder
        The folder that their paths count from.

    Returns
    -------
    Layers
        With the files in ``plans``, and what was found in them in ``checks`` and ``provenance``.

    Raises
    ------
    LayerError, ColumnError
        See `kvarter.layers.read.read`.
    """
    plans, checks, provenance = dict(layers.plans), Checks(), list(layers.provenance)
    crs = str(layers.zones[layers.latest].crs)
    for spec in (file for scenario in scenarios for file in scenario.files()):
        path = folder / spec.path
        key = _key(spec)
        if key in plans:
            continue
        if isinstance(spec, Drawn):
            raw = read(path, spec, crs, checks, LAYER)
            lost = raw[LEFT_OUT] != ""
            if lost.any():
                raise LayerError(
                    path, f"Row {lost.idxmax() + 1} has no usable place.", "Draw it, or remove it."
                )
            plans[key] = raw.drop(columns=LEFT_OUT)
        elif isinstance(spec, Projection):
            plans[key] = _projection(path, spec, checks)
        elif isinstance(spec, LimitTable):
            plans[key] = _limits(path, spec, checks)
        rows = len(plans[key])
        told = (spec.source, spec.licence, spec.date, sha256(path))
        provenance.append(Provenance(LAYER, None, path.name, *told, rows, rows, crs))
    found = checks.frame()
    parts = [part for part in (layers.checks, found) if len(part)]
    return replace(
        layers,
        plans=plans,
        checks=pd.concat(parts, ignore_index=True) if parts else layers.checks,
        provenance=tuple(provenance),
    )


def _key(spec: File) -> str:
    """Give the name under which a file is kept."""
    if isinstance(spec, Drawn):
        return spec.key
    what = "projection" if isinstance(spec, Projection) else "limits"
    return f"{what} {spec.model_dump_json()}"


def _rows(path: Path, spec: File, checks: Checks, columns: list[str], key: str) -> pd.DataFrame:
    """Read a table."""
    require_file(path)
    raw = _table(path, spec, checks, LAYER)
    require(raw, columns, path, key)
    if len(raw) == 0:
        raise LayerError(path, "The table has 0 rows.", "Export it again with its rows.")
    return _where(raw, path, spec, checks, LAYER)


def _numbers(raw: pd.DataFrame, column: str, path: Path, spec: File, checks: Checks) -> pd.Series:
    """Read a column of numbers that are 0 or more."""
    lines = pd.Series(raw.index + 2, index=raw.index)
    found = numbers(raw[column], spec, path, checks, LAYER, lines)
    bad = found.isna() | (found < 0)
    if bad.any():
        what = f"Column {column!r} holds {raw[column][bad].iloc[0]!r} in row {lines[bad].iloc[0]}."
        raise LayerError(path, what, "Give each row a number, 0 or more.")
    return found


def _projection(path: Path, spec: Projection, checks: Checks) -> pd.DataFrame:
    """Read a projection: ``zone``, ``attribute``, ``group`` and ``people``."""
    columns = [spec.zone, spec.attribute, spec.people]
    raw = _rows(path, spec, checks, columns, "projection")
    group = text(raw[spec.group]) if spec.group in raw else ""
    out = pd.DataFrame(
        {
            "zone": text(raw[spec.zone]),
            "attribute": text(raw[spec.attribute]),
            "group": group,
            "people": _numbers(raw, spec.people, path, spec, checks),
        }
    )
    twice = out.duplicated(["zone", "attribute", "group"])
    if twice.any():
        row = out[twice].iloc[0]
        what = f"It tells {row['attribute']} {row['group']} of the zone {row['zone']} twice."
        raise LayerError(path, what, "Keep one row a zone and group.")
    return out


def _limits(path: Path, spec: LimitTable, checks: Checks) -> pd.DataFrame:
    """Read limits: ``zone`` and ``dwellings``."""
    raw = _rows(path, spec, checks, [spec.zone, spec.dwellings], "limit_table")
    amount = _numbers(raw, spec.dwellings, path, spec, checks)
    out = pd.DataFrame({"zone": text(raw[spec.zone]), "dwellings": amount})
    if out["zone"].duplicated().any():
        twice = out.loc[out["zone"].duplicated(), "zone"].iloc[0]
        raise LayerError(path, f"It has the zone {twice!r} twice.", "Keep one row a zone.")
    return out
