"""What is told of likeness: no share of a dozen people, and nothing of a hidden zone."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from kvarter import measures
from kvarter.autocorrelation import Autocorrelation, around, coarse, distances, figures
from kvarter.geo import neighbours
from kvarter.layers import load
from kvarter.layers.disclosure import significant
from kvarter.layers.errors import LayerError
from kvarter.study import read

STUDY = """\
[study]
name = "Town"
[layers.zones]
path = {path}
id = "id"
[attributes.income]
universe = "persons"
groups = {{ low = "low", high = "high" }}
[variables.rent]
column = "rent"
[autocorrelation]
{more}
"""


@pytest.fixture
def town(tmp_path):
    """Give a function that reads a town of 12 × 12 cells with some counts changed."""

    def layers(more="", years=(2024,), **change):
        y, x = np.divmod(np.arange(144), 12)
        cells = shapely.box(x * 250, y * 250, x * 250 + 250, y * 250 + 250)
        paths = []
        for year in years:
            rng = np.random.default_rng(5)
            corner = (x < 4) & (y < 4 + year - years[0])
            low = np.where(corner, 160, 60) + rng.integers(-12, 12, 144)
            frame = pd.DataFrame({"id": np.arange(144).astype(str), "low": low, "high": 400 - low})
            frame["rent"] = rng.uniform(8, 20, 144).round(1)
            for zone, (few, rest) in change.get("counts", {}).items():
                frame.loc[zone, ["low", "high"]] = few, rest
            file = f"town_{year}.gpkg"
            gpd.GeoDataFrame(frame, geometry=cells, crs=3067).set_geometry(
                gpd.GeoSeries(cells, crs=3067).translate(385000, 6672000)
            ).to_file(tmp_path / file)
            paths.append(f'{year} = "{file}"')
        text = STUDY.format(path="{ " + ", ".join(paths) + " }", more=more)
        (tmp_path / "study.toml").write_text(text)
        study = read(tmp_path / "study.toml")
        known = load(study.layers, study.attributes, study.variables, study.study.crs, tmp_path)
        return known, study

    return layers


def clusters(known, study):
    shown = measures.begin(known, study)
    found = Autocorrelation(known, study).by_zone(shown.shares, shown.reasons)
    return found["moran"], shown


def test_a_share_of_a_dozen_people_is_no_hot_spot(town):
    # 11 of 12 people have a low income, deep among zones of 15 %.
    known, study = town(counts={100: (12, 0)})
    found, _ = clusters(known, study)
    income = found["income"]
    assert income.classes.loc["100", "low"] == "not significant"
    assert income.small.loc["100", "low"]
    assert income.small["low"].sum() == 1
    drawn = ~income.classes["low"].isin(["", "not significant"])
    assert income.chance["low"]["adjusted"] == drawn.sum() > 0
    assert (income.classes["low"] == "high-high").sum() >= 9
    # The figure is high all the same: it is 100 %.
    assert income.p_value.notna().all(axis=None)
    assert not found["rent"].small.any(axis=None)


def test_the_mean_of_neighbours_is_made_of_published_figures_alone():
    cells = gpd.GeoSeries([shapely.box(x, 0, x + 1, 1) for x in range(5)], index=[*"abcde"])
    graph = neighbours.contiguity(cells)
    shares = pd.DataFrame({"low": [0.123, np.nan, 0.5, 0.25, np.nan]}, index=cells.index)
    mean = around(shares, graph)["low"]
    assert mean.isna().tolist() == [True, False, False, False, False]
    # c has b, which is hidden, and d; b has a and c.
    assert mean["c"] == 0.25
    assert mean["b"] == 0.312
    assert mean["e"] == 0.25


def test_nothing_that_is_told_of_a_zone_depends_on_how_few_a_hidden_one_has(town):
    told = []
    for few in (3, 6):
        known, study = town(counts={77: (few, 400), 79: (few, 397), 50: (7, 390)})
        found, shown = clusters(known, study)
        assert shown.reasons["income"].loc["77", "low"] == "hidden"
        told.append(found["income"])
    one, two = told
    assert one.around.equals(two.around)
    assert one.classes.loc["77", "low"] == ""
    for frame in (one.around, one.p_value, one.p_adjusted):
        assert frame.loc["77"].isna().all()
    assert set(one.p_value["low"].dropna()) <= {0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0}


def test_a_zone_none_of_whose_neighbours_is_shown_has_no_class(town):
    corner = {13: (160, 240)} | dict.fromkeys((0, 1, 2, 12, 14, 24, 25, 26), (5, 5))
    known, study = town(counts=corner)
    found, shown = clusters(known, study)
    income = found["income"]
    assert (shown.reasons["income"].loc[["0", "12", "26"], "low"] == "hidden").all()
    assert np.isnan(income.around.loc["13", "low"])
    assert income.classes.loc["13", "low"] == "not significant"


def test_p_values_of_a_correlogram_do_not_give_back_the_digits_of_its_scores(town):
    known, study = town()
    table = Autocorrelation(known, study).correlogram()
    tests = table[["p_value", "p_adjusted"]].dropna()
    assert len(tests)
    np.testing.assert_allclose(tests, significant(tests, 2), rtol=1e-12)


@given(st.floats(1e-6, 1.0), st.floats(0.001, 0.4))
def test_a_coarse_p_value_is_no_smaller_and_on_the_same_side_of_the_level(p, alpha):
    rounded = coarse(pd.Series([p]), alpha).iloc[0]
    assert rounded >= p - 1e-9
    assert (rounded <= alpha) == (p <= alpha + 1e-12)


def test_distances_are_round_and_reach_half_across(town):
    known, _ = town()
    assert distances(known.zones[2024].geometry) == [500, 1000, 1500]
    alone = gpd.GeoSeries([shapely.box(0, 0, 1, 1)] * 3)
    assert distances(alone) == []


def test_only_the_figures_that_are_asked_for(town):
    known, study = town('variables = ["income.low", "rent"]\nstatistics = "all"')
    assert list(figures(known, study, 2024)) == ["income.low", "rent"]
    table = Autocorrelation(known, study).table(2024)
    assert set(table["variable"]) == {"income.low", "rent"}
    assert {"moran_i", "moran_rate", "geary_c", "getis_ord_g", "lee_l"} <= set(table["statistic"])
    pair = table[table["statistic"] == "lee_l"]
    assert pair[["variable", "other"]].values.tolist() == [["income.low", "rent"]]


def test_a_group_too_small_to_show_takes_its_attribute_with_it(town):
    counts = dict.fromkeys(range(144), (0, 400)) | {3: (5, 395)}
    known, study = town(counts=counts)
    alike = Autocorrelation(known, study)
    for table in (alike.table(2024), alike.correlogram()):
        rows = table[table["variable"].str.startswith("income")]
        assert set(rows["note"]) == {"too few people to show"}
        assert rows[["value", "p_value"]].isna().all(axis=None)
        assert table.loc[table["variable"] == "rent", "value"].notna().all()


def test_hot_spots_come_over_the_years_and_no_trend_is_claimed_of_three(town):
    known, study = town(years=(2022, 2023, 2024))
    spots, steps = Autocorrelation(known, study).over_years()
    low = spots[spots["variable"] == "income.low"].set_index("zone")
    assert "lasting hot spot" in set(low["pattern"])
    assert "new hot spot" in set(low["pattern"])
    assert low.loc["0", "pattern"] == "lasting hot spot"
    assert (low["p_value"] >= 1 / 3).all()
    assert low["note"].str.contains("too few to tell a trend").all()
    assert not low["pattern"].str.contains("strengthening").any()
    counts = steps.groupby("variable")["count"].sum()
    assert (counts == 2 * 144).all()


def test_two_years_are_no_path(town):
    known, study = town(years=(2023, 2024))
    spots, steps = Autocorrelation(known, study).over_years()
    assert len(spots) == len(steps) == 0


def test_a_zone_that_is_hidden_in_a_year_is_in_no_path(town):
    known, study = town(years=(2022, 2023, 2024), counts={0: (4, 300), 1: (6, 300)})
    spots, steps = Autocorrelation(known, study).over_years()
    assert not {"0", "1"} & set(spots.loc[spots["variable"].str.startswith("income"), "zone"])
    counts = steps.groupby("variable")["count"].sum()
    assert counts["rent"] == 2 * 144
    assert counts["income.low"] <= 2 * 142


def test_neighbours_are_those_of_the_study_and_their_check_is_told(town):
    known, study = town('graph = { kind = "knn", k = 4 }')
    alike = Autocorrelation(known, study)
    assert (alike.graph(2024).cardinalities == 4).all()
    found = alike.checks()
    assert set(found["rule"]) == {"neighbours_one_way"}
    assert set(found["layer"]) == {"zones 2024"}
    known, study = town("graph = { kind = 'distance_band', threshold = 1 }")
    assert set(Autocorrelation(known, study).checks()["rule"]) == {"neighbours_none"}


def test_neighbours_that_cannot_be_are_a_message(town):
    known, study = town("graph = { across = 500 }")
    known.zones[2024].loc["3", "geometry"] = shapely.box(385000, 6672000, 385010, 6672003)
    with pytest.raises(LayerError, match=r"\[autocorrelation\] graph: across is for cells"):
        Autocorrelation(known, study).graph(2024)


@pytest.mark.parametrize("statistic", ["geary", "getis_ord_g", "heteroskedasticity"])
def test_other_statistics_by_zone_pass_the_gate_too(town, statistic):
    known, study = town(f'local = ["{statistic}"]\nadjust = "bonferroni"', counts={77: (3, 400)})
    shown = measures.begin(known, study)
    found = Autocorrelation(known, study).by_zone(shown.shares, shown.reasons)
    assert list(found) == [statistic]
    income = found[statistic]["income"]
    assert income.classes.loc["77", "low"] == ""
    assert (income.classes["low"] != "").sum() > 100
