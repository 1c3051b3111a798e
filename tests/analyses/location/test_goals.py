import numpy as np
import pytest
from kvarter.analyses import meeting
from kvarter.analyses.location import _goals, frontier, least_gap, most_mixed, p_median, worst_off

LOSS = 0.1


def gap(town, sites):
    return abs(town.mean(sites, "fi") - town.mean(sites, "sv"))


def worst(town, sites):
    """Walk from the farthest on until a tenth of the people are there."""
    paid, n = 0.0, town.demand.to_dict()
    tenth = left = sum(n[z] for z in town.inside) / 10
    for cost, z in sorted(((town.nearest(z, sites)[1], z) for z in town.inside), reverse=True):
        paid += min(left, n[z]) * cost
        left -= min(left, n[z])
    return paid / tenth


def mixed(town, sites):
    """Add the chances up, service by service, that a user and another one differ."""
    n = {z: (fi, sv) for z, fi, sv in town.people.itertuples()}
    people, chance = sum(sum(n[z]) for z in town.inside), 0.0
    for s in sites:
        users = [n[z] for z in town.inside if town.nearest(z, sites)[0] == s]
        both = sum(map(sum, users))
        for x in map(sum, zip(*users, strict=True)):
            chance += both / people * x / both * (both - x) / both if both else 0.0
    return chance


GOALS = {
    "gap": (least_gap, gap, 1, {"loss": LOSS}),
    "worst": (worst_off, worst, 1, {}),
    "mixed": (most_mixed, mixed, -1, {"loss": LOSS}),
}


def best_of(town, value, sign, loss):
    cost = {sites: town.mean(sites) for sites in town.choices()}
    budget = np.inf if loss is None else min(cost.values()) * (1 + loss + 1e-12)
    return min(sign * value(town, sites) for sites, paid in cost.items() if paid <= budget)


@pytest.mark.parametrize("goal", GOALS)
def test_equals_trying_all_choices(towns, goal):
    function, value, sign, options = GOALS[goal]
    for town in towns(200):
        found = function(town.costs, town.people, town.p, existing=town.existing, **options)
        best = sign * best_of(town, value, sign, options.get("loss"))
        assert found.objective == pytest.approx(best, abs=1e-9)
        assert found.bound == pytest.approx(best, abs=1e-9)
        assert value(town, found.open) == pytest.approx(best, abs=1e-9)
        assert found.how == "all choices tried"


@pytest.mark.parametrize("goal", GOALS)
def test_exchanges_come_near_and_bounds_hold(towns, goal, monkeypatch):
    monkeypatch.setattr(_goals, "_ALL", 0)
    function, value, sign, options = GOALS[goal]
    found_it = 0
    for town in towns(60):
        found = function(town.costs, town.people, town.p, existing=town.existing, **options)
        best = best_of(town, value, sign, options.get("loss"))
        assert sign * found.bound <= best + 1e-9
        assert sign * found.objective >= best - 1e-9
        assert value(town, found.open) == pytest.approx(found.objective, abs=1e-9)
        found_it += abs(sign * found.objective - best) < 1e-9
    assert found_it > 50


def test_an_exchange_changes_goals_by_what_was_said(towns):
    for town in towns(60):
        for goal, (_, value, sign, _) in GOALS.items():
            search = _goals.searching(
                town.costs, town.people, town.p, goal, town.existing, None, 0
            )
            names = search.given.table.services[search.given.candidate]
            chosen = np.arange(town.p)
            values, costs = search._after(chosen)
            for j in range(town.p, len(names)):
                for r in range(town.p):
                    sites = (*town.existing, *names[np.append(np.delete(chosen, r), j)])
                    people = search.everybody
                    assert costs[j, r] == pytest.approx(town.mean(sites) * people)
                    expected = sign * value(town, sites)
                    if goal == "worst":
                        assert values[j, r] >= expected - 1e-9
                    else:
                        assert values[j, r] == pytest.approx(expected, abs=1e-9)


def test_the_chance_is_that_of_meeting(towns):
    for town in towns(20, complete=True):
        found = most_mixed(town.costs, town.people, town.p)
        chances = meeting.chances(found.assignment, town.people).set_index("who")["value"]
        assert found.objective == pytest.approx(chances["users"])


def test_no_loss_is_the_p_median(towns):
    for town in towns(20, ties=False):
        cheap = p_median(town.costs, town.demand, town.p)
        for function in (least_gap, most_mixed):
            found = function(town.costs, town.people, town.p, loss=0)
            assert town.mean(found.open) == pytest.approx(town.mean(cheap.open))


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("goal", GOALS)
def test_points_of_the_frontier_are_not_dominated(towns, goal, few, monkeypatch):
    if not few:
        monkeypatch.setattr(_goals, "_ALL", 0)
    _, value, sign, _ = GOALS[goal]
    for town in towns(40 if few else 15):
        found = frontier(town.costs, town.people, town.p, goal, existing=town.existing)
        column = found.columns[1]
        for row in found.itertuples():
            sites = (*town.existing, *row.opened)
            assert row.mean_cost == pytest.approx(town.mean(sites))
            assert getattr(row, column) == pytest.approx(value(town, sites), abs=1e-9)
        assert (found["mean_cost"].diff().dropna() > 0).all()
        assert ((sign * found[column]).diff().dropna() < 0).all()
        if few:
            for sites in town.choices():
                cost, here = town.mean(sites), sign * value(town, sites)
                better = (cost < found["mean_cost"] - 1e-9) & (here < sign * found[column] - 1e-9)
                assert not better.any()


def test_the_ends_of_the_frontier_are_the_best_for_each_goal(towns):
    for town in towns(40):
        for goal, (_, value, sign, _) in GOALS.items():
            found = frontier(town.costs, town.people, town.p, goal, existing=town.existing)
            least = min(town.mean(sites) for sites in town.choices())
            assert found["mean_cost"].iloc[0] == pytest.approx(least)
            best = sign * best_of(town, value, sign, None)
            assert found.iloc[-1, 1] == pytest.approx(best, abs=1e-9)


def test_mistakes_are_told(towns):
    town = towns(1)[0]
    with pytest.raises(ValueError, match="two groups or more"):
        least_gap(town.costs, town.demand, 1)
    with pytest.raises(ValueError, match="only one group has people"):
        most_mixed(town.costs, town.people.assign(sv=0.0), 1)
    with pytest.raises(ValueError, match=r"loss is -0\.1"):
        most_mixed(town.costs, town.people, 1, loss=-0.1)
    with pytest.raises(ValueError, match="goal is 'cost'"):
        frontier(town.costs, town.people, 1, "cost")
    with pytest.raises(ValueError, match="points is 1"):
        frontier(town.costs, town.people, 1, "gap", points=1)
