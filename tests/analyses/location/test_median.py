import numpy as np
import pandas as pd
import pytest
from kvarter.analyses import access
from kvarter.analyses.location import _search, close, p_median
from kvarter.analyses.location._problem import problem


def test_equals_trying_all_choices(towns):
    for town in towns(200):
        found = p_median(town.costs, town.demand, town.p, existing=town.existing)
        people = sum(town.demand[z] for z in town.inside)
        least = min(town.mean(sites) for sites in town.choices()) * people
        assert found.objective == pytest.approx(least)
        assert found.bound == pytest.approx(least)
        assert town.mean(found.open) * people == pytest.approx(least)
        assert len(found.opened) == town.p
        assert found.existing == town.existing


def test_need_weighs_groups(towns):
    need = pd.Series({"fi": 1.0, "sv": 5.0})
    for town in towns(40):
        found = p_median(town.costs, town.people, town.p, existing=town.existing, need=need)
        paid = [
            sum((town.people.loc[z] @ need) * town.nearest(z, sites)[1] for z in town.inside)
            for sites in town.choices()
        ]
        assert found.objective == pytest.approx(min(paid))


def test_bounds_hold_without_highs(towns, monkeypatch):
    monkeypatch.setattr(_search, "_EXACT", -1)
    for town in towns(200):
        found = p_median(town.costs, town.demand, town.p, existing=town.existing)
        people = sum(town.demand[z] for z in town.inside)
        least = min(town.mean(sites) for sites in town.choices()) * people
        assert found.bound <= least * (1 + 1e-9)
        assert found.objective >= least * (1 - 1e-9)


def test_highs_alone_equals_trying_all_choices(towns):
    for town in towns(100):
        pairs = problem(town.costs, town.demand, existing=town.existing).pairs
        chosen, bound = _search.exact(pairs, town.p)
        people = sum(town.demand[z] for z in town.inside)
        least = min(town.mean(sites) for sites in town.choices()) * people
        assert pairs.value(chosen) == pytest.approx(least)
        assert bound == pytest.approx(least, rel=1e-6)


def test_an_exchange_changes_the_cost_by_what_was_said(towns):
    for town in towns(60):
        pairs = problem(town.costs, town.demand, existing=town.existing).pairs
        chosen = np.arange(town.p)
        after = _search.swapped(pairs, chosen, pairs.weight[:, None])[..., 0]
        for j in range(town.p, pairs.sites):
            for r in range(town.p):
                trial = np.append(np.delete(chosen, r), j)
                assert after[j, r] == pytest.approx(pairs.value(trial))


def test_the_assignment_is_the_nearest_open_site_and_loses_nobody(towns):
    for town in towns(60):
        found = p_median(town.costs, town.demand, town.p, existing=town.existing)
        rows = found.assignment
        assert rows["people"].sum() == pytest.approx(town.demand.sum())
        for row in rows.itertuples():
            site, cost = town.nearest(row.zone, found.open)
            assert row.service == site if site else pd.isna(row.service)
            assert row.cost == cost if site else pd.isna(row.cost)


def test_those_out_of_reach_are_told():
    costs = pd.DataFrame(
        {
            "zone": pd.Categorical(["a", "b"], categories=["a", "b", "c"]),
            "service": pd.Categorical(["s", "t"]),
            "cost": [3.0, 4.0],
        }
    )
    found = p_median(costs, pd.Series({"a": 50, "b": 20, "c": 30}), 1, beyond=10)
    assert found.opened == ("s",)
    assert found.objective == 50 * 3 + 20 * 10
    assert found.note == (
        "30 people have no site in reach and do not count; 20 people have no open site in reach "
        "and count 10 each"
    )


@pytest.mark.parametrize("factor", [1e-6, 3.0, 1e6])
def test_units_and_order_do_not_matter(towns, factor):
    for town in towns(30):
        found = p_median(town.costs, town.demand, town.p, existing=town.existing)
        mixed = town.costs.sample(frac=1, random_state=1)
        mixed["cost"] *= factor
        again = p_median(mixed, town.demand[::-1] / factor, town.p, existing=town.existing)
        assert again.objective == pytest.approx(found.objective)
        assert again.gap == 0


