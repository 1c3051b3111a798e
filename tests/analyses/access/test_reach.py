from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.access import Costs, cumulative, decay, gravity, nearest
from kvarter.geo.travel import straight_line


def near(town, zone):
    return sorted(c for (z, _), c in town.pairs.items() if z == zone)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_nearest_equals_a_plain_loop(town, k):
    expected = {z: [*near(town, z), *[np.nan] * 9][k - 1] for z in town.people}
    assert nearest(town.costs, k=k).to_dict() == pytest.approx(expected, nan_ok=True)


def test_nearest_of_nothing_and_no_rank(town):
    assert nearest(town.costs.iloc[:0]).isna().all()
    assert nearest(town.costs.iloc[:0], k=2).isna().all()
    for k in (0, 1.5, "2", None):
        with pytest.raises(ValueError, match=f"k is {k!r}; give 1 for the nearest"):
            nearest(town.costs, k=k)


def test_nearest_equals_pairwise_distances(helsinki: Path) -> None:
    zones = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    origins = zones.representative_point()
    stops = gpd.read_file(helsinki / "public_transport_stops.gpkg").to_crs(3067).geometry[::20]
    for k in (1, 3):
        found = nearest(straight_line(origins, stops, limit=2000), k=k)
        for zone, origin in origins.items():
            expected = np.sort(stops.distance(origin))[k - 1]
            if expected > 2000:
                assert np.isnan(found[zone])
            else:
                assert found[zone] == pytest.approx(expected)


@pytest.mark.parametrize("limit", [0, 7, 1000])
def test_cumulative_equals_a_plain_loop(town, limit):
    expected = dict.fromkeys(town.people, 0.0)
    for (zone, service), cost in town.open().items():
        if cost <= limit:
            expected[zone] += town.places[service]
    assert cumulative(town.costs, town.supply, limit).to_dict() == pytest.approx(expected)


def test_gravity_equals_a_plain_loop(town):
    expected = dict.fromkeys(town.people, 0.0)
    for (zone, service), cost in town.open().items():
        expected[zone] += town.places[service] * np.exp(-0.2 * cost)
    found = gravity(town.costs, town.supply, decay.exponential(0.2))
    assert found.to_dict() == pytest.approx(expected, abs=1e-9)


def test_a_straight_line_is_the_mean_over_limits(town):
    limits = np.linspace(5, 20, 151)
    costs = Costs(town.costs)
    counted = np.mean([cumulative(costs, town.supply, limit) for limit in limits], axis=0)
    found = gravity(costs, town.supply, decay.linear(20, start=5))
    np.testing.assert_allclose(found, counted, atol=0.01 * town.supply.sum())


def test_gravity_and_cumulative_equal_pysal(town):
    from access import Access

    people = town.demand.rename("people").rename_axis("id").reset_index()
    open_ = town.supply[town.supply > 0].rename("places").rename_axis("id").reset_index()
    costs = town.costs[town.costs["service"].isin(open_["id"])]
    reference = Access(
        demand_df=people,
        demand_index="id",
        demand_value="people",
        supply_df=open_,
        supply_index="id",
        supply_value="places",
        cost_df=costs.astype({"zone": str, "service": str}),
        cost_origin="zone",
        cost_dest="service",
        cost_name="cost",
    )
    weigh = decay.gaussian(10)
    expected = reference.weighted_catchment(name="w", weight_fn=weigh)["w_places"]
    found = gravity(town.costs, town.supply, weigh)
    np.testing.assert_allclose(found, expected.reindex(found.index).fillna(0), atol=1e-9)
    expected = reference.weighted_catchment(name="c", max_cost=8)["c_places"]
    found = cumulative(town.costs, town.supply, 8)
    np.testing.assert_allclose(found, expected.reindex(found.index).fillna(0), atol=1e-9)


def test_jobs_of_the_paper_of_spatial_availability(new_town):
    """Soukhov et al. (2023), table 1, after Shen (1998): jobs within reach, as Hansen has it."""
    times = {"A1": 15, "A2": 30, "A3": 100, "B1": 30, "B2": 15, "B3": 100, "C1": 100, "C2": 100}
    pairs = {tuple(p): float(t) for p, t in times.items()} | {("C", "3"): 15.0}
    jobs = {"1": 1e5, "2": 1e5, "3": 1e4}
    shen = new_town(pairs, jobs, {"A": 5e4, "B": 15e4, "C": 1e4})
    found = gravity(shen.costs, shen.supply, decay.exponential(0.1))
    assert found.round().tolist() == [27292, 27292, 2240]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["s0", "s1", "s2", "s3"]), st.integers(0, 30))
def test_nothing_gets_better_when_a_service_closes(any_town, seed, service, limit):
    town = any_town(seed)
    closed = town.without(service)
    for measure in (
        lambda t: cumulative(t.costs, t.supply, limit),
        lambda t: gravity(t.costs, t.supply, decay.power(2)),
        lambda t: -nearest(t.costs[t.costs["service"].map(t.places).astype(float) > 0]).fillna(99),
    ):
        assert (measure(closed) <= measure(town) + 1e-12).all()


def test_mistakes(town):
    for limit in (-1, np.nan):
        with pytest.raises(ValueError, match=f"limit is {limit}"):
            cumulative(town.costs, town.supply, limit)
    far = cumulative(town.costs.assign(cost=9.0), town.supply, 5)
    assert (far == 0).all()
    with pytest.raises(ValueError, match="gave -1 at a cost"):
        gravity(town.costs, town.supply, lambda costs: costs * 0 - 1)
    with pytest.raises(ValueError, match="gave nan at a cost"):
        gravity(town.costs, town.supply, lambda costs: costs * np.nan)
    with pytest.raises(ValueError, match="an array of as many weights"):
        gravity(town.costs, town.supply, lambda costs: 1.0)
    with pytest.raises(ValueError, match=r"supply has no service 's0'.*none of its names"):
        gravity(town.costs, pd.Series({"library": 1.0}), decay.binary(9))
