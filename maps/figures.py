"""Figures for print: the same maps and charts as SVG and PNG."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .classes import breaks, classify, ranges
from .page import Page
from .palettes import BORDER, LAND, NO_VALUE, SEQUENTIAL, WATER
from .words import capital, reasons

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK = "#1d1d1b"
_SOFT = "#3d3a35"
_HATCHES = {"hatch": "//////", "cross": "xxxxx"}
_LINES = ("#5c0159", "#2b4f86", "#b35806", "#3a7d44", "#6f6a60", "#8856a7", "#a3b8d9", "#1d1d1b")
_MARKERS = "osD^vPX*"


def share_maps(
    zones: gpd.GeoDataFrame,
    values: pd.DataFrame,
    *,
    page: Page,
    labels: dict[str, str],
    reason: pd.DataFrame,
    percent: bool = True,
    unit: str = "",
) -> Figure:
    """Draw the maps of an attribute's groups side by side.

    Parameters
    ----------
    zones, values, page, labels, reason, percent, unit
        See `kvarter.maps.choropleth`; the classes and colours are the same.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    number = values.shape[1]
    columns = min(number, 3)
    rows = -(-number // columns)
    west, south, east, north = _extent(zones, page)
    entries = 5 + max(reason[name].replace("", pd.NA).nunique() for name in values)
    height = 3.4 * (north - south) / (east - west) + 0.1 + 0.15 * -(-entries // 2)
    figsize = (3.4 * columns, (height + 0.12) * rows + 0.5)
    figure = Figure(figsize=figsize, dpi=150, layout="constrained")
    figure.suptitle(_folded(page.title, 34 * columns), fontsize=11, color=_INK, parse_math=False)
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, name in zip(axes, values, strict=False):
        column = values[name].to_numpy(dtype=float)
        why = reasons(page.words)
        _map(axis, zones, column, breaks(column), reason[name], page, percent, unit, why)
        # Without y, each drawing looks for the title's place anew.
        title = _folded(capital(labels[name]), 44)
        axis.set_title(title, fontsize=9, y=1.0, parse_math=False)
    lines = _sources(page, 64 * columns)
    figure.supxlabel(lines, fontsize=6, color=_SOFT, parse_math=False)
    return figure


def _extent(zones: gpd.GeoDataFrame, page: Page) -> tuple[float, float, float, float]:
    """Give the bounds of the zones, and of the border unless most of it has no zones."""
    west, south, east, north = zones.total_bounds
    if "border" in page.background:
        w, s, e, n = page.background["border"].total_bounds
        if e - w < 1.5 * (east - west) and n - s < 1.5 * (north - south):
            west, south, east, north = min(w, west), min(s, south), max(e, east), max(n, north)
    return west, south, east, north


def _map(
    axis: Axes,
    zones: gpd.GeoDataFrame,
    column: np.ndarray,
    bounds: list[float],
    reason: pd.Series,
    page: Page,
    percent: bool,
    unit: str,
    texts_why: dict[str, str],
) -> None:
    """Draw one map with its legend and scale."""
    from matplotlib.patches import Patch

    _ = page.words
    west, south, east, north = _extent(zones, page)
    room = 0.02 * (east - west)
    axis.set_xlim(west - room, east + room)
    axis.set_ylim(south - room, north + room)
    axis.set_aspect("equal")
    axis.set_anchor("N")
    for name, colour in (("border", LAND), ("water", WATER)):
        if name in page.background:
            _fill(axis, page.background[name].geometry.to_numpy(), colour, "none")
    number = classify(column, bounds)
    colours = SEQUENTIAL[max(len(bounds), 1)]
    places, why = zones.geometry.to_numpy(), reason.to_numpy()
    for part, colour in zip(range(len(bounds)), colours, strict=False):
        _fill(axis, places[(number == part) & (why == "")], colour, BORDER)
    texts, _digits = ranges(column, bounds, _, percent=percent, unit=unit)
    handles = [
        Patch(facecolor=colour, edgecolor=BORDER, lw=0.3, label=text)
        for text, colour in zip(texts, colours, strict=False)
    ]
    for name in ("hidden", "missing", "nobody", "none"):
        if not (why == name).any():
            continue
        colour, pattern = NO_VALUE[name]
        look: dict[str, Any] = {"facecolor": colour, "edgecolor": "#cfcac0"}
        if pattern:
            look = {"facecolor": "#ffffff", "edgecolor": colour, "hatch": _HATCHES[pattern]}
        _fill(axis, places[why == name], look["facecolor"], look["edgecolor"], look.get("hatch"))
        handles.append(Patch(**look, lw=0.3, label=capital(texts_why[name])))
    legend = axis.legend(
        handles=handles,
        fontsize=6,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        ncols=2,
        frameon=False,
        handlelength=1.4,
    )
    for entry in legend.get_texts():
        entry.set_parse_math(False)
    length = 10.0 ** np.floor(np.log10((east - west) / 3))
    axis.plot([west, west + length], [south, south], color=_INK, lw=1.2)
    axis.text(west, south + room, f"{length / 1000:g} km", fontsize=6, color=_INK)


def _fill(
    axis: Axes, places: np.ndarray, colour: str, edge: str, hatch: str | None = None
) -> None:
    """Fill polygons, holes left out, as one shape."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    parts = shapely.get_parts(places)
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == 3])
    if len(rings) == 0:
        return
    points, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(points), Outline.LINETO, dtype=np.uint8)
    starts = np.flatnonzero(np.diff(ring, prepend=-1))
    codes[starts] = Outline.MOVETO
    codes[np.append(starts[1:], len(points)) - 1] = Outline.CLOSEPOLY
    patch = PathPatch(
        Outline(points, codes), facecolor=colour, edgecolor=edge, linewidth=0.1, hatch=hatch
    )
    patch.set_rasterized(len(rings) > 300)
    # Adding it as an artist spares the look for its limits, which are set already.
    axis.add_artist(patch)


def lines(
    frames: dict[str, pd.DataFrame],
    *,
    page: Page,
    axis_label: str,
    below: str = "",
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    observed: pd.DataFrame | None = None,
    marks: tuple[str, str] = ("", ""),
    logarithmic: bool = False,
) -> Figure:
    """Draw lines over the years or over scales, in panels below each other.

    Parameters
    ----------
    frames
        By the name of the panel, empty where there is one only: years or scales × series; NaN
        where there is no figure.
    page
        Its title, notices and sources.
    axis_label
        What the figures are.
    below
        What the years or scales are, where that needs saying.
    low, high
        The ends of intervals, of the shape of the only frame.
    observed
        Figures before chance was taken off, of that shape, drawn as hollow marks.
    marks
        What the marks of the lines and the hollow ones are.
    logarithmic
        Whether scales stand at their logarithms.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _ = page.words
    drawn = list(frames.values())
    series = list(dict.fromkeys(name for frame in drawn for name in frame))
    figure = _chart(page, 2.6 * len(frames) + 0.26 * len(series) + 0.8)
    axes = np.atleast_1d(figure.subplots(len(frames), 1, sharex=True))
    extent = [part for part in (*drawn, low, high, observed) if part is not None]
    top = max(float(part.max().max()) for part in extent)
    least = min([0.0, *(float(part.min().min()) for part in extent)])
    room = 0.06 * max(top - least, 0.05)
    for axis, (title, frame) in zip(axes, frames.items(), strict=True):
        if logarithmic:
            axis.set_xscale("log")
        wide = float(frame.index[-1]) - float(frame.index[0])
        # Bars of one year stand side by side.
        step = 0.02 * wide if low is not None and not logarithmic else 0.0
        for name in frame:
            number = series.index(name)
            look = _look(number)
            known = frame[name].dropna()
            aside = step * (number - (len(series) - 1) / 2)
            places = np.asarray(known.index, dtype=float) + aside
            if low is not None and high is not None:
                ends = low[name][known.index], high[name][known.index]
                axis.vlines(places, *ends, color=look["color"], lw=4, alpha=0.4)
            if observed is not None:
                counted = observed[name][known.index]
                axis.plot(places, counted, ms=5, ls="", mfc="none", mew=1, **look)
            axis.plot(places, known, ms=5, lw=1.5, **look)
        axis.minorticks_off()
        ticks = list(frame.index)
        axis.set_xticks(ticks, [_.number(tick) if logarithmic else str(tick) for tick in ticks])
        axis.margins(x=0.07)
        axis.set_ylim(least - room if least < 0 else 0, max(top + room, 0.05))
        axis.yaxis.set_major_formatter(lambda value, place: _.number(value, 2))
        _plain(axis, title, "y")
    axes[-1].set_xlabel(_folded(below, 44), fontsize=9, parse_math=False)
    name_axis = axes[0].set_ylabel if len(frames) == 1 else figure.supylabel
    name_axis(axis_label, fontsize=9, parse_math=False)
    entries = [(capital(str(name)), _look(number)) for number, name in enumerate(series)]
    _key(figure, page, entries, marks if observed is not None else None)
    return figure


def intervals(
    frames: dict[str, pd.DataFrame],
    *,
    page: Page,
    axis_label: str,
    marks: tuple[str, str],
) -> Figure:
    """Draw figures with their intervals, one row each, in panels below each other.

    Parameters
    ----------
    frames
        By the name of the panel: what each row is called × ``value``, ``low``, ``high`` and
        ``observed``, the figure before chance was taken off; NaN where there is none.
    page, axis_label, marks
        See `lines`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _ = page.words
    rows = [len(frame) for frame in frames.values()]
    figure = _chart(page, 0.34 * sum(rows) + 0.5 * len(rows) + 1.4)
    axes = np.atleast_1d(
        figure.subplots(len(rows), 1, sharex=True, gridspec_kw={"height_ratios": rows})
    )
    for axis, (title, frame) in zip(axes, frames.items(), strict=True):
        places = np.arange(len(frame))
        axis.hlines(places, frame["low"], frame["high"], color=_LINES[0], lw=4, alpha=0.4)
        axis.plot(frame["observed"], places, "o", ms=5, mfc="none", mew=1, color=_LINES[0])
        axis.plot(frame["value"], places, "o", ms=5, color=_LINES[0])
        names = [_folded(capital(str(name)), 22) for name in frame.index]
        axis.set_yticks(places, names, parse_math=False)
        axis.set_ylim(len(frame) - 0.5, -0.5)
        _plain(axis, title, "x")
    extent = pd.concat(list(frames.values()))
    top, least = float(extent.max().max()), min(0.0, float(extent.min().min()))
    axes[-1].set_xlim(least, top + 0.06 * (top - least))
    axes[-1].xaxis.set_major_formatter(lambda value, place: _.number(value, 2))
    axes[-1].set_xlabel(axis_label, fontsize=9, parse_math=False)
    known = any(frame["low"].notna().any() for frame in frames.values())
    _key(figure, page, [], marks if known else None)
    return figure


def _chart(page: Page, height: float) -> Figure:
    """Begin a chart that can be read on a telephone as well: narrow, with large letters."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.0, height), dpi=200, layout="constrained")
    figure.suptitle(_folded(page.title, 40), fontsize=11, color=_INK, parse_math=False)
    return figure


def _sources(page: Page, wide: int) -> str:
    """Give the lines with notices and sources."""
    return "\n".join(_folded(line, wide) for line in (*page.notices, *page.sources))


def _folded(text: str, wide: int) -> str:
    """Break a text into lines of so many letters."""
    return "\n".join(textwrap.wrap(text, wide, break_long_words=True))


def _look(number: int) -> dict[str, Any]:
    """Give the colour and the mark of a series."""
    return {"color": _LINES[number % len(_LINES)], "marker": _MARKERS[number % len(_MARKERS)]}


def _plain(axis: Axes, title: str, grid: Literal["x", "y", "both"]) -> None:
    """Give a panel its title, and nothing that is not needed."""
    if title:
        axis.set_title(_folded(capital(title), 44), fontsize=10, loc="left", parse_math=False)
    axis.tick_params(labelsize=9)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis=grid, color="#e3e0da", lw=0.6)
    axis.set_axisbelow(True)


def _key(
    figure: Figure,
    page: Page,
    entries: list[tuple[str, dict[str, Any]]],
    marks: tuple[str, str] | None,
) -> None:
    """Write below the panels what the lines and marks are, and where the figures are from."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], ms=5, lw=1.5, label=text, **own) for text, own in entries]
    if marks:
        look: dict[str, Any] = {"color": _INK, "marker": "o", "ls": "", "ms": 5}
        handles.append(Line2D([], [], label=marks[0], **look))
        handles.append(Line2D([], [], mfc="none", label=marks[1], **look))
    handles.append(Line2D([], [], ls="", label=" "))
    legend = figure.legend(handles=handles, loc="outside lower left", fontsize=9, frameon=False)
    *texts, last = legend.get_texts()
    for text in texts:
        text.set_text(_folded(text.get_text(), 46))
        text.set_parse_math(False)
    # The legend alone knows how far down it goes, so that it holds the sources too.
    last.set_text(_sources(page, 60))
    last.set(fontsize=7, color=_SOFT, parse_math=False)


def write(figure: Figure, path: Path) -> None:
    """Write a figure as SVG and as PNG, the same bytes for the same figure.

    Parameters
    ----------
    figure
        The figure.
    path
        The files' common path, without an ending.
    """
    import matplotlib as mpl

    # An SVG holds random ids and its date unless told otherwise.
    with mpl.rc_context({"svg.hashsalt": "kvarter"}):
        figure.savefig(path.parent / f"{path.name}.svg", metadata={"Date": None})
    # The places are found; finding them again for the second file takes as long as drawing.
    figure.set_layout_engine("none")
    figure.savefig(path.parent / f"{path.name}.png", metadata={"Software": None})
