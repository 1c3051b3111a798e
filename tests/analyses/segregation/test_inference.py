import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.segregation import _drawn, _measure, chance, inference, measure, shapley
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
    # Allen and others take off a part of what chance adds.
    corrected = row.loc["dissimilarity", "corrected"]
    assert (
        corrected
        < chance.bias_corrected_dissimilarity(x, y)[0]
        < row.loc["dissimilarity", "value"]
    )
    assert (row["ci_low"] <= row["corrected"]).all()
    assert (row["corrected"] <= row["ci_high"]).all()


def test_draws_keep_what_their_null_keeps():
    n = counts().to_numpy()
    rng = np.random.default_rng(0)
    drawn = _drawn.drawer("systematic", n, n)(rng, 200)
    np.testing.assert_array_equal(drawn.sum(axis=1), np.tile(n.sum(axis=1)[:, None], 200))
    shares = drawn.sum(axis=(0, 2)) / drawn.sum()
    np.testing.assert_allclose(shares, n.sum(axis=0) / n.sum(), atol=0.005)
    moved = _drawn.drawer("permutation", n, n)(rng, 3)
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
    monkeypatch.setattr(_drawn, "cores", lambda: 1)
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


def held(alpha, towns, zones=60, **options):
    """Give the share of made-up towns of few people a zone whose intervals hold the truth."""
    inside = []
    for seed in range(towns):
        rng = np.random.default_rng([5, seed])
        people, shares = rng.poisson(25, zones) + 1, np.tile([0.6, 0.3, 0.1], (zones, 1))
        if alpha:
            shares = rng.dirichlet(alpha * shares[0], zones)
        table = pd.DataFrame(rng.multinomial(people, shares), columns=list("abc"))
        truth = measure(pd.DataFrame(people[:, None] * shares, columns=list("abc")), indices=FEW)
        found = inference.test(table, indices=FEW, seed=seed, pairs=False, **options)
        above = found["ci_low"] <= truth["value"] + 1e-9
        inside.append((above & (truth["value"] <= found["ci_high"] + 1e-9))[found["other"] == ""])
    return np.mean(inside, axis=0)


@pytest.mark.parametrize("alpha", [0, 2, 20])
def test_intervals_hold_the_truth_where_zones_are_small(alpha):
    # Drawn anew from themselves and reflected once, none of the first 0 held it.
    assert (held(alpha, 40, replicates=59) >= 0.8).all()


def test_intervals_of_a_lower_level_are_narrower():
    found = held(20, 40, replicates=59, level=0.5)
    assert ((found > 0.25) & (found < 0.75)).all()


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
    assert (same["p_value"] > 0.5).all()
    # Two municipalities: other zones, nothing to pool.
    other = counts(seed=5, zones=45, spread=2).set_axis(range(100, 145))
    table = inference.compare(before, other, indices=FEW, replicates=199, seed=1)
    found = measure(other, indices=FEW)["value"].to_numpy()
    np.testing.assert_allclose(table["after"], found)
    assert table["p_value"].iloc[0] == 0.01
    assert table["note"].str.contains("the zones are not the same").all()


def peopled(seed, people, shares):
    rng = np.random.default_rng([8, seed])
    return pd.DataFrame(rng.multinomial(people, shares), columns=list("abc"))


def test_growth_alone_is_no_change():
    # Two tables that changed places gave 0.01: in small zones chance adds more.
    shares = np.random.default_rng(4).dirichlet([6, 3, 1], 600)
    then, now = peopled(0, np.full(600, 25), shares), peopled(1, np.full(600, 50), shares)
    options = {"indices": FEW, "replicates": 99, "seed": 1, "parts": ()}
    few = inference.compare(then, now, **options)
    assert (few["p_value"] > 0.05).all()
    assert (few.loc[few["index"] == "dissimilarity", "difference"] < -0.01).all()
    apart = shares**1.2 / (shares**1.2).sum(axis=1, keepdims=True)
    changed = inference.compare(then, peopled(1, np.full(600, 50), apart), **options)
    assert (changed.loc[changed["index"] == "information_theory", "p_value"] == 0.02).all()


