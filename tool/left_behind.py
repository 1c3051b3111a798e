"""The charts of who is left behind: how ways and places are shared out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .analyses import inequality
from .inequality import AMOUNTS, rank
from .maps.inequality import where
from .maps.words import capital

if TYPE_CHECKING:
    from .pages import Chart, _Maps

_STEPS = (100, 2)
"""At most so many steps of a Lorenz curve, each of so many times the minimum count or more."""

_STEPS_IN_ORDER = (20, 10)
"""The same of a concentration curve: it tells the order of zones by shares that may be hidden."""

_TOLD = (0.1, 0.25, 0.5, 0.75, 0.9)


def charts(of: _Maps) -> tuple[list[Chart], list[dict[str, Any]]]:
    """Give the curves to draw, and what the report says of them.

    Parameters
    ----------
    of
        The maps and figures of a language.

    Returns
    -------
    list, list
        A chart of the ways and one of the first measure of places, each with a curve a kind of
        service by the first way of going.
    """
    study, found = of.study, []
    amounts = [name for name in study.access.measures if name in AMOUNTS]
    for variable in ("nearest", *amounts[:1]):
        chart = _chart(of, variable)
        found += [chart] if chart else []
    return [chart for chart, _figure in found], [figure for _chart, figure in found]


def curve(drawn: pd.DataFrame, people: float, least: int, steps: tuple[int, int]) -> pd.Series:
    """Give a curve at even steps of people.

    From its corners the number of people of each zone, and their order, could be read. So there
    are few steps, each of many people, and shares have three decimals.

    Parameters
    ----------
    drawn
        ``people`` and ``value``, cumulative shares.
    people
        How many people there are.
    least
        The minimum count.
    steps
        At most so many, each of so many times the minimum count or more.

    Returns
    -------
    Series
        Share by share of people; empty where there are too few people for four steps.

    Examples
    --------
    >>> drawn = pd.DataFrame({"people": [0.0, 0.75, 1.0], "value": [0.0, 0.5, 1.0]})
    >>> curve(drawn, 100, 10, (100, 2)).round(2).to_dict()
    {0.0: 0.0, 0.2: 0.13, 0.4: 0.27, 0.6: 0.4, 0.8: 0.6, 1.0: 1.0}
    """
    number = int(min(steps[0], people // (steps[1] * least)))
    if number < 4 or drawn["value"].isna().any():
        return pd.Series(dtype=float)
    at = np.linspace(0, 1, number + 1)
    shares = np.interp(at, drawn["people"], drawn["value"])
    return pd.Series(np.round(shares, 3), index=at.round(6))


def _chart(of: _Maps, variable: str) -> tuple[Chart, dict[str, Any]] | None:
    """Give the curves of one variable: of ways both, of places the one by the order of areas."""
    _, study, year = of.words, of.study, of.layers.latest
    table = of.results.tables["inequality"]
    shown = table[
        (table["scenario"] == "baseline")
        & (table["variable"] == variable)
        & (table["measure"] == "gini")
    ].dropna(subset="value")
    people, order = of.zones["population"], rank(of.layers, study, year)
    lorenz: dict[str, pd.Series] = {}
    ordered: dict[str, pd.Series] = {}
    for way in of.results.ways.values():
        told = (shown["service"] == way.kind) & (shown["mode"] == way.mode)
        if way.mode != study.access.mode[0] or not told.any():
            continue
        values, name = way.figures(variable), capital(_.label(way.kind))
        known = float(people[values.notna()].sum())
        least = study.study.min_count
        lorenz[name] = curve(inequality.lorenz_curve(values, people), known, least, _STEPS)
        if order is not None:
            known = float(people[values.notna() & order.notna()].sum())
            drawn = inequality.concentration_curve(values, people, order)
            ordered[name] = curve(drawn, known, least, _STEPS_IN_ORDER)
    panels, ways = {}, variable == "nearest"
    # Of places, who has them tells more than how unequal they are, and one panel is drawn faster.
    if (ways or not any(map(len, ordered.values()))) and (frame := _frame(lorenz)):
        panels[_("Lorenz curve")] = (_("People, those with least first"), frame[0])
    if study.ranked_by and (frame := _frame(ordered)):
        text = _(
            "People, first those in areas {where}",
            where=where(study.ranked_by, _, list(study.variables), first=True),
        )
        panels[_("Concentration curve")] = (text, frame[0])
    if not panels:
        return None
    title = _("How ways to services are shared out") if ways else _("How places are shared out")
    text = _("The farther a curve lies from the straight line, the less equally is it shared out.")
    if ordered:
        text += " " + _(
            "A concentration curve above the line means that those in the areas that come first "
            "have more than their share."
        )
    if len(study.access.mode) > 1:
        mode = _.label(study.access.mode[0])
        text += " " + _("All of it is of this way of going: {mode}.", mode=mode)
    stem = "inequality" if ways else f"inequality_{variable}"
    file = "figures/" + (
        stem if _.language == study.study.languages[0] else f"{stem}.{_.language}"
    )
    page = replace(of.page(title + of.year(), ""), outlines=None, background={})
    rows = [
        {
            "name": f"{panel}: {name}",
            "cells": [_.percent(np.interp(at, frame.index, frame[name]), 1) for at in _TOLD],
        }
        for panel, (_order, frame) in panels.items()
        for name in frame
    ]
    figure = {
        "file": file,
        "title": title + of.year(),
        "text": text,
        "head": [_.percent(at) for at in _TOLD],
        "rows": rows,
    }
    axis = _("Share of all ways") if ways else _("Share of all: {what}", what=_.label(variable))
    options = {"page": page, "axis_label": axis}
    return ("curves", (panels,), options, of.folder / file), figure


def _frame(series: dict[str, pd.Series]) -> list[pd.DataFrame]:
    """Set curves side by side; none where there is no curve."""
    known = {name: one for name, one in series.items() if len(one)}
    return [pd.DataFrame(known).interpolate("index")] if known else []
