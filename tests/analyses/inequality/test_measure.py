import numpy as np
import pandas as pd
import pytest
from kvarter.analyses import inequality


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


def test_intervals_are_those_of_the_zones_drawn_anew() -> None:
    rng = np.random.default_rng(3)
    values, people = pd.Series(rng.uniform(0, 1, 30)), pd.Series(rng.poisson(9, 30) + 1)
    # Zones of one rank are drawn into one step.
    rank = pd.Series(rng.integers(0, 12, 30))
    options = {"rank": rank, "line": 0.4, "bounds": (0, 1)}
    table = inequality.measure(values, people, **options, replicates=60, level=0.9, seed=2)
    draws = np.random.default_rng(2).integers(0, 30, (60, 30))
    each = []
    for draw in draws:
        times = pd.Series(np.bincount(draw, minlength=30))
        each.append(inequality.measure(values, people * times, **options).set_index("index"))
    drawn = pd.DataFrame([one["value"] for one in each])
    for row in table.itertuples():
        low, high = np.percentile(drawn[row[1]], [5, 95])
        assert (row.ci_low, row.ci_high) == pytest.approx((low, high), abs=1e-9)
        assert row.ci_low < row.value < row.ci_high


def test_only_the_indices_asked_for_are_given() -> None:
    values, people = pd.Series([1.0, 3.0]), pd.Series([5, 5])
    table = inequality.measure(values, people, indices=["gini"])
    assert table["index"].tolist() == ["gini"]
    with pytest.raises(ValueError, match="no index 'poverty_0' here"):
        inequality.measure(values, people, indices=["poverty_0"])
