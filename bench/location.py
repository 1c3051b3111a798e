"""Choose sites beside spopt, and alone where spopt cannot follow.

    python bench/location.py [--quick]

Prints tables and asserts nothing. Every part runs in a process of its own, so that its memory is
its own, and is warmed up on a small town first: what numba compiles is not in the times. A time is
that of the clock; in brackets is that of the processor, all threads added up. spopt is given 120
seconds a problem, with HiGHS by way of PuLP, and is ended after 240. All data are made up, from a
fixed seed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from _towns import Clock, memory, people, served, table

WARM = (300, 15, 3)
TIME = 120
REACH = 3000.0
COVER = 6000.0


def town(zones, sites):
    """Draw a town: the full cost table, people by zone and by group, and places by site."""
    from kvarter.analyses.access import Costs
    from kvarter.geo.travel import straight_line

    origins, places, supply, demand = served(zones, sites)
    costs = Costs(straight_line(origins, places, limit=1e9))
    groups = people(zones, 3, np.column_stack([origins.x, origins.y]))
    return costs, demand, groups, supply


def problems(costs, demand, groups, supply, p):
    """Give all problems by name, each as a function without arguments."""
    from kvarter.analyses import location

    # A fifth more places than people on average.
    room = (supply * 1.2 * demand.sum() / (p * supply.mean())).round()
    return {
        "p-median": lambda: location.p_median(costs, demand, p),
        "maximal covering": lambda: location.maximal_covering(costs, demand, p, REACH),
        "set covering": lambda: location.set_covering(costs, demand, COVER),
        "p-centre": lambda: location.p_center(costs, demand, p),
        "least gap": lambda: location.least_gap(costs, groups, p),
        "worst-off tenth": lambda: location.worst_off(costs, demand, p),
        "most mixed": lambda: location.most_mixed(costs, groups, p),
        "p-median with places": lambda: location.p_median(costs, demand, p, capacity=room),
    }


def part_ours(zones, sites, p, names):
    """Solve the problems that are named, one after the other."""
    small = problems(*town(*WARM[:2]), WARM[2])
    for name in names:
        small[name]()
    del small
    with Clock() as making:
        given = town(zones, sites)
    out = {"table": making.both, "pairs": given[0].matrix.nnz, "each": {}}
    for name, solve in problems(*given, p).items():
        if name not in names:
            continue
        with Clock() as one:
            found = solve()
        told = {"objective": found.objective, "bound": found.bound, "gap": found.gap}
        out["each"][name] = {"time": one.both, "how": found.how, **told}
    return out | {"memory": memory()}


def part_spopt(zones, sites, p, names):
    """Solve one problem with spopt."""
    import pulp
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    costs, demand, _, _ = town(zones, sites)
    matrix, weights = costs.matrix.toarray(), demand.to_numpy()
    solver = pulp.HiGHS(msg=False, timeLimit=TIME)
    (name,) = names
    with Clock() as one:
        if name == "p-median":
            made = PMedian.from_cost_matrix(matrix, weights, p_facilities=p)
        elif name == "maximal covering":
            made = MCLP.from_cost_matrix(matrix, weights, REACH, p_facilities=p)
        elif name == "set covering":
            made = LSCP.from_cost_matrix(matrix, COVER)
        else:
            made = PCenter.from_cost_matrix(matrix, p_facilities=p)
        made.problem.solve(solver)
    value = pulp.value(made.problem.objective)
    done = pulp.LpStatus[made.problem.status] == "Optimal" and one.wall < TIME
    # What is not solved to the end has a value that says nothing.
    out = {"time": one.both, "objective": float(value) if done else None}
    return out | {"memory": memory()}


def run(part, size, names, limit=None):
    """Run a part in a process of its own; nothing comes of one that fails or takes too long."""
    print(f"… {part}, {size}: {', '.join(names)}", file=sys.stderr, flush=True)
    command = [sys.executable, __file__, "--part", part, "--size", *map(str, size)]
    command += ["--names", *names]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        print(f"{part} of {size} ended with {done.returncode}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def seconds(both):
    """Write a time."""
    return f"{both[0]:.2f} ({both[1]:.2f})"


def installed(name):
    """Give a version, or nothing."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def block(size, names, targets):
    """Print our answers and spopt's for a town."""
    ours = run("ours", size, names)
    zones, sites, p = size
    print(
        f"\n{zones:,} zones, {sites:,} sites, {ours['pairs']:,} pairs, p = {p}: table and", end=""
    )
    print(f" checks {seconds(ours['table'])}, most memory {ours['memory']:,.0f} MB")
    lines = [["problem", "kvarter", "objective", "proven gap", "spopt", "objective", "target"]]
    for name, one in ours["each"].items():
        other = ["–", "–"]
        if name in SPOPT and zones <= 5_000 and installed("spopt"):
            # HiGHS looks at the time now and then only, and PuLP takes some to write the model.
            found = run("spopt", size, [name], limit=2 * TIME)
            if found and found["objective"] is not None:
                other = [seconds(found["time"]), f"{found['objective']:.8g}"]
            else:
                other = [f"not solved in {TIME} s", "–"]
        gap = f"{one['gap']:.3%}"
        cells = [seconds(one["time"]), f"{one['objective']:.8g}", gap, *other]
        lines.append([name, *cells, targets.get(name, "–")])
    table(lines)
    for name, one in ours["each"].items():
        print(f"{name}: {one['how']}")


SPOPT = ("p-median", "maximal covering", "set covering", "p-centre")
ALL = (*SPOPT, "least gap", "worst-off tenth", "most mixed", "p-median with places")


def main(quick):
    """Run all parts and print what they took."""
    names = ["numpy", "scipy", "numba", "pandas", "spopt", "highspy"]
    told = [f"{name} {installed(name)}" for name in names if installed(name)]
    print(
        f"{os.cpu_count()} cores, {platform.machine()}; load {os.getloadavg()[0]:.1f}; Python",
        end="",
    )
    print(f" {platform.python_version()}, {', '.join(told)}")
    print("Seconds by the clock (of the processor, all threads).")
    block((500, 25, 4), ALL, {})
    if quick:
        return
    block((50_000, 1_000, 20), ALL[:1], {"p-median": "3 %, 60 s, 4 GB"})
    block((5_000, 100, 8), ALL, {"p-median": "1 %, 5 s"})
    block((50_000, 1_000, 20), ("maximal covering", "least gap", "most mixed"), {})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one small town, a minute")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--names", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(globals()[f"part_{asked.part}"](*asked.size, asked.names)))
    else:
        main(asked.quick)
