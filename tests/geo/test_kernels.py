import numpy as np
import pytest
from kvarter.geo import kernels
from kvarter.geo.grid import Grid


def plain(points, own, values, decay):
    out = np.zeros_like(values)
    for i in range(len(points)):
        for j in range(len(points)):
            d = own[i] if i == j else np.hypot(*(points[i] - points[j]))
            out[i] += decay(d) * values[j]
    return out


@pytest.fixture
def places():
    rng = np.random.default_rng(3)
    row, column = np.divmod(rng.choice(40 * 60, 300, replace=False), 60)
    cells = Grid(0.25, row - row.min(), column - column.min())
    points = np.column_stack([cells.column, cells.row]) * 0.25
    return points, np.full(300, 0.19), cells, rng.poisson(9, (300, 2)).astype(float)


def gaussian(distance):
    return np.exp(-((distance / 2) ** 2))


@pytest.mark.parametrize("decay", [kernels.exponential, gaussian, lambda d: 1 / (1 + d) ** 2])
@pytest.mark.parametrize("way", ["dense", "grid", "blocks"])
def test_every_way_equals_the_sum_over_pairs(places, decay, way, monkeypatch):
    points, own, cells, values = places
    if way != "dense":
        monkeypatch.setattr(kernels, "DENSE", 10)
    if way == "blocks":
        # No grid, and zones of different sizes.
        own = own * np.linspace(0.5, 2, len(own))
        points = points + np.random.default_rng(0).normal(0, 0.05, points.shape)
    sums = kernels.weighted_sums(points, own, decay=decay, cells=cells if way == "grid" else None)
    expected = plain(points, own, values, decay)
    np.testing.assert_allclose(sums(values), expected, atol=1e-10 * values.sum())


def test_distant_blocks_are_passed_over_without_harm(monkeypatch):
    monkeypatch.setattr(kernels, "DENSE", 10)
    rng = np.random.default_rng(7)
    points = np.vstack([rng.random((200, 2)), rng.random((200, 2)) + 500])
    own, values = np.full(400, 0.1), rng.random((400, 1))
    found = kernels.weighted_sums(points, own)(values)
    expected = plain(points, own, values, kernels.exponential)
    np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_decay_that_grows_or_is_infinite_is_refused(places, monkeypatch):
    points, own, cells, _ = places
    with pytest.raises(ValueError, match="0 or more"):
        kernels.weighted_sums(points, own, decay=lambda d: -d)
    with pytest.raises(ValueError, match="0 or more"):
        kernels.weighted_sums(points, 0 * own, decay=lambda d: 1 / d)
    monkeypatch.setattr(kernels, "DENSE", 10)
    with pytest.raises(ValueError, match="never grows"):
        kernels.weighted_sums(points, own, decay=lambda d: d, cells=cells)
    with pytest.raises(ValueError, match="too fast"):
        kernels.weighted_sums(points, own, decay=lambda d: (d < 1.03) * 1.0)
