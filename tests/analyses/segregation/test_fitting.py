from math import sqrt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from kvarter.analyses.segregation._fitting import fit


def closed_form(table: np.ndarray, zones: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Fit two zones and two groups: the first cell solves a quadratic equation."""
    odds = table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0])
    r, c = zones[0], groups[0]
    linear = 1 + (r + c) * (odds - 1)
    x = (linear - sqrt(linear**2 - 4 * odds * (odds - 1) * r * c)) / (2 * (odds - 1))
    return np.array([[x, r - x], [c - x, 1 - r - c + x]])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 500), min_size=4, max_size=4),
    st.floats(0.01, 0.99),
    st.floats(0.01, 0.99),
)
def test_fitting_two_by_two(cells: list[int], zone: float, group: float) -> None:
    table = np.array(cells, dtype=float).reshape(2, 2)
    zones, groups = np.array([zone, 1 - zone]), np.array([group, 1 - group])
    found = fit(table, zones, groups)
    assert found is not None
    if table[0, 0] * table[1, 1] != table[0, 1] * table[1, 0]:
        np.testing.assert_allclose(found, closed_form(table, zones, groups), rtol=0, atol=1e-9)
    else:
        np.testing.assert_allclose(found, np.outer(zones, groups), rtol=0, atol=1e-9)


def test_empty_cells_are_nearly_empty() -> None:
    # No factors give a diagonal table margins that differ, unless its empty cells have people.
    table = np.array([[50.0, 0.0], [0.0, 50.0]])
    for share in (0.5001, 0.6, 0.99):
        zones, groups = np.array([0.5, 0.5]), np.array([share, 1 - share])
        found = fit(table, zones, groups)
        assert found is not None
        expected = [[0.5, 0], [share - 0.5, 1 - share]]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
