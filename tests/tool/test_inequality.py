"""Who is left behind: what is told follows the definitions, and tells of nobody few."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from kvarter.access import Access, Way, _gate
from kvarter.analyses import inequality as measures
from kvarter.autocorrelation import Autocorrelation
from kvarter.data.sample import folder
from kvarter.inequality import (
    TWICE,
    _above_all,
    gaps,
    rank,
    spread,
    twice_burdened,
    with_deciles,
)
from kvarter.layers import load
from kvarter.layers.disclosure import significant
from kvarter.layers.mapping import Attribute, LayersTable, ZonesLayer
from kvarter.left_behind import curve
from kvarter.segregation import TOO_FEW
from kvarter.shown import shown
from kvarter.study import About, Study, StudyError, read

STUDY = Study(
    study=About(name="Town"),
    layers=LayersTable(zones=ZonesLayer(path="town.gpkg")),
    attributes={
        "age": Attribute(universe="persons", groups={"a": "a", "b": "b"}),
        "income": Attribute(universe="persons", ordered=True, groups={"low": "l", "high": "h"}),
    },
)


def told(near, counts, least=10):
    near = pd.Series(near, index=counts.index, dtype=float)
    table = measures.by_group(near, counts, limit=1000).assign(unit="m")
    table = with_deciles(table, near, counts, "m", least)
    return table.pivot_table(index="group", columns="measure", values="value", dropna=False)


def test_tenths_are_rounded_and_of_enough_people():
    rng = np.random.default_rng(1)
    counts = pd.DataFrame({"a": rng.integers(20, 90, 60), "b": rng.integers(0, 9, 60)})
    near = rng.uniform(100, 4000, 60)
    shown = told(near, counts)
    for group in counts:
        # By definition: the least way up to which a tenth, or more of them, lies.
        each = np.sort(np.repeat(near, counts[group]))
        exact = [each[int(np.ceil(len(each) * n / 10 - 1e-9)) - 1] for n in range(1, 10)]
        told_ways = [shown.loc[group, f"decile_{n}"] for n in range(1, 10)]

        def safe(way, digits, each=each):
            same = significant(each, digits) - significant(way, digits)
            return (same == 0).sum() >= 10 and not 0 < (same > 0).sum() < 10

        for way, told_way in zip(exact, told_ways, strict=True):
            digits = [d for d in (3, 2, 1) if safe(way, d) and told_way == significant(way, d)]
            assert digits or np.isnan(told_way)
            # What may be told at all is, but where it would stand out of order.
            assert digits or not safe(way, 1) or group == "b"
        known = [way for way in told_ways if way == way]
        assert known == sorted(known)
    assert shown.loc["a", "median"] == shown.loc["a", "decile_5"]


def test_no_tenth_tells_that_a_few_live_in_a_zone():
    # 4 of b live in "far": were decile_9 told, its 2,940 m would say so.
    counts = pd.DataFrame({"a": [60, 60, 60], "b": [15, 15, 4]}, index=["x", "y", "far"])
    shown = told([310, 620, 2940], counts)
    assert shown.loc["a", "decile_9"] == 2940
    assert shown.loc["b", [f"decile_{n}" for n in (1, 2, 3, 4)]].tolist() == [300] * 4
    assert np.isnan(shown.loc["b", "decile_9"])
    # Nor does one that is not theirs, while fewer than ten lie above it.
    assert np.isnan(shown.loc["b", "decile_6"])


def test_a_gap_is_the_difference_of_published_means_and_lies_in_its_interval():
    rng = np.random.default_rng(2)
    near = pd.Series(rng.uniform(100, 4000, 80))
    catchment = pd.Series(rng.uniform(0, 1, 80))
    counts = pd.DataFrame(
        {"a": rng.poisson(20, 80), "b": rng.poisson(20 + near / 50), "c": rng.poisson(30, 80)}
    )
    way = Way("school", "walk", near, {"floating_catchment": catchment})
    table = measures.by_group(near, counts, limit=1000)
    for group in counts:
        mean = np.average(catchment, weights=counts[group])
        table.loc[len(table)] = [group, "floating_catchment_mean", mean, ""]
    table = _gate(table.assign(unit="m"), counts, STUDY)
    found = gaps(table, way, counts, STUDY, draw=True)
    for measure, of, sign in (
        ("gap_to_best", "mean", 1),
        ("floating_catchment_gap_to_best", "floating_catchment_mean", -1),
    ):
        mean = table[table["measure"] == of].set_index("group")["value"]
        rows = found[found["measure"] == measure].set_index("group")
        expected = (sign * mean) - (sign * mean).min()
        assert rows["value"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-9)
        assert (rows["ci_low"] <= rows["value"]).all()
        assert (rows["value"] <= rows["ci_high"]).all()
        assert set(rows["note"]) == {f"best off: {(sign * mean).idxmin()}"}
    # Those who live where ways are long: no chance.
    rows = found[found["measure"] == "gap_to_best"].set_index("group")
    assert rows.loc["b", "ci_low"] > 0
    exact = measures.gaps(near, counts, replicates=199).set_index("group")
    assert rows["ci_low"].to_numpy() == pytest.approx(exact["ci_low"].to_numpy(), abs=20)


def test_a_hidden_mean_has_no_gap_and_is_nobodys_best():
    counts = pd.DataFrame({"a": [4, 0], "b": [40, 90], "c": [50, 20], "d": [6, 2]})
    near = pd.Series([200.0, 900.0])
    table = _gate(measures.by_group(near, counts, limit=1000).assign(unit="m"), counts, STUDY)
    found = gaps(table, Way("school", "walk", near), counts, STUDY, draw=True).set_index("group")
    assert found.loc[["a", "d"], ["value", "ci_low", "ci_high"]].isna().all(axis=None)
    assert set(found.loc[["b", "c"], "note"]) == {"best off: c; no interval: too few zones"}


def unequal(near, counts, few=None, amounts=None, study=STUDY):
    near = pd.Series(near, index=counts.index, dtype=float)
    way = Way("school", "walk", near, amounts or {})
    groups = {"": pd.DataFrame({"": counts.sum(axis=1)}), "age": counts}
    table = pd.concat(
        [
            _gate(measures.by_group(near, part, limit=2000), part, study).assign(attribute=name)
            for name, part in groups.items()
        ]
    )
    order = pd.Series(np.arange(len(counts), dtype=float), counts.index)
    if few:
        own = (table["attribute"] == "") & (table["measure"] == few)
        table.loc[own, ["value", "note"]] = np.nan, TOO_FEW
    out = spread(way, groups, table, order, study)
    return out.set_index(["variable", "attribute", "measure"])


def test_figures_over_all_people_are_those_of_their_functions():
    rng = np.random.default_rng(4)
    counts = pd.DataFrame({"a": rng.poisson(20, 90), "b": rng.poisson(30, 90)})
    near, places = rng.uniform(50, 4000, 90), pd.Series(rng.uniform(0, 1, 90))
    found = unequal(near, counts, amounts={"floating_catchment": places})
    people, way = counts.sum(axis=1), pd.Series(near)
    order = pd.Series(np.arange(90.0))
    within = (way <= 2000).astype(float)
    parts = measures.theil_parts(way, counts).set_index("part")["value"]
    ranked = "income.low"
    for key, expected in {
        ("nearest", "", "gini"): measures.gini(way, people),
        ("nearest", "", "theil"): measures.theil(way, people),
        ("nearest", "", "poverty_0"): (people * (way > 2000)).sum() / people.sum(),
        ("nearest", ranked, "concentration_index"): measures.concentration_index(
            way, people, order
        ),
        ("within_limit", ranked, "concentration_index_erreygers"): measures.concentration_index(
            within, people, order, correction="erreygers", bounds=(0, 1)
        ),
        ("floating_catchment", "", "atkinson"): measures.atkinson(places, people),
        ("nearest", "age", "theil_between"): parts["between"],
        ("nearest", "age", "theil_within"): parts.loc["within"].iloc[0],
    }.items():
        assert found.loc[key, "value"] == pytest.approx(expected, abs=0.0006), key
    own = found.drop(index="age", level=1).dropna(subset="value")
    assert (own["ci_low"] <= own["value"] + 0.01).all()
    assert (own["value"] <= own["ci_high"] + 0.01).all()
    assert "amounts only" in found.loc[("nearest", "", "atkinson"), "note"]


def test_what_a_few_decide_is_hidden():
    counts = pd.DataFrame({"a": [60, 50, 4], "b": [60, 50, 3]}, index=["x", "y", "far"])
    found = unequal([300, 310, 9000], counts)
    # 7 people are beyond the limit, and whoever knew the sums over them would know it.
    for key in ("poverty_0", "poverty_1", "poverty_2"):
        assert np.isnan(found.loc[("nearest", "", key), "value"])
        assert np.isnan(found.loc[("nearest", "", f"relative_{key}"), "value"])
    assert found.loc["within_limit"]["value"].isna().all()
    assert found.loc[("nearest", "", "gini"), "value"] > 0
    # Where a plan, or another way of going, differs for those few, the mean is hidden.
    assert unequal([300, 310, 9000], counts, few="mean").loc["nearest"]["value"].isna().all()


def test_who_has_no_way_is_beyond_the_limit_and_in_no_mean():
    counts = pd.DataFrame({"a": [60, 50], "b": [60, 50]}, index=["x", "island"])
    found = unequal([300, np.nan], counts)
    assert found.loc[("nearest", "", "poverty_0"), "value"] == pytest.approx(100 / 220)
    assert found.loc[("nearest", "", "gini"), "note"] == "some have no way to any service"
    poverty = found.loc[("nearest", "", "poverty_1")]
    assert np.isnan(poverty["value"])
    assert poverty["note"] == "line: 2000 m; some have no way to any service"


def test_a_share_below_a_relative_line_stands_in_steps():
    rng = np.random.default_rng(4)
    counts = pd.DataFrame({"a": rng.poisson(5, 90), "b": rng.poisson(5, 90)})
    found = unequal(rng.uniform(50, 4000, 90), counts)
    share = found.loc[("nearest", "", "relative_poverty_0"), "value"]
    # 900 people: steps of 5 in a hundred are the least of 20 people or more.
    assert share / 0.05 == pytest.approx(round(share / 0.05))


def test_a_curve_tells_no_zone_of_it():
    rng = np.random.default_rng(7)
    values, people = pd.Series(rng.uniform(0, 9, 400)), pd.Series(rng.integers(1, 9, 400))
    drawn = measures.lorenz_curve(values, people)
    total = people.sum()
    shown = curve(drawn, total, 10, (100, 2))
    assert np.diff(shown.index).min() * total >= 20 - 1e-3
    assert shown.to_numpy() == pytest.approx(
        np.interp(shown.index, drawn["people"], drawn["value"]), abs=0.0006
    )
    assert curve(drawn, 70, 10, (100, 2)).empty


@pytest.fixture(scope="module")
def sample():
    path = folder() / "study.toml"
    study = read(path)
    layers = load(
        study.layers,
        study.attributes,
        study.variables,
        study.study.crs,
        path.parent,
        modes=study.access.on_streets,
    )
    return study, layers


def test_zones_stand_in_the_order_that_the_study_says(sample):
    study, layers = sample
    year = layers.latest
    counts = layers.counts("income", year)
    share = counts["low"] / counts.sum(axis=1)
    order = rank(layers, study, year)
    assert study.ranked_by == "income.low"
    assert order.idxmin() == share.idxmax() or share[order.idxmin()] == share.max()
    turned = study.model_copy(
        update={"access": study.access.model_copy(update={"ranked_by": "-income.low"})}
    )
    pd.testing.assert_series_equal(rank(layers, turned, year), -order)


def test_areas_twice_burdened_are_published_ones_far_from_a_service(sample):
    study, layers = sample
    year = layers.latest
    few = {"kinds": ["day_care", "library"], "mode": ["walk"], "groups": [], "measures": []}
    study = study.model_copy(update={"access": study.access.model_copy(update=few)})
    near = Access(layers, study)
    near.table(layers, year)

    def listed(layers):
        shares, _why = shown(layers, study, year)
        return twice_burdened(Autocorrelation(layers, study), near.ways, shares, layers, study)

    found = listed(layers)
    assert list(found) == TWICE
    assert len(found)
    assert (found["people"] >= study.study.min_count).all()
    assert (found["p_adjusted"] <= study.autocorrelation.alpha).all()
    shares = shown(layers, study, year)[0]["income"]["low"]
    assert (shares.reindex(found["zone"]).to_numpy() == found["figure"].to_numpy()).all()
    # High beside all people, not beside the mean of zones, which may be lower.
    counts = layers.counts("income", year)
    assert (found["figure"] > counts["low"].sum() / counts.sum().sum()).all()
    for row in found.itertuples():
        way = near.ways[near.name(row.service, row.mode)].nearest
        assert way[row.zone] > way[shares.notna()].mean()
    # Nothing of a zone whose share is hidden enters, but that it is hidden.
    zones = layers.zones[year].copy()
    hides = shares.isna() & (zones["income.low"] > 0) & (zones["income.high"] > 1)
    zone = zones.index[hides & (zones["income.low"] < 5)][0]
    zones.loc[zone, ["income.low", "income.high"]] += [1, -1]
    other = replace(layers, zones={**layers.zones, year: zones})
    assert shown(other, study, year)[0]["income"]["low"].isna()[zone]
    pd.testing.assert_frame_equal(listed(other), found)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_small_zones_share_does_not_make_the_others_high(sample, sign):
    study, layers = sample
    alike, zones = Autocorrelation(layers, study), layers.zones[layers.latest].index
    whole = pd.Series(10.0, index=zones)
    whole.iloc[0] = 90_000.0
    share = pd.Series(0.1, index=zones)
    share.iloc[0], share.iloc[1] = 0.3, 0.4
    high = _above_all(alike, layers.latest, sign * share, sign * share * whole, whole)
    # The mean of zones is near 0.1, and the share of all people near 0.3.
    assert high.iloc[1] == (sign == 1)
    assert high.iloc[2:].all() == (sign == -1)


def test_an_unknown_order_is_refused(tmp_path):
    text = (folder() / "study.toml").read_text(encoding="utf-8")
    path = tmp_path / "study.toml"
    path.write_text(text.replace("[access]\n", '[access]\nranked_by = "income.lwo"\n'))
    with pytest.raises(StudyError, match=r"Did you mean 'income\.low'"):
        read(path)
