"""A run: from a study file to a report, all of it or nothing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

from . import __version__, output
from .draw import Drawer, drawer
from .layers import Layers, load
from .layers.disclosure import account
from .layers.errors import LayerError
from .layers.provenance import sha256
from .layers.scenarios import read_plans
from .measures import Results, begin, measure
from .mistakes import placed
from .pages import begin_figures, write_pages
from .plans import scenarios
from .study import Study, read

_VERSIONS = [
    *("esda", "folium", "geopandas", "libpysal", "mapclassify", "matplotlib", "numpy"),
    *("pandas", "pyogrio", "pyproj", "scipy", "shapely"),
]


def run(
    path: Path,
    out: Path,
    *,
    audit: bool = False,
    progress: Callable[[str], object] = lambda step: None,
) -> tuple[Study, Results]:
    """Run a study and write its result.

    Parameters
    ----------
    path
        The study file.
    out
        The output folder: not there, empty, or the result of an earlier run.
    audit
        Whether to set the figures of segregation beside those of PySAL.
    progress
        Is told each step before it begins.

    Returns
    -------
    Study, Results

    Raises
    ------
    StudyError, LayerError, OutputError
        With what to do; ``out`` is then as it was.
    """
    started = time.perf_counter()
    study = read(path)
    output.refuse_other_files(out)
    if audit and importlib.util.find_spec("segregation") is None:
        raise LayerError(
            "--audit", "PySAL's package segregation is not there.", "pip install kvarter[audit]"
        )
    with drawer() as artist, placed(path):
        results = _run(path, study, out, artist, started, audit, progress)
    return study, results


def _run(
    path: Path,
    study: Study,
    out: Path,
    artist: Drawer,
    started: float,
    audit: bool,
    progress: Callable[[str], object],
) -> Results:
    """Read, measure and write."""
    layers = load(
        study.layers,
        study.attributes,
        study.variables,
        study.study.crs,
        path.parent,
        regions=study.segregation.regions,
        modes=study.access.on_streets,
        min_count=study.study.min_count,
        progress=lambda step: progress(f"reading {step}"),
    )
    layers = read_plans(layers, study.scenario, path.parent)
    plans = scenarios(layers, study)
    with output.whole(out) as folder:
        results = begin(layers, study)
        drawn = begin_figures(folder, study, layers, results, artist)
        measure(results, layers, study, progress, audit=audit, plans=plans)
        (folder / "tables").mkdir()
        for name, table in results.tables.items():
            table.to_csv(folder / "tables" / f"{name}.csv", index=False, lineterminator="\n")
        progress("results.gpkg")
        _geopackage(folder / "results.gpkg", layers, results)
        write_pages(folder, study, layers, results, artist, drawn, progress)
        manifest = {
            "kvarter": __version__,
            "made": date.today().isoformat(),
            "study": {"file": path.name, "sha256": sha256(path)},
            "parameters": study.model_dump(mode="json", by_alias=True),
            "seed": study.study.seed,
            "inputs": [asdict(origin) for origin in layers.provenance],
            "accounting": json.loads(
                account(layers.accounting, study.study.min_count).to_json(orient="records")
            ),
            "versions": {
                "python": platform.python_version(),
                **{
                    name: importlib.metadata.version(name)
                    for name in [*_VERSIONS, *(["segregation"] if audit else [])]
                },
            },
            "outputs": output.list_outputs(folder),
            "seconds": round(time.perf_counter() - started, 1),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (folder / output.MANIFEST).write_text(text + "\n", encoding="utf-8")
    return results


def _geopackage(path: Path, layers: Layers, results: Results) -> None:
    """Write the zones and services for QGIS, the same bytes for the same results."""
    import pyogrio

    # A GeoPackage holds the moment of its writing; a fixed one keeps equal runs equal.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    try:
        zones = results.zones.copy()
        zones.index = zones.index.rename("zone")
        pyogrio.write_dataframe(zones.reset_index(), path, layer="zones", driver="GPKG")
        services = layers.services
        if services is not None:
            named = services.rename_axis("service").reset_index()
            pyogrio.write_dataframe(named, path, layer="services", driver="GPKG", append=True)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
