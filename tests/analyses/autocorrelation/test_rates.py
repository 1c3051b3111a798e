import warnings

import esda
import libpysal
import numpy as np
import pandas as pd
import pytest
from esda.smoothing import assuncao_rate
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.autocorrelation import rates
from kvarter.geo import neighbours
from libpysal.graph import Graph


@pytest.fixture(scope="module")
def sids() -> tuple[pd.Series, pd.Series, Graph]:
    """Sudden infant deaths and births of 1979–84 in the counties of North Carolina."""
    table = libpysal.io.open(libpysal.examples.get_path("sids2.dbf"))
    w = libpysal.io.open(libpysal.examples.get_path("sids2.gal")).read()
    e, p = (pd.Series(table.by_col(name), w.id_order).astype(float) for name in ("SID79", "BIR79"))
    return e, p, Graph.from_W(w)


@pytest.fixture(scope="module")
def patchy_counts(patchy: tuple) -> tuple[pd.Series, pd.Series, Graph]:
    population = pd.Series(np.random.default_rng(4).poisson(60, 64) + 1.0, patchy[0].index)
    return patchy[0], population, patchy[1]


def test_equal_to_esda(sids: tuple, patchy_counts: tuple) -> None:
    for e, p, graph in (sids, patchy_counts):
        pairs = [
            (rates.empirical_bayes(e, p), esda.smoothing.Empirical_Bayes(e, p).r),
            (rates.empirical_bayes_standardized(e, p), assuncao_rate(e.to_numpy(), p.to_numpy())),
            (rates.smoothed(e, p, graph), esda.smoothing.Spatial_Rate(e, p, graph.to_W()).r),
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            local = esda.smoothing.Spatial_Empirical_Bayes(e, p, graph.to_W()).r.ravel()
        pairs.append((rates.spatial_empirical_bayes(e, p, graph), np.nan_to_num(local)))
        for found, expected in pairs:
            np.testing.assert_allclose(found, expected.ravel(), rtol=1e-10, atol=1e-14)


def test_values_that_pysal_prints(sids: tuple) -> None:
    # The example in the documentation of `esda.moran.Moran_Rate`.
    e, p, graph = sids
    z = rates.empirical_bayes_standardized(e, p)
    i = esda.Moran(z, graph, permutations=0).I
    assert i == pytest.approx(0.1662, abs=5e-5)
    # The example in the documentation of `esda.smoothing.assuncao_rate`.
    events = pd.Series([30, 25, 25, 15, 33, 21, 30, 20])
    births = pd.Series([100, 100, 110, 90, 100, 90, 110, 90])
    found = rates.empirical_bayes_standardized(events, births)[:4]
    np.testing.assert_allclose(found, [1.03843594, -0.04099089, -0.56250375, -1.73061861])


def plain(e: list, p: list, near: list) -> tuple[list, list, list]:
    """Give the global and the local estimate, and the standardised rate, from the formulas."""
    n = len(e)
    r = [e[i] / p[i] for i in range(n)]

    def prior(zones: list) -> tuple[float, float]:
        people = sum(p[j] for j in zones)
        m = sum(e[j] for j in zones) / people
        s = sum(p[j] * (r[j] - m) ** 2 for j in zones) / people
        return m, s - m / (people / len(zones))

    m, a = prior(list(range(n)))
    whole = [m + max(a, 0) / (max(a, 0) + m / p[i]) * (r[i] - m) for i in range(n)]
    local = []
    for i in range(n):
        mi, ai = prior([i, *near[i]])
        ai = max(ai, 0)
        local.append(mi + (ai / (ai + mi / p[i]) * (r[i] - mi) if mi else 0))
    z = []
    for i in range(n):
        v = a + m / p[i]
        z.append((r[i] - m) / (v if v > 0 else m / p[i]) ** 0.5)
    return whole, local, z


def test_plain_loops(patchy_counts: tuple) -> None:
    e, p, graph = patchy_counts
    # Once with and once without more than chance between the zones.
    same = (p * 0.1).round()
    for events in (e, same):
        place = {zone: i for i, zone in enumerate(e.index)}
        near = [[place[j] for j in graph[i].index if j != i] for i in e.index]
        whole, local, z = plain(events.tolist(), p.tolist(), near)
        np.testing.assert_allclose(rates.empirical_bayes(events, p), whole, rtol=1e-9)
        found = rates.spatial_empirical_bayes(events, p, graph)
        np.testing.assert_allclose(found, local, rtol=1e-9)
        found = rates.empirical_bayes_standardized(events, p)
        np.testing.assert_allclose(found, z, rtol=1e-9, atol=1e-9)


def test_where_there_is_only_chance_all_rates_are_the_overall_one() -> None:
    p = pd.Series(np.random.default_rng(5).integers(5, 40, 200).astype(float))
    e = (p * 0.2).round()
    estimate = rates.empirical_bayes(e, p)
    np.testing.assert_allclose(estimate, e.sum() / p.sum())
    assert rates.small(e, p).equals((p < p.median()) | (p < 15))


def test_equal_rates_do_not_stand_out() -> None:
    p = pd.Series([10.0, 20, 70, 1000])
    for share in (0.0, 0.1):
        assert (rates.empirical_bayes_standardized(p * share, p) == 0).all()
        np.testing.assert_allclose(rates.empirical_bayes(p * share, p), share)


def test_standard_error_is_what_chance_does() -> None:
    rng = np.random.default_rng(6)
    p = pd.Series([20.0, 200, 2000] * 400)
    e = pd.Series(rng.poisson(p * 0.05).astype(float))
    found = (e / p).groupby(p).std()
    expected = rates.standard_error(e, p).groupby(p).first()
    np.testing.assert_allclose(found, expected, rtol=0.12)


def test_zones_without_a_rate_are_left_out(patchy_counts: tuple) -> None:
    e, p, graph = patchy_counts
    e, p = e.copy(), p.copy()
    e["z0"], p["z1"], p["z2"] = np.nan, 0, np.nan
    frame = rates.table(e, p, graph)
    reasons = ["value missing", "no population", "value missing", ""]
    assert frame["note"].head(4).tolist() == reasons
    kept = frame.index[3:]
    shown = ["rate", "standard_error", "empirical_bayes", "smoothed", "spatial_empirical_bayes"]
    assert frame[shown].iloc[:3].isna().all(axis=None)
    assert not frame["small"].iloc[:3].any()
    alone = rates.table(e[kept], p[kept], graph.subgraph(kept))
    pd.testing.assert_frame_equal(frame.loc[kept], alone)
    nothing = rates.table(e * np.nan, p, graph)
    assert nothing[shown].isna().all(axis=None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(30, 900)), min_size=2, max_size=30))
