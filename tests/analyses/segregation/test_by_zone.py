from math import hypot, isnan, log
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kvarter.analyses.segregation import by_zone, multigroup

INCOME = ["hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]
BY_ZONE = [
    by_zone.local_diversity,
    by_zone.local_entropy,
    by_zone.local_divergence,
    by_zone.local_simpson_interaction,
]


def paavo(helsinki: Path) -> gpd.GeoDataFrame:
    areas = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    areas[INCOME] = areas[INCOME].astype(float).replace(-1, np.nan)
    return areas[[*INCOME, "geometry"]]


def random_counts(seed: int) -> pd.DataFrame:
    counts = np.random.default_rng(seed).poisson([3, 30, 80, 1], (60, 4)) * 1.0
    counts[::9] = 0
    counts[4, 1] = np.nan
    return pd.DataFrame(counts, columns=list("abcd"), index=[f"z{i}" for i in range(60)])


def plain(name: str, counts: pd.DataFrame) -> dict[object, float]:
    table = counts.dropna().to_numpy().tolist()
    groups = range(counts.shape[1])
    members = [sum(zone[m] for zone in table) for m in groups]
    whole = [x / sum(members) for x in members]
    out = {}
    for zone, row in counts.iterrows():
        if row.isna().any() or row.sum() == 0:
            out[zone] = float("nan")
            continue
        p = [x / row.sum() for x in row]
        out[zone] = {
            "local_diversity": sum(-q * log(q) for q in p if q),
            "local_entropy": sum(-q * log(q) for q in p if q) / log(sum(x > 0 for x in members)),
            "local_divergence": sum(p[m] * log(p[m] / whole[m]) for m in groups if p[m]),
            "local_simpson_interaction": 1 - sum(q * q for q in p),
        }[name]
    return out


@pytest.mark.parametrize("f", BY_ZONE)
def test_equals_its_formula(f, helsinki: Path) -> None:
    real = pd.DataFrame(paavo(helsinki)[INCOME])
    with_empty = random_counts(2).assign(b=0.0)
    for counts in (random_counts(1), with_empty, real):
        found = f(counts)
        assert found.name == f.__name__
        assert found.index.equals(counts.index)
        expected = pd.Series(plain(f.__name__, counts))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (by_zone.local_diversity, "MultiLocalDiversity"),
        (by_zone.local_entropy, "MultiLocalEntropy"),
        (by_zone.local_simpson_interaction, "MultiLocalSimpsonInteraction"),
        (by_zone.location_quotient, "MultiLocationQuotient"),
    ],
)
def test_equals_pysal(f, name: str, helsinki: Path) -> None:
    import segregation.local as pysal

    counts = pd.DataFrame(paavo(helsinki)[INCOME]).dropna()
    counts = counts[counts.sum(axis=1) > 0]
    expected = getattr(pysal, name)(counts, INCOME).statistics
    np.testing.assert_allclose(f(counts), expected, rtol=0, atol=1e-9)


def test_the_mean_of_divergence_over_people_is_the_divergence() -> None:
    counts = random_counts(3).dropna()
    found = by_zone.local_divergence(counts)
    people = counts.sum(axis=1)
    expected = multigroup.divergence(counts.to_numpy())
    assert (found * people).sum() / people.sum() == pytest.approx(expected, abs=1e-12)


any_counts = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 4)),
    elements=st.integers(0, 60).map(float),
)


@settings(max_examples=60, deadline=None)
@given(any_counts, st.floats(0.001, 1000))
def test_range_and_scale(array: np.ndarray, factor: float) -> None:
    counts = pd.DataFrame(array)
    groups = array.shape[1]
    shares = array.sum(axis=0)[array.sum(axis=0) > 0] / max(1, array.sum())
    most = {
        "local_diversity": log(groups),
        "local_entropy": 1,
        "local_divergence": -log(shares.min()) if len(shares) else 0,
        "local_simpson_interaction": 1 - 1 / groups,
    }
    for f in BY_ZONE:
        found = f(counts)
        assert found.dropna().between(0, most[f.__name__] + 1e-9).all()
        np.testing.assert_allclose(f(counts * factor), found, rtol=0, atol=1e-9)
        assert found[array.sum(axis=1) == 0].isna().all()


