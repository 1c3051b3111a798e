"""Differences between today and a scenario, or between two scenarios, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...geo.threads import cores
from ..segregation import _drawn
from ..segregation._counts import complete
from ..segregation._measure import OTHERWISE, Parts, choose, evaluate, labels, places
from ..segregation._space import Space
from ._model import Floats
from .arrivals import Draws

_AT_ONCE = 1_000_000

Function = Callable[[pd.DataFrame], float]
Figures = tuple[str, list[tuple[Any, Any]], Floats, Floats]
"""An index, whose figures it has, and these before and after, (figures, replicates)."""


def difference(
    index: str | Sequence[str] | Function,
    counts: pd.DataFrame,
    draws: Draws,
    other: Draws | None = None,
    *,
    geometry: gpd.GeoSeries | None = None,
    level: float = 0.95,
    pairs: bool = True,
    ordered: bool = False,
    **space: Any,
) -> pd.DataFrame:
    r"""Tell by how much an index differs between today and a scenario, or between two scenarios.

    Parameters
    ----------
    index
        The name of an index of segregation, or of several, which are measured of the same draws;
        or a function from counts, zones × groups, to a number: a mean of access, say.
    counts
        People of each group today, zones × groups.
    draws
        Who comes and goes in the scenario, as :func:`draws` gives it for the attribute.
    other
        The same of another scenario, which takes the place of today: of the same model and seed,
        so that what is uncertain in both is the same in both.
    geometry, ordered, space
        See `kvarter.analyses.segregation.measure`; zones that the draws alone have, too.
    level
        Of the intervals.
    pairs
        Whether pairs of groups have figures, which are most of the work where there are many.

    Returns
    -------
    DataFrame
        One row a figure: ``group, other, index, before, after, difference, ci_low, ci_high,
        note``. ``difference`` is the median of the draws, and ``after`` too: the index of the
        expected residents would be lower than that of any real ones, as chance makes zones
        differ, and could lie outside of its interval. NaN with the reason in ``note`` where an
        index is not defined. Zones of which a count is not known are left out.

    Raises
    ------
    ValueError
        For an index that is not there, draws of other groups or numbers of replicates, a level
        outside 0 and 1, and a scenario in which more people leave a zone than live there.

    Notes
    -----
    With :math:`n` today's counts, and :math:`a_r` and :math:`a'_r` the draws of replicate
    :math:`r`, the interval is between quantiles of

    .. math:: I(n + a_r) - I(n + a'_r),

    :math:`a'_r = 0` for today. Both sides have the same people in all zones that do not change,
    and the same rates of the model in the same replicate, so that what is uncertain in both goes
    out of the difference (a paired bootstrap). Where two scenarios do the same in a zone, its
    draws are the same.

    Today's counts are taken as they are: the interval is of what the scenario adds, and not of
    whether today's figure is more than chance, which `kvarter.analyses.segregation.test` tells.

    References
    ----------
    Efron, B., & Tibshirani, R. J. (1993). *An introduction to the bootstrap*. Chapman & Hall.
    https://doi.org/10.1201/9780429246593

    Examples
    --------
    >>> from kvarter.analyses.residents import draws, mean
    >>> dwellings = pd.DataFrame({"owner": [50, 10], "rented": [10, 30]}, index=["a", "b"])
    >>> language = pd.DataFrame({"fi": [110.0, 50.0], "sv": [10.0, 30.0]}, index=["a", "b"])
    >>> model = mean({"language": language}, dwellings, language.sum(axis=1), replicates=99)
    >>> change = pd.DataFrame({"rented": [100]}, index=["a"])
    >>> drawn = draws(model, change, replicates=99, seed=1)["language"]
    >>> table = difference("dissimilarity", language, drawn)
    >>> bool(table.loc[0, "ci_low"] < table.loc[0, "difference"] < table.loc[0, "ci_high"])
    True
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}; give a share between 0 and 1")
    sides = [draws] if other is None else [other, draws]
    for side in sides:
        if list(side.groups) != list(counts.columns):
            raise ValueError(
                f"the draws have the groups {list(side.groups)} and the counts "
                f"{list(counts.columns)}; give the same in the same order"
            )
        if side.people.shape[2] != draws.people.shape[2]:
            raise ValueError(
                f"the draws have {draws.people.shape[2]} replicates and "
                f"{side.people.shape[2]}; give as many of both"
            )
    today, left_out = _everywhere(counts, sides)
    if callable(index):
        measured = [_called(index, today, sides)]
    else:
        names = choose(
            [index] if isinstance(index, str) else index,
            spatial=geometry is not None,
            ordered=ordered,
        )
        measured = _named(names, today, sides, geometry, space, pairs)
    rows = []
    for name, figures, before, after in measured:
        low, high = _drawn.ends(after - before, level)
        medians = [_median(side) for side in (before, after, after - before)]
        for number, (group, against) in enumerate(figures):
            values = [side[number] for side in (*medians, low, high)]
            note = [OTHERWISE] if np.isnan(values[2]) else []
            note += [left_out] if left_out else []
            rows.append((group, against, name, *values, "; ".join(note)))
    columns = ["group", "other", "index", "before", "after", "difference", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=[*columns, "note"])


