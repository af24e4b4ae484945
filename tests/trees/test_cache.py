"""The blob cache on a disk that is full, shared or somebody else's."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zester.errors import BlobUnavailable
from zester.trees.cache import BlobCache
from zester.trees.digest import digest_of

DATA = b"x" * 200_000
DIGEST = digest_of(DATA)


def test_many_writers_of_one_blob_never_show_a_part_of_it(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path / "blobs")

    def write_and_read(_: int) -> bytes | None:
        cache.write(DIGEST, DATA)
        return cache.read(DIGEST)

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(write_and_read, range(200))) == {DATA}
    assert [path.name for path in (tmp_path / "blobs").glob("*/*")] == [DIGEST]


def test_a_full_disk_is_a_reason_to_try_again_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = BlobCache(tmp_path / "blobs")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(BlobUnavailable, match="no space left"):
        cache.write(DIGEST, DATA)
    assert list((tmp_path / "blobs").glob("*/*")) == []


def test_a_folder_in_the_place_of_a_blob_is_named(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path / "blobs")
    cache.path(DIGEST).mkdir(parents=True)

    with pytest.raises(BlobUnavailable, match=DIGEST):
        cache.read(DIGEST)
    with pytest.raises(BlobUnavailable, match=DIGEST):
        cache.write(DIGEST, DATA)


def test_what_somebody_else_put_there_is_not_believed(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path / "blobs")
    cache.write(DIGEST, DATA)
    cache.path(DIGEST).write_bytes(b"other")

    assert cache.read(DIGEST) is None
    assert not cache.has(DIGEST)


def test_a_blob_that_is_trimmed_away_while_it_is_read_is_missing_not_broken(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path / "blobs", limit=0)
    blobs = {digest_of(data): data for data in (bytes([n]) * 1000 for n in range(50))}

    def churn(_: int) -> None:
        for digest, data in blobs.items():
            cache.write(digest, data)
            cache.trim(())

    def look(_: int) -> set[bytes | None]:
        return {cache.read(digest) for _ in range(20) for digest in blobs}

    with ThreadPoolExecutor(2) as threads:
        churning = threads.submit(churn, 0)
        assert look(0) <= {*blobs.values(), None}
        churning.result()
