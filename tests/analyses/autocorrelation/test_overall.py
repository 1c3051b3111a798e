import itertools

import esda
import libpysal
import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.autocorrelation import (
    OF_CATEGORIES,
    STATISTICS,
    join_counts,
    measure,
    moran,
    rates,
)
from kvarter.analyses.autocorrelation import _shuffled as shuffled
from kvarter.analyses.autocorrelation.overall import ONE_ALONE
from kvarter.geo import neighbours
from libpysal.graph import Graph
from scipy import sparse

UNIVARIATE = STATISTICS[:6]


def test_patchy_has_an_island(patchy: tuple[pd.Series, Graph]) -> None:
    assert patchy[1].isolates.tolist() == ["z23"]


def test_moran_equals_esda(patchy: tuple, paavo: tuple) -> None:
    for values, graph in (patchy, paavo):
        known = values.dropna()
        expected = esda.Moran(known, graph.subgraph(known.index), permutations=0)
        row = moran(pd.DataFrame({"x": values}), graph).iloc[0]
        assert row["value"] == pytest.approx(expected.I, abs=1e-10)
        assert row["expected"] == pytest.approx(expected.EI, abs=1e-10)
        assert row["z"] == pytest.approx(expected.z_rand, abs=1e-10)


def test_moran_equals_its_formula(paavo: tuple) -> None:
    values = paavo[0].dropna()
    links = paavo[1].subgraph(values.index)
    z = (values - values.mean()).to_dict()
    above = weight = 0.0
    for i in z:
        beside = list(links[i].index)
        for j in beside:
            above += z[i] * z[j] / len(beside)
            weight += 1 / len(beside)
    expected = len(z) / weight * above / sum(v**2 for v in z.values())
    found = moran(values.to_frame("x"), paavo[1])["value"].item()
    assert found == pytest.approx(expected, abs=1e-9)


def test_moran_p_value_against_esda(cells, patchy: tuple) -> None:
    geometry = cells(9, 8)
    graph = neighbours.contiguity(geometry)
    for seed in range(4):
        y = pd.Series(np.random.default_rng(seed).normal(size=72), index=geometry.index)
        np.random.seed(1)  # noqa: NPY002 - esda draws from the global state
        expected = esda.Moran(y, graph, permutations=1999)
        found = moran(y.to_frame("y"), graph, permutations=1999)["p_value"].item()
        assert found == pytest.approx(min(1, 2 * expected.p_sim), abs=0.08)
    clear = moran(pd.DataFrame({"x": patchy[0]}), patchy[1])
    assert clear["p_value"].item() == 0.002


def test_moran_is_seeded_and_each_variable_stands_alone(patchy: tuple) -> None:
    rng = np.random.default_rng(1)
    noise = pd.DataFrame(rng.normal(size=(64, 2)), index=patchy[0].index, columns=["a", "b"])
    both = moran(noise, patchy[1], seed=3)
    pd.testing.assert_frame_equal(both, moran(noise, patchy[1], seed=3))
    alone = moran(noise[["b"]], patchy[1], seed=3)
    pd.testing.assert_frame_equal(both.iloc[[1]].reset_index(drop=True), alone)
    assert both["p_value"].tolist() != moran(noise, patchy[1], seed=4)["p_value"].tolist()


def test_moran_leaves_out_missing_and_gives_reasons(patchy: tuple) -> None:
    values, graph = patchy
    frame = pd.DataFrame({"x": values, "same": 0.1, "few": np.nan, "none": np.nan})
    frame.iloc[:3, frame.columns.get_loc("few")] = [1, 2, 3]
    frame.iloc[5:7, 0] = np.nan
    table = moran(frame, graph).set_index("variable")
    assert table.loc["x", "note"] == "2 zones left out: value missing; 1 zone without neighbours"
    kept = frame["x"].dropna()
    links = graph.subgraph(kept.index)
    assert table.loc["x", "value"] == pytest.approx(esda.Moran(kept, links, permutations=0).I)
    assert table.loc["same", "note"].startswith("the same value everywhere")
    assert table.loc["few", "note"].startswith("fewer than 4 zones with a value; 61 zones left")
    assert table.loc["none", "note"].startswith("fewer than 4 zones with a value")
    assert table.loc[["same", "few", "none"], ["value", "z", "p_value"]].isna().all(axis=None)


