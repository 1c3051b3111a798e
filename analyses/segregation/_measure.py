"""All indices of an attribute, as one tidy table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph

from ...geo import kernels
from . import (
    adjacency,
    centralization,
    chance,
    clustering,
    concentration,
    distortion,
    environment,
    evenness,
    exposure,
    multigroup,
    ordinal,
)
from ._counts import complete
from ._space import Centre, Missing, Space
from ._terms import Floats
from .catalogue import INDICES

NO_PEOPLE = "no people"
ONE_GROUP = "the attribute has only one group"
EVERYBODY = "everybody is in one group"
NO_MEMBERS = "the group has no members"
NO_OTHERS = "the other group has no members"
NOT_ORDERED = "needs groups in an order: ordered=True"
TWO_THRESHOLDS = "needs three groups or more, in order"
OTHERWISE = "not defined for these counts"
_FAR = "some zones are too far from everybody to weigh anything: take a larger distance_unit"
UNDEFINED = {
    "distance_decay_isolation": _FAR,
    "distance_decay_interaction": _FAR,
    "modified_dissimilarity": "chance alone gives as much as there can be",
    "modified_gini": "chance alone gives as much as there can be",
    "spatial_dissimilarity": "no two zones with people are neighbours",
    "boundary_dissimilarity": "no two zones with people have a common border",
    "perimeter_area_dissimilarity": "no two zones with people have a common border",
    "rank_order_information_theory": "too few people on either side of the thresholds",
}
"""Why an index can be undefined though both groups have members."""

COLUMNS = ["group", "other", "index", "dimension", "value", "note"]


@dataclass(frozen=True)
class Rule:
    """How an index of two groups is asked for.

    Attributes
    ----------
    value
        Takes x, y, t (zones, k) and the space, and gives (k,).
    alone
        Whether each group is set against all others together.
    pairs
        Which pairs of groups: none, each ``once``, or ``both`` ways.
    note
        What the value depends on, from the space.
    """

    value: Callable[[Floats, Floats, Floats, Space], Floats]
    alone: bool = True
    pairs: Literal["", "once", "both"] = ""
    note: Callable[[Space], str] = lambda space: ""


def _unit(space: Space) -> str:
    return f"distances in {space.unit}"


def _centre(space: Space) -> str:
    return space.centres[1]


def _parts(space: Space) -> str:
    sampled = len(space.people) > adjacency.EXACT_UP_TO
    return "; ".join(
        filter(None, [space.connected[1], "estimated from 1,000 zones" if sampled else ""])
    )


GROUP: dict[str, Rule] = {
    "dissimilarity": Rule(lambda x, y, t, s: evenness.dissimilarity(x, y), pairs="once"),
    "gini": Rule(lambda x, y, t, s: evenness.gini(x, y), pairs="once"),
    "entropy": Rule(lambda x, y, t, s: evenness.entropy(x, y), pairs="once"),
    "atkinson": Rule(lambda x, y, t, s: evenness.atkinson(x, y), pairs="once"),
    "minmax": Rule(lambda x, y, t, s: evenness.minmax(x, y), pairs="once"),
    "gorard": Rule(lambda x, y, t, s: evenness.gorard(x, y)),
    "bias_corrected_dissimilarity": Rule(
        lambda x, y, t, s: chance.bias_corrected_dissimilarity(x, y), pairs="once"
    ),
    "density_corrected_dissimilarity": Rule(
        lambda x, y, t, s: chance.density_corrected_dissimilarity(x, y), pairs="once"
    ),
    "modified_dissimilarity": Rule(
        lambda x, y, t, s: chance.modified_dissimilarity(x, y), pairs="once"
    ),
    "modified_gini": Rule(lambda x, y, t, s: chance.modified_gini(x, y), pairs="once"),
    "isolation": Rule(lambda x, y, t, s: exposure.isolation(x, t)),
    "interaction": Rule(
        lambda x, y, t, s: exposure.interaction(x, y, t), alone=False, pairs="both"
    ),
    "correlation_ratio": Rule(lambda x, y, t, s: exposure.correlation_ratio(x, t)),
    "concentration_profile": Rule(lambda x, y, t, s: exposure.concentration_profile(x, t)),
    "distance_decay_isolation": Rule(
        lambda x, y, t, s: exposure.distance_decay_isolation(x, t, s.sums), note=_unit
    ),
    "distance_decay_interaction": Rule(
        lambda x, y, t, s: exposure.distance_decay_interaction(x, y, t, s.sums),
        alone=False,
        pairs="both",
        note=_unit,
    ),
    "delta": Rule(lambda x, y, t, s: concentration.delta(x, s.areas)),
    "absolute_concentration": Rule(
        lambda x, y, t, s: concentration.absolute_concentration(x, t, s.unequal_areas)
    ),
    "relative_concentration": Rule(
        lambda x, y, t, s: concentration.relative_concentration(x, y, t, s.unequal_areas),
        pairs="both",
    ),
    "absolute_centralization": Rule(
        lambda x, y, t, s: centralization.absolute_centralization(x, s.areas, s.distance),
        note=_centre,
    ),
    "relative_centralization": Rule(
        lambda x, y, t, s: centralization.relative_centralization(x, y, s.distance),
        pairs="both",
        note=_centre,
    ),
    "absolute_clustering": Rule(
        lambda x, y, t, s: clustering.absolute_clustering(x, t, s.sums), note=_unit
    ),
    "relative_clustering": Rule(
        lambda x, y, t, s: clustering.relative_clustering(x, y, s.sums), pairs="both", note=_unit
    ),
    "spatial_proximity": Rule(
        lambda x, y, t, s: clustering.spatial_proximity(x, y, s.sums), pairs="once", note=_unit
    ),
    "spatial_proximity_profile": Rule(
        lambda x, y, t, s: adjacency.spatial_proximity_profile(x, t, s.connected[0]), note=_parts
    ),
    "spatial_dissimilarity": Rule(
        lambda x, y, t, s: adjacency.spatial_dissimilarity(x, y, s.neighbours), pairs="once"
    ),
    "boundary_dissimilarity": Rule(
        lambda x, y, t, s: adjacency.boundary_dissimilarity(x, y, s.borders), pairs="once"
    ),
    "perimeter_area_dissimilarity": Rule(
        lambda x, y, t, s: adjacency.perimeter_area_dissimilarity(
            x, y, s.borders, s.areas, s.perimeters
        ),
        pairs="once",
    ),
}
"""The indices of a group against others."""

Table = Callable[[Floats, Space], Any]


def _alone(function: Callable[[Floats], Any]) -> Table:
    """Make a function of counts one that is given the space too."""
    return lambda n, space: function(n)


def _around(function: Callable[[Floats, Floats], Any]) -> Table:
    """Make a function of counts and local environments one of counts and the space."""
    return lambda n, space: function(n, space.surroundings(n))


MANY: dict[str, Table] = {
    name: _alone(getattr(multigroup, name))
    for name in (
        "multigroup_dissimilarity",
        "multigroup_gini",
        "information_theory",
        "mutual_information",
        "normalized_exposure",
        "relative_diversity",
        "squared_coefficient_of_variation",
        "divergence",
        "diversity",
        "simpson_concentration",
        "simpson_interaction",
    )
}
"""The indices of all groups at once."""

MANY["global_distortion"] = lambda n, s: distortion.global_distortion(n, s.points, cells=s.cells)
ORDERED = ("ordinal_information_theory", "rank_order_information_theory")
MANY |= {name: _alone(getattr(ordinal, name)) for name in ORDERED}
LOCAL_ENVIRONMENT = ("spatial_information_theory", "spatial_relative_diversity")
MANY |= {name: _around(getattr(environment, name)) for name in LOCAL_ENVIRONMENT}

DIMENSION = {name: INDICES[name].dimension for name in (*GROUP, *MANY)}
"""The indices that there are, and which dimension of segregation each one measures."""

SPATIAL = {name for name in DIMENSION if INDICES[name].needs and INDICES[name].needs != ("order",)}
"""The indices that depend on where the zones are."""

CORRECTED = (
    "bias_corrected_dissimilarity",
    "density_corrected_dissimilarity",
    "modified_dissimilarity",
    "modified_gini",
)
"""The indices from which chance is taken off already."""

_BELOW = ("modified_dissimilarity", "modified_gini")
"""The indices that are below 0 where there is less segregation than chance gives."""

_ROUNDED = tuple(name for name in CORRECTED if name != "density_corrected_dissimilarity")


def measure(
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
    engine: Literal["kvarter", "pysal"] = "kvarter",
) -> pd.DataFrame:
    """Measure the segregation of the groups of one attribute.

    Parameters
    ----------
    counts
        Members of each group in each zone, zones × groups; NaN where they are not known. Every
        person is in one group: the groups of a zone add up to its people. Fractions are allowed.
    geometry
        The zones, with the index of ``counts``, in a system in metres.
    indices
        ``"all"`` or names out of `catalogue`. With ``"all"``, an index that needs what was not
        given has a single row, whose ``note`` says what it needs.
    graph
        Neighbours, by default the zones that touch.
    areas
        Area by zone, by default that of the geometry: of the land only, say.
    centre
        ``"population"`` for the zone nearest to all people, a point (x, y), or several.
    decay
        The weight of a distance, by default exp(-d).
    distance_unit
        The unit of the distances that ``decay`` takes: ``"km"`` or ``"m"``.
    ordered
        Whether the groups stand in an order, as income classes do.
    engine
        ``"pysal"`` has PySAL compute what it offers, see
        `kvarter.analyses.segregation.pysal.measure_with_pysal`; it takes no ``decay`` and no
        ``distance_unit``.

    Returns
    -------
    DataFrame
        One row a figure, with the columns ``group, other, index, dimension, value, note``:

        - each group against all others together (``other`` empty);
        - pairs of groups, once where an index is the same both ways (``dissimilarity``) and both
          ways where it is not (``interaction``: how much the members of ``group`` have to do with
          ``other``);
        - all groups at once (``group`` and ``other`` empty).

        A figure that is not defined, or that the call cannot answer, is NaN, and ``note`` says
        why.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, a group is there twice, there is no group, an index
        is not known, a zone has no geometry, or the geometry is not in metres.
    ImportError
        Where the engine is PySAL and that is not installed.

    Notes
    -----
    A zone where a count of any group is missing is left out of every figure, and ``note`` says
    how many those are. Zones without people weigh nothing. Each formula is with its function, see
    the modules of `kvarter.analyses.segregation`, and in the `catalogue`.

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
    if engine == "pysal":
        if decay is not kernels.exponential or distance_unit != "km":
            raise ValueError("PySAL takes no decay and no distance_unit: it has its own")
        from .pysal import measure_with_pysal

        return measure_with_pysal(
            counts,
            geometry,
            indices=indices,
            graph=graph,
            areas=areas,
            centre=centre,
            ordered=ordered,
        )
    if engine != "kvarter":
        raise ValueError(f"engine is {engine!r}; there are 'kvarter' and 'pysal'")
    wanted = choose(indices, spatial=geometry is not None, ordered=ordered)
    known, n = complete(counts)
    space = Space(counts[known], geometry, graph, areas, centre, decay, distance_unit)
    names = list(counts.columns)
    parts = Parts(n)
    rows = [
        (*labels(names, where), index, value, why)
        for index in wanted
        for where, value, why in _index(index, n, space, parts)
    ]
    if isinstance(indices, str) and indices == "all":
        for index in DIMENSION.keys() - set(wanted):
            if index in ORDERED and not ordered:
                rows.append(("", "", index, np.nan, NOT_ORDERED))
                continue
            found = _index(index, n, space, parts)
            needs = [why for _, _, why in found if why.startswith("needs ")]
            if needs:
                rows.append(("", "", index, np.nan, needs[0]))
            else:
                rows += [(*labels(names, where), index, value, why) for where, value, why in found]
        order = {index: place for place, index in enumerate(DIMENSION)}
        rows.sort(key=lambda row: order[row[2]])
    return tidy(rows, int((~known).sum()))


