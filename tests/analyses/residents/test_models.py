import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kvarter.analyses import residents
from kvarter.analyses.residents import estimate, explained, fill, mean, support
from scipy.optimize import nnls


def reference(dwellings, n, weights):
    """Solve the regression of each group by itself, zone by zone, from the formula."""
    zones, kinds = dwellings.shape
    out = np.zeros((kinds, n.shape[1]))
    for group in range(n.shape[1]):
        left, right = [], []
        for zone in range(zones):
            lived = sum(dwellings[zone])
            if lived > 0:
                root = (weights[zone] / lived) ** 0.5
                left.append([root * number for number in dwellings[zone]])
                right.append(root * n[zone, group])
        out[:, group] = nnls(np.array(left), np.array(right))[0]
    return out


def of_rates(b, people):
    """Give the shares of a solution the people per dwelling of the population."""
    return np.array([[m * x / sum(row) for x in row] for row, m in zip(b, people, strict=True)])


def rough(seed, zones=40):
    """Give counts that hardly follow the dwellings, so that the bound of 0 is reached."""
    rng = np.random.default_rng(seed)
    dwellings = pd.DataFrame(rng.gamma(0.6, 30, (zones, 3)), columns=list("abc"))
    dwellings.iloc[3] = 0.0
    lived = dwellings.to_numpy() @ [[1.5, 0.0, 0.7], [2.0, 0.4, 0.0], [0.0, 0.1, 1.4]]
    counts = pd.DataFrame(rng.poisson(lived * rng.gamma(2, 0.5, lived.shape)), columns=list("xyz"))
    return dwellings, counts, counts.sum(axis=1) * 1.0


@pytest.mark.parametrize("seed", range(6))
def test_equals_the_regression_written_out(seed):
    dwellings, counts, population = rough(seed)
    model = estimate({"g": counts}, dwellings, population, least=0.0, replicates=40, seed=seed)
    d, n, one = dwellings.to_numpy(), counts.to_numpy() * 1.0, np.ones(len(counts))
    people = reference(d, population.to_numpy()[:, None], one)
    expected = of_rates(reference(d, n, one), people[:, 0])
    assert model.rates["g"].to_numpy() == pytest.approx(expected, abs=1e-9)
    assert model.per_dwelling["population"].to_numpy() == pytest.approx(people[:, 0], abs=1e-9)
    weights = np.random.default_rng(seed).standard_exponential((40, len(d)))
    for replicate, weight in enumerate(weights):
        people = reference(d, population.to_numpy()[:, None], weight)[:, 0]
        expected = of_rates(reference(d, n, weight), people)
        assert model.drawn["g"][:, :, replicate] == pytest.approx(expected, abs=1e-9)


def test_the_bound_is_reached_in_these_towns():
    tables = [rough(seed) for seed in range(6)]
    models = [estimate({"g": n}, d, t, least=0.0, replicates=9) for d, n, t in tables]
    assert any((model.rates["g"] == 0).any(axis=None) for model in models)
    assert any((model.drawn["g"] == 0).any() for model in models)


def test_no_other_rates_fit_better():
    dwellings, counts, _ = rough(2)
    d, n = dwellings.to_numpy(), counts["x"].to_numpy() * 1.0
    some = d.sum(axis=1) > 0
    d, n, w = d[some], n[some], 1 / d[some].sum(axis=1)
    b = residents.models._least_squares(d, n[:, None])[:, 0]
    slope = d.T @ (w * (d @ b - n))
    assert slope[b > 0] == pytest.approx(0, abs=1e-8)
    assert (slope[b == 0] >= -1e-8).all()


counted = arrays(np.float64, (14, 5), elements=st.integers(0, 60).map(float))


