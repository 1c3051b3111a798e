"""The same indices by PySAL, side by side with ours: for those who check the figures.

PySAL's package ``segregation`` is not needed for anything else: ``pip install kvarter[audit]``.
Where the two differ and why is in ``docs/differences.md``, whose tables are made from here::

    python -m kvarter.analyses.segregation.pysal
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph

from ...geo import kernels
from ._counts import complete
from ._measure import choose, labels, measure, places, tidy
from ._space import Centre, Missing, Space
from ._terms import Floats

NOT_THERE = "not in PySAL"

PAIRS_UP_TO = 10_000
"""PySAL holds arrays of all pairs of zones: of more zones than this, they would not fit."""

SINGLE = {
    "dissimilarity": "Dissim",
    "gini": "Gini",
    "entropy": "Entropy",
    "atkinson": "Atkinson",
    "minmax": "MinMax",
    "bias_corrected_dissimilarity": "BiasCorrectedDissim",
    "density_corrected_dissimilarity": "DensityCorrectedDissim",
    "modified_dissimilarity": "ModifiedDissim",
    "modified_gini": "ModifiedGini",
    "isolation": "Isolation",
    "interaction": "Interaction",
    "correlation_ratio": "CorrelationR",
    "concentration_profile": "ConProf",
    "distance_decay_isolation": "DistanceDecayIsolation",
    "distance_decay_interaction": "DistanceDecayInteraction",
    "delta": "Delta",
    "absolute_concentration": "AbsoluteConcentration",
    "relative_concentration": "RelativeConcentration",
    "absolute_centralization": "AbsoluteCentralization",
    "relative_centralization": "RelativeCentralization",
    "absolute_clustering": "AbsoluteClustering",
    "relative_clustering": "RelativeClustering",
    "spatial_proximity": "SpatialProximity",
    "spatial_proximity_profile": "SpatialProxProf",
    "spatial_dissimilarity": "SpatialDissim",
    "boundary_dissimilarity": "BoundarySpatialDissim",
    "perimeter_area_dissimilarity": "PARDissim",
}
"""PySAL's class for an index of a group against others."""

MULTI = {
    "multigroup_dissimilarity": "MultiDissim",
    "multigroup_gini": "MultiGini",
    "information_theory": "MultiInfoTheory",
    "normalized_exposure": "MultiNormExposure",
    "relative_diversity": "MultiRelativeDiversity",
    "squared_coefficient_of_variation": "MultiSquaredCoefVar",
    "divergence": "MultiDivergence",
    "diversity": "MultiDiversity",
    "simpson_concentration": "SimpsonsConcentration",
    "simpson_interaction": "SimpsonsInteraction",
    "global_distortion": "GlobalDistortion",
}
"""PySAL's class for an index of all groups at once."""

CENTRED = {"absolute_centralization", "relative_centralization"}
BY_DISTANCE = {
    "distance_decay_isolation",
    "distance_decay_interaction",
    "absolute_clustering",
    "relative_clustering",
    "spatial_proximity",
}
CONCENTRATION = {"absolute_concentration", "relative_concentration"}
ACROSS_BORDERS = {
    "spatial_dissimilarity",
    "boundary_dissimilarity",
    "perimeter_area_dissimilarity",
}
BY_BORDER = {"boundary_dissimilarity", "perimeter_area_dissimilarity"}
LINKED = {"spatial_dissimilarity", "spatial_proximity_profile"}
BY_AREA = {*CONCENTRATION, "delta", "absolute_centralization", "perimeter_area_dissimilarity"}
PAIRWISE = {
    *BY_DISTANCE,
    *ACROSS_BORDERS,
    "spatial_proximity_profile",
    "multigroup_gini",
    "global_distortion",
}
DRAWN = {"bias_corrected_dissimilarity", "modified_dissimilarity", "modified_gini"}


