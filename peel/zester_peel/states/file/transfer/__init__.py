"""States that make one path of another."""
