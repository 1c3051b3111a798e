import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kvarter.analyses.residents import arrivals, draws, estimate, fill, mean
from kvarter.analyses.residents import given as given_table

ZONES = list("abcdef")


@pytest.fixture
def model(town):
    dwellings, counts, population = town(1, alike=0.05)
    tables = {"language": counts, "income": counts * 0.5}
    part = {"income": counts.sum(axis=1) * 0.5}
    return estimate(tables, dwellings, population, parts=part, replicates=300, seed=2)


def test_arrivals_from_the_formula(model):
    change = pd.DataFrame({"social": [30.0, 0.0, 10.0], "owner": [5.0, 0.0, 0.0]})
    change.index = ["z0", "new", "z7"]
    change["rented"] = [-1.0, 12.0, 0.0]
    people, today = model.per_dwelling["population"], model.dwellings
    for name, expected in arrivals(model, change).items():
        for zone in change.index:
            row = np.zeros(expected.shape[1])
            leaving = lived = 0.0
            for kind in today.columns:
                delta = change.loc[zone, kind]
                row += max(delta, 0.0) * model.rates[name].loc[kind].to_numpy()
                leaving += max(-delta, 0.0) * people[kind]
                lived += people[kind] * (today.loc[zone, kind] if zone in today.index else 0.0)
            if leaving:
                row -= leaving / lived * model.counts[name].loc[zone].to_numpy()
            assert expected.loc[zone].to_numpy() == pytest.approx(row, abs=1e-9)


changes = arrays(np.float64, (6, 2), elements=st.integers(-40, 60).map(float))
counted = arrays(np.float64, (6, 3), elements=st.floats(0, 90))


@settings(max_examples=30, deadline=None)
@given(changes, counted, arrays(np.float64, (6, 2), elements=st.integers(0, 40).map(float)))
def test_nobody_is_lost_and_no_count_falls_below_0(delta, n, standing):
    dwellings = pd.DataFrame(standing + np.array([1, 0]), index=ZONES, columns=["owner", "rented"])
    counts = pd.DataFrame(n + 0.5, index=ZONES, columns=["fi", "sv", "other"])
    population = counts.sum(axis=1)
    tables = {"g": counts}, dwellings, population + 1
    model = mean(*tables, replicates=3)
    change = pd.DataFrame(np.maximum(delta, -dwellings), index=ZONES, columns=dwellings.columns)
    expected = arrivals(model, change)
    assert (counts + expected["g"] >= 0).all(axis=None)
    built = change.clip(lower=0).to_numpy() @ model.per_dwelling["g"].to_numpy()
    gone = np.zeros(6)
    for zone in range(6):
        share = max(-change.iloc[zone].clip(upper=0).sum(), 0) / dwellings.iloc[zone].sum()
        gone[zone] = share * population.iloc[zone]
    assert expected["g"].sum(axis=1).to_numpy() == pytest.approx(built - gone, abs=1e-9)
    drawn = draws(model, change, replicates=4, seed=1)["g"]
    after = counts.loc[drawn.zones].to_numpy()[:, :, None] + drawn.people
    assert (after >= 0).all()


def test_a_zone_without_dwellings_is_left_by_everybody(model):
    zone = model.dwellings.index[2]
    change = -model.dwellings.loc[[zone]]
    for name, expected in arrivals(model, change).items():
        assert (expected.loc[zone] == -model.counts[name].loc[zone]).all()
        people = draws(model, change, replicates=9)[name].people
        assert (people[0] == -model.counts[name].loc[zone].to_numpy()[:, None]).all()


def test_draws_are_around_what_is_expected_and_as_wide_as_the_model_says(model):
    change = pd.DataFrame({"social": [200.0, 0.0], "owner": [0.0, -12.0]}, index=["z0", "z3"])
    expected, drawn = arrivals(model, change), draws(model, change, replicates=3000, seed=3)
    for name, table in expected.items():
        people = drawn[name].people
        error = people.std(axis=2) / 3000**0.5
        assert (np.abs(people.mean(axis=2) - table.to_numpy()) < 5 * error + 0.5).all()
    people, rates = drawn["language"].people[0], model.drawn["language"][2] * 200
    total, p = rates.sum(axis=0), rates / rates.sum(axis=0)
    spread, alike = model.spread["language"], model.alike["language"]
    number = spread.households * 200 + spread.zones * 200**2
    mixed = total * p * (1 - p) * (1 + (total + number / total - 1) * alike)
    variance = (mixed + p**2 * number).mean(axis=1) + rates.var(axis=1)
    assert people.var(axis=1) == pytest.approx(variance, rel=0.2)
    assert people.sum(axis=0).var() == pytest.approx(
        number + (model.drawn["population"][2, 0] * 200).var(), rel=0.15
    )


