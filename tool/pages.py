"""The pages of a run: maps, figures and the report, in each language of the study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from . import __version__
from .analyses.segregation.catalogue import INDICES, cite
from .clusters import charts as cluster_charts
from .clusters import maps as cluster_maps
from .clusters import standing
from .draw import Drawer
from .layers import Layers
from .layers.disclosure import account, coarse, number_of_people
from .left_behind import charts as left_behind_charts
from .maps import Chance, Page, Words, choropleth, outlines, save
from .maps.findings import HEADLINE, SCALED, by_scale
from .maps.report import Report, render
from .maps.words import capital
from .measures import Results
from .met import charts as meeting_charts
from .reached import maps as access_maps
from .segregation import REACH, TOO_FEW
from .study import Study

Bounds = dict[str, dict[str, list[float]]]
"""The bounds of the classes, by what is mapped and its column."""

Chart = tuple[str, tuple[Any, ...], dict[str, Any], Path]
"""A chart to draw, see `kvarter.draw.draw`."""

_Figure = tuple[Chart | None, dict[str, Any] | None]
"""A chart and what the report says of it; or why there is none; or nothing."""

_INTERVAL = ("corrected", "ci_low", "ci_high")

LOCAL_MAP = ""
"""Stands for the map of local figures among the attributes, none of which is called so."""

_MOST_LINES = 8
"""More lines than this, one a region, nobody can follow."""

_MOST_STREETS = 1500
_MAIN = ("motorway", "highway", "trunk", "main", "primary", "secondary", "collector")
"""Of more streets than that, only these classes are drawn to find one's way by."""


def begin_figures(
    folder: Path, study: Study, layers: Layers, results: Results, artist: Drawer
) -> dict[str, list[str]]:
    """Have the classes found and the maps for print drawn, into ``figures/`` of a folder.

    Parameters
    ----------
    folder, study, layers, artist
        See `write_pages`.
    results
        What is shown of the zones, see `kvarter.measures.begin`.

    Returns
    -------
    dict
        The figures that belong to each map, without their endings.
    """
    (folder / "maps").mkdir()
    (folder / "figures").mkdir()
    words = Words(study.study.languages[0], _labels(study))
    charts, drawn = _Maps(folder, study, layers, results, words).figures()
    artist.ask("classes", {**results.shares, LOCAL_MAP: results.local.values})
    artist.ask("draw", charts)
    return drawn


def write_pages(
    folder: Path,
    study: Study,
    layers: Layers,
    results: Results,
    artist: Drawer,
    drawn: dict[str, list[str]],
    progress: Callable[[str], object] = lambda step: None,
) -> None:
    """Write ``index.html``, ``maps/`` and the charts of ``figures/`` into a folder.

    Parameters
    ----------
    folder
        The folder of the run.
    study, layers, results
        What was asked, read and measured.
    artist
        Who draws the figures.
    drawn
        What `begin_figures` gave.
    progress
        Is told each step before it begins.

    Notes
    -----
    The first language of the study has the plain names (``index.html``, ``maps/share_x.html``);
    the others carry their code (``index.sv.html``). The maps for print are in the first language.
    """
    languages = study.study.languages
    files: dict[str, str] = {code: _file("index", code, languages) for code in languages}
    report = _report(study, layers, results, files)
    bounds = artist.answer()
    maps = _Maps(folder, study, layers, results, Words(languages[0], report.labels))
    for code in languages:
        progress(f"maps, {code}")
        maps.words = Words(code, report.labels)
        report.maps = maps.pages(drawn, bounds)
        charts, report.figures = maps.charts()
        more, report.alike = cluster_charts(maps)
        curves, report.left_behind = left_behind_charts(maps)
        met, report.meeting = meeting_charts(maps)
        artist.ask("draw", [*charts, *more, *curves, *met])
        (folder / files[code]).write_text(render(report, code), encoding="utf-8")
    progress("figures")
    for _ in ("shares", *languages):
        artist.answer()


def _file(stem: str, code: str, languages: list) -> str:
    return f"{stem}.html" if code == languages[0] else f"{stem}.{code}.html"


