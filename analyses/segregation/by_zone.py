"""Local measures: how one zone differs from all zones together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ._counts import complete
from ._space import Space
from ._terms import Floats, divide, entropy, share, unit
from .catalogue import INDICES
from .distortion import EXACT_UP_TO, local_distortion

LOCAL = tuple(name for name, index in INDICES.items() if index.kind == "local")
"""The indices with one value a zone, or one a zone and group."""


def local(
    counts: pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    indices: Literal["all"] | Sequence[str] = "all",
    neighbours: int = 5,
) -> pd.DataFrame:
    """Measure each zone: how mixed it is, and how it differs from all zones together.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.
    geometry
        The zones, at least those of ``counts``, in a system in metres.
    indices
        ``"all"`` or names out of :data:`LOCAL`. With ``"all"`` those that need the geometry are
        left out where there is none, and ``local_distortion`` for more than 10,000 zones, where
        it takes long.
    neighbours
        See `local_relative_centralization`.

    Returns
    -------
    DataFrame
        Zones × indices, with the index of ``counts``: a column ``local_diversity`` and the like,
        and one for each group, ``location_quotient_low``, where an index has a value for each.
        NaN where a count of the zone is missing or nobody lives there, and for a group without
        members; ``note`` says which of these it is.

    Raises
    ------
    ValueError
        See `measure`; also where an index needs the geometry and there is none.

    Examples
    --------
    >>> counts = pd.DataFrame({"low": [30, 10], "high": [10, 30]}, index=["a", "b"])
    >>> table = local(counts, indices=["local_simpson_interaction", "location_quotient"])
    >>> table.drop(columns="note")
       local_simpson_interaction  location_quotient_low  location_quotient_high
    a                      0.375                    1.5                     0.5
    b                      0.375                    0.5                     1.5
    """
    spatial = {name for name in LOCAL if INDICES[name].needs}
    if isinstance(indices, str) and indices == "all":
        wanted = [name for name in LOCAL if geometry is not None or name not in spatial]
        if len(counts) > EXACT_UP_TO:
            wanted = [name for name in wanted if name != "local_distortion"]
    else:
        wanted = [indices] if isinstance(indices, str) else list(dict.fromkeys(indices))
    parts = []
    for name in wanted:
        if name not in LOCAL:
            raise ValueError(f"there is no local index {name!r}; there are {', '.join(LOCAL)}")
        if name in spatial and geometry is None:
            raise ValueError(f"{name} needs the geometry of the zones")
        if name == "local_distortion":
            parts.append(_distortion(counts, geometry))
        elif name == "local_relative_centralization":
            table = local_relative_centralization(counts, geometry, neighbours=neighbours)
            parts.append(table.add_prefix(f"{name}_"))
        elif name == "location_quotient":
            parts.append(location_quotient(counts).add_prefix(f"{name}_"))
        else:
            parts.append(globals()[name](counts).rename(name))
    return pd.concat([*parts, _notes(counts, parts)], axis=1)


def _notes(counts: pd.DataFrame, parts: list[pd.Series | pd.DataFrame]) -> pd.Series:
    """Say of each zone why figures are undefined, if so."""
    known, n = complete(counts)
    note = np.full(len(counts), "counts missing", dtype=object)
    note[known] = np.where(n.sum(axis=1) > 0, "", "no people")
    absent = ", ".join(str(g) for g, total in zip(counts, n.sum(axis=0), strict=True) if not total)
    if absent and any(isinstance(part, pd.DataFrame) for part in parts):
        note[note == ""] = f"no members: {absent}"
    return pd.Series(note, index=counts.index, name="note")


def _distortion(counts: pd.DataFrame, geometry: gpd.GeoSeries) -> pd.Series:
    """Give the distortion coefficients of the zones whose counts are known."""
    known, n = complete(counts)
    space = Space(counts[known], geometry)
    points = _places(space)
    values = local_distortion(n, points, cells=space.cells)
    return _series(values, known, counts, "local_distortion")


def location_quotient(counts: pd.DataFrame) -> pd.DataFrame:
    r"""Share of a group in a zone, in times its share of all people.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.

    Returns
    -------
    DataFrame
        Zones × groups: 1 where the zone has the share of the whole, 2 where it has twice as much.
        NaN where a count of the zone is missing, where nobody lives, and for a group without
        members.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, or a group is there twice.

    Notes
    -----
    With :math:`x_i` members and :math:`t_i` people in zone :math:`i`,

    .. math:: LQ_i = \frac{x_i / t_i}{X / T}

    Zones with a missing count are in no sum.

    References
    ----------
    Isard, W. (1960). *Methods of regional analysis: an introduction to regional science*. MIT
    Press.

    Brown, L. A., & Chung, S.-Y. (2006). Spatial segregation, segregation indices and the
    geographical perspective. *Population, Space and Place*, 12(2), 125–143.
    https://doi.org/10.1002/psp.403

    Examples
    --------
    >>> import pandas as pd
    >>> location_quotient(pd.DataFrame({"low": [30, 10], "high": [10, 30]}, index=["a", "b"]))
       low  high
    a  1.5   0.5
    b  0.5   1.5
    """
    known, n = complete(counts)
    total = n.sum(axis=1)
    quotient = divide(divide(n, total[:, None]), divide(n.sum(axis=0), total.sum()))
    return _frame(quotient, known, counts)


def local_diversity(counts: pd.DataFrame) -> pd.Series:
    r"""How many-sided the people of a zone are (entropy).

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.

    Returns
    -------
    Series
        By zone in nats, from 0 (all are of one group) to the logarithm of the number of groups
        (all of one size). NaN where a count of the zone is missing and where nobody lives.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, or a group is there twice.

    Notes
    -----
    With :math:`\pi_{im}` the share of group :math:`m` in zone :math:`i`,

    .. math:: E_i = -\sum_m \pi_{im} \ln \pi_{im}

    A diverse zone need not be like the whole: see :func:`local_divergence`.

    References
    ----------
    Theil, H. (1972). *Statistical decomposition analysis with applications in the social and
    administrative sciences*. North-Holland.

    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"low": [30, 10], "high": [10, 0]}, index=["a", "b"])
    >>> local_diversity(counts).round(3)
    a    0.562
    b    0.000
    Name: local_diversity, dtype: float64
    """
    known, n = complete(counts)
    return _series(_entropy(n), known, counts, "local_diversity")


def local_entropy(counts: pd.DataFrame) -> pd.Series:
    r"""How many-sided the people of a zone are, as a share of what is possible.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.

    Returns
    -------
    Series
        By zone, from 0 (all are of one group) to 1 (all groups are of one size). NaN where a
        count of the zone is missing, where nobody lives, and for all zones where fewer than two
        groups have members.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, or a group is there twice.

    Notes
    -----
    With the :math:`M` groups that have members anywhere,

    .. math:: \tilde{E}_i = -\sum_m \pi_{im} \log_M \pi_{im}

    which is :func:`local_diversity` divided by :math:`\ln M`. It is the entropy of the local
    environment where that is the zone itself.

    References
    ----------
    Reardon, S. F., & O'Sullivan, D. (2004). Measures of spatial segregation. *Sociological
    Methodology*, 34(1), 121–162. https://doi.org/10.1111/j.0081-1750.2004.00150.x

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"low": [30, 10], "high": [10, 0]}, index=["a", "b"])
    >>> local_entropy(counts).round(3)
    a    0.811
    b    0.000
    Name: local_entropy, dtype: float64
    """
    known, n = complete(counts)
    groups = max(1, int((n.sum(axis=0) > 0).sum()))
    share = unit(divide(_entropy(n), np.log(groups)))
    return _series(share, known, counts, "local_entropy")


def local_divergence(counts: pd.DataFrame) -> pd.Series:
    r"""How far the shares of groups in a zone are from those of the whole.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.

    Returns
    -------
    Series
        By zone in nats, from 0 (the shares of the whole) to −ln of the smallest group's share of
        all people (only that group lives there). NaN where a count of the zone is missing, where
        nobody lives, and for all zones where fewer than two groups have members.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, or a group is there twice.

    Notes
    -----
    With :math:`\pi_{im}` the share of group :math:`m` in zone :math:`i` and :math:`\pi_m` its
    share of all people,

    .. math:: D_i = \sum_m \pi_{im} \ln \frac{\pi_{im}}{\pi_m}

    The mean over people is :func:`~kvarter.analyses.segregation.multigroup.divergence`. Zones
    with a missing count are in no sum.

    References
    ----------
    Roberto, E. (2015). The divergence index: A decomposable measure of segregation and
    inequality. https://doi.org/10.48550/arXiv.1508.01167

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"low": [30, 10], "high": [10, 30]}, index=["a", "b"])
    >>> local_divergence(counts).round(3)
    a    0.131
    b    0.131
    Name: local_divergence, dtype: float64
    """
    known, n = complete(counts)
    members = n.sum(axis=0)
    if (members > 0).sum() < 2:
        return _series(np.full(len(n), np.nan), known, counts, "local_divergence")
    inside = divide(n, n.sum(axis=1)[:, None])
    ratio = divide(inside, members / members.sum())
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    # Never below 0, but for rounding.
    apart = np.maximum((inside * logs).sum(axis=1), 0.0)
    return _series(apart, known, counts, "local_divergence")


def local_simpson_interaction(counts: pd.DataFrame) -> pd.Series:
    r"""Probability that two people of a zone are in different groups.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.

    Returns
    -------
    Series
        By zone, from 0 (all are of one group) to 1 − 1 / groups (all of one size). NaN where a
        count of the zone is missing and where nobody lives.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, or a group is there twice.

    Notes
    -----
    With :math:`\pi_{im}` the share of group :math:`m` in zone :math:`i`,

    .. math:: I_i = 1 - \sum_m \pi_{im}^2

    The two are drawn independently: they may be the same person, as in the papers.

    References
    ----------
    Simpson, E. H. (1949). Measurement of diversity. *Nature*, 163, 688.
    https://doi.org/10.1038/163688a0

    Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. *Sociological
    Methodology*, 32(1), 33–67. https://doi.org/10.1111/1467-9531.00110

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"low": [30, 10], "high": [10, 0]}, index=["a", "b"])
    >>> local_simpson_interaction(counts)
    a    0.375
    b    0.000
    Name: local_simpson_interaction, dtype: float64
    """
    known, n = complete(counts)
    share = divide(n, n.sum(axis=1)[:, None])
    values = (share * (1 - share)).sum(axis=1)
    return _series(values, known, counts, "local_simpson_interaction")


def local_relative_centralization(
    counts: pd.DataFrame, geometry: gpd.GeoSeries, *, neighbours: int = 5
) -> pd.DataFrame:
    r"""How much nearer to a zone a group lives than all others, among the zones around it.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known. Every
        person is in one group.
    geometry
        Areas or points, at least those of ``counts``, in a system in metres; distances are
        between their centroids.
    neighbours
        How many nearest zones are around a zone. Where there are not so many, all of them.

    Returns
    -------
    DataFrame
        Zones × groups, from −1 (all others live nearer to the zone than any member) over 0 (both
        are at the same distances) to 1 (all members live nearer than anybody else). NaN where a
        count of the zone is missing, where nobody lives, and where the zone and its neighbours
        have no members or nobody else.

    Raises
    ------
    ValueError
        As `measure`, and where ``neighbours`` is no whole number from 1.

    Notes
    -----
    The zone and its :math:`k` nearest zones are put in the order of their distance from it, the
    zone itself first. With :math:`X_j` the share of the group's members that live in the first
    :math:`j` of them and :math:`Y_j` the same of all others,

    .. math:: C_i = \sum_{j=2}^{k+1} \left( X_{j-1} Y_j - X_j Y_{j-1} \right)

    the relative centralization of Massey and Denton with the zone as the centre. For two groups
    the one has the other's value with the sign turned.

    Zones at one distance are taken together, so that their order does not matter; where the last
    of the :math:`k` are among several at one distance, all of those count in part, so that they
    are :math:`k` together. The zone itself is always the first. On a regular grid, distances are
    compared in rows and columns, exactly; elsewhere those that differ by less than a billionth of
    the study area's extent are the same. Zones with a missing count are nobody's neighbours;
    zones without people are.

    References
    ----------
    Folch, D. C., & Rey, S. J. (2016). The centralization index: A measure of local spatial
    segregation. *Papers in Regional Science*, 95(3), 555–576. https://doi.org/10.1111/pirs.12145

    Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. *Social
    Forces*, 67(2), 281–315. https://doi.org/10.1093/sf/67.2.281

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd, shapely
    >>> counts = pd.DataFrame({"low": [30, 10, 20], "high": [10, 30, 20]}, index=[*"abc"])
    >>> spots = shapely.points([385_000, 385_100, 385_300], 6_672_000)
    >>> points = gpd.GeoSeries(spots, index=counts.index, crs="EPSG:3067")
    >>> local_relative_centralization(counts, points, neighbours=2).round(3)
         low   high
    a  0.222 -0.222
    b -0.222  0.222
    c -0.222  0.222
    """
    if isinstance(neighbours, bool) or not isinstance(neighbours, (int, np.integer)):
        raise ValueError(f"neighbours is {neighbours!r}; give a whole number from 1")
    if neighbours < 1:
        raise ValueError(f"neighbours is {neighbours}; give a whole number from 1")
    known, n = complete(counts)
    points = _places(Space(counts[known], geometry))
    total = n.sum(axis=1)
    values = np.full(n.shape, np.nan)
    for zones, near, weight, ring in _nearest(points, int(neighbours)):
        for group in range(n.shape[1]):
            # Not less than 0 in the crumbs that a sum of fractions leaves.
            others = np.maximum(total - n[:, group], 0.0)
            x, y = (_pooled(part[near] * weight, ring) for part in (n[:, group], others))
            first = divide(np.cumsum(x, axis=1), x.sum(axis=1)[:, None])
            other = divide(np.cumsum(y, axis=1), y.sum(axis=1)[:, None])
            turns = first[:, :-1] * other[:, 1:] - first[:, 1:] * other[:, :-1]
            both = (x.sum(axis=1) > 0) & (y.sum(axis=1) > 0) & (total[zones] > 0)
            apart = np.clip(turns.sum(axis=1), -1.0, 1.0)
            values[zones, group] = np.where(both, apart, np.nan)
    return _frame(values, known, counts)


def _places(space: Space) -> Floats:
    """Give the places of the zones: grid numbers, or centroids."""
    cells = space.cells
    if cells is not None:
        return np.stack([cells.column, cells.row], axis=1).astype(np.float64)
    return space.points


def _nearest(
    points: Floats, neighbours: int
) -> Iterator[tuple[np.ndarray, np.ndarray, Floats, np.ndarray]]:
    """Give zones with those nearest to them, how much each of these counts, and its ring.

    All but the first are (zones, asked), in the order of distance; a ring is of one distance.
    """
    zones = len(points)
    if zones == 0:
        return
    wanted = min(neighbours + 1, zones)
    extent = float(np.ptp(points, axis=0).max())
    grain = extent * 1e-9 if extent > 0 else 1.0
    tree = cKDTree(points)
    left, asked = np.arange(zones), wanted + 8
    while len(left):
        asked = min(asked, zones)
        found, place = tree.query(points[left], k=np.arange(1, asked + 1))
        steps = np.rint(found / grain)
        # The tree may have left out a zone that is as far as the last one it gave.
        sure = (steps[:, wanted - 1] < steps[:, -1]) | (asked == zones)
        steps[place == left[:, None]] = -1
        order = np.argsort(steps, axis=1, kind="stable")[sure]
        steps, place = (np.take_along_axis(a[sure], order, axis=1) for a in (steps, place))
        last = steps[:, [wanted - 1]]
        within, ends = steps < last, steps == last
        room = wanted - within.sum(axis=1, keepdims=True)
        weight = within + ends * room / ends.sum(axis=1, keepdims=True)
        ring = np.diff(steps, axis=1, prepend=steps[:, :1]) > 0
        yield left[sure], place, weight, ring.cumsum(axis=1)
        left, asked = left[~sure], 2 * asked


def _pooled(values: Floats, ring: np.ndarray) -> Floats:
    """Give each of a ring its mean: so its zones are one step of a curve, straight in between."""
    rows, many = values.shape
    key = (np.arange(rows)[:, None] * many + ring).ravel()
    number = np.bincount(key, minlength=values.size)
    mean = share(np.bincount(key, values.ravel(), values.size), number)
    return mean[key].reshape(values.shape)


def _entropy(n: Floats) -> Floats:
    """Give the entropy of each zone, NaN where nobody lives."""
    total = n.sum(axis=1)
    held = entropy(np.nan_to_num(divide(n, total[:, None])), axis=1)
    # Without the sign of -0.
    return np.where(total > 0, np.abs(held), np.nan)


def _series(values: Floats, known: np.ndarray, counts: pd.DataFrame, name: str) -> pd.Series:
    """Put the values of the known zones among all zones."""
    out = np.full(len(counts), np.nan)
    out[known] = values
    return pd.Series(out, index=counts.index, name=name)


def _frame(values: Floats, known: np.ndarray, counts: pd.DataFrame) -> pd.DataFrame:
    """Put the values of the known zones and all groups among all zones."""
    out = np.full(counts.shape, np.nan)
    out[known] = values
    return pd.DataFrame(out, index=counts.index, columns=counts.columns)
