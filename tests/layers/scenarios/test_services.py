"""Services open, close, move, change, are concentrated and share a site."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from kvarter.layers import Scenario, apply
from kvarter.layers.scenarios import ScenarioError
from shapely.geometry import Point

from .conftest import place

SV = "language.sv"


def after(town, **changes):
    return apply(town, Scenario(name="plan", **changes)).services


def test_a_service_opens_at_a_point_or_in_a_zone(town):
    new = [
        {"kind": "library", "name": "East", "at": place(2, 2), "capacity": 40},
        {"kind": "school", "name": "In zone i", "zone": "i", "meant_for": SV},
    ]
    services = after(town, add_service=new)
    assert list(services.index[-2:]) == ["new-1", "new-2"]
    assert services.loc["new-1", "geometry"] == Point(place(2, 2))
    assert town.zones[2024].geometry["i"].contains(services.geometry["new-2"])
    assert services["meant_for"].tolist() == ["", "", "", "", "", SV]
    assert services.index.name == "id"


def test_new_ids_go_on_where_an_earlier_scenario_ended(town):
    new = {"kind": "library", "name": "East", "zone": "i"}
    first = apply(town, Scenario(name="one", add_service=[new]))
    assert list(after(first, add_service=[new]).index[-2:]) == ["new-1", "new-2"]
    kept = after(first, add_service=[new, new], close_service=["new-1"])
    assert list(kept.index[-2:]) == ["new-2", "new-3"]


def test_the_first_service_of_a_town_opens(town):
    new = {"kind": "library", "name": "East", "zone": "i"}
    services = after(replace(town, services=None), add_service=[new])
    assert services[["kind", "name"]].values.tolist() == [["library", "East"]]
    assert services.crs == town.services.crs


def test_a_service_moves_and_given_times_to_it_are_gone(town):
    times = pd.DataFrame({"zone": "a", "service": ["S1", "S2"], "cost": [5.0, 6.0]})
    timed = replace(town, given={2024: {"transit": times}})
    moved = apply(timed, Scenario(name="plan", move_service=[{"id": "S1", "at": place(2, 1)}]))
    assert moved.services.geometry["S1"] == Point(place(2, 1))
    assert moved.services.drop(columns="geometry").equals(town.services.drop(columns="geometry"))
    assert moved.given[2024]["transit"]["service"].tolist() == ["S2"]
    assert len(timed.given[2024]["transit"]) == 2


def test_a_service_is_enlarged_or_becomes_another(town):
    changes = [
        {"id": "S1", "capacity": 450},
        {"id": "S2", "kind": "day_care"},
        {"id": "S3", "meant_for": SV},
    ]
    services = after(town, change_service=changes)
    assert services.loc["S1", "capacity"] == 450
    assert services.loc["S2", "kind"] == "day_care"
    assert services["meant_for"].tolist() == ["", "", SV, ""]


def test_services_share_the_site_of_the_first_or_a_new_one(town):
    services = after(town, share_site=[{"ids": ["S2", "S1", "L1"]}])
    assert (services.geometry[["S1", "L1"]] == services.geometry["S2"]).all()
    assert services.geometry["S2"] == town.services.geometry["S2"]
    services = after(town, share_site=[{"ids": ["S1", "L1"], "at": place(2, 2)}])
    assert (services.geometry[["S1", "L1"]] == Point(place(2, 2))).all()


def test_places_for_a_group_move_to_the_services_named(town):
    who = [{"id": name, "meant_for": SV} for name in ("S2", "S3")]
    apart = apply(town, Scenario(name="apart", change_service=who))
    plan = {"kind": "school", "meant_for": SV, "at": ["S1"]}
    services = after(apart, concentrate=[plan])
    # The 300 places of S2 and S3 are a part of their own at S1, which stays for all beside it.
    assert list(services.index) == ["S1", "L1", "S1:language.sv"]
    assert services.loc["S1", "capacity"] == 300
    assert services.loc["S1:language.sv", ["capacity", "meant_for"]].tolist() == [300, SV]
    assert services.geometry["S1:language.sv"] == services.geometry["S1"]
    services = after(apart, concentrate=[{**plan, "at": ["S3"]}])
    assert services["capacity"].tolist()[:2] == [300, 300]
    assert list(services.index) == ["S1", "S3", "L1"]


def test_places_for_a_group_are_taken_from_services_for_all(town):
    plan = {"kind": "school", "meant_for": SV, "at": ["S1", "S2"], "places": 60}
    services = after(town, concentrate=[plan])
    assert services.loc[["S1", "S2", "S3"], "capacity"].tolist() == [270, 90, 180]
    assert services.loc[["S1:language.sv", "S2:language.sv"], "capacity"].tolist() == [45, 15]


def test_unknown_places_are_shared_evenly(town):
    services = town.services.copy()
    services["capacity"] = np.nan
    services["meant_for"] = ["", "", SV, ""]
    plan = {"kind": "school", "meant_for": SV, "at": ["S1", "S2"]}
    services = after(replace(town, services=services), concentrate=[plan])
    assert list(services.index) == ["S1", "S2", "L1", "S1:language.sv", "S2:language.sv"]
    assert services["capacity"].isna().all()


SCHOOLS = {"kind": "school", "meant_for": SV, "at": ["S1"]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"close_service": ["S11"]}, "no service with the id 'S11'. Did you mean 'S1'"),
        ({"close_service": ["S1", "S1"]}, "item 2 of close_service"),
        ({"move_service": [{"id": "X", "zone": "a"}]}, "move_service.id: There is no service"),
        ({"move_service": [{"id": "S1", "zone": "z"}]}, "move_service.zone: There is no zone 'z'"),
        ({"change_service": [{"id": "S1", "meant_for": "language.se"}]}, "mean 'language.sv'"),
        (
            {"add_service": [{"id": "S1", "kind": "a", "name": "a", "zone": "a"}]},
            "There is a service 'S1' already",
        ),
        ({"share_site": [{"ids": ["S1", "S7"]}]}, "share_site.ids: There is no service"),
        ({"concentrate": [{**SCHOOLS, "kind": "scool"}]}, "Did you mean 'school'"),
        ({"concentrate": [{**SCHOOLS, "at": ["L1"]}]}, "'L1' is of the kind 'library'"),
        ({"concentrate": [{**SCHOOLS, "at": ["S1", "S1"]}]}, "names a service twice"),
        ({"concentrate": [SCHOOLS]}, "Tell with places ="),
        (
            {
                "concentrate": [
                    {**SCHOOLS, "places": 9},
                    {**SCHOOLS, "at": ["S1", "S1:language.sv"]},
                ]
            },
            "'S1' and the part of it that is for language.sv",
        ),
        ({"concentrate": [{**SCHOOLS, "places": 601}]}, "that are for all have 600"),
        (
            {"change_service": [{"id": "S1", "meant_for": "age.old"}], "concentrate": [SCHOOLS]},
            "'S1' is for age.old",
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused(town, changes, says):
    with pytest.raises(ScenarioError, match=says.replace("(", r"\(")):
        after(town, **changes)
