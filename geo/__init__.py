"""Space: coordinate systems, the statistical grid, neighbourhoods, travel costs."""
