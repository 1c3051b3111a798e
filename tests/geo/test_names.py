"""A zone in a message is called as in the data, and the nearest name is asked for."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.analyses import autocorrelation
from kvarter.geo import crs, environments, grid, homes, neighbours
from kvarter.geo.names import hint, quoted

CELLS = gpd.GeoSeries(shapely.box([0, 1, 2], 0, [1, 2, 3], 1), index=[7, 8, 9], crs=3067)
TWICE = CELLS.set_axis([7, 9, 9])
HOLE = CELLS.where(CELLS.index != 9)
COUNTS = pd.Series([1.0, 2.0, 3.0], index=CELLS.index)
GRAPH = neighbours.contiguity(CELLS)
INFINITE = pd.Series([1.0, 2.0, np.inf], index=CELLS.index)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (np.int64(999), "999"),
        (np.float64(0.5), "0.5"),
        (np.str_("it's"), '"it\'s"'),
        ((np.int64(1), "a"), "(1, 'a')"),
        (None, "None"),
    ],
)
def test_a_name_is_written_as_people_do(name, written):
    assert quoted(name) == written


@pytest.mark.parametrize(
    "call",
    [
        lambda: neighbours.graph(TWICE),
        lambda: neighbours.graph(HOLE),
        lambda: neighbours.graph(CELLS, "knn", points=CELLS.centroid.drop(9)),
        lambda: neighbours.graph(CELLS, "block", regimes=pd.Series(1, index=[9, 9])),
        lambda: crs.points(CELLS.where(CELLS.index != 9, CELLS.centroid), "the places"),
        lambda: grid.from_codes(pd.Series([3852506672000, 9])),
        lambda: homes.zone_of(CELLS.centroid, TWICE),
        lambda: environments.nearest_people(COUNTS.to_frame(), HOLE, people=[1]),
        lambda: autocorrelation.moran(COUNTS.to_frame(), GRAPH.subgraph([7, 8])),
        lambda: autocorrelation.moran(INFINITE.to_frame(), GRAPH),
        lambda: autocorrelation.local(INFINITE, GRAPH),
        lambda: autocorrelation.local(
            COUNTS, GRAPH, statistic="moran_bivariate", other=COUNTS[:2]
        ),
        lambda: autocorrelation.local_join_count(COUNTS / 3, GRAPH),
        lambda: autocorrelation.correlogram(INFINITE, CELLS, distances=[1]),
        lambda: autocorrelation.correlogram(COUNTS, HOLE, distances=[1]),
        lambda: autocorrelation.rates.raw(-COUNTS, COUNTS),
        lambda: autocorrelation.rates.raw(COUNTS.set_axis([7, 9, 9]), COUNTS),
    ],
)
def test_zones_of_numbers_are_named_as_numbers(call):
    with pytest.raises(ValueError, match=r"\b[79]\b") as caught:
        call()
    assert "np." not in str(caught.value)


def test_a_distance_in_quotes_is_refused_by_name():
    with pytest.raises(ValueError, match="threshold must be a number above 0, not '500'"):
        neighbours.graph(CELLS, "distance_band", threshold="500")


@pytest.mark.parametrize(
    ("given", "meant"),
    [("bh", "fdr_bh"), ("FDR", "fdr_bh"), ("bonferoni", "bonferroni"), ("zzz", None), ("", None)],
)
def test_the_nearest_name_is_asked_for(given, meant):
    asked = hint(given, ["fdr_bh", "fdr_by", "bonferroni", "none"])
    assert asked == (f" Did you mean {meant!r}?" if meant else "")
