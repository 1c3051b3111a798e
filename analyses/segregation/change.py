"""Parts of a change: by what changed of any index, and exactly of mutual information."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray

from ...geo import kernels
from ._fitting import ROUNDS, fit
from ._measure import (
    GROUP,
    LOCAL_ENVIRONMENT,
    NO_PEOPLE,
    SPATIAL,
    _prepare,
    _undefined,
    _unit,
    choose,
    evaluate,
    labels,
    places,
)
from ._notes import join, left_out
from ._pair import Pair, pair_up
from ._space import Centre, Missing, Space
from ._terms import Floats, share, weighted_entropy

SUMS = ["before", "after", "difference"]
"""What a decomposition of a change begins with; the parts that follow add up to the difference."""

SHAPLEY = ["composition", "distribution", "zones"]
"""The parts of the change of any index."""

CHANGE = ["removals", "additions", "structural", "zone_margin", "group_margin"]
"""The parts of the change of mutual information."""

NOTHING_SHARED = "no zone has people in both"

Which = tuple[int, int, int]
FIRST: Which = (0, 0, 0)
LAST: Which = (1, 1, 1)
ALL_TABLES: tuple[Which, ...] = tuple(product((0, 1), (0, 1), (0, 1)))


def shapley(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    indices: Literal["all"] | Sequence[str] = "all",
    geometry: gpd.GeoSeries | None = None,
    graph: Graph | None = None,
    areas: pd.Series | None = None,
    centre: Centre = "population",
    decay: Callable[[Floats], Floats] = kernels.exponential,
    distance_unit: Literal["km", "m"] = "km",
    ordered: bool = False,
) -> pd.DataFrame:
    r"""Tell how much of the change of an index is due to composition, distribution and zones.

    Parameters
    ----------
    before, after
        Members of each group in each zone, zones × groups, of the same groups; NaN where they are
        not known. The zones may differ.
    indices
        ``"all"`` or names out of `catalogue`. With ``"all"`` and no geometry, those that need it
        are left out.
    geometry, graph, areas
        As in `measure`, of all zones of the two tables together.
    centre, decay, distance_unit, ordered
        As in `measure`.

    Returns
    -------
    DataFrame
        One row a figure, ``group, other, index, part, value, note``, with the parts ``before``,
        ``after`` and ``difference``, as `measure` gives them, and then three that add up to the
        difference:

        - ``composition``: the groups grew or shrank;
        - ``distribution``: the groups came to live otherwise in the zones of both tables;
        - ``zones``: zones came and went, and the groups live in them to another extent than in
          the others.

        Where the index is not defined for one of the tables, the difference and the parts are NaN
        and ``note`` says why.

    Raises
    ------
    ValueError
        As `measure`, and where the groups of the tables differ or a zone is there twice.

    Notes
    -----
    A zone is of both tables where people live in both; others came or went. Group :math:`m` has
    :math:`N_m` members, a share :math:`s_m` of them in the zones of both tables, of whom a share
    :math:`q_{im}` in zone :math:`i`; of the members elsewhere a share :math:`r_{im}` lives in
    zone :math:`i`. Each of the three is taken from before (0) or after (1): the table
    :math:`(c, d, z)` has

    .. math::

        n_{im} = N_m^c s_m^z q_{im}^d, \qquad n_{im} = N_m^c (1 - s_m^z) r_{im}^z

    people, first in the zones of both tables, then in those of table :math:`z` alone. So
    :math:`(0, 0, 0)` is the table before, and :math:`(1, 1, 1)` the one after. With :math:`f` the
    index, a part is what changing it changes, on average over the six orders in which the three
    can be changed (the Shapley value): for the composition

    .. math::

        \tfrac{1}{3} [f(1,0,0) - f(0,0,0)] + \tfrac{1}{6} [f(1,1,0) - f(0,1,0)]
        + \tfrac{1}{6} [f(1,0,1) - f(0,0,1)] + \tfrac{1}{3} [f(1,1,1) - f(0,1,1)]

    Only the indices that correct for chance depend on more of the :math:`N_m` than the shares.
    A group that a table lacks has no distribution of its own to change: it is taken to live where
    the other table has it, in the zones of both tables, or where all people live. Where no zone
    has people in both, there is no telling new zones from new distribution: all of that is
    ``distribution``, and ``note`` says so.

    The indices that depend on where zones are get the zones of table :math:`z`, those without
    people included. With ``centre="population"`` the centre is that of the people of each table.
    Zones where a count is missing in either table are left out of both, and ``note`` says how
    many those are.

    References
    ----------
    Shorrocks, A. F. (2013). Decomposition procedures for distributional analysis: A unified
    framework based on the Shapley value. *Journal of Economic Inequality*, 11(1), 99–126.
    https://doi.org/10.1007/s10888-011-9214-z

    Examples
    --------
    >>> import pandas as pd
    >>> before = pd.DataFrame({"low": [40, 20], "high": [10, 40]}, index=["a", "b"])
    >>> after = pd.DataFrame({"low": [60, 20, 5], "high": [10, 40, 25]}, index=["a", "b", "c"])
    >>> parts = shapley(before, after, indices=["information_theory"])
    >>> parts[["part", "value"]].round(4)
               part   value
    0        before  0.1660
    1         after  0.2729
    2    difference  0.1069
    3   composition  0.0005
    4  distribution  0.0576
    5         zones  0.0488
    """
    wanted = choose(indices, spatial=geometry is not None, ordered=ordered)
    pair = pair_up(before, after)
    game = _Game(pair)
    spaces = _Spaces(pair, geometry, graph, areas, centre, decay, distance_unit)
    missing = left_out(pair.left_out)
    together = "" if game.shared else f"{NOTHING_SHARED}: their zones are part of the distribution"
    names, rows = list(pair.groups), []
    for index in wanted:
        values, notes, reasons = _evaluated(index, game, spaces)
        first, last, parts = values[0, 0, 0], values[1, 1, 1], _shapley(values)
        told = np.vstack([first, last, last - first, parts])
        for number, place in enumerate(places(index, len(names))):
            why = reasons[number]
            shared = join(why, "" if why else together)
            texts = [notes[0][number], notes[1][number], why, why, shared, shared]
            rows += [
                (*labels(names, place), index, part, value, join(text, missing))
                for part, value, text in zip(
                    [*SUMS, *SHAPLEY], told[:, number].tolist(), texts, strict=True
                )
            ]
    return pd.DataFrame(rows, columns=["group", "other", "index", "part", "value", "note"])


def change(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    r"""Tell how much of the change of mutual information is due to structure, how much to sizes.

    Parameters
    ----------
    before, after
        Members of each group in each zone, zones × groups, of the same groups; NaN where they are
        not known. The zones may differ.

    Returns
    -------
    DataFrame
        One row a part, ``part, index, value, note``: ``before``, ``after`` and ``difference``, in
        nats, and then five that add up to the difference:

        - ``removals``: zones and groups that have people only before;
        - ``additions``: zones and groups that have people only after;
        - ``structural``: the groups are tied otherwise to the zones, whatever the sizes of both;
        - ``zone_margin``: zones grew or shrank;
        - ``group_margin``: groups grew or shrank.

        Where a part is not defined it is NaN, and ``note`` says why.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, a zone or group is there twice, or the groups of
        the tables differ.

    Notes
    -----
    Let :math:`A` and :math:`B` be the tables before and after, of the zones and groups alone that
    have people in both, and :math:`M` mutual information. Then

    .. math::

        \text{removals} = M(A) - M(\text{before}), \qquad
        \text{additions} = M(\text{after}) - M(B)

    Iterative proportional fitting multiplies the zones and the groups of a table by factors until
    its margins are those asked for: what it leaves alone are the odds ratios, which are the
    structure. With :math:`A_{zg}` the table of the structure of :math:`A` whose margin of zones is
    that of :math:`z` and of groups that of :math:`g`, so that :math:`A_{AA} = A`,

    .. math::

        \text{structural} &= \tfrac{1}{2} [M(B_{AA}) - M(A_{AA})]
            + \tfrac{1}{2} [M(B_{BB}) - M(A_{BB})] \\
        \text{zone margin} &= \tfrac{1}{4} \sum_{S \in \{A, B\}}
            [M(S_{BA}) - M(S_{AA}) + M(S_{BB}) - M(S_{AB})] \\
        \text{group margin} &= \tfrac{1}{4} \sum_{S \in \{A, B\}}
            [M(S_{AB}) - M(S_{AA}) + M(S_{BB}) - M(S_{BA})]

    It is the Shapley value over structure and margins, and then over the two margins: the tables
    exchanged, each part changes its sign alone.

    With empty cells there may be no table of one structure and the other's margins. So, as in the
    R package ``segregation`` of the paper's author, empty cells hold a very small number before
    fitting, here 10⁻¹² of what they would hold if all groups lived alike; a table that has the
    margins already is left as it is. The margins of fitted tables are right to 10⁻¹² of all
    people. The factors of the groups are found by Newton's method: it comes to the table that the
    rounds of proportional fitting come to, for there is only one, and they can take thousands.

    Mutual information of one group is 0 here, so that removals and additions are defined.
    Zones where a count is missing in either table are left out of both, and ``note`` says how
    many those are.

    References
    ----------
    Elbers, B. (2021). A method for studying differences in segregation across time and space.
    *Sociological Methods & Research*, 52(1), 5–42. https://doi.org/10.1177/0049124121986204

    Deming, W. E., & Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency
    table when the expected marginal totals are known. *Annals of Mathematical Statistics*, 11(4),
    427–444. https://doi.org/10.1214/aoms/1177731829

    Examples
    --------
    >>> import pandas as pd
    >>> before = pd.DataFrame({"low": [40, 20], "high": [10, 40]}, index=["a", "b"])
    >>> after = pd.DataFrame({"low": [60, 20, 5], "high": [10, 40, 25]}, index=["a", "b", "c"])
    >>> change(before, after)[["part", "value"]].round(4)
               part   value
    0        before  0.1144
    1         after  0.1886
    2    difference  0.0742
    3      removals  0.0000
    4     additions  0.0369
    5    structural  0.0395
    6   zone_margin  0.0074
    7  group_margin -0.0095
    """
    pair = pair_up(before, after)
    a, b = pair.before, pair.after
    values = dict.fromkeys([*SUMS, *CHANGE], np.nan)
    empty = [f"{when}: {NO_PEOPLE}" for when, n in zip(SUMS, (a, b), strict=False) if not n.any()]
    reason = "; ".join(empty)
    for when, n in zip(SUMS, (a, b), strict=False):
        values[when] = _told(n) if n.any() else np.nan
    values["difference"] = values["after"] - values["before"]
    if not reason:
        a, b = _common(a, b)
        if a.size:
            fitted = _swapped(a, b)
            values |= _margin_parts(fitted)
            # Where all people are counted still, what is taken away is nothing, not rounding.
            removed = np.count_nonzero(a) < np.count_nonzero(pair.before)
            added = np.count_nonzero(b) < np.count_nonzero(pair.after)
            values["removals"] = float(fitted[FIRST] - values["before"]) if removed else 0.0
            values["additions"] = float(values["after"] - fitted[LAST]) if added else 0.0
            if np.isnan(values["structural"]):
                reason = f"fitting did not settle in {ROUNDS} rounds"
        else:
            reason = f"{NOTHING_SHARED}, or no group"
    out = pd.DataFrame({"part": list(values), "value": list(values.values())})
    out.insert(1, "index", "mutual_information")
    missing = left_out(pair.left_out)
    out["note"] = [join(reason if np.isnan(value) else "", missing) for value in out["value"]]
    return out


class _Game:
    """The tables in between two, see `shapley`: three things, each of before (0) or after (1)."""

    def __init__(self, pair: Pair) -> None:
        self._tables = (pair.before, pair.after)
        self._made: dict[Which, Floats] = {FIRST: pair.before, LAST: pair.after}
        lived = [n.sum(axis=1) > 0 for n in self._tables]
        self._both = lived[0] & lived[1]
        self.shared = bool(self._both.any())
        self._members = [n.sum(axis=0) for n in self._tables]
        self._inside = [n[self._both].sum(axis=0) for n in self._tables]
        near = [n[self._both] if self.shared else n for n in self._tables]
        self._spread = [_where(near[d], near[1 - d if self.shared else d]) for d in (0, 1)]
        still = not (lived[0] != lived[1]).any()
        self._same = [np.array_equal(*two) for two in (self._members, self._spread)]
        self._same_zones = still, still and set(pair.listed[0]) == set(pair.listed[1])

    def alike(self, c: int, d: int, z: int, *, spatial: bool) -> Which:
        """Name a table by one of those that are the same: the first or last, where it is."""
        if not self.shared:
            z = d
        same = (*self._same, self._same_zones[spatial])
        at = tuple(zip((c, d, z), same, strict=True))
        for end in (0, 1):
            if all(one == end or free for one, free in at):
                return end, end, end
        c, d, z = (0 if free else one for one, free in at)
        return c, d, z if self.shared else d

    def table(self, which: Which) -> Floats:
        """Give the counts of a table, (zones, groups)."""
        if which not in self._made:
            self._made[which] = self._make(*which)
        return self._made[which]

    def _make(self, c: int, d: int, z: int) -> Floats:
        if not self.shared:
            return self._members[c] * self._spread[d]
        here = self._tables[z]
        out = np.zeros_like(here)
        # A group that the table of the zones lacks lives in the zones of both.
        lives = self._members[z] > 0
        members = np.where(lives, self._members[z], 1.0)
        inside = np.where(lives, self._inside[z] / members, 1.0)
        out[self._both] = self._members[c] * inside * self._spread[d]
        out[~self._both] = self._members[c] * (here[~self._both] / members)
        return out


def _where(near: Floats, far: Floats) -> Floats:
    """Give where each group lives; one without members, where it does by ``far``, or as all do."""
    spread = np.where(far.sum(axis=0) > 0, far, near.sum(axis=1, keepdims=True))
    spread = np.where(near.sum(axis=0) > 0, near, spread)
    return share(spread, spread.sum(axis=0))


class _Spaces:
    """The places of the zones before and after, made once for all tables."""

    def __init__(self, pair: Pair, *given: Any) -> None:
        self._pair, self._given = pair, given
        self._made: dict[int, Space] = {}
        # What is wrong with the places is said even where nothing asks for them.
        self.all = Space(self._frame(pair.before, np.arange(len(pair.zones))), *given)

    def of(self, n: Floats, z: int) -> tuple[Floats, Space]:
        """Give the counts of the zones that are listed before or after, and their space."""
        listed = self._pair.listed[z]
        frame = self._frame(n, listed)
        if z not in self._made:
            self._made[z] = Space(frame, *self._given)
        space = self._made[z]
        # The people are those of the table, and so is the centre; all else stays as it was.
        space.people = frame.sum(axis=1).to_numpy()
        for name in ("centres", "distance"):
            space.__dict__.pop(name, None)
        return n[listed], space

    def _frame(self, n: Floats, rows: NDArray[np.intp]) -> pd.DataFrame:
        return pd.DataFrame(n[rows], index=self._pair.zones[rows], columns=self._pair.groups)


def _evaluated(
    index: str, game: _Game, spaces: _Spaces
) -> tuple[Floats, list[list[str]], list[str]]:
    """Compute an index of all tables: its values, notes before and after, and why no parts.

    The values are (2, 2, 2, figures): composition, distribution, zones.
    """
    spatial = index in SPATIAL
    ends = [game.table(which) for which in (FIRST, LAST)]
    where = places(index, ends[0].shape[1])
    undefined = [[_undefined(index, n, at) for at in where] for n in ends]
    reasons = [
        "; ".join(f"{when}: {why}" for when, why in zip(SUMS, both, strict=False) if why)
        for both in zip(*undefined, strict=True)
    ]
    alike = {at: game.alike(*at, spatial=spatial) for at in ALL_TABLES}
    asked = [] if all(reasons) else list(alike.values())
    # Where before and after are the same, one stands for both.
    stands = alike[FIRST], alike[LAST]
    asked += [end for end, why in zip(stands, undefined, strict=True) if not all(why)]
    nothing = np.full(len(where), np.nan)
    known: dict[Which, Floats] = {}
    texts: dict[Which, str] = {}
    asked = list(dict.fromkeys(asked))
    # One table at a time: all at once are too large to be fast.
    for which in asked:
        try:
            n, space = game.table(which), spaces.all
            if spatial:
                n, space = spaces.of(n, which[2])
                _prepare(index, n, space)
            known[which] = evaluate(index, n, space)
            text = GROUP[index].note(space) if index in GROUP else ""
            texts[which] = _unit(space) if index in LOCAL_ENVIRONMENT else text
        except Missing as missing:
            texts[which] = str(missing)
            reasons = [why or str(missing) for why in reasons]
    values = np.empty((2, 2, 2, len(where)))
    for at in ALL_TABLES:
        values[at] = known.get(alike[at], nothing)
    for end, why in zip((FIRST, LAST), undefined, strict=True):
        values[end] = np.where(np.array(why) == "", values[end], np.nan)
    for number, reason in enumerate(reasons):
        if not reason and np.isnan(values[..., number]).any():
            reasons[number] = "not defined of a table in between"
    notes = [
        [note or texts.get(end, "") for note in these]
        for end, these in zip(stands, undefined, strict=True)
    ]
    return values, notes, reasons


def _shapley(values: Floats) -> Floats:
    """Give the Shapley values of three factors, (3, figures), of (2, 2, 2, figures)."""
    weight = np.array([[1 / 3, 1 / 6], [1 / 6, 1 / 3]])[..., None]
    steps = [np.diff(values, axis=factor).squeeze(factor) for factor in range(3)]
    return np.stack([(weight * step).sum(axis=(0, 1)) for step in steps])


def _common(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Give the zones and groups of two tables that have people in both."""
    while True:
        zones = (a.sum(axis=1) > 0) & (b.sum(axis=1) > 0)
        groups = (a.sum(axis=0) > 0) & (b.sum(axis=0) > 0)
        if zones.all() and groups.all():
            return a, b
        # Without the others, a zone or group may have nobody left.
        a, b = (n[np.ix_(zones, groups)] for n in (a, b))


