"""The report: findings in words, then maps, tables, methods, checks and sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from .findings import baseline, findings, variable_label
from .words import Words

METHODS = (
    (
        "dissimilarity",
        "Half the sum over zones of the difference between two groups' shares of their members. "
        "It tells how unevenly groups live, not why, and grows when zones are small.",
        "Duncan & Duncan 1955, doi:10.2307/2088328; several groups: Sakoda 1981, "
        "doi:10.2307/2061096",
    ),
    (
        "information_theory",
        "How much less mixed the zones are than the whole, by entropy. It tells how uneven the "
        "mix is, not where.",
        "Theil & Finizza 1971, doi:10.1080/0022250X.1971.9989795",
    ),
    (
        "isolation",
        "The chance that a neighbour in the same zone is of the same group. It depends on the "
        "size of the group and cannot tell whether people meet.",
        "Bell 1954, doi:10.2307/2574118",
    ),
    (
        "interaction",
        "The chance that a neighbour in the same zone is of the other group. It cannot tell "
        "whether people meet.",
        "Bell 1954, doi:10.2307/2574118",
    ),
    (
        "location_quotient",
        "A group's share in a zone over its share in all zones.",
        "Isard 1960, Methods of Regional Analysis",
    ),
    (
        "moran_i",
        "Whether neighbouring zones are alike. It cannot tell the cause.",
        "Moran 1950, doi:10.2307/2332142; local: Anselin 1995, "
        "doi:10.1111/j.1538-4632.1995.tb00338.x; adjusted for many zones: Benjamini & Hochberg "
        "1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
    ),
    (
        "floating_catchment",
        "Places per person when everyone within the limit shares a service. It knows no streets "
        "yet: distances are straight lines.",
        "Luo & Wang 2003, doi:10.1068/b29120",
    ),
)
"""Each method: what it tells and cannot tell, and its source."""


ACTIONS = (
    "left out",
    "left out: no area",
    "left out: nobody can say where they live",
    "no data",
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
    "read as Windows-1252",
    "read as UTF-16",
    "read as numbers",
    "areas are kept, else lines",
)
"""What the checks do about a finding."""


@dataclass
class Report:
    """What a report is made of.

    Attributes
    ----------
    name, fictional, min_count, made, version
        Of the study and the run.
    files
        The report's file in each language.
    labels
        The study's own labels.
    attributes
        ``name``, ``universe`` and ``groups`` of each attribute.
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
    return environment.get_template("report.html").render(
        report=report,
        _=words,
        language=language,
        language_names={"fi": "suomeksi", "sv": "på svenska", "en": "in English"},
        findings=findings(report.tables, words, report.limits),
        summary=_summary(report, words),
        pairs=_pairs(report, words),
        alike=_alike(report, words),
        access=_access(report, words),
        methods=METHODS,
        checks=_checks(report.tables["checks"], words),
        accounting=report.accounting.astype({"year": "string"})
        .fillna({"year": "", "reason": ""})
        .to_dict("records"),
    )


def _checks(checks: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Put layers and actions in the language; ids and names of columns stay as they are."""

    def layer(text: str) -> str:
        name, space, year = text.partition(" ")
        return words.label(name) + space + year

    def example(text: str) -> str:
        shown, more, number = text.rpartition(" and ")
        if not more or not number.endswith(" more"):
            return text
        return shown + words(" and {number} more", number=number.removesuffix(" more"))

    def action(text: str) -> str:
        what, crs = text[:9], text[9:]
        if what == "taken as ":
            return words("taken as {crs}", crs=crs)
        return words(text) if text in ACTIONS else text

    return checks.assign(
        layer=checks["layer"].map(layer),
        example=checks["example"].map(example),
        action=checks["action"].map(action),
    )


def _value(value: float, note: str, words: Words, digits: int = 3) -> str:
    """Write a figure, or why there is none."""
    if value == value:
        return words.number(value, digits)
    return words(note) if note else "–"


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


def _pairs(report: Report, words: Words) -> list[dict[str, Any]]:
    """Give each group's evenness and isolation in the last year."""
    rows = baseline(report.tables["segregation"])
    rows = rows[(rows["group"] != "") & (rows["other"] == "")]
    out = []
    for (attribute, group), part in rows.groupby(["attribute", "group"], sort=False):
        cells = {
            row.index_name: _value(row.value, row.note, words)
            for row in part.rename(columns={"index": "index_name"}).itertuples(index=False)
        }
        labels = {"attribute": words.label(str(attribute))}
        out.append({**labels, "group": words.label(str(group), str(attribute)), **cells})
    return out


def _alike(report: Report, words: Words) -> list[dict[str, str]]:
    """Give Moran's I of each variable in the last year."""
    out = []
    for row in baseline(report.tables["autocorrelation"]).itertuples(index=False):
        sure = row.p_value <= 0.05
        verdict = "cannot be told from chance"
        if sure:
            verdict = "neighbours alike" if row.value > row.expected else "neighbours unlike"
        out.append(
            {
                "variable": variable_label(row.variable, words),
                "value": _value(row.value, row.note, words),
                "p_value": words.number(row.p_value, 3),
                "verdict": words(verdict) if row.p_value == row.p_value else "–",
            }
        )
    return out


def _access(report: Report, words: Words) -> list[dict[str, Any]]:
    """Give each kind's distances and shares by group in the last year."""
    rows = baseline(report.tables["access"])
    out = []
    for kind, part in rows.groupby("service", sort=False):
        groups = []
        for (attribute, group), inner in part.groupby(["attribute", "group"], sort=False):
            cells = inner.set_index("measure")
            name = words("all inhabitants")
            if attribute:
                name = f"{words.label(str(attribute))}: {words.label(str(group), str(attribute))}"

            def cell(measure: str, digits: int, cells: pd.DataFrame = cells) -> str:
                if measure not in cells.index:
                    return "–"
                row = cells.loc[measure]
                return _value(row["value"], row["note"], words, digits)

            share = cells["value"].get("share_within_limit", float("nan"))
            groups.append(
                {
                    "name": name,
                    "mean": cell("mean", 0),
                    "median": cell("median", 0),
                    "share": words.percent(share, 1)
                    if share == share
                    else cell("share_within_limit", 0),
                    "beyond": cell("beyond_limit", 0),
                    "places": cell("floating_catchment_mean", 3),
                }
            )
        out.append(
            {
                "kind": words.label(str(kind)),
                "limit": words.number(report.limits[str(kind)]),
                "groups": groups,
            }
        )
    return out
