"""Dwellings are built, taken down and held otherwise."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from kvarter.layers import Scenario, apply
from kvarter.layers.scenarios import ScenarioError, dwellings_change, limits, read_plans
from shapely.geometry import Point, box

from .conftest import CRS, place

FLATS = {"tenure": "social", "type": "block"}


def plan(**changes):
    return Scenario(name="plan", **changes)


def refused(town, says, **changes):
    with pytest.raises(ScenarioError) as caught:
        apply(town, plan(**changes))
    assert says in str(caught.value)


def drawn(town, folder, frame, **changes):
    """Write what a planner drew, and read it for a scenario."""
    frame.to_file(folder / "plan.gpkg")
    scenario = plan(**changes)
    return read_plans(town, [scenario], folder), scenario


def shapes(geometry, **columns):
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)


def test_dwellings_are_built_at_a_point(town):
    new = {"at": place(1.2, 0.7), "dwellings": 30, "year": 2024, "floor_area": 60, **FLATS}
    after = apply(town, plan(add_dwellings=[new]))
    zones, before = after.zones[2024], town.zones[2024]
    assert zones.loc["d", "tenure.social"] == before.loc["d", "tenure.social"] + 30
    assert zones.loc["d", "housing.block"] == before.loc["d", "housing.block"] + 30
    built = after.housing.loc["new-1"]
    assert built.drop("geometry").tolist() == ["block", 2024, 1800, 30]
    assert built["geometry"] == Point(place(1.2, 0.7))
    assert after.rental is town.rental
    change = dwellings_change(town, plan(add_dwellings=[new]))
    assert change.loc["d"].tolist() == [0, 30]
    assert change.drop(index="d").to_numpy().sum() == 0


def test_rented_dwellings_have_a_landlord_where_one_is_told(town):
    new = {"zone": "a", "dwellings": 30, "landlord": "city", **FLATS}
    after = apply(town, plan(add_dwellings=[new]))
    assert after.rental["dwellings"].sum() == town.rental["dwellings"].sum() + 30
    assert after.zones[2024].loc["a", "rental.city"] == town.rental["dwellings"]["0"] + 30


def test_an_area_is_spread_over_its_zones(town, tmp_path):
    # A quarter of it lies in zone a, three quarters in zone d.
    area = shapes([box(*place(0.75, 0.2), *place(1.75, 0.6))])
    new = {"area": "plan.gpkg", "dwellings": 40, **FLATS}
    town, scenario = drawn(town, tmp_path, area, add_dwellings=[new])
    change = dwellings_change(town, scenario)["social"]
    assert change[change > 0].round(9).to_dict() == {"a": 10, "d": 30}
    built = apply(town, scenario).housing.tail(2)
    assert built["dwellings"].round(9).tolist() == [10, 30]
    assert built.within(area.geometry[0]).all()


def test_rows_of_an_area_have_numbers_of_their_own(town, tmp_path):
    frame = shapes([Point(place(0.5, 0.5)), Point(place(2.5, 2.5))], homes=[7, 11], phase=[1, 2])
    new = {"area": "plan.gpkg", "dwellings": "homes", **FLATS}
    read, scenario = drawn(town, tmp_path, frame, add_dwellings=[new])
    change = dwellings_change(read, scenario)["social"]
    assert change[change > 0].to_dict() == {"a": 7, "i": 11}
    one = {**new, "area": {"path": "plan.gpkg", "where": {"phase": 2}}, "dwellings": 5}
    read, scenario = drawn(town, tmp_path, frame, add_dwellings=[one])
    change = dwellings_change(read, scenario)["social"]
    assert change[change > 0].to_dict() == {"i": 5}
    assert [origin.layer for origin in read.provenance] == ["scenario"]


def test_dwellings_outside_the_municipality_are_refused(town, tmp_path):
    refused(
        town,
        "lies in no zone; the nearest, 'g', is 1000 m away",
        add_dwellings=[{"at": place(4, 0.5), "dwellings": 3, **FLATS}],
    )
    for frame in (
        shapes([box(*place(2.5, 0), *place(3.5, 1))]),
        shapes([Point(place(1, 1)), Point(place(5, 5))]),
    ):
        new = {"area": "plan.gpkg", "dwellings": 40, **FLATS}
        read, scenario = drawn(town, tmp_path, frame, add_dwellings=[new])
        with pytest.raises(ScenarioError, match="lie outside the zones"):
            apply(read, scenario)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ({"type": "block"}, "tenure is missing. Give one of: owner, social."),
        ({"tenure": "social"}, "type is missing. Give one of: block, house."),
        ({**FLATS, "tenure": "socal"}, "Did you mean 'social'"),
        ({**FLATS, "type": "blok"}, "Did you mean 'block'"),
        ({**FLATS, "landlord": "cty"}, "Did you mean 'city'"),
        ({**FLATS, "year": 2026}, "built in 2026, and the scenario is of 2024"),
    ],
)
def test_dwellings_that_cannot_be_built(town, new, says):
    refused(town, says, add_dwellings=[{"zone": "a", "dwellings": 10, **new}])


def test_a_column_that_is_not_there_or_holds_no_number(town, tmp_path):
    frame = shapes([Point(place(0.5, 0.5))], homes=["many"])
    for column, says in (("hoems", "Did you mean 'homes'"), ("homes", "holds 'many'")):
        new = {"area": "plan.gpkg", "dwellings": column, **FLATS}
        read, scenario = drawn(town, tmp_path, frame, add_dwellings=[new])
        with pytest.raises(ScenarioError, match=says):
            apply(read, scenario)


def test_at_a_point_the_nearest_buildings_go_first(town):
    stock = town.housing["dwellings"]
    number = stock["B1"] + 2
    gone = {"at": place(0.7, 0.5), "dwellings": number}
    after = apply(town, plan(demolish=[gone])).housing
    assert "B1" not in after.index
    assert after.loc["B0", "dwellings"] == stock["B0"] - 2
    assert after.loc["B0", "floor_area"] == pytest.approx(800 * (1 - 2 / stock["B0"]))


def test_a_type_of_building_is_taken_down_in_an_area(town, tmp_path):
    area = shapes([box(*place(0, 0), *place(2, 1))])
    gone = {"area": "plan.gpkg", "dwellings": 8, "type": "house", "tenure": "owner"}
    town, scenario = drawn(town, tmp_path, area, demolish=[gone])
    after = apply(town, scenario)
    less = town.housing["dwellings"] - after.housing["dwellings"]
    assert set(less.index[less > 0]) == {"B0", "B6"}
    change = dwellings_change(town, scenario)
    assert change["owner"].sum() == pytest.approx(-8, abs=1e-9)
    assert (change["social"] == 0).all()
    assert after.rental is town.rental


def test_rental_dwellings_go_with_those_of_their_landlord(town):
    gone = {"zone": "a", "dwellings": 4, "tenure": "social", "landlord": "city"}
    after = apply(town, plan(demolish=[gone]))
    assert (
        after.zones[2024].loc["a", "rental.city"] == town.zones[2024].loc["a", "rental.city"] - 4
    )


def test_empty_dwellings_had_no_household(town):
    zones = town.zones[2024].copy()
    # Half of the dwellings are empty.
    zones[["tenure.owner", "tenure.social"]] /= 2
    half = replace(town, zones={2016: town.zones[2016], 2024: zones})
    change = dwellings_change(half, plan(demolish=[{"zone": "a", "dwellings": 10}]))
    assert change.loc["a"].sum() == pytest.approx(-5)


def test_more_taken_down_than_stand_is_refused(town):
    stand = town.housing["dwellings"][:2].sum()
    gone = {"zone": "a", "dwellings": stand + 1}
    refused(town, f"{stand + 1:g} dwellings are to go, and {stand:g} stand", demolish=[gone])
    social = town.zones[2024].loc["a", "tenure.social"]
    refused(
        town,
        f"tenure 'social' are to go in the zone 'a', and {social:g} stand",
        demolish=[{"zone": "a", "dwellings": social + 1, "tenure": "social"}],
    )
    refused(
        town,
        "of the type 'block' are to go",
        demolish=[{"zone": "a", "dwellings": stand, "type": "block"}],
    )
    refused(
        town,
        "of the tenure 'social' are to go",
        change_tenure=[{"zone": "a", "from": "social", "to": "owner", "dwellings": social + 1}],
    )


def test_without_a_housing_stock_households_tell_what_stands(town, tmp_path):
    bare = replace(town, housing=None, rental=None, groups={"tenure": ["owner", "social"]})
    area = shapes([box(*place(0, 0), *place(0.5, 1))])
    gone = {"area": "plan.gpkg", "dwellings": 4, "tenure": "owner"}
    read, scenario = drawn(bare, tmp_path, area, demolish=[gone])
    assert dwellings_change(read, scenario)["owner"].to_dict()["a"] == -4
    half = bare.zones[2024].loc["a", "tenure.owner"] / 2
    over = scenario.model_copy(
        update={"demolish": [scenario.demolish[0].model_copy(update={"dwellings": half + 1})]}
    )
    with pytest.raises(ScenarioError, match=f"{half:g} stand there"):
        apply(read, over)
    none = replace(bare, groups={})
    refused(none, "Nobody knows which dwellings", demolish=[{"zone": "a", "dwellings": 1}])


def test_hidden_tenures_are_not_guessed(town):
    zones = town.zones[2024].copy()
    zones.loc["a", ["tenure.owner", "tenure.social"]] = np.nan
    hidden = replace(town, zones={2024: zones})
    item = {"zone": "a", "from": "social", "to": "owner", "dwellings": 1}
    refused(hidden, "is not known", change_tenure=[item])
    new = plan(add_dwellings=[{"zone": "a", "dwellings": 10, **FLATS}])
    assert np.isnan(apply(hidden, new).zones[2024].loc["a", "tenure.social"])
    assert dwellings_change(hidden, new).loc["a", "social"] == 10


def test_limits_are_kept(town, tmp_path):
    new = [{"zone": "a", "dwellings": 10, **FLATS}, {"zone": "a", "dwellings": 15, **FLATS}]
    apply(town, plan(add_dwellings=new, limit={"a": 25}))
    refused(town, "25 new dwellings are in the zone 'a'", add_dwellings=new, limit={"a": 24})
    refused(town, "no zone 'q'", limit={"q": 4})
    (tmp_path / "most.csv").write_text("zone,most\na,20\nb,7\n")
    table = {"path": "most.csv", "dwellings": "most"}
    scenario = plan(limit_table=table, limit={"a": 30})
    read = read_plans(town, [scenario], tmp_path)
    assert limits(read, scenario).to_dict() == {"a": 30, "b": 7}


def test_cells_in_which_nobody_lived_are_built_on_inside_the_border(town, tmp_path):
    zones = town.zones[2024].assign(region="East", income_median=30_000.0).drop(index="e")
    border = shapes([box(*place(0, 0), *place(3, 3))])
    holed = replace(town, zones={2024: zones}, background={"border": border})
    new = {"at": place(1.5, 1.5), "dwellings": 30, **FLATS}
    after = apply(holed, plan(add_dwellings=[new])).zones[2024]
    cell = after.index[-1]
    assert cell == "cell-301000-6701000"
    assert after.geometry[cell].equals(town.zones[2024].geometry["e"])
    assert after.loc[cell, "tenure.social"] == 30
    assert after.loc[cell, ["population", "age.young", "tenure.owner"]].tolist() == [0, 0, 0]
    assert after.loc[cell, "region"] == "East"
    assert np.isnan(after.loc[cell, "income_median"])
    assert after.drop(index=cell)[zones.columns].equals(zones)
    area = shapes([box(*place(0.5, 1), *place(1.5, 2))])
    two = {"area": "plan.gpkg", "dwellings": 40, **FLATS}
    read, scenario = drawn(holed, tmp_path, area, add_dwellings=[two, new])
    change = dwellings_change(read, scenario)["social"]
    assert change[change > 0].round(9).to_dict() == {"b": 20, cell: 50}
    arrivals = {"age": change.to_frame("young").assign(old=0.0)}
    full = apply(read, scenario, arrivals=arrivals).zones[2024]
    assert full.loc[cell, ["population", "age.young"]].tolist() == [50, 50]
    refused(holed, "lies in no zone", add_dwellings=[{**new, "at": place(3.5, 1.5)}])
    bare = replace(holed, background={})
    refused(bare, "where the study has [layers.border]", add_dwellings=[new])
