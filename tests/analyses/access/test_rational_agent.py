import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.access import NotConverged, raam

TAU = 20.0


def at_rest(town):
    """Move people from the dearest service of their zone to the cheapest until nobody gains."""
    # As in the paper, everybody and all places count for the usual number, those out of reach too.
    rho = sum(town.people.values()) / sum(n for n in town.places.values() if n > 0)
    room = {s: rho * n for s, n in town.places.items() if n > 0}
    way = {z: {s: c / TAU for (k, s), c in town.open().items() if k == z} for z in town.people}
    zones = [z for z in way if way[z] and town.people[z] > 0]
    here = {z: dict.fromkeys(way[z], town.people[z] / len(way[z])) for z in zones}
    crowd = {s: sum(here[z].get(s, 0) for z in zones) for s in room}
    for _ in range(20_000):
        most = 0.0
        for z in zones:
            cost = {s: crowd[s] / room[s] + t for s, t in way[z].items()}
            to = min(cost, key=cost.get)
            off = max((s for s in cost if here[z][s] > 0), key=cost.get)
            # So many that both are as dear afterwards, or all there are.
            moved = (cost[off] - cost[to]) / (1 / room[off] + 1 / room[to])
            moved = min(here[z][off], moved)
            for s, change in ((off, -moved), (to, moved)):
                here[z][s] += change
                crowd[s] += change
            most = max(most, cost[off] - cost[to])
        if most < 1e-11:
            break
    return {z: min(crowd[s] / room[s] + t for s, t in way[z].items()) for z in zones}


def test_equals_a_plain_loop(town):
    found = raam(town.costs, town.supply, town.demand, tau=TAU, tolerance=1e-11)
    expected = at_rest(town)
    assert found[list(expected)].to_dict() == pytest.approx(expected, abs=1e-9)


def test_two_services_by_hand(new_town):
    """Ten go the way of 6 until 25 at the one place are as dear as 15 at the other and the way."""
    town = new_town(
        {("a", "s"): 0, ("a", "t"): 6, ("b", "t"): 0}, {"s": 10, "t": 10}, {"a": 30, "b": 10}
    )
    found = raam(town.costs, town.supply, town.demand, tau=60)
    # (30 - x) / 20 = (10 + x) / 20 + 0.1 gives x = 9.
    assert found.to_dict() == pytest.approx({"a": 21 / 20, "b": 19 / 20})


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.floats(1, 200))
def test_nobody_gains_by_another_service(any_town, seed, tau):
    """With the cost of each service's crowd between the zones' results, all is consistent."""
    town = any_town(seed)
    found = raam(town.costs, town.supply, town.demand, tau=tau, tolerance=1e-9)
    reached = {z for z, _ in town.open()}
    assert set(found.index[found.notna()]) == reached
    # The crowd of a service is at least what keeps everybody's result as low as it is.
    crowd = dict.fromkeys([s for _, s in town.open()], 0.0)
    for (z, s), c in town.open().items():
        crowd[s] = max(crowd[s], found[z] - c / tau)
    rho = sum(town.people.values()) / sum(n for n in town.places.values() if n > 0)
    used = sum(level * rho * town.places[s] for s, level in crowd.items())
    assert used == pytest.approx(sum(town.people[z] for z in reached), rel=1e-6)


def test_more_people_and_fewer_places_are_never_better(town):
    def whole(t, people=1.0):
        return raam(t.costs, t.supply, t.demand * people, tau=TAU, rho=2.0).fillna(np.inf)

    assert (whole(town, 1.5) >= whole(town) - 1e-5).all()
    assert (whole(town.without("s1")) >= whole(town) - 1e-5).all()


def test_is_nearer_to_rest_than_pysal(town):
    from access import Access

    open_ = town.supply[town.supply > 0]
    lived = town.demand[town.demand > 0]
    costs = town.costs[
        town.costs["service"].isin(open_.index) & town.costs["zone"].isin(lived.index)
    ]
    reference = Access(
        demand_df=(lived * 1000).astype(int).rename("people").rename_axis("id").reset_index(),
        demand_index="id",
        demand_value="people",
        supply_df=open_.rename("places").rename_axis("id").reset_index(),
        supply_index="id",
        supply_value="places",
        cost_df=costs.astype({"zone": str, "service": str}),
        cost_origin="zone",
        cost_dest="service",
        cost_name="cost",
    )
    theirs = reference.raam(name="raam", tau=TAU, max_cycles=1000)["raam_places"].dropna()
    ours = raam(town.costs, town.supply, town.demand * 1000, tau=TAU)[theirs.index]
    np.testing.assert_allclose(ours, theirs, rtol=0.02)


def test_says_when_it_has_not_converged(any_town):
    town = any_town(3)
    with pytest.warns(NotConverged, match="after 1 rounds somebody could still gain"):
        raam(town.costs, town.supply, town.demand, tau=500, tolerance=1e-14, rounds=1)


def test_nobody_no_places_and_nothing_in_reach(town):
    for supply, costs in ((town.supply * 0, town.costs), (town.supply, town.costs.iloc[:0])):
        assert raam(costs, supply, town.demand, tau=TAU).isna().all()
    empty = raam(town.costs, town.supply, town.demand * 0, tau=TAU)
    for zone in town.people:
        near = [c / TAU for (z, _), c in town.open().items() if z == zone]
        assert empty[zone] == pytest.approx(min(near, default=np.nan), nan_ok=True)


@pytest.mark.parametrize("name", ["tau", "rho", "tolerance", "rounds"])
def test_mistakes(any_town, name):
    town = any_town(0)
    for value in (0, np.nan, np.inf, "5", *([1.5] if name == "rounds" else [])):
        with pytest.raises(ValueError, match=f"{name} is {value!r}; give a"):
            raam(town.costs, town.supply, town.demand, **({"tau": 1.0} | {name: value}))
    with pytest.raises(ValueError, match="no zone"):
        raam(town.costs, town.supply, pd.Series({"a": 1.0}), tau=1)
