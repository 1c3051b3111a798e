"""Services that are meant for a group: their places meet the demand of that group alone."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.access import Access
from kvarter.analyses import access, inequality
from kvarter.geo import travel
from kvarter.layers import ColumnError, Scenario, apply, load
from kvarter.meant import REST, Segments, segments
from kvarter.plans import scenarios
from kvarter.study import StudyError, read

EAST, NORTH = 400_000, 6_300_000

GROUPS = {"language": ["fi", "sv", "other"], "age": ["child", "adult"]}

STUDY = """\
[study]
name = "Town"
[layers.zones]
path = "zones.gpkg"
id = "zone"
population = "people"
[attributes.language]
universe = "persons"
groups = {{ fi = "fi", sv = "sv", other = "other" }}
[attributes.age]
universe = "persons"
groups = {{ child = "child", adult = "adult" }}
[layers.services]
path = "services.gpkg"
id = "service"
kind = "kind"
capacity = "places"
meant_for = "whom"
[access]
limit = 2000
{access}
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Write a town of 36 squares with a school for all and one in Swedish, and day care."""
    folder = tmp_path_factory.mktemp("town")
    rng = np.random.default_rng(3)
    x, y = (at.ravel() * 500 for at in np.meshgrid(range(6), range(6)))
    fi, sv, other, child = rng.integers(12, 90, (4, 36))
    people = {"fi": fi, "sv": sv, "other": other, "people": fi + sv + other}
    people |= {"child": np.minimum(child, people["people"] - 12)}
    people |= {"adult": people["people"] - people["child"]}
    gpd.GeoDataFrame(
        {"zone": [f"z{n}" for n in range(36)], **people},
        geometry=shapely.box(x + EAST, y + NORTH, x + EAST + 500, y + NORTH + 500),
        crs=3067,
    ).to_file(folder / "zones.gpkg")
    at = [(250, 250), (2250, 750), (1250, 1250), (750, 2250)]
    gpd.GeoDataFrame(
        {
            "service": ["school", "skola", "care", "dagis"],
            "kind": ["school", "school", "care", "care"],
            "places": [900, 400, 300, 100],
            "whom": ["", "language.sv", "age.child", "age.child"],
        },
        geometry=[shapely.Point(EAST + x, NORTH + y) for x, y in at],
        crs=3067,
    ).to_file(folder / "services.gpkg")
    return folder


def asked(town, text=""):
    path = town / "study.toml"
    path.write_text(STUDY.format(access=text))
    study = read(path)
    layers = load(study.layers, study.attributes, {}, study.study.crs, town)
    return study, layers


def mean_way(table, kind):
    own = table[(table["service"] == kind) & (table["measure"] == "mean")]
    return own[own["attribute"] == "language"].set_index("group")["value"]


def of(meant, demand=None):
    series = pd.Series(list(meant.values()), index=[name.rstrip("2") for name in meant])
    return segments(series, GROUPS, demand or {})


def test_people_are_told_apart_where_services_differ_in_whom_they_are_for():
    assert of({"school": ""})["school"] == Segments()
    own = of({"school": "", "school2": "language.sv"})["school"]
    assert own == Segments("language", ("sv", REST))
    both = of({"care": "age.adult", "care2": "age.child"})["care"]
    assert both == Segments("age", ("child", "adult"))
    # What is all for one group is needed by it, as if the study had said so.
    assert of({"care": "age.child"})["care"] == Segments(need="age.child")
    assert of({"care": "age.child"}, {"care": "age.child"})["care"] == Segments(need="age.child")
    with pytest.raises(ColumnError, match="for groups of 'language' and of 'age'") as told:
        of({"school": "language.sv", "school2": "age.child"})
    assert (told.value.table, told.value.found) == ("layers.services.meant_for", "age.child")


def test_groups_of_another_attribute_are_divided_as_all_of_the_zone():
    groups = pd.DataFrame({"fi": [30.0, 0], "sv": [10.0, 0], "other": [0.0, 0]}, index=["a", "b"])
    own = Segments("language", ("sv", REST))
    ages = pd.DataFrame({"child": [8.0, 4], "adult": [32.0, 0]}, index=["a", "b"])
    parts = own.divide(ages, "age", groups)
    assert parts.loc[("sv", "a")].tolist() == [2, 8]
    assert parts.loc[(REST, "a")].tolist() == [6, 24]
    # Of b no language is known: a quarter, as in the whole.
    assert parts.loc[("sv", "b")].tolist() == [1, 0]
    languages = own.divide(groups, "language", groups)
    assert languages.loc[("sv", "a")].tolist() == [0, 10, 0]
    assert languages.loc[(REST, "a")].tolist() == [30, 0, 0]
    assert languages.groupby(level=1).sum().equals(groups)


def test_each_group_meets_the_services_that_it_may_use(town):
    study, layers = asked(town, 'measures = ["floating_catchment"]')
    near = Access(layers, study)
    table = near.table(layers, None)
    schools = layers.services[layers.services["kind"] == "school"]
    origins, language = layers.origins(None), layers.counts("language", None)
    costs = travel.straight_line(origins, schools.geometry, limit=2000)
    ratio = {}
    for name, place in schools.iterrows():
        sharing = language["sv"] if name == "skola" else language.sum(axis=1)
        reach = costs.loc[costs["service"] == name, "zone"]
        ratio[name] = place["capacity"] / sharing[reach].sum()
    expected = {
        "sv": pd.Series(0.0, origins.index),
        REST: pd.Series(0.0, origins.index),
    }
    for zone, service in zip(costs["zone"], costs["service"], strict=True):
        expected["sv"][zone] += ratio[service]
        if service == "school":
            expected[REST][zone] += ratio[service]
    for group, name in (("sv", "school_language_sv"), (REST, "school")):
        found = near.ways[name].measures["floating_catchment"]
        assert found.to_numpy() == pytest.approx(expected[group].to_numpy())
    rows = table[(table["service"] == "school") & (table["attribute"] == "language")]
    rows = rows.set_index(["group", "measure"])["value"]
    far = travel.nearest_straight_line(origins, schools.geometry[["school"]])
    plain = inequality.by_group(far, language, limit=2000).set_index(["group", "measure"])["value"]
    assert rows["fi", "mean"] == pytest.approx(plain["fi", "mean"], rel=0.005)
    assert rows["fi", "beyond_limit"] == plain["fi", "beyond_limit"]
    either = travel.nearest_straight_line(origins, schools.geometry)
    assert rows["sv", "mean"] == pytest.approx(
        np.average(either, weights=language["sv"]), rel=0.005
    )


def test_the_measures_are_those_of_for_groups(town):
    study, layers = asked(town, 'kinds = ["school"]')
    places = layers.services.copy()
    places.loc["school", "meant_for"] = "language.fi"
    changed = type(layers)(**{**layers.__dict__, "services": places})
    near = Access(changed, study)
    near.table(changed, None)
    schools = places[places["kind"] == "school"]
    costs = travel.straight_line(layers.origins(None), schools.geometry, limit=2000)
    meant = schools["meant_for"].str.partition(".")[2]
    expected = access.for_groups(
        access.floating_catchment,
        costs,
        schools["capacity"],
        layers.counts("language", None),
        meant,
    )
    for group in ("fi", "sv"):
        found = near.ways[f"school_language_{group}"].measures["floating_catchment"]
        assert found.to_numpy() == pytest.approx(expected[group].to_numpy())
    # The others have no service of the kind, and no map of it.
    assert set(near.ways) == {"school_language_fi", "school_language_sv"}


def test_what_is_estimated_says_so(town):
    study, layers = asked(town, 'measures = ["floating_catchment"]')
    near = Access(layers, study)
    table = near.table(layers, None)
    says = table["note"].str.contains("estimated: ")
    schools = table["service"] == "school"
    # Only the ages of those who may use either school: languages and all inhabitants are counted.
    of = says == (schools & (table["attribute"] == "age"))
    assert of[table["value"].notna()].all()
    assert says[table["measure"] == "beyond_limit"].any()
    assert says[table["measure"] == "gap_to_best"].any()
    unequal = near.unequal[near.unequal["measure"].str.startswith("theil_")]
    unequal = unequal[unequal["value"].notna()].set_index(["service", "attribute"])
    says = unequal["note"].str.contains("estimated: ")
    assert says["school", "age"].all()
    assert not says.drop(("school", "age")).any()


def test_services_for_those_who_need_them_are_as_ever(town):
    study, layers = asked(town, 'demand = { care = "age.child" }')
    near = Access(layers, study)
    told = near.table(layers, None)
    own = layers.services.assign(meant_for="")
    plain = type(layers)(**{**layers.__dict__, "services": own})
    as_ever = Access(plain, study).table(plain, None)
    care = [table[table["service"] == "care"].reset_index() for table in (told, as_ever)]
    pd.testing.assert_frame_equal(*care)
    # Without a word on who needs it, it is the group that all of it is for.
    study, layers = asked(town)
    silent = Access(layers, study)
    silent.table(layers, None)
    assert silent.segments["care"].need == "age.child"
    assert silent.ways["care"].measures["floating_catchment"].to_numpy() == pytest.approx(
        near.ways["care"].measures["floating_catchment"].to_numpy()
    )


def test_a_plan_may_open_a_service_for_a_group(town):
    text = """kinds = ["school"]
