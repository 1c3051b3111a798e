"""Parts of segregation: between and within districts, by zone and group, and of its change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray

from ...geo import kernels
from ._counts import complete
from ._measure import (
    EVERYBODY,
    GROUP,
    LOCAL_ENVIRONMENT,
    NO_PEOPLE,
    ONE_GROUP,
    SPATIAL,
    _prepare,
    _undefined,
    _unit,
    choose,
    evaluate,
    labels,
    places,
)
from ._space import Centre, Missing, Space
from ._terms import Floats, divide, n_log_n, share

Additive = Literal["mutual_information", "information_theory"]
"""The indices whose parts add up."""

ADDITIVE: tuple[Additive, ...] = ("mutual_information", "information_theory")

SUMS = ["before", "after", "difference"]
"""What a decomposition of a change begins with; the parts that follow add up to the difference."""

SHAPLEY = ["composition", "distribution", "zones"]
"""The parts of the change of any index."""

CHANGE = ["removals", "additions", "structural", "zone_margin", "group_margin"]
"""The parts of the change of mutual information."""

NOT_KNOWN = "counts missing"
NOTHING_SHARED = "no zone has people in both"

_FITTED = 1e-12
"""How far the margins of a fitted table may be off, as a share of all people."""

_NEARLY_NONE = 1e-12
"""What an empty cell holds before fitting, of what it would if all groups lived alike."""

_SAME = 1e-14
"""What is taken for rounding."""

_FLAT, _FAR, _ROUNDS = 1e-18, 5.0, 500
"""Fitting: the least curvature, the longest step (a factor of e⁵) and how many steps."""

Which = tuple[int, int, int]
FIRST: Which = (0, 0, 0)
LAST: Which = (1, 1, 1)
ALL_TABLES: tuple[Which, ...] = tuple(product((0, 1), (0, 1), (0, 1)))


class Contributions(NamedTuple):
    """What each zone and each group adds to an index; each frame adds up to the whole of it."""

    zones: pd.DataFrame
    groups: pd.DataFrame


def nested(counts: pd.DataFrame, district: pd.Series | pd.DataFrame) -> pd.DataFrame:
    r"""Tell how much of segregation lies between districts, and how much within each.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.
    district
        The district of each zone, with the index of ``counts``; or a DataFrame of several levels,
        from large districts to small ones, each small one within one large one.

    Returns
    -------
    DataFrame
        One row a figure, ``level, part, district, index, weight, value, contribution, note``, for
        ``mutual_information`` (nats) and ``information_theory`` (Theil's H):

        - ``between``: how unlike the districts of the level are; with several levels, how unlike
          those within each district of the level above (``district``, empty for the whole);
        - ``within``: how segregated the zones of each ``district`` are.

        The ``value`` is the district's own index and the ``contribution`` is its part of the index
        of the whole: the value times the ``weight``. For each level, what it and the levels above
        it have ``between`` and what it has ``within`` add up to the index of the whole. Where a
        value is not defined it is NaN, ``note`` says why, and the contribution is 0.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, a zone or group is there twice, a zone has no
        district, or a small district lies in several large ones.

    Notes
    -----
    With :math:`T` people and entropy :math:`E` in the whole, :math:`T_d` and :math:`E_d` in
    district :math:`d`, and :math:`M_b` and :math:`H_b` the indices of the districts as zones,

    .. math::

        M = M_b + \sum_d \frac{T_d}{T} M_d, \qquad
        H = H_b + \sum_d \frac{T_d E_d}{T E} H_d

    Zones where a count is missing are left out, and ``note`` says how many those are.

    References
    ----------
    Theil, H. (1972). *Statistical decomposition analysis with applications in the social and
    administrative sciences*. North-Holland.

    Reardon, S. F., Yun, J. T., & Eitle, T. M. (2000). The changing structure of school
    segregation: Measurement and evidence of multiracial metropolitan-area school segregation,
    1989–1995. *Demography*, 37(3), 351–364. https://doi.org/10.2307/2648047

    Mora, R., & Ruiz-Castillo, J. (2011). Entropy-based segregation indices. *Sociological
    Methodology*, 41(1), 159–194. https://doi.org/10.1111/j.1467-9531.2011.01237.x

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"low": [40, 20, 10, 10], "high": [10, 10, 40, 20]})
    >>> side = pd.Series(["west", "west", "east", "east"], name="side")
    >>> parts = nested(counts, side)
    >>> parts = parts[parts["index"] == "mutual_information"]
    >>> parts[["part", "district", "weight", "value", "contribution"]].round(4)
          part district  weight   value  contribution
    0  between              1.0  0.1308        0.1308
    1   within     west     0.5  0.0109        0.0054
    2   within     east     0.5  0.0109        0.0054
    """
    levels = _levels(counts, district)
    known, n = complete(counts)
    members = n.sum(axis=0)
    people = members.sum()
    whole = _held(members.reshape(1, -1))
    zones = _held(n)
    tables = []
    above: _Level | None = None
    for name in levels.columns:
        codes, names = pd.factorize(levels[name])
        held, size, counted = _gathered(n, codes[known], len(names))
        if above is None:
            parent, outer = np.zeros(len(names), dtype=np.intp), whole
            between = _Level(np.array([""], dtype=object), whole, np.array([people]), None)
        else:
            parent, outer = _parents(levels, name, codes, above), above.held
            between = above
        inside = np.bincount(parent, weights=held, minlength=len(outer))
        level = _Level(np.asarray(names, dtype=object), held, size, codes, counted)
        tables.append((name, "between", between, np.maximum(between.held - inside, 0.0)))
        inside = np.bincount(codes[known], weights=zones, minlength=len(names))
        tables.append((name, "within", level, np.maximum(held - inside, 0.0)))
        above = level
    missing = _left_out(int((~known).sum()))
    reason = _nothing(members)
    frames = [
        _nested_frame(index, *table, people, float(whole[0]), reason, missing)
        for index in ADDITIVE
        for table in tables
    ]
    return pd.concat(frames, ignore_index=True)


def contributions(counts: pd.DataFrame, index: Additive = "mutual_information") -> Contributions:
    r"""Tell how much each zone and each group adds to mutual information or Theil's H.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.
    index
        ``"mutual_information"`` or ``"information_theory"``.

    Returns
    -------
    Contributions
        ``zones`` by zone and ``groups`` by group, each with ``weight``, the share of all people;
        ``value``, how unlike the whole the zone or group is; ``contribution``, the weight times
        the value; and ``note``. The contributions of the zones add up to the index, and so do
        those of the groups. What nobody is in has no value and contributes 0. Where counts of a
        zone are missing all its figures are NaN, and ``note`` says so.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, a group is there twice, or the index is another.

    Notes
    -----
    With :math:`p_{im}` the share of all people who live in zone :math:`i` and are in group
    :math:`m`, and :math:`p_i` and :math:`p_m` those of the zone and of the group, the values are

    .. math::

        L_i = \sum_m \frac{p_{im}}{p_i} \ln \frac{p_{im}}{p_i p_m}, \qquad
        L_m = \sum_i \frac{p_{im}}{p_m} \ln \frac{p_{im}}{p_i p_m}, \qquad
        M = \sum_i p_i L_i = \sum_m p_m L_m

    and for :math:`H` the same divided by the entropy of the groups' shares. None is below 0. The
    values of the zones are those of
    :func:`~kvarter.analyses.segregation.local.local_divergence`.

    References
    ----------
    Mora, R., & Ruiz-Castillo, J. (2011). Entropy-based segregation indices. *Sociological
    Methodology*, 41(1), 159–194. https://doi.org/10.1111/j.1467-9531.2011.01237.x

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"low": [40, 20, 10, 10], "high": [10, 10, 40, 20]})
    >>> zones, groups = contributions(counts)
    >>> groups[["weight", "value", "contribution"]].round(4)
          weight   value  contribution
    low      0.5  0.1417        0.0709
    high     0.5  0.1417        0.0709
    >>> float(zones["contribution"].sum().round(4))
    0.1417
    """
    if index not in ADDITIVE:
        raise ValueError(f"the index is {index!r}; there are {', '.join(ADDITIVE)}")
    known, n = complete(counts)
    people, lived, members = n.sum(), n.sum(axis=1), n.sum(axis=0)
    reason = _nothing(members)
    size = 1.0
    if index == "information_theory":
        size = float(_held(members.reshape(1, -1))[0] / people) if not reason else np.nan
    # How many times more of the group live in the zone than would if all lived alike.
    unlike = share(n * people, lived[:, None] * members)
    cells = share(n * np.log(unlike, out=np.zeros_like(unlike), where=unlike > 0), people * size)
    missing = _left_out(int((~known).sum()))
    none = np.where(lived > 0, "", NO_PEOPLE)
    zones = _contributed(counts.index[known], cells.sum(axis=1), lived, people, none, reason)
    if missing:
        rows = np.full(len(known), -1)
        rows[known] = np.arange(len(zones))
        zones = zones.reset_index(drop=True).reindex(rows).set_index(counts.index)
        zones["note"] = np.where(known, zones["note"], NOT_KNOWN)
    none = np.where(members > 0, "", "the group has no members")
    groups = _contributed(counts.columns, cells.sum(axis=0), members, people, none, reason)
    groups["note"] = [_join(note, missing) for note in groups["note"]]
    return Contributions(zones, groups)


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
    pair = _pair(before, after)
    game = _Game(pair)
    spaces = _Spaces(pair, geometry, graph, areas, centre, decay, distance_unit)
    missing = _left_out(pair.left_out)
    together = "" if game.shared else f"{NOTHING_SHARED}: their zones are part of the distribution"
    names, rows = list(pair.groups), []
    for index in wanted:
        values, notes, reasons = _evaluated(index, game, spaces)
        first, last, parts = values[0, 0, 0], values[1, 1, 1], _shapley(values)
        told = np.vstack([first, last, last - first, parts])
        for number, place in enumerate(places(index, len(names))):
            why = reasons[number]
            shared = _join(why, "" if why else together)
            texts = [notes[0][number], notes[1][number], why, why, shared, shared]
            rows += [
                (*labels(names, place), index, part, value, _join(text, missing))
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
    pair = _pair(before, after)
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
                reason = f"fitting did not settle in {_ROUNDS} rounds"
        else:
            reason = f"{NOTHING_SHARED}, or no group"
    out = pd.DataFrame({"part": list(values), "value": list(values.values())})
    out.insert(1, "index", "mutual_information")
    missing = _left_out(pair.left_out)
    out["note"] = [_join(reason if np.isnan(value) else "", missing) for value in out["value"]]
    return out


class _Level(NamedTuple):
    """The districts of a level: their names, entropy times people, people, and whose zones."""

    names: NDArray[np.object_]
    held: Floats
    people: Floats
    codes: NDArray[np.intp] | None
    counted: NDArray[np.bool_] | None = None


def _levels(counts: pd.DataFrame, district: pd.Series | pd.DataFrame) -> pd.DataFrame:
    """Give the districts as a frame of levels in the order of the zones, or refuse them."""
    if isinstance(district, pd.Series):
        district = district.to_frame("district" if district.name is None else district.name)
    if district.shape[1] == 0 or not district.columns.is_unique:
        raise ValueError("district must have one column a level, each with its own name")
    for what, index in (("counts", counts.index), ("district", district.index)):
        if not index.is_unique:
            twice = index[index.duplicated()].tolist()[0]
            raise ValueError(f"{what} names zone {twice!r} twice; give each zone once")
    levels = district.reindex(counts.index)
    without = levels.isna()
    if without.to_numpy().any():
        zone, level = np.argwhere(without.to_numpy())[0]
        name = levels.columns[level]
        raise ValueError(f"zone {counts.index[zone]!r} has no {name}; give one for each zone")
    return levels


def _parents(
    levels: pd.DataFrame, name: Any, codes: NDArray[np.intp], above: _Level
) -> NDArray[np.intp]:
    """Give the district of the level above that each district is in."""
    assert above.codes is not None
    _, first = np.unique(codes, return_index=True)
    parent = above.codes[first]
    split = parent[codes] != above.codes
    if split.any():
        small = codes[split][0]
        inside = [above.names[parent[small]], above.names[above.codes[split][0]]]
        label = levels[name].iloc[first[small]]
        raise ValueError(f"{name} {label!r} is in both {inside[0]!r} and {inside[1]!r}")
    return np.asarray(parent)


def _gathered(
    n: Floats, codes: NDArray[np.intp], districts: int
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Give each district's entropy times people, people, and whether it has a counted zone."""
    columns = [np.bincount(codes, weights=column, minlength=districts) for column in n.T]
    table = np.stack(columns, axis=1).astype(np.float64)
    counted = np.bincount(codes, minlength=districts) > 0
    return _held(table), table.sum(axis=1), counted


