"""Store the blobs of a tree that the server does not have, or has damaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from zester.bus.batch import MAX_BYTES, MAX_MESSAGES, write_batch
from zester.bus.buckets import BLOBS
from zester.bus.link.connection import Bus
from zester.bus.parallel import each
from zester.bus.records import Records
from zester.bus.subjects import missing_keys
from zester.dataclass import dataclass
from zester.trees.batches import batches
from zester.trees.digest import digest_of
from zester.trees.tree import LocalTree, split_chunks

PARALLEL_BATCHES = 4
READ_BLOBS = 256
READ_BYTES = 8 * 1024 * 1024

Progress = Callable[[int, int], None]
"""Called with (bytes uploaded, bytes to upload)."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How much was stored; ``replaced`` blobs were there with other content than their name says.

    ``chunks`` are those of the manifest, none when it fits into one blob.
    """

    blobs: int
    size: int
    replaced: int
    chunks: tuple[str, ...]


async def upload_tree(
    bus: Bus, tree: LocalTree, progress: Progress | None, *, verify: bool, manifest: bool
) -> Uploaded:
    """Store what is missing, with ``verify`` also what is damaged (which reads the whole tree).

    ``manifest``: the manifest is looked at in any case. Raises CorruptBlob (a file changed
    meanwhile), BusUnavailable.
    """
    sizes = {digest: source.size for digest, source in tree.blobs.items()}
    missing = await missing_keys(bus, BLOBS, sizes)
    damaged = await _damaged(bus, sizes, missing) if verify else set()
    wanted = {digest: sizes[digest] for digest in sizes if digest in missing | damaged}
    total, done = sum(wanted.values()), 0

    async def send(batch: Sequence[str]) -> None:
        nonlocal done
        await write_batch(bus, BLOBS, [(digest, tree.read_blob(digest)) for digest in batch])
        done += sum(wanted[digest] for digest in batch)
        if progress is not None:
            progress(done, total)

    await each(batches(wanted, MAX_MESSAGES, MAX_BYTES), send, limit=PARALLEL_BATCHES)
    chunks, mended = await _upload_manifest(bus, tree.encoded, verify=verify or manifest)
    return Uploaded(len(wanted), total, len(damaged) + mended, chunks)


async def _upload_manifest(
    bus: Bus, encoded: bytes, *, verify: bool
) -> tuple[tuple[str, ...], int]:
    """Store the manifest; return its chunks, and how many of them were damaged."""
    parts = {digest_of(part): part for part in split_chunks(encoded)}
    missing = await missing_keys(bus, BLOBS, parts)
    sizes = {digest: len(part) for digest, part in parts.items()}
    damaged = await _damaged(bus, sizes, missing) if verify else set()
    records = Records(bus, BLOBS)
    for digest in missing | damaged:
        await records.put(digest, parts[digest])
    chunks = tuple(digest_of(part) for part in split_chunks(encoded))
    return (chunks if len(chunks) > 1 else ()), len(damaged)


async def _damaged(bus: Bus, sizes: Mapping[str, int], missing: set[str]) -> set[str]:
    """Return the blobs that are stored with other content than their name says."""
    records = Records(bus, BLOBS, timeout=30.0)
    stored = {digest: size for digest, size in sizes.items() if digest not in missing}
    found: set[str] = set()
    for batch in batches(stored, READ_BLOBS, READ_BYTES):
        there = await records.get_many(batch)
        for digest in batch:
            record = there.get(digest)
            if record is None or digest_of(record.value) != digest:
                found.add(digest)
    return found
