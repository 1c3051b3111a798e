"""Meeting places: who would use which service with whom, and nothing about the few."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.access import Access
from kvarter.analyses import access, meeting
from kvarter.geo import neighbours, travel
from kvarter.layers import ColumnError, Scenario, apply, load
from kvarter.layers.disclosure import hidden
from kvarter.study import StudyError, read

EAST, NORTH = 400_000, 6_300_000

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
name = "service"
kind = "kind"
capacity = "places"
meant_for = "whom"
[access]
limit = 5000
meeting = ["school"]
{access}
"""

AT = {"north": (1500, 2750), "east": (2750, 1500), "south": (1500, 250), "west": (250, 1500)}


def write(folder, counts, schools):
    """Write a town of 36 squares, and its schools: name, (place, group that it is for)."""
    x, y = (at.ravel() * 500 for at in np.meshgrid(range(6), range(6)))
    counts = counts.assign(people=counts["fi"] + counts["sv"] + counts["other"])
    counts = counts.assign(adult=counts["people"] - counts["child"])
    squares = shapely.box(x + EAST, y + NORTH, x + EAST + 500, y + NORTH + 500)
    gpd.GeoDataFrame(counts.reset_index(names="zone"), geometry=squares, crs=3067).to_file(
        folder / "zones.gpkg"
    )
    names = list(schools)
    gpd.GeoDataFrame(
        {"service": names, "kind": "school", "places": 700, "whom": [schools[n] for n in names]},
        geometry=[shapely.Point(EAST + AT[n][0], NORTH + AT[n][1]) for n in names],
        crs=3067,
    ).to_file(folder / "services.gpkg")
    return folder


def people(seed=7, least=20):
    rng = np.random.default_rng(seed)
    fi, sv, other, child = rng.integers(least, 90, (4, 36))
    index = [f"z{n}" for n in range(36)]
    return pd.DataFrame({"fi": fi, "sv": sv, "other": other, "child": child}, index=index)


def asked(town, text=""):
    path = town / "study.toml"
    path.write_text(STUDY.format(access=text))
    study = read(path)
    return study, load(study.layers, study.attributes, {}, study.study.crs, town)


def measured(study, layers, *plans):
    """Give the two tables of the baseline and of each plan."""
    near = Access(layers, study)
    out = []
    for case in (layers, *plans):
        near.table(case, None)
        out.append(near.meetings.take())
    return out


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return write(tmp_path_factory.mktemp("town"), people(), dict.fromkeys(AT, ""))


def shares(each, group):
    rows = each[(each["measure"] == "share") & (each["group"] == group)]
    return rows.set_index("id")["value"]


def test_the_tables_are_those_of_the_functions(town):
    study, layers = asked(town, 'demand = { school = "age.child" }')
    ((overall, each),) = measured(study, layers)
    language, child = layers.counts("language", None), layers.counts("age", None)["child"]
    costs = travel.straight_line(layers.origins(None), layers.services.geometry, limit=5000)
    used = access.assign(costs, child)
    graph = neighbours.contiguity(layers.zones[None].geometry)
    chances = meeting.chances(used, language, graph).set_index("who")["value"]
    rows = overall.set_index(["measure", "beside"])
    told = rows.loc["different_groups"]
    for who in ("adjacent", "neighbours", "anybody"):
        assert told.loc[who, "value"] == pytest.approx(chances["users"], abs=0.0006)
        assert told.loc[who, "reference"] == pytest.approx(chances[who], abs=0.0006)
    apart = meeting.compare(used, language, indices=["information_theory"]).iloc[0]
    row = rows.loc[("information_theory", "zones")]
    assert row["value"] == pytest.approx(apart["services"], rel=0.006)
    assert row["reference"] == pytest.approx(apart["zones"], rel=0.006)
    assert row["difference"] == pytest.approx(row["value"] - row["reference"])
    # By age all users are alike: it is not told of.
    assert set(overall["attribute"]) == {"language"}
    mix = meeting.users(used, language)
    for group in language:
        expected = (mix[group] / mix.sum(axis=1)).round(2)
        assert shares(each, group).to_dict() == expected.to_dict()
    number = each[each["measure"] == "users"].set_index("id")["value"]
    assert (number - mix.sum(axis=1)).abs().max() <= 5
    by = meeting.by_service(used, language, graph)
    own = each[each["measure"] == "different_groups"].set_index("id")
    assert own["value"].to_numpy() == pytest.approx(by["different_users"], abs=0.012)
    assert own["around"].to_numpy() == pytest.approx(by["different_adjacent"], abs=0.006)
    more = own["difference"].round(2)
    roles = np.select([more > 0.01, more < -0.01], ["bridges", "separates"], "")
    assert own["role"].tolist() == roles.tolist()


