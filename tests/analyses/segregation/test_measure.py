"""One call for every index: which figures there are, and the reason for each that there is not."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kvarter.analyses import segregation
from kvarter.analyses.segregation import _measure
from kvarter.geo import neighbours


def frame(array):
    return pd.DataFrame(array, columns=list("abcd")[: array.shape[1]])


def random_counts(seed, zones=50):
    counts = np.random.default_rng(seed).poisson([3, 30, 80, 1], (zones, 4)) * 1.0
    counts[::9] = 0
    return frame(counts)


@pytest.fixture
def placed(town):
    counts = pd.DataFrame({"a": town.x, "b": town.y, "c": np.roll(town.x, 3)})
    return counts, town.geometry


def values(table):
    return table.set_index(["group", "other", "index"])["value"]


def test_every_index_of_the_catalogue_has_its_figures(placed):
    counts, geometry = placed
    table = segregation.measure(counts, geometry, ordered=True)
    kinds = {i.name for i in segregation.INDICES.values() if i.kind != "local"}
    assert set(table["index"]) == kinds
    # On cells of one size, concentration is not defined; everything else is.
    undefined = table[table["value"].isna()]
    cells = np.ptp(geometry.area) < 1
    assert set(undefined["index"]) == (
        {"absolute_concentration", "relative_concentration"} if cells else set()
    )
    assert (undefined["note"] != "").all()
    assert table["dimension"].notna().all()
    for row in table.dropna(subset="value").itertuples(index=False):
        index = segregation.INDICES[row[2]]
        assert index.low - 1e-9 <= row.value <= index.high + 1e-9


def test_the_figures_are_those_of_the_functions(placed):
    counts, geometry = placed
    found = values(segregation.measure(counts, geometry))
    total, rest = counts.sum(axis=1), counts.sum(axis=1) - counts["a"]
    assert found["a", "", "gini"] == segregation.gini(counts["a"], rest)[0]
    assert found["a", "b", "gini"] == segregation.gini(counts["a"], counts["b"])[0]
    assert found["b", "a", "interaction"] == pytest.approx(
        segregation.interaction(counts["b"], counts["a"], total)[0]
    )
    touching = neighbours.contiguity(geometry).sparse
    expected = segregation.spatial_dissimilarity(counts["a"], counts["c"], touching)[0]
    assert found["a", "c", "spatial_dissimilarity"] == pytest.approx(expected)
    assert found["", "", "multigroup_gini"] == segregation.multigroup_gini(counts.to_numpy())


def test_which_pairs_there_are():
    assert _measure.places("dissimilarity", 3) == [
        *((0, -1), (1, -1), (2, -1)),
        *((0, 1), (0, 2), (1, 2)),
    ]
    assert _measure.places("interaction", 2) == [(0, 1), (1, 0)]
    assert _measure.places("isolation", 2) == [(0, -1), (1, -1)]
    assert _measure.places("information_theory", 5) == [(-1, -1)]


def test_without_geometry_or_order_what_needs_them_says_why(squares):
    table = segregation.measure(random_counts(1))
    assert list(dict.fromkeys(table["index"])) == list(_measure.DIMENSION)
    lacking = table[table["index"].isin(_measure.SPATIAL | set(_measure.ORDERED))]
    assert lacking["index"].is_unique
    assert lacking["value"].isna().all()
    assert lacking["note"].str.startswith("needs ").all()
    # What can be answered of what was given is.
    counts, cells = random_counts(1, 12), squares(3, 4)
    graph = neighbours.contiguity(cells)
    for options, index in [
        ({"graph": graph}, "spatial_dissimilarity"),
        ({"areas": cells.area}, "delta"),
    ]:
        every = values(segregation.measure(counts, **options))
        one = values(segregation.measure(counts, indices=[index], **options))
        assert one.notna().all()
        assert every[one.index].equals(one)
    table = segregation.measure(random_counts(1), indices=["delta", "spatial_proximity"])
    assert table["value"].isna().all()
    assert set(table["note"]) == {"needs the geometry of the zones"}
    two = random_counts(1)[["a", "b"]]
    table = segregation.measure(two, indices=["ordinal_information_theory"])
    assert table["note"].tolist() == ["needs three groups or more, in order"]


def test_the_unit_the_centre_and_islands_stand_in_the_note(placed):
    counts, geometry = placed
    table = segregation.measure(counts, geometry, centre=(385_000, 6_672_000))
    notes = table.drop_duplicates("index").set_index("index")["note"]
    assert notes["spatial_proximity"] == "distances in km"
    assert notes["relative_centralization"] == "centre: (385000, 6672000)"
    metres = segregation.measure(
        counts,
        geometry,
        indices=["spatial_proximity"],
        decay=lambda d: np.exp(-d / 1000),
        distance_unit="m",
    )
    assert metres["note"].tolist() == ["distances in m"] * 6
    kilometres = table[table["index"] == "spatial_proximity"]["value"]
    np.testing.assert_allclose(metres["value"], kilometres, atol=1e-9)


def test_islands_are_joined_and_told(squares):
    cells = squares(3, 9)
    cells = cells.drop(index=[3, 12, 21])
    rng = np.random.default_rng(0)
    counts = pd.DataFrame(rng.poisson(9, (24, 2)), index=cells.index, columns=["a", "b"])
    table = segregation.measure(counts, cells, indices=["spatial_proximity_profile"])
    assert table["value"].notna().all()
    assert table["note"][0] == "2 parts without a common border, each joined to the nearest"


def test_centres():
    from kvarter.analyses.segregation._space import Space, most_central

    points = np.array([[0.0, 0], [1000, 0], [2000, 0], [9000, 0]])
    # The median of people, not their mean: one distant zone does not pull it along.
    assert most_central(points, np.array([10.0, 10, 10, 9])) == 1
    counts = pd.DataFrame({"a": [1.0] * 4, "b": [2.0] * 4})
    geometry = gpd.GeoSeries.from_xy(*points.T, crs=3067)
    several = Space(counts, geometry, centre=[(0, 0), (9000, 0)])
    np.testing.assert_allclose(several.distance, [0, 1000, 2000, 0])
    with pytest.raises(ValueError, match="centre is 'town'"):
        segregation.measure(counts, geometry, indices=["relative_centralization"], centre="town")


any_counts = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(2, 4)),
    elements=st.integers(0, 60).map(float),
)


@settings(max_examples=60, deadline=None)
@given(any_counts)
def test_every_figure_has_a_value_or_a_reason_and_keeps_its_range(array):
    table = segregation.measure(frame(array), ordered=True)
    assert (table["value"].notna() | (table["note"] != "")).all()
    for row in table.dropna(subset="value").itertuples(index=False):
        index = segregation.INDICES[row[2]]
        assert index.low - 1e-9 <= row.value <= index.high + 1e-9
    again = segregation.measure(frame(array[::-1]), ordered=True)
    np.testing.assert_allclose(again["value"], table["value"], atol=1e-9)
    assert again["note"].tolist() == table["note"].tolist()


@settings(max_examples=20, deadline=None)
@given(
    hnp.arrays(np.float64, (6, 3), elements=st.sampled_from([0.0, 0, 1, 3, 30])),
    hnp.arrays(np.float64, 5, elements=st.sampled_from([1.0, 2, 12])),
)
def test_every_figure_of_places_keeps_its_range(array, sides):
    # Two rows of zones of any width and height.
    west, north = np.cumsum([0, *sides[:3]]), np.cumsum([0, *sides[3:]])
    row, column = np.divmod(np.arange(6), 3)
    boxes = shapely.box(west[column], north[row], west[column + 1], north[row + 1])
    zones = gpd.GeoSeries(boxes, crs=3067).scale(200, 200, origin=(0, 0))
    table = segregation.measure(frame(array), zones, ordered=True)
    figures = [(row[2], row.value) for row in table.dropna(subset="value").itertuples(index=False)]
    by_zone = segregation.local(frame(array), zones, neighbours=2)
    for name in segregation.by_zone.LOCAL:
        figures += [
            (name, value) for value in by_zone.filter(regex=f"^{name}").melt()["value"].dropna()
        ]
    for name, value in figures:
        index = segregation.INDICES[name]
        assert index.low - 1e-9 <= value <= index.high + 1e-9, name


def test_what_is_not_defined_has_its_reason():
    def notes(counts):
        table = segregation.measure(
            counts, indices=["dissimilarity", "isolation", "interaction", "information_theory"]
        )
        assert (table["value"].isna() == (table["note"].str.len() > 0)).all()
        return table.set_index(["group", "other", "index"])["note"].to_dict()

    found = notes(pd.DataFrame({"a": [5.0, 3], "b": [0.0, 0], "c": [1.0, 4]}))
    assert found["b", "", "isolation"] == "the group has no members"
    assert found["b", "c", "interaction"] == "the group has no members"
    assert found["a", "b", "dissimilarity"] == "the other group has no members"
    assert found["", "", "information_theory"] == ""
    found = notes(pd.DataFrame({"a": [5.0, 3], "b": [0.0, 0]}))
    assert found["a", "", "dissimilarity"] == "everybody is in one group"
    assert found["a", "", "isolation"] == ""
    assert found["", "", "information_theory"] == "everybody is in one group"
    found = notes(pd.DataFrame({"a": [5.0, 3]}))
    assert set(found.values()) == {"the attribute has only one group"}
    for nobody in (pd.DataFrame({"a": [0.0], "b": [0.0]}), pd.DataFrame({"a": [], "b": []})):
        assert set(notes(nobody).values()) == {"no people"}


def test_zones_with_missing_counts_are_left_out_and_counted(placed):
    counts, geometry = placed
    holes = counts.astype("Float64")
    holes.iloc[[3, 4, 7], [0, 1, 2]] = pd.NA
    found = segregation.measure(holes, geometry)
    kept = counts.drop(index=[3, 4, 7])
    expected = segregation.measure(kept, geometry.loc[kept.index])
    np.testing.assert_allclose(found["value"], expected["value"], atol=1e-12)
    assert found["note"].str.endswith("3 zones left out: counts missing").all()


def test_fractions_and_weights_are_counts_too(placed):
    counts, geometry = placed
    whole = values(segregation.measure(counts, geometry))
    part = values(segregation.measure(counts / 8, geometry))
    same = [i for i in whole.index if i[2] not in _measure.CORRECTED]
    np.testing.assert_allclose(part[same], whole[same], atol=1e-9)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (pd.DataFrame({"a": [1.0, -2], "b": [1.0, 1]}, index=["y", "z"]), "zone 'z' has -2"),
        (pd.DataFrame({"a": [1.0, np.inf]}), "zone 1 has inf"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a' twice"),
        (pd.DataFrame(index=[1]), "no columns"),
    ],
)
def test_mistakes_in_counts(counts, said):
    with pytest.raises(ValueError, match=said):
        segregation.measure(counts)


def test_mistakes_in_the_call(squares):
    counts, cells = random_counts(1, 12), squares(3, 4)
    with pytest.raises(ValueError, match="no index 'ginni'; did you mean 'gini'"):
        segregation.measure(counts, indices=["ginni"])
    with pytest.raises(ValueError, match="distance_unit is 'mile'"):
        segregation.measure(counts, cells, distance_unit="mile")
    with pytest.raises(ValueError, match="geometry has no zone 11"):
        segregation.measure(counts, cells.iloc[:-1])
    with pytest.raises(ValueError, match="unit is the degree"):
        segregation.measure(counts, cells.to_crs(4326))
    for option in ({"decay": np.reciprocal}, {"distance_unit": "m"}):
        with pytest.raises(ValueError, match="PySAL takes no decay"):
            segregation.measure(counts, cells, engine="pysal", **option)
    graph = neighbours.contiguity(cells.iloc[:-1])
    with pytest.raises(ValueError, match="zone 11 is not in the graph"):
        segregation.measure(counts, cells, graph=graph, indices=["spatial_dissimilarity"])


def test_many_tables_at_once_are_the_same_one_by_one(placed):
    counts, geometry = placed
    rng = np.random.default_rng(4)
    tables = rng.poisson(counts.to_numpy()[:, :, None], (*counts.shape, 5)).astype(float)
    tables[counts.sum(axis=1) == 0] = 0
    space = _measure.Space(counts, geometry)
    for index in _measure.DIMENSION:
        if index in ("absolute_concentration", "relative_concentration") and (
            np.ptp(geometry.area) < 1
        ):
            continue
        together = _measure.evaluate(index, tables, space)
        for k in range(5):
            one = _measure.evaluate(index, tables[:, :, k], space)
            np.testing.assert_allclose(together[:, k], one, atol=1e-9, err_msg=index)