def test_equal_to_esda(patchy: tuple, paavo: tuple) -> None:
    for values, graph in (patchy, paavo):
        y = values.dropna()
        links = graph.subgraph(y.index)
        links = links.subgraph(links.unique_ids.difference(links.isolates, sort=False))
        y = y[links.unique_ids]
        high = (y > y.median()).astype(float)
        found = measure(pd.DataFrame({"y": y, "high": high}), links, permutations=1)
        found = found.set_index(["variable", "other", "statistic"])[["value", "expected", "z"]]
        moran_i = esda.Moran(y, links, permutations=0)
        geary = esda.Geary(y, links, permutations=0)
        g = esda.G(y, links, permutations=0)
        joins = esda.Join_Counts(high, links, permutations=0)
        lee = esda.Spatial_Pearson(links.transform("r").sparse, permutations=0)
        lee.fit(y.to_numpy()[:, None], high.to_numpy()[:, None])
        g_score = (g.G - g.EG) / g.VG**0.5
        expected = {
            ("y", "", "moran_i"): (moran_i.I, moran_i.EI, moran_i.z_rand),
            ("y", "", "geary_c"): (geary.C, 1, geary.z_rand),
            ("y", "", "getis_ord_g"): (g.G, g.EG, g_score),
            ("high", "", "join_count_bb"): (joins.bb,),
            ("high", "", "join_count_bw"): (joins.bw,),
            ("high", "", "join_count_ww"): (joins.ww,),
            ("y", "high", "lee_l"): (lee.association_[0, 1],),
            ("y", "high", "moran_bivariate"): (esda.Moran_BV(y, high, links, permutations=0).I, 0),
            ("high", "y", "moran_bivariate"): (esda.Moran_BV(high, y, links, permutations=0).I, 0),
        }
        for key, numbers in expected.items():
            row = found.loc[key].to_numpy()[: len(numbers)]
            np.testing.assert_allclose(row, numbers, rtol=1e-10, atol=1e-10, err_msg=str(key))


def test_p_values_against_esda(cells) -> None:
    geometry = cells(8, 7)
    graph = neighbours.contiguity(geometry)
    y, x = np.random.default_rng(3).exponential(size=(2, 56))
    high = (y > 1).astype(float)
    frame = pd.DataFrame({"y": y, "x": x, "high": high}, index=geometry.index)
    found = measure(frame, graph, permutations=4999)
    found = found.set_index(["variable", "other", "statistic"])["p_value"]
    np.random.seed(1)  # noqa: NPY002 - esda draws from the global state
    lee = esda.Spatial_Pearson(graph.transform("r").sparse, permutations=1999)
    lee.fit(y[:, None], x[:, None])
    joins = esda.Join_Counts(high, graph, permutations=1999)
    bivariate = esda.Moran_BV(y, x, graph, permutations=1999)
    one_sided = {
        ("y", "", "geary_c"): esda.Geary(y, graph, permutations=1999).p_sim,
        ("y", "", "getis_ord_g"): esda.G(y, graph, permutations=1999).p_sim,
        ("y", "x", "lee_l"): lee.significance_[0, 1],
        ("y", "x", "moran_bivariate"): bivariate.p_sim,
    }
    # esda's p-values are of the nearer side: half of those of both.
    for key, p in one_sided.items():
        assert found[key] == pytest.approx(min(1, 2 * p), abs=0.07), key
    greater = measure(
        frame, graph, statistics=UNIVARIATE[3:5], permutations=4999, alternative="greater"
    ).set_index(["variable", "statistic"])["p_value"]
    assert greater["high", "join_count_bb"] == pytest.approx(joins.p_sim_bb, abs=0.05)
    assert greater["high", "join_count_bw"] == pytest.approx(joins.p_sim_bw, abs=0.05)


