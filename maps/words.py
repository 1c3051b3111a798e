"""The words of a page: texts, numbers and labels in its language."""

from __future__ import annotations

import math
import re
from datetime import date
from functools import lru_cache
from importlib.resources import files

from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("fi", "sv", "en")


@lru_cache
def _catalogue(language: str) -> dict[tuple[str, str], str]:
    """Read a catalogue: (context, English text) to text."""
    if language == "en":
        return {}
    with (files(__package__) / "locale" / f"{language}.po").open("rb") as stream:
        messages = read_po(stream, locale=language)
    return {
        (message.context or "", str(message.id)): str(message.string)
        for message in messages
        if message.id and message.string
    }


def capital(text: str) -> str:
    """Begin a text with a capital, and leave the rest of it.

    Examples
    --------
    >>> capital("äidinkieli"), capital("0–6 v."), capital("Moran’s I")
    ('Äidinkieli', '0–6 v.', 'Moran’s I')
    """
    return text[:1].upper() + text[1:]


def reasons(words: Words) -> dict[str, str]:
    """Say why a zone has no figure, by reason.

    Parameters
    ----------
    words
        The words of the page.
    """
    return {
        "hidden": words("too few people to show"),
        "missing": words("no data"),
        "nobody": words("no people live here"),
        "none": words("none of the groups here"),
        "alone": words("no neighbour to compare with"),
    }


_SHARE = re.compile(r"^(.+) \(about (\d+)%\)$")


def noted(note: str, words: Words) -> str:
    r"""Put the note of a figure of access in the language, with the share that it tells.

    Parameters
    ----------
    note
        A note, or one of several.
    words
        The words of the page.

    Examples
    --------
    >>> noted("some have no way to any service (about 5%)", Words("sv"))
    'några har ingen väg till någon tjänst (ungefär 5\xa0%)'
    """
    found = _SHARE.match(note)
    if found is None:
        return words(note)
    share = words("about {share}", share=words.percent(int(found[2]) / 100))
    return f"{words(found[1])} ({share})"


