"""Files of a tree that can always be read."""

from __future__ import annotations

from zester.compiler.checks.tree import TEMPLATES
from zester.errors import At, SourceError
from zester.resources.files import Files

MAX_BYTES = 1024 * 1024
"""A template beyond this size is not looked at: no state file is that long."""


class ReadableFiles:
    """The same files; one that cannot be read, or is too long, is empty and in ``problems``."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._paths = files.paths()
        self.problems: dict[str, SourceError] = {}

    def read(self, path: str) -> bytes | None:
        if path in self.problems:
            return b""
        try:
            data = self._files.read(path)
        except SourceError as error:
            self.problems[path] = error
            return b""
        if data is not None and len(data) > MAX_BYTES and path.endswith(TEMPLATES):
            self.problems[path] = SourceError(
                f"is longer than {MAX_BYTES // 1024:,} KiB and was not looked at",
                at=At(path),
                hint="split it, or keep data in a file of its own",
            )
            return b""
        return data

    def paths(self) -> tuple[str, ...]:
        return self._paths
