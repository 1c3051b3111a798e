"""The answers of spopt, whose models are solved to the end by a solver of its own choice."""

import numpy as np
import pandas as pd
import pytest
from kvarter.analyses.location import maximal_covering, p_center, p_median, set_covering

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
locate = pytest.importorskip("spopt.locate")
pulp = pytest.importorskip("pulp")

ZONES, SITES, LIMIT = 60, 12, 25.0


@pytest.fixture(params=[1, 2, 3])
def town(request):
    """Draw a town of which every zone reaches every site."""
    rng = np.random.default_rng(request.param)
    where, sites = rng.uniform(0, 100, (ZONES, 2)), rng.uniform(0, 100, (SITES, 2))
    matrix = np.hypot(*(where[:, None] - sites).transpose(2, 0, 1))
    zone, site = np.divmod(np.arange(matrix.size), SITES)
    costs = pd.DataFrame(
        {"zone": pd.Categorical(zone), "service": pd.Categorical(site), "cost": matrix.ravel()}
    )
    return costs, pd.Series(rng.integers(1, 100, ZONES).astype(float)), matrix


def solved(model):
    """Solve a model and give its objective."""
    model.problem.solve(pulp.PULP_CBC_CMD(msg=False))
    return pulp.value(model.problem.objective)


@pytest.mark.parametrize("p", [2, 5])
def test_p_median(town, p):
    costs, demand, matrix = town
    found = p_median(costs, demand, p)
    model = locate.PMedian.from_cost_matrix(matrix, demand.to_numpy(), p_facilities=p)
    assert found.objective == pytest.approx(solved(model))
    assert found.gap < 1e-6


def test_p_median_beside_sites_that_exist(town):
    costs, demand, matrix = town
    found = p_median(costs, demand, 3, existing=[0, 4])
    already = np.isin(np.arange(SITES), [0, 4]).astype(int)
    model = locate.PMedian.from_cost_matrix(
        matrix, demand.to_numpy(), p_facilities=5, predefined_facilities_arr=already
    )
    assert found.objective == pytest.approx(solved(model))


@pytest.mark.parametrize("p", [2, 5])
def test_maximal_covering(town, p):
    costs, demand, matrix = town
    found = maximal_covering(costs, demand, p, LIMIT)
    model = locate.MCLP.from_cost_matrix(matrix, demand.to_numpy(), LIMIT, p_facilities=p)
    assert found.objective == found.bound == pytest.approx(solved(model))


def test_set_covering(town):
    costs, demand, matrix = town
    limit = float(matrix.min(axis=1).max()) + 5
    found = set_covering(costs, demand, limit)
    assert found.objective == solved(locate.LSCP.from_cost_matrix(matrix, limit))


@pytest.mark.parametrize("p", [2, 5])
def test_p_center(town, p):
    costs, demand, matrix = town
    found = p_center(costs, demand, p)
    assert found.objective == found.bound
    assert found.objective == pytest.approx(
        solved(locate.PCenter.from_cost_matrix(matrix, p_facilities=p))
    )
