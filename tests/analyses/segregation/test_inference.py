import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.segregation import _measure, chance, evenness, inference, measure
from kvarter.geo import threads
from scipy import stats

FEW = ["dissimilarity", "information_theory", "isolation"]


def counts(seed=0, zones=60, spread=8.0):
    rng = np.random.default_rng(seed)
    people = rng.poisson(30, zones)
    shares = rng.dirichlet([3 * spread, 2 * spread, spread], zones)
    return pd.DataFrame(rng.multinomial(people, shares), columns=list("abc")).astype(float)


def test_what_chance_gives_is_the_expectation_in_closed_form():
    table = counts()
    found = inference.test(table, indices=["dissimilarity", "gini"], replicates=600, seed=3)
    row = found[(found["group"] == "b") & (found["other"] == "")].set_index("index")
    x, y = table["b"], table["a"] + table["c"]
    expected = chance.expected_dissimilarity(x, y)[0]
    assert row.loc["dissimilarity", "expected"] == pytest.approx(expected, abs=0.003)
    expected = chance.expected_gini(x, y)[0]
    assert row.loc["gini", "expected"] == pytest.approx(expected, abs=0.003)
    # Allen and others' correction, where each zone's people are drawn anew.
    corrected = row.loc["dissimilarity", "corrected"]
    assert corrected == pytest.approx(chance.bias_corrected_dissimilarity(x, y)[0], abs=0.01)
    assert (row["ci_low"] <= row["corrected"]).all()
    assert (row["corrected"] <= row["ci_high"]).all()


def test_draws_keep_what_their_null_keeps():
    n = counts().to_numpy()
    rng = np.random.default_rng(0)
    drawn = inference._null("systematic", n, n)(rng, 200)
    np.testing.assert_array_equal(drawn.sum(axis=1), np.tile(n.sum(axis=1)[:, None], 200))
    shares = drawn.sum(axis=(0, 2)) / drawn.sum()
    np.testing.assert_allclose(shares, n.sum(axis=0) / n.sum(), atol=0.005)
    again = inference._null("bootstrap", n, n)(rng, 400)
    np.testing.assert_array_equal(again.sum(axis=1), np.tile(n.sum(axis=1)[:, None], 400))
    np.testing.assert_allclose(again.mean(axis=2), n, atol=1.2)
    moved = inference._null("permutation", n, n)(rng, 3)
    for k in range(3):
        assert sorted(moved[:, :, k].tolist()) == sorted(n.tolist())


def test_all_nulls_and_intervals_with_places(squares):
    cells = squares(8, 8)
    column = np.arange(64) % 8
    rng = np.random.default_rng(1)
    x = rng.binomial(40, np.where(column < 4, 0.7, 0.2)).astype(float)
    halves = pd.DataFrame({"a": x, "b": 40 - x}, index=cells.index)
    found = inference.test(halves, cells, null="permutation", replicates=99, seed=1)
    p = found.drop_duplicates("index").set_index("index")["p_value"]
    for index in ("spatial_proximity", "absolute_clustering", "spatial_dissimilarity"):
        assert p[index] == 0.02
    assert np.isnan(p["dissimilarity"])
    notes = found.drop_duplicates("index").set_index("index")["note"]
    assert "does not depend on where the zones are" in notes["dissimilarity"]
    assert "chance is taken off already" in notes["modified_gini"]
    assert "it takes long" in notes["spatial_proximity_profile"]
    named = inference.test(
        halves, cells, indices=["global_distortion"], replicates=19, interval=False
    )
    assert named["p_value"].tolist() == [0.1]
    drawn = inference.test(halves, indices=FEW, null="bootstrap", replicates=99, seed=1)
    assert (drawn["p_value"] == 0.02).all()


def test_the_same_seed_gives_the_same_on_one_core_and_on_many(monkeypatch):
    table = counts()
    many = inference.test(table, indices=FEW, replicates=200, seed=7)
    monkeypatch.setattr(inference, "cores", lambda: 1)
    one = inference.test(table, indices=FEW, replicates=200, seed=7)
    pd.testing.assert_frame_equal(one, many)
    other = inference.test(table, indices=FEW, replicates=200, seed=8)
    assert not other["expected"].equals(one["expected"])
    assert threads.cores() >= 1


@pytest.mark.slow
def test_towns_without_segregation_are_found_segregated_as_often_as_alpha():
    found = []
    for seed in range(200):
        rng = np.random.default_rng([9, seed])
        people = rng.poisson(20, 40)
        table = pd.DataFrame(rng.multinomial(people, [0.5, 0.3, 0.2]), columns=list("abc")) * 1.0
        tested = inference.test(table, indices=FEW, replicates=99, seed=seed, interval=False)
        row = tested[(tested["index"] == "information_theory")]
        found.append(row["p_value"].iloc[0] <= 0.1)
    low, high = stats.binom.interval(0.999, 200, 0.1)
    assert low <= sum(found) <= high


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_their_level():
    rng = np.random.default_rng(2)
    people, share = rng.poisson(60, 80), rng.beta(2, 4, 80)
    true_x, true_y = people * share, people * (1 - share)
    truth = evenness.dissimilarity(true_x, true_y)[0]
    covered = 0
    for seed in range(120):
        x = np.random.default_rng([5, seed]).binomial(people, share)
        table = pd.DataFrame({"a": x, "b": people - x}).astype(float)
        row = inference.test(table, indices=["dissimilarity"], replicates=199, seed=seed).iloc[0]
        covered += row["ci_low"] <= truth <= row["ci_high"]
    assert covered >= stats.binom.ppf(0.0005, 120, 0.95) - 4


