"""What the municipality knows: its layers, where they come from, what makes them fit to use."""
