"""One thing a rule has to say about a place."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Literal

from zester.dataclass import dataclass
from zester.errors import At

Severity = Literal["error", "warning", "info"]

MAX_CHOICES = 4000
MAX_COMPARED = 100
MAX_WORD = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """``line`` and ``column`` count from 1; ``line`` 0 means the file as a whole."""

    file: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str
    hint: str | None = None

    @property
    def place(self) -> str:
        """The file, with line and column where there is a line."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @property
    def key(self) -> tuple[str, int, str, str]:
        """What makes two findings the same: one rule says a thing once a line."""
        return (self.file, self.line, self.rule, self.message)


@dataclass(frozen=True, slots=True)
class Rule:
    """``id`` is what ``--rule``, ``# noqa:`` and the JSON output call it: it never changes."""

    id: str
    severity: Severity
    summary: str

    def at(
        self,
        at: At,
        message: str,
        hint: str | None = None,
        *,
        severity: Severity | None = None,
    ) -> Finding:
        """Return a finding of this rule."""
        wanted = severity or self.severity
        return Finding(at.file, at.line or 0, at.column or 1, self.id, wanted, message, hint)


def nearest(word: str, known: Collection[str]) -> str | None:
    """Return the hint that names the choice nearest to a word, None when none is near.

    Of many choices only those that end or begin alike are compared: comparing takes its time.
    """
    if len(known) > MAX_CHOICES:
        return None
    if len(known) > MAX_COMPARED:
        alike = (each for each in known if each[:2] == word[:2] or each[-3:] == word[-3:])
        known = list(islice(alike, MAX_COMPARED))
    near = _near(word, tuple(known))
    return f"did you mean {near!r}?" if near else None


@lru_cache(maxsize=256)
def _near(word: str, known: tuple[str, ...]) -> str | None:
    near = get_close_matches(word[:MAX_WORD], known, n=1)
    return near[0] if near else None
