"""What is measured: pure functions from arrays and frames to frames."""
