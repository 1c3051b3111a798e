"""What a study asks about autocorrelation: the whole map, by zone, by distance, over years."""

from __future__ import annotations

from dataclasses import dataclass, field
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
from .layers import Layers
from .layers.disclosure import reasons, significant
from .layers.errors import LayerError
from .segregation import TOO_FEW, small_groups
from .study import Study

TABLE = [
    "scenario",
    "year",
    "variable",
    "other",
    "statistic",
    "value",
    "expected",
    "z",
    "p_value",
    "note",
]
CORRELOGRAM = [
    "year",
    "variable",
    "distance_from",
    "distance_to",
    "pairs",
    "value",
    "expected",
    "z",
    "p_value",
    "p_adjusted",
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

_FIRST = 9_999
"""Permutations of statistics by zone that are tried before as many as the study allows."""

_DIGITS = 3
_NOTHING = autocorrelation.CLUSTERS[-1]
_MOST_WITHOUT_GRID = 20_000
_SHUFFLES = 399
"""Shuffled maps of a correlogram: enough for a p-value to pass after adjustment."""

_MOST_SHUFFLED = 2_000
_PAIRS = ("lee_l", "moran_bivariate")


@dataclass
class Figure:
    """One figure by zone, and among how many it is a rate.

    Attributes
    ----------
    values
        The figure, zones.
    events, population
        For the share of a group: the members and all of the attribute; None else.
    """

    values: pd.Series
    events: pd.Series | None = None
    population: pd.Series | None = None

    def numbered(self) -> Figure:
        """Give it by the zones' numbers: of texts, each test would look up all names anew."""
        parts = (self.values, self.events, self.population)
        return Figure(*(p if p is None else p.reset_index(drop=True) for p in parts))  # type: ignore[arg-type]

    def standardised(self) -> pd.Series:
        """Give the rate on the scale of its own chance, or what is no rate as it is."""
        if self.events is None or self.population is None:
            return self.values
        return rates.empirical_bayes_standardized(self.events, self.population)

    def smoothed(self) -> pd.Series:
        """Give the rate with small zones drawn towards the whole, or what is no rate as it is."""
        if self.events is None or self.population is None:
            return self.values
        return rates.empirical_bayes(self.events, self.population)

    def mean(self) -> float:
        """Give the mean of the zones, with three significant digits."""
        return float(significant(self.values.mean(), 3))

    def small(self) -> pd.Series:
        """Tell where the population is so small that the rate says more about chance."""
        if self.events is None or self.population is None:
            return pd.Series(False, index=self.values.index)
        return rates.small(self.events, self.population)


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
        By column: ``tests``, ``significant``, ``by_chance`` and ``adjusted`` of the zones shown,
        see `kvarter.analyses.autocorrelation.expected_by_chance`.
    mean
        By column: the mean of all zones, above which is high, but for the chance in shares.
    undecided
        The columns in which the permutations were too few to decide.
    """

    classes: pd.DataFrame
    p_value: pd.DataFrame
    p_adjusted: pd.DataFrame
    around: pd.DataFrame
    small: pd.DataFrame
    chance: dict[str, pd.Series] = field(default_factory=dict)
    mean: dict[str, float] = field(default_factory=dict)
    undecided: list[str] = field(default_factory=list)


class Autocorrelation:
    """What was measured of autocorrelation, so that no year is measured twice.

    Parameters
    ----------
    layers
        The baseline.
    study
        What to ask.
    """

    def __init__(self, layers: Layers, study: Study) -> None:
        self._layers, self._study = layers, study
        self._graphs: dict[int | None, Graph] = {}
        self._figures: dict[int | None, dict[str, Figure]] = {}
        self._tables: dict[int | None, pd.DataFrame] = {}

    def figures(self, year: int | None) -> dict[str, Figure]:
        """Give the figures of a year, see `figures`."""
        if year not in self._figures:
            self._figures[year] = figures(self._layers, self._study, year)
        return self._figures[year]

    def graph(self, year: int | None) -> Graph:
        """Give the neighbours of the zones of a year."""
        if year not in self._graphs:
            zones = self._layers.zones[year]
            self._graphs[year] = _graph(zones.geometry, zones.get("region"), self._study)
        return self._graphs[year]

    def checks(self) -> pd.DataFrame:
        """Tell what a reader should know of the neighbours of each year.

        Returns
        -------
        DataFrame
            The columns of ``tables/checks.csv``.
        """
        out = []
        for year in self._layers.zones:
            layer = "zones" if year is None else f"zones {year}"
            out.append(neighbours.check(self.graph(year)).assign(layer=layer))
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
            self._tables[year] = self._measure(year)
        return self._tables[year]

    def _measure(self, year: int | None) -> pd.DataFrame:
        spec, graph = self._study.autocorrelation, _numbered(self.graph(year))
        known = self.figures(year)
        options: dict[str, Any] = {
            "permutations": spec.permutations,
            "seed": self._study.study.seed,
        }
        known = {key: figure.numbered() for key, figure in known.items()}
        flat = pd.DataFrame({key: figure.values for key, figure in known.items()})
        asked: Any = spec.statistics
        if asked != "all":
            asked = [name for name in asked if name != "moran_rate"]
            if len(flat.columns) < 2:
                asked = [name for name in asked if name not in _PAIRS]
        parts = []
        if len(flat.columns) and len(asked):
            parts.append(autocorrelation.measure(flat, graph, statistics=asked, **options))
        if spec.statistics == "all" or "moran_rate" in spec.statistics:
            parts += [
                autocorrelation.measure(
                    pd.DataFrame({key: figure.events for key, figure in group.items()}),
                    graph,
                    statistics=["moran_rate"],
                    population=next(iter(group.values())).population,
                    **options,
                )
                for group in _rates(known)
            ]
        table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=TABLE[2:])
        order = {key: number for number, key in enumerate(known)}
        table = table.sort_values("variable", key=lambda keys: keys.map(order), kind="stable")
        few = _few(self._layers, self._study, year)
        rows = table["variable"].isin(few) | table["other"].isin(few)
        table[["value", "z"]] = significant(table[["value", "z"]].astype(float), _DIGITS)
        table = table.assign(note=table["note"].mask(rows, TOO_FEW))
        table[["value", "z", "p_value"]] = table[["value", "z", "p_value"]].mask(rows)
        return table[TABLE[2:]]

    def correlogram(self) -> pd.DataFrame:
        """Measure how far likeness reaches in the last year.

        Returns
        -------
        DataFrame
            The columns of `CORRELOGRAM`; nothing where there are too many zones for it and they
            are no grid.
        """
        year = self._layers.latest
        geometry = self._layers.zones[year].geometry
        ends = distances(geometry)
        known = self.figures(year)
        few = _few(self._layers, self._study, year)
        parts = []
        for key, figure in known.items() if ends else []:
            table = autocorrelation.correlogram(
                figure.standardised(),
                geometry,
                distances=ends,
                permutations=_SHUFFLES if len(geometry) <= _MOST_SHUFFLED else 0,
                seed=self._study.study.seed,
            )
            shown = ["value", "expected", "z"]
            table[shown] = significant(table[shown], _DIGITS)
            # All digits of a p-value would give back those of the score.
            tests = ["p_value", "p_adjusted"]
            table[tests] = significant(table[tests].astype(float), 2)
            if key in few:
                table[["value", "z", "p_value", "p_adjusted"]] = np.nan
                table["note"] = TOO_FEW
            parts.append(table.assign(year=year, variable=key))
        if not parts:
            return pd.DataFrame(columns=CORRELOGRAM)
        return pd.concat(parts, ignore_index=True)[CORRELOGRAM]

    def over_years(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Follow hot spots, and zones through the quadrants, over three years or more.

        Returns
        -------
        DataFrame, DataFrame
            The columns of `HOT_SPOTS`, zones that stand out in some year, and of `TRANSITIONS`.
            Both are of the zones whose figure is shown in every year.
        """
        spec, years = self._study.autocorrelation, list(self._layers.zones)
        spots, steps = [], []
        if len(years) > 2:
            known = {year: self.figures(year) for year in years}
            few = {key for year in years for key in _few(self._layers, self._study, year)}
            geometry, region = _everywhere(self._layers)
            graph = _numbered(_graph(geometry, region, self._study))
            shown = _shown_every_year(self._layers, self._study, geometry.index)
            keys = [key for key in known[years[-1]] if all(key in known[y] for y in years)]
            for key in keys:
                if key in few:
                    continue
                wide = pd.DataFrame({year: known[year][key].smoothed() for year in years})
                wide = wide.reindex(geometry.index).reset_index(drop=True)
                found = over_time.patterns(
                    wide,
                    graph,
                    permutations=min(_FIRST, spec.local_permutations),
                    most=spec.local_permutations,
                    seed=self._study.study.seed,
                    alpha=spec.alpha,
                    adjust=None if spec.adjust == "none" else spec.adjust,
                )
                visible = shown[key].to_numpy(dtype=bool)
                stands = ~found["pattern"].isin(["", over_time.NO_PATTERN])
                rows = found[stands & visible].assign(zone=geometry.index[stands & visible])
                spots.append(rows.assign(variable=key))
                standard = {year: known[year][key].standardised() for year in years}
                standing = pd.DataFrame(standard).reindex(geometry.index).reset_index(drop=True)
                paths = over_time.paths(standing, graph)
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
            around=around(shares[columns], graph),
            small=pd.DataFrame({c: part.small() for c, part in parts.items()}) & shown,
        )
        out.around = out.around.where(shown)
        numbers = _numbered(graph)
        for column, named in parts.items():
            figure = named.numbered()
            rated: dict[str, Any] = {"values": figure.standardised()}
            if statistic == "moran" and figure.population is not None:
                rated = {"values": figure.events, "population": figure.population}
            elif statistic.startswith("getis_ord"):
                rated = {"values": figure.smoothed()}
            found = autocorrelation.local(
                **rated,
                graph=numbers,
                statistic=statistic,
                permutations=min(_FIRST, spec.local_permutations),
                most=spec.local_permutations,
                seed=self._study.study.seed,
                alpha=spec.alpha,
                adjust=None if spec.adjust == "none" else spec.adjust,
            )
            if found["note"].str.startswith(autocorrelation.UNDECIDED).any():
                out.undecided.append(column)
            found.index = shares.index
            visible = found[shown[column]]
            out.mean[column] = figure.mean()
            out.chance[column] = autocorrelation.expected_by_chance(visible, alpha=spec.alpha)
            # Few people are no pattern, and the class of a zone none of whose neighbours is shown
            # would tell of these.
            unsure = (found["cluster"] == autocorrelation.TOO_FEW) | (
                out.around[column].isna() & ~found["cluster"].isin(["", _NOTHING])
            )
            out.classes[column] = found["cluster"].mask(unsure, _NOTHING).where(shown[column], "")
            # What is said to stand out is what the map shows.
            drawn = ~out.classes[column].isin(["", _NOTHING])
            out.chance[column]["adjusted"] = float(drawn.sum())
            for what, frame in (("p_value", out.p_value), ("p_adjusted", out.p_adjusted)):
                frame[column] = coarse(found[what].where(shown[column]), spec.alpha)
        return out


