"""Small towns in which every choice of sites can be tried by hand."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd
import pytest


@dataclass
class Town:
    """Costs by zone and site as a dictionary, and people by zone and group."""

    pairs: dict
    zones: list
    sites: list
    people: pd.DataFrame
    existing: tuple
    p: int

    @property
    def costs(self):
        zone, site = zip(*self.pairs, strict=True)
        return pd.DataFrame(
            {
                "zone": pd.Categorical(zone, categories=self.zones),
                "service": pd.Categorical(site, categories=self.sites),
                "cost": np.array(list(self.pairs.values()), dtype=float),
            }
        )

    @cached_property
    def demand(self):
        return self.people.sum(axis=1)

    @cached_property
    def far(self):
        return max(self.pairs.values())

    @cached_property
    def inside(self):
        """Give the zones that have a site in reach and people."""
        reached = {zone for zone, _ in self.pairs}
        return [z for z in self.zones if z in reached and self.demand[z] > 0]

    def choices(self, p=None):
        """Give all sets of sites that may be open, those that exist too."""
        free = [s for s in self.sites if s not in self.existing]
        for some in combinations(free, self.p if p is None else p):
            yield (*self.existing, *some)

    def nearest(self, zone, sites):
        """Give the first of the nearest sites and its cost, or what counts for none."""
        found = None, self.far
        for s in self.sites:
            cost = self.pairs.get((zone, s))
            if s in sites and cost is not None and (found[0] is None or cost < found[1]):
                found = s, cost
        return found

    def mean(self, sites, group=None):
        """Give what all people, or those of a group, pay on average."""
        n = (self.demand if group is None else self.people[group]).to_dict()
        paid = sum(n[z] * self.nearest(z, sites)[1] for z in self.inside)
        return paid / sum(n[z] for z in self.inside)


def draw(seed, *, ties=True, complete=None):
    """Draw a town: some pairs are out of reach, some costs the same, some zones empty."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(4, 13)), int(rng.integers(4, 8))
    zones, sites = [f"z{k}" for k in range(n)], [f"s{k}" for k in range(m)]
    complete = bool(rng.integers(2)) if complete is None else complete
    pairs = {}
    for z in zones:
        for s in sites:
            if complete or rng.random() < 0.7:
                pairs[z, s] = float(rng.integers(1, 12)) if ties else float(rng.uniform(1, 12))
    pairs[zones[0], sites[0]] = 3.0
    people = pd.DataFrame(
        rng.integers(0, 20, (n, 2)) * (rng.random((n, 1)) < 0.9), zones, ["fi", "sv"]
    ).astype(float)
    people.loc[zones[0]] = [4.0, 7.0]
    existing = tuple(sorted(rng.choice(sites, int(rng.integers(0, 3)), replace=False)))
    p = int(rng.integers(1, m - len(existing)))
    return Town(pairs, zones, sites, people, existing, p)


@pytest.fixture
def towns():
    """Draw as many towns as are asked for."""
    return lambda number, **options: [draw(seed, **options) for seed in range(number)]