def test_attributes_of_the_same_people_have_as_many(model):
    change = pd.DataFrame({"rented": [50.0, -9.0]}, index=["z0", "z3"])
    drawn = draws(model, change, replicates=50)
    everybody = drawn["population"].people[:, 0]
    assert (drawn["language"].people.sum(axis=1) == everybody).all()
    assert (drawn["language"].people == np.rint(drawn["language"].people)).all()


def test_a_zone_has_the_same_draws_whatever_else_is_built(model):
    one = pd.DataFrame({"owner": [20.0]}, index=["z5"])
    more = pd.DataFrame({"owner": [20.0, 0.0, 9.0]}, index=["z5", "z6", "z1"])
    alone, beside = draws(model, one, replicates=20), draws(model, more, replicates=20)
    assert beside["language"].zones.tolist() == ["z5", "z1"]
    assert (alone["language"].people[0] == beside["language"].people[0]).all()
    again, other = draws(model, one, replicates=20), draws(model, one, replicates=20, seed=1)
    assert (alone["income"].people == again["income"].people).all()
    assert (alone["income"].people != other["income"].people).any()


def test_no_change_is_nothing(model):
    assert (arrivals(model, model.dwellings * 0.0)["language"] == 0).all(axis=None)
    assert draws(model, model.dwellings * 0.0)["language"].people.size == 0


def test_a_table_has_no_spread_but_chance(town):
    dwellings, counts, population = town(2)
    shares = pd.DataFrame(
        {"tenure": "owner", "attribute": "g", "group": ["fi", "sv"], "share": [0.7, 0.3]}
    )
    people = pd.DataFrame({"tenure": ["owner"], "people": [2.0]})
    model = given_table(shares, people, {"g": counts}, dwellings, population)
    drawn = draws(model, pd.DataFrame({"owner": [100.0]}, index=["z0"]), replicates=2000)["g"]
    assert (drawn.people.sum(axis=1) == 200).all()
    assert drawn.people[0, 0].var() == pytest.approx(200 * 0.7 * 0.3, rel=0.1)
    with pytest.raises(ValueError, match=r"dwellings of 'social' \(g: not in the table\)"):
        arrivals(model, pd.DataFrame({"social": [1.0]}, index=["z0"]))
    filled = fill(model, mean({"g": counts}, dwellings, population, replicates=9))
    assert (
        arrivals(filled, pd.DataFrame({"social": [1.0]}, index=["z0"]))["g"].notna().all(axis=None)
    )


def test_who_leaves_a_zone_that_is_not_known_is_not_known_either(town):
    dwellings, counts, population = town(2)
    hidden = counts.copy()
    hidden.loc["z0", "sv"] = np.nan
    model = mean({"g": hidden}, dwellings, population, replicates=9)
    kind = dwellings.loc["z0"].idxmax()
    fewer = pd.DataFrame({kind: [-1.0]}, index=["z0"])
    assert arrivals(model, fewer)["g"].loc["z0"].isna().tolist() == [False, True, False]
    assert np.isnan(draws(model, fewer, replicates=3)["g"].people).all()
    assert arrivals(model, -fewer)["g"].notna().all(axis=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ownr": [1.0]}, "dwellings of 'ownr', which is not there; did you mean 'owner'"),
        ({"owner": [np.nan]}, "the change of 'owner' in zone 'z0' is no number"),
        ({"owner": [-9999.0]}, "dwellings of 'owner', and 9999 are demolished"),
    ],
)
def test_a_wrong_change_is_told(model, change, message):
    with pytest.raises(ValueError, match=message):
        arrivals(model, pd.DataFrame(change, index=["z0"]))
    with pytest.raises(ValueError, match=message):
        draws(model, pd.DataFrame(change, index=["z0"]))
