from itertools import pairwise, permutations
from math import hypot, log
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kvarter.analyses.segregation import distortion
from kvarter.analyses.segregation.distortion import global_distortion, local_distortion
from kvarter.geo import grid, threads
from scipy.integrate import quad

INCOME = ["hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]


def plain_divergence(seen: list[float], whole: list[float]) -> float:
    return sum(
        q / sum(seen) * log(q / sum(seen) / (w / sum(whole)))
        for q, w in zip(seen, whole, strict=True)
        if q > 0
    )


def plain_maximum(people: list[float]) -> float:
    """The ghettos in a row by size, seen from the far end of the smallest: by quadrature."""
    shares = sorted(x / sum(people) for x in people if x > 0)
    area, before = 0.0, 0.0
    for share in shares:

        def seen(v: float, before: float = before, share: float = share) -> float:
            own = v - before
            return -log(v) + (own / v * log(own / share) if own > 0 else 0.0)

        part, _ = quad(seen, before, before + share, epsabs=1e-13, epsrel=1e-13, limit=200)
        area, before = area + part, before + share
    return area


def plain_local(counts: list[list[float]], points: list[tuple[float, float]]) -> list[float]:
    """Focal distances from their definition, added up over all levels of divergence."""
    groups = range(len(counts[0]))
    whole = [sum(zone[m] for zone in counts) for m in groups]
    most = plain_maximum(whole)
    out = []
    for i, zone in enumerate(counts):
        if sum(zone) == 0:
            out.append(float("nan"))
            continue
        far = [round(hypot(x - points[i][0], y - points[i][1]), 6) for x, y in points]
        steps = []  # share of all people, and the divergence of those seen until there
        for distance in sorted(set(far)):
            near = [j for j in range(len(counts)) if far[j] <= distance]
            seen = [sum(counts[j][m] for j in near) for m in groups]
            if sum(seen) > 0:
                steps.append((sum(seen) / sum(whole), max(plain_divergence(seen, whole), 0.0)))
        levels = sorted({0.0, *(kl for _, kl in steps)})
        total = 0.0
        for low, high in pairwise(levels):
            # The last v at which the divergence is as much as a level between the two.
            total += (high - low) * max(v for v, kl in steps if kl >= high)
        out.append(total / most)
    return out


def paavo(helsinki: Path) -> tuple[np.ndarray, np.ndarray]:
    areas = gpd.read_file(helsinki / "paavo_2026.gpkg")
    areas = areas[(areas[INCOME] >= 0).all(axis=1)]
    counts = areas[INCOME].to_numpy(dtype=float)
    return counts, shapely.get_coordinates(shapely.centroid(areas.geometry.values))


def town(rows: int, columns: int, seed: int, keep: float = 1.0) -> tuple[np.ndarray, grid.Grid]:
    rng = np.random.default_rng(seed)
    r, c = np.divmod(np.arange(rows * columns), columns)
    some = np.sort(rng.permutation(len(r))[: int(len(r) * keep)])
    r, c = r[some] + 3, c[some] + 5
    rate = np.stack([2 + r, 0 * r + 9, 12 + 2 * c, 0 * r], axis=1)
    return rng.poisson(rate) * (rng.random(len(r)) > 0.1)[:, None] * 1.0, grid.Grid(250.0, r, c)


def middles(cells: grid.Grid) -> np.ndarray:
    return np.stack([cells.column, cells.row], axis=1) * 250.0 + 385_125


def same(found: np.ndarray, expected: object, tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def test_equals_its_formula_anywhere(helsinki: Path) -> None:
    rng = np.random.default_rng(1)
    random = rng.poisson([3, 30, 80, 0], (60, 4)) * 1.0
    random[::9] = 0
    spots = rng.uniform(0, 5000, (60, 2))
    spots[20:26] = spots[3]
    weighted = random * rng.uniform(0.1, 3, random.shape)
    for counts, points in ((random, spots), (weighted, spots), paavo(helsinki)):
        expected = plain_local(counts.tolist(), [tuple(p) for p in points])
        same(local_distortion(counts, points), expected)
        people = counts.sum(axis=1)
        mean = np.nansum(np.array(expected) * people) / people.sum()
        assert global_distortion(counts, points) == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("keep", [1.0, 0.5])
def test_equals_its_formula_on_a_grid(keep: float) -> None:
    counts, cells = town(8, 11, 2, keep)
    expected = plain_local(counts.tolist(), list(zip(cells.column, cells.row, strict=True)))
    same(local_distortion(counts, None, cells=cells), expected)
    # The same cells as points have the same ties, whatever rounding does to their distances.
    same(local_distortion(counts, middles(cells)), expected)
    same(local_distortion(counts, middles(cells) * 0.1 + 0.7), expected)


def test_a_grid_with_much_nothing_is_sorted() -> None:
    counts, cells = town(9, 9, 3)
    wide = grid.Grid(250.0, cells.row * 40, cells.column * 40)
    assert distortion._grid_look(counts, np.ones(4) / 4, middles(wide) / 250) is None
    same(
        local_distortion(counts, None, cells=wide),
        local_distortion(counts, None, cells=cells),
    )


def test_trajectories_are_those_of_pysal(helsinki: Path) -> None:
    from segregation.dynamics import compute_divergence_profiles

    areas = gpd.read_file(helsinki / "paavo_2026.gpkg")
    areas = areas[(areas[INCOME] > 0).all(axis=1)].reset_index(drop=True)
    counts = areas[INCOME].to_numpy(dtype=float)
    profiles = compute_divergence_profiles(areas, INCOME)
    most = plain_maximum(counts.sum(axis=0).tolist())
    expected = []
    for _, profile in profiles.groupby("observation"):
        v = profile["population_covered"].to_numpy() / counts.sum()
        highest = np.maximum.accumulate(profile["divergence"].to_numpy()[::-1])[::-1]
        expected.append((highest * np.diff(v, prepend=0)).sum() / most)
    same(local_distortion(counts, shapely.get_coordinates(areas.centroid.values)), expected)


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=6))
def test_maximum_is_its_integral(people: list[int]) -> None:
    shares = np.array(people) / sum(people)
    assert distortion._maximum(shares) == pytest.approx(plain_maximum(people), abs=1e-9)