@settings(max_examples=30, deadline=None)
@given(counted, st.integers(0, 9))
def test_shares_are_shares_and_attributes_have_the_same_people(table, seed):
    dwellings = pd.DataFrame(table[:, :2] + 1, columns=["owner", "rented"])
    counts = {"g": pd.DataFrame(table[:, 2:]), "h": pd.DataFrame(table[:, [4, 3, 2]])}
    population = counts["g"].sum(axis=1)
    for make in (estimate, mean):
        options = {"least": 0.0} if make is estimate else {}
        model = make(counts, dwellings, population, replicates=5, seed=seed, **options)
        people = model.per_dwelling
        for name, shares in model.shares.items():
            known = shares.dropna()
            assert ((known >= 0) & (known <= 1)).all(axis=None)
            assert known.sum(axis=1).to_numpy() == pytest.approx(1)
            there = people[[name, "population"]].dropna().to_numpy()
            assert there[:, 0] == pytest.approx(there[:, 1], rel=1e-9)
            assert model.notes[name].ne("").tolist() == shares.isna().any(axis=1).tolist()
        g, h, whole = (model.drawn[name].sum(axis=1) for name in ("g", "h", "population"))
        assert g == pytest.approx(h, abs=1e-9, nan_ok=True)
        both = ~np.isnan(g) & ~np.isnan(whole)
        assert g[both] == pytest.approx(whole[both], abs=1e-9)


def test_finds_known_residents_again(town, known):
    dwellings, counts, population = town(3, zones=600)
    model = estimate({"g": counts}, dwellings, population, replicates=199, seed=1)
    truth = known()
    assert model.per_dwelling["g"].to_numpy() == pytest.approx(truth.people, abs=0.06)
    assert model.shares["g"].to_numpy() == pytest.approx(truth.shares, abs=0.03)
    assert model.alike["g"] < 0.002
    # Households have 1 and a Poisson number of people more.
    mix = dwellings.to_numpy().sum(axis=0) / dwellings.to_numpy().sum()
    by_chance, by_zone = model.spread["g"]
    assert by_chance + 60 * by_zone == pytest.approx(mix @ (truth.people - 1), rel=0.2)
    assert by_zone < 0.003
    alike = estimate({"g": town(3, zones=600, alike=0.08)[1]}, dwellings, population, replicates=9)
    assert alike.alike["g"] == pytest.approx(0.08, abs=0.015)


def test_zones_that_differ_as_wholes_spread_by_their_size():
    rng = np.random.default_rng(4)
    dwellings = pd.DataFrame({"owner": rng.gamma(2, 100, 900)})
    people = dwellings["owner"] * rng.normal(2.0, 0.2, 900)
    model = mean({"g": people.to_frame("a")}, dwellings, people, replicates=9)
    assert model.spread["g"].zones == pytest.approx(0.04, rel=0.25)


def test_replicates_spread_as_estimates_of_other_towns(town):
    found = []
    for seed in range(60):
        dwellings, counts, population = town(seed)
        model = estimate({"g": counts}, dwellings, population, replicates=99, seed=seed)
        found.append([model.rates["g"].iloc[0, 0], model.drawn["g"][0, 0].std()])
    estimates, errors = np.array(found).T
    assert errors.mean() == pytest.approx(estimates.std(), rel=0.3)


def test_a_part_of_the_people_is_a_part_of_the_rates(town):
    dwellings, counts, population = town(5)
    adults = (counts * 0.5).sum(axis=1)
    tables = {"language": counts, "income": counts * 0.5}
    for make in (estimate, mean):
        model = make(tables, dwellings, population, parts={"income": adults}, replicates=9)
        half = model.per_dwelling["income"] / model.per_dwelling["language"]
        assert half.to_numpy() == pytest.approx(0.5)
        assert model.shares["income"].to_numpy() == pytest.approx(model.shares["language"])


def test_zones_that_are_not_known_are_left_out(town):
    dwellings, counts, population = town(6)
    hidden = counts.copy()
    hidden.iloc[:5, 1] = np.nan
    model = estimate({"g": hidden}, dwellings, population, replicates=9)
    fewer = estimate({"g": counts[5:]}, dwellings[5:], population[5:], replicates=9)
    shares = fewer.shares["g"].to_numpy()
    assert model.shares["g"].to_numpy() == pytest.approx(shares, abs=1e-9)
    assert explained(model)["note"].tolist() == ["5 of 80 zones left out"] * 3 + [""]


