"""Walking the words inside tags."""

from __future__ import annotations

from collections.abc import Sequence

from zester.dataclass import dataclass
from zester.templating.tokens import Token

_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call: tokens ``start`` to ``end`` with the space around them.

    ``value`` to ``stop`` are the tokens of its value alone; ``keyword`` is empty for positional
    ones, ``*`` or ``**`` for spread ones.
    """

    start: int
    end: int
    keyword: str
    value: int
    stop: int


def after(tokens: Sequence[Token], index: int) -> int:
    """Return the next token that is no space; the length when there is none."""
    index += 1
    while index < len(tokens) and tokens[index].kind == "space":
        index += 1
    return index


def before(tokens: Sequence[Token], index: int) -> Token | None:
    """Return the last token that is no space."""
    index -= 1
    while index >= 0 and tokens[index].kind == "space":
        index -= 1
    return tokens[index] if index >= 0 else None


def is_operator(tokens: Sequence[Token], index: int, text: str) -> bool:
    """Return whether a token is this operator."""
    return index < len(tokens) and tokens[index].kind == "operator" and tokens[index].text == text


def is_variable(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a name is the value of a variable: no attribute, filter, test or keyword."""
    previous = before(tokens, index)
    if previous is not None:
        if previous.kind == "operator" and previous.text in (".", "|"):
            return False
        if previous.kind == "name" and previous.text in (
            "is",
            "filter",
            "block",
            "macro",
            "import",
        ):
            return False
        if previous.kind == "begin":
            return not previous.text.startswith("{%")
    named = is_operator(tokens, after(tokens, index), "=")
    return not (named and previous is not None and previous.text in ("(", ","))


def is_read(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a name is a variable that is looked at here, not set."""
    previous = before(tokens, index)
    sets = (
        previous is not None and previous.kind == "name" and previous.text in ("set", "for", "as")
    )
    return not sets and is_variable(tokens, index)


def closing(tokens: Sequence[Token], index: int) -> int:
    """Return the token that closes the bracket at ``index`` of a template that parsed."""
    depth = 0
    for place in range(index, len(tokens)):
        token = tokens[place]
        if token.kind == "operator":
            depth += (token.text in _OPEN) - (token.text in _CLOSE)
            if depth == 0:
                return place
    return len(tokens) - 1


def arguments(tokens: Sequence[Token], opening: int) -> list[Argument]:
    """Return the arguments of the call whose parenthesis opens at ``opening``."""
    end = closing(tokens, opening)
    found: list[Argument] = []
    start = place = opening + 1
    while place <= end:
        token = tokens[place]
        if token.kind == "operator" and token.text in _OPEN:
            place = closing(tokens, place)
        elif place == end or is_operator(tokens, place, ","):
            argument = _argument(tokens, start, place)
            if argument is not None:
                found.append(argument)
            start = place + 1
        place += 1
    return found


def _argument(tokens: Sequence[Token], start: int, end: int) -> Argument | None:
    value, stop = after(tokens, start - 1), end
    while stop > start and tokens[stop - 1].kind == "space":
        stop -= 1
    if value >= stop:
        return None
    if tokens[value].text in ("*", "**"):
        return Argument(start, end, tokens[value].text, after(tokens, value), stop)
    sign = after(tokens, value)
    if tokens[value].kind == "name" and sign < stop and is_operator(tokens, sign, "="):
        return Argument(start, end, tokens[value].text, after(tokens, sign), stop)
    return Argument(start, end, "", value, stop)


def literal(token: Token) -> str | None:
    """Return what a string holds, None for one with escapes."""
    return None if "\\" in token.text else token.text[1:-1]
