"""The checks: what was found in a layer, and what was done about it.

A check is a rule with a name and a severity. ``Checks`` collects what the rules found while a
layer was read, and ``Checks.frame`` is the table ``tables/checks.csv``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

COLUMNS = ["layer", "rule", "severity", "count", "example", "action"]

CODE = "no data: declare it in missing if it is a code"
"""What is done about a negative number that looks like a code."""

RULES: dict[str, tuple[str, str]] = {
    "filtered": ("info", "Rows that the study's `where` leaves out"),
    "outside_bbox": ("info", "Zones that the study's `bbox` leaves out"),
    "crs_assumed": ("info", "The file has no coordinate system; the study gives it"),
    "crs_overridden": ("warning", "The study gives another coordinate system than the file"),
    "crs_converted": ("info", "Converted from the file's coordinate system to the study's"),
    "crs_wrong": ("error", "Places outside the area of the coordinate system"),
    "axis_order_swapped": ("warning", "Easting and northing in each other's place"),
    "geometry_missing": ("warning", "Rows with no geometry, or an empty one"),
    "geometry_invalid": ("warning", "Outlines that cross themselves or are otherwise invalid"),
    "geometry_mixed": ("warning", "Places made of areas, lines or points at once"),
    "geometry_duplicate": ("warning", "Two zones, services of a kind or places in the same place"),
    "geometry_overlap": ("warning", "Zones that overlap by more than 1 % of the smaller one"),
    "cell_code_bad": ("warning", "Rows whose grid-cell code is missing or none"),
    "id_missing": ("warning", "Rows without an id"),
    "id_duplicate": ("error", "Rows with the id of an earlier row"),
    "groups_exceed_total": ("error", "Zones whose groups add up to more than their total"),
    "groups_below_total": ("warning", "Zones whose groups add up to less than their total"),
    "count_negative": ("error", "Counts below zero that no declared code explains"),
    "count_fraction": ("warning", "Counts that are not whole numbers"),
    "number_format": ("info", "Numbers with a decimal comma or spaces between thousands"),
    "value_missing": ("info", "Empty values"),
    "missing_declared": ("info", "Values that the study declares as missing or hidden"),
    "missing_suspected": ("warning", "Values that look like a code for missing or hidden"),
    "density_implausible": ("warning", "More people than can live there: address unknown?"),
    "zone_nobody": ("info", "Zones with no people"),
    "value_of_nobody": ("warning", "Figures of zones in which nobody lives"),
    "region_missing": ("warning", "Zones in no region, which are in no comparison of regions"),
    "layer_outside": ("error", "No place of the layer lies in any zone"),
    "network_islands": ("info", "Parts of the street network that no street connects to the rest"),
    "zone_unconnected": ("warning", "Zones with people to which no street leads"),
    "service_unconnected": ("warning", "Services to which no street leads"),
    "zone_past_pieces": ("info", "Zones tied to a farther street: the nearest leads nowhere"),
    "service_past_pieces": (
        "info",
        "Services tied to a farther street: the nearest leads nowhere",
    ),
    "extract_end": ("warning", "The extract of OpenStreetMap may be cut off: no relations in it"),
    "tag_absent": ("warning", "Tags in `osm` that no place of the extract has"),
    "zone_time_missing": ("warning", "Zones with people and without a given travel time"),
    "service_time_missing": ("warning", "Services to which no given travel time leads"),
    "time_unused": ("info", "Given travel times of zones or services that the study has not"),
    "home_outside": ("info", "Homes outside every zone"),
    "service_outside": ("info", "Services outside every zone"),
    "service_capacity_missing": ("warning", "Services without a capacity"),
    "service_capacity_zero": ("warning", "Services with capacity 0"),
    "service_kind_missing": ("warning", "Services without a kind"),
    "building_outside": ("info", "Buildings or rental dwellings outside every zone"),
    "rental_unknown_building": ("warning", "Rental dwellings in a building that is not there"),
    "rental_exceeds_building": ("warning", "More rental dwellings than the building has"),
    "scale_beyond": ("warning", "Numbers of nearest people that no attribute counts"),
    "text_encoding": ("warning", "Text in another encoding than UTF-8, or already garbled"),
}
"""Each rule: its severity and what it means."""


@dataclass
class Checks:
    """What the rules found, and the account of what went in and what came out.

    Attributes
    ----------
    rows
        One dictionary for each finding, with the columns of ``tables/checks.csv``.
    account
        One dictionary for each step of each layer: layer, year, what, before, excluded, after,
        reason.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    account: list[dict[str, Any]] = field(default_factory=list)

    def found(self, layer: str, rule: str, count: int, example: str, action: str) -> None:
        """Note that a rule found ``count`` cases; nothing is noted for none."""
        if count:
            severity = RULES[rule][0]
            values = (layer, rule, severity, int(count), example, action)
            self.rows.append(dict(zip(COLUMNS, values, strict=True)))

    def step(
        self, layer: str, year: int | None, what: str, before: float, after: float, reason: str
    ) -> None:
        """Note how a count of rows or people changed, and why."""
        self.account.append(
            {
                "layer": layer,
                "year": year,
                "what": what,
                "before": before,
                "excluded": before - after,
                "after": after,
                "reason": reason,
            }
        )

    def causes(self, layer: str, year: int | None = None) -> str:
        """Name the rules by which rows of a layer were left out, and how many rows each."""
        keys = ("layer", "year", "what")
        steps = [s for s in self.account if [s[k] for k in keys] == [layer, year, "rows"]]
        return ", ".join(f"{step['reason']} ({step['excluded']:g})" for step in steps)

    def frame(self) -> pd.DataFrame:
        """Give the findings as a table, the gravest first within each layer's order."""
        return pd.DataFrame(self.rows, columns=COLUMNS)

    def accounting(self) -> pd.DataFrame:
        """Give the account of rows and people as a table."""
        columns = ["layer", "year", "what", "before", "excluded", "after", "reason"]
        frame = pd.DataFrame(self.account, columns=columns)
        return frame.astype({"year": "Int64"})


