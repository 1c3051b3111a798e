"""Services that are meant for a group: who may use which, and people divided accordingly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .layers import ColumnError

SEGMENT = "segment"
"""The name of the first level of an index of segments × zones."""

REST = ""
"""The segment of those who have no service of their own."""


@dataclass(frozen=True)
class Segments:
    """The people who may use the same services of a kind.

    Attributes
    ----------
    attribute
        That of the groups which services are meant for; empty where all are for all.
    names
        Its groups with services of their own, in order, and `REST` last where there are others.
    need
        Who needs the kind, as ``attribute.group``; None for everybody.
    """

    attribute: str = ""
    names: tuple[str, ...] = (REST,)
    need: str | None = None

    def open_to(self, meant_for: pd.Series, name: str) -> pd.Series:
        """Tell which services the people of a segment may use."""
        if not self.attribute:
            return pd.Series(True, index=meant_for.index)
        return meant_for.isin(["", self.need or "", f"{self.attribute}.{name}"])

    def divide(
        self, counts: pd.DataFrame, attribute: str, groups: pd.DataFrame | None
    ) -> pd.DataFrame:
        """Divide the people of each zone among the segments.

        Parameters
        ----------
        counts
            Zones × groups of some attribute.
        attribute
            Which; empty for all inhabitants.
        groups
            Zones × groups of the attribute that services are meant for.

        Returns
        -------
        DataFrame
            (Segment, zone) × groups; as it was where all services are for all.

        Notes
        -----
        Who is of which group of two attributes at once nobody knows from two tables. So a zone's
        members of a group of another attribute are divided as all of the zone are; where that is
        unknown, as all of the municipality.
        """
        if not self.attribute or groups is None:
            return counts
        parts = {}
        shares = self._shares(groups)
        for number, name in enumerate(self.names):
            if attribute == self.attribute:
                inside = self._members(groups, name)
                part = counts * [1.0 if group in inside else 0.0 for group in counts]
            else:
                part = counts.mul(shares[name], axis=0)
            # An unknown count is one unknown count, not one a segment.
            parts[name] = part if number == 0 else part.fillna(0)
        return pd.concat(parts, names=[SEGMENT])

    def _members(self, groups: pd.DataFrame, name: str) -> list[str]:
        """Name the groups of a segment."""
        return [name] if name != REST else [g for g in groups if g not in self.names]

    def _shares(self, groups: pd.DataFrame) -> pd.DataFrame:
        """Give each segment's share of the people of each zone."""
        number = pd.DataFrame(
            {name: groups[self._members(groups, name)].sum(axis=1) for name in self.names}
        ).where(groups.notna().all(axis=1), np.nan)
        all_of_a_zone = number.sum(axis=1)
        usual = number.sum() / number.sum().sum()
        return number.div(all_of_a_zone.where(all_of_a_zone > 0), axis=0).fillna(usual)


def segments(
    meant_for: pd.Series,
    groups: Mapping[str, Sequence[str]],
    demand: Mapping[str, str],
) -> dict[str, Segments]:
    """Tell for each kind of service whose people are to be told apart.

    Parameters
    ----------
    meant_for
        By kind, with one entry a service: the group that it is for, or empty for all. Those of
        all scenarios are among them, so that all plans divide the people alike.
    groups
        The groups of each attribute.
    demand
        Who needs a kind, where the study says it.

    Returns
    -------
    dict
        By kind.

    Raises
    ------
    ColumnError
        Where the services of a kind are meant for groups of several attributes.

    Notes
    -----
    A kind whose services are all for one group is needed by that group, unless the study names
    another; and what is for just those who need it is for all of them.
    """
    out = {}
    for kind, whom in meant_for.groupby(level=0):
        named = list(dict.fromkeys(whom))
        need = demand.get(str(kind))
        if need is None and len(named) == 1 and named[0]:
            need = named[0]
        apart = [name for name in named if name not in ("", need)]
        attributes = list(dict.fromkeys(name.partition(".")[0] for name in apart))
        if len(attributes) > 1:
            raise ColumnError(
                "",
                f"Services of the kind {kind!r} are for groups of {attributes[0]!r} and of "
                f"{attributes[1]!r}.",
                "The services of one kind are for groups of one attribute.",
                table="layers.services.meant_for",
                found=next(n for n in apart if n.partition(".")[0] == attributes[1]),
            )
        if not apart:
            out[str(kind)] = Segments(need=need)
            continue
        everybody = groups[attributes[0]]
        names = [g for g in everybody if f"{attributes[0]}.{g}" in apart]
        rest = [] if len(names) == len(everybody) else [REST]
        out[str(kind)] = Segments(attributes[0], (*names, *rest), need)
    return out
