"""Towns that are made up, and clocks, for the measurements that stand beside this file."""

import resource
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

SEED = 20260101


def served(zones, services, density=24 / (np.pi * 25)):
    """Draw zones with people and services with places, so many services a square kilometre."""
    rng = np.random.default_rng(SEED)
    side = np.sqrt(services / density) * 1000
    origins = gpd.GeoSeries.from_xy(*rng.uniform(0, side, (2, zones)), crs=3067)
    places = gpd.GeoSeries.from_xy(*rng.uniform(0, side, (2, services)), crs=3067)
    people = pd.Series(rng.poisson(rng.gamma(2, 10, zones)) + 1.0)
    supply = pd.Series(rng.integers(50, 500, services).astype(float))
    return origins, places, supply, people


def people(zones, groups, where):
    """Draw the members of each group, whose shares vary over the town and from zone to zone."""
    rng = np.random.default_rng(SEED)
    total = rng.poisson(rng.gamma(2, 60, zones)) + 1
    x, y = where.T / where.max()
    drift = np.stack([1 + np.sin(5 * x + k) * np.cos(4 * y - k) for k in range(groups)], axis=1)
    share = rng.dirichlet(np.ones(groups), zones) + drift / np.arange(1, groups + 1)
    share /= share.sum(axis=1, keepdims=True)
    counts = rng.multinomial(total, share)
    return pd.DataFrame(counts, columns=[f"group_{k}" for k in range(groups)])


def grid(zones, groups=2):
    """Make a town of square cells of 250 m, side by side."""
    row, column = np.divmod(np.arange(zones), int(np.ceil(np.sqrt(zones))))
    west, south = column * 250.0, row * 250.0
    cells = shapely.box(west, south, west + 250, south + 250)
    where = np.column_stack([column, row]).astype(float)
    return people(zones, groups, where), gpd.GeoSeries(cells, crs="EPSG:3067")


def irregular(zones, groups=2):
    """Make a town of zones of every shape and size, on average that of a cell."""
    side = np.sqrt(zones) * 250
    where = np.random.default_rng(SEED).uniform(0, side, (zones, 2))
    frame = shapely.box(0, 0, side, side)
    cells = shapely.voronoi_polygons(shapely.multipoints(where), extend_to=frame, ordered=True)
    outlines = shapely.intersection(shapely.get_parts(cells), frame)
    return people(zones, groups, where), gpd.GeoSeries(outlines, crs="EPSG:3067")


class Clock:
    """Measure the time of a block, by the clock and by the processor."""

    def __enter__(self):
        self.wall, self.cpu = -time.perf_counter(), -time.process_time()
        return self

    def __exit__(self, *_):
        self.wall += time.perf_counter()
        self.cpu += time.process_time()

    @property
    def both(self):
        return [self.wall, self.cpu]


def memory():
    """Give the most memory that this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(lines):
    """Print a table."""
    print()
    for at, line in enumerate(lines):
        print(f"| {' | '.join(str(cell) for cell in line)} |")
        if at == 0:
            print(f"| {' | '.join(['---'] + ['---:'] * (len(line) - 1))} |")
