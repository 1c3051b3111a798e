"""The statistical grid: from codes of cells to squares, and from squares to rows and columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .names import quoted
from .options import finite

TOLERANCE = 0.01
"""How far a cell may be from its place on the lattice, as a share of the cell's side."""

_LONG = re.compile(r"(?:CRS3035)?RES(\d+)(m|km)N(\d+)E(\d+)", re.IGNORECASE)
_SHORT = re.compile(r"(\d+)(m|km)(?:N(\d+)E(\d+)|E(\d+)N(\d+))", re.IGNORECASE)
_PLAIN = re.compile(r"\d{12,13}")


@dataclass(frozen=True, eq=False)
class Grid:
    """Where the cells of a regular grid are.

    Attributes
    ----------
    size
        Side of a cell, in the units of the coordinates.
    row, column
        ``int64`` arrays, one number a cell; rows count northward and columns eastward from 0,
        the southernmost and westernmost that is there.
    """

    size: float
    row: np.ndarray
    column: np.ndarray


def from_codes(
    codes: pd.Series, *, size: float = 250, errors: Literal["raise", "coerce"] = "raise"
) -> gpd.GeoSeries:
    """Turn the codes of grid cells into squares.

    Parameters
    ----------
    codes
        One code a cell, text or whole numbers, all of one kind:

        - INSPIRE, ``CRS3035RES1000mN3420000E4321000``: side, northing and easting of the
          south-western corner in metres, in EPSG:3035;
        - its short form, ``1kmN3420E4321`` or ``1kmE4321N3420``, the coordinates without as many
          zeros as the side in metres ends in: ``250mN34200E43210`` is at 342,000 m north;
        - plain, ``3852506672000``: easting (6 digits) and northing (7 digits) of the
          south-western corner in metres, in EPSG:3067. Where a table lost the easting's leading
          zero, it is put back.
    size
        Side in metres of a cell whose code does not tell it (the plain kind).
    errors
        With ``coerce``, what is missing or of no kind gives None, as long as one code is of one.

    Returns
    -------
    GeoSeries
        Squares with the index of ``codes``, in the coordinate system of their kind.

    Raises
    ------
    ValueError
        Names the first code that is of no kind, or whose corner is not a whole number of cells
        from the origin, and its row, counted from 1; or says that two kinds are mixed.

    References
    ----------
    INSPIRE Thematic Working Group Coordinate Reference Systems and Geographical Grid Systems
    (2014). D2.8.I.2 Data Specification on Geographical Grid Systems, Technical Guidelines 3.1.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = from_codes(pd.Series(["CRS3035RES1000mN3420000E4321000", "1kmN3421E4321"]))
    >>> cells.total_bounds.tolist()
    [4321000.0, 3420000.0, 4322000.0, 3422000.0]
    >>> from_codes(pd.Series([3852506672000])).crs.to_epsg()
    3067
    """
    if not (finite(size) and size > 0):
        raise ValueError(f"the side of a cell must be above 0 metres, not {quoted(size)}")
    known = np.ones(len(codes), dtype=bool)
    if errors == "coerce" and not (known := np.array([_is_code(c) for c in codes], bool)).any():
        known[:] = True
    read = [
        _read(code, size, int(row) + 1)
        for row, code in zip(np.flatnonzero(known), codes[known], strict=True)
    ]
    if not read:
        return gpd.GeoSeries([], index=codes.index, crs=3035, name=codes.name)
    crs = {part[0] for part in read}
    if len(crs) > 1:
        rows = np.flatnonzero(known)
        one = rows[0]
        row = next(r for r, part in zip(rows, read, strict=True) if part[0] != read[0][0])
        raise ValueError(
            f"the grid-cell code {quoted(codes.iloc[row])} in row {row + 1} is of another kind "
            f"than {quoted(codes.iloc[one])} in row {one + 1}; give cells of one coordinate "
            "system at a time"
        )
    side, east, north = np.array([part[1:] for part in read], dtype=float).T
    squares = np.full(len(codes), None, dtype=object)
    squares[known] = shapely.box(east, north, east + side, north + side)
    return gpd.GeoSeries(squares, index=codes.index, crs=crs.pop(), name=codes.name)


def _written(code: object) -> str:
    """Give a code as text, empty where there is none."""
    if isinstance(code, (float, np.floating)) and float(code).is_integer():
        code = int(code)
    return "" if code is None or code is pd.NA or code != code else str(code).strip()