def _labels(study: Study) -> dict[str, dict[str, str]]:
    """Give the study's own labels by name, then by language."""
    labels: dict[str, dict[str, str]] = {}
    for code, names in study.labels.items():
        for name, text in names.items():
            labels.setdefault(name, {})[code] = text
    return labels


def _report(study: Study, layers: Layers, results: Results, files: dict[str, str]) -> Report:
    """Gather what a report needs beside its maps."""
    kinds = results.tables["access"]["service"].unique()
    return Report(
        name=study.study.name,
        fictional=study.study.fictional,
        min_count=study.study.min_count,
        made=date.today().isoformat(),
        version=__version__,
        files=files,
        labels=_labels(study),
        attributes=[
            {"name": name, "universe": layers.universe[name], "groups": groups}
            for name, groups in layers.groups.items()
        ],
        tables=results.tables,
        accounting=account(layers.accounting, study.study.min_count),
        hidden=results.hidden[results.hidden["group"] == ""],
        sources=[asdict(origin) for origin in layers.provenance],
        limits={str(kind): study.access.limit_of(str(kind)) for kind in kinds},
        unit=study.access.sign,
        ranked_by=study.ranked_by,
        demand=results.needs,
        meant_for=results.meant_for,
        without=_without(study, layers, results),
        assignment=study.access.assignment,
        detour=study.access.detour,
        given=[m for m in study.access.mode if m in layers.travel_times(layers.latest)],
        dwellings=layers.dwellings,
        variables=list(study.variables),
        indices=[
            {"name": name, "meaning": INDICES[name].meaning, "papers": cite(INDICES[name])}
            for name in [
                *results.tables["segregation"]["index"].unique(),
                *dict.fromkeys(
                    index for index, _, _ in results.local.of.values() if index != REACH
                ),
            ]
        ],
        level=study.segregation.level,
        alpha=study.autocorrelation.alpha,
        standing=standing(results) if study.autocorrelation.adjust != "none" else {},
        regions=sorted(set(layers.zones[layers.latest].get("region", [])) - {""}),
        replicates=study.segregation.replicates,
        permutations=study.autocorrelation.permutations,
        adjust=study.autocorrelation.adjust,
    )


def _without(
    study: Study, layers: Layers, results: Results
) -> dict[tuple[str, str], tuple[int, float]]:
    """Count the zones from which no way leads to any service of a kind, and their people."""
    least, people = study.study.min_count, layers.zones[layers.latest]["population"]
    out = {}
    for way in results.ways.values():
        cut_off = way.nearest.isna() & (people > 0)
        # Of services that are meant for groups, it is told of those who may use the others.
        if cut_off.any() and not way.group:
            number = pd.Series([number_of_people(float(people[cut_off].sum()), least)])
            out[way.kind, way.mode] = int(cut_off.sum()), float(coarse(number, least).iloc[0])
    return out


