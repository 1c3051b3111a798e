"""Colours that people without colour vision can tell apart by lightness, and patterns beside."""

from __future__ import annotations

SEQUENTIAL = {
    1: ["#8c96c6"],
    2: ["#b3cde3", "#88419d"],
    3: ["#bcd2e7", "#8c96c6", "#7a2d8e"],
    4: ["#c3d5e8", "#a0b3d8", "#8c6bb1", "#6e016b"],
    5: ["#c9dbec", "#a6bddb", "#8590c3", "#84459f", "#5c0159"],
}
"""Light to dark by number of classes (after ColorBrewer's BuPu, Brewer 2003)."""

CLUSTERS = {
    "high-high": ("#b35806", "plus"),
    "low-low": ("#2b4f86", "minus"),
    "high-low": ("#f1a340", "plus"),
    "low-high": ("#8ea7d8", "minus"),
    "hot spot": ("#b35806", "plus"),
    "cold spot": ("#2b4f86", "minus"),
    "other positive": ("#5c7f5f", "lines"),
    "negative": ("#f1a340", "dots"),
    "heterogeneous": ("#b35806", "dots"),
    "homogeneous": ("#2b4f86", ""),
    "not significant": ("#e6dfc4", "grain"),
    "too few people": ("#b9ae93", "lines"),
}
"""Class of a zone and its neighbours: colour and pattern, so that no class is told by its colour
alone: plus is high, minus low, fine dots are what cannot be told from chance, and lines what is of
too few people."""

SPOTS = {
    "new hot spot": ("#f1a340", "plus"),
    "strengthening hot spot": ("#7f3b08", "rising plus"),
    "lasting hot spot": ("#b35806", "plus"),
    "fading hot spot": ("#b35806", "striped plus"),
    "sporadic hot spot": ("#b35806", "sparse plus"),
    "oscillating hot spot": ("#b35806", "halved plus"),
    "new cold spot": ("#8ea7d8", "minus"),
    "strengthening cold spot": ("#14284b", "rising minus"),
    "lasting cold spot": ("#2b4f86", "minus"),
    "fading cold spot": ("#2b4f86", "striped minus"),
    "sporadic cold spot": ("#2b4f86", "sparse minus"),
    "oscillating cold spot": ("#2b4f86", "halved minus"),
}
"""Pattern of a zone over the years: colour and pattern, in the order of a legend; plus is high and
minus low here too."""

NO_VALUE = {
    "hidden": ("#7d7d7d", "hatch"),
    "missing": ("#6b6b6b", "cross"),
    "nobody": ("#f7f5f0", ""),
    "none": ("#ded7c8", ""),
    "alone": ("#4d7f79", "lines"),
}
"""Reason why a zone has no figure: colour and pattern; where hatched, crossed or lined, the
colour is that of the strokes, on white."""

LAND, WATER, STREET, BORDER = "#f7f5f0", "#cfdfe8", "#bdb7ab", "#6f6a60"
