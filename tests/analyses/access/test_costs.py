import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.access import Costs, floating_catchment, nearest


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
        (lambda c: {"demand": DEMAND.set_axis([*"wxyz"])}, "no zone 'a'.*none of its names"),
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
