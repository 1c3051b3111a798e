"""Measure the indices of segregation against PySAL, and alone where PySAL cannot follow.

    python bench/segregation.py [--quick]

Prints tables and asserts nothing. Every part runs in a process of its own, so that its memory is
its own, and is warmed up on a small town first: what numba compiles is not in the times, and is
told apart. A time is that of the clock; in brackets is that of the processor, all threads added
up, which says more where others use the machine. All data are made up, from a fixed seed.
"""

import argparse
import copy
import json
import os
import platform
import subprocess
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

from _towns import Clock, grid, irregular, memory, table

# This file has the name of PySAL's package, which would not be found behind it.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).parent]

import geopandas as gpd  # noqa: E402
import numpy as np  # noqa: E402

WARM = 2_500
SLOWEST = "spatial_proximity_profile"
BY_DISTANCE = [
    "distance_decay_isolation",
    "distance_decay_interaction",
    "absolute_clustering",
    "relative_clustering",
    "spatial_proximity",
    "spatial_information_theory",
    "spatial_relative_diversity",
]


def offered():
    """List the indices that PySAL has."""
    from kvarter.analyses.segregation import pysal

    return [*pysal.SINGLE, *pysal.MULTI]


def part_ours(zones):
    """Compute every index that PySAL has: all in one call, then each in a call of its own."""
    from kvarter.analyses import segregation

    names = offered()
    with Clock() as warm:
        segregation.measure(*grid(WARM), indices=names)
    town = grid(zones)
    before = memory()
    with Clock() as total:
        segregation.measure(*town, indices=names)
    out = {"warm": warm.both, "total": total.both, "memory": memory(), "before": before}
    with Clock() as rest:
        segregation.measure(*town, indices=[name for name in names if name != SLOWEST])
    out["rest"], out["each"] = rest.both, {}
    for name in names:
        with Clock() as one:
            segregation.measure(*town, indices=[name])
        out["each"][name] = one.both
    return out


def part_pysal(zones):
    """Compute every index with PySAL: of one group against the other, or of both at once."""
    from kvarter.analyses.segregation import pysal
    from segregation import multigroup, singlegroup

    warnings.simplefilter("ignore")
    counts, geometry = grid(zones)
    frame = gpd.GeoDataFrame(counts, geometry=geometry)
    frame["total"] = counts.sum(axis=1)
    few = gpd.GeoDataFrame(frame.iloc[:100])
    with Clock() as warm:
        singlegroup.Gini(few, "group_0", "total")
    out = {"warm": warm.both, "before": memory(), "each": {}}
    for name in offered():
        try:
            with Clock() as one:
                if name in pysal.SINGLE:
                    getattr(singlegroup, pysal.SINGLE[name])(frame, "group_0", "total")
                else:
                    getattr(multigroup, pysal.MULTI[name])(frame, list(counts.columns))
        except Exception as error:
            print(f"PySAL fails at {name}: {error}", file=sys.stderr)
            continue
        out["each"][name] = one.both
    out["total"] = np.sum(list(out["each"].values()), axis=0).tolist()
    rest = [both for name, both in out["each"].items() if name != SLOWEST]
    out["rest"] = np.sum(rest, axis=0).tolist()
    out["memory"] = memory()
    return out


def part_irregular(zones):
    """Compute the indices that weigh all pairs of zones by distance, and check some sums."""
    from kvarter.analyses import segregation
    from kvarter.analyses.segregation._space import Space

    with Clock() as warm:
        segregation.measure(*irregular(WARM), indices=BY_DISTANCE)
    counts, geometry = irregular(zones)
    before = memory()
    with Clock() as total:
        segregation.measure(counts, geometry, indices=BY_DISTANCE)
    peak = memory()
    space = Space(counts, geometry)
    values = counts.to_numpy(dtype=float)
    points, own = space.points / 1000, np.sqrt(0.6 * geometry.area.to_numpy()) / 1000
    found, worst = space.sums(values), 0.0
    for zone in np.linspace(0, zones - 1, 50).astype(int):
        apart = np.hypot(*(points - points[zone]).T)
        apart[zone] = own[zone]
        true = np.exp(-apart) @ values
        worst = max(worst, float((np.abs(found[zone] - true) / true).max()))
    return {
        "warm": warm.both,
        "total": total.both,
        "memory": peak,
        "before": before,
        "error": worst,
    }


