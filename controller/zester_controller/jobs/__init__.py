"""Sees jobs through whose callers have gone, and writes down who had what done."""
