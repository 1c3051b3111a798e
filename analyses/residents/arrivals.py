"""Who arrives when dwellings are built, and who leaves when they are demolished."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from ..segregation._drawn import dealt, multinomial
from ._model import POPULATION, Floats, Residents, unknown

_PEOPLE, _LEAVE, _ARRIVE = 0, 1, 2
"""Which draws of a zone: how many people, who of them leaves, and who arrives."""


class Draws(NamedTuple):
    """Draws of who comes and goes, of one attribute.

    Attributes
    ----------
    zones
        The zones where somebody does.
    groups
        The groups.
    people
        People more, or fewer where below 0: (zones, groups, replicates).
    """

    zones: pd.Index
    groups: pd.Index
    people: Floats


def arrivals(model: Residents, change: pd.DataFrame) -> dict[str, pd.DataFrame]:
    r"""Give whom to expect to arrive and leave when dwellings are built and demolished.

    Parameters
    ----------
    model
        Who lives in which kind of dwelling.
    change
        Dwellings more (above 0) or fewer (below 0), zones × kinds. A kind without a column does
        not change. A zone that the model does not have is one without dwellings today.

    Returns
    -------
    dict
        By attribute, ``population`` among them: people more or fewer, zones of ``change`` ×
        groups, to be added to today's counts, which never fall below 0 by that. NaN where
        dwellings are demolished and the counts of the zone are not known.

    Raises
    ------
    ValueError
        For a kind of dwelling that is not in the model or of which it does not know who lives
        there, more demolished than stand, and a change that is no number.

    Notes
    -----
    With :math:`\Delta^+_{zt}` dwellings more and :math:`\Delta^-_{zt}` fewer, the people per
    dwelling :math:`m_t` and the shares :math:`S_{tg}` of the model, and today's people
    :math:`n_{zg}` and dwellings :math:`d_{zt}`:

    .. math::

        a_{zg} = \sum_t \Delta^+_{zt} m_t S_{tg} - q_z n_{zg}, \qquad
        q_z = \frac{\sum_t \Delta^-_{zt} m_t}{\sum_t d_{zt} m_t}

    What is assumed: new dwellings fill as those of their kind are filled today. Who leaves is a
    mix like that of the zone, whichever dwellings are demolished, as counts do not say who lives
    in which; a zone of which all dwellings are demolished is left by everybody. A change of tenure
    is the one kind less and the other more: some residents leave, and others come.

    Examples
    --------
    >>> dwellings = pd.DataFrame({"owner": [50, 10], "rented": [10, 30]}, index=["a", "b"])
    >>> language = pd.DataFrame({"fi": [110.0, 50.0], "sv": [10.0, 30.0]}, index=["a", "b"])
    >>> from kvarter.analyses.residents import mean
    >>> model = mean({"language": language}, dwellings, language.sum(axis=1), replicates=9)
    >>> change = pd.DataFrame({"owner": [0, -10], "rented": [100, -30]}, index=["a", "b"])
    >>> arrivals(model, change)["language"]
          fi    sv
    a  160.0  40.0
    b  -50.0 -30.0
    """
    gains, losses, known = _changes(model, change)
    out = {}
    for attribute, rates in model.rates.items():
        today = model.counts[attribute].reindex(change.index).to_numpy()
        share = _leaving(losses, known, model.rates[POPULATION].to_numpy())
        left = np.where(share > 0, share * np.where(share > 0, today, 0.0), 0.0)
        people = gains @ np.nan_to_num(rates.to_numpy()) - left
        out[attribute] = pd.DataFrame(people, index=change.index, columns=rates.columns)
    return out


def draws(
    model: Residents, change: pd.DataFrame, *, replicates: int = 999, seed: int = 0
) -> dict[str, Draws]:
    r"""Draw who arrives and leaves when dwellings are built and demolished.

    Parameters
    ----------
    model, change
        See :func:`arrivals`.
    replicates
        How many draws. Where the model has fewer replicates, it begins again with its first.
    seed
        Of the draws. Two scenarios that are to be compared take the same model and the same seed:
        the same people come in every zone where both do the same, and others, by chance, where
        they do not.

    Returns
    -------
    dict
        By attribute, ``population`` among them: :class:`Draws`, for the zones with a change alone.

    Raises
    ------
    ValueError
        See :func:`arrivals`; and for fewer than one replicate.

    Notes
    -----
    Replicate :math:`r` has the rates of replicate :math:`r` of the model: what is uncertain about
    it. Chance comes to that, zone by zone:

    - how many people there are: a gamma distribution with the expected number as mean, and with
      the variance that the model leaves unexplained in today's zones with as many dwellings,
      rounded up or down by chance;
    - their mix: a Dirichlet distribution around the expected mix, as alike as the people of
      today's zones are (the intraclass correlation :math:`\rho`, :math:`\alpha = (1 - \rho) /
      \rho`); with :math:`\rho = 0` the expected mix itself;
    - who they are: a multinomial distribution;
    - who leaves: a draw from the people of the zone without putting back (multivariate
      hypergeometric).

    The number of people is the same in all attributes of the same people. Otherwise each
    attribute is drawn by itself, as the zones do not tell how attributes go together.

    Drawing each person by chance alone would be too sure: families move together, and new areas
    differ from each other as old ones do. A table that is given knows neither, so intervals of it
    hold no more than who happens to come.

    Examples
    --------
    >>> dwellings = pd.DataFrame({"owner": [50, 10], "rented": [10, 30]}, index=["a", "b"])
    >>> language = pd.DataFrame({"fi": [110.0, 50.0], "sv": [10.0, 30.0]}, index=["a", "b"])
    >>> from kvarter.analyses.residents import mean
    >>> model = mean({"language": language}, dwellings, language.sum(axis=1), replicates=99)
    >>> change = pd.DataFrame({"rented": [100, 0]}, index=["a", "b"])
    >>> drawn = draws(model, change, replicates=99, seed=1)["language"]
    >>> drawn.zones.tolist(), drawn.people.shape
    (['a'], (1, 2, 99))
    """
    if replicates < 1:
        raise ValueError(f"replicates is {replicates}; take 1 or more")
    changed = change[(change != 0).any(axis=1)]
    gains, losses, known = _changes(model, changed)
    out = {}
    number = _which(model.drawn[POPULATION], replicates)
    share = np.stack(
        [_leaving(losses, known, number[:, :, r])[:, 0] for r in range(replicates)], axis=1
    )
    for attribute, rates in model.rates.items():
        drawn = _which(model.drawn[attribute], replicates)
        today = model.counts[attribute].reindex(changed.index).to_numpy()
        people = np.zeros((len(changed), rates.shape[1], replicates))
        for place, zone in enumerate(changed.index):
            delta = gains[place] - losses[place]
            streams = [_stream(seed, zone, delta, what) for what in (_PEOPLE, _LEAVE, _ARRIVE)]
            chance = streams[_PEOPLE].random((3, replicates))
            mix = np.einsum("t,tgr->gr", gains[place], drawn)
            built = gains[place].sum()
            variance = float(np.nan_to_num(model.spread[attribute]) @ [built, built**2])
            many = _whole(_people(mix.sum(axis=0), variance, chance[0]), chance[1])
            alike = np.nan_to_num(model.alike[attribute])
            people[place] = _arriving(streams[_ARRIVE], mix, many, alike)
            if losses[place].any():
                gone = _going(streams[_LEAVE], today[place], share[place], chance[2])
                people[place] -= gone
        out[attribute] = Draws(changed.index, rates.columns, people)
    return out


def _changes(model: Residents, change: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Check a change, and give dwellings more, fewer and today, (zones, kinds) each."""
    kinds = model.dwellings.columns
    for kind in change.columns:
        if kind not in kinds:
            raise ValueError(f"the change has {unknown(kind, kinds, 'dwellings of')}")
    if not change.index.is_unique:
        twice = change.index[change.index.duplicated()].tolist()[0]
        raise ValueError(f"the change has zone {twice!r} twice; give each zone once")
    delta = change.reindex(columns=kinds, fill_value=0).to_numpy(dtype=np.float64)
    if not np.isfinite(delta).all():
        zone, kind = np.argwhere(~np.isfinite(delta))[0]
        raise ValueError(
            f"the change of {kinds[kind]!r} in zone {change.index.tolist()[zone]!r} is no number"
        )
    today = model.dwellings.reindex(change.index).fillna(0.0).to_numpy()
    gains, losses = np.maximum(delta, 0.0), np.maximum(-delta, 0.0)
    over = losses > today * (1 + 1e-12)
    if over.any():
        zone, kind = np.argwhere(over)[0]
        raise ValueError(
            f"zone {change.index.tolist()[zone]!r} has {today[zone, kind]:g} dwellings of "
            f"{kinds[kind]!r}, and {losses[zone, kind]:g} are demolished"
        )
    for kind in np.flatnonzero((gains > 0).any(axis=0)):
        reasons = model.notes.iloc[kind]
        lacking = reasons[model.per_dwelling.iloc[kind].isna()]
        if len(lacking):
            raise ValueError(
                f"nobody knows who would live in dwellings of {kinds[kind]!r} "
                f"({lacking.index[0]}: {lacking.iloc[0]}); give a table for it, or fill the "
                "model with another"
            )
    return gains, losses, today


def _leaving(losses: Floats, today: Floats, people: Floats) -> Floats:
    """Give the share of a zone's people that leaves, (zones, 1)."""
    weight = people[:, 0]
    known = ~np.isnan(weight)
    weight = np.where(known, weight, weight[known].mean() if known.any() else 1.0)
    above, below = losses @ weight, today @ weight
    # Of dwellings in which nobody lives by the model, each counts for the same.
    empty = below <= 0
    above = np.where(empty, losses.sum(axis=1), above)
    below = np.where(empty, today.sum(axis=1), below)
    share = np.divide(above, below, out=np.zeros(len(losses)), where=below > 0)
    return np.minimum(share, 1.0)[:, None]


def _which(drawn: Floats, replicates: int) -> Floats:
    """Give so many replicates; of a kind that nobody knows, none come."""
    return np.nan_to_num(drawn[:, :, np.arange(replicates) % drawn.shape[2]])


def _stream(seed: int, zone: object, change: Floats, what: int) -> np.random.Generator:
    """Give the random numbers of a zone and its change, which depend on no other zone.

    Another change in the same zone has others: who would come then is chance anew.
    """
    name = hashlib.blake2b(str(zone).encode() + change.tobytes(), digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(name, "big"), what])


def _people(expected: Floats, variance: float, chance: Floats) -> Floats:
    """Draw how many people there are, (replicates,), at quantiles given by chance."""
    if variance <= 0:
        return expected
    scale = np.divide(variance, expected, out=np.ones_like(expected), where=expected > 0)
    return scale * special.gammaincinv(expected / scale, chance)


def _whole(people: Floats, chance: Floats) -> Floats:
    """Round up or down by chance, so that the mean stays."""
    return np.floor(people + chance)


def _arriving(rng: np.random.Generator, mix: Floats, many: Floats, alike: float) -> Floats:
    """Draw who arrives, (groups, replicates)."""
    total = mix.sum(axis=0)
    p = np.divide(mix, total, out=np.zeros_like(mix), where=total > 0)
    if alike > 0:
        around = rng.standard_gamma(p * ((1 - alike) / alike))
        total = around.sum(axis=0)
        p = np.where(total > 0, around / np.where(total > 0, total, 1.0), p)
    # The replicates take the place of zones.
    return multinomial(rng, many.astype(np.int64), p[None])[:, :, 0].T


def _going(rng: np.random.Generator, today: Floats, share: Floats, chance: Floats) -> Floats:
    """Draw who leaves a zone, (groups, replicates)."""
    if np.isnan(today).any():
        return np.full((len(today), len(share)), np.nan)
    whole = np.floor(today)
    many = np.minimum(_whole(share * today.sum(), chance), whole.sum())
    gone = dealt(rng, many, np.tile(whole, (len(share), 1)), 1)[:, :, 0].T
    return np.where(share == 1, today[:, None], gone)
