"""Scale: how segregation depends on the size of the environment, and on the zones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ...geo import crs, environments, grid
from . import environment, evenness, exposure, multigroup
from ._counts import complete
from ._measure import NO_MEMBERS
from ._notes import join, left_out, nothing
from ._terms import Floats, divide

PROFILE: dict[str, Callable[[Floats, Floats], float | Floats]] = {
    "spatial_information_theory": environment.spatial_information_theory,
    "spatial_relative_diversity": environment.spatial_relative_diversity,
    "spatial_divergence": environment.spatial_divergence,
    "spatial_isolation": environment.spatial_isolation,
}
"""The indices of a profile. The last one has a value a group, the others one for all groups."""

ZONING = ("multigroup_dissimilarity", "information_theory", "dissimilarity", "isolation")
"""The indices that are compared between zones. The last two have a value a group."""

_BY_GROUP = {"spatial_isolation", "dissimilarity", "isolation"}

_COLUMNS = ["scale", "unit", "group", "index", "value", "note"]


def profile(
    counts: pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    neighbours: Sequence[float] | None = None,
    radius: Sequence[float] | None = None,
    costs: pd.DataFrame | None = None,
    kernel: environments.Kernel = "uniform",
    indices: Literal["all"] | Sequence[str] = "all",
) -> pd.DataFrame:
    """Measure the segregation of local environments, from small to large.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.
    geometry
        Areas or points with the same index, in a coordinate system in metres. Not needed where
        ``costs`` are given.
    neighbours
        Scales in people: environments of the k nearest people. See
        :func:`~kvarter.geo.environments.nearest_people`.
    radius
        Scales in metres, or in the unit of ``costs``. See
        :func:`~kvarter.geo.environments.kernel_environments`. Exactly one of ``neighbours`` and
        ``radius`` is given.
    costs
        What the way from zone to zone costs, in place of the distance between centroids:
        ``zone``, ``other``, ``cost``.
    kernel
        How people at a distance weigh, for ``radius`` alone.
    indices
        ``"all"`` or names out of :data:`PROFILE`.

    Returns
    -------
    DataFrame
        One row a figure, ``scale, unit, group, index, value, note``, from the smallest scale to
        the largest: ``spatial_information_theory``, ``spatial_relative_diversity`` and
        ``spatial_divergence`` (nats) of all groups together (``group`` empty), and the
        ``spatial_isolation`` of each group. ``unit`` is ``people``, ``m``, or ``cost`` with a cost
        table. A figure that is not defined is NaN, and ``note`` says why.

    Raises
    ------
    ValueError
        Where not exactly one kind of scale is given, a scale is not above 0, an index is not
        known, zones have no place, or counts or costs are wrong.

    Notes
    -----
    The formulas are with the functions of :mod:`~kvarter.analyses.segregation.environment`. Zones
    where a count is missing are nobody's neighbours, and ``note`` says how many those are. Nobody
    lives beyond the edge of the study area: environments near it lie on one side.

    References
    ----------
    Reardon, S. F., Matthews, S. A., O'Sullivan, D., Lee, B. A., Firebaugh, G., Farrell, C. R., &
    Bischoff, K. (2008). The geographic scale of metropolitan racial segregation. *Demography*,
    45(3), 489–514. https://doi.org/10.1353/dem.0.0019

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd, shapely
    >>> west = [0, 250, 500, 750]
    >>> cells = gpd.GeoSeries([shapely.box(x, 0, x + 250, 250) for x in west], crs=3067)
    >>> counts = pd.DataFrame({"owner": [10, 8, 2, 0], "rented": [0, 2, 8, 10]})
    >>> table = profile(
    ...     counts, cells, neighbours=[10, 20, 40], indices=["spatial_information_theory"]
    ... )
    >>> table[["scale", "unit", "value"]].round(3)
       scale    unit  value
    0   10.0  people  0.639
    1   20.0  people  0.325
    2   40.0  people  0.000
    """
    wanted = _wanted(indices, PROFILE)
    n, known = _known(counts)
    names = list(counts.columns)
    people = n.sum(axis=1)
    if costs is None:
        geometry = _alike(counts, geometry)
        # Zones without people have no part in anything, and the search is faster without.
        lived = people > 0
        n, people, counts, geometry = n[lived], people[lived], counts[lived], geometry[lived]
    missing = left_out(int((~known).sum()))
    rows: list[tuple[float, str, object, str, float, str]] = []
    for step in _steps(n, geometry, counts.index, neighbours, radius, costs, kernel):
        without = np.isnan(step.around).any(axis=1)
        far = int((without & (people > 0)).sum())
        short = f"fewer than {step.scale:,.0f} people"
        if people.sum() >= step.scale:
            short += " within reach"
        for name in wanted:
            values = PROFILE[name](n, step.around)
            for group, value in _each(name, values, len(names)):
                if np.isnan(value):
                    reason = short if without.any() and without.all() else _reason(n, group)
                    why = reason or short
                else:
                    why = left_out(far, short)
                note = join(why, missing)
                whom = "" if group is None else names[group]
                rows.append((step.scale, step.unit, whom, name, value, note))
    return pd.DataFrame(rows, columns=_COLUMNS)


def macro_micro(profile: pd.DataFrame) -> pd.DataFrame:
    """Compare the segregation of the largest environments with that of the smallest.

    Parameters
    ----------
    profile
        What :func:`profile` gave, with two scales or more.

    Returns
    -------
    DataFrame
        One row an index and group, ``group, index, smallest, largest, unit, value, note``. The
        value is the index at the largest scale divided by that at the smallest: near 1 where
        groups live apart in whole parts of the town, near 0 where within neighbourhoods. NaN
        where one of the two is, or where the divisor is 0, and ``note`` says why.

    Raises
    ------
    ValueError
        Where there are fewer than two scales, or scales in different units.

    Notes
    -----
    Reardon et al. divide the spatial information theory index within 4,000 m by the one within
    500 m.

    References
    ----------
    Reardon, S. F., Matthews, S. A., O'Sullivan, D., Lee, B. A., Firebaugh, G., Farrell, C. R., &
    Bischoff, K. (2008). The geographic scale of metropolitan racial segregation. *Demography*,
    45(3), 489–514. https://doi.org/10.1353/dem.0.0019

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd, shapely
    >>> west = [0, 250, 500, 750]
    >>> cells = gpd.GeoSeries([shapely.box(x, 0, x + 250, 250) for x in west], crs=3067)
    >>> counts = pd.DataFrame({"owner": [10, 8, 2, 0], "rented": [0, 2, 8, 10]})
    >>> ratios = macro_micro(profile(counts, cells, neighbours=[10, 20]))
    >>> ratios.loc[ratios["index"] == "spatial_information_theory", "value"].round(3).tolist()
    [0.508]
    """
    scales = np.unique(profile["scale"])
    if len(scales) < 2 or len(np.unique(profile["unit"])) != 1:
        raise ValueError("a ratio needs a profile with two scales or more, in one unit")
    least, most = (
        profile[profile["scale"] == scale].set_index(["index", "group"])[["value", "note"]]
        for scale in (scales[0], scales[-1])
    )
    most = most.reindex(least.index)
    # What rounding leaves of 0 is no divisor.
    nothing = least["value"].abs() < 1e-12
    value = divide(most["value"], least["value"].mask(nothing, 0.0))
    notes = []
    for none, *said in zip(nothing, least["note"], most["note"].fillna("none"), strict=True):
        parts = [f"no segregation at {scales[0]:,.0f}"] if none else []
        ends = zip((scales[0], scales[-1]), said, strict=True)
        parts += [f"at {scale:,.0f}: {note}" for scale, note in ends if note]
        notes.append("; ".join(parts))
    return pd.DataFrame(
        {
            "group": least.index.get_level_values("group"),
            "index": least.index.get_level_values("index"),
            "smallest": scales[0],
            "largest": scales[-1],
            "unit": profile["unit"].iloc[0],
            "value": value,
            "note": notes,
        }
    )


def divergence_profile(
    counts: pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    neighbours: Sequence[float] | None = None,
    radius: Sequence[float] | None = None,
    costs: pd.DataFrame | None = None,
    kernel: environments.Kernel = "uniform",
) -> pd.DataFrame:
    """Tell for each zone how far its environment is from the whole, from small to large.

    Parameters
    ----------
    counts, geometry, neighbours, radius, costs, kernel
        As for :func:`profile`.

    Returns
    -------
    DataFrame
        Zones × (figure, scale): ``divergence`` of the environment from the whole in nats, and,
        for ``neighbours``, the ``distance`` the zone needed to have so many people (km, or the
        unit of the costs), for ``radius``, the weighted ``people`` in the environment. NaN where
        a count of the zone is missing, where nobody is in the environment, and where there are
        fewer people than asked for. ``out["divergence"]`` has one column a scale.

    Raises
    ------
    ValueError
        As for :func:`profile`.

    Notes
    -----
    The formula is with
    :func:`~kvarter.analyses.segregation.environment.local_spatial_divergence`. How soon the
    profile of a zone comes down tells how far its people must go to see the whole town.

    References
    ----------
    Olteanu, M., Randon-Furling, J., & Clark, W. A. V. (2019). Segregation through the multiscalar
    lens. *Proceedings of the National Academy of Sciences*, 116(25), 12250–12254.
    https://doi.org/10.1073/pnas.1900192116

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd, shapely
    >>> west = [0, 250, 500, 750]
    >>> cells = gpd.GeoSeries([shapely.box(x, 0, x + 250, 250) for x in west], crs=3067)
    >>> counts = pd.DataFrame({"owner": [10, 8, 2, 0], "rented": [0, 2, 8, 10]})
    >>> divergence_profile(counts, cells, neighbours=[10, 20, 40])["divergence"].round(3)
    scale   10.0   20.0  40.0
    0      0.693  0.368   0.0
    1      0.193  0.082   0.0
    2      0.193  0.082   0.0
    3      0.693  0.368   0.0
    """
    n, known = _known(counts)
    if costs is None:
        geometry = _alike(counts, geometry)
    columns: dict[tuple[str, float], Floats] = {}
    for step in _steps(n, geometry, counts.index, neighbours, radius, costs, kernel):
        divergence = environment.local_spatial_divergence(n, step.around)
        columns["divergence", step.scale] = np.where(known, divergence, np.nan)
        if step.distance is None:
            extent, figure = step.around.sum(axis=1), "people"
        else:
            extent, figure = step.distance, "distance"
        columns[figure, step.scale] = np.where(known, extent, np.nan)
    order = sorted(columns, key=lambda column: column[0] != "divergence")
    out = pd.DataFrame({column: columns[column] for column in order}, index=counts.index)
    out.columns = pd.MultiIndex.from_tuples(order, names=["figure", "scale"])
    return out


def zoning(
    counts: pd.DataFrame,
    geometry: gpd.GeoSeries,
    *,
    sizes: float | Sequence[float] = (250, 500, 1000, 2000),
    origins: int = 4,
    indices: Literal["all"] | Sequence[str] = "all",
) -> pd.DataFrame:
    """Measure the segregation of the same people in square zones of other sizes and places.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known.
    geometry
        Areas or points with the same index, in a coordinate system in metres.
    sizes
        Sides of the squares in metres, none smaller than the zones themselves.
    origins
        At how many places each grid is laid, a square number: 4 are the south-western corner of
        the study area, and half a square east of it, north of it, and both.
    indices
        ``"all"`` or names out of :data:`ZONING`.

    Returns
    -------
    DataFrame
        One row a figure, ``size, origin, zones, group, index, value, note``: the number of squares
        with people, the ``multigroup_dissimilarity`` and ``information_theory`` of all groups
        together (``group`` empty), and the ``dissimilarity`` and ``isolation`` of each group
        against all others. ``origin`` is how far the grid lies east and north of the corner, in
        squares. A figure that is not defined is NaN, and ``note`` says why.

    Raises
    ------
    ValueError
        Where a size is smaller than the zones (the side of a regular grid's cells; otherwise that
        of a square as large as the middle one of the areas), ``origins`` is not a square number,
        an index is not known, or counts or places are wrong.

    Notes
    -----
    The modifiable areal unit problem: an index of zones depends on how large they are (scale) and
    on where their borders run (zoning). Rows of one size show what the borders do alone; rows of
    one origin, what the size does. A zone's people are counted where its centroid is. Squares as
    large as the cells of a regular grid are those cells, at any origin.

    References
    ----------
    Openshaw, S. (1984). *The modifiable areal unit problem*. Geo Books.

    Wong, D. W. S. (2004). Comparing traditional and spatial segregation measures: a spatial scale
    perspective. *Urban Geography*, 25(1), 66–82. https://doi.org/10.2747/0272-3638.25.1.66

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd, shapely
    >>> west = [0, 250, 500, 750]
    >>> cells = gpd.GeoSeries([shapely.box(x, 0, x + 250, 250) for x in west], crs=3067)
    >>> counts = pd.DataFrame({"owner": [10, 8, 2, 0], "rented": [0, 2, 8, 10]})
    >>> table = zoning(counts, cells, sizes=[250, 500], indices=["information_theory"])
    >>> table[["size", "origin", "zones", "value"]].round(3).iloc[[0, 1, 4, 5]]
        size  origin  zones  value
    0  250.0    0, 0      4  0.639
    1  250.0  1/2, 0      4  0.639
    4  500.0    0, 0      2  0.531
    5  500.0  1/2, 0      3  0.500
    """
    wanted = _wanted(indices, ZONING)
    parts = round(origins**0.5)
    if origins < 1 or parts**2 != origins:
        raise ValueError(f"origins must be a square number, such as 1, 4 or 9, not {origins}")
    n, known = _known(counts)
    lived, names = n.sum(axis=1) > 0, list(counts.columns)
    geometry = _alike(counts, geometry)
    # The corner is that of the study area, wherever in it people live.
    placed = lived | ~(geometry.isna() | geometry.is_empty).to_numpy()
    at, unit, own = _positions(geometry[placed])
    n, at = n[lived], at[lived[placed]]
    sides = np.atleast_1d(np.asarray(sizes, dtype=np.float64))
    bad = ~(np.isfinite(sides) & (sides > 0) & (sides >= own * (1 - grid.TOLERANCE)))
    if bad.any():
        raise ValueError(
            f"squares of {sides[bad][0]:g} m are smaller than the zones, whose side is "
            f"{own:,.0f} m; how people live inside a zone is not known: take larger squares"
        )
    missing = left_out(int((~known).sum()))
    shifts = [Fraction(part, parts) for part in range(parts)]
    rows: list[tuple[float, str, int, object, str, float, str]] = []
    for side, north, east in product(sides, shifts, shifts):
        squares = _aggregate(n, at, side / unit, float(east), float(north))
        for name in wanted:
            for group, value in _each(name, _measured(name, squares), len(names)):
                why = _reason(n, group) if np.isnan(value) else ""
                note = join(why, missing)
                whom = "" if group is None else names[group]
                rows.append((side, f"{east}, {north}", len(squares), whom, name, value, note))
    columns = ["size", "origin", "zones", "group", "index", "value", "note"]
    return pd.DataFrame(rows, columns=columns)


def _wanted(indices: Literal["all"] | Sequence[str], known: Iterable[str]) -> list[str]:
    """Give the names of the indices that are asked for."""
    if isinstance(indices, str):
        indices = list(known) if indices == "all" else [indices]
    unknown = [name for name in indices if name not in known]
    if unknown:
        raise ValueError(f"there is no index {unknown[0]!r}; there are {', '.join(known)}")
    return list(dict.fromkeys(indices))


def _known(counts: pd.DataFrame) -> tuple[Floats, NDArray[np.bool_]]:
    """Give the counts, 0 in every group where one is missing, and tell where none is."""
    known, some = complete(counts)
    n = np.zeros(counts.shape)
    n[known] = some
    return n, known


def _alike(counts: pd.DataFrame, geometry: gpd.GeoSeries | None) -> gpd.GeoSeries:
    """Give the places in the order of the counts."""
    if geometry is None:
        raise ValueError("give the zones' geometry, or costs between them")
    if counts.index.equals(geometry.index):
        return geometry
    for index in (counts.index, geometry.index):
        if not index.is_unique:
            twice = index[index.duplicated()][0]
            raise ValueError(f"zone {twice!r} is there twice; give each zone an index of its own")
    lost = counts.index.difference(geometry.index, sort=False)
    if len(lost):
        raise ValueError(f"zone {lost[0]!r} has counts and no geometry")
    return geometry.loc[counts.index]


class _Step(NamedTuple):
    """The environments at one scale."""

    scale: float
    unit: str
    around: Floats
    distance: Floats | None


def _steps(
    n: Floats,
    geometry: gpd.GeoSeries | None,
    zones: pd.Index,
    neighbours: Sequence[float] | None,
    radius: Sequence[float] | None,
    costs: pd.DataFrame | None,
    kernel: environments.Kernel,
) -> Iterator[_Step]:
    """Give the environments from the smallest scale to the largest."""
    if (neighbours is None) == (radius is None):
        raise ValueError("give neighbours (numbers of people) or radius (distances), one of both")
    if neighbours is not None and kernel != "uniform":
        raise ValueError(f"kernel {kernel!r} is for radius; the nearest people all weigh alike")
    scales = np.unique(np.asarray(radius if neighbours is None else neighbours, dtype=np.float64))
    if len(scales) == 0:
        raise ValueError("give one scale or more")
    frame = pd.DataFrame(n, index=zones)
    if neighbours is not None:
        around, distances = environments.nearest_people(
            frame, geometry, people=scales, costs=costs
        )
        for k, one, distance in zip(scales, around, distances, strict=True):
            yield _Step(float(k), "people", one, distance)
        return
    for reach in scales:
        one = environments.kernel_environments(
            frame, geometry, radius=float(reach), kernel=kernel, costs=costs
        )
        yield _Step(float(reach), "m" if costs is None else "cost", one, None)


def _each(
    name: str, values: float | Floats, groups: int
) -> list[tuple[int, float]] | list[tuple[None, float]]:
    """Give the values of an index by group, or the one for all."""
    if name not in _BY_GROUP:
        return [(None, float(np.squeeze(values)))]
    # With one group only, everybody would have nobody else around, whatever the zones are like.
    by_group = np.full(1, np.nan) if groups == 1 else np.asarray(values)
    return [(group, float(value)) for group, value in enumerate(by_group)]


def _reason(n: Floats, group: int | None) -> str:
    """Say why a figure is not defined, if that is in the counts."""
    members = n.sum(axis=0)
    if group is not None and members.any() and members[group] == 0:
        return NO_MEMBERS
    return nothing(members)


def _positions(geometry: gpd.GeoSeries) -> tuple[Floats, float, float]:
    """Give how far centroids are from the south-western corner, in what unit, and a zone's side.

    On a regular grid the unit is the cell, so that no rounding moves one across a border.
    """
    crs.require_metres(geometry, "the zones")
    if len(geometry) == 0:
        return np.zeros((0, 2)), 1.0, 0.0
    cells = grid.detect(geometry)
    if cells is not None:
        return np.stack([cells.column, cells.row], axis=1) + 0.5, cells.size, cells.size
    shapes = np.asarray(geometry.values)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        raise ValueError(
            f"zone {geometry.index[empty][0]!r} has no place; leave out the zones without geometry"
        )
    at = shapely.get_coordinates(shapely.centroid(shapes)) - shapely.total_bounds(shapes)[:2]
    return at, 1.0, float(np.sqrt(np.median(shapely.area(shapes))))


def _aggregate(n: Floats, at: Floats, side: float, east: float, north: float) -> Floats:
    """Add up the zones of each square; the grid starts so many squares east and north."""
    if abs(side - round(side)) < grid.TOLERANCE:
        side = round(side)
    # A centroid on a border belongs to the square that begins there.
    column, row = np.floor(at / side - [east, north] + 1e-6).astype(np.int64).T
    width = int(column.max()) + 2 if len(column) else 1
    square, found = pd.factorize(row * width + column)
    sums = [np.bincount(square, members, minlength=len(found)) for members in n.T]
    return np.stack(sums, axis=1)


def _measured(name: str, squares: Floats) -> float | Floats:
    """Measure the segregation between the squares."""
    total = squares.sum(axis=1)
    if name == "dissimilarity":
        return evenness.dissimilarity(squares, total[:, None] - squares)
    if name == "isolation":
        return exposure.isolation(squares, total)
    if name == "information_theory":
        return multigroup.information_theory(squares)
    return multigroup.multigroup_dissimilarity(squares)
