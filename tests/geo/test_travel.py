import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.geo import homes, network
from kvarter.geo.travel import nearest_straight_line, read, straight_line, table, write


def points(rng: np.random.Generator, n: int, names: str) -> gpd.GeoSeries:
    x, y = rng.uniform(0, 3000, (2, n)).round(-1)
    return gpd.GeoSeries.from_xy(x, y, index=[f"{names}{i}" for i in range(n)], crs=3067)


@pytest.mark.parametrize("detour", [1.0, 1.3])
def test_equals_a_plain_loop(detour: float) -> None:
    rng = np.random.default_rng(4)
    zones, services = points(rng, 60, "z"), points(rng, 25, "s")
    expected = []
    for i, (zone, a) in enumerate(zones.items()):
        for j, (service, b) in enumerate(services.items()):
            cost = detour * math.hypot(a.x - b.x, a.y - b.y)
            if cost <= 500:
                expected.append((i, cost, j, zone, service))
    table = straight_line(zones, services, limit=500, detour=detour)
    assert list(zip(table["zone"], table["service"], strict=True)) == [
        row[3:] for row in sorted(expected, key=lambda r: (r[0], round(r[1], 6), r[2]))
    ]
    np.testing.assert_allclose(sorted(table["cost"]), sorted(r[1] for r in expected), atol=1e-9)
    assert table["zone"].cat.categories.tolist() == zones.index.tolist()
    assert table["service"].cat.categories.tolist() == services.index.tolist()


@pytest.mark.parametrize("detour", [1.0, 1.3])
def test_the_nearest_is_found_however_far(detour: float) -> None:
    rng = np.random.default_rng(4)
    zones, services = points(rng, 60, "z"), points(rng, 3, "s")
    found = nearest_straight_line(zones, services, detour=detour)
    expected = [detour * min(math.hypot(a.x - b.x, a.y - b.y) for b in services) for a in zones]
    np.testing.assert_allclose(found, expected)
    assert found.index.equals(zones.index)
    assert nearest_straight_line(zones, services.iloc[:0]).isna().all()


def test_the_limit_is_within_reach_and_0_a_cost() -> None:
    zones = gpd.GeoSeries.from_xy([0, 300, 0], [0, 400, 500.001], crs=3067)
    services = gpd.GeoSeries.from_xy([0], [0], index=["s"], crs=3067)
    table = straight_line(zones, services, limit=500)
    assert table["cost"].tolist() == [0, 500]


def test_nothing_within_reach() -> None:
    zones = gpd.GeoSeries.from_xy([0], [0], crs=3067)
    far = gpd.GeoSeries.from_xy([9000], [0], crs=3067)
    for services in (far, far.iloc[:0]):
        table = straight_line(zones, services, limit=500)
        assert table.columns.tolist() == ["zone", "service", "cost"]
        assert len(table) == 0
        assert table["zone"].cat.categories.tolist() == [0]
        assert table["cost"].dtype == np.float64


def test_real_stops(helsinki: Path) -> None:
    zones = gpd.read_file(helsinki / "paavo_2026.gpkg").set_index("postinumeroalue")
    stops = gpd.read_file(helsinki / "public_transport_stops.gpkg").to_crs(3067)
    origins = zones.representative_point().iloc[:40]
    table = straight_line(origins, stops.geometry, limit=700)
    for zone, origin in origins.items():
        expected = stops.distance(origin)
        expected = expected[expected <= 700].sort_values()
        np.testing.assert_allclose(table.loc[table["zone"] == zone, "cost"], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"limit": 0}, "limit must be"),
        ({"limit": float("nan")}, "limit must be"),
        ({"limit": float("inf")}, "limit must be"),
        ({"limit": None}, "limit must be .*, not None"),
        ({"limit": "99"}, "limit must be .*, not '99'"),
        ({"detour": "1.3"}, "detour must be .*, not '1.3'"),
        ({"detour": 0.9}, "detour must be"),
        ({"origins": gpd.GeoSeries.from_xy([0], [0])}, "no coordinate system.*set_crs"),
        ({"services": gpd.GeoSeries.from_xy([0], [0], crs=4326)}, "the services.*degree.*to_crs"),
        ({"services": gpd.GeoSeries.from_xy([0], [0], crs=3879)}, "EPSG:3067.*EPSG:3879.*to_crs"),
        (
            {"services": gpd.GeoSeries.from_xy([0, 1], [0, 1], index=["a", "a"], crs=3067)},
            "'a'.*index of its own",
        ),
        (
            {"origins": gpd.GeoSeries([shapely.box(0, 0, 1, 1)], index=["b"], crs=3067)},
            "'b' is none.*representative_point",
        ),
        ({"origins": gpd.GeoSeries([None], index=["b"], crs=3067)}, "'b' is none"),
    ],
)
def test_mistakes_are_answered_with_a_cure(change: dict, said: str) -> None:
    good = gpd.GeoSeries.from_xy([0], [0], crs=3067)
    given = {"origins": good, "services": good, "limit": 500.0} | change
    with pytest.raises(ValueError, match=said):
        straight_line(**given)
    del given["limit"]
    if "limit" not in change:
        with pytest.raises(ValueError, match=said):
            nearest_straight_line(**given)


