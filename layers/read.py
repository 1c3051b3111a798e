"""Reading a file: anything GDAL reads, GeoParquet, and tables with coordinates or cell codes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from ..geo import grid
from ..geo.crs import inside as inside_area
from ..geo.crs import name as crs_name
from ..geo.crs import same
from .checks import Checks, first
from .errors import ColumnError, LayerError
from .mapping import Layer

LEFT_OUT = "_left_out"

_TABLES = {".csv", ".tsv", ".txt"}
_GARBLED = r"Ã[\x80-\xbf¤¶…–„]|\ufffd"
"""What UTF-8 letters of Finnish and Swedish look like when read as Latin-1, or lost altogether."""

_FAULTS = (
    (r"Expected (\d+) fields in line (\d+), saw (\d+)", r"line \2 has \3 columns in place of \1"),
    (r"line (\d+), character (\d+)", r"line \1 breaks off, or is wrong, at character \2"),
    (r"EOF inside string starting at row (\d+)", r"a quotation mark in row \1 is not closed"),
    (r"malformed|corrupt|magic bytes|footer|parsing feature|out of range", "damaged or cut off"),
    (r"geo metadata", "a Parquet table without geometry"),
    (r"recognized", "no geographic data, or damaged"),
    (r"can't decode byte (\S+) in position (\d+)", r"byte \2 (\1) is no text in it"),
)
"""What libraries say of a file, and what it means for a person."""


def read(
    path: Path,
    spec: Layer,
    crs: str,
    checks: Checks,
    layer: str,
    *,
    cell: str | None = None,
    cell_size: float = 250,
) -> gpd.GeoDataFrame:
    """Read a file as it is and bring its places into the study's coordinate system.

    Parameters
    ----------
    path
        The file; its ending tells GeoParquet (``.parquet``) and tables (``.csv``, ``.tsv``,
        ``.txt``) from what GDAL reads.
    spec
        What the study declares about it.
    crs
        The study's projected coordinate system, in metres.
    checks
        Collects what was found and done.
    layer
        The layer's name in the study, for messages.
    cell
        Column of grid-cell codes.
    cell_size
        Side in metres of a cell whose code does not tell its size.

    Returns
    -------
    GeoDataFrame
        One row a place, in ``crs``, with a text column ``LEFT_OUT`` that names the rule by which
        a row cannot be used, empty for the others: whoever reads a layer accounts for those.

    Raises
    ------
    LayerError
        Where the file is missing, empty, cut off, has no places or no coordinate system, or lies
        outside the coordinate system it claims.
    ColumnError
        Where a column that the study names is not there.
    """
    if not path.exists():
        raise LayerError(path, "There is no such file.", _near(path))
    if path.is_file() and path.stat().st_size == 0:
        raise LayerError(path, "The file is empty (0 bytes).", "Export it again from its source.")
    table = path.suffix.lower() in _TABLES
    raw = _table(path, spec, checks, layer) if table else _spatial(path, spec)
    if len(raw) == 0:
        raise LayerError(path, "The layer has 0 rows.", "Export it again with its rows.")
    raw = _where(raw, path, spec, checks, layer)
    if cell:
        require(raw, [cell], path, "cell")
        try:
            places = grid.from_codes(raw[cell], size=cell_size)
        except ValueError as error:
            cure = "A code is CRS3035RES1000mN…E… or 13 digits, easting then northing."
            raise LayerError(path, f"Column {cell!r}: {error}.", cure) from None
        raw = gpd.GeoDataFrame(
            pd.DataFrame(raw).drop(columns="geometry", errors="ignore"), geometry=places
        )
    elif spec.x and spec.y:
        require(raw, [spec.x, spec.y], path, "x, y")
        east, north = (_coordinates(raw[c], path, c) for c in (spec.x, spec.y))
        points = shapely.points(east, north)
        points[np.isnan(east) | np.isnan(north)] = None
        raw = gpd.GeoDataFrame(
            pd.DataFrame(raw).drop(columns="geometry", errors="ignore"), geometry=points
        )
    elif not isinstance(raw, gpd.GeoDataFrame):
        cure = "Name its coordinates with x and y, or its column of cell codes with cell."
        raise LayerError(path, "The table has no geometry.", cure)
    if raw.geometry.name != "geometry":
        raw = raw.rename_geometry("geometry")
    places = raw.geometry.to_numpy()
    # Some formats know only multipolygons: one of a single part is a polygon again.
    single = (shapely.get_type_id(places) == 6) & (shapely.get_num_geometries(places) == 1)
    if single.any():
        places = places.copy()
        places[single] = shapely.get_geometry(places[single], 0)
        raw = raw.set_geometry(gpd.GeoSeries(places, index=raw.index, crs=raw.crs))
    _text(raw, checks, layer)
    return _project(_with_crs(raw, path, spec, checks, layer), path, crs, checks, layer)


def _near(path: Path) -> str:
    """Say which file might have been meant."""
    if not path.parent.is_dir():
        return f"Neither is there a folder {path.parent}. Paths count from the study file."
    names = [entry.name for entry in path.parent.iterdir()]
    close = difflib.get_close_matches(path.name, names, n=1)
    return (
        f"Did you mean {close[0]!r}?"
        if close
        else "Correct the path; it counts from the folder of the study file."
    )


def require(frame: pd.DataFrame, columns: Iterable[str], path: Path, key: str) -> None:
    """Raise ColumnError unless the frame has the columns that the study's key names."""
    for column in columns:
        if column not in frame.columns:
            names = [str(name) for name in frame.columns if name not in ("geometry", LEFT_OUT)]
            close = difflib.get_close_matches(column, names, n=1, cutoff=0.5)
            listed = ", ".join(names[:30]) + (" …" if len(names) > 30 else "")
            hint = f"Did you mean {close[0]!r}? " if close else ""
            raise ColumnError(
                path,
                f"There is no column {column!r}, which {key} in the study file names.",
                f"{hint}The columns are: {listed}.",
            )


