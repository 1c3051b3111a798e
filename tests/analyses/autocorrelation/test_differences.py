import esda
import libpysal
import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.autocorrelation import local_geary
from kvarter.geo import neighbours
from libpysal.graph import Graph


def test_equals_esda(patchy: tuple, paavo: tuple) -> None:
    for values, graph in (patchy, paavo):
        known = values.dropna()
        links = graph.subgraph(known.index)
        linked = ~known.index.isin(links.isolates)
        # esda leaves zones without neighbours out of its result.
        expected = esda.Geary_Local(connectivity=links, permutations=0).fit(known).localG
        order = links.unique_ids[~links.unique_ids.isin(links.isolates)].sort_values()
        found = local_geary(known, graph).loc[linked, "statistic"]
        np.testing.assert_allclose(found[order], expected, atol=1e-10)


def test_several_variables_equal_esda(patchy: tuple) -> None:
    x, graph = patchy
    y = pd.Series(np.random.default_rng(1).normal(size=len(x)), index=x.index)
    both = [x.to_numpy(), y.to_numpy()]
    expected = esda.Geary_Local_MV(connectivity=graph, permutations=0).fit(both).localG
    found = local_geary(pd.DataFrame({"x": x, "y": y}), graph)
    linked = found["p_value"].notna()
    np.testing.assert_allclose(found["statistic"][linked], expected[linked], atol=1e-10)
    assert set(found["cluster"]) <= {"positive", "negative", "not significant", ""}


def test_one_variable_twice_is_one_variable(patchy: tuple) -> None:
    values, graph = patchy
    one = local_geary(values, graph)
    two = local_geary(pd.DataFrame({"x": values, "y": values}), graph)
    columns = ["statistic", "expected", "z", "p_value"]
    pd.testing.assert_frame_equal(one[columns], two[columns])


def test_classes(cells) -> None:
    geometry = cells(9, 9)
    x = geometry.centroid.x.to_numpy()
    rng = np.random.default_rng(1)
    values = pd.Series(np.where(x < 4, 1.0, 5.0) + rng.normal(0, 0.1, 81), index=geometry.index)
    values.iloc[58] = 1.0
    found = local_geary(values, neighbours.contiguity(geometry), adjust=None)
    assert found["cluster"].iloc[58] == "negative"
    assert (found["cluster"][x < 2] == "low-low").all()
    assert (found["cluster"][x > 8] == "high-high").all()
    assert (found.loc[found["cluster"] == "negative", "z"] > 0).all()
    assert (found.loc[found["cluster"] == "low-low", "z"] < 0).all()
    # The zone and its neighbours are close, on either side of the mean.
    across = pd.Series(rng.normal(0, 3, 81), index=geometry.index)
    across.iloc[:27] = np.tile([0.001, -0.001, 0.0015], 9) + across.iloc[27:].mean()
    classes = local_geary(across, neighbours.contiguity(geometry), adjust=None)["cluster"]
    assert "other positive" in set(classes.iloc[:18])


def test_a_zone_far_from_the_mean_keeps_its_digits(cells) -> None:
    geometry = cells(6, 6)
    values = pd.Series(np.arange(36.0) % 5, index=geometry.index)
    values.iloc[0] = 1e7
    found = local_geary(values, neighbours.contiguity(geometry), permutations=199)
    # No draw for the zone itself is nearer to it than any other, but for the last digits.
    assert found["p_value"].iloc[0] > 0.05
    assert found["statistic"].iloc[0] == pytest.approx(37.0, rel=0.01)


def test_published_homicides_around_st_louis() -> None:
    # The values of PySAL's own tests of `Geary_Local` and `Geary_Local_MV`.
    graph = Graph.from_W(libpysal.io.open(libpysal.examples.get_path("stl.gal")).read())
    table = libpysal.io.open(libpysal.examples.get_path("stl_hom.txt"))
    columns = {name: table.by_col[name] for name in ("HR8893", "HC8488")}
    values = pd.DataFrame(columns, index=graph.unique_ids, dtype=float)
    one = local_geary(values["HR8893"], graph, permutations=9999).iloc[0]
    assert one["statistic"] == pytest.approx(0.696703432, abs=1e-9)
    assert one["p_value"] / 2 == pytest.approx(0.19, abs=0.06)
    assert local_geary(values, graph)["statistic"].iloc[0] == pytest.approx(0.4096931479581422)


def test_no_variable(patchy: tuple) -> None:
    with pytest.raises(ValueError, match="there is no variable"):
        local_geary(pd.DataFrame(index=patchy[0].index), patchy[1])