def part_replicates(zones, interval=False):
    """Test all indices that need no places against chance, in 999 replicates."""
    from kvarter.analyses import segregation
    from kvarter.analyses.segregation import _measure

    names = [n for n in _measure.DIMENSION if n not in (*_measure.SPATIAL, *_measure.CORRECTED)]
    names = [name for name in names if name not in _measure.ORDERED]
    given = {"seed": 1, "null": "systematic", "indices": names, "interval": interval}
    with Clock() as warm:
        segregation.test(grid(WARM, 3)[0], replicates=19, **given)
    counts, _ = grid(zones, 3)
    before = memory()
    with Clock() as total:
        segregation.test(counts, replicates=999, **given)
    return {"warm": warm.both, "total": total.both, "memory": memory(), "before": before}


def part_intervals(zones):
    """Draw 999 replicates more, for intervals."""
    return part_replicates(zones, interval=True)


def part_nation(zones):
    """Compute all indices that need no places, and a profile of eight scales."""
    from kvarter.analyses import segregation

    scales = [100 * 2**k for k in range(8)]
    with Clock() as warm:
        counts, geometry = grid(WARM)
        segregation.measure(counts)
        segregation.profile(counts, geometry, neighbours=scales)
    counts, geometry = grid(zones)
    before = memory()
    with Clock() as total:
        segregation.measure(counts)
        segregation.profile(counts, geometry, neighbours=scales)
    return {"warm": warm.both, "total": total.both, "memory": memory(), "before": before}


def part_growth(zones):
    """Time each index on one town; what several need of the places is made before."""
    from kvarter.analyses.segregation import _measure
    from kvarter.analyses.segregation._space import Space

    names = [name for name in _measure.DIMENSION if name not in _measure.ORDERED]
    small = grid(WARM)
    for name in names:
        _timed(name, small[0], Space(*small))
    counts, geometry = grid(zones)
    base = Space(counts, geometry)
    with Clock() as places:
        for what in ("cells", "points", "areas", "perimeters", "distance", "borders"):
            getattr(base, what)
        base.connected  # noqa: B018
    out = {"places": places.both}
    for name in names:
        runs = [_timed(name, counts, base) for _ in range(3 if zones <= 40_000 else 1)]
        out[name] = min(runs, key=lambda both: both[1])
    out["memory"] = memory()
    return out


def _timed(name, counts, base):
    """Time one index, whose sums by distance are not known from another."""
    from kvarter.analyses.segregation import _measure
    from kvarter.analyses.segregation._space import Missing

    space = copy.copy(base)
    space.__dict__.pop("sums", None)
    n = counts.to_numpy(dtype=float)
    try:
        with Clock() as one:
            _measure.evaluate(name, n, space)
    except Missing:
        return [0.0, 0.0]
    return one.both


