from math import exp

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from kvarter.geo import grid
from kvarter.geo.environments import kernel_environments

KERNELS = ["uniform", "triangular", "gaussian", "exponential"]

every_kernel = pytest.mark.parametrize("kernel", KERNELS)


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


@every_kernel
def test_sums_are_those_of_the_definition(town, kernel: str, between) -> None:
    geometry, n = town
    for radius in (100.0, 250.0, 1000.0):
        found = kernel_environments(n, geometry, radius=radius, kernel=kernel)
        expected = plain_kernel(n.tolist(), between(geometry), radius, kernel)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)


@every_kernel
def test_sums_of_real_cells(kernel: str, helsinki_town, between) -> None:
    geometry, n = helsinki_town
    found = kernel_environments(n, geometry, radius=1000, kernel=kernel)
    expected = plain_kernel(n.tolist(), between(geometry), 1000, kernel)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)


def test_tiles_fit_together(cells, random_counts, between) -> None:
    rng = np.random.default_rng(13)
    row, column = rng.integers(0, 3000, 60), rng.integers(0, 1400, 60)
    row, column = np.append(row, row + 3), np.append(column, column + 2)
    geometry, n = cells(row, column), random_counts(120, 14)
    found = kernel_environments(n, geometry, radius=5000, kernel="gaussian")
    expected = plain_kernel(n.tolist(), between(geometry), 5000, "gaussian")
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)


def test_an_environment_of_nobody_is_exactly_empty(cells) -> None:
    geometry = cells(np.array([0, 0, 40]), np.array([0, 1, 90]))
    n = np.array([[30_000.0, 1], [20_000, 0], [0, 0]])
    for kernel in KERNELS:
        found = kernel_environments(n, geometry, radius=500, kernel=kernel)
        assert found[2].tolist() == [0, 0]
        assert found[0, 1] == pytest.approx(1)


@every_kernel
@pytest.mark.parametrize(
    "town", ["grid with holes", "sparse grid", "full grid", "fractions"], indirect=True
)
def test_a_grid_is_no_different_from_other_zones(
    town, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    geometry, n = town
    expected = kernel_environments(n, geometry, radius=900, kernel=kernel)
    monkeypatch.setattr(grid, "detect", lambda _: None)
    found = kernel_environments(n, geometry, radius=900, kernel=kernel)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)


@every_kernel
def test_costs_take_the_place_of_distances(costly, kernel: str) -> None:
    far = costly.far
    for i in range(len(far)):
        far[i][i] = costly.own[i]
    found = kernel_environments(costly.counts, radius=2, kernel=kernel, costs=costly.table)
    expected = plain_kernel(costly.counts.to_numpy().tolist(), far, 2, kernel)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_an_empty_cost_table_leaves_the_zones_alone() -> None:
    counts = pd.DataFrame({"a": [5.0, 1], "b": [3.0, 0]}, index=["x", "y"])
    table = pd.DataFrame({"zone": [], "other": [], "cost": []})
    found = kernel_environments(counts, radius=4, costs=table)
    np.testing.assert_allclose(found, counts)


def test_no_zones() -> None:
    nowhere = gpd.GeoSeries([], crs=3067)
    assert kernel_environments(np.zeros((0, 2)), nowhere, radius=3).shape == (0, 2)


def test_mistakes(points) -> None:
    for radius in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="radius must be"):
            kernel_environments([[1.0], [2.0]], points(2, 20), radius=radius)
    with pytest.raises(ValueError, match="no kernel 'biweight'"):
        kernel_environments([[1.0], [2.0]], points(2, 20), radius=1, kernel="biweight")
