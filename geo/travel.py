"""Travel costs: the table of what the ways from zones to services cost, and straight lines."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyproj import CRS
from scipy.spatial import cKDTree

from . import crs
from .names import quoted, refuse_parts
from .options import finite
from .threads import in_parts

UNITS = ("metres", "minutes")
"""The units that a cost table may be in."""

_NAMES = ("zone", "service")
_KEY = b"kvarter:costs"

_WRITTEN = ("string", "integer", "floating", "boolean", "empty")
"""Kinds of names that a file gives back as they were."""


def straight_line(
    origins: gpd.GeoSeries, services: gpd.GeoSeries, *, limit: float, detour: float = 1.0
) -> pd.DataFrame:
    """Measure the distances from zones to the services within reach, as the crow flies.

    Parameters
    ----------
    origins
        One point a zone; the index tells the zones apart.
    services
        One point a service; the index tells the services apart. Same coordinate system.
    limit
        How far people go, in metres of cost.
    detour
        How many metres of way a metre as the crow flies stands for, 1 or more.

    Returns
    -------
    DataFrame
        The cost table: ``zone``, ``service`` (categorical, with all zones and all services as
        categories) and ``cost`` (metres: detour × distance), the pairs with a cost up to the
        limit, by zone in the order of ``origins``, then by cost, then in the order of
        ``services``. ``attrs["unit"]`` is ``"metres"``.

    Raises
    ------
    ValueError
        Where the coordinates are not metres, the two coordinate systems differ, the limit is not
        above 0, the detour is below 1, an index has duplicates, or a place is no point.

    Examples
    --------
    >>> import geopandas as gpd
    >>> zones = gpd.GeoSeries.from_xy([0, 100], [0, 0], index=["a", "b"], crs=3067)
    >>> schools = gpd.GeoSeries.from_xy([0, 300], [30, 0], index=["s", "t"], crs=3067)
    >>> straight_line(zones, schools, limit=250, detour=1.2)
      zone service        cost
    0    a       s   36.000000
    1    b       s  125.283678
    2    b       t  240.000000
    """
    if not (finite(limit) and limit > 0):
        raise ValueError(f"limit must be a number of metres above 0, not {quoted(limit)}")
    here, there = _both(origins, services, detour)
    first, service, cost = _near(here, there, limit, detour)
    return _frame(first, service, cost, origins.index, services.index, "metres")


def nearest_straight_line(
    origins: gpd.GeoSeries, services: gpd.GeoSeries, *, detour: float = 1.0
) -> pd.Series:
    """Measure the distance from each zone to its nearest service, as the crow flies.

    Parameters
    ----------
    origins, services, detour
        See :func:`straight_line`.

    Returns
    -------
    Series
        By zone: metres (detour × distance), however far it is; NaN where there is no service.

    Raises
    ------
    ValueError
        See :func:`straight_line`.

    Notes
    -----
    A search in a tree for each zone: no table of pairs is made.

    Examples
    --------
    >>> import geopandas as gpd
    >>> zones = gpd.GeoSeries.from_xy([0, 100], [0, 0], index=["a", "b"], crs=3067)
    >>> schools = gpd.GeoSeries.from_xy([0, 9100], [30, 0], crs=3067)
    >>> nearest_straight_line(zones, schools).round(1).to_dict()
    {'a': 30.0, 'b': 104.4}
    """
    here, there = _both(origins, services, detour)
    cost = np.full(len(here), np.nan)
    if len(there):
        cost = detour * cKDTree(there).query(here)[0]
    return pd.Series(cost, index=origins.index, name="cost")


def table(
    zone: NDArray[np.integer],
    service: NDArray[np.integer],
    cost: NDArray[np.float64],
    zones: pd.Index,
    services: pd.Index,
    unit: str,
) -> pd.DataFrame:
    """Make the cost table of pairs of zones and services.

    Parameters
    ----------
    zone, service
        Numbers of the pairs' zones and services, from 0, (n,); each pair once.
    cost
        What the way from the zone to the service costs, (n,).
    zones, services
        The names of all zones and all services.
    unit
        ``"metres"`` or ``"minutes"``.

    Returns
    -------
    DataFrame
        The cost table, as :func:`straight_line` gives it; ``attrs["unit"]`` is the unit.

    Raises
    ------
    ValueError
        Where names have several parts (a MultiIndex).

    Examples
    --------
    >>> one = table(np.array([0, 0]), np.array([0, 1]), np.array([9.0, 4.0]),
    ...             pd.Index(["a", "b"]), pd.Index(["s", "t"]), "minutes")
    >>> one.to_dict("list"), one.attrs
    ({'zone': ['a', 'a'], 'service': ['t', 's'], 'cost': [4.0, 9.0]}, {'unit': 'minutes'})
    """
    from ._table import by_zone

    for index, what in ((zones, "the zones"), (services, "the services")):
        refuse_parts(index, what)
    first = np.zeros(len(zones) + 1, dtype=np.int64)
    services_of, costs = np.empty(len(zone), dtype=np.int32), np.empty(len(zone))
    by_zone(
        np.asarray(zone, dtype=np.int32),
        np.asarray(service, dtype=np.int32),
        np.asarray(cost, dtype=np.float64),
        first,
        services_of,
        costs,
    )
    return _frame(first, services_of, costs, zones, services, unit)


def select(costs: pd.DataFrame, zones: pd.Index, services: pd.Index) -> pd.DataFrame:
    """Give the part of a cost table that is of some zones and services.

    Parameters
    ----------
    costs
        A cost table.
    zones, services
        All that the new table shall know; those that the given one does not know have no costs.

    Returns
    -------
    DataFrame
        A cost table in the same unit.

    Examples
    --------
    >>> one = table(np.array([0, 1]), np.array([0, 0]), np.array([3.0, 4.0]),
    ...             pd.Index(["a", "b"]), pd.Index(["s"]), "minutes")
    >>> select(one, pd.Index(["b", "c"]), pd.Index(["t", "s"]))
      zone service  cost
    0    b       s   4.0
    """
    zone, service = (
        known.get_indexer(costs[end].cat.categories)[costs[end].cat.codes]
        for end, known in (("zone", zones), ("service", services))
    )
    ours = (zone >= 0) & (service >= 0)
    cost = costs["cost"].to_numpy()[ours]
    return table(zone[ours], service[ours], cost, zones, services, costs.attrs["unit"])


def _frame(
    first: NDArray[np.int64],
    service: NDArray[np.int32],
    cost: NDArray[np.float64],
    zones: pd.Index,
    services: pd.Index,
    unit: str,
) -> pd.DataFrame:
    """Make the cost table of pairs that are by zone, in the places that ``first`` tells."""
    from ._table import sort_zones

    in_parts(len(zones), lambda begin, end: sort_zones(first, service, cost, begin, end))
    zone = np.repeat(np.arange(len(zones), dtype=np.int32), np.diff(first))
    out = pd.DataFrame(
        {
            "zone": pd.Categorical.from_codes(zone, categories=zones),
            "service": pd.Categorical.from_codes(service, categories=services),
            "cost": cost,
        },
        copy=False,
    )
    out.attrs["unit"] = unit
    return out


def check(costs: pd.DataFrame) -> None:
    """Refuse what is no cost table.

    Parameters
    ----------
    costs
        A cost table.

    Raises
    ------
    ValueError
        Where a column is not there or no categorical, a pair has no name or is there twice, a cost
        is missing, negative or infinite, or the unit is neither metres nor minutes.

    Examples
    --------
    >>> check(pd.DataFrame({"zone": ["a"], "service": ["s"], "cost": [1.0]}))
    Traceback (most recent call last):
        ...
    ValueError: a cost table has 'zone' as a categorical over all of them
    """
    for column in ("zone", "service"):
        if column not in costs or not isinstance(costs[column].dtype, pd.CategoricalDtype):
            raise ValueError(f"a cost table has {column!r} as a categorical over all of them")
        if costs[column].isna().any():
            raise ValueError(f"a row of the cost table names no {column}; leave it out")
    if "cost" not in costs or not pd.api.types.is_numeric_dtype(costs["cost"]):
        raise ValueError("a cost table has 'cost' as a column of numbers")
    cost = costs["cost"].to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(cost >= 0) | np.isinf(cost)
    if bad.any():
        zone, service = (quoted(costs[name][bad].iloc[0]) for name in _NAMES)
        raise ValueError(
            f"the cost from {zone} to {service} is {cost[bad][0]}; a cost is 0 or more, and a "
            "pair out of reach is left out"
        )
    twice = costs.duplicated(["zone", "service"])
    if twice.any():
        zone, service = (quoted(costs[name][twice].iloc[0]) for name in _NAMES)
        raise ValueError(f"the pair {zone}, {service} is there twice; keep the lower cost")
    if costs.attrs.get("unit") not in UNITS:
        raise ValueError(
            f"the unit of the cost table is {costs.attrs.get('unit')!r}; set costs.attrs['unit'] "
            "to 'metres' or 'minutes'"
        )


def write(costs: pd.DataFrame, path: str | Path) -> None:
    """Write a cost table to a Parquet file.

    Parameters
    ----------
    costs
        A cost table, with its unit in ``attrs["unit"]``; the names of its zones and services are
        texts or whole numbers.
    path
        The file; it is replaced where it is there.

    Raises
    ------
    ValueError
        Where names are of another kind, or of several; and see :func:`check`.

    Notes
    -----
    Other programs read the columns ``zone``, ``service`` and ``cost``. The unit, and the names of
    all zones and services, those out of reach too, are in the file's metadata.

    Examples
    --------
    >>> import tempfile
    >>> costs = table(np.array([0]), np.array([0]), np.array([9.0]), pd.Index(["a", "b"]),
    ...               pd.Index([7]), "minutes")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(costs, f"{folder}/costs.parquet")
    ...     again = read(f"{folder}/costs.parquet")
    >>> again.attrs["unit"], again["zone"].cat.categories.tolist()
    ('minutes', ['a', 'b'])
    """
    check(costs)
    for name in _NAMES:
        names = costs[name].cat.categories
        if pd.api.types.infer_dtype(names) not in _WRITTEN:
            raise ValueError(
                f"the names of all {name}s must be texts, or all whole numbers, to be written; "
                f"{quoted(names[0])} and the others are not"
            )
    plain = pd.DataFrame(
        {name: costs[name].astype(costs[name].cat.categories.dtype) for name in _NAMES}
        | {"cost": costs["cost"].astype("float64")}
    )
    arrow = pa.Table.from_pandas(plain, preserve_index=False)
    known = {"unit": costs.attrs["unit"]}
    known |= {name: costs[name].cat.categories.tolist() for name in _NAMES}
    said = json.dumps(known, ensure_ascii=False).encode()
    meta = {**(arrow.schema.metadata or {}), _KEY: said}
    pq.write_table(arrow.replace_schema_metadata(meta), path, compression="zstd")


def read(path: str | Path) -> pd.DataFrame:
    """Read a cost table that :func:`write` has written.

    Parameters
    ----------
    path
        The Parquet file.

    Returns
    -------
    DataFrame
        The cost table, as it was written.

    Raises
    ------
    ValueError
        Where the file is not there, damaged, or no cost table of ours; for those of other
        programs there is :func:`kvarter.geo.matrices.read`.

    Examples
    --------
    >>> read("none.parquet")
    Traceback (most recent call last):
        ...
    ValueError: none.parquet is not there
    """
    if not Path(path).is_file():
        raise ValueError(f"{path} is not there")
    try:
        arrow = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path} is no Parquet file, damaged or cut off") from error
    said = (arrow.schema.metadata or {}).get(_KEY)
    if said is None:
        raise ValueError(
            f"{path} is no cost table that was written here; read those of other programs with "
            "kvarter.geo.matrices.read"
        )
    known = json.loads(said)
    out = arrow.to_pandas()
    for name in _NAMES:
        categories = pd.Index(known[name], dtype=out[name].dtype if len(known[name]) else None)
        out[name] = pd.Categorical(out[name], categories=categories)
    out.attrs = {"unit": known["unit"]}
    check(out)
    return out


def _near(
    here: np.ndarray, there: np.ndarray, limit: float, detour: float
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Give where each zone's pairs within the limit begin, and their services and costs."""
    from ._table import near, squares

    first = np.zeros(len(here) + 1, dtype=np.int64)
    service, cost = np.zeros(0, dtype=np.int32), np.zeros(0)
    if not (len(here) and len(there)):
        return first, service, cost
    low, span = there.min(axis=0), np.ptp(there, axis=0)
    # Squares a hair wider than the limit, and no more of them than some a service.
    side = max(limit / detour * (1 + 1e-9), float(span.max()) / 2**10)
    side = max(side, float(np.sqrt(span.prod() / (4 * len(there)))))
    across, down = (int(length / side) + 1 for length in span)
    begins, order = squares(there, low, side, across, down)
    given = here, there[order], order, begins, low, side, across, float(detour), float(limit)

    def work(begin: int, end: int) -> None:
        near(*given, begin, end, first, service, cost)

    in_parts(len(here), work)
    np.cumsum(first, out=first)
    service, cost = np.empty(first[-1], dtype=np.int32), np.empty(first[-1])
    if len(cost):
        in_parts(len(here), work)
    return first, service, cost


def _both(
    origins: gpd.GeoSeries, services: gpd.GeoSeries, detour: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give the coordinates of both, or refuse them."""
    if not (finite(detour) and detour >= 1):
        raise ValueError(f"detour must be 1 or more, as no way is shorter, not {quoted(detour)}")
    here, there = crs.points(origins, "the zones"), crs.points(services, "the services")
    if CRS(origins.crs) != CRS(services.crs):
        raise ValueError(
            f"the zones are in {crs.name(CRS(origins.crs))} and the services in "
            f"{crs.name(CRS(services.crs))}; reproject one: services.to_crs(origins.crs)"
        )
    return here, there
