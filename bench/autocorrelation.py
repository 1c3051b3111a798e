"""Measure local statistics against esda and pygeoda, and alone where they cannot follow.

    python bench/autocorrelation.py [--quick]

Prints tables and asserts nothing. Every part runs in a process of its own, so that its memory is
its own. Imports are not in the times; what a process compiles on its first call is, and a second
call tells what is left without. A time is that of the clock; in brackets is that of the processor,
all threads added up, which says more where others use the machine. The grid is of squares with
queen neighbours, and all data are made up, from a fixed seed. esda keeps no simulations and has
one job, as two took longer; pygeoda, where it is installed, has its look-up table and all cores.
"""

import argparse
import importlib.util
import json
import os
import platform
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

SEED = 20260101


def town(zones: int) -> tuple[gpd.GeoSeries, pd.Series, pd.Series]:
    """Give squares, a variable with likeness between neighbours, and another."""
    side = round(zones**0.5)
    x, y = np.divmod(np.arange(side * side), side)
    rng = np.random.default_rng(SEED)
    noise = rng.normal(size=(2, side * side))
    wave = np.sin(x / 9) + np.cos(y / 7)
    cells = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1))
    return cells, pd.Series(np.exp(0.3 * wave + noise[0])), pd.Series(noise[1])


def links(cells: gpd.GeoSeries, weights: str = "equal"):
    from kvarter.geo import neighbours
    from libpysal.graph import Graph

    graph = neighbours.contiguity(cells)
    if weights == "unequal":
        more = np.random.default_rng(SEED).uniform(1, 2, len(graph.adjacency))
        graph = Graph(graph.adjacency * more, is_sorted=True)
    _ = graph.sparse
    return graph


def clock(work: Callable[[], object]) -> tuple[float, float]:
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def twice(work: Callable[[], object]) -> dict:
    """Time a first call of a process, and a second one."""
    return {"first": clock(work), "second": clock(work)}


def ours(zones: int, statistic: str, permutations: int, weights: str = "equal") -> dict:
    from kvarter.analyses import autocorrelation

    cells, x, y = town(zones)
    graph = links(cells, weights)
    values, other = x, None
    if statistic == "join_count":
        values = (x > x.quantile(0.7)).astype(float)
    elif statistic == "geary_multivariate":
        values = pd.DataFrame({"x": x, "y": y})
    elif statistic == "moran_bivariate":
        other = y
    return twice(
        lambda: autocorrelation.local(
            values, graph, statistic=statistic, other=other, permutations=permutations
        )
    )


def esda(zones: int, statistic: str, permutations: int, weights: str = "equal") -> dict:
    import esda as theirs

    cells, x, _ = town(zones)
    graph = links(cells, weights)
    if statistic == "getis_ord_g_star":
        graph = graph.assign_self_weight(1)
    high = (x > x.quantile(0.7)).astype(float)
    given = {"permutations": permutations, "keep_simulations": False, "seed": 1, "n_jobs": 1}
    calls = {
        "moran": lambda: theirs.Moran_Local(x, graph, **given),
        "getis_ord_g_star": lambda: theirs.G_Local(x, graph, star=True, **given),
        "geary": lambda: theirs.Geary_Local(connectivity=graph, **given).fit(x),
        "join_count": lambda: theirs.Join_Counts_Local(connectivity=graph, **given).fit(
            high, permutations=permutations
        ),
    }
    return twice(calls[statistic])


def pygeoda(zones: int, statistic: str, permutations: int) -> dict:
    import pygeoda as theirs

    cells, x, _ = town(zones)
    weights = theirs.queen_weights(theirs.open(gpd.GeoDataFrame({"x": x}, geometry=cells)))
    high = (x > x.quantile(0.7)).astype(int)
    given = {
        "permutations": permutations,
        "permutation_method": "lookup-table",
        "cpu_threads": os.cpu_count(),
    }
    calls = {
        "moran": lambda: theirs.local_moran(weights, x.tolist(), **given),
        "getis_ord_g_star": lambda: theirs.local_gstar(weights, x.tolist(), **given),
        "geary": lambda: theirs.local_geary(weights, x.tolist(), **given),
        "join_count": lambda: theirs.local_joincount(weights, high.tolist(), **given),
    }
    return twice(calls[statistic])


def whole(zones: int) -> dict:
    """Time the way from squares to classes, in parts."""
    from kvarter.analyses import autocorrelation
    from kvarter.geo import neighbours

    cells, x, _ = town(zones)
    graphs: list = []
    return {
        "graph": clock(lambda: graphs.append(neighbours.contiguity(cells))),
        "matrix": clock(lambda: graphs[0].sparse),
        "local": clock(lambda: autocorrelation.local(x, graphs[0])),
    }


