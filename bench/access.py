"""Measure access beside PySAL, and alone where PySAL cannot follow.

    python bench/access.py [--quick]

Prints a table and asserts nothing. Every part runs in a process of its own, so that its memory is
its own, and is warmed up on a small town first: what numba compiles is not in the times. A time is
that of the clock; in brackets is that of the processor, all threads added up. All data are made
up, from a fixed seed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

from _towns import Clock, memory, served, table

# This file has the name of PySAL's package, which would not be found behind it.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).parent]

import numpy as np  # noqa: E402

WARM = (500, 20)
STEPS = {1000: 1.0, 2000: 0.68, 3500: 0.44, 5000: 0.22}
TAU = 2000.0


def steps(cost):
    """Weigh one cost in steps, as PySAL asks for it."""
    for limit, weight in STEPS.items():
        if cost <= limit:
            return weight
    return 0.0


def measures(origins, places, supply, people, limit=5000):
    """Give all measures of a town by name, each as a function of its checked cost table."""
    from kvarter.analyses import access

    decay = access.decay.step(STEPS)
    fca = access.floating_catchment
    return {
        "nearest": lambda c: access.nearest(c),
        "third nearest": lambda c: access.nearest(c, k=3),
        "cumulative": lambda c: access.cumulative(c, supply, 2000),
        "gravity": lambda c: access.gravity(c, supply, access.decay.exponential(0.001)),
        "2SFCA": lambda c: fca(c, supply, people),
        "E2SFCA": lambda c: fca(c, supply, people, method="e2sfca", decay=decay),
        "G2SFCA": lambda c: fca(c, supply, people, method="g2sfca", limit=limit),
        "KD2SFCA": lambda c: fca(c, supply, people, method="kd2sfca", limit=limit),
        "M2SFCA": lambda c: fca(c, supply, people, method="m2sfca", decay=decay),
        "3SFCA": lambda c: fca(c, supply, people, method="3sfca", decay=decay),
        "MH3SFCA": lambda c: fca(c, supply, people, method="mh3sfca", decay=decay),
        "BFCA": lambda c: fca(c, supply, people, method="bfca", decay=decay),
        "spatial availability": lambda c: access.spatial_availability(c, supply, people, decay),
        "balancing cost": lambda c: access.balancing_cost(c, supply, people),
        "RAAM": lambda c: access.raam(c, supply, people, tau=TAU),
        "assignment, nearest": lambda c: access.assign(c, people),
        "assignment, Huff": lambda c: access.assign(c, people, supply, how="huff", decay=decay),
    }


def part_ours(zones, services):
    """Measure everything on one cost table, with what makes and checks it told apart."""
    from kvarter.analyses import access
    from kvarter.geo.travel import straight_line

    small = served(*WARM)
    table = access.Costs(straight_line(*small[:2], limit=5000))
    for measure in measures(*small).values():
        measure(table)
    origins, places, supply, people = served(zones, services)
    with Clock() as making:
        costs = straight_line(origins, places, limit=5000)
    with Clock() as checking:
        table = access.Costs(costs)
    out = {"pairs": len(costs), "cost table": making.both, "checks": checking.both, "each": {}}
    for name, measure in measures(origins, places, supply, people).items():
        with Clock() as one:
            found = measure(table)
        out["each"][name] = one.both
        if name in ("E2SFCA", "3SFCA", "RAAM"):
            out[f"mean {name}"] = float(found.mean())
    out["gap"] = _gap(table, supply, people)
    out["memory"] = memory()
    return out


def _gap(table, supply, people):
    """Tell how far from rest the result with the default tolerance is, from one far nearer."""
    from kvarter.analyses import access

    exact = access.raam(table, supply, people, tau=TAU, tolerance=1e-10)
    return float((access.raam(table, supply, people, tau=TAU) - exact).abs().max())


def _pysal(costs, supply, people):
    """Give PySAL the cost table."""
    from access import Access

    warnings.simplefilter("ignore")
    return Access(
        demand_df=people.astype(int).rename("people").rename_axis("id").reset_index(),
        demand_index="id",
        demand_value="people",
        supply_df=supply.rename("places").rename_axis("id").reset_index(),
        supply_index="id",
        supply_value="places",
        cost_df=costs.astype({"zone": int, "service": int}),
        cost_origin="zone",
        cost_dest="service",
        cost_name="cost",
    )


def part_pysal(zones, services):
    """Share places out with PySAL, in two steps and in three."""
    from kvarter.geo.travel import straight_line

    origins, places, supply, people = served(zones, services)
    reference = _pysal(straight_line(origins, places, limit=5000), supply, people)
    out = {"each": {}}
    for name, method in (
        ("E2SFCA", reference.enhanced_two_stage_fca),
        ("3SFCA", reference.three_stage_fca),
    ):
        with Clock() as one:
            found = method(name=f"fca{name}", max_cost=5000, weight_fn=steps)
        out["each"][name] = one.both
        out[f"mean {name}"] = float(
            found[f"fca{name}_places"].reindex(range(zones)).fillna(0).mean()
        )
    out["memory"] = memory()
    return out


def part_pysal_raam(zones, services):
    """Have PySAL find the rational agents' choice, and tell how far from rest that is."""
    from kvarter.analyses import access
    from kvarter.geo.travel import straight_line

    origins, places, supply, people = served(zones, services)
    costs = straight_line(origins, places, limit=5000)
    reference = _pysal(costs, supply, people)
    with Clock() as one:
        found = reference.raam(name="raam", tau=TAU)["raam_places"]
    exact = access.raam(costs, supply, people, tau=TAU, tolerance=1e-10)
    out = {"each": {"RAAM": one.both}, "mean RAAM": float(found.mean()), "memory": memory()}
    return out | {"gap": float((found.reindex(exact.index) - exact).abs().max())}


