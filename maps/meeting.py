"""What the report says of meeting places: who would use the same services, and who lives near."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .findings import SAME, baseline
from .words import Words, capital

DIFFERENT = "different_groups"
"""The chance that two who meet are of different groups."""

WITHOUT = "without_place"
"""How many are within the limit of a service and would have no place in any."""

_INDEX = "information_theory"
"""The index of which a sentence tells."""

_LEAST = 0.005
"""A chance that a plan changes by less is called the same."""

_ROLES = {"bridges": "users more mixed", "separates": "users less mixed"}
"""How the users of a service are, beside who lives around them."""


def section(tables: dict[str, pd.DataFrame], words: Words, assignment: str) -> dict[str, Any]:
    """Give what the report's section on meeting places is made of.

    Parameters
    ----------
    tables
        ``meeting`` and ``meeting_services``, as they are published.
    words
        The words of the page.
    assignment
        Who uses which service: ``nearest``, ``capacity`` or ``choice``.

    Returns
    -------
    dict
        ``how`` people are assigned; ``findings`` in sentences; ``kinds``, one table of services
        for each kind, way of going and attribute. Nothing where the study asks for no meeting
        places.
    """
    if "meeting" not in tables or tables["meeting"].empty:
        return {"how": "", "findings": [], "kinds": []}
    how = {
        "nearest": words("everybody goes to the nearest one"),
        "capacity": words(
            "nobody goes beyond the places there are, and all together go the least way"
        ),
        "choice": words("people choose by chance, the likelier the larger and nearer it is"),
    }[assignment]
    without = tables["meeting"]["measure"] == WITHOUT
    table = tables["meeting"][~without]
    return {
        "how": how,
        "findings": [
            *_without(tables["meeting"][without], words),
            *_findings(table, words),
            *_plans(table, words),
        ],
        "kinds": _kinds(tables["meeting_services"], words),
    }


def headline(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Choose the attribute that the chart of each kind of service shows.

    Parameters
    ----------
    table
        The table of meeting places.

    Returns
    -------
    dict
        By kind and the first way of going: the attribute by which zones differ most.
    """
    rows = baseline(table)
    rows = rows[rows["measure"] == _INDEX].dropna(subset="reference")
    out: dict[tuple[str, str], str] = {}
    for kind, part in rows.groupby("service", sort=False):
        first = part[part["mode"] == part["mode"].iloc[0]]
        best = first.loc[first["reference"].idxmax()]
        out[str(kind), str(best["mode"])] = str(best["attribute"])
    return out


