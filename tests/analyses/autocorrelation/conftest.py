from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.geo import neighbours
from libpysal.graph import Graph


def squares(rows: int, columns: int) -> gpd.GeoSeries:
    x, y = np.divmod(np.arange(rows * columns), rows)
    ids = [f"z{i}" for i in range(rows * columns)]
    return gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1), index=ids)


@pytest.fixture(scope="module")
def patchy() -> tuple[pd.Series, Graph]:
    """Give a map with clusters, an island and a graph of unequal weights."""
    geometry = squares(9, 8).drop(["z13", "z14", "z15", "z22", "z24", "z31", "z32", "z33"])
    graph = neighbours.contiguity(geometry)
    rng = np.random.default_rng(2)
    x = geometry.centroid.x.to_numpy()
    return pd.Series(rng.poisson(2 + x).astype(float), index=geometry.index), graph


@pytest.fixture(scope="module")
def paavo(helsinki: Path) -> tuple[pd.Series, Graph]:
    areas = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    areas = areas[areas["region"] == "helsinki_metro"]
    share = areas["hr_pi_tul"].replace(-1, np.nan) / areas["hr_tuy"].replace(-1, np.nan)
    return share, neighbours.contiguity(areas.geometry)


@pytest.fixture(scope="session")
def cells() -> Callable[[int, int], gpd.GeoSeries]:
    """Give rows × columns of unit squares, named z0, z1 … northward first."""
    return squares
