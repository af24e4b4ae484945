"""Why an object cannot be published as it is."""

from __future__ import annotations

from zester.dataclass import dataclass

MESSAGE_LIMIT = 1024


@dataclass(frozen=True, slots=True)
class Problem:
    """``reason`` is what conditions show."""

    reason: str
    message: str


def told(lines: list[str]) -> str:
    """Join messages, as many as fit into a condition."""
    text = ""
    for place, line in enumerate(lines):
        rest = len(lines) - place
        more = f" (and {rest} more)"
        if text and len(text) + len(line) + len(more) + 2 > MESSAGE_LIMIT:
            return text + more
        text += ("; " if text else "") + line
    return text[:MESSAGE_LIMIT]