def not_negative(
    numbers: pd.Series, names: pd.Series, column: object, layer: str, checks: Checks
) -> pd.Series:
    """Take counts below zero for missing, and tell codes from slips.

    Parameters
    ----------
    numbers
        Counts.
    names
        What each row is called.
    column
        The column that they stand in.
    layer
        The layer's name.
    checks
        Collects what was found.

    Returns
    -------
    Series
        The counts, NaN for those below zero.
    """
    codes = negative_codes(numbers, 3, usual=(-1,))
    for code in codes:
        rows = numbers == code
        example = f"{column} = {code:g}: {first(names[rows])}"
        checks.found(layer, "missing_suspected", rows.sum(), example, CODE)
    rows = (numbers < 0) & ~numbers.isin(codes)
    some = ", ".join(f"{value:g}" for value in sorted(numbers[rows].unique())[:3])
    example = f"{column} = {some}: {first(names[rows])}"
    checks.found(layer, "count_negative", rows.sum(), example, "no data")
    return numbers.where(~(numbers < 0))


def negative_codes(numbers: pd.Series, most: int = 1, usual: Sequence[float] = ()) -> list[float]:
    """Give the negative numbers that look like codes: each is there repeatedly, and they are few.

    Parameters
    ----------
    numbers
        Any numbers.
    most
        Of more different negative numbers than this, none is taken for a code.
    usual
        Numbers that are taken for one even where they are there once.

    Returns
    -------
    list of float

    Examples
    --------
    >>> negative_codes(pd.Series([12, -1, 30, -1]))
    [-1]
    >>> negative_codes(pd.Series([12, -1, -2, -1]))
    []
    """
    times = numbers[numbers < 0].value_counts()
    often = times.index[(times > 1) | times.index.isin(usual)]
    return [] if len(times) > most else sorted(often.tolist())


def first(names: Iterable[object], most: int = 3) -> str:
    """Name the first few of the rows that a rule found."""
    listed = [str(name) for name in names]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
