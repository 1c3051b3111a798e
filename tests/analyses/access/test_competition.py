import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.access import balancing_cost, decay, floating_catchment, spatial_availability

WEIGH = decay.exponential(0.1)


def test_availability_equals_the_formula_with_all_its_factors(town):
    everybody = sum(town.people.values())
    pairs = town.open()
    expected = dict.fromkeys(town.people, 0.0)
    for service, places in town.places.items():
        near = {z: np.exp(-0.1 * c) for (z, s), c in pairs.items() if s == service}
        by_cost = {z: w / sum(near.values()) for z, w in near.items()}
        by_people = {z: town.people[z] / everybody for z in near}
        both = sum(by_people[z] * by_cost[z] for z in near)
        for z in near:
            if both > 0:
                expected[z] += places * by_people[z] * by_cost[z] / both
    found = spatial_availability(town.costs, town.supply, town.demand, WEIGH)
    assert found.to_dict() == pytest.approx(expected, abs=1e-9)
    assert found["z3"] == 0


def test_availability_as_the_paper_prints_it(new_town):
    """Soukhov et al. (2023), table 1: jobs of an urban centre, a suburb and a satellite town."""
    pairs = {("A", "1"): 15, ("A", "2"): 30, ("A", "3"): 100, ("B", "1"): 30, ("B", "2"): 15}
    pairs |= {("B", "3"): 100, ("C", "1"): 100, ("C", "2"): 100, ("C", "3"): 15}
    shen = new_town(pairs, {"1": 1e5, "2": 1e5, "3": 1e4}, {"A": 5e4, "B": 15e4, "C": 1e4})
    found = spatial_availability(shen.costs, shen.supply, shen.demand, WEIGH)
    assert found.round().tolist() == [66833, 133203, 9963]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_availability_adds_up_to_the_places_in_reach(any_town, seed):
    town = any_town(seed)
    found = spatial_availability(town.costs, town.supply, town.demand, WEIGH)
    lived = {s for z, s in town.open() if town.people[z] > 0}
    assert found.sum() == pytest.approx(sum(town.places[s] for s in lived))
    catchment = floating_catchment(
        town.costs, town.supply, town.demand, method="e2sfca", decay=WEIGH
    )
    np.testing.assert_allclose(found, catchment * town.demand, atol=1e-9)


def test_balancing_cost_equals_a_plain_loop(town):
    expected = {}
    for zone, people in town.people.items():
        near = sorted((c, s) for (z, s), c in town.open().items() if z == zone)
        expected[zone] = 0.0 if people == 0 else np.nan
        total = 0.0
        for cost, service in near:
            total += town.places[service]
            if total >= people and people > 0:
                expected[zone] = cost
                break
    found = balancing_cost(town.costs, town.supply, town.demand)
    assert found.to_dict() == pytest.approx(expected, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from(["s0", "s1", "s2", "s3"]))
def test_nobody_balances_nearer_when_a_service_closes(any_town, seed, service):
    town, closed = any_town(seed), any_town(seed).without(service)
    before = balancing_cost(town.costs, town.supply, town.demand).fillna(np.inf)
    after = balancing_cost(closed.costs, closed.supply, closed.demand).fillna(np.inf)
    assert (after >= before).all()


def test_nobody_no_places_and_nothing_in_reach(town):
    for supply, demand, costs in (
        (town.supply * 0, town.demand, town.costs),
        (town.supply, town.demand * 0, town.costs),
        (town.supply, town.demand, town.costs.iloc[:0]),
    ):
        assert (spatial_availability(costs, supply, demand, WEIGH) == 0).all()
        found = balancing_cost(costs, supply, demand)
        assert found[demand > 0].isna().all()
        assert (found[demand == 0] == 0).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"supply": pd.Series({"s0": -1.0})}, "supply has no service 's1'"),
        ({"demand": pd.Series({"nowhere": 1.0})}, "demand has no zone 'z0'"),
    ],
)
def test_mistakes(any_town, change, said):
    town = any_town(0)
    given = {"costs": town.costs, "supply": town.supply, "demand": town.demand} | change
    for measure in (balancing_cost, lambda **k: spatial_availability(**k, decay=WEIGH)):
        with pytest.raises(ValueError, match=said):
            measure(**given)
