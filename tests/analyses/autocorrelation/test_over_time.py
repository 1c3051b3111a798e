import itertools

import esda
import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.autocorrelation import TOO_FEW, local_g, local_moran, over_time
from kvarter.geo import neighbours

YEARS = list(range(2014, 2020))


@pytest.fixture(scope="module")
def income(patchy: tuple) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    return pd.DataFrame({year: patchy[0] + rng.normal(0, 2, 64) for year in YEARS})


def test_paths_are_the_quadrants_of_esda(income: pd.DataFrame, patchy: tuple) -> None:
    graph = patchy[1]
    found = over_time.paths(income, graph)
    assert found.columns.tolist() == YEARS
    quadrant = {1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}
    for year in YEARS:
        q = esda.Moran_Local(income[year], graph, permutations=0).q
        expected = pd.Series([quadrant[k] for k in q], income.index)
        expected["z23"] = ""  # an island
        assert found[year].tolist() == expected.tolist()
    holes = income.copy()
    holes.loc["z0", 2016] = np.nan
    assert over_time.paths(holes, graph).loc["z0"].eq("").tolist() == [y == 2016 for y in YEARS]


def test_paths_of_significant_zones_are_those_of_local_moran(income, patchy) -> None:
    options = {"permutations": 199, "alpha": 0.1, "adjust": None, "seed": 3}
    found = over_time.paths(income, patchy[1], significant=True, **options)
    for year in YEARS:
        assert found[year].equals(local_moran(income[year], patchy[1], **options)["cluster"])
    table = over_time.transitions(found)
    assert len(table) == 25
    assert "not significant" in set(table["origin"])


def test_transitions_against_a_plain_loop(income: pd.DataFrame, patchy: tuple) -> None:
    paths = over_time.paths(income, patchy[1])
    paths.loc["z4", 2015] = ""
    count: dict[tuple, int] = {}
    for _, path in paths.iterrows():
        for step in itertools.pairwise(path):
            if "" not in step:
                count[step] = count.get(step, 0) + 1
    table = over_time.transitions(paths)
    assert len(table) == 16
    found = table.set_index(["origin", "destination"])
    for step, number in count.items():
        of_all = sum(n for (origin, _), n in count.items() if origin == step[0])
        assert found.loc[step, "count"] == number
        assert found.loc[step, "share"] == pytest.approx(number / of_all)
    assert table["count"].sum() == sum(count.values()) == 63 * 5 - 2
    nothing = over_time.transitions(paths.head(0))
    assert nothing["count"].sum() == 0
    assert nothing["share"].isna().all()


def plain_s(x: list) -> int:
    return sum((b > a) - (b < a) for a, b in itertools.combinations(x, 2))


@pytest.mark.parametrize("x", [[1, 2, 3], [3, 1, 2, 4], [1, 1, 2, 5, 4], [2, 2, 1, 1, 2, 3, 0]])
def test_trend_over_all_orders(x: list) -> None:
    found = over_time.trend(pd.DataFrame([x])).iloc[0]
    s = plain_s(x)
    drawn = [abs(plain_s(list(order))) for order in itertools.permutations(x)]
    assert found["s"] == s
    assert found["p_value"] == pytest.approx(np.mean([d >= abs(s) for d in drawn]))
    assert found["tau"] == pytest.approx(scipy.stats.kendalltau(range(len(x)), x).statistic)