[[scenario]]
name = "More"
[[scenario.add_service]]
kind = "school"
name = "Own"
at = [400300, 6302800]
meant_for = "language.other"
"""
    study, layers = asked(town, text)
    near = Access(layers, study)
    assert near.segments["school"].names == ("sv", "other", REST)
    before = near.table(layers, None)
    new = [study.scenario[0].add_service[0].model_dump(exclude_none=True)]
    after = near.table(apply(layers, Scenario(name="plan", add_service=new)), None)
    way = [
        t[t["attribute"] == "language"].set_index(["group", "measure"])["value"]
        for t in (before, after)
    ]
    assert way[1]["other", "mean"] < way[0]["other", "mean"]
    assert way[1]["fi", "mean"] == way[0]["fi", "mean"]


def test_a_plan_that_mixes_attributes_is_named(town):
    plan = '[[scenario]]\nname = "New"\n[[scenario.add_service]]\nkind = "school"\nname = "N"\n'
    plan += f'at = [{EAST + 700}, {NORTH + 700}]\nmeant_for = "age.child"\n'
    study, layers = asked(town, plan)
    text = (town / "study.toml").read_text().splitlines()
    line = next(n for n, row in enumerate(text, 1) if row == 'meant_for = "age.child"')
    with pytest.raises(StudyError, match=f"line {line}, key scenario.add_service.meant_for"):
        Access(layers, study)


def test_a_plan_tells_people_apart_by_what_it_changes(town):
    text = '[[scenario]]\nname = "P"\n'
    text += 'change_service = [{ id = "school", meant_for = "language.fi" }]\n'
    study, layers = asked(town, text)
    near = Access(layers, study)
    assert near.segments["school"] == Segments("language", ("fi", "sv", REST))
    ((_name, changed),) = scenarios(layers, study)
    before, after = (mean_way(near.table(case, None), "school") for case in (layers, changed))
    assert after["fi"] == before["fi"]
    assert after["sv"] > before["sv"]
    assert before.notna().all()
    assert np.isnan(after["other"])


def test_a_group_is_concentrated_where_a_plan_says(town):
    text = '[[scenario]]\nname = "P"\n'
    text += 'concentrate = [{ kind = "school", meant_for = "language.sv", at = ["school"] }]\n'
    study, layers = asked(town, text)
    ((_name, changed),) = scenarios(layers, study)
    whom = changed.services["meant_for"]
    assert whom["school:language.sv"] == "language.sv"
    assert "skola" not in whom
    near = Access(layers, study)
    before, after = (mean_way(near.table(case, None), "school") for case in (layers, changed))
    assert after["sv"] > before["sv"]
    assert after["fi"] == before["fi"]


def test_a_group_that_is_not_there_is_placed_in_every_change(town):
    for change in (
        'change_service = [{ id = "a", meant_for = "language.se" }]',
        'concentrate = [{ kind = "school", meant_for = "language.se", at = ["a"] }]',
    ):
        key = change.partition(" ")[0]
        with pytest.raises(StudyError, match=f"key scenario.{key}.meant_for.*mean 'language.s"):
            asked(town, f'[[scenario]]\nname = "P"\n{change}\n')


def test_what_few_share_is_not_told_by_the_places_that_each_has(town):
    study, layers = asked(town, 'kinds = ["school"]')
    zones = layers.zones[None].copy()
    zones["language.sv"] = 0
    # Seven may use the school in Swedish: 400 places for each of them would tell it.
    zones.loc["z4", "language.sv"] = 7
    layers.zones[None] = zones
    near = Access(layers, study)
    table = near.table(layers, None)
    way = near.ways["school_language_sv"]
    why = way.why(pd.Series("", index=zones.index))
    assert not (way.measures["floating_catchment"] > 3)[why == ""].any()
    assert (why == "hidden").any()
    assert near.ways["school"].why(pd.Series("", index=zones.index)).eq("").all()
    rows = table[table["attribute"] == "language"].set_index(["group", "measure"])["value"]
    assert np.isnan(rows["sv"]).all()


def test_a_mean_does_not_tell_how_many_may_use_the_services_of_a_group(town):
    study, layers = asked(town, 'kinds = ["school"]')
    zones = layers.zones[None].copy()
    zones["language.sv"] = 0
    # The way of these alone is another than that of all others.
    zones.loc["z4", "language.sv"] = 8
    layers.zones[None] = zones
    table = Access(layers, study).table(layers, None)
    rows = table[table["attribute"] == "age"].set_index(["group", "measure"])["value"]
    assert rows[:, "mean"].isna().all()
    assert rows[:, "median"].isna().all()
