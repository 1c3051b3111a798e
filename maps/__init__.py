"""What is shown: Folium maps, figures, the report."""
