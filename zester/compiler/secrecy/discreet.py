"""Errors of files that are rendered with secrets, or hold some."""

from __future__ import annotations

import re
from collections.abc import Callable

from zester.errors import SourceError
from zester.telemetry.redaction.redactor import MARK, SHORTEST

_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")


def discreet(error: SourceError, clear: Callable[[str], str | None]) -> SourceError:
    """Return the same error without what it quotes from rendered text or from settings.

    ``clear`` reads a file that everybody may read, None for others: words of those may be quoted,
    and the line of such a file may be shown.
    """
    places = [*error.trail, *([error.at] if error.at else [])]
    texts = [text for place in places if (text := clear(place.file)) is not None]

    def quoted(match: re.Match[str]) -> str:
        word = match[1] if match[1] is not None else match[2]
        known = len(word) < SHORTEST or any(word in text for text in texts)
        return match[0] if known else f"{match[0][0]}{MARK}{match[0][-1]}"

    return type(error)(
        _QUOTED.sub(quoted, error.message),
        at=error.at,
        trail=error.trail,
        excerpt=None,
        hint=None if error.hint is None else _QUOTED.sub(quoted, error.hint),
    )
