"""A scenario is data, and what it makes of the layers is one pure function."""

import copy
import random

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kvarter.layers import Scenario, apply
from kvarter.layers.scenarios import ScenarioError, dwellings_change, ordered

from .conftest import equal, place

ALL = {
    "add_service": [{"kind": "school", "name": "East", "at": place(2, 2), "capacity": 90}],
    "close_service": ["L1"],
    "move_service": [{"id": "S3", "zone": "i"}],
    "change_service": [{"id": "S2", "capacity": 150}],
    "share_site": [{"ids": ["S1", "S2"]}],
    "demolish": [{"zone": "a", "dwellings": 5}],
    "change_tenure": [{"zone": "b", "from": "owner", "to": "social", "dwellings": 3}],
    "add_dwellings": [{"zone": "c", "dwellings": 40, "tenure": "social", "type": "block"}],
    "growth": {"age.young": 1.2},
    "add_street": [{"line": [place(2.5, 0.5), place(2.5, 2.5)]}],
    "close_street": [{"at": place(1, 1.5)}],
    "speed": {"walk": 4.0},
}


def test_a_scenario_without_changes_is_the_baseline_to_the_bit(town):
    equal(apply(town, Scenario(name="nothing")), town)


def test_the_baseline_stays_as_it_is(town):
    before = copy.deepcopy(town)
    apply(town, Scenario(name="all", year=2030, **ALL))
    equal(town, before)


def test_the_order_of_keys_makes_no_difference(town):
    keys = list(ALL)
    random.Random(3).shuffle(keys)
    shuffled = Scenario.model_validate({"name": "all", **{key: ALL[key] for key in keys}})
    equal(apply(town, Scenario(name="all", **ALL)), apply(town, shuffled))


def test_opening_and_closing_the_same_service_is_nothing(town):
    new = {"id": "N", "kind": "school", "name": "East", "at": place(2, 2), "capacity": 90}
    both = Scenario(name="both", add_service=[new], close_service=["N"])
    equal(apply(town, both), town)
    opened = apply(town, Scenario(name="open", add_service=[new]))
    equal(apply(opened, Scenario(name="close", close_service=["N"])), town)
    assert list(opened.services.index) == ["S1", "S2", "S3", "L1", "N"]


def test_a_year_comes_behind_those_before(town):
    later = apply(town, Scenario(name="2030", year=2030, growth={"age.young": 2.0}))
    assert list(later.zones) == [2016, 2024, 2030]
    assert later.zones[2024] is town.zones[2024]
    assert (later.zones[2030]["age.young"] == 2 * town.zones[2024]["age.young"]).all()
    still = apply(later, Scenario(name="2035", year=2035, based_on="2030"))
    assert later.zones[2030].equals(still.zones[2035])


def test_all_mistakes_are_told_at_once(town):
    wrong = Scenario(
        name="wrong",
        year=2020,
        close_service=["S9", "L1"],
        demolish=[{"zone": "z", "dwellings": 1}],
        speed={"walk": 4},
    )
    with pytest.raises(ScenarioError) as caught:
        apply(town, wrong)
    told = str(caught.value).splitlines()
    assert len(told) == 3
    assert "year: 2020 is before 2024" in told[0]
    assert "item 1 of close_service: There is no service with the id 'S9'. There are" in told[1]
    assert "demolish.zone: There is no zone 'z'" in told[2].replace("item 1 of ", "")


def test_arrivals_are_added_and_nobody_is_below_none(town):
    zones = town.zones[2024]
    age = pd.DataFrame({"young": [10.0, -1e6], "old": [5.5, 0.0]}, index=["a", "b"])
    after = apply(town, Scenario(name="plan"), arrivals={"age": age}).zones[2024]
    assert after.loc["a", "age.young"] == zones.loc["a", "age.young"] + 10
    assert after.loc["b", "age.young"] == 0
    assert after.loc["a", "population"] == pytest.approx(zones.loc["a", "population"] + 15.5)
    assert after.loc["b", "population"] == zones.loc["b", "age.old"]
    assert after.loc[list("cdefghi")].equals(zones.loc[list("cdefghi")])
    people = pd.DataFrame({"population": [3.0]}, index=["a"])
    counts = {"income": age.rename(columns={"young": "low", "old": "high"}), "population": people}
    after = apply(town, Scenario(name="plan"), arrivals=counts).zones[2024]
    assert after.loc["a", "population"] == zones.loc["a", "population"] + 3
    assert after.loc["a", "income.high"] == zones.loc["a", "income.high"] + 5.5


@pytest.mark.parametrize("name", ["tenure", "housing", "nothing"])
def test_arrivals_of_dwellings_or_of_nothing_are_refused(town, name):
    with pytest.raises(ValueError, match=name):
        apply(town, Scenario(name="plan"), arrivals={name: pd.DataFrame(index=["a"])})


def test_scenarios_are_set_behind_what_they_go_on_from():
    later = Scenario(name="later", based_on="sooner")
    sooner = Scenario(name="sooner")
    assert ordered([later, sooner]) == [sooner, later]
    for plans, says in (
        ([later], "no scenario 'sooner'"),
        ([later, Scenario(name="sooner", based_on="later")], "circle: later → sooner → later"),
        ([Scenario(name="me", based_on="me")], "circle: me → me"),
        ([sooner, sooner], "names of their own"),
        ([Scenario(name="baseline")], "other than 'baseline'"),
        (
            [Scenario(name="a", year=2035), Scenario(name="b", year=2030, based_on="a")],
            "'a' is of 2035, after 2030",
        ),
        ([Scenario(name="North"), Scenario(name="b", based_on="Nort")], "Did you mean 'North'"),
    ):
        with pytest.raises(ValueError, match=says):
            ordered(plans)


