"""What this peel has to bring about, what it may change now, and when it has to wait."""
