"""The files of a followed tree, as templates and compilers read them."""

from __future__ import annotations

from collections.abc import Mapping

from zester.errors import BlobUnavailable
from zester.resources.manifest import FileEntry
from zester.trees.cache import BlobCache


class CachedFiles:
    """The files of a desired state, read from the cache and verified at each read."""

    def __init__(self, files: Mapping[str, FileEntry], cache: BlobCache) -> None:
        self._files = files
        self._cache = cache

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None when there is none; raises BlobUnavailable, CorruptBlob."""
        entry = self._files.get(path)
        if entry is None:
            return None
        parts = [self._cache.read(digest) for digest in entry.blobs]
        if any(part is None for part in parts):
            raise BlobUnavailable(f"{path} is not in the cache whole")
        return b"".join(part for part in parts if part is not None)

    def paths(self) -> tuple[str, ...]:
        """Return every path, sorted."""
        return tuple(sorted(self._files))
