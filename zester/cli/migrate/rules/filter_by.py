"""The arguments of ``grains.filter_by`` in the order of ``grains_filter_by``."""

from __future__ import annotations

from collections.abc import Sequence

from zester.cli.migrate.rules.words import Argument, after, closing, is_operator, literal
from zester.templating.tokens import Token

FILTER_BY = "grains.filter_by"
SALT_ORDER = ("lookup_dict", "grain", "merge", "default", "base")
OUR_ORDER = ("lookup_dict", "grain", "merge", "base")
FILLERS = {"grain": "'os_family', ", "merge": "none, "}
"""What stands for an argument that is left out before one that is not."""

Group = tuple[int | str, ...]


def reordered(tokens: Sequence[Token], given: Sequence[Argument]) -> list[Group] | None:
    """Return one group for each argument: numbers of arguments and text to put around them.

    ``default`` stays a keyword. None when the arguments are not those of the function.
    """
    slots = _slots(given)
    if slots is None or "lookup_dict" not in slots:
        return None
    last = max(OUR_ORDER.index(slot) for slot in slots if slot in OUR_ORDER)
    if not last and not _only_families(tokens, given[slots["lookup_dict"]]):
        # Without a grain's name ours looks at both spellings of the family, Salt's at one.
        last = 1
    groups: list[Group] = []
    pending: Group = ()
    for slot in OUR_ORDER[: last + 1]:
        if slot in slots:
            groups.append((*pending, slots[slot]))
            pending = ()
        else:
            pending = (*pending, FILLERS[slot])
    if "default" in slots:
        groups.append((*pending, "default=", slots["default"]))
    elif pending:
        groups[-1] = (*groups[-1], ", ", "".join(map(str, pending)).removesuffix(", "))
    return groups


def _slots(given: Sequence[Argument]) -> dict[str, int] | None:
    slots: dict[str, int] = {}
    for place, argument in enumerate(given):
        name = argument.keyword
        if not name and place < len(SALT_ORDER):
            name = SALT_ORDER[place]
        if name not in SALT_ORDER or name in slots:
            return None
        slots[name] = place
    return slots


def _only_families(tokens: Sequence[Token], lookup: Argument) -> bool:
    """Whether a lookup is written out and no key of it can be the other spelling of a family."""
    if not is_operator(tokens, lookup.value, "{"):
        return False
    if closing(tokens, lookup.value) != lookup.stop - 1:
        return False
    place = after(tokens, lookup.value)
    while place < lookup.stop - 1:
        key = literal(tokens[place]) if tokens[place].kind == "string" else None
        sign = after(tokens, place)
        if key is None or not is_operator(tokens, sign, ":") or not _capital(key):
            return False
        place = _next_pair(tokens, sign, lookup.stop - 1)
    return True


def _capital(key: str) -> bool:
    plain = not any(char in "*?[" for char in key)
    return plain and (key == "default" or key != key.lower())


def _next_pair(tokens: Sequence[Token], place: int, end: int) -> int:
    while place < end:
        if tokens[place].kind == "operator" and tokens[place].text in "([{":
            place = closing(tokens, place)
        elif is_operator(tokens, place, ","):
            return after(tokens, place)
        place += 1
    return end
