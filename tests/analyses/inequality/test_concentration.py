import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.inequality import concentration_curve, concentration_index, gini

towns = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=12
)


def series(town):
    return [pd.Series([float(row[k]) for row in town]) for k in range(3)]


def plain(town):
    """Take twice the covariance of values and fractional ranks over single persons."""
    persons = [(v, r) for v, n, r in town for _ in range(n)]
    total = len(persons)
    ranks = [
        (sum(b < r for _, b in persons) + sum(b == r for _, b in persons) / 2) / total
        for _, r in persons
    ]
    mean = sum(v for v, _ in persons) / total
    covariance = sum((v - mean) * (f - 0.5) for (v, _), f in zip(persons, ranks, strict=True))
    return 2 * covariance / total / mean, mean


@settings(max_examples=60, deadline=None)
@given(towns)
def test_equals_a_list_of_persons(town):
    values, people, rank = series(town)
    if not values @ people > 0:
        assert np.isnan(concentration_index(values, people, rank))
        return
    index, mean = plain(town)
    assert concentration_index(values, people, rank) == pytest.approx(index, abs=1e-9)
    corrected = {"bounds": (0, 20), "correction": "erreygers"}
    found = concentration_index(values, people, rank, **corrected)
    assert found == pytest.approx(4 * mean / 20 * index, abs=1e-9)
    corrected["correction"] = "wagstaff"
    found = concentration_index(values, people, rank, **corrected)
    if mean == 20:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(20 * mean / ((20 - mean) * mean) * index, abs=1e-9)
    # Erreygers: what is short of the bound is as concentrated, the other way round.
    corrected["correction"] = "erreygers"
    if (20 - values) @ people > 0:
        mirrored = concentration_index(20 - values, people, rank, **corrected)
        assert mirrored == pytest.approx(
            -concentration_index(values, people, rank, **corrected), abs=1e-9
        )


def test_deaths_of_children_by_wealth_by_hand() -> None:
    """Five groups by wealth: 1 less the trapezia under the curve, as with pencil and paper.

    The figures are like those with which O'Donnell et al. (2008, chapter 8) show the formula of
    grouped data; they were not compared with the print.
    """
    births = pd.Series([29_939, 28_776, 26_528, 24_689, 19_739])
    deaths = pd.Series([154.7, 152.9, 119.5, 86.9, 54.3])
    found = concentration_index(deaths, births, pd.Series(range(5)))
    share, dead = births.cumsum() / births.sum(), (births * deaths).cumsum()
    dead /= dead.iloc[-1]
    # Σ (p₍ₜ₎ L₍ₜ₊₁₎ − p₍ₜ₊₁₎ L₍ₜ₎).
    crossed = sum(share[t] * dead[t + 1] - share[t + 1] * dead[t] for t in range(4))
    assert found == pytest.approx(crossed, abs=1e-12)
    assert found == pytest.approx(-0.1694, abs=5e-5)


@settings(max_examples=60, deadline=None)
@given(towns)
def test_by_its_own_rank_it_is_the_gini(town):
    values, people, _ = series(town)
    if values @ people > 0:
        found = concentration_index(values, people, values)
        assert found == pytest.approx(gini(values, people), abs=1e-9)
        assert concentration_index(values, people, -values) == pytest.approx(-found, abs=1e-9)


def test_curve_in_the_order_of_the_rank() -> None:
    values, people = pd.Series([1.0, 4.0, 1.0]), pd.Series([50, 25, 25])
    drawn = concentration_curve(values, people, pd.Series([2, 1, 2]))
    assert drawn.to_numpy().tolist() == [[0, 0], [0.25, 100 / 175], [1, 1]]


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"correction": "erreygers"}, "a correction needs bounds"),
        ({"bounds": (0, 1)}, "bounds need a correction"),
        ({"correction": "hicks", "bounds": (0, 1)}, "correction is 'hicks'"),
        ({"correction": "wagstaff", "bounds": (0, 1)}, "values go from 1 to 2"),
        ({"rank": pd.Series({"a": 1.0})}, "zone 'b' has no entry in rank"),
    ],
)
def test_mistakes(given_, said) -> None:
    base = {
        "values": pd.Series({"a": 1.0, "b": 2.0}),
        "people": pd.Series({"a": 1, "b": 1}),
        "rank": pd.Series({"a": 1.0, "b": 2.0}),
    }
    with pytest.raises(ValueError, match=said):
        concentration_index(**(base | given_))