def test_one_more_site_is_no_worse(towns):
    for town in towns(30):
        free = len(town.sites) - len(town.existing)
        costs = [
            p_median(town.costs, town.demand, p, existing=town.existing).objective
            for p in range(1, free + 1)
        ]
        assert (np.diff(costs) <= 1e-9).all()


def test_a_zone_in_two_halves_is_the_same_zone(towns):
    for town in towns(20):
        found = p_median(town.costs, town.demand, town.p, existing=town.existing)
        halves = pd.concat([town.costs, town.costs], ignore_index=True)
        of = [f"{z}{h}" for h in "12" for z in town.costs["zone"]]
        halves["zone"] = pd.Categorical(of, [f"{z}{h}" for h in "12" for z in town.zones])
        demand = pd.Series({f"{z}{h}": town.demand[z] / 2 for h in "12" for z in town.zones})
        again = p_median(halves, demand, town.p, existing=town.existing)
        assert again.objective == pytest.approx(found.objective)


def test_the_same_seed_gives_the_same_choice():
    rng = np.random.default_rng(1)
    where, sites = rng.uniform(0, 100, (300, 2)), rng.uniform(0, 100, (40, 2))
    cost = np.hypot(*(where[:, None] - sites).transpose(2, 0, 1))
    zone, site = np.divmod(np.arange(cost.size), 40)
    costs = pd.DataFrame(
        {"zone": pd.Categorical(zone), "service": pd.Categorical(site), "cost": cost.ravel()}
    )
    demand = pd.Series(rng.integers(1, 50, 300))
    found = [p_median(costs, demand, 6, seed=seed) for seed in (3, 3, 4)]
    assert found[0].opened == found[1].opened
    assert found[0].gap < 0.001
    assert found[2].objective == pytest.approx(found[0].objective, rel=found[0].gap + 1e-9)


def test_closing_is_keeping_the_others(towns):
    for town in towns(60):
        keep = town.p + len(town.existing)
        closed, kept = close(town.costs, town.demand, keep, existing=town.existing)
        assert sorted(closed + kept.open) == town.sites
        assert len(kept.open) == keep
        assert set(town.existing) <= set(kept.open)
        again = p_median(town.costs, town.demand, town.p, existing=town.existing)
        assert kept.objective == again.objective


def test_mistakes_are_told(towns):
    town = towns(1, complete=True)[0]
    with pytest.raises(ValueError, match="p is 9, and"):
        p_median(town.costs, town.demand, 9)
    with pytest.raises(ValueError, match=r"p is 1\.5; give a whole number"):
        p_median(town.costs, town.demand, 1.5)
    with pytest.raises(ValueError, match="existing names 'q'"):
        p_median(town.costs, town.demand, 1, existing=["q"])
    with pytest.raises(ValueError, match="beyond is 1; give a cost of"):
        p_median(town.costs, town.demand, 1, beyond=1)
    with pytest.raises(ValueError, match="need is by group"):
        p_median(town.costs, town.demand, 1, need=pd.Series({"fi": 1.0}))
    with pytest.raises(ValueError, match="need has no group 'sv'"):
        p_median(town.costs, town.people, 1, need=pd.Series({"fi": 1.0}))
    with pytest.raises(ValueError, match="nobody who counts has a site in reach"):
        p_median(town.costs, town.demand * 0, 1)
    with pytest.raises(ValueError, match="keep is 99"):
        close(town.costs, town.demand, 99)


def test_a_checked_table_does_as_well(towns):
    town = towns(1)[0]
    table = access.Costs(town.costs)
    before = table.matrix.data.copy()
    assert (
        p_median(table, town.demand, 1).objective == p_median(town.costs, town.demand, 1).objective
    )
    assert (table.matrix.data == before).all()
