"""Who lives around each zone, the nearer the more."""

from __future__ import annotations

from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from . import _bands, _cells
from ._bands import WITHIN
from ._zones import cost_table, counted, named, placed, regular

Floats = NDArray[np.float64]
Kernel = Literal["uniform", "triangular", "gaussian", "exponential"]

_KERNELS = {"uniform": 1.0, "triangular": 1.0, "gaussian": 4.0, "exponential": 8.0}
"""How many radii each kernel reaches; ``_bands.weights`` knows them by their places here."""


def kernel_environments(
    counts: ArrayLike | pd.DataFrame,
    geometry: gpd.GeoSeries | None = None,
    *,
    radius: float,
    kernel: Kernel = "uniform",
    costs: pd.DataFrame | None = None,
) -> Floats:
    r"""Add up who lives around each zone, the nearer the more.

    Parameters
    ----------
    counts
        Members of each group in each zone, (zones, groups), no count missing. A frame has the
        index of ``geometry``.
    geometry
        Areas or points, in a coordinate system in metres. Not needed where ``costs`` are given
        and ``counts`` is a frame.
    radius
        :math:`r`, in metres, or in the unit of ``costs``.
    kernel
        Weight of people at a distance :math:`d`:

        - ``uniform``: 1 up to :math:`r`, and 0 beyond;
        - ``triangular``: :math:`1 - d / r` up to :math:`r`, and 0 beyond;
        - ``gaussian``: :math:`e^{-d^2 / 2 r^2}` up to :math:`4 r`, and 0 beyond;
        - ``exponential``: :math:`e^{-d / r}` up to :math:`8 r`, and 0 beyond.

        The last two are cut off where the weight is :math:`e^{-8}`, 0.03 %.
    costs
        What the way from zone to zone costs, one row a pair: ``zone``, ``other``, ``cost``
        (metres or minutes). Zones without a row are out of each other's reach. Without a table,
        the distance between centroids counts.

    Returns
    -------
    ndarray
        (zones, groups): weighted sums of the counts.

    Raises
    ------
    ValueError
        Where a count is missing, negative or infinite, the radius is not above 0, the kernel is
        not known, a zone has no place, the coordinates are not metres, or the cost table has an
        unknown zone, a pair twice or a cost that is missing or negative.

    Notes
    -----
    With :math:`n_{jm}` members of group :math:`m` in zone :math:`j` and :math:`\phi` the kernel,

    .. math:: \tilde n_{im} = \sum_j \phi(d_{ij})\, n_{jm}

    The shares of the groups in it are the composition of the local environment in Reardon and
    O'Sullivan (2004). A zone's own people weigh in full, as at distance 0 (in a cost
    table, by the cost of the way to itself, where there is one): the smaller the radius, the
    nearer the environment is to the zone alone.

    On a regular grid, ``uniform`` is two look-ups a row in sums along the rows, the others a
    convolution by Fourier transforms, tile by tile; what these leave below their own rounding is
    0. Of other zones, every pair within reach is weighed, and none is kept.

    References
    ----------
    Reardon, S. F., & O'Sullivan, D. (2004). Measures of spatial segregation. *Sociological
    Methodology*, 34(1), 121–162. https://doi.org/10.1111/j.0081-1750.2004.00150.x

    Lee, B. A., Reardon, S. F., Firebaugh, G., Farrell, C. R., Matthews, S. A., & O'Sullivan, D.
    (2008). Beyond the census tract: patterns and determinants of racial segregation at multiple
    geographic scales. *American Sociological Review*, 73(5), 766–791.
    https://doi.org/10.1177/000312240807300504

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> cells = gpd.GeoSeries(shapely.box([0, 250, 500], 0, [250, 500, 750], 250), crs=3067)
    >>> counts = [[8, 2], [0, 10], [10, 0]]
    >>> kernel_environments(counts, cells, radius=500, kernel="triangular").round(9).tolist()
    [[8.0, 7.0], [9.0, 11.0], [10.0, 5.0]]
    """
    n = counted(counts)
    if not (np.isfinite(radius) and radius > 0):
        raise ValueError(f"radius must be a number above 0, not {radius}")
    if kernel not in _KERNELS:
        raise ValueError(f"there is no kernel {kernel!r}; there are {', '.join(get_args(Kernel))}")
    kind, reach = list(_KERNELS).index(kernel), _KERNELS[kernel] * radius * WITHIN

    def weigh(distance: Floats) -> Floats:
        return _bands.weights(kind, distance / radius)

    if costs is not None:
        start, other, cost, own = cost_table(costs, named(counts, geometry, len(n)))
        around = sparse.csr_array((weigh(cost), other, start), shape=(len(n), len(n))) @ n
        return np.asarray(around + weigh(own)[:, None] * n)
    if len(n) == 0:
        return n.copy()
    places = placed(counts, geometry, len(n))
    cells = regular(places)
    if cells is None:
        return _bands.weighted_sums(places, n, radius, reach, kind)
    if kernel == "uniform":
        return _cells.sums_within(cells, n, reach)
    return _cells.weighted_sums(cells, n, reach, weigh)
