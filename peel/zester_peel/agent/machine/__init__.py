"""What a peel knows of its machine."""
