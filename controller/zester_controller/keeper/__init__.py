"""Keeps the buckets as the table says."""
