"""Templates with their tags blanked out, so that YAML can be scanned around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from zester.templating.tokens import Token

_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_INKED = re.compile(r"[^\r\n]")
_BREAK = re.compile(r"[\r\n]")


def masked(tokens: Sequence[Token]) -> str:
    """Return a text of the same length: tags, comments and raw blocks blank, expressions ``x``.

    An expression that has a line for itself is blank too: it may give any number of lines.
    """
    pieces: list[str] = []
    expression: list[str] = []
    inked = False  # whether anything stands on the line so far
    for index, token in enumerate(tokens):
        if expression or (token.kind == "begin" and not token.opens_block):
            expression.append(token.text)
            if token.kind != "end":
                continue
            pieces.append(_expression("".join(expression), not inked and _ends(tokens, index)))
            expression = []
        elif token.kind == "data":
            pieces.append(_UNPRINTABLE.sub(" ", token.text))
        else:
            pieces.append(_INKED.sub(" ", token.text))
        last = _BREAK.split(pieces[-1])
        inked = bool(last[-1].strip(" \t")) or (inked and len(last) == 1)
    return "".join(pieces)


def _expression(text: str, alone: bool) -> str:
    """Blank an expression; what its ``-}}`` swallows after it stays as it is."""
    tag = text.rstrip()
    return (_INKED.sub(" ", tag) if alone else "x" * len(tag)) + text[len(tag) :]


def _ends(tokens: Sequence[Token], index: int) -> bool:
    """Whether nothing more stands on the line behind a token."""
    if _BREAK.search(tokens[index].text):
        return True
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return True
    return following.kind == "data" and not _BREAK.split(following.text, 1)[0].strip(" \t")
