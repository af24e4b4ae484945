"""Facts that the administrators of a machine add."""
