from math import exp, hypot, sqrt
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kvarter.geo import grid, threads
from kvarter.geo.environments import kernel_environments, nearest_people

KERNELS = ["uniform", "triangular", "gaussian", "exponential"]


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


def plain_nearest(
    n: list[list[float]], far: list[list[float]], own: list[float], k: float
) -> tuple[list[list[float]], list[float]]:
    """Go through the zones one by one, from the definition."""
    groups = range(len(n[0]))
    out, needed = [], []
    for i in range(len(n)):
        others = sorted((far[i][j], j) for j in range(len(n)) if j != i and far[i][j] < 1e99)
        rings: list[tuple[float, list[int]]] = [(0.0, [i])]
        for place, (distance, j) in enumerate(others):
            if place and distance - others[place - 1][0] <= 1e-6:
                rings[-1] = (distance, [*rings[-1][1], j])
            else:
                rings.append((distance, [j]))
        have = [0.0 for _ in groups]
        for distance, ring in rings:
            more = [sum(n[j][m] for j in ring) for m in groups]
            if sum(have) + sum(more) >= k * (1 - 1e-12):
                part = (k - sum(have)) / sum(more)
                out.append([have[m] + part * more[m] for m in groups])
                needed.append(max(distance, own[i]))
                break
            have = [have[m] + more[m] for m in groups]
        else:
            out.append([float("nan") for _ in groups])
            needed.append(float("nan"))
    return out, needed


def plain_kernel(
    n: list[list[float]], far: list[list[float]], radius: float, kernel: str
) -> list[list[float]]:
    weight = {
        "uniform": lambda d: 1.0 if d <= 1.000001 * radius else 0.0,
        "triangular": lambda d: max(1 - d / radius, 0),
        "gaussian": lambda d: exp(-(d**2) / (2 * radius**2)) if d <= 4.000001 * radius else 0.0,
        "exponential": lambda d: exp(-d / radius) if d <= 8.000001 * radius else 0.0,
    }[kernel]
    return [
        [sum(weight(far[i][j]) * n[j][m] for j in range(len(n))) for m in range(len(n[0]))]
        for i in range(len(n))
    ]


PLACES = {
    "grid with holes": (holed(14, 18, 150, 1), random_counts(150, 2)),
    "sparse grid": (holed(60, 200, 90, 3), random_counts(90, 4)),
    "full grid": (cells(*np.divmod(np.arange(120), 10)), random_counts(120, 5)),
    "fractions": (holed(9, 9, 50, 6), random_counts(50, 7, fractional=True)),
    "points": (points(120, 8), random_counts(120, 9)),
    "areas": (areas(120, 10), random_counts(120, 11, fractional=True)),
    "one zone": (cells(np.array([3]), np.array([4])), np.array([[5.0, 0.0, 7.0]])),
}


def hsy(folder: Path) -> tuple[gpd.GeoSeries, np.ndarray]:
    """Give a part of Helsinki with made-up groups: the grid has one count of people."""
    data = gpd.read_file(folder / "hsy_population_grid_2021.gpkg")
    data = data[data.within(shapely.box(25_494_000, 6_671_000, 25_501_000, 6_677_000))]
    people = data["inhabitants"].to_numpy()
    rng = np.random.default_rng(12)
    first = rng.binomial(people, rng.beta(2, 5, len(people)))
    second = rng.binomial(people - first, 0.4)
    n = np.stack([first, second, people - first - second], axis=1)
    return data.geometry, n.astype(float)


def check_nearest(geometry: gpd.GeoSeries, n: np.ndarray, people: list[float]) -> None:
    around, distances = nearest_people(n, geometry, people=people)
    assert around.shape == (len(people), *n.shape)
    far, own = between(geometry), np.sqrt(0.6 * geometry.area).tolist()
    found = grid.detect(geometry)
    if found is not None:
        own = [sqrt(0.6) * found.size] * len(n)
    for k, one, needed in zip(people, around, distances, strict=True):
        expected, reach = plain_nearest(n.tolist(), far, own, k)
        np.testing.assert_allclose(one, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(needed, np.array(reach) / 1000, rtol=1e-9)


@pytest.mark.parametrize("name", PLACES)
def test_nearest_people_are_those_of_the_definition(name: str) -> None:
    geometry, n = PLACES[name]
    whole = n.sum()
    check_nearest(geometry, n, [0.5, 10, whole / 3, 25, whole, whole * 1.001, 25])


def test_nearest_people_of_real_cells(helsinki: Path) -> None:
    geometry, n = hsy(helsinki)
    assert len(n) > 300
    assert grid.detect(geometry) is not None
    check_nearest(geometry, n, [100, 1600, 51_200])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("name", PLACES)
def test_kernel_sums_are_those_of_the_definition(name: str, kernel: str) -> None:
    geometry, n = PLACES[name]
    for radius in (100.0, 250.0, 1000.0):
        found = kernel_environments(n, geometry, radius=radius, kernel=kernel)
        expected = plain_kernel(n.tolist(), between(geometry), radius, kernel)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernel_sums_of_real_cells(kernel: str, helsinki: Path) -> None:
    geometry, n = hsy(helsinki)
    found = kernel_environments(n, geometry, radius=1000, kernel=kernel)
    expected = plain_kernel(n.tolist(), between(geometry), 1000, kernel)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)


