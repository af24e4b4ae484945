"""The tools that change accounts."""
