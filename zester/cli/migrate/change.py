"""What a rule makes of a page, and what it may look at besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from zester.cli.migrate.finding import Finding
from zester.cli.migrate.options import Options
from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """All files of a migration. Paths are relative to the folder that was asked for.

    ``renamed`` are files that get the new suffix, ``kept`` those of the old one that keep it;
    ``functions`` maps state module and id, or name, to the functions that declare it; ``given``
    holds a path and a name for every template that may be handed a variable of that name.
    """

    options: Options
    renamed: frozenset[str]
    kept: frozenset[str]
    functions: Mapping[tuple[str, str], frozenset[str]]
    given: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters from ``start`` to ``end``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A page's new text and how many places of it were rewritten."""

    text: str
    count: int = 0
    findings: Sequence[Finding] = field(default=())


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Apply edits that do not overlap."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += (text[position : edit.start], edit.text)
        position = edit.end
    return "".join((*pieces, text[position:]))
