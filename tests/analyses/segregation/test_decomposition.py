import time
from math import log

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.segregation import by_zone, multigroup
from kvarter.analyses.segregation.decomposition import contributions, nested

INCOME = ["hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]
INDICES = ["mutual_information", "information_theory"]
EXACT = {"rel": 0, "abs": 1e-12}


def told(table: list[list[float]]) -> float:
    """Give mutual information by its formula, 0 of one group or of nobody."""
    people = sum(map(sum, table))
    members = [sum(column) for column in zip(*table, strict=True)]
    return sum(
        x / people * log(x * people / (sum(row) * members[m]))
        for row in table
        for m, x in enumerate(row)
        if x > 0
    )


def diversity(table: list[list[float]]) -> float:
    members = [sum(column) for column in zip(*table, strict=True)]
    return sum(-x / sum(members) * log(x / sum(members)) for x in members if x > 0)


tables = st.integers(2, 4).flatmap(
    lambda groups: st.lists(
        st.lists(st.integers(0, 40), min_size=groups, max_size=groups), min_size=2, max_size=7
    )
)


# Within and between -----------------------------------------------------------------------------


def plain_nested(counts: pd.DataFrame, district: pd.Series) -> dict[tuple[str, str, str], float]:
    whole = counts.to_numpy().tolist()
    names = list(dict.fromkeys(district))
    inside = {d: counts[district == d].to_numpy().tolist() for d in names}
    sums = [[sum(column) for column in zip(*inside[d], strict=True)] for d in names]
    out = {
        ("mutual_information", "between", ""): told(sums),
        ("information_theory", "between", ""): told(sums) / diversity(whole),
    }
    for d in names:
        weight = sum(map(sum, inside[d])) / sum(map(sum, whole))
        own = told(inside[d]) if weight else 0.0
        out["mutual_information", "within", d] = weight * own
        out["information_theory", "within", d] = weight * own / diversity(whole)
    return out


def test_nested_equals_its_formula(income: gpd.GeoDataFrame, random_counts) -> None:
    real = income.dropna(subset=INCOME)
    random = random_counts(1)
    sides = pd.Series(np.arange(60) // 9 % 4, index=random.index, name="side").map("d{}".format)
    for counts, district in ((random, sides), (real[INCOME], real["kunta"])):
        found = nested(counts, district)
        expected = plain_nested(counts, district)
        assert len(found) == len(expected)
        for row in found.itertuples():
            assert row.level == district.name
            key = (row.index, row.part, row.district)
            assert row.contribution == pytest.approx(expected[key], **EXACT)


def test_the_value_of_a_district_is_its_own_index(income: gpd.GeoDataFrame) -> None:
    found = nested(income[INCOME], income["region"])
    missing = income[INCOME].isna().any(axis=1).sum()
    assert set(found["note"]) == {f"{missing} zones left out: counts missing"}
    for region, inside in income.groupby("region"):
        for index in INDICES:
            rows = found[(found["district"] == region) & (found["index"] == index)]
            own = getattr(multigroup, index)(inside[INCOME].dropna().to_numpy())
            assert rows["value"].item() == pytest.approx(own, **EXACT)


def total(parts: pd.DataFrame, index: str, levels: list[str]) -> float:
    parts = parts[(parts["index"] == index) & parts["level"].isin(levels)]
    within = (parts["part"] == "within") & (parts["level"] == levels[-1])
    return parts.loc[(parts["part"] == "between") | within, "contribution"].sum()


def test_levels_add_up(income: gpd.GeoDataFrame) -> None:
    income["hundred"] = income.index.str[:3] + income["kunta"]
    names = ["region", "kunta", "hundred"]
    found = nested(income[INCOME], income[names])
    known = income.dropna(subset=INCOME)
    for index in INDICES:
        whole = getattr(multigroup, index)(known[INCOME].to_numpy())
        for upto in (1, 2, 3):
            assert total(found, index, names[:upto]) == pytest.approx(whole, **EXACT)
        # Between the municipalities of a region, as if it were alone.
        region = known[known["region"] == "turku"]
        alone = nested(region[INCOME], region["kunta"])
        for part, districts in (("between", ["turku"]), ("within", sorted(set(region["kunta"])))):
            of = found[found["district"].isin(districts) & (found["level"] == "kunta")]
            of = of[(of["index"] == index) & (of["part"] == part)]
            own = alone[(alone["index"] == index) & (alone["part"] == part)]
            np.testing.assert_allclose(
                of.sort_values("district")["value"],
                own.sort_values("district")["value"],
                rtol=0,
                atol=1e-12,
            )


@settings(max_examples=80, deadline=None)
@given(tables, st.data())
def test_nested_adds_up(table, data: st.DataObject) -> None:
    counts = pd.DataFrame(table, dtype=float)
    small = data.draw(st.lists(st.integers(0, 3), min_size=len(table), max_size=len(table)))
    district = pd.DataFrame({"large": [s // 2 for s in small], "small": small})
    found = nested(counts, district)
    for index in INDICES:
        whole = getattr(multigroup, index)(counts.to_numpy())
        for levels in (["large"], ["large", "small"]):
            if np.isnan(whole):
                assert found["contribution"].isna().all()
                assert found["note"].all()
            else:
                assert total(found, index, levels) == pytest.approx(whole, **EXACT)
    assert (found["value"].isna() == (found["note"] != "")).all()
    assert not (found["contribution"] < 0).any()
    some = found.dropna(subset="value")
    np.testing.assert_allclose(
        some["weight"] * some["value"], some["contribution"], rtol=0, atol=1e-12
    )
    # A zone cut in two of its own kind changes nothing.
    half = counts.copy()
    half.loc[0] /= 2
    cut = pd.concat([half, half.loc[[0]].set_axis([99])])
    places = pd.concat([district, district.loc[[0]].set_axis([99])])
    again = nested(cut, places).drop(columns="note")
    pd.testing.assert_frame_equal(again, found.drop(columns="note"), rtol=0, atol=1e-12)


def test_what_districts_can_not_be(random_counts) -> None:
    counts = random_counts(1, 4)
    sides = pd.Series(["w", "w", "e", "e"], index=counts.index)
    with pytest.raises(ValueError, match="zone 'z3' has no district"):
        nested(counts, sides.iloc[:3])
    with pytest.raises(ValueError, match="twice"):
        nested(counts, pd.concat([sides, sides]))
    with pytest.raises(ValueError, match="block 'x' is in both 'w' and 'e'"):
        nested(counts, pd.DataFrame({"side": sides, "block": ["x", "y", "x", "z"]}))
    alone = nested(pd.DataFrame({"a": [5.0, 0, 7], "b": [0.0, 0, 7]}), pd.Series(list("xyz")))
    within = alone[alone["part"] == "within"].iloc[:3]
    assert within["note"].tolist() == ["everybody is in one group", "no people", ""]
    assert within["contribution"].tolist() == [0, 0, 0]
    unknown = pd.DataFrame({"a": [5.0, np.nan, 7], "b": [1.0, 0, 7]})
    rest = nested(unknown, pd.Series(list("xyz")))
    assert "counts missing; 1 zone left out: counts missing" in set(rest["note"])


# Contributions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("index", INDICES)
def test_contributions_equal_their_formula(
    index: str, income: gpd.GeoDataFrame, random_counts
) -> None:
    for counts in (random_counts(3), random_counts(4).assign(b=0.0), income[INCOME]):
        zones, groups = contributions(counts, index)
        known = counts.dropna()
        table = known.to_numpy().tolist()
        people = sum(map(sum, table))
        members = [sum(column) for column in zip(*table, strict=True)]
        size = people * (diversity(table) if index == "information_theory" else 1)
        of_zones = [
            sum(
                x / size * log(x * people / (sum(row) * members[m]))
                for m, x in enumerate(row)
                if x > 0
            )
            for row in table
        ]
        by_group = [
            sum(
                row[m] / size * log(row[m] * people / (sum(row) * members[m]))
                for row in table
                if row[m] > 0
            )
            for m in range(len(members))
        ]
        assert zones.index.equals(counts.index)
        assert zones.loc[known.index, "contribution"].tolist() == pytest.approx(of_zones, **EXACT)
        assert groups["contribution"].tolist() == pytest.approx(by_group, **EXACT)
        gone = zones.drop(known.index)
        assert (gone["note"] == "counts missing").all()
        assert gone["contribution"].isna().all()
        whole = getattr(multigroup, index)(known.to_numpy())
        for part in (zones, groups):
            assert part["contribution"].sum() == pytest.approx(whole, **EXACT)
            assert part["weight"].sum() == pytest.approx(1, **EXACT)
    if index == "mutual_information":
        np.testing.assert_allclose(zones["value"], by_zone.local_divergence(counts), atol=1e-12)


@settings(max_examples=80, deadline=None)
@given(tables)
def test_contributions_add_up(table) -> None:
    counts = pd.DataFrame(table, index=[0] * len(table))
    for index in INDICES:
        whole = getattr(multigroup, index)(counts.to_numpy(dtype=float))
        for part in contributions(counts, index):
            if np.isnan(whole):
                assert part["contribution"].isna().all()
                assert part["note"].all()
            else:
                assert part["contribution"].sum() == pytest.approx(whole, **EXACT)
                assert (part["contribution"] >= 0).all()


def test_only_what_adds_up_has_contributions(random_counts) -> None:
    with pytest.raises(ValueError, match="mutual_information, information_theory"):
        contributions(random_counts(1), "dissimilarity")  # type: ignore[arg-type]


def test_districts_without_zones_are_refused() -> None:
    counts = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    with pytest.raises(ValueError, match="district is a ndarray; give a Series"):
        nested(counts, np.array(["east", "west"]))  # type: ignore[arg-type]


def test_many_zones_take_about_a_second() -> None:
    rng = np.random.default_rng(1)
    counts = pd.DataFrame(rng.poisson([3, 30, 80, 1, 6], (100_000, 5)) * 1.0)
    district = pd.DataFrame({"large": counts.index // 5000, "small": counts.index // 50})
    for work in (lambda: nested(counts, district), lambda: contributions(counts)):
        start = time.perf_counter()
        work()
        assert time.perf_counter() - start < 20
