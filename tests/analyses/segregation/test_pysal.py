import builtins
from importlib.metadata import version

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.analyses.segregation import DIMENSION, _differences, measure, pysal

# PySAL compiles the first anew for each figure and draws a thousand towns for each of the others;
# the figures of the page have them all.
SLOW = ("spatial_proximity_profile", "modified_dissimilarity", "modified_gini")
NAMES = ("aalto", "berg", "cajan")
RNG = np.random.default_rng(3)


@pytest.fixture(scope="module")
def counts():
    """Give a town where every zone has people of each group."""
    n = 1 + RNG.poisson([40, 20, 10], (42, 3)) * RNG.integers(1, 5, (42, 1))
    return pd.DataFrame(n, columns=NAMES)


@pytest.fixture(scope="module")
def geometry():
    """Give zones of unlike size, each with neighbours."""
    east, north = (np.cumsum(RNG.uniform(200, 900, side + 1)) for side in (7, 6))
    row, column = np.divmod(np.arange(42), 7)
    boxes = shapely.box(east[column], north[row], east[column + 1], north[row + 1])
    return gpd.GeoSeries(boxes, crs="EPSG:3067")


@pytest.fixture(scope="module")
def table(counts, geometry):
    indices = [index for index in DIMENSION if index not in SLOW]
    return pysal.audit(counts, geometry, indices=indices, seed=7)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("index", [index for index in pysal.SINGLE if index not in SLOW])
def test_the_engine_gives_what_the_class_gives(counts, geometry, index, table):
    from segregation import singlegroup

    rows = table[table["index"] == index]
    assert len(rows) >= 3
    for group, other, found in rows[["group", "other", "pysal"]].itertuples(
        index=False, name=None
    ):
        total = counts[[group, other]].sum(axis=1) if other else counts.sum(axis=1)
        frame = gpd.GeoDataFrame({"x": counts[group], "t": total}, geometry=geometry)
        given = {}
        if index in pysal.CENTRED:
            place = frame.geometry.iloc[central(counts, geometry)].centroid
            given["center"] = (place.x, place.y)
        if index in pysal.DRAWN - {"bias_corrected_dissimilarity"}:
            given["n_jobs"] = 1
        np.random.seed(7)  # noqa: NPY002
        value = getattr(singlegroup, pysal.SINGLE[index])(frame, "x", "t", **given).statistic
        assert found == pytest.approx(value, abs=1e-12), (group, other)


def central(counts, geometry):
    from kvarter.analyses.segregation._space import Space, most_central

    space = Space(counts, geometry)
    return most_central(space.points, space.people)


@pytest.mark.parametrize("index", pysal.MULTI)
def test_the_engine_gives_what_the_class_of_all_groups_gives(counts, geometry, index, table):
    from segregation import multigroup

    frame = gpd.GeoDataFrame(counts, geometry=geometry)
    value = getattr(multigroup, pysal.MULTI[index])(frame, list(NAMES)).statistic
    found = table.loc[table["index"] == index, "pysal"]
    assert found.tolist() == pytest.approx([value], abs=1e-12)


def test_every_difference_in_a_plain_town_is_explained(table):
    differs = table["difference"].abs() > 1e-6
    assert table[differs & (table["note"] == "")].empty
    known = {index for where, _, _ in pysal.DEPARTURES[:-1] for index in where}
    assert set(table[differs]["index"]) <= known
    agree = {*pysal.SINGLE, *pysal.MULTI} - known
    assert len(agree) == 18
    same = table[table["index"].isin(agree)]
    assert (same["difference"].abs() < 1e-6).all()
    assert (same["note"] == "").all()
    absent = table[~table["index"].isin([*pysal.SINGLE, *pysal.MULTI])]
    assert (absent["note"] == pysal.NOT_THERE).all()
    assert absent["pysal"].isna().all()


def test_no_areas_are_alike_and_no_distances_so_those_indices_agree(table):
    alone = table[table["index"].isin([*pysal.CENTRED, *pysal.CONCENTRATION])]
    alone = alone[~((alone["index"] == "relative_concentration") & (alone["other"] != ""))]
    assert (alone["difference"].abs() < 1e-6).all()
    assert (table.loc[table["index"] == "perimeter_area_dissimilarity", "note"] == "").all()


