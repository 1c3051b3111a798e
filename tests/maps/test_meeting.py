"""What the report says of meeting places, and the figure of users beside neighbours."""

import numpy as np
import pandas as pd
import pytest
from kvarter.maps.meeting import headline, mixes, section
from kvarter.maps.meeting_figures import mixes as draw
from kvarter.maps.page import Page
from kvarter.maps.words import Words

FEW = "not shown, so that no small number can be computed"


def overall(*rows):
    """Give a table of meeting places: scenario, attribute, measure, beside, value, reference."""
    columns = ["scenario", "attribute", "measure", "beside", "value", "reference"]
    table = pd.DataFrame(rows, columns=columns)
    table["difference"] = table["value"] - table["reference"]
    return table.assign(year=2024, service="school", mode="walk", note="")


def of(attribute, users, adjacent, index=(0.1, 0.2), scenario="baseline"):
    return [
        (scenario, attribute, "different_groups", "adjacent", users, adjacent),
        (scenario, attribute, "different_groups", "anybody", users, 0.5),
        (scenario, attribute, "information_theory", "zones", *index),
    ]


def served():
    """Give a table of services: two schools of one name, and one whose shares are hidden."""
    rows = []
    for name, id_, shares in (
        ("Koulu", "b", (0.7, np.nan, np.nan)),
        ("Koulu", "a", (0.5, 0.3, 0.2)),
        ("Alku", "c", (np.nan, np.nan, np.nan)),
    ):
        rows.append((name, id_, "", "", "users", 120.0, np.nan, ""))
        known = not np.isnan(shares).any()
        rows += [
            (name, id_, "language", group, "share", share, share, "")
            for group, share in zip(("fi", "sv", "other"), shares, strict=True)
        ]
        chance = (0.62, 0.4) if known else (np.nan, np.nan)
        role = "bridges" if known else ""
        rows.append((name, id_, "language", "", "different_groups", *chance, role))
    columns = ["name", "id", "attribute", "group", "measure", "value", "around", "role"]
    table = pd.DataFrame(rows, columns=columns)
    table["difference"] = table["value"] - table["around"]
    return table.assign(scenario="baseline", year=2024, service="school", mode="walk")


@pytest.mark.parametrize(
    ("users", "adjacent", "says"),
    [
        (0.32, 0.31, "chance of 32%. Of two from neighbouring zones it is 31%, about as much"),
        (0.42, 0.31, "chance of 42%. That is more than of two from neighbouring zones, 31%"),
        (0.22, 0.31, "chance of 22%. That is less than of two from neighbouring zones, 31%"),
        (
            np.nan,
            0.31,
            f"Comprehensive school, by first language: {FEW}.",
        ),
    ],
)
def test_users_are_told_of_beside_neighbours(users, adjacent, says):
    tables = {"meeting": overall(*of("language", users, adjacent)), "meeting_services": served()}
    told = section(tables, Words("en"), "nearest")["findings"]
    assert len(told) == 1
    assert says in told[0]


def test_those_without_a_place_are_told_of():
    rows = of("language", 0.3, 0.3)
    rows += [("baseline", "", "without_place", "", 0.0, np.nan)]
    rows += [("Two schools", "", "without_place", "", 340.0, np.nan)]
    tables = {"meeting": overall(*rows), "meeting_services": served()}
    told = section(tables, Words("en"), "capacity")["findings"]
    assert told[0] == (
        "Two schools – comprehensive school: about 340 of those within the limit would have no "
        "place."
    )
    assert len(told) == 2
    # A plan may be of a later year than another one.
    table = overall(*rows).assign(year=2024)
    later = table[table["measure"] == "without_place"].assign(scenario="Later", year=2030)
    tables["meeting"] = pd.concat([table, later[later["value"] > 0]])
    told = section(tables, Words("en"), "capacity")["findings"]
    assert [sentence.split(" – ")[0] for sentence in told[:2]] == ["Two schools", "Later"]


def test_a_plan_is_told_of_where_it_makes_a_difference():
    rows = of("language", 0.3, 0.3) + of("income", 0.5, 0.5) + of("age", 0.5, 0.5)
    for attribute, after, before in (
        ("language", 0.2, 0.3),
        ("income", 0.5, 0.5),
        ("age", np.nan, 0.5),
    ):
        rows.append(("Two schools", attribute, "different_groups", "baseline", after, before))
    tables = {"meeting": overall(*rows), "meeting_services": served()}
    told = section(tables, Words("en"), "nearest")["findings"][3:]
    assert told[0].startswith("Two schools – comprehensive school, by first language: the chance")
    assert "would be 20%; now it is 30%" in told[0]
    assert told[1].endswith(
        "no difference that could be shown: comprehensive school, by income class."
    )
    assert told[2].endswith(f"{FEW}: comprehensive school, by age.")


def test_services_stand_in_the_order_of_their_names():
    tables = {"meeting": overall(*of("language", 0.3, 0.3)), "meeting_services": served()}
    (kind,) = section(tables, Words("fi"), "capacity")["kinds"]
    assert [row["name"] for row in kind["rows"]] == ["Alku", "Koulu", "Koulu"]
    assert kind["rows"][1]["shares"] == ["50\xa0%", "30\xa0%", "20\xa0%"]
    assert [row["role"] for row in kind["rows"]] == ["–", "käyttäjät sekoittuneempia", "–"]


def test_nothing_is_told_where_nothing_is_asked():
    empty = {"meeting": overall(), "meeting_services": served()[:0]}
    assert section(empty, Words("en"), "nearest")["kinds"] == []
    assert headline(empty["meeting"]) == {}


def test_the_figure_is_of_the_attribute_by_which_zones_differ_most():
    rows = of("income", 0.5, 0.5, (0.3, 0.1)) + of("language", 0.3, 0.3, (0.1, 0.4))
    assert headline(overall(*rows)) == {("school", "walk"): "language"}


def test_each_service_has_a_bar_of_users_and_one_of_neighbours():
    users, around = mixes(served(), "school", "walk", "language")
    # Two of one name are two; of the third all is hidden.
    assert users.index.tolist() == ["Koulu", "Koulu"]
    page = Page(Words("en"), "Schools", "", (), ())
    labels = {"fi": "Finnish", "sv": "Swedish", "other": "$x^2$"}
    figure = draw(users, around, page=page, labels=labels)
    (axis,) = figure.axes
    assert [text.get_text() for text in axis.get_yticklabels()] == ["Koulu", "Koulu"]
    hatched = [bar.get_width() for bar in axis.patches if bar.get_hatch()]
    # Of one school two groups are hidden, 30 % together, of its users and of the others.
    assert hatched == pytest.approx([0.3, 0.3])
    written = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert "$x^2$" in written
    assert FEW in [text.replace("\n", " ") for text in written]
    figure.canvas.draw()
    # Of one school who lives around is hidden: its users are drawn all the same.
    table = served()
    table.loc[table["id"] == "a", "around"] = np.nan
    users, around = mixes(table, "school", "walk", "language")
    assert users.iloc[0].tolist() == [0.5, 0.3, 0.2]
    assert around.iloc[0].isna().all()
