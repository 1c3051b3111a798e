"""The report: findings in words, then maps, tables, methods, checks and sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from .alike import OF_NEIGHBOURS, neighbours_example, section
from .findings import HEADLINE, baseline, findings
from .words import Words, capital

METHODS = (
    (
        "intervals",
        "For the interval, the people of each zone are drawn anew from themselves, and part of "
        "what chance adds in small zones is taken off. For what chance alone would give, they are "
        "drawn from the shares of the whole. Faults in the data are not part of it.",
        (
            ("", "Allen, Burgess, Davidson & Windmeijer 2015, doi:10.1111/ectj.12039"),
            (
                "chance",
                "Boisso, Hayes, Hirschberg & Silber 1994, doi:10.1016/0304-4076(94)90082-5",
            ),
        ),
    ),
    (
        "parts_of_change",
        "What it makes of a difference that groups grew or shrank, that they live otherwise, and "
        "that zones came and went, on average over all orders. It cannot tell why they did.",
        (("", "Shorrocks 2013, doi:10.1007/s10888-011-9214-z"),),
    ),
    (
        "by_scale",
        "The index of surroundings of more and more people, the nearest to each zone. How fast it "
        "falls tells how large the areas are in which groups live apart. Beyond the edge of the "
        "zones, nobody is known.",
        (
            ("", "Reardon et al. 2008, doi:10.1353/dem.0.0019"),
            ("surroundings", "Östh, Clark & Malmberg 2015, doi:10.1111/gean.12053"),
        ),
    ),
    (
        "local_divergence",
        "How far the shares of the groups in a zone are from those of the whole: 0 is the same "
        "mix. It does not tell which group is larger or smaller.",
        (("", "Roberto 2015, doi:10.48550/arXiv.1508.01167"),),
    ),
    (
        "location_quotient",
        "A group's share in a zone over its share in all zones.",
        (("", "Isard 1960, Methods of Regional Analysis"),),
    ),
    (
        "moran_i",
        "Whether neighbouring zones are alike. It cannot tell the cause.",
        (
            ("", "Moran 1950, doi:10.2307/2332142"),
            ("for each zone", "Anselin 1995, doi:10.1111/j.1538-4632.1995.tb00338.x"),
            (
                "adjusted for many zones",
                "Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
            ),
        ),
    ),
    (
        "correlogram",
        "Correlogram: the same for zones that are ever farther apart, and how far likeness "
        "reaches.",
        (
            ("", "Cliff & Ord 1981, Spatial processes"),
            ("rates", "Assunção & Reis 1999"),
        ),
    ),
    (
        "hot_spots",
        "Zones that are a hot or a cold spot in the years, and whether their score rises or "
        "falls. It tells nothing of a trend where there are fewer than five years.",
        (
            ("", "Ord & Getis 1995, doi:10.1111/j.1538-4632.1995.tb00912.x"),
            ("trend", "Mann 1945, doi:10.2307/1907187"),
        ),
    ),
    (
        "floating_catchment",
        "Places per person when everyone within the limit shares a service. It knows no streets "
        "yet: distances are straight lines.",
        (("", "Luo & Wang 2003, doi:10.1068/b29120"),),
    ),
)
"""Each method beside the indices: what it tells and cannot tell, and its sources, each with what
it is the source of where there are several."""


ACTIONS = (
    "left out",
    "left out: no area",
    "left out: nobody can say where they live",
    "no data",
    "no data: declare it in missing if it is a code",
    "kept",
    "kept as they are",
    "kept: declare it in missing if it is a code",
    "kept: is it another town's?",
    "turned round",
    "converted",
    "made valid",
    "the first is kept",
    "the groups are used",
    "the rest is no data",
    "counted in no zone",
    "in no region",
    "read as Windows-1252",
    "read as UTF-16",
    "read as numbers",
    "areas are kept, else lines",
)
"""What the checks do about a finding."""


PARTS = ("composition", "distribution", "zones")
"""What a difference is made of."""

_ALONE = ("dissimilarity", "gini", "entropy", "isolation")
"""The indices of each group against all others that the report shows, where they are asked for."""

_NO_COLUMN = "the study names no column of capacity"
_FILE_SAYS = "the file says "


@dataclass
class Report:
    """What a report is made of.

    Attributes
    ----------
    name, fictional, min_count, made, version
        Of the study and the run; the study's labels may give the name in other languages.
    files
        The report's file in each language.
    labels
        The study's own labels.
    attributes
        ``name``, ``universe`` and ``groups`` of each attribute.
    variables
        The names of the other figures.
    tables
        ``segregation``, ``change``, ``scale``, ``autocorrelation``, ``access`` and ``checks``;
        ``audit`` where it was asked for.
    accounting, hidden
        What was left out, and what is hidden.
    sources
        ``layer``, ``year``, ``path``, ``source``, ``licence``, ``date``, ``rows_in``,
        ``rows_out`` and ``sha256`` of each layer.
    limits
        The limit of each kind of service, in metres.
    maps
        ``file``, ``title``, ``theme`` and ``figure`` (without ending, or empty) of each map.
    figures
        Each chart: ``file``, ``title``, a ``text`` on it, and its figures as a table: ``head``
        and ``rows``.
    detour
        Metres of way for a metre of straight line.
    dwellings
        The attributes that are made of layers of dwellings.
    indices
        ``name``, ``meaning`` in each language and ``papers`` of each index of segregation.
    level
        The level of the intervals.
    regions
        The names of the regions that are compared.
    alpha
        The level of significance of likeness between neighbours.
    alike
        Each chart of it: ``file``, ``title`` and ``text``.
    """

    name: str
    fictional: bool
    min_count: int
    made: str
    version: str
    files: dict[str, str]
    labels: dict[str, dict[str, str]]
    attributes: list[dict[str, Any]]
    tables: dict[str, pd.DataFrame]
    accounting: pd.DataFrame
    hidden: pd.DataFrame
    sources: list[dict[str, Any]]
    limits: dict[str, float]
    maps: list[dict[str, str]] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)
    detour: float = 1.0
    dwellings: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    indices: list[dict[str, Any]] = field(default_factory=list)
    level: float = 0.95
    regions: list[str] = field(default_factory=list)
    alpha: float = 0.05
    alike: list[dict[str, str]] = field(default_factory=list)


def render(report: Report, language: str) -> str:
    """Write the report's page.

    Parameters
    ----------
    report
        What it is made of.
    language
        ``fi``, ``sv`` or ``en``.

    Returns
    -------
    str
        HTML that asks no other host for anything and runs no script.
    """
    words = Words(language, report.labels)
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cap"] = capital
    return environment.get_template("report.html").render(
        report=report,
        title=words.own(report.name),
        _=words,
        language=language,
        language_names={"fi": "suomeksi", "sv": "på svenska", "en": "in English"},
        findings=findings(
            report.tables, words, report.limits, report.dwellings, report.level, report.regions
        ),
        summary=_summary(report, words),
        alone=_alone(report, words),
        changes=_changes(report, words, regions=False),
        regions=_changes(report, words, regions=True),
        audit=_audit(report, words),
        alike=section(report.tables, words, report.alpha, report.dwellings),
        access=_access(report, words),
        methods=METHODS,
        checks=_checks(report, words),
        accounting=report.accounting.astype({"year": "string"})
        .fillna({"year": "", "reason": ""})
        .to_dict("records"),
    )


def _checks(report: Report, words: Words) -> pd.DataFrame:
    """Put the checks in the language; ids and names of columns stay as they are."""
    checks = report.tables["checks"]
    named = {*report.variables, *(attribute["name"] for attribute in report.attributes)}

    def layer(text: str) -> str:
        name, space, year = text.partition(" ")
        return words.layer(name) + space + year

    def example(rule: str, text: str) -> str:
        if rule in OF_NEIGHBOURS:
            text = neighbours_example(rule, text, words)
        if text == _NO_COLUMN:
            return words(text)
        if text.startswith(_FILE_SAYS):
            return words("the file says {crs}", crs=text.removeprefix(_FILE_SAYS))
        if rule == "crs_converted":
            old, _, new = text.partition(" to ")
            return words("from {old} to {new}", old=old, new=new) if new else text
        name, colon, rest = text.partition(": ")
        if colon and name in named:
            text = f"{words.label(name)}: {rest}"
        shown, more, number = text.rpartition(" and ")
        if more and number.endswith(" more"):
            text = shown
            rest = words(" and {number} more", number=words.number(int(number[: -len(" more")])))
        else:
            rest = ""
        if text.startswith("row "):
            text = words("row {number}", number=text.removeprefix("row "))
        if rule == "geometry_overlap":
            text = text.replace(" and ", " – ")
        return text + rest

    def action(text: str) -> str:
        what, crs = text[:9], text[9:]
        if what == "taken as ":
            return words("taken as {crs}", crs=crs)
        return words(text) if text in ACTIONS else text

    examples = [
        example(str(rule), str(text))
        for rule, text in zip(checks["rule"], checks["example"], strict=True)
    ]
    return checks.assign(
        layer=checks["layer"].map(layer),
        example=examples,
        action=[
            words(OF_NEIGHBOURS[rule]) if rule in OF_NEIGHBOURS else action(text)
            for rule, text in zip(checks["rule"], checks["action"], strict=True)
        ],
    )


def _value(value: float, note: str, words: Words, digits: int = 3) -> str:
    """Write a figure, or why there is none."""
    if value == value:
        return words.number(value, digits)
    return words(note) if note else "–"


def _single(report: Report) -> list[str]:
    """Name the attributes of one group, which is not apart from anybody."""
    return [str(item["name"]) for item in report.attributes if len(item["groups"]) == 1]


_OTHER_SCALE = (
    "mutual_information",
    "divergence",
    "diversity",
    "simpson_concentration",
    "simpson_interaction",
    "global_distortion",
)
"""These do not run from 0, evenly spread, to 1, wholly apart."""


def _summary(report: Report, words: Words) -> list[dict[str, Any]]:
    """Give each attribute's indices of all groups, one column a year."""
    table = report.tables["segregation"]
    rows = table[(table["scenario"] == "baseline") & (table["group"] == "")]
    rows = rows[~rows["index"].isin(_OTHER_SCALE)]
    out = []
    for (attribute, index), part in rows.groupby(["attribute", "index"], sort=False):
        part = part.sort_values("year") if part["year"].notna().any() else part
        out.append(
            {
                "attribute": words.label(str(attribute)),
                "index": words.label(str(index)),
                "values": [
                    _value(row.value, row.note, words) for row in part.itertuples(index=False)
                ],
                "interval": words.interval(part["ci_low"].iloc[-1], part["ci_high"].iloc[-1], 3),
                "expected": words.number(part["expected"].iloc[-1], 3),
                "years": ["" if y != y else f"{y:.0f}" for y in part["year"].astype("float64")],
            }
        )
    return out