def _swapped(a: Floats, b: Floats) -> Floats:
    """Give mutual information of both structures with both margins.

    By structure, margin of zones and margin of groups, each before (0) or after (1); NaN where
    there is no such table.
    """
    tables = a / a.sum(), b / b.sum()
    zones = [n.sum(axis=1) for n in tables]
    groups = [n.sum(axis=0) for n in tables]
    out = np.empty((2, 2, 2))
    for s, z, g in ALL_TABLES:
        fitted = tables[s] if s == z == g else fit(tables[s], zones[z], groups[g])
        out[s, z, g] = np.nan if fitted is None else _told(fitted)
    return out


def _margin_parts(m: Floats) -> dict[str, float]:
    """Give the parts of what `_swapped` gave, see `change`."""
    zone, group = np.diff(m, axis=1)[:, 0], np.diff(m, axis=2)[:, :, 0]
    structure = m[1] - m[0]
    return {
        "structural": float(structure[0, 0] + structure[1, 1]) / 2,
        "zone_margin": float(zone.sum()) / 4,
        "group_margin": float(group.sum()) / 4,
    }


def _told(n: Floats) -> float:
    """Give mutual information, 0 of one group."""
    told = weighted_entropy(n.sum(axis=0, keepdims=True))[0] - weighted_entropy(n).sum()
    return max(float(told / n.sum()), 0.0)
