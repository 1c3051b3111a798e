import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.access import decay, floating_catchment, for_groups, raam


@pytest.fixture
def schools(any_town):
    town = any_town(2)
    people = pd.DataFrame({"finnish": town.demand, "swedish": (town.demand / 9).round()})
    meant = pd.Series({s: "swedish" if s in ("s1", "s4") else "finnish" for s in town.places})
    return town, people, meant


@pytest.mark.parametrize(
    ("measure", "options"),
    [
        (floating_catchment, {}),
        (floating_catchment, {"method": "3sfca", "decay": decay.exponential(0.1)}),
        (raam, {"tau": 20.0}),
    ],
)
def test_equals_each_group_with_its_own_services(schools, measure, options):
    town, people, meant = schools
    found = for_groups(measure, town.costs, town.supply, people, meant, **options)
    for group in people:
        own = meant.index[meant == group]
        costs = town.costs[town.costs["service"].isin(own)]
        expected = measure(costs, town.supply, people[group], **options)
        np.testing.assert_allclose(found[group], expected, atol=1e-9)


def test_a_group_without_services_has_none(schools):
    town, people, meant = schools
    found = for_groups(floating_catchment, town.costs, town.supply, people.assign(sami=1.0), meant)
    assert (found["sami"] == 0).all()


@pytest.mark.parametrize(
    ("service", "group", "said"),
    [
        ("s2", np.nan, "does not say whom service 's2' is for"),
        ("s1", "swedsh", "'swedsh', which is no column of demand; did you mean 'swedish'"),
    ],
)
def test_mistakes(schools, service, group, said):
    town, people, meant = schools
    meant[service] = group
    with pytest.raises(ValueError, match=said):
        for_groups(floating_catchment, town.costs, town.supply, people, meant)
