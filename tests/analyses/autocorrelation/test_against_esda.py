"""The p-values of esda, which draws for each zone on its own, within the error of both draws."""

import esda
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.analyses.autocorrelation import local
from kvarter.geo import neighbours
from libpysal.graph import Graph

DRAWS = 9999
OPTIONS = {"permutations": DRAWS, "seed": 1}


@pytest.fixture(scope="module")
def maps(paavo: tuple) -> list[tuple[pd.Series, pd.Series, Graph]]:
    """Give a real and a random map of two variables, with no zone alone."""
    share, graph = paavo
    # esda takes the zones of some statistics in the order of their names, whatever the graph's.
    share = share.dropna().sort_index()
    share = share[~share.index.isin(graph.subgraph(share.index).isolates)]
    x, y = np.divmod(np.arange(100), 10)
    random = pd.Series(np.random.default_rng(5).gamma(2, size=100))
    cells = neighbours.contiguity(gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1)))
    both = [(share, graph.subgraph(share.index)), (random, cells)]
    rng = np.random.default_rng(6)
    return [
        (one, one + pd.Series(rng.normal(0, one.std(), len(one)), one.index), links)
        for one, links in both
    ]


def of_esda(statistic: str, x: pd.Series, y: pd.Series, graph: Graph) -> np.ndarray:
    """Give esda's p-values of one side, folded."""
    if statistic == "moran":
        return esda.Moran_Local(x, graph, **OPTIONS).p_sim
    if statistic == "moran_bivariate":
        return esda.Moran_Local_BV(x, y, graph, **OPTIONS).p_sim
    if statistic == "geary":
        return esda.Geary_Local(connectivity=graph, **OPTIONS).fit(x).p_sim
    np.random.seed(1)  # noqa: NPY002 - esda draws from the global state
    if statistic == "geary_multivariate":
        found = esda.Geary_Local_MV(connectivity=graph, permutations=DRAWS)
        return found.fit([x.to_numpy(), y.to_numpy()]).p_sim
    return esda.G_Local(x, graph, transform="R", n_jobs=1, **OPTIONS).p_sim


@pytest.mark.slow
@pytest.mark.parametrize(
    "statistic",
    [
        "moran",
        "moran_bivariate",
        "geary",
        "geary_multivariate",
        "getis_ord_g",
    ],
)
def test_p_values(statistic: str, maps: list) -> None:
    for x, y, graph in maps:
        values = pd.DataFrame({"x": x, "y": y}) if statistic == "geary_multivariate" else x
        other = y if statistic == "moran_bivariate" else None
        found = local(values, graph, statistic=statistic, other=other, permutations=DRAWS)
        folded = of_esda(statistic, x, y, graph)
        tail = np.clip(folded, 1 / DRAWS, 0.5)
        error = 4.5 * np.sqrt(2 * tail * (1 - tail) / DRAWS) + 2 / DRAWS
        assert (np.abs(found["p_value"].to_numpy() / 2 - tail) <= error).all()


@pytest.mark.slow
def test_p_values_of_join_counts(maps: list) -> None:
    for x, _, graph in maps:
        high = (x > x.median()).astype(float)
        found = local(high, graph, statistic="join_count", alternative="greater", adjust=None)
        theirs = esda.Join_Counts_Local(connectivity=graph, seed=1).fit(high, permutations=999)
        joined = found["p_value"].notna() & (found["statistic"] > found["expected"])
        exact = found["p_value"][joined].to_numpy()
        error = 4.5 * np.sqrt(exact * (1 - exact) / 999) + 2 / 999
        assert joined.sum() > 20
        # esda folds: where the upper tail is the longer one it tells the lower.
        short = exact < 0.4
        assert (np.abs(exact - theirs.p_sim[joined]) <= error)[short].all()