@pytest.mark.parametrize("how", ["nearest", "capacity", "choice"])
def test_people_are_assigned_as_the_study_says(town, how):
    study, layers = asked(town, f'assignment = "{how}"\nmeasures = []')
    ((_, each),) = measured(study, layers)
    everybody = layers.zones[None]["population"]
    costs = travel.straight_line(layers.origins(None), layers.services.geometry, limit=5000)
    used = access.assign(
        costs,
        everybody,
        layers.services["capacity"],
        how="huff" if how == "choice" else how,
        decay=access.decay.truncated_gaussian(5000) if how == "choice" else None,
    )
    expected = used.groupby("service", observed=False)["people"].sum()
    number = each[each["measure"] == "users"].set_index("id")["value"]
    assert (number - expected).abs().max() <= 5


def test_teaching_in_two_schools_shows_in_all_schools(tmp_path):
    """Second-language teaching in two of four schools: those who need it cross the town."""
    counts = people().assign(other=30, sv=0)
    town = write(tmp_path, counts, dict.fromkeys(AT, ""))
    plan = "\n".join(
        f'[[scenario.add_service]]\nkind = "school"\nname = "{name}"\n'
        f'at = [{EAST + AT[name][0]}, {NORTH + AT[name][1]}]\nmeant_for = "language.fi"'
        for name in ("south", "west")
    )
    text = f'[[scenario]]\nname = "Two schools"\nclose_service = ["south", "west"]\n{plan}\n'
    study, layers = asked(town, text)
    new = [service.model_dump(exclude_none=True) for service in study.scenario[0].add_service]
    changed = apply(
        layers, Scenario(name="plan", add_service=new, close_service=["south", "west"])
    )
    (before, each), (after, later) = measured(study, layers, changed)
    assert (shares(each, "other") > 0.2).all()
    told = shares(later, "other")
    # All pupils with another first language are in two schools, and in none of the others.
    assert (told[["north", "east"]] > 1.3 * shares(each, "other")[["north", "east"]]).all()
    assert (told.drop(["north", "east"]) == 0).all()
    before, after = (t[t["attribute"] == "language"] for t in (before, after))
    rows = after[after["beside"] == "baseline"].set_index("measure")
    assert rows.loc["different_groups", "difference"] < -0.05
    assert rows.loc["information_theory", "difference"] > 0.1
    first = before.set_index(["measure", "beside"])["value"]
    assert rows.loc["information_theory", "reference"] == first["information_theory", "zones"]
    # Homes are as they were.
    homes = [
        table.set_index(["measure", "beside"]).loc[("information_theory", "zones"), "reference"]
        for table in (before, after)
    ]
    assert homes[0] == homes[1]


def known(layers, attribute="language"):
    """Give what anybody knows of the zones: the counts that are shown."""
    counts = layers.counts(attribute, None)
    return counts.mask(hidden(counts, 10))


def test_the_few_of_one_hidden_zone_cannot_be_taken_from_a_service(tmp_path):
    counts = people()
    # In the only zones where languages are hidden: 4 and 3, at two schools.
    counts.loc["z33", "sv"], counts.loc["z2", "sv"] = 4, 3
    counts.loc["z33", "other"], counts.loc["z2", "other"] = 5, 6
    study, layers = asked(write(tmp_path, counts, dict.fromkeys(AT, "")))
    ((_, each),) = measured(study, layers)
    costs = travel.straight_line(layers.origins(None), layers.services.geometry, limit=5000)
    used = access.assign(costs, layers.zones[None]["population"])
    shown = known(layers)
    tried = 0
    for service, rows in used.groupby("service", observed=True):
        for group in shown:
            share = shares(each, group)[service]
            gap = shown.loc[rows["zone"], group].isna()
            if (
                gap.any()
                and layers.counts("language", None)[group][rows["zone"]][gap.to_numpy()].sum() < 10
            ):
                tried += 1
                assert np.isnan(share), (service, group)
    assert tried >= 4
    # What is all known is shown.
    assert shares(each, "sv")[["east", "west"]].notna().all()


