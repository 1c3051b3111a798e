"""Towns and counts that the tests share: a made-up grid, made-up areas, real ones."""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.geo import kernels, neighbours


@dataclass
class Town:
    """Two groups and where their zones are; ``x``, ``y`` and ``t`` are arrays of counts."""

    x: np.ndarray
    y: np.ndarray
    geometry: gpd.GeoSeries

    @cached_property
    def t(self):
        return self.x + self.y

    @cached_property
    def areas(self):
        return self.geometry.area.to_numpy()

    @cached_property
    def kilometres(self):
        return np.column_stack([self.geometry.centroid.x, self.geometry.centroid.y]) / 1000

    @cached_property
    def own(self):
        return np.sqrt(0.6 * self.areas) / 1000

    @cached_property
    def sums(self):
        return kernels.weighted_sums(self.kilometres, self.own)

    @cached_property
    def neighbours(self):
        return neighbours.contiguity(self.geometry).sparse

    def frame(self):
        return gpd.GeoDataFrame({"x": self.x, "t": self.t}, geometry=self.geometry)

    def weight(self, i, j):
        """Give exp(-d) of two zones, written out."""
        if i == j:
            return np.exp(-self.own[i])
        one, two = self.kilometres[i], self.kilometres[j]
        return np.exp(-(((one[0] - two[0]) ** 2 + (one[1] - two[1]) ** 2) ** 0.5))


def squares(rows, columns, side=250.0):
    """Give a whole grid of cells."""
    number = np.arange(rows * columns)
    down, across = number // columns, number % columns
    boxes = shapely.box(across, down, across + 1, down + 1)
    return gpd.GeoSeries(boxes, crs=3067).scale(side, side, origin=(0, 0))


@pytest.fixture(params=["grid", "areas", "real"])
def town(request):
    rng = np.random.default_rng(5)
    if request.param == "real":
        folder = request.getfixturevalue("helsinki")
        paavo = gpd.read_file(folder / "paavo_2026.gpkg")
        paavo = paavo[(paavo["region"] == "helsinki_metro") & (paavo["te_vuok_as"] >= 0)]
        paavo = paavo[(paavo["te_omis_as"] >= 0)].reset_index(drop=True)
        x, y = (paavo[c].to_numpy(dtype=float) for c in ("te_vuok_as", "te_omis_as"))
        return Town(x, y, paavo.geometry)
    geometry = squares(8, 9)
    if request.param == "areas":
        # Bands of different widths: neighbours as on a grid, areas and borders unlike each other.
        east, north = np.cumsum([0, 3, 1, 2, 5, 1, 1, 4]), np.cumsum([0, 2, 2, 1, 6, 1])
        row, column = np.divmod(np.arange(35), 7)
        boxes = shapely.box(east[column], north[row], east[column + 1], north[row + 1])
        geometry = gpd.GeoSeries(boxes, crs=3067).scale(150, 150, origin=(0, 0))
    t = rng.poisson(40, len(geometry)).astype(float)
    t[4] = 0
    x = rng.binomial(t.astype(int), rng.beta(1, 3, len(t))).astype(float)
    return Town(x, t - x, geometry)


def random_counts(seed, zones=60):
    """Give four groups, the last one small, and some zones without people."""
    counts = np.random.default_rng(seed).poisson([3, 30, 80, 1], (zones, 4)) * 1.0
    counts[::9] = 0
    return pd.DataFrame(counts, columns=list("abcd"), index=[f"z{i}" for i in range(zones)])


@pytest.fixture(name="squares")
def give_squares():
    return squares


@pytest.fixture(name="random_counts")
def give_random_counts():
    return random_counts


@pytest.fixture
def income(helsinki):
    """Give postal-code areas with people by income, NaN where it is not published."""
    areas = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    groups = ["hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]
    areas[groups] = areas[groups].astype(float).replace(-1, np.nan)
    return areas


@pytest.fixture
def new_town():
    return Town


@pytest.fixture(params=["chessboard", "halves"])
def pattern(request):
    """Give the name of a pattern on 20 x 20 cells of 250 m, its town and nothing else."""
    row, column = np.divmod(np.arange(400), 20)
    x = {"chessboard": (row + column) % 2, "halves": column < 10}[request.param] * 100.0
    return request.param, Town(x, 100.0 - x, squares(20, 20))