def run(part, zones):
    """Run a part in a process of its own."""
    print(f"… {part}, {zones:,} zones", file=sys.stderr, flush=True)
    command = [sys.executable, __file__, "--part", part, "--zones", str(zones)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def seconds(both):
    """Write a time."""
    return f"{both[0]:.2f} ({both[1]:.2f})"


def milliseconds(both):
    """Write a short time."""
    return f"{1000 * both[0]:,.1f} ({1000 * both[1]:,.1f})"


def row(work, zones, ours, target, other=None):
    """Make a line of the first table."""
    beside = ratio = most = "–"
    if other:
        beside, ratio = seconds(other["total"]), f"{other['total'][0] / ours['total'][0]:,.0f}"
        ratio += f" ({other['total'][1] / ours['total'][1]:,.0f})"
        most = f"{other['memory']:,.0f}"
    warm = seconds(ours["warm"])
    held = f"{ours['memory']:,.0f}"
    return [work, f"{zones:,}", seconds(ours["total"]), beside, ratio, held, most, warm, target]


def main(quick):
    """Run all parts and print what they took."""
    few, many, million = (1_000, 10_000, 30_000) if quick else (5_000, 100_000, 1_000_000)
    sizes = [1_000, 3_000, 10_000] if quick else [1_000, 3_162, 10_000, 31_623, 100_000, 316_228]
    sizes += [] if quick else [million]
    ours, theirs = run("ours", few), run("pysal", few)
    names = ["Python", "numpy", "scipy", "numba", "geopandas", "segregation"]
    told = [platform.python_version(), *(version(name) for name in names[1:])]
    print(f"{os.cpu_count()} cores, {platform.machine()}; load {os.getloadavg()[0]:.1f}; ", end="")
    print(", ".join(f"{name} {what}" for name, what in zip(names, told, strict=True)))
    print("Seconds by the clock (of the processor, all threads); memory is the most held, in MB.")
    lines = [["work", "zones", "kvarter", "PySAL", "times faster", "MB", "MB, PySAL"]]
    lines[0] += ["warm-up, not counted", "target"]
    lines.append(row("all that PySAL offers, grid", few, ours, "100 × faster, 500 MB", theirs))
    fewer = [side | {"total": side["rest"]} for side in (ours, theirs)]
    lines.append(row(f"the same without `{SLOWEST}`", few, fewer[0], "–", fewer[1]))
    alone = run("ours", many)
    lines.append(row("all that PySAL offers, grid", many, alone, "10 s, 2 GB"))
    uneven = run("irregular", many)
    lines.append(row("indices by distance, irregular zones", many, uneven, "20 s, error 1e-9"))
    work = "999 replicates of all indices without places, 3 groups"
    lines.append(row(work, few, run("replicates", few), "3 s"))
    work = "the same and 999 for intervals"
    lines.append(row(work, few, run("intervals", few), "–"))
    nation = run("nation", million)
    lines.append(
        row("all indices without places, a profile of 8 scales", million, nation, "60 s, 6 GB")
    )
    table(lines)
    print(f"\nThe greatest relative error of 50 sums by distance: {uneven['error']:.1e}")
    print("kvarter computes three figures an index (each group, and the pair), PySAL one.")

    lines = [["index", "kvarter", "PySAL", "times faster (processor)", f"kvarter, {many:,}"]]
    for name, both in ours["each"].items():
        other = theirs["each"].get(name)
        cells = [milliseconds(other), f"{other[1] / both[1]:,.1f}"] if other else ["fails", "–"]
        lines.append([f"`{name}`", milliseconds(both), *cells, milliseconds(alone["each"][name])])
    print(
        f"\nEach index by itself, {few:,} zones, milliseconds: "
        "with all that it needs of the places made anew"
    )
    table(lines)

    growth = {size: run("growth", size) for size in sizes}
    print("\nGrowth, processor seconds; what indices share of the places is the first line.")
    print(
        "The exponent is the slope of log time over log zones, of the sizes that take over 1 ms."
    )
    lines = [["index", *(f"{size:,}" for size in sizes), "exponent"]]
    for name in [name for name in growth[sizes[0]] if name != "memory"]:
        times = np.array([growth[size][name][1] for size in sizes])
        slow = times > 1e-3
        slope = "–"
        if slow.sum() > 1:
            slope = f"{np.polyfit(np.log(np.array(sizes)[slow]), np.log(times[slow]), 1)[0]:.2f}"
        label = "places" if name == "places" else f"`{name}`"
        lines.append([label, *("–" if t == 0 else f"{t:.4f}" for t in times), slope])
    lines.append(["memory, MB", *(f"{growth[size]['memory']:,.0f}" for size in sizes), ""])
    table(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small towns, a minute")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--zones", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(globals()[f"part_{asked.part}"](asked.zones)))
    else:
        main(asked.quick)
