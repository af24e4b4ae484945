"""Which files of a folder are not part of the tree."""

from __future__ import annotations

import re
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
        file = root / IGNORE_FILE
        if not file.exists():
            return cls([])
        try:
            if not file.is_file():  # a named pipe would keep us waiting
                raise _rejected("is not a file")
            return cls(file.read_text(encoding="utf-8").splitlines())
        except OSError as error:
            raise _rejected(f"cannot be read: {error.strerror}") from error
        except (ValueError, re.error) as error:  # not UTF-8, or not a pattern
            raise _rejected(str(error)) from error

    def match(self, path: str, *, is_folder: bool) -> bool:
        """Return whether a path (relative, POSIX) stays out of the tree."""
        return self._spec.match_file(path + "/" if is_folder else path)


def _rejected(problem: str) -> TreeRejected:
    return TreeRejected([SourceError(problem, at=At(IGNORE_FILE))])