class _Maps:
    """The maps and figures, in the language of ``words``."""

    def __init__(
        self, folder: Path, study: Study, layers: Layers, results: Results, words: Words
    ) -> None:
        self.folder, self.study, self.layers = folder, study, layers
        self.results, self.words = results, words
        self.zones = layers.zones[layers.latest]
        self.chances: dict[str, Chance | None] = {}
        """By attribute, found once for all languages and maps; see `kvarter.clusters`."""
        self.background = {name: frame[["geometry"]] for name, frame in layers.background.items()}
        network = study.layers.network
        if network and network.rank and len(layers.background["network"]) > _MOST_STREETS:
            lines = layers.background["network"]
            self.background["network"] = lines.loc[lines[network.rank].isin(_MAIN), ["geometry"]]

    @cached_property
    def outlines(self) -> dict[str, Any]:
        """Give the outlines that all maps share."""
        return outlines(self.zones, self.background)

    def page(self, title: str, description: str, layer: str = "zones") -> Page:
        """Set a map's surroundings: notices, sources of its layer, background."""
        _ = self.words
        notices: tuple[str, ...] = ()
        if self.study.study.fictional:
            notices = (_("A made-up municipality: none of these people or places exist."),)
        ways = ("homes", "travel_times") if layer == "services" else ()
        shown = {"zones", layer, *self.background, *ways}
        origins = [o for o in self.layers.provenance if o.layer in shown]
        lines = dict.fromkeys(f"{_.own(o.source)}, {o.licence}".strip(", ") for o in origins)
        texts = tuple(_("Source: {source}", source=line) for line in lines if line)
        return Page(_, capital(title), description, notices, texts, self.background, self.outlines)

    def year(self) -> str:
        """Give the last year in brackets, as titles end."""
        return "" if self.layers.latest is None else f" ({self.layers.latest})"

    def labels(self, name: str) -> dict[str, str]:
        """Name the columns of what is mapped under a name."""
        if name in self.study.variables:
            return {name: self.words.label(name)}
        if self.results.shares[name].shape[1] == 1:
            return {self.results.shares[name].columns[0]: self.words.label(name)}
        return {group: self.words.label(group, name) for group in self.results.shares[name]}

    def style(self, name: str) -> dict[str, Any]:
        """Say in what unit a figure is shown."""
        if name in self.study.variables:
            return {"unit": self.study.variables[name].unit}
        if self.results.shares[name].shape[1] == 1:
            return {"unit": "/ km²"}
        return {"percent": True}

    def title(self, name: str) -> str:
        """Give the title of a name's map of figures."""
        _, label = self.words, self.words.label(name)
        if name not in self.study.variables and self.results.shares[name].shape[1] > 1:
            label = _("{attribute}: share of each group by zone", attribute=label)
        return label + self.year()

    def local_label(self, index: str, attribute: str, group: str) -> str:
        """Name what a local figure is of."""
        _ = self.words
        if index == REACH:
            return _("the {number} nearest people", number=_.number(int(attribute)))
        name = _.label(attribute)
        return f"{name}, {_.label(group, attribute)}" if group else name

    def local_text(self, index: str) -> str:
        """Say what a local figure tells."""
        _ = self.words
        if index == REACH:
            return _(
                "How far one must go from a zone to have so many people around, its own among "
                "them. Zones whose people are hidden count as {few} each.",
                few=_.number(self.study.study.min_count / 2),
            )
        return INDICES[index].meaning[_.language]

    def pages(self, drawn: dict[str, list[str]], bounds: Bounds) -> list[dict[str, Any]]:
        """Write the maps, and list them for the report."""
        _, results, out = self.words, self.results, []

        def keep(stem: str, chart: object, theme: str, heading: str, title: str) -> None:
            file = f"maps/{_file(stem, _.language, self.study.study.languages)}"
            save(chart, self.folder / file)  # type: ignore[arg-type]
            out.append(
                {
                    "file": file,
                    "title": capital(title),
                    "theme": theme,
                    "heading": capital(heading),
                    "figures": drawn.get(stem, []),
                }
            )

        for name, shares in results.shares.items():
            style, label = self.style(name), _.label(name)
            one = self.title(name)
            common = {"labels": self.labels(name), "reason": results.reasons[name], **style}
            heading = _("Share of the zone") if style.get("percent") else label
            text = _("Darker means a greater share or figure; classes are natural breaks.")
            chart = choropleth(
                self.zones,
                shares,
                page=self.page(one, text),
                heading=heading,
                bounds=bounds[name],
                summary=self.covered(name),
                **common,
            )
            keep(f"share_{name}", chart, "share", label, one)
        cluster_maps(self, keep)
        local = results.local
        if local.of:
            title = _("The mix of groups zone by zone") + self.year()
            text = _(
                "Darker means a greater figure; it is no judgement of the zone. Classes are "
                "natural breaks."
            )
            chart = choropleth(
                self.zones,
                local.values,
                page=self.page(title, text),
                heading={name: _.label(of[0]) for name, of in local.of.items()},
                labels={
                    name: f"{_.label(of[0])}: {self.local_label(*of)}"
                    for name, of in local.of.items()
                },
                reason=local.reason,
                unit={name: "m" for name, of in local.of.items() if of[0] == REACH},
                bounds=bounds[LOCAL_MAP],
                summary={name: self.local_text(of[0]) for name, of in local.of.items()},
            )
            keep("local", chart, "local", title, title)
        access_maps(self, keep)
        return out

    def covered(self, name: str) -> dict[str, str]:
        """Say of each group's map how much of it is hidden, and that what is shown is no sample.

        Nothing is said of a map on which nothing is hidden.
        """
        hidden, _, out = self.results.hidden, self.words, {}
        if name in self.study.variables:
            return {}
        text = _(
            "Zero is shown and 1 to {most} is not, so the zones shown are not representative of "
            "all.",
            most=_.number(self.study.study.min_count - 1),
        )
        rows = hidden[(hidden["attribute"] == name) & (hidden["zones_hidden"] > 0)]
        for row in rows.itertuples(index=False):
            share = _.percent(row.people_share)
            part = {
                "persons": _("{share} of the people", share=share),
                "households": _("{share} of the households", share=share),
                "dwellings": _("{share} of the dwellings", share=share),
            }[self.layers.universe[name]]
            first = _(
                "The figure is shown for {shown} of {zones} zones; {part} are in zones where it "
                "is hidden.",
                shown=_.number(row.zones_shown),
                zones=_.number(row.zones),
                part=part,
            )
            out[row.group] = f"{first} {text}"
        return out

    def figures(self) -> tuple[list[Chart], dict[str, list[str]]]:
        """Give the figures to draw, and name them by the map that they belong to."""
        charts, drawn = [], {}
        for name, shares in self.results.shares.items():
            options = {
                "page": replace(self.page(self.title(name), ""), outlines=None),
                "labels": self.labels(name),
                "reason": self.results.reasons[name],
                **{"percent": False, **self.style(name)},
            }
            file = f"figures/share_{name}"
            charts.append(("share_maps", (self.zones, shares), options, self.folder / file))
            drawn[f"share_{name}"] = [file]
        local, drawn["local"] = self.results.local, []
        for index in dict.fromkeys(of[0] for of in local.of.values()):
            columns = {column: of for column, of in local.of.items() if of[0] == index}
            title = self.words.label(index) + self.year()
            options = {
                "page": replace(self.page(title, ""), outlines=None),
                "labels": {column: self.local_label(*of) for column, of in columns.items()},
                "reason": local.reason[[*columns]],
                "percent": False,
                "unit": "m" if index == REACH else "",
            }
            file = f"figures/{index}"
            figures = local.values[[*columns]]
            charts.append(("share_maps", (self.zones, figures), options, self.folder / file))
            drawn["local"].append(file)
        return charts, drawn

    def charts(self) -> tuple[list[Chart], list[dict[str, Any]]]:
        """Give the charts to draw, and what the report says of each, or why there is none."""
        charts, figures = [], []
        for make in (
            self.trend,
            self.regions,
            self.scale,
            self.scale_by_region,
            self.zoning,
        ):
            chart, figure = make()
            charts += [chart] if chart else []
            figures += [figure] if figure else []
        return charts, figures

    def marks(self) -> tuple[str, str]:
        """Say what filled and hollow marks are."""
        _ = self.words
        level = _.level(self.study.segregation.level)
        return (
            _("what chance adds taken off, with {level} confidence interval", level=level),
            _("as counted"),
        )

    def corrected(self) -> str:
        """Explain the two marks."""
        return self.words(
            "Filled marks and bars: what chance alone adds in small zones is taken off. Hollow "
            "marks: the index as it is counted."
        )

    def trend(self) -> _Figure:
        """Give the chart over the years; none of a single year."""
        rows = _headline(self.results.tables["segregation"])
        rows = rows[(rows["region"] == "") & rows["year"].notna()]
        rows = rows.astype({"year": int}) if len(rows) else rows
        wide = {key: _wide(rows, "year", key) for key in ("value", *_INTERVAL)}
        several = wide["value"].notna().sum() > 1
        _, options, text = self.words, {}, ""
        wide = {key: frame.loc[:, several].rename(columns=_.label) for key, frame in wide.items()}
        if wide["value"].empty:
            return None, None
        frame = wide["value"]
        if wide["ci_low"].notna().any(axis=None):
            # Where nothing was drawn, what is counted is all there is.
            frame = wide["corrected"].fillna(frame)
            options = {"low": wide["ci_low"], "high": wide["ci_high"], "observed": wide["value"]}
            options["marks"], text = self.marks(), self.corrected()
        options["axis_label"] = _("Index of dissimilarity, 0 to 1")
        title = _("Segregation over the years: multigroup index of dissimilarity")
        chart, figure = self.chart("trend", title, {"": frame}, text, options)
        figure["head"] = [str(year) for year in frame.index]
        if "observed" in options:
            figure["rows"] += self.rows(wide["value"], after=", " + _("as counted"))
        return chart, figure

    def regions(self) -> _Figure:
        """Give the chart of the regions side by side."""
        rows = _headline(self.results.tables["segregation"])
        rows = rows[(rows["region"] != "")].dropna(subset="value")
        if rows.empty:
            return None, None
        _ = self.words
        known = rows["corrected"].notna()
        rows = rows.assign(shown=rows["corrected"].where(known, rows["value"]))
        frames: dict[str, pd.DataFrame] = {}
        cells = []
        for attribute, part in rows.groupby("attribute", sort=False):
            name = _.label(str(attribute))
            frames[name] = pd.DataFrame(
                {
                    "value": part["shown"].to_numpy(),
                    "low": part["ci_low"].to_numpy(),
                    "high": part["ci_high"].to_numpy(),
                    "observed": part["value"].to_numpy(),
                },
                [_.label(region) for region in part["region"]],
            )
            for row in frames[name].itertuples():
                interval = _.interval(row.low, row.high, 3)
                figures = [_.number(row.value, 3), interval, _.number(row.observed, 3)]
                cells.append({"name": capital(f"{name}: {row.Index}"), "cells": figures})
        options = {"axis_label": _("Index of dissimilarity, 0 to 1"), "marks": self.marks()}
        title = _("Regions beside each other: multigroup index of dissimilarity") + self.year()
        text = self.corrected() if known.any() else ""
        chart, figure = self.chart("regions", title, frames, text, options, "intervals")
        level = _.level(self.study.segregation.level)
        head = [_("Value"), _("{level} confidence interval", level=level), _("as counted")]
        return chart, {**figure, "theme": "regions", "head": head, "rows": cells}

    def scale(self) -> _Figure:
        """Give the chart by scale; none of a single scale."""
        table = self.results.tables["scale"]
        table = table[(table["index"] == SCALED) & (table["region"] == "")]
        _, title = self.words, self.words("Segregation by scale: how far one has to look")
        frame = _wide(table, "scale", "value").rename(columns=_.label)
        text = by_scale(table, _, self.layers.dwellings)
        far = table[table["value"].isna() & (table["note"] != TOO_FEW)]
        if len(far):
            names = "; ".join(dict.fromkeys(_.label(name) for name in far["attribute"]))
            most = _.number(far["scale"].min())
            beyond = _("There are not as many as {number} of: {names}.", number=most, names=names)
            text = " ".join(filter(None, [text, beyond]))
        frame = frame.loc[frame.notna().any(axis=1), frame.notna().any()]
        if len(frame) < 2:
            text = _("There is no figure: it takes two scales or more.") + f" {text}"
            told = {"file": "", "title": title, "text": text, "theme": ""}
            return None, told if len(far) else None
        if (frame < 0).any(axis=None):
            text += " " + self.below_zero()
        options = {**self.scaled(), "logarithmic": True}
        chart, figure = self.chart("scale", title + self.year(), {"": frame}, text, options)
        figure["head"] = [_.number(scale) for scale in frame.index]
        return chart, figure

    def scaled(self) -> dict[str, Any]:
        """Name the axes of a chart by scale."""
        return {
            "axis_label": self.words("Spatial information theory index"),
            "below": self.words("Nearest people, households or dwellings"),
        }

    def below_zero(self) -> str:
        """Explain a spatial information theory index below 0."""
        return self.words(
            "Below 0, what people have around them is on average more mixed than the whole: that "
            "can be where small groups live in places that many have near."
        )

    def scale_by_region(self) -> _Figure:
        """Give the chart by scale in each region; none of many regions."""
        table = self.results.tables["scale"]
        table = table[(table["index"] == SCALED) & (table["region"] != "")].dropna(subset="value")
        if table["region"].nunique() > _MOST_LINES:
            return None, None
        _, frames, rows = self.words, {}, []
        scales = sorted(set(table["scale"]))
        for attribute, part in table.groupby("attribute", sort=False):
            wide = part.pivot_table(index="scale", columns="region", values="value", sort=False)
            if len(wide) < 2:
                continue
            name, wide = _.label(str(attribute)), wide.rename(columns=_.label)
            frames[name] = wide
            rows += self.rows(wide.reindex(scales), before=f"{name}: ")
        if not frames:
            return None, None
        title = _("Segregation by scale in each region") + self.year()
        text = _("Nobody beyond the border of a region is counted.")
        if any((frame < 0).any(axis=None) for frame in frames.values()):
            text += " " + self.below_zero()
        options = {**self.scaled(), "logarithmic": True}
        chart, figure = self.chart("scale_regions", title, frames, text, options)
        head = [_.number(scale) for scale in scales]
        return chart, {**figure, "theme": "regions", "head": head, "rows": rows}

    def zoning(self) -> _Figure:
        """Give the chart by size of square; none of a single size."""
        table = self.results.tables["zoning"]
        rows = table[(table["index"] == HEADLINE) & (table["group"] == "")]
        sizes = rows.groupby(["attribute", "size"], sort=False)["value"]
        ends = {
            end: _wide(getattr(sizes, end)().reset_index(), "size", "value")
            for end in ("mean", "min", "max")
        }
        _, known = self.words, ends["mean"].notna().any()
        ends = {end: wide.loc[:, known].rename(columns=_.label) for end, wide in ends.items()}
        frame = ends["mean"]
        if len(frame) < 2 or frame.columns.empty:
            return None, None
        options = {
            "axis_label": _("Index of dissimilarity, 0 to 1"),
            "below": _("Side of the squares, m"),
            "logarithmic": True,
            "low": ends["min"],
            "high": ends["max"],
        }
        title = _("The same people in squares of other sizes") + self.year()
        text = _(
            "How much of an index is due to the size of the zones: small ones raise it. The bars "
            "go from the least to the greatest value of four places at which the squares are laid."
        )
        chart, figure = self.chart("zoning", title, {"": frame}, text, options)
        figure["head"] = [_.number(size) for size in frame.index]
        return chart, figure

    def chart(
        self,
        stem: str,
        title: str,
        frames: dict[str, pd.DataFrame],
        text: str,
        options: dict[str, Any],
        kind: str = "lines",
    ) -> tuple[Chart, dict[str, Any]]:
        """Give a chart, and its title, text and table for the report."""
        _ = self.words
        file = "figures/" + _file(stem, _.language, self.study.study.languages)[: -len(".html")]
        page = replace(self.page(title, ""), outlines=None, background={})
        rows = [row for frame in frames.values() for row in self.rows(frame)]
        figure = {"file": file, "title": title, "text": text, "rows": rows, "theme": ""}
        return (kind, (frames,), {"page": page, **options}, self.folder / file), figure

    def rows(self, frame: pd.DataFrame, before: str = "", after: str = "") -> list[dict[str, Any]]:
        """Give the columns of a chart as rows of a table."""
        return [
            {
                "name": capital(f"{before}{name}{after}"),
                "cells": [self.words.number(value, 3) for value in frame[name]],
            }
            for name in frame
        ]


def _headline(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of the index that the charts and sentences tell of."""
    rows = table[(table["scenario"] == "baseline") & (table["group"] == "")]
    return rows[rows["index"] == HEADLINE]


def _wide(rows: pd.DataFrame, down: str, value: str) -> pd.DataFrame:
    """Set the attributes side by side, years or scales down."""
    wide = rows.pivot_table(
        index=down, columns="attribute", values=value, aggfunc="first", dropna=False
    )
    return wide.reindex(columns=list(dict.fromkeys(rows["attribute"])))