amounts = st.floats(0.001, 500)
zones = st.sampled_from("abcdefghi")
tenures = st.sampled_from(["owner", "social"])
built = st.fixed_dictionaries(
    {
        "zone": zones,
        "dwellings": amounts,
        "tenure": tenures,
        "type": st.sampled_from(["block", "house"]),
    }
)
fixture = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@fixture
@given(new=st.lists(built, min_size=1, max_size=4))
def test_every_dwelling_that_is_built_stands_somewhere(town, new):
    plan = Scenario(name="plan", add_dwellings=new)
    total = sum(item["dwellings"] for item in new)
    after, change = apply(town, plan), dwellings_change(town, plan)
    assert change.to_numpy().sum() == pytest.approx(total, rel=1e-9)
    for attribute in ("tenure", "housing"):
        more = after.counts(attribute, 2024) - town.counts(attribute, 2024)
        assert more.to_numpy().sum() == pytest.approx(total, rel=1e-9)
        assert more.min(axis=None) >= 0
    assert after.housing["dwellings"].sum() - town.housing["dwellings"].sum() == pytest.approx(
        total, rel=1e-9
    )
    assert (after.zones[2024]["population"] == town.zones[2024]["population"]).all()


@fixture
@given(zone=zones, share=st.floats(0.01, 1.0), tenure=st.none() | tenures)
def test_every_dwelling_that_is_taken_down_is_missing(town, zone, share, tenure):
    homes = town.counts("tenure", 2024).loc[zone]
    number = share * (homes.sum() if tenure is None else homes[tenure])
    plan = Scenario(name="plan", demolish=[{"zone": zone, "dwellings": number, "tenure": tenure}])
    after, change = apply(town, plan), dwellings_change(town, plan)
    assert change.to_numpy().sum() == pytest.approx(-number, abs=1e-9)
    for attribute in ("tenure", "housing"):
        less = town.counts(attribute, 2024) - after.counts(attribute, 2024)
        assert less.to_numpy().sum() == pytest.approx(number, abs=1e-9)
        assert after.counts(attribute, 2024).min(axis=None) >= 0
        assert (less.drop(index=zone) == 0).all(axis=None)
    gone = town.housing["dwellings"].sum() - after.housing["dwellings"].sum()
    assert gone == pytest.approx(number, abs=1e-9)
    if tenure is None:
        rented = town.rental["dwellings"].sum() - after.rental["dwellings"].sum()
        assert rented == pytest.approx(share * homes["social"], abs=1e-9)


@fixture
@given(zone=zones, share=st.floats(0.01, 1.0), ways=st.permutations(["owner", "social"]))
def test_a_change_of_tenure_keeps_the_dwellings(town, zone, share, ways):
    number = share * town.counts("tenure", 2024).loc[zone, ways[0]]
    item = {"zone": zone, "from": ways[0], "to": ways[1], "dwellings": number}
    plan = Scenario(name="plan", change_tenure=[item])
    after = apply(town, plan).counts("tenure", 2024)
    before = town.counts("tenure", 2024)
    assert (after.sum(axis=1) - before.sum(axis=1)).abs().max() < 1e-9
    assert dwellings_change(town, plan).abs().to_numpy().sum() == pytest.approx(2 * number)


@fixture
@given(factor=st.floats(0, 3), change=st.lists(st.floats(-50, 50), min_size=9, max_size=9))
def test_people_are_conserved(town, factor, change):
    index = town.zones[2024].index
    age = pd.DataFrame({"young": change, "old": 0.0}, index=index)
    plan = Scenario(name="plan", growth={"age.old": factor})
    after = apply(town, plan, arrivals={"age": age})
    known = after.counts("age", 2024)
    assert (known.sum(axis=1) - after.zones[2024]["population"]).abs().max() < 1e-9
    old, before = town.counts("age", 2024)["old"], town.counts("age", 2024)["young"]
    assert (known["old"] - factor * old).abs().max() < 1e-9
    assert (known["young"] - (before + change).clip(lower=0)).abs().max() < 1e-9


@fixture
@given(places=st.floats(1, 590), at=st.sets(st.sampled_from(["S1", "S2", "S3"]), min_size=1))
def test_places_are_conserved_where_services_are_concentrated(town, places, at):
    plan = {"kind": "school", "meant_for": "language.sv", "at": sorted(at), "places": places}
    first = apply(town, Scenario(name="plan", concentrate=[plan]))
    total = town.services["capacity"].sum()
    assert first.services["capacity"].sum() == pytest.approx(total, abs=1e-9)
    own = first.services[first.services["meant_for"] == "language.sv"]
    assert own["capacity"].sum() == pytest.approx(places, abs=1e-9)
    one = {"kind": "school", "meant_for": "language.sv", "at": [own.index[0]]}
    second = apply(first, Scenario(name="next", concentrate=[one]))
    assert second.services["capacity"].sum() == pytest.approx(total, abs=1e-9)
    assert (second.services["meant_for"] == "language.sv").sum() == 1
