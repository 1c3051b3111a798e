"""Extracts of OpenStreetMap (``.osm.pbf``): places by their tags, and streets."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ..geo import network
from .checks import Checks
from .errors import LayerError
from .read import LEFT_OUT, require_file

_MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary")
"""The streets by which one finds one's way on a map."""

_AGAIN = "Fetch it again from its source."


def places(
    path: Path, kinds: Mapping[str, str | list[str]], crs: str, checks: Checks, layer: str
) -> gpd.GeoDataFrame:
    """Read the places of an extract that serve people.

    Parameters
    ----------
    path
        The file.
    kinds
        The tags of each kind of service, ``key=value``. A place with tags of several kinds is of
        the first.
    crs
        The study's coordinate system, in metres.
    checks
        Collects what was found.
    layer
        The layer's name.

    Returns
    -------
    GeoDataFrame
        One row a place, by id: ``id`` (``node/123``, ``way/123`` or ``relation/123``), ``name``,
        ``kind``, ``geometry`` as it is in the extract and `LEFT_OUT`, see
        `kvarter.layers.read.read`.

    Raises
    ------
    LayerError
        Where the file is not there, cut off or of another kind, pyrosm is not installed, or no
        place has one of the tags.
    """
    tags = {
        kind: [tag.partition("=")[::2] for tag in ([given] if isinstance(given, str) else given)]
        for kind, given in kinds.items()
    }
    wanted: dict[str, list[str]] = {}
    for key, value in (tag for listed in tags.values() for tag in listed):
        wanted.setdefault(key, []).append(value)
    found = _features(path, wanted, crs)
    kind = pd.Series("", index=found.index, dtype=object)
    for name, listed in tags.items():
        for key, value in listed:
            has = found[key] == value
            checks.found(layer, "tag_absent", not has.any(), f"{key}={value}", "left out")
            kind = kind.mask(has & (kind == ""), name)
    found = found.assign(kind=kind)[kind != ""].reset_index(drop=True)
    if not len(found):
        listed_tags = ", ".join(f"{key}={' or '.join(values)}" for key, values in wanted.items())
        raise LayerError(
            path,
            f"No place has {listed_tags}, as osm in [layers.services] asks.",
            "Look the tags up at wiki.openstreetmap.org.",
        )
    if network.ends_early(path):
        _may_be_cut_off(path, checks, layer)
    missing = found.geometry.isna() | found.geometry.is_empty
    found[LEFT_OUT] = np.where(missing, "geometry_missing", "")
    return found.set_geometry(found.geometry.make_valid())


def main_streets(path: Path, crs: str) -> gpd.GeoDataFrame:
    """Read the streets by which one finds one's way, all of them where there is no main one.

    Parameters
    ----------
    path
        The file.
    crs
        The study's coordinate system, in metres.

    Returns
    -------
    GeoDataFrame
        Lines, with the column ``highway``.

    Raises
    ------
    LayerError
        See `places`.
    """
    ways = _features(path, {"highway": True}, crs)[["highway", "geometry"]]
    ways = ways[ways.geom_type.isin(["LineString", "MultiLineString"])]
    if not len(ways):
        what = "It has no streets: it is cut off, or an extract without them."
        raise LayerError(path, what, _AGAIN)
    main = ways["highway"].isin(_MAIN)
    return ways[main] if main.any() else ways


def network_of(
    path: Path, mode: Literal["walk", "bicycle"], crs: str, checks: Checks
) -> network.Network:
    """Make the street network of an extract.

    Parameters
    ----------
    path
        The file.
    mode
        Who goes on it.
    crs
        The study's coordinate system, in metres.
    checks
        Collects what was found.

    Raises
    ------
    LayerError
        See `places`.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", network.MayBeCutOff)
        try:
            made = network.from_osm(path, mode=mode, crs=crs)
        except ValueError as error:
            what = str(error).removeprefix(f"{path} ")
            what = f"No street network for {mode!r} can be made of it: {what}."
            raise LayerError(path, what, _AGAIN) from None
    if any(issubclass(one.category, network.MayBeCutOff) for one in told):
        _may_be_cut_off(path, checks, "network")
    return made


def _features(
    path: Path, tags: Mapping[str, Literal[True] | list[str]], crs: str
) -> gpd.GeoDataFrame:
    """Read what has one of some tags: ``id``, ``name``, a column for each key, ``geometry``."""
    require_file(path)
    try:
        import pyrosm
    except ModuleNotFoundError:
        what = "Extracts of OpenStreetMap are read with pyrosm, which is not installed."
        raise LayerError(path, what, 'pip install "kvarter[osm]"') from None
    try:
        with warnings.catch_warnings():
            # That there is nothing is told by whoever asks.
            warnings.simplefilter("ignore")
            found = pyrosm.OSM(str(path)).get_data_by_custom_criteria(
                dict(tags), filter_type="keep", tags_as_columns=["name", *tags]
            )
    # What a damaged file leads to is not documented, and of many kinds.
    except Exception:
        what = "Not readable as an extract of OpenStreetMap: cut off, damaged or of another kind."
        raise LayerError(path, what, _AGAIN) from None
    if found is None:
        found = gpd.GeoDataFrame({"osm_type": [], "id": []}, geometry=[], crs=4326)
    # A key that no place has is no column.
    found = found.reindex(columns=["osm_type", "id", "name", *tags, "geometry"])
    ids = found["osm_type"].astype(str) + "/" + found["id"].astype(str)
    found = found.assign(id=ids).drop(columns="osm_type").sort_values("id", ignore_index=True)
    return gpd.GeoDataFrame(found, geometry="geometry", crs=4326).to_crs(crs)


def _may_be_cut_off(path: Path, checks: Checks, layer: str) -> None:
    """Write down that a file may be cut off between two of its blocks."""
    action = "kept: compare its size with the source's"
    if not any((row["layer"], row["rule"]) == (layer, "extract_end") for row in checks.rows):
        checks.found(layer, "extract_end", 1, path.name, action)
