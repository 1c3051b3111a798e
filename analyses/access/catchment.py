"""Floating catchments: how much of the services there is for each of those who share them."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from . import decay as decays
from ._costs import Costs, Decay, Floats, amounts, divide

Method = Literal[
    "2sfca", "e2sfca", "g2sfca", "kd2sfca", "o2sfca", "m2sfca", "3sfca", "mh3sfca", "bfca"
]

_ONLY_LIMIT = {"g2sfca": decays.truncated_gaussian, "kd2sfca": decays.epanechnikov}


def floating_catchment(
    costs: pd.DataFrame | Costs,
    supply: pd.Series,
    demand: pd.Series | pd.DataFrame,
    *,
    method: Method = "2sfca",
    decay: Decay | None = None,
    limit: float | None = None,
    use: pd.Series | None = None,
) -> pd.Series:
    r"""Share each service's places among those within reach: the floating catchment areas.

    Parameters
    ----------
    costs
        The cost table within the limit of the catchment.
    supply
        Places by service, for every service of the table; one that has none, or whose places are
        unknown (NaN), is left out, as a choice too.
    demand
        People by zone, for every zone of the table; for ``"o2sfca"`` zones × groups.
    method
        Who is counted, and how: see the notes.
    decay
        The weight at each cost, see `kvarter.analyses.access.decay`; ``"2sfca"``, ``"g2sfca"``
        and ``"kd2sfca"`` have their own, the others need one.
    limit
        The farthest cost that counts; by default all pairs of the table do. ``"g2sfca"`` and
        ``"kd2sfca"`` need one.
    use
        For ``"o2sfca"``: how much a member of each group uses such services, in the unit in
        which the places are, by group.

    Returns
    -------
    Series
        By zone: places per person, 0 where no service is within reach.

    Raises
    ------
    ValueError
        Where a place, a person or a cost is negative or infinite, a cost or a number of people is
        missing, a pair is there twice, a zone or service of the table is in no series, or a method
        lacks what it needs or is given what it does not use.

    Notes
    -----
    With :math:`S_j` places at service :math:`j`, :math:`P_i` people in zone :math:`i`, and
    :math:`w_{ij} = f(c_{ij})` for the pairs of the table, all methods are

    .. math::

        R_j = \frac{S_j}{\sum_i P_i u_{ij}}, \qquad A_i = \sum_j R_j v_{ij}

    ========== ==================================================== ===========================
    method     :math:`u_{ij}`                                       :math:`v_{ij}`
    ========== ==================================================== ===========================
    2sfca      1                                                    1
    e2sfca     :math:`w_{ij}`, in steps                             :math:`w_{ij}`
    g2sfca     :math:`w_{ij}`, a bell curve down to 0 at the limit  :math:`w_{ij}`
    kd2sfca    :math:`w_{ij}`, a parabola down to 0 at the limit    :math:`w_{ij}`
    o2sfca     :math:`w_{ij}`; people times their use               :math:`w_{ij}`
    m2sfca     :math:`w_{ij}`                                       :math:`w_{ij}^2`
    3sfca      :math:`w_{ij}^2 / \sum_k w_{ik}`                     :math:`u_{ij}`
    mh3sfca    :math:`h_{ij} = S_j w_{ij} / \sum_k S_k w_{ik}`      :math:`h_{ij} w_{ij}`
    bfca       :math:`w_{ij} / \sum_k w_{ik}`                       :math:`w_{ij} / \sum_k w_{kj}`
    ========== ==================================================== ===========================

    The places of a service within whose reach nobody lives are unused: they count for no zone,
    not even for an empty one. With that exception :math:`\sum_i A_i P_i = \sum_j S_j` for the
    methods up to ``"o2sfca"`` (with the used people there) and ``"3sfca"``. ``"m2sfca"`` gives
    less, as what is far is not used in full; ``"mh3sfca"`` too. ``"bfca"`` counts each person once
    and hands each :math:`R_j` out once: :math:`\sum_j \sum_i P_i u_{ij} = \sum_i P_i` of those
    within reach and :math:`\sum_i A_i = \sum_j R_j`.

    References
    ----------
    Luo, W. & Wang, F. (2003). Measures of spatial accessibility to health care in a GIS
    environment. *Environment and Planning B* 30(6), 865–884. https://doi.org/10.1068/b29120

    E2SFCA: Luo, W., & Qi, Y. (2009). *Health & Place*, 15(4), 1100–1107.
    https://doi.org/10.1016/j.healthplace.2009.06.002

    G2SFCA: Dai, D. (2010). *Health & Place*, 16(5), 1038–1052.
    https://doi.org/10.1016/j.healthplace.2010.06.012

    KD2SFCA: Dai, D., & Wang, F. (2011). *Environment and Planning B*, 38(4), 659–677.
    https://doi.org/10.1068/b36149

    O2SFCA: Ngui, A. N., & Apparicio, P. (2011). *BMC Health Services Research*, 11, 166.
    https://doi.org/10.1186/1472-6963-11-166

    M2SFCA: Delamater, P. L. (2013). *Health & Place*, 24, 30–43.
    https://doi.org/10.1016/j.healthplace.2013.07.012

    3SFCA: Wan, N., Zou, B., & Sternberg, T. (2012). *International Journal of Geographical
    Information Science*, 26(6), 1073–1089. https://doi.org/10.1080/13658816.2011.624987

    MH3SFCA: Subal, J., Paal, P., & Krisp, J. M. (2021). *International Journal of Health
    Geographics*, 20, 9. https://doi.org/10.1186/s12942-021-00263-3

    BFCA: Páez, A., Higgins, C. D., & Vivona, S. F. (2019). *PLoS ONE*, 14(6), e0218773.
    https://doi.org/10.1371/journal.pone.0218773

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "b"]),
    ...                       "service": pd.Categorical(["s", "s"]), "cost": [100.0, 200.0]})
    >>> places, people = pd.Series({"s": 10}), pd.Series({"a": 15, "b": 5})
    >>> floating_catchment(costs, places, people).to_dict()
    {'a': 0.5, 'b': 0.5}
    >>> from kvarter.analyses.access import decay
    >>> steps = decay.step({100: 1, 200: 0.5})
    >>> floating_catchment(costs, places, people, method="e2sfca", decay=steps).round(3).to_dict()
    {'a': 0.571, 'b': 0.286}
    """
    table = Costs.of(costs)
    decay = _decay(method, decay, limit)
    places, people = table.places(supply), _people(table, demand, method, use)
    weights = table.weights(decay, limit)
    if not (places > 0).all():
        # A service without places takes part in no choice.
        weights = table.like(weights.data * (places > 0)[weights.indices])
    return table.series(_shared(method, weights, places, people), "places_per_person")


def _decay(method: str, decay: Decay | None, limit: float | None) -> Decay | None:
    """Give the decay of a method, or refuse what it is given."""
    if method not in get_args(Method):
        raise ValueError(f"there is no method {method!r}; there are {', '.join(get_args(Method))}")
    if method == "2sfca":
        if decay is not None:
            raise ValueError(
                "method '2sfca' counts all within the limit alike; with a decay it is 'e2sfca'"
            )
        return None
    if method in _ONLY_LIMIT:
        if decay is not None or limit is None:
            raise ValueError(f"method {method!r} has its own decay; give it a limit and no decay")
        return _ONLY_LIMIT[method](limit)
    if decay is None:
        raise ValueError(
            f"method {method!r} needs a decay, such as access.decay.step({{1000: 1, 2000: 0.5}})"
        )
    return decay


def _people(
    table: Costs, demand: pd.Series | pd.DataFrame, method: str, use: pd.Series | None
) -> Floats:
    """Give the people of each zone, times their use where the method weighs it."""
    if method != "o2sfca":
        if use is not None:
            raise ValueError(f"method {method!r} does not weigh use; that is 'o2sfca'")
        if isinstance(demand, pd.DataFrame):
            raise ValueError(
                "demand is one number a zone; for places that are meant for one of its groups, "
                "see for_groups"
            )
        return table.people(demand)
    if use is None or not isinstance(demand, pd.DataFrame):
        raise ValueError("method 'o2sfca' needs demand as zones × groups and use by group")
    weight = amounts(use, demand.columns, "use", "group")
    return np.sum(
        [table.people(demand[g]) * w for g, w in zip(demand, weight, strict=True)], axis=0
    )


def _shared(method: str, weights: Any, places: Floats, people: Floats) -> Floats:
    """Share the places out.

    Shares of rows and columns are taken out of the sums over them: no matrix of shares is made.
    """
    if method == "m2sfca":
        return weights.power(2) @ divide(places, weights.T @ people)
    if method == "3sfca":
        squared, choice = weights.power(2), _inverse(weights.sum(1))
        return choice * (squared @ divide(places, squared.T @ (choice * people)))
    if method == "mh3sfca":
        choice = _inverse(weights @ places)
        users = places * (weights.T @ (choice * people))
        return choice * (weights.power(2) @ (places * divide(places, users)))
    if method == "bfca":
        ratio = divide(places, weights.T @ (_inverse(weights.sum(1)) * people))
        return weights @ (_inverse(weights.sum(0)) * ratio)
    return weights @ divide(places, weights.T @ people)


def _inverse(sums: Floats) -> Floats:
    """Give one over each sum, and 0 where it is 0."""
    return divide(np.ones(len(sums)), sums)
