"""A machine that exists only in memory: for fleets that are larger than one's data centre."""
