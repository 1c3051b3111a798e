"""The report: findings in words, then maps, tables, methods, checks and sources."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from .alike import OF_NEIGHBOURS, neighbours_example, section
from .findings import HEADLINE, baseline, findings, length
from .inequality import section as left_behind
from .meeting import section as meeting_section
from .words import Words, capital, noted

_ADJUSTED = "adjusted for many zones"

METHODS = (
    (
        "intervals",
        "For the interval, the people of each zone are drawn anew, and what chance adds in small "
        "zones is taken off. For what chance alone would give, they are drawn from the shares of "
        "the whole. Pairs of groups have their value alone. Faults in the data are not part of "
        "it.",
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
                _ADJUSTED,
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
        "Places per person when everyone within the limit shares a service. A place just beyond "
        "the limit does not count.",
        (("", "Luo & Wang 2003, doi:10.1068/b29120"),),
    ),
    (
        "spatial_availability",
        "Places per person when those who live nearer to a service have a larger part of it. All "
        "places are handed out, each once.",
        (("", "Soukhov et al. 2023, doi:10.1371/journal.pone.0278468"),),
    ),
    (
        "cumulative",
        "Places within the limit, near or far in it. It knows nothing of others who want them.",
        (),
    ),
    (
        "gravity",
        "Places within the limit, the nearer the more. It knows nothing of others who want them.",
        (("", "Hansen 1959, doi:10.1080/01944365908978307"),),
    ),
    (
        "balancing_cost",
        "How far the people of a zone must go until there is a place for each of them. It knows "
        "nothing of others who want the same places, so zones of one size are compared best.",
        (("", "Barboza et al. 2021, doi:10.1016/j.jtrangeo.2020.102924"),),
    ),
    (
        "raam",
        "What the way and the crowd cost together, when people avoid both: 1 is a way of the "
        "limit, or a service as full as usual next door.",
        (("", "Saxon & Snow 2020, doi:10.1080/24694452.2019.1629870"),),
    ),
    (
        "gap_to_best",
        "How much longer the mean way of a group is than that of the group best off. For the "
        "interval, zones are drawn anew, all groups of a zone together. The group best off is "
        "chosen from the same data, so the intervals hold for all pairs of groups at once. Within "
        "a zone, all have one way.",
        (
            ("interval", "Efron & Tibshirani 1993, doi:10.1007/978-1-4899-4541-9"),
            ("all pairs at once", "Romano & Wolf 2005, doi:10.1198/016214504000000539"),
        ),
    ),
    (
        "lorenz_curve",
        "Which share of all ways or places those with least have together. The Gini index is "
        "twice the area between the curve and the straight line. Theil’s index can be parted into "
        "what is between groups and within them.",
        (
            ("", "Lorenz 1905, doi:10.2307/2276207"),
            ("parts", "Shorrocks 1980, doi:10.2307/1913126"),
        ),
    ),
    (
        "concentration_index",
        "Whether those in the areas that come first in the order have more than their share: "
        "below 0 they have, above 0 the others. It goes by areas, not by people. Of being within "
        "the limit, corrected figures stand in the table.",
        (
            ("", "Kakwani, Wagstaff & van Doorslaer 1997, doi:10.1016/S0304-4076(96)01807-6"),
            ("corrected", "Erreygers 2009, doi:10.1016/j.jhealeco.2008.02.003"),
        ),
    ),
    (
        "access_poverty",
        "How many people have a way beyond a line, and how far beyond. The line is the limit, or "
        "goes by the person in the middle.",
        (("", "Foster, Greer & Thorbecke 1984, doi:10.2307/1913475"),),
    ),
    (
        "twice_burdened",
        "Areas that are high in one figure and lie where ways are long, by a local statistic of "
        "both. It looks at the neighbours’ ways; the area’s own is asked for beside it.",
        (("", "Anselin, Syabri & Smirnov 2002, Visualizing multivariate spatial correlation"),),
    ),
)
"""Each method beside the indices: what it tells and cannot tell, and its sources, each with what
it is the source of where there are several."""

MEASURES = (
    "floating_catchment",
    "spatial_availability",
    "cumulative",
    "gravity",
    "balancing_cost",
    "raam",
)
"""The measures of access, in the order of the report's columns."""


ACTIONS = (
    "left out",
    "left out: no area",
    "left out: nobody has so many around",
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
    "out of reach",
    "kept: compare its size with the source's",
)
"""What the checks do about a finding."""


PARTS = ("composition", "distribution", "zones")
"""What a difference is made of."""

_LEFT_BEHIND = (
    "gap_to_best",
    "lorenz_curve",
    "concentration_index",
    "access_poverty",
    "twice_burdened",
)
"""The methods that are told of where groups are compared."""