def part_moved(zones, services):
    """Move one service of a finished study, and measure everything again from the coordinates."""
    from kvarter.analyses import access
    from kvarter.geo.travel import straight_line

    origins, places, supply, people = served(zones, services)
    kinds = measures(origins, places, supply, people)
    before = access.Costs(straight_line(origins, places, limit=5000))
    for measure in kinds.values():
        measure(before)
    out = {"each": {}}
    moved = places.copy()
    moved.iloc[0] = origins.iloc[zones // 2]
    with Clock() as total:
        with Clock() as one:
            costs = access.Costs(straight_line(origins, moved, limit=5000))
        out["each"]["cost table"] = one.both
        for name, measure in kinds.items():
            with Clock() as one:
                measure(costs)
            out["each"][name] = one.both
    out |= {"total": total.both, "pairs": costs.matrix.nnz, "memory": memory()}
    return out


def part_room(zones, services):
    """Assign with room, whether there are too many places or too few."""
    from kvarter.analyses import access
    from kvarter.geo.travel import straight_line

    origins, places, supply, people = served(zones, services)
    costs = access.Costs(straight_line(origins, places, limit=5000))
    out = {"pairs": costs.matrix.nnz}
    for name, share in (("too many places", 1.2), ("too few", 0.8)):
        room = (supply * (share * people.sum() / supply.sum())).round()
        with Clock() as one:
            found = access.assign(costs, people, room, how="capacity")
        out[name] = one.both
        out[f"left, {name}"] = float(found.loc[found["service"].isna(), "people"].sum())
    return out | {"memory": memory()}


def part_nation(zones, services):
    """Make the cost table within 3 km and share places out in steps."""
    from kvarter.analyses import access
    from kvarter.geo.travel import straight_line

    decay = access.decay.step({1000: 1.0, 2000: 0.68, 3000: 0.22})
    # A service on every second square kilometre.
    origins, places, supply, people = served(zones, services, density=0.5)
    with Clock() as total:
        with Clock() as making:
            costs = straight_line(origins, places, limit=3000)
        access.floating_catchment(costs, supply, people, method="e2sfca", decay=decay)
    pairs = len(costs)
    return {"total": total.both, "cost table": making.both, "pairs": pairs, "memory": memory()}


def run(part, zones, services):
    """Run a part in a process of its own."""
    print(f"… {part}, {zones:,} zones, {services:,} services", file=sys.stderr, flush=True)
    command = [sys.executable, __file__, "--part", part]
    command += ["--zones", str(zones), "--services", str(services)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        # PySAL's dense tables take more memory than there may be; the other parts go on.
        print(f"{part} of {zones:,} zones ended with {done.returncode}", file=sys.stderr)
        return {"each": {}, "memory": np.nan}
    return json.loads(done.stdout.splitlines()[-1])


def seconds(both):
    """Write a time."""
    return f"{both[0]:.3f} ({both[1]:.3f})"


def main(quick):
    """Run all parts and print what they took."""
    size, few, million = (
        ((5_000, 100), (2_000, 40), (50_000, 250))
        if quick
        else ((100_000, 2_000), (10_000, 200), (1_000_000, 5_000))
    )
    ours, theirs = run("ours", *size), run("pysal", *size)
    agents = run("pysal_raam", *size)
    names = ["Python", "numpy", "scipy", "numba", "pandas", "geopandas", "access"]
    told = [platform.python_version(), *(version(name) for name in names[1:])]
    print(f"{os.cpu_count()} cores, {platform.machine()}; load {os.getloadavg()[0]:.1f}; ", end="")
    print(", ".join(f"{name} {what}" for name, what in zip(names, told, strict=True)))
    print("Seconds by the clock (of the processor, all threads).")
    zones, services = size
    print(f"\n{zones:,} zones, {services:,} services, {ours['pairs']:,} pairs within 5 km")
    lines = [["work", "kvarter", "PySAL", "times faster", "target"]]
    target = {"E2SFCA": "30 ×", "3SFCA": "30 ×", "RAAM": "50 ×"}
    times = {"cost table": ours["cost table"], "checks": ours["checks"], **ours["each"]}
    beside = {**theirs["each"], **agents["each"]}
    for name, both in times.items():
        other = beside.get(name)
        ratio = "–"
        if other:
            ratio = f"{other[0] / both[0]:,.0f} ({other[1] / both[1]:,.0f})"
        cells = [seconds(other) if other else "–", ratio, target.get(name, "–")]
        lines.append([name, seconds(both), *cells])
    lines.append(["most memory, MB", f"{ours['memory']:,.0f}", "see below", "", "–"])
    table(lines)
    print("\nE2SFCA and the others are from a checked table; `checks` is once for all of them.")
    for name, part in (("E2SFCA and 3SFCA", theirs), ("RAAM", agents)):
        print(f"Most memory of PySAL's {name}: {part['memory']:,.0f} MB")
    for name, part in (("E2SFCA", theirs), ("3SFCA", theirs), ("RAAM", agents)):
        other = part.get(f"mean {name}", np.nan)
        print(f"Mean {name}: {ours[f'mean {name}']:.9g}, PySAL {other:.9g}")
    off = agents.get("gap", np.nan)
    print(f"RAAM, the most a zone is off rest: {ours['gap']:.1e}, PySAL {off:.1e}")

    moved = run("moved", *few)
    zones, services = few
    print(
        f"\nOne service moved, {zones:,} zones, {services:,} services, {moved['pairs']:,} pairs:"
    )
    print(f"all again in {seconds(moved['total'])}; target 0.3")
    lines = [["work", "kvarter"]]
    lines += [[name, seconds(both)] for name, both in moved["each"].items()]
    table(lines)

    room = run("room", *few)
    lines = [["assignment with room", "kvarter", "people without a place"]]
    for name in ("too many places", "too few"):
        lines.append([name, seconds(room[name]), f"{room[f'left, {name}']:,.0f}"])
    table(lines)

    nation = run("nation", *million)
    zones, services = million
    print(f"\n{zones:,} zones, {services:,} services, {nation['pairs']:,} pairs within 3 km:")
    print(f"cost table {seconds(nation['cost table'])}; with E2SFCA {seconds(nation['total'])}; ")
    print(f"{nation['memory']:,.0f} MB; target 30 s, 6 GB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small towns, a minute")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--zones", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--services", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(globals()[f"part_{asked.part}"](asked.zones, asked.services)))
    else:
        main(asked.quick)
