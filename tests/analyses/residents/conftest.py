"""Towns with known residents: who lives in a dwelling of which kind, and by chance who does."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

KINDS, GROUPS = ["owner", "rented", "social"], ["fi", "sv", "other"]


@dataclass
class Known:
    """A way to people a town: persons per dwelling, shares, how alike those of a zone are."""

    people: np.ndarray
    shares: np.ndarray
    alike: float

    def lived(self, rng: np.random.Generator, dwellings: np.ndarray) -> np.ndarray:
        """Draw who lives in dwellings, zones × kinds: households of 1 and more, zone by zone."""
        more = rng.poisson(dwellings * (self.people - 1))
        by_kind = dwellings + more
        mix = (dwellings * self.people) @ self.shares
        out = np.zeros((len(dwellings), self.shares.shape[1]))
        for zone, (number, expected) in enumerate(zip(by_kind.sum(axis=1), mix, strict=True)):
            if number:
                p = expected / expected.sum()
                if self.alike:
                    some = p > 0
                    p[some] = rng.dirichlet(p[some] * (1 - self.alike) / self.alike)
                out[zone] = rng.multinomial(int(number), p)
        return out


@pytest.fixture
def known():
    def make(alike=0.0):
        shares = np.array([[0.8, 0.15, 0.05], [0.7, 0.1, 0.2], [0.55, 0.0, 0.45]])
        return Known(np.array([2.4, 1.5, 1.9]), shares, alike)

    return make


@pytest.fixture
def town(known):
    """Give dwellings, counts and population of a town of known residents."""

    def make(seed=0, zones=80, alike=0.0, size=60):
        rng = np.random.default_rng(seed)
        mix = rng.dirichlet([1.2, 0.8, 0.5], zones)
        numbers = np.rint(mix * rng.gamma(2.0, size / 2, (zones, 1)))
        index = [f"z{zone}" for zone in range(zones)]
        counts = pd.DataFrame(known(alike).lived(rng, numbers), index=index, columns=GROUPS)
        return pd.DataFrame(numbers, index=index, columns=KINDS), counts, counts.sum(axis=1)

    return make
