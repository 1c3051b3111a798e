"""The report in each language: no English in the others, and what is said is what was measured."""

import ast
import html
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from kvarter.analyses.autocorrelation.over_time import PATTERNS
from kvarter.analyses.segregation._measure import UNDEFINED
from kvarter.analyses.segregation.catalogue import INDICES, cite
from kvarter.analyses.segregation.pysal import DEPARTURES, NOT_THERE
from kvarter.data.sample import folder
from kvarter.layers.checks import RULES
from kvarter.maps import Words
from kvarter.maps.findings import by_scale, findings
from kvarter.maps.report import ACTIONS, Report, render
from kvarter.maps.words import _ENGLISH, _catalogue
from kvarter.segregation import AUDIT, CHANGE

ROOT = Path(__file__).parents[2]
STUDY = tomllib.loads((folder() / "study.toml").read_text(encoding="utf-8"))
ENGLISH = re.findall(
    r"\w+",
    "a adjusted all and are as at but cannot converted counted dwellings each fewer file for from "
    "groups has have households in inhabitants is it kept less local made many member more near "
    "neighbour no none not of one only other people persons population row rows says several "
    "share than that the their to total types what where with within zone zones",
)
QUADRANTS = ("high-high", "low-low", "high-low", "low-high")
NEIGHBOURS = {
    "neighbours_none": "B1, B2 and 3 more",
    "neighbours_apart": "of 1,651, 72 and fewer zones",
    "neighbours_many": "B1 has 120, and a zone 101 on average",
    "neighbours_one_way": "B1 has B2, and B2 has not B1",
}
EACH = ("dissimilarity", "entropy", "isolation")
NAN = float("nan")
LEFT_OUT = "2 zones left out: counts missing"


def labels():
    out = {}
    for language, names in STUDY["labels"].items():
        for name, text in names.items():
            out.setdefault(name, {})[language] = text
    out["helsinki_metro"] = {"fi": "pääkaupunkiseutu", "sv": "huvudstadsregionen"}
    return out


