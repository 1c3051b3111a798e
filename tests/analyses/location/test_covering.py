import numpy as np
import pytest
from kvarter.analyses.location import _cover, maximal_covering, p_center, set_covering

LIMIT = 4.0


def covered(town, zone, sites):
    return any(town.pairs.get((zone, s), np.inf) <= LIMIT for s in sites)


def test_maximal_covering_equals_trying_all_choices(towns):
    for town in towns(200):
        found = maximal_covering(town.costs, town.demand, town.p, LIMIT, existing=town.existing)
        most = max(
            sum(town.demand[z] for z in town.zones if covered(town, z, sites))
            for sites in town.choices()
        )
        assert found.objective == pytest.approx(most)
        assert found.bound == pytest.approx(most)
        assert len(found.opened) == town.p
        reached = found.assignment["cost"] <= LIMIT
        assert found.assignment["people"][reached].sum() == pytest.approx(most)


def fewest(town, coverable):
    free = len(town.sites) - len(town.existing)
    return next(
        p
        for p in range(free + 1)
        if any(all(covered(town, z, s) for z in coverable) for s in town.choices(p))
    )


def test_set_covering_equals_trying_all_choices(towns):
    for town in towns(200):
        found = set_covering(town.costs, town.demand, LIMIT, existing=town.existing)
        coverable = [z for z in town.inside if covered(town, z, town.sites)]
        assert found.objective == found.bound == fewest(town, coverable)
        assert all(covered(town, z, found.open) for z in coverable)
        left = sum(town.demand[z] for z in town.inside if z not in coverable)
        assert (f"{left:,.0f} people have no site within 4" in found.note) == (left > 0)


def test_p_center_equals_trying_all_choices(towns):
    refused = 0
    for town in towns(200):
        worst = {
            sites: max(
                np.inf if town.nearest(z, sites)[0] is None else town.nearest(z, sites)[1]
                for z in town.inside
            )
            for sites in town.choices()
        }
        least = min(worst.values())
        if np.isinf(least):
            refused += 1
            with pytest.raises(ValueError, match=r"no . sites were found that everybody"):
                p_center(town.costs, town.demand, town.p, existing=town.existing)
            continue
        found = p_center(town.costs, town.demand, town.p, existing=town.existing)
        assert found.objective == found.bound == least
        assert worst[found.open] == least if found.open in worst else len(found.opened) == town.p
        assert found.assignment["cost"].max() == least
        # No one exchange leads to less way for all and as little for the last.
        for sites, most in worst.items():
            if len({*sites} - {*found.open}) == 1 and most == least:
                assert town.mean(sites) >= town.mean(found.open) - 1e-9
    assert 0 < refused < 100


def test_bounds_hold_where_highs_gives_up(towns, monkeypatch):
    monkeypatch.setattr(_cover, "_solve", lambda rows: (None, 1))
    for town in towns(60):
        found = set_covering(town.costs, town.demand, LIMIT, existing=town.existing)
        coverable = [z for z in town.inside if covered(town, z, town.sites)]
        assert found.bound <= fewest(town, coverable) <= found.objective
        assert all(covered(town, z, found.open) for z in coverable)


def test_zones_are_added_until_all_are_covered(towns, monkeypatch):
    monkeypatch.setattr(_cover, "_FIRST", 1)
    monkeypatch.setattr(_cover, "_MORE", 1)
    for town in towns(60):
        found = set_covering(town.costs, town.demand, LIMIT, existing=town.existing)
        coverable = [z for z in town.inside if covered(town, z, town.sites)]
        assert found.objective == found.bound == fewest(town, coverable)


def test_one_answers_the_other(towns):
    for town in towns(40, complete=True):
        found = p_center(town.costs, town.demand, town.p)
        again = set_covering(town.costs, town.demand, found.objective)
        assert again.objective <= town.p
        everybody = maximal_covering(town.costs, town.demand, town.p, found.objective)
        assert everybody.objective == pytest.approx(town.demand.sum())


def test_mistakes_are_told(towns):
    town = towns(1)[0]
    with pytest.raises(ValueError, match="limit is -1"):
        set_covering(town.costs, town.demand, -1)
    with pytest.raises(ValueError, match="limit is nan"):
        maximal_covering(town.costs, town.demand, 1, np.nan)
