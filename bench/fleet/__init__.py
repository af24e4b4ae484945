"""What a large fleet costs, and the peer's beside it."""