def test_zones_without_people_are_told(counts, geometry):
    empty = counts.copy()
    empty.loc[9] = 0
    row = pysal.audit(empty, geometry, indices=["spatial_dissimilarity"]).iloc[0]
    assert abs(row["difference"]) > 1e-6
    assert "without people" in row["note"]


def test_measure_hands_over(counts, geometry):
    names = ["gini", "spatial_dissimilarity", "gorard"]
    found = measure(counts, geometry, indices=names, engine="pysal")
    expected = measure(counts, geometry, indices=names)
    assert found.columns.tolist() == expected.columns.tolist()
    assert found[["group", "other", "index"]].equals(expected[["group", "other", "index"]])
    there = found["index"] != "gorard"
    assert found.loc[there, "value"].tolist() == pytest.approx(expected.loc[there, "value"])
    assert (found.loc[~there, "note"] == pysal.NOT_THERE).all()
    with pytest.raises(ValueError, match="engine is 'oasis'"):
        measure(counts, engine="oasis")


def test_what_pysal_cannot_do_is_a_figure_with_a_reason(counts, geometry):
    areas = geometry.area / 2
    found = pysal.measure_with_pysal(counts, geometry, indices=["delta"], areas=areas)
    assert (found["note"] == "PySAL takes the areas of the outlines").all()
    two = [(0, 0), (1000, 1000)]
    found = pysal.measure_with_pysal(
        counts, geometry, indices=["absolute_centralization"], centre=two
    )
    assert (found["note"] == "PySAL takes one centre").all()
    found = pysal.measure_with_pysal(counts, indices=["spatial_proximity"])
    assert (found["note"] == "needs the geometry of the zones").all()
    squares = gpd.GeoSeries(shapely.box([0, 1, 2], 0, [1, 2, 3], 1), crs="EPSG:3067")
    small = pd.DataFrame({"x": [1, 2, 3], "y": [3, 2, 1]})
    found = pysal.measure_with_pysal(small, squares, indices=["absolute_concentration"])
    assert found["note"].str.startswith("PySAL gives").all()
    broken = pysal.measure_with_pysal(small / 7, indices=["bias_corrected_dissimilarity"])
    assert broken["value"].notna().all() or broken["note"].str.startswith("PySAL").all()


def test_too_many_pairs_are_not_tried(monkeypatch, counts, geometry):
    monkeypatch.setattr(pysal, "PAIRS_UP_TO", 10)
    found = pysal.measure_with_pysal(counts, geometry, indices=["spatial_proximity", "gini"])
    assert found.loc[found["index"] == "spatial_proximity", "note"].str.contains("all pairs").all()
    assert found.loc[found["index"] == "gini", "value"].notna().all()


def test_zones_that_are_not_known_are_left_out(counts):
    unknown = counts.astype(float)
    unknown.iloc[3, 1] = np.nan
    found = pysal.measure_with_pysal(unknown, indices=["gini"])
    expected = measure(unknown, indices=["gini"])
    assert found["value"].tolist() == pytest.approx(expected["value"].tolist())
    assert found["note"].tolist() == expected["note"].tolist()


def test_nothing_is_left_changed(counts, recwarn):
    before, state = np.geterr(), np.random.get_state()[1].copy()  # noqa: NPY002
    pysal.measure_with_pysal(counts, indices=["entropy", "modified_dissimilarity"])
    assert np.geterr() == before
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
    assert len(recwarn) == 0


def test_without_pysal_the_error_says_what_to_install(monkeypatch, counts):
    real = builtins.__import__

    def absent(name, *rest):
        if name == "segregation":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ImportError, match=r"pip install kvarter\[audit\]"):
        pysal.audit(counts, indices=["gini"])


@pytest.mark.slow
def test_the_page_has_the_figures_that_the_command_prints(pytestconfig):
    page = (pytestconfig.rootpath / "docs" / "differences.md").read_text(encoding="utf-8")
    if f"PySAL `segregation` {version('segregation')}:" not in page:
        pytest.skip("the page is of another version of PySAL")
    printed = _differences.markdown()
    assert [line for line in printed.splitlines() if line not in page] == []
