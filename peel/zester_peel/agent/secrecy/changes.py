"""Take out of a state's changes what depends on secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zester.telemetry.redaction.redactor import MARK
from zester_peel.agent.secrecy.twin import Comparison

_DIFF = "--- "
_OLD = frozenset(("old", "before"))


def shown_changes(changes: Mapping[str, Any], found: Comparison) -> dict[str, Any]:
    """Return changes of a state that differs from its twin.

    What was there before may be what an earlier secret led to: of that only lines are shown that
    do not depend on secrets now.
    """
    return {key: _shown(key, value, found) for key, value in changes.items()}


def _shown(key: object, value: Any, found: Comparison) -> Any:  # noqa: ANN401 - any value of changes
    if key in _OLD:
        return MARK if value else value
    if isinstance(value, Mapping):
        return {inner: _shown(inner, each, found) for inner, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(None, each, found) for each in value]
    if isinstance(value, str) and value.startswith(_DIFF):
        return _diff(value, found)
    return value


def _diff(text: str, found: Comparison) -> str:
    """Return a unified diff; its first two lines name the files."""
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:2], *(_line(line, found) for line in lines[2:])])


def _line(line: str, found: Comparison) -> str:
    sign, body = line[:1], line[1:].rstrip("\r\n")
    if body in found.lines and sign in "+- ":
        return f"{sign}{found.lines[body]}\n"
    if sign == "-" and body.strip() and body not in found.public:
        return f"-{MARK}\n"
    return line
