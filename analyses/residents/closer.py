"""What if families moved closer to a concentrated service: a range of outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ._model import Floats, unknown

SHARES = tuple(step / 20 for step in range(11))
"""From nobody to half, in steps of 5 %."""


class Closer(NamedTuple):
    """Zones after some have moved closer.

    Attributes
    ----------
    counts
        By share: zones × groups.
    moved
        One row a share: ``share, asked, moved, distance``, how many were to move, how many found
        somebody to change places with, and the metres by which those came nearer in the mean.
    """

    counts: dict[float, pd.DataFrame]
    moved: pd.DataFrame


def moved_closer(
    counts: pd.DataFrame,
    origins: pd.DataFrame,
    at: Sequence[tuple[float, float]],
    group: Any,
    *,
    radius: float,
    share: Sequence[float] = SHARES,
) -> Closer:
    r"""Let shares of a group that lives near a service move closer to it.

    Parameters
    ----------
    counts
        People of each group, zones × groups: families with children of the age, say.
    origins
        ``x, y`` of the zones in metres.
    at
        Where the service is, (x, y) each; with several, the nearest counts.
    group
        Whose teaching or service is concentrated there.
    radius
        Metres in a straight line within which people think of moving.
    share
        The shares that move, each from 0 to 1.

    Returns
    -------
    Closer
        The zones for each share, and how many could move.

    Raises
    ------
    ValueError
        For a group that is not there, shares outside 0 and 1, no place of the service, a radius
        that is not above 0, and zones that ``origins`` does not have.

    Notes
    -----
    A stress test, and no forecast: it does not say how many would move, but what would follow if
    so many did. Look at the whole range of shares.

    Dwellings stay filled, as each person who moves changes places with one of another group who
    lives closer to the service. From the nearest zone outwards, of the :math:`n_{og}` members of
    the group in zone :math:`o`, :math:`m_o = \min(x \, n_{og}, H_o)` move into zones that are
    closer, in proportion to the people of other groups who still live there, :math:`H_o`
    altogether; and as many of those, in proportion to their groups, move into zone :math:`o`.
    Zones at one distance take their places together. So each zone keeps its number of people, and
    each group too. Whom each zone takes is in proportion, not the nearest first, so the test does
    not assume that everybody moves next door.

    Zones where a count is not known keep what they have, and so do those beyond the radius.

    Examples
    --------
    >>> counts = pd.DataFrame({"sv": [10.0, 40.0], "fi": [90.0, 60.0]}, index=["near", "far"])
    >>> origins = pd.DataFrame({"x": [100.0, 900.0], "y": 0.0}, index=["near", "far"])
    >>> result = moved_closer(counts, origins, [(0, 0)], "sv", radius=1000, share=[0, 0.5])
    >>> result.counts[0.5]
            sv    fi
    near  30.0  70.0
    far   20.0  80.0
    >>> result.moved
       share  asked  moved  distance
    0    0.0    0.0    0.0       NaN
    1    0.5   20.0   20.0     800.0
    """
    if group not in counts.columns:
        raise ValueError(f"counts has {unknown(group, counts.columns, 'group')}")
    shares = np.asarray(list(share), dtype=np.float64)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"shares are {shares.tolist()}; give each from 0 to 1")
    if not len(at) or not radius > 0:
        raise ValueError("give a place of the service, and a radius above 0")
    absent = ~counts.index.isin(origins.index)
    if absent.any():
        zone = counts.index[absent].tolist()[0]
        raise ValueError(f"origins has no zone {zone!r}; give each one")
    points = origins.loc[counts.index, ["x", "y"]].to_numpy(dtype=np.float64)
    distance = cKDTree(np.asarray(at, dtype=np.float64).reshape(-1, 2)).query(points)[0]
    n = counts.to_numpy(dtype=np.float64)
    there = np.flatnonzero((distance <= radius) & ~np.isnan(n).any(axis=1))
    there = there[np.argsort(distance[there], kind="stable")]
    column = counts.columns.get_loc(group)
    near, asked, moved, metres = _swapped(n[there], distance[there], column, shares)
    out = {}
    for number, one in enumerate(shares.tolist()):
        after = n.copy()
        after[there] = near[:, :, number]
        out[one] = pd.DataFrame(after, index=counts.index, columns=counts.columns)
    by = np.divide(metres, moved, out=np.full(len(shares), np.nan), where=moved > 0)
    table = {"share": shares, "asked": asked, "moved": moved, "distance": by}
    return Closer(out, pd.DataFrame(table))


def _swapped(
    n: Floats, distance: Floats, column: int, shares: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Change places, zones from the nearest on: the zones, whom was asked, who moved, metres.

    Those who leave closer zones leave all of them in one proportion, so that the others who still
    live in a zone are those of today times the proportions of all later steps.
    """
    zones, groups = n.shape
    others = np.delete(n, column, axis=1)
    kept = np.ones((zones, len(shares)))
    left = np.zeros((zones, len(shares)))
    came = np.zeros((zones, groups - 1, len(shares)))
    pool = np.zeros((groups - 1, len(shares)))
    far, asked, metres = np.zeros((3, len(shares)))
    starts = np.flatnonzero(np.diff(distance, prepend=-1.0) > 0)
    for start, stop in zip(starts, [*starts[1:], zones], strict=True):
        here = slice(start, stop)
        total = pool.sum(axis=0)
        wanted = n[here, column, None] * shares
        all_wanted = wanted.sum(axis=0)
        part = np.minimum(1.0, _over(total, all_wanted, 1.0))
        # Of the closest zones nobody can come nearer, and nobody is asked to.
        asked += all_wanted if start else 0.0
        left[here] = wanted * part
        moved = all_wanted * part
        mix = _over(pool, total, 0.0)
        came[here] = left[here][:, None, :] * mix
        kept[start] = np.maximum(1.0 - _over(moved, total, 0.0), 0.0)
        metres += moved * (distance[start] - _over(far, total, 0.0))
        pool, far = pool * kept[start], far * kept[start]
        pool = pool + others[here].sum(axis=0)[:, None]
        far = far + others[here].sum() * distance[start]
    # A step takes from zones before it alone.
    after = np.cumprod(kept[::-1], axis=0)[::-1]
    later = np.ones_like(kept)
    ends = np.append(starts[1:], zones)
    for start, stop in zip(starts, ends, strict=True):
        later[start:stop] = after[stop] if stop < zones else 1.0
    gone = others[:, :, None] * (1.0 - later[:, None, :])
    out = np.empty((zones, groups, len(shares)))
    out[:, column] = n[:, column, None] - left + gone.sum(axis=1)
    rest = [g for g in range(groups) if g != column]
    out[:, rest] = others[:, :, None] - gone + came
    return out, asked, left.sum(axis=0), metres


def _over(above: Floats, below: Floats, nothing: float) -> Floats:
    """Divide, with a number where the divisor is 0."""
    below = np.broadcast_to(below, above.shape)
    return np.divide(above, below, out=np.full(above.shape, nothing), where=below > 0)