def _nested_frame(
    index: Additive,
    name: Any,
    part: str,
    level: _Level,
    told: Floats,
    people: float,
    whole: float,
    reason: str,
    missing: str,
) -> pd.DataFrame:
    """Give what a level has between or within its districts, ``told`` in nats times people."""
    size, all_of_it = (level.people, people) if index == ADDITIVE[0] else (level.held, whole)
    notes = np.where(level.held > 0, "", np.where(level.people > 0, EVERYBODY, NO_PEOPLE))
    if level.counted is not None:
        notes = np.where(level.counted, notes, NOT_KNOWN)
    if reason:
        notes = np.full(len(told), reason)
    value = np.where(notes == "", divide(told, size), np.nan)
    return pd.DataFrame(
        {
            "level": name,
            "part": part,
            "district": level.names,
            "index": index,
            "weight": np.nan if reason else divide(size, all_of_it),
            "value": np.minimum(value, 1.0) if index == ADDITIVE[1] else value,
            "contribution": np.nan if reason else divide(told, all_of_it),
            "note": [_join(note, missing) for note in notes],
        }
    )


def _contributed(
    index: pd.Index, cells: Floats, size: Floats, people: float, none: NDArray[Any], reason: str
) -> pd.DataFrame:
    """Give the contributions of zones or groups."""
    told = np.full(len(cells), np.nan) if reason else np.maximum(cells, 0.0)
    weight = divide(size, people)
    notes = np.full(len(cells), reason) if reason else none
    columns = {"weight": weight, "value": divide(told, weight), "contribution": told}
    return pd.DataFrame(columns, index=index).assign(note=notes.astype(object))