_ALONE = ("dissimilarity", "gini", "entropy", "isolation")
"""The indices of each group against all others that the report shows, where they are asked for."""

_SAME = 1e-9
"""Two programs agree where they differ by no more than this, of 1 or of a greater figure."""

_NOT_THERE = "not in PySAL"
_FAILS = "PySAL fails: "
_LEFT_OUT = re.compile(r"(^|; )\d+ zones? left out: (counts missing|demand unknown)$")
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
        The limit of each kind of service.
    unit
        That of ways and limits: ``m`` or ``min``.
    demand
        Who needs a kind of service, as ``attribute.group``, where it is not everybody.
    meant_for
        The groups that have services of a kind for themselves alone, as ``attribute.group``.
    without
        From how many zones no way leads to any service of a kind, and how many people live there,
        about: by kind and way of going, where there are any.
    ranked_by
        What puts areas in order for the concentration of access.
    left_behind
        Each chart of how access is shared out, as in ``figures``.
    maps
        ``file``, ``title``, ``theme`` and ``figures`` (without ending) of each map.
    figures
        Each chart: ``file``, ``title``, ``theme``, a ``text`` on it, and its figures as a table:
        ``head`` and ``rows``. One without a file says why it is not there.
    detour
        Metres of way for a metre of straight line.
    given
        The ways of going whose travel times others have computed.
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
    assignment
        Who uses which service, for meeting places.
    meeting
        Each chart of them: ``file``, ``title`` and ``text``.
    standing
        See `kvarter.maps.findings.findings`.
    replicates, permutations
        The draws of the p-values of segregation and of Moran's I.
    adjust
        How the p-values of zones are adjusted for there being many.
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
    maps: list[dict[str, Any]] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)
    detour: float = 1.0
    given: list[str] = field(default_factory=list)
    dwellings: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    indices: list[dict[str, Any]] = field(default_factory=list)
    level: float = 0.95
    regions: list[str] = field(default_factory=list)
    alpha: float = 0.05
    alike: list[dict[str, str]] = field(default_factory=list)
    standing: dict[str, tuple[int, int]] = field(default_factory=dict)
    replicates: int = 199
    unit: str = "m"
    demand: dict[str, str] = field(default_factory=dict)
    meant_for: dict[str, list[str]] = field(default_factory=dict)
    without: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    ranked_by: str | None = None
    left_behind: list[dict[str, Any]] = field(default_factory=list)
    permutations: int = 999
    assignment: str = "nearest"
    meeting: list[dict[str, str]] = field(default_factory=list)
    adjust: str = "fdr_bh"


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
    measured = set(report.tables["access"]["measure"])
    return _template().render(
        report=report,
        title=words.own(report.name),
        _=words,
        language=language,
        language_names={"fi": "suomeksi", "sv": "på svenska", "en": "in English"},
        findings=findings(
            report.tables,
            words,
            report.limits,
            report.dwellings,
            report.level,
            report.regions,
            report.unit,
            report.alpha,
            report.standing,
            adjusted=report.adjust != "none",
        ),
        summary=_summary(report, words),
        alone=_alone(report, words),
        changes=_changes(report, words, regions=False),
        regions=_changes(report, words, regions=True),
        audit=_audit(report, words),
        alike=section(
            report.tables,
            words,
            report.alpha,
            report.permutations,
            report.dwellings,
            adjusted=report.adjust != "none",
        ),
        tables=_tables(report, words),
        access=_access(report, words),
        left=left_behind(
            report.tables,
            words,
            report.unit,
            report.level,
            report.ranked_by,
            report.variables,
            report.dwellings,
        ),
        met=meeting_section(report.tables, words, report.assignment),
        modes=list(report.tables["access"]["mode"].unique()),
        methods=[
            (*m[:2], [of for of in m[2] if of[0] != _ADJUSTED or report.adjust == "fdr_bh"])
            for m in METHODS
            if (m[0] not in MEASURES or {f"{m[0]}_mean", f"{m[0]}_median"} & measured)
            and (m[0] not in _LEFT_BEHIND or "gap_to_best" in measured)
        ],
        checks=_checks(report, words),
        accounting=report.accounting.astype({"year": "string"})
        .fillna({"year": "", "reason": ""})
        .to_dict("records"),
    )


@lru_cache
def _template() -> Template:
    """Give the template, which is compiled once for all languages."""
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cap"] = capital
    return environment.get_template("report.html")


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
    return _reason(note, words)


def _reason(note: str, words: Words) -> str:
    """Put a note in the language, without the zones that were left out."""
    note = _LEFT_OUT.sub("", note)
    if note.startswith(_FAILS):
        return words("PySAL fails: {error}", error=note.removeprefix(_FAILS))
    if not note:
        return "–"
    whole = words(note)
    # Some reasons have a semicolon of their own; else each is one of several.
    return whole if whole != note else "; ".join(noted(part, words) for part in note.split("; "))


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


