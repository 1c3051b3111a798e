import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.access import Costs, floating_catchment, for_groups, nearest


@pytest.fixture
def costs():
    zone, service = pd.Categorical([*"aabc"], [*"abcd"]), pd.Categorical([*"stsu"], [*"stuv"])
    return pd.DataFrame({"zone": zone, "service": service, "cost": [100.0, 40.0, 10.0, 0.0]})


SUPPLY, DEMAND = pd.Series(1.0, index=list("stuv")), pd.Series(1.0, index=list("abcd"))


def test_what_is_checked_once_gives_the_same(town):
    checked = Costs(town.costs)
    assert Costs.of(checked) is checked
    assert repr(checked) == f"Costs(14 zones, 6 services, {len(town.pairs)} pairs)"
    pd.testing.assert_series_equal(nearest(checked, k=2), nearest(town.costs, k=2))
    for (zone, service), cost in town.pairs.items():
        at = checked.zones.get_loc(zone), checked.services.get_loc(service)
        assert checked.matrix[at] == cost


def test_a_cost_of_0_is_within_reach(costs):
    assert Costs(costs).matrix.nnz == 4
    assert nearest(costs)["c"] == 0


def test_some_services_only(town):
    checked = Costs(town.costs)
    wanted = np.array([True, False, True, False, False, True])
    kept = checked.only(wanted)
    assert kept.services is checked.services
    rows = town.costs["service"].isin(["s0", "s2", "s5"])
    pd.testing.assert_series_equal(nearest(kept), nearest(town.costs[rows]))


NUMBERED = pd.DataFrame(
    {"zone": pd.Categorical([1, 2]), "service": pd.Categorical([7, 8]), "cost": [3.0, 4.5]}
)
PLACES, PEOPLE = pd.Series({7: 1.0, 8: 1.0}), pd.Series({1: 1.0, 2: 1.0})
GROUPS = pd.DataFrame({"a": PEOPLE})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Costs(NUMBERED.assign(cost=[3.0, -4])), "from 2 to 8 is -4;"),
        (lambda: Costs(NUMBERED.loc[[0, 1, 1]]), "the pair 2, 8 is there twice"),
        (lambda: Costs(NUMBERED).people(PEOPLE * np.nan), "of zone 1 is missing"),
        (lambda: Costs(NUMBERED).people(PEOPLE.drop(2)), "no zone 2; give one value a zone$"),
        (lambda: Costs(NUMBERED).people(-PEOPLE), "of zone 1 is -1;"),
        (lambda: Costs(NUMBERED).places(PLACES[[7, 8, 8]]), "names service 8 twice"),
        (
            lambda: Costs(NUMBERED).people(PEOPLE.set_axis(["1", "2"])),
            "no zone 1;.*none of its names, such as '1', is one of the cost table's, such as 1$",
        ),
        (
            lambda: for_groups(nearest, NUMBERED, PLACES, GROUPS, pd.Series({7: "a"})),
            "whom service 8 is for",
        ),
        (
            lambda: for_groups(nearest, NUMBERED, PLACES, GROUPS, pd.Series({7: 5, 8: 5})),
            "service 7 is meant for 5, which",
        ),
        (
            lambda: for_groups(nearest, NUMBERED, PLACES, GROUPS, pd.Series(["a"] * 3, [7, 8, 8])),
            "meant names 8 twice",
        ),
        (
            lambda: for_groups(nearest, NUMBERED, PLACES, GROUPS, pd.Series({"7": "a"})),
            "meant has none .*, such as 7; its names are like '7'",
        ),
    ],
)
def test_zones_and_services_of_numbers_are_named_as_numbers(call, said):
    with pytest.raises(ValueError, match=said) as caught:
        call()
    assert "np." not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda c: {"supply": SUPPLY.replace({1.0: -1.0})},
            "supply of service 's' is -1; correct",
        ),
        (
            lambda c: {"demand": DEMAND.replace({1.0: np.inf})},
            "demand of zone 'a' is inf; correct",
        ),
        (lambda c: {"demand": DEMAND * np.nan}, "demand of zone 'a' is missing; set it to 0"),
        (lambda c: {"demand": DEMAND.drop("c")}, "demand has no zone 'c'"),
        (
            lambda c: {"demand": DEMAND.set_axis([*"wxyz"])},
            "no zone 'a'.*none of its names, such as 'w', is one of the cost table's, such as 'a'",
        ),
        (lambda c: {"supply": pd.concat([SUPPLY, SUPPLY])}, "supply names service 's' twice"),
        (lambda c: {"costs": c.assign(cost=[1, 2, -3, 4])}, "from 'b' to 's' is -3"),
        (lambda c: {"costs": c.assign(cost=[1, np.nan, 3, 4])}, "from 'a' to 't' is nan"),
        (lambda c: {"costs": c.assign(cost=np.inf)}, "from 'a' to 's' is inf"),
        (lambda c: {"costs": pd.concat([c, c.iloc[:1]])}, "'a', 's' is there twice"),
        (lambda c: {"costs": c.astype({"zone": str})}, "categorical column 'zone'"),
        (lambda c: {"costs": c.drop(columns="cost")}, "needs a column 'cost'"),
        (
            lambda c: {"costs": c.assign(service=pd.Categorical([None] * 4, [*"stuv"]))},
            "row 0 of costs names no zone or no service",
        ),
    ],
)
def test_mistakes(costs, change, said):
    given = {"costs": costs, "supply": SUPPLY, "demand": DEMAND} | change(costs)
    with pytest.raises(ValueError, match=said):
        floating_catchment(**given)
    if "costs" in change(costs):
        with pytest.raises(ValueError, match=said):
            nearest(given["costs"])
