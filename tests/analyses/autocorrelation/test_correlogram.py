import importlib
import itertools
import math

import esda
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.autocorrelation import correlogram
from kvarter.geo import neighbours
from libpysal.graph import Graph

module = importlib.import_module("kvarter.analyses.autocorrelation.correlogram")
EDGES = [1, 1.5, 3, 5.5]


@pytest.fixture(scope="module")
def squares(patchy: tuple, cells) -> tuple[pd.Series, gpd.GeoSeries]:
    """Give values of cells 250 m wide, with holes."""
    values = patchy[0]
    geometry = cells(9, 8).loc[values.index]
    return values, geometry.scale(1, 1, origin=(0, 0)).translate(2000, 7000)


def plain(y: list, classes: list[list[tuple[int, int]]], statistic: str) -> list[float]:
    """Give a statistic of each class of pairs, once each, from the formula."""
    n, mean = len(y), sum(y) / len(y)
    z = [v - mean for v in y]
    below = sum(v * v for v in z)
    found = []
    for pairs in classes:
        if statistic == "moran_i":
            found.append(n / len(pairs) * sum(z[i] * z[j] for i, j in pairs) / below)
        else:
            above = sum((y[i] - y[j]) ** 2 for i, j in pairs)
            found.append((n - 1) / (2 * len(pairs)) * above / below)
    return found


def by_distance(points: np.ndarray, edges: list) -> list[list[tuple[int, int]]]:
    classes: list[list[tuple[int, int]]] = [[] for _ in edges]
    for i, j in itertools.combinations(range(len(points)), 2):
        far = math.dist(points[i], points[j])
        for k, edge in enumerate(edges):
            if far <= edge + 1e-7:
                classes[k].append((i, j))
                break
    return classes


@pytest.mark.parametrize("statistic", ["moran_i", "geary_c"])
def test_distances_against_a_plain_loop(squares: tuple, statistic: str) -> None:
    values, geometry = squares
    points = np.column_stack([geometry.centroid.x, geometry.centroid.y])
    classes = by_distance(points, EDGES)
    expected = plain(values.tolist(), classes, statistic)
    for where in (geometry, geometry.centroid):
        found = correlogram(values, where, distances=EDGES, statistic=statistic, permutations=0)
        assert found["pairs"].tolist() == [len(pairs) for pairs in classes]
        np.testing.assert_allclose(found["value"], expected, rtol=1e-9)


def test_a_class_is_a_distance_band_of_esda(squares: tuple, paavo: tuple, helsinki) -> None:
    areas = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    centres = areas.geometry.loc[paavo[0].dropna().index].centroid
    for values, where, reach in (
        (squares[0], squares[1].centroid, 1.5),
        (paavo[0].dropna(), centres, 4000.0),
    ):
        band = Graph.build_distance_band(where, reach * (1 + 1e-9))
        row = correlogram(values, where, distances=[reach], permutations=0).iloc[0]
        moran = esda.Moran(values, band, transformation="b", permutations=0)
        assert row["value"] == pytest.approx(moran.I, abs=1e-10)
        assert row["expected"] == pytest.approx(moran.EI, abs=1e-10)
        assert row["z"] == pytest.approx(moran.z_rand, abs=1e-9)
        assert row["p_value"] == pytest.approx(
            2 * scipy.stats.norm.sf(abs(moran.z_rand)), rel=1e-6
        )
        # esda's Geary stops at an island.
        part = band.subgraph(band.unique_ids.difference(band.isolates, sort=False))
        values = values[part.unique_ids]
        where = where[part.unique_ids]
        geary = esda.Geary(values, part, transformation="b", permutations=0)
        row = correlogram(values, where, distances=[reach], statistic="geary_c").iloc[0]
        assert row["value"] == pytest.approx(geary.C, abs=1e-10)
        assert row["z"] == pytest.approx(geary.z_rand, abs=1e-9)


def test_orders_against_a_plain_search(patchy: tuple) -> None:
    values, graph = patchy
    near = {i: [j for j in graph[i].index if j != i] for i in values.index}
    place = {zone: k for k, zone in enumerate(values.index)}
    classes: list[list[tuple[int, int]]] = [[] for _ in range(4)]
    for i in values.index:
        steps, wave = {i: 0}, [i]
        for order in range(1, 5):
            wave = [
                j for k in wave for j in near[k] if j not in steps and not steps.update({j: order})
            ]
        for j, order in steps.items():
            if order > 0 and place[i] < place[j]:
                classes[order - 1].append((place[i], place[j]))
    for statistic in ("moran_i", "geary_c"):
        found = correlogram(values, graph, orders=4, statistic=statistic)
        assert found["pairs"].tolist() == [len(pairs) for pairs in classes]
        expected = plain(values.tolist(), classes, statistic)
        np.testing.assert_allclose(found["value"], expected, rtol=1e-9)