def tidy(rows: list[tuple[Any, Any, str, float, str]], left_out: int) -> pd.DataFrame:
    """Put figures into a table: group, other, index, value and note, and the zones left out."""
    out = pd.DataFrame(rows, columns=["group", "other", "index", "value", "note"])
    out["value"] = out["value"].astype(float)
    if left_out:
        missing = f"{left_out} zone{'s' if left_out > 1 else ''} left out: counts missing"
        out["note"] = [f"{note}; {missing}" if note else missing for note in out["note"]]
    out["dimension"] = out["index"].map(DIMENSION)
    return out[COLUMNS]


def choose(indices: Literal["all"] | Sequence[str], *, spatial: bool, ordered: bool) -> list[str]:
    """Give the names of the indices that are asked for, or refuse them."""
    if isinstance(indices, str) and indices == "all":
        out = [name for name in DIMENSION if spatial or name not in SPATIAL]
        return [name for name in out if ordered or name not in ORDERED]
    names = [indices] if isinstance(indices, str) else list(indices)
    for name in names:
        if name not in DIMENSION:
            import difflib

            close = difflib.get_close_matches(str(name), DIMENSION, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise ValueError(f"there is no index {name!r}; {hint}see catalogue() for all of them")
    return list(dict.fromkeys(names))


Where = tuple[int, int]
"""A group and another, as columns; -1 for all others or for none."""


def labels(names: list[Any], where: Where) -> tuple[Any, Any]:
    """Name a group and another."""
    group, other = where
    return names[group] if group >= 0 else "", names[other] if other >= 0 else ""


def places(index: str, groups: int, *, pairs: bool = True) -> list[Where]:
    """List the groups and pairs of groups that an index has figures of, the pairs last."""
    if index in MANY:
        return [(-1, -1)]
    rule = GROUP[index]
    out: list[Where] = [(g, -1) for g in range(groups)] if rule.alone else []
    if not pairs:
        return out
    if rule.pairs:
        out += combinations(range(groups), 2)
    if rule.pairs == "both":
        out = sorted([*out, *((h, g) for g, h in out if h >= 0)], key=lambda w: (w[1] >= 0, w))
    return out


class Parts:
    """The groups of counts set against each other, as columns; made once for all indices.

    Parameters
    ----------
    n
        Counts, (zones, groups) or (zones, groups, k).
    """

    def __init__(self, n: Floats) -> None:
        self.single = n.ndim == 2
        # Replicates, then groups, then zones: what is added up lies side by side in memory.
        self.stack = np.ascontiguousarray((n[:, :, None] if self.single else n).transpose(2, 1, 0))
        self.total = self.stack.sum(axis=1, keepdims=True)
        self._made: dict[tuple[Where, ...], tuple[Floats, Floats, Floats]] = {}

    def of(self, where: list[Where]) -> tuple[Floats, Floats, Floats]:
        """Give x, y and t, (zones, replicates * figures) each."""
        key = tuple(where)
        if key not in self._made:
            many, _, zones = self.stack.shape
            x = self.stack[:, [g for g, _ in where]]
            y = self.stack[:, [h for _, h in where]]
            for place, (_, other) in enumerate(where):
                if other < 0:
                    y[:, place] = self.total[:, 0] - x[:, place]
            t = np.broadcast_to(self.total, x.shape)
            flat = many * len(where), zones
            self._made[key] = x.reshape(flat).T, y.reshape(flat).T, t.reshape(flat).T
        return self._made[key]


def evaluate(
    index: str, n: Floats, space: Space, parts: Parts | None = None, *, pairs: bool = True
) -> Floats:
    """Compute an index, for many sets of counts at once.

    Parameters
    ----------
    index
        Its name.
    n
        Counts, (zones, groups) or (zones, groups, k).
    space
        Where the zones are.
    parts
        Of the same counts, where several indices are computed of them.
    pairs
        Whether pairs of groups are among the figures.

    Returns
    -------
    ndarray
        (figures,) or (figures, k), in the order of `places`.

    Raises
    ------
    Missing
        Where the space does not have what the index needs.
    """
    if index in MANY:
        out = np.asarray(MANY[index](n, space), dtype=float).reshape(1, -1)
        return out[:, 0] if n.ndim == 2 else out
    parts = Parts(n) if parts is None else parts
    rule, where = GROUP[index], places(index, n.shape[1], pairs=pairs)
    values = np.asarray(rule.value(*parts.of(where), space), dtype=float)
    out = values.reshape(len(parts.stack), len(where)).T
    return out[:, 0] if parts.single else out


def _index(index: str, n: Floats, space: Space, parts: Parts) -> list[tuple[Where, float, str]]:
    """Give the figures of an index with their notes."""
    where = places(index, n.shape[1])
    why = [_undefined(index, n, place) for place in where]
    note, missing = "", False
    try:
        values = np.full(len(where), np.nan)
        if not all(why):
            if index in SPATIAL:
                _prepare(index, n, space)
            values = evaluate(index, n, space, parts)
            note = GROUP[index].note(space) if index in GROUP else ""
            note = _unit(space) if index in LOCAL_ENVIRONMENT else note
            if index in CORRECTED and (n != np.rint(n)).any():
                note = "counts rounded to whole people"
                if index not in _ROUNDED:
                    note = "counts taken for people: weights that are not give another value"
            if index == "global_distortion" and (space.people > 0).sum() > distortion.EXACT_UP_TO:
                note = f"estimated from where {distortion.SAMPLE:,} people live"
    except Missing as needed:
        note, missing = str(needed), True
    out = []
    for place, value, reason in zip(where, values, why, strict=True):
        if reason:
            value, text = np.nan, reason
        elif np.isnan(value) and not missing:
            text = "; ".join(filter(None, [UNDEFINED.get(index, OTHERWISE), note]))
        elif index in _BELOW and value < 0:
            text = "; ".join(filter(None, ["more even than chance alone makes it", note]))
        else:
            text = note
        out.append((place, float(value), text))
    return out


def _prepare(index: str, n: Floats, space: Space) -> None:
    """Have the distance-weighted sums of all that the indices ask for made in one pass."""
    if index in LOCAL_ENVIRONMENT or (index in GROUP and GROUP[index].note is _unit):
        total = n.sum(axis=1, keepdims=True)
        space.sums(np.hstack([n, total - n, total, np.ones_like(total)]))


def _undefined(index: str, n: Floats, where: Where) -> str:
    """Say why a figure is not defined, whatever the space."""
    people, (group, other) = n.sum(axis=0), where
    if people.sum() == 0:
        return NO_PEOPLE
    if n.shape[1] == 1:
        return ONE_GROUP
    if index in ORDERED and n.shape[1] < 3:
        return TWO_THRESHOLDS
    if group < 0:
        constant = index in ("diversity", "simpson_concentration", "simpson_interaction")
        return EVERYBODY if (people > 0).sum() == 1 and not constant else ""
    if people[group] == 0:
        return NO_MEMBERS
    if other >= 0 and people[other] == 0:
        return NO_OTHERS
    everybody = people[group] == people.sum()
    # Whom the members meet is defined for everybody too: only their own.
    exposed = index in ("isolation", "distance_decay_isolation", "delta")
    exposed |= index in ("absolute_concentration", "absolute_centralization")
    exposed |= index == "absolute_clustering"
    return EVERYBODY if everybody and other < 0 and not exposed else ""