def sample_report(**changes):
    """Make a report of the sample with all that can stand in it, measured or not."""
    attributes = {
        name: (keys["universe"], list(keys["groups"]))
        for name, keys in STUDY["attributes"].items()
    }
    attributes["housing"] = ("dwellings", ["apartment_block", "detached", "row_house"])
    attributes["rental"] = ("dwellings", ["market", "municipal", "non_profit"])
    segregation, change, autocorrelation, access = [], [], [], []
    spots, steps = [], []
    for name, (universe, groups) in attributes.items():
        for year, value in ((2008, 0.30), (2024, 0.35)):
            rows = [("", "multigroup_dissimilarity"), ("", "information_theory")]
            rows += [(g, index) for g in groups for index in EACH]
            segregation += [
                (year, name, group, "", index, value, value - 0.01, 0.29, 0.36, 0.1, "no members")
                for group, index in rows
            ]
        for first, last in (("2008", "2024"), ("helsinki_metro", "tampere")):
            figures = (0.3, 0.35, 0.05, 0.051, 0.04, 0.06, 0.01, 0.02, 0.02, 0.01, "")
            change.append((name, first, last, "", "", "multigroup_dissimilarity", *figures))
        for number, group in enumerate(groups):
            chance = -0.006 if number else 0.4
            row = (2024, f"{name}.{group}", chance, 0.0, 0.9 * number, "")
            autocorrelation += [(*row, "moran_i"), (*row, "moran_rate"), (*row, "geary_c")]
            spots += [(f"{name}.{group}", 3, p, "3 years are too few to tell") for p in PATTERNS]
            steps += [
                (f"{name}.{group}", one, two, 0.25) for one in QUADRANTS for two in QUADRANTS
            ]
            access += [
                (2024, kind, name, group, measure, 0.2 + 0.1 * number, unit, "")
                for kind in STUDY["access"]["limits"]
                for measure, unit in (
                    ("mean", "m"),
                    ("share_within_limit", "share"),
                    ("beyond_limit", universe),
                    ("floating_catchment_mean", "places per person"),
                )
            ]
    access += [
        (2024, kind, "", "", "share_within_limit", 0.5, "share", "")
        for kind in STUDY["access"]["limits"]
    ]
    examples = [
        "B1, B2 and 3 more",
        "row 7",
        "the study names no column of capacity",
        "the file says EPSG:4326",
        "income: Q1",
    ]
    actions = [*ACTIONS, "taken as EPSG:3067"]
    checks = [
        ("zones 2024", rule, RULES[rule][0], 3, examples[n % 5], actions[n % len(actions)])
        for n, rule in enumerate([*RULES, *RULES])
        if rule != "crs_converted"
    ]
    checks += [
        ("zones 2024", rule, "warning", 3, text, "kept: 12 pairs, 3 MB; a shorter distance")
        for rule, text in NEIGHBOURS.items()
    ]
    checks.append(("services", "crs_converted", "info", 3, "EPSG:4326 to EPSG:3879", "converted"))
    whats = ["rows", "population", "persons", "households", "dwellings", *attributes]
    account = [
        (layer, 2024, what, 10.0, 1.0, 9.0, "building_outside")
        for layer in ("zones", "services", "housing", "rental", "network", "border", "water")
        for what in whats
    ]
    tables = {
        "segregation": pd.DataFrame(
            segregation,
            columns=[
                *("year", "attribute", "group", "other", "index", "value", "corrected"),
                *("ci_low", "ci_high", "expected", "note"),
            ],
        ).assign(region=""),
        "scale": pd.DataFrame({"index": ["spatial_information_theory"]}),
        "zoning": pd.DataFrame({"index": []}),
        "change": pd.DataFrame(change, columns=CHANGE),
        "audit": pd.DataFrame(
            [
                ("age", "", "", "divergence", 0.1, 0.1, 1e-13, ""),
                *(("age", "", "", "gini", 1, 2, 1, why) for _, _, why in DEPARTURES),
                ("age", "", "", "delta", 1, NAN, NAN, "PySAL takes one centre"),
                ("age", "child", "x", "gini", 1, 2, 1, ""),
                ("age", "", "", "gorard", 1, NAN, NAN, f"{NOT_THERE}; {LEFT_OUT}"),
            ],
            columns=AUDIT,
        ),
        "autocorrelation": pd.DataFrame(
            autocorrelation,
            columns=["year", "variable", "value", "expected", "p_adjusted", "note", "statistic"],
        ).assign(region="", p_value=0.001),
        "hotspots": pd.DataFrame(spots, columns=["variable", "years", "pattern", "note"]),
        "transitions": pd.DataFrame(steps, columns=["variable", "origin", "destination", "share"]),
        "access": pd.DataFrame(
            access,
            columns=["year", "service", "attribute", "group", "measure", "value", "unit", "note"],
        ).assign(mode="walk"),
        "checks": pd.DataFrame(
            checks, columns=["layer", "rule", "severity", "count", "example", "action"]
        ),
    }
    keys = {
        "name": STUDY["study"]["name"],
        "fictional": True,
        "min_count": 10,
        "made": "2026-11-24",
        "version": "0",
        "files": {"fi": "index.html", "sv": "index.sv.html"},
        "labels": labels(),
        "attributes": [
            {"name": name, "universe": universe, "groups": groups}
            for name, (universe, groups) in attributes.items()
        ],
        "tables": {name: frame.assign(scenario="baseline") for name, frame in tables.items()},
        "accounting": pd.DataFrame(
            account, columns=["layer", "year", "what", "before", "excluded", "after", "reason"]
        ),
        "hidden": pd.DataFrame(
            {"attribute": list(attributes), "zones": 9, "zones_hidden": 4, "people_share": 0.5}
        ),
        "sources": [
            {
                "layer": layer,
                "year": 2024,
                "path": "x.csv",
                "source": STUDY["layers"]["zones"]["source"],
                "licence": "CC0 1.0",
                "sha256": "0" * 64,
            }
            for layer in ("zones", "housing", "rental")
        ],
        "indices": [
            {"name": name, "meaning": INDICES[name].meaning, "papers": cite(INDICES[name])}
            for name in INDICES
        ],
        "regions": ["helsinki_metro", "tampere"],
        "figures": [
            {"file": "trend", "title": "", "theme": "", "text": "", "head": ["200"], "rows": []},
            {"file": "", "title": "", "theme": "regions", "text": ""},
        ],
        "limits": {kind: float(limit) for kind, limit in STUDY["access"]["limits"].items()},
    }
    return Report(**(keys | changes))


def words_of(page):
    page = page[page.index("</style>") :]
    titles = " ".join(re.findall(r'(?:title|alt|aria-label)="([^"]*)"', page))
    return html.unescape(re.sub(r"<[^>]+>", " ", page)) + titles


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_no_english_is_left_in_the_report(language):
    text = words_of(render(sample_report(), language))
    text = text.replace("Methods of Regional Analysis", "").replace("in English", "")
    text = re.sub(r"doi:\S+", "", text)
    # Swedish and English share these.
    shared = {"sv": {"all", "in", "it", "total", "at", "for", "persons"}, "fi": set()}[language]
    found = set(re.findall(r"[^\W\d_]+", text)) & (set(ENGLISH) - shared)
    assert found == set()
    assert "_" not in re.sub(r"\S+\.(?:csv|gpkg|json)|\b[cx]_i?j?", "", text)


