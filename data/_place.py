"""Where the sample municipality lies: border, coast, lakes, river, districts, main roads.

Everything is drawn by hand in kilometres from `ORIGIN` and made irregular with
seeded noise. `ORIGIN` is in the open Bothnian Sea, so nobody can take the
municipality for a real one on a map that also shows real places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

CRS = "EPSG:3067"
NAME_FI = "Tarulahti"
NAME_SV = "Sagoviken"
ORIGIN = np.array([120_000.0, 6_810_000.0])
CELL = 250

Array = NDArray[np.float64]


@dataclass(frozen=True)
class District:
    """A part of the municipality, with what the generator needs to fill it."""

    name: str
    at: tuple[float, float]
    radius: float
    kind: str
    dwellings: tuple[int, int, int]
    spacing: float = 150.0
    turn: float = 0.0
    warp: float = 0.0
    keep: float = 0.8
    swedish: float = 0.05
    wealth: float = 0.0


# dwellings: detached, row house, apartment block, as wanted in 2024
DISTRICTS = (
    District("Keskusta", (13.2, 11.4), 1.25, "centre", (150, 100, 5900), 120, 12, 15, 0.95, 0.08),
    District("Nuottaranta", (14.65, 10.2), 0.5, "new", (0, 60, 1250), 115, 12, 0, 0.9, 0.09, 0.75),
    District(
        "Sahanranta", (13.4, 8.6), 0.95, "old", (430, 160, 2250), 130, -6, 0, 0.92, 0.04, -0.55
    ),
    District(
        "Kettuvuori", (18.6, 10.3), 0.98, "estate", (40, 330, 4300), 165, 30, 40, 0.8, 0.03, -0.75
    ),
    District("Yliaho", (18.2, 14.6), 1.1, "mixed", (420, 720, 1850), 150, 20, 50, 0.75, 0.04, 0.0),
    District(
        "Hopealahti", (9.6, 8.9), 1.35, "suburb", (1950, 430, 180), 140, -18, 70, 0.7, 0.15, 0.8
    ),
    District(
        "Kaarnamäki", (12.5, 15.3), 1.45, "suburb", (2150, 600, 280), 145, 8, 80, 0.7, 0.04, 0.55
    ),
    District("Hiidenoja", (5.2, 11.0), 0.5, "village", (370, 25, 0), 170, 5, 40, 0.6, 0.04, -0.05),
    District(
        "Ylikartano", (6.5, 18.8), 0.55, "village", (330, 45, 0), 170, 0, 40, 0.6, 0.02, -0.1
    ),
    District("Kuismala", (12.5, 20.3), 0.5, "village", (360, 30, 0), 170, 15, 40, 0.6, 0.02, 0.05),
    District("Saviperä", (23.0, 18.0), 0.5, "village", (330, 30, 0), 170, 40, 40, 0.6, 0.01, -0.2),
    District("Norrvik", (24.6, 9.4), 0.5, "village", (420, 35, 0), 170, 25, 40, 0.6, 0.66, 0.2),
    District(
        "Haapakulma", (22.5, 12.9), 0.5, "village", (380, 45, 0), 170, -10, 40, 0.6, 0.06, -0.1
    ),
    District("Luotsinkari", (9.5, 5.6), 0.4, "village", (110, 0, 0), 170, 0, 30, 0.6, 0.42, 0.25),
)

# The two areas where the social rental dwellings are.
RENTAL_AREAS = ("Kettuvuori", "Sahanranta")

_BORDER = (
    (1.5, 0.8), (14.0, 0.4), (27.6, 0.9), (29.0, 7.0), (28.2, 12.0), (29.3, 17.0), (26.0, 19.5),
    (24.0, 23.0), (18.0, 22.2), (14.5, 23.6), (9.0, 21.8), (5.5, 22.6), (3.0, 18.5), (1.2, 15.5),
    (2.4, 11.0), (0.6, 6.5),
)  # fmt: skip

_COAST = (
    (-1.0, 6.8), (1.5, 6.3), (3.0, 7.2), (4.2, 6.2), (5.5, 7.6), (6.8, 6.9), (8.0, 7.4),
    (9.2, 6.9), (10.4, 7.5), (11.3, 6.8), (12.4, 7.2), (13.6, 6.5), (14.6, 7.1), (15.0, 8.2),
    (15.15, 9.4), (15.1, 10.6), (15.4, 11.8), (15.6, 12.8), (15.9, 13.4), (16.15, 12.8),
    (16.0, 12.0), (16.5, 11.0), (16.7, 10.2), (16.9, 9.2), (17.2, 8.0), (18.2, 7.2), (19.5, 7.6),
    (20.6, 6.8), (21.6, 7.9), (22.3, 9.2), (23.0, 7.7), (24.2, 6.6), (25.5, 7.3), (26.8, 6.3),
    (28.2, 7.0), (31.0, 6.4),
)  # fmt: skip

# x, y, half-axes east-west and north-south
_ISLANDS = (
    (9.5, 5.55, 1.5, 0.8), (5.0, 4.2, 0.5, 0.3), (12.3, 4.6, 0.65, 0.4), (18.6, 4.9, 0.7, 0.35),
    (21.6, 4.4, 0.4, 0.3), (25.0, 4.3, 0.9, 0.4), (15.9, 8.3, 0.2, 0.4), (15.2, 3.1, 0.45, 0.25),
    (6.6, 2.6, 0.35, 0.22),
)  # fmt: skip
_LAKES = (("Korpijärvi", 17.3, 18.8, 1.0, 1.8), ("Hiidenjärvi", 7.7, 15.6, 0.7, 0.45))
_RIVER = (
    (17.2, 17.4), (17.0, 16.4), (16.5, 15.7), (16.2, 15.0), (16.4, 14.3), (16.1, 13.7),
    (15.9, 13.2),
)  # fmt: skip

# class, control points; a point shared by two roads is a crossing
ROADS: tuple[tuple[str, tuple[tuple[float, float], ...]], ...] = (
    ("highway", ((0.0, 12.7), (2.6, 12.4), (5.2, 12.7), (8.5, 13.1), (11.0, 13.3), (13.0, 13.35),
                 (14.8, 13.9), (16.4, 14.0), (18.3, 12.95), (20.2, 12.6), (22.5, 12.9),
                 (26.0, 13.5), (30.0, 14.0))),
    ("main", ((13.2, 11.4), (14.3, 11.8), (15.2, 12.25), (16.3, 12.3), (17.2, 11.6),
              (18.6, 10.3), (20.5, 9.9), (22.4, 10.3), (24.6, 9.4), (26.6, 9.5), (29.5, 10.0))),
    ("main", ((13.2, 11.4), (13.1, 12.4), (13.0, 13.35), (12.5, 15.3), (12.3, 17.8), (12.5, 20.3),
              (12.7, 24.0))),
    ("main", ((13.2, 11.4), (11.6, 10.6), (9.6, 8.9), (7.6, 9.3), (5.2, 11.0), (5.2, 12.7))),
    ("collector", ((13.2, 11.4), (13.35, 10.0), (13.4, 8.6), (13.3, 7.6))),
    ("collector", ((14.3, 11.8), (14.65, 10.2), (14.2, 9.2), (13.4, 8.6))),
    ("collector", ((9.6, 8.9), (11.5, 8.4), (13.4, 8.6))),
    ("collector", ((9.6, 8.9), (9.35, 7.6), (9.4, 6.4), (9.5, 5.6))),
    ("collector", ((18.6, 10.3), (18.5, 11.7), (18.3, 12.95), (18.2, 14.6), (19.6, 16.5),
                   (20.8, 17.8), (23.0, 18.0), (26.0, 18.4))),
    ("collector", ((5.2, 12.7), (5.0, 15.0), (6.5, 18.8), (9.5, 19.8), (12.5, 20.3))),
    ("collector", ((22.4, 10.3), (22.5, 12.9), (23.2, 15.4), (23.0, 18.0))),
    ("collector", ((11.6, 10.6), (11.2, 11.9), (11.0, 13.3))),
    ("collector", ((18.2, 14.6), (16.9, 15.05), (15.6, 15.1), (14.2, 15.5), (12.5, 15.3))),
    ("collector", ((18.6, 10.3), (18.9, 9.0), (19.5, 8.2))),
    ("collector", ((2.6, 12.4), (3.4, 9.6), (4.6, 8.2))),
    ("collector", ((24.6, 9.4), (24.9, 8.0), (25.4, 7.6))),
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """The shapes of land and water, in metres."""

    border: shapely.Polygon
    sea: shapely.MultiPolygon
    lakes: tuple[tuple[str, shapely.Polygon], ...]
    river: shapely.Polygon
    water: shapely.Geometry
    land: shapely.Geometry
    settled: shapely.Geometry


def metres(points: ArrayLike) -> Array:
    """Turn kilometres from the origin into EPSG:3067 metres."""
    return ORIGIN + 1000.0 * np.asarray(points, dtype=float)


def field(rng: np.random.Generator, scale: float, waves: int = 80) -> Callable[[Array], Array]:
    """Draw a smooth random field over the plane: mean 0, variance about 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draw.
    scale : float
        Length over which values are alike, in metres.
    waves : int
        Number of plane waves that are added.

    Returns
    -------
    callable
        Takes coordinates of shape (n, 2) in metres, returns (n,) values.
    """
    wave = rng.normal(0.0, 1.0 / scale, (2, waves))
    phase = rng.uniform(0.0, 2.0 * np.pi, waves)

    def at(xy: Array) -> Array:
        return np.sqrt(2.0 / waves) * np.cos((xy - ORIGIN) @ wave + phase).sum(axis=1)

    return at


def district_of(xy: Array) -> tuple[NDArray[np.intp], Array]:
    """Find each point's district and its distance to the core in radii.

    A point belongs to the built-up district whose core is nearest in radii, up
    to 1.3 of them; beyond that to the nearest village.
    """
    cores = metres([d.at for d in DISTRICTS])
    radii = np.array([d.radius * 1000.0 for d in DISTRICTS])
    village = np.array([d.kind == "village" for d in DISTRICTS])
    distance = np.hypot(*(xy[:, None, :] - cores[None]).transpose(2, 0, 1))
    relative = distance / radii
    town = np.where(village, np.inf, relative)
    nearest_town = town.argmin(axis=1)
    nearest_village = np.where(village, distance, np.inf).argmin(axis=1)
    index = np.where(town.min(axis=1) <= 1.3, nearest_town, nearest_village)
    return index, relative[np.arange(len(xy)), index]


def place(seed: int) -> Place:
    """Draw the municipality's border, coast, islands, lakes and river."""
    rng = np.random.default_rng([seed, 1])
    border = shapely.Polygon(metres(_BORDER))
    coast = _wiggle(metres(_COAST), rng, levels=4, rough=0.11)
    frame = metres([(31.0, 26.0), (-1.0, 26.0)])
    mainland = shapely.Polygon(np.vstack([coast, frame]).round(1))
    islands = [_blob(island, rng) for island in _ISLANDS]
    lakes = tuple((name, _blob(shape, rng)) for name, *shape in _LAKES)
    dry = shapely.union_all([mainland, *islands])
    sea = shapely.normalize(border.difference(dry))
    bank = _ribbon(_wiggle(metres(_RIVER), rng, levels=3, rough=0.1), width=45.0)
    standing = shapely.union_all([sea, *(lake for _, lake in lakes)])
    river = shapely.normalize(bank.difference(standing))
    if river.geom_type != "Polygon":
        river = max(river.geoms, key=lambda part: part.area)
    water = shapely.union_all([standing, river])
    land = border.difference(water)
    homes = shapely.union_all([mainland, islands[0]]).intersection(border)
    settled = homes.difference(water.buffer(18.0)).intersection(border.buffer(-20.0))
    shapely.prepare([water, land, settled])
    return Place(border, sea, lakes, river, water, land, settled)


