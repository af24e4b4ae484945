"""Blobs on disk, named by their digest.

A blob is written beside its name and renamed, so a reader sees all of it or nothing; every read
hashes what it got, so a damaged file is a missing one. ``trim`` keeps the folder bounded.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from zester.errors import BlobUnavailable, CorruptBlob
from zester.trees.digest import digest_of

if TYPE_CHECKING:
    import anyio

DEFAULT_LIMIT = 2 * 1024**3
STALE_TEMPORARY = 3600.0


class BlobCache:
    """A folder of blobs; ``limit`` in bytes is what ``trim`` leaves at most."""

    def __init__(self, folder: Path, *, limit: int = DEFAULT_LIMIT) -> None:
        self.folder = folder
        self.limit = limit
        self.coming: dict[str, anyio.Event] = {}
        """What is being fetched into it; others wait for that."""
        self._size: int | None = None
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def crowded(self) -> bool:
        """Whether ``trim`` may have something to remove."""
        return self._size is None or self._size > self.limit

    def path(self, digest: str) -> Path:
        """Return where a blob is kept, whether or not it is there."""
        return self.folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Return whether the blob is there; only a read tells whether it is sound."""
        return self.path(digest).exists()

    def read(self, digest: str) -> bytes | None:
        """Return a blob's bytes, None when it is missing; a damaged one is removed first."""
        path = self.path(digest)
        try:
            data = path.read_bytes()
            if digest_of(data) == digest:
                return data
            path.unlink(missing_ok=True)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, "read", error) from error
        return None

    def write(self, digest: str, data: bytes) -> None:
        """Store a blob.

        Raises CorruptBlob when the bytes do not hash to its name, BlobUnavailable when the disk is
        full or refuses.
        """
        if digest_of(data) != digest:
            raise CorruptBlob(f"blob {digest[:12]} has other content than its name says")
        path = self.path(digest)
        # Of its own name for each writer, and never an existing file, whoever made that.
        temporary = path.with_name(f".{digest}.{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            path.parent.mkdir(exist_ok=True, mode=0o700)
            with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
                file.write(data)
            temporary.rename(path)
        except BaseException as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise _unusable(path, "written", error) from error
            raise
        if self._size is not None:
            self._size += len(data)

    def trim(self, keep: Iterable[str]) -> int:
        """Remove the longest unused blobs beyond the limit, never one of ``keep``.

        Returns the bytes freed. Temporary files that a crash left behind go too.
        """
        wanted = frozenset(keep)
        found: list[tuple[float, int, Path]] = []
        total = 0
        for path in self.folder.glob("*/*"):
            with suppress(FileNotFoundError):
                info = path.stat()
                if path.name.startswith("."):
                    if info.st_mtime < time.time() - STALE_TEMPORARY:
                        path.unlink()
                    continue
                total += info.st_size
                if path.name not in wanted:
                    found.append((max(info.st_atime, info.st_mtime), info.st_size, path))
        freed = 0
        for _, size, path in sorted(found):
            if total - freed <= self.limit:
                break
            path.unlink(missing_ok=True)
            freed += size
        self._size = total - freed
        return freed


def _unusable(path: Path, verb: str, error: OSError) -> BlobUnavailable:
    return BlobUnavailable(
        f"{path} cannot be {verb}: {(error.strerror or str(error)).lower()}",
        hint="look at the disk and at who owns the folder",
        retry_after=5.0,
    )
