"""All indices of an attribute, as one tidy table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from . import evenness, exposure, multigroup
from ._counts import complete

DIMENSION = {
    "dissimilarity": "evenness",
    "information_theory": "evenness",
    "isolation": "exposure",
    "interaction": "exposure",
    "multigroup_dissimilarity": "evenness",
}
"""The indices that there are, and which dimension of segregation each one measures."""

_NO_PEOPLE = "no people"
_ONE_GROUP = "the attribute has only one group"
_EVERYBODY = "everybody is in one group"
_NO_MEMBERS = "the group has no members"
_NO_OTHERS = "the other group has no members"


def measure(
    counts: pd.DataFrame, *, indices: Literal["all"] | Sequence[str] = "all"
) -> pd.DataFrame:
    """Measure the segregation of the groups of one attribute.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known. Every
        person is in one group: the groups of a zone add up to its people.
    indices
        ``"all"`` or names out of :data:`DIMENSION`.

    Returns
    -------
    DataFrame
        One row a figure, with the columns ``group, other, index, dimension, value, note``:

        - each group against all others together (``other`` empty): ``dissimilarity``,
          ``information_theory``, ``isolation``;
        - each pair of groups once, among the members of the two: ``dissimilarity``,
          ``information_theory``;
        - each pair of groups both ways: ``interaction``, how much the members of ``group`` have
          to do with ``other``;
        - all groups at once (``group`` and ``other`` empty): ``information_theory``,
          ``multigroup_dissimilarity``.

        A figure that is not defined is NaN, and ``note`` says why.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, a group is there twice, there is no group, or an
        index is not known.

    Notes
    -----
    A zone where a count of any group is missing is left out of every figure, and ``note`` says
    how many those are. Zones without people weigh nothing. The formulas are with the functions of
    :mod:`~kvarter.analyses.segregation.evenness`,
    :mod:`~kvarter.analyses.segregation.exposure` and
    :mod:`~kvarter.analyses.segregation.multigroup`.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"owner": [90, 10], "rented": [10, 90]})
    >>> measure(counts, indices=["dissimilarity"])[["group", "other", "value"]].round(2)
        group   other  value
    0   owner            0.8
    1  rented            0.8
    2   owner  rented    0.8
    """
    wanted = list(DIMENSION) if isinstance(indices, str) and indices == "all" else list(indices)
    unknown = [name for name in wanted if name not in DIMENSION]
    if unknown:
        raise ValueError(f"there is no index {unknown[0]!r}; there are {', '.join(DIMENSION)}")
    known, n = complete(counts)
    names = list(counts.columns)
    total, people = n.sum(axis=1), n.sum(axis=0)
    rest = total[:, None] - n
    one = len(names) == 1
    left_out = int((~known).sum())

    def reason(group: int, other: int | None = None) -> str:
        """Say why a figure of a group, or of two, is not defined."""
        if people.sum() == 0:
            return _NO_PEOPLE
        if one:
            return _ONE_GROUP
        if people[group] == 0:
            return _NO_MEMBERS
        return _EVERYBODY if other is None else _NO_OTHERS

    rows: list[tuple[object, object, str, float, str]] = []
    every = range(len(names))
    against_rest = {
        "dissimilarity": evenness.dissimilarity(n, rest),
        "information_theory": evenness.information_theory(n, rest),
        # With one group only, it would be 1 whatever the zones are like.
        "isolation": exposure.isolation(n, total) if not one else np.full(1, np.nan),
    }
    for g in every:
        rows += [(names[g], "", name, v[g], reason(g)) for name, v in against_rest.items()]

    first, second = [[p[side] for p in combinations(every, 2)] for side in (0, 1)]
    pairs = {
        "dissimilarity": evenness.dissimilarity(n[:, first], n[:, second]),
        "information_theory": evenness.information_theory(n[:, first], n[:, second]),
    }
    for k, (g, h) in enumerate(zip(first, second, strict=True)):
        rows += [(names[g], names[h], name, v[k], reason(g, h)) for name, v in pairs.items()]

    ordered = [(g, h) for g in every for h in every if g != h]
    here, there = (np.array([pair[side] for pair in ordered], dtype=int) for side in (0, 1))
    met = exposure.interaction(n[:, here], n[:, there], total)
    rows += [
        (names[g], names[h], "interaction", met[k], reason(g, h))
        for k, (g, h) in enumerate(ordered)
    ]

    whole = _NO_PEOPLE if people.sum() == 0 else _ONE_GROUP if one else _EVERYBODY
    rows.append(("", "", "information_theory", multigroup.information_theory(n), whole))
    rows.append(
        ("", "", "multigroup_dissimilarity", multigroup.multigroup_dissimilarity(n), whole)
    )

    out = pd.DataFrame(rows, columns=["group", "other", "index", "value", "why"])
    out["value"] = out["value"].astype(float)
    missing = _left_out(left_out)
    out["note"] = [
        "; ".join(filter(None, [why if np.isnan(value) else "", missing]))
        for value, why in zip(out["value"], out["why"], strict=True)
    ]
    out["dimension"] = out["index"].map(DIMENSION)
    out = out[out["index"].isin(wanted)].reset_index(drop=True)
    return out[["group", "other", "index", "dimension", "value", "note"]]


def _left_out(zones: int) -> str:
    """Say how many zones are not in a figure."""
    if zones == 0:
        return ""
    return f"{zones} zone{'s' if zones > 1 else ''} left out: counts missing"
