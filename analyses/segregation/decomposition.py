"""Parts of segregation: between and within districts, and by zone and group."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._counts import complete
from ._measure import EVERYBODY, NO_MEMBERS, NO_PEOPLE
from ._notes import NOT_KNOWN, join, left_out, nothing
from ._terms import Floats, divide, share, weighted_entropy

Additive = Literal["mutual_information", "information_theory"]
"""The indices whose parts add up."""

ADDITIVE: tuple[Additive, ...] = ("mutual_information", "information_theory")


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
    whole = weighted_entropy(members.reshape(1, -1))
    zones = weighted_entropy(n)
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
    missing = left_out(int((~known).sum()))
    reason = nothing(members)
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
    :func:`~kvarter.analyses.segregation.by_zone.local_divergence`.

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
    reason = nothing(members)
    size = 1.0
    if index == "information_theory":
        whole = float(weighted_entropy(members.reshape(1, -1))[0])
        size = np.nan if reason else whole / people
    # How many times more of the group live in the zone than would if all lived alike.
    unlike = share(n * people, lived[:, None] * members)
    cells = share(n * np.log(unlike, out=np.zeros_like(unlike), where=unlike > 0), people * size)
    missing = left_out(int((~known).sum()))
    none = np.where(lived > 0, "", NO_PEOPLE)
    zones = _contributed(counts.index[known], cells.sum(axis=1), lived, people, none, reason)
    if missing:
        rows = np.full(len(known), -1)
        rows[known] = np.arange(len(zones))
        zones = zones.reset_index(drop=True).reindex(rows).set_index(counts.index)
        zones["note"] = np.where(known, zones["note"], NOT_KNOWN)
    none = np.where(members > 0, "", NO_MEMBERS)
    groups = _contributed(counts.columns, cells.sum(axis=0), members, people, none, reason)
    groups["note"] = [join(note, missing) for note in groups["note"]]
    return Contributions(zones, groups)


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
    if not isinstance(district, pd.DataFrame):
        raise ValueError(
            f"district is a {type(district).__name__}; give a Series with the index of counts, or "
            "a DataFrame of several levels"
        )
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
    return weighted_entropy(table), table.sum(axis=1), counted


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
            "note": [join(note, missing) for note in notes],
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