def _whole(report: Report) -> pd.DataFrame:
    """Give the rows of the table of segregation that are of all regions together."""
    table = report.tables["segregation"]
    return table[table["region"] == ""]


def _shown(rows: pd.DataFrame) -> pd.Series:
    """Give each index without what chance adds, or as it is counted where that is all there is."""
    return rows["corrected"].fillna(rows["value"])


def _summary(report: Report, words: Words) -> list[dict[str, Any]]:
    """Give each attribute's indices of all groups, one column a year."""
    table = _whole(report)
    rows = table[(table["scenario"] == "baseline") & (table["group"] == "")]
    rows = rows[~rows["index"].isin(_OTHER_SCALE)]
    rows = rows.assign(shown=_shown(rows))
    out = []
    for (attribute, index), part in rows.groupby(["attribute", "index"], sort=False):
        part = part.sort_values("year") if part["year"].notna().any() else part
        out.append(
            {
                "attribute": words.label(str(attribute)),
                "index": words.label(str(index)),
                "values": [
                    _value(row.shown, row.note, words) for row in part.itertuples(index=False)
                ],
                "interval": words.interval(part["ci_low"].iloc[-1], part["ci_high"].iloc[-1], 3),
                "counted": words.number(part["value"].iloc[-1], 3),
                "expected": words.number(part["expected"].iloc[-1], 3),
                "years": ["" if y != y else f"{y:.0f}" for y in part["year"].astype("float64")],
            }
        )
    return out


def _alone(report: Report, words: Words) -> dict[str, Any]:
    """Give indices of each group against all others in the last year, and how many more are."""
    rows = baseline(_whole(report))
    rows = rows[(rows["group"] != "") & (rows["other"] == "")]
    rows = rows.assign(shown=_shown(rows))
    there = list(dict.fromkeys(rows["index"]))
    first = [name for name in _ALONE if name in there]
    names = [*first, *(name for name in there if name not in first)][: len(_ALONE)]
    out = []
    for (attribute, group), part in rows.groupby(["attribute", "group"], sort=False):
        cells = {
            name: _value(value, note, words)
            for name, value, note in zip(part["index"], part["shown"], part["note"], strict=True)
        }
        row = {"attribute": words.label(str(attribute))}
        row["group"] = words.label(str(group), str(attribute))
        out.append({**row, "cells": [cells.get(name, "–") for name in names]})
    return {
        "names": names,
        "rows": out,
        "more": len(there) - len(names),
        "corrected": bool(rows["corrected"].notna().any()),
    }


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
            "corrected": words.number(row.corrected, 3),
            "interval": words.interval(row.ci_low, row.ci_high, 3),
            "p_value": words.p_value(row.p_value, report.replicates),
            **{part: words.number(getattr(row, part), 3) for part in PARTS},
        }
        for row in rows.rename(columns={"from": "first", "to": "last"}).itertuples(index=False)
    ]


def _tables(report: Report, words: Words) -> list[dict[str, str]]:
    """List the tables of segregation, each with why it is empty where it is."""
    why = {
        "segregation": words("no attribute of two groups or more is measured"),
        "change": words("there is one year and no regions to compare"),
        "scale": words("the study names no numbers of nearest people"),
        "zoning": words("no two sizes of squares are as large as the zones"),
    }
    if report.tables["segregation"].empty:
        why = dict.fromkeys(why, why["segregation"])
    return [
        {"file": f"tables/{name}.csv", "why": text if report.tables[name].empty else ""}
        for name, text in why.items()
    ]


def _audit(report: Report, words: Words) -> dict[str, Any] | None:
    """Set the figures beside PySAL's: first where they differ, then how far they agree."""
    if "audit" not in report.tables:
        return None
    table = report.tables["audit"]
    absent = table["note"].str.startswith(_NOT_THERE)
    there = table[~absent & table[["value", "pysal"]].notna().any(axis=1)]
    apart = there["difference"].abs() / there["value"].abs().clip(lower=1)
    same = apart <= _SAME
    digits = 0
    if same.any():
        digits = int(min(15, math.floor(-math.log10(max(apart[same].max(), 1e-15)))))
    other = there[~same]
    # Pairs of groups tell nothing more of the two programs; they stand in the table.
    shown = other[other["other"] == ""].rename(columns={"index": "index_name"})
    rows = [
        {
            "attribute": words.label(row.attribute),
            "group": words.label(row.group, row.attribute) if row.group else words("all groups"),
            "index": words.label(row.index_name),
            "value": words.number(row.value, 5),
            "pysal": words.number(row.pysal, 5),
            "difference": words.number(row.difference, 5),
            "why": _reason(row.note, words),
        }
        for row in shown.itertuples(index=False)
    ]
    missing = table.loc[absent, "index"].unique()
    return {
        "all": len(there),
        "same": int(same.sum()),
        "digits": digits,
        "rows": rows,
        "pairs": len(other) - len(rows),
        "missing": "; ".join(words.label(name) for name in missing),
    }


