"""Templates with their tags blanked out, so that YAML can be scanned around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from zester.templating.tokens import Token

_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_INKED = re.compile(r"[^\r\n]")


def masked(tokens: Sequence[Token]) -> str:
    """Return a text of the same length: tags, comments and raw blocks blank, expressions ``x``.

    An expression that has a line for itself is blank too: it may give any number of lines.
    """
    pieces: list[str] = []
    expression: list[str] | None = None
    for index, token in enumerate(tokens):
        if token.kind == "begin" and not token.opens_block:
            expression = []
        if expression is not None:
            expression.append(token.text)
            if token.kind == "end":
                pieces.append(_expression("".join(expression), _alone(pieces, tokens, index)))
                expression = None
        elif token.kind == "data":
            pieces.append(_UNPRINTABLE.sub(" ", token.text))
        else:
            pieces.append(_INKED.sub(" ", token.text))
    return "".join(pieces)


def _expression(text: str, alone: bool) -> str:
    """Blank an expression; what its ``-}}`` swallows after it stays as it is."""
    tag = text.rstrip()
    return (_INKED.sub(" ", tag) if alone else "x" * len(tag)) + text[len(tag) :]


def _alone(before: Iterable[str], tokens: Sequence[Token], index: int) -> bool:
    line = ""
    for piece in reversed(list(before)):
        line = piece + line
        if "\n" in piece or "\r" in piece:
            break
    if re.split(r"[\r\n]", line)[-1].strip(" \t"):
        return False
    if "\n" in tokens[index].text:
        return True
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return True
    return following.kind == "data" and not re.split(r"[\r\n]", following.text)[0].strip(" \t")
