"""Knows every peel by its facts and labels, and answers whom a target means."""
