"""Meeting places: whether people of different groups use the same services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray
from scipy import sparse

from ..geo.names import quoted
from . import segregation

Floats = NDArray[np.float64]


def users(assignment: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    r"""Give the expected mix of each service's users.

    Parameters
    ----------
    assignment
        Who would use which service, as `kvarter.analyses.access.assign` gives it: ``zone, service,
        people``. With a column ``group`` too, the people of each row are of that group: put the
        assignments of several groups together where each has services of its own.
    counts
        People of each group by zone, zones × groups, of all zones of the assignment.

    Returns
    -------
    DataFrame
        Services × groups: how many users of each group to expect; one row a service of the
        assignment, those that nobody uses too. People whom no service takes are in none, nor are
        those of a zone whose groups are not known.

    Raises
    ------
    ValueError
        Where a zone or group of the assignment is not in the counts, or a number of people is
        negative.

    Notes
    -----
    With :math:`x_{ij}` people of zone :math:`i` at service :math:`j`, each zone sends the mix that
    it has:

    .. math:: n_{jg} = \sum_i x_{ij} \frac{c_{ig}}{\sum_h c_{ih}}

    Real users choose, too, and not by chance: this is what the place of homes and services alone
    makes.

    Examples
    --------
    >>> assignment = pd.DataFrame({"zone": pd.Categorical(["a", "b"]),
    ...                            "service": pd.Categorical(["s", "s"]), "people": [10.0, 20.0]})
    >>> counts = pd.DataFrame({"finnish": [50, 10], "swedish": [50, 30]}, index=["a", "b"])
    >>> users(assignment, counts)
       finnish  swedish
    s     10.0     20.0
    """
    placed, services = _placed(assignment, counts)
    units = placed["service"].cat.codes.to_numpy()
    return _added(placed, counts, units, services)


def by_zone(assignment: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Give the expected mix of the same users by the zones where they live.

    Parameters
    ----------
    assignment, counts
        See :func:`users`.

    Returns
    -------
    DataFrame
        Zones × groups, all zones of the counts: how many people of each group have a service. The
        sum of a group is that of :func:`users`.

    Raises
    ------
    ValueError
        See :func:`users`.

    Examples
    --------
    >>> assignment = pd.DataFrame({"zone": pd.Categorical(["a", "b"]),
    ...                            "service": pd.Categorical(["s", None]), "people": [10.0, 20.0]})
    >>> counts = pd.DataFrame({"finnish": [50, 10], "swedish": [50, 30]}, index=["a", "b"])
    >>> by_zone(assignment, counts)
       finnish  swedish
    a      5.0      5.0
    b      0.0      0.0
    """
    placed, _services = _placed(assignment, counts)
    return _added(placed, counts, counts.index.get_indexer(placed["zone"]), counts.index)


def chances(
    assignment: pd.DataFrame, counts: pd.DataFrame, graph: Graph | None = None
) -> pd.DataFrame:
    r"""Set the chance that two users of one service are of different groups beside neighbours'.

    Parameters
    ----------
    assignment, counts
        See :func:`users`.
    graph
        Which zones are next to each other, such as `kvarter.geo.neighbours.contiguity`.

    Returns
    -------
    DataFrame
        ``who, value, note``: ``users`` of one service, ``neighbours`` in one zone, with a graph
        ``adjacent`` (two people of zones next to each other), and ``anybody``, two people of all.
        NaN with the reason in ``note`` where there are none.

    Raises
    ------
    ValueError
        See :func:`users`; and where a zone is not in the graph.

    Notes
    -----
    The first of the two is anybody with a service, and the second anybody who shares the service,
    the zone or a neighbouring zone with them:

    .. math::

        D = \sum_j \frac{n_j}{N} \Big(1 - \sum_g p_{jg}^2\Big)

    for services, and the same of zones with the people who have a service; across a border the
    second's mix :math:`q_{ig} = \sum_k w_{ik} c_{kg} / \sum_k w_{ik} c_k` takes the place of one
    :math:`p_{ig}`. The two are drawn independently. Services whose users are the mix of whole
    zones always come out above ``neighbours``, as several zones meet in them; ``adjacent`` is the
    fairer thing to set them against.

    Examples
    --------
    >>> assignment = pd.DataFrame({"zone": pd.Categorical(["a", "b"]),
    ...                            "service": pd.Categorical(["s", "s"]), "people": [10.0, 10.0]})
    >>> counts = pd.DataFrame({"finnish": [10, 0], "swedish": [0, 10]}, index=["a", "b"])
    >>> chances(assignment, counts)[["who", "value"]]
              who  value
    0       users    0.5
    1  neighbours    0.0
    2     anybody    0.5
    """
    here = by_service(assignment, counts, graph)
    weight = here["users"].to_numpy()
    mix = users(assignment, counts).sum()
    rows = []
    for who, column in _BESIDE.items():
        if column in here:
            value = here[column].to_numpy()
            some = (weight > 0) & ~np.isnan(value)
            known = bool(some.any())
            mean = float(np.average(value[some], weights=weight[some])) if known else np.nan
            rows.append((who, mean, "" if known else "nobody has a service"))
    anybody = 1 - float(np.square(mix / mix.sum()).sum()) if mix.sum() > 0 else np.nan
    rows.append(("anybody", anybody, "" if mix.sum() > 0 else "nobody has a service"))
    return pd.DataFrame(rows, columns=["who", "value", "note"])


