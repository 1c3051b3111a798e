"""What is shown: Folium maps, figures, the report."""

from .page import Page, save
from .words import Words
from .zones import choropleth, clusters, outlines, reach

__all__ = ["Page", "Words", "choropleth", "clusters", "outlines", "reach", "save"]
