"""Crontabs of users."""