def by_service(
    assignment: pd.DataFrame, counts: pd.DataFrame, graph: Graph | None = None
) -> pd.DataFrame:
    r"""Tell which services bridge what homes separate, and which separate what homes do not.

    Parameters
    ----------
    assignment, counts, graph
        See :func:`chances`.

    Returns
    -------
    DataFrame
        By service: ``users``, how many; ``different_users``, the chance that two of them are of
        different groups; ``different_neighbours``, the chance that one of them and somebody of
        their own zone are, and with a graph ``different_adjacent``, somebody of the zones next to
        it; ``difference``, how much higher the first is than the last; ``role``: ``"bridges"``
        where that is above 0, ``"separates"`` where it is below, else empty. NaN for a service
        without users, and for ``different_adjacent`` where no user has people next door.

    Raises
    ------
    ValueError
        See :func:`chances`.

    Notes
    -----
    The terms of :func:`chances`, for the users of one service: with :math:`x_{ij}^g` the users of
    group :math:`g` from zone :math:`i`, a neighbour differs with the chance
    :math:`\sum_{ig} x_{ij}^g (1 - p_{ig}) / n_j`. A role is about mixing, not about how good a
    service is.

    Examples
    --------
    >>> assignment = pd.DataFrame({"zone": pd.Categorical(["a", "b"]),
    ...                            "service": pd.Categorical(["s", "t"]), "people": [10.0, 10.0]})
    >>> counts = pd.DataFrame({"finnish": [10, 5], "swedish": [0, 5]}, index=["a", "b"])
    >>> by_service(assignment, counts)[["users", "different_users", "different_neighbours"]]
       users  different_users  different_neighbours
    s   10.0              0.0                   0.0
    t   10.0              0.5                   0.5
    """
    placed, services = _placed(assignment, counts)
    table = users(assignment, counts).to_numpy()
    number = table.sum(axis=1)
    out = pd.DataFrame({"users": number}, index=services)
    shares = np.full(table.shape, np.nan)
    np.divide(table, number[:, None], out=shares, where=number[:, None] > 0)
    out["different_users"] = 1 - np.square(shares).sum(axis=1)
    out["different_neighbours"] = _meet(placed, counts, _mix(counts), len(services))
    last = "different_neighbours"
    if graph is not None:
        last = "different_adjacent"
        out[last] = _meet(placed, counts, _next_door(counts, graph), len(services))
    out["difference"] = out["different_users"] - out[last]
    # What differs in the last digits does not differ.
    above, below = out["difference"] > 1e-9, out["difference"] < -1e-9
    out["role"] = np.select([above, below], ["bridges", "separates"], "")
    return out


def compare(
    assignment: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    indices: Literal["all"] | Sequence[str] = "all",
    ordered: bool = False,
) -> pd.DataFrame:
    """Set segregation between services beside segregation between zones, of the same users.

    Parameters
    ----------
    assignment, counts
        See :func:`users`.
    indices, ordered
        See `kvarter.analyses.segregation.measure`; those that need no places.

    Returns
    -------
    DataFrame
        ``group, other, index, services, zones, difference, note``: each index of the users with
        the services as its units, with the zones where they live, and how much higher the first
        is. 0 higher where each zone has a service of its own.

    Raises
    ------
    ValueError
        See :func:`users` and `kvarter.analyses.segregation.measure`.

    Notes
    -----
    Both are of the people who have a service, :func:`users` and :func:`by_zone`: who has none, or
    does not need any, is in neither. There are fewer services than zones, and each has more
    people: indices of evenness fall for that alone. What a plan does to a difference says more
    than the difference.

    Examples
    --------
    >>> assignment = pd.DataFrame({"zone": pd.Categorical(["a", "b"]),
    ...                            "service": pd.Categorical(["s", "s"]), "people": [10.0, 10.0]})
    >>> counts = pd.DataFrame({"finnish": [10, 0], "swedish": [0, 10]}, index=["a", "b"])
    >>> table = compare(assignment, counts, indices=["information_theory"])
    >>> table[["services", "zones"]].round(3)
       services  zones
    0       0.0    1.0
    """
    keys = ["group", "other", "index"]
    parts = [
        segregation.measure(
            table[table.sum(axis=1) > 0], indices=indices, ordered=ordered
        ).set_index(keys)
        for table in (users(assignment, counts), by_zone(assignment, counts))
    ]
    out = pd.DataFrame({"services": parts[0]["value"], "zones": parts[1]["value"]})
    out["difference"] = out["services"] - out["zones"]
    notes = zip(parts[0]["note"], parts[1]["note"].reindex(parts[0].index), strict=True)
    out["note"] = ["; ".join(dict.fromkeys(filter(None, pair))) for pair in notes]
    return out.reset_index()


