"""Measure how often the intervals of segregation and of inequality hold the true value.

    python bench/intervals.py [--towns 200] [--replicates 199] [--zones 200] [--hard]
    python bench/intervals.py --inequality [--towns 200] [--replicates 199]

Prints a table and asserts nothing. Each town has a true share of each group in each zone, which is
known, and people drawn from it; a group of 5 % lives apart to a known degree. In "two shares" it
has a high share in a tenth of the zones and a low one in all others; in "one apart" the two other
groups live together. Three towns are made to be hard: where the share depends on the size of the
zone ("by size": 150 zones of 8 people, 2 %, 20 of 400, 35 %), where few zones have a group that is
rare elsewhere ("rare": 10 zones of 6 %, 190 of 0.2 %, 60 people each), and where a group has some
zones nearly for itself ("own zones": 20 of 95 %, 180 of 2 %, 60 people each). The intervals are
those of 95 %. All data are made up, from fixed seeds.

Of inequality, zones are drawn with replacement from a town whose figures are known: the squares of
the sample municipality with their straight ways to a school, or 20,000 zones whose ways are skewed
(log-normal, and longer where the rank is high). "gaps" are held where those of all groups to the
one that seems best are. A dash stands where most towns have too few zones for an interval. Then,
how often a gap seems to be told from chance though all groups are alike: living in the same shares
everywhere, or in other zones each ("apart").
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from kvarter.analyses import inequality, segregation
from kvarter.data.sample import folder
from kvarter.geo import grid, travel
from scipy import optimize

SHARES = {2: [0.95, 0.05], 3: [0.6, 0.35, 0.05]}
APART, PEOPLE = (0.0, 0.1, 0.3, 0.6), (25, 100, 400)
KINDS = ((2, ""), (2, "two shares"), (3, ""), (3, "one apart"))
HARD = {
    "by size": ((150, 8, 0.02), (20, 400, 0.35)),
    "rare": ((190, 60, 0.002), (10, 60, 0.06)),
    "own zones": ((180, 60, 0.02), (20, 60, 0.95)),
}
FIGURES = [
    "dissimilarity",
    "gini",
    "atkinson",
    "isolation",
    "spatial_proximity",
    "multigroup_dissimilarity",
    "information_theory",
]

UNEQUAL = ["gini", "theil", "atkinson", "palma", "concentration_index", "poverty_0"]
TOWNS = ("sample", "skewed")


def spread(apart, minority=0.05):
    """Give the α of a beta distribution of shares whose dissimilarity is known."""
    chance = np.random.default_rng(0).random(20_000)

    def off(log):
        from scipy import stats

        alpha = np.exp(log)
        share = stats.beta.ppf(chance, minority * alpha, (1 - minority) * alpha)
        mean = share.mean()
        return np.abs(share - mean).mean() / (2 * mean * (1 - mean)) - apart

    return float(np.exp(optimize.brentq(off, -2, 9, xtol=1e-3)))


def town(seed, apart, alpha, people, groups, zones, kind):
    """Draw a town: the true mean of each count, the counts, and square zones."""
    rng = np.random.default_rng([seed, people, groups, int(10 * apart)])
    share = np.array(SHARES[groups])
    true = np.tile(share, (zones, 1))
    if apart and not kind:
        true = rng.dirichlet(share * alpha, zones)
    elif apart:
        # The others live together, and only the small group apart from them.
        few = rng.beta(share[-1] * alpha, (1 - share[-1]) * alpha, zones)
        if kind == "two shares":
            high = (0.1 + 0.95 * apart) * 0.05 / 0.1
            few = np.where(rng.random(zones) < 0.1, high, (0.05 - 0.1 * high) / 0.9)
        rest = share[:-1] / share[:-1].sum()
        true = np.column_stack([(1 - few)[:, None] * rest, few])
    return placed(rng, true, rng.poisson(rng.gamma(3, people / 3, zones)) + 1)


def hard_town(seed, kind):
    """Draw a town out of `HARD` as `town` does."""
    rng = np.random.default_rng([seed, list(HARD).index(kind)])
    zones, people, few = np.array(HARD[kind]).T
    people, few = (np.repeat(part, zones.astype(int)) for part in (people, few))
    return placed(rng, np.column_stack([1 - few, few]), rng.poisson(people) + 1)


def placed(rng, true, total):
    """Draw the people of zones and put those on a map."""
    zones, groups = true.shape
    column = np.arange(zones) // 10
    # More of the group live in the east, as a rule.
    east = np.argsort(np.argsort(column + rng.normal(0, zones / 20, zones)))
    order = np.argsort(true[:, -1])[east]
    true, total = true[order], total[order]
    boxes = shapely.box(column, np.arange(zones) % 10, column + 1, np.arange(zones) % 10 + 1)
    cells = gpd.GeoSeries(boxes, crs="EPSG:3067").scale(250, 250, origin=(0, 0))
    frames = [
        pd.DataFrame(n * 1.0, columns=list("abc")[-groups:])
        for n in (true * total[:, None], rng.multinomial(total, true))
    ]
    return *frames, cells


def covered(setting):
    """Tell which intervals of a town hold the true value; None without the small group."""
    seed, *made, kind, replicates = setting
    true, counts, cells = hard_town(seed, kind) if kind in HARD else town(seed, *made, kind)
    if not counts["c"].any():
        return None
    given = {"indices": FIGURES}
    options = {"replicates": replicates, "seed": seed, "pairs": False}
    found = segregation.test(counts, cells, **options, **given)
    truth = segregation.measure(true, cells, **given)["value"]
    inside = (found["ci_low"] <= truth + 1e-9) & (found["ci_high"] >= truth - 1e-9)
    whose = ((found["group"] == "c") & (found["other"] == "")) | (found["group"] == "")
    return inside[whose].set_axis(found["index"][whose])[FIGURES].to_numpy()


def whole_town(kind):
    """Give the ways of all zones, their groups, their rank and what is far."""
    if kind == "sample":
        table = pd.read_csv(folder() / "grid_2024.csv", dtype={"cell": str}).set_index("cell")
        services = pd.read_csv(folder() / "services.csv").query("kind == 'school'")
        places = gpd.GeoSeries.from_xy(services["x"], services["y"], crs=3067)
        origins = grid.from_codes(table.index.to_series()).representative_point()
        groups = table[["income_low", "income_middle", "income_high"]].fillna(0)
        ways = travel.nearest_straight_line(origins, places)
        some = (groups.sum(axis=1) > 0).to_numpy()
        ways, groups = (part[some].reset_index(drop=True) for part in (ways, groups))
        return ways, groups, -groups["income_low"] / groups.sum(axis=1), 2000
    rng = np.random.default_rng(0)
    rank = rng.normal(size=20_000)
    ways = np.exp(0.3 * rank + 0.95 * rng.normal(size=20_000))
    people = rng.gamma(1.5, 60, 20_000) + 1
    low, middle = np.exp(-rank) + 0.1, np.ones(20_000)
    shares = np.column_stack([low, middle, np.exp(rank) + 0.1])
    groups = pd.DataFrame(shares / shares.sum(axis=1, keepdims=True) * people[:, None])
    return pd.Series(ways), groups.round() + 0.0, pd.Series(rank), 3


def held(setting):
    """Tell which intervals of zones drawn from a town hold the figures of the whole town."""
    seed, ways, groups, rank, far, truth, zones, replicates = setting
    drawn = np.random.default_rng([seed, zones]).integers(0, len(ways), zones)
    ways, rank = (part.iloc[drawn].reset_index(drop=True) for part in (ways, rank))
    groups = groups.iloc[drawn].reset_index(drop=True)
    options = {"replicates": replicates, "seed": seed}
    found = inequality.measure(
        ways,
        groups.sum(axis=1),
        rank=rank,
        line=far,
        better="lower",
        indices=UNEQUAL,
        **options,
    ).set_index("index")
    means, figures = truth
    inside = ~((figures < found["ci_low"]) | (found["ci_high"] < figures))
    inside = inside.astype(float).where(found["ci_low"].notna())
    gaps = inequality.gaps(ways, groups, **options).set_index("group")
    gap = means - means[gaps["best"].iloc[0]]
    missed = (gap + 1e-9 < gaps["ci_low"]) | (gaps["ci_high"] < gap - 1e-9)
    # Not counted where there is no interval, for too few zones.
    told = gaps["ci_low"].notna().sum() > 1
    return [*inside[UNEQUAL], float(not missed.any()) if told else np.nan]


def told_apart(setting):
    """Tell whether a gap between groups that are all alike seems to be more than chance."""
    seed, groups, zones, apart, replicates = setting
    rng = np.random.default_rng([seed, groups, zones])
    ways, people = pd.Series(rng.lognormal(0, 1, zones)), rng.gamma(1.5, 60, zones)
    shares = rng.dirichlet(np.full(groups, 0.5), zones) if apart else 1 / groups
    counts = pd.DataFrame(rng.poisson(people[:, None] * shares * np.ones(groups)))
    return (inequality.gaps(ways, counts, replicates=replicates, seed=seed)["ci_low"] > 0).any()


def main_inequality(towns, replicates):
    """Print the tables of inequality."""
    print(f"{towns} towns a line, {replicates} replicates, % of intervals")
    print(f"\n| town | zones | {' | '.join(f'`{name}`' for name in UNEQUAL)} | `gaps` |")
    print(f"| --- | ---: |{' ---: |' * (len(UNEQUAL) + 1)}")
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for kind in TOWNS:
            ways, groups, rank, far = whole_town(kind)
            people, given = groups.sum(axis=1), {"line": far, "better": "lower"}
            known = inequality.measure(ways, people, rank=rank, indices=UNEQUAL, **given)
            figures = known.set_index("index")["value"]
            means = groups.mul(ways, axis=0).sum() / groups.sum()
            for zones in (20, 60, 200, 800):
                case = (ways, groups, rank, far, (means, figures), zones, replicates)
                told = pool.map(held, [(seed, *case) for seed in range(towns)], chunksize=10)
                told = np.array(list(told))
                # Of few towns a share says little.
                most = np.isfinite(told).mean(axis=0) >= 0.5
                share = 100 * np.nanmean(told, axis=0)
                cells = " | ".join(
                    f"{value:.0f}" if one else "–" for value, one in zip(share, most, strict=True)
                )
                print(f"| {kind} | {zones} | {cells} |", flush=True)
        numbers = (2, 3, 5, 9)
        print(f"\n| alike | zones | {' | '.join(f'{number} groups' for number in numbers)} |")
        print(f"| --- | ---: |{' ---: |' * len(numbers)}")
        for apart, zones in product((False, True), (20, 60, 200)):
            cells = []
            for number in numbers:
                case = (number, zones, apart, replicates)
                told = pool.map(told_apart, [(s, *case) for s in range(2 * towns)], chunksize=10)
                cells.append(f"{100 * np.mean(list(told)):.0f}")
            name = "apart" if apart else "same shares"
            print(f"| {name} | {zones} | {' | '.join(cells)} |", flush=True)


def main(towns, replicates, zones, hard):
    """Print the table."""
    print(f"{towns} towns of {zones} zones a line, {replicates} replicates, % of intervals")
    print(f"\n| groups | apart | people | {' | '.join(f'`{name}`' for name in FIGURES)} |")
    print(f"| --- | ---: | ---: |{' ---: |' * len(FIGURES)}")
    every = []
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:

        def line(name, setting):
            told = pool.map(covered, [(seed, *setting) for seed in range(towns)], chunksize=10)
            share = 100 * np.mean([one for one in told if one is not None], axis=0)
            cells = " | ".join(f"{value:.0f}" for value in share)
            print(f"| {name} | {cells} |", flush=True)
            return share

        for kind in HARD:
            line(f"2, {kind} | – | –", (kind, replicates))
        if hard:
            return
        for (groups, kind), apart, people in product(KINDS, APART, PEOPLE):
            if kind and not apart:
                continue
            alpha = spread(apart) if apart else 0.0
            name = f"{groups}, {kind}" if kind else groups
            setting = (apart, alpha, people, groups, zones, kind, replicates)
            every.append(line(f"{name} | {apart:g} | {people}", setting))
    least, most = np.min(every), np.max(every)
    usual = np.mean((np.array(every) >= 91.5) & (np.array(every) < 98.5))
    print(
        f"\nWithout the first three lines, from {least:.0f} to {most:.0f} %; "
        f"{100 * usual:.0f} % of the figures are 92 to 98 %."
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--towns", type=int, default=200)
    parser.add_argument("--replicates", type=int, default=199)
    parser.add_argument("--zones", type=int, default=200)
    parser.add_argument("--hard", action="store_true", help="only the towns made to be hard")
    parser.add_argument("--inequality", action="store_true", help="of inequality, and no other")
    options = vars(parser.parse_args())
    if options.pop("inequality"):
        main_inequality(options["towns"], options["replicates"])
    else:
        main(**options)
