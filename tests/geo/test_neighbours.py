import doctest
import itertools
import re
from pathlib import Path
from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.geo import _links, neighbours, travel
from libpysal.graph import Graph


@pytest.mark.parametrize("rook", [False, True])
@settings(max_examples=40, deadline=None)
@given(
    cells=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=70),
    seed=st.integers(0, 2**32),
)
def test_grids_with_holes_equal_libpysal(
    rook: bool, cells: set[tuple[int, int]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    column, row = rng.permutation(np.array(sorted(cells))).T * 250
    ids = [f"z{i}" for i in rng.permutation(len(row))]
    geometry = gpd.GeoSeries(shapely.box(column, row, column + 250, row + 250), index=ids)
    found = neighbours.contiguity(geometry, rook=rook)
    assert found == Graph.build_contiguity(geometry, rook=rook)
    assert found.unique_ids.tolist() == ids
    np.testing.assert_array_equal(
        found.sparse.todense(), Graph.build_contiguity(geometry, rook=rook).sparse.todense()
    )


def test_gaps_do_no_harm() -> None:
    x, y = np.divmod(np.arange(36), 6)
    whole = gpd.GeoSeries(shapely.box(x * 250, y * 250, x * 250 + 250, y * 250 + 250))
    gaps = gpd.GeoSeries(shapely.box(x * 250, y * 250, x * 250 + 249.995, y * 250 + 249.995))
    assert neighbours.contiguity(gaps) == Graph.build_contiguity(whole, rook=False)
    assert len(Graph.build_contiguity(gaps, rook=False).isolates) == 36


@pytest.mark.parametrize("rook", [False, True])
def test_real_areas_and_cells_equal_libpysal(helsinki: Path, rook: bool) -> None:
    areas = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue").geometry
    assert neighbours.contiguity(areas, rook=rook) == Graph.build_contiguity(areas, rook=rook)
    cells = gpd.read_file(helsinki / "hsy_population_grid_2021.gpkg").geometry
    found = neighbours.contiguity(cells, rook=rook)
    assert found == Graph.build_contiguity(cells, rook=rook)
    assert found.n == len(cells)


def test_islands_stay() -> None:
    cells = gpd.GeoSeries(shapely.box([0, 2, 3, 9], 0, [1, 3, 4, 10], 1), index=list("abcd"))
    graph = neighbours.contiguity(cells)
    assert graph.isolates.tolist() == ["a", "d"]
    assert graph.transform("r").sparse.sum() == 2


def test_zones_that_cannot_be_told_apart_or_have_no_area() -> None:
    cell = shapely.box(0, 0, 1, 1)
    with pytest.raises(ValueError, match="'a' is there twice"):
        neighbours.contiguity(gpd.GeoSeries([cell, cell], index=["a", "a"]))
    with pytest.raises(ValueError, match="'b' has no area"):
        neighbours.contiguity(gpd.GeoSeries([cell, None], index=["a", "b"]))


def town(number: int, seed: int = 0, side: float = 5_000) -> gpd.GeoSeries:
    """Give points here and there, called by text in no order."""
    rng = np.random.default_rng(seed)
    ids = [f"z{i}" for i in rng.permutation(number)]
    return gpd.GeoSeries.from_xy(*rng.uniform(0, side, (2, number)), index=ids, crs=3067)


def dense(graph: Graph) -> np.ndarray:
    return graph.sparse.toarray()


def apart(points: gpd.GeoSeries) -> np.ndarray:
    return np.hypot(*(np.subtract.outer(c, c) for c in (points.x.to_numpy(), points.y.to_numpy())))


@pytest.mark.parametrize("kind", ["queen", "rook"])
@settings(max_examples=60, deadline=None)
@given(
    cells=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40),
    across=st.sampled_from([0, 200, 250, 360, 500, 750, 5_000]),
    seed=st.integers(0, 2**32),
)
def test_across_holes(kind: str, cells: set[tuple[int, int]], across: float, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(np.array(sorted(cells)))
    column, row = order.T * 250
    geometry = gpd.GeoSeries(shapely.box(column, row, column + 250, row + 250), crs=3067)
    found = dense(neighbours.graph(geometry, kind, across=across))
    number = {tuple(cell): i for i, cell in enumerate(order.tolist())}
    expected = np.zeros_like(found)
    steps = [(0, 1), (1, 0), (1, 1), (1, -1)] if kind == "queen" else [(0, 1), (1, 0)]
    for (x, y), i in number.items():
        for dx, dy in steps:
            width = 250 * np.hypot(dx, dy)
            for many in range(1, 10):
                j = number.get((x + many * dx, y + many * dy))
                if j is not None:
                    # Of a gap that starts where one cell ends and ends where the other starts.
                    expected[i, j] = expected[j, i] = (many - 1) * width <= across
                    break
    np.testing.assert_array_equal(found, expected)


def test_across_is_for_grids() -> None:
    with pytest.raises(ValueError, match="across is for cells of a regular grid"):
        neighbours.graph(town(9).buffer(200), across=250)


def test_any_names() -> None:
    west = np.array([500, 0, 250])
    cells = gpd.GeoSeries(shapely.box(west, 0, west + 250, 250))
    for index in (
        pd.Index([7, 5, 6], name="id"),
        pd.Index([0.5, 1.5, -1]),
        pd.CategoricalIndex(["c", "a", "b"], categories=["a", "b", "c"]),
        pd.to_datetime(["2024-03-01", "2024-01-01", "2024-02-01"]),
    ):
        named = cells.set_axis(index)
        graph = neighbours.graph(named)
        assert graph == Graph.build_contiguity(named, rook=False)
        assert graph.unique_ids.tolist() == index.tolist()
        assert graph[index[2]].index.tolist() == [index[0], index[1]]


@pytest.mark.parametrize("k", [1, 4, 8])
def test_nearest_equal_libpysal(k: int) -> None:
    points = town(80)
    found = neighbours.graph(points, "knn", k=k)
    assert found == Graph.build_knn(points, k)
    assert (found.cardinalities == k).all()


def test_zones_in_one_place_are_the_nearest() -> None:
    points = gpd.GeoSeries.from_xy([0] * 5 + [10, 30], [0] * 7, index=[*"abcdefg"], crs=3067)
    for k in range(1, 7):
        found = dense(neighbours.graph(points, "knn", k=k))
        assert (found.sum(axis=1) == k).all()
        assert (np.diag(found) == 0).all()
        for i, far in enumerate(apart(points)):
            others = np.sort(np.delete(far, i))
            np.testing.assert_array_equal(np.sort(far[found[i] > 0]), others[:k])
    with pytest.raises(ValueError, match="from 1 to 6, not 7"):
        neighbours.graph(points, "knn", k=7)


def test_a_band() -> None:
    points = town(60)
    for threshold in (300, 900, 10_000):
        found = neighbours.graph(points, "distance_band", threshold=threshold)
        assert found == Graph.build_distance_band(points, threshold)
    found = neighbours.graph(points, "distance_band")
    distance = apart(points) + np.diag(np.full(60, np.inf))
    lonely = distance.min(axis=1).max()
    np.testing.assert_array_equal(dense(found), distance <= lonely)
    assert len(found.isolates) == 0
    less = neighbours.graph(points, "distance_band", threshold=lonely - 0.001)
    assert len(less.isolates) > 0


def test_a_band_links_zones_in_one_place() -> None:
    points = gpd.GeoSeries.from_xy([0, 0, 50], [0, 0, 0], crs=3067)
    found = neighbours.graph(points, "distance_band", threshold=20)
    assert dense(found).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    found = neighbours.graph(points, "kernel", bandwidth=100)
    assert dense(found)[0, 1] == 1


KERNELS = {
    "triangular": lambda z: max(1 - z, 0),
    "parabolic": lambda z: max(1 - z**2, 0),
    "bisquare": lambda z: max(1 - z**2, 0) ** 2,
    "cosine": lambda z: np.cos(np.pi / 2 * z) if z < 1 else 0,
    "gaussian": lambda z: np.exp(-(z**2) / 2),
    "exponential": lambda z: np.exp(-z),
    "boxcar": lambda z: float(z < 1),
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels(kernel: str) -> None:
    points = town(50)
    for threshold in (None, 700, 2_000):
        found = dense(
            neighbours.graph(points, "kernel", kernel=kernel, bandwidth=900, threshold=threshold)
        )
        for i, row in enumerate(apart(points)):
            for j, d in enumerate(row):
                near = i != j and d <= (threshold or 900)
                assert found[i, j] == pytest.approx(KERNELS[kernel](d / 900) if near else 0)
    theirs = Graph.build_distance_band(
        points, 900, binary=False, kernel=kernel, bandwidth=900, decay=True
    )
    found = neighbours.graph(points, "kernel", kernel=kernel, bandwidth=900)
    np.testing.assert_allclose(dense(found), dense(theirs))


@pytest.mark.parametrize("kind", ["delaunay", "gabriel"])
def test_triangulations_equal_libpysal(kind: str) -> None:
    points = town(70)
    found = neighbours.graph(points, kind)
    assert found == Graph.build_triangulation(points, kind)
    if kind == "gabriel":
        x, y, far, links = points.x.to_numpy(), points.y.to_numpy(), apart(points), dense(found)
        for i, j in itertools.combinations(range(70), 2):
            middle = (x[i] + x[j]) / 2, (y[i] + y[j]) / 2
            inside = np.hypot(x - middle[0], y - middle[1]) < far[i, j] / 2 - 1e-9
            assert links[i, j] == (not inside.any())


@pytest.mark.parametrize("kind", ["delaunay", "gabriel"])
def test_zones_in_one_place_have_the_same_others(kind: str) -> None:
    points = town(20)
    there = np.r_[np.arange(20), [3, 3, 7]]
    many = gpd.GeoSeries(points.to_numpy()[there], crs=3067)
    found, once = dense(neighbours.graph(many, kind)), dense(neighbours.graph(points, kind))
    for i, j in itertools.product(range(23), repeat=2):
        same = there[i] == there[j]
        assert found[i, j] == (i != j if same else once[there[i], there[j]])
    hair = np.where(np.arange(23) < 20, 0, 2e-9)
    near = gpd.GeoSeries.from_xy(many.x + 6.7e6 + hair, many.y, crs=3067)
    graph = neighbours.graph(near, kind)
    assert near[3] != near[20]
    assert graph[20].to_dict()[3] == 1
    assert len(graph.isolates) == 0
    for number in range(1, 5):
        line = gpd.GeoSeries.from_xy(np.arange(number), np.zeros(number), crs=3067)
        with pytest.raises(ValueError, match="take knn or distance_band"):
            neighbours.graph(line, kind)


def test_blocks() -> None:
    points = town(40)
    district = pd.Series(np.arange(40) % 7, index=points.index).sample(frac=1, random_state=1)
    found = neighbours.graph(points, "block", regimes=district)
    assert found.unique_ids.tolist() == points.index.tolist()
    # libpysal's is in the order of the blocks.
    theirs = Graph.build_block_contiguity(district).adjacency.sort_index()
    pd.testing.assert_series_equal(found.adjacency.sort_index(), theirs)
    some = district.astype(float).where(district > 1)
    found = neighbours.graph(points, "block", regimes=some)
    assert set(found.isolates) == set(some.index[some.isna()])
    with pytest.raises(ValueError, match="regimes have no zone 'z3'"):
        neighbours.graph(points, "block", regimes=district.drop("z3"))
    with pytest.raises(ValueError, match="regimes have zone 'z3' twice"):
        neighbours.graph(points, "block", regimes=pd.concat([district, district[["z3"]]]))


def test_travel_times() -> None:
    points = town(30)
    costs = travel.straight_line(points, points, limit=2_500)
    found = neighbours.graph(points, "travel_time", costs=costs, threshold=1_000)
    assert found == neighbours.graph(points, "distance_band", threshold=1_000)
    one_way = pd.DataFrame(
        {"zone": ["z1", "z2", "z1"], "other": ["z2", "z3", "z1"], "cost": [5, 11, 0]}
    )
    found = neighbours.graph(points, "travel_time", costs=one_way, threshold=10)
    assert found["z1"].to_dict() == {"z2": 1}
    assert found.n_edges == 1
    options = {"threshold": 11, "kernel": "exponential", "bandwidth": 5}
    found = neighbours.graph(points, "travel_time", costs=one_way, **options)
    assert found["z2"].to_dict() == pytest.approx({"z3": np.exp(-11 / 5)})
    for change, message in [
        ({"cost": [5, -1, 0]}, "from zone 'z2' to 'z3' the cost is -1"),
        ({"cost": [5, None, 0]}, "the cost is nan"),
        ({"zone": ["z1", "x", "z1"]}, "costs are of zone 'x', which is none"),
        ({"zone": ["z1", None, "z1"]}, "costs are of zone None|costs are of zone nan"),
        ({"zone": ["z1"] * 3, "other": ["z2"] * 3}, "from zone 'z1' to 'z2' is there twice"),
    ]:
        with pytest.raises(ValueError, match=message):
            neighbours.graph(points, "travel_time", costs=one_way.assign(**change), threshold=20)
    with pytest.raises(ValueError, match="no column 'zone'"):
        neighbours.graph(points, "travel_time", costs=one_way[["cost"]], threshold=20)


@settings(max_examples=40, deadline=None)
@given(cells=st.sets(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=25))
def test_islands_are_joined_to_the_nearest(cells: set[tuple[int, int]]) -> None:
    column, row = np.array(sorted(cells)).T * 250
    geometry = gpd.GeoSeries(shapely.box(column, row, column + 250, row + 250), crs=3067)
    left = dense(neighbours.graph(geometry))
    expected = left.copy()
    for i in np.flatnonzero(left.sum(axis=1) == 0):
        far = geometry.distance(geometry[i]).mask(geometry.index == i, np.inf).to_numpy()
        near = far == far.min()
        expected[i, near] = expected[near, i] = 1
    joined = neighbours.graph(geometry, islands="join")
    np.testing.assert_array_equal(dense(joined), expected)
    assert len(joined.isolates) == 0


def test_an_island_weighs_least() -> None:
    points = gpd.GeoSeries.from_xy([0, 10, 30, 900], [0] * 4, index=[*"abcd"], crs=3067)
    options = {"bandwidth": 40, "kernel": "triangular"}
    found = neighbours.graph(points, "kernel", **options, islands="join")
    assert found["d"].to_dict() == pytest.approx({"c": 1 - 30 / 40})
    alone = neighbours.graph(points[:1], "distance_band", islands="join")
    assert alone.isolates.tolist() == ["a"]


def test_points_stand_for_zones() -> None:
    cells = town(30).buffer(300)
    moved = cells.centroid.translate(*np.random.default_rng(1).uniform(-200, 200, 2))
    moved.iloc[0] = shapely.Point(9_000, 9_000)
    for kind, option in [
        ("knn", {"k": 3}),
        ("distance_band", {"threshold": 900}),
        ("gabriel", {}),
    ]:
        found = neighbours.graph(cells, kind, points=moved.sample(frac=1), **option)
        assert found == neighbours.graph(moved, kind, **option)
        assert neighbours.graph(cells, kind, **option) == neighbours.graph(
            cells.centroid, kind, **option
        )
    with pytest.raises(ValueError, match="points have no zone"):
        neighbours.graph(cells, "knn", points=moved.iloc[1:])
    with pytest.raises(
        ValueError, match=r"the zones are in EPSG:3067 and the points in EPSG:3879"
    ):
        neighbours.graph(cells, "knn", points=moved.to_crs(3879))


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("quen", {}, "kind is 'quen'; accepted are queen, rook.*Did you mean 'queen'"),
        ("knn", {"k": "8"}, "not '8'"),
        ("queen", {"k": 4}, "k does not belong to 'queen', which takes across and islands"),
        ("knn", {"across": 0}, "across does not belong to 'knn'"),
        ("kernel", {}, "'kernel' needs bandwidth"),
        ("block", {}, "'block' needs regimes"),
        ("travel_time", {"threshold": 9}, "'travel_time' needs costs"),
        ("travel_time", {"costs": 1, "threshold": 9, "bandwidth": 9}, "bandwidth needs kernel"),
        ("queen", {"islands": "keep"}, "islands is 'keep'; accepted are leave and join"),
        ("kernel", {"bandwidth": 9, "kernel": "uniform"}, "kernel is 'uniform'; accepted are"),
        ("distance_band", {"threshold": 0}, "threshold must be a number above 0, not 0"),
        ("kernel", {"bandwidth": np.nan}, "bandwidth must be a number above 0, not nan"),
        ("knn", {"k": 2.5}, "k must be a whole number from 1 to 4, not 2.5"),
    ],
)
def test_options_that_are_none(kind: str, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        neighbours.graph(town(5), kind, **options)


def test_distances_are_metres() -> None:
    degrees = town(9).buffer(200).to_crs(4326)
    for kind, options in [("knn", {}), ("queen", {"islands": "join"}), ("rook", {"across": 250})]:
        with pytest.raises(ValueError, match="unit is the degree"):
            neighbours.graph(degrees, kind, **options)
    assert neighbours.graph(degrees, "rook").n == 9


def test_too_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_links, "MOST_PAIRS", 2_000)
    points = town(300)
    with pytest.raises(ValueError, match=r"3,000 m give .* take .* m or less") as refused:
        neighbours.graph(points, "distance_band", threshold=3_000)
    smaller = float(re.search(r"take ([\d,]+) m", str(refused.value))[1].replace(",", ""))
    assert 1_000 < neighbours.graph(points, "distance_band", threshold=smaller).n_edges <= 2_000
    costs = travel.straight_line(points, points, limit=3_000)
    with pytest.raises(ValueError, match="more than 2,000; take") as refused:
        neighbours.graph(points, "travel_time", costs=costs, threshold=3_000)
    smaller = float(str(refused.value).split("take ")[1].split(" ")[0])
    assert neighbours.graph(points, "travel_time", costs=costs, threshold=smaller).n_edges <= 2_000
    with pytest.raises(ValueError, match="take 6 or less"):
        neighbours.graph(points, "knn")
    with pytest.raises(ValueError, match="the zones of one block make 89,700 pairs"):
        neighbours.graph(points, "block", regimes=pd.Series(1, index=points.index))
    with pytest.raises(ValueError, match="the zones in the same place make"):
        neighbours.graph(pd.concat([points, *[points[:3]] * 20], ignore_index=True), "delaunay")


def test_findings() -> None:
    west = np.array([0, 250, 1_000, 1_250, 1_500, 5_000, 6_000])
    cells = gpd.GeoSeries(shapely.box(west, 0, west + 250, 250), index=[*"abcdefg"], crs=3067)
    graph = neighbours.graph(cells)
    found = neighbours.check(graph)
    assert graph == neighbours.graph(cells)
    assert graph.sparse.nnz == 8
    assert found.columns.tolist() == ["rule", "severity", "count", "example", "action"]
    assert found["rule"].tolist() == ["neighbours_none", "neighbours_apart"]
    assert found["count"].tolist() == [2, 2]
    assert found["example"].tolist() == ["f, g", "of 3 and 2 zones"]
    found = neighbours.check(neighbours.graph(cells, across=500, islands="join"))
    assert found["example"].tolist() == ["of 5 and 2 zones"]
    assert len(neighbours.check(neighbours.graph(cells, across=5_000))) == 0
    points = gpd.GeoSeries.from_xy([0, 100, 300], [0] * 3, index=[*"abc"], crs=3067)
    found = neighbours.check(neighbours.graph(points, "knn", k=1))
    assert found["rule"].tolist() == ["neighbours_one_way"]
    assert found["count"].tolist() == [1]
    assert found["example"].tolist() == ["c has b, and b has not c"]


def test_findings_of_a_wide_band() -> None:
    found = neighbours.check(neighbours.graph(town(102), "distance_band", threshold=10_000))
    assert found["rule"].tolist() == ["neighbours_many"]
    assert found["count"].tolist() == [102]
    assert "has 101, and a zone 101 on average" in found.loc[0, "example"]
    assert "10,302 pairs" in found.loc[0, "action"]
    assert len(neighbours.check(neighbours.graph(town(101), "distance_band", threshold=9e3))) == 0


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        ("knn", lambda p: Graph.build_knn(p, 8)),
        ("distance_band", lambda p: Graph.build_distance_band(p, 5_000)),
        ("delaunay", lambda p: Graph.build_triangulation(p, "delaunay")),
        ("gabriel", lambda p: Graph.build_triangulation(p, "gabriel")),
    ],
)
def test_real_areas_equal_libpysal_by_distance(helsinki: Path, kind: str, theirs) -> None:
    areas = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue").geometry
    options = {"threshold": 5_000} if kind == "distance_band" else {}
    assert neighbours.graph(areas, kind, **options) == theirs(areas.centroid)


