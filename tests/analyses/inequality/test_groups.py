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
    # The standard error of the gap by the delta method, zones as they are drawn.
    w, v = counts["z"].to_numpy(), values.to_numpy()
    b = counts[best].to_numpy()
    linear = w * (v - means["z"]) / w.sum() - b * (v - means[best]) / b.sum()
    width = table["ci_high"]["z"] - table["ci_low"]["z"]
    assert width == pytest.approx(2 * 1.96 * np.sqrt(np.sum(linear**2)), rel=0.25)


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
    assert table["note"]["x"] == "1 zone left out: counts missing"
    assert table["note"]["far"].startswith("some have no value")
    assert table["note"]["none"].startswith("the group has no members")
    nobody = gaps(values, counts * 0, replicates=9)
    assert nobody["gap"].isna().all()


def test_mistakes_of_gaps() -> None:
    values, counts = pd.Series({"a": np.inf}), pd.DataFrame({"g": [1]}, index=["a"])
    with pytest.raises(ValueError, match="zone 'a' is infinite"):
        gaps(values, counts)
    with pytest.raises(ValueError, match="one replicate"):
        gaps(values, counts, replicates=0)
    with pytest.raises(ValueError, match="no entry in values"):
        deciles(values, counts.rename(index={"a": "z"}))
