"""The sample municipality, which is made up: ``python -m kvarter.data.sample [DIR]`` writes it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from ._people import YEARS, buildings, dwellings, grid, tenure
from ._place import CRS, DISTRICTS, metres, place
from ._streets import classes, network

SEED = 1325
"""The seed: the number of the Non-Discrimination Act of 2014."""

# kind, name, district, offset in km, capacity, opened, teaches Finnish as a second language,
# language
_SERVICES = (
    ("day_care", "Keskustan päiväkoti", "Keskusta", (0.3, 0.4), 150, 1984, False, "fi"),
    ("day_care", "Torinlaidan päiväkoti", "Keskusta", (-0.6, -0.3), 130, 2012, False, "fi"),
    ("day_care", "Daghemmet Snäckan", "Keskusta", (-0.2, 0.7), 60, 1995, False, "sv"),
    ("day_care", "Nuottarannan päiväkoti", "Nuottaranta", (0.0, 0.2), 110, 2018, False, "fi"),
    ("day_care", "Sahanrannan päiväkoti", "Sahanranta", (0.1, 0.3), 140, 1976, False, "fi"),
    ("day_care", "Tukkitien päiväkoti", "Sahanranta", (-0.5, -0.2), 90, 2010, False, "fi"),
    ("day_care", "Kettuvuoren päiväkoti", "Kettuvuori", (0.2, 0.2), 170, 1974, False, "fi"),
    ("day_care", "Kallionkolon päiväkoti", "Kettuvuori", (-0.4, -0.4), 120, 2009, False, "fi"),
    ("day_care", "Yliahon päiväkoti", "Yliaho", (0.1, -0.3), 160, 1991, False, "fi"),
    ("day_care", "Niittypolun päiväkoti", "Yliaho", (-0.3, 0.5), 90, 2014, False, "fi"),
    ("day_care", "Hopealahden päiväkoti", "Hopealahti", (0.2, 0.3), 170, 1987, False, "fi"),
    ("day_care", "Daghemmet Vågen", "Hopealahti", (-0.6, 0.1), 70, 2003, False, "sv"),
    ("day_care", "Kaarnamäen päiväkoti", "Kaarnamäki", (0.0, -0.4), 180, 1990, False, "fi"),
    ("day_care", "Käpylinnan päiväkoti", "Kaarnamäki", (0.5, 0.6), 100, 2017, False, "fi"),
    ("day_care", "Ylikartanon päiväkoti", "Ylikartano", (0.0, 0.1), 50, 1993, False, "fi"),
    ("day_care", "Daghemmet Norrvik", "Norrvik", (0.1, 0.0), 60, 1988, False, "sv"),
    ("school", "Keskuskoulu", "Keskusta", (-0.4, 0.5), 760, 1926, False, "fi"),
    ("school", "Sagovikens skola", "Keskusta", (0.6, 0.6), 320, 1931, False, "sv"),
    ("school", "Sahanrannan koulu", "Sahanranta", (0.3, 0.1), 430, 1952, True, "fi"),
    ("school", "Kettuvuoren koulu", "Kettuvuori", (0.1, -0.3), 620, 1973, True, "fi"),
    ("school", "Yliahon koulu", "Yliaho", (0.3, 0.2), 560, 1989, False, "fi"),
    ("school", "Hopealahden koulu", "Hopealahti", (0.0, -0.2), 640, 1984, False, "fi"),
    ("school", "Kaarnamäen koulu", "Kaarnamäki", (-0.3, 0.1), 700, 1986, False, "fi"),
    ("school", "Kuismalan koulu", "Kuismala", (0.0, 0.1), 160, 1954, False, "fi"),
    ("school", "Norrviks skola", "Norrvik", (-0.1, 0.1), 150, 1949, False, "sv"),
    ("health_station", "Keskustan terveysasema", "Keskusta", (0.5, -0.2), 24000, 1982, False, ""),
    ("health_station", "Yliahon terveysasema", "Yliaho", (-0.1, -0.1), 14000, 1994, False, ""),
    (
        "health_station",
        "Hopealahden terveysasema",
        "Hopealahti",
        (0.4, 0.0),
        9000,
        2001,
        False,
        "",
    ),
    ("library", "Pääkirjasto", "Keskusta", (0.1, -0.2), 400, 1967, False, ""),
    ("library", "Kettuvuoren kirjasto", "Kettuvuori", (0.0, 0.0), 120, 1978, False, ""),
    ("library", "Kaarnamäen kirjasto", "Kaarnamäki", (0.2, 0.0), 110, 1992, False, ""),
    ("library", "Norrviks bibliotek", "Norrvik", (0.0, -0.1), 50, 1985, False, ""),
    ("youth_centre", "Nuorisotalo Satama", "Keskusta", (-0.1, -0.6), 150, 1998, False, ""),
    ("youth_centre", "Kettuvuoren nuorisotalo", "Kettuvuori", (0.3, 0.0), 100, 1980, False, ""),
    ("youth_centre", "Yliahon nuorisotalo", "Yliaho", (0.0, 0.3), 80, 2011, False, ""),
    ("youth_centre", "Sahanrannan nuorisotalo", "Sahanranta", (-0.2, 0.2), 70, 1987, False, ""),
)


def folder() -> Path:
    """Give the folder of the files that are shipped."""
    return Path(__file__).parent / "municipality"


def generate(seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Make the sample municipality.

    Parameters
    ----------
    seed
        The same seed gives the same municipality.

    Returns
    -------
    dict
        ``grid_2008``, ``grid_2016``, ``grid_2024``, ``buildings``, ``rental`` and ``services``
        as tables; ``streets``, ``border`` and ``water`` with geometry in EPSG:3067.
    """
    here = place(seed)
    net = network(seed, here)
    stock = buildings(seed, here, net)
    homes = dwellings(seed, stock)
    out = {f"grid_{year}": grid(seed, year, stock, homes) for year in YEARS}
    out["buildings"] = stock.drop(columns="district")
    landlord = tenure(YEARS[-1], stock, homes)
    rented = landlord.isin(["municipal", "non_profit", "market"])
    counts = homes[rented].groupby(["building", landlord[rented]]).size()
    rental = counts.rename_axis(["building", "landlord"]).rename("dwellings").reset_index()
    places = stock.loc[rental["building"], ["id", "x", "y"]].reset_index(drop=True)
    rental = pd.concat(
        [places.rename(columns={"id": "building"}), rental.drop(columns="building")], axis=1
    )
    out["rental"] = rental
    out["services"] = _services(net.nodes)
    names, walk = classes(net, stock[["x", "y"]].to_numpy(), seed)
    out["streets"] = gpd.GeoDataFrame(
        {"class": names.astype(object), "walk": walk, "bridge": net.bridge},
        geometry=net.lines,
        crs=CRS,
    )
    out["border"] = gpd.GeoDataFrame(
        {"name": ["Tarulahti – Sagoviken"]}, geometry=[here.border], crs=CRS
    )
    waters = [("sea", here.sea), *here.lakes, ("river", here.river)]
    out["water"] = gpd.GeoDataFrame(
        {"name": [name for name, _ in waters]}, geometry=[shape for _, shape in waters], crs=CRS
    )
    return out


