"""What of a node's settings is secret, and what was derived from it."""
