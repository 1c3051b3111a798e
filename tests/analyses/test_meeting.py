import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses import access, meeting, segregation
from kvarter.geo import neighbours
from kvarter.geo.travel import straight_line


@pytest.fixture(scope="module")
def town():
    """Give six zones in a row, three groups, and an assignment to three services."""
    rng = np.random.default_rng(2)
    zones = [f"z{k}" for k in range(6)]
    counts = pd.DataFrame(rng.integers(0, 40, (6, 3)), index=zones, columns=[*"abc"]).astype(float)
    rows = [("z0", "s", 10.0), ("z1", "s", 7.0), ("z1", "t", 20.0), ("z2", "t", 3.0)]
    rows += [("z3", "s", 5.0), ("z4", "t", 11.0), ("z5", None, 9.0)]
    assignment = pd.DataFrame(rows, columns=["zone", "service", "people"])
    assignment["service"] = pd.Categorical(assignment["service"], categories=[*"stu"])
    cells = gpd.GeoSeries(shapely.box(range(6), 0, range(1, 7), 1), index=zones, crs=3067)
    return assignment, counts, neighbours.contiguity(cells.scale(250, 250, origin=(0, 0)))


def by_hand(town):
    """Walk over all pairs of users and neighbours, groups of zones as shares."""
    assignment, counts, _ = town
    zones, share = list(counts.index), counts.div(counts.sum(axis=1), axis=0)
    out = {}
    for service in "stu":
        rows = assignment[assignment["service"] == service]
        mix = dict.fromkeys("abc", 0.0)
        for zone, n in zip(rows["zone"], rows["people"], strict=True):
            for g in "abc":
                mix[g] += n * share[g][zone]
        total = sum(mix.values())
        same = beside = 0.0
        for zone, n in zip(rows["zone"], rows["people"], strict=True):
            at = zones.index(zone)
            near = [zones[k] for k in (at - 1, at + 1) if 0 <= k < 6]
            around = counts.loc[near].sum() / counts.loc[near].sum().sum()
            for g in "abc":
                same += n * share[g][zone] * (1 - share[g][zone])
                beside += n * share[g][zone] * (1 - around[g])
        if total:
            users = sum(mix[g] / total * (1 - mix[g] / total) for g in "abc")
            out[service] = (mix, total, users, same / total, beside / total)
    return out


def test_equals_a_plain_loop(town):
    assignment, counts, graph = town
    mix = meeting.users(assignment, counts)
    table = meeting.by_service(assignment, counts, graph)
    chances = meeting.chances(assignment, counts, graph).set_index("who")["value"]
    expected = by_hand(town)
    assert mix.loc["u"].tolist() == [0, 0, 0]
    assert table.loc["u", ["different_users", "different_adjacent"]].isna().all()
    assert table.loc["u", "role"] == ""
    columns = ["users", "different_users", "different_neighbours", "different_adjacent"]
    for service, (of_group, *figures) in expected.items():
        assert mix.loc[service].to_dict() == pytest.approx(of_group, abs=1e-9)
        assert table.loc[service, columns].tolist() == pytest.approx(figures, abs=1e-9)
        difference = figures[1] - figures[3]
        assert table.loc[service, "role"] == ("bridges" if difference > 0 else "separates")
    total = sum(figures[1] for figures in expected.values())
    for who, at in (("users", 2), ("neighbours", 3), ("adjacent", 4)):
        mean = sum(f[1] * f[at] for f in expected.values()) / total
        assert chances[who] == pytest.approx(mean, abs=1e-9)
    shares = mix.sum() / mix.sum().sum()
    assert chances["anybody"] == pytest.approx(1 - (shares**2).sum())


