"""What is said of who is left behind follows the tables, and the curves are drawn as given."""

import numpy as np
import pandas as pd
import pytest
from kvarter.maps import Page, Words
from kvarter.maps.inequality import section, where
from kvarter.maps.inequality_figures import curves

HOSTILE = "$x$ <b>{{ 7*7 }}</b>"


def access(*gaps):
    """Make the table of access of one kind: attribute, group, gap, interval and who is best."""
    rows = [
        (attribute, group, "gap_to_best", value, low, high, f"best off: {best}")
        for attribute, group, value, low, high, best in gaps
    ]
    rows += [(a, g, "mean", 12.0, np.nan, np.nan, "") for a, g, *_ in gaps]
    rows += [
        (a, g, "decile_9", np.nan, np.nan, np.nan, "too few people to show") for a, g, *_ in gaps
    ]
    columns = ["attribute", "group", "measure", "value", "ci_low", "ci_high", "note"]
    return pd.DataFrame(rows, columns=columns).assign(
        scenario="baseline", year=2024, service="library", mode="walk", unit="min"
    )


def unequal(low, high):
    rows = [
        ("nearest", "income.low", "concentration_index", (low + high) / 2, low, high),
        ("nearest", "", "gini", 0.4, 0.3, 0.5),
        ("nearest", "income", "theil_between", 0.1, np.nan, np.nan),
        ("nearest", "income", "theil_within", 0.3, np.nan, np.nan),
    ]
    columns = ["variable", "attribute", "measure", "value", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns).assign(
        scenario="baseline", year=2024, service="library", mode="walk", unit="index", note=""
    )


def twice(*zones):
    columns = ["zone", "name", "people", "figure", "way", "service"]
    return pd.DataFrame(zones, columns=columns).assign(mode="walk", unit="min")


def test_a_gap_may_be_estimated():
    tables = {"access": access(*GAPS), "inequality": unequal(0.1, 0.2), "twice_burdened": twice()}
    plain = section(tables, Words("en"), "min", 0.95, "income.low")
    table = tables["access"]
    tables["access"] = table.assign(note=table["note"] + "; estimated: so")
    assert section(tables, Words("en"), "min", 0.95, "income.low") == plain


def test_each_way_of_going_is_told_of():
    on_foot, by_bicycle = access(*GAPS), access(*GAPS[:2]).assign(mode="bicycle")
    # On foot some have no way to any, so that there is no mean and no gap.
    on_foot[["value", "ci_low", "ci_high"]] = np.nan
    tables = {
        "access": pd.concat([on_foot, by_bicycle]),
        "inequality": unequal(0.1, 0.2).assign(mode="bicycle"),
        "twice_burdened": twice(),
    }
    sentences = section(tables, Words("en"), "min", 0.95, "income.low")["sentences"]
    assert len(sentences) == 1
    assert sentences[0].startswith("Library, by bicycle: The greatest gap is by income class.")


def told(gaps, interval=(0.1, 0.2), zones=(), language="en", ranked_by="income.low"):
    tables = {
        "access": access(*gaps),
        "inequality": unequal(*interval),
        "twice_burdened": twice(*zones),
    }
    return section(tables, Words(language), "min", 0.95, ranked_by)


GAPS = [
    ("income", "low", 0.0, 0.0, 0.0, "low"),
    ("income", "high", 5.0, 3.0, 7.0, "low"),
    ("age", "age_80", 0.0, 0.0, 0.0, "age_80"),
    ("age", "age_7_15", 9.0, -1.0, 19.0, "age_80"),
]


def test_the_greatest_gap_is_one_that_is_no_chance():
    (text,) = told(GAPS)["sentences"]
    assert (
        "by income class. The mean way of “high” is 5.0\xa0min longer than that of “low”" in text
    )
    assert "(95% confidence interval 3.0 to 7.0)" in text
    assert "cannot be told from chance (age, 7–15 years)." in text
    assert "age_80" not in text