class _Pair(NamedTuple):
    """Two tables of counts of the same zones and groups, (zones, groups).

    ``listed`` tells which of the zones each of the two lists, in its own order.
    """

    zones: pd.Index
    groups: pd.Index
    before: Floats
    after: Floats
    listed: tuple[NDArray[np.intp], NDArray[np.intp]]
    left_out: int


def _pair(before: pd.DataFrame, after: pd.DataFrame) -> _Pair:
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
    return _Pair(
        zones[fine],
        before.columns,
        counts[0][fine],
        counts[1][fine],
        (first, second),
        int((~fine).sum()),
    )


class _Game:
    """The tables in between two, see `shapley`: three things, each of before (0) or after (1)."""

    def __init__(self, pair: _Pair) -> None:
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

    def __init__(self, pair: _Pair, *given: Any) -> None:
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


def fit(table: Floats, zones: Floats, groups: Floats) -> Floats | None:
    """Multiply the zones and the groups of a table by factors, until it has the margins asked for.

    Parameters
    ----------
    table
        People by zone and group, with people in every zone and every group.
    zones, groups
        The share of each zone and of each group, above 0.

    Returns
    -------
    ndarray or None
        Shares of all people, None where the margins are not reached: see `change`.
    """
    seed = table / table.sum()
    rows, columns = seed.sum(axis=1), seed.sum(axis=0)
    if np.abs(rows - zones).sum() + np.abs(columns - groups).sum() < _SAME:
        return seed
    seed = np.where(seed > 0, seed, _NEARLY_NONE * rows[:, None] * columns)
    seed /= seed.sum(axis=1, keepdims=True)
    # For any factors of the groups those of the zones follow: so look for those of the groups,
    # in logarithms. They are where this convex function is least (the dual of the fitting).
    at = np.log(groups / columns)
    cells, size = _weighted(seed, zones, groups, at)
    for _ in range(_ROUNDS):
        off = zones @ cells - groups
        if np.abs(off).sum() < _FITTED:
            return zones[:, None] * cells
        curve = np.diag(zones @ cells) - cells.T @ (zones[:, None] * cells)
        bend, directions = np.linalg.eigh(curve)
        # Where nearly empty cells leave the function flat, Newton's step would be without end.
        step = np.clip((off @ directions) / np.maximum(bend, _FLAT), -_FAR, _FAR)
        way = -(directions @ step)
        way -= way.mean()
        slope, length = float(off @ way), 1.0
        while True:
            new, less = _weighted(seed, zones, groups, at + length * way)
            if less <= size + 1e-4 * length * slope + _SAME or length < 1e-6:
                break
            length /= 2
        at, cells, size = at + length * way, new, less
    return None


