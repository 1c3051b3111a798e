"""The pages of a run: maps, figures and the report, in each language of the study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from . import __version__
from .analyses.segregation.catalogue import INDICES, cite
from .clusters import charts as cluster_charts
from .clusters import maps as cluster_maps
from .draw import Drawer
from .layers import Layers
from .layers.disclosure import account
from .maps import Page, Words, choropleth, outlines, reach, save
from .maps.findings import HEADLINE, SCALED, by_scale
from .maps.report import Report, render
from .maps.words import capital
from .measures import Results, limit_of
from .study import Study

Bounds = dict[str, dict[str, list[float]]]
"""The bounds of the classes, by what is mapped and its column."""

Chart = tuple[str, tuple[Any, ...], dict[str, Any], Path]
"""A chart to draw, see `kvarter.draw.draw`."""

LOCAL_MAP = ""
"""Stands for the map of local divergence among the attributes, none of which is called so."""

_MOST_STREETS = 1500
_MAIN = ("motorway", "highway", "trunk", "main", "primary", "secondary", "collector")
"""Of more streets than that, only these classes are drawn to find one's way by."""


def begin_figures(
    folder: Path, study: Study, layers: Layers, results: Results, artist: Drawer
) -> dict[str, str]:
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
        The figure that belongs to each map, without its ending.
    """
    (folder / "maps").mkdir()
    (folder / "figures").mkdir()
    words = Words(study.study.languages[0], _labels(study))
    charts, drawn = _Maps(folder, study, layers, results, words).figures()
    divergence = {LOCAL_MAP: _divergence(results)[0]} if results.local else {}
    artist.ask("classes", {**results.shares, **divergence})
    artist.ask("draw", charts)
    return drawn


def write_pages(
    folder: Path,
    study: Study,
    layers: Layers,
    results: Results,
    artist: Drawer,
    drawn: dict[str, str],
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
    for code in languages:
        progress(f"maps, {code}")
        maps = _Maps(folder, study, layers, results, Words(code, report.labels))
        report.maps = maps.pages(drawn, bounds)
        charts, report.figures = maps.charts()
        more, report.alike = cluster_charts(maps)
        artist.ask("draw", [*charts, *more])
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


def _divergence(results: Results) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give local divergence, zones × attributes, and why it is not shown."""
    local = {name: frame["local_divergence"] for name, frame in results.local.items()}
    return pd.DataFrame(local), pd.DataFrame(results.local_reasons)


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
        limits={str(kind): limit_of(study, str(kind)) for kind in kinds},
        detour=study.access.detour,
        dwellings=layers.dwellings,
        variables=list(study.variables),
        indices=[
            {"name": name, "meaning": INDICES[name].meaning, "papers": cite(INDICES[name])}
            for name in results.tables["segregation"]["index"].unique()
        ],
        level=study.segregation.level,
        alpha=study.autocorrelation.alpha,
        regions=sorted(set(layers.zones[layers.latest].get("region", []))),
    )


