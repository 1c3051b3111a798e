import numpy as np
import pytest
from kvarter.analyses.segregation import clustering


def plain_proximity(town, one, two):
    n = len(town.x)
    return sum(one[i] * two[j] * town.weight(i, j) for i in range(n) for j in range(n))


def test_each_index_equals_its_formula(town):
    x, y, t, n = town.x, town.y, town.t, len(town.x)
    all_x, all_y = x.sum(), y.sum()
    xx, yy = plain_proximity(town, x, x), plain_proximity(town, y, y)
    tt, xt = plain_proximity(town, t, t), plain_proximity(town, x, t)
    ones = plain_proximity(town, np.ones(n), np.ones(n))
    even = all_x / n**2 * ones
    expected = (xx / all_x - even) / (xt / all_x - even)
    assert clustering.absolute_clustering(x, t, town.sums)[0] == pytest.approx(expected, abs=1e-9)
    within = all_x * xx / all_x**2 + all_y * yy / all_y**2
    expected = within / ((all_x + all_y) * tt / (all_x + all_y) ** 2)
    assert clustering.spatial_proximity(x, y, town.sums)[0] == pytest.approx(expected, abs=1e-9)
    expected = (xx / all_x**2) / (yy / all_y**2) - 1
    assert clustering.relative_clustering(x, y, town.sums)[0] == pytest.approx(expected, abs=1e-9)


def test_a_chessboard_is_not_clustered_and_halves_are(pattern):
    name, town = pattern
    proximity = clustering.spatial_proximity(town.x, town.y, town.sums)[0]
    absolute = clustering.absolute_clustering(town.x, town.t, town.sums)[0]
    assert clustering.relative_clustering(town.x, town.y, town.sums)[0] == pytest.approx(0)
    if name == "chessboard":
        assert proximity == pytest.approx(0.999, abs=5e-4)
        assert abs(absolute) < 0.01
    else:
        assert proximity > 1.2
        assert absolute > 0.3


def test_groups_that_live_alike_are_as_near_to_each_other_as_to_their_own(town):
    value = clustering.spatial_proximity(town.t, 3 * town.t, town.sums)[0]
    assert value == pytest.approx(1)
    assert clustering.relative_clustering(town.t, 3 * town.t, town.sums)[0] == pytest.approx(0)
    nobody = np.zeros_like(town.t)
    assert np.isnan(clustering.spatial_proximity(nobody, town.t, town.sums)[0])
    assert np.isnan(clustering.absolute_clustering(nobody, town.t, town.sums)[0])
