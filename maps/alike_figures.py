"""Figures of likeness: how far it reaches, and each zone beside its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .alike import slope
from .figures import _INK, _LINES, _MARKERS, _SOFT, _chart, _folded, _plain, _sources
from .page import Page
from .palettes import CLUSTERS
from .zones import class_texts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = ("correlogram", "scatter")
"""The figures that are drawn here."""

_CORNERS = {"high-high": (1, 1), "low-low": (0, 0), "high-low": (1, 0), "low-high": (0, 1)}

_SIGNS = {"high-high": "P", "low-low": "s", "high-low": "^", "low-high": "v"}


def correlogram(table: pd.DataFrame, *, page: Page, names: dict[str, str], alpha: float) -> Figure:
    """Draw the likeness of zones that are ever farther apart.

    Parameters
    ----------
    table
        Rows of the correlogram of a few figures, as it is published.
    page
        Its title, notices and sources.
    names
        What each figure is called.
    alpha
        The level below which a mark is filled.

    Returns
    -------
    matplotlib.figure.Figure

    Notes
    -----
    Each class goes from its least to its greatest distance: classes widen, and what lies between
    two of them is not known. The axis is that of square roots, which gives the near ones room.
    """
    from matplotlib.lines import Line2D

    _ = page.words
    figure = _chart(page, 3.6 + 0.26 * (len(names) + 2))
    axis = figure.subplots()
    handles = []
    far = float(table["distance_to"].max())
    axis.set_xscale("function", functions=(_root, np.square))
    axis.set_xlim(0, far)
    axis.axhline(0, color=_INK, lw=0.8)
    for number, (variable, name) in enumerate(names.items()):
        rows = table[table["variable"] == variable].sort_values("distance_to")
        rows = rows.dropna(subset="value")
        look: dict[str, Any] = {"color": _LINES[number], "marker": _MARKERS[number], "ms": 5}
        near, to, value = (
            rows[name].to_numpy(dtype=float) for name in ("distance_from", "distance_to", "value")
        )
        # The marks of a class stand side by side.
        part = (number + 1) / (len(names) + 1)
        at = np.square(_root(near) * (1 - part) + _root(to) * part)
        sure = (rows["p_adjusted"] <= alpha).to_numpy()
        for which, wide, face in ((sure, 2.0, look["color"]), (~sure, 0.8, "white")):
            ends = value[which], near[which], to[which]
            axis.hlines(*ends, color=look["color"], lw=wide)
            axis.plot(at[which], value[which], ls="", **{**look, "mfc": face})
        handles.append(Line2D([], [], lw=1.5, label=name, **look))
    grey: dict[str, Any] = {"color": _INK, "marker": "o", "ls": "", "ms": 5}
    handles.append(Line2D([], [], label=_("filled: differs from chance"), **grey))
    text = _("hollow: cannot be told from chance")
    handles.append(Line2D([], [], label=text, mfc="white", **grey))
    ticks = _apart({0.0, *table["distance_from"], *table["distance_to"]}, far)
    shown = [tick / 1000 for tick in ticks]
    digits = [next(n for n in range(4) if n == 3 or round(km, n) == km) for km in shown]
    axis.set_xticks(ticks, [_.number(km, n) for km, n in zip(shown, digits, strict=True)])
    axis.minorticks_off()
    axis.set_xlabel(_("Distance between zones, km"), fontsize=9, parse_math=False)
    axis.set_ylabel(_.label("moran_i"), fontsize=9, parse_math=False)
    fine = any(abs(tick - round(tick, 1)) > 1e-9 for tick in axis.get_yticks())
    axis.yaxis.set_major_formatter(lambda value, place: _.number(value, 2 if fine else 1))
    _plain(axis, "", "both")
    _end(figure, page, handles)
    return figure


def _root(metres: np.ndarray) -> np.ndarray:
    """Give square roots, of what an axis tries beyond its end too."""
    return np.sqrt(np.clip(metres, 0, None))


def _apart(ends: set[float], far: float) -> list[float]:
    """Choose the ends of classes whose labels have room beside each other, from the far end."""
    out = [far]
    for end in sorted(ends, reverse=True):
        if np.sqrt(out[-1]) - np.sqrt(end) >= 0.07 * np.sqrt(far):
            out.append(end)
    return out[::-1]


def scatter(
    points: pd.DataFrame,
    *,
    page: Page,
    label: str,
    mean: float,
    percent: bool = False,
    unit: str = "",
) -> Figure:
    """Draw each zone's own figure and the mean of its neighbours' (Anselin's Moran scatter plot).

    Parameters
    ----------
    points
        One row a zone that is shown: ``value``, ``around`` and ``cluster``, as published.
    page
        Its title, notices and sources.
    label
        What the figure is.
    mean
        That of the zones shown, which parts high from low.
    percent, unit
        Whether it is a share, and its unit.

    Returns
    -------
    matplotlib.figure.Figure

    Notes
    -----
    The slope of the line is Moran's I, see `kvarter.maps.alike.slope`.
    """
    from matplotlib.lines import Line2D

    _ = page.words
    texts = class_texts("moran", _)
    there = [
        name
        for name in [*_SIGNS, "not significant", "too few people"]
        if (points["cluster"] == name).any()
    ]
    figure = _chart(page, 3.9 + 0.26 * (len(there) + 2))
    axis = figure.subplots()
    handles: list[Any] = []
    # What stands out lies above what does not.
    for name in reversed(there):
        rows = points[points["cluster"] == name]
        look: dict[str, Any] = {"ls": "", "marker": _SIGNS.get(name, "o")}
        look |= {"ms": 4.5, "mew": 0.4, "mfc": CLUSTERS[name][0], "mec": "#ffffff"}
        if name == "not significant":
            look |= {"ms": 3, "mfc": "none", "mec": "#8b877e", "mew": 0.6}
        if name == "too few people":
            look |= {"ms": 3.5, "marker": "x", "mec": "#8b877e", "mew": 0.6}
        drawn = axis.plot(rows["value"], rows["around"], **look)
        drawn[0].set_rasterized(len(points) > 500)
        handles.insert(0, Line2D([], [], label=texts[name], **look))
    axis.axvline(mean, color=_SOFT, lw=0.7)
    axis.axhline(mean, color=_SOFT, lw=0.7)
    text = _("mean of the zones shown")
    handles.append(Line2D([], [], color=_SOFT, lw=0.7, label=text))
    own, beside = points["value"].to_numpy(float), points["around"].to_numpy(float)
    steep = slope(points)
    if steep == steep:
        ends = np.array([own.min(), own.max()])
        line = beside.mean() + steep * (ends - own.mean())
        axis.plot(ends, line, color=_INK, lw=1.4, ls="--")
        text = _("slope {slope}: Moran’s I of what is drawn", slope=_.number(steep, 2))
        handles.append(Line2D([], [], color=_INK, lw=1.4, ls="--", label=text))
    for name, (x, y) in _CORNERS.items():
        axis.annotate(
            _folded(texts[name], 16),
            (x, y),
            xycoords="axes fraction",
            xytext=(4 - 8 * x, 4 - 8 * y),
            textcoords="offset points",
            ha="right" if x else "left",
            va="top" if y else "bottom",
            fontsize=6.5,
            color=_SOFT,
            zorder=0,
            parse_math=False,
        )
    axis.margins(0.12)

    def write(value: float, place: float) -> str:
        top = max(np.abs(own).max(initial=0), 1e-9)
        if percent:
            return _.percent(value, 0 if top > 0.08 else 1)
        return _.number(value, 0 if top >= 20 else 1 if top >= 2 else 2)

    axis.xaxis.set_major_formatter(write)
    axis.yaxis.set_major_formatter(write)
    axis.locator_params(axis="x", nbins=5)
    own_label = f"{label}, {unit}" if unit else label
    axis.set_xlabel(_folded(own_label, 44), fontsize=9, parse_math=False)
    axis.set_ylabel(_("Mean of the neighbours shown"), fontsize=9, parse_math=False)
    _plain(axis, "", "both")
    _end(figure, page, handles)
    return figure


def _end(figure: Figure, page: Page, handles: list[Any]) -> None:
    """Write below what the marks are, and where the figures are from."""
    from matplotlib.lines import Line2D

    handles = [*handles, Line2D([], [], ls="", label=" ")]
    legend = figure.legend(handles=handles, loc="outside lower left", fontsize=9, frameon=False)
    *texts, last = legend.get_texts()
    for text in texts:
        text.set_text(_folded(text.get_text(), 46))
        text.set_parse_math(False)
    # The legend alone knows how far down it goes, so that it holds the sources too.
    last.set_text(_sources(page, 58))
    last.set(fontsize=6.5, color=_SOFT, parse_math=False)