def _wiggle(line: Array, rng: np.random.Generator, levels: int, rough: float) -> Array:
    for _ in range(levels):
        step = np.diff(line, axis=0)
        normal = np.column_stack([-step[:, 1], step[:, 0]])
        middle = line[:-1] + step / 2 + normal * rng.normal(0.0, rough, (len(step), 1))
        out = np.empty((2 * len(line) - 1, 2))
        out[::2], out[1::2] = line, middle
        line = out
    return line.round(1)


def _blob(shape: ArrayLike, rng: np.random.Generator, points: int = 72) -> shapely.Polygon:
    x, y, east, north = np.asarray(shape, dtype=float)
    angle = np.linspace(0.0, 2.0 * np.pi, points, endpoint=False)
    reach = np.ones(points)
    for k in range(2, 10):
        reach += rng.normal(0.0, 0.28 / k) * np.cos(k * angle + rng.uniform(0.0, 2.0 * np.pi))
    ring = np.column_stack([x + east * reach * np.cos(angle), y + north * reach * np.sin(angle)])
    return shapely.Polygon(metres(ring).round(1))


def _ribbon(line: Array, width: float) -> shapely.Polygon:
    step = np.gradient(line, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]])
    normal *= width / 2 / np.hypot(*step.T)[:, None]
    ring = np.vstack([line + normal, (line - normal)[::-1]])
    return shapely.Polygon(ring.round(1)).buffer(0)
