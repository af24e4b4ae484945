"""Which files of a folder are not part of the tree."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pathspec import GitIgnoreSpec

from zester.errors import At, SourceError, TreeRejected

IGNORE_FILE = ".zesterignore"

ALWAYS = (
    ".git/",
    ".zester/",
    ".hg/",
    ".svn/",
    IGNORE_FILE,
    "__pycache__/",
    "*.pyc",
    ".*.swp",
    "*~",
    ".#*",
)


class IgnoreRules:
    """``.zesterignore`` in the syntax of ``.gitignore``, plus what never belongs into a tree."""

    def __init__(self, lines: list[str]) -> None:
        self._spec = GitIgnoreSpec.from_lines([*ALWAYS, *lines])

    @classmethod
    def load(cls, root: Path) -> Self:
        """Read the rules of a folder; raises TreeRejected when they are not patterns."""
        try:
            lines = (root / IGNORE_FILE).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            lines = []
        except (OSError, UnicodeDecodeError) as error:
            raise TreeRejected([SourceError(str(error), at=At(IGNORE_FILE))]) from error
        try:
            return cls(lines)
        except ValueError as error:
            raise TreeRejected([SourceError(str(error), at=At(IGNORE_FILE))]) from error

    def match(self, path: str, *, is_folder: bool) -> bool:
        """Return whether a path (relative, POSIX) stays out of the tree."""
        return self._spec.match_file(path + "/" if is_folder else path)
