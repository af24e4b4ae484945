"""Attacks on signed state by somebody who may rewrite every key of the bus: all are refused.

Each is told by its name, and the machine stays as it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from support.attack import Scene, edited, payload
from support.peel import MakePeel, applied, status_of, until
from support.trusted import publisher, shared_realm
from zester.bus.buckets import BLOBS, HEADS, TRUST
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.fresh import Fresh
from zester.resources.head import Head
from zester.resources.manifest import CHUNK_SIZE
from zester.trees.digest import digest_of
from zester.trust.accounts import user_token
from zester.trust.envelope import Signer
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import EnvironmentKeys, Realm
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

TWO = {"states/conf": "two\n"}
BLOB = digest_of(b"two\n")


async def test_a_changed_blob(scene: Scene) -> None:
    await scene.attacker.stage(TWO)
    await scene.attacker.write(BLOBS, BLOB, b"evil\n")
    await scene.push({**TWO})

    await scene.refused("CorruptBlob")
    await scene.unchanged()
    assert scene.counted("CorruptBlob") == 1


async def test_two_blobs_that_are_swapped(scene: Scene) -> None:
    await scene.attacker.stage({**TWO, "states/other": "three\n"})
    await scene.attacker.write(BLOBS, BLOB, b"three\n")
    await scene.attacker.write(BLOBS, digest_of(b"three\n"), b"two\n")
    await scene.push({**TWO, "states/other": "three\n"})

    await scene.refused("CorruptBlob")
    await scene.unchanged()


async def test_a_dropped_blob(scene: Scene) -> None:
    head = await scene.attacker.head_of(await scene.attacker.stage(TWO))
    await scene.attacker.drop(BLOBS, BLOB)
    await scene.attacker.write_head(head)

    assert BLOB[:12] in await scene.refused("BlobUnavailable")
    await scene.unchanged()


async def test_an_older_head(scene: Scene) -> None:
    older = await scene.attacker.read(HEADS, "base.cli")
    await scene.push({**TWO})
    await until("applied", lambda: applied(scene.bus, 2))
    await scene.attacker.write_head(older)

    assert "from revision 2 to 1" in await scene.refused("StaleRevision")
    await scene.unchanged("two\n", 2)


async def test_a_head_of_another_environment(scene: Scene) -> None:
    keys = {**shared_realm().environments, "prod": EnvironmentKeys.generate()}
    prod = replace(shared_realm(), environments=keys).signer("prod", Tier.PUBLISHER)
    await scene.attacker.write_head(await scene.attacker.evil_head(prod))
    assert "'prod'" in await scene.refused("WrongAddressee")

    # Its publisher may even claim to sign for this one.
    await scene.attacker.write_head(await scene.attacker.evil_head(replace(prod, env="base")))
    await scene.refused("UnknownSigner")
    await scene.unchanged()


async def test_a_head_of_another_source(scene: Scene) -> None:
    head = await scene.attacker.read(HEADS, "base.cli")
    await scene.attacker.write(HEADS, "base.git", head)
    await scene.attacker.write_head(head)

    assert "heads.base.cli" in await scene.refused("WrongAddressee")
    await scene.unchanged()


async def test_a_head_signed_by_an_unknown_key(scene: Scene) -> None:
    user, account = KeyPair.generate(KeyKind.USER), KeyPair.generate(KeyKind.ACCOUNT)
    control = shared_realm().keys("base").control.public
    for signer in (
        Signer(user, "", "base"),
        Signer(user, publisher().signer.token, "base"),
        Signer(user, user_token(account, control, user.public, "me", expires=None), "base"),
        Realm.generate().signer("base", Tier.PUBLISHER),
    ):
        await scene.attacker.write_head(await scene.attacker.evil_head(signer))
        await scene.refused("UnknownSigner")
    await scene.unchanged()


@pytest.mark.parametrize("tier", [Tier.MASTER, Tier.OPERATOR])
async def test_a_head_signed_by_somebody_who_may_not(scene: Scene, tier: Tier) -> None:
    signer = shared_realm().signer("base", tier)
    await scene.attacker.write_head(await scene.attacker.evil_head(signer))

    await scene.refused("WrongTier")
    await scene.unchanged()


async def test_a_head_signed_by_a_revoked_key(scene: Scene) -> None:
    realm = shared_realm()
    leaver = realm.signer("base", Tier.PUBLISHER, "leaver")
    revoked = {leaver.key.public: int(time.time()), publisher().signer.key.public: 1}
    await scene.attacker.write_bundle(realm.bundle("base", serial=2, revoked=revoked))
    await until("the bundle is taken", lambda: scene.serial == 2)
    await scene.attacker.write_head(await scene.attacker.evil_head(leaver))

    assert "leaver" in await scene.refused("RevokedSigner")
    # What the other revoked one had signed was applied before, and goes on.
    await scene.unchanged()


@pytest.mark.parametrize("ago", [0.0, 7200.0], ids=["now", "backdated"])
async def test_a_head_signed_by_an_expired_key(scene: Scene, ago: float) -> None:
    keys = shared_realm().keys("base")
    user, now = KeyPair.generate(KeyKind.USER), time.time()
    signing, account = keys.signing[Tier.PUBLISHER], keys.control.public
    over, since = now - 3600, now - 9000
    token = user_token(signing, account, user.public, "late", expires=over, now=since)
    head = Head(revision=2, manifest="0" * 64, created=1)
    envelope = Signer(user, token, "base").sign("heads.base.cli", head.encode(), now=now - ago)
    await scene.attacker.write_head(envelope)

    await scene.refused("ExpiredSigner")
    await scene.unchanged()


async def test_a_truncated_head(scene: Scene) -> None:
    head = await scene.attacker.read(HEADS, "base.cli")
    await scene.attacker.write_head(head[:-20])

    await scene.refused("InvalidToken")
    await scene.unchanged()


async def test_a_truncated_manifest_or_blob(scene: Scene) -> None:
    manifest = await scene.attacker.stage(TWO)
    head = await scene.attacker.head_of(manifest)
    await scene.attacker.write(BLOBS, digest_of(manifest), manifest[:-20])
    await scene.attacker.write_head(head)
    await scene.refused("InvalidHead")

    await scene.attacker.write(BLOBS, BLOB, b"tw")
    await scene.attacker.write(BLOBS, digest_of(manifest), manifest)
    await scene.refused("CorruptBlob")
    await scene.unchanged()


def _twice(manifest: bytes) -> bytes:
    start, digest = b'{"files":{', digest_of(b"evil\n").encode()
    return manifest.replace(start, start + b'"states/conf":{"digest":"' + digest + b'","size":5},')


def _outside(manifest: bytes) -> bytes:
    return manifest.replace(b'"states/conf"', b'"../../../etc/cron.d/evil"')


@pytest.mark.parametrize("change", [_twice, _outside], ids=["duplicate-path", "path-traversal"])
async def test_a_manifest_that_must_not_be(scene: Scene, change: Callable[[bytes], bytes]) -> None:
    manifest = change(await scene.attacker.stage({"states/conf": "evil\n"}))
    json.loads(manifest)  # it can be read well
    await scene.attacker.write_head(await scene.attacker.head_of(manifest))

    await scene.refused("InvalidHead")
    await scene.unchanged()
    assert not (scene.peel.root / "etc").exists()


async def test_an_unsigned_head(scene: Scene) -> None:
    for unsigned in (
        Head(revision=2, manifest="0" * 64, created=1).encode(),
        edited(await scene.attacker.read(HEADS, "base.cli"), signature=""),
    ):
        await scene.attacker.write_head(unsigned)
        await scene.refused("Unsigned")
    await scene.unchanged()


async def test_a_forged_counter(scene: Scene) -> None:
    stored = await scene.attacker.read(HEADS, "base.cli")
    counted_on = json.dumps({**json.loads(payload(stored)), "revision": 99})
    await scene.attacker.write_head(edited(stored, payload=counted_on))
    await scene.refused("BadSignature")

    # Two genuine heads of one revision, as a server makes them that has lost the first.
    other = Head(revision=1, manifest="0" * 64, created=1)
    await scene.attacker.write_head(publisher().signer.sign("heads.base.cli", other.encode()))
    assert "without counting up" in await scene.refused("StaleRevision")
    await scene.unchanged()


async def test_a_frozen_mirror(scene: Scene, make_peel: MakePeel, server: EmbeddedServer) -> None:
    frozen = await scene.attacker.read(HEADS, "base.cli")
    scene.peel.agent.stop()
    await until("stopped", lambda: not scene.peel.agent.bus.connected)
    await scene.push({**TWO})
    fresh = Fresh(at=time.time(), heads={"base.cli": 2})
    master = shared_realm().signer("base", Tier.MASTER)
    await scene.attacker.write(TRUST, "fresh", master.sign("trust.fresh", fresh.encode()))
    await scene.attacker.write(HEADS, "base.cli", frozen)

    async with make_peel(server.url, bus_resync=1).running() as peel:
        again = replace(scene, peel=peel)
        assert "vouches for 2" in await again.refused("FrozenMirror")
        await again.unchanged()
    # Also when the mirror forgets what the master said, and the peel is started anew.
    await scene.attacker.drop(TRUST, "fresh")
    async with make_peel(server.url, bus_resync=1).running() as peel:
        again = replace(scene, peel=peel)
        assert "from revision 2 to 1" in await again.refused("StaleRevision")
        await again.unchanged()


async def test_a_changed_chunk_of_a_large_file(scene: Scene) -> None:
    large = "a" * CHUNK_SIZE + "b" * CHUNK_SIZE + "c"
    chunk = digest_of(b"b" * CHUNK_SIZE)
    await scene.attacker.stage({"states/conf": large})
    await scene.attacker.write(BLOBS, chunk, b"e" * CHUNK_SIZE)
    await scene.push({"states/conf": large})

    async def failed() -> str:
        status = await status_of(scene.bus)
        return status.failures[0].comment if status and status.failures else ""

    await until("failed", failed)
    assert chunk[:12] in await failed()
    assert scene.conf.read_text() == "one\n"

    await scene.attacker.write(BLOBS, chunk, b"b" * CHUNK_SIZE)
    await until("mended", lambda: scene.conf.read_text() == large)
