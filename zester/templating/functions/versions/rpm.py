"""RPM's order of package versions."""

from __future__ import annotations

import re
from itertools import zip_longest

from zester.templating.functions.versions.order import sign

_PART = re.compile(r"[0-9]+|[A-Za-z]+|~|\^")


def compare_rpm(first: str, second: str) -> int:
    """Return -1, 0 or 1: ``[epoch:]version[-release]``; a release counts when both have one."""
    epoch1, version1, release1 = _split(first)
    epoch2, version2, release2 = _split(second)
    result = sign(epoch1, epoch2) or _compare(version1, version2)
    return result or (_compare(release1, release2) if release1 and release2 else 0)


def _split(version: str) -> tuple[int, str, str]:
    epoch, colon, rest = version.strip().partition(":")
    if not colon or not epoch.isdigit():
        epoch, rest = "0", version.strip() if not colon else rest
    number, _, release = rest.partition("-")
    return int(epoch), number, release


def _compare(first: str, second: str) -> int:
    if first == second:
        return 0
    for one, two in zip_longest(_PART.findall(first), _PART.findall(second), fillvalue=""):
        result = _compare_parts(one, two)
        if result:
            return result
    return 0


def _compare_parts(one: str, two: str) -> int:
    if one == two:
        return 0
    if "~" in (one, two):  # before everything, even before the end
        return -1 if one == "~" else 1
    if not one or not two:  # what is left counts as newer, also after ``^``
        return 1 if one else -1
    if "^" in (one, two):  # before everything but the end
        return -1 if one == "^" else 1
    if one.isdigit() and two.isdigit():
        return sign(int(one), int(two))
    if one.isdigit() or two.isdigit():  # a number is newer than a word
        return 1 if one.isdigit() else -1
    return 1 if one > two else -1
