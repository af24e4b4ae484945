"""``zester facts``: what peels published of their machines; no peel is asked."""
