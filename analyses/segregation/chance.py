"""Evenness beyond chance: dissimilarity and Gini with what small zones alone would give taken off.

Small zones differ by chance, so an index of evenness is above 0 where nobody is segregated. The
papers estimate by simulation what chance gives. Here that is computed: the values are those which
their simulations approach with ever more replicates, and need no seed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from . import evenness
from ._terms import Floats, columns, divide, unit

_TAIL = 40.0
"""Counts so many standard deviations or more from their mean are left out of an expectation."""


def bias_corrected_dissimilarity(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""Dissimilarity less its upward bias, as a bootstrap shows it.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once; rounded to whole
        numbers, as they are taken for draws.

    Returns
    -------
    ndarray
        (k,), at most `dissimilarity`, below 0 where there is less segregation than chance gives;
        NaN where one of the two has no members.

    Notes
    -----
    .. math:: D_{bc} = 2 D - \overline{D^*}

    where :math:`\overline{D^*}` is the mean of the index over bootstrap draws
    :math:`x^* \sim \text{Multinomial}(X, x_i / X)` and :math:`y^*` alike. The mean over ever more
    draws is :math:`\frac12 \sum_i E\,|x_i^*/X - y_i^*/Y|`, with :math:`x_i^*` and :math:`y_i^*`
    binomial and independent, which is computed from their distribution functions:
    :math:`E\,|A - B| = \int F_A (1 - F_B) + F_B (1 - F_A)`.

    References
    ----------
    Allen, R., Burgess, S., Davidson, R., & Windmeijer, F. (2015). More reliable inference for the
    dissimilarity index of segregation. *The Econometrics Journal*, 18(1), 40–66.
    https://doi.org/10.1111/ectj.12039

    Examples
    --------
    >>> bias_corrected_dissimilarity([9, 1], [1, 9]).round(3)
    array([0.8])
    >>> bias_corrected_dissimilarity([6, 4], [5, 5]).round(3)
    array([0.007])
    """
    x, y, defined = _counts(group, other)
    mean = np.full(x.shape[1], np.nan)
    for k in np.flatnonzero(defined):
        mean[k] = _bootstrap_mean(x[:, k], y[:, k])
    return 2 * evenness.dissimilarity(x, y) - mean