class Words:
    r"""Texts, numbers and labels in one language.

    Parameters
    ----------
    language
        ``fi``, ``sv`` or ``en``.
    labels
        The study's own labels: name of a group (``low`` or ``income.low``), an attribute or a
        kind of service, to its text in each language.

    Examples
    --------
    >>> words = Words("fi", {"low": {"fi": "pienituloiset"}})
    >>> words("Findings"), words.label("low"), words.number(1234.5, 1)
    ('Havainnot', 'pienituloiset', '1\xa0234,5')
    """

    def __init__(self, language: str, labels: dict[str, dict[str, str]] | None = None) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"{language!r} is no language of the pages; they are {LANGUAGES}")
        self.language = language
        self.labels = labels or {}

    def __call__(self, text: str, **values: object) -> str:
        """Translate a text and fill in its ``{names}``."""
        return _catalogue(self.language).get(("", text), text).format(**values)

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with the language's signs; an en dash where there is none."""
        if value != value:
            return "–"
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        # What rounds to nothing has no sign, and a hyphen is no minus.
        value = round(value, digits) + 0.0
        return str(format_decimal(value, pattern, locale=self.language)).replace("-", "−")

    def percent(self, share: float, digits: int = 0) -> str:
        """Write a share as a percentage."""
        if share != share:
            return "–"
        if 0 < share < 1:
            # Almost all is not all, and hardly any is not none.
            least = 10.0 ** -(digits + 2)
            share = min(max(share, least), 1 - least)
        pattern = {"en": "0.{}%", "fi": "0.{}\xa0%", "sv": "0.{}\xa0%"}[self.language]
        pattern = pattern.format("0" * digits) if digits else pattern.replace(".{}", "")
        return str(format_percent(share, pattern, locale=self.language)).replace("-", "−")

    def interval(self, low: float, high: float, digits: int) -> str:
        """Write the ends of an interval as the language does; an en dash where there is none.

        Examples
        --------
        >>> Words("fi").interval(0.041, 0.058, 2), Words("en").interval(-0.041, 0.058, 2)
        ('0,04–0,06', '−0.04 to 0.06')
        """
        if low != low or high != high:
            return "–"
        between = {"en": " to ", "sv": "–", "fi": "–"}[self.language]
        if low < 0:
            # A dash beside a minus cannot be read.
            between = {"en": " to ", "sv": " till ", "fi": "…"}[self.language]
        return self.number(low, digits) + between + self.number(high, digits)

    def level(self, share: float) -> str:
        """Write the level of an interval."""
        return self.percent(share, 0 if abs(share * 100 - round(share * 100)) < 1e-9 else 1)

    def p_value(self, value: float, draws: int) -> str:
        r"""Write a p-value; the smallest there can be of so many draws as that or less.

        Examples
        --------
        >>> Words("en").p_value(0.01, 199), Words("fi").p_value(0.25, 199)
        ('≤\xa00.010', '0,250')
        """
        least = 2 / (draws + 1)
        digits = max(3, math.ceil(-math.log10(least)))
        if value > least * (1 + 1e-9) or value != value:
            return self.number(value, digits)
        return f"≤\xa0{self.number(math.ceil(least * 10**digits - 1e-9) / 10**digits, digits)}"

    def date(self, day: str) -> str:
        """Write a day, given as ``2026-01-31``, as the language does."""
        pattern = {"fi": "d.M.y", "sv": "d.M.y", "en": "d MMMM y"}[self.language]
        return str(format_date(date.fromisoformat(day), pattern, locale=self.language))

    def own(self, text: str) -> str:
        """Give what the study itself calls a text of its own in the language, or the text."""
        return self.labels.get(text, {}).get(self.language, text)

    def layer(self, name: str) -> str:
        """Name a layer, which may have the name of the attribute that is made from it."""
        key = f"layer.{name}"
        text = _catalogue(self.language).get(("label", key)) or _ENGLISH.get(key)
        return text or self.label(name)

    def label(self, name: str, attribute: str = "") -> str:
        """Name a group, an attribute or a kind of service as the study, or the field, names it."""
        for key in (f"{attribute}.{name}", name):
            if text := self.labels.get(key, {}).get(self.language):
                return text
        catalogue = _catalogue(self.language)
        for key in (f"{attribute}.{name}", name):
            if text := catalogue.get(("label", key)):
                return text
        return _ENGLISH.get(f"{attribute}.{name}", _ENGLISH.get(name, name.replace("_", " ")))


