"""Tokens are renewed in time, and a peel that was away finds its way back by itself."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from support.enrolling import admitting, ask_once, machine, operating, realm_of
from support.peel import until
from support.trusted import ENV, bus_as
from zester.bus.buckets import NODES, TRUST
from zester.bus.keys import escape_token, make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.reconcile.clock import SystemClock
from zester.trust.certificates import make_authority
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester.trust.tokens import read_token
from zester_controller.enrollment.rules import Rules
from zester_peel.agent.identity import identity as files
from zester_peel.agent.identity.documents import Passes
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.login import PeelLogin
from zester_peel.agent.identity.renewal import Renewal

pytestmark = pytest.mark.anyio

ALL = Rules(ENV, policy="all")
SHORT = Rules(ENV, policy="all", lifetime=6.0)


class Running:
    """A peel's connection and its renewal."""

    def __init__(self, bus: Bus, renewal: Renewal, identity: Identity) -> None:
        self.bus = bus
        self.renewal = renewal
        self.identity = identity
        self.connections = 0
        self.changes = 0

    async def comes_in(self) -> None:
        await until("it is in", lambda: self.bus.connected)

    async def reads(self) -> bool:
        await Records(self.bus, NODES).get(make_key(self.identity.id))
        return True


class SlowClock(SystemClock):
    """A machine whose clock is wrong by so many seconds."""

    def __init__(self, wrong: float) -> None:
        self.wrong = wrong

    def wall(self) -> float:
        return time.time() + self.wrong


@asynccontextmanager
async def living(
    server: EmbeddedServer, identity: Identity, *, wrong: float = 0.0
) -> AsyncIterator[Running]:
    bus = Bus([server.url], name="peel", login=PeelLogin(identity))
    running: Running

    def changed() -> None:
        running.changes += 1

    renewal = Renewal(identity, bus, [server.url], SlowClock(wrong), changed=changed)
    running = Running(bus, renewal, identity)

    def connected() -> None:
        running.connections += 1

    bus.on_connect(connected)
    async with anyio.create_task_group() as tasks:
        await tasks.start(bus.supervise)
        tasks.start_soon(renewal.run)
        yield running
        tasks.cancel_scope.cancel()


def expired(realm: Realm, identity: Identity, *, entry: float = 3600.0) -> None:
    """Make the tokens ones whose time is over."""
    name, key = escape_token(identity.id), identity.key
    peel = realm.issue(ENV, Tier.PEEL, name, key=key, lifetime=-60).token
    again = realm.issue(ENV, Tier.BOOTSTRAP, name, key=key, lifetime=entry).token
    identity.keep_passes(Passes(peel=peel, entry=again))


def left(identity: Identity) -> float:
    assert identity.passes is not None
    return (read_token(identity.passes.peel).expires or 0) - time.time()


async def test_tokens_are_renewed_over_and_over_and_the_peel_is_never_shut_out(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, SHORT) as master:
        await ask_once(trusted_server, web)
        seen: set[str] = set()
        async with living(trusted_server, web) as peel:
            with anyio.fail_after(60):
                while len(seen) < 4:
                    assert left(web) > 0
                    assert web.passes is not None
                    seen.add(web.passes.peel)
                    await anyio.sleep(0.1)
            assert peel.renewal.trouble() is None
        assert master.metrics.enrollment_answers.value() <= 8
        assert Identity.load(tmp_path / "web-01").passes == web.passes


async def test_a_peel_that_was_away_for_days_comes_back_with_its_second_token(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, ALL):
        await ask_once(trusted_server, web)
        expired(realm_of(trusted_server), web)

        async with living(trusted_server, web) as peel:
            await until("it is in again", lambda: peel.bus.connected)

            assert left(web) > 3600
            assert await peel.reads()


async def test_a_peel_with_nothing_but_its_key_comes_back_as_a_guest(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, ALL):
        await ask_once(trusted_server, web)
        for lose in ("both are over", "damaged"):
            if lose == "damaged":
                (web.folder / "tokens.json").write_bytes(b"{")
                web = Identity.load(tmp_path / "web-01")
                assert web.passes is None
            else:
                expired(realm_of(trusted_server), web, entry=-60.0)
            async with living(trusted_server, web) as peel:
                await peel.comes_in()