@pytest.mark.parametrize("end", ["origins", "services"])
@pytest.mark.parametrize("at", [(0, np.nan), (np.nan, 0), (0, np.inf), (-np.inf, 0)])
def test_half_a_place_is_named(end: str, at: tuple[float, float]) -> None:
    good = gpd.GeoSeries.from_xy([0, 9], [0, 9], index=["a", "b"], crs=3067)
    half = gpd.GeoSeries.from_xy(*zip((1, 1), at, strict=True), index=["a", "b"], crs=3067)
    given = {"origins": good, "services": good, end: half}
    streets = network.from_lines(gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 90 0)"], crs=3067))
    said = rf"'b' is at \({at[0]:.1f}, {at[1]:.1f}\), which is no place; correct"
    for measure in (
        lambda: straight_line(**given, limit=99),
        lambda: nearest_straight_line(**given),
        lambda: network.costs(streets, **given, limit=9),
        lambda: network.nearest(streets, **given),
        lambda: network.unconnected(streets, half),
        lambda: homes.zone_of(half, good.buffer(1)),
    ):
        with pytest.raises(ValueError, match=said):
            measure()


def test_a_place_may_be_as_far_as_numbers_go() -> None:
    good = gpd.GeoSeries.from_xy([0, 9], [0, 9], crs=3067)
    for far in (1e30, -1e30):
        beyond = gpd.GeoSeries.from_xy([0, far, 1], [far, 1, 1], crs=3067)
        for zones, services in ((good, beyond), (beyond, good)):
            assert len(straight_line(zones, services, limit=99)) == 2


def test_zones_of_any_index() -> None:
    zones = gpd.GeoSeries.from_xy([0, 10], [0, 0], index=pd.Index([7, 3], name="id"), crs=3067)
    table = straight_line(zones, zones, limit=5)
    assert table["zone"].tolist() == [7, 3]


def costs(zones: pd.Index | None = None) -> pd.DataFrame:
    zones = pd.Index(["01", "a b", "Ä"]) if zones is None else zones
    return table(np.array([2, 0, 2]), np.array([1, 1, 0]), np.array([7.5, 0.1 + 0.2, 3.0]), zones,
                 pd.Index([30, 4]), "minutes")  # fmt: skip


@pytest.mark.parametrize("zones", [pd.Index(["01", "a b", "Ä"]), pd.Index([9, 2**40, -3])])
def test_a_table_is_read_as_it_was_written(zones: pd.Index, tmp_path: Path) -> None:
    one = costs(zones)
    for some in (one, one[one["cost"] > 99]):
        write(some, tmp_path / "costs.parquet")
        again = read(tmp_path / "costs.parquet")
        pd.testing.assert_frame_equal(again, some.reset_index(drop=True), check_exact=True)
        assert again.attrs == {"unit": "minutes"}
        assert again["zone"].cat.categories.tolist() == zones.tolist()
    # Other programs see plain columns.
    write(one, tmp_path / "costs.parquet")
    assert pd.read_parquet(tmp_path / "costs.parquet")["zone"].tolist() == one["zone"].tolist()


def test_ties_are_in_the_order_of_the_services() -> None:
    rng = np.random.default_rng(9)
    pair = rng.permutation(900)
    zone, service = np.divmod(pair, 30)
    cost = rng.integers(0, 5, 900).astype(float)
    made = table(zone, service, cost, pd.RangeIndex(30), pd.RangeIndex(30), "metres")
    expected = sorted(zip(zone, cost, service, strict=True))
    got = list(zip(made["zone"], made["cost"], made["service"], strict=True))
    assert got == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.assign(zone=t["zone"].astype(str)), "'zone' as a categorical"),
        (lambda t: t.drop(columns="service"), "'service' as a categorical"),
        (lambda t: t.assign(cost="far"), "'cost' as a column of numbers"),
        (lambda t: t.assign(cost=-1.0), "from '01' to 4 is -1.0"),
        (lambda t: t.assign(cost=np.nan), "from '01' to 4 is nan"),
        (lambda t: t.assign(cost=np.inf), "is inf"),
        (lambda t: t.assign(zone=t["zone"].cat.remove_categories("Ä")), "names no zone"),
        (lambda t: t.iloc[[0, 0]], "'01', 4 is there twice"),
    ],
)
def test_what_is_no_cost_table_is_not_written(change, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=said):
        write(change(costs()), tmp_path / "costs.parquet")
    unknown = costs()
    unknown.attrs["unit"] = "hours"
    with pytest.raises(ValueError, match="unit of the cost table is 'hours'"):
        write(unknown, tmp_path / "costs.parquet")
    assert not (tmp_path / "costs.parquet").exists()


@pytest.mark.parametrize(
    "names",
    [
        pd.Index(["b", 1, "c"], dtype=object),
        pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"]),
    ],
)
def test_names_that_a_file_does_not_keep_are_not_written(names: pd.Index, tmp_path: Path) -> None:
    swapped = table(np.array([0]), np.array([0]), np.array([1.0]), pd.Index([1]), names, "metres")
    for one, what in ((costs(names), "zones"), (swapped, "services")):
        with pytest.raises(ValueError, match=f"names of all {what} must be texts, or all whole"):
            write(one, tmp_path / "costs.parquet")


def test_names_of_several_parts_are_refused() -> None:
    parts = pd.MultiIndex.from_tuples([(1, 2), (3, 4), (5, 6)])
    at = gpd.GeoSeries.from_xy([0, 1, 2], [0, 1, 2], crs=3067)
    for make in (
        lambda: costs(parts),
        lambda: straight_line(at.set_axis(parts), at, limit=9),
        lambda: nearest_straight_line(at.set_axis(parts), at),
    ):
        with pytest.raises(
            ValueError, match=r"the zones have names .*parts, such as \(1, 2\); give"
        ):
            make()


def test_files_that_are_no_cost_tables_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none.parquet is not there"):
        read(tmp_path / "none.parquet")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1")
    with pytest.raises(ValueError, match=r"cut.parquet is no Parquet file, damaged or cut off"):
        read(tmp_path / "cut.parquet")
    pd.DataFrame({"zone": ["a"]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(ValueError, match=r"other.parquet is no cost table.*matrices.read"):
        read(tmp_path / "other.parquet")
