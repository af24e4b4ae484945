"""How a peel tells the bus and people how it is."""
