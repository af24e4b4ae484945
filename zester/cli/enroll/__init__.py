"""Who may be a peel: let machines in, keep them out, give them join tokens."""