def test_the_english_words_would_be_found():
    found = set(re.findall(r"[^\W\d_]+", words_of(render(sample_report(), "en"))))
    assert {"dwellings", "adjusted", "kept", "names", "row"} <= found


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_built_in_label_is_translated(language):
    assert [name for name in _ENGLISH if ("label", name) not in _catalogue(language)] == []


def test_every_action_of_the_checks_is_known():
    found = set()
    for path in (ROOT / "layers").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                place = {"found": 4, "leave": 2}.get(name)
                value = node.args[place] if place and len(node.args) > place else None
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "action":
                value = node.value
            else:
                continue
            parts = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            found |= {part.value for part in parts if isinstance(part, ast.Constant)}
    assert len(found) > 10
    assert found <= set(ACTIONS)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_headings_begin_with_a_capital_and_a_minus_is_no_hyphen(language):
    page = render(sample_report(), language)
    pattern = r"<(?:h[1-3]|caption|summary|title|dt|th)[^>]*>(?:<(?:strong|span)>)?([^<]+)"
    heads = [html.unescape(head).strip() for head in re.findall(pattern, page)]
    assert len(heads) > 60
    assert [head for head in heads if head[:1].islower() and head != "p"] == []
    assert "−0" in page
    assert not re.search(r">-\d", page)


def test_an_attribute_of_one_group_and_an_unknown_capacity_take_no_room():
    report = sample_report()
    table = report.tables["access"]
    table.loc[table["measure"] == "floating_catchment_mean", "value"] = float("nan")
    assert "Places per inhabitant" not in render(report, "en")
    assert "Places per inhabitant" in render(sample_report(), "en")
    one = [{"name": "rental", "universe": "dwellings", "groups": ["market"]}]
    page = render(sample_report(attributes=one), "en")
    assert "Rental dwellings by landlord</th><td>Index" not in page
    assert "Tenure</th><td>Multigroup index" in page


def test_the_studys_own_texts_stand_in_the_language_of_the_page():
    name = STUDY["study"]["name"]
    own = labels() | {name: {"sv": "Sagoviken"}}
    page = render(sample_report(labels=own), "sv")
    assert "<h1>Sagoviken</h1>" in page
    assert "Kvarter, påhittad kommun" in page
    assert f"<h1>{name}</h1>" in render(sample_report(labels=own), "fi")


def told_of_change(first, last, low=NAN, high=NAN, zones=0.01):
    tables = sample_report().tables
    row = ("age", "2008", "2024", "", "", "multigroup_dissimilarity", first, last, last - first)
    change = [(*row, (low + high) / 2, low, high, 0.5, 0.02, 0.02, zones, "")]
    tables["change"] = pd.DataFrame(change, columns=CHANGE)
    return findings(tables, Words("en"), sample_report().limits)


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (0.23, 0.22, "was about the same in 2008 (0.23) and 2024 (0.22)"),
        (0.23, 0.26, "rose from 0.23 (2008) to 0.26 (2024)"),
        (0.26, 0.23, "fell from 0.26 (2008) to 0.23 (2024)"),
    ],
)
def test_a_change_names_its_index_and_says_that_it_has_no_interval(first, last, says):
    told = told_of_change(first, last)
    assert f"Age: the multigroup index of dissimilarity {says}." in told
    assert any("No confidence interval" in sentence and "0.02" in sentence for sentence in told)


@pytest.mark.parametrize(
    ("first", "last", "low", "high", "says"),
    [
        (
            0.21,
            0.26,
            0.04,
            0.06,
            "as counted rose from 0.210 (2008) to 0.260 (2024), by 0.050. With what chance adds "
            "in small zones taken off, the difference is 0.050 (95% confidence interval 0.040 to",
        ),
        (0.26, 0.21, -0.06, -0.04, "fell from 0.260 (2008) to 0.210 (2024), by 0.050."),
        (0.21, 0.22, -0.01, 0.03, "cannot be told from chance"),
        # Its end is written as 0.000.
        (0.21, 0.22, 0.0004, 0.03, "cannot be told from chance"),
        # What is measured fell, and without chance it may have risen.
        (0.22, 0.21, 0.01, 0.03, "cannot be told from chance"),
    ],
)
def test_a_change_is_told_by_its_interval(first, last, low, high, says):
    told = next(t for t in told_of_change(first, last, low, high) if t.startswith("Age: the m"))
    assert says in told
    assert Words("en").interval(low, high, 3) in told
    assert ("of zones that came or went" in told) == ("cannot" not in told)


