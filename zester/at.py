"""Places in files."""

from __future__ import annotations

from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class At:
    """A place in a file of a tree: path relative to the tree, 1-based line and column."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        column = "" if self.column is None else f", column {self.column}"
        return f"{self.file}{column}" if self.line is None else f"{self.file}:{self.line}"
