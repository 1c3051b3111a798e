"""Nothing about fewer people than the minimum count leaves the gate."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kvarter.layers import disclosure

COUNTS = arrays(
    np.int64, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.integers(0, 40)
)


def frame(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values.astype(float), columns=[f"g{n}" for n in range(values.shape[1])])


@settings(max_examples=200, deadline=None)
@given(COUNTS)
def test_no_small_count_is_shown(values):
    hidden = disclosure.hidden(frame(values), 10).to_numpy()
    small = (values > 0) & (values < 10)
    assert (hidden | ~small).all()


@settings(max_examples=200, deadline=None)
@given(COUNTS)
def test_no_hidden_count_follows_from_a_total_less_what_is_shown(values):
    hidden = disclosure.hidden(frame(values), 10).to_numpy()
    total = values.sum(axis=1)
    for axis, lines in ((0, values), (1, values.T)):
        mask = hidden if axis == 0 else hidden.T
        for line, hides in zip(lines, mask, strict=True):
            if not hides.any() or (axis == 0 and line.sum() < 10):
                continue
            # Either the hidden ones are two and enough together, or all that is not 0 is hidden.
            safe = hides.sum() >= 2 and line[hides].sum() >= 10
            assert safe or (line[~hides] < 10).all()
    assert hidden[(total > 0) & (total < 10)].all()


def test_reasons_tell_hidden_from_missing_and_from_nobody():
    counts = pd.DataFrame({"a": [3, np.nan, 0, 50, 60], "b": [50, 4, 0, 50, 60]})
    reason = disclosure.reasons(counts, 10)
    assert reason.iloc[0].tolist() == ["hidden", "hidden"]
    assert reason.iloc[1].tolist() == ["missing", "missing"]
    assert reason.iloc[2].tolist() == ["nobody", "nobody"]


def test_published_figures_are_rounded_and_blanked():
    shares = pd.DataFrame({"a": [0.123456, 0.5, 0.0]})
    reason = pd.DataFrame({"a": ["", "hidden", ""]})
    shown = disclosure.publish(shares, reason)["a"]
    assert shown[0] == 0.123
    assert np.isnan(shown[1])
    assert shown[2] == 0


def test_the_account_tells_no_small_number_of_people():
    rows = [
        ("zones", 2024, "population", 500, 100, 400, "filtered"),
        ("zones", 2024, "population", 400, 4, 396, "id_duplicate"),
        ("zones", 2024, "population", 396, 50, 346, "geometry_missing"),
        ("zones", 2024, "rows", 12, 1, 11, "id_duplicate"),
    ]
    columns = ["layer", "year", "what", "before", "excluded", "after", "reason"]
    out = disclosure.account(pd.DataFrame(rows, columns=columns), 10)
    assert out["before"].tolist()[:2] == [500, 400]
    assert out["excluded"].tolist()[0::2] == [100, 50]
    assert np.isnan(out["excluded"][1])
    assert out["after"].isna().tolist() == [False, True, True, False]
    assert np.isnan(out["before"][2])
    assert out.loc[3, columns[3:6]].tolist() == [12, 1, 11]
