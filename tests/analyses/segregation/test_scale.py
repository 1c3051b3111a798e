from math import floor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.segregation import environment, measure, multigroup, scale
from kvarter.geo.environments import kernel_environments, nearest_people

GROUPS = ["low", "middle", "high"]


def cells(row: np.ndarray, column: np.ndarray, size: float = 250.0) -> np.ndarray:
    x, y = column * size + 385_000, row * size + 6_672_000
    return shapely.box(x, y, x + size, y + size)


def town(seed: int = 1, zones: int = 200, side: int = 18) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    """Give a grid with holes, poor in the west and rich in the east."""
    rng = np.random.default_rng(seed)
    row, column = np.divmod(rng.choice(side * side, zones, replace=False), side)
    east = (column + 0.5) / side
    shares = np.stack([1.2 - east, np.ones(zones), 0.2 + east], axis=1)
    counts = rng.poisson(20 * shares)
    counts[rng.random(zones) < 0.1] = 0
    names = pd.Index([f"z{i}" for i in range(zones)], name="zone")
    frame = pd.DataFrame(counts, index=names, columns=GROUPS)
    return frame, gpd.GeoSeries(cells(row, column), index=names, crs=3067)


def real(folder: Path) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    data = gpd.read_file(folder / "hsy_population_grid_2021.gpkg").set_index("id")
    people = data["inhabitants"].to_numpy()
    rng = np.random.default_rng(2)
    first = rng.binomial(people, rng.beta(2, 5, len(people)))
    second = rng.binomial(people - first, 0.4)
    counts = pd.DataFrame(
        np.stack([first, second, people - first - second], axis=1),
        index=data.index,
        columns=GROUPS,
    )
    return counts, data.geometry


def test_a_profile_has_the_indices_of_its_environments() -> None:
    counts, geometry = town()
    table = scale.profile(counts, geometry, neighbours=[1600, 100, 400])
    assert table.columns.tolist() == ["scale", "unit", "group", "index", "value", "note"]
    assert table["scale"].unique().tolist() == [100, 400, 1600]
    assert set(table["unit"]) == {"people"}
    assert set(table["note"]) == {""}
    n = counts.to_numpy(float)
    for k, part in table.groupby("scale"):
        around = nearest_people(n, geometry, people=k)[0][0]
        values = part.set_index(["index", "group"])["value"]
        assert len(values) == 6
        for name in list(scale.PROFILE)[:3]:
            assert values[name, ""] == pytest.approx(scale.PROFILE[name](n, around), abs=1e-12)
        np.testing.assert_allclose(
            values["spatial_isolation"][GROUPS], environment.spatial_isolation(n, around)
        )


@pytest.mark.parametrize("kernel", ["uniform", "triangular", "gaussian", "exponential"])
def test_a_profile_by_radius(kernel: str) -> None:
    counts, geometry = town()
    table = scale.profile(
        counts, geometry, radius=[500, 1000], kernel=kernel, indices="spatial_divergence"
    )
    assert table["unit"].tolist() == ["m", "m"]
    n = counts.to_numpy(float)
    for r, value in zip(table["scale"], table["value"], strict=True):
        around = kernel_environments(n, geometry, radius=r, kernel=kernel)
        assert value == pytest.approx(environment.spatial_divergence(n, around), abs=1e-12)


def test_a_profile_comes_down_to_nothing() -> None:
    counts, geometry = town()
    whole = int(counts.to_numpy().sum())
    scales = [100, 1000, whole, whole + 1]
    table = scale.profile(counts, geometry, neighbours=scales)
    h = table[table["index"] == "spatial_information_theory"]["value"].to_numpy()
    assert h[0] > h[1] > h[2]
    assert h[2] == pytest.approx(0, abs=1e-12)
    above = table[table["scale"] == whole + 1]
    assert above["value"].isna().all()
    assert set(above["note"]) == {f"fewer than {whole + 1:,} people"}
    tiny = scale.profile(counts, geometry, radius=[1], indices=["spatial_information_theory"])
    of_zones = multigroup.information_theory(counts)
    assert tiny["value"].item() == pytest.approx(of_zones)


def test_real_cells_up_to_51_200_people(helsinki: Path) -> None:
    counts, geometry = real(helsinki)
    scales = [100 * 2**i for i in range(10)]
    table = scale.profile(counts, geometry, neighbours=scales)
    assert table["value"].notna().all()
    h = table[table["index"] == "spatial_information_theory"]["value"].to_numpy()
    assert len(h) == 10
    assert (np.diff(h) < 0).all()
    isolation = table[table["index"] == "spatial_isolation"].pivot_table(
        index="scale", columns="group", values="value"
    )
    share = counts.sum() / counts.to_numpy().sum()
    assert (isolation[GROUPS] > share[GROUPS]).all(axis=None)


