"""Travel costs that others have computed: R5, r5py, the Helsinki Region Travel Time Matrix."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from . import travel
from .names import quoted

NO_ROUTE = -1
"""What stands for no route, beside an empty cell: of all negative numbers this one alone."""


class AbsentColumn(ValueError):
    """A column that is named and not there.

    Parameters
    ----------
    name
        The column.
    columns
        Those that are there.
    where
        The name of the file, or what else it is not in.
    """

    def __init__(self, name: str, columns: pd.Index, where: str) -> None:
        self.name, self.columns, self.where = name, [str(column) for column in columns], where
        there = ", ".join(map(repr, self.columns))
        super().__init__(f"{where} has no column {name!r}; it has {there}")


def read(
    paths: str | Path | Iterable[str | Path],
    zones: pd.Index,
    services: pd.Index,
    *,
    modes: Mapping[str, str],
    origin: str = "from_id",
    destination: str = "to_id",
    unit: str = "minutes",
) -> dict[str, pd.DataFrame]:
    r"""Read travel costs from files of pairs.

    Parameters
    ----------
    paths
        A CSV file (commas, semicolons or tabs), a Parquet file (``.parquet``), or several of one
        kind, such as the files by destination of the Helsinki Region Travel Time Matrix. A CSV may
        be compressed (``.gz``, ``.zip``, ``.zst``).
    zones, services, modes, origin, destination, unit
        See :func:`from_frame`.

    Returns
    -------
    dict of DataFrame
        See :func:`from_frame`.

    Raises
    ------
    ValueError
        Where no file is given, one is not there, damaged or without rows, or lacks a column; and
        see :func:`from_frame`.

    Notes
    -----
    Of each file only the rows of zones and services in the study are kept, so that a region's
    thousands of files need not fit into memory.

    Examples
    --------
    >>> import tempfile
    >>> text = "from_id;to_id;walk_t;pt_r_t\n1;9;40;22\n2;9;-1;35\n"
    >>> modes = {"walk": "walk_t", "transit": "pt_r_t"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "travel_times_to_9.txt"
    ...     _ = file.write_text(text)
    ...     tables = read(file, pd.Index(["1", "2"]), pd.Index(["9"]), modes=modes)
    >>> tables["walk"]["cost"].tolist(), tables["transit"]["cost"].tolist()
    ([40.0], [22.0, 35.0])
    """
    files = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not files:
        raise ValueError("name at least one file of travel costs")
    _check_modes(modes)
    columns = [origin, destination, *modes.values()]
    known = set(_text(zones)), set(_text(services))
    parts, seen, example = [], 0, ""
    for file in files:
        frame = _file(file, columns)
        seen += len(frame)
        example = example or _example(frame, origin, destination)
        for column, names in zip(columns[:2], known, strict=True):
            frame[column] = _text(frame[column])
            if len(files) > 1:
                frame = frame[frame[column].isin(names)]
        parts.append(frame)
    frame = pd.concat(parts, ignore_index=True)
    if not seen:
        raise ValueError(f"{files[0].name} has no rows")
    if not len(frame):
        raise ValueError(_strangers(files[0].name, example, zones, services))
    kept = len(frame)
    tables = from_frame(
        frame, zones, services, modes=modes, origin=origin, destination=destination, unit=unit
    )
    for table in tables.values():
        table.attrs["left_out"] += seen - kept
    return tables


def from_frame(
    frame: pd.DataFrame,
    zones: pd.Index,
    services: pd.Index,
    *,
    modes: Mapping[str, str],
    origin: str = "from_id",
    destination: str = "to_id",
    unit: str = "minutes",
) -> dict[str, pd.DataFrame]:
    """Make cost tables, one a mode, of a frame of pairs.

    Parameters
    ----------
    frame
        One row a pair, such as R5 and r5py give them.
    zones, services
        The names of all zones and all services of the study. Numbers and their texts are one.
    modes
        The columns of costs by what the mode shall be called: ``{"transit": "travel_time"}``.
    origin, destination
        The columns that name the zone and the service.
    unit
        ``"minutes"`` or ``"metres"``.

    Returns
    -------
    dict of DataFrame
        The cost tables by mode. A pair whose cost is -1 or empty has no route and is left out. So
        are pairs of zones or services that the study has not: ``attrs["left_out"]`` is their
        number.

    Raises
    ------
    ValueError
        Where a column is not there, no pair is of the study, a pair is there twice, a cost is no
        number, infinite or negative and not -1, the unit is unknown, or two zones or services of
        the study have one name.

    Examples
    --------
    >>> frame = pd.DataFrame({"from_id": [1, 2, 3], "to_id": [9, 9, 9], "travel_time": [8, -1, 5]})
    >>> costs = from_frame(
    ...     frame, pd.Index([1, 2]), pd.Index([9]), modes={"transit": "travel_time"}
    ... )["transit"]
    >>> costs.to_dict("list"), costs.attrs
    ({'zone': [1], 'service': [9], 'cost': [8.0]}, {'unit': 'minutes', 'left_out': 1})
    """
    _check_modes(modes)
    if unit not in travel.UNITS:
        raise ValueError(f"unit must be 'minutes' or 'metres', not {unit!r}")
    absent = [name for name in (origin, destination, *modes.values()) if name not in frame]
    if absent:
        raise AbsentColumn(absent[0], frame.columns, "the matrix")
    zone, service = (
        _codes(frame[origin], zones, "zones"),
        _codes(frame[destination], services, "services"),
    )
    ours = (zone >= 0) & (service >= 0)
    if len(frame) and not ours.any():
        example = _example(frame, origin, destination)
        raise ValueError(_strangers("the matrix", example, zones, services))
    left_out = int((~ours).sum())
    frame, zone, service = frame[ours], zone[ours], service[ours]
    pair = zone * max(len(services), 1) + service
    if len(np.unique(pair)) < len(pair):
        row = frame[pd.Series(pair).duplicated().to_numpy()].iloc[[0]]
        raise ValueError(
            f"the way {_pair(row, origin, destination)} is there twice; keep one, such as the "
            "median departure or the rush hour"
        )
    tables = {}
    for mode, column in modes.items():
        amount = _amounts(frame, column, origin, destination)
        route = ~np.isnan(amount)
        tables[mode] = travel.table(
            zone[route], service[route], amount[route], zones, services, unit
        )
        tables[mode].attrs["left_out"] = left_out
    return tables


def _check_modes(modes: Mapping[str, str]) -> None:
    """Refuse modes that are none."""
    if not modes:
        raise ValueError('modes names no column; name one a mode, such as {"walk": "walk_t"}')


def _file(file: Path, columns: list[str]) -> pd.DataFrame:
    """Read the columns of one file, those of a CSV as text."""
    if not file.is_file():
        raise ValueError(f"{file} is not there")
    try:
        if file.suffix == ".parquet":
            frame = pd.read_parquet(file)
        else:
            head = pd.read_csv(file, sep="\x1f", nrows=1, header=None, dtype=str, quoting=3)
            line = str(head.iloc[0, 0])
            mark = max(";,\t", key=line.count)
            frame = pd.read_csv(
                file, sep=mark, dtype=str, skipinitialspace=True, quoting=csv.QUOTE_MINIMAL
            )
            if frame.iloc[:, -1].isna().any():
                _refuse_cut(file, mark, len(frame))
    except (pa.ArrowException, OSError, ValueError, EOFError) as error:
        raise ValueError(f"{file.name} is damaged, cut off or no table: {error}") from error
    frame.columns = frame.columns.astype(str).str.strip().str.removeprefix("\ufeff")
    absent = [name for name in columns if name not in frame]
    if absent:
        raise AbsentColumn(absent[0], frame.columns, file.name)
    return frame[list(dict.fromkeys(columns))].copy()


def _refuse_cut(file: Path, mark: str, rows: int) -> None:
    """Refuse a file with lines of fewer columns than the first: what they lack is not empty."""
    lines = pd.read_csv(file, sep="\x1f", header=None, dtype=str, quoting=csv.QUOTE_NONE)[0]
    marks = lines.str.count(mark).to_numpy()
    short = np.flatnonzero(marks < marks[0])
    # Lines within quotes make more of them than there are rows; nobody can tell then.
    if len(short) and len(lines) == rows + 1:
        raise ValueError(f"{quoted(lines[short[0]])} has fewer columns than the first line")


def _text(names: pd.Series | pd.Index) -> pd.Series:
    """Give names as text, whole numbers without a decimal point."""
    out = pd.Series(names).reset_index(drop=True)
    if pd.api.types.is_float_dtype(out) and (out.dropna() % 1 == 0).all():
        out = out.astype("Int64")
    out = out.astype(object)
    return out.where(out.isna(), out.astype(str).str.strip()).set_axis(
        names.index if isinstance(names, pd.Series) else range(len(names))
    )


def _codes(names: pd.Series, known: pd.Index, what: str) -> NDArray[np.int64]:
    """Give the numbers of names in an index, -1 for those that it has not."""
    index = pd.Index(_text(known))
    if not index.is_unique:
        raise ValueError(f"two {what} are called {quoted(index[index.duplicated()][0])}")
    return index.get_indexer(_text(names)).astype(np.int64)


def _amounts(
    frame: pd.DataFrame, column: str, origin: str, destination: str
) -> NDArray[np.float64]:
    """Give the costs, NaN for no route, or refuse them."""
    given = frame[column]
    amount = pd.to_numeric(given, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    empty = given.isna() | (given.astype(str).str.strip() == "")
    none = empty.to_numpy() | (amount == NO_ROUTE)
    bad = ~none & ~((amount >= 0) & np.isfinite(amount))
    if bad.any():
        row = frame[bad].iloc[[0]]
        found = quoted(row[column].iloc[0])
        raise ValueError(
            f"{column} {_pair(row, origin, destination)} is {found}; a cost is a number of 0 or "
            "more, and -1 or an empty cell where there is no route"
        )
    return np.where(none, np.nan, amount)


def _pair(row: pd.DataFrame, origin: str, destination: str) -> str:
    """Name the pair of a frame of one row."""
    return f"from {quoted(row[origin].iloc[0])} to {quoted(row[destination].iloc[0])}"


def _example(frame: pd.DataFrame, origin: str, destination: str) -> str:
    """Name the pair of the first row that names one."""
    row = frame[frame[[origin, destination]].notna().all(axis=1)].iloc[:1]
    return _pair(row, origin, destination) if len(row) else ""


def _strangers(where: str, example: str, zones: pd.Index, services: pd.Index) -> str:
    """Say that no pair is of the study."""
    names = [repr(str(index[0])) if len(index) else "none" for index in (zones, services)]
    theirs = f"the first is {example}, and " if example else ""
    return (
        f"no row of {where} is of a zone and a service of the study: {theirs}the study has zones "
        f"such as {names[0]} and services such as {names[1]}; give both the same names"
    )