_BESIDE = {
    "users": "different_users",
    "neighbours": "different_neighbours",
    "adjacent": "different_adjacent",
}


def _placed(assignment: pd.DataFrame, counts: pd.DataFrame) -> tuple[pd.DataFrame, pd.Index]:
    """Give the rows with a service, and all services; refuse what is not known."""
    for column in ("zone", "service", "people"):
        if column not in assignment:
            raise ValueError(f"assignment needs a column {column!r}; access.assign gives it")
    if not counts.index.is_unique:
        twice = counts.index[counts.index.duplicated()][0]
        raise ValueError(f"counts name zone {quoted(twice)} twice")
    rows = assignment.assign(service=assignment["service"].astype("category"))
    people = rows["people"].to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(people >= 0) | np.isinf(people)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"{people[first]} people of zone {quoted(rows['zone'].iloc[first])} use "
            f"{quoted(rows['service'].iloc[first])}; give a number of 0 or more"
        )
    zones = rows["zone"].astype("category").cat
    # Few names, each in many rows.
    absent = ~np.append(zones.categories.isin(counts.index), False)[zones.codes]
    if absent.any():
        raise ValueError(
            f"zone {quoted(rows.loc[absent, 'zone'].iloc[0])} of the assignment is not in counts"
        )
    return rows[rows["service"].notna()], pd.Index(rows["service"].cat.categories)


def _added(
    placed: pd.DataFrame, counts: pd.DataFrame, units: NDArray, names: pd.Index
) -> pd.DataFrame:
    """Add the expected people of each group up by unit, units × groups."""
    out = np.zeros((len(names), counts.shape[1]))
    people = placed["people"].to_numpy(dtype=np.float64)
    if "group" in placed:
        column = counts.columns.get_indexer(placed["group"])
        if (column < 0).any():
            raise ValueError(
                f"group {quoted(placed['group'][column < 0].iloc[0])} of the assignment is not in "
                "counts"
            )
        np.add.at(out, (units, column), people)
    else:
        mix = _mix(counts)[counts.index.get_indexer(placed["zone"])]
        known = ~np.isnan(mix).any(axis=1)
        np.add.at(out, units[known], people[known, None] * mix[known])
    return pd.DataFrame(out, index=names, columns=counts.columns)


def _mix(counts: pd.DataFrame) -> Floats:
    """Give the shares of the groups in each zone; NaN where nobody lives or a count is missing."""
    n = counts.to_numpy(dtype=np.float64, na_value=np.nan)
    if (n < 0).any() or np.isinf(n).any():
        raise ValueError("counts are numbers of 0 or more, or missing")
    total = n.sum(axis=1, keepdims=True)
    return np.divide(n, total, out=np.full(n.shape, np.nan), where=total > 0)


def _next_door(counts: pd.DataFrame, graph: Graph) -> Floats:
    """Give the shares of the groups in the zones next to each zone; NaN where nobody is known."""
    absent = ~counts.index.isin(graph.unique_ids)
    if absent.any():
        raise ValueError(f"zone {quoted(counts.index[absent][0])} is not in the graph")
    order = graph.unique_ids.get_indexer(counts.index)
    links = sparse.csr_array(graph.sparse)[order][:, order]
    n = counts.to_numpy(dtype=np.float64, na_value=np.nan)
    around = links @ np.where(np.isnan(n).any(axis=1, keepdims=True), 0.0, n)
    total = around.sum(axis=1, keepdims=True)
    return np.divide(around, total, out=np.full(n.shape, np.nan), where=total > 0)


def _meet(placed: pd.DataFrame, counts: pd.DataFrame, others: Floats, services: int) -> Floats:
    """Give by service the chance that a user differs from somebody of the others at home.

    Users whose others are not known do not count.
    """
    at = counts.index.get_indexer(placed["zone"])
    if "group" in placed:
        differ = 1 - others[at, counts.columns.get_indexer(placed["group"])]
    else:
        differ = 1 - (_mix(counts)[at] * others[at]).sum(axis=1)
    known = ~np.isnan(differ)
    service = placed["service"].cat.codes.to_numpy()[known]
    people = placed["people"].to_numpy(dtype=np.float64)[known]
    total = np.bincount(service, weights=people, minlength=services)
    sums = np.bincount(service, weights=people * differ[known], minlength=services)
    return np.divide(sums, total, out=np.full(services, np.nan), where=total > 0)
