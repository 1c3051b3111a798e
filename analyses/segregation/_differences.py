"""The tables of ``docs/differences.md``: small towns on which other programs and ours differ."""

from __future__ import annotations

from importlib.metadata import version
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from . import by_zone, distortion
from ._measure import measure, places
from ._space import Space
from .pysal import MULTI, SINGLE, _as_it_was, _case, _pysal, _value, _why

CELLS, SIDE = 20, 250.0


class Town(NamedTuple):
    """Two groups, ``group`` and ``other``, and the outlines of their zones."""

    counts: pd.DataFrame
    geometry: gpd.GeoSeries


def towns() -> dict[str, Town]:
    """Build the towns: 20 × 20 cells of 250 m."""
    row, column = np.divmod(np.arange(CELLS * CELLS), CELLS)
    boxes = shapely.box(column, row, column + 1, row + 1)
    squares = gpd.GeoSeries(boxes, crs="EPSG:3067").scale(SIDE, SIDE, origin=(0, 0))
    all_of_100 = {
        "chessboard": (row + column) % 2 == 0,
        "halves": column < CELLS // 2,
        "quarter": (row < CELLS // 2) & (column < CELLS // 2),
    }
    out = {name: _town(100 * where, 100, squares) for name, where in all_of_100.items()}
    mixed = (3 * row + 7 * column + row * column) % 21
    people = 21 + (5 * row + 3 * column) % 17
    out["mixed"] = _town(mixed, people, squares)
    strip = (column == CELLS // 2) | (column == CELLS // 2 - 1)
    out["strip"] = _town(50 * (column > CELLS // 2) + 25, 100, squares, nobody=strip)
    out["large zones"] = _town(12_000 + 400 * mixed, 40_000, squares)
    core = (abs(row - 9.5) < 3) & (abs(column - 9.5) < 3)
    out["crowded core"] = _town(np.where(core, 900, 50), np.where(core, 1000, 100), squares)
    return out


ROWS = [
    ("distance_decay_isolation", "chessboard"),
    ("distance_decay_isolation", "halves"),
    ("distance_decay_interaction", "halves"),
    ("spatial_proximity", "chessboard"),
    ("spatial_proximity", "halves"),
    ("absolute_clustering", "chessboard"),
    ("absolute_clustering", "halves"),
    ("relative_clustering", "quarter"),
    ("absolute_concentration", "halves"),
    ("relative_concentration", "halves"),
    ("absolute_centralization", "halves"),
    ("relative_centralization", "halves"),
    ("spatial_dissimilarity", "strip"),
    ("boundary_dissimilarity", "strip"),
    ("perimeter_area_dissimilarity", "strip"),
    ("boundary_dissimilarity", "mixed"),
    ("density_corrected_dissimilarity", "large zones"),
    ("bias_corrected_dissimilarity", "mixed"),
    ("modified_dissimilarity", "mixed"),
    ("modified_gini", "mixed"),
    ("concentration_profile", "mixed"),
    ("spatial_proximity_profile", "mixed"),
    ("global_distortion", "chessboard"),
    ("global_distortion", "halves"),
]
"""Which index is shown on which town."""

Line = tuple[str, ...]

LINES: list[Line] = [
    ("index", "town", "kvarter", "PySAL", "why"),
    ("---", "---", "---:", "---:", "---"),
]


def markdown() -> str:
    """Give the tables of the page."""
    there = towns()
    lines = [*LINES]
    for index, name in ROWS:
        lines.append((f"`{index}`", name, *_both(index, there[name])))
    lines += _local(there)
    out = [f"PySAL `segregation` {version('segregation')}:", ""]
    out += [f"| {' | '.join(line)} |" for line in lines]
    out += ["", "OasisR, its formula computed here:", ""]
    lines = [("index", "town", "kvarter", "OasisR", "why"), LINES[1], *_oasis(there)]
    out += [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join(out) + "\n"


def _town(
    group: np.ndarray,
    people: np.ndarray | int,
    geometry: gpd.GeoSeries,
    nobody: np.ndarray | None = None,
) -> Town:
    """Give a town of so many members and so many people a cell."""
    lived = np.ones(len(group), dtype=bool) if nobody is None else ~nobody
    counts = {"group": group * lived, "other": (people - group) * lived}
    return Town(pd.DataFrame(counts), geometry)


def _both(index: str, town: Town) -> tuple[str, str, str]:
    """Give our figure of a town's group, that of PySAL, and why they differ: a row of `audit`."""
    first = measure(*town, indices=[index]).iloc[0]
    space, n = Space(*town), town.counts.to_numpy(dtype=float)
    case = _case(n, places(index, 2)[0], space)
    singlegroup, multigroup = _pysal()
    make = getattr(singlegroup if index in SINGLE else multigroup, {**SINGLE, **MULTI}[index])
    theirs, note = _value(index, make, case, seed=1)
    why = _why(index, first["value"], theirs, first["note"], note, case)
    return _text(first["value"]), _text(theirs), why


def _local(there: dict[str, Town]) -> list[Line]:
    """Compare the local indices, as means over the zones."""
    from segregation.local.local_distortion import LocalDistortion
    from segregation.local.local_relative_centralization import (
        _local_relative_centralization as centralization,
    )

    out: list[Line] = []
    frame = _frame(there["halves"])
    with _as_it_was(1):
        theirs = LocalDistortion(frame, ["group", "other"]).statistics
    town = there["halves"]
    ours = distortion.local_distortion(town.counts.to_numpy(dtype=float), Space(*town).points)
    why = "PySAL adds up the divergences of all steps; here they are from 0 to 1, by people"
    means = _text(ours.mean()), _text(np.mean(theirs))
    out.append(("`local_distortion`, mean", "halves", *means, why))
    for neighbours in (5, 12):
        with _as_it_was(1):
            theirs = centralization(_frame(there["mixed"]), "group", "total", k=neighbours)[0]
        ours = by_zone.local_relative_centralization(*there["mixed"], neighbours=neighbours)
        name = f"`local_relative_centralization`, k = {neighbours}, mean size"
        why = "PySAL takes 5 neighbours whatever k, and zones at one distance one by one"
        means = _text(ours["group"].abs().mean()), _text(np.abs(theirs).mean())
        out.append((name, "mixed", *means, why))
    return out


def _oasis(there: dict[str, Town]) -> list[Line]:
    """Compute distance-decay isolation as OasisR does, and as we do."""
    out: list[Line] = []
    for name in ("chessboard", "crowded core"):
        town = there[name]
        points = Space(*town).points / 1000
        apart = points[:, None] - points
        near = np.exp(-np.hypot(apart[..., 0], apart[..., 1]))
        np.fill_diagonal(near, np.exp(-0.6 * SIDE / 1000))
        x, t = town.counts["group"].to_numpy(), town.counts.sum(axis=1).to_numpy()
        met = t / (near @ t) * (near @ (x / t))
        theirs = float((x / x.sum() * met).sum())
        table = measure(*town, indices=["distance_decay_isolation"])
        why = (
            "k_ij = c_ij t_i / Σ_j c_ij t_j, the people of the own zone in place of those of the "
            "other: the weights of a zone do not add up to 1"
        )
        index = "`distance_decay_isolation`"
        out.append((index, name, _text(table["value"].iloc[0]), _text(theirs), why))
    return out


def _frame(town: Town) -> gpd.GeoDataFrame:
    """Give a town as PySAL takes it."""
    frame = gpd.GeoDataFrame(town.counts, geometry=town.geometry)
    return frame.assign(total=town.counts.sum(axis=1))


def _text(value: float) -> str:
    """Write a figure."""
    return "–" if np.isnan(value) else f"{value:.4f}".replace("-", "−")
