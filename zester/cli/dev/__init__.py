"""A whole Zester on one machine, for trying, developing and showing."""