def test_orders_are_those_of_libpysal(paavo: tuple) -> None:
    values, graph = paavo[0].dropna(), paavo[1]
    graph = graph.subgraph(values.index)
    found = correlogram(values, graph, orders=3)
    for order in (1, 2, 3):
        ring = graph.higher_order(order) if order > 1 else graph
        moran = esda.Moran(values, ring, transformation="b", permutations=0)
        assert found["value"][order - 1] == pytest.approx(moran.I, abs=1e-10)
        assert found["z"][order - 1] == pytest.approx(moran.z_rand, abs=1e-9)


def test_order_leads_through_zones_without_a_value() -> None:
    row = gpd.GeoSeries(shapely.box(np.arange(8), 0, np.arange(1, 9), 1))
    values = pd.Series([3.0, np.nan, 1, 2, 5, 4, 6, 1])
    found = correlogram(values, neighbours.contiguity(row), orders=2)
    assert found["pairs"].tolist() == [5, 5]
    assert set(found["note"]) == {"1 zone left out: value missing"}


@pytest.mark.parametrize("statistic", ["moran_i", "geary_c"])
def test_permutations_agree_on_a_grid_between_points_and_by_order(
    squares, patchy, statistic
) -> None:
    values, geometry = squares
    y = pd.Series(np.random.default_rng(5).permutation(values), values.index)
    how = {"statistic": statistic, "permutations": 999, "seed": 2}
    on_grid = correlogram(y, geometry, distances=EDGES, **how)
    between = correlogram(y, geometry.centroid, distances=EDGES, **how)
    pd.testing.assert_frame_equal(on_grid, between, rtol=1e-9)
    normal = correlogram(y, geometry, distances=EDGES, statistic=statistic, permutations=0)
    np.testing.assert_allclose(on_grid["p_value"], normal["p_value"], atol=0.08)
    by_order = correlogram(y, patchy[1], orders=3, **how)
    normal = correlogram(y, patchy[1], orders=3, statistic=statistic, permutations=0)
    np.testing.assert_allclose(by_order["p_value"], normal["p_value"], atol=0.08)
    # No p-value of the clustered map is 0.
    near = correlogram(values, geometry, distances=[1], permutations=99)
    assert near["p_value"].item() == 0.02


def test_permutations_are_the_same_in_pieces(squares, monkeypatch) -> None:
    values, geometry = squares
    monkeypatch.setattr(module, "_BLOCK", 64 * 30)
    many = correlogram(values, geometry.centroid, distances=EDGES, permutations=99)
    monkeypatch.setattr(module, "in_parts", lambda number, work, least: work(0, number))
    one = correlogram(values, geometry.centroid, distances=EDGES, permutations=99)
    pd.testing.assert_frame_equal(many, one)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=5, max_size=25, unique=True
    ),
    st.lists(st.floats(0.3, 20), min_size=1, max_size=5, unique=True).map(sorted),
)
def test_classes_part_the_pairs_within_reach(places: list, edges: list) -> None:
    x, y = np.array(places, dtype=float).T
    areas = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1))
    values = pd.Series(np.arange(float(len(x))))
    on_grid = correlogram(values, areas, distances=edges, permutations=0)
    between = correlogram(values, areas.centroid, distances=edges, permutations=0)
    pd.testing.assert_frame_equal(on_grid, between, rtol=1e-7, atol=1e-9)
    within = sum(
        math.dist(a, b) <= edges[-1] * (1 + 1e-9) for a, b in itertools.combinations(places, 2)
    )
    assert on_grid["pairs"].sum() == within
    assert (on_grid["note"] == "no pairs of zones").equals(on_grid["pairs"] == 0)


def test_random_maps_are_found_as_often_as_the_level_says(cells) -> None:
    geometry = cells(9, 9)
    rng = np.random.default_rng(32)
    wrong = np.zeros(2)
    for _ in range(300):
        y = pd.Series(rng.normal(size=81), index=geometry.index)
        found = correlogram(y, geometry, distances=[1, 2, 3, 4], permutations=0)
        wrong += found["p_value"].iloc[0] <= 0.05, (found["p_adjusted"] <= 0.05).any()
    low, high = scipy.stats.binom.interval(0.999, 300, 0.05)
    assert low <= wrong[0] <= high
    assert wrong[1] <= high


def test_skewed_values_are_found_as_often_as_the_level_says(cells) -> None:
    points = cells(9, 9).centroid
    rng = np.random.default_rng(3)
    wrong = 0
    for seed in range(300):
        y = pd.Series(np.exp(1.5 * rng.normal(size=81)), points.index)
        how = {"permutations": 99, "alternative": "greater", "seed": seed}
        wrong += correlogram(y, points, distances=[1], **how)["p_value"].item() <= 0.01
    assert wrong <= scipy.stats.binom.ppf(0.999, 300, 0.01)


