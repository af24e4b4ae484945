"""The fleet as masters know it: what changed since, and asking one of them."""
