"""Changing ``.repo`` files, which other sections keep their shape in."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SECTION = re.compile(r"^\[([^\]\n]+)\][ \t]*$", re.MULTILINE)
_FLAGS = {"true": "1", "yes": "1", "on": "1", "false": "0", "no": "0", "off": "0"}


def section(text: str, name: str) -> Mapping[str, str] | None:
    """Return one section's values; None when it is not there."""
    for found, body in _sections(text):
        if found == name:
            values: dict[str, str] = {}
            key = ""
            for line in body.splitlines()[1:]:
                if line[:1] in (" ", "\t") and key and line.strip():
                    values[key] += f"\n{line.strip()}"
                elif "=" in line and not line.lstrip().startswith(("#", ";")):
                    key, _, value = line.partition("=")
                    key = key.strip()
                    values[key] = value.strip()
            return values
    return None


def comments(text: str, name: str) -> tuple[str, ...]:
    """Return the comments in one section."""
    for found, body in _sections(text):
        if found == name:
            return tuple(
                line.lstrip("# ").rstrip() for line in body.splitlines() if line.startswith("#")
            )
    return ()


def with_section(
    text: str, name: str, values: Mapping[str, str], notes: tuple[str, ...] = ()
) -> str:
    """Return a file with these values (and no others) in this section."""
    lines = [f"[{name}]", *(f"# {note}" for note in notes)]
    for key, value in values.items():
        first, *more = value.split("\n")
        lines.append(f"{key}={first}")
        lines.extend(f"    {line}" for line in more)
    new = "\n".join(lines) + "\n"
    parts = _sections(text)
    head = text[: text.index(parts[0][1])] if parts else text
    bodies = [new if found == name else body for found, body in parts]
    if all(found != name for found, _ in parts):
        if bodies:
            bodies[-1] = bodies[-1].rstrip("\n") + "\n\n"
        bodies.append(new)
    return head + "".join(_closed(body, last=body is bodies[-1]) for body in bodies)


def without_section(text: str, name: str) -> str:
    """Return a file without this section."""
    parts = _sections(text)
    if not parts:
        return text
    head = text[: text.index(parts[0][1])]
    return head + "".join(body for found, body in parts if found != name)


def same_value(first: str | None, second: str | None) -> bool:
    """Compare values as the package managers read them: yes is 1."""
    if first is None or second is None:
        return first is second
    return _FLAGS.get(first.lower(), first) == _FLAGS.get(second.lower(), second)


def _sections(text: str) -> list[tuple[str, str]]:
    """Return each section's name and text, its heading included."""
    starts = list(_SECTION.finditer(text))
    edges = [*(match.start() for match in starts), len(text)]
    return [
        (match[1], text[match.start() : edges[place + 1]]) for place, match in enumerate(starts)
    ]


def _closed(body: str, *, last: bool) -> str:
    return body if last or body.endswith("\n\n") else body.rstrip("\n") + "\n\n"
