"""The frontier: what each step towards another goal costs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd

from ..access import Costs
from ._goals import GoalName, searching
from ._problem import Ints
from ._search import TOLERANCE

GOALS = {"gap": "gap", "worst": "worst_off", "mixed": "different"}


def frontier(
    costs: pd.DataFrame | Costs,
    demand: pd.Series | pd.DataFrame,
    p: int,
    goal: GoalName,
    *,
    points: int = 8,
    existing: Iterable[Hashable] = (),
    beyond: float | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Give the choices between the least way for all and the best for another goal.

    Parameters
    ----------
    costs, demand, p, existing, beyond, seed
        See :func:`p_median`; ``"gap"`` and ``"mixed"`` need people by group.
    goal
        ``"gap"`` as in :func:`least_gap`, ``"worst"`` as in :func:`worst_off`, or ``"mixed"`` as
        in :func:`most_mixed`.
    points
        How many bounds to the cost are tried, 2 or more.

    Returns
    -------
    DataFrame
        ``mean_cost``, over all people; ``gap``, ``worst_off`` or ``different``, the goal; and
        ``opened``, the sites. From the least cost on; no row is as good as another in one and
        worse in the other. ``attrs["how"]`` tells whether all choices were tried, and so no others
        can be better.

    Raises
    ------
    ValueError
        See :func:`least_gap`; and where the goal is none of these or there are fewer than two
        points.

    Notes
    -----
    The cost is bounded by one value after another between that of the least cost and that of the
    best for the goal alone, and the goal is sought within each bound (Haimes, Lasdon & Wismer
    1971). Unlike weights for both goals, that finds points in the dents of the frontier, too.

    References
    ----------
    Haimes, Y. Y., Lasdon, L. S., & Wismer, D. A. (1971). On a bicriterion formulation of the
    problems of integrated system identification and system optimization. *IEEE Transactions on
    Systems, Man, and Cybernetics*, SMC-1(3), 296–297. https://doi.org/10.1109/TSMC.1971.4308298

    Examples
    --------
    >>> costs = pd.DataFrame({"zone": pd.Categorical(["a", "a", "b", "b", "c", "c"]),
    ...                       "service": pd.Categorical(["s", "t"] * 3),
    ...                       "cost": [1.0, 5.0, 2.0, 4.0, 9.0, 0.0]})
    >>> people = pd.Series({"a": 30, "b": 20, "c": 10})
    >>> frontier(costs, people, 1, "worst").round(3)
       mean_cost  worst_off opened
    0      2.667        9.0   (s,)
    1      3.833        5.0   (t,)
    """
    if goal not in GOALS:
        raise ValueError(f"goal is {goal!r}; give 'gap', 'worst' or 'mixed'")
    if points < 2:
        raise ValueError(f"points is {points}; give 2 or more")
    search = searching(costs, demand, p, goal, existing, beyond, seed)
    if search.few:
        chosen, values, paid = search.all()
        how = "all choices tried"
    else:
        ends = [search.searched(np.inf)]
        low, high = search.cheap.cost, search.of(ends[0])[1]
        for budget in np.linspace(low, high, points)[::-1][1:]:
            ends.append(search.searched(float(budget), ends[-1:]))
        ends.append(search.cheap.chosen)
        chosen = np.array([np.sort(end) for end in ends])
        values, paid = np.array([search.of(end) for end in ends]).T
        how = "vertex substitution: there may be better choices"
    kept = _not_dominated(paid, values)
    if search.few:
        kept = _spread(paid, kept, points)
    names = search.given.table.services[search.given.candidate]
    out = pd.DataFrame(
        {
            "mean_cost": paid[kept] / search.everybody,
            GOALS[goal]: values[kept] * (-1.0 if goal == "mixed" else 1.0),
            "opened": [tuple(names[np.sort(one)]) for one in chosen[kept]],
        }
    )
    out.attrs["how"] = how
    return out


def _not_dominated(cost: np.ndarray, value: np.ndarray) -> Ints:
    """Give the choices that no other one is better than, from the least cost on."""
    order = np.lexsort((value, cost))
    kept: list[int] = []
    for one in order:
        if not kept or value[one] < value[kept[-1]] - TOLERANCE * abs(value[kept[-1]]):
            kept.append(int(one))
    return np.array(kept)


def _spread(cost: np.ndarray, kept: Ints, points: int) -> Ints:
    """Give the best choice within each of so many bounds to the cost."""
    edges = np.linspace(cost[kept[0]], cost[kept[-1]], points) * (1 + TOLERANCE)
    at = np.searchsorted(cost[kept], edges, side="right") - 1
    return kept[np.unique(at)]
