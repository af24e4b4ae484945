"""Comparing as -1, 0 and 1."""

from __future__ import annotations


def sign(first: int, second: int) -> int:
    return (first > second) - (first < second)
