"""What the report says of who is left behind: gaps, inequality, and areas twice burdened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from .findings import baseline
from .words import Words, capital, noted

_BEST = "best off: "
_NAMED = 6
"""So many names a sentence lists."""


def section(
    tables: dict[str, pd.DataFrame],
    words: Words,
    unit: str,
    level: float,
    ranked_by: str | None,
    variables: Sequence[str] = (),
    dwellings: Sequence[str] = (),
) -> dict[str, Any]:
    """Give what the report's section on who is left behind is made of.

    Parameters
    ----------
    tables
        ``access``, ``inequality`` and ``twice_burdened``, as they are published.
    words
        The words of the page.
    unit
        Of ways: ``m`` or ``min``.
    level
        The level of the intervals.
    ranked_by
        What puts areas in order; None where nothing does.
    variables
        The names of figures that are no groups.
    dwellings
        The attributes that are made of layers of dwellings: sentences tell of people.

    Returns
    -------
    dict
        ``sentences``; ``kinds``, each with its ``name`` and ``rows`` by group; ``spread``, one row
        a kind and way of going, with shares ``between`` the groups of ``attributes``; ``areas``
        twice burdened, told of in ``burden``. Nothing where no group is compared.
    """
    access = baseline(tables["access"])
    # Of several notes the first says why there is no figure, or who is best off.
    access = access.assign(note=[str(note).partition(";")[0] for note in access["note"]])
    gaps = access[access["measure"] == "gap_to_best"]
    if gaps.empty:
        return {}
    unequal = baseline(tables["inequality"])
    several = bool((gaps["mode"] != gaps["mode"].iloc[0]).any())
    sentences: list[str] = []
    for (kind, mode), rows in gaps.groupby(["service", "mode"], sort=False):
        name = _name(str(kind), str(mode), several, words)
        people = rows[~rows["attribute"].isin(dwellings)]
        own = unequal[(unequal["service"] == kind) & (unequal["mode"] == mode)]
        told = [
            *_of_groups(people, words, unit, level),
            *_of_order(own, words, level, ranked_by, variables),
        ]
        if told:
            sentences.append(f"{capital(name)}: {' '.join(told)}")
    return {
        "sentences": sentences,
        "kinds": [
            {
                "name": _name(str(kind), str(mode), several, words),
                "rows": _rows(rows, words),
            }
            for (kind, mode), rows in access.groupby(["service", "mode"], sort=False)
        ],
        **_spread(unequal, several, words),
        **_twice(tables["twice_burdened"], words, ranked_by, variables, several),
    }


def where(ranked_by: str, words: Words, variables: Sequence[str], *, first: bool) -> str:
    """Name the areas at one end of the order.

    Parameters
    ----------
    ranked_by
        What puts areas in order.
    words
        The words of the page.
    variables
        The names of figures that are no groups.
    first
        Whether those that stand first, which the study calls worst off.
    """
    _, key = words, ranked_by.removeprefix("-")
    turned = ranked_by.startswith("-")
    if key in variables:
        if first == turned:
            return _("where “{variable}” is high", variable=_.label(key))
        return _("where “{variable}” is low", variable=_.label(key))
    attribute, _dot, group = key.partition(".")
    named = f"{_.label(attribute)}, {_.label(group, attribute)}"
    if first != turned:
        return _("where the share of “{group}” is large", group=named)
    return _("where the share of “{group}” is small", group=named)


def _name(kind: str, mode: str, several: bool, words: Words) -> str:
    """Name a kind of service, and the way of going there where there are several."""
    return words.label(kind) + (f", {words.label(mode)}" if several else "")


def _length(value: float, unit: str, words: Words) -> str:
    """Write a way or a gap with its unit."""
    return f"{words.number(value, _digits(unit))}\xa0{unit}"


def _digits(unit: str) -> int:
    return 0 if unit == "m" else 1


def _of_groups(rows: pd.DataFrame, words: Words, unit: str, level: float) -> list[str]:
    """Tell of the greatest gap that cannot be chance, and which may be."""
    _, rows = words, rows.dropna(subset=["value", "ci_low"])
    others = rows[rows["note"].map(_best) != rows["group"]]
    if others.empty:
        return []
    out = []
    sure = others[others["ci_low"] > 0]
    if len(sure):
        row = sure.loc[sure["value"].idxmax()]
        attribute = str(row["attribute"])
        out.append(
            _(
                "The greatest gap is by {attribute}. The mean way of “{group}” is {gap} "
                "longer than that of “{best}”, the group best off ({level} confidence interval "
                "{interval}).",
                attribute=_.label(attribute),
                gap=_length(row["value"], unit, _),
                group=_.label(str(row["group"]), attribute),
                best=_.label(_best(row["note"]), attribute),
                level=_.level(level),
                interval=_.interval(row["ci_low"], row["ci_high"], _digits(unit)),
            )
        )
    else:
        text = _("No gap between groups can be told from chance.")
        return [text]
    unsure = others[others["ci_low"] <= 0]
    if len(unsure):
        names = [
            f"{_.label(str(row.attribute))}, {_.label(str(row.group), str(row.attribute))}"
            for row in unsure.itertuples(index=False)
        ]
        listed = "; ".join(names[:_NAMED])
        if len(names) > _NAMED:
            listed += _(" and {number} more", number=_.number(len(names) - _NAMED))
        out.append(
            _(
                "Whether these groups have a longer way than the one best off cannot be "
                "told from chance ({names}).",
                names=listed,
            )
        )
    return out


def _of_order(
    rows: pd.DataFrame,
    words: Words,
    level: float,
    ranked_by: str | None,
    variables: Sequence[str],
) -> list[str]:
    """Tell at which end of the order ways are longer."""
    _ = words
    rows = rows[(rows["variable"] == "nearest") & (rows["measure"] == "concentration_index")]
    rows = rows.dropna(subset="ci_low")
    if rows.empty or ranked_by is None:
        return []
    row = rows.iloc[0]
    options = {
        "value": _.number(row["value"], 2),
        "level": _.level(level),
        "interval": _.interval(row["ci_low"], row["ci_high"], 2),
    }
    if row["ci_low"] <= 0 <= row["ci_high"]:
        text = (
            "Whether ways are longer {where} cannot be told from chance (concentration "
            "index {value}, {level} confidence interval {interval})."
        )
        return [_(text, where=where(ranked_by, _, variables, first=True), **options)]
    text = (
        "Ways are longer {where} (concentration index {value}, {level} confidence "
        "interval {interval})."
    )
    end = where(ranked_by, _, variables, first=bool(row["value"] < 0))
    return [_(text, where=end, **options)]


def _best(note: object) -> str:
    """Read the group that is best off from a note, which may say more behind it."""
    name = str(note).partition("; ")[0]
    return name.removeprefix(_BEST) if name.startswith(_BEST) else ""


def _rows(rows: pd.DataFrame, words: Words) -> list[dict[str, Any]]:
    """Give the tenths, means and gaps of the groups of one kind and way of going."""
    out = []
    for (attribute, group), inner in rows.groupby(["attribute", "group"], sort=False):
        own = inner.set_index("measure")
        if "gap_to_best" not in own.index and attribute:
            continue
        digits = _digits(str(own["unit"].get("mean", "m")))

        def cell(measure: str, own: pd.DataFrame = own, digits: int = digits) -> str:
            if measure not in own.index:
                return "–"
            value, note = own.loc[measure, "value"], str(own.loc[measure, "note"])
            if value == value:
                # A tenth has few digits, and none of them is a decimal of a long way.
                few = measure.startswith("decile") and value >= 10
                return words.number(value, 0 if few else digits)
            return noted(note, words) or "–"

        name = words("all inhabitants")
        if attribute:
            name = f"{words.label(str(attribute))}: {words.label(str(group), str(attribute))}"
        gap = own.loc["gap_to_best"] if "gap_to_best" in own.index else None
        best = gap is not None and _best(gap["note"]) == group
        interval = "–"
        if gap is not None and not best:
            interval = words.interval(gap["ci_low"], gap["ci_high"], digits)
        out.append(
            {
                "name": name,
                "cells": [cell(m) for m in ("mean", "decile_1", "decile_9")],
                "gap": words("best off") if best else cell("gap_to_best"),
                "interval": interval,
            }
        )
    return out


def _spread(unequal: pd.DataFrame, several: bool, words: Words) -> dict[str, Any]:
    """Give how unequal the way to each kind of service is, over all inhabitants."""
    _, rows = words, unequal[unequal["variable"] == "nearest"]
    attributes = list(
        dict.fromkeys(rows.loc[rows["measure"] == "theil_between", "attribute"].astype(str))
    )
    out = []
    for (kind, mode), inner in rows.groupby(["service", "mode"], sort=False):
        whole = inner[~inner["measure"].str.startswith("theil_")].set_index("measure")
        parts = inner.set_index(["attribute", "measure"])["value"]

        def figure(measure: str, whole: pd.DataFrame = whole) -> str:
            if measure not in whole.index:
                return "–"
            row = whole.loc[measure]
            if row["value"] != row["value"]:
                return _(str(row["note"]).partition(";")[0]) or "–"
            return f"{_.number(row['value'], 2)} ({_.interval(row['ci_low'], row['ci_high'], 2)})"

        between = []
        for attribute in attributes:
            part = parts.get((attribute, "theil_between"), float("nan"))
            other = parts.get((attribute, "theil_within"), float("nan"))
            between.append(_.percent(part / (part + other)) if part + other > 0 else "–")
        share = whole["value"].get("relative_poverty_0", float("nan"))
        out.append(
            {
                "name": _name(str(kind), str(mode), several, _),
                "cells": [
                    figure("gini"),
                    figure("concentration_index"),
                    _.percent(share),
                    *between,
                ],
            }
        )
    return {"spread": out, "attributes": [_.label(name) for name in attributes]}


def _twice(
    table: pd.DataFrame,
    words: Words,
    ranked_by: str | None,
    variables: Sequence[str],
    several: bool,
) -> dict[str, Any]:
    """Give the areas twice burdened by their names, each with the services that are far."""
    _ = words
    if ranked_by is None:
        return {"areas": [], "burden": "", "figure": ""}
    key = ranked_by.removeprefix("-")
    attribute, _dot, group = key.partition(".")
    percent = key not in variables
    figure = _.label(key) if not percent else f"{_.label(attribute)}, {_.label(group, attribute)}"
    twins = table.drop_duplicates("zone")["name"].duplicated(keep=False)
    twin = set(table.drop_duplicates("zone")["zone"][twins])
    areas = []
    for zone, rows in table.groupby("zone", sort=False):
        # On foot and by bicycle it is mostly the same areas; each kind is named once.
        far = [
            f"{_name(str(row.service), str(row.mode), several, _)} "
            f"{_.number(row.way)}\xa0{row.unit}"
            for row in rows.drop_duplicates("service").itertuples(index=False)
        ]
        own = rows.iloc[0]
        named = str(own["name"]) or str(zone)
        if own["name"] and zone in twin:
            named = f"{own['name']} ({zone})"
        areas.append(
            {
                "name": named,
                "people": own["people"],
                "cells": [
                    _.number(own["people"]),
                    _.percent(own["figure"], 1) if percent else _.number(own["figure"], 1),
                ],
                "far": "; ".join(far),
            }
        )
    areas.sort(key=lambda area: str(area["name"]).casefold())
    place = where(ranked_by, _, variables, first=True)
    if areas:
        burden = _(
            "Areas {where} and from which, as from those around them, the way to a service is "
            "long: {number}, with {people} inhabitants. They are in the order of the alphabet.",
            where=place,
            number=_.number(len(areas)),
            people=_.number(sum(area["people"] for area in areas)),
        )
    else:
        burden = _(
            "No area stands out, beyond chance, as one {where} and from which, as from those "
            "around it, the way to a service is long.",
            where=place,
        )
    return {"areas": areas, "burden": burden, "figure": figure}