def test_estimates_lie_between_the_raw_rate_and_the_mean(counts: list) -> None:
    e, p = (pd.Series(part, dtype=float) for part in zip(*counts, strict=True))
    mean, raw = e.sum() / p.sum(), rates.raw(e, p)
    estimate = rates.empirical_bayes(e, p)
    assert (estimate >= np.minimum(raw, mean) - 1e-12).all()
    assert (estimate <= np.maximum(raw, mean) + 1e-12).all()
    nearer = (estimate - mean).abs() <= (raw - estimate).abs() + 1e-12
    assert nearer[rates.small(e, p)].all()


@pytest.mark.parametrize(
    ("events", "population", "said"),
    [
        ([1.0, -1], [5.0, 5], "'b' has events of -1"),
        ([1.0, 1], [5.0, np.inf], "'b' has population of inf"),
    ],
)
def test_mistakes(events: list, population: list, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rates.raw(pd.Series(events, [*"ab"]), pd.Series(population, [*"ab"]))


def test_zones_must_agree(cells) -> None:
    counts = pd.Series([1.0, 2], ["z0", "z1"])
    with pytest.raises(ValueError, match="the same zones in the same order"):
        rates.raw(counts, counts[::-1])
    with pytest.raises(ValueError, match="'a' is there twice"):
        rates.raw(pd.Series([1.0, 2], ["a", "a"]), counts)
    graph = neighbours.contiguity(cells(1, 3))
    with pytest.raises(ValueError, match="'y' is not in the graph"):
        rates.smoothed(pd.Series({"y": 1.0}), pd.Series({"y": 2.0}), graph)


def test_an_interval_ends_where_the_share_is_so_many_deviations_away():
    share, people = pd.Series([0.1, 0.5, 0.013]), pd.Series([50.0, 12.0, 4000.0])
    for level, z in ((0.95, 1.959963985), (0.8, 1.281551566)):
        for end in rates.interval(share, people, level):
            away = (share - end).abs() / np.sqrt(end * (1 - end) / people)
            assert away.to_numpy() == pytest.approx(z, abs=1e-7)


def test_an_interval_of_nobody_or_everybody_stays_within_bounds():
    share, people = pd.Series([0, 1, 0.5, np.nan]), pd.Series([30.0, 30, 0, 30])
    low, high = rates.interval(share, people)
    assert (low[0], high[1]) == (0, 1)
    assert 0 < high[0] < 0.2 < low[1] < 1
    assert low[2:].isna().all()
    assert high[2:].isna().all()
    with pytest.raises(ValueError, match="level is 95"):
        rates.interval(share, people, 95)


def test_what_is_small_goes_by_the_people_and_the_spread_of_shares():
    people = pd.Series([400.0, 400, 400, 400, 40, 14, 0])
    share = pd.Series([0.4, 0.5, 0.6, 0.5, 0.5, 0.5, 0.5])
    for spread, few in ((1.0, [4, 5]), (4.0, [5])):
        rate = 0.5 + spread * (share - 0.5)
        events = people * rate
        e, p = events[:6], people[:6]
        mean = e.sum() / p.sum()
        squared = sum(p[i] * (e[i] / p[i] - mean) ** 2 for i in range(6)) / p.sum()
        chance = mean * (1 - mean)
        plain = [i for i in range(6) if (p[i] < 400 and chance / p[i] >= squared) or p[i] < 15]
        found = rates.small(events, people)
        assert np.flatnonzero(found).tolist() == plain == few


def test_on_a_map_without_spread_beyond_chance_half_of_the_zones_are_not_small():
    rng = np.random.default_rng(1)
    people = pd.Series(rng.integers(20, 200, 500)).astype(float)
    found = rates.small(pd.Series(rng.binomial(people.astype(int), 0.5)), people)
    assert 0.2 < found.mean() <= 0.5
    assert not found[people >= people.median()].any()