def test_people_dealt_anew_keep_the_zones_and_the_groups():
    one, two = (counts(seed=seed).to_numpy().copy() for seed in (0, 1))
    one[0], two[1] = 0, 0
    both = one + two
    first = _drawn.dealt(np.random.default_rng(0), one.sum(axis=1), both, 400)
    assert (first >= 0).all()
    assert (first <= both[:, :, None]).all()
    np.testing.assert_array_equal(first.sum(axis=1), np.tile(one.sum(axis=1)[:, None], 400))
    expected = both * (one.sum(axis=1) / both.sum(axis=1))[:, None]
    np.testing.assert_allclose(first.mean(axis=2), expected, atol=0.6)


def test_zones_are_the_same_by_label_and_outline(squares):
    cells = squares(8, 8)
    one, two = (counts(seed=s, zones=64).set_axis(cells.index) for s in (0, 1))
    few = {"indices": ["information_theory"], "replicates": 19, "seed": 1}
    straight = inference.compare(one, two, **few)
    turned = inference.compare(one, two.iloc[::-1], **few)
    pd.testing.assert_frame_equal(turned, straight)
    again = inference.compare(one, two, cells, geometry_after=cells.copy().iloc[::-1], **few)
    pd.testing.assert_frame_equal(again, straight)
    # Another municipality, of which the rows are counted from 0 as well.
    far = inference.compare(one, two, cells, geometry_after=cells.translate(90_000), **few)
    assert far["note"].str.contains("the zones are not the same").all()
    assert far["note"].str.contains("no zone has people in both").all()
    with pytest.raises(ValueError, match="same zones"):
        inference.compare(
            one, two, cells, geometry_after=cells.translate(90_000), null="pooled", **few
        )


def test_parts_add_up_where_a_count_is_missing():
    before = pd.DataFrame({"a": [30, 9, np.nan], "b": [9, 30, 5]})
    after = pd.DataFrame({"a": [30, 9, 90], "b": [9, 30, 5]})
    few = {"indices": ["information_theory"], "replicates": 19, "seed": 1}
    row = inference.compare(before, after, **few).iloc[0]
    assert row["difference"] == row["composition"] == row["distribution"] == row["zones"] == 0
    assert row["note"] == "1 zone left out: counts missing before"
    drawn = tuple(
        inference.bootstrap(t, replicates=19, **{"indices": few["indices"]})
        for t in (before, after)
    )
    pd.testing.assert_series_equal(
        inference.compare(before, after, drawn=drawn, **few).iloc[0], row
    )
    both = inference.compare(before, after.assign(b=[9, 30, np.nan]), **few)
    assert both["note"].tolist() == ["1 zone left out: counts missing before and after"]


def test_parts_add_up_where_zones_of_one_label_have_other_outlines(squares):
    cells = squares(8, 8)
    table = counts(zones=64).set_axis(cells.index)
    wide = cells.scale(1, 3, origin=(0, 0))
    names = ["spatial_information_theory", "dissimilarity"]
    found = inference.compare(
        table, table, cells, geometry_after=wide, indices=names, replicates=9, seed=1, pairs=False
    )
    alone = found[found["other"] == ""]
    assert abs(alone["difference"].iloc[0]) > 1e-4
    sums = alone[["composition", "distribution", "zones"]].sum(axis=1)
    np.testing.assert_allclose(sums, alone["difference"], atol=1e-9)
    # What is said of distances does not hide what is said of the parts.
    note = found.loc[found["index"] == names[0], "note"].iloc[0]
    assert note.startswith("distances in km; ")
    assert "no zone has people in both" in note
    with pytest.raises(ValueError, match="a label of its own"):
        inference.compare(
            table, table, cells, geometry_after=wide, indices=names, replicates=9, areas=cells.area
        )


