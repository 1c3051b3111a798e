from math import sqrt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kvarter.geo import grid, threads
from kvarter.geo.environments import nearest_people


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


def check_nearest(geometry: gpd.GeoSeries, n: np.ndarray, people: list[float], between) -> None:
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


def test_nearest_people_are_those_of_the_definition(town, between) -> None:
    geometry, n = town
    whole = n.sum()
    check_nearest(geometry, n, [0.5, 10, whole / 3, 25, whole, whole * 1.001, 25], between)


def test_nearest_people_of_real_cells(helsinki_town, between) -> None:
    geometry, n = helsinki_town
    assert len(n) > 300
    assert grid.detect(geometry) is not None
    check_nearest(geometry, n, [100, 1600, 51_200], between)


@pytest.mark.parametrize(
    "town", ["grid with holes", "sparse grid", "full grid", "fractions"], indirect=True
)
def test_a_grid_is_no_different_from_other_zones(town, monkeypatch: pytest.MonkeyPatch) -> None:
    geometry, n = town
    people = [20, 75, n.sum() / 2]
    on_grid = nearest_people(n, geometry, people=people)
    monkeypatch.setattr(grid, "detect", lambda _: None)
    for one, other in zip(on_grid, nearest_people(n, geometry, people=people), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


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
    holed, points, n: np.ndarray, people: list[float], seed: int, regular: bool
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


def test_far_outliers_and_zones_in_one_line(random_counts, between) -> None:
    x = np.append(np.arange(200) * 7.0, [1e6, -2e6])
    geometry = gpd.GeoSeries.from_xy(x, np.zeros(len(x)), crs=3067)
    check_nearest(geometry, random_counts(len(x), 15), [30, 300], between)


def test_costs_take_the_place_of_distances(costly) -> None:
    n = costly.counts.to_numpy()
    people = [5, 120, n.sum() * 0.6]
    around, distances = nearest_people(costly.counts, people=people, costs=costly.table)
    assert 0 < np.isnan(distances[2]).sum() < 40
    for k, one, needed in zip(people, around, distances, strict=True):
        expected, reach = plain_nearest(n.tolist(), costly.far, costly.own, k)
        np.testing.assert_allclose(one, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(needed, reach, rtol=1e-9)


def test_an_empty_cost_table_leaves_the_zones_alone() -> None:
    counts = pd.DataFrame({"a": [5.0, 1], "b": [3.0, 0]}, index=["x", "y"])
    table = pd.DataFrame({"zone": [], "other": [], "cost": []})
    around, distances = nearest_people(counts, people=4, costs=table)
    np.testing.assert_allclose(around[0], [[2.5, 1.5], [np.nan, np.nan]])
    np.testing.assert_allclose(distances[0], [0, np.nan])


def test_no_zones_and_no_people(holed, points) -> None:
    nowhere = gpd.GeoSeries([], crs=3067)
    around, distances = nearest_people(np.zeros((0, 2)), nowhere, people=[3, 4])
    assert around.shape == (2, 0, 2)
    assert distances.shape == (2, 0)
    for geometry in (holed(3, 3, 4, 1), points(4, 1)):
        assert np.isnan(nearest_people(np.zeros((4, 2)), geometry, people=1)[0]).all()


def test_threads_give_what_one_gives(
    holed, random_counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    geometry, n = holed(70, 70, 2500, 18), random_counts(2500, 19)
    many = nearest_people(n, geometry, people=[100, 3000])
    monkeypatch.setattr(threads, "cores", lambda: 1)
    for one, other in zip(many, nearest_people(n, geometry, people=[100, 3000]), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("people", [[3, 0], np.nan])
def test_mistakes(people, points) -> None:
    with pytest.raises(ValueError, match="above 0"):
        nearest_people([[1.0], [2.0]], points(2, 20), people=people)
