"""The report: findings in words, then maps, tables, methods, checks and sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from .findings import baseline, findings, variable_labels
from .words import Words, capital

METHODS = (
    (
        "dissimilarity",
        "Half the sum over zones of the difference between two groups' shares of their members. "
        "It tells how unevenly groups live, not why, and grows when zones are small.",
        (
            ("", "Duncan & Duncan 1955, doi:10.2307/2088328"),
            ("several groups", "Sakoda 1981, doi:10.2307/2061096"),
        ),
    ),
    (
        "information_theory",
        "How much less mixed the zones are than the whole, by entropy. It tells how uneven the "
        "mix is, not where.",
        (("", "Theil & Finizza 1971, doi:10.1080/0022250X.1971.9989795"),),
    ),
    (
        "isolation",
        "The chance that a neighbour in the same zone is of the same group. It depends on the "
        "size of the group and cannot tell whether people meet.",
        (("", "Bell 1954, doi:10.2307/2574118"),),
    ),
    (
        "interaction",
        "The chance that a neighbour in the same zone is of the other group. It cannot tell "
        "whether people meet.",
        (("", "Bell 1954, doi:10.2307/2574118"),),
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
        "floating_catchment",
        "Places per person when everyone within the limit shares a service. It knows no streets "
        "yet: distances are straight lines.",
        (("", "Luo & Wang 2003, doi:10.1068/b29120"),),
    ),
)
"""Each method: what it tells and cannot tell, and its sources, each with what it is the source of
where there are several."""


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
        ``segregation``, ``autocorrelation``, ``access`` and ``checks``.
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
        ``file`` and ``title`` of each chart.
    detour
        Metres of way for a metre of straight line.
    dwellings
        The attributes that are made of layers of dwellings.
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
    figures: list[dict[str, str]] = field(default_factory=list)
    detour: float = 1.0
    dwellings: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)


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
        findings=findings(report.tables, words, report.limits, report.dwellings),
        summary=_summary(report, words),
        alone=_alone(report, words),
        alike=_alike(report, words),
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
        action=checks["action"].map(action),
    )


def _value(value: float, note: str, words: Words, digits: int = 3) -> str:
    """Write a figure, or why there is none."""
    if value == value:
        return words.number(value, digits)
    return words(note) if note else "–"


def _single(report: Report) -> list[str]:
    """Name the attributes of one group, which is not apart from anybody."""
    return [str(item["name"]) for item in report.attributes if len(item["groups"]) == 1]


def _summary(report: Report, words: Words) -> list[dict[str, Any]]:
    """Give each attribute's indices of all groups, one column a year."""
    table = report.tables["segregation"]
    rows = table[(table["scenario"] == "baseline") & (table["group"] == "")]
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


def _alike(report: Report, words: Words) -> list[dict[str, str]]:
    """Give Moran's I of each variable in the last year."""
    out = []
    rows = baseline(report.tables["autocorrelation"])
    names = variable_labels(rows["variable"], words)
    for row in rows.itertuples(index=False):
        sure = row.p_value <= 0.05
        verdict = "cannot be told from chance"
        if sure:
            verdict = "neighbours alike" if row.value > row.expected else "neighbours unlike"
        out.append(
            {
                "variable": names[row.variable],
                "value": _value(row.value, row.note, words),
                "p_value": words.number(row.p_value, 3),
                "verdict": words(verdict) if row.p_value == row.p_value else "–",
            }
        )
    return out


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
