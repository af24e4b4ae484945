"""``zester trust``: keys, credentials and certificates of an installation."""
