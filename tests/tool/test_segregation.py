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
from kvarter.segregation import CHANGE, CHANGES, SCALE, TABLE, Segregation
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
        segregation={"indices": FEW, "replicates": 49, "neighbours": [100, 3000], **keys},
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
    figures = ["corrected", "ci_low", "ci_high", "p_value", "expected"]
    assert table.loc[drawn, figures].notna().all(axis=None)
    assert table.loc[~drawn, figures].isna().all(axis=None)
    assert table["corrected"].between(table["ci_low"], table["ci_high"])[drawn].all()
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
    assert change.loc[~parted, "note"].str.endswith("pairs of groups are not drawn").all()
    first = rows(apart.table(town, 2008), index="multigroup_dissimilarity", attribute="income")
    told = rows(change, index="multigroup_dissimilarity", attribute="income").iloc[0]
    assert told["before"] == first["value"].iloc[0]
    last = rows(apart.table(town, 2024), index="multigroup_dissimilarity", attribute="income")
    expected = last["corrected"].iloc[0] - first["corrected"].iloc[0]
    assert told["corrected"] == pytest.approx(expected, abs=1e-12)
    assert told["ci_low"] < told["corrected"] < told["ci_high"]


def test_each_region_has_its_own_rows():
    town = layers()
    apart = Segregation(town, study(neighbours=[100]))
    table = apart.regions()
    assert list(table.columns) == TABLE[2:]
    assert set(table["region"]) == {"east", "west"}
    assert (apart.table(town, 2024)["region"] == "").all()
    west = town.zones[2024]["region"] == "west"
    counts = town.counts("age", 2024)[west]
    row = rows(table, region="west", attribute="age", index="dissimilarity", group="a").iloc[0]
    assert row["value"] == pytest.approx(analyses.dissimilarity(counts["a"], counts["b"]))
    change = rows(apart.change(), attribute="age", index="dissimilarity", group="a", to="west")
    assert change["after"].iloc[0] == row["value"]
    scale = rows(apart.scale(), attribute="age", index="spatial_information_theory")
    assert list(scale["region"]) == ["", "east", "west"]
    alone = analyses.profile(
        counts,
        town.zones[2024].geometry[west],
        neighbours=[100],
        indices=["spatial_information_theory"],
    )
    assert rows(scale, region="west")["value"].iloc[0] == alone["value"].iloc[0]


def test_a_region_that_could_be_computed_from_the_others_is_hidden_too():
    town = layers()
    zones = town.zones[2024]
    zones["region"] = np.repeat([*"abcdef"], 6)
    zones.loc[zones["region"] == "a", "age.a"] = [4.0] + [0.0] * 5
    apart = Segregation(town, study())
    value = rows(apart.regions(), attribute="age", index="multigroup_dissimilarity")["value"]
    assert np.isnan(value.iloc[0])
    assert 2 <= value.isna().sum() <= 3
    assert rows(apart.regions(), attribute="income")["value"].notna().all()
    change = rows(apart.change(), attribute="age", index="multigroup_dissimilarity")
    regions = change[change["from"] == "a"]
    assert len(regions) == 5
    assert regions[CHANGES].isna().all(axis=None)
    assert rows(change, to="2024")["difference"].notna().all()
    assert rows(apart.scale(), attribute="age", region="a")["value"].isna().all()


def test_nothing_is_compared_where_there_is_one_year_and_no_region():
    town = layers([2024])
    town.zones[2024] = town.zones[2024].drop(columns="region")
    assert Segregation(town, study()).change().empty


def test_no_draws_and_no_scales_where_none_are_asked_for():
    town = layers([2016, 2024])
    apart = Segregation(town, study(replicates=0, neighbours=[], attributes=["age"]))
    table, change = apart.table(town, 2024), apart.change()
    assert set(table["attribute"]) == {"age"}
    assert table[["corrected", "ci_low", "p_value", "expected"]].isna().all(axis=None)
    assert change[["ci_low", "p_value"]].isna().all(axis=None)
    assert change["difference"].notna().all()
    assert list(apart.scale().columns) == SCALE
    assert apart.scale().empty


def test_scales_above_the_population_of_a_region_say_so():
    scale = rows(Segregation(layers(), study()).scale(), scale=3000)
    beyond = scale[scale["region"] != ""]
    assert beyond["value"].isna().all()
    assert (beyond["note"] == "fewer than 3,000 people").all()
    assert rows(scale, region="")["value"].notna().all()
    assert set(scale["unit"]) == {"persons"}


