from pathlib import Path
from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.access import Costs, decay, floating_catchment, spatial_availability
from kvarter.analyses.access.catchment import Method
from kvarter.geo.travel import straight_line

STEPS = decay.step({5: 1, 12: 0.68, 25: 0.22})
OPTIONS = {
    "2sfca": {"limit": 12},
    "e2sfca": {"decay": STEPS},
    "g2sfca": {"limit": 20},
    "kd2sfca": {"limit": 20},
    "m2sfca": {"decay": decay.gaussian(9)},
    "3sfca": {"decay": STEPS},
    "mh3sfca": {"decay": decay.gaussian(9)},
    "bfca": {"decay": decay.exponential(0.1)},
}


def plain(town, method, weigh):
    """Write each method out as its paper does, service by service."""
    w = {p: float(weigh(np.array([c]))[0]) for p, c in town.open().items()}
    zones, services = list(town.people), [s for s, n in town.places.items() if n > 0]
    of_zone = {z: sum(w.get((z, s), 0) for s in services) for z in zones}
    of_service = {s: sum(w.get((z, s), 0) for z in zones) for s in services}
    out = dict.fromkeys(zones, 0.0)
    for s in services:
        first, second = {}, {}
        for z in zones:
            at = w.get((z, s), 0.0)
            if at == 0:
                continue
            first[z] = second[z] = at
            if method == "m2sfca":
                second[z] = at * at
            if method == "3sfca":
                first[z] = second[z] = at / of_zone[z] * at
            if method == "mh3sfca":
                pull = sum(town.places[k] * w.get((z, k), 0) for k in services)
                first[z] = town.places[s] * at / pull
                second[z] = first[z] * at
            if method == "bfca":
                first[z], second[z] = at / of_zone[z], at / of_service[s]
        demand = sum(town.people[z] * first[z] for z in first)
        for z in second:
            if demand > 0:
                out[z] += town.places[s] / demand * second[z]
    return out


WEIGH = {
    "2sfca": decay.binary(12),
    "g2sfca": decay.truncated_gaussian(20),
    "kd2sfca": lambda c: 0.75 * decay.epanechnikov(20)(c),
}


@pytest.mark.parametrize("method", OPTIONS)
def test_equals_a_plain_loop(town, method):
    weigh = WEIGH.get(method) or OPTIONS[method]["decay"]
    found = floating_catchment(
        town.costs, town.supply, town.demand, method=method, **OPTIONS[method]
    )
    assert found.to_dict() == pytest.approx(plain(town, method, weigh), abs=1e-9)
    again = floating_catchment(
        Costs(town.costs), town.supply, town.demand, method=method, **OPTIONS[method]
    )
    pd.testing.assert_series_equal(found, again)


def test_all_methods_are_tested():
    assert {*OPTIONS, "o2sfca"} == set(get_args(Method))


def test_a_limit_cuts_off(town):
    near = town.costs[town.costs["cost"] <= 8]
    for method in ("e2sfca", "3sfca", "bfca", "mh3sfca"):
        cut = {"method": method, "decay": decay.exponential(0.1)}
        found = floating_catchment(town.costs, town.supply, town.demand, limit=8, **cut)
        expected = floating_catchment(near, town.supply, town.demand, **cut)
        pd.testing.assert_series_equal(found, expected)


def test_use_weighs_people(town):
    groups = pd.DataFrame({"old": town.demand * 0.3, "young": town.demand * 0.7})
    use = pd.Series({"young": 1.0, "old": 4.0})
    found = floating_catchment(
        town.costs, town.supply, groups, method="o2sfca", decay=STEPS, use=use
    )
    expected = floating_catchment(
        town.costs, town.supply, town.demand * 1.9, method="e2sfca", decay=STEPS
    )
    pd.testing.assert_series_equal(found, expected)


def pysal(costs, supply, demand):
    from access import Access

    return Access(
        demand_df=demand.rename("people").rename_axis("id").reset_index(),
        demand_index="id",
        demand_value="people",
        supply_df=supply.rename("places").rename_axis("id").reset_index(),
        supply_index="id",
        supply_value="places",
        cost_df=costs.astype({"zone": str, "service": str}),
        cost_origin="zone",
        cost_dest="service",
        cost_name="cost",
        neighbor_cost_df=None,
    )


def test_real_places_equal_pysal(helsinki: Path) -> None:
    zones = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    zones = zones[zones["region"] == "helsinki_metro"]
    stops = gpd.read_file(helsinki / "public_transport_stops.gpkg").to_crs(3067)[::40]
    stops.index = stops.index.astype(str)
    supply = pd.Series(np.arange(1.0, len(stops) + 1), index=stops.index)
    costs = straight_line(zones.representative_point(), stops.geometry, limit=3000)
    people = zones["he_vakiy"].clip(lower=1)
    reference = pysal(costs, supply, people)
    steps = decay.step({1000: 1, 2000: 0.68, 3000: 0.22})

    def same(found, expected):
        expected = expected.reindex(found.index).fillna(0)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)

    found = floating_catchment(costs, supply, people)
    same(found, reference.two_stage_fca(name="fca", max_cost=3000)["fca_places"])
    given = {"decay": steps, "method": "e2sfca"}
    expected = reference.enhanced_two_stage_fca(name="e", max_cost=3000, weight_fn=steps)
    same(floating_catchment(costs, supply, people, **given), expected["e_places"])
    given["method"] = "3sfca"
    expected = reference.three_stage_fca(name="t", max_cost=3000, weight_fn=steps)
    same(floating_catchment(costs, supply, people, **given), expected["t_places"])