def _spatial(path: Path, spec: Layer) -> gpd.GeoDataFrame:
    """Read GeoParquet or what GDAL reads."""
    if path.suffix.lower() in {".parquet", ".geoparquet"}:
        try:
            return gpd.read_parquet(path)
        except (ValueError, OSError) as error:
            cure = "Write it with geopandas.to_parquet, or give it as a GeoPackage."
            raise LayerError(path, f"Not readable as GeoParquet: {fault(error)}.", cure) from None
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if spec.layer and spec.layer not in layers:
            raise LayerError(
                path, f"It has no layer {spec.layer!r}.", f"Its layers are: {', '.join(layers)}."
            )
        if not spec.layer and len(layers) > 1:
            raise LayerError(
                path, f"It has {len(layers)} layers.", f"Name one: layer = one of {layers}."
            )
        frame = gpd.read_file(path, layer=spec.layer or layers[0], encoding=spec.encoding)
        promised = pyogrio.read_info(path, layer=spec.layer or layers[0])["features"]
        if len(frame) < promised:
            cut = f"Only {len(frame)} of its {promised} rows can be read: it is cut off."
            raise LayerError(path, cut, "Export it again.")
    except LayerError:
        raise
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, IndexError) as error:
        what = f"Not readable as geographic data: {fault(error)}."
        raise LayerError(path, what, "Open it in QGIS, or export it again.") from None
    except (ValueError, RuntimeError, UnicodeDecodeError) as error:
        raise LayerError(path, f"Not readable: {fault(error)}.", "Export it again.") from None
    return frame


