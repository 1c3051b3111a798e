"""Findings: sentences made from the numbers and their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from .words import Words

_NAMED = 4
"""So many names a sentence lists."""


def findings(
    tables: dict[str, pd.DataFrame],
    words: Words,
    limits: dict[str, float],
    dwellings: Sequence[str] = (),
) -> list[str]:
    """Put the main results in words.

    Parameters
    ----------
    tables
        ``segregation``, ``autocorrelation`` and ``access``, as they are published.
    words
        The words of the page.
    limits
        The limit of each kind of service, in metres.
    dwellings
        The attributes that are made of layers of dwellings: they tell of buildings and landlords,
        not of who lives where, and are left out of the sentences about groups.

    Returns
    -------
    list of str
        Sentences, the most general first. Areas are not ranked and groups not judged.
    """
    people = ~tables["segregation"]["attribute"].isin(dwellings)
    sentences = [
        *_evenness(tables["segregation"][people], words),
        *_change(tables["segregation"][people], words),
        *_clustering(tables["autocorrelation"], words),
        *_reach(tables["access"], words, limits, dwellings),
        *_left_out(words, dwellings),
    ]
    return [sentence[:1].upper() + sentence[1:] for sentence in sentences]


def baseline(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of the last year of the baseline."""
    rows = table[table["scenario"] == "baseline"]
    return rows[rows["year"] == rows["year"].max()] if rows["year"].notna().any() else rows


def _evenness(table: pd.DataFrame, _: Words) -> list[str]:
    rows = baseline(table)
    whole = rows[(rows["index"] == "multigroup_dissimilarity") & (rows["group"] == "")]
    whole = whole.dropna(subset="value").sort_values("value")
    if len(whole) == 0:
        return []
    most, least = whole.iloc[-1], whole.iloc[0]
    out = [
        _(
            "Of the attributes studied, groups live most apart by: {most}. The index of "
            "dissimilarity is {share} of what it would be if the groups lived wholly apart.",
            most=_.label(most["attribute"]),
            share=_.percent(most["value"]),
        )
    ]
    if len(whole) > 1:
        out.append(
            _(
                "The groups are most evenly spread by: {least} ({share}).",
                least=_.label(least["attribute"]),
                share=_.percent(least["value"]),
            )
        )
    return out


def _change(table: pd.DataFrame, _: Words) -> list[str]:
    rows = table[(table["scenario"] == "baseline") & table["year"].notna()]
    rows = rows[(rows["index"] == "multigroup_dissimilarity") & (rows["group"] == "")]
    out = []
    for attribute, part in rows.groupby("attribute", sort=False):
        part = part.dropna(subset="value").sort_values("year")
        if len(part) < 2:
            continue
        first, last = part.iloc[0], part.iloc[-1]
        texts = {
            "first": f"{first['year']:.0f}",
            "last": f"{last['year']:.0f}",
            "attribute": _.label(str(attribute)),
            "before": _.number(first["value"], 2),
            "after": _.number(last["value"], 2),
        }
        if round(first["value"], 2) == round(last["value"], 2):
            text = "{attribute}: segregation was the same in {first} and {last} ({after})."
            out.append(_(text, **texts))
        elif last["value"] > first["value"]:
            text = "{attribute}: segregation grew from {before} ({first}) to {after} ({last})."
            out.append(_(text, **texts))
        else:
            text = "{attribute}: segregation fell from {before} ({first}) to {after} ({last})."
            out.append(_(text, **texts))
    return out


def _clustering(table: pd.DataFrame, _: Words) -> list[str]:
    rows = baseline(table).dropna(subset="value")
    if len(rows) == 0:
        return []
    chance = rows[rows["p_value"] > 0.05]
    sure = rows[(rows["p_value"] <= 0.05) & (rows["value"] > 0)].sort_values("value")
    out = []
    if len(sure):
        top = sure.iloc[-1]
        text = (
            "Neighbouring zones are more alike than chance would have it in {number} of {all} "
            "figures, most of all in: {name} (Moran’s I {value})."
        )
        value = _.number(top["value"], 2)
        name = variable_label(top["variable"], _)
        counts = {"number": _.number(len(sure)), "all": _.number(len(rows))}
        out.append(_(text, name=name, value=value, **counts))
    if len(chance):
        labels = [variable_label(name, _) for name in chance["variable"]]
        names = "; ".join(labels[:_NAMED])
        if len(labels) > _NAMED:
            names += _(" and {number} more", number=_.number(len(labels) - _NAMED))
        text = "Whether neighbouring zones are alike cannot be told from chance in: {names}."
        out.append(_(text, names=names))
    return out


def variable_label(variable: str, words: Words) -> str:
    """Name a variable of the table of autocorrelation: an attribute's group, or another figure."""
    attribute, dot, group = variable.partition(".")
    if not dot:
        return words.label(variable)
    return f"{words.label(attribute)}: {words.label(group, attribute)}"


def _left_out(_: Words, dwellings: Sequence[str]) -> list[str]:
    names = "; ".join(_.label(name) for name in dwellings)
    text = (
        "Dwellings, not people, are counted by: {names}. Their figures stand in the tables; the "
        "findings on groups leave them out."
    )
    return [_(text, names=names)] if names else []


def _reach(
    table: pd.DataFrame, _: Words, limits: dict[str, float], dwellings: Sequence[str]
) -> list[str]:
    rows = baseline(table)
    rows = rows[rows["measure"] == "share_within_limit"].dropna(subset="value")
    out = []
    for kind, part in rows.groupby("service", sort=False):
        everybody = part[part["attribute"] == ""]
        texts = {"kind": _.label(str(kind)), "metres": _.number(limits[str(kind)])}
        if len(everybody):
            share = _.percent(everybody["value"].iloc[0], 1)
            out.append(
                _(
                    "{kind}: {share} of the inhabitants have one within {metres} m.",
                    share=share,
                    **texts,
                )
            )
        groups = part[~part["attribute"].isin(["", *dwellings])]
        spread = groups.groupby("attribute")["value"].agg(["min", "max"])
        spread = (spread["max"] - spread["min"]).sort_values()
        if len(spread) and spread.iloc[-1] >= 0.05:
            attribute = str(spread.index[-1])
            inside = groups[groups["attribute"] == attribute].sort_values("value")
            low, high = inside.iloc[0], inside.iloc[-1]
            text = (
                "{kind}: the difference between groups is greatest by {attribute}: "
                "{high} {most}, {low} {least} within {metres} m."
            )
            out.append(
                _(
                    text,
                    attribute=_.label(attribute),
                    low=_.label(low["group"], attribute),
                    high=_.label(high["group"], attribute),
                    least=_.percent(low["value"]),
                    most=_.percent(high["value"]),
                    **texts,
                )
            )
    return out
