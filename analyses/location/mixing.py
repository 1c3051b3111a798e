"""Meeting: sites whose users are of different groups."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import pandas as pd

from ..access import Costs
from ._goals import best, searching
from .result import Location


def most_mixed(
    costs: pd.DataFrame | Costs,
    demand: pd.DataFrame,
    p: int,
    *,
    loss: float = 0.05,
    existing: Iterable[Hashable] = (),
    beyond: float | None = None,
    seed: int = 0,
) -> Location:
    r"""Choose the p sites whose users mix groups most, at a bounded loss of access.

    Parameters
    ----------
    costs, demand, p, loss, existing, beyond, seed
        See :func:`least_gap`.

    Returns
    -------
    Location
        The objective is the chance that two users of a service are of different groups; ``bound``
        is above it. What the choice costs all is in the note.

    Raises
    ------
    ValueError
        See :func:`least_gap`.

    Notes
    -----
    With everybody at the nearest open site, :math:`n_{jg}` users of group :math:`g` at service
    :math:`j`, those that exist too, and :math:`N` people in all,

    .. math:: \max_{|S| = p} \sum_j \frac{n_j}{N} \Big(1 - \sum_g \frac{n_{jg}^2}{n_j^2}\Big),
              \quad \sum_i n_i c_i(S) \le (1 + l) C^*

    as `kvarter.analyses.meeting.chances` measures it (Simpson 1949, with replacement), but that
    people who have no open site in reach meet nobody and count: leaving people out is no way to
    mix. Services never mix people more than all of them are mixed, which is the bound where there
    are too many choices to try all. What real users make of it is another matter: this is what the
    places of homes and services alone make.

    References
    ----------
    Simpson, E. H. (1949). Measurement of diversity. *Nature*, 163, 688.
    https://doi.org/10.1038/163688a0

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b", "b", "c", "c"]),
    ...                       "service": pd.Categorical(["s", "m", "s", "m", "t", "m", "t"]),
    ...                       "cost": [0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0]})
    >>> people = pd.DataFrame({"fi": [10, 5, 0], "sv": [0, 5, 10]}, index=[*"abc"])
    >>> best = most_mixed(costs, people, p=1)
    >>> best.opened, best.objective
    (('m',), 0.5)
    """
    return best(searching(costs, demand, p, "mixed", existing, beyond, seed), loss)
