"""A new study file, with comments, to be filled in."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .layers.errors import LayerError
from .layers.read import fault
from .study import Study, StudyError

_TEMPLATE = """\
#:schema ./study.schema.json
# A study for Kvarter. Lines that begin with # are comments.
# Fill in the lines below, then:  kvarter check study.toml   and   kvarter run study.toml

[study]
name = "Our municipality"
crs = "EPSG:3067"                  # metres; everything is converted to it
languages = ["fi", "sv", "en"]     # of the report, the first one first
min_count = 10                     # nothing is shown about fewer people than this

# The zones: one row a grid cell or an area, counts of people in its columns.
# Any GIS file will do (GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet), or a CSV with
# grid-cell codes (cell = "column"). Paths count from the folder of this file.
[layers.zones]
path = {path}
{zones}# year = 2024
# missing = [-1]                   # the publisher's codes for missing and hidden values
# source = "Statistics Finland, grid database 2024"
# licence = "CC BY 4.0"
{columns}
# An attribute: one way the people of a zone divide into groups. Each group is a column of counts.
[attributes.income]
universe = "persons"               # persons, households or dwellings
ordered = true
groups = {{ low = "low_income", middle = "middle_income", high = "high_income" }}
# total = "adults"                 # if there is a column that the groups should add up to

# Services are points. The kind and the capacity are columns.
# [layers.services]
# path = "services.gpkg"
# id = "id"
# name = "name"
# kind = "type"
# capacity = "places"

# The housing stock, and the rental dwellings by landlord, are points too.
# [layers.housing]
# path = "buildings.gpkg"
# type = "type"
# dwellings = "dwellings"
#
# [layers.rental]
# path = "rental.gpkg"
# landlord = "landlord"
# dwellings = "dwellings"

# How people get to services (straight_line; walk and bicycle along [layers.network]; and what
# [layers.travel_times] names, see docs/study-file.md), how far they go, and who needs a kind of
# service where it is not everybody.
# [access]
# mode = ["straight_line"]
# limit = 2000
# limits = {{ library = 3000 }}
# demand = {{ school = "age.child" }}
# meeting = ["school"]             # who would meet whom there (docs/meeting.md)

# How likeness between neighbours is tested: which figures, which zones are neighbours
# (docs/neighbours.md), and which statistics are mapped.
# [autocorrelation]
# variables = ["income.low"]       # all of them unless told
# graph = {{ kind = "knn", k = 8 }}  # zones that touch unless told
# local = ["moran", "getis_ord_g_star"]

# How segregation is measured: which indices (docs/indices.md), how many draws for the intervals
# (0 for none), and the nearest people for segregation by scale.
# [segregation]
# attributes = ["income"]          # all of them unless told
# indices = ["multigroup_dissimilarity", "information_theory", "dissimilarity", "isolation"]
# replicates = 199
# level = 0.95
# neighbours = [200, 800, 3200, 12800]
# sizes = [250, 500, 1000, 2000]   # squares in which the same people are measured anew
# centre = "population"            # or points: [[385500, 6672300]]
# regions = "region"               # a column of the zones: its regions are compared

# What groups and services are called in the report.
# [labels.fi]
# low = "pienituloiset"

# What a plan would change; scenarios may also have files of their own, see scenarios in [study].
# [[scenario]]
# name = "Library in the east"
# add_service = [{{ kind = "library", name = "East", at = [395400, 6678300], capacity = 400 }}]
"""


def write(folder: Path, zones: Path | None = None) -> Path:
    """Write ``study.toml`` and its JSON Schema into a folder.

    Parameters
    ----------
    folder
        The folder; it is made if it is not there.
    zones
        A file whose layers and columns are listed in the study as comments.

    Returns
    -------
    Path
        The study file.

    Raises
    ------
    StudyError
        Where there is a study file already: it is not overwritten.
    LayerError
        Where the file of zones cannot be read.
    """
    path = folder / "study.toml"
    if path.exists():
        raise StudyError(f"{path}: is there already. Name another folder, or edit it.")
    lines, columns, file = 'id = "cell_id"\n# name = "name"\n', "", "zones.gpkg"
    if zones is not None:
        columns = _columns(zones)
        absolute = zones.absolute()
        try:
            file = Path(os.path.relpath(absolute, folder.absolute())).as_posix()
        except ValueError:
            file = absolute.as_posix()
    folder.mkdir(parents=True, exist_ok=True)
    text = _TEMPLATE.format(
        path=json.dumps(file, ensure_ascii=False), zones=lines, columns=columns
    )
    schema = json.dumps(Study.model_json_schema(), indent=1, ensure_ascii=False)
    (folder / "study.schema.json").write_text(schema + "\n", encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    return path


def _columns(zones: Path) -> str:
    """List the columns of a file as comments."""
    import pyogrio

    from .layers.read import PARQUET, TABLES

    if not zones.exists():
        raise LayerError(zones, "There is no such file.", "Correct the path.")
    if zones.suffix.lower() in TABLES | PARQUET:
        return _table_columns(zones)
    try:
        layers = pyogrio.list_layers(zones)[:, 0]
        out = []
        for layer in layers:
            info = pyogrio.read_info(zones, layer=layer)
            fields = ", ".join(str(name) for name in info["fields"])
            out.append(
                f"# Layer {json.dumps(str(layer))}: {info['features']} rows, {info['crs']}; "
                f"columns: {json.dumps(fields, ensure_ascii=False)[1:-1]}\n"
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise LayerError(
            zones, f"Not readable: {fault(error)}.", "Give a GIS file or a CSV."
        ) from None
    return "".join(out)


def _table_columns(zones: Path) -> str:
    """List the columns of a GeoParquet or a table, which GDAL may not read."""
    import pandas as pd
    import pyarrow.parquet

    from .layers.read import TABLES, dialect

    try:
        if zones.suffix.lower() in TABLES:
            encoding, separator = dialect(zones)
            names = pd.read_csv(zones, sep=separator, encoding=encoding, nrows=0).columns
        else:
            names = pyarrow.parquet.read_schema(zones).names
    except (OSError, ValueError) as error:
        raise LayerError(zones, f"Not readable: {error}.", "Give a GIS file or a CSV.") from None
    fields = ", ".join(str(name) for name in names if name != "geometry")
    return f"# Columns: {json.dumps(fields, ensure_ascii=False)[1:-1]}\n"
