"""Attacks on what a peel keeps on disk: refused with a name, and the machine stays as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.attack import TREE, Scene, edited
from support.peel import MakePeel, Peel, applied, until
from support.trusted import enrolled, publisher, shared_realm
from zester.bus.buckets import HEADS
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.head import Head
from zester.trees.cache import BlobCache
from zester.trees.digest import digest_of
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

PLACE = "heads.base.cli"
Change = Callable[[dict[str, Any]], None]


async def stop(scene: Scene) -> None:
    """Stop the peel, so that somebody can change its files."""
    scene.peel.agent.stop()
    await until("stopped", lambda: not scene.peel.agent.bus.connected)


def problem(peel: Peel) -> str:
    """The reason why the kept state is not followed."""
    found = peel.agent._follower.following.problems
    return found["kept state"].reason if "kept state" in found else ""


async def refuse_offline(scene: Scene, server: EmbeddedServer, make_peel: MakePeel) -> str:
    """Start the peel without any server; nothing is done. Return why."""
    await server.stop()
    scene.conf.write_text("mine\n")
    async with make_peel(server.url).running() as peel:
        await until("refused", lambda: problem(peel))
        assert scene.conf.read_text() == "mine\n"
        assert not peel.agent.converger.counts().total
        return problem(peel)


def _forge(kept: dict[str, Any]) -> None:
    document = kept["documents"][PLACE]
    said = json.loads(json.loads(document["envelope"])["payload"])
    text = json.dumps({**said, "revision": 9})
    document["envelope"] = edited(document["envelope"].encode(), payload=text).decode()


def _unsign(kept: dict[str, Any]) -> None:
    document = kept["documents"][PLACE]
    document["envelope"] = json.loads(document["envelope"])["payload"]


def _orphan(kept: dict[str, Any]) -> None:
    kept["documents"][PLACE]["bundle"] = ""


def _stranger(kept: dict[str, Any]) -> None:
    """Another realm's publisher, with that realm's own bundle beside it."""
    realm = Realm.generate()
    head = Head(revision=2, manifest="0" * 64, created=1).encode()
    envelope = realm.signer("base", Tier.PUBLISHER).sign(PLACE, head)
    bundle = realm.bundle("base")
    kept["bundles"] = {digest_of(bundle): bundle.decode()}
    kept["documents"] = {PLACE: {"envelope": envelope.decode(), "bundle": digest_of(bundle)}}


def _wrong_tier(kept: dict[str, Any]) -> None:
    head = Head(revision=2, manifest="0" * 64, created=1).encode()
    envelope = shared_realm().signer("base", Tier.OPERATOR).sign(PLACE, head)
    kept["documents"][PLACE]["envelope"] = envelope.decode()


def _moved(kept: dict[str, Any]) -> None:
    kept["documents"] = {"heads.base.git": kept["documents"][PLACE]}


def _foreign_place(kept: dict[str, Any]) -> None:
    envelope = publisher().signer.sign("heads.prod.cli", b"{}").decode()
    kept["documents"] = {"heads.prod.cli": {**kept["documents"][PLACE], "envelope": envelope}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_forge, "BadSignature"),
        (_unsign, "Unsigned"),
        (_orphan, "WrongAddressee"),
        (_stranger, "UnknownSigner"),
        (_wrong_tier, "WrongTier"),
        (_moved, "WrongAddressee"),
        (_foreign_place, "InvalidHead"),
    ],
)
async def test_a_kept_head_that_was_exchanged(
    scene: Scene, server: EmbeddedServer, make_peel: MakePeel, change: Change, reason: str
) -> None:
    await stop(scene)
    file = scene.peel.settings.state_dir / "followed.json"
    kept = json.loads(file.read_text())
    change(kept)
    file.write_text(json.dumps(kept))

    assert await refuse_offline(scene, server, make_peel) == reason


async def test_a_truncated_file_of_heads(
    scene: Scene, server: EmbeddedServer, make_peel: MakePeel
) -> None:
    await stop(scene)
    file = scene.peel.settings.state_dir / "followed.json"
    file.write_bytes(file.read_bytes()[:-9])

    assert await refuse_offline(scene, server, make_peel) == "InvalidDocument"


async def test_an_older_file_of_heads(
    scene: Scene, server: EmbeddedServer, make_peel: MakePeel
) -> None:
    file = scene.peel.settings.state_dir / "followed.json"
    older = file.read_bytes()
    await scene.push({"states/conf": "two\n"})
    await until("applied", lambda: applied(scene.bus, 2))
    await stop(scene)
    file.write_bytes(older)

    assert await refuse_offline(scene, server, make_peel) == "StaleRevision"


async def test_a_refused_file_of_heads_is_mended_by_the_bus(
    scene: Scene, server: EmbeddedServer, make_peel: MakePeel
) -> None:
    await stop(scene)
    file = scene.peel.settings.state_dir / "followed.json"
    file.write_text("{}")
    scene.conf.write_text("drifted\n")

    async with make_peel(server.url).running() as peel:
        await until("corrected", lambda: scene.conf.read_text() == "one\n")
        await until("mended", lambda: not problem(peel))
        await until("kept", lambda: PLACE in file.read_text())


@pytest.mark.parametrize("path", ["states/web.zy", "states/top.zy"])
async def test_a_kept_template_that_was_exchanged(
    scene: Scene, server: EmbeddedServer, make_peel: MakePeel, path: str
) -> None:
    await stop(scene)
    blob = cached(scene, TREE[path] or "")
    blob.write_text("/conf:\n  file.managed:\n    - contents: evil\n")

    assert await refuse_offline(scene, server, make_peel) == "BlobUnavailable"
    await server.start()
    async with make_peel(server.url).running():
        await until("mended", lambda: scene.conf.read_text() == "one\n")
        assert blob.read_text() == TREE[path]


async def test_a_kept_manifest_that_was_exchanged(
    scene: Scene, server: EmbeddedServer, make_peel: MakePeel
) -> None:
    entry = next(iter(scene.peel.agent._follower._desired.current.heads.values()))
    await stop(scene)
    cached(scene, digest=entry.manifest).write_text('{"files":{}}')

    assert await refuse_offline(scene, server, make_peel) == "BlobUnavailable"


async def test_a_blob_that_is_exchanged_under_a_running_peel_is_never_written_to_a_file(
    scene: Scene,
) -> None:
    blob = cached(scene, TREE["states/conf"] or "")
    seen: list[str] = []
    blob.write_text("evil\n")
    scene.conf.unlink()

    def mended() -> bool:
        if scene.conf.exists():
            seen.append(scene.conf.read_text())
        return blob.exists() and blob.read_text() == "one\n" and seen[-1:] == ["one\n"]

    await until("mended from the bus", mended)
    assert set(seen) == {"one\n"}


async def test_a_bundle_from_before_a_revocation_is_not_believed_again(
    scene: Scene, server: EmbeddedServer, make_peel: MakePeel
) -> None:
    realm = shared_realm()
    leaver = realm.signer("base", Tier.PUBLISHER, "leaver")
    before = enrolled(scene.peel.settings.state_dir).bundle
    revoked = {leaver.key.public: 1}
    await scene.attacker.write_bundle(realm.bundle("base", serial=2, revoked=revoked))
    await until("taken", lambda: scene.serial == 2)
    await stop(scene)
    assert before
    (scene.peel.settings.state_dir / "trust" / "bundle").write_bytes(before)
    await scene.attacker.write_bundle(before)
    await scene.attacker.write_head(await scene.attacker.evil_head(leaver))

    async with make_peel(server.url, bus_resync=1).running() as peel:
        again = replace(scene, peel=peel)
        await again.refused("StaleRevision")
        assert peel.agent.belief.verifier is None
        await again.unchanged()


def cached(scene: Scene, text: str = "", *, digest: str = "") -> Path:
    """Where a blob is in the peel's cache."""
    cache = BlobCache(scene.peel.settings.state_dir / "blobs")
    return cache.path(digest or digest_of(text.encode()))


async def test_an_older_head_after_the_memory_of_revisions_was_lost(
    scene: Scene, server: EmbeddedServer, make_peel: MakePeel
) -> None:
    older = await scene.attacker.read(HEADS, "base.cli")
    await scene.push({"states/conf": "two\n"})
    await until("applied", lambda: applied(scene.bus, 2))
    await stop(scene)
    for file in scene.peel.settings.state_dir.glob("peel.db*"):
        file.unlink()
    await scene.attacker.write_head(older)

    async with make_peel(server.url).running() as peel:
        again = replace(scene, peel=peel)
        await again.refused("StaleRevision")
        await again.unchanged("two\n", 2)
