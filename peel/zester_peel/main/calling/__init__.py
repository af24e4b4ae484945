"""``zester-peel call``: execution functions without a server."""
