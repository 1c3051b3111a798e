"""Models of who lives in a dwelling: a table that is given, an estimate, or the mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from ._model import POPULATION, Baseline, Floats, Residents, Spread, baseline, unknown

_ADDS_UP = 0.005
"""How far from 1 the shares of a table may add up, which are rounded."""

_FEW_ZONES = 10
_INFLATION = 100.0

_AT_ONCE = 4_000_000


def given(
    shares: pd.DataFrame,
    people: pd.DataFrame,
    counts: Mapping[str, pd.DataFrame],
    dwellings: pd.DataFrame,
    population: pd.Series,
    *,
    parts: Mapping[str, pd.Series] | None = None,
) -> Residents:
    """Take a table of who lives in which kind of dwelling.

    Parameters
    ----------
    shares
        ``tenure, attribute, group, share``, and ``type`` if the table tells types of building
        apart: an empty type is any that has no rows of its own. The shares of an attribute in one
        kind of dwelling are from 0 to 1 and add up to 1; a group without a row has none.
    people
        ``tenure, people``, and ``type`` likewise: people per dwelling.
    counts, dwellings, population, parts
        Today's zones, see :func:`estimate`: who leaves where dwellings are demolished.

    Returns
    -------
    Residents
        With the rates of the table in its one replicate: what is uncertain about the table is not
        known, and intervals are of who happens to move in. Rates are NaN where the table has no
        rows. Of an attribute of a part of the people, adults say, a dwelling has as large a part
        as the municipality.

    Raises
    ------
    ValueError
        For a group, attribute or tenure that is not there, shares outside 0 and 1 or that do not
        add up to 1 (to 0.005, as they may be rounded), people below 0, and rows given twice.

    Examples
    --------
    >>> zones = ["a", "b"]
    >>> dwellings = pd.DataFrame({"owner": [50, 10], "rented": [10, 40]}, index=zones)
    >>> population = pd.Series([130.0, 80.0], index=zones)
    >>> language = pd.DataFrame({"fi": [110.0, 50.0], "sv": [20.0, 30.0]}, index=zones)
    >>> shares = pd.DataFrame({"tenure": ["owner", "owner", "rented", "rented"],
    ...                        "attribute": "language", "group": ["fi", "sv", "fi", "sv"],
    ...                        "share": [0.9, 0.1, 0.6, 0.4]})
    >>> people = pd.DataFrame({"tenure": ["owner", "rented"], "people": [2.4, 1.5]})
    >>> model = given(shares, people, {"language": language}, dwellings, population)
    >>> model.rates["language"].round(2)
              fi    sv
    owner   2.16  0.24
    rented  0.90  0.60
    """
    base = baseline(counts, dwellings, population, parts)
    kinds = base.dwellings.columns
    shares, people = (_kinds_of(table, kinds) for table in (shares, people))
    for attribute in shares["attribute"].unique():
        if attribute not in counts:
            raise ValueError(f"the table has {unknown(attribute, counts, 'attribute')}")
    per_dwelling = _of_kind(people, kinds, "people")
    if (per_dwelling < 0).any():
        raise ValueError("people per dwelling are below 0; give 0 or more")
    rates, notes = {}, pd.DataFrame("", index=kinds, columns=list(base.counts))
    for attribute, table in base.counts.items():
        part = per_dwelling * _part(base, attribute)
        if attribute == POPULATION:
            rates[attribute] = part.to_frame(POPULATION)
        else:
            rows = shares[shares["attribute"] == attribute]
            rates[attribute] = _shares(rows, kinds, table.columns, attribute).mul(part, axis=0)
        known = rates[attribute].notna().all(axis=1)
        notes.loc[~known, attribute] = "not in the table"
    drawn = {name: table.to_numpy()[:, :, None] for name, table in rates.items()}
    alike, spread = dict.fromkeys(rates, 0.0), dict.fromkeys(rates, Spread(0.0, 0.0))
    return Residents(rates, drawn, alike, spread, notes, rates, base.dwellings, base.counts)


def estimate(
    counts: Mapping[str, pd.DataFrame],
    dwellings: pd.DataFrame,
    population: pd.Series,
    *,
    parts: Mapping[str, pd.Series] | None = None,
    least: float = 1.0,
    replicates: int = 999,
    seed: int = 0,
) -> Residents:
    r"""Estimate from today's zones who lives in which kind of dwelling.

    Parameters
    ----------
    counts
        By attribute: people of each group, zones × groups; NaN where they are not known.
    dwellings
        Dwellings of each kind, zones × kinds: of each tenure, or of tenure and type (columns of
        two levels).
    population
        People by zone.
    parts
        For an attribute of a part of the people, such as adults or households: how many they are
        by zone.
    least
        Fewest people per dwelling that a kind can have: 1 where dwellings are those of households,
        less for a stock of which much stands empty.
    replicates
        How many samples of the zones the rates are estimated from anew.
    seed
        Of the samples.

    Returns
    -------
    Residents
        A kind of dwelling has NaN, and the reason in ``notes``, where fewer than 10 zones have it,
        it lies where others do, or what comes out cannot be: fewer than ``least`` people, or more
        adults than people. :func:`fill` takes another model for it. See :func:`explained` and
        :func:`support` for how well the estimate is founded.

    Raises
    ------
    ValueError
        Where tables are not of the same zones, or counts are no counts.

    Notes
    -----
    With :math:`n_{zg}` people of group :math:`g` and :math:`d_{zt}` dwellings of kind :math:`t`,

    .. math::

        \hat B = \arg\min_{B \ge 0} \sum_z w_z \Big(n_{zg} - \sum_t d_{zt} B_{tg}\Big)^2, \qquad
        w_z = 1 \Big/ \sum_t d_{zt},

    as the number of people varies in proportion to the dwellings where households are independent.
    Persons per dwelling keep the problem convex, which shares and people per dwelling as two
    unknowns do not; it is a non-negative least squares problem for each group (Lawson & Hanson).
    The shares are :math:`S_{tg} = \hat B_{tg} / \sum_h \hat B_{th}`, from 0 to 1 and adding up
    to 1. People per dwelling :math:`m_t` are estimated in the same way from the population, or the
    part, so that all attributes of the same people have the same number of them:
    the rates are :math:`m_t S_{tg}`.

    Each replicate weighs the zones anew by exponential weights (the Bayesian bootstrap). Drawing
    zones with replacement would leave out a tenure that few zones have.

    This is ecological regression (Goodman 1953, 1959), and has its limit: it takes the residents
    of a tenure to be of one mix wherever they live, apart from chance. Where the owners of an area
    with many rented dwellings differ from owners elsewhere, that is ascribed to the rented
    dwellings, and nothing in the zones' totals tells (the ecological fallacy, Robinson 1950).
    Owners in houses and owners in flats do differ: take tenure and type together where the stock
    has both. A table from registers of persons is better where there is one. Neighbouring zones
    are alike, too, which makes the replicates vary less than they should.

    Zones differ from :math:`p_z`, the mix that the model gives, by more than chance. With
    :math:`n_z` people,

    .. math::

        \rho = \frac{\sum_z \big[\sum_g (n_{zg} - n_z p_{zg})^2 / n_z - h_z\big]}
                    {\sum_z h_z (n_z - 1)}, \qquad h_z = 1 - \sum_g p_{zg}^2,

    is their intraclass correlation, by moments of the Dirichlet-multinomial distribution
    (Mosimann 1962). The number of people has the variance :math:`a d_z + b d_z^2` in a zone of
    :math:`d_z` dwellings: households differ by chance, and so do whole zones. :math:`a, b \ge 0`
    are the least squares of :math:`(n_z - \hat n_z)^2 / d_z` on :math:`1` and :math:`d_z`, times
    :math:`Z / (Z - T)`. :func:`draws` draws new residents with both, as new areas will differ from
    the model no less than those of today do.

    References
    ----------
    Goodman, L. A. (1953). Ecological regressions and behavior of individuals. *American
    Sociological Review*, 18(6), 663–664. https://doi.org/10.2307/2088121

    Goodman, L. A. (1959). Some alternatives to ecological correlation. *American Journal of
    Sociology*, 64(6), 610–625. https://doi.org/10.1086/222597

    Lawson, C. L., & Hanson, R. J. (1995). *Solving least squares problems*. SIAM.
    https://doi.org/10.1137/1.9781611971217

    Mosimann, J. E. (1962). On the compound multinomial distribution, the multivariate
    β-distribution, and correlations among proportions. *Biometrika*, 49(1–2), 65–82.
    https://doi.org/10.1093/biomet/49.1-2.65

    Robinson, W. S. (1950). Ecological correlations and the behavior of individuals. *American
    Sociological Review*, 15(3), 351–357. https://doi.org/10.2307/2087176

    Rubin, D. B. (1981). The Bayesian bootstrap. *The Annals of Statistics*, 9(1), 130–134.
    https://doi.org/10.1214/aos/1176345338

    Examples
    --------
    >>> owner, rented = np.arange(12) * 10.0, np.arange(12)[::-1] ** 2 + 5.0
    >>> dwellings = pd.DataFrame({"owner": owner, "rented": rented})
    >>> language = pd.DataFrame({"fi": 2.0 * owner + 0.9 * rented, "sv": 0.4 * owner + rented})
    >>> model = estimate({"language": language}, dwellings, language.sum(axis=1), replicates=99)
    >>> model.rates["language"].round(6)
             fi   sv
    owner   2.0  0.4
    rented  0.9  1.0
    """
    base = baseline(counts, dwellings, population, parts)
    reasons = support(base.dwellings)["note"]
    there = (base.dwellings.sum() > 0).to_numpy()
    d = base.dwellings.to_numpy()[:, there]
    usable = base.usable()

    def fitted(n: Floats, weights: Floats | None) -> Floats:
        """Give persons per dwelling, (replicates, kinds, groups); one without weights."""
        known = usable & ~np.isnan(n).any(axis=1)
        one, two = d[known], n[known]
        if weights is None:
            found = _least_squares(one, two)[None]
        else:
            found = _least_squares_anew(one, two, weights[:, known])
        out = np.zeros((len(found), len(there), n.shape[1]))
        out[:, there] = found
        return out

    return _made(base, fitted, reasons, least, replicates, seed)


def mean(
    counts: Mapping[str, pd.DataFrame],
    dwellings: pd.DataFrame,
    population: pd.Series,
    *,
    parts: Mapping[str, pd.Series] | None = None,
    replicates: int = 999,
    seed: int = 0,
) -> Residents:
    """Take the municipality's mean: in each kind of dwelling live the same people.

    Parameters
    ----------
    counts, dwellings, population, parts, replicates, seed
        See :func:`estimate`.

    Returns
    -------
    Residents
        All people of the zones that have dwellings, over all their dwellings. Zones are weighed
        anew for the replicates as in :func:`estimate`.

    Raises
    ------
    ValueError
        See :func:`estimate`.

    Examples
    --------
    >>> dwellings = pd.DataFrame({"owner": [50, 10], "rented": [10, 30]})
    >>> language = pd.DataFrame({"fi": [110.0, 50.0], "sv": [10.0, 30.0]})
    >>> model = mean({"language": language}, dwellings, language.sum(axis=1), replicates=9)
    >>> model.rates["language"]
             fi   sv
    owner   1.6  0.4
    rented  1.6  0.4
    """
    base = baseline(counts, dwellings, population, parts)
    d = base.dwellings.sum(axis=1, skipna=False).to_numpy()
    usable, kinds = base.usable(), base.dwellings.shape[1]

    def fitted(n: Floats, weights: Floats | None) -> Floats:
        """Give persons per dwelling, (replicates, kinds, groups); one without weights."""
        known = usable & ~np.isnan(n).any(axis=1)
        weigh = np.ones((1, known.sum())) if weights is None else weights[:, known]
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = weigh @ n[known] / (weigh @ d[known])[:, None]
        return np.repeat(rate[:, None], kinds, axis=1)

    reasons = pd.Series("", index=base.dwellings.columns)
    return _made(base, fitted, reasons, 0.0, replicates, seed)


def fill(model: Residents, other: Residents) -> Residents:
    """Take the rates of another model where one has none.

    Parameters
    ----------
    model
        The model that has NaN for some kinds of dwellings.
    other
        A model of the same zones, kinds and attributes, such as :func:`mean`.

    Returns
    -------
    Residents
        With ``notes`` that still say why the first model had no rates. How alike people are and
        how their number is spread is the first model's, unless it does not know.

    Raises
    ------
    ValueError
        Where the kinds, attributes or groups are not the same.

    Examples
    --------
    >>> dwellings = pd.DataFrame({"owner": [50, 10], "rented": [10, 30]})
    >>> language = pd.DataFrame({"fi": [110.0, 50.0], "sv": [10.0, 30.0]})
    >>> today = {"language": language}, dwellings, language.sum(axis=1)
    >>> estimate(*today, replicates=9).notes.loc["rented", "language"]
    'only 2 zones have it'
    >>> filled = fill(estimate(*today, replicates=9), mean(*today, replicates=9))
    >>> filled.rates["language"].loc["rented"].tolist()
    [1.6, 0.4]
    """
    rates, drawn = {}, {}
    if list(model.rates) != list(other.rates):
        raise ValueError(
            f"the models have the attributes {list(model.rates)} and {list(other.rates)}; give "
            "two of the same"
        )
    for attribute, table in model.rates.items():
        another = other.rates[attribute]
        if not (table.index.equals(another.index) and table.columns.equals(another.columns)):
            raise ValueError(
                f"the models have other kinds of dwellings or groups of {attribute!r}; give two "
                "of the same"
            )
        unknown_ = table.isna().any(axis=1).to_numpy()
        values = np.where(unknown_[:, None], another, table)
        rates[attribute] = pd.DataFrame(values, index=table.index, columns=table.columns)
        one, two = model.drawn[attribute], other.drawn[attribute]
        each = np.arange(max(one.shape[2], two.shape[2]))
        one, two = one[:, :, each % one.shape[2]], two[:, :, each % two.shape[2]]
        drawn[attribute] = np.where(unknown_[:, None, None], two, one)
    alike, spread = dict(other.alike), dict(other.spread)
    alike |= {name: value for name, value in model.alike.items() if not np.isnan(value)}
    spread |= {name: value for name, value in model.spread.items() if not np.isnan(value[0])}
    return replace(model, rates=rates, drawn=drawn, alike=alike, spread=spread, fitted=rates)


def support(dwellings: pd.DataFrame) -> pd.DataFrame:
    r"""Tell what an estimate for each kind of dwelling is founded on.

    Parameters
    ----------
    dwellings
        Dwellings of each kind, zones × kinds.

    Returns
    -------
    DataFrame
        One row a kind: ``zones``, the share of the zones with dwellings that have it; ``share``,
        its share of all dwellings; ``inflation``; and ``note``, why :func:`estimate` gives none:
        fewer than 10 zones have it, or the inflation is above 100.

    Notes
    -----
    With the kinds as columns, each zone weighted by :math:`w_z` as in :func:`estimate`, and
    :math:`R_t^2` the share of a column's sum of squares that the others explain, the inflation of
    its variance is :math:`1 / (1 - R_t^2)`: 1 where no zone with the kind has another, and 100
    where that makes the estimate ten times as uncertain. The limit is a convention of ours, above
    the 10 that is usual for warnings, as intervals show a moderate one.

    References
    ----------
    Belsley, D. A., Kuh, E., & Welsch, R. E. (1980). *Regression diagnostics*. Wiley.
    https://doi.org/10.1002/0471725153

    Examples
    --------
    >>> dwellings = pd.DataFrame({"owner": [1.0] * 12, "rented": [0.0, 2.0] * 6,
    ...                           "other": [0.0] * 12})
    >>> support(dwellings)["note"].tolist()
    ['', 'only 6 zones have it', 'no dwellings of it today']
    """
    d = dwellings.to_numpy(dtype=np.float64)
    d = d[~np.isnan(d).any(axis=1)]
    d = d[d.sum(axis=1) > 0]
    has = (d > 0).sum(axis=0)
    x = d / np.sqrt(d.sum(axis=1))[:, None]
    length = np.sqrt((x**2).sum(axis=0))
    x = x / np.where(length > 0, length, 1.0)
    inflation = np.full(d.shape[1], np.nan)
    for kind in np.flatnonzero(length > 0):
        others = np.delete(x, kind, axis=1)
        rest = x[:, kind] - others @ np.linalg.lstsq(others, x[:, kind])[0]
        left = float(rest @ rest)
        inflation[kind] = 1 / left if left > 1e-12 else np.inf
    notes = []
    for number, inflated in zip(has, inflation, strict=True):
        if number == 0:
            notes.append("no dwellings of it today")
        elif number < _FEW_ZONES:
            notes.append(f"only {number} zone{'s have' if number > 1 else ' has'} it")
        elif inflated > _INFLATION:
            notes.append("lies where other dwellings do, and cannot be told from them")
        else:
            notes.append("")
    out = {
        "zones": has / max(len(d), 1),
        "share": d.sum(axis=0) / max(d.sum(), 1e-300),
        "inflation": inflation,
        "note": notes,
    }
    return pd.DataFrame(out, index=dwellings.columns)


def explained(model: Residents) -> pd.DataFrame:
    r"""Tell how well a model explains who lives in today's zones.

    Parameters
    ----------
    model
        Any model of residents.

    Returns
    -------
    DataFrame
        ``attribute, group, r2, note``: from 1, each zone is as the model says, over 0, it says no
        more than the municipality's mean, to below 0, it says less. NaN with the reason in
        ``note`` where it is not defined.

    Notes
    -----
    With :math:`\hat n_{zg}` what the model gives and :math:`\bar n_{zg}` the municipality's mean
    per dwelling times the dwellings of the zone, weights as in :func:`estimate`:

    .. math:: R_g^2 = 1 - \frac{\sum_z w_z (n_{zg} - \hat n_{zg})^2}
                               {\sum_z w_z (n_{zg} - \bar n_{zg})^2}

    Beside the mean per dwelling and not the mean of the zones, as large zones have more people of
    each group whatever the model. A regression is judged with all that it fitted, what is no
    estimate too. Zones with a kind of dwelling that a given table does not have are left out.

    Examples
    --------
    >>> owner, rented = np.arange(12) * 10.0, np.arange(12)[::-1] ** 2 + 5.0
    >>> dwellings = pd.DataFrame({"owner": owner, "rented": rented})
    >>> language = pd.DataFrame({"fi": 2.0 * owner + 0.9 * rented, "sv": 0.4 * owner + rented})
    >>> model = estimate({"language": language}, dwellings, language.sum(axis=1), replicates=9)
    >>> explained(model)["r2"].round(6).tolist()
    [1.0, 1.0, 1.0]
    """
    rows = []
    for attribute, rates in model.fitted.items():
        known, d, n = _compared(model.dwellings, model.counts[attribute], rates)
        left_out = len(known) - int(known.sum())
        lived = d.sum(axis=1)
        off = ((n - d @ np.nan_to_num(rates.to_numpy())) ** 2 / lived[:, None]).sum(axis=0)
        even = np.outer(lived, n.sum(axis=0) / max(lived.sum(), 1e-300))
        all_off = ((n - even) ** 2 / lived[:, None]).sum(axis=0)
        for group, one, whole in zip(rates.columns, off, all_off, strict=True):
            fine = whole > 1e-12 * max(float((n**2).sum()), 1.0)
            note = f"{left_out} of {len(known)} zones left out" if left_out else ""
            if not len(d):
                note = "the model does not know a kind of dwelling in each zone"
            elif not fine:
                note = "each zone has as many per dwelling"
            rows.append((attribute, group, 1 - one / whole if fine else np.nan, note))
    return pd.DataFrame(rows, columns=["attribute", "group", "r2", "note"])


def _made(
    base: Baseline, fitted: Any, reasons: pd.Series, least: float, replicates: int, seed: int
) -> Residents:
    """Estimate the rates of all attributes, once and for each replicate."""
    if replicates < 1:
        raise ValueError(f"replicates is {replicates}; take 1 or more")
    zones = len(base.dwellings)
    arrays = {name: table.to_numpy() for name, table in base.counts.items()}
    wholes = {name: part.to_numpy()[:, None] for name, part in base.parts.items()}
    wholes[POPULATION] = arrays[POPULATION]

    def parts_of(weights: Floats | None) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Give people per dwelling and shares, (replicates, kinds, 1 or groups)."""
        people = {name: fitted(whole, weights) for name, whole in wholes.items()}
        people = {name: people.get(name, people[POPULATION]) for name in arrays}
        return people, {name: _divided(fitted(n, weights)) for name, n in arrays.items()}

    people, shares = parts_of(None)
    once = {name: (people[name] * shares[name])[0] for name in arrays}
    drawn = {name: np.empty((*values.shape, replicates)) for name, values in once.items()}
    rng = np.random.default_rng(seed)
    step = int(np.clip(_AT_ONCE // max(zones, 1), 1, 256))
    for start in range(0, replicates, step):
        stop = min(start + step, replicates)
        anew, others = parts_of(rng.standard_exponential((stop - start, zones)))
        for name, values in others.items():
            # A kind in which a replicate finds nobody of an attribute has the shares found once.
            values = anew[name] * np.where(np.isnan(values), shares[name], values)
            drawn[name][:, :, start:stop] = values.transpose(1, 2, 0)
    notes = _notes(base, once, reasons, least)
    kinds = base.dwellings.columns
    rates, found, alike, spread = {}, {}, {}, {}
    for name, values in once.items():
        table = pd.DataFrame(values, index=kinds, columns=base.counts[name].columns)
        bad = (notes[name] != "").to_numpy()
        rates[name], found[name] = table.copy(), table.fillna(0.0)
        rates[name].loc[bad] = np.nan
        drawn[name][bad] = np.nan
        alike[name] = _alike(base.dwellings, base.counts[name], found[name])
        spread[name] = _spread(
            base.dwellings, base.whole(name).to_frame(), pd.DataFrame(people[name][0], index=kinds)
        )
    return Residents(rates, drawn, alike, spread, notes, found, base.dwellings, base.counts)


def _notes(
    base: Baseline, once: dict[str, Floats], reasons: pd.Series, least: float
) -> pd.DataFrame:
    """Say why rates are not known, kinds × attributes: what cannot be is no estimate."""
    notes = pd.DataFrame(dict.fromkeys(base.counts, reasons))
    people = np.nan_to_num(once[POPULATION][:, 0])
    for name, values in once.items():
        part = np.nan_to_num(values.sum(axis=1))
        for kind in np.flatnonzero(reasons == ""):
            if not part[kind] > 1e-9:
                note = "the zones give it no people"
            elif people[kind] < least * (1 - 1e-9):
                note = f"the zones give it {people[kind]:.2f} people per dwelling"
            elif part[kind] > people[kind] * (1 + 1e-9):
                note = (
                    f"the zones give it {part[kind]:.2f} of them per dwelling, and "
                    f"{people[kind]:.2f} people"
                )
            else:
                continue
            notes.iloc[kind, notes.columns.get_loc(name)] = note
    return notes


def _least_squares(d: Floats, n: Floats) -> Floats:
    """Solve for persons per dwelling, (kinds, groups)."""
    root = 1 / np.sqrt(d.sum(axis=1))[:, None]
    if not len(d) or not d.shape[1]:
        return np.zeros((d.shape[1], n.shape[1]))
    return np.column_stack([optimize.nnls(root * d, column)[0] for column in (root * n).T])


def _least_squares_anew(d: Floats, n: Floats, weights: Floats) -> Floats:
    """Solve with other weights of the zones too, (replicates, kinds, groups).

    Solved without the bound for all replicates at once, and again with it where that is broken.
    """
    kinds, groups = d.shape[1], n.shape[1]
    if not len(d) or not kinds:
        return np.zeros((len(weights), kinds, groups))
    lived = d.sum(axis=1)
    scale = np.sqrt((d**2 / lived[:, None]).sum(axis=0) + 1e-300)
    x = d / scale
    y = x / lived[:, None]
    squares = weights @ (y[:, :, None] * x[:, None, :]).reshape(len(d), -1)
    products = weights @ (y[:, :, None] * n[:, None, :]).reshape(len(d), -1)
    values, vectors = np.linalg.eigh(squares.reshape(-1, kinds, kinds))
    fine = values > 1e-13 * values[:, -1:]
    root = np.sqrt(np.where(fine, values, 1.0))
    turned = vectors.transpose(0, 2, 1) @ products.reshape(-1, kinds, groups)
    # Of the problem in these coordinates, half the root is on either side.
    right = np.where(fine, 1 / root, 0.0)[:, :, None] * turned
    left = np.where(fine, root, 0.0)[:, :, None] * vectors.transpose(0, 2, 1)
    out = vectors @ (np.where(fine, 1 / root, 0.0)[:, :, None] * right)
    for replicate, group in np.argwhere((out < 0).any(axis=1)):
        out[replicate, :, group] = optimize.nnls(left[replicate], right[replicate, :, group])[0]
    return out / scale[:, None]


def _divided(b: Floats) -> Floats:
    """Give shares, (replicates, kinds, groups); NaN where nobody is."""
    total = b.sum(axis=2, keepdims=True)
    return np.divide(b, total, out=np.full_like(b, np.nan), where=total > 0)


def _compared(
    dwellings: pd.DataFrame, counts: pd.DataFrame, rates: pd.DataFrame
) -> tuple[Any, Floats, Floats]:
    """Give the zones that a model can be set against, their dwellings and their people."""
    d, n = dwellings.to_numpy(), counts.to_numpy()
    strange = rates.isna().any(axis=1).to_numpy()
    known = (d.sum(axis=1) > 0) & ~np.isnan(n).any(axis=1) & ~(d[:, strange] > 0).any(axis=1)
    return known, d[known], n[known]


def _alike(dwellings: pd.DataFrame, counts: pd.DataFrame, rates: pd.DataFrame) -> float:
    """Give the intraclass correlation of what a model leaves unexplained."""
    _, d, n = _compared(dwellings, counts, rates)
    expected = d @ np.nan_to_num(rates.to_numpy())
    some = (n.sum(axis=1) > 1) & (expected.sum(axis=1) > 0)
    n, expected = n[some], expected[some]
    people = n.sum(axis=1)
    p = expected / expected.sum(axis=1, keepdims=True)
    mixed = 1 - (p**2).sum(axis=1)
    below = float((mixed * (people - 1)).sum())
    if below <= 0:
        return np.nan if not len(n) else 0.0
    off = ((n - people[:, None] * p) ** 2).sum(axis=1) / people
    return float(np.clip((off - mixed).sum() / below, 0.0, 1.0))


def _spread(dwellings: pd.DataFrame, people: pd.DataFrame, rates: pd.DataFrame) -> Spread:
    """Give what the variance of the number of people is, beyond what a model explains."""
    _, d, n = _compared(dwellings, people, rates)
    free = len(d) - d.shape[1]
    if free < 1:
        return Spread(np.nan, np.nan)
    lived = d.sum(axis=1)
    off = (n[:, 0] - d @ np.nan_to_num(rates.to_numpy()[:, 0])) ** 2 * (len(d) / free)
    both = optimize.nnls(np.column_stack([np.ones(len(d)), lived]), off / lived)[0]
    return Spread(float(both[0]), float(both[1]))


def _part(base: Baseline, attribute: str) -> float:
    """Give the part of the people whom an attribute divides."""
    if attribute not in base.parts:
        return 1.0
    both = pd.concat([base.parts[attribute], base.whole(POPULATION)], axis=1).dropna().sum()
    return float(both.iloc[0] / both.iloc[1]) if both.iloc[1] > 0 else np.nan


def _kinds_of(table: pd.DataFrame, kinds: pd.Index) -> pd.DataFrame:
    """Check the tenures and types of a given table."""
    table = table.assign(type=table["type"].fillna("") if "type" in table else "")
    tenures = set(kinds.get_level_values(0))
    types = set(kinds.get_level_values(1)) if kinds.nlevels > 1 else set()
    for tenure in table["tenure"].unique():
        if tenure not in tenures:
            raise ValueError(f"the table has {unknown(tenure, sorted(tenures), 'tenure')}")
    for type_ in table["type"].unique():
        if type_ != "" and not types:
            raise ValueError(
                f"the table has the type {type_!r} and the dwellings are by tenure alone; give "
                "dwellings by tenure and type"
            )
        if type_ != "" and type_ not in types:
            raise ValueError(f"the table has {unknown(type_, sorted(types), 'type')}")
    return table


def _rows_of(table: pd.DataFrame, kind: Any) -> pd.DataFrame:
    """Give the rows of a kind of dwelling: of its tenure and type, or of any type."""
    tenure, type_ = kind if isinstance(kind, tuple) else (kind, "")
    rows = table[table["tenure"] == tenure]
    own = rows[rows["type"] == type_]
    return own if len(own) else rows[rows["type"] == ""]


def _of_kind(table: pd.DataFrame, kinds: pd.Index, column: str) -> pd.Series:
    """Give the one number that a table has of each kind of dwelling."""
    out = pd.Series(np.nan, index=kinds)
    for place, kind in enumerate(kinds):
        rows = _rows_of(table, kind)
        if len(rows) > 1:
            raise ValueError(f"the table has {column} of {kind!r} twice; give them once")
        if len(rows):
            out.iloc[place] = float(rows[column].iloc[0])
    return out


def _shares(table: pd.DataFrame, kinds: pd.Index, groups: pd.Index, attribute: str) -> Any:
    """Give the shares that a table has of an attribute, kinds × groups."""
    for group in table["group"].unique():
        if group not in groups:
            raise ValueError(f"the table has {unknown(group, groups, f'group of {attribute!r}')}")
    out = pd.DataFrame(np.nan, index=kinds, columns=groups)
    for place, kind in enumerate(kinds):
        rows = _rows_of(table, kind)
        if not len(rows):
            continue
        where = f"of {attribute!r} in {kind!r}"
        if rows["group"].duplicated().any():
            twice = rows["group"][rows["group"].duplicated()].iloc[0]
            raise ValueError(f"the table has the group {twice!r} {where} twice; give it once")
        values = rows["share"].to_numpy(dtype=np.float64)
        if not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"a share {where} is not from 0 to 1")
        if abs(values.sum() - 1) > _ADDS_UP:
            raise ValueError(f"the shares {where} add up to {values.sum():g}, not to 1")
        row = np.zeros(len(groups))
        row[groups.get_indexer(rows["group"])] = values / values.sum()
        out.iloc[place] = row
    return out