def row_of(persons: list[int], groups: int) -> float:
    counts = np.eye(groups)[persons]
    return local_distortion(counts, np.stack([np.arange(len(persons)), 0 * counts[:, 0]], 1))[0]


@pytest.mark.parametrize("people", [(2, 3, 3), (1, 3, 4), (1, 1, 5), (2, 2, 2)])
def test_no_row_of_persons_is_more_segregated_than_ghettos_by_size(
    people: tuple[int, ...],
) -> None:
    ghettos = [group for group, size in enumerate(people) for _ in range(size)]
    found = {row: row_of(list(row), len(people)) for row in set(permutations(ghettos))}
    assert max(found.values()) == pytest.approx(found[tuple(ghettos)])
    assert max(found.values()) < 1


def test_complete_segregation_is_1_as_persons_grow_small() -> None:
    values = [row_of([0] * n + [1] * (2 * n) + [2] * (3 * n), 3) for n in (1, 10, 100)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1, abs=0.01)
    assert values[-1] < 1


@given(st.lists(st.integers(1, 50), min_size=2, max_size=4), st.integers(1, 12))
def test_no_segregation(shares: list[int], zones: int) -> None:
    counts = np.outer(np.arange(1, zones + 1), shares).astype(float)
    points = np.random.default_rng(zones).uniform(0, 9, (zones, 2))
    same(local_distortion(counts, points), np.zeros(zones))
    assert global_distortion(counts, points) == pytest.approx(0, abs=1e-9)


any_counts = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(2, 4)),
    elements=st.integers(0, 60).map(float),
)


@settings(max_examples=60, deadline=None)
@given(any_counts, st.integers(0, 99), st.floats(0.01, 100))
def test_range_scale_place_and_order(counts: np.ndarray, seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 5, (len(counts), 2)) * 1.0
    found = local_distortion(counts, points)
    if (counts.sum(axis=0) > 0).sum() < 2:
        assert np.isnan(found).all()
        assert np.isnan(global_distortion(counts, points))
        return
    lived = counts.sum(axis=1) > 0
    assert np.isnan(found[~lived]).all()
    assert ((found[lived] >= 0) & (found[lived] <= 1)).all()
    same(local_distortion(counts * factor, points), found)
    turned = points[:, ::-1] * [-1, 1] * factor + 8
    same(local_distortion(counts, turned), found)
    order = rng.permutation(len(counts))
    same(local_distortion(counts[order], points[order]), found[order])
    wider = np.insert(counts, 1, 0.0, axis=1)
    same(local_distortion(wider, points), found)


@settings(max_examples=40, deadline=None)
@given(any_counts, st.integers(0, 99), st.data())
def test_zones_in_one_place_may_be_merged_or_split(
    counts: np.ndarray, seed: int, data: st.DataObject
) -> None:
    assume((counts.sum(axis=0) > 0).sum() > 1)
    points = np.random.default_rng(seed).uniform(0, 9, (len(counts), 2))
    cut = data.draw(st.integers(0, len(counts) - 1))
    assume(counts[cut].sum() > 0)
    part = data.draw(st.sampled_from([0.25, 0.5]))
    split = np.vstack([counts, counts[cut] * part])
    split[cut] *= 1 - part
    places = np.vstack([points, points[cut]])
    found, again = local_distortion(counts, points), local_distortion(split, places)
    same(again[:-1], found)
    same(again[-1], found[cut])
    assert global_distortion(split, places) == pytest.approx(
        global_distortion(counts, points), abs=1e-9
    )