def test_tiles_fit_together() -> None:
    rng = np.random.default_rng(13)
    row, column = rng.integers(0, 3000, 60), rng.integers(0, 1400, 60)
    row, column = np.append(row, row + 3), np.append(column, column + 2)
    geometry, n = cells(row, column), random_counts(120, 14)
    found = kernel_environments(n, geometry, radius=5000, kernel="gaussian")
    expected = plain_kernel(n.tolist(), between(geometry), 5000, "gaussian")
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)


def test_an_environment_of_nobody_is_exactly_empty() -> None:
    geometry = cells(np.array([0, 0, 40]), np.array([0, 1, 90]))
    n = np.array([[30_000.0, 1], [20_000, 0], [0, 0]])
    for kernel in KERNELS:
        found = kernel_environments(n, geometry, radius=500, kernel=kernel)
        assert found[2].tolist() == [0, 0]
        assert found[0, 1] == pytest.approx(1)


@pytest.mark.parametrize("name", ["grid with holes", "sparse grid", "full grid", "fractions"])
def test_a_grid_is_no_different_from_other_zones(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    geometry, n = PLACES[name]
    people = [20, 75, n.sum() / 2]
    on_grid = nearest_people(n, geometry, people=people)
    kernels = [kernel_environments(n, geometry, radius=900, kernel=k) for k in KERNELS]
    monkeypatch.setattr(grid, "detect", lambda _: None)
    for one, other in zip(on_grid, nearest_people(n, geometry, people=people), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    for kernel, expected in zip(KERNELS, kernels, strict=True):
        found = kernel_environments(n, geometry, radius=900, kernel=kernel)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 30), st.integers(1, 3)),
        elements=st.integers(0, 40).map(float),
    ),
    st.lists(st.floats(0.5, 2000), min_size=1, max_size=4),
    st.integers(0, 10_000),
    st.booleans(),
)
def test_there_are_exactly_k_people(
    n: np.ndarray, people: list[float], seed: int, regular: bool
) -> None:
    geometry = holed(8, 8, len(n), seed) if regular else points(len(n), seed)
    around, distances = nearest_people(n, geometry, people=people)
    whole = n.sum()
    for k, one, needed in zip(people, around, distances, strict=True):
        if k > whole:
            assert np.isnan(one).all()
            assert np.isnan(needed).all()
        else:
            np.testing.assert_allclose(one.sum(axis=1), k, rtol=1e-9)
            assert (one >= 0).all()
            assert (one <= n.sum(axis=0) * (1 + 1e-9)).all()
    order = np.argsort(people)
    assert (np.nan_to_num(np.diff(distances[order], axis=0)) >= 0).all()


def test_the_own_zone_comes_first_and_then_those_in_the_same_place() -> None:
    geometry = gpd.GeoSeries.from_xy([0, 0, 0, 10], [0, 0, 0, 0], crs=3067)
    n = np.diag([4.0, 4.0, 4.0, 4.0])
    around, distances = nearest_people(n, geometry, people=[4, 8, 14])
    np.testing.assert_allclose(around[0], n)
    np.testing.assert_allclose(around[1, :3, :3], 2 + 2 * np.eye(3))
    assert around[2, 3].tolist() == pytest.approx([10 / 3] * 3 + [4])
    np.testing.assert_allclose(distances, [[0, 0, 0, 0], [0, 0, 0, 0.01], [0.01] * 4])


def test_far_outliers_and_zones_in_one_line() -> None:
    x = np.append(np.arange(200) * 7.0, [1e6, -2e6])
    geometry = gpd.GeoSeries.from_xy(x, np.zeros(len(x)), crs=3067)
    check_nearest(geometry, random_counts(len(x), 15), [30, 300])


