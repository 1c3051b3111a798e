from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.access import floating_catchment, nearest
from kvarter.geo.travel import straight_line


def table(pairs: dict[tuple[str, str], float], zones: str, services: str) -> pd.DataFrame:
    names = list(zip(*pairs, strict=True)) if pairs else [[], []]
    return pd.DataFrame(
        {
            "zone": pd.Categorical(names[0], categories=list(zones)),
            "service": pd.Categorical(names[1], categories=list(services)),
            "cost": list(pairs.values()),
        }
    ).astype({"cost": float})


PAIRS = {("a", "s"): 100.0, ("a", "t"): 40.0, ("b", "s"): 10.0, ("c", "u"): 5.0}
COSTS = table(PAIRS, "abcd", "stuv")


def test_nearest_and_the_next() -> None:
    first = nearest(COSTS)
    assert first.index.tolist() == list("abcd")
    np.testing.assert_array_equal(first, [40, 10, 5, np.nan])
    np.testing.assert_array_equal(nearest(COSTS, k=2), [100, np.nan, np.nan, np.nan])
    assert nearest(COSTS.iloc[:0]).isna().all()
    with pytest.raises(ValueError, match="k is 0"):
        nearest(COSTS, k=0)


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


def plain_catchment(pairs: dict, supply: dict, demand: dict) -> dict[str, float]:
    out = dict.fromkeys(demand, 0.0)
    for service, places in supply.items():
        within = [zone for zone, s in pairs if s == service]
        people = sum(demand[zone] for zone in within)
        if people > 0 and not np.isnan(places):
            for zone in within:
                out[zone] += places / people
    return out


amounts = st.floats(0, 500).map(lambda v: round(v, 2))


@settings(max_examples=80, deadline=None)
@given(
    st.sets(st.tuples(st.sampled_from("abcde"), st.sampled_from("stuv"))),
    st.fixed_dictionaries({s: amounts | st.just(float("nan")) for s in "stuv"}),
    st.fixed_dictionaries(dict.fromkeys("abcde", amounts)),
)
def test_catchment_equals_a_plain_loop_and_uses_what_is_reached(
    within: set, supply: dict, demand: dict
) -> None:
    pairs = dict.fromkeys(sorted(within), 1.0)
    costs = table(pairs, "abcde", "stuv")
    found = floating_catchment(costs, pd.Series(supply), pd.Series(demand))
    assert found.to_dict() == pytest.approx(plain_catchment(pairs, supply, demand), abs=1e-9)
    used = sum(
        places
        for service, places in supply.items()
        if not np.isnan(places) and sum(demand[z] for z, s in pairs if s == service) > 0
    )
    assert (found * pd.Series(demand)).sum() == pytest.approx(used)


def test_catchment_equals_pysal(helsinki: Path) -> None:
    from access import Access

    zones = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    zones = zones[zones["region"] == "helsinki_metro"]
    stops = gpd.read_file(helsinki / "public_transport_stops.gpkg").to_crs(3067)[::40]
    supply = pd.Series(np.arange(1.0, len(stops) + 1), index=stops.index)
    costs = straight_line(zones.representative_point(), stops.geometry, limit=3000)
    people = zones["he_vakiy"].clip(lower=1)
    found = floating_catchment(costs, supply, people)
    reference = Access(
        demand_df=people.rename("people").rename_axis("id").reset_index(),
        demand_index="id",
        demand_value="people",
        supply_df=supply.rename("places").rename_axis("id").reset_index(),
        supply_index="id",
        supply_value="places",
        cost_df=costs.astype({"zone": str, "service": int}),
        cost_origin="zone",
        cost_dest="service",
        cost_name="cost",
        neighbor_cost_df=None,
    )
    expected = reference.two_stage_fca(name="fca", max_cost=3000)["fca_places"]
    np.testing.assert_allclose(found, expected.reindex(found.index).fillna(0), atol=1e-9)


def test_catchment_of_nobody_and_of_unknown_places() -> None:
    supply = pd.Series({"s": 10.0, "t": np.nan, "u": 7.0, "v": 99.0})
    found = floating_catchment(COSTS, supply, pd.Series({"a": 3, "b": 2, "c": 0, "d": 8}))
    assert found.to_dict() == {"a": 2, "b": 2, "c": 0, "d": 0}


SUPPLY, DEMAND = pd.Series(1.0, index=list("stuv")), pd.Series(1.0, index=list("abcd"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"supply": SUPPLY.replace({1.0: -1.0})}, "supply of service 's' is -1; correct"),
        ({"demand": DEMAND.replace({1.0: np.inf})}, "demand of zone 'a' is inf; correct"),
        ({"demand": DEMAND * np.nan}, "demand of zone 'a' is missing; set it to 0"),
        ({"demand": DEMAND.drop("c")}, "demand has no zone 'c'"),
        ({"supply": pd.concat([SUPPLY, SUPPLY])}, "supply names service 's' twice"),
        ({"costs": COSTS.assign(cost=[1, 2, -3, 4])}, "from 'b' to 's' is -3"),
        ({"costs": COSTS.assign(cost=[1, np.nan, 3, 4])}, "from 'a' to 't' is nan"),
        ({"costs": COSTS.assign(cost=np.inf)}, "from 'a' to 's' is inf"),
        ({"costs": pd.concat([COSTS, COSTS.iloc[:1]])}, "'a', 's' is there twice"),
        ({"costs": COSTS.astype({"zone": str})}, "categorical column 'zone'"),
        ({"costs": COSTS.assign(service=pd.Categorical([None] * 4, list("stuv")))}, "row 0"),
    ],
)
def test_mistakes(change: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        floating_catchment(**({"costs": COSTS, "supply": SUPPLY, "demand": DEMAND} | change))
    if "costs" in change:
        with pytest.raises(ValueError, match=said):
            nearest(change["costs"])
