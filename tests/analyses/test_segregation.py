from math import log
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kvarter.analyses import segregation

TWO = ["dissimilarity", "information_theory"]


def plain_dissimilarity(x: list[float], y: list[float]) -> float:
    return 0.5 * sum(abs(a / sum(x) - b / sum(y)) for a, b in zip(x, y, strict=True))


def plain_entropy(shares: list[float]) -> float:
    return sum(-p * log(p) for p in shares if p > 0)


def plain_information_theory(counts: list[list[float]]) -> float:
    groups = range(len(counts[0]))
    whole = [sum(zone[m] for zone in counts) for m in groups]
    everybody = sum(whole)
    e = plain_entropy([w / everybody for w in whole])
    out = 0.0
    for zone in counts:
        t = sum(zone)
        if t > 0:
            out += t * (e - plain_entropy([n / t for n in zone])) / (e * everybody)
    return out


def plain_interaction(x: list[float], y: list[float], t: list[float]) -> float:
    return sum(a / sum(x) * b / c for a, b, c in zip(x, y, t, strict=True) if c > 0)


def plain_multigroup_dissimilarity(counts: list[list[float]]) -> float:
    groups = range(len(counts[0]))
    everybody = sum(sum(zone) for zone in counts)
    share = [sum(zone[m] for zone in counts) / everybody for m in groups]
    simpson = sum(p * (1 - p) for p in share)
    moved = 0.0
    for zone in counts:
        t = sum(zone)
        if t > 0:
            moved += sum(t * abs(zone[m] / t - share[m]) for m in groups)
    return moved / (2 * everybody * simpson)


def values(counts: pd.DataFrame) -> pd.Series:
    return segregation.measure(counts).set_index(["group", "other", "index"])["value"]


def income(helsinki: Path) -> pd.DataFrame:
    paavo = gpd.read_file(helsinki / "paavo_2026.gpkg", ignore_geometry=True)
    counts = paavo.set_index("postinumeroalue")[["hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]]
    return counts.astype(float).replace(-1, np.nan)


def random_counts(seed: int) -> pd.DataFrame:
    counts = np.random.default_rng(seed).poisson([3, 30, 80, 1], (50, 4)) * 1.0
    counts[::9] = 0
    return pd.DataFrame(counts, columns=list("abcd"))


@pytest.mark.parametrize("data", ["random", "real"])
def test_every_figure_equals_its_formula(data: str, helsinki: Path) -> None:
    counts = random_counts(1) if data == "random" else income(helsinki)
    found = values(counts)
    known = counts.dropna()
    n = {g: known[g].tolist() for g in known}
    t = known.sum(axis=1).tolist()
    expected: dict[tuple[str, str, str], float] = {}
    for g in n:
        rest = (known.sum(axis=1) - known[g]).tolist()
        both = [list(pair) for pair in zip(n[g], rest, strict=True)]
        expected[g, "", "dissimilarity"] = plain_dissimilarity(n[g], rest)
        expected[g, "", "information_theory"] = plain_information_theory(both)
        expected[g, "", "isolation"] = plain_interaction(n[g], n[g], t)
        for h in n:
            if g != h:
                expected[g, h, "interaction"] = plain_interaction(n[g], n[h], t)
            if list(n).index(g) < list(n).index(h):
                both = [list(pair) for pair in zip(n[g], n[h], strict=True)]
                expected[g, h, "dissimilarity"] = plain_dissimilarity(n[g], n[h])
                expected[g, h, "information_theory"] = plain_information_theory(both)
    table = known.to_numpy().tolist()
    expected["", "", "information_theory"] = plain_information_theory(table)
    expected["", "", "multigroup_dissimilarity"] = plain_multigroup_dissimilarity(table)
    assert set(found.index) == set(expected)
    assert found.to_dict() == pytest.approx(expected, abs=1e-9)


def test_equals_pysal(helsinki: Path) -> None:
    from segregation import multigroup, singlegroup

    counts = income(helsinki).dropna()
    counts = counts[counts.sum(axis=1) > 0]
    found = values(counts)
    table = counts.assign(total=counts.sum(axis=1)).reset_index(drop=True)
    for g in counts:
        for index, reference in (
            ("dissimilarity", singlegroup.Dissim),
            ("information_theory", singlegroup.Entropy),
            ("isolation", singlegroup.Isolation),
        ):
            value = reference(table, g, "total").statistic
            assert found[g, "", index] == pytest.approx(value, abs=1e-9)
    groups = list(counts)
    for index, reference in (
        ("information_theory", multigroup.MultiInfoTheory),
        ("multigroup_dissimilarity", multigroup.MultiDissim),
    ):
        assert found["", "", index] == pytest.approx(reference(table, groups).statistic, abs=1e-9)


any_counts = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(2, 4)),
    elements=st.integers(0, 60).map(float),
)