def test_extremes() -> None:
    counts = pd.DataFrame({"a": [5.0, 8, 0, 2], "b": [5.0, 0, 7, 1]})
    assert by_zone.local_diversity(counts).iloc[:3].tolist() == pytest.approx([log(2), 0, 0])
    assert by_zone.local_entropy(counts).iloc[:3].tolist() == pytest.approx([1, 0, 0])
    assert by_zone.local_simpson_interaction(counts).iloc[:3].tolist() == pytest.approx(
        [0.5, 0, 0]
    )
    found = by_zone.local_divergence(counts)
    assert found.iloc[1:3].tolist() == pytest.approx([-log(15 / 28), -log(13 / 28)])
    alike = pd.DataFrame(np.outer([1, 4, 2], [3, 5, 1]).astype(float))
    np.testing.assert_allclose(by_zone.local_divergence(alike), 0, atol=1e-12)


def test_undefined() -> None:
    one = pd.DataFrame({"a": [5.0, 3], "b": [0.0, 0]})
    assert by_zone.local_diversity(one).tolist() == [0, 0]
    assert by_zone.local_simpson_interaction(one).tolist() == [0, 0]
    assert by_zone.local_entropy(one).isna().all()
    assert by_zone.local_divergence(one).isna().all()
    for f in BY_ZONE:
        assert f(one * 0).isna().all()
        assert f(one.iloc[:0]).empty
        with pytest.raises(ValueError, match="0 or more"):
            f(-one)


def plain_centralization(
    counts: pd.DataFrame, points: list[tuple[float, float]], neighbours: int
) -> pd.DataFrame:
    table = counts.to_numpy()
    known = [i for i in range(len(table)) if not np.isnan(table[i]).any()]
    out = pd.DataFrame(np.nan, index=counts.index, columns=counts.columns)
    for i in known:
        if table[i].sum() == 0:
            continue
        far = {j: round(hypot(*np.subtract(points[j], points[i])), 3) for j in known if j != i}
        rings = [([i], 1.0)]
        for distance in sorted(set(far.values())):
            ring = [j for j in far if far[j] == distance]
            room = neighbours + 1 - sum(len(zones) * part for zones, part in rings)
            if room > 1e-9:
                # Of the last ring, as much as there is room for.
                rings.append((ring, min(1.0, room / len(ring))))
        for m in range(table.shape[1]):
            x = [part * sum(table[j, m] for j in ring) for ring, part in rings]
            y = [part * sum(table[j].sum() - table[j, m] for j in ring) for ring, part in rings]
            if sum(x) == 0 or sum(y) == 0:
                continue
            first = [sum(x[: k + 1]) / sum(x) for k in range(len(rings))]
            other = [sum(y[: k + 1]) / sum(y) for k in range(len(rings))]
            out.iloc[i, m] = sum(
                first[k - 1] * other[k] - first[k] * other[k - 1] for k in range(1, len(rings))
            )
    return out


def grid_cells(rows: int, columns: int, side: float = 250, gap: float = 0) -> np.ndarray:
    r, c = np.divmod(np.arange(rows * columns), columns)
    x, y = 385_000 + c * side, 6_672_000 + r * side
    return shapely.box(x + gap, y, x + side, y + side - gap)


def middles(geometry: gpd.GeoSeries) -> list[tuple[float, float]]:
    return [tuple(p) for p in shapely.get_coordinates(shapely.centroid(geometry.values))]


@pytest.mark.parametrize("neighbours", [1, 5, 13, 100])
@pytest.mark.parametrize("kind", ["points", "grid"])
def test_centralization_equals_its_formula(kind: str, neighbours: int) -> None:
    counts = random_counts(1)
    if kind == "grid":
        shapes = grid_cells(6, 10)
    else:
        rng = np.random.default_rng(8)
        shapes = shapely.points(rng.uniform(0, 5000, (60, 2)))
        shapes[30:40] = shapes[10]
    geometry = gpd.GeoSeries(shapes, index=counts.index, crs=3067)
    found = by_zone.local_relative_centralization(counts, geometry, neighbours=neighbours)
    expected = plain_centralization(counts, middles(geometry), neighbours)
    assert found.columns.equals(counts.columns)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_centralization_of_real_areas_equals_its_formula_and_pysal(helsinki: Path) -> None:
    from segregation.local import LocalRelativeCentralization

    areas = paavo(helsinki)
    counts = pd.DataFrame(areas[INCOME])
    found = by_zone.local_relative_centralization(counts, areas.geometry)
    expected = plain_centralization(counts, middles(areas.geometry), 5)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    # PySAL answers for zones without people too, and counts missing ones as values.
    known = areas[counts.notna().all(axis=1)].assign(total=counts.sum(axis=1)).reset_index()
    inhabited = (known["total"] > 0).to_numpy()
    for group in INCOME:
        theirs = LocalRelativeCentralization(known, group, "total").statistics
        ours = found.loc[known["postinumeroalue"], group].to_numpy()
        np.testing.assert_allclose(ours[inhabited], theirs[inhabited], rtol=0, atol=1e-9)


