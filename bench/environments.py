"""The k nearest people and profiles by scale: time and memory, beside EquiPop where it is there.

Run ``python bench/environments.py``; ``pip install equipop`` adds the comparison. Made-up
populations from fixed seeds. Each line is a process of its own, so that its memory is its own:
the peak has Python, its libraries and the zones' polygons in it. Kernels are compiled before the
clock runs; that takes some seconds once on a machine, and is told in the last line. ``CPU s`` is
the processors' time on all cores: where others work on the same machine, it says more.

EquiPop takes its last ring in part as well, so the members are compared. Its distances are not:
it spreads the people of a ring over the area between it and the ring before.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SEED = 20_240_601
PEOPLE = [200 * 2**i for i in range(7)]
LARGE = [100 * 2**i for i in range(10)]
EIGHT = [400 * 2**i for i in range(8)]
SIZE = 250.0


def population(zones: int, spread: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give rows, columns and members of three groups; some cells of the grid are empty.

    ``even`` has 20 people a cell everywhere on average and two cells of five empty; ``towns`` has
    dense centres and a thin countryside, and four cells of five empty.
    """
    rng = np.random.default_rng(SEED)
    filled = {"even": 0.6, "towns": 0.2}[spread]
    side = int(np.ceil((zones / filled) ** 0.5))
    row, column = np.divmod(np.sort(rng.choice(side * side, zones, replace=False)), side)
    mean = np.full(zones, 20.0)
    if spread == "towns":
        mean[:] = 2
        for y, x, people in zip(
            *rng.uniform(0, side, (2, 12)), 400 / np.arange(1, 13), strict=True
        ):
            mean += people * np.exp(-np.hypot(row - y, column - x) / (0.02 * side))
    total = rng.poisson(mean) + 1
    west = 0.1 + 0.3 * (column / side)
    first = rng.binomial(total, west)
    second = rng.binomial(total - first, 0.4)
    return row, column, np.stack([first, second, total - first - second], axis=1).astype(float)


def on_grid(row, column):
    import geopandas as gpd
    import shapely

    x, y = column * SIZE, row * SIZE
    return gpd.GeoSeries(shapely.box(x, y, x + SIZE, y + SIZE), crs=3067)


def nearest(zones: int, spread: str, people: list[int], regular: bool = True) -> dict:
    import geopandas as gpd
    from kvarter.geo.environments import nearest_people

    row, column, n = population(zones, spread)
    places = on_grid(row, column)
    if not regular:
        move = np.random.default_rng(SEED).uniform(-0.5, 0.5, (2, zones))
        places = gpd.GeoSeries.from_xy((column + move[0]) * SIZE, (row + move[1]) * SIZE, crs=3067)
    compiling = clock(lambda: nearest_people(n[:50], places[:50], people=[10]))["seconds"]
    found = []
    taken = clock(lambda: found.append(nearest_people(n, places, people=people)[0]))
    return {**taken, "compiling": compiling, "found": found[0]}


def equipop(zones: int, spread: str, people: list[int]) -> dict:
    from equipop import CellData, run_knn_counts

    row, column, n = population(zones, spread)
    cells = CellData(
        E=column * SIZE + SIZE / 2,
        N=row * SIZE + SIZE / 2,
        n=n.sum(axis=1),
        binary_sums={str(m): n[:, m] for m in range(n.shape[1])},
        unit_size=SIZE,
    )
    tables = []
    with contextlib.redirect_stdout(io.StringIO()):
        taken = clock(lambda: tables.append(run_knn_counts(cells, k_values=people)))
    names = [[f"T_{m}_{k}" for m in range(n.shape[1])] for k in people]
    found = np.stack([tables[0][one].to_numpy() for one in names])
    return {**taken, "found": found}


def profile(zones: int, spread: str, people: list[int]) -> dict:
    import pandas as pd
    from kvarter.analyses.segregation import scale

    row, column, n = population(zones, spread)
    places, counts = on_grid(row, column), pd.DataFrame(n, columns=list("abc"))
    scale.profile(counts[:50], places[:50], neighbours=[10])
    return clock(lambda: scale.profile(counts, places, neighbours=people))


def kernels(zones: int, spread: str, radius: float) -> dict:
    from kvarter.geo.environments import kernel_environments

    row, column, n = population(zones, spread)
    places = on_grid(row, column)
    kernel_environments(n[:50], places[:50], radius=500, kernel="gaussian")
    return clock(lambda: kernel_environments(n, places, radius=radius, kernel="gaussian"))


def clock(work) -> dict:
    start, used = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used}


def child(task: str, *arguments) -> dict:
    """Do one piece of work in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, __file__, json.dumps([task, arguments, folder])]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        out = json.loads(done.stdout.splitlines()[-1])
        if (found := Path(folder) / "found.npy").exists():
            out["found"] = np.load(found)
    return out


def answer(order: str) -> None:
    task, arguments, folder = json.loads(order)
    out = globals()[task](*arguments)
    if "found" in out:
        np.save(Path(folder) / "found.npy", out.pop("found"))
    out["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(out))


def line(work: str, done: dict, remark: str = "") -> None:
    figures = [f"{done['seconds']:.2f}", f"{done['cpu']:.2f}", f"{done['peak']:,.0f}"]
    print("{:<62}{:>8}{:>8}{:>8}  {}".format(work, *figures, remark).rstrip(), flush=True)


def main() -> None:
    print("{:<62}{:>8}{:>8}{:>8}".format("work", "seconds", "CPU s", "peak MB"))
    compiling = 0.0
    for spread in ("even", "towns"):
        ours = child("nearest", 100_000, spread, PEOPLE)
        compiling = max(compiling, ours["compiling"])
        line(f"k = 200 ... 12,800, 100,000 cells, {spread}", ours)
        if importlib.util.find_spec("equipop") is None:
            print("  EquiPop is not installed")
        else:
            theirs = child("equipop", 100_000, spread, PEOPLE)
            apart = np.abs(ours["found"] - theirs["found"]).max()
            times = theirs["seconds"] / ours["seconds"]
            line(
                "  EquiPop, run_knn_counts", theirs, f"{times:.0f} x; apart by {apart:.0e} people"
            )
        done = child("nearest", 100_000, spread, LARGE)
        line(f"k = 100 ... 51,200 (10 scales), 100,000 cells, {spread}", done)
    for people, name in ((PEOPLE, "200 ... 12,800"), (LARGE, "100 ... 51,200")):
        done = child("nearest", 100_000, "even", people, False)
        line(f"k = {name}, 100,000 points on no grid", done)
    done = child("kernels", 100_000, "even", 2000)
    line("Gaussian environments of 2 km, 100,000 cells", done)
    sizes, times = [1_000, 10_000, 100_000, 1_000_000], []
    for zones in sizes:
        done = child("profile", zones, "even", EIGHT[: 8 if zones > 10_000 else 4])
        times.append(done["cpu"])
        scales = "400 ... 51,200 (8 scales)" if zones > 10_000 else "400 ... 3,200 (4 scales)"
        line(f"profile, k = {scales}, {zones:,} cells", done)
    done = child("profile", 1_000_000, "towns", EIGHT)
    line("profile, k = 400 ... 51,200 (8 scales), 1,000,000 cells, towns", done)
    power = np.polyfit(np.log(sizes[2:]), np.log(times[2:]), 1)[0]
    print(f"CPU time of a profile grows with zones to the power of {power:.2f} (from 100,000 on)")
    print(f"compiling, or loading what was compiled: {compiling:.1f} s")


if __name__ == "__main__":
    answer(sys.argv[1]) if len(sys.argv) > 1 else main()
