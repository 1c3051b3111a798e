"""Figures for print: the same maps and charts as SVG and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    figure = Figure(figsize=(3.4 * columns, (height + 0.12) * rows + 0.5), layout="constrained")
    figure.suptitle(page.title, fontsize=11, color=_INK, parse_math=False)
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, name in zip(axes, values, strict=False):
        column = values[name].to_numpy(dtype=float)
        why = reasons(page.words, groups=number > 1)
        _map(axis, zones, column, breaks(column), reason[name], page, percent, unit, why)
        # Without y, each drawing looks for the title's place anew.
        axis.set_title(capital(labels[name]), fontsize=9, y=1.0, parse_math=False)
    lines = [*page.notices, *page.sources]
    figure.supxlabel("\n".join(lines), fontsize=6, color="#3d3a35", parse_math=False)
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
    for name in ("hidden", "missing", "nobody"):
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
    frame: pd.DataFrame,
    *,
    page: Page,
    axis_label: str,
    below: str = "",
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    logarithmic: bool = False,
) -> Figure:
    """Draw lines over the years or over scales, each with its name beside its end.

    Parameters
    ----------
    frame
        Years or scales × series; NaN where there is no figure.
    page
        Its title, notices and sources.
    axis_label
        What the figures are.
    below
        What the years or scales are, where that needs saying.
    low, high
        The ends of intervals, of the shape of ``frame``.
    logarithmic
        Whether scales stand at their logarithms.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure
    from matplotlib.transforms import offset_copy

    _ = page.words
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    figure.suptitle(page.title, fontsize=11, color=_INK, parse_math=False)
    axis = figure.subplots()
    if logarithmic:
        axis.set_xscale("log")
    whole = pd.concat([part for part in (frame, low, high) if part is not None])
    top, least = float(whole.max().max()), min(float(whole.min().min()), 0.0)
    last = frame.apply(lambda column: column.dropna().iloc[-1]).sort_values()
    # Names at the end of lines stand apart by at least this much.
    apart = 0.058 * max(top - least, 0.05)
    heights = dict(zip(last.index, _spread(last.to_numpy(dtype=float), apart), strict=True))
    top, least = max([*heights.values(), top]), min([*heights.values(), least])
    edge, step = float(frame.index[-1]), 0.0
    if low is not None and high is not None:
        # Bars of one year stand side by side.
        step = 0.0 if logarithmic else 0.012 * (edge - float(frame.index[0]))
    beside = edge + step * (frame.shape[1] - 1) / 2
    for number, name in enumerate(frame):
        look: dict[str, Any] = {
            "color": _LINES[number % len(_LINES)],
            "marker": _MARKERS[number % len(_MARKERS)],
        }
        known = frame[name].dropna()
        aside = step * (number - (frame.shape[1] - 1) / 2)
        places = np.asarray(known.index, dtype=float) + aside
        if low is not None and high is not None:
            ends = low[name][known.index], high[name][known.index]
            # Where chance makes much of a value, its bar lies apart from it.
            both = np.minimum(ends[0], known), np.maximum(ends[1], known)
            axis.vlines(places, *both, color=look["color"], lw=0.8)
            axis.vlines(places, *ends, color=look["color"], lw=3.5, alpha=0.5)
        axis.plot(places, known, ms=4.5, lw=1.6, **look)
        if known.index[-1] != edge:
            # A line that ends early is led to its name.
            way = [known.iloc[-1], heights[name]]
            axis.plot([places[-1], beside], way, color=look["color"], lw=0.6, ls=":")
        end = offset_copy(axis.transData, figure, x=14, units="points")
        axis.plot(beside, heights[name], ms=4.5, transform=end, clip_on=False, **look)
        axis.annotate(
            capital(str(name)),
            (beside, heights[name]),
            xytext=(20, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=_INK,
            parse_math=False,
        )
    axis.minorticks_off()
    ticks = list(frame.index)
    axis.set_xticks(ticks, [_.number(tick) if logarithmic else str(tick) for tick in ticks])
    axis.margins(x=0.05)
    room = 0.06 * max(top - least, 0.05)
    axis.set_ylim(least - room if least < 0 else 0, max(top + room, 0.05))
    axis.set_ylabel(axis_label, fontsize=8, parse_math=False)
    axis.set_xlabel(below, fontsize=8, parse_math=False)
    axis.yaxis.set_major_formatter(lambda value, place: _.number(value, 2))
    axis.tick_params(labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="#e3e0da", lw=0.6)
    texts = [*page.notices, *page.sources]
    figure.supxlabel("\n".join(texts), fontsize=6, color="#3d3a35", parse_math=False)
    return figure


def _spread(places: np.ndarray, apart: float) -> np.ndarray:
    """Move ascending places as little as stands them apart: each crowd stays around its mean."""
    crowds: list[tuple[float, int]] = []
    for place in places - apart * np.arange(len(places)):
        mean, size = float(place), 1
        while crowds and crowds[-1][0] > mean:
            other, number = crowds.pop()
            mean, size = (other * number + mean * size) / (number + size), number + size
        crowds.append((mean, size))
    level = np.concatenate([np.full(size, mean) for mean, size in crowds])
    return level + apart * np.arange(len(places))


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
        figure.savefig(path.parent / f"{path.name}.svg", metadata={"Date": None}, dpi=150)
    # The places are found; finding them again for the second file takes as long as drawing.
    figure.set_layout_engine("none")
    figure.savefig(path.parent / f"{path.name}.png", dpi=150, metadata={"Software": None})
