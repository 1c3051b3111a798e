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
