"""Which files something was made from."""

from __future__ import annotations

from zester.resources.files import Files, wishes_of
from zester.templating.trace import Trace


class RecordedFiles:
    """Files that remember what was asked of them.

    ``reads`` holds every path that was read or found missing; an entry that ends in ``/`` stands
    for the list of paths below it (``/`` alone: all paths). ``trace`` notes what else was asked.
    """

    def __init__(self, files: Files, trace: Trace | None = None) -> None:
        self.unrecorded = files
        self.trace = trace or Trace()
        self.reads: set[str] = set()

    def read(self, path: str) -> bytes | None:
        self.reads.add(path)
        return self.unrecorded.read(path)

    def wishes(self, path: str) -> tuple[str, ...]:
        self.reads.add(path)
        return wishes_of(self.unrecorded, path)

    def paths(self) -> tuple[str, ...]:
        return self.below("")

    def all_paths(self) -> tuple[str, ...]:
        """Return every path without recording that it was asked for."""
        return self.unrecorded.paths()

    def below(self, prefix: str) -> tuple[str, ...]:
        """Return the paths that start with a prefix, which is empty or ends in ``/``."""
        self.reads.add(prefix or "/")
        return tuple(path for path in self.unrecorded.paths() if path.startswith(prefix))


def touches(reads: frozenset[str], path: str) -> bool:
    """Return whether a change of a path may change what was made from ``reads``."""
    if path in reads or "/" in reads:
        return True
    folder = path
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        if f"{folder}/" in reads:
            return True
    return False