def test_replicates_are_a_loop() -> None:
    base, cells = town(7, 7, 5)
    counts = np.random.default_rng(6).poisson(np.repeat(base[:, :, None], 4, axis=2)) * 1.0
    counts[:, :, 1] = 0
    for places in ({"points": middles(cells)}, {"points": None, "cells": cells}):
        for f in (local_distortion, global_distortion):
            found = f(counts, **places)
            loop = [f(counts[:, :, k], **places) for k in range(4)]
            np.testing.assert_array_equal(found, np.stack(loop, axis=-1))
    assert isinstance(global_distortion(counts[:, :, 0], None, cells=cells), float)


def test_some_zones_only() -> None:
    counts, cells = town(9, 9, 7)
    found = local_distortion(counts, None, cells=cells)
    some = np.array([80, 0, 17, 17])
    np.testing.assert_array_equal(
        local_distortion(counts, None, cells=cells, zones=some), found[some]
    )
    assert local_distortion(counts, None, cells=cells, zones=np.arange(0)).shape == (0,)


def test_the_same_on_one_thread_and_on_many(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, cells = town(15, 15, 8)
    points = middles(cells)
    found = local_distortion(counts, points), local_distortion(counts, None, cells=cells)
    monkeypatch.setattr(threads, "cores", lambda: 1)
    np.testing.assert_array_equal(local_distortion(counts, points), found[0])
    np.testing.assert_array_equal(local_distortion(counts, None, cells=cells), found[1])


def test_a_sample_comes_near_and_has_a_seed() -> None:
    counts, cells = town(40, 40, 9)
    exact = global_distortion(counts, None, cells=cells)
    people = counts.sum(axis=1)
    parts = local_distortion(counts, None, cells=cells)
    mean = np.nansum(parts * people) / people.sum()
    spread = np.sqrt(np.nansum(people * (parts - mean) ** 2) / people.sum() / 400)
    guesses = [
        global_distortion(counts, None, cells=cells, exact_up_to=100, sample=400, seed=seed)
        for seed in range(20)
    ]
    assert exact == pytest.approx(mean, abs=1e-12)
    assert np.abs(np.array(guesses) - exact).max() < 4 * spread
    assert np.mean(guesses) == pytest.approx(exact, abs=spread)
    again = global_distortion(counts, middles(cells), exact_up_to=100, sample=400, seed=3)
    assert again == pytest.approx(guesses[3], abs=1e-12)
    assert len(set(guesses)) == 20


def test_undefined() -> None:
    points = [[0, 0], [1, 0]]
    for counts in (np.zeros((2, 2)), [[5.0, 0], [3, 0]], [[5.0], [3]]):
        assert np.isnan(local_distortion(counts, points)).all()
        assert np.isnan(global_distortion(counts, points))
    assert local_distortion(np.zeros((0, 2)), np.zeros((0, 2))).shape == (0,)
    assert np.isnan(global_distortion(np.zeros((0, 2)), np.zeros((0, 2))))


CELLS = grid.Grid(250.0, np.zeros(3, dtype=np.int64), np.arange(3))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"counts": [[1, 2], [-1, 3]]}, "0 or more"),
        ({"counts": [[1, 2], [np.nan, 3]]}, "missing"),
        ({"points": [[0, 0]]}, "2 zones, but places"),
        ({"points": [[0, 0], [0, np.nan]]}, "place of a zone is missing"),
        ({"points": None}, "give the places"),
        ({"points": None, "cells": CELLS}, "2 zones, but places"),
    ],
)
def test_mistakes(change: dict, said: str) -> None:
    given = {"counts": [[1, 2], [2, 1]], "points": [[0, 0], [1, 0]], **change}
    for f in (local_distortion, global_distortion):
        with pytest.raises(ValueError, match=said):
            f(**given)


@pytest.mark.parametrize("zones", [[2], [-1], [0.5], [[0]]])
def test_wrong_zones(zones: list) -> None:
    with pytest.raises(ValueError, match="zones to look from"):
        local_distortion([[1, 2], [2, 1]], [[0, 0], [1, 0]], zones=zones)


def test_wrong_sample() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        global_distortion([[1, 2], [2, 1]], [[0, 0], [1, 0]], sample=0)