@dataclass(frozen=True)
class Case:
    """What a figure is of.

    Attributes
    ----------
    x, y
        Members of the group and of those it is compared with, (zones,); of an index of all groups,
        the people of each zone and nobody.
    n
        The members of all groups, (zones, groups).
    pair
        Whether it is of two groups out of more.
    space
        Where the zones are.
    """

    x: Floats
    y: Floats
    n: Floats
    pair: bool
    space: Space

    @cached_property
    def empty_zones(self) -> bool:
        """Whether a zone has nobody of those who are compared."""
        return bool((self.x + self.y == 0).any())

    @cached_property
    def nobody(self) -> bool:
        """Whether a group has no members, or there is only one group."""
        return bool((self.n.sum(axis=0) == 0).any() or self.n.shape[1] == 1 or self.y.sum() == 0)

    @cached_property
    def equal_areas(self) -> bool:
        """Whether some zones are of one size."""
        areas = np.sort(self.space.areas)
        return bool((np.diff(areas) <= 1e-9 * areas[-1]).any())

    @cached_property
    def equal_distances(self) -> bool:
        """Whether some zones lie as far from the centre as others."""
        away = np.sort(self.space.distance)
        return bool((np.diff(away) <= 1e-9 * max(away[-1], 1e-300)).any())

    @cached_property
    def apart(self) -> bool:
        """Whether some zones cannot be reached from others by way of neighbours."""
        return bool(self.space.connected[1])


def always(case: Case) -> bool:
    """Tell that a departure is there whatever the town."""
    return True


DEPARTURES: list[tuple[set[str], Callable[[Case], bool], str]] = [
    (
        {"relative_clustering"},
        always,
        "PySAL's sum for a group is of c_ij x_j², not of c_ij x_i x_j, and its c_ij grows with "
        "distance",
    ),
    (BY_DISTANCE, always, "PySAL's weight is 1 − exp(−d), which grows with distance"),
    (
        {"interaction", "relative_concentration"},
        lambda case: case.pair,
        "PySAL knows two groups: the people of a zone are those two",
    ),
    (
        CONCENTRATION,
        lambda case: case.equal_areas,
        "PySAL takes zones of one size in an order of its own",
    ),
    (
        CENTRED,
        lambda case: case.equal_distances,
        "PySAL takes zones at one distance one by one",
    ),
    (
        {"boundary_dissimilarity"},
        always,
        "PySAL gives each zone, not each border, a weight by length",
    ),
    (
        ACROSS_BORDERS,
        lambda case: case.empty_zones,
        "PySAL gives a zone without people a share of 0, which differs from its neighbours'",
    ),
    (
        BY_BORDER,
        lambda case: case.apart,
        "PySAL gives a zone without neighbours the nearest as one",
    ),
    (
        {"spatial_proximity_profile"},
        lambda case: case.apart,
        "PySAL takes parts without a common border for infinitely far from each other",
    ),
    (
        {"spatial_proximity_profile", "concentration_profile"},
        always,
        "PySAL adds up 1,000 thresholds; here the integral is exact",
    ),
    (
        {"bias_corrected_dissimilarity"},
        always,
        "PySAL's mean is of 500 draws; here it is that of the distribution",
    ),
    (
        {"modified_dissimilarity", "modified_gini"},
        always,
        "PySAL's expectation is of 500 draws that are all the same; here it is exact",
    ),
    (
        {"density_corrected_dissimilarity"},
        always,
        "PySAL's search begins at 0 with a wide tolerance, and in large zones it stays there",
    ),
    (
        {"global_distortion"},
        always,
        "PySAL adds up divergences step by step, so that they grow with the number of zones",
    ),
    (
        {*SINGLE, *MULTI},
        lambda case: case.nobody,
        "PySAL divides by the members of a group that has none",
    ),
]
"""Where PySAL is known to differ: which indices, when, and why. The first that fits is told."""


