"""What the environments refuse to be made of."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.geo.environments import kernel_environments, nearest_people

TWO = gpd.GeoSeries.from_xy([0, 900], [0, 400], crs=3067)


@pytest.mark.parametrize(
    ("counts", "geometry", "said"),
    [
        ([[1.0], [np.nan]], TWO, "row 1 of counts has nan"),
        ([[1.0], [-3.0]], TWO, "row 1 of counts has -3"),
        ([[1.0]], TWO, "1 zones and places of 2"),
        (np.zeros((2, 2, 2)), TWO, "3 dimensions"),
        (pd.DataFrame({"a": [1, 2]}, index=[5, 6]), TWO, "same index"),
        ([[1.0], [2.0]], None, "geometry, or costs"),
        ([[1.0], [2.0]], TWO.to_crs(4326), "degree"),
        ([[1.0], [2.0]], gpd.GeoSeries([shapely.Point(), None], crs=3067), "has no place"),
    ],
)
def test_mistakes(counts: object, geometry: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        nearest_people(counts, geometry, people=[1])
    with pytest.raises(ValueError, match=said):
        kernel_environments(counts, geometry, radius=3)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"zone": ["x"], "other": ["y"]}, "no column 'cost'"),
        ({"zone": ["x"], "other": ["w"], "cost": [1]}, "zone 'w', and counts has not"),
        ({"zone": ["x"], "other": ["y"], "cost": [-1]}, "from zone 'x' to 'y' the cost is -1"),
        ({"zone": ["x"], "other": ["y"], "cost": [np.nan]}, "the cost is nan"),
        ({"zone": ["x", "x"], "other": ["y", "y"], "cost": [1, 2]}, "'x' to 'y' is there twice"),
    ],
)
def test_mistakes_in_costs(rows: dict, said: str) -> None:
    counts = pd.DataFrame({"a": [1.0, 2]}, index=["x", "y"])
    with pytest.raises(ValueError, match=said):
        nearest_people(counts, people=1, costs=pd.DataFrame(rows))
    with pytest.raises(ValueError, match="twice"):
        nearest_people(counts.set_axis(["x", "x"]), people=1, costs=pd.DataFrame(rows))
    with pytest.raises(ValueError, match="names the zones"):
        nearest_people([[1.0], [2.0]], people=1, costs=pd.DataFrame(rows))
