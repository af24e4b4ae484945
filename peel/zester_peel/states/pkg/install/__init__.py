"""Packages that are to be there."""