def measure_with_pysal(
    counts: pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    indices: Literal["all"] | Sequence[str] = "all",
    graph: Graph | None = None,
    areas: pd.Series | None = None,
    centre: Centre = "population",
    ordered: bool = False,
    seed: int = 1,
) -> pd.DataFrame:
    """Have PySAL measure the segregation of the groups of one attribute.

    Parameters
    ----------
    counts, geometry, indices, graph, areas, centre, ordered
        See `kvarter.analyses.segregation.measure`.
    seed
        Of PySAL's random draws.

    Returns
    -------
    DataFrame
        As `measure` gives it, with PySAL's values and its defaults otherwise. A figure that PySAL
        does not have, or that it fails at, is NaN, and ``note`` says so. For a pair, PySAL is
        given those two groups alone.

    Raises
    ------
    ImportError
        Where PySAL's ``segregation`` is not installed.
    ValueError
        See `measure`.

    Notes
    -----
    PySAL takes the areas of the outlines, one centre, and weights of distance of its own. It holds
    arrays of all pairs of zones: indices that need those are left out of more than 10,000 zones.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"owner": [90, 10], "rented": [10, 90]})
    >>> measure_with_pysal(counts, indices=["gini"])[["group", "other", "value"]].round(2)
        group   other  value
    0   owner            0.8
    1  rented            0.8
    2   owner  rented    0.8
    """
    wanted = choose(indices, spatial=geometry is not None, ordered=ordered)
    singlegroup, multigroup = _pysal()
    known, n = complete(counts)
    space = Space(counts[known], geometry, graph, areas, centre)
    names = list(counts.columns)
    rows = []
    for index in wanted:
        module = singlegroup if index in SINGLE else multigroup
        make = getattr(module, {**SINGLE, **MULTI}.get(index, ""), None)
        refusal = NOT_THERE if make is None else ""
        if make is not None and areas is not None and index in BY_AREA:
            refusal = "PySAL takes the areas of the outlines"
        for where in places(index, n.shape[1]):
            value, note = np.nan, refusal
            if not refusal:
                value, note = _value(index, make, _case(n, where, space), seed)
            rows.append((*labels(names, where), index, value, note))
    return tidy(rows, int((~known).sum()))


def audit(
    counts: pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    indices: Literal["all"] | Sequence[str] = "all",
    graph: Graph | None = None,
    areas: pd.Series | None = None,
    centre: Centre = "population",
    decay: Callable[[Floats], Floats] = kernels.exponential,
    distance_unit: Literal["km", "m"] = "km",
    ordered: bool = False,
    seed: int = 1,
) -> pd.DataFrame:
    """Set the figures of `measure` beside those of PySAL.

    Parameters
    ----------
    counts, geometry, indices, graph, areas, centre, decay, distance_unit, ordered
        See `kvarter.analyses.segregation.measure`.
    seed
        Of PySAL's random draws.

    Returns
    -------
    DataFrame
        One row a figure, ``group, other, index, value, pysal, difference, note``: the difference
        is PySAL's value less ours. ``note`` says why the two differ, where that is known, or why
        one of them is not there; it is empty where they agree. A difference without a note is
        one to look into.

    Raises
    ------
    ImportError
        Where PySAL's ``segregation`` is not installed.
    ValueError
        See `measure`.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"owner": [90, 10], "rented": [10, 90]})
    >>> audit(counts, indices=["gini"])[["group", "other", "value", "pysal"]].round(2)
        group   other  value  pysal
    0   owner            0.8    0.8
    1  rented            0.8    0.8
    2   owner  rented    0.8    0.8
    """
    indices = choose(indices, spatial=geometry is not None, ordered=ordered)
    # Without PySAL, nobody should wait for our own figures first.
    theirs = measure_with_pysal(
        counts,
        geometry,
        indices=indices,
        graph=graph,
        areas=areas,
        centre=centre,
        ordered=ordered,
        seed=seed,
    )
    out = measure(
        counts,
        geometry,
        indices=indices,
        graph=graph,
        areas=areas,
        centre=centre,
        decay=decay,
        distance_unit=distance_unit,
        ordered=ordered,
    )
    out["pysal"] = theirs["value"]
    out["difference"] = out["pysal"] - out["value"]
    known, n = complete(counts)
    space = Space(counts[known], geometry, graph, areas, centre, decay, distance_unit)
    where = [place for index in out["index"].unique() for place in places(index, n.shape[1])]
    out["note"] = [
        _why(row.index, row.value, row.pysal, ours, not_there, _case(n, place, space))
        for row, ours, not_there, place in zip(
            out[["index", "value", "pysal"]].itertuples(index=False, name="Row"),
            out["note"],
            theirs["note"],
            where,
            strict=True,
        )
    ]
    return out[["group", "other", "index", "value", "pysal", "difference", "note"]]


