"""Errors of files that are rendered with secrets, or hold some."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from zester.errors import SourceError
from zester.telemetry.redaction.redactor import MARK, SHORTEST

_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")


def discreet(
    error: SourceError, clear: Callable[[str], str | None], said: Collection[str] = ()
) -> SourceError:
    """Return the same error without what it quotes from rendered text or from settings.

    ``clear`` reads a file that everybody may read, None for others: words of those may be quoted,
    and the line of such a file may be shown. ``said`` are words that stood in clear in what was
    asked for, and names of files.
    """
    places = [*error.trail, *([error.at] if error.at else [])]
    texts = [text for place in places if (text := clear(place.file)) is not None]

    def quoted(match: re.Match[str]) -> str:
        word = match[1] if match[1] is not None else match[2]
        known = word in said or len(word) < SHORTEST or any(word in text for text in texts)
        return match[0] if known else f"{match[0][0]}{MARK}{match[0][-1]}"

    return type(error)(
        _QUOTED.sub(quoted, error.message),
        at=error.at,
        trail=error.trail,
        excerpt=None,
        hint=None if error.hint is None else _QUOTED.sub(quoted, error.hint),
    )


def sparing(text: str, said: Collection[str], hide: Callable[[str], str]) -> str:
    """Hide secrets in a text, but not where it quotes one of the words that were ``said``.

    Whoever asked has said them: hidden they would only tell that settings hold the same word.
    """
    parts, place = [], 0
    for match in _QUOTED.finditer(text):
        word = match[1] if match[1] is not None else match[2]
        if word in said:
            parts += [hide(text[place : match.start()]), match[0]]
            place = match.end()
    return "".join((*parts, hide(text[place:])))
