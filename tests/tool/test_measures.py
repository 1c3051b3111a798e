"""What is measured leaves through the gate: no figure about too few can be computed."""

import numpy as np
import pandas as pd
from kvarter import measures
from kvarter.analyses import inequality
from kvarter.layers.mapping import Attribute, LayersTable, ZonesLayer
from kvarter.study import About, Study

STUDY = Study(
    study=About(name="Town"),
    layers=LayersTable(zones=ZonesLayer(path="town.gpkg")),
    attributes={"income": Attribute(universe="persons", groups={"low": "low"})},
)


def published(counts, cost, before=None):
    cost = pd.Series(cost, index=counts.index, dtype=float)
    table = inequality.by_group(cost, counts, limit=1000)
    shown = measures._gate(table, counts, STUDY, before)
    return shown.pivot_table(index="group", columns="measure", values="value", dropna=False)


def test_no_small_group_beyond_the_limit_follows_from_the_others():
    counts = pd.DataFrame({"a": [100, 30], "b": [100, 4], "c": [100, 20]}, index=["near", "far"])
    shown = published(counts, [500, np.nan])
    assert shown.loc["b", ["beyond_limit", "share_within_limit"]].isna().all()
    # 4 of b would be the 54 of all less the 30 of a and the 20 of c: one of these goes too.
    assert shown["beyond_limit"].isna().sum() == 2
    assert shown.loc["a", "beyond_limit"] == 30


def test_no_small_group_follows_from_the_number_of_all():
    counts = pd.DataFrame({"a": [100, 30], "b": [4, 0], "c": [100, 20]}, index=["near", "far"])
    shown = published(counts, [500, np.nan])
    assert shown.loc["b"].isna().all()
    assert shown["mean"].isna().sum() == 2


def test_no_small_change_by_a_scenario_is_told():
    counts = pd.DataFrame({"a": [100, 30, 6], "b": [100, 30, 40]}, index=["near", "far", "new"])
    before = published(counts, [500, np.nan, np.nan])["beyond_limit"]
    after = published(counts, [500, np.nan, 400], before)["beyond_limit"]
    assert before.tolist() == [36, 70]
    assert after.isna().all()