def _alone(report: Report, words: Words) -> tuple[list[str], list[dict[str, Any]]]:
    """Give the indices of each group against all others in the last year: names and rows."""
    rows = baseline(report.tables["segregation"])
    rows = rows[(rows["group"] != "") & (rows["other"] == "")]
    names = [name for name in _ALONE if (rows["index"] == name).any()]
    out = []
    for (attribute, group), part in rows.groupby(["attribute", "group"], sort=False):
        cells = {
            name: _value(value, note, words)
            for name, value, note in zip(part["index"], part["value"], part["note"], strict=True)
        }
        row = {"attribute": words.label(str(attribute))}
        row["group"] = words.label(str(group), str(attribute))
        out.append({**row, "cells": [cells.get(name, "–") for name in names]})
    return names, out


def _changes(report: Report, words: Words, *, regions: bool) -> list[dict[str, str]]:
    """Give the differences of the index of all groups between years, or between regions."""
    table = report.tables["change"]
    rows = table[(table["index"] == HEADLINE) & (table["group"] == "")]
    rows = rows[rows["from"].isin(report.regions) == regions]
    return [
        {
            "attribute": words.label(row.attribute),
            "first": words.label(row.first) if regions else row.first,
            "last": words.label(row.last) if regions else row.last,
            "before": _value(row.before, row.note, words),
            "after": _value(row.after, row.note, words),
            "difference": words.number(row.difference, 3),
            "interval": words.interval(row.ci_low, row.ci_high, 3),
            "p_value": words.number(row.p_value, 3),
            **{part: words.number(getattr(row, part), 3) for part in PARTS},
        }
        for row in rows.rename(columns={"from": "first", "to": "last"}).itertuples(index=False)
    ]


