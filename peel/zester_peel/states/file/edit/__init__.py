"""State functions that edit text files, and those about single paths."""
