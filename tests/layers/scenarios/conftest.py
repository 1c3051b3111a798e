"""A made-up town of nine square kilometres."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from kvarter.geo import network
from kvarter.layers import Layers
from shapely.geometry import LineString, Point, box

CRS = "EPSG:3067"
X, Y = 300_000, 6_700_000


def place(east, north):
    """Give a point, in kilometres from the south-west corner."""
    return [X + 1000 * east, Y + 1000 * north]


@pytest.fixture
def town():
    """Give layers: zones a to i from the west, each column from the south."""
    random = np.random.default_rng(1)
    names = list("abcdefghi")
    cells = [
        box(*place(column, row), *place(column + 1, row + 1))
        for column in range(3)
        for row in range(3)
    ]
    zones = pd.DataFrame({"name": [name.upper() for name in names]}, index=names)
    young, old = random.integers(5, 40, 9), random.integers(20, 90, 9)
    people = (young + old).astype(float)
    zones["population"] = people
    zones["age.young"], zones["age.old"] = young.astype(float), old.astype(float)
    zones["language.sv"] = np.floor(people / 3)
    zones["language.fi"] = people - zones["language.sv"]
    zones["income.low"], zones["income.high"] = np.floor(old / 4), np.floor(old / 5)
    zones["tenure.owner"] = random.integers(12, 30, 9).astype(float)
    zones["tenure.social"] = random.integers(6, 20, 9).astype(float)
    homes = zones["tenure.owner"] + zones["tenure.social"]
    stock = gpd.GeoDataFrame(
        {
            "type": ["house", "block"] * 9,
            "year": 1980.0,
            "floor_area": 800.0,
            "dwellings": np.column_stack(
                [np.floor(homes / 2), homes - np.floor(homes / 2)]
            ).ravel(),
        },
        index=pd.Index([f"B{number}" for number in range(18)], name="id"),
        geometry=[
            Point(cell.centroid.x + 100 * side, cell.centroid.y)
            for cell in cells
            for side in (-1, 1)
        ],
        crs=CRS,
    )
    zones["housing.block"] = stock["dwellings"].to_numpy()[1::2]
    zones["housing.house"] = stock["dwellings"].to_numpy()[::2]
    rental = gpd.GeoDataFrame(
        {"building": "", "landlord": "city", "dwellings": zones["tenure.social"].to_numpy()},
        index=pd.Index([str(number) for number in range(9)], name="id"),
        geometry=[cell.centroid for cell in cells],
        crs=CRS,
    )
    zones["rental.city"] = zones["tenure.social"]
    services = gpd.GeoDataFrame(
        {
            "kind": ["school", "school", "school", "library"],
            "name": ["North", "South", "West", "Main"],
            "capacity": [300.0, 100.0, 200.0, np.nan],
            "opened": [np.nan, 2010.0, 2030.0, np.nan],
            "meant_for": "",
        },
        index=pd.Index(["S1", "S2", "S3", "L1"], name="id"),
        geometry=[Point(place(*at)) for at in ((0.5, 2.5), (0.5, 0.5), (2.5, 0.5), (1.5, 1.5))],
        crs=CRS,
    )
    # Streets from west to east, and one from south to north in the west alone.
    lines = [LineString([place(0, row + 0.5), place(3, row + 0.5)]) for row in range(3)]
    lines.append(LineString([place(0.5, 0), place(0.5, 3)]))
    streets = gpd.GeoDataFrame(geometry=lines, crs=CRS)
    zones = gpd.GeoDataFrame(zones, geometry=cells, crs=CRS).rename_axis("zone")
    return Layers(
        zones={2016: zones.copy(), 2024: zones},
        groups={
            "age": ["young", "old"],
            "language": ["fi", "sv"],
            "income": ["low", "high"],
            "tenure": ["owner", "social"],
            "housing": ["block", "house"],
            "rental": ["city"],
        },
        universe={
            "age": "persons",
            "language": "persons",
            "income": "persons",
            "tenure": "households",
            "housing": "dwellings",
            "rental": "dwellings",
        },
        services=services,
        housing=stock,
        rental=rental,
        background={},
        checks=pd.DataFrame(),
        accounting=pd.DataFrame(),
        provenance=(),
        networks={mode: network.from_lines(streets, mode=mode) for mode in ("walk", "bicycle")},
    )


def equal(one, other):
    """Compare layers to the bit."""
    assert list(one.zones) == list(other.zones)
    pairs = [(one.zones[year], other.zones[year]) for year in one.zones]
    pairs += [(getattr(one, name), getattr(other, name)) for name in ("services", "housing")]
    pairs += [(one.rental, other.rental)]
    pairs += [(one.networks[mode].edges, other.networks[mode].edges) for mode in one.networks]
    for first, second in pairs:
        pd.testing.assert_frame_equal(first, second, check_exact=True)
    for mode in one.networks:
        np.testing.assert_array_equal(one.networks[mode].nodes, other.networks[mode].nodes)
