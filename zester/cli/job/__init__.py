"""``zester job``: jobs that were given before."""
