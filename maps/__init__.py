"""What is shown: Folium maps, figures, the report."""

from .page import Page, save
from .words import Words
from .zones import choropleth, clusters, reach

__all__ = ["Page", "Words", "choropleth", "clusters", "reach", "save"]
