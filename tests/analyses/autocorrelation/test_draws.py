"""The draws are those of conditional permutation, whatever way they are counted."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.autocorrelation import _draws, local
from kvarter.geo import neighbours, threads
from libpysal.graph import Graph

STATISTICS = [
    "moran",
    "moran_bivariate",
    "geary",
    "geary_multivariate",
    "getis_ord_g",
    "getis_ord_g_star",
]
Plain = Callable[[int, list[int], list[float]], float]


def measured(statistic: str, x: pd.Series, y: pd.Series, graph: Graph, **options) -> pd.DataFrame:
    values = pd.DataFrame({"x": x, "y": y}) if statistic == "geary_multivariate" else x
    other = y if statistic == "moran_bivariate" else None
    return local(values, graph, statistic=statistic, other=other, adjust=None, **options)


def plain(statistic: str, x: np.ndarray, y: np.ndarray) -> Plain:
    """Give the statistic of a zone with these neighbours, from its formula."""
    n = len(x)
    zx, zy = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    total = x.sum()

    def of(i: int, js: list[int], ws: list[float]) -> float:
        pairs = list(zip(js, ws, strict=True))
        if statistic == "moran":
            return (n - 1) / n * zx[i] * sum(w * zx[j] for j, w in pairs)
        if statistic == "moran_bivariate":
            return (n - 1) / n * zx[i] * sum(w * zy[j] for j, w in pairs)
        if statistic == "geary":
            return sum(w * (zx[i] - zx[j]) ** 2 for j, w in pairs)
        if statistic == "geary_multivariate":
            return sum(w * ((zx[i] - zx[j]) ** 2 + (zy[i] - zy[j]) ** 2) / 2 for j, w in pairs)
        if statistic == "getis_ord_g":
            return sum(w * x[j] for j, w in pairs) / (total - x[i])
        return sum(w * x[j] for j, w in pairs) / total

    return of


def around(graph: Graph, statistic: str) -> tuple[list[list[int]], list[list[float]]]:
    """Give the positions and the row-standardised weights of each zone's neighbours.

    For G* the zone is among them.
    """
    place = {zone: i for i, zone in enumerate(graph.unique_ids)}
    beside, weights = [], []
    for zone in graph.unique_ids:
        row = graph[zone] if zone not in graph.isolates else pd.Series(dtype=float)
        if len(row) and statistic == "getis_ord_g_star":
            row = pd.concat([row, pd.Series({zone: row.max()})]).sort_index(
                key=lambda j: j.map(place)
            )
        beside.append([place[j] for j in row.index])
        weights.append([w / row.sum() for w in row])
    return beside, weights


def uneven(graph: Graph) -> Graph:
    """Give neighbours weights from 1 to 2."""
    linked = graph.adjacency.drop(graph.isolates)
    more = np.random.default_rng(4).random(len(linked))
    weights = graph.adjacency.astype(float)
    weights[linked.index] += more
    return Graph(weights)


@pytest.fixture(scope="module")
def two(patchy: tuple) -> tuple[pd.Series, pd.Series]:
    """Give two variables of whole numbers, so that many sums are equal."""
    rng = np.random.default_rng(7)
    x = patchy[0]
    return x, (x + pd.Series(rng.integers(0, 6, len(x)), index=x.index)).astype(float)


@pytest.mark.parametrize("weights", ["equal", "unequal"])
@pytest.mark.parametrize("statistic", STATISTICS)
def test_counts_equal_a_loop_over_the_same_draws(
    statistic: str, weights: str, patchy: tuple, two: tuple
) -> None:
    (x, y), graph = two, patchy[1] if weights == "equal" else uneven(patchy[1])
    beside, share = around(graph, statistic)
    of = plain(statistic, x.to_numpy(), y.to_numpy())
    n, draws, star = len(x), 199, statistic == "getis_ord_g_star"
    drawn = _draws.sample(n if star else n - 1, max(map(len, beside)), draws, 5)
    found = measured(statistic, x, y, graph, permutations=draws, seed=5)
    assert (found["note"] == "").sum() >= n - 1
    for i in range(n):
        if not beside[i]:
            assert np.isnan(found["p_value"].iloc[i])
            continue
        here = of(i, beside[i], share[i])
        assert found["statistic"].iloc[i] == pytest.approx(here, abs=1e-9)
        larger = smaller = 0
        for column in drawn[: len(beside[i])].T:
            there = of(i, [n - 1 if j == i and not star else j for j in column], share[i])
            larger += there >= here - 1e-11
            smaller += there <= here + 1e-11
        expected = min(1, 2 * (min(larger, smaller) + 1) / (draws + 1))
        assert found["p_value"].iloc[i] == pytest.approx(expected, abs=1e-12), (statistic, i)


@pytest.mark.parametrize("weights", ["equal", "unequal"])
@pytest.mark.parametrize("statistic", STATISTICS)
def test_p_values_are_those_of_all_possible_draws(statistic: str, weights: str, cells) -> None:
    geometry = cells(2, 4)
    graph = neighbours.contiguity(geometry, rook=True)
    graph = graph if weights == "equal" else uneven(graph)
    rng = np.random.default_rng(3)
    x, y = (pd.Series(rng.gamma(2, size=8), index=geometry.index) for _ in range(2))
    beside, share = around(graph, statistic)
    star = statistic == "getis_ord_g_star"
    of = plain(statistic, x.to_numpy(), y.to_numpy())
    draws = 4999
    greater = measured(statistic, x, y, graph, permutations=draws, alternative="greater")
    less = measured(statistic, x, y, graph, permutations=draws, alternative="less")
    for i in range(8):
        here = of(i, beside[i], share[i])
        every = [
            of(i, list(js), share[i])
            for js in permutations([j for j in range(8) if star or j != i], len(beside[i]))
        ]
        assert greater["expected"].iloc[i] == pytest.approx(np.mean(every))
        z = (here - np.mean(every)) / np.std(every)
        assert greater["z"].iloc[i] == pytest.approx(z, abs=1e-8)
        for frame, exact in (
            (greater, np.mean([e >= here - 1e-11 for e in every])),
            (less, np.mean([e <= here + 1e-11 for e in every])),
        ):
            error = 4.5 * np.sqrt(exact * (1 - exact) / draws) + 1 / draws
            assert frame["p_value"].iloc[i] == pytest.approx(exact, abs=error)


@pytest.mark.parametrize("zones", [9, 20])
def test_zones_are_drawn_once_and_equally_often(zones: int) -> None:
    # Few zones are shuffled; of many, draws with a zone twice are made anew.
    draws = 20_000
    drawn = _draws.sample(zones, 4, draws, 1)
    assert drawn.shape == (4, draws)
    assert all(len(set(column)) == 4 for column in drawn.T[:2000])
    for turn in drawn:
        often = np.bincount(turn, minlength=zones)
        assert often == pytest.approx(draws / zones, abs=4.5 * (draws / zones) ** 0.5)
    pairs = np.bincount(zones * drawn[0] + drawn[3], minlength=zones**2).reshape(zones, zones)
    assert (np.diag(pairs) == 0).all()
    each = draws / zones / (zones - 1)
    assert pairs[~np.eye(zones, dtype=bool)] == pytest.approx(each, abs=4.5 * each**0.5)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_one_core_and_many_give_the_same(
    statistic: str, patchy: tuple, two: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs = patchy[1], uneven(patchy[1])
    several = [measured(statistic, *two, graph, permutations=1999) for graph in graphs]
    monkeypatch.setattr(threads, "cores", lambda: 1)
    monkeypatch.setattr(_draws, "_FEW", 10**9)
    for frame, graph in zip(several, graphs, strict=True):
        pd.testing.assert_frame_equal(frame, measured(statistic, *two, graph, permutations=1999))


def test_p_values_of_one_side_and_of_both() -> None:
    larger, smaller = np.array([0, 10, 99]), np.array([99, 90, 0])
    assert _draws.p_value(larger, smaller, 99, "greater").tolist() == [0.01, 0.11, 1.0]
    assert _draws.p_value(larger, smaller, 99, "less").tolist() == [1.0, 0.91, 0.01]
    assert _draws.p_value(larger, smaller, 99).tolist() == [0.02, 0.22, 0.02]
    with pytest.raises(ValueError, match="alternative is 'larger'; there are 'two-sided', 'gr"):
        _draws.p_value(larger, smaller, 99, "larger")  # type: ignore[arg-type]


def test_draws_for_wide_graphs_are_not_kept(monkeypatch) -> None:
    assert _draws.sample(500, 40, 100, 3) is _draws.sample(500, 40, 100, 3)
    whole = _draws.sample(500, 40, 100, 3)
    monkeypatch.setattr(_draws, "_KEPT_BYTES", 10_000)
    monkeypatch.setattr(_draws, "_AT_ONCE", 1_000)
    again = _draws.sample(500, 40, 100, 3)
    assert again is not _draws.sample(500, 40, 100, 3)
    assert again.dtype == np.int32
    assert (again == whole).all()
