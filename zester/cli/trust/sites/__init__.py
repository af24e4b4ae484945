"""Leaf sites: servers of their own near the machines."""
