"""Parts of lines."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from ._speed import Floats


def cut(lines: NDArray[np.object_], start: Floats, end: Floats) -> NDArray[np.object_]:
    """Take a part out of each line.

    Parameters
    ----------
    lines
        Lines, (n,).
    start, end
        Where the parts begin and end, as shares of the line's length, (n,); start below end.

    Returns
    -------
    array
        (n,) lines.

    Examples
    --------
    >>> line = shapely.from_wkt(["LINESTRING (0 0, 10 0, 10 10)"])
    >>> str(cut(line, np.array([0.25]), np.array([0.75]))[0])
    'LINESTRING (5 0, 10 0, 10 5)'
    """
    points, line = shapely.get_coordinates(lines, return_index=True)
    step = np.hypot(*np.diff(points, axis=0).T)
    run = np.concatenate([[0.0], np.where(np.diff(line) == 0, step, 0.0).cumsum()])
    first = np.searchsorted(line, np.arange(len(lines)))
    last = np.searchsorted(line, np.arange(len(lines)), side="right") - 1
    at = run - run[first][line]
    total = run[last] - run[first]
    begin, stop = start * total, end * total
    inner = (at > begin[line]) & (at < stop[line])
    number = np.arange(len(lines))
    tips = [
        shapely.get_coordinates(shapely.line_interpolate_point(lines, where))
        for where in (begin, stop)
    ]
    which = np.concatenate([number, line[inner], number])
    where = np.concatenate([begin, at[inner], stop])
    order = np.lexsort((where, which))
    every = np.concatenate([tips[0], points[inner], tips[1]])
    return shapely.linestrings(every[order], indices=which[order])