def fault(error: Exception) -> str:
    """Say in a few words what a library found wrong with a file.

    Parameters
    ----------
    error
        What it raised.

    Returns
    -------
    str
        What it means, where that is known; else the beginning of its message.

    Examples
    --------
    >>> fault(ValueError("sqlite3_step() failed: database disk image is malformed"))
    'damaged or cut off'
    """
    text = str(error)
    for pattern, meaning in _FAULTS:
        if found := re.search(pattern, text):
            return found.expand(meaning)
    start = re.split(r"[;\n]|\. ", text.strip())[0].rstrip(".")
    return (start if len(start) <= 100 else start[:99] + "…") or "the reason is not known"


def _table(path: Path, spec: Layer, checks: Checks, layer: str) -> pd.DataFrame:
    """Read a table as text columns where they are no numbers, whatever its encoding."""
    encoding = spec.encoding or "utf-8-sig"
    head = path.open("rb").read(65536)
    separator = max(b",;\t", key=lambda byte: head.split(b"\n", 1)[0].count(bytes([byte])))
    try:
        if not spec.encoding:
            try:
                path.read_bytes().decode("utf-8-sig")
            except UnicodeDecodeError:
                encoding = "cp1252"
                checks.found(layer, "text_encoding", 1, path.name, "read as Windows-1252")
        columns = [spec.x, spec.y]
        code = getattr(spec, "cell", None), getattr(spec, "id", None)
        text = {column: "str" for column in code if column and column not in columns}
        return pd.read_csv(path, sep=chr(separator), encoding=encoding, dtype=text)  # type: ignore[arg-type]
    except (LookupError, UnicodeDecodeError) as error:
        raise LayerError(
            path, f"Not in the encoding {encoding!r}: {fault(error)}.", "Correct encoding."
        ) from None
    except (ValueError, pd.errors.ParserError) as error:
        raise LayerError(
            path, f"Not readable as a table: {fault(error)}.", "Export it again as CSV."
        ) from None


def _where(raw: pd.DataFrame, path: Path, spec: Layer, checks: Checks, layer: str) -> pd.DataFrame:
    """Keep the rows that the study asks for."""
    require(raw, spec.where, path, "where")
    for column, wanted in spec.where.items():
        accepted = {str(value) for value in (wanted if isinstance(wanted, list) else [wanted])}
        keep = raw[column].astype(str).isin(accepted)
        if not keep.any():
            values = first(sorted(raw[column].astype(str).unique()), 8)
            raise LayerError(
                path,
                f"No row has {column} = {' or '.join(sorted(accepted))}.",
                f"The column has: {values}.",
            )
        if not keep.all():
            checks.found(layer, "filtered", (~keep).sum(), f"{column} ≠ {wanted}", "left out")
            name, _, year = layer.partition(" ")
            number = int(year) if year else None
            checks.step(name, number, "rows", len(raw), int(keep.sum()), "filtered")
        raw = raw[keep]
    return raw.reset_index(drop=True)


def _coordinates(column: pd.Series, path: Path, name: str) -> np.ndarray:
    """Read coordinates, with a decimal comma where the table has one."""
    if not pd.api.types.is_numeric_dtype(column):
        text = column.astype("string").str.replace(",", ".").str.replace(r"\s", "", regex=True)
        numbers = pd.to_numeric(text, errors="coerce")
        bad = column[numbers.isna() & column.notna()]
        if len(bad):
            raise LayerError(
                path,
                f"Column {name!r}, row {bad.index[0] + 2}: {bad.iloc[0]!r} is no coordinate.",
                "Correct it, or name another column.",
            )
        column = numbers
    return column.to_numpy(dtype=float, na_value=np.nan)


def _text(raw: gpd.GeoDataFrame, checks: Checks, layer: str) -> None:
    """Look for text that was garbled before it came here."""
    for column in raw.columns:
        if pd.api.types.is_string_dtype(raw[column]) or raw[column].dtype == object:
            bad = raw[column].astype("string").str.contains(_GARBLED, regex=True, na=False)
            example = first(raw.loc[bad, column])
            checks.found(layer, "text_encoding", bad.sum(), f"{column}: {example}", "kept")


