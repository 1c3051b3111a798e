"""Projections and growth."""

from dataclasses import replace

import numpy as np
import pytest
from kvarter.layers import LayerError, Scenario, apply
from kvarter.layers.scenarios import ScenarioError, read_plans

TABLE = "zone,attribute,group,people\n"


def projected(town, folder, rows, **keys):
    (folder / "people.csv").write_text(TABLE + rows)
    plan = Scenario(name="plan", year=2030, projection={"path": "people.csv"}, **keys)
    return apply(read_plans(town, [plan], folder), plan)


def test_a_projection_sets_what_it_tells(town, tmp_path):
    before = town.zones[2024]
    after = projected(town, tmp_path, "a,age,young,50.5\nb,age,old,0\n")
    zones = after.zones[2030]
    assert zones.loc["a", ["age.young", "age.old"]].tolist() == [50.5, before.loc["a", "age.old"]]
    assert zones.loc["b", "age.old"] == 0
    # Age counts all inhabitants, so that the population follows; languages are not told.
    assert zones.loc["a", "population"] == 50.5 + before.loc["a", "age.old"]
    assert zones.loc["b", "population"] == before.loc["b", "age.young"]
    languages = ["language.fi", "language.sv"]
    assert zones[languages].equals(before[languages])
    assert after.zones[2024] is town.zones[2024]


def test_a_projection_may_tell_the_population(town, tmp_path):
    after = projected(town, tmp_path, "a,population,,200\nb,income,low,9\nb,age,young,90\n")
    zones, before = after.zones[2030], town.zones[2024]
    assert zones.loc["a", "population"] == 200
    # Not all income classes are all inhabitants; ages are, where the population is not told.
    assert zones.loc["b", "population"] == pytest.approx(90 + before.loc["b", "age.old"])


def test_a_projection_fills_what_was_hidden(town, tmp_path):
    zones = town.zones[2024].copy()
    zones.loc["a", ["age.young", "age.old"]] = np.nan
    hidden = replace(town, zones={2024: zones})
    after = projected(hidden, tmp_path, "a,age,young,10\na,age,old,20\n").zones[2030]
    assert after.loc["a", ["age.young", "age.old", "population"]].tolist() == [10, 20, 30]
    after = projected(hidden, tmp_path, "a,age,young,10\n").zones[2030]
    assert np.isnan(after.loc["a", "age.old"])


def test_groups_grow_in_all_zones(town):
    plan = Scenario(name="plan", growth={"age.young": 1.5, "income.low": 2})
    after, before = apply(town, plan).zones[2024], town.zones[2024]
    np.testing.assert_allclose(after["age.young"], 1.5 * before["age.young"])
    np.testing.assert_allclose(after["income.low"], 2 * before["income.low"])
    more = before["population"] + 0.5 * before["age.young"]
    np.testing.assert_allclose(after["population"], more)
    assert after["age.old"].equals(before["age.old"])


def test_attributes_that_count_all_must_agree(town):
    growth = {"age.young": 1.5, "language.sv": 1.1}
    with pytest.raises(ScenarioError, match="'age' and 'language' both count all inhabitants"):
        apply(town, Scenario(name="plan", growth=growth))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("q,age,young,5\n", "no zone 'q'"),
        ("a,aeg,young,5\n", "Did you mean 'age'"),
        ("a,age,yuong,5\n", "Did you mean 'young'"),
        ("a,housing,block,5\n", "no attribute 'housing'"),
        ("a,age,young,-5\n", "holds '-5' in row 2"),
        ("a,age,young,\n", "in row 2"),
        ("a,age,young,many\n", "holds text"),
        ("a,age,young,5\na,age,young,6\n", "tells age young of the zone a twice"),
        ("", "0 rows"),
    ],
)
def test_a_projection_that_is_wrong(town, tmp_path, rows, says):
    with pytest.raises((ScenarioError, LayerError), match=says):
        projected(town, tmp_path, rows)


def test_a_group_that_is_not_there_does_not_grow(town):
    with pytest.raises(ScenarioError, match=r"growth.age.yung: .* Did you mean 'age.young'"):
        apply(town, Scenario(name="plan", growth={"age.yung": 1.1}))
