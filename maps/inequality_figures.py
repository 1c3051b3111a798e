"""Figures of inequality: Lorenz and concentration curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .figures import _INK, _chart, _folded, _key, _look, _plain
from .page import Page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = ("curves",)
"""The figures that are drawn here."""


def curves(frames: dict[str, tuple[str, pd.DataFrame]], *, page: Page, axis_label: str) -> Figure:
    """Draw cumulative shares over the people in an order, in panels below each other.

    Parameters
    ----------
    frames
        By the title of the panel: what order the people are in, and cumulative shares of people ×
        series, both from 0 to 1.
    page
        Its title, notices and sources.
    axis_label
        What is shared out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _ = page.words
    names = list(dict.fromkeys(name for _order, frame in frames.values() for name in frame))
    figure = _chart(page, 3.5 * len(frames) + 0.3 * (len(names) + 2))
    axes = figure.subplots(len(frames), 1, squeeze=False)[:, 0]
    for axis, (title, (order, frame)) in zip(axes, frames.items(), strict=True):
        axis.plot([0, 1], [0, 1], color=_INK, lw=0.8, ls=(0, (4, 3)))
        every = max(1, len(frame) // 10)
        for name in frame:
            look = _look(names.index(name))
            axis.plot(frame.index, frame[name], lw=1.5, ms=4, markevery=every, **look)
        axis.set_xlim(0, 1)
        axis.set_ylim(0, 1)
        ticks = [0, 0.25, 0.5, 0.75, 1]
        axis.set_xticks(ticks, [_.percent(tick) for tick in ticks])
        axis.set_yticks(ticks, [_.percent(tick) for tick in ticks])
        axis.set_xlabel(_folded(order, 44), fontsize=9, parse_math=False)
        axis.set_ylabel(axis_label, fontsize=9, parse_math=False)
        _plain(axis, title, "both")
    entries = [(name, _look(number)) for number, name in enumerate(names)]
    same = {"color": _INK, "ls": (0, (4, 3))}
    _key(figure, page, [*entries, (_("the same for all"), same)], None)
    return figure