def test_ties_are_found_whatever_the_gaps_between_cells() -> None:
    counts = random_counts(2)
    exact = gpd.GeoSeries(grid_cells(6, 10), index=counts.index, crs=3067)
    gaps = gpd.GeoSeries(grid_cells(6, 10, gap=0.002), index=counts.index, crs=3067)
    moved = exact.translate(0.1, 0.3).rotate(0)
    dots = gpd.GeoSeries(exact.centroid, index=counts.index)
    expected = by_zone.local_relative_centralization(counts, exact)
    for other in (gaps, moved, dots):
        found = by_zone.local_relative_centralization(counts, other)
        pd.testing.assert_frame_equal(found, expected, atol=1e-12, rtol=0)


@settings(max_examples=40, deadline=None)
@given(any_counts, st.floats(0.01, 100), st.integers(1, 6), st.integers(0, 9))
def test_centralization_range_scale_and_turned_sign(
    array: np.ndarray, factor: float, neighbours: int, seed: int
) -> None:
    counts = pd.DataFrame(array)
    spots = np.random.default_rng(seed).uniform(0, 1000, (len(array), 2))
    points = gpd.GeoSeries(shapely.points(spots), crs=3067)
    found = by_zone.local_relative_centralization(counts, points, neighbours=neighbours)
    assert (found.isna() | (found.abs() <= 1)).all(axis=None)
    other = gpd.GeoSeries(shapely.points(spots * factor), crs=3067)
    again = by_zone.local_relative_centralization(counts * 3, other, neighbours=neighbours)
    np.testing.assert_allclose(again, found, rtol=0, atol=1e-9)
    if array.shape[1] == 2:
        np.testing.assert_allclose(found[0], -found[1], rtol=0, atol=1e-12)


def test_centralization_extremes() -> None:
    points = gpd.GeoSeries(shapely.points([0.0, 1, 2, 3], 0), crs=3067)
    alike = pd.DataFrame(np.outer([1, 4, 2, 9], [3, 5]).astype(float))
    np.testing.assert_allclose(
        by_zone.local_relative_centralization(alike, points, neighbours=3), 0, atol=1e-12
    )
    apart = pd.DataFrame({"a": [7.0, 0, 0, 0], "b": [0.0, 1, 1, 1]})
    found = by_zone.local_relative_centralization(apart, points, neighbours=3)
    assert found.iloc[0].tolist() == pytest.approx([1, -1])
    # No member of a, or nobody else, among the nearest.
    found = by_zone.local_relative_centralization(apart, points, neighbours=1)
    assert found.iloc[2:].isna().all(axis=None)


def test_zones_of_which_nothing_is_known_are_nobodys_neighbours() -> None:
    counts = random_counts(4)
    geometry = gpd.GeoSeries(
        shapely.points(np.random.default_rng(3).uniform(0, 9000, (60, 2))),
        index=counts.index,
        crs=3067,
    )
    geometry[counts.index[4]] = None
    found = by_zone.local_relative_centralization(counts, geometry)
    assert found.iloc[4].isna().all()
    rest = counts.index != counts.index[4]
    expected = by_zone.local_relative_centralization(counts[rest], geometry[rest])
    pd.testing.assert_frame_equal(found[rest], expected)
    assert isnan(found.iloc[0, 0])


def test_many_zones_in_one_place() -> None:
    # More zones at one place than are asked for first: all of them in part.
    counts = pd.DataFrame({"a": np.arange(1.0, 41), "b": np.arange(40.0, 0, -1)})
    points = gpd.GeoSeries(shapely.points(np.zeros((40, 2))), crs=3067)
    found = by_zone.local_relative_centralization(counts, points, neighbours=3)
    expected = plain_centralization(counts, [(0.0, 0.0)] * 40, 3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(30)), st.integers(1, 9), st.booleans())
def test_the_order_of_rows_does_not_matter(order: list, neighbours: int, cells: bool) -> None:
    counts = random_counts(5).iloc[:30]
    shapes = grid_cells(5, 6) if cells else shapely.points(*np.divmod(np.arange(30.0), 7))
    geometry = gpd.GeoSeries(shapes, index=counts.index, crs=3067)
    found = by_zone.local_relative_centralization(counts, geometry, neighbours=neighbours)
    again = by_zone.local_relative_centralization(
        counts.iloc[order], geometry.iloc[order[::-1]], neighbours=neighbours
    )
    pd.testing.assert_frame_equal(again, found.iloc[order], atol=1e-12, rtol=0)


