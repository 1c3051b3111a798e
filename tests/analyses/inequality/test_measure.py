import numpy as np
import pandas as pd
import pytest
from kvarter.analyses import inequality
from scipy import special, stats


def test_all_at_once_is_each_by_itself() -> None:
    rng = np.random.default_rng(1)
    values, people = pd.Series(rng.uniform(0, 1, 50)), pd.Series(rng.poisson(9, 50))
    rank = pd.Series(rng.permutation(50))
    table = inequality.measure(values, people, rank=rank, line=0.4, bounds=(0, 1))
    found = table.set_index("index")["value"]
    expected = {
        "gini": inequality.gini(values, people),
        "theil": inequality.theil(values, people),
        "atkinson": inequality.atkinson(values, people),
        "palma": inequality.palma(values, people),
        "palma_by_rank": inequality.palma(values, people, rank=rank),
        "concentration_index": inequality.concentration_index(values, people, rank),
    }
    for name in ("erreygers", "wagstaff"):
        expected[f"concentration_index_{name}"] = inequality.concentration_index(
            values, people, rank, correction=name, bounds=(0, 1)
        )
    for order in (0, 1, 2):
        expected[f"poverty_{order}"] = inequality.poverty(values, people, 0.4, order=order)
    assert found.to_dict() == expected
    assert set(table["note"]) == {""}


@pytest.mark.parametrize(
    ("values", "people", "index", "note"),
    [
        ([0.0, 0.0], [1, 1], "gini", "nobody has any access"),
        ([1.0, 2.0], [0, 0], "theil", "there are no people with a value"),
        ([0.0, 2.0], [9, 1], "palma", "the four tenths at the bottom have no access"),
        ([1.0, 1.0], [1, 1], "concentration_index_wagstaff", "everybody is at a bound"),
        ([np.nan, 1.0], [5, 1], "gini", "1 zone left out: value missing"),
        ([1.0, 1.0], [np.nan, 1], "concentration_index", "1 zone left out: value or rank missing"),
    ],
)
def test_notes_say_why(values, people, index, note) -> None:
    table = (
        inequality.measure(
            pd.Series(values), pd.Series(people), rank=pd.Series([1, 2]), line=1, bounds=(0, 1)
        )
        if max(np.nan_to_num(values)) <= 1
        else inequality.measure(pd.Series(values), pd.Series(people))
    )
    row = table.set_index("index").loc[index]
    assert row["note"] == note
    assert np.isnan(row["value"]) != note.startswith("1 zone")


def test_intervals_follow_their_formula() -> None:
    rng = np.random.default_rng(3)
    values, people = pd.Series(np.sort(rng.uniform(0, 1, 30))), pd.Series(rng.poisson(9, 30) + 1)
    # Zones of one rank are drawn into one step.
    rank = pd.Series(rng.integers(0, 12, 30))
    options = {"rank": rank, "line": 0.4, "bounds": (0, 1)}
    drawing = {"replicates": 60, "level": 0.9, "seed": 2}
    table = inequality.measure(values, people, **options, **drawing)
    each = []
    for draw in np.random.default_rng(2).integers(0, 30, (60, 30)):
        times = pd.Series(np.bincount(draw, minlength=30))
        each.append(inequality.measure(values, people * times, **options).set_index("index"))
    drawn = pd.DataFrame([one["value"] for one in each])
    zones = people.sum() ** 2 / (people**2).sum()
    wide = stats.t.ppf(0.95, zones - 1) * np.sqrt(zones / (zones - 1))
    for row in table.itertuples():
        name = row[1]
        g, back, slope = np.log, np.exp, 1 / row.value
        if name in ("gini", "atkinson", "poverty_0"):
            g, back, slope = special.logit, special.expit, 1 / row.value / (1 - row.value)
        if name.startswith("concentration"):
            g, back, slope = np.arctanh, np.tanh, 1 / (1 - row.value**2)
        spread = max(np.std(g(drawn[name])), slope * np.std(drawn[name]))
        ends = back(g(row.value) + np.array([-1, 1]) * wide * spread)
        assert (row.ci_low, row.ci_high) == pytest.approx(tuple(ends), abs=1e-9)
        assert row.ci_low < row.value < row.ci_high
    other = rng.permutation(30)
    again = inequality.measure(values, people.iloc[other], **options, **drawing)
    pd.testing.assert_frame_equal(table, again)


