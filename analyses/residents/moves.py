"""Moves inside the municipality: whom new dwellings draw from its own zones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

from ._model import Floats, unknown
from .arrivals import Draws

People = TypeVar("People", pd.DataFrame, Draws)


class Moves(NamedTuple):
    """What moves inside the municipality change.

    Attributes
    ----------
    people
        By attribute: people more or fewer once all have moved, as the arrivals were given.
    flows
        ``attribute, round, group, arrive, inside, outside``: how many new residents there are in
        each round, and where they come from; of draws, their mean.
    """

    people: dict[str, pd.DataFrame | Draws]
    flows: pd.DataFrame


def moves(
    arriving: Mapping[str, People],
    counts: Mapping[str, pd.DataFrame],
    *,
    inside: float,
    vacated: Literal["mean", "empty"],
    rounds: int = 1,
    points: pd.DataFrame | None = None,
    within: float | None = None,
) -> Moves:
    r"""Let a share of the new residents come from the municipality's own zones.

    Parameters
    ----------
    arriving
        By attribute, whom to expect, as :func:`arrivals` gives it; or draws of it.
    counts
        By attribute: people of each group today, zones × groups. Zones where a count is not known
        send nobody.
    inside
        Share of the new residents that comes from own zones, from 0 to 1. An assumption: take it
        from statistics of migration.
    vacated
        What becomes of the dwellings that they leave: ``"mean"``, people with the municipality's
        mix move in; or ``"empty"``.
    rounds
        How often that goes on: those who move into vacated dwellings come from own zones in the
        same share, and leave dwellings too. After the last round they come from outside.
    points
        ``x, y`` of the zones in metres, needed with ``within``.
    within
        Metres in a straight line from which people move; from all zones unless told.

    Returns
    -------
    Moves
        People more or fewer by zone, and the flows.

    Raises
    ------
    ValueError
        For a share outside 0 and 1, fewer than one round, more than one where dwellings stay
        empty, ``within`` without points, and zones or groups that are not there.

    Notes
    -----
    Of :math:`a_{zg}` new residents of zone :math:`z`, and :math:`c_{og}` people who have not moved
    in an earlier round, zone :math:`o` sends

    .. math::

        l_{og} = \min \Big( c_{og}, \; \sum_{z: o \in N(z)} \frac{f a_{zg} c_{og}}
            {\sum_{k \in N(z)} c_{kg}} \Big)

    to the zones in whose surroundings :math:`N(z)` it is; :math:`f` is ``inside``. The rest comes
    from outside, more than :math:`1 - f` where too few live near. Nobody is lost: those who arrive
    are those from inside and from outside, and the municipality grows by the latter.

    What is assumed: groups move as often as there are people of them; who moves in is the same,
    wherever from; people who leave demolished dwellings are gone. Where a zone has both, the
    difference of the two is what arrives. Each attribute moves by itself: where dwellings stay
    empty, two attributes may tell of other numbers of people in a zone, and of the same in the
    municipality.

    Examples
    --------
    >>> today = {"language": pd.DataFrame({"fi": [90.0, 60.0], "sv": [10.0, 40.0]})}
    >>> new = {"language": pd.DataFrame({"fi": [30.0], "sv": [20.0]}, index=[1])}
    >>> moved = moves(new, today, inside=0.5, vacated="empty")
    >>> moved.people["language"]
         fi    sv
    0  -9.0  -2.0
    1  24.0  12.0
    >>> moved.flows[["group", "arrive", "inside", "outside"]]
      group  arrive  inside  outside
    0    fi    30.0    15.0     15.0
    1    sv    20.0    10.0     10.0
    """
    if not 0 <= inside <= 1:
        raise ValueError(f"inside is {inside:g}; give a share from 0 to 1")
    if vacated not in ("mean", "empty"):
        raise ValueError(f"vacated is {vacated!r}; there are 'mean' and 'empty'")
    if rounds < 1 or (rounds > 1 and vacated == "empty"):
        raise ValueError(
            f"rounds is {rounds}; take 1 or more, and 1 where vacated dwellings stay empty"
        )
    if (within is None) != (points is None):
        raise ValueError("points and within go together; give both or none")
    out: dict[str, pd.DataFrame | Draws] = {}
    flows = []
    for attribute, new in arriving.items():
        if attribute not in counts:
            raise ValueError(f"arriving has {unknown(attribute, counts, 'attribute')}")
        today = counts[attribute]
        come: Floats
        zones, groups, come = _arrays(new)
        if not groups.equals(today.columns):
            raise ValueError(
                f"{attribute!r} arrives with the groups {list(groups)} and is counted with "
                f"{list(today.columns)}; give the same in the same order"
            )
        everywhere = today.index.append(zones.difference(today.index, sort=False))
        near = None if points is None or within is None else _near(points, everywhere, within)
        change = np.zeros((len(everywhere), *come.shape[1:]))
        change[everywhere.get_indexer(zones)] = come
        lived = today.reindex(everywhere).fillna(0.0).to_numpy()[:, :, None]
        arrived = np.maximum(change, 0.0)
        stay = np.maximum(lived + np.minimum(change, 0.0), 0.0)
        mix = lived.sum(axis=0, keepdims=True) / max(float(lived.sum()), 1e-300)
        for number in range(1, rounds + 2):
            left = _left(arrived, stay, near, inside if number <= rounds else 0.0)
            change, stay = change - left, stay - left
            flows.append(_flow(attribute, number, groups, arrived, left))
            if vacated == "empty" or number > rounds:
                break
            arrived = left.sum(axis=1, keepdims=True) * mix
            change = change + arrived
        if isinstance(new, Draws):
            out[attribute] = Draws(everywhere, groups, change)
        else:
            out[attribute] = pd.DataFrame(change[:, :, 0], index=everywhere, columns=groups)
    return Moves(out, pd.concat(flows, ignore_index=True))


def _arrays(new: pd.DataFrame | Draws) -> tuple[pd.Index, pd.Index, Floats]:
    """Give zones, groups, and people as (zones, groups, replicates)."""
    if isinstance(new, Draws):
        return new.zones, new.groups, new.people
    return new.index, new.columns, new.to_numpy(dtype=np.float64)[:, :, None]


def _near(points: pd.DataFrame, zones: pd.Index, within: float) -> sparse.csr_array:
    """Tell which zones are near which, themselves too."""
    absent = ~zones.isin(points.index)
    if absent.any():
        raise ValueError(f"points has no zone {zones[absent].tolist()[0]!r}; give each one")
    tree = cKDTree(points.loc[zones, ["x", "y"]].to_numpy(dtype=np.float64))
    pairs = tree.query_pairs(within, output_type="ndarray")
    rows = np.concatenate([pairs[:, 0], pairs[:, 1], np.arange(len(zones))])
    columns = np.concatenate([pairs[:, 1], pairs[:, 0], np.arange(len(zones))])
    shape = len(zones), len(zones)
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def _left(arrived: Floats, stay: Floats, near: sparse.csr_array | None, inside: float) -> Floats:
    """Give who leaves which zone, (zones, groups, replicates)."""
    stay = np.broadcast_to(stay, arrived.shape)
    wanted = inside * arrived
    if near is None:
        pool = stay.sum(axis=0, keepdims=True)
        wanted = wanted.sum(axis=0, keepdims=True)
        sent = np.divide(wanted, pool, out=np.zeros_like(pool), where=pool > 0)
    else:
        flat = arrived.shape[0], -1
        pool = near @ stay.reshape(flat)
        share = np.divide(wanted.reshape(flat), pool, out=np.zeros_like(pool), where=pool > 0)
        sent = (near.T @ share).reshape(arrived.shape)
    return stay * np.minimum(sent, 1.0)


def _flow(
    attribute: str, number: int, groups: pd.Index, arrived: Floats, left: Floats
) -> pd.DataFrame:
    """Tell where those come from who arrive in a round."""
    arrive, inside = (people.sum(axis=0).mean(axis=1) for people in (arrived, left))
    out = {"attribute": attribute, "round": number, "group": groups, "arrive": arrive}
    return pd.DataFrame({**out, "inside": inside, "outside": arrive - inside})