def two_points(**options) -> gpd.GeoSeries:
    return gpd.GeoSeries(shapely.points([385_000, 386_000], 6_672_000), **{"crs": 3067, **options})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"neighbours": 0}, "whole number from 1"),
        ({"neighbours": 2.5}, "whole number from 1"),
        ({"neighbours": True}, "whole number from 1"),
        ({"geometry": two_points(index=["x", "y"])}, "geometry has no zone 0"),
        ({"geometry": two_points(index=[0, 0])}, "zone 0 twice"),
        ({"geometry": two_points(crs=None)}, "no coordinate system"),
        ({"geometry": gpd.GeoSeries([*two_points()[:1], None], crs=3067)}, "zone 1 has no geom"),
        ({"geometry": gpd.GeoSeries(shapely.points([24, 25], 60), crs=4326)}, "the degree"),
        ({"counts": pd.DataFrame({"a": ["1", "2"], "b": [2, 1]})}, "'1' members of 'a'"),
        ({"counts": pd.DataFrame({"a": [1, 2], "": [2, 1]})}, "no name"),
    ],
)
def test_mistakes(change: dict, said: str) -> None:
    counts = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    given = {"counts": counts, "geometry": two_points(), **change}
    with pytest.raises(ValueError, match=said):
        by_zone.local_relative_centralization(**given)
    with pytest.raises(ValueError, match=said):
        by_zone.local(**given)


def test_zones_in_another_order_and_more_of_them_are_no_mistake(town) -> None:
    counts = pd.DataFrame({"a": town.x, "b": town.y})
    found = by_zone.local(counts.iloc[3:], town.geometry[::-1])
    expected = by_zone.local(counts.iloc[3:], town.geometry.iloc[3:])
    pd.testing.assert_frame_equal(found, expected)


def test_location_quotient_equals_its_formula(helsinki: Path) -> None:
    counts = paavo(helsinki)[INCOME]
    counts.iloc[0] = 0
    known = counts.dropna()
    found = by_zone.location_quotient(counts)
    everybody = known.to_numpy().sum()
    for zone, row in counts.iterrows():
        for group in counts:
            if row.isna().any() or row.sum() == 0:
                assert np.isnan(found.loc[zone, group])
            else:
                expected = (row[group] / row.sum()) / (known[group].sum() / everybody)
                assert found.loc[zone, group] == pytest.approx(expected, abs=1e-9)
    weights = known.sum(axis=1)
    means = (found.mul(weights, axis=0)).sum() / weights.sum()
    np.testing.assert_allclose(means, 1)


def test_location_quotient_of_a_group_without_members() -> None:
    found = by_zone.location_quotient(pd.DataFrame({"a": [1, 2], "b": [0, 0]}))
    assert found["a"].tolist() == [1, 1]
    assert found["b"].isna().all()


def test_all_local_indices_in_one_frame(town):
    counts = pd.DataFrame({"a": town.x, "b": town.y})
    counts.iloc[2, 1] = np.nan
    found = by_zone.local(counts, town.geometry)
    per_group = ["location_quotient", "local_relative_centralization"]
    expected = {name for name in by_zone.LOCAL if name not in per_group}
    expected |= {f"{name}_{group}" for name in per_group for group in counts}
    assert set(found.columns) == {*expected, "note"}
    assert found.index.equals(counts.index)
    assert found.iloc[2][sorted(expected)].isna().all()
    pd.testing.assert_series_equal(found["local_diversity"], by_zone.local_diversity(counts))
    assert "local_distortion" not in by_zone.local(counts)
    with pytest.raises(ValueError, match="needs the geometry"):
        by_zone.local(counts, indices=["local_distortion"])
    with pytest.raises(ValueError, match="no local index 'gini'"):
        by_zone.local(counts, indices=["gini"])
    twice = by_zone.local(counts, indices=["local_entropy", "local_entropy"])
    assert twice.columns.tolist() == ["local_entropy", "note"]


def test_local_says_why_a_figure_is_undefined():
    counts = pd.DataFrame({"low": [3, 0, np.nan], "high": [1, 0, 5], "none": [0, 0, 0]})
    found = by_zone.local(counts, indices=["local_entropy", "location_quotient"])
    assert found["note"].tolist() == ["no members: none", "no people", "counts missing"]
    assert found["local_entropy"].isna().tolist() == [False, True, True]
    assert by_zone.local(counts, indices=["local_entropy"])["note"].iloc[0] == ""
