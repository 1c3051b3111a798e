"""The cost table, checked and put in order once for all measures."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...geo.names import quoted

_NOTHING = float(np.finfo(float).tiny / np.finfo(float).eps)
"""Sums up to this are none: they have no digits left, and what is over them is infinite."""

Floats = NDArray[np.float64]
Decay = Callable[[Floats], Any]
"""How much a service counts at a cost: a function of an array of costs to their weights."""

LEAST = 1e-100
"""Weights below this count as 0: places over the sum of such, squared, would be infinite."""


class Costs:
    """A cost table that is checked and sorted once, for any number of measures.

    Every measure takes the table itself as well; whoever asks for several of a large one saves
    the time of all checks but the first.

    Parameters
    ----------
    table
        ``zone`` and ``service`` (categoricals over all of them, those out of reach too) and
        ``cost``; a pair that is not there is out of reach.

    Attributes
    ----------
    zones, services
        All of them, in the order of the categories.
    matrix
        Costs, zones × services, sparse: what is stored is within reach, a cost of 0 too.

    Raises
    ------
    ValueError
        Where a cost is negative, infinite or unknown, a pair is there twice, or a row names no
        zone or no service.

    Examples
    --------
    >>> table = pd.DataFrame({"zone": pd.Categorical(["a", "a"], categories=["a", "b"]),
    ...                       "service": pd.Categorical(["l", "m"]), "cost": [400.0, 150.0]})
    >>> Costs(table)
    Costs(2 zones, 2 services, 2 pairs)
    """

    def __init__(self, table: pd.DataFrame) -> None:
        zone, service, cost = _checked(table)
        self.zones = pd.Index(table["zone"].cat.categories)
        self.services = pd.Index(table["service"].cat.categories)
        shape = (len(self.zones), len(self.services))
        self.matrix = sparse.coo_array((cost, (zone, service)), shape=shape).tocsr()
        # Entries of one place are added up there, so fewer of them are left.
        if self.matrix.nnz < len(cost):
            pair = _names(table[table.duplicated(["zone", "service"])])
            raise ValueError(f"the pair {', '.join(pair)} is there twice; keep the lower cost")

    @classmethod
    def of(cls, costs: pd.DataFrame | Costs) -> Costs:
        """Give what is checked already as it is, and a table checked."""
        return costs if isinstance(costs, cls) else cls(costs)

    def __repr__(self) -> str:
        zones, services = self.matrix.shape
        return f"Costs({zones:,} zones, {services:,} services, {self.matrix.nnz:,} pairs)"

    @cached_property
    def zone(self) -> NDArray[np.int32]:
        """The zone of each pair, by number, in the order of the matrix."""
        return np.repeat(np.arange(len(self.zones), dtype=np.int32), np.diff(self.matrix.indptr))

    @cached_property
    def by_cost(self) -> NDArray[np.int64]:
        """The pairs by zone and, within it, from the nearest service to the farthest.

        Services at the same cost are in their own order.
        """
        return np.lexsort((self.matrix.data, self.zone))

    def only(self, wanted: NDArray[np.bool_]) -> Costs:
        """Give the table with some of the services; the others stay known, out of reach."""
        if wanted.all():
            return self
        out = object.__new__(Costs)
        out.zones, out.services = self.zones, self.services
        kept = wanted[self.matrix.indices]
        before = np.concatenate([[0], np.cumsum(kept)])[self.matrix.indptr]
        parts = (self.matrix.data[kept], self.matrix.indices[kept], before)
        out.matrix = sparse.csr_array(parts, shape=self.matrix.shape)
        return out

    def like(self, data: Floats) -> Any:
        """Give a sparse matrix with these values for the pairs of the table."""
        parts = (data, self.matrix.indices, self.matrix.indptr)
        return sparse.csr_array(parts, shape=self.matrix.shape)

    def weights(self, decay: Decay | None = None, limit: float | None = None) -> Any:
        """Give the weight of each pair, zones × services: 1 without a decay, 0 past the limit.

        What is below `LEAST` is 0.
        """
        cost = self.matrix.data
        weight = np.ones(len(cost))
        if decay is not None:
            weight = np.asarray(decay(cost), dtype=np.float64)
            if weight.shape != cost.shape:
                raise ValueError(
                    f"decay gave {weight.shape} weights for {cost.shape} costs; it must take an "
                    "array of costs and give an array of as many weights"
                )
            # NaN is neither below nor above anything.
            if not (weight.min(initial=0) >= 0 and weight.max(initial=0) < np.inf):
                bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))[0]
                raise ValueError(
                    f"decay gave {weight[bad]:g} at a cost of {cost[bad]:g}; a weight is a number "
                    "of 0 or more"
                )
            weight = np.where(weight < LEAST, 0.0, weight)
        if limit is not None:
            if not limit >= 0:
                raise ValueError(f"limit is {quoted(limit)}; give a cost of 0 or more")
            weight = np.where(cost <= limit, weight, 0.0)
        return self.like(weight)

    def people(self, demand: pd.Series) -> Floats:
        """Give the demand in the order of the zones, or refuse it."""
        out = amounts(demand, self.zones, "demand", "zone")
        if np.isnan(out).any():
            raise ValueError(
                f"demand of zone {quoted(self.zones[np.isnan(out)][0])} is missing; set it to 0 "
                "where nobody lives, or leave the zone out of the cost table"
            )
        return out

    def places(self, supply: pd.Series) -> Floats:
        """Give the supply in the order of the services, 0 where it is unknown, or refuse it."""
        return np.nan_to_num(amounts(supply, self.services, "supply", "service"))

    def by_zone(self, values: Floats) -> Floats:
        """Add up the values of the pairs of each zone."""
        found = np.bincount(self.zone, weights=values, minlength=len(self.zones))
        return found.astype(np.float64, copy=False)

    def by_service(self, values: Floats) -> Floats:
        """Add up the values of the pairs of each service."""
        found = np.bincount(self.matrix.indices, weights=values, minlength=len(self.services))
        return found.astype(np.float64, copy=False)

    def series(self, values: Floats, name: str) -> pd.Series:
        """Give values by zone."""
        return pd.Series(values, index=self.zones, name=name)


def amounts(given: pd.Series, index: pd.Index, what: str, of: str) -> Floats:
    """Give the amounts in the order of the index, or refuse them."""
    if not given.index.is_unique:
        twice = given.index[given.index.duplicated()][0]
        raise ValueError(f"{what} names {of} {quoted(twice)} twice; add its amounts up first")
    if given.index is index or given.index.equals(index):
        out = given.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        absent = ~index.isin(given.index)
        if absent.any():
            hint = ""
            if absent.all() and len(index) and len(given):
                hint = (
                    f"; none of its names, such as {quoted(given.index[0])}, is one of the cost "
                    f"table's, such as {quoted(index[0])}"
                )
            raise ValueError(
                f"{what} has no {of} {quoted(index[absent][0])}; give one value a {of}{hint}"
            )
        out = given.reindex(index).to_numpy(dtype=np.float64, na_value=np.nan)
    bad = (out < 0) | np.isinf(out)
    if bad.any():
        raise ValueError(
            f"{what} of {of} {quoted(index[bad][0])} is {out[bad][0]:g}; correct it to a number "
            "of 0 or more"
        )
    return out


def divide(above: Floats, below: Floats) -> Floats:
    """Divide where there is something to divide by, and give 0 elsewhere."""
    return np.divide(above, below, out=np.zeros(len(below)), where=below > _NOTHING)


def _checked(table: pd.DataFrame) -> tuple[Any, Any, Floats]:
    """Give the table's codes and costs, or refuse it."""
    for column in ("zone", "service"):
        if column not in table or not isinstance(table[column].dtype, pd.CategoricalDtype):
            raise ValueError(
                f"costs needs a categorical column {column!r} whose categories are all of them, "
                "those out of reach too: pd.Categorical(..., categories=...)"
            )
    if "cost" not in table:
        raise ValueError("costs needs a column 'cost'")
    zone, service = (table[c].cat.codes.to_numpy() for c in ("zone", "service"))
    if len(zone) and min(zone.min(), service.min()) < 0:
        unnamed = int(np.flatnonzero((zone < 0) | (service < 0))[0])
        raise ValueError(f"row {unnamed} of costs names no zone or no service; leave it out")
    cost = table["cost"].to_numpy(dtype=np.float64, na_value=np.nan)
    # NaN is neither below nor above anything.
    if len(cost) and not (cost.min() >= 0 and cost.max() < np.inf):
        bad = ~(cost >= 0) | np.isinf(cost)
        raise ValueError(
            f"the cost from {' to '.join(_names(table[bad]))} is {cost[bad][0]:g}; a cost is 0 or "
            "more, and a pair out of reach is left out"
        )
    return zone, service, cost


def _names(table: pd.DataFrame) -> list[str]:
    """Write the zone and the service of the first row."""
    return [quoted(table[column].iloc[0]) for column in ("zone", "service")]
