"""What a study asks about autocorrelation: the whole map, by zone, by distance, over years."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy import sparse
from scipy.spatial import cKDTree

from .analyses import autocorrelation
from .analyses.autocorrelation import over_time, rates
from .geo import grid, neighbours
from .layers import ColumnError, Layers
from .layers.disclosure import reasons, significant
from .segregation import TOO_FEW, small_groups
from .shown import shown
from .study import Study

TABLE = [
    "scenario",
    "year",
    "region",
    "variable",
    "other",
    "statistic",
    "value",
    "expected",
    "z",
    "p_value",
    "p_adjusted",
    "zones",
    "note",
]
CORRELOGRAM = [
    "year",
    "region",
    "variable",
    "distance_from",
    "distance_to",
    "pairs",
    "value",
    "expected",
    "z",
    "p_value",
    "p_adjusted",
    "zones",
    "note",
]
HOT_SPOTS = [
    "variable",
    "zone",
    "years",
    "hot_years",
    "cold_years",
    "tau",
    "p_value",
    "p_adjusted",
    "pattern",
    "note",
]
TRANSITIONS = ["variable", "origin", "destination", "count", "share"]

STEPS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0)
"""The p-value of a zone is published as the least of these, or the level, that it is not above."""

FIRST = 9_999
"""Permutations of statistics by zone that are tried before as many as the study allows."""

_DIGITS = 3
"""Digits of a statistic of rates: it knows of how many people each share is, and no table does."""

_NOTHING = autocorrelation.CLUSTERS[-1]
_WITHOUT = ("", _NOTHING, autocorrelation.TOO_FEW)
"""Classes of zones that do not stand out."""

_ROUND = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""To what, times a power of ten, a distance is rounded up."""

_MOST_WITHOUT_GRID = 20_000
_MOST_SHUFFLES = 999
"""More permutations than this a correlogram does not take, whatever the study asks for."""

_MOST_SHUFFLED = 2_000
"""Of more zones, its p-values are those of the normal distribution."""

_ALL_CORRELOGRAMS = 12
"""Of so many figures, each has a correlogram; of more, one of each attribute."""

_PAIRS = ("lee_l", "moran_bivariate")


@dataclass
class Figure:
    """One figure by zone as it is published, and among how many it is a rate.

    Attributes
    ----------
    values
        The figure, zones; NaN where it is not shown.
    population
        For the share of a group: all of the attribute, where the share is shown; None else.
    people
        Then also how many that is about, by what is published; see `_published_people`.
    """

    values: pd.Series
    population: pd.Series | None = None
    people: pd.Series | None = None

    @property
    def events(self) -> pd.Series | None:
        """Give the members of the group, as the published share has it."""
        return None if self.population is None else self.values * self.population

    def of(self, zones: pd.Index | np.ndarray) -> Figure:
        """Give it of some zones, by their places.

        They are numbered: of texts, each test would look up all names anew.
        """
        parts = (self.values, self.population, self.people)
        return Figure(*(p if p is None else p.iloc[zones].reset_index(drop=True) for p in parts))  # type: ignore[arg-type]

    def standardised(self) -> pd.Series:
        """Give the rate on the scale of its own chance, or what is no rate as it is."""
        if self.events is None or self.population is None:
            return self.values
        return rates.empirical_bayes_standardized(self.events, self.population)

    def smoothed(self) -> pd.Series:
        """Give the rate drawn towards that of all zones, or what is no rate as it is."""
        if self.events is None or self.population is None:
            return self.values
        return rates.empirical_bayes(self.events, self.population)

    def small(self) -> pd.Series:
        """Tell where the people are so few that the rate says more about chance.

        It is made of published figures alone, the share and the people of the zone, so that
        anyone can compute it and it tells nothing. Were it a test of how many adults or
        households a zone has, which is published nowhere, a zone on either side of the threshold
        would tell a bound of their number, and beside its people of its children's.
        """
        if self.people is None:
            return pd.Series(False, index=self.values.index)
        return rates.small(self.values * self.people, self.people)


@dataclass
class Region:
    """Zones that are compared with each other and with no others.

    Attributes
    ----------
    name
        Its name; empty where there are no regions, for all zones.
    zones
        The places of its zones among all of them.
    graph
        Their neighbours, by their numbers in the region.
    """

    name: str
    zones: np.ndarray
    graph: Graph


