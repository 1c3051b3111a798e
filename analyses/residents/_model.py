"""What a model of residents is, and the baseline that it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..segregation._counts import complete

Floats = NDArray[np.float64]

POPULATION = "population"
"""The attribute of one group, everybody, that each model has beside those given."""


class Spread(NamedTuple):
    """Variance of the number of people: so much per dwelling, and per squared dwelling."""

    households: float
    zones: float


@dataclass(frozen=True)
class Residents:
    """Who lives in a dwelling, by kind of dwelling: its tenure, or tenure and type.

    Made by :func:`given`, :func:`estimate` or :func:`mean`; two of them by :func:`fill`.

    Attributes
    ----------
    rates
        By attribute: persons of each group per dwelling, kinds × groups. NaN with the reason in
        ``notes`` where it is not known. ``population`` is everybody.
    drawn
        By attribute: the rates of each replicate, (kinds, groups, replicates). The same replicate
        of all attributes comes from the same sample of zones.
    alike
        By attribute: how much more alike the people of one zone are than the model has them, as
        an intraclass correlation from 0 to 1.
    spread
        By attribute: how the number of people varies beyond what the model has.
    notes
        Why rates are not known, kinds × attributes; empty where they are.
    fitted
        By attribute: the rates that explain today's zones best, those that are no estimate too.
    dwellings
        Dwellings today, zones × kinds.
    counts
        By attribute: people of each group today, zones × groups.
    """

    rates: dict[str, pd.DataFrame]
    drawn: dict[str, Floats]
    alike: dict[str, float]
    spread: dict[str, Spread]
    notes: pd.DataFrame
    fitted: dict[str, pd.DataFrame]
    dwellings: pd.DataFrame
    counts: dict[str, pd.DataFrame]

    @property
    def per_dwelling(self) -> pd.DataFrame:
        """Give people per dwelling, kinds × attributes."""
        return pd.DataFrame(
            {name: rates.sum(axis=1, skipna=False) for name, rates in self.rates.items()}
        )

    @property
    def shares(self) -> dict[str, pd.DataFrame]:
        """Give the shares of the groups by attribute, kinds × groups, that add up to 1."""
        return {
            name: rates.div(rates.sum(axis=1, skipna=False), axis=0)
            for name, rates in self.rates.items()
            if name != POPULATION
        }


class Baseline(NamedTuple):
    """Zones as they are today, all tables in the order of the dwellings."""

    dwellings: pd.DataFrame
    counts: dict[str, pd.DataFrame]
    parts: dict[str, pd.Series]

    def whole(self, attribute: str) -> pd.Series:
        """Give the people whom the groups of an attribute divide."""
        return self.parts.get(attribute, self.counts[POPULATION][POPULATION])

    def usable(self) -> NDArray[np.bool_]:
        """Tell which zones have dwellings and a number of each kind."""
        return (self.dwellings.sum(axis=1, skipna=False) > 0).to_numpy()


def baseline(
    counts: Mapping[str, pd.DataFrame],
    dwellings: pd.DataFrame,
    population: pd.Series,
    parts: Mapping[str, pd.Series] | None,
) -> Baseline:
    """Check the tables and put their zones in one order."""
    parts = {} if parts is None else parts
    if POPULATION in counts:
        raise ValueError(
            f"an attribute is called {POPULATION!r}, which is everybody; give it another name"
        )
    for attribute in parts:
        if attribute not in counts:
            raise ValueError(f"parts has {unknown(attribute, counts, 'attribute')}")
    complete(dwellings)
    if not dwellings.index.is_unique:
        twice = dwellings.index[dwellings.index.duplicated()].tolist()[0]
        raise ValueError(f"dwellings has zone {twice!r} twice; give each zone once")
    tables = {**counts, POPULATION: population.to_frame(POPULATION)}
    out = {name: _in_order(name, table, dwellings.index) for name, table in tables.items()}
    ordered = {
        name: _in_order(name, part.to_frame("part"), dwellings.index)["part"]
        for name, part in parts.items()
    }
    return Baseline(dwellings.astype(np.float64), out, ordered)


def _in_order(name: str, table: pd.DataFrame, zones: pd.Index) -> pd.DataFrame:
    """Give a checked table the zones of the dwellings."""
    complete(table)
    if len(table) != len(zones) or not table.index.is_unique or not zones.isin(table.index).all():
        raise ValueError(
            f"{name!r} and the dwellings are not of the same zones; give both for each zone once"
        )
    return table.loc[zones].astype(np.float64)


def unknown(name: Any, names: Iterable[Any], what: str) -> str:
    """Say that a name is none of those that there are, and which is nearest."""
    there = [str(one) for one in names]
    near = get_close_matches(str(name), there, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(there)}"
    return f"{what} {name!r}, which is not there{hint}"
