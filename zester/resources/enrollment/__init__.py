"""How a machine becomes a peel: what it asks, what is answered, what is kept."""
