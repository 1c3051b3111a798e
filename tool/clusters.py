"""Maps of clusters and charts of likeness, in a language of the study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .analyses.autocorrelation import rates
from .autocorrelation import shuffles
from .maps import Chance, clusters, hot_spots
from .maps.alike import (
    ABOVE_ONE,
    headline,
    names_of,
    slope,
    told_of_reach,
    told_of_scatter,
    told_of_years,
    told_regions,
)
from .maps.words import Words, capital

if TYPE_CHECKING:
    from .autocorrelation import Clusters
    from .measures import Results
    from .pages import Chart, _Maps

_SCATTERS = 1
"""So many of the headline figures have a scatter plot."""


def maps(of: _Maps, keep: Callable[[str, object, str, str, str], None]) -> None:
    """Map each statistic by zone of each attribute and variable.

    Parameters
    ----------
    of
        The maps and figures of a language.
    keep
        Takes a map's file name, the map, its theme, heading and title.
    """
    _ = of.words
    alpha = of.study.autocorrelation.alpha
    for statistic, names in of.results.clusters.items():
        for name, found in names.items():
            label = _.label(name)
            title, heading = _title(of, statistic, label), label
            if statistic != "moran":
                heading = f"{label}: {_.label(statistic)}"
            columns = list(found.classes)
            chart = clusters(
                of.zones,
                found.classes,
                statistic=statistic,
                values=of.results.shares[name][columns],
                around=found.around,
                p_value=found.p_value,
                small=found.small,
                page=of.page(title, _text(of, statistic, name)),
                labels=of.labels(name),
                reason=of.results.reasons[name],
                summary=_summaries(of, found, of.style(name)),
                alpha=alpha,
                chance=_chance(of, name),
                **of.style(name),
            )
            stem = "clusters" if statistic == "moran" else statistic
            keep(f"{stem}_{name}", chart, "cluster", heading, title)
    _over_years(of, keep)


def _over_years(of: _Maps, keep: Callable[[str, object, str, str, str], None]) -> None:
    """Map what becomes of the hot and cold spots of each attribute and variable."""
    _, table, years = of.words, of.results.tables["hotspots"], list(of.layers.zones)
    for name in dict.fromkeys(str(key).partition(".")[0] for key in table["variable"]):
        style, label, found = of.style(name), of.words.label(name), {}
        for column in of.results.shares[name]:
            key = name if name in of.study.variables else f"{name}.{column}"
            rows = table[table["variable"] == key].set_index("zone")
            if len(rows):
                found[column] = rows.reindex(of.zones.index)
        patterns, hot, cold = (
            pd.DataFrame({column: rows[what] for column, rows in found.items()})
            for what in ("pattern", "hot_years", "cold_years")
        )
        reason = of.results.reasons[name][[*found]]
        drawn = (patterns.notna() & (reason == "")).sum()
        title = _(
            "{attribute}: zones that stood out, {first} to {last}",
            attribute=label,
            first=years[0],
            last=years[-1],
        )
        adjusted = of.study.autocorrelation.adjust != "none"
        text = told_of_years(table, _, adjusted=adjusted)
        chart = hot_spots(
            of.zones,
            patterns.fillna(""),
            hot_years=hot.fillna(0),
            cold_years=cold.fillna(0),
            years=len(years),
            values=of.results.shares[name][[*found]],
            page=of.page(title, text),
            labels=of.labels(name),
            reason=reason,
            summary={
                column: _("{found} zones stand out in some year.", found=_.number(number))
                for column, number in drawn.items()
            },
            chance=_chance(of, name),
            **style,
        )
        keep(f"hotspots_{name}", chart, "spots", label, title)


def charts(of: _Maps) -> tuple[list[Chart], list[dict[str, str]]]:
    """Give the charts of likeness to draw, and what the report says of each.

    Parameters
    ----------
    of
        The maps and figures of a language.
    """
    table = of.results.tables["autocorrelation"]
    variables = headline(table, of.layers.dwellings)
    names = names_of(table, of.words)
    regions = told_regions(of.results.tables["correlogram"])
    drawn = [_correlogram(of, variables, names, region) for region in regions]
    drawn += [_scatter(of, variable, names[variable]) for variable in variables[:_SCATTERS]]
    both = [part for part in drawn if part is not None]
    return [chart for chart, _ in both], [figure for _, figure in both]


def standing(results: Results) -> dict[str, tuple[int, int]]:
    """Tell of each figure how many zones stand out by local Moran, and how many are tested.

    Parameters
    ----------
    results
        What was measured.
    """
    return {
        column if column == name else f"{name}.{column}": (
            int(chance["adjusted"]),
            int(chance["tests"]),
        )
        for name, found in results.clusters.get("moran", {}).items()
        for column, chance in found.chance.items()
    }


def _title(of: _Maps, statistic: str, label: str) -> str:
    _ = of.words
    title = {
        "getis_ord_g_star": _(
            "{attribute}: where zones and those around them are high, or low, together",
            attribute=label,
        ),
        "moran": _("{attribute}: zones like, or unlike, their neighbours", attribute=label),
        "geary": _(
            "{attribute}: zones that differ little, or much, from their neighbours",
            attribute=label,
        ),
        "heteroskedasticity": _(
            "{attribute}: where neighbours differ much among each other", attribute=label
        ),
    }.get(statistic, _("{attribute}: where it is high, or low, all around", attribute=label))
    return title + of.year()


def _chance(of: _Maps, name: str) -> Chance | None:
    """Give what chance does to the shares of an attribute, found once for all languages."""
    if name not in of.chances:
        of.chances[name] = _moved(of, name)
    return of.chances[name]


def _moved(of: _Maps, name: str) -> Chance | None:
    """Give between what shares chance moves those of an attribute of people.

    All of it is made of what the zones' table publishes. How many adults or households a zone has
    is not in it, and would tell with the number of people how many children live there.
    """
    universe = of.layers.universe.get(name)
    people = of.results.zones["population"]
    if not of.style(name).get("percent") or universe == "dwellings" or people.isna().all():
        return None
    shares = of.results.shares[name]
    counted = of.layers.counts(name, of.layers.latest).sum(axis=1, skipna=False)
    everybody = of.zones["population"]
    known = counted.notna() & everybody.notna()
    ends = {
        group: rates.interval(shares[group], people, of.study.segregation.level)
        for group in shares
    }
    return Chance(
        people,
        pd.DataFrame({group: low for group, (low, _) in ends.items()}),
        pd.DataFrame({group: high for group, (_, high) in ends.items()}),
        universe == "persons" and bool((counted == everybody)[known].all()),
    )


def _text(of: _Maps, statistic: str, name: str) -> str:
    _ = of.words
    text = _(
        "{statistic}: which zones differ from what chance would give, adjusted for the number of "
        "zones tested. High and low are above and below the mean, and no judgement.",
        statistic=capital(_.label(statistic)),
    )
    if of.study.autocorrelation.adjust == "none":
        text = _(
            "{statistic}: which zones differ from what chance would give, not adjusted for the "
            "number of zones tested. High and low are above and below the mean, and no judgement.",
            statistic=capital(_.label(statistic)),
        )
    if _regions(of):
        text += " " + _("Each zone is compared with the mean of its own region.")
    if name in of.study.variables:
        return f"{text} " + _("How far chance alone moves a zone's own figure is not known.")
    chance = _chance(of, name)
    if chance is None:
        return text
    told = _(
        "A zone opens with the least that chance moves its share: how far it moves one of all who "
        "live there, of whom the share is of some."
    )
    if chance.whole:
        level = _.level(of.study.segregation.level)
        told = _("A zone opens with a {level} interval of its share (Wilson's).", level=level)
    return f"{text} {told}"


def _regions(of: _Maps) -> bool:
    """Tell whether each zone is compared with its own region."""
    return "region" in of.zones


def _summaries(of: _Maps, found: Clusters, style: dict[str, Any]) -> dict[str, str]:
    """Say of each map how many zones stand out, and how many chance would give."""
    _, out = of.words, {}
    spec = of.study.autocorrelation
    for column, chance in found.chance.items():
        figures = {
            "found": _.number(chance["adjusted"]),
            "tested": _.number(chance["tests"]),
            "plain": _.number(chance["significant"]),
            "chance": _.number(chance["by_chance"]),
        }
        out[column] = _(
            "{found} of {tested} zones tested stand out after adjustment. Without it {plain} "
            "would, and chance alone would give about {chance}.",
            **figures,
        )
        if spec.adjust == "none":
            out[column] = _(
                "{found} of {tested} zones tested stand out; chance alone would give about "
                "{chance}. There is no adjustment for there being so many zones.",
                **figures,
            )
        means = {region: mean for region, mean in found.mean[column].items() if mean == mean}
        told = {region: _written(mean, style, _) for region, mean in means.items()}
        if _regions(of) and told:
            listed = "; ".join(f"{_.label(region)} {mean}" for region, mean in told.items())
            out[column] += " " + _("Mean of the zones shown in each region: {list}.", list=listed)
        elif told:
            out[column] += " " + _("The mean of the zones shown is {mean}.", mean=told[""])
        if column in found.undecided:
            out[column] += " " + _(
                "The test could not decide: with {permutations} permutations the smallest "
                "p-value there is does not pass among so many zones.",
                permutations=_.number(spec.local_permutations),
            )
        few = int(found.small[column].sum())
        if few:
            out[column] += " " + _(
                "{few} more of the zones shown are of so few that their figure says more about "
                "chance than about the zone; they are not tested.",
                few=_.number(few),
            )
    return out


def _written(mean: float, style: dict[str, Any], words: Words) -> str:
    """Write a mean as the figures of its map are."""
    digits = 0 if mean >= 50 else 1 if mean >= 5 else 2
    text = words.percent(mean, 1) if style.get("percent") else words.number(mean, digits)
    return f"{text}\xa0{style['unit']}" if style.get("unit") else text


def _correlogram(
    of: _Maps, variables: list[str], names: dict[str, str], region: str
) -> tuple[Chart, dict[str, str]] | None:
    """Give the chart of a region, or of all zones where there is none."""
    _, table = of.words, of.results.tables["correlogram"]
    rows = table[table["variable"].isin(variables) & (table["region"] == region)]
    rows = rows.dropna(subset="value")
    variables = [variable for variable in variables if (rows["variable"] == variable).any()]
    if rows.empty:
        return None
    alpha = of.study.autocorrelation.alpha
    text = told_of_reach(rows, variables, names, _, alpha)
    zones = len(of.zones) if not region else int((of.zones["region"] == region).sum())
    draws, classes = shuffles(of.study, zones), int(rows["variable"].value_counts().max())
    if draws and 2 * classes / (draws + 1) > alpha:
        text += " " + _(
            "With {permutations} permutations, no p-value of so many distances can pass after "
            "adjustment: more are needed.",
            permutations=_.number(draws),
        )
    if rows["value"].max() > 1:
        text += " " + _(ABOVE_ONE)
    title, stem = _("How far likeness reaches"), "correlogram"
    if region:
        title = _("How far likeness reaches: {region}", region=_.label(region))
        # A region's name is no file name.
        stem += f"_{told_regions(table).index(region) + 1}"
        text += " " + _("No zone is compared with one of another region.")
    options = {"names": {key: names[key] for key in variables}, "alpha": alpha}
    return _chart(of, stem, "correlogram", title + of.year(), rows, text, options)


def _scatter(of: _Maps, variable: str, label: str) -> tuple[Chart, dict[str, str]] | None:
    """Give the scatter plot of a figure, of the largest region where there are regions."""
    name, _dot, group = variable.partition(".")
    column = group or name
    found = of.results.clusters.get("moran", {}).get(name)
    if found is None:
        return None
    _, shares = of.words, of.results.shares[name]
    points = pd.DataFrame(
        {
            "value": shares[column],
            "around": found.around[column],
            "cluster": found.classes[column],
        }
    )
    all_shown = points.dropna(subset="value")
    points = points[points["cluster"] != ""].dropna()
    region, title = "", _("{name}: each zone beside its neighbours", name=label)
    if _regions(of) and len(points):
        within = of.zones["region"].reindex(points.index)
        region = str(within.value_counts().index[0])
        points = points[within == region]
        all_shown = all_shown[of.zones["region"].reindex(all_shown.index) == region]
        title += f", {_.label(region)}"
    if len(points) < 3:
        return None
    alone = len(all_shown) - len(points)
    told = told_of_scatter(
        of.results.tables["autocorrelation"], variable, _, of.study.autocorrelation.alpha, region
    )
    text = _(
        "{told} Each of the {zones} marks is a zone whose figure is shown, and that of a "
        "neighbour: to the right are high zones, and above are those with high neighbours.",
        told=told,
        zones=_.number(len(points)),
    )
    if alone:
        text += " " + _(
            "Left out are zones whose figure is shown and no neighbour's: {number}.",
            number=_.number(alone),
        )
    if region:
        text += " " + _("It shows the region with the most zones.")
    style, steep = of.style(name), slope(points)
    if steep == steep:
        text += " " + _(
            "The slope of the line, {slope}, is Moran’s I of the figures that are drawn.",
            slope=_.number(steep, 2),
        )
        if style.get("percent"):
            text += " " + _(
                "The value that is tested is computed of shares on the scale of their chance, and "
                "of all zones shown."
            )
        elif alone:
            text += " " + _("The value that is tested is computed of all zones shown.")
    options = {"label": label, "percent": style.get("percent", False)}
    options |= {"unit": style.get("unit", ""), "mean": found.mean[column][region]}
    return _chart(of, f"scatter_{name}", "scatter", title + of.year(), points, text, options)


def _chart(
    of: _Maps,
    stem: str,
    function: str,
    title: str,
    frame: pd.DataFrame,
    text: str,
    options: dict[str, Any],
) -> tuple[Chart, dict[str, str]]:
    code, first = of.words.language, of.study.study.languages[0]
    file = Path("figures") / (stem if code == first else f"{stem}.{code}")
    page = replace(of.page(title, ""), outlines=None, background={})
    figure = {"file": file.as_posix(), "title": title, "text": text}
    return (function, (frame,), {"page": page, **options}, of.folder / file), figure
