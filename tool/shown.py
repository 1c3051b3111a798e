"""What is shown of the zones in a year: their figures, and why one is not."""

from __future__ import annotations

import pandas as pd

from .layers import Layers
from .layers.disclosure import publish, reasons
from .study import Study


def figures(layers: Layers, study: Study, year: int | None) -> dict[str, pd.DataFrame]:
    """Give what is mapped: shares of groups, a single group's density, and the variables.

    A share of fewer people than the minimum count is left out: it would say more of chance than
    of the zone, and be about too few.

    Parameters
    ----------
    layers
        The baseline.
    study
        What to ask.
    year
        The year.

    Returns
    -------
    dict
        By attribute, zones × groups; by variable, zones × 1.
    """
    zones = layers.zones[year]
    out = {}
    for name in layers.attributes(year):
        counts = layers.counts(name, year)
        if counts.shape[1] == 1:
            out[name] = counts.div(zones.geometry.area / 1e6, axis=0)
        else:
            total = counts.sum(axis=1, skipna=False)
            out[name] = counts.div(total.where(total >= study.study.min_count), axis=0)
    few = zones["population"] < study.study.min_count
    for name in study.variables:
        out[name] = pd.DataFrame(zones[[name]]).mask(few)
    return out


def shown(
    layers: Layers, study: Study, year: int | None
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Give the figures as they are published, and why one is not.

    Parameters
    ----------
    layers, study, year
        See `figures`.

    Returns
    -------
    dict, dict
        The figures, NaN where there is a reason, and the reasons of the same shape, see
        `kvarter.layers.disclosure.reasons`. The same zone has the same reason on all maps, as far
        as it can: where nobody lives, or fewer than are told of, that is the reason; ``none`` is
        where people live, or may, and none of those that the attribute counts.
    """
    zones, least = layers.zones[year], study.study.min_count
    people = reasons(pd.DataFrame(zones[["population"]]), least)
    shares, why = {}, {}
    for name, frame in figures(layers, study, year).items():
        if name in study.variables:
            reason = people.set_axis([name], axis=1)
            # A variable has no count of its own: what is known of the zone's people decides.
            reason = reason.mask(frame.isna() & (reason == ""), "missing")
        else:
            reason = reasons(layers.counts(name, year), least)
            reason = reason.replace("nobody", "none")
            for what in ("hidden", "nobody"):
                empty = reason.isin(["missing", "none"])
                reason = reason.mask(empty.mul(people["population"] == what, axis=0), what)
        shares[name], why[name] = publish(frame, reason), reason
    return shares, why