def _pysal() -> tuple[Any, Any]:
    """Import PySAL's package, which not everybody has and which is slow to import."""
    before = np.geterr()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from segregation import multigroup, singlegroup
    except ImportError as missing:
        raise ImportError(
            "PySAL's package segregation is not there; pip install kvarter[audit]"
        ) from missing
    finally:
        # It turns numpy's warnings off for everybody.
        np.seterr(**before)
    return singlegroup, multigroup


def _case(n: Floats, where: tuple[int, int], space: Space) -> Case:
    """Say what a figure is of."""
    (group, other), total = where, n.sum(axis=1)
    if group < 0:
        return Case(total, np.zeros_like(total), n, False, space)
    x = n[:, group]
    y = n[:, other] if other >= 0 else total - x
    return Case(x, y, n, other >= 0 and n.shape[1] > 2, space)


def _value(index: str, make: Any, case: Case, seed: int) -> tuple[float, str]:
    """Give PySAL's value, or say why it has none."""
    if index in PAIRWISE and len(case.x) > PAIRS_UP_TO:
        return np.nan, f"PySAL needs all pairs of zones at once, too many above {PAIRS_UP_TO:,}"
    try:
        frame, given = _frame(index, case)
    except Missing as reason:
        return np.nan, str(reason)
    with _as_it_was(seed):
        try:
            # Its errors are of every kind, and none of them may end a table of figures.
            value = float(make(frame, **given).statistic)
        except Exception as error:
            return np.nan, f"PySAL fails: {str(error) or type(error).__name__}"
    return (value, "") if np.isfinite(value) else (np.nan, f"PySAL gives {value}")


def _frame(index: str, case: Case) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Give what PySAL takes: a frame, and how to read it."""
    space = case.space
    given: dict[str, Any] = {}
    if index in MULTI:
        columns = {f"group_{k}": _whole(case.n[:, k]) for k in range(case.n.shape[1])}
        given["groups"] = list(columns)
    else:
        columns = {"group": _whole(case.x), "total": _whole(case.x + case.y)}
        given |= {"group_pop_var": "group", "total_pop_var": "total"}
    if index in CENTRED:
        if len(space.centres[0]) > 1:
            raise Missing("PySAL takes one centre")
        given["center"] = tuple(float(place) for place in space.centres[0][0])
    if index in LINKED:
        given["w"] = Graph.from_sparse(space.neighbours).to_W()
    if index in DRAWN - {"bias_corrected_dissimilarity"}:
        # In several threads, the draws would depend on which of them is first.
        given["n_jobs"] = 1
    try:
        outlines = space.geometry.reset_index(drop=True)
    except Missing:
        if index in {*PAIRWISE, *CENTRED, *BY_AREA} - {"multigroup_gini"}:
            raise
        return pd.DataFrame(columns), given
    return gpd.GeoDataFrame(columns, geometry=outlines), given


def _whole(counts: Floats) -> np.ndarray:
    """Give whole numbers as integers, which PySAL's random draws ask for."""
    return counts.astype(np.int64) if (counts == np.rint(counts)).all() else counts


@contextmanager
def _as_it_was(seed: int) -> Iterator[None]:
    """Seed the generator that PySAL draws from, keep warnings away, and put all back."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def _why(index: str, value: float, pysal: float, ours: str, theirs: str, case: Case) -> str:
    """Say why two figures differ, as far as that is known."""
    if theirs == NOT_THERE:
        return theirs
    if np.isnan(value):
        return ours
    if np.isnan(pysal) and not theirs.startswith("PySAL gives"):
        return theirs
    if abs(pysal - value) <= 1e-9 * max(1.0, abs(value)):
        return ""
    for where, when, why in DEPARTURES:
        if index in where and _holds(when, case):
            return why
    return theirs


def _holds(when: Callable[[Case], bool], case: Case) -> bool:
    """Tell whether a departure is to be expected, as far as what was given allows."""
    try:
        return when(case)
    except Missing:
        return False


if __name__ == "__main__":
    import sys

    from ._differences import markdown

    # The page is UTF-8 wherever it is made.
    sys.stdout.buffer.write(markdown().encode())
