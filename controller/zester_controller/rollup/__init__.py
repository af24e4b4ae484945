"""Counts the fleet."""
