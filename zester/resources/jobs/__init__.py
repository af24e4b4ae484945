"""Commands for the fleet, what became of them, and who may give them."""
