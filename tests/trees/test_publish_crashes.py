"""Publishers that die anywhere, and publishers that race."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import anyio
import pytest

from support.trusted import publisher, shared_realm
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import RevisionConflict
from zester.trees.build import build_tree
from zester.trees.cache import BlobCache
from zester.trees.fetch import fetch_blobs, fetch_manifest
from zester.trees.heads import Heads
from zester.trees.publish import Destination, publish_tree
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

PUBLISHER = """
import os, signal, sys
from pathlib import Path
import anyio
from zester.bus.link.connection import Bus, open_bus
from zester.trees.build import build_tree
from zester.trees.publish import Authority, Destination, publish_tree
from zester.trust.bundle import read_bundle
from zester.trust.credentials import read_credentials
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier

left = int(sys.argv[3])

def dying(call):
    async def counted(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return await call(*args, **kwargs)
    return counted

def authority(folder):
    who = read_credentials(folder / "publisher.creds")
    operator = (folder / "operator").read_text()
    bundle = read_bundle((folder / "bundle").read_bytes(), operator=operator, env="base")
    return Authority(Signer(who.key, who.token, "base"), Verifier(bundle))

async def main():
    async with open_bus([sys.argv[1]], name="dying") as bus:
        for name in ("request", "publish", "flush"):
            setattr(Bus, name, dying(getattr(Bus, name)))
        by = authority(Path(sys.argv[4]))
        await publish_tree(bus, build_tree(Path(sys.argv[2])), Destination("base", "cli"), by)

anyio.run(main)
"""


def keep_publisher(folder: Path) -> None:
    """Write down what a publisher in another process needs."""
    folder.mkdir()
    realm = shared_realm()
    creds = folder / "publisher.creds"
    creds.touch(mode=0o600)
    creds.write_text(realm.issue("base", Tier.PUBLISHER, "dying").encode())
    (folder / "operator").write_text(realm.operator_public)
    (folder / "bundle").write_bytes(realm.bundle("base"))


async def follow(bus: Bus, folder: Path) -> tuple[int, dict[str, bytes]]:
    """Do what a peel does: the revision, and the content of every file."""
    entry = await Heads(bus, publisher().verifier).get("base", "cli")
    assert entry is not None
    cache = BlobCache(folder)
    manifest = await fetch_manifest(bus, cache, entry.value)
    blobs = {digest: file.size for file in manifest.files.values() for digest in file.blobs}
    await fetch_blobs(bus, cache, blobs.items())
    return entry.value.revision, {
        path: b"".join(cache.read(digest) or b"?" for digest in file.blobs)
        for path, file in manifest.files.items()
    }


async def test_a_publisher_killed_before_any_step_leaves_the_old_tree_or_the_new(
    bus: Bus, server: EmbeddedServer, tmp_path: Path
) -> None:
    folder = tmp_path / "tree"
    (folder / "states").mkdir(parents=True)

    def write(number: int) -> dict[str, bytes]:
        for name in ("a", "b"):
            (folder / f"states/{name}").write_bytes(f"{name}{number}".encode())
        return {f"states/{name}": f"{name}{number}".encode() for name in ("a", "b")}

    old = write(0)
    await publish_tree(bus, build_tree(folder), Destination("base", "cli"), publisher())
    keys = tmp_path / "keys"
    keep_publisher(keys)
    revision, step, code = 1, 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        new = write(step + 1)
        arguments = (server.url, str(folder), str(step), str(keys))
        command = [sys.executable, "-c", PUBLISHER, *arguments]
        child = await anyio.run_process(command, check=False, env=dict(os.environ))
        code = child.returncode
        now, content = await follow(bus, tmp_path / "cache")
        assert (now, content) in ((revision, old), (revision + 1, new))
        revision, old = now, content
        step += 1
    assert code == 0
    assert step > 6
    assert content == new


async def test_publishers_that_race_count_up_by_one_and_lose_nothing(
    bus: Bus, tmp_path: Path
) -> None:
    won: list[tuple[int, str]] = []

    async def publish(who: str) -> None:
        for number in range(25):
            folder = tmp_path / who / str(number)
            folder.mkdir(parents=True)
            (folder / "file").write_text(f"{who} {number}")
            tree = build_tree(folder)
            while True:
                try:
                    published = await publish_tree(
                        bus, tree, Destination("base", "cli"), publisher()
                    )
                except RevisionConflict:
                    continue
                won.append((published.head.revision, tree.id))
                break

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(publish, "one")
        tasks.start_soon(publish, "two")

    assert sorted(revision for revision, _ in won) == list(range(1, 51))
    history = await Heads(bus, publisher().verifier).history("base", "cli")
    assert [(entry.value.revision, entry.value.manifest) for entry in history] == sorted(won)
    parents = [entry.value.parent for entry in history]
    assert parents == [None, *(entry.value.manifest for entry in history[:-1])]
