"""Zones that the tests of environments share: on grids, anywhere, real ones, and their costs."""

from dataclasses import dataclass
from math import hypot, sqrt
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.geo import grid


def cells(row: np.ndarray, column: np.ndarray, size: float = 250.0) -> gpd.GeoSeries:
    x, y = column * size + 385_000, row * size + 6_672_000
    return gpd.GeoSeries(shapely.box(x, y, x + size, y + size), crs=3067)


def holed(rows: int, columns: int, zones: int, seed: int) -> gpd.GeoSeries:
    places = np.random.default_rng(seed).choice(rows * columns, zones, replace=False)
    return cells(*np.divmod(places, columns))


def points(zones: int, seed: int) -> gpd.GeoSeries:
    x, y = np.random.default_rng(seed).uniform(0, 5000, (2, zones)).round(3)
    return gpd.GeoSeries.from_xy(x, y, crs=3067)


def areas(zones: int, seed: int) -> gpd.GeoSeries:
    return points(zones, seed).buffer(np.random.default_rng(seed).uniform(10, 400, zones))


def random_counts(zones: int, seed: int, fractional: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n = rng.poisson(rng.lognormal(2, 1.5, (zones, 1)) * [0.2, 1.0, 0.5]).astype(float)
    n[rng.random(zones) < 0.2] = 0
    return n * rng.random((zones, 3)) if fractional else n


def between(geometry: gpd.GeoSeries) -> list[list[float]]:
    """Distances in metres; of a regular grid, from its rows and columns."""
    found = grid.detect(geometry)
    if found is None:
        at = [(p.x, p.y) for p in geometry.centroid]
        return [[hypot(a - c, b - d) for c, d in at] for a, b in at]
    at = list(zip(found.column.tolist(), found.row.tolist(), strict=True))
    return [[sqrt((a - c) ** 2 + (b - d) ** 2) * found.size for c, d in at] for a, b in at]


PLACES = {
    "grid with holes": (holed(14, 18, 150, 1), random_counts(150, 2)),
    "sparse grid": (holed(60, 200, 90, 3), random_counts(90, 4)),
    "full grid": (cells(*np.divmod(np.arange(120), 10)), random_counts(120, 5)),
    "fractions": (holed(9, 9, 50, 6), random_counts(50, 7, fractional=True)),
    "points": (points(120, 8), random_counts(120, 9)),
    "areas": (areas(120, 10), random_counts(120, 11, fractional=True)),
    "one zone": (cells(np.array([3]), np.array([4])), np.array([[5.0, 0.0, 7.0]])),
}


@pytest.fixture(params=PLACES)
def town(request: pytest.FixtureRequest) -> tuple[gpd.GeoSeries, np.ndarray]:
    """Give places and the counts of three groups."""
    return PLACES[request.param]


@pytest.fixture
def helsinki_town(helsinki: Path) -> tuple[gpd.GeoSeries, np.ndarray]:
    """Give a part of Helsinki with made-up groups: the grid has one count of people."""
    data = gpd.read_file(helsinki / "hsy_population_grid_2021.gpkg")
    data = data[data.within(shapely.box(25_494_000, 6_671_000, 25_501_000, 6_677_000))]
    people = data["inhabitants"].to_numpy()
    rng = np.random.default_rng(12)
    first = rng.binomial(people, rng.beta(2, 5, len(people)))
    second = rng.binomial(people - first, 0.4)
    n = np.stack([first, second, people - first - second], axis=1)
    return data.geometry, n.astype(float)


@dataclass
class Costs:
    """A table of costs, and the same written out: ``far`` of all pairs, ``own`` of each zone."""

    counts: pd.DataFrame
    table: pd.DataFrame
    far: list[list[float]]
    own: list[float]


@pytest.fixture(params=["texts", "categories"])
def costly(request: pytest.FixtureRequest) -> Costs:
    zones, rng = [f"z{i}" for i in range(40)], np.random.default_rng(17)
    pairs = [(a, b) for a in zones for b in zones if rng.random() < 0.6]
    cost = rng.integers(0, 12, len(pairs)) / 2
    table = pd.DataFrame(pairs, columns=["zone", "other"]).assign(cost=cost)
    table = table.sample(frac=1, random_state=17)
    far = [[1e100] * 40 for _ in zones]
    own = [0.0] * 40
    for a, b, cost in table.itertuples(index=False):
        far[zones.index(a)][zones.index(b)] = cost
        if a == b:
            own[zones.index(a)] = cost
    if request.param == "categories":
        table[["zone", "other"]] = table[["zone", "other"]].astype("category")
    counts = pd.DataFrame(random_counts(40, 16), index=zones, columns=list("abc"))
    return Costs(counts, table, far, own)


@pytest.fixture(name="cells", scope="session")
def give_cells():
    return cells


@pytest.fixture(name="holed", scope="session")
def give_holed():
    return holed


@pytest.fixture(name="points", scope="session")
def give_points():
    return points


@pytest.fixture(name="random_counts", scope="session")
def give_random_counts():
    return random_counts


@pytest.fixture(name="between", scope="session")
def give_between():
    return between