def some_costs(zones: list, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    pairs = [(a, b) for a in zones for b in zones if rng.random() < 0.6]
    cost = rng.integers(0, 12, len(pairs)) / 2
    table = pd.DataFrame(pairs, columns=["zone", "other"]).assign(cost=cost)
    return table.sample(frac=1, random_state=seed)


@pytest.mark.parametrize("categorical", [False, True])
def test_costs_take_the_place_of_distances(categorical: bool) -> None:
    n = random_counts(40, 16)
    zones = [f"z{i}" for i in range(40)]
    table = some_costs(zones, 17)
    far = [[1e100] * 40 for _ in zones]
    own = [0.0] * 40
    for a, b, cost in table.itertuples(index=False):
        far[zones.index(a)][zones.index(b)] = cost
        if a == b:
            own[zones.index(a)] = cost
    if categorical:
        table[["zone", "other"]] = table[["zone", "other"]].astype("category")
    counts = pd.DataFrame(n, index=zones, columns=list("abc"))
    people = [5, 120, n.sum() * 0.6]
    around, distances = nearest_people(counts, people=people, costs=table)
    assert 0 < np.isnan(distances[2]).sum() < 40
    for k, one, needed in zip(people, around, distances, strict=True):
        expected, reach = plain_nearest(n.tolist(), far, own, k)
        np.testing.assert_allclose(one, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(needed, reach, rtol=1e-9)
    for i in range(40):
        far[i][i] = own[i]
    for kernel in KERNELS:
        found = kernel_environments(counts, radius=2, kernel=kernel, costs=table)
        np.testing.assert_allclose(
            found, plain_kernel(n.tolist(), far, 2, kernel), rtol=1e-9, atol=1e-9
        )


def test_an_empty_cost_table_leaves_the_zones_alone() -> None:
    counts = pd.DataFrame({"a": [5.0, 1], "b": [3.0, 0]}, index=["x", "y"])
    table = pd.DataFrame({"zone": [], "other": [], "cost": []})
    around, distances = nearest_people(counts, people=4, costs=table)
    np.testing.assert_allclose(around[0], [[2.5, 1.5], [np.nan, np.nan]])
    np.testing.assert_allclose(distances[0], [0, np.nan])
    found = kernel_environments(counts, radius=4, costs=table)
    np.testing.assert_allclose(found, counts)


def test_no_zones_and_no_people() -> None:
    nowhere = gpd.GeoSeries([], crs=3067)
    around, distances = nearest_people(np.zeros((0, 2)), nowhere, people=[3, 4])
    assert around.shape == (2, 0, 2)
    assert distances.shape == (2, 0)
    assert kernel_environments(np.zeros((0, 2)), nowhere, radius=3).shape == (0, 2)
    for geometry in (holed(3, 3, 4, 1), points(4, 1)):
        assert np.isnan(nearest_people(np.zeros((4, 2)), geometry, people=1)[0]).all()


def test_threads_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    geometry, n = holed(70, 70, 2500, 18), random_counts(2500, 19)
    many = nearest_people(n, geometry, people=[100, 3000])
    monkeypatch.setattr(threads, "cores", lambda: 1)
    for one, other in zip(many, nearest_people(n, geometry, people=[100, 3000]), strict=True):
        np.testing.assert_array_equal(one, other)


TWO = points(2, 20)


@pytest.mark.parametrize(
    ("counts", "geometry", "options", "said"),
    [
        ([[1.0], [np.nan]], TWO, {}, "row 1 of counts has nan"),
        ([[1.0], [-3.0]], TWO, {}, "row 1 of counts has -3"),
        ([[1.0]], TWO, {}, "1 zones and places of 2"),
        (np.zeros((2, 2, 2)), TWO, {}, "3 dimensions"),
        (pd.DataFrame({"a": [1, 2]}, index=[5, 6]), TWO, {}, "same index"),
        ([[1.0], [2.0]], None, {}, "geometry, or costs"),
        ([[1.0], [2.0]], TWO.to_crs(4326), {}, "degree"),
        ([[1.0], [2.0]], gpd.GeoSeries([shapely.Point(), None], crs=3067), {}, "has no place"),
        ([[1.0], [2.0]], TWO, {"people": [3, 0]}, "above 0"),
        ([[1.0], [2.0]], TWO, {"people": np.nan}, "above 0"),
    ],
)
def test_mistakes(counts: object, geometry: object, options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        nearest_people(counts, geometry, **{"people": [1], **options})
    if not options:
        with pytest.raises(ValueError, match=said):
            kernel_environments(counts, geometry, radius=3)


def test_mistakes_in_kernels() -> None:
    for radius in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="radius must be"):
            kernel_environments([[1.0], [2.0]], TWO, radius=radius)
    with pytest.raises(ValueError, match="no kernel 'biweight'"):
        kernel_environments([[1.0], [2.0]], TWO, radius=1, kernel="biweight")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"zone": ["x"], "other": ["y"]}, "no column 'cost'"),
        ({"zone": ["x"], "other": ["w"], "cost": [1]}, "zone 'w', and counts has not"),
        ({"zone": ["x"], "other": ["y"], "cost": [-1]}, "from zone 'x' to 'y' the cost is -1"),
        ({"zone": ["x"], "other": ["y"], "cost": [np.nan]}, "the cost is nan"),
        ({"zone": ["x", "x"], "other": ["y", "y"], "cost": [1, 2]}, "'x' to 'y' is there twice"),
    ],
)
def test_mistakes_in_costs(rows: dict, said: str) -> None:
    counts = pd.DataFrame({"a": [1.0, 2]}, index=["x", "y"])
    with pytest.raises(ValueError, match=said):
        nearest_people(counts, people=1, costs=pd.DataFrame(rows))
    with pytest.raises(ValueError, match="twice"):
        nearest_people(counts.set_axis(["x", "x"]), people=1, costs=pd.DataFrame(rows))
    with pytest.raises(ValueError, match="names the zones"):
        nearest_people([[1.0], [2.0]], people=1, costs=pd.DataFrame(rows))
