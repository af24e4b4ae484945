"""Verbs that say when machines may be changed."""