def test_services_beside_zones(town):
    assignment, counts, _ = town
    table = meeting.compare(assignment, counts, indices=["information_theory", "isolation"])
    mix = meeting.users(assignment, counts).loc[["s", "t"]]
    # The same people at home: those who have a service, and so nobody of the last zone.
    placed = assignment.dropna().groupby("zone")["people"].sum()
    homes = counts.loc[placed.index].div(counts.loc[placed.index].sum(axis=1), axis=0)
    homes = homes.mul(placed, axis=0)
    np.testing.assert_allclose(meeting.by_zone(assignment, counts).loc[placed.index], homes)
    np.testing.assert_allclose(mix.sum(), homes.sum())
    for column, of in (("services", mix), ("zones", homes)):
        expected = segregation.measure(of, indices=["information_theory", "isolation"])
        np.testing.assert_allclose(table[column], expected["value"])
    np.testing.assert_allclose(table["difference"], table["services"] - table["zones"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_whole_zones_never_meet_less_in_services_than_at_home(seed):
    rng = np.random.default_rng(seed)
    counts = pd.DataFrame(rng.integers(1, 30, (8, 3)), columns=[*"abc"])
    rows = pd.DataFrame(
        {
            "zone": np.repeat(range(8), 3),
            "service": pd.Categorical(np.tile([*"stu"], 8)),
            "people": rng.uniform(0, 1, 24) * np.repeat(counts.sum(axis=1), 3),
        }
    )
    chances = meeting.chances(rows, counts).set_index("who")["value"]
    assert chances["neighbours"] - 1e-12 <= chances["users"] <= chances["anybody"] + 1e-12


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.booleans())
def test_zones_with_a_service_each_differ_in_nothing_from_services(seed, by_group):
    rng = np.random.default_rng(seed)
    counts = pd.DataFrame(rng.integers(0, 30, (8, 3)), columns=[*"abc"])
    rows = pd.DataFrame({"zone": range(8), "service": pd.Categorical([*"stuvwxyz"])})
    rows["people"] = rng.integers(0, 60, 8) * (rng.random(8) < 0.8)
    if by_group:
        people = rng.integers(0, 60, 8)
        rows = pd.concat([rows, rows.assign(people=people)]).assign(group=["a"] * 8 + ["b"] * 8)
    table = meeting.compare(rows, counts)
    assert table["difference"].dropna().abs().max() < 1e-12 or table["services"].isna().all()
    pd.testing.assert_series_equal(table["services"], table["zones"], check_names=False)


def test_messages_write_names_as_people_do():
    counts = pd.DataFrame({0: [1, 2]}, index=[10, 11])
    rows = pd.DataFrame({"zone": [10, 12], "service": [7, 7], "people": [1.0, 2.0]})
    with pytest.raises(ValueError, match=r"^zone 12 of the assignment"):
        meeting.users(rows, counts)
    with pytest.raises(ValueError, match=r"^-1.0 people of zone 10 use 7;"):
        meeting.users(rows.assign(people=[-1.0, 2.0]), counts)
    with pytest.raises(ValueError, match=r"^group 5 of the assignment"):
        meeting.users(rows.assign(zone=10, group=5), counts)
    with pytest.raises(ValueError, match=r"^counts name zone 10 twice"):
        meeting.users(rows, pd.concat([counts, counts]))


def test_groups_with_services_of_their_own_meet_only_each_other(town):
    """A council that puts second-language teaching into one school."""
    assignment, counts, _ = town
    own = [
        assignment.assign(group=g, people=counts.loc[assignment["zone"], g].to_numpy())
        for g in "abc"
    ]
    own[2]["service"] = own[2]["service"].where(own[2]["service"].isna(), "u")
    apart = pd.concat(own)
    mix = meeting.users(apart, counts)
    assert mix.loc["u", ["a", "b"]].sum() == 0
    table = meeting.by_service(apart, counts)
    assert table.loc["u", "different_users"] == 0
    assert table.loc["u", "role"] == "separates"
    neighbours_ = sum(
        counts.loc[z, "c"] * (1 - counts.loc[z, "c"] / counts.loc[z].sum())
        for z in assignment["zone"][assignment["service"].notna()]
    )
    members = counts.loc[assignment["zone"][assignment["service"].notna()], "c"].sum()
    assert table.loc["u", "different_neighbours"] == pytest.approx(neighbours_ / members)


def test_real_places_nobody_is_lost(helsinki):
    zones = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    zones = zones[zones["region"] == "helsinki_metro"]
    counts = zones[["hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]]
    counts = counts.where(counts >= 0)
    stops = gpd.read_file(helsinki / "public_transport_stops.gpkg").to_crs(3067).geometry[::200]
    costs = straight_line(zones.representative_point(), stops, limit=50_000)
    people = counts.sum(axis=1)
    assignment = access.assign(costs, people)
    mix = meeting.users(assignment, counts)
    np.testing.assert_allclose(mix.sum(), counts.dropna().sum())
    graph = neighbours.contiguity(zones.geometry)
    chances = meeting.chances(assignment, counts, graph).set_index("who")["value"]
    assert chances["neighbours"] < chances["adjacent"] < chances["anybody"]


def test_nobody_has_a_service(town):
    assignment, counts, graph = town
    nobody = assignment.assign(people=0.0)
    table = meeting.chances(nobody, counts, graph)
    assert table["value"].isna().all()
    assert set(table["note"]) == {"nobody has a service"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a, c: (a.drop(columns="people"), c), "needs a column 'people'"),
        (lambda a, c: (a.assign(people=-1.0), c), "-1.0 people of zone 'z0' use 's'"),
        (lambda a, c: (a.assign(people=np.nan), c), "nan people of zone"),
        (lambda a, c: (a, c.drop("z1")), "zone 'z1' of the assignment is not in counts"),
        (lambda a, c: (a, pd.concat([c, c])), "counts name zone 'z0' twice"),
        (lambda a, c: (a.assign(group="d"), c), "group 'd' of the assignment is not in counts"),
        (lambda a, c: (a, -c), "numbers of 0 or more"),
    ],
)
def test_mistakes(town, change, said):
    with pytest.raises(ValueError, match=said):
        meeting.by_service(*change(*town[:2]))


def test_a_zone_that_the_graph_lacks(town):
    assignment, counts, graph = town
    more = pd.concat([counts, counts.rename(index=lambda z: f"other {z}")])
    with pytest.raises(ValueError, match="zone 'other z0' is not in the graph"):
        meeting.chances(assignment, more, graph)
