"""``zester-migrate``: trees written for Salt, put into Zester's own words."""
