import numpy as np
import pandas as pd
import pytest
from kvarter.analyses import access
from kvarter.analyses.location import _capacity, p_median


def places_of(town, seed, share):
    rng = np.random.default_rng(seed)
    places = pd.Series(rng.integers(1, 10, len(town.sites)).astype(float), town.sites)
    open_ = town.p + len(town.existing)
    return (places * share * town.demand.sum() / (places.mean() * open_)).round()


def least(town, places, beyond):
    """Send people where there is room, with every choice of sites."""
    out = np.inf
    for sites in town.choices():
        rows = access.assign(
            town.costs,
            town.demand.where(town.demand.index.isin(town.inside), 0),
            places.where(places.index.isin(sites), 0),
            how="capacity",
        )
        cost = [town.pairs.get((r.zone, r.service), beyond) for r in rows.itertuples()]
        out = min(out, float(rows["people"] @ np.array(cost)))
    return out


@pytest.mark.parametrize("share", [0.8, 1.1, 2.0])
def test_equals_trying_all_choices(towns, share):
    for seed, town in enumerate(towns(16)):
        places = places_of(town, seed, share)
        beyond = town.far * (len(town.sites) + 1)
        found = p_median(town.costs, town.demand, town.p, existing=town.existing, capacity=places)
        best = least(town, places, beyond)
        assert found.objective == pytest.approx(best, rel=1e-7)
        assert found.bound == pytest.approx(best, rel=1e-6)
        rows = found.assignment
        assert rows["people"].sum() == pytest.approx(town.demand.sum())
        used = rows.groupby("service", observed=True)["people"].sum()
        assert (used <= places[used.index] + 1e-6).all()
        assert set(used.index) <= set(found.open)


def test_bounds_hold_without_highs(towns, monkeypatch):
    monkeypatch.setattr(_capacity, "_EXACT", -1)
    found_it = 0
    for seed, town in enumerate(towns(20)):
        places = places_of(town, seed, 1.2)
        best = least(town, places, town.far * (len(town.sites) + 1))
        found = p_median(town.costs, town.demand, town.p, existing=town.existing, capacity=places)
        assert found.bound <= best * (1 + 1e-7)
        assert found.objective >= best * (1 - 1e-7)
        found_it += found.objective <= best * (1 + 1e-7)
    assert found_it > 15


def test_places_enough_are_as_good_as_none(towns):
    for town in towns(40, complete=True):
        plain = p_median(town.costs, town.demand, town.p)
        many = pd.Series(town.demand.sum(), town.sites)
        found = p_median(town.costs, town.demand, town.p, capacity=many)
        assert found.objective == pytest.approx(plain.objective)


def test_those_without_a_place_are_told():
    costs = pd.DataFrame(
        {
            "zone": pd.Categorical(["a", "a", "b"], categories=["a", "b", "c"]),
            "service": pd.Categorical(["s", "t", "t"]),
            "cost": [3.0, 4.0, 2.0],
        }
    )
    places = pd.Series({"s": 45, "t": 40})
    demand = pd.Series({"a": 50, "b": 20, "c": 30})
    found = p_median(costs, demand, 1, capacity=places, beyond=10)
    assert found.opened == ("s",) or found.opened == ("t",)
    # At t: 20 from b, 20 from a, and 30 without; at s: 45 from a, and 25 without.
    assert found.objective == min(45 * 3 + 25 * 10, 20 * 2 + 20 * 4 + 30 * 10)
    assert found.note == (
        "30 people have no site in reach and do not count; 25 people have no place and count 10 "
        "each"
    )
    assert found.assignment["people"].tolist() == [45, 5, 20, 30]


def test_mistakes_are_told(towns):
    town = towns(1)[0]
    with pytest.raises(ValueError, match="beyond is 1; give a cost of"):
        p_median(town.costs, town.demand, 1, capacity=places_of(town, 1, 1.0), beyond=1)