def _access(report: Report, words: Words) -> list[dict[str, Any]]:
    """Give each kind's ways and shares by group in the last year."""
    rows, single = baseline(report.tables["access"]), _single(report)
    out = []
    several = len(rows["mode"].unique()) > 1
    for (kind, mode), part in rows.groupby(["service", "mode"], sort=False):
        groups: list[dict[str, Any]] = []
        known = part.dropna(subset="value")["measure"].unique()
        measures = {
            name: row
            for name in MEASURES
            for row in (f"{name}_mean", f"{name}_median")
            if row in known
        }
        for (attribute, group), inner in part.groupby(["attribute", "group"], sort=False):
            figures = zip(inner["value"], inner["note"], strict=True)
            cells = dict(zip(inner["measure"], figures, strict=True))
            name = words("all inhabitants")
            if attribute:
                name = words.label(str(attribute))
                if attribute not in single:
                    name += f": {words.label(str(group), str(attribute))}"

            def cell(measure: str, digits: int, cells: dict[Any, Any] = cells) -> str:
                value, note = cells.get(measure, (float("nan"), ""))
                return _value(value, note, words, digits)

            share = cells.get("share_within_limit", (float("nan"), ""))[0]
            row = {
                "mean": cell("mean", 0),
                "median": cell("median", 0),
                "share": words.percent(share, 1)
                if share == share
                else cell("share_within_limit", 0),
                "beyond": cell("beyond_limit", 0),
                "cells": [cell(row, _DIGITS.get(name, 3)) for name, row in measures.items()],
            }
            if attribute in single and groups and row.items() <= groups[0].items():
                continue
            groups.append({"name": name, **row})
        out.append(
            {
                "kind": words.label(str(kind))
                + (f", {words.label(str(mode))}" if several else ""),
                "limit": length(report.limits[str(kind)], report.unit, words),
                "heads": [_head(name, report, str(kind), words) for name in measures],
                "groups": groups,
                "told": [
                    *_without(report.without.get((str(kind), str(mode))), report, words),
                    *_for_whom(report.meant_for.get(str(kind), []), part, words),
                ],
            }
        )
    return out


def _without(found: tuple[int, float] | None, report: Report, words: Words) -> list[str]:
    """Say from how many zones there is no way: they have no mean, and are beyond the limit."""
    if found is None:
        return []
    zones, people = found
    number = words("about {number}", number=words.number(people))
    if people != people:
        number = words("fewer than {least}", least=words.number(report.min_count))
    text = (
        "Zones from which no way leads to any: {zones}, with {number} inhabitants. They count as "
        "beyond the limit, and leave the mean without a figure."
    )
    return [words(text, zones=words.number(zones), number=number)]


def _for_whom(groups: list[str], rows: pd.DataFrame, words: Words) -> list[str]:
    """Say for which groups there are places of their own, and what is estimated for it."""
    if not groups:
        return []
    of = [name.partition(".") for name in groups]
    names = "; ".join(words.label(group, attribute) for attribute, _dot, group in of)
    out = [words("There are places for one group alone ({groups}).", groups=names)]
    guessed = rows.loc[rows["note"].str.contains(_ESTIMATED, regex=False), "attribute"].unique()
    if len(guessed):
        text = words(
            "Who of the groups of other attributes belongs to it nobody knows: in each zone they "
            "are divided as all of its people are. So these figures are estimated: {names}.",
            names="; ".join(
                words.label(str(name)) if name else words("all inhabitants") for name in guessed
            ),
        )
        out.append(text)
    return out


_ESTIMATED = "estimated: "
_DIGITS = {"cumulative": 0, "gravity": 0, "balancing_cost": 0}


def _head(measure: str, report: Report, kind: str, words: Words) -> str:
    """Head the column of a measure."""
    if measure == "balancing_cost":
        return f"{words('Median')}: {words.label(measure)}, {report.unit}"
    if measure == "raam":
        return f"{words('Median')}: {words.label(measure)}"
    if measure != "floating_catchment":
        return capital(words.label(measure))
    who = report.demand.get(kind)
    if who is None:
        return words("Places per inhabitant")
    attribute, _dot, group = who.partition(".")
    return words("Places per person of: {group}", group=words.label(group, attribute))