def plain(y: list, x: list, w: list) -> dict[str, float]:
    """Give the statistics of zones with weights w_ij, from the formulas."""
    n = len(y)
    pairs = [(i, j) for i in range(n) for j in range(n)]
    row = [[v / sum(line) if sum(line) else 0 for v in line] for line in w]
    b = [[float(w[i][j] != 0 and i != j) for j in range(n)] for i in range(n)]
    z, other = [v - sum(y) / n for v in y], [v - sum(x) / n for v in x]
    zz, oo = sum(v * v for v in z), sum(v * v for v in other)
    s0 = sum(row[i][j] for i, j in pairs)
    lag = [sum(row[i][j] * z[j] for j in range(n)) for i in range(n)]
    lag_other = [sum(row[i][j] * other[j] for j in range(n)) for i in range(n)]
    return {
        "moran_i": n / s0 * sum(z[i] * lag[i] for i in range(n)) / zz,
        "geary_c": (n - 1) / 2 / s0 * sum(row[i][j] * (y[i] - y[j]) ** 2 for i, j in pairs) / zz,
        "getis_ord_g": sum(b[i][j] * y[i] * y[j] for i, j in pairs)
        / sum(y[i] * y[j] for i, j in pairs if i != j),
        "join_count_bb": sum(b[i][j] * y[i] * y[j] for i, j in pairs) / 2,
        "join_count_bw": sum(b[i][j] * (y[i] - y[j]) ** 2 for i, j in pairs) / 2,
        "join_count_ww": sum(b[i][j] * (1 - y[i]) * (1 - y[j]) for i, j in pairs) / 2,
        "lee_l": n
        / sum(sum(line) ** 2 for line in row)
        * sum(lag[i] * lag_other[i] for i in range(n))
        / (zz * oo) ** 0.5,
        "moran_bivariate": n / s0 * sum(z[i] * lag_other[i] for i in range(n)) / (zz * oo) ** 0.5,
    }


@pytest.mark.parametrize("own", [False, True])
def test_formulas_and_moments_over_all_orders(own: bool) -> None:
    # One-sided neighbours, unequal weights, an island; once with weights of zones on themselves.
    w = np.array(
        [
            [2.0, 1, 0, 0.5, 0, 0],
            [1, 0, 3, 0, 0, 0],
            [0, 1, 0, 1, 1, 0],
            [2, 0, 0, 1, 1, 0],
            [0, 0, 1, 1, 0, 0],
            [0, 0, 0, 0, 0, 0],
        ]
    )
    if not own:
        np.fill_diagonal(w, 0)
    graph = Graph.from_sparse(sparse.csr_array(w), ids=[*"abcdef"])
    rng = np.random.default_rng(7)
    for y in (rng.integers(1, 9, 6).astype(float), np.array([1.0, 0, 0, 1, 1, 0])):
        x = rng.normal(size=6)
        frame = pd.DataFrame({"y": y, "x": x}, index=[*"abcdef"])
        found = measure(frame, graph, permutations=9).set_index(["variable", "statistic"])
        orders = [list(order) for order in itertools.permutations(range(6))]
        together = pd.DataFrame([plain(y[o].tolist(), x[o].tolist(), w.tolist()) for o in orders])
        apart = pd.DataFrame([plain(y.tolist(), x[o].tolist(), w.tolist()) for o in orders])
        together["moran_bivariate"] = apart["moran_bivariate"]
        tried = found.loc["y"][["value", "expected", "z"]].dropna()
        assert len(tried) >= 5
        for name, row in tried.iterrows():
            mean, deviation = together[name].mean(), together[name].std(ddof=0)
            value = together[name][0]
            assert row["value"] == pytest.approx(value, abs=1e-12), name
            assert row["expected"] == pytest.approx(mean, abs=1e-12), name
            assert row["z"] == pytest.approx((value - mean) / deviation, rel=1e-9), name