def test_zones_that_stay_are_no_part_of_a_change():
    told = " ".join(told_of_change(0.21, 0.26, 0.04, 0.06, zones=0.0))
    assert "0.020 comes of the sizes of the groups and 0.020 of where they live." in told


def told_of_regions(*pairs, level=0.95):
    """Tell of pairs of regions, each a corrected difference and half its interval."""
    tables = sample_report().tables
    change = [
        (
            *("age", f"r{n}", f"r{n + 1}", "", "", "multigroup_dissimilarity"),
            *(0.2, 0.2 + size, size, size, size - half, size + half, 0.5, 0, 0, 0, ""),
        )
        for n, (size, half) in enumerate(pairs)
    ]
    tables["change"] = pd.DataFrame(change, columns=CHANGE)
    regions = [f"r{n}" for n in range(len(pairs) + 1)]
    told = findings(tables, Words("en"), sample_report().limits, (), level, regions)
    return next(sentence for sentence in told if sentence.startswith("Age: the m"))


def test_regions_differ_or_cannot_be_told_from_chance():
    told = told_of_regions((0.1, 0.02))
    assert "differs between the regions r0 (0.200) and r1 (0.300)" in told
    assert "the difference is 0.100 (95% confidence interval 0.080 to 0.120)" in told
    assert "pair" not in told
    told = told_of_regions((0.1, 0.02), (-0.2, 0.02), (0.01, 0.02))
    assert "differs most between the regions r1 (0.200) and r2 (0.000)" in told
    assert told.endswith("Of 3 pairs of regions, 2 differ by more than chance would have it.")
    assert told_of_regions((0.1, 0.02), (0.2, 0.02)).endswith(
        "Every pair of regions differs by more than chance would have it."
    )
    assert "chance alone would make about 2 seem to" in told_of_regions(
        *((0.01 * n, 0.05) for n in range(40))
    )
    assert "cannot be told apart from chance" in told_of_regions((0.01, 0.02), (0.0, 0.1))
    assert "No confidence interval is computed." in told_of_regions((0.1, NAN))


def test_regions_stand_beside_each_other():
    page = render(sample_report(), "fi")
    beside = page[page.index("Seudut rinnakkain") : page.index("tables/change.csv")]
    assert "Pääkaupunkiseutu" in beside
    # Composition and distribution, and no zones: regions have none in common.
    assert len(re.findall("<th ", beside[: beside.index("<tbody>")])) == 8
    assert "Seudut rinnakkain" not in render(sample_report(regions=[]), "fi")
    told = findings(
        sample_report().tables,
        Words("fi", labels()),
        sample_report().limits,
        (),
        0.95,
        sample_report().regions,
    )
    assert any("pääkaupunkiseutu (0,300)" in sentence for sentence in told)


def test_the_rows_of_regions_are_not_taken_for_the_whole():
    report = sample_report()
    table = report.tables["segregation"]
    table = pd.concat([table, table.assign(region="north", value=0.999, corrected=0.999)])
    page = render(sample_report(tables={**report.tables, "segregation": table}), "en")
    assert "0.999" not in page
    assert page == render(report, "en")


def test_the_smallest_p_value_is_written_as_such():
    page = render(sample_report(), "en")
    assert ">≤\xa00.010<" in page
    assert ">≤\xa00.002<" in page


def test_empty_tables_are_not_linked():
    page = render(sample_report(), "en")
    assert 'href="tables/scale.csv"' in page
    assert 'href="tables/zoning.csv"' not in page
    assert "tables/zoning.csv: empty, for no two sizes" in page


def test_the_audit_tells_first_what_differs_and_how_far_the_rest_agrees():
    page = render(sample_report(), "en")
    audit = page[page.index("Beside another program") :]
    rows = audit[audit.index("<tbody>") : audit.index("</tbody>")]
    assert rows.count("<tr>") == len(DEPARTURES) + 1
    assert ">1.00000</td>" in rows
    number = len(DEPARTURES) + 3
    assert f"Of {number} figures that PySAL has too, 1 agree to 13 decimals or more." in audit
    assert "Of those that differ, 1 are of pairs of groups" in audit
    assert "PySAL does not have: Gorard’s index." in audit