def _weighted(seed: Floats, zones: Floats, groups: Floats, at: Floats) -> tuple[Floats, float]:
    """Give the groups' shares of each zone with factors of the groups, and what `fit` lessens."""
    cells = seed * np.exp(at - at.max())
    total = cells.sum(axis=1, keepdims=True)
    return cells / total, float(zones @ np.log(total[:, 0]) + at.max() - groups @ at)


def _held(n: Floats) -> Floats:
    """Give the entropy of each row, times its people."""
    return np.maximum(n_log_n(n.sum(axis=1)) - n_log_n(n).sum(axis=1), 0.0)


def _told(n: Floats) -> float:
    """Give mutual information, 0 of one group."""
    told = _held(n.sum(axis=0, keepdims=True))[0] - _held(n).sum()
    return max(float(told / n.sum()), 0.0)


def _nothing(members: Floats) -> str:
    """Say why there is nothing to separate."""
    if members.sum() == 0:
        return NO_PEOPLE
    if len(members) == 1:
        return ONE_GROUP
    return EVERYBODY if (members > 0).sum() == 1 else ""


def _left_out(zones: int) -> str:
    """Say how many zones are left out."""
    if not zones:
        return ""
    return f"{zones} zone{'s' if zones > 1 else ''} left out: {NOT_KNOWN}"


def _join(*notes: str) -> str:
    return "; ".join(filter(None, notes))