def test_a_scale_above_the_population_is_told_by_the_checks():
    apart = Segregation(layers(), study(neighbours=[100, 3601, 12800]))
    found = apart.checks().iloc[0]
    assert found[["layer", "rule", "count", "example"]].tolist() == [
        *("zones 2024", "scale_beyond", 2, "3601, 12800")
    ]
    assert rows(apart.scale(), scale=12800)["value"].isna().all()
    assert Segregation(layers(), study(neighbours=[100, 3600])).checks().empty
    assert Segregation(layers(), study(neighbours=[])).checks().empty


def test_an_attribute_with_a_small_group_has_no_figures():
    town = layers()
    town.zones[2024]["age.a"] = [4.0] + [0.0] * 35
    apart = Segregation(town, study())
    table = rows(apart.table(town, 2024), attribute="age")
    assert table[segregation.FIGURES].isna().all(axis=None)
    assert (table["note"] == segregation.TOO_FEW).all()
    assert rows(apart.scale(), attribute="age")["value"].isna().all()
    change = rows(apart.change(), attribute="age")
    known = change.set_index(["from", "to"]).loc[("2008", "2016")]
    assert known["difference"].notna().all()
    hidden = change[change["to"].isin(["2024", "west"])]
    assert hidden[CHANGES].isna().all(axis=None)


LOCAL = [
    "local_divergence",
    "location_quotient",
    "local_relative_centralization",
    "local_distortion",
]


def test_a_zone_with_a_hidden_group_tells_nothing_of_its_mix():
    town = layers([2024])
    zones = town.zones[2024]
    zones.loc[0, ["income.low", "income.middle"]] = 4.0
    zones.loc[1, ["income.low", "income.middle", "income.high"]] = 0.0
    zones.loc[2, "income.low"] = np.nan
    told = segregation.by_zone(town, study(local=LOCAL))
    assert told.of["local_divergence_income"] == ("local_divergence", "income", "")
    assert told.of["location_quotient_income_low"] == ("location_quotient", "income", "low")
    assert list(told.values) == list(told.of) == list(told.reason)
    why = told.reason["local_divergence_income"]
    assert why[:3].tolist() == ["hidden", "nobody", "missing"]
    for column in told.values:
        assert told.values.loc[told.reason[column] != "", column].isna().all()
    shown = told.values["local_divergence_income"][why == ""]
    expected = analyses.local_divergence(town.counts("income", 2024))[why == ""]
    np.testing.assert_allclose(shown, expected, rtol=5e-3)
    # A group's own share may be shown where another group is hidden.
    own = told.reason["location_quotient_income_high"]
    assert (own == "").sum() > (why == "").sum()
    zones["income.low"] = [4.0] + [0.0] * 35
    few = segregation.by_zone(town, study(local=LOCAL[:1])).reason["local_divergence_income"]
    assert set(few) == {"hidden", "nobody"}


def test_a_hidden_zone_changes_nothing_in_those_around_it():
    told = []
    for count in (5.0, 9.0):
        town = layers([2024])
        town.zones[2024].loc[14, "income.low"] = count
        town.zones[2024].loc[[8, 21], "population"] = count
        told.append(segregation.by_zone(town, study(local=LOCAL[2:], neighbours=[250])))
    first, second = told
    pd.testing.assert_frame_equal(first.reason, second.reason)
    assert (first.reason["distance_to_people_250"] == "").sum() == 34
    pd.testing.assert_frame_equal(first.values, second.values)


def test_the_distance_to_so_many_people():
    told = segregation.by_zone(layers([2024]), study(local=[], neighbours=[100, 300, 500]))
    assert list(told.of) == ["distance_to_people_100", "distance_to_people_500"]
    # One cell of 250 m has 100 people, and with its neighbours 500; a corner has two of them.
    own = np.sqrt(0.6) * 250
    assert told.values["distance_to_people_100"].to_numpy() == pytest.approx(own, rel=5e-3)
    far = told.values["distance_to_people_500"]
    assert far[7] == 250
    assert far[0] > 250
    assert segregation.by_zone(layers([2024]), study(local=[], neighbours=[])).of == {}
    nobody = layers([2024])
    nobody.zones[2024]["population"] = np.nan
    assert segregation.by_zone(nobody, study(local=[])).of == {}


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