def test_huff_in_three_steps_as_the_r_package_fca_prints_it(new_town):
    """Four zones of 1 to 4 people, six services of 1 to 6 places, weights of 1 to 24 by zone."""
    pairs = {(f"z{k // 6}", f"s{k % 6}"): k + 1.0 for k in range(24)}
    places = {f"s{k}": k + 1.0 for k in range(6)}
    town = new_town(pairs, places, {f"z{k}": k + 1.0 for k in range(4)})
    found = floating_catchment(
        town.costs, town.supply, town.demand, method="mh3sfca", decay=lambda weights: weights
    )
    assert found.tolist() == pytest.approx([9.617634, 21.717421, 34.325798, 47.032856], abs=5e-7)


def test_jobs_a_worker_of_shen(new_town):
    """Soukhov et al. (2023), table 1: Shen's accessibility is the enhanced floating catchment."""
    pairs = {("A", "1"): 15, ("A", "2"): 30, ("A", "3"): 100, ("B", "1"): 30, ("B", "2"): 15}
    pairs |= {("B", "3"): 100, ("C", "1"): 100, ("C", "2"): 100, ("C", "3"): 15}
    shen = new_town(pairs, {"1": 1e5, "2": 1e5, "3": 1e4}, {"A": 5e4, "B": 15e4, "C": 1e4})
    found = floating_catchment(
        shen.costs, shen.supply, shen.demand, method="e2sfca", decay=decay.exponential(0.1)
    )
    assert found.round(3).tolist() == [1.337, 0.888, 0.996]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from(sorted(OPTIONS)))
def test_what_adds_up(any_town, seed, method):
    town = any_town(seed)
    options = OPTIONS[method]
    found = floating_catchment(town.costs, town.supply, town.demand, method=method, **options)
    weigh = WEIGH.get(method) or options["decay"]
    w = {p: weigh(np.array([c]))[0] for p, c in town.open().items()}
    lived = {s for (z, s), v in w.items() if v > 0 and town.people[z] > 0}
    used = sum(town.places[s] for s in lived)
    handed = (found * town.demand).sum()
    if method in ("m2sfca", "mh3sfca"):
        assert handed <= used + 1e-9
    elif method == "bfca":
        of_zone = {z: sum(v for (k, _), v in w.items() if k == z) for z in town.people}
        demand = dict.fromkeys(lived, 0.0)
        for (z, s), v in w.items():
            if s in lived:
                demand[s] += town.people[z] * v / of_zone[z]
        if lived == {s for _, s in w}:
            assert sum(demand.values()) == pytest.approx(
                sum(n for z, n in town.people.items() if of_zone[z] > 0)
            )
        assert found.sum() == pytest.approx(sum(town.places[s] / demand[s] for s in lived))
    else:
        assert handed == pytest.approx(used)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 100_000),
    st.sampled_from(["e2sfca", "m2sfca", "3sfca", "mh3sfca", "bfca"]),
    st.floats(-2, 3),
    st.sampled_from([decay.gaussian, decay.exponential]),
)
def test_no_weight_is_too_small_to_share_by(any_town, seed, method, magnitude, kind):
    town, weigh = any_town(seed), kind(10**magnitude)
    found = floating_catchment(town.costs, town.supply, town.demand, method=method, decay=weigh)
    assert np.isfinite(found).all()
    lived = {s for (z, s), c in town.open().items() if town.people[z] > 0 and weigh(c) >= 1e-100}
    handed, used = (found * town.demand).sum(), sum(town.places[s] for s in lived)
    if method in ("e2sfca", "3sfca"):
        assert handed == pytest.approx(used)
    elif method != "bfca":
        assert handed <= used * (1 + 1e-9)
    if method == "e2sfca":
        whole = spatial_availability(town.costs, town.supply, town.demand, weigh)
        assert whole.sum() == pytest.approx(used)


def test_nobody_no_places_and_nothing_in_reach(new_town):
    pairs = {("a", "s"): 100.0, ("a", "t"): 40.0, ("b", "s"): 10.0, ("c", "u"): 5.0}
    places = {"s": 10.0, "t": np.nan, "u": 7.0, "v": 99.0}
    town = new_town(pairs, places, {"a": 3, "b": 2, "c": 0, "d": 8})
    found = floating_catchment(town.costs, town.supply, town.demand)
    assert found.to_dict() == {"a": 2, "b": 2, "c": 0, "d": 0}
    for method, options in OPTIONS.items():
        for supply, demand, costs in (
            (town.supply * 0, town.demand, town.costs),
            (town.supply, town.demand * 0, town.costs),
            (town.supply, town.demand, town.costs.iloc[:0]),
            (town.supply, town.demand, town.costs.assign(cost=1e6)),
        ):
            found = floating_catchment(costs, supply, demand, method=method, **options)
            assert (found == 0).all(), method


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"method": "4sfca"}, "no method '4sfca'; there are 2sfca, e2sfca"),
        ({"decay": STEPS}, "with a decay it is 'e2sfca'"),
        ({"method": "e2sfca"}, "'e2sfca' needs a decay"),
        ({"method": "g2sfca"}, "give it a limit and no decay"),
        ({"method": "kd2sfca", "limit": 5, "decay": STEPS}, "give it a limit and no decay"),
        ({"method": "o2sfca", "decay": STEPS}, "zones × groups and use by group"),
        ({"use": pd.Series({"old": 1.0})}, "does not weigh use"),
        ({"demand": pd.DataFrame({"old": [1]})}, "see for_groups"),
        ({"limit": -1}, "limit is -1"),
    ],
)
def test_mistakes(any_town, given, said):
    town = any_town(0)
    given = {"costs": town.costs, "supply": town.supply, "demand": town.demand} | given
    with pytest.raises(ValueError, match=said):
        floating_catchment(**given)
