"""Where the zones are: what each index needs, and what is taken for a centre."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.analyses import segregation

COUNTS = pd.DataFrame({"a": [9.0, 2, 5, 1], "b": [2.0, 7, 1, 8]})
WEST = np.array([0.0, 250, 500, 900])
CELLS = gpd.GeoSeries(shapely.box(WEST, 0, WEST + 250, 250), crs=3067)
CENTRAL = ["relative_centralization"]


@pytest.mark.parametrize(
    "centre",
    [
        (125.0, 125.0),
        [(125.0, 125.0)],
        np.array([125, 125]),
        shapely.Point(125, 125),
        [shapely.Point(125, 125)],
        gpd.GeoSeries([shapely.Point(125, 125)], crs=3067),
    ],
)
def test_a_centre_is_a_point_however_it_is_written(centre):
    found = segregation.measure(COUNTS, CELLS, indices=CENTRAL, centre=centre)
    expected = segregation.relative_centralization(COUNTS["a"], COUNTS["b"], WEST)
    assert found["value"][0] == pytest.approx(expected[0])
    assert found["note"][0] == "centre: (125, 125)"


def test_several_centres():
    points = [shapely.Point(125, 125), shapely.Point(1025, 125)]
    found = segregation.measure(COUNTS, CELLS, indices=CENTRAL, centre=points)
    again = segregation.measure(COUNTS, CELLS, indices=CENTRAL, centre=[(125, 125), (1025, 125)])
    pd.testing.assert_frame_equal(found, again)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"centre": None}, "centre must be a point"),
        ({"centre": []}, "centre must be a point"),
        ({"centre": 5}, "centre must be a point"),
        ({"centre": (1, 2, 3)}, "centre must be a point"),
        ({"centre": [(1, 2), (3,)]}, "centre must be a point"),
        ({"centre": ("a", "b")}, "centre must be a point"),
        ({"centre": shapely.Point()}, "centre must be a point"),
        ({"centre": CELLS[0]}, "centre must be a point"),
        ({"centre": "town"}, "centre is 'town'"),
        ({"distance_unit": "mile"}, "distance_unit is 'mile'"),
        ({"geometry": CELLS.iloc[1:]}, "geometry has no zone 0"),
        ({"geometry": CELLS.set_axis([0, 1, 2, 2])}, "geometry names zone 2 twice"),
        ({"geometry": CELLS.set_crs(None, allow_override=True)}, "no coordinate system"),
        ({"geometry": CELLS.to_crs(4326)}, "the degree"),
        ({"geometry": CELLS.where(WEST < 900)}, "zone 3 has no geometry"),
        ({"areas": pd.Series([1.0], index=[0])}, "areas has no zone 1"),
    ],
)
def test_mistakes(given, said):
    with pytest.raises(ValueError, match=said):
        segregation.measure(COUNTS, **{"geometry": CELLS, "indices": CENTRAL, **given})


@pytest.mark.parametrize(
    ("index", "needs"),
    [
        ("delta", "needs the area of each zone: zone 0 is a point without any"),
        ("absolute_centralization", "needs the area of each zone: zone 0 is a point without any"),
        ("spatial_proximity", "needs the area of each zone: zone 0 is a point without any"),
        ("spatial_dissimilarity", "needs zones with a border: zone 0 is a point without any"),
        ("boundary_dissimilarity", "needs zones with a border: zone 0 is a point without any"),
        ("spatial_proximity_profile", "needs zones with a border: zone 0 is a point without any"),
    ],
)
def test_what_points_lack_is_told(index, needs):
    points = CELLS.centroid
    found = segregation.measure(COUNTS, points, indices=[index])
    assert found["value"].isna().all()
    assert set(found["note"]) == {needs}
    assert segregation.measure(COUNTS, points, indices=CENTRAL)["value"].notna().all()


def test_areas_that_are_given_will_do():
    areas = pd.Series([1.0, 1, 1, 2])
    found = segregation.measure(COUNTS, CELLS.centroid, indices=["delta"], areas=areas)
    assert found["value"].notna().all()