def mixes(
    table: pd.DataFrame, kind: str, mode: str, attribute: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the mix of each service's users, and of the zones next to theirs.

    Parameters
    ----------
    table
        The table of services.
    kind, mode, attribute
        Which rows of it.

    Returns
    -------
    tuple of DataFrame
        Services by name × groups, shares; NaN where a share is hidden. Services without any share
        that is shown are left out.
    """
    rows = _of(baseline(table), kind, mode, attribute)
    rows = rows[rows["measure"] == "share"]
    groups = list(dict.fromkeys(rows["group"]))
    frames = [
        rows.pivot_table(index=["name", "id"], columns="group", values=column, dropna=False)
        .reindex(columns=groups)
        .sort_index()
        for column in ("value", "around")
    ]
    known = frames[0].dropna(how="all").index
    users, around = (frame.reindex(known).droplevel("id") for frame in frames)
    return users, around


def _of(rows: pd.DataFrame, kind: str, mode: str, attribute: str) -> pd.DataFrame:
    here = (rows["service"] == kind) & (rows["mode"] == mode) & (rows["attribute"] == attribute)
    return rows[here]


def _without(rows: pd.DataFrame, _: Words) -> list[str]:
    """Say how many would have no place, of each kind by the first way, now and with each plan."""
    latest = rows.groupby("scenario")["year"].transform("max")
    last, out = rows[(rows["year"] == latest) | rows["year"].isna()], []
    last = last[last["value"] > 0]
    for row in last.drop_duplicates(["scenario", "service"]).itertuples(index=False):
        told = _(
            "{kind}: about {number} of those within the limit would have no place.",
            kind=_.label(row.service),
            number=_.number(row.value),
        )
        plan = "" if row.scenario == "baseline" else f"{_.own(str(row.scenario))} – "
        out.append(plan + told)
    return [capital(sentence) for sentence in out]


def _findings(table: pd.DataFrame, _: Words) -> list[str]:
    """Say how mixed users are beside neighbours, of each kind and attribute by the first way."""
    rows, out = baseline(table), []
    for (kind, attribute), part in rows.groupby(["service", "attribute"], sort=False):
        part = part[part["mode"] == part["mode"].iloc[0]]
        chance = part[part["measure"] == DIFFERENT].set_index("beside")
        names = {"kind": _.label(str(kind)), "attribute": _.label(str(attribute))}
        known = chance[["value", "reference"]].notna().all(axis=1)
        if "adjacent" not in chance.index or not known.all():
            out.append(
                _(
                    "{kind}, by {attribute}: not shown, so that no small number can be computed.",
                    **names,
                )
            )
            continue
        shares = {
            "users": _.percent(chance.loc["adjacent", "value"]),
            "adjacent": _.percent(chance.loc["adjacent", "reference"]),
            "anybody": _.percent(chance.loc["anybody", "reference"]),
        }
        more = chance.loc["adjacent", "difference"]
        text = (
            "{kind}, by {attribute}: two users of the same one are of different groups with a "
            "chance of {users}. Of two from neighbouring zones it is {adjacent}, about as much, "
            "and of any two users {anybody}."
        )
        if more >= SAME:
            text = (
                "{kind}, by {attribute}: two users of the same one are of different groups with a "
                "chance of {users}. That is more than of two from neighbouring zones, {adjacent}; "
                "of any two users it is {anybody}."
            )
        if more <= -SAME:
            text = (
                "{kind}, by {attribute}: two users of the same one are of different groups with a "
                "chance of {users}. That is less than of two from neighbouring zones, {adjacent}; "
                "of any two users it is {anybody}."
            )
        index = part[part["measure"] == _INDEX].iloc[0]
        told = _(text, **names, **shares)
        if index["value"] == index["value"]:
            told += " " + _(
                "The information theory index is {services} between services and {zones} between "
                "the zones where the same users live, which are smaller.",
                services=_.number(index["value"], 2),
                zones=_.number(index["reference"], 2),
            )
        out.append(told)
    return [capital(sentence) for sentence in out]


def _plans(table: pd.DataFrame, _: Words) -> list[str]:
    """Say what each plan makes of it, by the first way of going."""
    rows = table[(table["beside"] == "baseline") & (table["measure"] == DIFFERENT)]
    rows = rows.drop_duplicates(["scenario", "service", "attribute"])
    out = []
    for scenario, part in rows.groupby("scenario", sort=False):
        name, same, few = _.own(str(scenario)), [], []
        for row in part.itertuples(index=False):
            what = _(
                "{kind}, by {attribute}",
                kind=_.label(row.service),
                attribute=_.label(row.attribute),
            )
            if row.difference != row.difference:
                few.append(what)
            elif abs(row.difference) < _LEAST:
                same.append(what)
            else:
                text = (
                    "{scenario} – {what}: the chance that two users of the same one are of "
                    "different groups would be {after}; now it is {before}."
                )
                shares = {"after": _.percent(row.value), "before": _.percent(row.reference)}
                out.append(_(text, scenario=name, what=what, **shares))
        if same:
            text = "{scenario} – no difference that could be shown: {list}."
            out.append(_(text, scenario=name, list="; ".join(same)))
        if few:
            text = "{scenario} – not shown, so that no small number can be computed: {list}."
            out.append(_(text, scenario=name, list="; ".join(few)))
    return [capital(sentence) for sentence in out]


def _kinds(table: pd.DataFrame, _: Words) -> list[dict[str, Any]]:
    """Give a table of services for each kind, way and attribute, in the order of their names."""
    rows, out = baseline(table), []
    several = len(rows["mode"].unique()) > 1
    users = rows[rows["measure"] == "users"].set_index(["service", "mode", "id"])["value"]
    measured = rows[rows["attribute"] != ""]
    for (kind, mode, attribute), part in measured.groupby(
        ["service", "mode", "attribute"], sort=False
    ):
        groups = [group for group in dict.fromkeys(part["group"]) if group]
        cells = part.set_index(["id", "group"])["value"]
        chances = part[part["measure"] == DIFFERENT].sort_values(["name", "id"])
        name = _.label(str(kind)) + (f", {_.label(str(mode))}" if several else "")
        out.append(
            {
                "name": f"{name}: {_.label(str(attribute))}",
                "groups": [_.label(group, str(attribute)) for group in groups],
                "rows": [
                    {
                        "name": row.name or row.id,
                        "users": _.number(users.get((kind, mode, row.id), float("nan"))),
                        "shares": [_.percent(cells[row.id, group]) for group in groups],
                        "different": _.percent(row.value),
                        "around": _.percent(row.around),
                        "role": _role(row.difference, row.role, _),
                    }
                    for row in chances.itertuples(index=False)
                ],
            }
        )
    return out


def _role(difference: float, role: str, _: Words) -> str:
    """Say how the users of a service are beside those who live around them."""
    if difference != difference:
        return "–"
    return _(_ROLES[role]) if role in _ROLES else _("as mixed as around")
