"""Cut many blobs into batches that fit a bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def batches(sizes: Mapping[str, int], count: int, size: int) -> Iterator[list[str]]:
    """Yield lists of at most ``count`` digests and ``size`` bytes; a larger one goes alone."""
    batch: list[str] = []
    total = 0
    for digest, length in sizes.items():
        if batch and (len(batch) >= count or total + length > size):
            yield batch
            batch, total = [], 0
        batch.append(digest)
        total += length
    if batch:
        yield batch