def test_zones_with_missing_counts_are_nobodys_neighbours() -> None:
    counts, geometry = town()
    holes = counts.astype(float)
    holes.iloc[[4, 9], 1] = np.nan
    gone = counts.drop(index=counts.index[[4, 9]])
    for options in ({"neighbours": [200, 10**6]}, {"radius": [600]}):
        table = scale.profile(holes, geometry, **options)
        expected = scale.profile(gone, geometry, **options)
        np.testing.assert_array_equal(table["value"], expected["value"])
        missing = "2 zones left out: counts missing"
        notes = [f"{note}; {missing}" if note else missing for note in expected["note"]]
        assert table["note"].tolist() == notes


def test_what_is_not_defined_has_its_reason() -> None:
    counts, geometry = town()
    zero = counts.assign(middle=0)
    notes = scale.profile(zero, geometry, neighbours=[100]).set_index(["index", "group"])
    assert notes.loc[("spatial_isolation", "middle"), "note"] == "the group has no members"
    assert notes.loc[("spatial_information_theory", ""), "note"] == ""
    one = scale.profile(zero.assign(high=0), geometry, neighbours=[100]).set_index(
        ["index", "group"]
    )
    for name in list(scale.PROFILE)[:2]:
        assert one.loc[(name, ""), "note"] == "everybody is in one group"
    assert one.loc[("spatial_isolation", "low"), "value"] == pytest.approx(1)
    single = scale.profile(counts[["low"]], geometry, radius=[600])
    assert set(single["note"]) == {"the attribute has only one group", ""}
    assert single["value"].isna().sum() == 3
    nobody = scale.profile(counts * 0, geometry, radius=[600])
    assert set(nobody["note"]) == {"no people"}
    assert nobody["value"].isna().all()


def test_a_cost_table_gives_the_environments() -> None:
    counts, geometry = town(zones=60, side=9)
    at = geometry.centroid
    pairs = [(a, b) for a in counts.index for b in counts.index]
    table = pd.DataFrame(pairs, columns=["zone", "other"])
    table["cost"] = at[table["zone"]].distance(at[table["other"]], align=False).to_numpy()
    lived = int((counts.sum(axis=1) > 0).sum())
    for options in ({"neighbours": [100, 400]}, {"radius": [600], "kernel": "gaussian"}):
        found = scale.profile(counts, costs=table, **options)
        expected = scale.profile(counts, geometry, **options)
        np.testing.assert_allclose(found["value"], expected["value"], atol=1e-9)
    assert set(found["unit"]) == {"cost"}
    near = table[table["cost"] < 600]
    part = scale.profile(counts, costs=near, neighbours=[500])
    assert (
        part["note"]
        .str.fullmatch(r"\d+ zones? left out: fewer than 500 people within reach")
        .all()
    )
    alone = scale.profile(counts, costs=table[:0], neighbours=[500])
    assert set(alone["note"]) == {"fewer than 500 people within reach"}
    assert lived > 40


def test_the_order_of_the_places_is_that_of_their_names() -> None:
    counts, geometry = town()
    mixed = geometry.sample(frac=1, random_state=1)
    expected = scale.profile(counts, geometry, neighbours=[300])
    pd.testing.assert_frame_equal(scale.profile(counts, mixed, neighbours=[300]), expected)


def test_macro_micro() -> None:
    counts, geometry = town()
    table = scale.profile(counts, geometry, radius=[4000, 500, 1000])
    ratios = scale.macro_micro(table)
    assert ratios.columns.tolist() == [
        "group", "index", "smallest", "largest", "unit", "value", "note",
    ]  # fmt: skip
    values = table.set_index(["scale", "index", "group"])["value"]
    assert len(ratios) == 6
    for row in ratios.itertuples():
        key = (row.index, row.group)
        expected = values[(4000.0, *row[2:0:-1])] / values[(500.0, *row[2:0:-1])]
        assert row.value == pytest.approx(expected), key
    assert set(ratios["note"]) == {""}
    with pytest.raises(ValueError, match="two scales"):
        scale.macro_micro(table[table["scale"] == 500])