def test_who_lives_around_tells_nothing_of_a_hidden_zone(tmp_path):
    counts = people()
    # What is hidden beside the four is at the other end of the town.
    counts.loc["z35", "sv"], counts.loc["z0", "sv"] = 4, 11
    study, layers = asked(write(tmp_path, counts, dict.fromkeys(AT, "")))
    ((_, each),) = measured(study, layers)
    costs = travel.straight_line(layers.origins(None), layers.services.geometry, limit=5000)
    used = access.assign(costs, layers.zones[None]["population"])
    graph = neighbours.contiguity(layers.zones[None].geometry)
    language = layers.counts("language", None)
    gone = language.where(hidden(language, 10), 0)
    rows, hides = each[each["attribute"] == "language"].set_index("id"), 0
    for service, part in used.groupby("service", observed=True):
        beside = {zone for home in part["zone"] for zone in graph[home].index}
        left = gone.loc[sorted(beside)].sum()
        told = rows.loc[[service]]
        if ((left > 0) & (left < 10)).any():
            hides += 1
            assert told[["around", "difference"]].isna().all(axis=None)
            assert set(told["role"]) == {""}
        else:
            assert (told["around"].notna() == told["value"].notna()).all()
    assert hides in (1, 2)


def test_a_plan_that_moves_few_tells_nothing_of_them(tmp_path):
    counts = people(least=30)
    counts.loc["z35"] = {"fi": 60, "sv": 30, "other": 30, "child": 15}
    text = 'demand = { school = "age.child" }\n'
    study, layers = asked(write(tmp_path, counts, dict.fromkeys(AT, "")), text)
    # Of all zones it is the nearest of one, where 15 pupils live: 7, 4 and 4 of the groups.
    corner = {"kind": "school", "name": "corner", "at": [EAST + 2999, NORTH + 2999]}
    plan, nothing = (
        apply(layers, Scenario(name="plan", add_service=[corner])),
        apply(layers, Scenario(name="plan")),
    )
    (_, each), (again, same), (after, later) = measured(study, layers, nothing, plan)
    # A plan that moves nobody is told of in full.
    pd.testing.assert_series_equal(shares(each, "sv"), shares(same, "sv"))
    assert again["value"].notna().all()
    assert each["value"].notna().all()
    assert after["value"].isna().all()
    # Nor does segregation between the zones where the users live.
    assert after.loc[after["beside"] != "baseline", "reference"].isna().all()
    for group in ("fi", "sv", "other"):
        told = shares(later, group)
        assert told[["north", "new-1"]].isna().all()
        assert told[["south", "west"]].notna().all()


@pytest.mark.parametrize("assignment", ["nearest", "capacity", "choice"])
def test_a_plan_with_other_people_does_not_unveil_who_is_there(tmp_path, assignment):
    counts = people(least=30)
    # A few in the zones of the north speak Swedish, and ten times as many with the plan.
    counts.loc[counts.index[18:], "sv"] = 0
    counts.loc["z33", "sv"] = 6
    text = f'assignment = "{assignment}"\n'
    study, layers = asked(write(tmp_path, counts, dict.fromkeys(AT, "")), text)
    more = apply(layers, Scenario(name="plan", growth={"language.sv": 10.0}))
    (before, each), (after, later) = measured(study, layers, more)
    unshown = shares(each, "sv").isna()
    assert unshown.any()
    assert not unshown.all()
    assert shares(later, "sv")[unshown].isna().all()
    # Nor by the chance that two are of different groups, or one of the other groups.
    hidden_before = each["value"].isna()
    key = ["id", "attribute", "group", "measure"]
    same = later.set_index(key)["value"].reindex(each.set_index(key).index)
    assert same[hidden_before.to_numpy()].isna().all()
    assert same.notna().any()
    assert (after["beside"] == "baseline").any()
    key = ["attribute", "measure", "beside"]
    same = after.set_index(key)["value"].reindex(before.set_index(key).index)
    assert same[before["value"].isna().to_numpy()].isna().all()


