"""What is shown: Folium maps, figures, the report."""

from .drawing import outlines
from .page import Page, save
from .words import Words
from .zones import Chance, choropleth, clusters, hot_spots, reach

__all__ = [
    "Chance",
    "Page",
    "Words",
    "choropleth",
    "clusters",
    "hot_spots",
    "outlines",
    "reach",
    "save",
]
