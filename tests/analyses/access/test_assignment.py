import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.access import assign, decay


def people(found, zone, service):
    rows = (found["zone"] == zone) & (
        found["service"].isna() if service is None else found["service"] == service
    )
    return found.loc[rows, "people"].sum()


def test_nearest_equals_a_plain_loop(town):
    found = assign(town.costs, town.demand, town.supply)
    for zone, number in town.people.items():
        near = [
            (c, list(town.places).index(s), s) for (z, s), c in town.open().items() if z == zone
        ]
        service = min(near)[2] if near else None
        assert people(found, zone, service) == number
    assert found["people"].sum() == town.demand.sum()
    everywhere = assign(town.costs, town.demand, town.supply.mask(town.supply != -1, 1.0))
    pd.testing.assert_frame_equal(assign(town.costs, town.demand), everywhere)


def test_choice_equals_a_plain_loop(town):
    found = assign(town.costs, town.demand, town.supply, how="huff", decay=decay.power(2, least=5))
    for zone, number in town.people.items():
        pull = {
            s: town.places[s] * (max(c, 5) / 5) ** -2
            for (z, s), c in town.open().items()
            if z == zone
        }
        for service in pull:
            expected = number * pull[service] / sum(pull.values())
            assert people(found, zone, service) == pytest.approx(expected, abs=1e-9)
        assert people(found, zone, None) == (0 if pull else number)


def all_ways(zones, services, costs, room):
    """Try every way of giving single persons places or none: most placed first, then least way."""
    best = None
    for way in itertools.product([None, *services], repeat=len(zones)):
        if any((z, s) not in costs for z, s in zip(zones, way, strict=True) if s is not None):
            continue
        if any(way.count(s) > room[s] for s in services):
            continue
        left = way.count(None)
        total = sum(costs[z, s] for z, s in zip(zones, way, strict=True) if s is not None)
        if best is None or (left, total) < best:
            best = left, total
    return best


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcde"), st.sampled_from("st")), st.integers(0, 100)
    ),
    st.fixed_dictionaries({"s": st.integers(0, 3), "t": st.integers(0, 3)}),
)
def test_room_equals_trying_every_way(new_town, pairs, room):
    town = new_town(pairs, room, dict.fromkeys("abcde", 1))
    found = assign(town.costs, town.demand, town.supply, how="capacity")
    assert set(found["people"]) <= {1.0}
    placed = found[found["service"].notna()]
    total = sum(pairs[z, s] for z, s in zip(placed["zone"], placed["service"], strict=True))
    assert (5 - len(placed), total) == all_ways("abcde", "st", pairs, room)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_room_is_kept_and_nobody_is_lost(any_town, seed):
    town = any_town(seed)
    found = assign(town.costs, town.demand, town.supply, how="capacity")
    used = found.groupby("service", observed=False)["people"].sum()
    assert (used <= town.supply.fillna(0) + 1e-6).all()
    by_zone = found.groupby("zone", observed=False)["people"].sum()
    np.testing.assert_allclose(by_zone, town.demand, atol=1e-6)
    assert (found["people"] == found["people"].round()).all()
    # Who is without a place has only full services in reach.
    left = set(found.loc[found["service"].isna(), "zone"])
    for zone, service in town.open():
        assert zone not in left or used[service] == pytest.approx(town.places[service])


def test_nobody_is_left_out_to_save_way(new_town):
    """One more is placed although two have to go very much farther for it."""
    pairs = {("a", "s"): 0, ("b", "s"): 0, ("b", "t"): 1e5, ("c", "t"): 0, ("c", "u"): 1e5}
    town = new_town(pairs, dict.fromkeys("stu", 1), dict.fromkeys("abc", 1))
    found = assign(town.costs, town.demand, town.supply, how="capacity")
    assert sorted(zip(found["zone"], found["service"], strict=True)) == [
        ("a", "s"),
        ("b", "t"),
        ("c", "u"),
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 100_000),
    st.floats(-2, 3),
    st.sampled_from([decay.gaussian, decay.exponential]),
    st.sampled_from([1.0, 1e-9, 1e-300, 0.37]),
)
def test_whoever_chooses_is_nowhere_lost_however_small_the_weights(
    any_town, seed, magnitude, kind, size
):
    town = any_town(seed)
    demand = town.demand * size
    found = assign(town.costs, demand, town.supply, how="huff", decay=kind(10**magnitude))
    by_zone = found.groupby("zone", observed=False)["people"].sum()
    np.testing.assert_allclose(by_zone, demand.reindex(by_zone.index), rtol=1e-8)
    assert (found["people"] > 0).all()


def test_a_weight_without_digits_is_none():
    """At 720 the weight is 2e-313, and people over it infinite."""
    costs = pd.DataFrame(
        {
            "zone": pd.Categorical(["a", "a"]),
            "service": pd.Categorical([7, 8]),
            "cost": [720.0, 721],
        }
    )
    demand, supply = pd.Series({"a": 5.0}), pd.Series({7: 10.0, 8: 20.0})
    found = assign(costs, demand, supply, how="huff", decay=decay.exponential(1))
    assert found["service"].isna().tolist() == [True]
    assert found["people"].tolist() == [5.0]


@pytest.mark.parametrize("how", ["nearest", "capacity", "huff"])
@pytest.mark.parametrize("size", [1e-12, 1e-9, 0.001, 1e9, 1e14])
def test_amounts_may_be_of_any_size(town, how, size):
    options = {"how": how} | ({"decay": decay.power(2)} if how == "huff" else {})
    one = assign(town.costs, town.demand, town.supply, **options)
    found = assign(town.costs, town.demand * size, town.supply * size, **options)
    np.testing.assert_allclose(found["people"] / size, one["people"], rtol=1e-6)
    pd.testing.assert_frame_equal(found[["zone", "service"]], one[["zone", "service"]])


@pytest.mark.parametrize("how", ["nearest", "capacity", "huff"])
def test_nobody_no_places_and_nothing_in_reach(town, how):
    options = {"how": how} | ({"decay": decay.power(2)} if how == "huff" else {})
    for supply, costs in ((town.supply * 0, town.costs), (town.supply, town.costs.iloc[:0])):
        found = assign(costs, town.demand, supply, **options)
        assert found["service"].isna().all()
        assert found["people"].sum() == town.demand.sum()
    assert len(assign(town.costs, town.demand * 0, town.supply, **options)) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"how": "random"}, "how is 'random'"),
        ({"how": "capacity"}, "capacity needs supply"),
        ({"how": "huff", "supply": pd.Series(1.0, index=[f"s{k}" for k in range(6)])}, "a decay"),
        ({"demand": pd.Series({"z0": 1.0})}, "demand has no zone 'z1'"),
    ],
)
def test_mistakes(any_town, given, said):
    town = any_town(0)
    with pytest.raises(ValueError, match=said):
        assign(**({"costs": town.costs, "demand": town.demand} | given))
