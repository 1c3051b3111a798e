"""What is measured leaves through the gate: no figure about too few can be computed."""

import numpy as np
import pandas as pd
from kvarter import access, segregation
from kvarter.analyses import inequality
from kvarter.layers.disclosure import coarse_share
from kvarter.layers.mapping import Attribute, LayersTable, ZonesLayer
from kvarter.sides import Follows, People, Told, changed
from kvarter.study import About, Study

OF_ALL = ("mean", "median")

STUDY = Study(
    study=About(name="Town"),
    layers=LayersTable(zones=ZonesLayer(path="town.gpkg")),
    attributes={"income": Attribute(universe="persons", groups={"low": "low"})},
)


def published(counts, cost, told=None, before=None):
    """Give what is shown of ways, where some were told and where others were before."""
    cost, told = pd.Series(cost, index=counts.index, dtype=float), told or Told()
    table = inequality.by_group(cost, counts, limit=1000)
    people, beyond = People.of(counts, None), cost.to_numpy() > 1000
    if before is not None:
        told.add_figures({"nearest": np.array([before], dtype=float)})
    apart = told.differ("nearest", cost.to_numpy()[None])
    follows = Follows(
        dict.fromkeys(("beyond_limit", "share_within_limit"), told.split("", people, beyond)),
        {m: changed(people, apart, cost.to_numpy(), 10, mean=m == "mean") for m in OF_ALL},
    )
    shown = access._gate(table, counts, STUDY, follows)
    told.add_part("", beyond, np.ones(counts.shape[1], bool))
    return shown.pivot_table(index="group", columns="measure", values="value", dropna=False)


def test_no_small_group_beyond_the_limit_follows_from_the_others():
    counts = pd.DataFrame({"a": [100, 30], "b": [100, 4], "c": [100, 20]}, index=["near", "far"])
    shown = published(counts, [500, 3000])
    assert shown.loc["b", ["beyond_limit", "share_within_limit"]].isna().all()
    # 4 of b would be the 54 of all less the 30 of a and the 20 of c: one of these goes too.
    assert shown["beyond_limit"].isna().sum() == 2
    assert shown.loc["a", "beyond_limit"] == 30
    # They are about all members of a group, who are many, near or far.
    assert shown[["mean", "median"]].notna().all(axis=None)


def test_no_mean_of_a_small_group_is_told_wherever_it_lives():
    counts = pd.DataFrame({"a": [100, 30], "b": [4, 2], "c": [9, 40]}, index=["near", "far"])
    shown = published(counts, [500, 3000])
    assert shown.loc["b"].isna().all()
    assert shown["mean"].isna().sum() == 2
    # Three digits: (100 · 500 + 30 · 3000) / 130.
    assert shown.loc["a", "mean"] == 1080


def test_no_small_number_follows_from_how_a_scenario_changes_the_mean():
    counts = pd.DataFrame({"a": [100, 30, 6], "b": [100, 30, 40]}, index=["near", "far", "new"])
    shown = published(counts, [500, 3000, 2000], before=[500, 3000, 2500])
    # 6 people of a have a shorter way; b, or all less b, would tell them.
    assert shown[["mean", "median"]].isna().all(axis=None)
    shown = published(counts, [500, 2000, 2000], before=[500, 3000, 2500])
    assert shown[["mean", "median"]].notna().all(axis=None)


def test_no_small_group_follows_from_the_number_of_all():
    counts = pd.DataFrame({"a": [100, 30], "b": [4, 0], "c": [100, 20]}, index=["near", "far"])
    shown = published(counts, [500, 3000])
    assert shown.loc["b"].isna().all()
    assert shown["mean"].isna().sum() == 2


def test_the_share_in_hidden_zones_tells_no_small_zone():
    # 4 people would be what 34 % of 100 has beyond the 30 of another hidden zone.
    assert coarse_share(34, 100, 10) == coarse_share(30, 100, 10) == 0.25
    assert (coarse_share(4, 1000, 10), coarse_share(30, 1000, 10)) == (0.02, 0.04)
    assert (coarse_share(0, 1000, 10), coarse_share(1000, 1000, 10)) == (0, 1)
    assert coarse_share(999, 1000, 10) == 0.98


def test_no_small_change_by_a_scenario_is_told():
    counts = pd.DataFrame({"a": [100, 30, 6], "b": [100, 30, 40]}, index=["near", "far", "new"])
    told = Told()
    before = published(counts, [500, 3000, 3000], told)["beyond_limit"]
    after = published(counts, [500, 3000, 400], told)["beyond_limit"]
    assert before.tolist() == [36, 70]
    assert after.isna().all()


def test_nothing_is_told_of_an_attribute_with_a_group_too_small_to_show():
    counts = pd.DataFrame({"a": [60.0, 40], "b": [40.0, 60], "c": [0.0, 4]})
    assert segregation.small_groups(counts, STUDY) == ["c"]
    assert segregation.small_groups(counts.assign(c=0), STUDY) == []