def _everywhere(counts: pd.DataFrame, sides: list[Draws]) -> tuple[pd.DataFrame, str]:
    """Give the counts of all zones of today and of the draws that are known."""
    zones = counts.index
    for side in sides:
        zones = zones.append(side.zones.difference(zones, sort=False))
    today = counts.reindex(zones)
    today.loc[~zones.isin(counts.index)] = 0.0
    known, _ = complete(today)
    for side in sides:
        known &= ~zones.isin(side.zones[np.isnan(side.people).any(axis=(1, 2))])
    missing = int((~known).sum())
    note = f"{missing} zone{'s' if missing > 1 else ''} left out: counts missing"
    return today[known].astype(np.float64), note if missing else ""


def _scenario(today: pd.DataFrame, side: Draws, replicates: slice) -> Floats:
    """Give the counts of a scenario, (zones, groups, replicates)."""
    at = today.index.get_indexer(side.zones)
    people = side.people[at >= 0, :, replicates]
    after = np.repeat(today.to_numpy()[:, :, None], people.shape[2], axis=2)
    after[at[at >= 0]] += people
    if (after < -1e-9).any():
        zone = today.index.tolist()[np.argwhere(after < -1e-9)[0][0]]
        raise ValueError(f"more people leave zone {zone!r} than live there today")
    return np.maximum(after, 0.0)


def _named(
    names: list[str],
    today: pd.DataFrame,
    sides: list[Draws],
    geometry: gpd.GeoSeries | None,
    space: dict[str, Any],
    pairs: bool,
) -> list[Figures]:
    """Measure indices of both sides, all of the same draws."""
    options = {("unit" if key == "distance_unit" else key): one for key, one in space.items()}
    plain, groups = today.to_numpy(), today.shape[1]
    there = Space(today, geometry, **options)
    defined = list(_drawn.answerable(names, plain, there, pairs))
    step = int(np.clip(_AT_ONCE // max(today.size, 1), 1, 64))
    replicates = sides[0].people.shape[2]

    def measured(side: Draws) -> list[Floats]:
        """Give each index of a side; the centre of the space goes by its people."""
        after = today.copy()
        at = today.index.get_indexer(side.zones)
        after.iloc[at[at >= 0]] += side.people[at >= 0].mean(axis=2)
        there = Space(after.clip(lower=0.0), geometry, **options)

        def part(start: int) -> list[Floats]:
            n = _scenario(today, side, slice(start, min(start + step, replicates)))
            parts = Parts(n)
            return [evaluate(name, n, there, parts, pairs=pairs) for name in defined]

        with ThreadPoolExecutor(cores()) as pool:
            done = list(pool.map(part, range(0, replicates, step)))
        return [np.concatenate(values, axis=1) for values in zip(*done, strict=True)]

    values = [measured(side) for side in sides]
    if len(sides) == 1:
        values = [
            [evaluate(name, plain, there, pairs=pairs)[:, None] for name in defined],
            *values,
        ]
    out: list[Figures] = []
    for name in names:
        figures = [labels(list(today.columns), one) for one in places(name, groups, pairs=pairs)]
        nothing = np.full((len(figures), replicates), np.nan)
        if name in defined:
            number = defined.index(name)
            out.append((name, figures, values[0][number], values[1][number]))
        else:
            out.append((name, figures, nothing, nothing))
    return out


def _called(index: Function, today: pd.DataFrame, sides: list[Draws]) -> Figures:
    """Call a function of counts for each replicate of both sides."""
    values = [] if len(sides) == 2 else [np.array([[float(index(today))]])]
    for side in sides:
        out = np.empty((1, side.people.shape[2]))
        for replicate in range(out.shape[1]):
            n = _scenario(today, side, slice(replicate, replicate + 1))[:, :, 0]
            out[0, replicate] = index(pd.DataFrame(n, index=today.index, columns=today.columns))
        values.append(out)
    return getattr(index, "__name__", "index"), [("", "")], values[0], values[1]


def _median(values: Floats) -> Floats:
    """Give the median of the replicates in which the index is defined."""
    return np.array(
        [np.nan if np.isnan(row).all() else float(np.nanmedian(row)) for row in values]
    )