def figures(layers: Layers, study: Study, year: int | None) -> dict[str, Figure]:
    """Give the figures of a year that the study asks for, by ``attribute.group`` or variable.

    A share of fewer people than the minimum count is left out: it would say more of chance than
    of the zone, and be about too few.
    """
    zones, least = layers.zones[year], study.study.min_count
    out = {}
    for name in layers.attributes(year):
        counts = layers.counts(name, year)
        if counts.shape[1] == 1:
            group = counts.columns[0]
            out[f"{name}.{group}"] = Figure(counts[group] / (zones.geometry.area / 1e6))
            continue
        total = counts.sum(axis=1, skipna=False)
        enough = total >= least
        population = total.where(enough | (total == 0))
        for group in counts:
            events = counts[group].where(enough | (total == 0))
            share = counts[group] / total.where(enough)
            out[f"{name}.{group}"] = Figure(share, events, population)
    few = zones["population"] < least
    out |= {name: Figure(zones[name].mask(few)) for name in study.variables}
    wanted = study.autocorrelation.variables
    if wanted is not None:
        out = {k: v for k, v in out.items() if k in wanted or k.partition(".")[0] in wanted}
    return out


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
    links = sparse.csr_array(graph.sparse, dtype=np.float64)
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


def distances(geometry: gpd.GeoSeries) -> list[float]:
    """Choose the ends of the classes of a correlogram, in metres.

    From twice the usual distance between nearest zones, in round numbers, ever wider to half of
    the way across the map. None where there are fewer than four zones, or more than 20,000 that
    are no grid.
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
    scale = 10 ** np.floor(np.log10(2 * near))
    step = scale * next(n for n in (1, 2, 2.5, 5, 10) if 2 * near <= n * scale * (1 + 1e-9))
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
        raise LayerError(
            "[autocorrelation] graph", f"{error}.", "docs/neighbours.md tells which kind fits."
        ) from None


def _numbered(graph: Graph) -> Graph:
    """Give a graph by the zones' numbers, see `Figure.numbered`."""
    return Graph.from_sparse(graph.sparse)