def test_two_years_are_compared():
    before = counts(spread=30)
    after = before.copy()
    # Most of a move to where c live.
    moved = before["a"] * 0.8
    after["a"] -= moved
    after["a"] += moved.sum() * before["c"] ** 2 / (before["c"] ** 2).sum()
    table = inference.compare(before, after.round(), indices=FEW, replicates=199, seed=1)
    row = table.iloc[0]
    assert row["difference"] == pytest.approx(row["after"] - row["before"])
    assert row["ci_low"] < row["difference"] < row["ci_high"]
    assert row["p_value"] == 0.01
    same = inference.compare(before, before, indices=FEW, replicates=99, seed=1)
    assert (same["difference"] == 0).all()
    assert (same["p_value"] == 1).all()
    # Two municipalities: other zones, nothing to swap.
    other = counts(seed=5, zones=45, spread=2).set_axis(range(100, 145))
    table = inference.compare(before, other, indices=FEW, replicates=199, seed=1)
    found = measure(other, indices=FEW)["value"].to_numpy()
    np.testing.assert_allclose(table["after"], found)
    assert table["p_value"].iloc[0] == 0.01


def test_mistakes():
    table = counts()
    with pytest.raises(ValueError, match="null is 'random'"):
        inference.test(table, null="random")
    with pytest.raises(ValueError, match="replicates must be"):
        inference.test(table, replicates=0)
    with pytest.raises(ValueError, match="level is 95"):
        inference.test(table, level=95)
    with pytest.raises(ValueError, match="same in the same order"):
        inference.compare(table, table[["b", "a", "c"]])
    with pytest.raises(ValueError, match="same zones"):
        inference.compare(table, table.iloc[:-1], null="swap")
    nobody = pd.DataFrame({"a": [0.0, 0], "b": [0.0, 0]})
    found = inference.test(nobody, indices=FEW, replicates=9)
    assert found[["value", "expected", "p_value"]].isna().all().all()
    assert set(found["note"]) == {"no people"}
    assert set(_measure.CORRECTED) <= set(_measure.DIMENSION)


def test_without_pairs_the_groups_have_the_same_figures():
    few = [*FEW, "interaction"]
    whole = inference.test(counts(), indices=few, replicates=49, seed=2)
    part = inference.test(counts(), indices=few, replicates=49, seed=2, pairs=False)
    alone = whole["other"] == ""
    pd.testing.assert_frame_equal(whole[alone], part[alone])
    pairs = part[~alone]
    pd.testing.assert_series_equal(pairs["value"], whole.loc[~alone, "value"])
    assert pairs[["ci_low", "ci_high", "p_value", "expected"]].isna().all(axis=None)


def test_draws_that_are_there_are_not_drawn_again():
    one, two = counts(), counts(seed=1)
    drawn = [
        inference.bootstrap(table, indices=FEW, replicates=49, seed=[2, number])
        for number, table in enumerate((one, two))
    ]
    options = {"indices": FEW, "replicates": 49, "seed": 2, "null": "bootstrap"}
    given = inference.compare(one, two, drawn=tuple(drawn), **options)
    pd.testing.assert_frame_equal(given, inference.compare(one, two, **options))
    tested = inference.test(one, indices=FEW, replicates=49, drawn=drawn[0])
    spread = np.quantile(2 * tested["value"][0] - drawn[0]["dissimilarity"][0], [0.025, 0.975])
    np.testing.assert_allclose(tested.loc[0, ["ci_low", "ci_high"]].astype(float), spread)


def test_a_bootstrap_p_value_is_of_the_reflected_draws():
    before, after = counts(), counts(seed=1)
    names = ["information_theory"]
    one, two = np.array([[0.1, 0.1, 0.1, 0.1]]), np.array([[0.1, 0.1, 0.1, 0.9]])
    row = inference.compare(
        before,
        after,
        indices=names,
        null="bootstrap",
        replicates=4,
        drawn=({names[0]: one}, {names[0]: two}),
    ).iloc[0]
    reflected = 2 * row["difference"] - (two - one)[0]
    larger, smaller = (reflected >= 0).sum(), (reflected <= 0).sum()
    assert row["p_value"] == min(1, 2 * (min(larger, smaller) + 1) / 5)


def test_what_is_rounded_for_draws_says_so():
    table = inference.test(counts() / 3, indices=FEW, replicates=19, seed=1)
    assert table["note"].str.contains("rounded to whole people").all()
    assert (inference.test(counts(), indices=FEW, replicates=19, seed=1)["note"] == "").all()
