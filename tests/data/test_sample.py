"""The sample municipality: always the same, of its size, and free of contradictions."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from kvarter.data import sample


@pytest.fixture(scope="module")
def town():
    folder = sample.folder()
    names = ["grid_2008", "grid_2016", "grid_2024", "buildings", "rental", "services"]
    tables = {name: pd.read_csv(folder / f"{name}.csv", dtype={"cell": str}) for name in names}
    return {**tables, "streets": gpd.read_parquet(folder / "streets.parquet")}


def test_the_generator_writes_the_shipped_bytes_again(tmp_path):
    sample.write(tmp_path)
    written = sorted(path.name for path in tmp_path.iterdir())
    shipped = sorted(
        path.name for path in sample.folder().iterdir() if path.suffix not in (".md", ".toml")
    )
    assert written == shipped
    for name in written:
        assert (tmp_path / name).read_bytes() == (sample.folder() / name).read_bytes(), name
    assert sum(path.stat().st_size for path in sample.folder().iterdir()) <= 4_000_000


@pytest.mark.parametrize("year", [2008, 2016, 2024])
def test_counts_agree_with_each_other(town, year):
    grid = town[f"grid_{year}"]
    lived = grid[grid["population"] > 0]
    assert len(lived) >= 1500
    assert 40_000 <= grid["population"].sum() <= 50_000
    total = {
        "language_": "population",
        "age_": "population",
        "activity_": "population",
        "income_": "adults",
        "education_": "adults",
        "tenure_": "households",
    }
    for prefix, column in total.items():
        parts = grid[[name for name in grid if name.startswith(prefix)]]
        assert (parts >= 0).all(axis=None)
        np.testing.assert_array_equal(parts.sum(axis=1), grid[column], err_msg=prefix)
    children = grid["population"] - grid["adults"]
    young = grid[["age_0_6", "age_7_15", "age_16_17"]].sum(axis=1)
    assert (children <= young).all()


def test_rental_dwellings_lie_in_buildings_and_mostly_in_two_areas(town):
    rented = town["rental"].groupby("building")["dwellings"].sum()
    homes = town["buildings"].set_index("id")["dwellings"]
    assert (rented <= homes[rented.index]).all()
    grid = town["grid_2024"]
    social = grid.groupby("district")["tenure_social_rental"].sum().sort_values()
    assert social.iloc[-2:].sum() >= 0.6 * social.sum()


def test_services_have_places_and_some_schools_teach_finnish_as_a_second_language(town):
    services = town["services"]
    assert set(services["kind"]) == {
        *("day_care", "school", "health_station", "library", "youth_centre")
    }
    assert (services["capacity"] > 0).all()
    assert services["opened"].between(1800, 2024).all()
    schools = services[services["kind"] == "school"]
    assert 0 < schools["s2"].sum() < len(schools)


def test_the_streets_are_one_network(town):
    graph = nx.Graph()
    for line in town["streets"].geometry:
        graph.add_edge(line.coords[0], line.coords[-1])
    assert nx.is_connected(graph)