def test_what_zones_cannot_tell_is_said():
    rng = np.random.default_rng(1)
    dwellings = pd.DataFrame({"owner": rng.gamma(2, 30, 50), "rented": rng.gamma(2, 20, 50)})
    dwellings["like owner"] = dwellings["owner"] * 0.5
    dwellings["few"] = np.where(np.arange(50) < 4, 9.0, 0.0)
    dwellings["none"] = 0.0
    dwellings["empty"] = rng.gamma(1, 20, 50)
    counts = pd.DataFrame({"a": dwellings["owner"] * 1.2, "b": dwellings["rented"] * 1.6})
    model = estimate({"g": counts}, dwellings, counts.sum(axis=1), replicates=9)
    assert model.notes["g"].to_dict() == {
        "owner": "lies where other dwellings do, and cannot be told from them",
        "rented": "",
        "like owner": "lies where other dwellings do, and cannot be told from them",
        "few": "only 4 zones have it",
        "none": "no dwellings of it today",
        "empty": "the zones give it no people",
    }
    loose = estimate({"g": counts}, dwellings, counts.sum(axis=1), least=0.0, replicates=9)
    assert loose.notes.loc["empty", "g"] == "the zones give it no people"
    assert model.rates["g"].isna().any(axis=1).tolist() == [True, False, True, True, True, True]
    assert np.isnan(model.drawn["g"]).any(axis=(1, 2)).tolist()[1] is False
    filled = fill(model, mean({"g": counts}, dwellings, counts.sum(axis=1), replicates=99))
    assert filled.rates["g"].notna().all(axis=None)
    assert filled.rates["g"].loc["rented"].tolist() == model.rates["g"].loc["rented"].tolist()
    assert filled.drawn["g"].shape == (6, 2, 99)
    assert not np.isnan(filled.drawn["g"]).any()
    assert not np.isnan([*filled.alike.values(), *filled.spread["g"]]).any()


def test_what_cannot_be_is_no_estimate():
    rng = np.random.default_rng(2)
    dwellings = pd.DataFrame({"owner": rng.gamma(2, 30, 50), "rented": rng.gamma(2, 20, 50)})
    counts = pd.DataFrame({"a": dwellings["owner"] * 2, "b": dwellings["rented"] * 0.4})
    tables = {"g": counts}, dwellings, counts.sum(axis=1)
    model = estimate(*tables, replicates=9)
    assert model.notes.loc["rented", "g"] == "the zones give it 0.40 people per dwelling"
    assert estimate(*tables, least=0.3, replicates=9).notes.eq("").all(axis=None)
    part = {"g": dwellings["owner"] + dwellings["rented"]}
    more = estimate(*tables, parts=part, least=0.3, replicates=9)
    assert more.notes["g"].tolist() == [
        "",
        "the zones give it 1.00 of them per dwelling, and 0.40 people",
    ]


def test_support_and_explained_from_the_formula(town):
    dwellings, counts, population = town(7, alike=0.1)
    table = support(dwellings)
    d, n = dwellings.to_numpy(), counts.to_numpy()
    x = d / np.sqrt(d.sum(axis=1))[:, None]
    inverse = np.linalg.inv(x.T @ x)
    expected = [(x.T @ x)[kind, kind] * inverse[kind, kind] for kind in range(3)]
    assert table["inflation"].to_numpy() == pytest.approx(expected)
    assert table["share"].sum() == pytest.approx(1)
    assert table["zones"].tolist() == (d > 0).mean(axis=0).tolist()
    model = estimate({"g": counts}, dwellings, population, replicates=9)
    rates, even = model.rates["g"].to_numpy(), n.sum(axis=0) / d.sum()
    for group in range(3):
        off = whole = 0.0
        for zone in range(len(d)):
            off += (n[zone, group] - d[zone] @ rates[:, group]) ** 2 / d[zone].sum()
            whole += (n[zone, group] - d[zone].sum() * even[group]) ** 2 / d[zone].sum()
        assert explained(model)["r2"][group] == pytest.approx(1 - off / whole)
    assert explained(mean({"g": counts}, dwellings, population))["r2"].to_numpy() == pytest.approx(
        0
    )


def table_of(rows, columns):
    return pd.DataFrame(rows, columns=columns)


