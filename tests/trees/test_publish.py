"""Publishing and following trees over a real server."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest

from support.trusted import publisher
from zester.bus.buckets import BLOBS, HEADS
from zester.bus.hints import watch_hints
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.errors import (
    BlobUnavailable,
    CorruptBlob,
    InvalidHead,
    RevisionConflict,
    TreeRejected,
)
from zester.resources.head import Head
from zester.resources.manifest import CHUNK_SIZE, FileEntry
from zester.trees.build import build_tree
from zester.trees.cache import BlobCache
from zester.trees.diff import diff_trees
from zester.trees.digest import digest_of
from zester.trees.fetch import fetch_blobs, fetch_manifest, manifest_from_bus, read_file
from zester.trees.heads import Heads
from zester.trees.overlay import Layer, overlay
from zester.trees.publish import Destination, publish_tree, rollback
from zester.trees.tree import LocalTree

pytestmark = pytest.mark.anyio

TO = Destination("base", "cli", author="somebody", message="why")


def tree(folder: Path, files: dict[str, bytes]) -> LocalTree:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return build_tree(folder)


async def test_a_push_makes_revision_one_and_says_so_to_listeners(bus: Bus, tmp_path: Path) -> None:
    heard: list[str] = []
    await watch_hints(bus, HEADS, "base.*", heard.append)

    published = await publish_tree(bus, tree(tmp_path, {"states/a.zy": b"a"}), TO, publisher())

    await bus.flush()
    assert heard == ["base.cli"]
    entry = await Heads(bus, publisher().verifier).get("base", "cli")
    assert entry is not None
    assert entry.value == published.head
    assert (entry.value.revision, entry.value.author, entry.value.message) == (1, "somebody", "why")
    assert entry.value.changed == ("states/a.zy",)
    assert published.uploaded_blobs == 1


async def test_only_missing_blobs_are_uploaded(bus: Bus, tmp_path: Path) -> None:
    files = {f"states/{number}.zy": str(number).encode() for number in range(50)}
    await publish_tree(bus, tree(tmp_path, files), TO, publisher())

    again = await publish_tree(bus, tree(tmp_path, {"states/7.zy": b"changed"}), TO, publisher())

    assert again.uploaded_blobs == 1
    assert again.head.changed == ("states/7.zy",)
    assert again.diff.modified == ("states/7.zy",)


async def test_pushing_the_same_tree_again_moves_nothing(bus: Bus, tmp_path: Path) -> None:
    made = tree(tmp_path, {"states/a.zy": b"a"})
    await publish_tree(bus, made, TO, publisher())

    again = await publish_tree(bus, made, TO, publisher())

    assert not again.moved
    assert again.head.revision == 1


async def test_pushing_again_brings_back_a_lost_blob(bus: Bus, tmp_path: Path) -> None:
    made = tree(tmp_path, {"states/a.zy": b"a"})
    await publish_tree(bus, made, TO, publisher())
    await bus.request(
        "$JS.API.STREAM.PURGE.KV_blobs",
        b'{"filter": "$KV.blobs.' + digest_of(b"a").encode() + b'"}',
    )

    again = await publish_tree(bus, made, TO, publisher())

    assert again.uploaded_blobs == 1
    assert await Records(bus, BLOBS).get(digest_of(b"a")) is not None


async def test_a_large_file_and_a_large_manifest_arrive_whole(bus: Bus, tmp_path: Path) -> None:
    big = os.urandom(CHUNK_SIZE + 5)
    files = {f"states/some/rather/long/path/to/a/file/number-{n:05}": b"" for n in range(6000)}
    made = tree(tmp_path / "tree", {**files, "states/big.bin": big})
    published = await publish_tree(bus, made, TO, publisher())
    cache = BlobCache(tmp_path / "cache")

    manifest = await fetch_manifest(bus, cache, published.head)

    assert len(published.head.manifest_chunks) == 2
    assert manifest == made.manifest == await manifest_from_bus(bus, published.head)
    entry = manifest.files["states/big.bin"]
    assert b"".join([part async for part in read_file(bus, entry)]) == big
    await fetch_blobs(bus, cache, ((digest, CHUNK_SIZE) for digest in entry.blobs))
    assert b"".join(cache.read(digest) or b"" for digest in entry.blobs) == big


async def test_a_tree_with_problems_is_not_published(bus: Bus, tmp_path: Path) -> None:
    (tmp_path / "bad").symlink_to("/etc/passwd")

    with pytest.raises(TreeRejected):
        await publish_tree(bus, build_tree(tmp_path), TO, publisher())
    assert await Heads(bus, publisher().verifier).get("base", "cli") is None


async def test_of_two_publishers_at_once_one_is_told_that_it_lost(bus: Bus, tmp_path: Path) -> None:
    outcomes: list[str] = []

    async def push(name: str) -> None:
        made = tree(tmp_path / name, {"states/a.zy": name.encode()})
        try:
            await publish_tree(bus, made, TO, publisher())
            outcomes.append("won")
        except RevisionConflict:
            outcomes.append("lost")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(push, "one")
        tasks.start_soon(push, "two")

    assert sorted(outcomes) in (["lost", "won"], ["won", "won"])
    entry = await Heads(bus, publisher().verifier).get("base", "cli")
    assert entry is not None
    assert entry.value.revision == outcomes.count("won")


async def test_a_rollback_is_a_new_revision_with_the_old_tree(bus: Bus, tmp_path: Path) -> None:
    first = await publish_tree(bus, tree(tmp_path, {"states/a.zy": b"1"}), TO, publisher())
    await publish_tree(bus, tree(tmp_path, {"states/a.zy": b"2"}), TO, publisher())

    head = await rollback(
        bus, env="base", source="cli", revision=1, author="me", message="", by=publisher()
    )

    assert head.revision == 3
    assert head.manifest == first.head.manifest
    assert head.rollback_to == 1
    assert head.changed == ("states/a.zy",)
    history = await Heads(bus, publisher().verifier).history("base", "cli")
    assert [entry.value.revision for entry in history] == [1, 2, 3]


async def test_rolling_back_to_what_is_not_kept_names_what_is(bus: Bus, tmp_path: Path) -> None:
    await publish_tree(bus, tree(tmp_path, {"states/a.zy": b"1"}), TO, publisher())

    with pytest.raises(InvalidHead) as caught:
        await rollback(
            bus, env="base", source="cli", revision=9, author="me", message="", by=publisher()
        )
    assert "1 to 1" in (caught.value.hint or "")
    with pytest.raises(InvalidHead, match="never pushed"):
        await rollback(
            bus, env="base", source="git", revision=1, author="me", message="", by=publisher()
        )


async def test_a_source_that_starts_anew_goes_on_above_what_peels_have_seen(
    bus: Bus, tmp_path: Path
) -> None:
    published = await publish_tree(
        bus, tree(tmp_path, {"states/a.zy": b"1"}), TO, publisher(), floor=41
    )

    assert published.head.revision == 42


async def test_one_unreadable_head_does_not_hide_the_others(bus: Bus, tmp_path: Path) -> None:
    await publish_tree(bus, tree(tmp_path, {"states/a.zy": b"1"}), TO, publisher())
    await Records(bus, HEADS).put("base.git", b'{"revision": 0}')

    good, bad = await Heads(bus, publisher().verifier).of_env("base")

    assert set(good) == {"cli"}
    assert bad["git"].reason == "Unsigned"


async def test_a_blob_with_false_content_is_never_stored(bus: Bus, tmp_path: Path) -> None:
    cache = BlobCache(tmp_path)
    await Records(bus, BLOBS).put("0" * 64, b"not zeros")

    with pytest.raises(CorruptBlob):
        await fetch_blobs(bus, cache, [("0" * 64, 9)])
    with pytest.raises(BlobUnavailable):
        await fetch_blobs(bus, cache, [("1" * 64, 9)])
    assert list(tmp_path.rglob("*0000*")) == []


async def test_a_head_whose_manifest_is_no_manifest_is_invalid(bus: Bus, tmp_path: Path) -> None:
    data = b'{"files": {"../../etc/passwd": {}}}'
    await Records(bus, BLOBS).put(digest_of(data), data)
    head = Head(revision=1, manifest=digest_of(data), created=0)

    with pytest.raises(InvalidHead):
        await fetch_manifest(bus, BlobCache(tmp_path), head)


def test_a_damaged_cached_blob_counts_as_missing(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path)
    cache.write(digest_of(b"good"), b"good")
    cache.path(digest_of(b"good")).write_bytes(b"evil")

    assert cache.read(digest_of(b"good")) is None
    assert not cache.has(digest_of(b"good"))
    with pytest.raises(CorruptBlob):
        cache.write(digest_of(b"good"), b"evil")


def test_the_cache_is_trimmed_to_its_limit_but_keeps_what_is_needed(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, limit=3000)
    digests = []
    for number in range(10):
        data = bytes([number]) * 1000
        cache.write(digest_of(data), data)
        os.utime(cache.path(digest_of(data)), (number, number))
        digests.append(digest_of(data))

    freed = cache.trim([digests[0]])

    assert freed == 7000
    assert [digest for digest in digests if cache.has(digest)] == [digests[0], *digests[8:]]


def entry(text: str) -> FileEntry:
    return FileEntry(digest=digest_of(text.encode()), size=len(text))


def test_a_diff_names_what_was_added_removed_and_modified() -> None:
    old = {"same": entry("1"), "gone": entry("1"), "changed": entry("1")}
    new = {"same": entry("1"), "new": entry("1"), "changed": entry("2")}

    found = diff_trees(old, new)

    assert (found.added, found.removed, found.modified) == (("new",), ("gone",), ("changed",))
    assert found.paths == ("changed", "gone", "new")
    assert not diff_trees(old, old)


def test_of_two_sources_the_higher_priority_wins_a_path_and_the_conflict_is_told() -> None:
    low = Layer("git", 50, {"a": entry("git"), "only-git": entry("x")})
    high = Layer("cli", 60, {"a": entry("cli"), "only-cli": entry("x")})

    for layers in ([low, high], [high, low]):
        found = overlay(layers)
        assert found.files == {"a": entry("cli"), "only-git": entry("x"), "only-cli": entry("x")}
        assert [str(conflict) for conflict in found.conflicts] == ["a is in cli and git; cli wins"]


def test_equal_priorities_are_decided_by_name_and_equal_files_are_no_conflict() -> None:
    one = Layer("a", 50, {"x": entry("1"), "same": entry("s")})
    two = Layer("b", 50, {"x": entry("2"), "same": entry("s")})

    found = overlay([two, one])

    assert found.files["x"] == entry("2")
    assert [conflict.path for conflict in found.conflicts] == ["x"]


def test_a_file_and_a_folder_of_one_name_never_stand_side_by_side() -> None:
    folder = Layer("a", 50, {"etc/motd": entry("1"), "etc/issue": entry("1")})
    file = Layer("b", 60, {"etc": entry("2")})

    assert overlay([folder, file]).files == {"etc": entry("2")}
    reverse = overlay([Layer("a", 50, file.files), Layer("b", 60, folder.files)])
    assert reverse.files == folder.files
    assert [conflict.path for conflict in reverse.conflicts] == ["etc"]