def test_a_high_level_of_the_values_does_not_drown_their_differences(patchy: tuple) -> None:
    values, graph = patchy
    years = measure(pd.DataFrame({"x": values + 1e6}), graph, permutations=99)
    exact = esda.G(values + 1e3, graph, permutations=0)
    less = measure(pd.DataFrame({"x": values + 1e3}), graph, permutations=99)
    row = less.set_index("statistic").loc["getis_ord_g"]
    assert row["z"] == pytest.approx((exact.G - exact.EG) / exact.VG**0.5, rel=1e-4)
    # With a level far above the differences, G is the sum of values weighted by neighbours.
    degrees = graph.cardinalities.to_numpy().astype(float)
    z = values - values.mean()
    spread = ((degrees - degrees.mean()) ** 2).sum() * (z @ z) / 63
    score = years.set_index("statistic").loc["getis_ord_g", "z"]
    assert score == pytest.approx(degrees @ z / spread**0.5, rel=1e-4)


def columbus() -> tuple[pd.DataFrame, Graph]:
    table = libpysal.io.open(libpysal.examples.get_path("columbus.dbf"))
    w = libpysal.io.open(libpysal.examples.get_path("columbus.gal")).read()
    names = ["HOVAL", "INC", "CRIME"]
    return pd.DataFrame({n: table.by_col(n) for n in names}, index=w.id_order), Graph.from_W(w)


def test_values_that_others_print() -> None:
    # moran.test of spdep: crime in Columbus, neighbours by queen's contiguity.
    frame, graph = columbus()
    row = moran(frame[["CRIME"]], graph).iloc[0]
    assert row["value"] == pytest.approx(0.500188557, abs=5e-10)
    assert row["expected"] == pytest.approx(-0.020833333, abs=5e-10)
    assert row["z"] == pytest.approx(5.5894, abs=5e-5)
    deviation = (row["value"] - row["expected"]) / row["z"]
    assert deviation**2 == pytest.approx(0.008689289, abs=5e-10)
    # The documentation of esda: Moran_BV and Moran_Rate of the sudden infant deaths …
    table = libpysal.io.open(libpysal.examples.get_path("sids2.dbf"))
    w = libpysal.io.open(libpysal.examples.get_path("sids2.gal")).read()
    names = ["SIDR74", "SIDR79", "SID79", "BIR79"]
    sids = pd.DataFrame({n: table.by_col(n) for n in names}, index=w.id_order)
    found = measure(sids[["SIDR79", "SIDR74"]], Graph.from_W(w), statistics=["moran_bivariate"])
    assert found["value"][0] == pytest.approx(0.156, abs=5e-4)
    found = measure(
        sids[["SID79"]], Graph.from_W(w), statistics=["moran_rate"], population=sids["BIR79"]
    )
    assert found["value"].item() == pytest.approx(0.1662, abs=5e-5)
    # … Geary of the example of its book, and G of six points.
    w = libpysal.io.open(libpysal.examples.get_path("book.gal")).read()
    book = libpysal.io.open(libpysal.examples.get_path("book.txt"))
    y = pd.DataFrame({"y": np.array(book.by_col["y"]).ravel()}, index=w.id_order)
    found = measure(y, Graph.from_W(w), statistics=["geary_c"])
    assert found["value"].item() == pytest.approx(0.3330108, abs=5e-8)
    points = [(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)]
    near = Graph.build_distance_band(np.array(points, dtype=float), 15)
    y = pd.DataFrame({"y": [2, 3, 3.2, 5, 8, 7]})
    found = measure(y, near, statistics=["getis_ord_g"])
    assert found["value"].item() == pytest.approx(0.557, abs=5e-4)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_random_maps_are_found_as_often_as_the_level_says(cells, alternative) -> None:
    geometry = cells(6, 6)
    graph = neighbours.contiguity(geometry)
    rng = np.random.default_rng(11)
    maps = pd.DataFrame(rng.exponential(size=(36, 1000)), index=geometry.index)
    names = ["moran_i", "geary_c", "getis_ord_g"]
    found = measure(maps, graph, statistics=names, permutations=499, alternative=alternative)
    low, high = scipy.stats.binom.interval(0.999, 1000, 0.05)
    for name in names:
        wrong = (found.loc[found["statistic"] == name, "p_value"] <= 0.05).sum()
        assert low <= wrong <= high, name


