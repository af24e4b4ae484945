"""A tree in memory: its manifest, its id, and where the bytes of each blob are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import CorruptBlob, SourceError
from zester.resources.manifest import CHUNK_SIZE, FileEntry, Manifest
from zester.trees.digest import digest_of


def split_chunks(data: bytes) -> tuple[bytes, ...]:
    """Cut bytes into blobs of at most CHUNK_SIZE; one blob for empty bytes."""
    return tuple(
        data[start : start + CHUNK_SIZE] for start in range(0, max(len(data), 1), CHUNK_SIZE)
    )


@dataclass(frozen=True, slots=True)
class BlobSource:
    """Where a blob's bytes are: ``size`` bytes at ``offset`` of ``path``, unless ``data`` is it."""

    path: Path
    offset: int
    size: int
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LocalTree:
    """A folder that was read and found fit to push (``problems`` empty).

    ``blobs`` maps every digest that the manifest names to its place on disk; ``encoded`` is the
    manifest's canonical form and ``id`` its digest.
    """

    folder: Path
    manifest: Manifest
    encoded: bytes
    blobs: Mapping[str, BlobSource]
    problems: tuple[SourceError, ...] = ()

    @property
    def id(self) -> str:
        return digest_of(self.encoded)

    def read_blob(self, digest: str) -> bytes:
        """Return a blob's bytes; raises CorruptBlob when the file changed since it was read."""
        source = self.blobs[digest]
        if source.data is not None:
            return source.data
        try:
            with source.path.open("rb") as handle:
                handle.seek(source.offset)
                data = handle.read(source.size)
        except OSError as error:
            raise CorruptBlob(f"{source.path}: {error.strerror or error}") from error
        if digest_of(data) != digest:
            raise CorruptBlob(f"{source.path} changed while it was being pushed", hint="push again")
        return data

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None when the tree has no such file."""
        entry = self.manifest.files.get(path)
        return None if entry is None else b"".join(map(self.read_blob, entry.blobs))

    def paths(self) -> tuple[str, ...]:
        """Return every path, sorted."""
        return tuple(sorted(self.manifest.files))


def entry_for(data_digest: str, size: int, mode: int, chunks: tuple[str, ...]) -> FileEntry:
    """Make a manifest entry; a single chunk is no chunk list, because it is the whole."""
    return FileEntry(
        digest=data_digest, size=size, mode=mode, chunks=chunks if len(chunks) > 1 else ()
    )
