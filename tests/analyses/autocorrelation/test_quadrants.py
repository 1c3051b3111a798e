import esda
import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.autocorrelation import local_moran, local_moran_bivariate, rates
from libpysal.graph import Graph

# As esda counts them.
QUADRANT = {1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}


def test_statistic_and_quadrant_equal_esda(patchy: tuple, paavo: tuple) -> None:
    for values, graph in (patchy, paavo):
        known = values.dropna()
        links = graph.subgraph(known.index)
        expected = esda.Moran_Local(known, links, permutations=0)
        found = local_moran(values, graph, alpha=1).loc[known.index]
        linked = found["note"] == ""
        np.testing.assert_allclose(found.loc[linked, "statistic"], expected.Is[linked], atol=1e-10)
        assert found.loc[linked, "cluster"].tolist() == [QUADRANT[q] for q in expected.q[linked]]


def test_bivariate_equals_esda(patchy: tuple) -> None:
    x, graph = patchy
    y = pd.Series(np.random.default_rng(1).normal(size=len(x)), index=x.index)
    expected = esda.Moran_Local_BV(x, y, graph, permutations=0)
    found = local_moran_bivariate(x, y, graph, alpha=1)
    linked = found["note"] == ""
    np.testing.assert_allclose(found.loc[linked, "statistic"], expected.Is[linked], atol=1e-10)
    assert found.loc[linked, "cluster"].tolist() == [QUADRANT[q] for q in expected.q[linked]]
    turned = local_moran_bivariate(x, y.iloc[::-1], graph, alpha=1)
    pd.testing.assert_frame_equal(turned, found)


def test_rates_equal_esda_and_name_small_populations(patchy: tuple) -> None:
    graph, rng = patchy[1], np.random.default_rng(6)
    people = pd.Series(rng.integers(8, 900, 64).astype(float), index=patchy[0].index)
    events = pd.Series(rng.binomial(people.astype(int), 0.05 + 0.2 * rng.random(64)), people.index)
    expected = esda.moran.Moran_Local_Rate(events, people, graph, permutations=0)
    found = local_moran(events, graph, population=people)
    linked = found["p_value"].notna()
    np.testing.assert_allclose(found.loc[linked, "statistic"], expected.Is[linked], atol=1e-10)
    assert found["rate"].equals(events / people)
    assert found["population"].equals(people)
    small = rates.small(events, people)
    assert 0 < small.sum() < 40
    assert found["note"].str.contains("small population").equals(small)
    none = people.copy()
    none["z5"] = 0
    gone = local_moran(events.astype(float), graph, population=none).loc["z5"]
    assert gone["note"] == "no population"
    assert np.isnan(gone["statistic"])


def test_a_side_is_the_statistics_side(patchy: tuple) -> None:
    values, graph = patchy
    greater = local_moran(values, graph, alternative="greater", adjust=None)
    less = local_moran(values, graph, alternative="less", adjust=None)
    both = local_moran(values, graph, adjust=None)["p_value"]
    low = np.minimum(greater["p_value"], less["p_value"])
    np.testing.assert_allclose(both, np.minimum(1, 2 * low))
    assert set(greater["cluster"]) == {"high-high", "low-low", "not significant", ""}
    assert greater.loc[greater["p_value"] < 0.02, "z"].min() > 1


@pytest.fixture(scope="module")
def sids() -> tuple[pd.DataFrame, Graph]:
    import libpysal

    table = libpysal.io.open(libpysal.examples.get_path("sids2.dbf"))
    graph = Graph.from_W(libpysal.io.open(libpysal.examples.get_path("sids2.gal")).read())
    columns = {name: table.by_col(name) for name in ("SIDR74", "SIDR79", "SID79", "BIR79")}
    return pd.DataFrame(columns, index=graph.unique_ids, dtype=float), graph


def test_published_sudden_infant_deaths_by_rate(sids: tuple) -> None:
    # PySAL 1.x documentation, "Spatial autocorrelation", section on local Moran of rates.
    published = [-0.13452366, -1.21133985, 0.05019761, 0.06127125, -0.12627466]
    published += [0.23497679, 0.26345855, -0.00951288, -0.01517879, -0.34513514]
    table, graph = sids
    found = local_moran(table["SID79"], graph, population=table["BIR79"], alpha=1, adjust=None)
    np.testing.assert_allclose(found["statistic"][:10], published, atol=5e-9)
    # esda's documentation, `Moran_Local_Rate`.
    quadrants = [2, 4, 3, 1, 2, 1, 1, 4, 2, 4]
    # There is no class of its own for the small ones.
    whole = local_moran(
        rates.empirical_bayes_standardized(table["SID79"], table["BIR79"]), graph, alpha=1
    )
    assert whole["cluster"][:10].tolist() == [QUADRANT[q] for q in quadrants]
    significant = local_moran(
        table["SID79"], graph, population=table["BIR79"], permutations=9999, adjust=None
    )["p_value"]
    # 13 counties were below 0.05 of one side; by chance in 999 draws, one more or less.
    assert abs((significant < 0.1).sum() - 13) <= 2


def test_published_sudden_infant_deaths_of_two_periods(sids: tuple) -> None:
    # esda's documentation, `Moran_Local_BV`.
    table, graph = sids
    found = local_moran_bivariate(table["SIDR79"], table["SIDR74"], graph, alpha=1, adjust=None)
    quadrants = [3, 4, 3, 4, 2, 1, 4, 4, 2, 4]
    assert found["cluster"][:10].tolist() == [QUADRANT[q] for q in quadrants]


def test_published_homicides_around_st_louis() -> None:
    import libpysal

    # PySAL 1.x documentation, "Spatial autocorrelation": pseudo p-values of 999 draws.
    published = """
    .176 .073 .405 .267 .332 .057 .296 .242 .055 .062 .273 .488 .44 .354 .415 .478 .473 .374 .415
    .21 .161 .025 .338 .375 .285 .374 .208 .3 .373 .411 .478 .414 .009 .429 .269 .015 .005 .002
    .077 .001 .088 .459 .435 .365 .231 .017 .033 .04 .068 .101 .284 .309 .113 .457 .045 .269 .118
    .346 .328 .379 .342 .39 .376 .467 .357 .241 .26 .401 .185 .172 .248 .4 .482 .159 .373 .455
    .083 .128"""
    tail = np.array(published.split(), dtype=float)
    graph = Graph.from_W(libpysal.io.open(libpysal.examples.get_path("stl.gal")).read())
    rate = libpysal.io.open(libpysal.examples.get_path("stl_hom.txt")).by_col["HR8893"]
    values = pd.Series(rate, index=graph.unique_ids, dtype=float)
    found = local_moran(values, graph, permutations=99_999, adjust=None, alpha=1)
    error = 4.5 * np.sqrt(tail * (1 - tail) / 999) + 1 / 999
    assert (np.abs(found["p_value"] / 2 - tail) <= error).all()
    low = found[tail < 0.05]
    assert low["cluster"].tolist() == [QUADRANT[q] for q in (4, 1, 3, 1, 3, 1, 1, 3, 3, 3)]