def test_random_pairs_are_found_as_often_as_the_level_says(cells) -> None:
    geometry = cells(6, 6)
    graph = neighbours.contiguity(geometry)
    rng = np.random.default_rng(12)
    maps = pd.DataFrame(rng.normal(size=(36, 46)), index=geometry.index)
    found = measure(maps, graph, statistics=["lee_l"], permutations=499)
    low, high = scipy.stats.binom.interval(0.999, len(found), 0.05)
    assert low <= (found["p_value"] <= 0.05).sum() <= high


@pytest.mark.parametrize("statistic", ["moran_bivariate", "moran_rate", "join_counts"])
def test_a_thousand_maps_of_two_variables_rates_and_things(cells, statistic: str) -> None:
    geometry = cells(6, 6)
    graph = neighbours.contiguity(geometry)
    rng, names = np.random.default_rng(13), [statistic]
    frame = pd.DataFrame(rng.normal(size=(36, 1000)), index=geometry.index)
    people = None
    if statistic == "join_counts":
        frame = (frame > 0).astype(float)
        names = ["join_count_bb", "join_count_bw", "join_count_ww"]
    elif statistic == "moran_rate":
        people = pd.Series(rng.integers(200, 2000, 36).astype(float), index=geometry.index)
        rate = rng.gamma(20, 0.005, size=(36, 1000))
        frame = pd.DataFrame(rng.poisson(rate * people.to_numpy()[:, None]), geometry.index)
    parts = [frame]
    if statistic == "moran_bivariate":
        parts = [frame.iloc[:, [n, n + 1]] for n in range(0, 1000, 2)]
    found = pd.concat(
        measure(part, graph, statistics=names, population=people, permutations=499, seed=seed)
        for seed, part in enumerate(parts)
    )
    low, high = scipy.stats.binom.interval(0.999, 1000, 0.05)
    for name in names:
        p = found.loc[found["statistic"] == name, "p_value"]
        assert len(p) == 1000
        # Counts of equal size are many: a level of 5 % is not quite met.
        least = low / 2 if statistic == "join_counts" else low
        assert least <= (p <= 0.05).sum() <= high, name


def test_p_value_of_rates_against_esda(cells) -> None:
    geometry = cells(7, 7)
    graph, rng = neighbours.contiguity(geometry), np.random.default_rng(21)
    for _ in range(4):
        people = pd.Series(rng.integers(50, 900, 49).astype(float), geometry.index)
        events = pd.Series(rng.poisson(0.1 * people).astype(float), geometry.index)
        np.random.seed(1)  # noqa: NPY002 - esda draws from the global state
        tail = esda.Moran_Rate(events, people, graph, permutations=4999).p_sim
        found = measure(
            events.to_frame("x"),
            graph,
            statistics=["moran_rate"],
            population=people,
            permutations=4999,
        )["p_value"].item()
        error = 4.5 * np.sqrt(2 * tail * (1 - tail) / 4999) + 2 / 4999
        assert found / 2 == pytest.approx(tail, abs=error)


