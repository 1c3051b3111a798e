import time
from itertools import permutations
from math import log

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses import segregation
from kvarter.analyses.segregation import multigroup
from kvarter.analyses.segregation.change import CHANGE, SHAPLEY, SUMS, change, shapley

INCOME = ["hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]
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


@pytest.fixture
def two_years(random_counts):
    """Give two tables of mostly the same zones, some without people in one of them."""

    def tables(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        rng = np.random.default_rng(seed)
        before = random_counts(seed, 40)
        after = before.iloc[5:] * rng.uniform(0.5, 1.5, (35, 4)).round(1)
        new = random_counts(seed + 1, 10).set_axis([f"new{i}" for i in range(10)])
        return before, pd.concat([new, after.iloc[::-1]])[["d", "a", "b", "c"]]

    return tables


pairs = st.tuples(st.integers(2, 4), st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda size: st.tuples(
        *(
            st.lists(
                st.lists(st.integers(0, 40), min_size=size[0], max_size=size[0]),
                min_size=rows,
                max_size=rows,
            )
            for rows in size[1:]
        ),
        st.integers(0, 2),
    )
)


def frames(pair) -> tuple[pd.DataFrame, pd.DataFrame]:
    one, two, shift = pair
    after = pd.DataFrame(two, index=np.arange(len(two)) + shift)
    return pd.DataFrame(one), after


# Change of any index ----------------------------------------------------------------------------


def plain_tables(before: pd.DataFrame, after: pd.DataFrame) -> dict[tuple[int, ...], pd.DataFrame]:
    """Make the tables in between, one number at a time, of groups that live in zones of both."""
    both = [
        z for z in before.index if before.loc[z].sum() and z in after.index and after.loc[z].sum()
    ]
    year = [before, after]
    out = {}
    for c, d, z in np.ndindex(2, 2, 2):
        table = pd.DataFrame(0.0, index=year[z].index, columns=before.columns)
        for m in before.columns:
            members = year[c][m].sum()
            near = sum(year[z].loc[i, m] for i in both) / year[z][m].sum()
            for i in year[z].index:
                if i in both:
                    spread = year[d].loc[i, m] / sum(year[d].loc[j, m] for j in both)
                    table.loc[i, m] = members * near * spread
                else:
                    table.loc[i, m] = members * year[z].loc[i, m] / year[z][m].sum()
        out[c, d, z] = table
    return out


def plain_shapley(values: dict[tuple[int, ...], float]) -> list[float]:
    out = [0.0, 0.0, 0.0]
    for order in permutations(range(3)):
        at = [0, 0, 0]
        for part in order:
            old = values[tuple(at)]
            at[part] = 1
            out[part] += (values[tuple(at)] - old) / 6
    return out


def parts_of(found: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    keys = ["group", "other", "index"]
    order = found.drop_duplicates(keys).set_index(keys).index
    return found.pivot_table("value", keys, "part", dropna=False).loc[order, names]


@pytest.mark.parametrize("seed", [1, 2])
def test_shapley_equals_the_mean_over_all_orders(seed: int, squares, two_years) -> None:
    before, after = two_years(seed)
    zones = before.index.append(after.index[~after.index.isin(before.index)])
    cells = gpd.GeoSeries(squares(5, 10).to_numpy(), index=zones, crs=3067)
    cells.iloc[:7] = cells.iloc[:7].buffer(-30)
    indices = [
        "dissimilarity",
        "information_theory",
        "density_corrected_dissimilarity",
        "isolation",
        "interaction",
        "delta",
        "absolute_centralization",
        "spatial_proximity",
        "boundary_dissimilarity",
        "spatial_information_theory",
    ]
    found = shapley(before, after, indices=indices, geometry=cells)
    measured = {
        key: segregation.measure(table, cells.loc[table.index], indices=indices)
        for key, table in plain_tables(before, after[before.columns]).items()
    }
    parts = parts_of(found, SHAPLEY)
    ends = parts_of(found, SUMS)
    for number, (place, row) in enumerate(parts.iterrows()):
        values = {key: table["value"].iloc[number] for key, table in measured.items()}
        assert place == tuple(measured[0, 0, 0].iloc[number][["group", "other", "index"]])
        assert row.tolist() == pytest.approx(plain_shapley(values), rel=0, abs=1e-9)
        assert row.sum() == pytest.approx(ends.loc[place, "difference"], rel=0, abs=1e-12)
        for when, key in (("before", (0, 0, 0)), ("after", (1, 1, 1))):
            assert ends.loc[place, when] == pytest.approx(values[key], rel=0, abs=1e-12)
    assert (parts.abs().max() > 1e-3).all()


def test_every_index_has_parts_that_add_up(squares, two_years) -> None:
    before, after = two_years(3)
    zones = before.index.append(after.index[~after.index.isin(before.index)])
    cells = gpd.GeoSeries(squares(5, 10).to_numpy(), index=zones, crs=3067)
    cells.iloc[:7] = cells.iloc[:7].buffer(-30)
    found = shapley(before, after, geometry=cells, ordered=True)
    for when, table in (("before", before), ("after", after[before.columns])):
        whole = segregation.measure(table, cells.loc[table.index], ordered=True)
        one = found[found["part"] == when].reset_index(drop=True)
        np.testing.assert_allclose(one["value"], whole["value"], rtol=0, atol=1e-12)
        # What the counts are taken for, and what a value below 0 says, is told by `measure` alone.
        told = "counts (?:rounded|taken)|more even"
        notes = whole["note"].where(~whole["note"].str.contains(told, regex=True), "")
        assert one["note"].tolist() == notes.tolist()
    parts, ends = (parts_of(found, names) for names in (SHAPLEY, SUMS))
    np.testing.assert_allclose(parts.sum(axis=1), ends["difference"], rtol=0, atol=1e-12)
    turned = before.iloc[::-1]
    still = shapley(before, turned, geometry=cells)
    assert (still.loc[still["part"].isin(["difference", *SHAPLEY]), "value"] == 0).all()
    back = shapley(after[before.columns], before, geometry=cells, ordered=True)
    back = parts_of(back, SHAPLEY)
    for place, row in parts.iterrows():
        np.testing.assert_allclose(row, -back.loc[place], rtol=0, atol=1e-9)


SOME = ["dissimilarity", "isolation", "multigroup_gini", "information_theory", "divergence"]


@settings(max_examples=60, deadline=None)
@given(pairs, st.integers(0, 3), st.floats(0.2, 5))
def test_shapley_of_any_two_tables(pair, group: int, factor: float) -> None:
    before, after = frames(pair)
    found = shapley(before, after, indices=SOME)
    parts, ends = (parts_of(found, names) for names in (SHAPLEY, SUMS))
    np.testing.assert_allclose(parts.sum(axis=1, skipna=False), ends["difference"], atol=1e-12)
    assert found.loc[found["value"].isna(), "note"].all()
    same = shapley(before, before, indices=SOME)
    still = same[~same["part"].isin(["before", "after"])]
    assert (still["value"].dropna() == 0).all()
    grown = before.copy()
    grown[group % before.shape[1]] *= factor
    rows = parts_of(shapley(before, grown, indices=SOME), SHAPLEY)
    assert (rows[["distribution", "zones"]].fillna(0).abs() < 1e-12).all(axis=None)


def test_a_zone_without_people_is_as_one_that_is_not_there(two_years) -> None:
    before, after = two_years(1)
    lean = [table[table.sum(axis=1) > 0] for table in (before, after)]
    fat = [table.reindex(before.index.union(after.index), fill_value=0.0) for table in lean]
    pd.testing.assert_frame_equal(shapley(*lean), shapley(*fat), rtol=0, atol=1e-12)
    pd.testing.assert_frame_equal(change(*lean), change(*fat), rtol=0, atol=1e-12)


def test_two_towns_differ_in_composition_and_distribution(income: gpd.GeoDataFrame) -> None:
    one, two = (income.loc[income["region"] == name, INCOME] for name in ("tampere", "turku"))
    found = shapley(one, two, indices=["information_theory"]).set_index("part")
    assert found.loc["zones", "value"] == 0
    assert "no zone has people in both" in found.loc["distribution", "note"]
    parts = found.loc[SHAPLEY, "value"]
    assert parts.sum() == pytest.approx(found.loc["difference", "value"], **EXACT)
    assert abs(parts["composition"]) > 1e-5
    exact = change(one, two).set_index("part")
    assert exact.loc[CHANGE, "value"].isna().all()
    assert exact.loc["structural", "note"].startswith("no zone has people in both")
    assert exact.loc["difference", "value"] == pytest.approx(
        exact.loc["after", "value"] - exact.loc["before", "value"]
    )


def test_what_is_not_defined_is_said() -> None:
    before = pd.DataFrame({"a": [5.0, 6, 2], "b": [3.0, 7, np.nan], "c": [0.0, 0, 0]})
    after = pd.DataFrame({"a": [6.0, 5, 1], "b": [3.0, 8, 1], "c": [1.0, 1, 1]})
    found = shapley(before, after, indices=["dissimilarity"])
    of_c = found[(found["group"] == "c") & (found["other"] == "")].set_index("part")
    assert of_c.loc["before", "note"].startswith("the group has no members; 1 zone left out")
    assert of_c.loc["after", "value"] > 0
    assert of_c.loc["zones", "note"].startswith("before: the group has no members")
    assert of_c.drop("after")["value"].isna().all()
    nobody = shapley(before.iloc[:2] * 0, after)
    assert (nobody.loc[nobody["part"] == "before", "note"] == "no people").all()
    assert nobody.loc[nobody["part"].isin(SHAPLEY), "value"].isna().all()
    empty = change(before.iloc[:2] * 0, after).set_index("part")
    assert empty.loc["structural", "note"] == "before: no people"
    with pytest.raises(ValueError, match="group 'c' is in one of the tables only"):
        shapley(before[["a", "b"]], after)
    with pytest.raises(ValueError, match="names zone 0 twice"):
        change(before, pd.concat([after, after]))


def test_equal_areas_have_no_parts(squares, two_years) -> None:
    before, after = two_years(1)
    zones = before.index.append(after.index[~after.index.isin(before.index)])
    cells = gpd.GeoSeries(squares(5, 10).to_numpy(), index=zones, crs=3067)
    found = shapley(before, after, indices=["absolute_concentration"], geometry=cells)
    assert found["value"].isna().all()
    assert found["note"].str.contains("all zones are of one size").all()


# Change of mutual information -------------------------------------------------------------------


def plain_fit(table: np.ndarray, zones: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Fit in rounds: zones, then groups, and again."""
    out = table / table.sum()
    for _ in range(20_000):
        out = out * (zones / out.sum(axis=1))[:, None]
        out = out * (groups / out.sum(axis=0))
        if np.abs(out.sum(axis=1) - zones).max() < 1e-15:
            break
    return out


def plain_change(before: pd.DataFrame, after: pd.DataFrame) -> list[float]:
    zones = [z for z in before.index if z in after.index]
    zones = [z for z in zones if before.loc[z].sum() and after.loc[z].sum()]
    a, b = (table.loc[zones].to_numpy() for table in (before, after[before.columns]))
    a, b = a / a.sum(), b / b.sum()
    m = {}
    for s, table in (("a", a), ("b", b)):
        for z, g in (("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")):
            rows, columns = (a if z == "a" else b).sum(axis=1), (a if g == "a" else b).sum(axis=0)
            m[s, z, g] = told(plain_fit(table, rows, columns).tolist())
    whole = [told(table.to_numpy().tolist()) for table in (before, after)]
    margin = [(m["b", x, x] - m["a", x, x]) / 2 for x in "ab"]
    zone = [(m[s, "b", g] - m[s, "a", g]) / 4 for s in "ab" for g in "ab"]
    group = [(m[s, z, "b"] - m[s, z, "a"]) / 4 for s in "ab" for z in "ab"]
    ends = [told(a.tolist()) - whole[0], whole[1] - told(b.tolist())]
    return [*ends, sum(margin), sum(zone), sum(group)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_change_equals_fitting_in_rounds(seed: int, two_years) -> None:
    before, after = two_years(seed)
    found = change(before, after).set_index("part")["value"]
    parts = found[CHANGE]
    assert parts.tolist() == pytest.approx(plain_change(before, after), rel=0, abs=1e-9)
    assert parts.sum() == pytest.approx(found["difference"], **EXACT)
    assert found["before"] == pytest.approx(multigroup.mutual_information(before.to_numpy()))


def test_change_of_real_data(income: gpd.GeoDataFrame) -> None:
    after = income[INCOME].sample(frac=0.9, random_state=1)
    after *= np.random.default_rng(1).uniform(0.7, 1.4, after.shape)
    found = change(income[INCOME], after).set_index("part")
    fine = income[INCOME].dropna().index.intersection(after.dropna().index)
    gone = income.index.difference(after.index)
    expected = plain_change(income.loc[fine.union(gone), INCOME].dropna(), after.loc[fine])
    assert found.loc[CHANGE, "value"].tolist() == pytest.approx(expected, abs=1e-9)
    assert found["note"].str.contains("left out: counts missing").all()


@settings(max_examples=150, deadline=None)
@given(pairs)
def test_change_of_any_two_tables(pair) -> None:
    before, after = frames(pair)
    found = change(before, after).set_index("part")
    parts = found.loc[CHANGE, "value"]
    if parts.isna().any():
        assert parts.isna().all()
        assert found.loc[CHANGE, "note"].str.contains("no people|no zone").all()
    else:
        assert parts.sum() == pytest.approx(found.loc["difference", "value"], **EXACT)
        back = change(after, before).set_index("part").loc[CHANGE, "value"]
        mirror = -back.rename({"removals": "additions", "additions": "removals"})[parts.index]
        np.testing.assert_allclose(parts, mirror, rtol=0, atol=1e-9)
    still = change(before, before).set_index("part").loc[CHANGE, "value"]
    assert (still.dropna() == 0).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 40), min_size=3, max_size=3), min_size=2, max_size=6),
    st.lists(st.floats(0.2, 5), min_size=9, max_size=9),
)
def test_sizes_alone_do_not_change_structure(table, factors: list[float]) -> None:
    before = pd.DataFrame(table, dtype=float)
    grown = before * factors[:3]
    grown = grown.mul(factors[3 : 3 + len(grown)], axis=0)
    found = change(before, grown).set_index("part")["value"]
    assert found[["removals", "additions", "structural"]].abs().max() < 1e-10
    # Zones that are alike in both may be one.
    twice = [pd.concat([n, n * 2], ignore_index=True) for n in (before, grown)]
    other = [
        before,
        pd.DataFrame(np.random.default_rng(1).permutation(before.to_numpy())),
    ]
    merged = change(*twice).set_index("part")["value"]
    np.testing.assert_allclose(merged, found, rtol=0, atol=1e-9)
    apart = [pd.concat([n / 3, n * 2 / 3], ignore_index=True) for n in other]
    np.testing.assert_allclose(change(*apart)["value"], change(*other)["value"], rtol=0, atol=1e-9)


def test_a_structure_of_empty_cells_stays() -> None:
    before, after = pd.DataFrame([[50.0, 0.0], [0.0, 50.0]]), pd.DataFrame([[60.0, 0], [0, 40.0]])
    found = change(before, after).set_index("part")["value"]
    assert found["structural"] == pytest.approx(0, abs=1e-9)
    assert found[CHANGE].sum() == pytest.approx(found["difference"], **EXACT)


def test_many_zones_take_about_a_second() -> None:
    rng = np.random.default_rng(1)
    before = pd.DataFrame(rng.poisson([3, 30, 80, 1, 6], (100_000, 5)) * 1.0)
    after = pd.DataFrame(rng.poisson([4, 25, 80, 1, 6], (100_000, 5)) * 1.0).set_axis(
        np.arange(100_000) + 2_000
    )
    indices = ["information_theory", "multigroup_dissimilarity"]
    for work in (lambda: shapley(before, after, indices=indices), lambda: change(before, after)):
        start = time.perf_counter()
        work()
        assert time.perf_counter() - start < 20