def test_zones_without_a_way_are_told_beside_the_figures():
    told = words_of(render(sample_report(without={("school", "walk"): (2, 320.0)}), "en"))
    assert told.count("no way leads to any: 2, with about 320 inhabitants.") == 1
    told = words_of(render(sample_report(without={("school", "walk"): (1, NAN)}), "en"))
    assert "no way leads to any: 1, with fewer than 10 inhabitants." in told
    report = sample_report()
    table = report.tables["access"]
    none = (table["measure"] == "mean") & (table["service"] == "school")
    report.tables["access"] = table.assign(
        value=table["value"].mask(none),
        note=table["note"].mask(none, "some have no way to any service (about 2%)"),
    )
    assert "some have no way to any service (about 2%)" in words_of(render(report, "en"))


def test_places_for_one_group_and_what_is_estimated_for_them_are_told():
    report = sample_report(meant_for={"school": ["language.sv"]})
    page = words_of(render(report, "en"))
    assert page.count("There are places for one group alone (Swedish).") == 1
    assert "these figures are estimated" not in page
    table = report.tables["access"]
    guessed = (table["service"] == "school") & (table["attribute"] == "income")
    report.tables["access"] = table.assign(note=table["note"].mask(guessed, "estimated: so"))
    assert "these figures are estimated: income class." in words_of(render(report, "en"))


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_why_a_figure_is_not_there_is_told_in_the_language(language):
    whys = {why for _, _, why in DEPARTURES} | set(UNDEFINED.values())
    assert [why for why in whys if ("", why) not in _catalogue(language)] == []


def test_more_indices_of_a_group_are_in_the_table():
    report = sample_report()
    table = report.tables["segregation"]
    more = [table[table["index"] == "isolation"].assign(index=name) for name in ("delta", "gini")]
    table = pd.concat([table, *more])
    page = render(sample_report(tables={**report.tables, "segregation": table}), "en")
    assert "1 more indices of each group stand in the table" in page
    assert "Gini index</th>" in page
    assert "Delta</th>" not in page


def test_scale_is_told_of_the_attribute_that_is_most_apart():
    rows = [
        ("age", k, "persons", "", "spatial_information_theory", value)
        for k, value in ((200, 0.1), (800, 0.05), (3200, NAN))
    ]
    rows += [
        ("tenure", k, "households", "", "spatial_information_theory", 0.02) for k in (200, 800)
    ]
    table = pd.DataFrame(rows, columns=["attribute", "scale", "unit", "group", "index", "value"])
    told = by_scale(table, Words("en"))
    assert told.startswith(
        "Age: the spatial information theory index is 0.10 among the 200 nearest people and 0.05 "
        "among the 800 nearest people."
    )
    assert by_scale(table[table["scale"] == 200], Words("en")) == ""
    assert by_scale(table, Words("en"), ["age"]).startswith("Tenure")


@pytest.mark.parametrize(
    ("attribute", "members"), [("tenure", "asuntokunnista"), ("age", "asukkaista")]
)
def test_households_are_not_told_as_people(attribute, members):
    tables = sample_report().tables
    access = tables["access"]
    tables["access"] = access[access["attribute"].isin(["", attribute])]
    told = findings(tables, Words("fi"), sample_report().limits)
    ends = {sentence.rpartition("(")[2] for sentence in told if "ryhmien ero" in sentence}
    assert ends == {f"osuus ryhmän {members})."}


def test_findings_of_likeness_go_by_the_level_of_the_study():
    tables = sample_report().tables
    table = tables["autocorrelation"].assign(value=0.3, p_adjusted=0.08)
    limits = sample_report().limits
    usual, wide = (
        findings({**tables, "autocorrelation": table}, Words("en"), limits, alpha=alpha)
        for alpha in (0.05, 0.1)
    )
    assert any("cannot be told from chance in" in text for text in usual)
    assert any("more alike than chance would have it" in text for text in wide)
    assert not any("cannot be told from chance in" in text for text in wide)


@pytest.mark.parametrize(
    ("adjust", "says", "never"),
    [
        ("fdr_bh", "after adjustment for so many figures", "not adjusted for there being several"),
        ("none", "not adjusted for there being several", "after adjustment for so many figures"),
    ],
)
def test_the_report_says_whether_likeness_is_adjusted_for_the_number_of_figures(
    adjust, says, never
):
    page = render(sample_report(adjust=adjust), "en")
    assert says in page
    assert never not in page
    assert ("Adjusted p" in page) == (adjust != "none")