@dataclass
class Clusters:
    """A statistic by zone of an attribute's groups or of a variable, as it is published.

    Attributes
    ----------
    classes
        Zones × columns: the class, empty where there is none or it is not shown.
    p_value, p_adjusted
        Of the same shape, in `STEPS`.
    around
        The mean of the neighbours whose figure is shown.
    small
        Whether the figure is of so few that it says more about chance than about the zone.
    chance
        By column: ``tests``, ``significant``, ``by_chance`` and ``adjusted`` of the zones shown
        that are not small, see `kvarter.analyses.autocorrelation.expected_by_chance`.
    mean
        By column, then by region, or under "" where there is none: the mean of the zones shown,
        above which is high, but for the chance in shares.
    undecided
        The columns in which the permutations were too few to decide.
    """

    classes: pd.DataFrame
    p_value: pd.DataFrame
    p_adjusted: pd.DataFrame
    around: pd.DataFrame
    small: pd.DataFrame
    chance: dict[str, pd.Series] = field(default_factory=dict)
    mean: dict[str, dict[str, float]] = field(default_factory=dict)
    undecided: list[str] = field(default_factory=list)


class Autocorrelation:
    """What was measured of autocorrelation, so that no year is measured twice.

    Parameters
    ----------
    layers
        The baseline.
    study
        What to ask.

    Raises
    ------
    ColumnError
        Where the study names a statistic that no figure can have.
    """

    def __init__(self, layers: Layers, study: Study) -> None:
        self._layers, self._study = layers, study
        self._apart: dict[int | None, list[Region]] = {}
        self._shown: dict[int | None, tuple[dict[str, Figure], dict[str, pd.Series]]] = {}
        self._tables: dict[int | None, pd.DataFrame] = {}
        if "statistics" in study.autocorrelation.model_fields_set:
            self._refuse_statistics()

    def _refuse_statistics(self) -> None:
        """Refuse statistics of what none of the figures is."""
        known = self.figures(self._layers.latest)
        joins = any(figure.values.dropna().isin([0, 1]).all() for figure in known.values())
        rated = any(figure.population is not None for figure in known.values())
        for name in self._study.autocorrelation.statistics:
            of = ""
            if name.startswith("join_count") and not joins:
                of = "is of what is there or not, and no figure has 0 and 1 alone"
            elif name == "moran_rate" and not rated:
                of = "is of shares, and no figure is one"
            elif name in _PAIRS and len(known) < 2:
                of = "is of two figures, and there is one"
            if of:
                raise ColumnError(
                    "",
                    f"{name} {of}.",
                    "Leave it out, or name other variables in [autocorrelation].",
                    table="autocorrelation.statistics",
                    found=name,
                )

    def _refuse_alone(self, apart: list[Region]) -> None:
        """Refuse a graph that the study asks for and that makes no two zones neighbours."""
        spec = self._study.autocorrelation
        several = any(len(region.zones) > 1 for region in apart)
        if several and "graph" in spec.model_fields_set and not any(_links(r) for r in apart):
            raise ColumnError(
                "",
                "No two zones are neighbours.",
                "Give a longer threshold, or another kind; docs/neighbours.md tells which fits.",
                table="autocorrelation.graph",
            )

    def figures(self, year: int | None) -> dict[str, Figure]:
        """Give the figures of a year, see `figures`."""
        return self._of(year)[0]

    def _of(self, year: int | None) -> tuple[dict[str, Figure], dict[str, pd.Series]]:
        """Give the figures of a year and why one is not shown."""
        if year not in self._shown:
            self._shown[year] = figures(self._layers, self._study, year)
        return self._shown[year]

    def regions_of(self, year: int | None) -> list[Region]:
        """Give the regions of a year with the neighbours of their zones, or all zones as one.

        No zone has a neighbour beyond the border of its region. A zone that is in none is left
        out.
        """
        if year not in self._apart:
            zones = self._layers.zones[year]
            apart = _regions(zones.geometry, zones.get("region"), self._study)
            self._refuse_alone(apart)
            self._apart[year] = apart
        return self._apart[year]

    def graph(self, year: int | None) -> Graph:
        """Give the neighbours of the zones of a year, each in its region."""
        return _together(self.regions_of(year), self._layers.zones[year].index)

    def checks(self) -> pd.DataFrame:
        """Tell what a reader should know of the neighbours of each year and region.

        Returns
        -------
        DataFrame
            The columns of ``tables/checks.csv``.
        """
        out = []
        for year, zones in self._layers.zones.items():
            for region in self.regions_of(year):
                layer = "zones" if year is None else f"zones {year}"
                layer += f", {region.name}" if region.name else ""
                graph = _together(
                    [replace(region, zones=np.arange(len(region.zones)))],
                    zones.index[region.zones],
                )
                out.append(neighbours.check(graph).assign(layer=layer))
        return pd.concat(out, ignore_index=True)[
            ["layer", "rule", "severity", "count", "example", "action"]
        ]

    def table(self, year: int | None) -> pd.DataFrame:
        """Measure the whole map of a year.

        Returns
        -------
        DataFrame
            The columns of `TABLE` but the first two. A plan that moves no people has the figures
            of the baseline.
        """
        if year not in self._tables:
            apart = self.regions_of(year)
            whole = apart[0]
            if apart[0].name:
                zones = self._layers.zones[year]
                graph = _graph(zones.geometry, zones["region"], self._study)
                whole = Region("", np.arange(len(zones)), _numbered(graph))
            self._tables[year] = self._measure(year, whole)
        return self._tables[year]

    def regions(self) -> pd.DataFrame:
        """Measure each region in the last year by itself.

        Returns
        -------
        DataFrame
            The columns of `TABLE` but the first two; empty where there are no regions.
        """
        year = self._layers.latest
        apart = [region for region in self.regions_of(year) if region.name]
        return _joined([self._measure(year, region) for region in apart], TABLE[2:])

    def _measure(self, year: int | None, region: Region) -> pd.DataFrame:
        spec, graph = self._study.autocorrelation, region.graph
        options: dict[str, Any] = {
            "permutations": spec.permutations,
            "seed": self._study.study.seed,
        }
        known = {key: figure.of(region.zones) for key, figure in self.figures(year).items()}
        flat = pd.DataFrame({key: figure.values for key, figure in known.items()})
        alone: Any = spec.statistics
        pairs: Any = _PAIRS
        if spec.statistics != "all":
            alone = [name for name in spec.statistics if name not in _PAIRS]
            pairs = [name for name in spec.statistics if name in _PAIRS]
        parts = []
        for key, figure in known.items():
            values, asked = figure.events, alone
            if values is None:
                values = figure.values
                if asked != "all":
                    asked = [name for name in asked if name != "moran_rate"]
            if len(asked):
                frame = pd.DataFrame({key: values})
                parts.append(
                    autocorrelation.measure(
                        frame, graph, statistics=asked, population=figure.population, **options
                    )
                )
        if len(pairs) and len(flat.columns) > 1:
            parts.append(autocorrelation.measure(flat, graph, statistics=pairs, **options))
        table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=TABLE[2:])
        order = {key: number for number, key in enumerate(known)}
        table = table.sort_values("variable", key=lambda keys: keys.map(order), kind="stable")
        few = _few(self._layers, self._study, year)
        rows = table["variable"].isin(few) | table["other"].isin(few)
        of_rates = table["statistic"] == "moran_rate"
        for column in ("value", "z"):
            figure = table[column].astype(float)
            table[column] = figure.mask(of_rates, significant(figure, _DIGITS))
        there = flat.notna()
        table["zones"] = [
            int((there[one] & there[two or one]).sum())
            for one, two in zip(table["variable"], table["other"], strict=True)
        ]
        table = table.assign(region=region.name, note=_note(table["note"]).mask(rows, TOO_FEW))
        table[["value", "z", "p_value"]] = table[["value", "z", "p_value"]].mask(rows)
        tests = table["p_value"].to_numpy(dtype=float)
        return table.assign(p_adjusted=autocorrelation.adjusted(tests, self._adjust()))[TABLE[2:]]

    def correlogram(self) -> pd.DataFrame:
        """Measure how far likeness reaches in the last year, in each region by itself.

        Returns
        -------
        DataFrame
            The columns of `CORRELOGRAM`, of more than a dozen figures only that of each attribute
            whose neighbours are most alike, and the variables; nothing where there are too many
            zones for it and they are no grid.
        """
        year = self._layers.latest
        geometry = self._layers.zones[year].geometry
        few, keys = _few(self._layers, self._study, year), self._most_alike(year)
        parts = []
        for region in self.regions_of(year):
            inside = geometry.iloc[region.zones].reset_index(drop=True)
            ends = distances(inside)
            for key in keys if ends else []:
                figure = self.figures(year)[key].of(region.zones)
                table = autocorrelation.correlogram(
                    figure.standardised(),
                    inside,
                    distances=ends,
                    permutations=shuffles(self._study, len(inside)),
                    seed=self._study.study.seed,
                )
                table["note"] = _note(table["note"])
                if figure.population is not None:
                    told = ["value", "expected", "z"]
                    table[told] = significant(table[told], _DIGITS)
                    # All digits of a p-value would give back those of the score.
                    tests = ["p_value", "p_adjusted"]
                    table[tests] = significant(table[tests].astype(float), 2)
                if key in few:
                    table[["value", "z", "p_value", "p_adjusted"]] = np.nan
                    table["note"] = TOO_FEW
                zones = int(figure.values.notna().sum())
                parts.append(
                    table.assign(year=year, region=region.name, variable=key, zones=zones)
                )
        return _joined(parts, CORRELOGRAM)

    def _most_alike(self, year: int | None) -> list[str]:
        """Name all figures, or of each attribute that whose neighbours are most alike."""
        keys = list(self.figures(year))
        if len(keys) <= _ALL_CORRELOGRAMS:
            return keys
        table = self.table(year)
        table = table[table["statistic"].isin(["moran_i", "moran_rate"])]
        # Of a figure that has both, the rate is the later name.
        table = table.sort_values("statistic", kind="stable")
        value = table.groupby("variable")["value"].last().reindex(keys).fillna(-np.inf)
        attribute = value.index.str.partition(".").get_level_values(0)
        chosen = set(value.groupby(attribute, sort=False).idxmax())
        return [key for key in keys if key in chosen]

    def over_years(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Follow hot spots, and zones through the quadrants, over three years or more.

        Returns
        -------
        DataFrame, DataFrame
            The columns of `HOT_SPOTS`, zones that stand out in some year, and of `TRANSITIONS`.
            Both are of the zones whose figure is shown in every year.
        """
        spec, years = self._study.autocorrelation, list(self._layers.zones)
        spots: list[pd.DataFrame] = []
        steps: list[pd.DataFrame] = []
        if len(years) < 3:
            return _joined(spots, HOT_SPOTS), _joined(steps, TRANSITIONS)
        few = {key for year in years for key in _few(self._layers, self._study, year)}
        geometry, within = _everywhere(self._layers)
        apart = _regions(geometry, within, self._study)
        known: dict[int | None, dict[str, Figure]] = {}
        hides = {}
        for year in years:
            found, why = self._of(year)
            known[year] = {
                key: _reindexed(figure, geometry.index) for key, figure in found.items()
            }
            # A zone that is not there in a year has nothing to hide.
            hides[year] = {
                key: (reason == "hidden").reindex(geometry.index, fill_value=False)
                for key, reason in why.items()
            }
        for key in known[years[-1]]:
            if key in few or not all(key in known[year] for year in years):
                continue
            visible = ~np.column_stack([hides[year][key] for year in years]).any(axis=1)
            tested = {
                year: self._tested("getis_ord_g_star", known[year][key], apart) for year in years
            }
            told = over_time.of_spots(tested, alpha=spec.alpha, adjust=self._adjust())
            stands = told["pattern"].isin(over_time.PATTERNS).to_numpy() & visible
            rows = told[stands].assign(zone=geometry.index[stands])
            spots.append(rows.assign(variable=key))
            paths = pd.DataFrame("", index=range(len(geometry)), columns=years)
            for region in apart:
                standing = pd.DataFrame(
                    {year: known[year][key].of(region.zones).standardised() for year in years}
                )
                way = over_time.paths(standing, region.graph)
                paths.iloc[region.zones] = way.to_numpy()
            steps.append(over_time.transitions(paths[visible]).assign(variable=key))
        return _joined(spots, HOT_SPOTS), _joined(steps, TRANSITIONS)

    def by_zone(
        self, shares: dict[str, pd.DataFrame], why: dict[str, pd.DataFrame]
    ) -> dict[str, dict[str, Clusters]]:
        """Measure the last year zone by zone.

        Parameters
        ----------
        shares, why
            What is shown of the zones, see `kvarter.measures.Results`.

        Returns
        -------
        dict
            By statistic and name of an attribute or variable.
        """
        year, graph = self._layers.latest, self.graph(self._layers.latest)
        known: dict[str, dict[str, Figure]] = {}
        for key, figure in self.figures(year).items():
            name, _, group = key.partition(".")
            known.setdefault(name, {})[group or name] = figure
        return {
            statistic: {
                name: self._clusters(statistic, graph, parts, shares[name], why[name])
                for name, parts in known.items()
            }
            for statistic in self._study.autocorrelation.local
        }

    def _clusters(
        self,
        statistic: Any,
        graph: Graph,
        parts: dict[str, Figure],
        shares: pd.DataFrame,
        why: pd.DataFrame,
    ) -> Clusters:
        spec, columns = self._study.autocorrelation, list(parts)
        shown = pd.DataFrame({column: why[column] == "" for column in columns})
        empty = pd.DataFrame(np.nan, index=shares.index, columns=columns)
        out = Clusters(
            classes=pd.DataFrame("", index=shares.index, columns=columns),
            p_value=empty.copy(),
            p_adjusted=empty.copy(),
            around=around(shares[columns], graph).where(shown),
            small=pd.DataFrame(False, index=shares.index, columns=columns),
        )
        apart = self.regions_of(self._layers.latest)
        for column, figure in parts.items():
            found = self._tested(statistic, figure, apart)
            found.index = shares.index
            if found["undecided"].any():
                out.undecided.append(column)
            out.mean[column] = {
                region.name: float(figure.of(region.zones).values.mean()) for region in apart
            }
            out.chance[column] = autocorrelation.expected_by_chance(found, alpha=spec.alpha)
            out.classes[column], out.small[column] = found["cluster"], found["small"]
            # What is said to stand out is what the map shows.
            out.chance[column]["adjusted"] = float((~found["cluster"].isin(_WITHOUT)).sum())
            for what, frame in (("p_value", out.p_value), ("p_adjusted", out.p_adjusted)):
                frame[column] = coarse(found[what], spec.alpha)
        return out

    def _tested(self, statistic: Any, figure: Figure, apart: list[Region]) -> pd.DataFrame:
        """Test each zone among those of its region, adjusted for all zones together.

        Returns
        -------
        DataFrame
            By the zones' numbers: the columns of `kvarter.analyses.autocorrelation.local`, with
            ``small``, and ``undecided`` where more permutations are needed to tell. Small zones
            are none of the tests, and have no ``p_adjusted``.
        """
        spec = self._study.autocorrelation
        tries = dict.fromkeys((min(FIRST, spec.local_permutations), spec.local_permutations))
        for permutations in tries:
            parts = []
            for region in apart:
                inside = figure.of(region.zones)
                # As the statistics of rates have it, whose own test of few people tells their
                # number.
                of_g = statistic.startswith("getis_ord")
                part = autocorrelation.local(
                    inside.smoothed() if of_g else inside.standardised(),
                    region.graph,
                    statistic=statistic,
                    permutations=permutations,
                    seed=self._study.study.seed,
                    alpha=spec.alpha,
                    adjust=None,
                )
                parts.append(part.assign(small=inside.small()).set_axis(region.zones))
            found = pd.concat(parts).reindex(range(len(figure.values)))
            found["small"] = found["small"].eq(True)
            found["p_adjusted"] = autocorrelation.adjusted(
                found["p_value"].mask(found["small"]).to_numpy(), self._adjust()
            )
            sure = found["p_adjusted"] <= spec.alpha
            lowest = 2 / (permutations + 1) * (1 + 1e-9)
            found["undecided"] = (found["p_value"] <= lowest) & ~sure & ~found["small"]
            if not found["undecided"].any():
                break
        found["cluster"] = found["cluster"].fillna("")
        unsure = ~sure & ~found["cluster"].isin(_WITHOUT)
        found["cluster"] = found["cluster"].mask(unsure, _NOTHING)
        few = found["small"] & (found["cluster"] != "")
        found["cluster"] = found["cluster"].mask(few, autocorrelation.TOO_FEW)
        return found

    def _adjust(self) -> Any:
        """Give how p-values are adjusted."""
        adjust = self._study.autocorrelation.adjust
        return None if adjust == "none" else adjust


def figures(
    layers: Layers, study: Study, year: int | None
) -> tuple[dict[str, Figure], dict[str, pd.Series]]:
    """Give the figures of a year that the study asks for, as they are shown.

    What is measured is made of published figures alone, so that it tells nothing of a zone whose
    figure is hidden.

    Parameters
    ----------
    layers, study, year
        See `kvarter.shown.figures`.

    Returns
    -------
    dict, dict
        By ``attribute.group`` or variable: the figures, and why one is not shown.
    """
    shares, hides = shown(layers, study, year)
    out, why = {}, {}
    for name, frame in shares.items():
        for column in frame:
            key = name if name in study.variables else f"{name}.{column}"
            population = people = None
            if name not in study.variables and frame.shape[1] > 1:
                total = layers.counts(name, year).sum(axis=1, skipna=False)
                shown_here = frame[column].notna()
                population = total.where(shown_here)
                people = _published_people(layers, study, year, total).where(shown_here)
            out[key] = Figure(frame[column], population, people)
            why[key] = hides[name][column]
    wanted = study.autocorrelation.variables
    if wanted is not None:
        out = {k: v for k, v in out.items() if k in wanted or k.partition(".")[0] in wanted}
    return out, why


def _published_people(
    layers: Layers, study: Study, year: int | None, total: pd.Series
) -> pd.Series:
    """Give about how many a zone's shares are of, by what is published.

    The people of the zone, times how many adults, households or dwellings there are for each in
    all zones: the totals stand in the account of what went in, and two digits of their ratio are
    enough. Where the people of a zone are not shown, 1. Where the people of a zone are not known,
    nothing is published that the attribute's own number could be taken off, and it is that.
    """
    frame = layers.zones[year][["population"]]
    people, why = frame["population"], reasons(frame, study.study.min_count)["population"]
    known = people.notna() & total.notna()
    each = float(significant(total[known].sum() / max(people[known].sum(), 1), 2))
    return (people * each).mask(why == "hidden", 1.0).fillna(total)


def around(shares: pd.DataFrame, graph: Graph) -> pd.DataFrame:
    """Give the mean of the neighbours whose figure is shown.

    It is made of figures that are published as they are, so that it tells of no other: one that
    knew the hidden ones would give them back, by arithmetic, where all neighbours but one are
    shown.

    Parameters
    ----------
    shares
        Zones × columns as they are published, NaN where hidden.
    graph
        Neighbours of the zones.

    Returns
    -------
    DataFrame
        Of the same shape, with three significant digits; NaN where no neighbour's figure is shown.
    """
    links = sparse.csr_array(graph.sparse, dtype=np.float64, copy=True)
    links.setdiag(0)
    links.eliminate_zeros()
    values = shares.to_numpy(dtype=float)
    known = ~np.isnan(values)
    total, weight = links @ np.where(known, values, 0.0), links @ known.astype(float)
    mean = np.divide(total, weight, out=np.full(values.shape, np.nan), where=weight > 0)
    return pd.DataFrame(significant(mean, 3), index=shares.index, columns=shares.columns)


def coarse(p_values: pd.Series, alpha: float) -> pd.Series:
    """Round p-values up to `STEPS` and the level.

    With all its digits, the p-value of a zone tells the mean of its neighbours, and that the
    hidden one among them.

    Examples
    --------
    >>> coarse(pd.Series([0.0004, 0.02, 0.051, np.nan]), alpha=0.025).tolist()
    [0.001, 0.025, 0.1, nan]
    """
    steps = np.array(sorted({*STEPS, alpha}))
    values = p_values.to_numpy(dtype=float)
    known = ~np.isnan(values)
    out = np.full(len(values), np.nan)
    # A p-value that equals a step but for its last bits stays there.
    out[known] = steps[np.searchsorted(steps, np.minimum(values[known], 1.0) - 1e-12)]
    return pd.Series(out, index=p_values.index)


def shuffles(study: Study, zones: int) -> int:
    """Give the permutations of a correlogram of so many zones; 0 where it has none.

    Parameters
    ----------
    study
        What to ask.
    zones
        How many there are in the region, or in all.
    """
    asked = min(study.autocorrelation.permutations, _MOST_SHUFFLES)
    return asked if zones <= _MOST_SHUFFLED else 0


def distances(geometry: gpd.GeoSeries) -> list[float]:
    """Choose the ends of the classes of a correlogram, in metres.

    The first class ends at one and a half times the usual distance between nearest zones, rounded
    up, so that it is of neighbours for the most part, as Moran's I of the whole map is; the others
    are ever wider, to half of the way across the map. None where there are fewer than four zones,
    or more than 20,000 that are no grid.
    """
    cells = grid.detect(geometry)
    if len(geometry) < 4 or (cells is None and len(geometry) > _MOST_WITHOUT_GRID):
        return []
    middle = geometry.centroid
    points = np.column_stack([middle.x, middle.y])
    if cells is not None:
        near = cells.size
    else:
        near = float(np.median(cKDTree(points).query(points, 2)[0][:, 1]))
    if not near > 0:
        return []
    scale = 10 ** np.floor(np.log10(1.5 * near))
    step = scale * next(n for n in _ROUND if 1.5 * near <= n * scale * (1 + 1e-9))
    far = float(np.hypot(*np.ptp(points, axis=0))) / 2
    times = [n * 2**power for power in range(0, 20, 2) for n in (1, 2, 3)]
    return [float(n * step) for n in sorted(set(times)) if n * step <= max(far, step)]


def _graph(geometry: gpd.GeoSeries, region: pd.Series | None, study: Study) -> Graph:
    """Link the zones as the study says."""
    options = study.autocorrelation.graph.model_dump(exclude_none=True)
    if options["kind"] == "block":
        assert region is not None
        options["regimes"] = region.where(region != "")
    try:
        return neighbours.graph(geometry, **options)
    except ValueError as error:
        raise ColumnError(
            "",
            f"{error}.",
            "docs/neighbours.md tells which kind fits.",
            table="autocorrelation.graph",
        ) from None


def _regions(geometry: gpd.GeoSeries, within: pd.Series | None, study: Study) -> list[Region]:
    """Part the zones into regions, and link those of each among themselves."""
    if within is None:
        graph = _graph(geometry, within, study)
        return [Region("", np.arange(len(geometry)), _numbered(graph))]
    out = []
    for name in sorted(set(within) - {""}):
        zones = np.flatnonzero((within == name).to_numpy())
        graph = _graph(geometry.iloc[zones], within.iloc[zones], study)
        out.append(Region(str(name), zones, _numbered(graph)))
    return out


def _links(region: Region) -> bool:
    """Tell whether any two zones of a region are neighbours."""
    # An island's only entry is a weight of 0 to itself.
    return bool(region.graph.sparse.count_nonzero())


def _numbered(graph: Graph) -> Graph:
    """Give a graph by the zones' numbers, see `Figure.of`."""
    return Graph.from_sparse(graph.sparse)


def _together(apart: list[Region], zones: pd.Index) -> Graph:
    """Give the neighbours of all regions in one graph, by the zones' names."""
    links = [region.graph.sparse.tocoo() for region in apart]
    pairs = list(zip(apart, links, strict=True))
    row = np.concatenate([region.zones[link.row] for region, link in pairs])
    column = np.concatenate([region.zones[link.col] for region, link in pairs])
    weight = np.concatenate([link.data for link in links])
    size = (len(zones), len(zones))
    return Graph.from_sparse(sparse.csr_array((weight, (row, column)), shape=size), ids=zones)


def _note(notes: pd.Series) -> pd.Series:
    """Say of the zones left out what holds of them here: hidden ones are among them."""
    return notes.astype(str).str.replace("value missing", "no figure is shown", regex=False)


def _reindexed(figure: Figure, zones: pd.Index) -> Figure:
    """Give a figure of the zones of all years, NaN where a zone is not there."""
    parts = (figure.values, figure.population, figure.people)
    return Figure(*(p if p is None else p.reindex(zones) for p in parts))  # type: ignore[arg-type]


def _few(layers: Layers, study: Study, year: int | None) -> set[str]:
    """Name the figures of attributes with a group that is too small to show.

    What the other groups have to do with it follows from their own figures.
    """
    return {
        f"{name}.{group}"
        for name in layers.attributes(year)
        if small_groups(layers.counts(name, year), study)
        for group in layers.groups[name]
    }


def _everywhere(layers: Layers) -> tuple[gpd.GeoSeries, pd.Series | None]:
    """Give the zones of all years, each as it was last, and their regions."""
    frames = [*layers.zones.values()][::-1]
    columns = [name for name in ("geometry", "region") if name in frames[0]]
    zones = pd.concat([frame.reindex(columns=columns) for frame in frames])
    zones = zones[~zones.index.duplicated()]
    region = zones["region"].fillna("") if "region" in zones else None
    return gpd.GeoSeries(zones["geometry"], crs=frames[0].crs), region


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Set tables below each other."""
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True).reindex(columns=columns)
