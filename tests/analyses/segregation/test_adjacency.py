from itertools import pairwise

import numpy as np
import pytest
from kvarter.analyses.segregation import adjacency, evenness
from kvarter.geo import neighbours
from scipy import sparse
from segregation import singlegroup


def shares(town):
    return [a / b if b else None for a, b in zip(town.x, town.t, strict=True)]


def plain_difference(town, weight, factor=lambda i, j: 1.0):
    p, above, below = shares(town), 0.0, 0.0
    for i in range(len(p)):
        for j in range(len(p)):
            if i != j and p[i] is not None and p[j] is not None:
                above += weight[i, j] * abs(p[i] - p[j]) * factor(i, j)
                below += weight[i, j]
    return above / below


def test_differences_across_borders_equal_their_formulas(town):
    d = evenness.dissimilarity(town.x, town.y)[0]
    touching = town.neighbours.toarray()
    found = adjacency.spatial_dissimilarity(town.x, town.y, town.neighbours)[0]
    assert found == pytest.approx(d - plain_difference(town, touching), abs=1e-9)
    outlines = list(town.geometry)
    common = np.zeros((len(outlines), len(outlines)))
    for i, one in enumerate(outlines):
        for j, two in enumerate(outlines):
            if i != j and touching[i, j]:
                common[i, j] = one.boundary.intersection(two.boundary).length
    borders = neighbours.borders(town.geometry)
    np.testing.assert_allclose(borders.toarray(), common, atol=1e-6)
    found = adjacency.boundary_dissimilarity(town.x, town.y, borders)[0]
    assert found == pytest.approx(d - plain_difference(town, common), abs=1e-9)
    length, area = town.geometry.length.to_numpy(), town.areas
    ratio = length / area
    expected = plain_difference(
        town, common, lambda i, j: (ratio[i] + ratio[j]) / (2 * ratio.max())
    )
    found = adjacency.perimeter_area_dissimilarity(town.x, town.y, borders, area, length)[0]
    assert found == pytest.approx(d - expected, abs=1e-9)


def test_pysal_where_every_zone_has_people_and_neighbours(squares, new_town):
    cells = squares(6, 7)
    rng = np.random.default_rng(2)
    x, y = rng.poisson(20, (2, 42)).astype(float)
    town = new_town(x, y, cells)
    borders = neighbours.borders(cells)
    for theirs, value in (
        ("SpatialDissim", adjacency.spatial_dissimilarity(x, y, town.neighbours)),
        (
            "PARDissim",
            adjacency.perimeter_area_dissimilarity(x, y, borders, town.areas, cells.length),
        ),
    ):
        statistic = getattr(singlegroup, theirs)(town.frame(), "x", "t").statistic
        assert value[0] == pytest.approx(statistic, abs=1e-9)
    theirs = singlegroup.BoundarySpatialDissim(town.frame(), "x", "t", standardize=False)
    found = adjacency.boundary_dissimilarity(x, y, borders)[0]
    assert found == pytest.approx(theirs.statistic, abs=1e-9)
    found = adjacency.spatial_proximity_profile(x, x + y, town.neighbours)[0]
    theirs = singlegroup.SpatialProxProf(town.frame(), "x", "t", m=20_000).statistic
    # PySAL adds up thresholds; here the steps are added up.
    assert found == pytest.approx(theirs, abs=1e-3)


def plain_profile(x, t, graph):
    n = len(x)
    steps = np.full((n, n), np.inf)
    for source in range(n):
        steps[source, source], queue = 0, [source]
        while queue:
            zone = queue.pop(0)
            for other in range(n):
                if graph[zone, other] and steps[source, other] == np.inf:
                    steps[source, other] = steps[source, zone] + 1
                    queue.append(other)
    share = [a / b if b else -1 for a, b in zip(x, t, strict=True)]
    whole = sum(x) / sum(t)
    ends = sorted({0.0, whole, 1.0, *(s for s in share if s >= 0)})
    out = whole
    for low, high in pairwise(ends):
        inside = [i for i in range(n) if share[i] >= high]
        together = sum(steps[i, j] for i in inside for j in inside)
        eta = (len(inside) ** 2 - len(inside)) / together if together else 0
        out += (high - low) * eta * (1 if low >= whole else -1)
    return out / (1 - whole)


def test_the_profile_equals_its_formula(town):
    graph, parts = neighbours.joined(town.neighbours, town.kilometres)
    assert parts >= 1
    found = adjacency.spatial_proximity_profile(town.x, town.t, graph)[0]
    expected = plain_profile(town.x.tolist(), town.t.tolist(), graph.toarray())
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_sample_of_paths_comes_near(monkeypatch, squares):
    cells = squares(60, 60)
    rng = np.random.default_rng(1)
    row, column = np.divmod(np.arange(3600), 60)
    t = rng.poisson(30, 3600) + 1.0
    x = rng.binomial(t.astype(int), 0.1 + 0.6 * (np.hypot(row - 20, column - 20) < 15))
    graph = neighbours.contiguity(cells).sparse
    exact = adjacency.spatial_proximity_profile(x, t, graph)[0]
    monkeypatch.setattr(adjacency, "EXACT_UP_TO", 100)
    assert adjacency.spatial_proximity_profile(x, t, graph)[0] == pytest.approx(exact, abs=0.01)


def test_limits(squares):
    cells = squares(20, 20)
    row, column = np.divmod(np.arange(400), 20)
    queen, borders = neighbours.contiguity(cells).sparse, neighbours.borders(cells)
    rook = neighbours.contiguity(cells, rook=True).sparse
    chess = (row + column) % 2 * 100.0
    assert adjacency.spatial_dissimilarity(chess, 100 - chess, rook)[0] == pytest.approx(0)
    assert adjacency.boundary_dissimilarity(chess, 100 - chess, borders)[0] == pytest.approx(0)
    halves = (column < 10) * 100.0
    assert adjacency.spatial_dissimilarity(halves, 100 - halves, queen)[0] > 0.9
    block = np.zeros(400)
    block[[0, 1, 20, 21]] = 100
    # All neighbours of each other; below its share in the whole, all zones count alike.
    everyone = adjacency.spatial_proximity_profile(block, np.full(400, 100.0), queen)[0]
    assert 0.98 < everyone <= 1
    apart = sparse.csr_array((400, 400))
    assert np.isnan(adjacency.spatial_proximity_profile(block, np.full(400, 100.0), apart)[0])
    assert np.isnan(adjacency.spatial_dissimilarity(block, 100 - block, apart)[0])
    with pytest.raises(ValueError, match="400 zones"):
        adjacency.spatial_dissimilarity(block, 100 - block, sparse.csr_array((3, 3)))