class _Maps:
    """The maps and figures of one language."""

    def __init__(
        self, folder: Path, study: Study, layers: Layers, results: Results, words: Words
    ) -> None:
        self.folder, self.study, self.layers = folder, study, layers
        self.results, self.words = results, words
        self.zones = layers.zones[layers.latest]
        self.background = {name: frame[["geometry"]] for name, frame in layers.background.items()}
        network = study.layers.network
        if network and network.rank and len(layers.background["network"]) > _MOST_STREETS:
            lines = layers.background["network"]
            self.background["network"] = lines.loc[lines[network.rank].isin(_MAIN), ["geometry"]]
        self.outlines = outlines(self.zones, self.background)

    def page(self, title: str, description: str, layer: str = "zones") -> Page:
        """Set a map's surroundings: notices, sources of its layer, background."""
        _ = self.words
        notices: tuple[str, ...] = ()
        if self.study.study.fictional:
            notices = (_("A made-up municipality: none of these people or places exist."),)
        origins = [o for o in self.layers.provenance if o.layer in ("zones", layer)]
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

    def divergence(self) -> str:
        """Give the title of the map of local divergence."""
        return self.words("How the mix of each zone differs from the whole") + self.year()

    def pages(self, drawn: dict[str, str], bounds: Bounds) -> list[dict[str, str]]:
        """Write the maps, and list them for the report."""
        _, results, out = self.words, self.results, []

        def keep(stem: str, chart: object, theme: str, heading: str, title: str) -> None:
            file = f"maps/{_file(stem, _.language, self.study.study.languages)}"
            save(chart, self.folder / file)  # type: ignore[arg-type]
            figure = drawn.get(stem, "")
            out.append(
                {
                    "file": file,
                    "title": capital(title),
                    "theme": theme,
                    "heading": capital(heading),
                    "figure": figure,
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
        if results.local:
            title, values = self.divergence(), _divergence(results)
            text = _(
                "Darker means that the mix of groups differs more from that of the whole, in "
                "whichever direction; it is no judgement of the zone. Classes are natural breaks."
            )
            chart = choropleth(
                self.zones,
                values[0],
                page=self.page(title, text),
                heading=_("Divergence, 0 = the mix of the whole"),
                labels={name: _.label(name) for name in values[0]},
                reason=values[1],
                bounds=bounds[LOCAL_MAP],
            )
            keep("divergence", chart, "local", title, title)
        if len(results.distance.columns):
            services = self.layers.services
            title = _("Distance to the nearest service") + self.year()
            text = _("Straight lines from the middle of each zone.")
            empty = pd.Series("", index=self.zones.index)
            nobody = empty.mask(self.zones["population"] == 0, "nobody")
            kinds = [str(kind) for kind in results.distance]
            chart = reach(
                self.zones,
                results.distance,
                services,
                page=self.page(title, text, "services"),
                labels={kind: _.label(kind) for kind in kinds},
                limits={kind: limit_of(self.study, kind) for kind in kinds},
                reason=nobody,
            )
            keep("reach", chart, "reach", title, title)
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

    def figures(self) -> tuple[list[Chart], dict[str, str]]:
        """Give the figures to draw, and name the map that each belongs to."""
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
            drawn[f"share_{name}"] = file
        if self.results.local:
            values, reason = _divergence(self.results)
            options = {
                "page": replace(self.page(self.divergence(), ""), outlines=None),
                "labels": {name: self.words.label(name) for name in values},
                "reason": reason,
                "percent": False,
            }
            file = "figures/divergence"
            charts.append(("share_maps", (self.zones, values), options, self.folder / file))
            drawn["divergence"] = file
        return charts, drawn

    def charts(self) -> tuple[list[Chart], list[dict[str, Any]]]:
        """Give the charts to draw, and what the report says of each."""
        all_ = (self.trend(), self.scale(), self.zoning())
        both = [part for part in all_ if part is not None]
        return [chart for chart, _ in both], [figure for _, figure in both]

    def trend(self) -> tuple[Chart, dict[str, Any]] | None:
        """Give the chart over the years; none of a single year."""
        table = self.results.tables["segregation"]
        rows = table[(table["scenario"] == "baseline") & (table["group"] == "")]
        rows = rows[(rows["index"] == HEADLINE) & rows["year"].notna()]
        rows = rows.astype({"year": int}) if len(rows) else rows
        wide = {key: _wide(rows, "year", key) for key in ("value", "ci_low", "ci_high")}
        several = wide["value"].notna().sum() > 1
        wide = {key: frame.loc[:, several] for key, frame in wide.items()}
        if wide["value"].empty:
            return None
        _, options, text = self.words, {}, ""
        if wide["ci_low"].notna().any(axis=None):
            options = {end: wide[f"ci_{end}"].rename(columns=_.label) for end in ("low", "high")}
            text = _(
                "The bars are {level} confidence intervals, with part of what chance alone adds "
                "in small zones taken off.",
                level=_.level(self.study.segregation.level),
            )
        options["axis_label"] = _("Index of dissimilarity, 0 to 1")
        title = _("Segregation over the years: multigroup index of dissimilarity")
        chart, figure = self.chart("trend", title, wide["value"], text, options)
        figure["head"] = [str(year) for year in wide["value"].index]
        return chart, figure

    def scale(self) -> tuple[Chart, dict[str, Any]] | None:
        """Give the chart by scale; none of a single scale."""
        table = self.results.tables["scale"]
        frame = _wide(table[table["index"] == SCALED], "scale", "value")
        frame = frame.loc[:, frame.notna().any()]
        if len(frame) < 2 or frame.columns.empty:
            return None
        _ = self.words
        options = {
            "axis_label": _("Spatial information theory index"),
            "below": _("Nearest people, households or dwellings"),
            "logarithmic": True,
        }
        title = _("Segregation by scale: how far one has to look") + self.year()
        text = by_scale(table, _, self.layers.dwellings)
        chart, figure = self.chart("scale", title, frame, text, options)
        figure["head"] = [_.number(scale) for scale in frame.index]
        return chart, figure

    def zoning(self) -> tuple[Chart, dict[str, Any]] | None:
        """Give the chart by size of square; none of a single size."""
        table = self.results.tables["zoning"]
        rows = table[(table["index"] == HEADLINE) & (table["group"] == "")]
        sizes = rows.groupby(["attribute", "size"], sort=False)["value"]
        ends = {
            end: _wide(getattr(sizes, end)().reset_index(), "size", "value")
            for end in ("mean", "min", "max")
        }
        frame = ends["mean"].loc[:, ends["mean"].notna().any()]
        if len(frame) < 2 or frame.columns.empty:
            return None
        _ = self.words
        options = {
            "axis_label": _("Index of dissimilarity, 0 to 1"),
            "below": _("Side of the squares, m"),
            "logarithmic": True,
            "low": ends["min"][frame.columns].rename(columns=_.label),
            "high": ends["max"][frame.columns].rename(columns=_.label),
        }
        title = _("The same people in squares of other sizes") + self.year()
        text = _(
            "How much of an index is due to the size of the zones: small ones raise it. The bars "
            "go from the least to the greatest value of four places at which the squares are laid."
        )
        chart, figure = self.chart("zoning", title, frame, text, options)
        figure["head"] = [_.number(size) for size in frame.index]
        return chart, figure

    def chart(
        self, stem: str, title: str, frame: pd.DataFrame, text: str, options: dict[str, Any]
    ) -> tuple[Chart, dict[str, Any]]:
        """Give a chart of lines, and its title, text and table for the report."""
        _ = self.words
        file = "figures/" + _file(stem, _.language, self.study.study.languages)[: -len(".html")]
        page = replace(self.page(title, ""), outlines=None, background={})
        named = frame.rename(columns=_.label)
        rows = [
            {"name": capital(str(name)), "cells": [_.number(value, 3) for value in named[name]]}
            for name in named
        ]
        figure = {"file": file, "title": title, "text": text, "rows": rows}
        return ("lines", (named,), {"page": page, **options}, self.folder / file), figure


def _wide(rows: pd.DataFrame, down: str, value: str) -> pd.DataFrame:
    """Set the attributes side by side, years or scales down."""
    wide = rows.pivot_table(
        index=down, columns="attribute", values=value, aggfunc="first", dropna=False
    )
    return wide.reindex(columns=list(dict.fromkeys(rows["attribute"])))