def test_one_side_and_the_other(patchy: tuple) -> None:
    frame = pd.DataFrame({"x": patchy[0]})
    sides = {
        side: measure(frame, patchy[1], alternative=side).set_index("statistic")["p_value"]
        for side in ("two-sided", "greater", "less")
    }
    assert sides["greater"]["moran_i"] == sides["less"]["geary_c"] == 0.001
    assert sides["two-sided"]["moran_i"] == 0.002
    assert sides["less"]["moran_i"] > 0.99
    smaller = np.minimum(sides["greater"], sides["less"])
    np.testing.assert_allclose(sides["two-sided"], np.minimum(1, 2 * smaller))


def test_all_is_what_the_variables_allow(patchy: tuple) -> None:
    values, graph = patchy
    frame = pd.DataFrame({"x": values, "below": values - 5, "high": values > 5})
    found = measure(frame, graph, permutations=9)
    single = found[found["other"] == ""].groupby("variable", sort=False)["statistic"].agg(list)
    assert single["x"] == single["below"] == ["moran_i", "geary_c", "getis_ord_g"]
    assert single["high"] == list(UNIVARIATE)
    pairs = found.loc[found["other"] != "", ["variable", "other", "statistic"]]
    assert pairs["statistic"].value_counts().to_dict() == {"moran_bivariate": 6, "lee_l": 3}
    notes = found.set_index(["variable", "statistic"])["note"]
    assert notes["below", "getis_ord_g"] == "a value is below 0; 1 zone without neighbours"
    people = pd.Series(50.0, index=values.index)
    found = measure(frame[["x"]], graph, population=people, permutations=9)
    assert found["statistic"].tolist() == ["moran_i", "geary_c", "getis_ord_g", "moran_rate"]


def test_rates_are_of_events_in_a_population(patchy: tuple) -> None:
    events, graph = patchy
    people = pd.Series(np.random.default_rng(2).integers(20, 900, 64).astype(float), events.index)
    people["z3"], people["z4"] = 0, np.nan
    found = measure(pd.DataFrame({"x": events}), graph, population=people, permutations=9)
    found = found.set_index("statistic")
    assert set(found["note"]) == {
        "1 zone left out: value missing; 1 zone left out: no population; 1 zone without neighbours"
    }
    kept = people.index[people > 0]
    links = graph.subgraph(kept)
    rate = esda.Moran_Rate(events[kept], people[kept], links, permutations=0)
    assert found.loc["moran_rate", "value"] == pytest.approx(rate.I, abs=1e-10)
    raw = esda.Moran(rates.raw(events, people)[kept], links, permutations=0)
    assert found.loc["moran_i", "value"] == pytest.approx(raw.I, abs=1e-10)


def test_a_pair_leaves_out_zones_where_either_is_missing(patchy: tuple) -> None:
    values, graph = patchy
    frame = pd.DataFrame({"a": values, "b": values.iloc[::-1].to_numpy()}, index=values.index)
    frame.iloc[3, 0], frame.iloc[8, 1] = np.nan, np.nan
    found = measure(frame, graph, permutations=99)
    both = frame.dropna()
    alone = measure(both, graph.subgraph(both.index), permutations=99)
    pairs = found["other"] != ""
    columns = ["value", "expected", "z", "p_value"]
    np.testing.assert_allclose(found.loc[pairs, columns], alone.loc[pairs, columns])
    assert found.loc[pairs, "note"].str.startswith("2 zones left out: value missing").all()
    assert found.loc[~pairs, "note"].str.startswith("1 zone left out: value missing").all()


