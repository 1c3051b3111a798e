"""Reading a file: anything GDAL reads, GeoParquet, and tables with coordinates or cell codes."""

from __future__ import annotations

import codecs
import difflib
import re
import struct
import warnings
from collections.abc import Iterable, Sequence
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
from .mapping import CONTROL, Layer

LEFT_OUT = "_left_out"

TABLES = {".csv", ".tsv", ".txt"}
PARQUET = {".parquet", ".geoparquet"}
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

_NUMBER = r"[+-]?(?:\d{1,3}(?:[ \xa0\u202f]\d{3})+|\d+)(?:[.,]\d+)?"
"""A number with a decimal comma or spaces between thousands."""
_THOUSAND = r"[+-]?[1-9]\d{0,2},\d{3}"
"""Of a count, nobody can say whether the comma is a decimal one or stands between thousands."""


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
    require_file(path)
    _whole_shapefile(path)
    table = path.suffix.lower() in TABLES
    raw = _table(path, spec, checks, layer) if table else _spatial(path, spec)
    if len(raw) == 0:
        raise LayerError(path, "The layer has 0 rows.", "Export it again with its rows.")
    raw = _where(raw, path, spec, checks, layer)
    no_cell = np.zeros(len(raw), dtype=bool)
    if cell:
        require(raw, [cell], path, f"[layers.{layer.split()[0]}]")
        try:
            # A table may end in a row of totals, which is no cell.
            places = grid.from_codes(raw[cell], size=cell_size, errors="coerce")
        except ValueError as error:
            cure = "A code is CRS3035RES1000mN…E… or 13 digits, easting then northing."
            raise LayerError(path, f"Column {cell!r}: {error}.", cure) from None
        no_cell = places.isna().to_numpy()
        raw = gpd.GeoDataFrame(
            pd.DataFrame(raw).drop(columns="geometry", errors="ignore"), geometry=places
        )
    elif spec.x and spec.y:
        require(raw, [spec.x, spec.y], path, f"[layers.{layer.split()[0]}]")
        # A table's first row of data is its second line.
        lines = pd.Series(raw.index + 2, index=raw.index)
        east, north = (
            numbers(raw[column], spec, path, checks, layer, lines).to_numpy()
            for column in (spec.x, spec.y)
        )
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
    _garbled(raw, checks, layer)
    raw = _with_crs(raw, path, spec, checks, layer)
    raw.loc[no_cell, LEFT_OUT] = "cell_code_bad"
    return _project(raw, path, crs, checks, layer)


def require_file(path: Path) -> None:
    """Raise LayerError unless there is a file, or a folder that GDAL reads as one."""
    if not path.exists():
        raise LayerError(path, "There is no such file.", _near(path))
    if path.is_file() and path.stat().st_size == 0:
        raise LayerError(path, "The file is empty (0 bytes).", "Export it again from its source.")


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
                table=key.partition("[")[2].rstrip("]"),
                found=column,
            )


def _spatial(path: Path, spec: Layer) -> gpd.GeoDataFrame:
    """Read GeoParquet or what GDAL reads."""
    if path.suffix.lower() in PARQUET:
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


def _whole_shapefile(path: Path) -> None:
    """Compare what the parts of a Shapefile say of their own length with how long they are.

    GDAL reads as many rows as there are of a file that was cut off, and says nothing.
    """
    if not path.is_dir() and path.suffix.lower() != ".shp":
        return
    for part in path.iterdir() if path.is_dir() else path.parent.iterdir():
        kind = part.suffix.lower()
        ours = part.is_file() and (path.is_dir() or part.stem == path.stem)
        if not ours or kind not in (".shp", ".shx", ".dbf"):
            continue
        with part.open("rb") as stream:
            head = stream.read(32).ljust(32, b"\0")
        if kind == ".dbf":
            rows, start, width = struct.unpack("<4xIHH", head[:12])
            length = start + rows * width
        else:
            length = 2 * struct.unpack(">24xI", head[:28])[0]
        if part.stat().st_size < length:
            what = f"It is cut off: {part.stat().st_size} of its {length} bytes are there."
            raise LayerError(part, what, "Copy or export it again.")


_ENCODINGS = {"cp1252": "Windows-1252", "utf-16": "UTF-16"}


def dialect(path: Path) -> tuple[str, str]:
    """Find the encoding and the separator of a table.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    encoding, separator
        The encoding as Python calls it.
    """
    content = path.read_bytes()
    line = content.split(b"\n", 1)[0]
    separator = chr(max(b",;\t", key=lambda byte: line.count(bytes([byte]))))
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", separator
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252", separator
    return "utf-8-sig", separator


def _table(path: Path, spec: Layer, checks: Checks, layer: str) -> pd.DataFrame:
    """Read a table with all its columns as text, whatever its encoding.

    Only whoever uses a column knows whether 007 is an id or a number; a word such as NA is what
    it says, unless the study declares it as missing.
    """
    encoding, separator = dialect(path)
    if spec.encoding:
        encoding = spec.encoding
    elif encoding in _ENCODINGS:
        checks.found(layer, "text_encoding", 1, path.name, f"read as {_ENCODINGS[encoding]}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                path,
                sep=separator,
                encoding=encoding,
                dtype="str",
                index_col=False,
                keep_default_na=False,
                na_values=[""],
            )
    except pd.errors.ParserWarning:
        what = "Not readable as a table: its rows have more columns than its header."
        raise LayerError(path, what, "Name every column in the first line.") from None
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
    require(raw, spec.where, path, f"[layers.{layer.split()[0]}]")
    for column, wanted in spec.where.items():
        accepted = wanted if isinstance(wanted, list) else [wanted]
        keep = among(raw[column], accepted)
        if not keep.any():
            values = first(sorted(text(raw[column].dropna()).unique()), 8)
            raise LayerError(
                path,
                f"No row has {column} = {' or '.join(sorted(map(str, accepted)))}.",
                f"The column has: {values}.",
            )
        if not keep.all():
            checks.found(layer, "filtered", (~keep).sum(), f"{column} ≠ {wanted}", "left out")
            name, _, year = layer.partition(" ")
            number = int(year) if year else None
            checks.step(name, number, "rows", len(raw), int(keep.sum()), "filtered")
        raw = raw[keep]
    return raw.reset_index(drop=True)


