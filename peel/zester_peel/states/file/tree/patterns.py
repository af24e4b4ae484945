"""Patterns of paths: globs, and regular expressions after ``E@``."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import BeforeValidator

from zester.dataclass import dataclass
from zester_peel.engine.fields import read_texts

_EXPRESSION = "E@"


def read_patterns(value: object) -> tuple[str, ...]:
    """Read a pattern or a list of them; raises ValueError for one that is none."""
    found = read_texts(value)
    for each in found:
        _compiled(each)
    return found


PathPatterns = Annotated[tuple[str, ...], BeforeValidator(read_patterns)]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which relative paths are meant; without any ``include`` all are."""

    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()

    def excludes(self, path: str) -> bool:
        """Tell whether a pattern excludes the path."""
        return any(each.search(path) for each in self.exclude)

    def __contains__(self, path: str) -> bool:
        if self.include and not any(each.search(path) for each in self.include):
            return False
        return not self.excludes(path)


def selection(include: Iterable[str] | None, exclude: Iterable[str] | None) -> Selection:
    """Return the selection for two lists of patterns."""
    return Selection(
        tuple(_compiled(each) for each in include or ()),
        tuple(_compiled(each) for each in exclude or ()),
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    if not pattern.startswith(_EXPRESSION):
        return re.compile(rf"\A{fnmatch.translate(pattern)}")
    try:
        return re.compile(pattern.removeprefix(_EXPRESSION))
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
