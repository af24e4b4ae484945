"""``zester role``: who may have what done where."""
