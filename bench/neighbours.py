"""Graphs of neighbours: time and memory, beside libpysal's own builders.

Run ``python bench/neighbours.py``; it takes ten minutes or so, most of them libpysal's. Cells
of 250 m, one in ten of them missing, in no order, from a fixed seed. Each line is a process of its
own: its peak has Python, its libraries and the zones in it, which ``zones alone`` has too. Both
sides end in a libpysal ``Graph`` of as many pairs, or the line says so. Seconds by the clock, and
in brackets of the processor on all cores. What numba compiles in each process is counted: whoever
calls it waits for it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from importlib.metadata import version

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from kvarter.geo import grid, neighbours
from libpysal.graph import Graph

SEED = 20_240_601
SIZE = 250.0


def cells(number: int) -> gpd.GeoSeries:
    rng = np.random.default_rng(SEED)
    side = int(np.ceil((number / 0.9) ** 0.5))
    row, column = np.divmod(rng.permutation(side * side)[:number], side)
    x, y = column * SIZE, row * SIZE
    return gpd.GeoSeries(shapely.box(x, y, x + SIZE, y + SIZE), crs=3067)


def districts(zones: gpd.GeoSeries) -> pd.Series:
    """Squares of 10 by 10 cells."""
    west, south = shapely.bounds(np.asarray(zones.values))[:, :2].T // (10 * SIZE)
    return pd.Series((south * 100_000 + west).astype(int), index=zones.index)


OURS = {
    "zones alone": lambda zones: None,
    "grid.detect": grid.detect,
    "queen": neighbours.graph,
    "rook": lambda zones: neighbours.graph(zones, "rook"),
    "queen, across 500 m": lambda zones: neighbours.graph(zones, across=500),
    "knn, 8": lambda zones: neighbours.graph(zones, "knn"),
    "distance_band, 500 m": lambda zones: neighbours.graph(zones, "distance_band", threshold=500),
    "kernel, 500 m": lambda zones: neighbours.graph(zones, "kernel", bandwidth=500),
    "block, 10 x 10 cells": lambda zones: neighbours.graph(
        zones, "block", regimes=districts(zones)
    ),
    "delaunay": lambda zones: neighbours.graph(zones, "delaunay"),
    "gabriel": lambda zones: neighbours.graph(zones, "gabriel"),
}
SMALL = {"block, 10 x 10 cells"}
"""A million cells of these are more than 50 million pairs."""

THEIRS = {
    "queen": lambda zones: Graph.build_contiguity(zones, rook=False),
    "rook": lambda zones: Graph.build_contiguity(zones, rook=True),
    "knn, 8": lambda zones: Graph.build_knn(zones.centroid, 8),
    "distance_band, 500 m": lambda zones: Graph.build_distance_band(zones.centroid, 500),
    "kernel, 500 m": lambda zones: Graph.build_distance_band(
        zones.centroid, 500, binary=False, kernel="bisquare", bandwidth=500, decay=True
    ),
    "block, 10 x 10 cells": lambda zones: Graph.build_block_contiguity(districts(zones)),
    "delaunay": lambda zones: Graph.build_triangulation(zones.centroid, "delaunay"),
    "gabriel": lambda zones: Graph.build_triangulation(zones.centroid, "gabriel"),
}


def answer(order: str) -> None:
    """Do one piece of work, and tell what it took and the size of what came out."""
    whose, work, number = json.loads(order)
    zones = cells(number)
    start, used = time.perf_counter(), time.process_time()
    graph = (OURS if whose == "ours" else THEIRS)[work](zones)
    out = {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - used,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "pairs": graph.n_edges if isinstance(graph, Graph) else None,
    }
    print(json.dumps(out))


def child(*order: object) -> dict:
    line = [sys.executable, __file__, json.dumps(order)]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def took(done: dict) -> list[str]:
    return [f"{done['seconds']:.2f} ({done['cpu']:.2f})", f"{done['peak']:,.0f}"]


def main() -> None:
    names = ("numpy", "pandas", "scipy", "shapely", "libpysal")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"{os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}; {versions}\n")
    print("| work | cells | pairs | kvarter, s | MB | libpysal, s | MB | times faster |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for number in (10_000, 100_000, 1_000_000):
        for work in OURS:
            if number > 100_000 and work in SMALL:
                continue
            ours = child("ours", work, number)
            row = [work, f"{number:,}", f"{ours['pairs'] or 0:,}", *took(ours), "–", "–", "–"]
            if work in THEIRS:
                theirs = child("theirs", work, number)
                by_clock, by_cpu = (theirs[one] / ours[one] for one in ("seconds", "cpu"))
                faster = f"{by_clock:.0f} ({by_cpu:.0f})"
                if ours["pairs"] != theirs["pairs"]:
                    faster += f", of {theirs['pairs']:,} pairs"
                row[5:] = [*took(theirs), faster]
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    answer(sys.argv[1]) if len(sys.argv) > 1 else main()