def density_corrected_dissimilarity(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""Dissimilarity in which each zone's difference is the likeliest behind the one observed.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once: numbers of people,
        fractions allowed. Weights that add up to other numbers would give other errors.

    Returns
    -------
    ndarray
        (k,), from 0 to `dissimilarity`; NaN where one of the two has no members.

    Notes
    -----
    The difference of a zone :math:`|x_i/X - y_i/Y|` over its standard error
    :math:`\hat\sigma_i`, with :math:`\hat\sigma_i^2 = s_x (1 - s_x)/X + s_y (1 - s_y)/Y`, is taken
    for a draw :math:`\hat\theta_i` from a folded normal distribution. The parameter that makes it
    likeliest, :math:`\theta_i`, maximises
    :math:`\varphi(\hat\theta_i - \theta) + \varphi(\hat\theta_i + \theta)`, and

    .. math:: D_{dc} = \frac{1}{2} \sum_i \hat\sigma_i \theta_i

    The maximum solves :math:`\theta = \hat\theta \tanh(\theta \hat\theta)`; it is 0 for
    :math:`\hat\theta \le 1`.

    References
    ----------
    Allen, R., Burgess, S., Davidson, R., & Windmeijer, F. (2015). More reliable inference for the
    dissimilarity index of segregation. *The Econometrics Journal*, 18(1), 40–66.
    https://doi.org/10.1111/ectj.12039

    Examples
    --------
    >>> density_corrected_dissimilarity([9, 1], [1, 9]).round(3)
    array([0.8])
    >>> density_corrected_dissimilarity([6, 4], [5, 5]).round(3)
    array([0.])
    """
    x, y = np.broadcast_arrays(columns(group), columns(other))
    all_x, all_y = x.sum(axis=0), y.sum(axis=0)
    one, two = divide(x, all_x), divide(y, all_y)
    error = np.sqrt(divide(one * (1 - one), all_x) + divide(two * (1 - two), all_y))
    observed = np.nan_to_num(divide(np.abs(one - two), error))
    likeliest = np.zeros_like(observed)
    above = observed > 1
    likeliest[above] = _folded(observed[above])
    # A zone where both shares are 0 or 1 has no error: its difference stands as it is.
    sure = np.where(error > 0, error * likeliest, np.abs(one - two))
    return unit(np.where((all_x > 0) & (all_y > 0), sure.sum(axis=0) / 2, np.nan))


def modified_dissimilarity(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""Dissimilarity as a departure from the one that chance alone would give.

    Parameters
    ----------
    group, other
        Members in each zone, (zones,) or (zones, k) for k comparisons at once; rounded to whole
        numbers, as they are taken for draws.

    Returns
    -------
    ndarray
        (k,), from -1 (perfectly even) over 0 (as by chance) to 1 (no zone has members of both);
        NaN where one of the two has no members, or chance alone gives 0 or 1.

    Notes
    -----
    With :math:`D^*` the expectation where each person of a zone is of the group with probability
    :math:`P`,

    .. math::

        D_{ct} = \begin{cases}
            (D - D^*) / (1 - D^*) & D \ge D^* \\ (D - D^*) / D^* & D < D^* \end{cases}
        \qquad
        D^* = \frac{\sum_i E\,|B_i - P t_i|}{2 T P (1 - P)}

    :math:`B_i` is binomial, and its mean deviation is
    :math:`2 \nu \binom{t_i}{\nu} P^\nu (1 - P)^{t_i - \nu + 1}` with
    :math:`\nu = \lfloor t_i P \rfloor + 1` (De Moivre; Winship 1977). The numbers of both groups
    in the whole are those that are observed.

    References
    ----------
    Carrington, W. J., & Troske, K. R. (1997). On measuring segregation in samples with small
    units. *Journal of Business & Economic Statistics*, 15(4), 402–409.
    https://doi.org/10.1080/07350015.1997.10524718

    Winship, C. (1977). A revaluation of indexes of residential segregation. *Social Forces*,
    55(4), 1058–1066. https://doi.org/10.1093/sf/55.4.1058

    Examples
    --------
    >>> modified_dissimilarity([9, 1], [1, 9]).round(3)
    array([0.735])
    """
    x, y, _ = _counts(group, other)
    return _beyond(evenness.dissimilarity(x, y), expected_dissimilarity(x, y))


def modified_gini(group: ArrayLike, other: ArrayLike) -> Floats:
    r"""Gini index as a departure from the one that chance alone would give.

    Parameters
    ----------
    group, other
        See `modified_dissimilarity`.

    Returns
    -------
    ndarray
        (k,), from -1 to 1, see `modified_dissimilarity`.

    Notes
    -----
    The formula of `modified_dissimilarity` with the Gini index and its expectation

    .. math::

        G^* = \frac{\sum_i \sum_j t_i t_j E\,|B_i/t_i - B_j/t_j|}{2 T^2 P (1 - P)}, \qquad
        \sum_i \sum_j t_i t_j E\,|\cdot| = 2 \int_0^1 W (T - W) - \sum_i t_i^2 F_i (1 - F_i) \, dz

    with :math:`F_i(z) = \Pr(B_i/t_i \le z)` and :math:`W(z) = \sum_i t_i F_i(z)`. The integrand is
    a step function; the sum over its steps takes no pairs of zones.

    References
    ----------
    Carrington, W. J., & Troske, K. R. (1997). On measuring segregation in samples with small
    units. *Journal of Business & Economic Statistics*, 15(4), 402–409.
    https://doi.org/10.1080/07350015.1997.10524718

    Examples
    --------
    >>> modified_gini([9, 1], [1, 9]).round(3)
    array([0.757])
    """
    x, y, _ = _counts(group, other)
    return _beyond(evenness.gini(x, y), expected_gini(x, y))


def expected_dissimilarity(group: ArrayLike, other: ArrayLike) -> Floats:
    """Give the dissimilarity that chance alone would give, see `modified_dissimilarity`."""
    x, y, defined = _counts(group, other)
    t = x + y
    all_t = t.sum(axis=0)
    p = divide(x.sum(axis=0), all_t)
    nu = np.floor(t * p) + 1
    deviation = np.where(t > 0, 2 * nu * (1 - p) * stats.binom.pmf(nu, t, p), 0.0)
    return np.where(defined, divide(deviation.sum(axis=0), 2 * all_t * p * (1 - p)), np.nan)


def expected_gini(group: ArrayLike, other: ArrayLike) -> Floats:
    """Give the Gini index that chance alone would give, see `modified_gini`."""
    x, y, defined = _counts(group, other)
    out = np.full(x.shape[1], np.nan)
    for k in np.flatnonzero(defined):
        t = x[:, k] + y[:, k]
        p = x[:, k].sum() / t.sum()
        sizes, zones = np.unique(t[t > 0], return_counts=True)
        many, size = zones.astype(float), sizes.astype(float)
        whose, drawn, chance = _binomials(size, p)
        place = drawn / size[whose]
        order = np.argsort(place, kind="stable")
        place, whose, chance = place[order], whose[order], chance[order]
        weight = np.cumsum(many[whose] * size[whose] * chance)
        # F (1 − F) of a size changes where that size has a step: the change is what is summed.
        below = _before(whose, chance, len(size))
        after = below + chance
        change = after * (1 - after) - below * (1 - below)
        own = np.cumsum(many[whose] * size[whose] ** 2 * change)
        total = t.sum()
        steps = np.diff(place)
        inside = weight[:-1] * (total - weight[:-1]) - own[:-1]
        out[k] = (inside * steps).sum() / (total**2 * p * (1 - p))
    return out


def _counts(group: ArrayLike, other: ArrayLike) -> tuple[Floats, Floats, np.ndarray]:
    """Give both groups as columns of whole numbers, and where both have members."""
    x, y = np.broadcast_arrays(columns(group), columns(other))
    x, y = np.rint(x), np.rint(y)
    return x, y, (x.sum(axis=0) > 0) & (y.sum(axis=0) > 0)


def _beyond(observed: Floats, expected: Floats) -> Floats:
    """Give the departure from chance as a share of the most there can be on its side."""
    above = divide(observed - expected, 1 - expected)
    below = divide(observed - expected, expected)
    return np.clip(np.where(observed >= expected, above, below), -1.0, 1.0)


def _folded(observed: Floats) -> Floats:
    """Solve θ = o tanh(θ o) for the positive root, o > 1, by Newton's method from above."""
    theta = observed.copy()
    for _ in range(60):
        bend = np.tanh(theta * observed)
        step = (theta - observed * bend) / (1 - observed**2 * (1 - bend**2))
        theta = theta - step
        if np.abs(step).max(initial=0) < 1e-14 * np.abs(theta).max(initial=1):
            break
    return np.maximum(theta, 0)


def _bootstrap_mean(x: Floats, y: Floats) -> float:
    """Give the mean of the dissimilarity of two groups drawn anew from themselves."""
    pairs, many = np.unique(np.stack([x, y]), axis=1, return_counts=True)
    from ._draws import mean_differences

    apart = mean_differences(*np.ascontiguousarray(pairs), float(x.sum()), float(y.sum()))
    return float((apart * many).sum() / 2)


def _binomials(size: Floats, p: ArrayLike) -> tuple[np.ndarray, Floats, Floats]:
    """Give the probable values of binomial numbers: whose, how many, and their probability."""
    p = np.broadcast_to(np.asarray(p, float), size.shape)
    middle, spread = size * p, np.sqrt(size * p * (1 - p))
    # The tail beyond holds less than 1e-16 of the probability, small means included.
    room = np.ceil(9 * spread + _TAIL * np.minimum(1.0, spread))
    low = np.maximum(np.floor(middle - room), 0).astype(np.int64)
    high = np.minimum(np.ceil(middle + room), size).astype(np.int64)
    number = high - low + 1
    whose = np.repeat(np.arange(len(size)), number)
    first = np.cumsum(number) - number
    drawn = (np.arange(number.sum()) - np.repeat(first - low, number)).astype(float)
    n, chance = size[whose], p[whose]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = special.xlogy(drawn, chance) + special.xlog1py(n - drawn, -chance)
    table = special.gammaln(n + 1) - special.gammaln(drawn + 1) - special.gammaln(n - drawn + 1)
    mass = np.exp(table + logs)
    # Logarithms of great factorials lose digits, nearly the same for all values of a number.
    return whose, drawn, mass / np.bincount(whose, mass, len(size))[whose]


def _before(owner: np.ndarray, rise: Floats, owners: int) -> Floats:
    """Sum what each owner's earlier entries rose by, in the order in which they stand."""
    order = np.argsort(owner, kind="stable")
    running = np.cumsum(rise[order]) - rise[order]
    starts = np.searchsorted(owner[order], np.arange(owners))
    first = running[np.minimum(starts, len(running) - 1)]
    out = np.empty(len(rise))
    out[order] = running - first[owner[order]]
    return out