def frame(array: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(array, columns=list("abcd")[: array.shape[1]])


@settings(max_examples=60, deadline=None)
@given(any_counts)
def test_range_scale_order_and_reasons(array: np.ndarray) -> None:
    table = segregation.measure(frame(array))
    assert table["value"].dropna().between(0, 1).all()
    assert ((table["note"] != "") == table["value"].isna()).all()
    for other in (array * 7, array[::-1]):
        again = segregation.measure(frame(other))
        np.testing.assert_allclose(again["value"], table["value"], atol=1e-12)
        assert again["note"].tolist() == table["note"].tolist()


@settings(max_examples=60, deadline=None)
@given(any_counts, st.data())
def test_zones_of_equal_composition_may_be_merged_or_split(
    array: np.ndarray, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(array) - 1))
    part = data.draw(st.floats(0.1, 0.9))
    split = np.vstack([array, array[cut] * part])
    split[cut] *= 1 - part
    np.testing.assert_allclose(values(frame(split)), values(frame(array)), atol=1e-9)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=4), st.integers(1, 6))
def test_no_segregation(shares: list[int], zones: int) -> None:
    array = np.outer(np.arange(1, zones + 1), shares).astype(float)
    found = values(frame(array))
    for (group, other, index), value in found.items():
        names = list("abcd")
        if index in (*TWO, "multigroup_dissimilarity"):
            assert value == pytest.approx(0, abs=1e-9)
        else:
            whom = group if index == "isolation" else other
            assert value == pytest.approx(shares[names.index(whom)] / sum(shares))