def child(task: str, *arguments: object) -> dict:
    """Do one piece of work in a process of its own."""
    line = [sys.executable, __file__, "--part", json.dumps([task, arguments])]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def answer(order: str) -> None:
    warnings.simplefilter("ignore")
    task, arguments = json.loads(order)
    out = globals()[task](*arguments)
    out["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(out))


def told(taken: list[float] | None) -> str:
    return "–" if taken is None else f"{taken[0]:.2f} ({taken[1]:.2f})"


def beside(zones: int, has_pygeoda: bool) -> None:
    """Set the three side by side."""
    print(
        "| statistic | weights | draws | | first call | second call | MB "
        "| times faster, first and second call |"
    )
    print("| --- | --- | ---: | --- | ---: | ---: | ---: | ---: |")
    for statistic in ("moran", "getis_ord_g_star", "geary", "join_count"):
        for weights in ("equal", "unequal") if statistic == "moran" else ("equal",):
            row = f"| `{statistic}` | {weights} | 999 "
            mine = child("ours", zones, statistic, 999, weights)
            print(f"{row}| kvarter | {told(mine['first'])} | {told(mine['second'])} ", end="")
            print(f"| {mine['peak']:,.0f} | |", flush=True)
            others = {"esda": child("esda", zones, statistic, 999, weights)}
            if has_pygeoda and weights == "equal":
                others["pygeoda"] = child("pygeoda", zones, statistic, 999)
            for name, done in others.items():
                first, second = (done[n][0] / mine[n][0] for n in ("first", "second"))
                print(f"{row}| {name} | {told(done['first'])} | {told(done['second'])} ", end="")
                print(f"| {done['peak']:,.0f} | {first:,.0f}, {second:,.0f} |", flush=True)


def alone(zones: int) -> None:
    print("| statistic | weights | draws | first call | second call | MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for statistic, draws, weights in (
        ("moran", 99_999, "equal"),
        ("getis_ord_g_star", 99_999, "equal"),
        ("geary", 9_999, "equal"),
        ("geary", 99_999, "equal"),
        ("moran", 9_999, "unequal"),
        ("moran_bivariate", 999, "equal"),
        ("geary_multivariate", 999, "equal"),
        ("geary", 999, "unequal"),
        ("heteroskedasticity", 999, "equal"),
    ):
        done = child("ours", zones, statistic, draws, weights)
        print(f"| `{statistic}` | {weights} | {draws:,} | {told(done['first'])} ", end="")
        print(f"| {told(done['second'])} | {done['peak']:,.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the zones")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        answer(asked.part)
        return
    many = 5_000 if asked.quick else 100_000
    has_pygeoda = importlib.util.find_spec("pygeoda") is not None
    names = ["esda", "libpysal", "numpy", "scipy", "numba", "pandas"]
    names += ["pygeoda"] if has_pygeoda else []
    print(f"{os.cpu_count()} cores, {platform.machine()}; load {os.getloadavg()[0]:.1f}; ", end="")
    print(f"Python {platform.python_version()}, ", end="")
    print(", ".join(f"{name} {version(name)}" for name in names))
    print("Seconds by the clock (of the processor, all threads); memory is the most held, in MB.")
    if not has_pygeoda:
        print("pygeoda is not installed.")
    print(f"\nSide by side, {many:,} zones:\n")
    beside(many, has_pygeoda)
    print(f"\nAlone, {many:,} zones:\n")
    alone(many)
    size = many * 10
    print(f"\nFrom squares to classes of local Moran, {size:,} zones, 999 draws, a first call:\n")
    done = child("whole", size)
    print("| graph of neighbours | its matrix | local Moran | MB |")
    print("| ---: | ---: | ---: | ---: |")
    parts = " | ".join(told(done[name]) for name in ("graph", "matrix", "local"))
    print(f"| {parts} | {done['peak']:,.0f} |")
    print("\nFirst calls of a fresh process, 5,000 zones, 999 draws; what was compiled is kept:\n")
    print("| statistic | first call | second call |")
    print("| --- | ---: | ---: |")
    for statistic in ("moran", "geary", "getis_ord_g_star", "join_count"):
        done = child("ours", 5_000, statistic, 999)
        print(f"| `{statistic}` | {told(done['first'])} | {told(done['second'])} |", flush=True)


if __name__ == "__main__":
    main()
