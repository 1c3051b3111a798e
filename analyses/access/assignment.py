"""Assignment: who would use which service."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from ._costs import Costs, Decay, Floats, divide


def assign(
    costs: pd.DataFrame | Costs,
    demand: pd.Series,
    supply: pd.Series | None = None,
    *,
    how: Literal["nearest", "capacity", "huff"] = "nearest",
    decay: Decay | None = None,
) -> pd.DataFrame:
    r"""Tell who would use which service.

    Parameters
    ----------
    costs
        The cost table.
    demand
        People by zone.
    supply
        Places by service; one that has none, or whose places are unknown (NaN), is used by nobody.
        Without it all are open alike. ``"capacity"`` and ``"huff"`` need it.
    how
        ``"nearest"``: everybody to the nearest service, full or not; of several at the same cost,
        to the first of the table's. ``"capacity"``: nobody beyond the places there are, so that
        as many as can have one do, and that all together go the least way. ``"huff"``: by
        chance, the likelier the larger and the nearer the service is.
    decay
        For ``"huff"``: the weight at each cost, such as `decay.power` of 2.

    Returns
    -------
    DataFrame
        ``zone, service, people``: one row for each zone and service that somebody of it uses. The
        people of a zone whom no service takes have a row without a service (NaN): their demand is
        never lost, and the people add up to it.

    Raises
    ------
    ValueError
        Where the cost table or an amount is wrong, see :class:`Costs`, or ``how`` lacks what it
        needs.
    RuntimeError
        Where the solver finds no answer.

    Notes
    -----
    With room it is the transportation problem, solved exactly by HiGHS: its interior point method
    goes on to a vertex.

    .. math::

        \min \sum_{ij} c_{ij} x_{ij} + M \sum_i u_i, \quad
        \sum_j x_{ij} + u_i = P_i, \quad \sum_i x_{ij} \le S_j, \quad x, u \ge 0

    Moving people along so that one more is placed adds less than one greatest cost a service, so
    with :math:`M` above that for all services nobody is left out to save way. Whole people and
    places give whole numbers. By choice,

    .. math:: x_{ij} = P_i \frac{S_j f(c_{ij})}{\sum_k S_k f(c_{ik})}

    References
    ----------
    Hitchcock, F. L. (1941). The distribution of a product from several sources to numerous
    localities. *Journal of Mathematics and Physics*, 20, 224–230.
    https://doi.org/10.1002/sapm1941201224

    Huff, D. L. (1963). A probabilistic analysis of shopping center trade areas. *Land Economics*,
    39(1), 81–90. https://doi.org/10.2307/3144521

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b"]),
    ...                       "service": pd.Categorical(["s", "t", "s", "t"]),
    ...                       "cost": [1.0, 5.0, 2.0, 9.0]})
    >>> people, places = pd.Series({"a": 30, "b": 20}), pd.Series({"s": 25, "t": 20})
    >>> assign(costs, people, places, how="capacity")
      zone service  people
    0    a       s    10.0
    1    a       t    20.0
    2    b       s    15.0
    3    b     NaN     5.0
    """
    table = Costs.of(costs)
    people = table.people(demand)
    places = np.ones(len(table.services)) if supply is None else table.places(supply)
    if how == "nearest":
        table = table.only(places > 0)
        users = _nearest(table, people)
    elif how == "capacity":
        if supply is None:
            raise ValueError("assigning by capacity needs supply: the places of each service")
        table = table.only(places > 0)
        users = _with_room(table, people, places)
    elif how == "huff":
        if supply is None or decay is None:
            raise ValueError("assigning by choice needs supply and a decay, as decay.power(2)")
        weights = table.weights(decay).data * places[table.matrix.indices]
        users = weights * divide(people, table.by_zone(weights))[table.zone]
    else:
        raise ValueError(f"how is {how!r}; give 'nearest', 'capacity' or 'huff'")
    return _rows(table, people, users)


def _nearest(table: Costs, people: Floats) -> Floats:
    """Give everybody to the first of the nearest services of their zone."""
    users = np.zeros(table.matrix.nnz)
    count = np.diff(table.matrix.indptr)
    some = count > 0
    if some.any():
        least = np.minimum.reduceat(table.matrix.data, table.matrix.indptr[:-1][some])
        at = np.flatnonzero(table.matrix.data == np.repeat(least, count[some]))
        zones, first = np.unique(table.zone[at], return_index=True)
        users[at[first]] = people[zones]
    return users


def _with_room(table: Costs, people: Floats, places: Floats) -> Floats:
    """Solve the transportation problem, for the pairs and for those who are left."""
    # Zones without people are no part of it.
    pair = np.flatnonzero((people > 0)[table.zone])
    users = np.zeros(table.matrix.nnz)
    if len(pair) == 0:
        return users
    zones, zone = np.unique(table.zone[pair], return_inverse=True)
    services, service = np.unique(table.matrix.indices[pair], return_inverse=True)
    number, one = np.arange(len(pair)), np.ones(len(pair))
    left = sparse.identity(len(zones), format="csr")
    all_of_a_zone = sparse.hstack([sparse.csr_array((one, (zone, number))), left], format="csr")
    taken = sparse.csr_array((one, (service, number)), shape=(len(services), len(pair)))
    nobody = sparse.csr_array((len(services), len(zones)))
    # Costs from 0 to 1 and people of a zone up to a thousand: the solver's tolerance is a share of
    # the greatest then. People by a power of 2, so that whole ones stay whole.
    cost = table.matrix.data[pair]
    relative = cost / max(cost.max(), np.finfo(float).tiny)
    shift = 10 - int(np.frexp(people[zones].max())[1])
    solved: Any = linprog(
        np.concatenate([relative, np.full(len(zones), len(services) + 1.0)]),
        A_ub=sparse.hstack([taken, nobody], format="csr"),
        b_ub=np.ldexp(np.minimum(places[services], people.sum()), shift),
        A_eq=all_of_a_zone,
        b_eq=np.ldexp(people[zones], shift),
        # The dual simplex is twice as fast where places are plenty, five times slower if not.
        method="highs-ipm",
    )
    if solved.status != 0:
        raise RuntimeError(f"no assignment was found: {solved.message}")
    users[pair] = np.ldexp(solved.x[: len(pair)], -shift)
    return users


def _rows(table: Costs, people: Floats, users: Floats) -> pd.DataFrame:
    """Write the assignment down, those without a service last."""
    left = people - table.by_zone(users)
    used = np.flatnonzero(users > 1e-9 * people[table.zone])
    without = np.flatnonzero(left > 1e-9 * people)
    zone: NDArray[np.int64] = np.concatenate([table.zone[used], without])
    nowhere = np.full(len(without), -1)
    service = np.concatenate([table.matrix.indices[used], nowhere])
    return pd.DataFrame(
        {
            "zone": pd.Categorical.from_codes(zone, categories=table.zones),
            "service": pd.Categorical.from_codes(service, categories=table.services),
            "people": np.concatenate([users[used], left[without]]),
        }
    )
