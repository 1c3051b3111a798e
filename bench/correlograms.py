"""Measure statistics of a whole map, correlograms and trends, and esda where it can follow.

    python bench/correlograms.py [--quick]

Prints a table and asserts nothing. Every part runs in a process of its own, so that its memory is
its own. A time is that of the clock; in brackets is that of the processor, all threads added up.
Imports, and the graph where it is not the part itself, are not counted. Values are made up, from a
fixed seed, on cells of 250 m.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import time
import warnings
from importlib.metadata import version

import esda
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from kvarter.analyses import autocorrelation
from kvarter.geo import neighbours

DISTANCES = [250, 500, 1000, 2000, 3000, 4000, 5000]


def town(zones):
    row, column = np.divmod(np.arange(zones), int(np.ceil(np.sqrt(zones))))
    x, y = column * 250.0, row * 250.0
    cells = gpd.GeoSeries(shapely.box(x, y, x + 250, y + 250))
    rng = np.random.default_rng(20260101)
    values = pd.DataFrame(rng.gamma(2, 3, (zones, 3)), columns=[*"abc"])
    return cells, values


def esda_moran(cells, values, graph):
    esda.Moran(values["a"], graph, permutations=999)


def moran(cells, values, graph):
    autocorrelation.moran(values[["a"]], graph)


def esda_three(cells, values, graph):
    esda.Moran(values["a"], graph, permutations=999)
    esda.Geary(values["a"], graph, permutations=999)
    esda.G(values["a"], graph, permutations=999)


def three(cells, values, graph):
    autocorrelation.measure(values[["a"]], graph)


def everything(cells, values, graph):
    autocorrelation.measure(values, graph)


def by_distance(cells, values, graph):
    autocorrelation.correlogram(values["a"], cells, distances=DISTANCES)


def by_distance_shuffled(cells, values, graph):
    autocorrelation.correlogram(values["a"], cells, distances=DISTANCES, permutations=999)


def between_points(cells, values, graph):
    autocorrelation.correlogram(values["a"], cells.centroid, distances=DISTANCES[:4])


def by_order(cells, values, graph):
    autocorrelation.correlogram(values["a"], graph, orders=5)


def esda_correlogram(cells, values, graph):
    from esda.correlogram import correlogram

    edges = DISTANCES[:4]
    correlogram(cells.centroid, values["a"], edges, stat_kwargs={"permutations": 0}, n_jobs=1)


def trends(cells, values, graph):
    rng = np.random.default_rng(1)
    autocorrelation.over_time.trend(pd.DataFrame(rng.normal(size=(len(cells), 8))))


PARTS = [
    ("Moran's I, 999 permutations", moran, esda_moran),
    ("Moran, Geary and G, 999 permutations", three, esda_three),
    ("all of three variables and their pairs, 18 rows, 999 permutations", everything, None),
    ("correlogram of 7 distances to 5 km, grid", by_distance, None),
    ("the same, 999 permutations", by_distance_shuffled, None),
    ("correlogram of 4 distances to 2 km, points", between_points, esda_correlogram),
    ("correlogram of 5 orders", by_order, None),
    ("Mann-Kendall of 8 years", trends, None),
]


def one(name, zones):
    """Run a part and print its time by the clock, of the processor, and the most memory held."""
    cells, values = town(zones)
    graph = neighbours.contiguity(cells)
    work = globals()[name]
    small = town(400)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work(*small, neighbours.contiguity(small[0]))
        clock, processor = time.perf_counter(), time.process_time()
        work(cells, values, graph)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    print(clock, processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measured(work, zones):
    if work is None:
        return None
    command = [sys.executable, __file__, "--part", work.__name__, "--zones", str(zones)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [float(n) for n in done.stdout.split()[-3:]] if done.returncode == 0 else None


def shown(found):
    return "–" if found is None else f"{found[0]:.2f} ({found[1]:.2f})"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true")
    options.add_argument("--part")
    options.add_argument("--zones", type=int, default=0)
    asked = options.parse_args()
    if asked.part:
        one(asked.part, asked.zones)
        return
    names = ("numpy", "scipy", "esda", "libpysal")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, {platform.machine()}; load {load:.1f}; {versions}\n")
    print("| work | zones | kvarter | esda | times faster | MB | MB, esda |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for title, ours, theirs in PARTS:
        for zones in (2_500, 10_000) if asked.quick else (10_000, 100_000, 1_000_000):
            large = zones > 100_000 and ours in (three, everything, between_points)
            large |= zones > 10_000 and ours is by_distance_shuffled
            found = None if large else measured(ours, zones)
            # esda's G holds n × n numbers, 80 GB for 100,000 zones, its correlogram all pairs.
            other = None if zones > (100_000 if theirs is esda_moran else 10_000) else theirs
            beside = measured(other, zones)
            faster = f"{beside[1] / found[1]:.0f}" if found and beside else "–"
            memory = [f"{each[2]:,.0f}" if each else "–" for each in (found, beside)]
            row = [title, f"{zones:,}", shown(found), shown(beside), faster, *memory]
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