def test_a_plan_with_other_people_that_moves_few_of_the_present_tells_nothing(tmp_path):
    counts = people(least=30)
    counts.loc["z35"] = {"fi": 60, "sv": 30, "other": 30, "child": 15}
    text = 'demand = { school = "age.child" }\n'
    study, layers = asked(write(tmp_path, counts, dict.fromkeys(AT, "")), text)
    corner = {"kind": "school", "name": "corner", "at": [EAST + 2999, NORTH + 2999]}
    grown = {"age.child": 8.0}
    more = apply(layers, Scenario(name="more", growth=grown))
    plan = apply(layers, Scenario(name="plan", growth=grown, add_service=[corner]))
    _before, (_after, first), (after, later) = measured(study, layers, more, plan)
    assert shares(first, "sv").notna().all()
    assert after.loc[after["measure"] == "different_groups", "value"].isna().all()
    for group in ("fi", "sv", "other"):
        assert shares(later, group)[["north", "new-1"]].isna().all()


def test_a_plan_that_changes_nobody_is_told_of_in_full_by_both_gates(tmp_path):
    study, layers = asked(write(tmp_path, people(), dict.fromkeys(AT, "")))
    same = apply(layers, Scenario(name="same", growth={"language.sv": 1.0}))
    assert same.zones[None] is not layers.zones[None]
    (before, each), (after, later) = measured(study, layers, same)
    pd.testing.assert_frame_equal(each, later)
    own = after[after["beside"] != "baseline"].reset_index(drop=True)
    pd.testing.assert_frame_equal(before, own)


def test_the_few_who_lose_their_service_do_not_show_in_the_zones_of_its_users(tmp_path):
    counts = people(least=30)
    counts.loc["z35"] = {"fi": 60, "sv": 4, "other": 30, "child": 15}
    town = write(tmp_path, counts, dict.fromkeys(AT, ""))
    places = gpd.read_file(town / "services.gpkg")
    corner = places.iloc[[0]].assign(service="corner")
    corner["geometry"] = shapely.Point(EAST + 2950, NORTH + 2950)
    pd.concat([places, corner]).to_file(town / "services.gpkg")
    asked(town)
    path = town / "study.toml"
    path.write_text(path.read_text().replace("limit = 5000", "limit = 400"))
    study = read(path)
    layers = load(study.layers, study.attributes, {}, study.study.crs, town)
    # Only z35 has the corner within reach, and no other service.
    (before, _), (after, _) = measured(
        study, layers, apply(layers, Scenario(name="plan", close_service=["corner"]))
    )
    before, after = (
        t[(t["attribute"] == "language") & (t["beside"] == "zones")] for t in (before, after)
    )
    assert before["reference"].notna().all()
    assert after["reference"].isna().all()