def test_macro_micro_says_why_not() -> None:
    counts, geometry = town()
    far = scale.profile(counts, geometry, neighbours=[100, 10**6])
    ratios = scale.macro_micro(far)
    assert ratios["value"].isna().all()
    assert set(ratios["note"]) == {"at 1,000,000: fewer than 1,000,000 people"}
    even = pd.DataFrame({"a": [5, 5], "b": [5, 5]})
    line = gpd.GeoSeries(cells(np.array([0, 0]), np.array([0, 1])), crs=3067)
    ratios = scale.macro_micro(scale.profile(even, line, neighbours=[10, 20]))
    assert ratios["note"].tolist() == ["no segregation at 10"] * 3 + ["", ""]
    assert ratios["value"].isna().tolist() == [True] * 3 + [False] * 2


def test_divergence_profile_is_by_zone_and_scale() -> None:
    counts, geometry = town()
    holes = counts.astype(float)
    holes.iloc[3, 0] = np.nan
    n = holes.fillna(0).mul(holes.notna().all(axis=1), axis=0).to_numpy()
    out = scale.divergence_profile(holes, geometry, neighbours=[100, 900])
    around, distances = nearest_people(n, geometry, people=[100, 900])
    assert out.index.equals(counts.index)
    assert out["divergence"].columns.tolist() == [100, 900]
    known = holes.notna().all(axis=1).to_numpy()
    for i, k in enumerate([100, 900]):
        expected = environment.local_spatial_divergence(n, around[i])
        np.testing.assert_allclose(out["divergence", k][known], expected[known], atol=1e-12)
        np.testing.assert_allclose(out["distance", k][known], distances[i][known])
    assert out[~known].isna().to_numpy().all()
    mean = (out["divergence", 100] * n.sum(axis=1)).sum() / n.sum()
    table = scale.profile(holes, geometry, neighbours=[100], indices="spatial_divergence")
    assert mean == pytest.approx(table["value"].item())
    by_radius = scale.divergence_profile(counts, geometry, radius=[500])
    people = kernel_environments(counts.to_numpy(float), geometry, radius=500).sum(axis=1)
    np.testing.assert_allclose(by_radius["people", 500], people)


def plain_squares(
    n: list[list[float]], at: list[tuple[float, float]], side: float, east: float, north: float
) -> list[list[float]]:
    squares: dict[tuple[int, int], list[float]] = {}
    for zone, (x, y) in zip(n, at, strict=True):
        place = floor(x / side - east + 1e-6), floor(y / side - north + 1e-6)
        before = squares.get(place, [0.0] * len(zone))
        squares[place] = [a + b for a, b in zip(before, zone, strict=True)]
    return list(squares.values())


ORIGINS = {"0, 0": (0, 0), "1/2, 0": (0.5, 0), "0, 1/2": (0, 0.5), "1/2, 1/2": (0.5, 0.5)}


@pytest.mark.parametrize("regular", [True, False])
def test_zoning_is_the_measures_of_the_squares(regular: bool) -> None:
    counts, geometry = town()
    if not regular:
        x, y = np.random.default_rng(5).uniform(0, 4500, (2, len(counts)))
        geometry = gpd.GeoSeries.from_xy(x, y, index=counts.index, crs=3067)
    lived = counts.sum(axis=1) > 0
    bounds = geometry[lived].total_bounds
    at = [(p.x - bounds[0], p.y - bounds[1]) for p in geometry[lived].centroid]
    table = scale.zoning(counts, geometry)
    assert table["origin"].unique().tolist() == list(ORIGINS)
    assert table["size"].unique().tolist() == [250, 500, 1000, 2000]
    for (size, origin), part in table.groupby(["size", "origin"]):
        squares = plain_squares(counts[lived].to_numpy(float).tolist(), at, size, *ORIGINS[origin])
        frame = pd.DataFrame(squares, columns=GROUPS)
        assert set(part["zones"]) == {len(squares)}
        assert frame.to_numpy().sum() == counts.to_numpy().sum()
        every = measure(frame)
        expected = every[every["other"] == ""].set_index(["index", "group"])["value"]
        found = part.set_index(["index", "group"])["value"]
        assert len(found) == 8
        for key, value in found.items():
            assert value == pytest.approx(expected[key], abs=1e-12)
    by_size = table[(table["index"] == "information_theory") & (table["origin"] == "0, 0")]
    assert (np.diff(by_size["value"]) < 0).all()