def test_shuffled_unless_there_is_too_much_of_it(squares: tuple, monkeypatch) -> None:
    values, geometry = squares
    for where in (geometry, geometry.centroid):
        unasked = correlogram(values, where, distances=[1, 2])
        asked = correlogram(values, where, distances=[1, 2], permutations=999)
        pd.testing.assert_frame_equal(unasked, asked)
    monkeypatch.setattr(module, "_UNASKED_BOX", 10)
    monkeypatch.setattr(module, "_UNASKED_PAIRS", 10)
    for where in (geometry, geometry.centroid):
        normal = correlogram(values, where, distances=[1, 2], permutations=0)
        unasked = correlogram(values, where, distances=[1, 2])
        assert set(unasked["note"]) == {module.NORMAL}
        pd.testing.assert_frame_equal(unasked.drop(columns="note"), normal.drop(columns="note"))


def test_no_p_value_is_0(cells) -> None:
    slope = pd.Series(np.repeat(np.arange(50.0), 50), cells(50, 50).index)
    found = correlogram(slope, cells(50, 50), distances=[1, 2, 3], permutations=0)
    assert found["z"].max() > 40
    assert (found["p_value"] > 0).all()
    assert (found["p_adjusted"] > 0).all()


def test_adjusted_over_the_classes(squares: tuple) -> None:
    values, geometry = squares
    y = pd.Series(np.random.default_rng(5).permutation(values), values.index)
    holm = correlogram(y, geometry, distances=[*EDGES, 50, 60])
    p = sorted(holm["p_value"].dropna())
    assert len(p) == 5
    expected, so_far = {}, 0.0
    for k, each in enumerate(p):
        so_far = max(so_far, min(1, (5 - k) * each))
        expected[each] = so_far
    tested = holm.dropna()
    np.testing.assert_allclose(tested["p_adjusted"], tested["p_value"].map(expected))
    plain_ones = correlogram(y, geometry, distances=[*EDGES, 50, 60], adjust="bonferroni").dropna()
    np.testing.assert_allclose(plain_ones["p_adjusted"], np.minimum(1, plain_ones["p_value"] * 5))


def test_reasons(squares: tuple) -> None:
    values, geometry = squares
    found = correlogram(values, geometry, distances=[0.5, 1])
    assert found["note"].tolist() == ["no pairs of zones", ""]
    assert found.loc[0, ["value", "expected", "z", "p_value", "p_adjusted"]].isna().all()
    same = correlogram(values * 0 + 2, geometry, distances=[1])
    assert same["note"].item() == "the same value everywhere"
    none = correlogram(values * np.nan, geometry, distances=[1])
    assert none["note"].item().startswith("no pairs of zones; 64 zones left out")
    everybody = correlogram(values, geometry, distances=[99])
    assert everybody["note"].item() == "every order of the values gives the same"
    assert np.isnan(everybody["z"].item())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "give distances or orders"),
        ({"distances": [1], "orders": 2}, "give distances or orders"),
        ({"orders": 2}, "orders of a graph"),
        ({"distances": [2, 1]}, "distances must increase"),
        ({"distances": []}, "distances must increase"),
        ({"distances": [1], "statistic": "moran"}, "statistic is 'moran'"),
        ({"distances": [1], "adjust": "fdr_bh"}, "adjust is 'fdr_bh'"),
        ({"distances": [1], "permutations": -1}, "permutations must be 0 or more"),
        ({"distances": [1], "alternative": "both"}, "alternative is 'both'"),
    ],
)
def test_mistakes(squares: tuple, change: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        correlogram(*squares, **change)


def test_more_mistakes(squares: tuple, patchy: tuple, monkeypatch) -> None:
    values, geometry = squares
    with pytest.raises(ValueError, match="coordinates are degrees"):
        correlogram(values, geometry.set_crs(4326), distances=[1])
    with pytest.raises(ValueError, match="'z0' has no place"):
        correlogram(values, geometry.drop("z0"), distances=[1])
    with pytest.raises(ValueError, match="orders must be 1 or more"):
        correlogram(values, patchy[1], orders=0)
    with pytest.raises(ValueError, match="'z1' has an infinite value"):
        correlogram(values.where(values.index != "z1", np.inf), geometry, distances=[1])
    monkeypatch.setattr(module, "MOST_PAIRS", 200)
    with pytest.raises(ValueError, match=r"no more than 200 .* try a distance of [12]$"):
        correlogram(values, geometry.centroid, distances=[3])
    with pytest.raises(ValueError, match="more than 200 pairs of zones up to order 3"):
        correlogram(values, patchy[1], orders=3)
