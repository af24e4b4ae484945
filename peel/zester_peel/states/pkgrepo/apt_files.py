"""Changing the files that list apt's sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from zester.errors import StateError
from zester_peel.states.pkgrepo.apt_source import AptSource, read_line, read_stanza

MAIN = "/etc/apt/sources.list"
FOLDER = "/etc/apt/sources.list.d"

Files = Mapping[str, str]
"""Texts by path."""


def put(
    files: Files, wished: AptSource, path: str, *, clean: bool = False, consolidate: bool = False
) -> dict[str, str]:
    """Return the files that have to change so that the source is there, and as wished.

    It is changed where it is; ``path`` is for one that is nowhere yet. ``clean``: nothing else is
    in ``path``. ``consolidate``: it is nowhere else.
    """
    if clean:
        text = _written(wished, path)
        return {} if files.get(path) == text else {path: text}
    changed: dict[str, str] = {}
    found = False
    for place, text in sorted(files.items(), key=lambda item: item[0] != path):
        if found and not consolidate:
            break
        new, here = _with(text, wished, place, drop=found)
        found = found or here
        if new != text:
            changed[place] = new
    if not found:
        before = files.get(path, "")
        gap = "\n" if before.strip() and path.endswith(".sources") else ""
        joint = "\n" if before and not before.endswith("\n") else ""
        changed[path] = f"{before}{joint}{gap}{_written(wished, path)}"
    return changed


def drop(files: Files, unwished: AptSource) -> dict[str, str]:
    """Return the files that have to change so that the source is nowhere."""
    changed = {}
    for place, text in files.items():
        new, here = _with(text, unwished, place, drop=True)
        if here and new != text:
            changed[place] = new
    return changed


def current(files: Files, wished: AptSource) -> AptSource | None:
    """Return the source as it is written now; one that counts before one that is disabled."""
    found = [
        source
        for place, text in sorted(files.items())
        for source in _sources(text, place)
        if source.identity == wished.identity
    ]
    return min(found, key=lambda source: source.disabled, default=None)


def _sources(text: str, place: str) -> list[AptSource]:
    if place.endswith(".sources"):
        return [source for stanza in _stanzas(text) for source in read_stanza(stanza)]
    return [source for line in text.splitlines() if (source := read_line(line)) is not None]


def _with(text: str, wished: AptSource, place: str, *, drop: bool) -> tuple[str, bool]:
    """Return a file's text with the source as wished (or without), and whether it was there."""
    blocks = _stanzas(text) if place.endswith(".sources") else text.splitlines(keepends=True)
    kept: list[str] = []
    found = False
    enabled = any(
        source.identity == wished.identity and not source.disabled
        for source in _sources(text, place)
    )
    for block in blocks:
        own = _read(block, place)
        source = next((each for each in own if each.identity == wished.identity), None)
        if source is None or (source.disabled and (enabled or drop)):
            kept.append(block)
            continue
        if drop or found:
            _refuse_joint(own, wished, place)
            found = True
            continue
        found = True
        if wished.same(source):
            kept.append(block)
        else:
            _refuse_joint(own, wished, place)
            comment = wished.comment or source.comment
            kept.append(_written(replace(wished, comment=comment), place))
    return "".join(kept), found


def _read(block: str, place: str) -> tuple[AptSource, ...]:
    if place.endswith(".sources"):
        return read_stanza(block)
    source = read_line(block)
    return () if source is None else (source,)


def _refuse_joint(own: tuple[AptSource, ...], wished: AptSource, place: str) -> None:
    if len(own) > 1:
        raise StateError(
            f"{place} describes {wished.uri} {wished.suite} together with other sources",
            hint="give it a stanza of its own there",
        )


def _written(source: AptSource, place: str) -> str:
    return source.stanza() if place.endswith(".sources") else f"{source.line()}\n"


def _stanzas(text: str) -> list[str]:
    """Return the stanzas, each with the empty lines after it."""
    return [match[0] for match in re.finditer(r"(?:[^\n]*\S[^\n]*\n?)+(?:[ \t]*\n)*|\n+", text)]
