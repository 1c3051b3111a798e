"""Differences between today and a scenario, or between two scenarios, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...geo.threads import cores
from ..segregation import _drawn
from ..segregation._counts import complete
from ..segregation._measure import OTHERWISE, choose, evaluate, labels, places
from ..segregation._space import Missing, Space
from ._model import Floats
from .arrivals import Draws

_AT_ONCE = 1_000_000

Index = str | Callable[[pd.DataFrame], float]


def difference(
    index: Index,
    counts: pd.DataFrame,
    draws: Draws,
    other: Draws | None = None,
    *,
    geometry: gpd.GeoSeries | None = None,
    level: float = 0.95,
    ordered: bool = False,
    **space: Any,
) -> pd.DataFrame:
    r"""Tell by how much an index differs between today and a scenario, or between two scenarios.

    Parameters
    ----------
    index
        The name of an index of segregation, or a function from counts, zones × groups, to a
        number: a mean of access, say.
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
    if isinstance(index, str):
        figures, values = _named(index, today, sides, geometry, ordered, space)
    else:
        figures, values = [("", "")], [_called(index, today, side) for side in sides]
        if other is None:
            values = [np.array([[float(index(today))]]), *values]
    before, after = values
    low, high = _drawn.ends(after - before, level)
    medians = [_median(side) for side in (before, after, after - before)]
    name = index if isinstance(index, str) else getattr(index, "__name__", "index")
    out = pd.DataFrame(figures, columns=["group", "other"]).assign(
        index=name,
        before=medians[0],
        after=medians[1],
        difference=medians[2],
        ci_low=low,
        ci_high=high,
    )
    undefined = np.where(out["difference"].isna(), OTHERWISE, "")
    notes = [[one, left_out] for one in undefined]
    return out.assign(note=["; ".join(filter(None, both)) for both in notes])


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
    index: str,
    today: pd.DataFrame,
    sides: list[Draws],
    geometry: gpd.GeoSeries | None,
    ordered: bool,
    space: dict[str, Any],
) -> tuple[list[tuple[Any, Any]], list[Floats]]:
    """Give an index of both sides, (figures, replicates), and whose figures they are."""
    choose([index], spatial=geometry is not None, ordered=ordered)
    options = {("unit" if key == "distance_unit" else key): one for key, one in space.items()}
    where = places(index, today.shape[1])
    figures = [labels(list(today.columns), one) for one in where]
    replicates = sides[0].people.shape[2]
    step = int(np.clip(_AT_ONCE // max(today.size, 1), 1, 64))
    undefined = np.full((len(where), replicates), np.nan)

    def around(counts: Floats) -> Space:
        """Give the space of a side: its centre goes by its people."""
        frame = pd.DataFrame(counts, index=today.index, columns=today.columns)
        return Space(frame, geometry, **options)

    def measured(side: Draws) -> Floats:
        every = slice(0, replicates)
        mean = np.zeros(today.shape)
        for start in range(0, replicates, step):
            part = slice(start, min(start + step, replicates))
            mean += _scenario(today, side, part).sum(axis=2)
        there = around(mean / (every.stop - every.start))

        def one(start: int) -> Floats:
            after = _scenario(today, side, slice(start, min(start + step, replicates)))
            return evaluate(index, after, there)

        with ThreadPoolExecutor(cores()) as pool:
            return np.concatenate(list(pool.map(one, range(0, replicates, step))), axis=1)

    try:
        values = [measured(side) for side in sides]
        if len(sides) == 1:
            plain = today.to_numpy()
            values = [evaluate(index, plain, around(plain))[:, None], *values]
    except Missing:
        return figures, [undefined, undefined]
    return figures, values


def _called(index: Callable[[pd.DataFrame], float], today: pd.DataFrame, side: Draws) -> Floats:
    """Call a function of counts for each replicate, (1, replicates)."""
    out = np.empty((1, side.people.shape[2]))
    for replicate in range(out.shape[1]):
        after = _scenario(today, side, slice(replicate, replicate + 1))[:, :, 0]
        out[0, replicate] = index(pd.DataFrame(after, index=today.index, columns=today.columns))
    return out


def _median(values: Floats) -> Floats:
    """Give the median of the replicates in which the index is defined."""
    return np.array(
        [np.nan if np.isnan(row).all() else float(np.nanmedian(row)) for row in values]
    )