def test_squares_as_large_as_the_cells_are_the_cells(helsinki: Path) -> None:
    counts, geometry = real(helsinki)
    table = scale.zoning(counts, geometry, sizes=[250, 1000], indices=["information_theory"])
    own = table[table["size"] == 250]
    of_cells = multigroup.information_theory(counts)
    np.testing.assert_allclose(own["value"], of_cells, atol=1e-12)
    assert set(own["zones"]) == {int((counts.sum(axis=1) > 0).sum())}
    assert (table[table["size"] == 1000]["value"] < of_cells).all()


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 1000),
    st.floats(30, 3000),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1, exclude_max=True),
)
def test_aggregation_keeps_the_people(seed: int, side: float, east: float, north: float) -> None:
    rng = np.random.default_rng(seed)
    n = rng.poisson(3, (40, 3)).astype(float)
    squares = scale._aggregate(n, rng.uniform(0, 2000, (40, 2)), side, east, north)
    np.testing.assert_array_equal(squares.sum(axis=0), n.sum(axis=0))


def test_more_origins_and_other_sizes() -> None:
    counts, geometry = town()
    table = scale.zoning(counts, geometry, sizes=[750], origins=9, indices="dissimilarity")
    assert table["origin"].unique()[:4].tolist() == ["0, 0", "1/3, 0", "2/3, 0", "0, 1/3"]
    assert len(table) == 27
    nobody = scale.zoning(counts * 0, geometry, sizes=[500], origins=1)
    assert set(nobody["note"]) == {"no people"}
    missing = counts.astype(float)
    missing.iloc[0, 0] = np.nan
    notes = scale.zoning(missing.assign(low=0.0), geometry, sizes=[500], origins=1)["note"]
    assert set(notes) == {"", "the group has no members"}
    notes = scale.zoning(missing, geometry, sizes=[500], origins=1)["note"]
    assert set(notes) == {"1 zone left out: counts missing"}


def test_mistakes() -> None:
    counts, geometry = town(zones=30, side=8)
    for options in ({}, {"neighbours": [10], "radius": [100]}):
        for function in (scale.profile, scale.divergence_profile):
            with pytest.raises(ValueError, match="one of both"):
                function(counts, geometry, **options)
    with pytest.raises(ValueError, match="one scale or more"):
        scale.profile(counts, geometry, radius=[])
    with pytest.raises(ValueError, match="above 0"):
        scale.profile(counts, geometry, neighbours=[-1])
    with pytest.raises(ValueError, match="no index 'gini'"):
        scale.profile(counts, geometry, neighbours=[10], indices=["gini"])
    with pytest.raises(ValueError, match="geometry, or costs"):
        scale.profile(counts, neighbours=[10])
    with pytest.raises(ValueError, match="counts and no geometry"):
        scale.profile(counts, geometry[1:], neighbours=[10])
    with pytest.raises(ValueError, match="twice"):
        scale.profile(counts, geometry.iloc[[0, 0]], neighbours=[10])
    with pytest.raises(ValueError, match="has -1 members"):
        scale.profile(counts - 1 - counts, geometry, neighbours=[10])
    with pytest.raises(ValueError, match="100 m are smaller than the zones, whose side is 250 m"):
        scale.zoning(counts, geometry, sizes=[100, 500])
    wide = geometry.buffer(300)
    with pytest.raises(ValueError, match="smaller than the zones"):
        scale.zoning(counts, wide, sizes=[500])
    with pytest.raises(ValueError, match="square number"):
        scale.zoning(counts, geometry, origins=3)
    with pytest.raises(ValueError, match="no index 'gini'"):
        scale.zoning(counts, geometry, indices="gini")
    with pytest.raises(ValueError, match="no coordinate system"):
        scale.zoning(counts, geometry.set_crs(None, allow_override=True))


@pytest.mark.parametrize("regular", [True, False])
def test_squares_begin_at_the_corner_of_the_study_area(regular: bool) -> None:
    west = np.arange(0, 1500, 250)
    boxes = shapely.box(west, 0, west + 250, 250 if regular else 250 + west / 10)
    cells = gpd.GeoSeries(boxes, crs=3067)
    # Nobody lives in the first cell: the pairs are still (1, 2), (3, 4) and (5, 6).
    counts = pd.DataFrame({"a": [0, 8, 2, 0, 5, 1], "b": [0, 2, 8, 10, 3, 7]})
    table = scale.zoning(counts, cells, sizes=500, origins=1, indices=["information_theory"])
    squares = counts.groupby([0, 0, 1, 1, 2, 2]).sum().to_numpy(dtype=float)
    assert table["value"].tolist() == pytest.approx([multigroup.information_theory(squares)])


def test_a_kernel_without_a_radius_is_a_mistake() -> None:
    cells = gpd.GeoSeries(shapely.box([0, 250], 0, [250, 500], 250), crs=3067)
    counts = pd.DataFrame({"a": [9, 1], "b": [1, 9]})
    with pytest.raises(ValueError, match="'bogus' is for radius"):
        scale.profile(counts, cells, neighbours=[5], kernel="bogus")
