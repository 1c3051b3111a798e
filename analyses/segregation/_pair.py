"""Two tables of counts side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._counts import complete
from ._terms import Floats


class Pair(NamedTuple):
    """Two tables of counts of the same zones and groups, (zones, groups).

    ``listed`` tells which of the zones each of the two lists, in its own order.
    """

    zones: pd.Index
    groups: pd.Index
    before: Floats
    after: Floats
    listed: tuple[NDArray[np.intp], NDArray[np.intp]]
    left_out: int


def pair_up(before: pd.DataFrame, after: pd.DataFrame) -> Pair:
    """Put two tables side by side: all zones of both, and 0 where a table lacks one."""
    if set(before.columns) != set(after.columns):
        other = set(before.columns) ^ set(after.columns)
        raise ValueError(f"group {sorted(map(str, other))[0]!r} is in one of the tables only")
    known, tables = [], []
    for what, table in (("before", before), ("after", after)):
        if not table.index.is_unique:
            twice = table.index[table.index.duplicated()].tolist()[0]
            raise ValueError(f"{what} names zone {twice!r} twice; give each zone once")
        counted, n = complete(table[before.columns])
        known.append(counted)
        tables.append(n)
    new = ~after.index.isin(before.index)
    zones = before.index.append(after.index[new])
    fine = np.ones(len(zones), dtype=bool)
    counts, listed = [], []
    for table, counted, n in zip((before, after), known, tables, strict=True):
        rows = zones.get_indexer(table.index)
        fine[rows[~counted]] = False
        full = np.zeros((len(zones), len(before.columns)))
        full[rows[counted]] = n
        counts.append(full)
        listed.append(rows)
    number = np.cumsum(fine) - 1
    first, second = (number[rows[fine[rows]]] for rows in listed)
    return Pair(
        zones[fine],
        before.columns,
        counts[0][fine],
        counts[1][fine],
        (first, second),
        int((~fine).sum()),
    )
