"""What is shown: Folium maps, figures, the report."""

from .page import Page, save
from .words import Words
from .zones import Chance, choropleth, clusters, outlines, reach

__all__ = ["Chance", "Page", "Words", "choropleth", "clusters", "outlines", "reach", "save"]