@given(st.lists(st.integers(1, 50), min_size=2, max_size=4))
def test_complete_segregation(people: list[int]) -> None:
    found = values(frame(np.diag(people).astype(float)))
    for (_, _, index), value in found.items():
        assert value == pytest.approx(0 if index == "interaction" else 1, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(any_counts)
def test_isolation_and_interactions_add_up_to_1(array: np.ndarray) -> None:
    table = segregation.measure(frame(array), indices=["isolation", "interaction"])
    sums = table.groupby("group")["value"].sum(min_count=1).dropna()
    np.testing.assert_allclose(sums, 1, atol=1e-9)


def test_two_groups_multigroup_is_two_group() -> None:
    found = values(random_counts(3)[["a", "b"]])
    assert found["", "", "multigroup_dissimilarity"] == pytest.approx(
        found["a", "b", "dissimilarity"]
    )
    assert found["", "", "information_theory"] == pytest.approx(
        found["a", "b", "information_theory"]
    )


def notes(counts: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    table = segregation.measure(counts)
    assert (table["value"].isna() == (table["note"] != "")).all()
    return table.set_index(["group", "other", "index"])["note"].to_dict()


def test_what_is_not_defined_has_its_reason() -> None:
    found = notes(pd.DataFrame({"a": [5.0, 3], "b": [0.0, 0], "c": [1.0, 4]}))
    assert found["b", "", "isolation"] == "the group has no members"
    assert found["b", "c", "interaction"] == "the group has no members"
    assert found["a", "b", "dissimilarity"] == "the other group has no members"
    assert found["a", "b", "interaction"] == ""
    assert found["", "", "information_theory"] == ""
    found = notes(pd.DataFrame({"a": [5.0, 3], "b": [0.0, 0]}))
    assert found["a", "", "dissimilarity"] == "everybody is in one group"
    assert found["a", "", "isolation"] == ""
    assert found["", "", "multigroup_dissimilarity"] == "everybody is in one group"
    found = notes(pd.DataFrame({"a": [5.0, 3]}))
    assert set(found.values()) == {"the attribute has only one group"}
    for nobody in (pd.DataFrame({"a": [0.0], "b": [0.0]}), pd.DataFrame({"a": [], "b": []})):
        assert set(notes(nobody).values()) == {"no people"}
    unknown = notes(pd.DataFrame({"a": [np.nan, 1], "b": [2, np.nan]}))
    assert set(unknown.values()) == {"no people; 2 zones left out: counts missing"}


def test_zones_with_missing_counts_are_left_out_and_counted() -> None:
    counts = random_counts(5)
    holes = counts.copy()
    holes.iloc[[3, 4, 7], [0, 1, 2]] = np.nan
    table = segregation.measure(holes)
    expected = segregation.measure(counts.drop(index=[3, 4, 7]))
    np.testing.assert_array_equal(table["value"], expected["value"])
    assert set(table["note"]) == {"3 zones left out: counts missing"}
    one = segregation.measure(pd.DataFrame({"a": [np.nan, 1], "b": [2.0, 0]}))
    assert one["note"].iloc[0] == "everybody is in one group; 1 zone left out: counts missing"


def test_integers_of_pandas_with_missing() -> None:
    counts = pd.DataFrame({"a": [1, None, 5], "b": [2, 3, 1]}, dtype="Int64")
    expected = segregation.measure(counts.astype("float64"))
    pd.testing.assert_frame_equal(segregation.measure(counts), expected)


def test_some_indices_only_and_columns() -> None:
    table = segregation.measure(random_counts(1), indices=["isolation"])
    assert table.columns.tolist() == ["group", "other", "index", "dimension", "value", "note"]
    assert set(table["index"]) == {"isolation"}
    assert set(table["dimension"]) == {"exposure"}
    assert table["group"].tolist() == list("abcd")


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (pd.DataFrame({"a": [1.0, -2], "b": [1.0, 1]}, index=["y", "z"]), "zone 'z' has -2"),
        (pd.DataFrame({"a": [1.0, np.inf]}), "zone 1 has inf"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a' twice"),
        (pd.DataFrame(index=[1]), "no columns"),
    ],
)
def test_mistakes(counts: pd.DataFrame, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        segregation.measure(counts)
    with pytest.raises(ValueError, match=said):
        segregation.location_quotient(counts)


def test_unknown_index() -> None:
    with pytest.raises(ValueError, match="no index 'gini'"):
        segregation.measure(random_counts(1), indices=["gini"])


def test_location_quotient_equals_its_formula(helsinki: Path) -> None:
    counts = income(helsinki)
    counts.iloc[0] = 0
    known = counts.dropna()
    found = segregation.location_quotient(counts)
    everybody = known.to_numpy().sum()
    for zone, row in counts.iterrows():
        for group in counts:
            if row.isna().any() or row.sum() == 0:
                assert np.isnan(found.loc[zone, group])
            else:
                expected = (row[group] / row.sum()) / (known[group].sum() / everybody)
                assert found.loc[zone, group] == pytest.approx(expected, abs=1e-9)
    weights = known.sum(axis=1)
    means = (found.mul(weights, axis=0)).sum() / weights.sum()
    np.testing.assert_allclose(means, 1)


def test_location_quotient_of_a_group_without_members() -> None:
    found = segregation.location_quotient(pd.DataFrame({"a": [1, 2], "b": [0, 0]}))
    assert found["a"].tolist() == [1, 1]
    assert found["b"].isna().all()
