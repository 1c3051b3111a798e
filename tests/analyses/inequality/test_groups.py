import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.inequality import by_group, deciles, gaps, weighted_quantile


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 900), st.integers(0, 30)), min_size=1, max_size=12
    ),
    st.none() | st.integers(0, 900),
)
def test_equals_a_list_of_persons(zones: list, limit: int | None) -> None:
    values = pd.Series([np.nan if v is None else float(v) for v, _ in zones])
    counts = pd.DataFrame({"g": [n for _, n in zones]})
    table = by_group(values, counts, limit=limit).set_index("measure")
    persons = sorted(np.inf if v is None else v for v, n in zones for _ in range(n))
    reached = [v for v in persons if v <= (np.finfo(float).max if limit is None else limit)]
    expected = {
        "mean": np.mean(persons) if persons else np.nan,
        "median": persons[(len(persons) - 1) // 2] if persons else np.nan,
        "share_within_limit": len(reached) / len(persons) if persons else np.nan,
        "beyond_limit": len(persons) - len(reached) if persons else np.nan,
    }
    expected = {name: np.nan if value == np.inf else value for name, value in expected.items()}
    assert table["value"].to_dict() == pytest.approx(expected, nan_ok=True)
    why = "some have no way to any service" if np.inf in persons else ""
    assert table["note"]["mean"] == (why if persons else "the group has no members")
    assert table["note"]["beyond_limit"] == ("" if persons else "the group has no members")


def test_groups_in_order_and_missing_counts_counted() -> None:
    values = pd.Series({"x": 100.0, "y": 300.0, "z": 900.0})
    counts = pd.DataFrame({"b": [1, 1, 2], "a": [4, np.nan, 0]}, index=["z", "x", "y"])
    table = by_group(values, counts, limit=500)
    assert table.columns.tolist() == ["group", "measure", "value", "note"]
    assert table["group"].tolist() == ["b"] * 4 + ["a"] * 4
    assert set(table.loc[table["group"] == "b", "note"]) == {""}
    assert table["note"].iloc[-1] == "1 zone left out: counts missing"
    assert table["value"].tolist() == pytest.approx([400, 300, 0.75, 1, 900, 900, 0, 4])


def test_who_lives_beyond_the_limit_counts_in_mean_and_median() -> None:
    values = pd.Series({"near": 100.0, "far": 9000.0})
    people = pd.DataFrame({"most far": [10, 30], "all near": [40, 0]}, index=values.index)
    table = by_group(values, people, limit=1000).pivot_table(
        index="group", columns="measure", values="value"
    )
    assert table.loc["most far", ["mean", "median"]].tolist() == [6775, 9000]
    assert table.loc["all near", ["mean", "median"]].tolist() == [100, 100]
    cut_off = by_group(values.where(values < 1000), people, limit=1000)
    assert cut_off["value"].isna().tolist()[:4] == [True, True, False, False]


def test_scale_of_the_weights_and_ties() -> None:
    assert weighted_quantile([1, 2], [0.1, 0.1], 0.5) == 1
    assert weighted_quantile([3, 1, 2], [0.1, 0.2, 0.1], 0.5) == 1
    assert weighted_quantile([3, 1, 2], [0.7, 0.1, 0.2], 0.3) == 2
    assert weighted_quantile([5, 9], [0, 1], 0.01) == 9
    assert weighted_quantile([5, 9], [2, 1], 1) == 9
    assert np.isnan(weighted_quantile([5], [0], 0.5))
    with pytest.raises(ValueError, match="q must be"):
        weighted_quantile([5], [1], 0)


@pytest.mark.parametrize(
    ("values", "counts", "said"),
    [
        ([1.0, 2.0], [1, -1], "zone 'b' has -1 members of 'g'"),
        ([1.0, -2.0], [1, 1], "cost of zone 'b' is negative"),
        ([1.0], [1, 1], "zone 'b' has no entry in values"),
    ],
)
def test_mistakes(values: list, counts: list, said: str) -> None:
    cost = pd.Series(values, index=list("ab")[: len(values)])
    with pytest.raises(ValueError, match=said):
        by_group(cost, pd.DataFrame({"g": counts}, index=list("ab")))


def test_deciles_equal_a_list_of_persons() -> None:
    values = pd.Series({"a": 100.0, "b": 500.0, "c": 2900.0, "d": np.nan})
    counts = pd.DataFrame({"g": [7, 11, 3, 0], "h": [1, 1, 1, 30], "none": 0}, index=values.index)
    table = deciles(values, counts)
    persons = sorted([100.0] * 7 + [500.0] * 11 + [2900.0] * 3)
    expected = [persons[int(np.ceil(len(persons) * d / 10)) - 1] for d in range(1, 10)]
    assert table.loc[table["group"] == "g", "value"].tolist() == expected
    h = table[table["group"] == "h"]
    assert h["value"].isna().all()
    assert set(h["note"]) == {"some have no way to any service"}
    assert set(table.loc[table["group"] == "none", "note"]) == {"the group has no members"}


def test_gaps_equal_a_plain_loop_and_intervals_cover() -> None:
    rng = np.random.default_rng(4)
    values = pd.Series(rng.gamma(2, 300, 400))
    counts = pd.DataFrame(rng.poisson(20, (400, 3)), columns=["x", "y", "z"])
    counts["z"] += (values > 900) * 30
    table = gaps(values, counts, replicates=199, seed=1).set_index("group")
    means = {g: sum(values * counts[g]) / sum(counts[g]) for g in counts}
    assert table["mean"].to_dict() == pytest.approx(means)
    best = min(means, key=means.__getitem__)
    assert set(table["best"]) == {best}
    for group, mean in means.items():
        assert table["gap"][group] == pytest.approx(mean - means[best])
        assert table["ci_low"][group] <= table["gap"][group] <= table["ci_high"][group]
    assert table["ci_low"]["z"] > 0
    pd.testing.assert_frame_equal(
        table, gaps(values, counts, replicates=199, seed=1).set_index("group")
    )
    order = rng.permutation(400)
    other = gaps(values.iloc[order[::-1]], counts.iloc[order], replicates=199, seed=1)
    pd.testing.assert_frame_equal(table, other.set_index("group"))


def test_intervals_of_gaps_hold_for_all_pairs_by_a_plain_loop() -> None:
    rng = np.random.default_rng(6)
    values = pd.Series(np.sort(rng.gamma(2, 300, 40)))
    counts = pd.DataFrame(rng.poisson(20, (40, 3)), columns=[*"xyz"])
    table = gaps(values, counts, replicates=80, level=0.9, seed=3).set_index("group")
    mean = {g: np.average(values, weights=counts[g]) for g in counts}
    drawn = []
    for draw in np.random.default_rng(3).integers(0, 40, (80, 40)):
        v, n = values.iloc[draw], counts.iloc[draw]
        drawn.append({g: np.average(v, weights=n[g]) for g in counts})
    pairs = [(g, h) for g in counts for h in counts if g != h]
    spread = {(g, h): np.std([d[g] - d[h] for d in drawn]) for g, h in pairs}
    farthest = sorted(
        max(abs(d[g] - d[h] - mean[g] + mean[h]) / spread[g, h] for g, h in pairs) for d in drawn
    )
    for g, row in table.iterrows():
        half = farthest[int(np.ceil(0.9 * 79))] * spread[g, row["best"]] if g != row["best"] else 0
        assert row["ci_low"] == pytest.approx(row["gap"] - half)
        assert row["ci_high"] == pytest.approx(row["gap"] + half)


def test_groups_that_are_alike_seldom_seem_apart() -> None:
    """With the intervals of each pair by itself, about two towns in three would have a gap."""
    rng, found = np.random.default_rng(8), 0
    for seed in range(60):
        values = pd.Series(rng.lognormal(0, 1, 80))
        counts = pd.DataFrame(rng.poisson(20, (80, 9)))
        found += (gaps(values, counts, replicates=99, seed=seed)["ci_low"] > 0).any()
    assert found <= 10


def test_few_zones_have_no_interval_and_a_note() -> None:
    one = gaps(pd.Series([1.0]), pd.DataFrame({"a": [5], "b": [2]}))
    assert one[["ci_low", "ci_high"]].isna().all(axis=None)
    assert set(one["note"]) == {"no interval: too few zones"}
    # One large zone of many tells hardly more than one.
    counts = pd.DataFrame({"a": [5] * 30, "b": [1000] + [1] * 29})
    values = pd.Series(np.arange(30.0))
    table = gaps(values, counts, better="higher", replicates=9).set_index("group")
    assert table["ci_low"].isna().tolist() == [False, True]
    assert table["note"].tolist() == ["", "no interval: too few zones"]
    # Groups alike in all zones differ by nothing.
    alike = gaps(values, counts[["a"]].assign(c=counts["a"]), replicates=9)
    assert alike[["gap", "ci_low", "ci_high"]].eq(0).all(axis=None)


def test_gaps_of_amounts_and_of_those_without() -> None:
    values = pd.Series({"a": 2.0, "b": 1.0, "c": np.nan, "d": 5.0})
    counts = pd.DataFrame(
        {"x": [1, 1, 0, np.nan], "y": [0, 1, 0, 1], "far": [1, 0, 1, 0], "none": 0},
        index=values.index,
    )
    table = gaps(values, counts, better="higher", replicates=9).set_index("group")
    assert table["best"].tolist() == ["x"] * 4
    assert table["gap"].tolist()[:2] == [0.0, 0.5]
    assert table["gap"].isna().tolist() == [False, False, True, True]
    assert table["ci_low"].isna().tolist()[2:] == [True, True]
    assert table["note"]["x"] == "no interval: too few zones; 1 zone left out: counts missing"
    assert table["note"]["far"].startswith("some have no value")
    assert table["note"]["none"].startswith("the group has no members")
    nobody = gaps(values, counts * 0, replicates=9)
    assert nobody["gap"].isna().all()


def test_an_infinite_cost_is_no_way() -> None:
    counts = pd.DataFrame({"g": [1, 3], "h": [2, 0]}, index=["a", "b"])
    for far in (np.inf, np.nan):
        values = pd.Series({"a": 100.0, "b": far})
        assert gaps(values, counts)["note"].str.startswith("some have no value").tolist() == [1, 0]
        table = by_group(values, counts, limit=np.inf).set_index(["group", "measure"])["value"]
        assert table["g", "share_within_limit"] == 0.25
        assert np.isnan(table["g", "mean"])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda v, n: gaps(v.replace(2, np.inf), n, better="higher"), "of zone 2 is infinite"),
        (lambda v, n: gaps(v, n, better="Lower"), "better is 'Lower'; give 'lower' or"),
        (lambda v, n: gaps(v, n, replicates=0), "replicates is 0; .* one replicate"),
        (lambda v, n: gaps(v, n, level=95), "level is 95; give one between 0 and 1"),
        (lambda v, n: gaps(v, n[[]]), "counts has no groups"),
        (lambda v, n: deciles(v, n.rename(index={1: 9})), "zone 9 has no entry in values"),
        (lambda v, n: by_group(pd.concat([v, v]), n), "values names zone 1 twice"),
        (lambda v, n: by_group(v, pd.concat([n, n])), "counts names zone 1 twice"),
        (lambda v, n: gaps(v, pd.concat([n, n], axis=1)), "counts names group 7 twice"),
        (lambda v, n: by_group(v, -n), "zone 1 has -1 members of 7;"),
        (lambda v, n: by_group(-v, n), "cost of zone 1 is negative"),
        (lambda v, n: by_group(v, n, limit=np.float64(np.nan)), "limit is nan; give"),
        (lambda v, n: by_group(v, n, limit=-1), "limit is -1; give"),
    ],
)
def test_what_is_refused_and_how_names_are_written(call, said) -> None:
    with pytest.raises(ValueError, match=said):
        call(pd.Series([1.0, 2.0], index=[1, 2]), pd.DataFrame({7: [1, 1]}, index=[1, 2]))
