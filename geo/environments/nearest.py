"""The k people who live nearest to each zone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from . import _bands, _cells
from ._zones import cost_table, counted, named, placed, regular

Floats = NDArray[np.float64]


def nearest_people(
    counts: ArrayLike | pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    people: ArrayLike,
    costs: pd.DataFrame | None = None,
) -> tuple[Floats, Floats]:
    r"""Tell who the k people are that live nearest to each zone.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups), no count missing. A frame has the
        index of ``geometry``.
    geometry
        Areas or points, in a coordinate system in metres. Not needed where ``costs`` are given
        and ``counts`` is a frame.
    people
        How many people, k, or several such numbers, in any order.
    costs
        What the way from zone to zone costs, one row a pair: ``zone``, ``other``, ``cost``
        (metres or minutes). Zones without a row are out of each other's reach. Without a table,
        the distance between centroids counts.

    Returns
    -------
    environments
        (k's, zones, groups): members of each group among the k people. The groups add up to k.
    distances
        (k's, zones): how far the zone's people must go to have k around them: kilometres, or
        the unit of ``costs``.

        Both are NaN where the zones, or those within reach of the zone, have fewer than k people.

    Raises
    ------
    ValueError
        Where a count is missing, negative or infinite, k is not above 0, a zone has no place, the
        coordinates are not metres, or the cost table has an unknown zone, a pair twice or a cost
        that is missing or negative.

    Notes
    -----
    A zone's own people come first, then zone after zone by distance, all zones at one distance
    (a ring) together. Of the ring in which k is reached, a part is taken, the same of each group:
    with :math:`A_m` members within and :math:`R_m` in the ring,

    .. math::

        \tilde n_m = A_m + f R_m, \qquad f = \frac{k - \sum_m A_m}{\sum_m R_m}

    so that the environment has k people exactly. Where the zone itself has k people, it is the
    environment, in part. The distance is that of the ring, and at least that of a zone from
    itself, :math:`\sqrt{0.6 \cdot \text{area}}`; in a cost table, the cost of the way from the
    zone to itself, 0 where there is none.

    On a regular grid the people in a circle are two look-ups a row in sums along the rows. The
    squared radius, a whole number in cells, is found by interpolation and bisection, so the time
    grows with the radius and not with the people or cells inside. Other zones are sorted into
    bands, where those within a distance are found by bisection. There is no matrix of all pairs.

    References
    ----------
    Östh, J., Clark, W. A. V., & Malmberg, B. (2015). Measuring the scale of segregation using
    k-nearest neighbor aggregates. *Geographical Analysis*, 47(1), 34–49.
    https://doi.org/10.1111/gean.12053

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> cells = gpd.GeoSeries(shapely.box([0, 250, 500], 0, [250, 500, 750], 250), crs=3067)
    >>> counts = [[8, 2], [0, 10], [10, 0]]
    >>> environments, distances = nearest_people(counts, cells, people=[5, 20])
    >>> environments[:, 1].tolist()
    [[0.0, 5.0], [9.0, 11.0]]
    >>> distances[:, 1].round(3).tolist()
    [0.194, 0.25]
    """
    n = counted(counts)
    k = np.atleast_1d(np.asarray(people, dtype=np.float64))
    if k.ndim != 1 or not (np.isfinite(k) & (k > 0)).all():
        raise ValueError(f"people must be numbers above 0, not {k.tolist()}")
    order = np.argsort(k, kind="stable")
    ranked = k[order]
    found = np.full((len(k), *n.shape), np.nan)
    distances = np.full((len(k), len(n)), np.nan)
    if costs is not None:
        table = cost_table(costs, named(counts, geometry, len(n)))
        _bands.nearest_by_cost(*table, n, n.sum(axis=1), ranked, found, distances)
    elif len(n):
        places = placed(counts, geometry, len(n))
        cells = regular(places)
        if cells is None:
            _bands.nearest_people(places, n, ranked, found, distances)
        else:
            _cells.nearest_people(cells, n, ranked, found, distances)
        distances /= 1000
    back = np.argsort(order)
    return found[back], distances[back]