def test_differences_have_their_parts():
    before, after = counts(), counts(seed=1).iloc[:-4]
    indices = ["isolation", "dissimilarity", "information_theory", "gini"]
    table = inference.compare(before, after, indices=indices, replicates=19, seed=1)
    parts = table[["composition", "distribution", "zones"]]
    divided = (table["index"] == "information_theory") | (
        table["index"].isin(["isolation", "dissimilarity"]) & (table["other"] == "")
    )
    assert parts[~divided].isna().all(axis=None)
    sums = parts[divided].sum(axis=1)
    np.testing.assert_allclose(sums, table.loc[divided, "difference"], atol=1e-9)
    told = shapley(before, after, indices=["information_theory"]).set_index("part")["value"]
    last = table[table["index"] == "information_theory"].iloc[0]
    assert last["zones"] == told["zones"]
    none = inference.compare(before, after, indices=indices, replicates=19, seed=1, parts=())
    assert none[parts.columns].isna().all(axis=None)
    pd.testing.assert_frame_equal(none.drop(columns=parts), table.drop(columns=parts))
    more = inference.compare(before, after, indices=indices, replicates=19, parts=["gini"])
    assert more.groupby("index")["zones"].count().to_dict() == dict.fromkeys(indices, 0) | {
        "gini": 6
    }


def test_mistakes():
    table = counts()
    with pytest.raises(ValueError, match="null is 'random'"):
        inference.test(table, null="random")
    for replicates in (0, 2.5, None):
        with pytest.raises(ValueError, match="replicates is"):
            inference.test(table, replicates=replicates)
    for seed in (None, 1.5, -1, "1"):
        with pytest.raises(ValueError, match="the same for the same draws"):
            inference.test(table, seed=seed)
        with pytest.raises(ValueError, match="the same for the same draws"):
            inference.compare(table, table, seed=seed)
    with pytest.raises(ValueError, match="level is 95"):
        inference.test(table, level=95)
    with pytest.raises(ValueError, match="same in the same order"):
        inference.compare(table, table[["b", "a", "c"]])
    with pytest.raises(ValueError, match="same zones"):
        inference.compare(table, table.iloc[:-1], null="pooled")
    places = gpd.GeoSeries.from_xy(np.arange(60.0), np.zeros(60), crs=3067)
    with pytest.raises(ValueError, match="give the zones of both"):
        inference.compare(table, table, geometry_after=places)
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
    ends = [0.025, 0.975]
    spread = np.quantile(drawn[0]["dissimilarity"][0], ends, method="weibull")
    np.testing.assert_allclose(tested.loc[0, ["ci_low", "ci_high"]].astype(float), spread)


def test_a_bootstrap_p_value_is_of_the_true_values():
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
    # All four differences are 0 or more; three are 0 as well.
    assert row["p_value"] == 1
    assert row["ci_low"] == 0
    assert row["ci_high"] == pytest.approx(0.8)


def test_what_is_rounded_for_draws_says_so():
    table = inference.test(counts() / 3, indices=FEW, replicates=19, seed=1)
    assert table["note"].str.contains("rounded to whole people").all()
    assert (inference.test(counts(), indices=FEW, replicates=19, seed=1)["note"] == "").all()


def test_fractions_are_not_drawn_as_people():
    table = pd.DataFrame({"a": [0.9, 0.2, 0.4], "b": [0.1, 0.8, 0.6]})
    few = {"indices": FEW, "replicates": 19}
    drawn = ["ci_low", "ci_high", "p_value"]
    found = inference.test(table, **few)
    assert found["value"].notna().all()
    assert found[[*drawn, "expected", "corrected"]].isna().all(axis=None)
    assert set(found["note"]) == {_drawn.FRACTIONS}
    compared = inference.compare(table, table.iloc[::-1].set_axis(table.index), **few)
    assert compared[drawn].isna().all(axis=None)
    assert compared["note"].str.startswith(_drawn.FRACTIONS).all()
    assert inference.bootstrap(table, **few) == {}
    # A group that would have no members left, though all people hardly change.
    rare = pd.DataFrame({"a": np.full(50, 9.0), "b": np.full(50, 0.4)})
    assert set(inference.test(rare, **few)["note"]) == {_drawn.FRACTIONS}


def test_too_many_people_are_refused():
    many = pd.DataFrame({"a": [3e19, 5], "b": [4, 5]}, index=["x", "y"])
    few = {"indices": FEW, "replicates": 9}
    for call in (inference.test, inference.bootstrap):
        with pytest.raises(ValueError, match=r"zone 'x' has .* people"):
            call(many, **few)
    billion = many.clip(upper=6e8)
    assert inference.test(billion, **few)["p_value"].notna().all()
    with pytest.raises(ValueError, match=r"zone 'x' has .* people"):
        inference.compare(billion, billion, **few)
    assert len(inference.compare(billion, billion, null="bootstrap", **few))