def test_results_do_not_depend_on_threads_or_on_what_else_is_tested(
    patchy: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, graph = patchy
    frame = pd.DataFrame({"a": values, "b": values.iloc[::-1].to_numpy()}, index=values.index)
    monkeypatch.setattr(shuffled, "_BLOCK", 64 * 50)
    monkeypatch.setattr(shuffled, "_PART", 64 * 7)
    many = measure(frame, graph, seed=4)
    monkeypatch.setattr(shuffled, "in_parts", lambda number, work, least: work(0, number))
    one = measure(frame, graph, seed=4)
    pd.testing.assert_frame_equal(many, one)
    alone = measure(frame[["b"]], graph, statistics=["geary_c"], seed=4)
    same = one[(one["variable"] == "b") & (one["statistic"] == "geary_c")]
    same = same.drop(columns="p_adjusted").reset_index(drop=True)
    pd.testing.assert_frame_equal(same, alone.drop(columns="p_adjusted"))


def test_where_every_order_gives_the_same(cells) -> None:
    geometry = cells(2, 3)
    everybody = Graph.build_knn(geometry.centroid, 5)
    y = pd.DataFrame({"y": [1.0, 2, 3, 4, 5, 9]}, index=geometry.index)
    found = measure(y, everybody, statistics=["moran_i"]).iloc[0]
    assert found["value"] == pytest.approx(-1 / 5)
    assert np.isnan(found["z"])
    assert found["p_value"] == 1
    assert found["note"] == "every order of the values gives the same"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 20), min_size=12, max_size=12).filter(lambda y: len(set(y)) > 1),
    st.floats(0.01, 100),
    st.floats(-1000, 1000),
)
def test_scale_and_level_of_the_values_do_not_matter(y: list, a: float, b: float) -> None:
    pairs = np.array([(i, j) for i in range(12) for j in (i - 1, i + 1)]).T % 12
    ring = Graph.from_arrays(*pairs, np.ones(24))
    frame = pd.DataFrame({"y": y, "x": range(12), "moved": np.array(y) * a + b})
    names = ["moran_i", "geary_c", "lee_l", "moran_bivariate"]
    found = measure(frame, ring, statistics=names, permutations=19)
    columns = ["value", "expected", "z", "p_value"]
    found = found.set_index(["variable", "other", "statistic"])[columns]
    for name in names[:2]:
        np.testing.assert_allclose(
            found.loc["moved", "", name].astype(float),
            found.loc["y", "", name].astype(float),
            rtol=1e-5,
            atol=1e-7,
        )
    np.testing.assert_allclose(
        found.loc["x", "moved", "lee_l"].astype(float),
        found.loc["y", "x", "lee_l"].astype(float),
        rtol=1e-5,
        atol=1e-7,
    )