def test_where_there_is_no_interval_a_note_says_so() -> None:
    few = inequality.measure(pd.Series([1.0, 3.0]), pd.Series([5, 5]), replicates=9)
    assert few[["ci_low", "ci_high"]].isna().all(axis=None)
    assert set(few["note"]) == {"no interval: too few zones"}
    values, people = pd.Series(np.arange(1.0, 31)), pd.Series([5] * 30)
    table = inequality.measure(values, people, line=0.5, replicates=9).set_index("index")
    assert table.loc["poverty_0", "value"] == 0
    assert np.isnan(table.loc["poverty_0", "ci_low"])
    assert table.loc["poverty_0", "note"] == "no interval: the value is at a bound"
    # One zone in thirty is poor, and in none of a third of the draws: still above 0 and wide.
    row = inequality.measure(values, people, line=1.5, replicates=99).set_index("index")
    assert 0 < row.loc["poverty_0", "ci_low"] < 0.02
    assert row.loc["poverty_0", "ci_high"] > 0.1


@pytest.mark.parametrize("far", [np.nan, np.inf])
def test_where_some_have_no_way_only_their_number_is_told(far) -> None:
    values, people = pd.Series([*np.arange(1.0, 31), far]), pd.Series([1] * 31)
    given = {"rank": pd.Series(range(31)), "line": 20, "better": "lower", "replicates": 19}
    table = inequality.measure(values, people, **given).set_index("index")
    assert table["value"].notna().tolist() == (table.index == "poverty_0").tolist()
    assert table.loc["poverty_0", "value"] == 11 / 31
    assert table.loc["poverty_0", "ci_low"] < 11 / 31 < table.loc["poverty_0", "ci_high"]
    others = table.drop(index="poverty_0")
    assert set(others["note"]) == {"some have no way to any service"}
    nobody = inequality.measure(values, people.where(people.index < 30, 0), **given)
    assert nobody["value"].notna().all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"better": "Lower"}, "better is 'Lower'; give 'lower' or 'higher'"),
        ({"level": 95, "replicates": 9}, "level is 95; give one between 0 and 1"),
        ({"replicates": -1}, "replicates is -1; give a whole number"),
        ({"line": 0, "replicates": 9}, "line is 0"),
        ({"indices": ["Gini"]}, "no index 'Gini' here"),
    ],
)
def test_mistakes(options, said) -> None:
    with pytest.raises(ValueError, match=said):
        inequality.measure(pd.Series([1.0, 3.0]), pd.Series([5, 5]), **options)


def test_messages_write_names_as_people_do() -> None:
    values, people = pd.Series([1.0, 2.0], index=[10, 11]), pd.Series([1, 1], index=[10, 12])
    with pytest.raises(ValueError, match=r"^zone 12 has no entry in values"):
        inequality.gini(values, people)
    with pytest.raises(ValueError, match=r"^people names zone 10 twice"):
        inequality.gini(values, pd.concat([people, people]).rename({12: 11}))
    with pytest.raises(ValueError, match=r"^values of zone 10 is -1;"):
        inequality.gini(-values, people.rename({12: 11}))


def test_only_the_indices_asked_for_are_given() -> None:
    values, people = pd.Series([1.0, 3.0]), pd.Series([5, 5])
    table = inequality.measure(values, people, indices=["gini"])
    assert table["index"].tolist() == ["gini"]
    with pytest.raises(ValueError, match="no index 'poverty_0' here"):
        inequality.measure(values, people, indices=["poverty_0"])
