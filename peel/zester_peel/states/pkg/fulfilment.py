"""Whether a version is what was asked for, and which one would be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from zester_peel.states.pkg.wanted import split_condition

Compare = Callable[[str, str], int]

LATEST = "latest"


def fulfils(
    version: str,
    condition: str,
    compare: Compare,
    *,
    ignore_epoch: bool | None = None,
    allow_updates: bool = False,
) -> bool:
    """Tell whether a version meets every part of a condition.

    Without ``ignore_epoch`` an epoch counts where the condition names one or asks for an order.
    ``allow_updates``: a single exact version may also be a newer one.
    """
    parts = split_condition(condition)
    for operator, wanted in parts:
        if allow_updates and len(parts) == 1 and operator == "==":
            operator = ">="
        if not _holds(version, operator, wanted, compare, ignore_epoch):
            return False
    return True


def best(
    offered: Iterable[str], condition: str, compare: Compare, *, ignore_epoch: bool | None = None
) -> str | None:
    """Return the newest offered version that meets the condition; None when none does."""
    found: str | None = None
    for version in offered:
        if fulfils(version, condition, compare, ignore_epoch=ignore_epoch) and (
            found is None or compare(version, found) > 0
        ):
            found = version
    return found


def _holds(
    version: str, operator: str, wanted: str, compare: Compare, ignore_epoch: bool | None
) -> bool:
    if ignore_epoch is None:
        ignore_epoch = operator in ("==", "!=") and ":" not in wanted
    if operator in ("==", "!=") and any(letter in wanted for letter in "*?["):
        bare = _bare(version) if ignore_epoch else version
        same = fnmatchcase(version, wanted) or fnmatchcase(bare, wanted)
        return same is (operator == "==")
    if ignore_epoch:
        version, wanted = _bare(version), _bare(wanted)
    order = compare(version, wanted)
    return {
        "==": order == 0,
        "!=": order != 0,
        ">=": order >= 0,
        "<=": order <= 0,
        ">": order > 0,
        "<": order < 0,
    }[operator]


def _bare(version: str) -> str:
    epoch, colon, rest = version.partition(":")
    return rest if colon and epoch.isdigit() else version
