"""Content that the server holds under a name that is not its own is replaced by a push."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.trusted import publisher
from zester.bus.buckets import BLOBS, HEADS
from zester.bus.hints import watch_hints
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.resources.manifest import CHUNK_SIZE
from zester.trees.build import build_tree
from zester.trees.fetch import manifest_from_bus, read_file
from zester.trees.publish import Destination, Published, publish_tree
from zester.trees.tree import LocalTree

pytestmark = pytest.mark.anyio

TO = Destination("base", "cli")
LARGE = bytes(range(256)) * (CHUNK_SIZE // 256) + b"and a second chunk"


@pytest.fixture
def tree(tmp_path: Path) -> LocalTree:
    (tmp_path / "states").mkdir()
    for number in range(20):
        (tmp_path / f"states/{number}.zy").write_text(f"{number}")
    (tmp_path / "large").write_bytes(LARGE)
    return build_tree(tmp_path)


async def pushed(bus: Bus, tree: LocalTree, *, verify: bool = False) -> Published:
    return await publish_tree(bus, tree, TO, publisher(), verify=verify)


async def whole(bus: Bus, published: Published) -> bool:
    """Whether every file can be read as the head says."""
    manifest = await manifest_from_bus(bus, published.head)
    for entry in manifest.files.values():
        assert [part async for part in read_file(bus, entry)]
    return True


async def test_a_push_that_verifies_replaces_what_is_damaged_and_says_so(
    bus: Bus, tree: LocalTree
) -> None:
    first = await pushed(bus, tree)
    records = Records(bus, BLOBS)
    names = [tree.manifest.files["states/7.zy"].blobs[0], tree.manifest.files["large"].blobs[1]]
    await records.put(names[0], b"somebody else's")
    await records.put(names[1], b"")
    await records.delete(tree.manifest.files["states/8.zy"].blobs[0])
    heard: list[str] = []
    await watch_hints(bus, HEADS, "base.*", heard.append)
    again = await pushed(bus, tree)
    assert (again.moved, again.uploaded_blobs, again.replaced_blobs) == (False, 0, 0)

    mended = await pushed(bus, tree, verify=True)

    await bus.flush()
    assert (mended.moved, mended.head) == (False, first.head)
    assert (mended.uploaded_blobs, mended.replaced_blobs) == (3, 3)
    assert heard == ["base.cli"]  # peels that wait for them look again
    assert await whole(bus, mended)
    assert (await pushed(bus, tree, verify=True)).replaced_blobs == 0


async def test_a_damaged_manifest_is_replaced_by_any_push(bus: Bus, tree: LocalTree) -> None:
    first = await pushed(bus, tree)
    await Records(bus, BLOBS).put(first.head.manifest, b"{}")
    mended = await pushed(bus, tree)
    assert mended.replaced_blobs == 1
    assert await whole(bus, mended)


async def test_an_empty_server_is_filled(bus: Bus, tree: LocalTree) -> None:
    published = await pushed(bus, tree, verify=True)
    assert (published.moved, published.replaced_blobs) == (True, 0)
    assert await whole(bus, published)