def test_real_cells_see_across_water(helsinki: Path) -> None:
    cells = gpd.read_file(helsinki / "hsy_population_grid_2021.gpkg").geometry
    near, far = neighbours.graph(cells), neighbours.graph(cells, across=500)
    assert near <= far
    parts = [neighbours.check(one).set_index("rule")["count"] for one in (near, far)]
    assert parts[1]["neighbours_none"] < parts[0]["neighbours_none"]
    assert parts[1]["neighbours_apart"] < parts[0]["neighbours_apart"]


def test_the_page_names_all_and_its_lines_run() -> None:
    page = Path(__file__).parents[2] / "docs" / "neighbours.md"
    text = page.read_text(encoding="utf-8")
    options = {name for names in neighbours.OPTIONS.values() for name in names}
    kernels = get_args(neighbours.Kernel)
    for name in (*neighbours.OPTIONS, *options, *neighbours.RULES, *kernels, "islands"):
        assert f"`{name}`" in text, name
    found = doctest.testfile(str(page), module_relative=False)
    assert found.attempted > 10
    assert found.failed == 0


def test_zones_of_numbers_are_named_as_numbers() -> None:
    cells = gpd.GeoSeries(shapely.box([0, 1], 0, [1, 2], 1))
    costs = pd.DataFrame({"zone": [999], "other": [0], "cost": [1.0]})
    with pytest.raises(ValueError, match="costs are of zone 999, which is none"):
        neighbours.graph(cells, kind="travel_time", costs=costs, threshold=5)
