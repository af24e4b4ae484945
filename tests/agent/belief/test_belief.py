"""What a peel believes of the trust bundle, the masters' word and its own record."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from support.attack import Scene
from support.peel import MakePeel, applied, until
from support.trusted import shared_realm
from zester.bus.buckets import NODES, TRUST
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.fresh import Fresh
from zester.resources.nodes.node_record import NodeRecord
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


def word(at: float, **heads: int) -> bytes:
    said = Fresh(at=at, heads={f"base.{name}": revision for name, revision in heads.items()})
    return shared_realm().signer("base", Tier.MASTER).sign("trust.fresh", said.encode())


def record(scene: Scene, revision: int, node: str = "web-01", **labels: str) -> NodeRecord:
    key = KeyPair.generate(KeyKind.USER).public
    return NodeRecord(
        revision=revision, id=node, env="base", key=key, labels=labels, updated=int(time.time())
    )


async def test_bundles_that_must_not_be_believed(scene: Scene) -> None:
    realm = shared_realm()
    await scene.attacker.write_bundle(realm.bundle("base", serial=3))
    await until("taken", lambda: scene.serial == 3)

    for bundle, reason in (
        (realm.bundle("base", serial=2), "StaleRevision"),
        (realm.bundle("base", serial=3, revoked={"U": 1}), "StaleRevision"),
        (Realm.generate().bundle("base", serial=9), "UnknownSigner"),
        (b'{"serial": 9}', "Unsigned"),
        (realm.bundle("base", serial=9)[:-9], "InvalidToken"),
        (realm.signer("base", Tier.MASTER).sign("trust.bundle", b"{}"), "InvalidToken"),
    ):
        await scene.attacker.write_bundle(bundle)
        await scene.refused(reason, "Untrusted")
        assert scene.serial == 3
        assert scene.peel.metrics.trust_refused.value(document="trust_bundle", reason=reason) >= 1
    await scene.unchanged()
    ready = await scene.condition("Ready")
    assert ready is not None
    assert ready.status == "True"

    await scene.attacker.write_bundle(realm.bundle("base", serial=4))
    await until("taken", lambda: scene.serial == 4)


async def test_a_bundle_counts_on_over_a_restart_without_the_bus(
    scene: Scene, make_peel: MakePeel, server: EmbeddedServer
) -> None:
    await scene.attacker.write_bundle(shared_realm().bundle("base", serial=5))
    await until("taken", lambda: scene.serial == 5)
    scene.peel.agent.stop()
    await until("stopped", lambda: not scene.peel.agent.bus.connected)
    await server.stop()

    async with make_peel(server.url).running() as peel:
        again = replace(scene, peel=peel)
        await until("believed", lambda: again.serial == 5)


async def test_when_nobody_vouches_for_an_hour_it_is_told_and_no_outage(
    scene: Scene, make_peel: MakePeel, server: EmbeddedServer
) -> None:
    await scene.attacker.write(TRUST, "fresh", word(time.time() - 3700, cli=1))
    assert "no master vouches since" in await scene.refused("NobodyVouches", "Stale")
    await scene.push({"states/conf": "two\n"})
    await until("applied", lambda: applied(scene.bus, 2))
    ready = await scene.condition("Ready")
    assert ready is not None
    assert ready.status == "True"

    await scene.attacker.write(TRUST, "fresh", word(time.time(), cli=2))

    async def quiet() -> bool:
        return await scene.condition("Stale") is None

    await until("fresh again", quiet)


async def test_an_older_word_of_the_masters_is_passed_over(scene: Scene) -> None:
    now = time.time()
    await scene.attacker.write(TRUST, "fresh", word(now - 10, cli=1))
    belief = scene.peel.agent.belief
    await until("heard", lambda: belief.vouched("base") == {"cli": 1})
    await scene.attacker.write(TRUST, "fresh", word(now - 7200))
    await belief.read(scene.peel.agent.bus)

    assert belief.vouched("base") == {"cli": 1}
    assert belief.stale_since(now) is None
    assert belief.stale_since(now + 3700) == pytest.approx(now - 10, abs=1)


@pytest.mark.parametrize("tier", [Tier.PUBLISHER, Tier.OPERATOR])
async def test_only_masters_vouch(scene: Scene, tier: Tier) -> None:
    said = Fresh(at=time.time(), heads={"base.cli": 9}).encode()
    forged = shared_realm().signer("base", tier).sign("trust.fresh", said)
    await scene.attacker.write(TRUST, "fresh", forged)

    await scene.refused("WrongTier", "Untrusted")
    await scene.unchanged()


async def test_a_record_of_a_node_is_kept_and_never_goes_back(
    scene: Scene, make_peel: MakePeel, server: EmbeddedServer
) -> None:
    master = shared_realm().signer("base", Tier.MASTER)
    belief = scene.peel.agent.belief
    older = master.sign("nodes.web-01", record(scene, 1, role="web").encode())
    newer = master.sign("nodes.web-01", record(scene, 2, role="db").encode())
    await scene.attacker.write(NODES, "web-01", older)
    await until("labelled", lambda: belief.labels == {"role": "web"})
    await scene.attacker.write(NODES, "web-01", newer)
    await until("labelled", lambda: belief.labels == {"role": "db"})

    await scene.attacker.write(NODES, "web-01", older)
    await scene.refused("StaleRevision", "Untrusted")
    other = master.sign("nodes.web-02", record(scene, 3, node="web-02").encode())
    await scene.attacker.write(NODES, "web-01", other)
    await scene.refused("WrongAddressee", "Untrusted")
    within = master.sign("nodes.web-01", record(scene, 3, node="web-02").encode())
    await scene.attacker.write(NODES, "web-01", within)
    assert "web-02" in await scene.refused("WrongAddressee", "Untrusted")
    await scene.attacker.drop(NODES, "web-01")
    scene.peel.agent.stop()
    await until("stopped", lambda: not scene.peel.agent.bus.connected)
    await server.stop()

    async with make_peel(server.url).running() as peel:
        await until("labelled", lambda: peel.agent.belief.labels == {"role": "db"})


async def test_a_resync_of_the_same_bytes_judges_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = shared_realm().signer("base", Tier.MASTER)
    await scene.attacker.write(TRUST, "fresh", word(time.time(), cli=1))
    signed = master.sign("nodes.web-01", record(scene, 1, role="web").encode())
    await scene.attacker.write(NODES, "web-01", signed)
    agent = scene.peel.agent
    await until("all is known", lambda: agent.belief.labels and agent.belief.vouched("base"))

    def judged(*_: object) -> bool:
        raise AssertionError("a signature was verified again")

    monkeypatch.setattr("zester.trust.envelope.verify", judged)
    monkeypatch.setattr("zester.trust.tokens.verify", judged)
    await agent.belief.read(agent.bus)
    synced = await agent._follower._desired.sync(agent.bus)
    assert not agent.belief.problems
    assert not synced.problems
