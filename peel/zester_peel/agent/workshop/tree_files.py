"""The files of a tree whose blobs are in the cache."""

from __future__ import annotations

from collections.abc import Mapping

from zester.errors import BlobUnavailable
from zester.trees.cache import BlobCache

RECENT = 4
"""Files that are kept which were read last: who finds a file by its name reads it next, and who
reads a file that includes others comes back to it."""


class TreeFiles:
    """Files by path, each a list of the digests of its blobs; verified when they are read.

    ``wishes`` are those of files that ask for something.
    """

    def __init__(
        self,
        files: Mapping[str, tuple[str, ...]],
        cache: BlobCache,
        wishes: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._files = files
        self._cache = cache
        self._wishes = wishes
        self._recent: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None when there is none; raises BlobUnavailable."""
        blobs = self._files.get(path)
        if blobs is None:
            return None
        recent = self._recent
        if path in recent:
            return recent[path]
        parts = [self._cache.read(digest) for digest in blobs]
        if any(part is None for part in parts):
            raise BlobUnavailable(f"{path} is not in the cache whole")
        data = b"".join(part for part in parts if part is not None)
        if len(recent) >= RECENT:
            del recent[next(iter(recent))]
        recent[path] = data
        return data

    def paths(self) -> tuple[str, ...]:
        """Return every path, sorted."""
        return tuple(sorted(self._files))

    def wishes(self, path: str) -> tuple[str, ...]:
        """Return what a file asks for."""
        return self._wishes.get(path, ())