def test_a_table_by_type_where_it_has_types_and_by_tenure_elsewhere(town):
    dwellings, counts, population = town(8)
    kinds = pd.MultiIndex.from_tuples([("owner", "flat"), ("owner", "house"), ("social", "flat")])
    dwellings.columns = kinds
    rows = [("owner", None, "g", "fi", 0.9), ("owner", None, "g", "sv", 0.1)]
    rows += [("owner", "house", "g", "fi", 0.504), ("owner", "house", "g", "sv", 0.5)]
    shares = table_of(rows, ["tenure", "type", "attribute", "group", "share"])
    people = table_of([("owner", 2.0), ("social", 1.5)], ["tenure", "people"])
    model = residents.given(shares, people, {"g": counts}, dwellings, population)
    assert model.rates["g"].loc[("owner", "flat")].tolist() == pytest.approx([1.8, 0.2, 0.0])
    assert model.shares["g"].loc[("owner", "house")].sum() == pytest.approx(1)
    assert model.rates["g"].loc[("social", "flat")].isna().all()
    assert model.notes["g"].tolist() == ["", "", "not in the table"]
    assert model.per_dwelling["population"].tolist() == [2.0, 2.0, 1.5]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tenure": "ownr"}, "tenure 'ownr', which is not there; did you mean 'owner'"),
        ({"group": "se"}, "group of 'g' 'se', which is not there"),
        ({"attribute": "h"}, "attribute 'h', which is not there"),
        ({"share": 1.2}, "is not from 0 to 1"),
        ({"share": 0.8}, "add up to 0.9, not to 1"),
        ({"group": "sv"}, "the group 'sv' of 'g' in 'owner' twice"),
        ({"type": "flat"}, "the dwellings are by tenure alone"),
    ],
)
def test_a_wrong_table_is_told(town, change, message):
    dwellings, counts, population = town(8)
    rows = [
        {"tenure": "owner", "attribute": "g", "group": "fi", "share": 0.9} | change,
        {"tenure": "owner", "attribute": "g", "group": "sv", "share": 0.1},
    ]
    people = table_of([("owner", 2.0)], ["tenure", "people"])
    with pytest.raises(ValueError, match=message):
        residents.given(pd.DataFrame(rows), people, {"g": counts}, dwellings, population)


def test_wrong_zones_are_told(town):
    dwellings, counts, population = town(9)
    with pytest.raises(ValueError, match="not of the same zones"):
        estimate({"g": counts[1:]}, dwellings, population)
    with pytest.raises(ValueError, match="is called 'population'"):
        estimate({"population": counts}, dwellings, population)
    with pytest.raises(ValueError, match="a count is 0 or more"):
        mean({"g": counts}, dwellings - 999, population)
    with pytest.raises(ValueError, match="replicates is 0"):
        mean({"g": counts}, dwellings, population, replicates=0)
    shuffled = estimate({"g": counts[::-1]}, dwellings, population[::-1], replicates=9)
    straight = estimate({"g": counts}, dwellings, population, replicates=9)
    assert shuffled.rates["g"].equals(straight.rates["g"])


def test_postal_code_areas_of_the_capital_region(helsinki):
    areas = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    tenures = {"owner": "te_omis_as", "rented": "te_vuok_as", "other": "te_muu_as"}
    incomes = {"low": "hr_pi_tul", "middle": "hr_ke_tul", "high": "hr_hy_tul"}
    numbers = [*tenures.values(), *incomes.values(), "he_vakiy"]
    areas = areas[numbers].astype(float).replace(-1, np.nan)
    dwellings = areas[list(tenures.values())].set_axis(list(tenures), axis=1)
    income = areas[list(incomes.values())].set_axis(list(incomes), axis=1)
    model = estimate(
        {"income": income},
        dwellings,
        areas["he_vakiy"],
        parts={"income": income.sum(axis=1, skipna=False)},
        replicates=99,
    )
    people, shares = model.per_dwelling, model.shares["income"]
    assert people.loc["owner", "population"] > people.loc["rented", "population"] > 1
    assert shares.loc["rented", "low"] > 2 * shares.loc["owner", "low"]
    assert (explained(model).set_index("group")["r2"][["low", "high"]] > 0.2).all()
