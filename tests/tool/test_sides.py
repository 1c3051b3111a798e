"""No number of a few hidden people follows from sums over zones, taken from each other."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.access import Access, _gate
from kvarter.layers import Scenario, apply, load
from kvarter.layers.mapping import Attribute, LayersTable, ZonesLayer
from kvarter.sides import Follows, People, Told, changed, hidden_groups
from kvarter.study import About, Study, read

TOWN = Study(
    study=About(name="Town"),
    layers=LayersTable(zones=ZonesLayer(path="town.gpkg")),
    attributes={"age": Attribute(universe="persons", groups={"a": "a", "b": "b"})},
)


def test_what_changes_little_is_hidden_of_its_own_measure_and_between_two_plans():
    counts = pd.DataFrame({"a": [100, 30, 6], "b": [100, 30, 40]}, index=["near", "far", "new"])
    people, once = People.of(counts, None), np.ones((1, 3))

    def shown(near, places, *earlier):
        told, changes = Told(), {}
        for ways, many in earlier:
            told.add_figures({"nearest": np.array([ways], float), "places": once * many})
        for row, name, values in (
            ("mean", "nearest", near),
            ("median", "nearest", near),
            ("floating_catchment_mean", "places", once[0] * places),
        ):
            values = np.array(values, dtype=float)
            apart = told.differ(name, values[None])
            changes[row] = changed(people, apart, values, 10, mean=row.endswith("mean"))
        rows = pd.DataFrame(
            [(group, m, 7.0, "") for m in changes for group in counts],
            columns=["group", "measure", "value", "note"],
        )
        table = _gate(rows, counts, TOWN, Follows(changed=changes))
        return table.groupby("measure")["value"].count().to_dict()

    first, second = ((500, 3000, 2000), 1), ((500, 3000, 2000), 2)
    # The way of 6 of group a changes, and everybody's places: it is the way that is hidden.
    hides = {"floating_catchment_mean": 2, "mean": 0, "median": 0}
    assert shown((500, 3000, 900), 2, first) == hides
    assert shown(*second, first) == dict.fromkeys(hides, 2)
    # Beside another plan, too.
    assert shown((500, 3000, 900), 2, second)["mean"] == 0


def squares(folder, sizes, services, access):
    """Read a study of squares of 250 m, by column and row, each half of two groups."""
    rows = [
        {
            "id": f"z{x}{y}",
            "pop": people,
            "fi": fi,
            "sv": people - fi,
            "geometry": shapely.box(*at, *(np.add(at, 250))),
        }
        for (x, y), (people, fi) in sizes.items()
        for at in [(385_000 + 250 * x, 6_672_000 + 250 * y)]
    ]
    gpd.GeoDataFrame(rows, crs=3067).to_file(folder / "zones.gpkg")
    table = pd.DataFrame(services, columns=["id", "kind", "x", "y"])
    table.assign(x=385_125 + 250 * table["x"], y=6_672_125 + 250 * table["y"], cap=300).to_csv(
        folder / "services.csv", index=False
    )
    (folder / "study.toml").write_text(SQUARES + access)
    study = read(folder / "study.toml")
    return study, load(study.layers, study.attributes, {}, study.study.crs, folder)


SQUARES = """\
[study]
name = "Squares"
crs = "EPSG:3067"
[layers.zones]
path = "zones.gpkg"
id = "id"
population = "pop"
[attributes.language]
universe = "persons"
groups = { fi = "fi", sv = "sv" }
[layers.services]
path = "services.csv"
id = "id"
kind = "kind"
capacity = "cap"
x = "x"
y = "y"
crs = "EPSG:3067"
[access]
"""


def usual(size=6):
    """Give squares of 40 to 75 people, of whom 12 or more are of each group."""
    rng = np.random.default_rng(2)
    people = rng.integers(40, 76, (size, size))
    return {(x, y): (p, int(rng.integers(12, p - 11))) for (x, y), p in np.ndenumerate(people)}


def rows_of(table, kind, measure, attribute=""):
    mine = (table["service"] == kind) & (table["measure"] == measure)
    return table[mine & (table["attribute"] == attribute)].set_index("group")["value"]


def test_two_kinds_of_service_do_not_tell_who_lives_between_their_limits(tmp_path):
    sizes = usual() | {(2, 3): (3, 2), (5, 5): (9, 4), (0, 5): (9, 4)}
    # The kiosk is 30 m south of the library, and does not reach the square to its north.
    services = [("l", "library", 2, 2), ("k", "kiosk", 2, 2 - 0.12)]
    study, layers = squares(tmp_path, sizes, services, "limit = 260\nmeasures = []")
    for kinds, told in ((["library"], 0), (["kiosk"], 1), (["kiosk", "library"], 1)):
        asked = study.access.model_copy(update={"kinds": kinds})
        table = Access(layers, study.model_copy(update={"access": asked})).table(layers, None)
        # 3 people are within: all of them but those of the squares that are shown.
        shown = [rows_of(table, kind, "beyond_limit").notna().sum() for kind in kinds]
        assert sum(shown) == told
        for kind in kinds:
            assert rows_of(table, kind, "beyond_limit", "language").notna().sum() in (0, 2)


def test_the_number_between_two_limits_is_hidden_where_it_is_told_of_no_side(tmp_path):
    # In hidden squares live 12 within both limits, 3 between and many beyond both.
    small = {(2, 2): (6, 3), (1, 2): (6, 3), (2, 3): (3, 2), (5, 5): (9, 4), (0, 5): (9, 4)}
    services = [("l", "library", 2, 2), ("k", "kiosk", 2, 2 - 0.12)]
    study, layers = squares(tmp_path, usual() | small, services, "limit = 260\nmeasures = []")
    table = Access(layers, study).table(layers, None)
    assert rows_of(table, "kiosk", "beyond_limit").notna().all()
    assert rows_of(table, "library", "beyond_limit").isna().all()
    assert rows_of(table, "library", "share_within_limit").isna().all()


def test_a_few_who_move_in_do_not_vanish_behind_many_who_move_out(tmp_path):
    small = {(2, 2): (6, 3), (3, 2): (6, 3), (2, 3): (3, 2), (5, 5): (9, 4), (0, 5): (9, 4)}
    study, layers = squares(
        tmp_path, usual() | small, [("k", "kiosk", 2, 1.88)], "limit = 260\nmeasures = []"
    )
    near = Access(layers, study)
    near.table(layers, None)
    new = {"kind": "kiosk", "name": "new", "at": [385_625, 6_672_655]}
    table = near.table(
        apply(layers, Scenario(name="plan", close_service=["k"], add_service=[new])), None
    )
    # The square to its south, whose number is shown, is out, and 3 people to its north are in.
    assert rows_of(table, "kiosk", "beyond_limit").isna().all()


def test_what_was_told_before_is_told_again(tmp_path):
    small = {(5, 5): (9, 4)}
    study, layers = squares(
        tmp_path, usual() | small, [("k", "kiosk", 2, 1.88)], "limit = 260\nmeasures = []"
    )
    near = Access(layers, study)
    baseline = near.table(layers, None)
    # Nearer for the few in the corner alone.
    new = {"kind": "kiosk", "name": "new", "at": [387_000, 6_674_000]}
    table = near.table(apply(layers, Scenario(name="plan", add_service=[new])), None)
    assert rows_of(table, "kiosk", "mean").isna().any()
    again = near.table(apply(layers, Scenario(name="none")), None)
    pd.testing.assert_frame_equal(again, baseline)


def test_what_hides_another_group_of_its_zone_is_not_told_by_a_sum(tmp_path):
    # Of z22 neither group is shown, so that 4 do not follow from 50 and the 54 of the square.
    small = {(2, 2): (54, 50), (5, 5): (52, 47), (0, 5): (53, 48)}
    study, layers = squares(
        tmp_path, usual() | small, [("l", "library", 2, 2)], "limit = 260\nmeasures = []"
    )
    table = Access(layers, study).table(layers, None)
    assert rows_of(table, "library", "beyond_limit").notna().all()
    assert rows_of(table, "library", "beyond_limit", "language").isna().all()


def test_who_is_hidden_beside_a_group_is_not_what_its_number_leaves_of_the_zone():
    # Of the first zone a and b are hidden: were the 50 of a told by a sum, so were the 4 of b.
    counts = np.array([[50.0, 4, 30], [40, 8, 5], [60, 9, 9], [40, 40, 40]])
    hides = np.array([[1, 1, 0], [0, 1, 1], [1, 1, 1], [0, 0, 0]], dtype=bool)
    people, within = People(counts, hides), np.array([True, True, False, True])
    plus, minus = Told().split("", people, within)
    size = counts.sum(axis=0)
    alone = [hidden_groups(plus[[g]], minus[[g]], size[[g]], 10)[0] for g in range(3)]
    # Of b 12 are hidden within, beside 55 others, and beyond 9.
    assert alone == [True, True, True]
    plus, minus = Told().split("", People(counts[:2], hides[:2]), within[:2])
    alone = [hidden_groups(plus[[g]], minus[[g]], size[[g]], 10)[0] for g in range(3)]
    assert alone == [True, False, True]
    plus, minus = Told().split("", People(counts[:2], hides[:2], guarded=False), within[:2])
    assert not hidden_groups(plus[:1], minus[:1], size[:1], 10)[0]


@pytest.mark.parametrize(("people", "told"), [(400, False), (400_000, True)])
def test_two_means_tell_of_a_few_hidden_unless_rounding_leaves_them_open(people, told):
    # The way changes of 50 people in a zone that is shown, and of 6 in one that is not.
    counts = np.array([[people], [50.0], [6], [30]])
    hides = np.array([[False], [False], [True], [True]])
    before, after = (np.array([500.0, ways, ways, 900]) for ways in (900, 600))
    own = Told()
    own.add_figures({"nearest": before[None]})
    apart = own.differ("nearest", after[None])
    few = changed(People(counts, hides), apart, after, 10, mean=True)
    assert hidden_groups(few, few * 0, counts.sum(axis=0), 10)[0] != told


def test_the_number_of_all_does_not_follow_from_the_groups():
    counts = pd.DataFrame({"a": [60, 90], "b": [30, 90]}, index=["near", "far"])
    rows = pd.DataFrame(
        [(g, "beyond_limit", 90.0, "") for g in counts],
        columns=["group", "measure", "value", "note"],
    )
    assert _gate(rows, counts, TOWN)["value"].notna().all()
    assert _gate(rows, counts, TOWN, closed={"beyond_limit"})["value"].isna().sum() == 1


@pytest.mark.parametrize(("hidden", "shown"), [(3, False), (0, True)])
def test_places_over_those_who_share_do_not_tell_the_hidden_among_them(tmp_path, hidden, shown):
    # Around the library live four squares that are shown, and one of 3 or of nobody.
    sizes = usual() | {(2, 3): (hidden, hidden // 2)}
    study, layers = squares(tmp_path, sizes, [("l", "library", 2, 2)], "limit = 260")
    near = Access(layers, study)
    near.table(layers, None)
    why = near.ways["library"].why(pd.Series("", index=layers.zones[None].index))
    assert (why["z22"] == "") == shown
    # Who reaches no service has no places, and that tells of nobody.
    assert why["z55"] == ""


def test_indices_of_places_do_not_tell_the_number_within_that_is_hidden(tmp_path):
    # Theil's index of one catchment is ln(N / n), n being those within.
    study, layers = squares(
        tmp_path,
        usual() | {(2, 3): (3, 2), (5, 5): (9, 4), (0, 5): (9, 4)},
        [("l", "library", 2, 2)],
        "limit = 260",
    )
    near = Access(layers, study)
    table = near.table(layers, None)
    assert rows_of(table, "library", "beyond_limit").isna().all()
    assert rows_of(table, "library", "floating_catchment_mean").isna().all()
    own = near.unequal[near.unequal["variable"] == "floating_catchment"]
    assert len(own) > 3
    assert own["value"].isna().all()
    # The way is about everybody, and so are its indices.
    ways = near.unequal[near.unequal["variable"] == "nearest"].set_index("measure")["value"]
    assert ways["gini"] > 0
    assert np.isnan(ways["poverty_0"])
    # Without the three, all of it is told.
    study, layers = squares(tmp_path, usual(), [("l", "library", 2, 2)], "limit = 260")
    near = Access(layers, study)
    assert rows_of(near.table(layers, None), "library", "beyond_limit").notna().all()
    own = near.unequal[near.unequal["variable"] == "floating_catchment"]
    own = own.set_index("measure")["value"]
    people = layers.zones[None]["population"]
    within = people[near.ways["library"].nearest <= 260].sum()
    assert own["theil"] == pytest.approx(np.log(people.sum() / within), abs=6e-4)


def loop(weights, one, other, least):
    """Tell by the definition whether a part, or what follows from two, is small."""
    sides = [one, ~one]
    quarters = {(a, b): weights[(one == a) & (other == b)].sum() for a in (0, 1) for b in (0, 1)}
    for a, b in ((quarters[1, 0], quarters[0, 1]), (quarters[1, 1], quarters[0, 0])):
        if 0 < max(a, b) < least:
            return True
    return any(0 < weights[side].sum() < least for side in sides)


@pytest.mark.parametrize("apart", [False, True])
def test_sums_are_those_of_a_loop_over_zones_and_of_people_told_apart(apart):
    rng = np.random.default_rng(8)
    for _ in range(60):
        counts = rng.integers(0, 9, (6, 1)).astype(float)
        hides = rng.random((6, 1)) < 0.5
        one, other = rng.random((2, 6)) < 0.5
        people, told = People(counts, hides), Told()
        rows = [one, other]
        if apart:
            # Halves of each zone, with the same ways: nothing changes.
            people = People(np.vstack([counts / 2] * 2), hides)
            rows = [np.tile(row, 2) for row in rows]
        told.add_part("", people.part(rows[1]), np.array([True]))
        plus, minus = told.split("", people, people.part(rows[0]))
        found = hidden_groups(plus, minus, counts.sum(axis=0), 10)[0]
        concealed = counts[:, 0] * hides[:, 0]
        expected = loop(concealed, one, other, 10) or any(
            0 < counts[side].sum() < 10 for side in (one, ~one)
        )
        assert found == expected