def test_trend_of_three_years_is_never_significant() -> None:
    found = over_time.trend(pd.DataFrame([[1, 2, 3], [3, 2, 1], [1, 3, 2]]))
    np.testing.assert_allclose(found["p_value"], [1 / 3, 1 / 3, 1])
    assert set(found["note"]) == {"3 years are too few to tell a trend from chance"}
    five = over_time.trend(pd.DataFrame([range(5)]))
    assert five["note"].item() == ""
    assert five["p_value"].item() == pytest.approx(2 / 120)


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 20).flatmap(lambda n: st.permutations(range(n))))
def test_trend_is_kendalls_of_scipy(x: list) -> None:
    found = over_time.trend(pd.DataFrame([x])).iloc[0]
    expected = scipy.stats.kendalltau(range(len(x)), x, method="exact")
    assert found["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert found["tau"] == pytest.approx(expected.statistic)
    turned = over_time.trend(pd.DataFrame([[-3.0 * v for v in x]])).iloc[0]
    assert turned["s"] == -found["s"]
    assert turned["p_value"] == found["p_value"]


def test_trend_of_many_years_with_equal_values() -> None:
    rng = np.random.default_rng(8)
    x = rng.integers(0, 9, 30) + np.arange(30) // 6
    found = over_time.trend(pd.DataFrame([x])).iloc[0]
    ties = np.unique(x, return_counts=True)[1]
    variance = (30 * 29 * 65 - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    s = plain_s(x.tolist())
    assert found["s"] == s
    assert found["p_value"] == pytest.approx(2 * scipy.stats.norm.sf((abs(s) - 1) / variance**0.5))
    # At the seam between the two ways they are nearly the same.
    x = [4, 9, 2, 1, 7, 7, 3, 5, 2, 8, 6, 4, 9, 5, 7, 8, 4, 9, 6, 8]
    exact = over_time.trend(pd.DataFrame([x]))["p_value"].item()
    ties = np.unique(x, return_counts=True)[1]
    variance = (20 * 19 * 45 - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    near = 2 * scipy.stats.norm.sf((abs(plain_s(x)) - 1) / variance**0.5)
    assert exact == pytest.approx(near, rel=0.05)


def test_trend_leaves_out_missing_years_and_gives_reasons() -> None:
    nan = np.nan
    frame = pd.DataFrame(
        [[1, nan, 2, 4, 3], [nan, nan, 1, 2, nan], [5, 5, 5, 5, 5], [nan] * 5], index=[*"abcd"]
    )
    found = over_time.trend(frame)
    whole = over_time.trend(pd.DataFrame([[1, 2, 4, 3]])).iloc[0]
    assert (
        found.loc["a", ["s", "tau", "p_value"]].tolist() == whole[["s", "tau", "p_value"]].tolist()
    )
    assert found["years"].tolist() == [4, 2, 5, 0]
    few, same = "fewer than three years with a value", "the same value every year"
    assert found["note"].tolist()[1:] == [few, same, few]
    assert found.loc[[*"bcd"], ["s", "tau", "p_value", "p_adjusted"]].isna().all(axis=None)


def test_trends_of_noise_are_found_as_often_as_the_level_says() -> None:
    noise = pd.DataFrame(np.random.default_rng(9).normal(size=(4000, 8)))
    found = over_time.trend(noise)
    # The highest level of 8 years that is 5 % or less.
    s = np.arange(1, 29)
    p = np.array([over_time._p_of_trend(8, int(k), [1] * 8)[0] for k in s])
    level = p[p <= 0.05].max()
    low, high = scipy.stats.binom.interval(0.999, 4000, level)
    assert low <= (found["p_value"] <= 0.05).sum() <= high
    assert (found["p_adjusted"] <= 0.05).mean() < 0.01


def plain_pattern(side: list, trend: int) -> str:
    """Name the pattern of years, 1 where hot and −1 where cold, by the table's words."""
    standing = [s for s in side if s]
    if not standing:
        return "no pattern"
    own = standing[-1]
    here = [s == own for s in side]
    name = "hot spot" if own > 0 else "cold spot"
    if here[-1] and sum(here) / len(here) >= 0.9:
        return {1: "strengthening", -1: "fading", 0: "lasting"}[trend * own] + " " + name
    if -own in side:
        return f"oscillating {name}"
    if here[-1] and all(here[here.index(True) :]):
        return f"new {name}"
    if not here[-1] and sum(here[:-1]) / (len(here) - 1) >= 0.9:
        return f"fading {name}"
    return f"sporadic {name}"


@pytest.mark.parametrize("years", [3, 5])
def test_patterns_by_their_words(years: int) -> None:
    sides = list(itertools.product([-1, 0, 1], repeat=years))
    for trend in (-1, 0, 1):
        found = over_time._patterns(
            np.array(sides), np.full(len(sides), years), np.full(len(sides), float(trend))
        )
        assert found.tolist() == [plain_pattern(list(side), trend) for side in sides]
        # Years that are not known stand at the end.
        longer = np.pad(np.array(sides), ((0, 0), (0, 2)))
        short = np.full(len(sides), years)
        again = over_time._patterns(longer, short, np.full(len(sides), float(trend)))
        assert again.tolist() == found.tolist()
    assert set(found) <= {*over_time.PATTERNS, "no pattern"}


def test_nine_of_ten_years_are_enough() -> None:
    side = np.array([[1, 1, 0, 1, 1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 1, 1, 1, 1, 1, 1]])
    found = over_time._patterns(side, np.full(2, 10), np.zeros(2))
    assert found.tolist() == ["lasting hot spot", "sporadic hot spot"]


def test_patterns_of_a_map(cells) -> None:
    geometry = cells(15, 15)
    graph = neighbours.contiguity(geometry)
    x, y = np.divmod(np.arange(225), 15)
    rng = np.random.default_rng(10)
    west, east, south = (x < 4) & (y > 9), (x > 10) & (y > 9), (y < 4) & (x > 4) & (x < 10)
    years = {
        year: 10
        + rng.normal(0, 0.5, 225)
        + 6 * west * (1 + (year - 2010) / 30)
        + 9 * east * (year > 2016)
        - 6 * south
        for year in range(2010, 2019)
    }
    values = pd.DataFrame(years, index=geometry.index)
    options = {"permutations": 999, "most": 9999, "seed": 1}
    found = over_time.patterns(values, graph, **options)
    names = found["pattern"]
    assert set(names[(y == 14) & (x == 13)]) == {"new hot spot"}
    assert set(names[(y == 14) & (x == 1)]) == {"lasting hot spot"}
    assert set(names[(y == 1) & (x == 7)]) == {"lasting cold spot"}
    assert (names[(x == 7) & (y == 8)] == "no pattern").all()
    one = local_g(values[2012], graph, star=True, **options)
    every = [local_g(values[year], graph, star=True, **options) for year in values]
    assert one["z"].equals(every[2]["z"])
    hot = sum((f["cluster"] == "hot spot").astype(int) for f in every)
    assert found["hot_years"].tolist() == hot.tolist()
    scores = pd.DataFrame({year: f["z"] for year, f in zip(values, every, strict=True)})
    pd.testing.assert_frame_equal(
        found[["s", "tau", "p_value", "p_adjusted"]],
        over_time.trend(scores)[["s", "tau", "p_value", "p_adjusted"]],
    )


def test_a_spot_that_grows_is_strengthening(cells) -> None:
    geometry = cells(15, 15)
    x, y = np.divmod(np.arange(225), 15)
    noise, west = np.random.default_rng(10).normal(0, 0.5, 225), (x < 4) & (y > 9)
    values = pd.DataFrame(
        {year: noise + west * (1 + year - 2010) for year in range(2010, 2019)}, geometry.index
    )
    graph = neighbours.contiguity(geometry)
    for sign, spot in ((1, "hot"), (-1, "cold")):
        found = over_time.patterns(sign * values, graph, permutations=999, adjust=None)
        here = found["pattern"][(x == 1) & (y == 13)].item()
        assert here == f"strengthening {spot} spot"


def test_patterns_leave_out_what_is_not_known(income: pd.DataFrame, patchy: tuple) -> None:
    holes = income.copy()
    holes.loc["z0", [2014, 2016]] = np.nan
    holes.loc["z1", YEARS[:4]] = np.nan
    found = over_time.patterns(holes, patchy[1], permutations=99)
    assert found.loc["z0", "years"] == 4
    assert found.loc["z0", "pattern"] != ""
    for zone in ("z1", "z23"):
        assert found.loc[zone, "pattern"] == ""
        assert found.loc[zone, "note"] == "fewer than three years with a value"


@pytest.mark.parametrize("label", [int, str, pd.Timestamp])
def test_years_out_of_order_are_put_in_order(label, income, patchy) -> None:
    years = [label(str(year)) for year in YEARS]
    told = income.set_axis(years, axis=1)
    mixed = told[[years[k] for k in (3, 0, 5, 1, 4, 2)]]
    pd.testing.assert_frame_equal(over_time.trend(mixed), over_time.trend(told))
    paths, straight = (over_time.paths(frame, patchy[1]) for frame in (mixed, told))
    pd.testing.assert_frame_equal(paths, straight)
    turned = straight[straight.columns[::-1]]
    pd.testing.assert_frame_equal(over_time.transitions(turned), over_time.transitions(straight))
    options = {"permutations": 99, "adjust": None}
    found = over_time.patterns(mixed, patchy[1], **options)
    pd.testing.assert_frame_equal(found, over_time.patterns(told, patchy[1], **options))


def test_years_that_are_names_stay_as_they_are() -> None:
    told = pd.DataFrame([[1, 2, 3]], columns=["war", "peace", "after"])
    assert over_time.trend(told)["s"].item() == 3


def test_a_note_where_no_trend_could_pass_among_so_many() -> None:
    rng = np.random.default_rng(4)
    noise = pd.DataFrame(rng.normal(size=(300, 5)))
    noise.iloc[0] = range(5)
    found = over_time.trend(noise)
    assert set(found["note"]) == {
        "5 years are too few to tell a trend from chance among so many zones"
    }
    assert set(over_time.trend(noise, adjust=None)["note"]) == {""}
    # Where enough zones rise, one more could pass.
    noise.iloc[:150] = range(5)
    assert set(over_time.trend(noise)["note"]) == {""}
    assert "too few" in over_time.trend(noise, adjust="bonferroni")["note"].iloc[0]


def test_patterns_of_rates_leave_out_years_of_too_few(cells) -> None:
    geometry = cells(12, 12)
    x, y = np.divmod(np.arange(144), 12)
    rng = np.random.default_rng(3)
    years = range(2015, 2020)
    people = pd.DataFrame(1000.0, index=geometry.index, columns=years)
    people.loc["z13", 2016:] = 12.0
    people.loc["z14", 2016] = 12.0
    share = (0.1 + 0.3 * ((x < 5) & (y < 5)))[:, None]
    events = pd.DataFrame(rng.binomial(people.astype(int), share), people.index, years)
    graph = neighbours.contiguity(geometry)
    found = over_time.patterns(events, graph, population=people, most=9999)
    assert found["small"].tolist() == (found.index == "z13").tolist()
    assert found.loc["z13", "pattern"] == TOO_FEW
    assert found.loc["z13", "note"].startswith("small population")
    assert found.loc["z14", ["years", "pattern"]].tolist() == [4, "lasting hot spot"]
    assert found.loc["z26", ["years", "pattern"]].tolist() == [5, "lasting hot spot"]
    with pytest.raises(ValueError, match="the same zones and years"):
        over_time.patterns(events, graph, population=people[::-1])


def test_mistakes(income: pd.DataFrame, patchy: tuple) -> None:
    graph = patchy[1]
    with pytest.raises(ValueError, match="there are 2 years; give three or more"):
        over_time.patterns(income[YEARS[:2]], graph)
    twice = income.set_axis([*YEARS[:5], 2014], axis=1)
    for function in (over_time.paths, over_time.patterns):
        with pytest.raises(ValueError, match="year 2014 is there twice"):
            function(twice, graph)
    with pytest.raises(ValueError, match="year 2014 is there twice"):
        over_time.trend(twice)
    for alpha in (0, 5, np.nan):
        with pytest.raises(ValueError, match="alpha is"):
            over_time.trend(income, alpha=alpha)
    with pytest.raises(ValueError, match="adjust is 'holm'"):
        over_time.trend(income, adjust="holm")