def text(column: pd.Series) -> pd.Series:
    """Give ids and names as text, empty where there is none.

    Whole numbers have no decimal point, and characters that a figure cannot hold are left out.
    """
    if pd.api.types.is_float_dtype(column):
        values = column.dropna()
        if (values % 1 == 0).all() and (values.abs() < 2**53).all():
            column = column.astype("Int64")
    out = column.astype("string").str.replace(CONTROL, "", regex=True)
    return out.astype(object).where(column.notna(), "")


def among(column: pd.Series, codes: Sequence[str | float]) -> pd.Series:
    """Tell which values are one of the codes: the same text, or the same number."""
    if not codes:
        return pd.Series(False, index=column.index)
    written = column.astype("string").str.strip()
    out = written.isin([str(code) for code in codes]).astype(bool)
    # The text "01" is another id than "1"; where the file has numbers, both are 1.
    alike = [c for c in codes if not isinstance(c, str) or pd.api.types.is_numeric_dtype(column)]
    equal = pd.to_numeric(pd.Series(alike, dtype=object), errors="coerce").dropna()
    return out | _parse(column).isin(equal.astype("float64")) if len(equal) else out


def _parse(column: pd.Series) -> pd.Series:
    """Give the numbers that stand there plainly, NaN for all else."""
    if not pd.api.types.is_numeric_dtype(column):
        column = column.astype("string").str.strip()
    return pd.to_numeric(column, errors="coerce").astype("float64")


def numbers(
    column: pd.Series,
    spec: Layer,
    path: Path,
    checks: Checks,
    layer: str,
    names: pd.Series,
    *,
    whole: bool = False,
) -> pd.Series:
    """Read figures, also those written with a decimal comma or spaces between thousands.

    Parameters
    ----------
    column
        The column as it stands in the file.
    spec
        What the study declares about the file.
    path, checks, layer
        See `read`.
    names
        What each row is called.
    whole
        Whether they count something: ``1,234`` is then refused.

    Returns
    -------
    Series
        float64, NaN where the value is empty or declared as missing.

    Raises
    ------
    LayerError
        Where a text is no number.
    """
    found = _parse(column).mask(among(column, spec.missing))
    odd = found.isna() & column.notna()
    if odd.any():
        odd &= ~among(column, [*spec.missing, ""])
    if odd.any():
        written = column.astype("string").str.strip()
        plain = written.str.fullmatch(_NUMBER).fillna(False)
        if whole:
            plain &= ~written.str.fullmatch(_THOUSAND).fillna(False)
        wrong = odd & ~plain.astype(bool)
        if wrong.any():
            where = first(names[wrong].iloc[:1])
            raise LayerError(
                path,
                f"Column {column.name!r} holds text, such as {column[wrong].iloc[0]!r} "
                f"in row {where}.",
                "Name another column, or declare the text in missing if it stands for no data.",
            )
        written = written.str.replace(r"[ \xa0\u202f]", "", regex=True).str.replace(",", ".")
        found = found.where(~odd, _parse(written))
        example = f"{column.name}: {first(column[odd], 1)}"
        checks.found(layer, "number_format", odd.sum(), example, "read as numbers")
    return found.where(np.isfinite(found))


def _garbled(raw: gpd.GeoDataFrame, checks: Checks, layer: str) -> None:
    """Look for text that was garbled before it came here."""
    for column in raw.columns:
        if pd.api.types.is_string_dtype(raw[column]) or raw[column].dtype == object:
            values = raw[column].dropna().astype("string")
            # The pattern takes its time, and hardly a value has the letter that it begins with.
            some = [values.str.contains(letter, regex=False) for letter in ("Ã", "\ufffd")]
            values = values[some[0] | some[1]]
            bad = values.index[values.str.contains(_GARBLED, regex=True)]
            example = first(raw.loc[bad, column])
            checks.found(layer, "text_encoding", len(bad), f"{column}: {example}", "kept")


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
    name = layer.partition(" ")[0]
    return "the scenario" if name == "scenario" else f"[layers.{name}]"


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
    places = raw.geometry.to_numpy().copy()
    mixed = shapely.get_type_id(places) == shapely.GeometryType.GEOMETRYCOLLECTION
    if mixed.any():
        places[mixed] = [_largest_kind(place) for place in places[mixed]]
        example = f"row {first(raw.index[mixed])}"
        checks.found(layer, "geometry_mixed", mixed.sum(), example, "areas are kept, else lines")
        raw = raw.set_geometry(gpd.GeoSeries(places, index=raw.index, crs=raw.crs))
    return raw


def _largest_kind(place: shapely.Geometry) -> shapely.Geometry:
    """Give the areas of a collection, its lines if it has none, its points if neither."""
    parts = shapely.get_parts(place)
    while shapely.GeometryType.GEOMETRYCOLLECTION in shapely.get_type_id(parts):
        parts = shapely.get_parts(parts)
    kind = shapely.get_dimensions(parts)
    return shapely.union_all(parts[kind == kind.max()])
