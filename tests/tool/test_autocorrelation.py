"""What is told of likeness: no share of a dozen people, and nothing of a hidden zone."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from kvarter import measures
from kvarter.analyses import autocorrelation
from kvarter.analyses.autocorrelation import rates
from kvarter.autocorrelation import Autocorrelation, around, coarse, distances, figures, shuffles
from kvarter.geo import neighbours
from kvarter.layers import load
from kvarter.layers.disclosure import significant
from kvarter.layers.errors import ColumnError
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
            frame["part"] = np.where(x < 6, "west", "east")
            if "people" in change:
                frame["people"] = change["people"]
            if change.get("halves"):
                low = np.where(x < 6, 300, 40) + rng.integers(-12, 12, 144)
                frame["low"], frame["high"] = low, 400 - low
            file = f"town_{year}.gpkg"
            gpd.GeoDataFrame(frame, geometry=cells, crs=3067).set_geometry(
                gpd.GeoSeries(cells, crs=3067).translate(385000, 6672000)
            ).to_file(tmp_path / file)
            paths.append(f'{year} = "{file}"')
        text = STUDY.format(path="{ " + ", ".join(paths) + " }", more=more)
        if "people" in change:
            text = text.replace('id = "id"', 'id = "id"\npopulation = "people"')
        (tmp_path / "study.toml").write_text(text)
        study = read(tmp_path / "study.toml")
        known = load(
            study.layers,
            study.attributes,
            study.variables,
            study.study.crs,
            tmp_path,
            regions=study.segregation.regions,
        )
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
    assert income.classes.loc["100", "low"] == "too few people"
    assert income.small.loc["100", "low"]
    assert income.small["low"].sum() == 1
    drawn = ~income.classes["low"].isin(["", "not significant", "too few people"])
    assert income.chance["low"]["adjusted"] == drawn.sum() > 0
    assert (income.classes["low"] == "high-high").sum() >= 9
    # The figure is high all the same: it is 100 %.
    assert income.p_value.notna().all(axis=None)
    # It is none of the tests, and none of those that chance is told of.
    assert np.isnan(income.p_adjusted.loc["100", "low"])
    assert income.chance["low"]["tests"] == 143
    assert income.chance["low"]["by_chance"] == pytest.approx(0.05 * 143)
    assert not found["rent"].small.any(axis=None)


def test_whether_a_zone_is_small_tells_nothing_of_how_many_its_shares_are_of(town):
    """Of 60 people each, 12 are adults in one zone and 40 in another, or the other way round."""
    people = np.full(144, 450)
    people[[44, 66, 100]] = 60, 60, 14
    flags = []
    for one, other in ((12, 40), (40, 12)):
        counts = {44: (one, 0), 66: (other, 0), 100: (12, 0)}
        known, study = town(counts=counts, people=people)
        found, shown = clusters(known, study)
        flags.append(found["income"].small["low"])
        assert (shown.shares["income"].loc[["44", "66"], "low"] == 1).all()
        own = figures(known, study, 2024)[0]["income.low"]
        # By the adults themselves, one of the two would be small.
        assert rates.small(own.events, own.population)[["44", "66"]].sum() == 1
    # The same shares and the same people are published, and so is the same flag.
    pd.testing.assert_series_equal(*flags)
    assert flags[0].index[flags[0]].tolist() == ["100"]


def test_the_people_that_a_flag_is_of_are_those_that_are_published(town):
    people = np.full(144, 480)
    people[[5, 6]] = 4, 12
    known, study = town(people=people)
    own = figures(known, study, 2024)[0]["income.low"]
    shown = measures.begin(known, study)
    # Two are hidden, or the total would tell the one: neither's number decides.
    assert own.people[["5", "6"]].tolist() == [1, 1]
    assert own.small()[["5", "6"]].all()
    each = significant(own.population.sum() / people.sum(), 2)
    rest = own.people.drop(["5", "6"])
    assert set(rest) == {480 * each}
    assert shown.reasons["income"].loc["5", "low"] == ""


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


def test_a_hidden_count_that_changes_changes_no_byte_of_what_is_told(town):
    told = []
    for few in (3, 6):
        counts = {77: (few, 400), 79: (few, 397), 50: (7, 390 + few), 3: (few, 2)}
        known, study = town(
            'local = ["moran", "geary", "getis_ord_g_star"]\nstatistics = "all"',
            years=(2022, 2023, 2024),
            counts=counts,
        )
        shown = measures.begin(known, study)
        assert (shown.reasons["income"].loc[["77", "79", "50", "3"]] == "hidden").all(axis=None)
        alike = Autocorrelation(known, study)
        tables = [alike.table(2024), alike.table(2022), alike.correlogram(), *alike.over_years()]
        assert min(len(table) for table in tables) > 0
        for name, found in alike.by_zone(shown.shares, shown.reasons).items():
            income = found["income"]
            assert (income.classes.loc["77"] == "").all(), name
            tables += [income.classes, income.p_value, income.p_adjusted, income.around]
            tables += [income.small, pd.DataFrame(income.chance), pd.DataFrame(income.mean)]
        told.append([table.to_csv() for table in tables])
    assert told[0] == told[1]
    assert set(alike.table(2024).query("variable == 'income.low' and other == ''")["zones"]) == {
        shown.shares["income"]["low"].notna().sum()
    }


def test_p_values_by_zone_are_told_in_steps(town):
    known, study = town()
    found, _ = clusters(known, study)
    steps = {0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0}
    assert set(found["income"].p_value["low"].dropna()) <= steps


def test_figures_that_are_published_are_measured_with_all_digits(town):
    known, study = town()
    shown = measures.begin(known, study)
    alike = Autocorrelation(known, study)
    table = alike.table(2024).set_index(["variable", "statistic"])["value"]
    graph = neighbours.contiguity(known.zones[2024].geometry)
    plain = pd.DataFrame(
        {"low": shown.shares["income"]["low"], "rent": shown.shares["rent"]["rent"]}
    )
    exact = autocorrelation.moran(plain, graph)["value"].tolist()
    assert [table["income.low", "moran_i"], table["rent", "moran_i"]] == pytest.approx(
        exact, rel=1e-12
    )
    # How many people a share is of stands nowhere, so that what is made of it is rounded.
    rate = table["income.low", "moran_rate"]
    assert rate == significant(rate, 3)


REGIONS = '[segregation]\nregions = "part"'


def test_each_region_is_compared_with_itself_alone(town):
    """Two halves, one of them far richer: pooled, each would be one cluster."""
    known, study = town(REGIONS, halves=True)
    alike = Autocorrelation(known, study)
    assert set(alike.table(2024)["region"]) == {""}
    whole = alike.table(2024).set_index(["variable", "statistic"])["value"]
    apart = alike.regions().set_index(["region", "variable", "statistic"])["value"]
    assert whole["income.low", "moran_i"] > 0.8
    for half in ("east", "west"):
        inside = known.zones[2024]["region"] == half
        shares = measures.begin(known, study).shares["income"][inside]
        graph = neighbours.contiguity(known.zones[2024].geometry[inside])
        alone = autocorrelation.moran(shares[["low"]], graph)["value"][0]
        assert apart[half, "income.low", "moran_i"] == pytest.approx(alone, rel=1e-12)
        assert abs(alone) < 0.3
    graph = alike.graph(2024)
    part = known.zones[2024]["region"]
    pairs = graph.adjacency.index
    assert (part[pairs.get_level_values(0)].to_numpy() == part[pairs.get_level_values(1)]).all()
    found, _ = clusters(known, study)
    stands = ~found["income"].classes["low"].isin(["", "not significant", "too few people"])
    assert stands.sum() < 15
    assert set(found["income"].mean["low"]) == {"east", "west"}
    # No class of the correlogram holds a pair of two halves.
    reach = alike.correlogram()
    assert set(reach["region"]) == {"east", "west"}
    pairs = reach.groupby(["region", "variable"])["pairs"].sum()
    assert (pairs <= 72 * 71 / 2).all()


def test_the_tests_of_all_regions_are_adjusted_together(town):
    known, study = town(REGIONS, halves=True)
    alike = Autocorrelation(known, study)
    figure = alike.figures(2024)["rent"]
    apart = alike.regions_of(2024)
    found = alike._tested("moran", figure, apart)
    np.testing.assert_allclose(
        found["p_adjusted"], autocorrelation.adjusted(found["p_value"].to_numpy(), "fdr_bh")
    )
    for region in apart:
        own = autocorrelation.local(
            figure.of(region.zones).values, region.graph, permutations=9999, adjust=None
        )
        if not found["undecided"].any():
            assert len(own) == len(region.zones)
            np.testing.assert_allclose(own["statistic"], found["statistic"].iloc[region.zones])


def test_regions_are_followed_over_the_years_each_by_itself(town):
    known, study = town(REGIONS, years=(2022, 2023, 2024), halves=True)
    spots, steps = Autocorrelation(known, study).over_years()
    low = spots[spots["variable"] == "income.low"]
    assert len(low) < 40
    counts = steps.groupby("variable")["count"].sum()
    assert (counts == 2 * 144).all()


def test_a_zone_none_of_whose_neighbours_is_shown_has_no_class(town):
    corner = {13: (160, 240)} | dict.fromkeys((0, 1, 2, 12, 14, 24, 25, 26), (5, 5))
    known, study = town(counts=corner)
    found, shown = clusters(known, study)
    income = found["income"]
    assert (shown.reasons["income"].loc[["0", "12", "26"], "low"] == "hidden").all()
    assert np.isnan(income.around.loc["13", "low"])
    assert income.classes.loc["13", "low"] == ""


def test_a_correlogram_takes_the_permutations_of_the_study_up_to_a_bound(town):
    for asked, taken in ((99, 99), (999, 999), (99_999, 999)):
        known, study = town(f"permutations = {asked}")
        assert shuffles(study, 144) == taken
        assert shuffles(study, 2_001) == 0
    known, study = town("permutations = 99")
    table = Autocorrelation(known, study).correlogram()
    assert table["p_value"].min() == 0.02


def test_a_zone_has_the_same_reason_for_all_its_figures(town):
    people = np.full(144, 450)
    people[[5, 6, 7]] = 4, 12, 0
    counts = {5: (np.nan, 3), 6: (20, 0), 7: (0, 0), 8: (0, 0), 9: (np.nan, 3)}
    known, study = town(counts=counts, people=people)
    why = measures.begin(known, study).reasons
    zones = ["5", "7", "8", "9"]
    assert why["rent"].loc[zones, "rent"].tolist() == ["hidden", "nobody", "", ""]
    assert why["income"].loc[zones, "low"].tolist() == ["hidden", "nobody", "none", "missing"]


def test_p_values_of_a_correlogram_do_not_give_back_the_digits_of_its_scores(town):
    known, study = town()
    table = Autocorrelation(known, study).correlogram()
    table = table[table["variable"] == "income.low"]
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
    assert distances(known.zones[2024].geometry) == [400, 800, 1200, 1600]
    alone = gpd.GeoSeries([shapely.box(0, 0, 1, 1)] * 3)
    assert distances(alone) == []


def test_the_first_class_of_a_correlogram_is_of_neighbours_for_the_most_part():
    # Zones 3.2 km apart, as the postal-code areas around a town are.
    y, x = np.divmod(np.arange(100), 10)
    jitter = np.random.default_rng(1).uniform(-300, 300, (2, 100))
    zones = gpd.GeoSeries(shapely.points(x * 3500 + jitter[0], y * 3500 + jitter[1]), crs=3067)
    first = distances(zones.buffer(10))[0]
    assert 3200 < first <= 5000


def test_only_the_figures_that_are_asked_for(town):
    known, study = town('variables = ["income.low", "rent"]\nstatistics = "all"')
    assert list(figures(known, study, 2024)[0]) == ["income.low", "rent"]
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
    with pytest.raises(ColumnError, match=r"^No two zones are neighbours\."):
        Autocorrelation(known, study).checks()
    # Zones that do not touch are no mistake of the study, which asked for nothing.
    known, study = town()
    known.zones[2024]["geometry"] = known.zones[2024].geometry.centroid.buffer(50)
    assert set(Autocorrelation(known, study).checks()["rule"]) == {"neighbours_none"}


def test_neighbours_that_cannot_be_are_a_message(town):
    known, study = town("graph = { across = 500 }")
    known.zones[2024].loc["3", "geometry"] = shapely.box(385000, 6672000, 385010, 6672003)
    with pytest.raises(ColumnError, match=r"^across is for cells"):
        Autocorrelation(known, study).graph(2024)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('statistics = ["moran_i", "join_count_bb"]', "^join_count_bb is of what is there or not"),
        ('variables = ["rent"]\nstatistics = ["moran_rate"]', "^moran_rate is of shares"),
        ('variables = ["rent"]\nstatistics = ["lee_l"]', "^lee_l is of two figures"),
    ],
)
def test_a_statistic_that_no_figure_can_have_is_refused(town, more, says):
    known, study = town(more)
    with pytest.raises(ColumnError, match=says):
        Autocorrelation(known, study)


@pytest.mark.parametrize("adjust", ["fdr_bh", "bonferroni", "none"])
def test_the_whole_map_is_adjusted_for_all_its_tests(town, adjust):
    known, study = town(f'statistics = "all"\nadjust = "{adjust}"')
    table = Autocorrelation(known, study).table(2024)
    tests = table["p_value"].to_numpy(dtype=float)
    assert len(tests) > 10
    told = autocorrelation.adjusted(tests, None if adjust == "none" else adjust)
    np.testing.assert_array_equal(table["p_adjusted"], told)


def test_joins_are_counted_of_a_variable_of_0_and_1(town):
    known, study = town('variables = ["rent"]\nstatistics = ["join_count_bb"]')
    known.zones[2024]["rent"] = (known.zones[2024]["rent"] > 14).astype(float)
    table = Autocorrelation(known, study).table(2024)
    assert table["statistic"].tolist() == ["join_count_bb"]
    assert table["value"].gt(0).all()


@pytest.mark.parametrize("statistic", ["geary", "getis_ord_g", "heteroskedasticity"])
def test_other_statistics_by_zone_pass_the_gate_too(town, statistic):
    known, study = town(f'local = ["{statistic}"]\nadjust = "bonferroni"', counts={77: (3, 400)})
    shown = measures.begin(known, study)
    found = Autocorrelation(known, study).by_zone(shown.shares, shown.reasons)
    assert list(found) == [statistic]
    income = found[statistic]["income"]
    assert income.classes.loc["77", "low"] == ""
    assert (income.classes["low"] != "").sum() > 100