def _rates(known: dict[str, Figure]) -> list[dict[str, Figure]]:
    """Give the shares, those of an attribute together."""
    out: dict[str, dict[str, Figure]] = {}
    for key, figure in known.items():
        if figure.population is not None:
            out.setdefault(key.partition(".")[0], {})[key] = figure
    return list(out.values())


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


def _shown_every_year(layers: Layers, study: Study, zones: pd.Index) -> pd.DataFrame:
    """Tell which of the zones' figures are hidden in no year, zones × figures."""
    least, years = study.study.min_count, []
    for year, frame in layers.zones.items():
        hides: dict[str, pd.Series] = {}
        for name in layers.attributes(year):
            reason = reasons(layers.counts(name, year), least)
            hides |= {f"{name}.{group}": reason[group] == "hidden" for group in reason}
        people = reasons(pd.DataFrame(frame[["population"]]), least)["population"] == "hidden"
        hides |= dict.fromkeys(study.variables, people)
        # A zone that is not there in a year has nothing to hide.
        years.append(~pd.DataFrame(hides).reindex(zones, fill_value=False))
    columns = years[-1].columns
    return pd.concat(years).groupby(level=0, sort=False).all().reindex(zones)[columns]


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Set tables below each other."""
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True).reindex(columns=columns)
