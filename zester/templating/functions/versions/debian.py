"""Debian's order of package versions."""

from __future__ import annotations

import re

from zester.templating.functions.versions.order import sign

_PART = re.compile(r"(\D*)(\d*)")


def compare_debian(first: str, second: str) -> int:
    """Return -1, 0 or 1: ``[epoch:]upstream[-revision]``, part by part."""
    epoch1, upstream1, revision1 = _split(first)
    epoch2, upstream2, revision2 = _split(second)
    return sign(epoch1, epoch2) or _compare(upstream1, upstream2) or _compare(revision1, revision2)


def _split(version: str) -> tuple[int, str, str]:
    version = version.strip()
    epoch, colon, rest = version.partition(":")
    if not colon or not epoch.isdigit():
        epoch, rest = "0", version
    upstream, dash, revision = rest.rpartition("-")
    return (int(epoch), upstream, revision) if dash else (int(epoch), rest, "")


def _compare(first: str, second: str) -> int:
    """Compare words by Debian's alphabet and numbers as numbers, in turn."""
    while first or second:
        word1, number1, first = _next(first)
        word2, number2, second = _next(second)
        result = _compare_words(word1, word2) or sign(int(number1 or 0), int(number2 or 0))
        if result:
            return result
    return 0


def _next(text: str) -> tuple[str, str, str]:
    found = _PART.match(text)
    if found is None:
        return text, "", ""
    return found[1], found[2], text[found.end() :]


def _compare_words(first: str, second: str) -> int:
    for index in range(max(len(first), len(second))):
        result = sign(_rank(first[index : index + 1]), _rank(second[index : index + 1]))
        if result:
            return result
    return 0


def _rank(letter: str) -> int:
    """``~`` sorts before the end, letters before everything else."""
    if letter == "~":
        return -1
    if not letter:
        return 0
    return ord(letter) if letter.isalpha() else ord(letter) + 256
