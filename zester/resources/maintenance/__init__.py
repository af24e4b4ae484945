"""When a peel may change its machine, and when it has to leave it alone."""