KINDS = pd.DataFrame({"x": ["a", "b"]}, ["z0", "z1"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"statistics": ["moran"]}, "no statistic 'moran'. Did you mean 'moran_i'"),
        ({"statistics": ["lee_l"]}, "lee_l is of two variables"),
        ({"statistics": ["moran_rate"]}, "moran_rate is of events in a population"),
        ({"alternative": "both"}, "alternative is 'both'"),
        ({"permutations": 0}, "permutations must be"),
        ({"statistics": []}, "give 'all' or a list"),
        ({"statistics": "moran_i"}, "give 'all' or a list"),
        ({"adjust": "holm"}, "adjust is 'holm'"),
        ({"adjust": "bh"}, "Did you mean 'fdr_bh'"),
        ({"alternative": "two_sided"}, "Did you mean 'two-sided'"),
        ({"permutations": "99"}, "permutations must be 1 or more, a whole number, not '99'"),
        ({"statistics": ["join_count"]}, "join_count is of categories"),
        ({"values": KINDS, "statistics": ["moran_i"]}, "moran_i is of numbers"),
        ({"values": KINDS, "population": pd.Series(9.0, ["z0", "z1"])}, "'x' is no count of"),
        ({"values": pd.DataFrame({"x": [1.0, np.inf]}, ["z0", "z1"])}, "'z1' has an infinite"),
        ({"values": pd.DataFrame({"x": [1.0]}, ["strange"])}, "'strange' is not in the graph"),
        (
            {"values": pd.DataFrame([[1.0, 2]], ["z0"], columns=["x", "x"])},
            "variable 'x' is there twice",
        ),
    ],
)
def test_mistakes(patchy: tuple, change: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        measure(**({"values": patchy[0].to_frame("x"), "graph": patchy[1]} | change))


def test_all_statistics_stand_in_one_table_with_adjusted_p_values(patchy: tuple) -> None:
    values, graph = patchy
    people = pd.Series(100.0, values.index)
    frame = pd.DataFrame({"x": values, "one": (values > 5) * 1, "z": values.iloc[::-1].to_numpy()})
    frame["kind"] = pd.cut(values, [-1, 4, 7, 99], labels=["few", "some", "many"])
    found = measure(frame, graph, permutations=99, seed=2)
    columns = ["variable", "other", "statistic", "value", "expected", "z", "p_value", "p_adjusted"]
    assert list(found) == [*columns, "note"]
    of_rates = set(measure(frame[["x"]], graph, population=people, permutations=9)["statistic"])
    assert set(found["statistic"]) | of_rates == {*STATISTICS, *OF_CATEGORIES}
    # Benjamini and Hochberg's, in a loop over the ranks.
    known = found["p_value"].dropna().sort_values(kind="stable")
    least, plain = 1.0, {}
    for rank in range(len(known), 0, -1):
        least = min(least, known.iloc[rank - 1] * len(known) / rank)
        plain[known.index[rank - 1]] = least
    assert found["p_adjusted"].to_dict() == pytest.approx(plain, nan_ok=True)
    strict = measure(frame, graph, permutations=99, seed=2, adjust="bonferroni")["p_adjusted"]
    np.testing.assert_allclose(strict, np.minimum(1, found["p_value"] * len(found)))
    none = measure(frame, graph, permutations=99, seed=2, adjust=None)
    np.testing.assert_array_equal(none["p_adjusted"], none["p_value"])
    joins = found[found["statistic"].isin(OF_CATEGORIES)].reset_index(drop=True)
    alone = join_counts(frame["kind"], graph, permutations=99, seed=2)
    figures = ["statistic", "value", "expected", "z", "p_value", "note"]
    pd.testing.assert_frame_equal(joins[figures], alone[figures])
    assert joins[["variable", "other"]].values.tolist() == [
        *[["kind.few", f"kind.{other}"] for other in ("few", "some", "many")],
        *[["kind.some", f"kind.{other}"] for other in ("some", "many")],
        *[["kind.many", "kind.many"], ["kind", ""]],
    ]
    pairs = measure(frame, graph, statistics=["lee_l", "join_count_different"], permutations=9)
    assert pairs["statistic"].tolist() == ["lee_l"] * 3 + ["join_count_different"]


@pytest.mark.parametrize("far", [1e4, 1e8, 1e12])
def test_a_value_that_drowns_all_others_is_told(patchy: tuple, far: float) -> None:
    values, graph = patchy
    frame = pd.DataFrame({"x": values.where(values.index != "z20", far), "y": values})
    found = measure(frame, graph, permutations=99).set_index(["variable", "other", "statistic"])
    told = found["note"].str.contains(ONE_ALONE)
    assert told.tolist() == ["x" in row[:2] for row in found.index]
    assert found["p_value"].between(0.02, 1).all()


def test_one_series_is_refused(patchy: tuple) -> None:
    with pytest.raises(ValueError, match="give zones × variables"):
        measure(patchy[0], patchy[1])
    with pytest.raises(ValueError, match="seed must be 0 or more"):
        measure(patchy[0].to_frame(), patchy[1], seed=-1)


def test_the_graph_stays_as_it_is(cells) -> None:
    # The zero that stands for an island in a graph's matrix must not be taken out of it.
    geometry = cells(4, 4).drop("z1").drop("z4")
    graph = neighbours.contiguity(geometry, rook=True)
    assert len(graph.isolates) == 1
    before = graph.sparse.copy()
    measure(pd.DataFrame({"x": np.arange(14.0)}, geometry.index), graph)
    assert graph.sparse.nnz == before.nnz
    assert np.array_equal(graph.sparse.indptr, before.indptr)
    assert np.array_equal(graph.sparse.indices, before.indices)
