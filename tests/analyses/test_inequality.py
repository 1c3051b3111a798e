import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.inequality import by_group, weighted_quantile


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
    persons = [v for v, n in zones for _ in range(n)]
    reached = sorted(v for v in persons if v is not None and (limit is None or v <= limit))
    nothing = not reached
    expected = {
        "mean": np.mean(reached) if reached else np.nan,
        "median": reached[(len(reached) - 1) // 2] if reached else np.nan,
        "share_within_limit": len(reached) / len(persons) if persons else np.nan,
        "beyond_limit": len(persons) - len(reached) if persons else np.nan,
    }
    assert table["value"].to_dict() == pytest.approx(expected, nan_ok=True)
    why = "" if not nothing else "nobody has a service within reach"
    assert table["note"]["mean"] == (why if persons else "the group has no members")
    assert table["note"]["beyond_limit"] == ("" if persons else "the group has no members")


def test_groups_in_order_and_missing_counts_counted() -> None:
    values = pd.Series({"x": 100.0, "y": 300.0, "z": np.nan})
    counts = pd.DataFrame({"b": [1, 1, 2], "a": [4, np.nan, 0]}, index=["z", "x", "y"])
    table = by_group(values, counts)
    assert table.columns.tolist() == ["group", "measure", "value", "note"]
    assert table["group"].tolist() == ["b"] * 4 + ["a"] * 4
    assert set(table.loc[table["group"] == "b", "note"]) == {""}
    assert table["note"].iloc[-1] == "1 zone left out: counts missing"
    assert table["note"].iloc[4].startswith("nobody has a service within reach; 1 zone")
    assert table["value"].tolist()[:4] == pytest.approx([700 / 3, 300, 0.75, 1])


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
