"""Bring blobs and manifests from the bus into the cache, verified."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import anyio

from zester.bus.buckets import BLOBS
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.errors import BlobUnavailable, CorruptBlob, InvalidDocument, InvalidHead
from zester.resources.head import Head
from zester.resources.manifest import CHUNK_SIZE, FileEntry, Manifest
from zester.trees.batches import batches
from zester.trees.cache import BlobCache
from zester.trees.digest import digest_of

BATCH_BLOBS = 256
BATCH_BYTES = 8 * 1024 * 1024


async def fetch_blobs(bus: Bus, cache: BlobCache, wanted: Iterable[tuple[str, int]]) -> int:
    """Fetch the ``(digest, size)`` blobs that the cache lacks; return the bytes fetched.

    Raises BlobUnavailable when the bus does not have one, CorruptBlob when one is not what its
    name says, BusUnavailable.
    """
    records = Records(bus, BLOBS, timeout=30.0)
    fetched = 0
    missing = {digest: size for digest, size in wanted if not cache.has(digest)}
    async with _alone(cache, missing):
        for batch in batches(missing, BATCH_BLOBS, BATCH_BYTES):
            found = await records.get_many(batch)
            for digest in batch:
                record = found.get(digest)
                if record is None:
                    raise BlobUnavailable(
                        f"blob {digest[:12]} is not on the bus",
                        hint="push the tree again: the missing blobs are uploaded",
                        retry_after=5.0,
                    )
                cache.write(digest, record.value)
                fetched += len(record.value)
    return fetched


@asynccontextmanager
async def _alone(cache: BlobCache, missing: dict[str, int]) -> AsyncIterator[None]:
    """Wait for what others are fetching into the cache: that is not ``missing`` any more."""
    others = {cache.coming[digest] for digest in missing if digest in cache.coming}
    for other in others:
        await other.wait()
    for digest in tuple(missing) if others else ():
        if cache.has(digest):
            del missing[digest]
    done = anyio.Event()
    cache.coming.update(dict.fromkeys(missing, done))
    try:
        yield
    finally:
        done.set()
        for digest in [digest for digest in missing if cache.coming.get(digest) is done]:
            del cache.coming[digest]


async def fetch_manifest(bus: Bus, cache: BlobCache, head: Head) -> Manifest:
    """Return the manifest a head names, from the cache or the bus.

    Raises InvalidHead when what is there is not a manifest, BlobUnavailable, BusUnavailable.
    """
    blobs = head.manifest_chunks or (head.manifest,)
    try:
        await fetch_blobs(bus, cache, ((digest, CHUNK_SIZE) for digest in blobs))
    except CorruptBlob as error:
        raise InvalidHead(f"manifest {head.manifest[:12]}: {error.message}") from error
    manifest = read_manifest(cache, head)
    if manifest is None:
        raise BlobUnavailable(f"manifest {head.manifest[:12]} was damaged in the cache")
    return manifest


def read_manifest(cache: BlobCache, head: Head) -> Manifest | None:
    """Return a head's manifest from the cache alone, None when a part is missing.

    Raises InvalidHead when the parts do not hash to the manifest's name or are not a manifest.
    """
    parts = [cache.read(digest) for digest in head.manifest_chunks or (head.manifest,)]
    if any(part is None for part in parts):
        return None
    return _decode(head, b"".join(part for part in parts if part is not None))


async def manifest_from_bus(bus: Bus, head: Head) -> Manifest:
    """Return a head's manifest without a cache, for publishers and people's tools.

    Raises InvalidHead when it is gone or is not a manifest, BusUnavailable.
    """
    digests = head.manifest_chunks or (head.manifest,)
    records = Records(bus, BLOBS, timeout=30.0)
    found: dict[str, bytes] = {}
    for batch in batches(dict.fromkeys(digests, CHUNK_SIZE), BATCH_BLOBS, BATCH_BYTES):
        for digest, record in (await records.get_many(batch)).items():
            found[digest] = record.value
    if any(digest not in found for digest in digests):
        raise InvalidHead(f"manifest {head.manifest[:12]} is not on the bus")
    return _decode(head, b"".join(found[digest] for digest in digests))


async def read_file(bus: Bus, entry: FileEntry) -> AsyncIterator[bytes]:
    """Yield a file's blobs from the bus, each verified; raises BlobUnavailable, CorruptBlob."""
    records = Records(bus, BLOBS)
    for digest in entry.blobs:
        record = await records.get(digest)
        if record is None:
            raise BlobUnavailable(f"blob {digest[:12]} is not on the bus")
        if digest_of(record.value) != digest:
            raise CorruptBlob(f"blob {digest[:12]} has other content than its name says")
        yield record.value


def _decode(head: Head, data: bytes) -> Manifest:
    if digest_of(data) != head.manifest:
        raise InvalidHead(f"manifest {head.manifest[:12]}: its parts do not hash to its name")
    try:
        return Manifest.decode(data)
    except InvalidDocument as error:
        raise InvalidHead(f"manifest {head.manifest[:12]}: {error.message}") from error
