"""Travel costs: time and memory, beside PySAL's `access` and networkx.

Run ``python bench/travel.py``; ``pip install "kvarter[bench]"`` adds the others. Made-up places
and streets from fixed seeds. Each line is a process of its own, so that its memory is its own: the
peak has Python, its libraries and the places in it. Seconds by the clock depend on who else uses
the machine; those of the processor, on all cores, less so. What is measured is from places (and,
for ways by street, a network that is made) to the table; making the network has lines of its own.
The straight line, which takes less than a second, is the best of three.

PySAL joins every zone with every service before it looks at the distance, and needs 11 GB or so.
networkx searches from each service along the streets that we search, from corner to corner, and
its answers are set below each other in one table; ours has the search for the nearest street
besides, unless it says that streets are known.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

# The bench of access has the name of PySAL's package, which would not be found behind it.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).parent]

import numpy as np  # noqa: E402

SEED = 20_240_602


def points(number: int, side: float, seed: int):
    import geopandas as gpd

    at = np.random.default_rng([SEED, seed]).uniform(0, side, (2, number))
    return gpd.GeoSeries.from_xy(*at, crs=3067)


def town(side: int, spacing: float):
    """Give the streets of a town: a lattice with crooked corners, a tenth of it taken out."""
    import geopandas as gpd
    import shapely

    rng = np.random.default_rng(SEED)
    corners = np.stack(np.meshgrid(*[np.arange(side) * spacing] * 2), axis=-1)
    corners = corners + rng.uniform(-0.3, 0.3, corners.shape) * spacing
    along = np.stack([corners[:, :-1], corners[:, 1:]], axis=2).reshape(-1, 2, 2)
    across = np.stack([corners[:-1], corners[1:]], axis=2).reshape(-1, 2, 2)
    lines = np.concatenate([along, across])
    lines = lines[rng.random(len(lines)) < 0.9]
    return gpd.GeoSeries(shapely.linestrings(lines), crs=3067)


def straight(zones: int, services: int) -> dict:
    from kvarter.geo import travel

    here, there = points(zones, 81_000, 1), points(services, 81_000, 2)
    travel.straight_line(here[:9], there[:9], limit=5000)
    return clock(lambda: travel.straight_line(here, there, limit=5000), 3)


def pysal(zones: int, services: int) -> dict:
    import geopandas as gpd
    from access import Access

    here = gpd.GeoDataFrame(geometry=points(zones, 81_000, 1)).assign(people=1)
    there = gpd.GeoDataFrame(geometry=points(services, 81_000, 2)).assign(places=1)

    def work():
        one = Access(demand_df=here, demand_value="people", supply_df=there, supply_value="places")
        one.create_euclidean_distance(threshold=5000)
        return one.cost_df

    return clock(work)


def making(side: int, spacing: float) -> dict:
    from kvarter.geo import network

    lines = town(side, spacing)
    network.from_lines(lines[:99])
    return clock(lambda: network.from_lines(lines).nodes)


def by_street(side: int, spacing: float, services: int, limit: float, known: bool = False) -> dict:
    import geopandas as gpd
    from kvarter.geo import network

    made = network.from_lines(town(side, spacing))
    zones = gpd.GeoSeries.from_xy(*made.nodes.T, crs=3067)
    chosen = np.random.default_rng(SEED).choice(len(zones), services, replace=False)
    network.costs(made, zones[:9], zones[:9], limit=9)
    origins = network.snap(made, zones) if known else zones
    return clock(lambda: network.costs(made, origins, zones[chosen], limit=limit, unit="metres"))


def networkx(side: int, spacing: float, services: int, limit: float) -> dict:
    import networkx as nx
    import pandas as pd
    from kvarter.geo import network

    made = network.from_lines(town(side, spacing))
    chosen = np.random.default_rng(SEED).choice(len(made.nodes), services, replace=False)
    start, end = made.ends
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        zip(start.tolist(), end.tolist(), made.edges["length"].tolist(), strict=True)
    )

    def work():
        found = {}
        for service in chosen.tolist():
            found[service] = pd.Series(
                nx.single_source_dijkstra_path_length(graph, service, cutoff=limit)
            )
        return pd.concat(found)

    return clock(work)


def nearest(side: int, spacing: float, services: int) -> dict:
    from kvarter.geo import network

    made = network.from_lines(town(side, spacing))
    zones = points(len(made.nodes), side * spacing, 3)
    schools = points(services, side * spacing, 4)
    return clock(lambda: network.nearest(made, zones, schools))


def areas(side: int, spacing: float, services: int, limits: list[float]) -> dict:
    from kvarter.geo import network

    made = network.from_lines(town(side, spacing))
    schools = points(services, side * spacing, 4)
    return clock(lambda: network.isochrones(made, schools, limits=limits))


def clock(work, times: int = 1) -> dict:
    taken = []
    for _ in range(times):
        start, used = time.perf_counter(), time.process_time()
        rows = len(work())
        taken.append((time.perf_counter() - start, time.process_time() - used))
    seconds, cpu = (min(one) for one in zip(*taken, strict=True))
    return {"seconds": seconds, "cpu": cpu, "rows": rows}


def child(task: str, *arguments) -> dict:
    line = [sys.executable, __file__, json.dumps([task, arguments])]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:] or [str(done.returncode)]}
    return json.loads(done.stdout.splitlines()[-1])


def answer(order: str) -> None:
    task, arguments = json.loads(order)
    out = globals()[task](*arguments)
    out["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(out))


def line(work: str, done: dict, remark: str = "") -> None:
    if "failed" in done:
        print(f"{work:<62}  failed: {done['failed']}", flush=True)
        return
    figures = [f"{done['seconds']:.2f}", f"{done['cpu']:.2f}", f"{done['peak']:,.0f}"]
    print(
        "{:<62}{:>9}{:>9}{:>9}{:>11,}  {}".format(work, *figures, done["rows"], remark).rstrip(),
        flush=True,
    )


def beside(ours: dict, theirs: dict) -> str:
    if "failed" in ours or "failed" in theirs:
        return ""
    times = [theirs[what] / ours[what] for what in ("seconds", "cpu", "peak")]
    return "{:.0f} x ({:.0f} x), memory {:.1f} x".format(*times)


def main() -> None:
    print("{:<62}{:>9}{:>9}{:>9}{:>11}".format("work", "seconds", "CPU s", "peak MB", "rows"))
    ours = child("straight", 100_000, 2_000)
    line("straight line, 5 km, 100,000 zones x 2,000 services", ours)
    if importlib.util.find_spec("access") is None:
        print("  access is not installed")
    else:
        theirs = child("pysal", 100_000, 2_000)
        line("  PySAL access, create_euclidean_distance", theirs, beside(ours, theirs))
    line("a network of 100,000 corners from its lines", child("making", 316, 50.0))
    ours = child("by_street", 316, 50.0, 300, 3000.0)
    line("by street, 3 km, 100,000 zones x 300 services", ours)
    known = child("by_street", 316, 50.0, 300, 3000.0, True)
    line("  the same, where the zones' streets are known", known)
    if importlib.util.find_spec("networkx") is None:
        print("  networkx is not installed")
    else:
        theirs = child("networkx", 316, 50.0, 300, 3000.0)
        line("  networkx, single_source_dijkstra_path_length", theirs, beside(ours, theirs))
        print(f"  networkx beside ours with streets known: {beside(known, theirs)}")
    line("the nearest of 300 by street, 100,000 zones", child("nearest", 316, 50.0, 300))
    line("a network of 1,000,000 corners from its lines", child("making", 1000, 50.0))
    line(
        "by street, 3 km, 1,000,000 zones x 300 services",
        child("by_street", 1000, 50.0, 300, 3000.0),
    )
    line("areas of 5, 10, 15 minutes around 1 service", child("areas", 316, 50.0, 1, [5, 10, 15]))
    line("areas of 5, 10, 15 minutes around 30", child("areas", 316, 50.0, 30, [5, 10, 15]))


if __name__ == "__main__":
    answer(sys.argv[1]) if len(sys.argv) > 1 else main()