def test_many_small_towns_keep_the_rules(tmp_path):
    """On random towns no shown share has a remainder or a change of few behind it."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        counts = people(seed, least=0)
        counts["sv"] = rng.integers(0, 25, 36)
        folder = tmp_path / str(seed)
        folder.mkdir()
        study, layers = asked(write(folder, counts, dict.fromkeys(AT, "")))
        close = apply(layers, Scenario(name="plan", close_service=["west"]))
        tables = measured(study, layers, close)
        language = layers.counts("language", None)
        gap, origins = hidden(language, 10), layers.origins(None)
        everybody = hidden(layers.zones[None][["population"]], 10)["population"]
        told = []
        for case, (_, each) in zip((layers, close), tables, strict=True):
            costs = travel.straight_line(origins, case.services.geometry, limit=5000)
            used = access.assign(costs, layers.zones[None]["population"])
            at = used.set_index("zone")["service"].astype(str)
            for group in language:
                share = shares(each, group)
                for service in share.index[share.notna()]:
                    mine = at[at == service].index
                    n = language.loc[mine, group]
                    out_of_sight = n[gap.loc[mine, group] | everybody[mine]].sum()
                    for number in (n.sum(), out_of_sight):
                        assert number == 0 or number >= 10 - 1e-9, (seed, service, group)
                    for before in told:
                        moved = at.index[(at == service) != (before == service)]
                        change = language.loc[moved, group].sum()
                        assert change == 0 or change >= 10, (seed, service, group)
            told.append(at)


def test_a_group_that_is_too_small_is_not_told_of(tmp_path):
    counts = people().assign(sv=0)
    counts.loc["z3", "sv"] = 6
    study, layers = asked(write(tmp_path, counts, dict.fromkeys(AT, "")))
    ((overall, each),) = measured(study, layers)
    overall = overall[overall["attribute"] == "language"]
    assert overall["value"].isna().all()
    assert set(overall["note"]) == {"not shown, so that no small number can be computed"}
    assert each[each["attribute"] == "language"]["value"].isna().all()


def test_those_without_a_place_are_told_in_steps(tmp_path):
    counts = people()
    town = write(tmp_path, counts, {"north": "", "south": ""})
    study, layers = asked(town, 'assignment = "capacity"')
    near = Access(layers, study)
    near.table(layers, None)
    table = near.meetings.take()[0]
    total = counts[["fi", "sv", "other"]].sum().sum()
    assert total > 1400
    row = table[table["measure"] == "without_place"]
    assert row["value"].item() == round((total - 1400) / 10) * 10
    assert row["attribute"].item() == ""
    # Where some beyond the limit have none, they are not counted.
    study, layers = asked(town, 'assignment = "capacity"\nlimits = { school = 400 }')
    near = Access(layers, study)
    near.table(layers, None)
    table = near.meetings.take()[0]
    assert table.loc[table["measure"] == "without_place", "value"].item() == 0


def test_one_service_alone_has_no_segregation_and_every_gap_a_reason(tmp_path):
    study, layers = asked(write(tmp_path, people(), {"north": ""}))
    near = Access(layers, study)
    near.table(layers, None)
    table = near.meetings.take()[0]
    between = table[table["beside"] == "zones"]
    assert len(between)
    assert between["value"].isna().all()
    assert set(between["note"]) == {"one service only"}
    assert between["reference"].notna().all()


def test_no_figure_is_missing_without_a_reason(tmp_path):
    counts = people(least=12)
    counts[["fi", "other"]] //= 6
    study, layers = asked(write(tmp_path, counts, {"north": "", "south": ""}))
    near = Access(layers, study)
    near.table(layers, None)
    plan = near.meetings.take()[0]
    near.table(apply(layers, Scenario(name="plan", close_service=["south"])), None)
    for table in (plan, near.meetings.take()[0]):
        none = table[["value", "reference", "difference"]].isna().any(axis=1)
        assert (table.loc[none, "note"] != "").all()


def test_a_place_that_nobody_uses_says_so(town):
    study, layers = asked(town, "")
    places = layers.services.copy()
    places.loc["west", "geometry"] = shapely.Point(EAST + 90_000, NORTH)
    far = type(layers)(**{**layers.__dict__, "services": places})
    ((_, each),) = measured(study, far)
    rows = each[(each["id"] == "west") & (each["attribute"] == "language")]
    assert rows["value"].isna().all()
    assert set(rows["note"]) == {"nobody has this service"}


@pytest.mark.parametrize("case", ["nobody in reach", "nobody needs it", "no places"])
def test_where_nobody_meets_anybody_a_note_says_why(town, case):
    text = "limit = 1\n" if case == "nobody in reach" else ""
    study, layers = asked(town, 'demand = { school = "age.child" }')
    if text:
        path = town / "study.toml"
        path.write_text(path.read_text().replace("limit = 5000", "limit = 1"))
        study = read(path)
    if case == "nobody needs it":
        zones = layers.zones[None].copy()
        zones["age.child"] = 0.0
        layers.zones[None] = zones
    if case == "no places":
        layers.services["capacity"] = 0.0
    ((overall, each),) = measured(study, layers)
    assert overall["value"].isna().all()
    assert (overall["note"] != "").all()
    assert (each.loc[each["measure"] == "users", "value"] == 0).all()
    own = each[each["attribute"] == "language"]
    assert set(own["note"]) == {"nobody has this service"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('assignment = "neares"', "Did you mean 'nearest'"),
        ('kinds = ["library"]', "'school' is none of kinds"),
    ],
)
def test_a_mistake_is_answered(town, text, says):
    with pytest.raises(StudyError, match=says):
        asked(town, text)


def test_a_kind_that_is_not_there_is_refused(town):
    path = town / "other.toml"
    path.write_text(STUDY.format(access="").replace('["school"]', '["skool"]'))
    study = read(path)
    layers = load(study.layers, study.attributes, {}, study.study.crs, town)
    with pytest.raises(ColumnError, match="Did you mean 'school'") as told:
        Access(layers, study)
    assert told.value.table == "access.meeting"