def test_that_nothing_can_be_told_from_chance_is_a_finding():
    (text,) = told(GAPS[2:], interval=(-0.1, 0.1))["sentences"]
    assert "No gap between groups can be told from chance." in text
    assert "large cannot be told from chance (concentration index 0.00" in text


@pytest.mark.parametrize(("interval", "end"), [((0.1, 0.2), "small"), ((-0.2, -0.1), "large")])
def test_the_sign_of_the_index_tells_where_ways_are_longer(interval, end):
    (text,) = told(GAPS, interval=interval)["sentences"]
    assert f"Ways are longer where the share of “income class, low” is {end}" in text


@pytest.mark.parametrize(
    ("ranked_by", "first"),
    [
        ("income.low", "where the share of “income class, low” is large"),
        ("-income.high", "where the share of “income class, high” is small"),
        ("rent", "where “rent” is low"),
        ("-rent", "where “rent” is high"),
    ],
)
def test_those_that_stand_first_are_named(ranked_by, first):
    assert where(ranked_by, Words("en"), ["rent"], first=True) == first


def test_rows_have_the_gap_its_interval_and_why_a_tenth_is_not_told():
    best, high = told(GAPS)["kinds"][0]["rows"][:2]
    assert (best["gap"], best["interval"]) == ("best off", "–")
    assert (high["gap"], high["interval"]) == ("5.0", "3.0 to 7.0")
    assert high["cells"] == ["12.0", "–", "too few people to show"]
    (row,) = told(GAPS)["spread"]
    assert row["cells"] == ["0.40 (0.30 to 0.50)", "0.15 (0.10 to 0.20)", "–", "25%"]


def test_who_is_best_off_is_read_from_a_note_that_says_more():
    tables = {"access": access(*GAPS), "inequality": unequal(0.1, 0.2), "twice_burdened": twice()}
    gaps = tables["access"]["measure"] == "gap_to_best"
    tables["access"].loc[gaps, ["ci_low", "ci_high"]] = np.nan
    tables["access"].loc[gaps, "note"] += "; no interval: too few zones"
    found = section(tables, Words("en"), "min", 0.95, "income.low")
    best, high = found["kinds"][0]["rows"][:2]
    assert (best["gap"], best["interval"]) == ("best off", "–")
    assert (high["gap"], high["interval"]) == ("5.0", "–")
    assert "chance" not in found["sentences"][0]


def test_areas_are_named_once_and_not_ranked():
    zones = [
        ("z9", "Oak", 500.0, 0.4, 30.0, "library"),
        ("z9", "Oak", 500.0, 0.4, 50.0, "school"),
        ("z1", "Elm", 90.0, 0.3, 40.0, "library"),
        ("z2", "Elm", 80.0, 0.3, 40.0, "library"),
    ]
    found = told(GAPS, zones=zones)
    assert [area["name"] for area in found["areas"]] == ["Elm (z1)", "Elm (z2)", "Oak"]
    assert "3, with 670 inhabitants" in found["burden"]
    assert found["areas"][2]["far"] == "library 30\xa0min; comprehensive school 50\xa0min"
    assert "No area stands out" in told(GAPS)["burden"]


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_section_is_there_in_each_language(language):
    found = told(GAPS, language=language)
    assert not any("chance" in text or "{" in text for text in found["sentences"])


def test_nothing_is_told_where_no_group_is_compared():
    assert told([]) == {}


def test_curves_have_a_line_a_series_and_names_stay_text():
    frame = pd.DataFrame({HOSTILE: [0.0, 0.2, 1.0]}, index=[0.0, 0.5, 1.0])
    page = Page(Words("en"), "Curves", "")
    figure = curves({"Lorenz curve": (HOSTILE, frame)}, page=page, axis_label="Share")
    (axis,) = figure.axes
    drawn = axis.get_lines()[-1]
    assert drawn.get_ydata().tolist() == [0.0, 0.2, 1.0]
    assert [text.get_parse_math() for text in figure.legends[0].get_texts()] == [False] * 3
    figure.canvas.draw()
