"""The names below ``include:`` in a template, whichever of its branches is taken."""

from __future__ import annotations

import re
from collections.abc import Iterator

_COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
_TAG = re.compile(r"{%.*?%}", re.DOTALL)
_INCLUDE = re.compile(r"""^["']?include["']?[ \t]*:(?P<rest>.*)$""")
_ITEM = re.compile(r"^[ \t]*-[ \t]+(?P<item>.+)$")
_NAME = re.compile(r"""^[{\s"']*(?P<name>[^\s"'{}\[\],:#]+)""")


def include_names(text: str) -> Iterator[tuple[int, str | None]]:
    """Yield ``(line, name)``; the name is None where an expression gives it.

    Reads lines, not YAML: a template with branches has several ``include:`` of which one counts.
    """
    inside = ""
    for number, line in enumerate(_without_tags(text).split("\n"), 1):
        start = _INCLUDE.match(line)
        if start is not None:
            rest = start["rest"].partition(" #")[0].strip()
            inside = "list"
            if rest.startswith("["):
                yield from _flow(rest, number)
                inside = "" if "]" in rest else "flow"
        elif inside == "flow":
            yield from _flow(line, number)
            inside = "" if "]" in line else inside
        elif inside == "list":
            item = _ITEM.match(line)
            if item is not None:
                yield from _names([item["item"]], number)
            elif line.strip() and not line.startswith((" ", "\t", "#")):
                inside = ""


def _flow(text: str, line: int) -> Iterator[tuple[int, str | None]]:
    inner = text.strip().removeprefix("[").partition("]")[0]
    yield from _names(inner.split(","), line)


def _names(items: list[str], line: int) -> Iterator[tuple[int, str | None]]:
    for item in items:
        if "{{" in item:
            yield line, None
            continue
        found = _NAME.match(item)
        if found is not None:
            yield line, found["name"]


def _without_tags(text: str) -> str:
    """Take comments and statements out, but for their line ends."""

    def newlines(found: re.Match[str]) -> str:
        return "\n" * found[0].count("\n")

    return _TAG.sub(newlines, _COMMENT.sub(newlines, text))
