"""Which files a node gets: top files and node groups."""