def _audit(report: Report, words: Words) -> dict[str, Any] | None:
    """Set the figures beside PySAL's: how many are the same, and those that are not."""
    if "audit" not in report.tables:
        return None
    table = report.tables["audit"]
    both = table.dropna(subset=["value", "pysal"])
    same = both["difference"].abs() <= 1e-9
    other = pd.concat([both[~same], table[table["pysal"].isna() & table["value"].notna()]])
    # Pairs of groups tell nothing more of the two programs; they stand in the table.
    other = other[other["other"] == ""].sort_index()
    rows = [
        {
            "attribute": words.label(row.attribute),
            "group": words.label(row.group, row.attribute) if row.group else words("all groups"),
            "index": words.label(row.index_name),
            "value": words.number(row.value, 3),
            "pysal": words.number(row.pysal, 3),
            "note": row.note,
        }
        for row in other.rename(columns={"index": "index_name"}).itertuples(index=False)
    ]
    return {"all": len(both), "same": int(same.sum()), "rows": rows}


def _access(report: Report, words: Words) -> list[dict[str, Any]]:
    """Give each kind's distances and shares by group in the last year."""
    rows, single = baseline(report.tables["access"]), _single(report)
    out = []
    for kind, part in rows.groupby("service", sort=False):
        groups: list[dict[str, str]] = []
        for (attribute, group), inner in part.groupby(["attribute", "group"], sort=False):
            cells = inner.set_index("measure")
            name = words("all inhabitants")
            if attribute:
                name = words.label(str(attribute))
                if attribute not in single:
                    name += f": {words.label(str(group), str(attribute))}"

            def cell(measure: str, digits: int, cells: pd.DataFrame = cells) -> str:
                if measure not in cells.index:
                    return "–"
                row = cells.loc[measure]
                return _value(row["value"], row["note"], words, digits)

            share = cells["value"].get("share_within_limit", float("nan"))
            row = {
                "mean": cell("mean", 0),
                "median": cell("median", 0),
                "share": words.percent(share, 1)
                if share == share
                else cell("share_within_limit", 0),
                "beyond": cell("beyond_limit", 0),
                "places": cell("floating_catchment_mean", 3),
            }
            if attribute in single and groups and row.items() <= groups[0].items():
                continue
            groups.append({"name": name, **row})
        places = part.loc[part["measure"] == "floating_catchment_mean", "value"]
        out.append(
            {
                "kind": words.label(str(kind)),
                "limit": words.number(report.limits[str(kind)]),
                "groups": groups,
                "capacity": bool(places.notna().any()),
            }
        )
    return out