@pytest.mark.parametrize("wrong", [-600.0, 600.0])
async def test_a_clock_that_is_ten_minutes_wrong_shuts_nobody_out(
    trusted_server: EmbeddedServer, tmp_path: Path, wrong: float
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, ALL) as master:
        await ask_once(trusted_server, web)
        async with living(trusted_server, web, wrong=wrong) as peel:
            await until("it is in", lambda: peel.bus.connected)
            assert peel.renewal.trouble() is None
        assert master.metrics.enrollment_answers.value() == 1
        expired(realm_of(trusted_server), web)
        async with living(trusted_server, web, wrong=wrong) as peel:
            await until("it is in again", lambda: peel.bus.connected)


async def test_without_a_master_a_peel_keeps_its_connection_and_asks_again_later(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, Rules(ENV, policy="all", lifetime=12.0)):
        await ask_once(trusted_server, web)
    async with living(trusted_server, web) as peel:
        await until("it is in", lambda: peel.bus.connected)
        await until("it asked in vain", lambda: peel.changes)
        assert peel.renewal.trouble() is None  # there is still time
        assert peel.bus.connected
        await until("it tells", lambda: peel.renewal.trouble() is not None)
        trouble = peel.renewal.trouble()
        assert trouble is not None
        assert trouble.reason == "NoAnswer"

        async with admitting(trusted_server, ALL):
            await until("it has new tokens", lambda: left(web) > 3600, timeout=40)
            await until("nothing is wrong", lambda: peel.renewal.trouble() is None)


async def test_after_its_grace_a_peel_waits_for_an_operator_and_says_so(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    gone = int(time.time()) - 40 * 86_400
    async with admitting(trusted_server, ALL), operating(trusted_server) as operator:
        await ask_once(trusted_server, web)
        await operator.change(decided=gone, renewed=gone)
        expired(realm_of(trusted_server), web, entry=-60.0)
        async with living(trusted_server, web) as peel:
            await until("it tells", lambda: peel.renewal.trouble() is not None)
            trouble = peel.renewal.trouble()
            assert trouble is not None
            assert trouble.reason == "AwayTooLong"
            assert not peel.bus.connected

            await operator.accept()
            await until("it is in again", lambda: peel.bus.connected, timeout=40)


async def test_a_revoked_peel_says_so_and_never_gets_in(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, ALL), operating(trusted_server) as operator:
        await ask_once(trusted_server, web)
        async with living(trusted_server, web) as peel:
            await until("it is in", lambda: peel.bus.connected)
            await operator.revoke()
            await until("it tells", lambda: peel.renewal.trouble() is not None)
            trouble = peel.renewal.trouble()
            assert trouble is not None
            assert trouble.reason == "Revoked"
            assert not peel.bus.connected


async def test_with_a_full_disk_the_new_tokens_are_used_and_written_later(
    trusted_server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = machine(tmp_path, trusted_server)

    def full(path: Path, data: str | bytes) -> None:
        raise OSError(28, "No space left on device")

    async with admitting(trusted_server, ALL):
        await ask_once(trusted_server, web)
        expired(realm_of(trusted_server), web)
        with monkeypatch.context() as patch:
            patch.setattr(files, "write_private", full)
            async with living(trusted_server, web) as peel:
                await until("it is in again", lambda: peel.bus.connected)
                trouble = peel.renewal.trouble()
                assert trouble is not None
                assert trouble.reason == "NotKept"
                assert "No space left" in trouble.message
        async with living(trusted_server, web) as peel:
            await until("it is written", lambda: peel.renewal.trouble() is None)
        assert left(Identity.load(tmp_path / "web-01")) > 3600


async def test_a_peel_that_missed_a_new_authority_hears_of_it_from_the_master(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    realm = realm_of(trusted_server)
    async with admitting(trusted_server, ALL):
        await ask_once(trusted_server, web)
    moved = Realm(
        realm.operator_public,
        realm.operator,
        realm.signing,
        realm.system,
        (make_authority("another"),),
        realm.environments,
    )
    trusted_server.write_certificate(moved)
    await trusted_server.stop()
    trusted_server.realm = moved
    await trusted_server.start()
    async with bus_as(trusted_server, Tier.MASTER, "m") as bus:
        await Records(bus, TRUST).put("bundle", moved.bundle(ENV, serial=2))
    async with admitting(trusted_server, ALL), living(trusted_server, web) as peel:
        await peel.comes_in()
    assert web.authorities() == moved.authority_certificates
    assert Identity.load(tmp_path / "web-01").authorities() == moved.authority_certificates