def _services(nodes: np.ndarray) -> pd.DataFrame:
    """Set each service at the street corner nearest to where it is wanted."""
    cores = {district.name: district.at for district in DISTRICTS}
    wanted = metres([np.add(cores[row[2]], row[3]) for row in _SERVICES])
    corner = nodes[cKDTree(nodes).query(wanted)[1]] + np.array([12.0, 9.0])
    columns = ["kind", "name", "district", "offset", "capacity", "opened", "s2", "language"]
    frame = pd.DataFrame(_SERVICES, columns=columns).drop(columns="offset")
    frame.insert(0, "id", [f"S{number:02d}" for number in range(1, len(frame) + 1)])
    frame.insert(3, "x", corner[:, 0].round(1))
    frame.insert(4, "y", corner[:, 1].round(1))
    return frame


def write(directory: Path) -> None:
    """Write the sample municipality into a folder, the same bytes every time.

    Parameters
    ----------
    directory
        The folder; it is made if it is not there.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, frame in generate().items():
        if name in ("border", "water"):
            (directory / f"{name}.geojson").write_text(_geojson(frame), encoding="utf-8")
        elif name == "streets":
            frame.to_parquet(directory / f"{name}.parquet", compression="zstd", index=False)
        else:
            frame.to_csv(directory / f"{name}.csv", index=False, lineterminator="\n")


def _geojson(frame: gpd.GeoDataFrame) -> str:
    """Write GeoJSON in metres with one decimal."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": shapely.geometry.mapping(shape),
        }
        for name, shape in zip(frame["name"], frame.geometry, strict=True)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3067"}}
    collection = {"type": "FeatureCollection", "crs": crs, "features": features}
    rounded = json.loads(json.dumps(collection), parse_float=lambda text: round(float(text), 1))
    return json.dumps(rounded, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m kvarter.data.sample",
        description="Write the sample municipality, which is made up; the same bytes every time.",
    )
    parser.add_argument(
        "dir", type=Path, nargs="?", default=folder(), help="folder to write to (%(default)s)"
    )
    target = parser.parse_args().dir
    write(target)
    print(f"Written: {target}")
