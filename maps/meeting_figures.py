"""The figure of meeting places: the users of each service beside those who live around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from .alike_figures import _end
from .figures import _INK, _chart, _folded, _plain
from .page import Page
from .words import capital

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = ("mixes",)
"""The figures that are drawn here."""

_COLOURS = ("#5c0159", "#a6bddb", "#f1a340", "#3a7d44", "#c9c2b4", "#2b4f86", "#8856a7", "#b35806")
"""Neighbours in a bar differ in lightness."""

_HIDDEN: dict[str, Any] = {
    "facecolor": "#ffffff",
    "edgecolor": "#7d7d7d",
    "hatch": "//////",
    "lw": 0.0,
}


def mixes(
    users: pd.DataFrame, around: pd.DataFrame, *, page: Page, labels: dict[str, str]
) -> Figure:
    """Draw two bars for each service: the mix of its users, and of who lives around them.

    Parameters
    ----------
    users, around
        Services × groups, shares; what is hidden is NaN.
    page
        Its title, notices and sources.
    labels
        What each group is called.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.patches import Patch

    _ = page.words
    figure = _chart(page, 0.62 * len(users) + 0.26 * (len(labels) + 3) + 1.1)
    axis = figure.subplots()
    for place in range(len(users)):
        for frame, at, edge in ((users, place - 0.19, _INK), (around, place + 0.19, "none")):
            left = 0.0
            for number, group in enumerate(labels):
                share = frame.iloc[place][group]
                if share == share:
                    colour = _COLOURS[number % len(_COLOURS)]
                    axis.barh(at, share, 0.32, left, color=colour, edgecolor="#ffffff", lw=0.3)
                    left += share
            if left < 0.995:
                axis.barh(at, 1 - left, 0.32, left, **_HIDDEN)
            axis.barh(at, 1, 0.32, fill=False, edgecolor=edge, lw=0.8)
    names = [_folded(capital(str(name)), 20) for name in users.index]
    axis.set_yticks(range(len(users)), names, parse_math=False)
    axis.set_ylim(len(users) - 0.5, -0.5)
    axis.set_xlim(0, 1)
    axis.set_xticks([0, 0.5, 1])
    axis.xaxis.set_major_formatter(lambda value, place: _.percent(value))
    _plain(axis, "", "x")
    handles = [
        Patch(color=_COLOURS[number % len(_COLOURS)], label=capital(label))
        for number, label in enumerate(labels.values())
    ]
    if users.isna().any(axis=None) or around.isna().any(axis=None):
        handles.append(
            Patch(label=_("not shown, so that no small number can be computed"), **_HIDDEN)
        )
    text = _("above, with an outline: users; below: people of the zones next to theirs")
    handles.append(Patch(fill=False, edgecolor=_INK, lw=0.8, label=text))
    _end(figure, page, handles)
    return figure
