import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.inequality import poverty, relative_line, twice_burdened

zones = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(zones, st.integers(1, 30), st.sampled_from([0, 1, 2]), st.sampled_from(["lower", "higher"]))
def test_equals_a_list_of_persons(town, line, order, better):
    values, people = pd.Series([float(v) for v, _ in town]), pd.Series([n for _, n in town])
    persons = [v for v, n in town for _ in range(n)]
    short = [line - v if better == "higher" else v - line for v in persons]
    found = poverty(values, people, line, order=order, better=better)
    expected = (
        sum((x / line) ** order for x in short if x > 0) / len(persons) if persons else np.nan
    )
    assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_as_foster_greer_and_thorbecke_take_it_apart() -> None:
    """The poverty of all is the mean of the groups', weighted by their people."""
    values = pd.Series([1.0, 4.0, 9.0])
    a, b = pd.Series([5, 0, 20]), pd.Series([30, 10, 5])
    for order in (0, 1, 2):
        parts = [(poverty(values, n, 6, order=order), n.sum()) for n in (a, b)]
        whole = poverty(values, a + b, 6, order=order)
        assert whole == pytest.approx(sum(p * n for p, n in parts) / sum(n for _, n in parts))


def test_a_relative_line() -> None:
    values, people = pd.Series([2.0, 10.0, 30.0]), pd.Series([30, 40, 30])
    assert relative_line(values, people) == 6
    assert poverty(values, people, relative_line(values, people)) == 0.3
    assert np.isnan(relative_line(values, people * 0))


@pytest.mark.parametrize("far", [np.nan, np.inf])
def test_who_has_no_way_is_poor_and_not_left_out(far) -> None:
    values, people = pd.Series([100.0, 300.0, far]), pd.Series([30, 30, 40])
    options = {"better": "lower"}
    assert poverty(values, people, 200, **options) == 0.7
    assert np.isnan(poverty(values, people, 200, order=1, **options))
    assert np.isnan(poverty(values, people, 200, order=2, **options))
    # Half of all have 300 or less, and so nobody is left out of the middle.
    assert relative_line(values, people, share=2, **options) == 600
    assert np.isnan(relative_line(values, pd.Series([30, 10, 60]), share=2, **options))
    # Where nobody lives, it does not matter.
    assert poverty(values, pd.Series([30, 30, 0]), 200, order=1, **options) == 0.25


def test_an_unknown_amount_is_left_out() -> None:
    values, people = pd.Series([1.0, 3.0, np.nan]), pd.Series([30, 30, 40])
    assert poverty(values, people, 2) == 0.5
    assert relative_line(values, people, share=1) == 1


def test_who_is_burdened_twice() -> None:
    classes = pd.Series(
        {"a": "high-high", "b": "low-high", "c": "high-high", "d": None, "e": "high-high"}
    )
    people = pd.Series({"e": 0, "d": 50, "c": 300, "b": 100, "a": 50, "other": 9})
    found = twice_burdened(classes, people)
    assert found["zone"].tolist() == ["c", "a"]
    assert found["people"].tolist() == [300, 50]
    assert found["share"].tolist() == [0.6, 0.1]
    assert len(twice_burdened(classes, people, burdened="low-low")) == 0
    assert twice_burdened(classes, people, burdened="low-high")["zone"].tolist() == ["b"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda v, n: poverty(v, n, 0), "line is 0"),
        (lambda v, n: poverty(v, n, np.nan), "line is nan"),
        (lambda v, n: poverty(v, n, 1, order=3), "order is 3"),
        (lambda v, n: poverty(v, n, 1, better="more"), "better is 'more'"),
        (lambda v, n: poverty(v * np.inf, n, 1), "values of zone 'a' is inf"),
        (lambda v, n: relative_line(v, n, share=0), "share is 0"),
        (lambda v, n: relative_line(v, n, better="Lower"), "better is 'Lower'"),
        (lambda v, n: poverty(-v, n, 1), "values of zone 'a' is -1"),
        (lambda v, n: twice_burdened(v, n.drop("b")), "zone 'b' has no entry in people"),
        (lambda v, n: twice_burdened(v, -n), "people of zone 'a' is -1"),
        (lambda v, n: twice_burdened(v, pd.concat([n, n])), "people names zone 'a' twice"),
    ],
)
def test_mistakes(call, said) -> None:
    with pytest.raises(ValueError, match=said):
        call(pd.Series({"a": 1.0, "b": 2.0}), pd.Series({"a": 1, "b": 1}))