def _is_code(code: object) -> bool:
    """Tell whether a code is of one of the kinds, wherever its cell may lie."""
    text = _written(code)
    return any(kind.fullmatch(text) for kind in (_PLAIN, _LONG, _SHORT))


def _read(code: object, size: float, row: int) -> tuple[int, float, int, int]:
    """Give a code's coordinate system, side, easting and northing."""
    text = _written(code)
    if match := _LONG.fullmatch(text):
        side = float(int(match[1]) * (1000 if match[2].lower() == "km" else 1))
        crs, north, east = 3035, int(match[3]), int(match[4])
    elif match := _SHORT.fullmatch(text):
        metres = int(match[1]) * (1000 if match[2].lower() == "km" else 1)
        unit = 10 ** (len(str(metres)) - len(str(metres).rstrip("0")))
        side, crs = float(metres), 3035
        north, east = int(match[3] or match[6]) * unit, int(match[4] or match[5]) * unit
    elif _PLAIN.fullmatch(text):
        digits = text.zfill(13)
        side, crs, east, north = float(size), 3067, int(digits[:6]), int(digits[6:])
    else:
        shown = repr(text) if text else "missing"
        raise ValueError(
            f"the grid-cell code in row {row} is {shown}; expected the like of "
            "'CRS3035RES1000mN3420000E4321000', '1kmN3420E4321' or '3852506672000'"
        )
    if side <= 0 or east % side or north % side:
        raise ValueError(
            f"the grid-cell code {text!r} in row {row} is no south-western corner of a cell of "
            f"{side:g} m: {east} m east or {north} m north is not a multiple of the side"
        )
    return crs, side, east, north


def detect(geometry: gpd.GeoSeries) -> Grid | None:
    """Tell where the cells are, if the areas are cells of one regular grid.

    Parameters
    ----------
    geometry
        Areas. Published cells have gaps of millimetres and sides that differ by as much: a
        cell may be off its size and its place by 1 % of its side.

    Returns
    -------
    Grid or None
        None where an area is no square, squares differ in size, lie off one lattice, are turned
        against the axes, or where two are in the same place.

    Notes
    -----
    The distances between neighbouring corners, from west to east, are whole numbers of cells: the
    numbers are added up, so that a side that is 249.998 m and not 250 m does not add up to a
    wrong column 60 km on. The side is the one that fits all corners best (least squares), and
    every corner is then compared with its place.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> cells = gpd.GeoSeries(shapely.box([0, 250, 750], 0, [250, 500, 1000], 250))
    >>> detect(cells).column
    array([0, 1, 3])
    """
    shapes = np.asarray(geometry.values)
    if len(shapes) == 0 or not np.isin(shapely.get_type_id(shapes), [3, 6]).all():
        return None
    if (shapely.get_num_geometries(shapes) != 1).any() or shapely.is_empty(shapes).any():
        return None
    bounds = shapely.bounds(shapes)
    sides = bounds[:, 2:] - bounds[:, :2]
    side = float(np.median(sides))
    near = TOLERANCE * side
    # A turned or notched shape fills less of the box around it.
    full = np.abs(shapely.area(shapes) - sides.prod(axis=1)) <= near * side
    if side <= 0 or (np.abs(sides - side) > near).any() or not full.all():
        return None
    numbers = [_numbers(bounds[:, axis], side) for axis in (0, 1)]
    column, row = numbers
    if not pd.Index(row * (column.max() + 1) + column).is_unique:
        return None
    pitch = _pitch(bounds, numbers) or side
    if abs(pitch - side) > near:
        return None
    for axis, number in enumerate(numbers):
        off = bounds[:, axis] - number * pitch
        if np.abs(off - np.median(off)).max() > near:
            return None
    return Grid(pitch, row, column)


def _numbers(corner: np.ndarray, side: float) -> np.ndarray:
    """Count cells from the lowest corner, adding up the steps between neighbouring ones."""
    places, inverse = np.unique(corner, return_inverse=True)
    steps = np.rint(np.diff(places) / side).astype(np.int64)
    return np.concatenate([[0], np.cumsum(steps)])[inverse]


def _pitch(bounds: np.ndarray, numbers: list[np.ndarray]) -> float | None:
    """Fit the distance from cell to cell, the same along both axes; None for a single cell."""
    along = across = 0.0
    for axis, number in enumerate(numbers):
        apart = number - number.mean()
        along += float(apart @ (bounds[:, axis] - bounds[0, axis]))
        across += float(apart @ apart)
    return along / across if across > 0 else None
