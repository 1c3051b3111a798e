"""Towns that the tests of all measures share."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest


@dataclass
class Town:
    """Costs by zone and service, places by service, people by zone: all as plain dictionaries."""

    pairs: dict
    places: dict
    people: dict

    @property
    def costs(self):
        zone, service = zip(*self.pairs, strict=True) if self.pairs else ((), ())
        return pd.DataFrame(
            {
                "zone": pd.Categorical(zone, categories=list(self.people)),
                "service": pd.Categorical(service, categories=list(self.places)),
                "cost": np.array(list(self.pairs.values()), dtype=float),
            }
        )

    @property
    def supply(self):
        return pd.Series(self.places, dtype=float)

    @property
    def demand(self):
        return pd.Series(self.people, dtype=float)

    def open(self):
        """Give the pairs of services that have places."""
        return {p: c for p, c in self.pairs.items() if self.places[p[1]] > 0}

    def without(self, service):
        """Give the town with a service closed."""
        return Town(self.pairs, {**self.places, service: 0.0}, self.people)


def random_town(seed):
    """Draw a town: some pairs out of reach, some places unknown or none, nobody in one zone."""
    rng = np.random.default_rng(seed)
    zones, services = [f"z{k}" for k in range(14)], [f"s{k}" for k in range(6)]
    pairs = {(z, s): float(rng.integers(0, 30)) for z in zones for s in services}
    pairs = {p: c for p, c in pairs.items() if rng.random() < 0.6 and p[0] != "z13"}
    places = {s: float(rng.integers(1, 90)) for s in services} | {"s4": 0.0, "s5": np.nan}
    people = {z: float(rng.integers(1, 200)) for z in zones} | {"z3": 0.0}
    order = rng.permutation(len(pairs))
    pairs = {list(pairs)[k]: list(pairs.values())[k] for k in order}
    return Town(pairs, places, people)


@pytest.fixture(scope="session", params=range(4))
def town(request):
    return random_town(request.param)


@pytest.fixture(scope="session")
def new_town():
    return Town


@pytest.fixture(scope="session")
def any_town():
    return random_town
