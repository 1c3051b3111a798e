"""Pages in a real Chromium: they draw, ask nobody, and run nothing that comes from data."""

import json
import os
import shutil
import time
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.maps import Chance, Page, Words, choropleth, clusters, hot_spots, reach, save
from kvarter.maps.classes import breaks, classify, ranges
from kvarter.maps.palettes import SPOTS

HOSTILE = "<script>window.ran=1</script>${window.ran=1}`'\"</style>\u2028{{ 7*7 }}"


@pytest.fixture(scope="module")
def browser():
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        if os.environ.get("CI"):
            pytest.fail("CI needs Debian's chromium and chromium-driver")
        pytest.skip("needs Debian's chromium and chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for word in (
        *("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
        *("disable-sync", "disable-background-networking", "disable-component-update"),
        "disable-dev-shm-usage",
    ):
        options.add_argument(f"--{word}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_window_size(1200, 900)
    yield driver
    driver.quit()


@pytest.fixture
def town():
    cells = [shapely.box(x, y, x + 250, y + 250) for y in (0, 250, 500) for x in (0, 250, 500)]
    zones = gpd.GeoDataFrame({"name": [f"z{n}" for n in range(9)]}, geometry=cells, crs=3067)
    zones = zones.set_geometry(zones.translate(385000, 6672000))
    zones.loc[0, "name"] = HOSTILE
    values = pd.DataFrame({"low": np.linspace(0.1, 0.9, 9), "high": np.linspace(0.9, 0.1, 9)})
    reason = pd.DataFrame("", index=values.index, columns=values.columns)
    reason.iloc[4] = "hidden"
    return zones, values.mask(reason != ""), reason


def page(language="en"):
    words = Words(language)
    return Page(words, HOSTILE, HOSTILE, (HOSTILE,), (HOSTILE,))


def opened(browser, path):
    """Open a page; fail on an error in it and on any request that leaves it."""
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(path.as_uri())
    errors = [
        entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"
    ]
    assert errors == []
    asked = [
        message["params"]["request"]["url"]
        for message in (
            json.loads(e["message"])["message"] for e in browser.get_log("performance")
        )
        if message["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert browser.execute_script("return window.ran") is None
    return browser


@pytest.mark.parametrize(
    ("language", "hidden"),
    [
        ("en", "too few people to show"),
        ("fi", "liian pieni ryhmä näytettäväksi"),
        ("sv", "för få personer för att visas"),
    ],
)
def test_a_choropleth_draws_switches_and_shows_texts_as_text(
    browser, town, tmp_path, language, hidden
):
    zones, values, reason = town
    labels = {"low": HOSTILE, "high": "high"}
    chart = choropleth(
        zones, values, page=page(language), labels=labels, reason=reason, heading="h", percent=True
    )
    path = tmp_path / "map.html"
    save(chart, path)
    opened(browser, path)
    assert browser.execute_script("return document.documentElement.dataset.ready") == "yes"
    assert browser.execute_script("return document.documentElement.lang") == language
    assert "<script>window.ran" in browser.title
    legend = browser.find_element("id", "legend")
    assert hidden in legend.text.lower()
    rows = browser.find_element("id", "rows").get_attribute("textContent")
    assert "<script>window.ran=1</script>${window.ran=1}`" in rows
    assert hidden in rows.lower()
    assert "{{ 7*7 }}" in rows
    before = browser.find_element("css selector", "#rows tbody").get_attribute("textContent")
    browser.execute_script(
        "var s = document.getElementById('what'); s.value = 1;"
        "s.dispatchEvent(new Event('change'));"
    )
    after = browser.find_element("css selector", "#rows tbody").get_attribute("textContent")
    assert before != after
    assert browser.execute_script("return window.ran") is None


@pytest.mark.parametrize("width", [1200, 500])
def test_the_legend_lies_beside_or_below_the_map(browser, town, tmp_path, width):
    zones, values, reason = town
    labels = {"low": "low", "high": "high"}
    chart = choropleth(
        zones, values, page=page(), labels=labels, reason=reason, heading="h", percent=True
    )
    save(chart, tmp_path / "map.html")
    browser.set_window_size(width, 800)
    opened(browser, tmp_path / "map.html")
    chart, legend = (
        browser.execute_script(f"return document.querySelector('{name}').getBoundingClientRect()")
        for name in (".folium-map", "#legend")
    )
    browser.set_window_size(1200, 900)
    beside = legend["left"] >= chart["right"]
    below = legend["top"] >= chart["bottom"]
    assert (beside, below) == ((True, False) if width > 640 else (False, True))
    assert min(chart["width"], chart["height"]) >= 240
    credit = browser.find_element("css selector", ".leaflet-control-attribution")
    assert (credit.text, credit.find_elements("css selector", "*")) == ("Leaflet", [])


def test_zones_of_one_name_are_told_apart_by_their_ids(town, tmp_path):
    zones, values, reason = town
    zones["name"] = ["North"] * 8 + ["South"]
    labels = {"low": "low", "high": "high"}
    chart = choropleth(zones, values, page=page(), labels=labels, reason=reason, heading="h")
    save(chart, tmp_path / "map.html")
    text = (tmp_path / "map.html").read_text()
    payload = json.loads(text.split('id="payload">')[1].split("</script>")[0])
    assert payload["names"] == [*(f"North ({n})" for n in range(8)), "South"]


@pytest.mark.parametrize(("percent", "decimals"), [(True, 2), (False, 4)])
def test_neighbouring_classes_never_share_an_end(percent, decimals):
    values = np.array([0.001, 0.0096, 0.0104, 0.0113, 0.0117, 0.02])
    texts, digits = ranges(values, [0.0096, 0.0113, 0.02], Words("en"), percent=percent)
    ends = [text.split(" – ") for text in texts]
    assert all(one[-1] != two[0] for one, two in pairwise(ends))
    assert digits == decimals


_PANE = "return getComputedStyle(document.querySelector('.leaflet-map-pane')).transform"


def press(browser, *keys):
    """Press keys on the map, one after the other."""
    from selenium.webdriver.common.keys import Keys

    chart = browser.find_element("css selector", ".folium-map")
    for key in keys:
        chart.send_keys(getattr(Keys, key.upper(), key))
        # A key that comes while the map still glides is not heard.
        before = None
        while (now := browser.execute_script(_PANE)) != before:
            before = now
            time.sleep(0.4)


def tip(browser):
    """Give what is told of the zone that is open."""
    return browser.find_element("id", "tip").text


def test_clusters_and_reach_draw(browser, town, tmp_path):
    zones, values, reason = town
    classes = pd.DataFrame("not significant", index=values.index, columns=values.columns)
    classes.loc[0, "low"] = "high-high"
    classes.loc[1, "low"] = ""
    labels = {"low": "low", "high": "high"}
    p_value = pd.DataFrame(0.5, index=values.index, columns=values.columns)
    p_value.loc[[0, 2], "low"] = [0.001, 0.05]
    people = pd.Series(500.0, index=values.index).mask(values.index == 7)
    chart = clusters(
        zones,
        classes,
        values=values,
        around=values.round(1),
        p_value=p_value,
        small=values > 0.85,
        page=page(),
        labels=labels,
        reason=reason,
        summary={"low": HOSTILE},
        percent=True,
        chance=Chance(people, (values - 0.02).clip(0), values + 0.1, whole=True),
    )
    save(chart, tmp_path / "clusters.html")
    text = opened(browser, tmp_path / "clusters.html").find_element("id", "legend").text
    assert "High, and high around it\n(1)" in text.replace(" (1)", "\n(1)")
    rows = browser.find_element("id", "rows").get_attribute("textContent")
    told = (
        "Of 500 people: chance alone moves a share of so many between 8.0% and 20.0% · Mean of "
        "the neighbours shown: 10.0% · By chance alone, not adjusted for the number of zones: at "
        "most once in 1,000 maps"
    )
    assert f"High, and high around it · Own figure: 10.0% · {told}" in rows
    # Of hidden zones, of those without a figure of people, and of those without a class, nothing.
    payload = json.loads(browser.find_element("id", "payload").get_attribute("textContent"))
    ends = payload["variables"][0]["interval"]
    assert ends["zones"] == [0, 2, 3, 5, 6, 8]
    assert [len(ends[name]) for name in ("people", "low", "high")] == [6, 6, 6]
    assert "at most once in 20 maps; which is to be expected among so many zones" in rows
    assert rows.count("says more about chance") == 1
    # The keyboard opens the zone in the middle, which is hidden here, and then one beside it.
    press(browser, "Enter")
    assert "too few" in tip(browser)
    press(browser, *["ARROW_LEFT"] * 2, "Enter")
    assert "Own figure" in tip(browser)
    press(browser, "Escape")
    assert not browser.find_element("id", "tip").is_displayed()
    services = gpd.GeoDataFrame(
        {"kind": ["library"], "name": [HOSTILE], "capacity": [np.nan]},
        geometry=gpd.points_from_xy([385300], [6672300]),
        crs=3067,
    )
    costs = pd.DataFrame({"library": [*range(0, 800, 100), np.nan]})
    chart = reach(
        zones,
        costs,
        services,
        page=page(),
        labels={"library": "library"},
        kinds={"library": ("library", "library")},
        modes={"library": "walk"},
        limits={"library": 1000.0},
        unit="m",
        reason=pd.Series("", index=zones.index),
    )
    save(chart, tmp_path / "reach.html")
    text = opened(browser, tmp_path / "reach.html").find_element("id", "legend").text
    assert "More than 1,000 m\n(0)" in text
    assert "No way leads to any\n(1)" in text


def keyed(browser, town, tmp_path, hidden=(), **more):
    """Open a map of shares whose zones z1, z2, … z8 lie in rows from the south-west."""
    zones, values, reason = town
    for number in hidden:
        reason.loc[number, "low"] = "hidden"
    zones = zones.assign(name=[f"z{n}" for n in (10, *range(1, 9))], **more)
    labels = {"low": "low", "high": "high"}
    keep = zones.index != 4
    chart = choropleth(
        zones[keep],
        values[keep],
        page=page(),
        labels=labels,
        reason=reason[keep],
        heading="h",
        percent=True,
    )
    save(chart, tmp_path / "map.html")
    opened(browser, tmp_path / "map.html")


def said(browser):
    """Give what a screen reader is told."""
    region = browser.find_element("id", "said")
    assert region.get_attribute("role") == "status"
    return region.get_attribute("textContent")


def sight(browser):
    """Give the middle of the map, and what is in sight of it, in degrees."""
    return browser.execute_script(
        "var map = window[Object.keys(window).find(function (k) { return /^map_/.test(k); })];"
        "var b = map.getBounds(), c = map.getCenter();"
        "return [[c.lng, c.lat], [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]];"
    )


def test_a_key_leads_from_one_zone_that_stands_out_to_the_next(browser, town, tmp_path):
    zones, values, reason = town
    # A far zone, which on a map of all is too small to see.
    zones = zones.set_geometry(
        zones.geometry.where(zones.index != 8, zones.geometry.translate(400_000, 0))
    )
    classes = pd.DataFrame("not significant", index=values.index, columns=values.columns)
    classes.loc[[2, 8], "low"] = "high-high", "low-low"
    classes.loc[3, "low"] = "too few people"
    chart = clusters(
        zones,
        classes,
        values=values,
        around=values,
        p_value=values * 0 + 0.01,
        small=classes == "too few people",
        page=page(),
        labels={"low": "Low", "high": "High"},
        reason=reason,
        summary={},
        percent=True,
    )
    save(chart, tmp_path / "map.html")
    opened(browser, tmp_path / "map.html")
    assert "N and Shift+N lead" in browser.find_element("tag name", "footer").text
    wide = sight(browser)[1]
    names = []
    for key in ("n", "n", "n", "N"):
        press(browser, key)
        names.append(said(browser).partition(".")[0])
    assert names == ["z2", "z8", "z2", "z8"]
    (middle, near) = sight(browser)
    assert near[2] - near[0] < (wide[2] - wide[0]) / 10
    assert near[0] < middle[0] < near[2]


def test_keys_lead_from_zone_to_zone_and_tell_of_each(browser, town, tmp_path):
    keyed(browser, town, tmp_path)
    assert "Page Down" in browser.find_element("tag name", "footer").text
    press(browser, "Page_Down")
    assert said(browser) == "z1. Low: 20%"
    assert tip(browser) == "z1\nLow: 20%"
    # However much there is to tell, it begins within the map.
    browser.execute_script("document.getElementById('tip').style.width = '9rem'")
    browser.execute_script("document.getElementById('tip').style.height = '90vh'")
    press(browser, "Page_Down", "Page_Up")
    chart = browser.find_element("css selector", ".folium-map")
    assert browser.find_element("id", "tip").rect["y"] > chart.rect["y"]
    press(browser, "Page_Down")
    assert said(browser).startswith("z2. ")
    # By number, z10 comes last; and from the first one steps back to it.
    press(browser, "Page_Up", "Page_Up")
    assert said(browser) == "z10. Low: 10%"
    press(browser, "Escape")
    assert said(browser) == ""
    assert not browser.find_element("id", "tip").is_displayed()
    assert "folium-map" in browser.switch_to.active_element.get_attribute("class")
    # In the middle there is a hole.
    press(browser, "Enter")
    assert said(browser) == tip(browser) == "No zone here"
    press(browser, "Arrow_Left")
    assert said(browser) == ""


def test_keys_lead_past_zones_without_a_figure(browser, town, tmp_path):
    from selenium.webdriver.support.select import Select

    keyed(browser, town, tmp_path, hidden=(1, 2, 6, 0))
    press(browser, "Page_Down")
    assert said(browser).startswith("z3. Low: ")
    press(browser, "Page_Down", "Page_Down")
    assert said(browser).startswith("z7. Low: ")
    press(browser, "Page_Up", "Page_Up", "Page_Up")
    assert said(browser).startswith("z8. Low: ")
    # Of another variable they are shown; and a pointer or Enter opens any zone.
    Select(browser.find_element("id", "what")).select_by_index(1)
    press(browser, "Page_Down")
    assert said(browser).startswith("z10. High: ")
    keyed(browser, town, tmp_path, hidden=range(9))
    press(browser, "Page_Down", "Page_Down")
    assert said(browser).startswith("z2. Low: ")


def test_escape_closes_what_a_pointer_opened_wherever_the_focus_is(browser, town, tmp_path):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser.set_window_size(800, 600)
    keyed(browser, town, tmp_path)
    chart = browser.find_element("css selector", ".folium-map")
    # Leaflet leaves out what follows a move of the pointer too soon.
    for across in (60, 65):
        ActionChains(browser).move_to_element_with_offset(chart, across, 0).pause(0.3).perform()
    assert tip(browser).startswith("z5")
    assert said(browser) == ""
    what = browser.find_element("id", "what")
    what.send_keys(Keys.ESCAPE)
    assert not browser.find_element("id", "tip").is_displayed()
    assert browser.switch_to.active_element == what
    browser.set_window_size(1200, 900)


def test_no_key_moves_the_map_away_from_the_zones(browser, town, tmp_path):
    keyed(browser, town, tmp_path)
    press(browser, *["Arrow_Right", "Arrow_Up"] * 8, *["Subtract"] * 4)
    middle, bounds = sight(browser)
    west, south, east, north = town[0].to_crs(4326).total_bounds
    assert west - 1e-4 <= middle[0] <= east + 1e-4
    assert south - 1e-4 <= middle[1] <= north + 1e-4
    # Nor is the map ever a speck.
    assert bounds[2] - bounds[0] < 12 * (east - west)


def test_hot_spots_are_told_by_pattern_and_not_by_colour_alone(browser, town, tmp_path):
    zones, values, reason = town
    columns = ["low", "high"]
    known = list(SPOTS)
    patterns = pd.DataFrame({"low": ["", *known[:8]], "high": ["", *known[4:]]}, values.index)
    hot = pd.DataFrame(2.0, index=values.index, columns=columns)
    chart = hot_spots(
        zones,
        patterns,
        hot_years=hot,
        cold_years=hot * 0,
        years=3,
        values=values,
        page=page(),
        labels={"low": "low", "high": "high"},
        reason=reason,
        summary={"low": HOSTILE, "high": ""},
        percent=True,
    )
    save(chart, tmp_path / "spots.html")
    opened(browser, tmp_path / "spots.html")
    payload = json.loads(browser.find_element("id", "payload").get_attribute("textContent"))
    legend = {entry["text"]: entry for entry in payload["variables"][0]["legend"]}
    assert legend["Growing stronger, high"]["count"] == 1
    # The one that would grow weaker is hidden.
    assert (legend["Fading, high"]["count"], legend["Too few people to show"]["count"]) == (0, 1)
    assert payload["variables"][0]["reason"][4] == "hidden"
    looks = {entry["paint"] for entry in legend.values()}
    assert len(looks) == len(legend)
    # Without its colour, each of the highs is drawn otherwise than each of the lows.
    signs = {name: pattern.split()[-1] for name, (_, pattern) in SPOTS.items()}
    assert {signs[name] for name in known[:6]} == {"plus"}
    assert {signs[name] for name in known[6:]} == {"minus"}
    rows = browser.find_element("id", "rows").get_attribute("textContent")
    assert "New, high · Own figure: 20.0% · High in 2 of 3 years" in rows
    assert "Low in" not in rows
    assert "Stands out in no year, or is not shown in every year" in rows


@pytest.mark.parametrize("width", [360, 1200])
def test_one_goes_from_region_to_region(browser, town, tmp_path, width):
    from selenium.webdriver.support.ui import Select

    region = [HOSTILE, "", "b", *["a"] * 6]
    keyed(browser, town, tmp_path, region=region)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 640, "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        where = browser.find_element("id", "where")
        choice = Select(where)
        texts = [option.text for option in choice.options]
        assert texts == ["–", "Whole map", HOSTILE.replace("\u2028", " "), "A", "B"]
        assert where.rect["x"] + where.rect["width"] <= width
        zones = town[0].to_crs(4326).geometry
        choice.select_by_visible_text("B")
        middle, bounds = sight(browser)
        assert shapely.Point(middle).within(zones[2])
        assert shapely.box(*bounds).covers(zones[2])
        assert not shapely.box(*bounds).covers(zones[0])
        # Who moves away is nowhere by name.
        press(browser, "Arrow_Up")
        assert choice.first_selected_option.text == "–"
        choice.select_by_visible_text("Whole map")
        assert shapely.box(*sight(browser)[1]).covers(zones.union_all())
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_without_several_regions_there_is_nowhere_to_go(browser, town, tmp_path):
    keyed(browser, town, tmp_path, region=["a"] * 8 + [""])
    assert not browser.find_element("id", "where").is_displayed()


def test_a_hidden_figure_is_not_in_the_file(town, tmp_path):
    zones, values, reason = town
    values = pd.DataFrame({"low": np.linspace(0.1234, 0.5678, 9)})
    secret = round(float(values["low"][4]), 3)
    reason = reason[["low"]]
    chart = choropleth(
        zones, values, page=page(), labels={"low": "low"}, reason=reason, heading="h", percent=True
    )
    save(chart, tmp_path / "map.html")
    text = (tmp_path / "map.html").read_text()
    payload = json.loads(text.split('id="payload">')[1].split("</script>")[0])
    assert payload["variables"][0]["values"][4] is None
    assert secret not in payload["variables"][0]["values"]


def test_the_same_map_is_the_same_bytes(town, tmp_path):
    zones, values, reason = town
    for name in ("one", "two"):
        labels = {"low": "low", "high": "high"}
        chart = choropleth(
            zones, values, page=page(), labels=labels, reason=reason, heading="h", percent=True
        )
        save(chart, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_natural_breaks_are_the_best_of_all_partitions():
    values = np.array([1.0, 2, 3, 10, 11, 12, 30, 31, 60, 61])

    def within(cuts):
        parts = np.split(values, cuts)
        return sum(((part - part.mean()) ** 2).sum() for part in parts)

    every = [(a, b) for a in range(1, 9) for b in range(a + 1, 10)]
    best = min(every, key=within)
    assert breaks(values, 3) == [values[best[0] - 1], values[best[1] - 1], 61]
    assert classify(values, [3.0, 31.0, 61.0]).tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 2, 2]


def test_the_report_runs_no_script_and_asks_nobody(browser, tmp_path):
    from kvarter.run import run

    cells = [shapely.box(x, y, x + 250, y + 250) for y in range(0, 1500, 250) for x in (0, 250)]
    zones = gpd.GeoDataFrame(
        {"id": [f"z{n}{HOSTILE}" for n in range(12)], "a": range(20, 32), "b": range(60, 48, -1)},
        geometry=cells,
        crs=3067,
    )
    zones = zones.set_geometry(zones.translate(385000, 6672000))
    zones.to_file(tmp_path / "zones.gpkg")
    study = {
        "study": {"name": HOSTILE.replace("\u2028", "")},
        "layers.zones": {
            "path": "zones.gpkg",
            "id": "id",
            "source": HOSTILE.replace("\u2028", ""),
        },
        "attributes.income": {"universe": "persons"},
        "attributes.income.groups": {"low": "a", "high": "b"},
    }
    text = "".join(
        f"[{table}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in keys.items())
        for table, keys in study.items()
    )
    (tmp_path / "study.toml").write_text(text)
    run(tmp_path / "study.toml", tmp_path / "out")
    for name in ("index.html", "index.sv.html", "index.en.html"):
        opened(browser, tmp_path / "out" / name)
        assert "<script>window.ran=1</script>" in browser.find_element("tag name", "h1").text
    browser.set_window_size(360, 740)
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= browser.execute_script("return window.innerWidth") + 1
    browser.set_window_size(1200, 900)
