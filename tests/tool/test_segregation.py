"""What a study asks about segregation: nothing is measured twice, small groups stay hidden."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter import segregation
from kvarter.analyses import segregation as analyses
from kvarter.layers import Layers
from kvarter.layers.mapping import Attribute, LayersTable, ZonesLayer
from kvarter.segregation import CHANGE, SCALE, TABLE, Segregation
from kvarter.study import About, Study

FEW = ["multigroup_dissimilarity", "dissimilarity", "isolation", "ordinal_information_theory"]


def study(**keys):
    return Study(
        study=About(name="Town"),
        layers=LayersTable(zones=ZonesLayer(path="town.gpkg")),
        attributes={
            "income": Attribute(
                universe="persons", ordered=True, groups={"low": "l", "middle": "m", "high": "h"}
            ),
            "age": Attribute(universe="persons", groups={"a": "a", "b": "b"}),
            "density": Attribute(universe="persons", groups={"all": "all"}),
        },
        segregation={"indices": FEW, "replicates": 49, "neighbours": [100, 10**6], **keys},
    )


def layers(years=(2008, 2016, 2024), side=6):
    y, x = np.divmod(np.arange(side * side), side)
    cells = shapely.box(250 * x, 250 * y, 250 * x + 250, 250 * y + 250)
    zones = {}
    for year in years:
        rng = np.random.default_rng(year)
        frame = {"name": "z", "population": 100.0, "region": np.where(x < 3, "west", "east")}
        counts = rng.multinomial(100, rng.dirichlet([4, 4, 4], side * side))
        for number, group in enumerate(("low", "middle", "high")):
            frame[f"income.{group}"] = counts[:, number].astype(float)
        frame["age.a"] = rng.binomial(100, 0.3, side * side).astype(float)
        frame["age.b"] = 100 - frame["age.a"]
        frame["density.all"] = 100.0
        zones[year] = gpd.GeoDataFrame(frame, geometry=cells, crs=3067)
    groups = {"income": ["low", "middle", "high"], "age": ["a", "b"], "density": ["all"]}
    universe = dict.fromkeys(groups, "persons")
    return Layers(
        zones, groups, universe, None, None, None, {}, pd.DataFrame(), pd.DataFrame(), ()
    )


def rows(table, **values):
    for name, value in values.items():
        table = table[table[name] == value]
    return table


def test_groups_have_intervals_and_pairs_their_value_alone():
    table = Segregation(layers(), study()).table(layers(), 2024)
    assert list(table.columns) == TABLE[2:]
    assert set(table["attribute"]) == {"income", "age"}
    drawn = table["other"] == ""
    assert table.loc[drawn, ["ci_low", "ci_high", "p_value", "expected"]].notna().all(axis=None)
    assert table.loc[~drawn, ["ci_low", "ci_high", "p_value", "expected"]].isna().all(axis=None)
    assert table["value"].notna().all()
    # The groups of age have no order.
    ordinal = rows(table, index="ordinal_information_theory")
    assert list(ordinal["attribute"]) == ["income"]


def test_what_was_measured_is_not_measured_again(monkeypatch):
    calls = []
    monkeypatch.setattr(
        analyses, "test", lambda *a, real=analyses.test, **k: calls.append(1) or real(*a, **k)
    )
    town = layers()
    town.zones[2016] = town.zones[2024].copy()
    apart = Segregation(town, study())
    tables = {year: apart.table(town, year) for year in town.zones}
    plan = replace(town)
    pd.testing.assert_frame_equal(apart.table(plan, 2024), tables[2024])
    pd.testing.assert_frame_equal(tables[2016], tables[2024])
    # Two attributes in two years that differ.
    assert len(calls) == 4
    same = rows(apart.change(), attribute="income", index="multigroup_dissimilarity")
    same = rows(same, **{"from": "2016", "to": "2024"}).iloc[0]
    assert same["difference"] == 0
    assert same["ci_low"] < 0 < same["ci_high"]


def test_years_and_regions_are_compared_in_parts():
    town = layers()
    apart = Segregation(town, study())
    change = apart.change()
    assert list(change.columns) == CHANGE
    pairs = rows(change, attribute="age", index="isolation", group="a")[["from", "to"]]
    assert pairs.to_numpy().tolist() == [
        ["2008", "2024"],
        ["2008", "2016"],
        ["2016", "2024"],
        ["east", "west"],
    ]
    parted = change["composition"].notna()
    parts = change.loc[parted, ["composition", "distribution", "zones"]].sum(axis=1)
    np.testing.assert_allclose(parts, change.loc[parted, "difference"], atol=1e-12)
    assert parted.equals(change["other"] == "")
    first = rows(apart.table(town, 2008), index="multigroup_dissimilarity", attribute="income")
    told = rows(change, index="multigroup_dissimilarity", attribute="income").iloc[0]
    assert told["before"] == first["value"].iloc[0]


def test_nothing_is_compared_where_there_is_one_year_and_no_region():
    town = layers([2024])
    town.zones[2024] = town.zones[2024].drop(columns="region")
    assert Segregation(town, study()).change().empty


def test_no_draws_and_no_scales_where_none_are_asked_for():
    town = layers([2016, 2024])
    apart = Segregation(town, study(replicates=0, neighbours=[], attributes=["age"]))
    table, change = apart.table(town, 2024), apart.change()
    assert set(table["attribute"]) == {"age"}
    assert table[["ci_low", "p_value", "expected"]].isna().all(axis=None)
    assert change[["ci_low", "p_value"]].isna().all(axis=None)
    assert change["difference"].notna().all()
    assert list(apart.scale().columns) == SCALE
    assert apart.scale().empty


def test_scales_above_the_population_say_so():
    scale = Segregation(layers(), study()).scale()
    beyond = rows(scale, scale=10**6)
    assert beyond["value"].isna().all()
    assert (beyond["note"] == "fewer than 1,000,000 people").all()
    assert rows(scale, scale=100)["value"].notna().all()
    assert set(scale["unit"]) == {"persons"}


def test_an_attribute_with_a_small_group_has_no_figures():
    town = layers()
    town.zones[2024]["age.a"] = [4.0] + [0.0] * 35
    apart = Segregation(town, study())
    table = rows(apart.table(town, 2024), attribute="age")
    assert table[["value", "ci_low", "ci_high", "p_value", "expected"]].isna().all(axis=None)
    assert (table["note"] == segregation.TOO_FEW).all()
    assert rows(apart.scale(), attribute="age")["value"].isna().all()
    change = rows(apart.change(), attribute="age")
    known = change.set_index(["from", "to"]).loc[("2008", "2016")]
    assert known["difference"].notna().all()
    hidden = change[change["to"].isin(["2024", "west"])]
    assert hidden[CHANGE[6:15]].isna().all(axis=None)


def test_a_zone_with_a_hidden_group_tells_nothing_of_its_mix():
    counts = pd.DataFrame({"low": [40.0, 4, 0, np.nan], "high": [60.0, 50, 0, 20]})
    reason = pd.DataFrame(
        {"low": ["", "hidden", "nobody", "missing"], "high": ["", "", "nobody", "missing"]}
    )
    shown, why = segregation.by_zone(counts, reason, study())
    assert why.tolist() == ["", "hidden", "nobody", "missing"]
    assert shown.notna().any(axis=1).tolist() == [True, False, False, False]
    counts.loc[0, "low"] = 2
    assert segregation.by_zone(counts, reason, study())[1][0] == "hidden"


def test_pysal_stands_beside_what_is_measured():
    pytest.importorskip("segregation")
    table = Segregation(layers(), study()).audit()
    row = rows(table, attribute="income", index="multigroup_dissimilarity").iloc[0]
    assert row["pysal"] == pytest.approx(row["value"])


def test_the_same_people_in_squares_of_other_sizes():
    asked = study(sizes=[100, 250, 500])
    table = Segregation(layers(), asked).zoning()
    assert list(table.columns) == segregation.ZONING
    # Squares of 100 m are smaller than the cells.
    assert sorted(set(table["size"])) == [250, 500]
    assert set(table["attribute"]) == {"income", "age"}
    small = rows(table, attribute="age", size=250, index="dissimilarity", group="a")
    counts = layers().counts("age", 2024)
    expected = analyses.dissimilarity(counts["a"], counts["b"])[0]
    assert small["value"].to_numpy() == pytest.approx(expected)
    assert Segregation(layers(), study(sizes=[])).zoning().empty