def _with_crs(
    raw: gpd.GeoDataFrame, path: Path, spec: Layer, checks: Checks, layer: str
) -> gpd.GeoDataFrame:
    """Give the layer the coordinate system that the study declares, where it has none."""
    missing = raw.geometry.isna() | raw.geometry.is_empty
    if missing.all():
        raise LayerError(path, "No row has a geometry.", "Is it a layer with places?")
    raw = raw.assign(**{LEFT_OUT: np.where(missing, "geometry_missing", "")})
    if raw.crs is None:
        if spec.crs is None:
            raise LayerError(
                path,
                "It has no coordinate system.",
                f'Declare it in {_table_of(layer)}: crs = "EPSG:3067", or the one it was made in.',
            )
        checks.found(layer, "crs_assumed", len(raw), spec.crs, f"taken as {spec.crs}")
        raw = raw.set_crs(spec.crs)
    elif spec.crs and not getattr(spec, "cell", None) and not same(CRS(raw.crs), CRS(spec.crs)):
        example = f"the file says {crs_name(CRS(raw.crs))}"
        checks.found(layer, "crs_overridden", len(raw), example, f"taken as {spec.crs}")
        raw = raw.set_crs(spec.crs, allow_override=True)
    return raw


def _table_of(layer: str) -> str:
    """Name the study's table of a layer such as ``zones 2024``."""
    return f"[layers.{layer.partition(' ')[0]}]"


def _project(
    raw: gpd.GeoDataFrame, path: Path, crs: str, checks: Checks, layer: str
) -> gpd.GeoDataFrame:
    """Bring the layer into the study's system, with its axes in order and inside its area."""
    own, target = CRS(raw.crs), CRS(crs)
    west, south, east, north = raw.total_bounds
    if not own.is_geographic and max(abs(west), abs(east)) <= 180 and max(-south, north) <= 180:
        raise LayerError(
            path,
            f"It claims {crs_name(own)}, in metres, but its coordinates are degrees "
            f"({west:.4f}, {south:.4f}).",
            f'Declare its real one in {_table_of(layer)}, most often crs = "EPSG:4326".',
        )
    placed = (raw[LEFT_OUT] == "").to_numpy()
    middle = np.full((len(raw), 2), np.nan)
    places = raw.geometry.to_numpy().copy()
    middle[placed] = shapely.get_coordinates(shapely.centroid(places[placed]))
    inside, swapped = (inside_area(at, own, target) for at in (middle, middle[:, ::-1]))
    turn = swapped & ~inside
    if turn.any():
        places[turn] = shapely.transform(places[turn], lambda points: points[:, ::-1])
        example = f"row {first(raw.index[turn])}"
        checks.found(layer, "axis_order_swapped", turn.sum(), example, "turned round")
    lost = placed & ~inside & ~swapped
    if lost[placed].all():
        raise LayerError(
            path,
            f"No place lies where {crs_name(own)} and the study's {crs_name(target)} are used.",
            f"Declare its real coordinate system in {_table_of(layer)}: crs = ...",
        )
    raw = raw.set_geometry(gpd.GeoSeries(places, index=raw.index, crs=raw.crs))
    raw.loc[lost, LEFT_OUT] = "crs_wrong"
    if own != target:
        raw = raw.to_crs(target)
        example = f"{crs_name(own)} to {crs_name(target)}"
        checks.found(layer, "crs_converted", len(raw), example, "converted")
    invalid = placed & ~lost & ~raw.geometry.is_valid.to_numpy()
    if invalid.any():
        example = f"row {first(raw.index[invalid])}"
        checks.found(layer, "geometry_invalid", invalid.sum(), example, "made valid")
        raw.loc[invalid, raw.geometry.name] = raw.geometry[invalid].make_valid()
    return raw