_ENGLISH = {
    "low": "low",
    "middle": "middle",
    "high": "high",
    "income": "income class",
    "language": "first language",
    "education": "education",
    "activity": "main activity",
    "age": "age",
    "tenure": "tenure",
    "housing": "type of building",
    "rental": "rental dwellings by landlord",
    "fi": "Finnish",
    "sv": "Swedish",
    "other": "other",
    "language.other": "other languages",
    "tenure.other": "other tenure",
    "activity.other": "other activity",
    "basic": "basic",
    "upper_secondary": "upper secondary",
    "tertiary": "tertiary",
    "employed": "employed",
    "unemployed": "unemployed",
    "student": "students",
    "pensioner": "pensioners",
    "child": "children",
    "age_0_6": "0–6 years",
    "age_7_15": "7–15 years",
    "age_16_17": "16–17 years",
    "age_18_29": "18–29 years",
    "age_30_64": "30–64 years",
    "age_65_79": "65–79 years",
    "age_80": "80 years or over",
    "owner": "owner-occupied",
    "social_rental": "social rental",
    "market_rental": "market rental",
    "rented": "rented",
    "detached": "detached house",
    "row_house": "row house",
    "apartment_block": "apartment block",
    "municipal": "municipal",
    "non_profit": "non-profit",
    "market": "market",
    "one_person": "one-person households",
    "with_children": "households with children",
    "day_care": "day-care centre",
    "school": "comprehensive school",
    "health_station": "health station",
    "library": "library",
    "youth_centre": "youth centre",
    "stop": "stop",
    "dissimilarity": "index of dissimilarity",
    "multigroup_dissimilarity": "multigroup index of dissimilarity",
    "information_theory": "information theory index",
    "isolation": "isolation",
    "interaction": "interaction",
    "gini": "Gini index",
    "entropy": "entropy index of two groups",
    "atkinson": "Atkinson index",
    "minmax": "minmax index",
    "gorard": "Gorard’s index",
    "bias_corrected_dissimilarity": "bias-corrected dissimilarity",
    "density_corrected_dissimilarity": "density-corrected dissimilarity",
    "modified_dissimilarity": "dissimilarity beyond chance",
    "modified_gini": "Gini index beyond chance",
    "correlation_ratio": "correlation ratio",
    "concentration_profile": "concentration profile",
    "distance_decay_isolation": "distance-decay isolation",
    "distance_decay_interaction": "distance-decay interaction",
    "delta": "delta",
    "absolute_concentration": "absolute concentration",
    "relative_concentration": "relative concentration",
    "absolute_centralization": "absolute centralization",
    "relative_centralization": "relative centralization",
    "absolute_clustering": "absolute clustering",
    "relative_clustering": "relative clustering",
    "spatial_proximity": "spatial proximity",
    "spatial_proximity_profile": "spatial proximity profile",
    "spatial_dissimilarity": "spatial dissimilarity",
    "boundary_dissimilarity": "boundary-weighted dissimilarity",
    "perimeter_area_dissimilarity": "perimeter–area dissimilarity",
    "multigroup_gini": "multigroup Gini index",
    "mutual_information": "mutual information",
    "normalized_exposure": "normalized exposure",
    "relative_diversity": "relative diversity",
    "squared_coefficient_of_variation": "squared coefficient of variation",
    "divergence": "divergence",
    "diversity": "diversity (entropy)",
    "simpson_concentration": "Simpson concentration",
    "simpson_interaction": "Simpson interaction",
    "global_distortion": "global distortion",
    "ordinal_information_theory": "ordinal information theory index",
    "rank_order_information_theory": "rank-order information theory index",
    "spatial_information_theory": "spatial information theory index",
    "spatial_relative_diversity": "spatial relative diversity",
    "local_divergence": "local divergence",
    "local_entropy": "local entropy",
    "local_diversity": "local diversity",
    "local_distortion": "local distortion",
    "local_simpson_interaction": "local Simpson interaction",
    "local_relative_centralization": "local relative centralization",
    "distance_to_people": "distance to the nearest people",
    "region_missing": "zone in no region",
    "intervals": "intervals and chance",
    "parts_of_change": "parts of a change",
    "by_scale": "segregation by scale",
    "location_quotient": "location quotient",
    "moran_i": "Moran’s I",
    "moran_rate": "Moran’s I of rates",
    "geary_c": "Geary’s C",
    "join_count_bb": "joins of two that have it",
    "join_count_bw": "joins of one that has it and one that has not",
    "join_count_ww": "joins of two that have it not",
    "lee_l": "Lee’s L",
    "moran_bivariate": "Moran’s I of two figures",
    "moran": "local Moran",
    "geary": "local Geary",
    "getis_ord_g": "Getis and Ord’s G",
    "getis_ord_g_star": "Getis and Ord’s G*",
    "heteroskedasticity": "local spread",
    "correlogram": "likeness by distance",
    "hot_spots": "hot spots over the years",
    "new hot spot": "new, high",
    "strengthening hot spot": "growing stronger, high",
    "lasting hot spot": "lasting, high",
    "fading hot spot": "fading, high",
    "sporadic hot spot": "now and then, high",
    "oscillating hot spot": "high now, low before",
    "new cold spot": "new, low",
    "strengthening cold spot": "growing stronger, low",
    "lasting cold spot": "lasting, low",
    "fading cold spot": "fading, low",
    "sporadic cold spot": "now and then, low",
    "oscillating cold spot": "low now, high before",
    "neighbours_none": "zones without neighbours",
    "neighbours_apart": "parts that no path of neighbours connects",
    "neighbours_many": "zones with more than 100 neighbours",
    "neighbours_one_way": "neighbours one way only",
    "straight_line": "as the crow flies",
    "walk": "on foot",
    "bicycle": "by bicycle",
    "transit": "by public transport",
    "car": "by car",
    "network_islands": "parts of the street network apart from the rest",
    "zone_unconnected": "zone to which no street leads",
    "service_unconnected": "service to which no street leads",
    "zone_past_pieces": "zone tied to a farther street, for the nearest leads nowhere",
    "service_past_pieces": "service tied to a farther street, for the nearest leads nowhere",
    "floating_catchment": "two-step floating catchment area",
    "spatial_availability": "places per person by nearness",
    "cumulative": "places within the limit",
    "gravity": "places by nearness",
    "balancing_cost": "balancing cost",
    "raam": "cost of the way and the crowd",
    "gap_to_best": "gap to the group best off",
    "lorenz_curve": "Lorenz curve, Gini and Theil indices",
    "concentration_index": "concentration index",
    "access_poverty": "poverty of access",
    "twice_burdened": "areas twice burdened",
    "zones": "zones",
    "services": "services",
    "network": "street network",
    "border": "border",
    "water": "water",
    "layer.homes": "homes",
    "travel_times": "travel times",
    "scenario": "scenario",
    "people": "people",
    "outside_bbox": "outside the study’s rectangle",
    "extract_end": "extract that may be cut off",
    "tag_absent": "tag that no place has",
    "zone_time_missing": "zone without a travel time",
    "service_time_missing": "service without a travel time",
    "time_unused": "travel time of another zone or service",
    "home_outside": "home outside every zone",
    "layer.housing": "housing stock",
    "layer.rental": "rental housing",
    "population": "population",
    "persons": "persons",
    "households": "households",
    "dwellings": "dwellings",
    "rows": "rows",
    "group_unknown": "a group is unknown or the groups do not add up",
    "filtered": "left out by the study",
    "crs_overridden": "the study’s coordinate system in place of the file’s",
    "value_of_nobody": "figure of a zone where nobody lives",
    "layer_outside": "whole layer outside the zones",
    "crs_assumed": "coordinate system taken from the study",
    "crs_converted": "coordinate system converted",
    "crs_wrong": "outside the coordinate system",
    "axis_order_swapped": "axes swapped",
    "geometry_missing": "no geometry",
    "geometry_invalid": "invalid geometry",
    "geometry_mixed": "areas and lines in one",
    "geometry_duplicate": "two in the same place",
    "geometry_overlap": "zones overlap",
    "cell_code_bad": "no grid-cell code",
    "id_missing": "no id",
    "id_duplicate": "same id twice",
    "groups_exceed_total": "groups exceed their total",
    "groups_below_total": "groups below their total",
    "count_negative": "negative count",
    "count_fraction": "count is a fraction",
    "number_format": "number with a comma or spaces",
    "value_missing": "empty value",
    "missing_declared": "publisher's code for missing",
    "missing_suspected": "looks like a code for missing",
    "density_implausible": "address unknown or implausible density",
    "zone_nobody": "zone with no people",
    "service_outside": "service outside every zone",
    "service_capacity_missing": "no capacity",
    "service_capacity_zero": "capacity 0",
    "service_kind_missing": "no kind of service",
    "building_outside": "building outside every zone",
    "rental_unknown_building": "building of rental dwellings not there",
    "rental_exceeds_building": "more rental dwellings than dwellings",
    "text_encoding": "text encoding",
}
