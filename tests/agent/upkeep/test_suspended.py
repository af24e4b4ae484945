"""A peel that is suspended, and whom it believes: real server, real files."""

from __future__ import annotations

import anyio
import pytest

from support.machines.maintained import TREE, Running, has, lacks, ran, say, suspension, told, tree
from support.peel import Push, applied, status_of, until
from support.trusted import shared_realm
from zester.bus.buckets import MAINTENANCE
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.maintenance.maintenance import Maintenance
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


async def test_a_suspended_peel_touches_nothing_and_catches_up_when_it_resumes(
    bus: Bus, settled: Running, push: Push
) -> None:
    async with settled() as peel:
        await say(bus, suspension=suspension())
        await until("suspended", lambda: has(bus, "Suspended", "disk swap (by alice"))
        conf = peel.root / "conf"
        conf.write_text("by hand\n")
        await push(tree(peel, "two"))
        await until("seen", lambda: observed(bus, 2))
        await anyio.sleep(0.5)
        status = await status_of(bus)
        assert status is not None
        assert (conf.read_text(), status.applied) == ("by hand\n", {"cli": 1})
        ready = status.condition("Ready")
        assert ready is not None
        assert (ready.status, ready.reason) == ("Unknown", "Suspended")

        await say(bus, suspension=None)
        await until("applied", lambda: applied(bus, 2))
        assert conf.read_text() == "two\n"
        assert ran(peel) == 2
        await until("told", lambda: lacks(bus, "Suspended"))


async def observed(bus: Bus, revision: int) -> bool:
    status = await status_of(bus)
    return status is not None and status.observed.get("cli") == revision


async def test_a_suspension_ends_by_itself_and_drift_of_meanwhile_is_put_right(
    bus: Bus, settled: Running
) -> None:
    async with settled() as peel:
        await say(bus, suspension=suspension(3))
        await until("suspended", lambda: has(bus, "Suspended"))
        (peel.root / "conf").write_text("by hand\n")
        await until("restored", lambda: (peel.root / "conf").read_text() == "one\n")
        await until("told", lambda: lacks(bus, "Suspended"))
        assert ran(peel) == 1, "a command is not run again because of a suspension"


async def test_a_suspension_survives_a_restart_without_the_bus(
    bus: Bus, server: EmbeddedServer, running: Running, settled: Running
) -> None:
    async with settled() as peel:
        await say(bus, suspension=suspension())
        await until("suspended", lambda: has(bus, "Suspended"))
    await server.stop()
    conf = peel.root / "conf"
    conf.write_text("by hand\n")
    async with running() as peel:
        await until("known", lambda: peel.agent.policy.suspended)
        await anyio.sleep(1.5)
        assert conf.read_text() == "by hand\n"
    await server.start()
    async with running() as peel:
        await until("connected", lambda: peel.agent.bus.connected and bus.connected)
        assert conf.read_text() == "by hand\n"
        await say(bus, suspension=None)
        await until("restored", lambda: conf.read_text() == "one\n")
        assert ran(peel) == 1, "what was finished before is no news"


async def test_who_was_suspended_while_away_does_nothing_first(
    bus: Bus, running: Running, settled: Running
) -> None:
    async with settled() as peel:
        conf = peel.root / "conf"
    await say(bus, suspension=suspension())
    conf.write_text("by hand\n")
    async with running():
        await until("suspended", lambda: has(bus, "Suspended"))
        await anyio.sleep(0.3)
        assert conf.read_text() == "by hand\n"


async def test_a_suspension_in_the_middle_of_a_run_lets_no_other_state_begin(
    bus: Bus, running: Running, push: Push
) -> None:
    async with running(concurrency=1) as peel:
        slow = "slow:\n  cmd.run:\n    - name: touch begun; while [ ! -e go ]; do sleep 0.02; done"
        states = f"{slow}\n    - cwd: /\nafter:\n  cmd.run:\n    - name: touch after\n"
        states += "    - cwd: /\n    - require:\n      - cmd: slow\n"
        await push({**TREE, "states/web.zy": states})
        await until("begun", lambda: (peel.root / "begun").exists())
        await say(bus, suspension=suspension())
        await until("told in the middle of it", lambda: has(bus, "Suspended"))
        (peel.root / "go").touch()
        await until("run ended", lambda: peel.agent.converger.running is None)
        await anyio.sleep(0.3)
        assert not (peel.root / "after").exists()
        assert not await applied(bus, 1)
        await say(bus, suspension=None)
        await until("applied", lambda: applied(bus, 1))
        assert (peel.root / "after").exists()


async def test_only_operators_and_masters_are_believed_and_nothing_old(
    bus: Bus, settled: Running
) -> None:
    realm, records = shared_realm(), Records(bus, MAINTENANCE)
    key, place = make_key("web-01"), "maintenance.web-01"
    async with settled() as peel:
        value = Maintenance(revision=9, id="web-01", env="base", suspension=suspension(), updated=1)
        publisher = realm.signer("base", Tier.PUBLISHER)
        operator = realm.signer("base", Tier.OPERATOR)
        other = value.model_copy(update={"id": "web-02"})
        for data, reason in (
            (publisher.sign(place, value.encode()), "WrongTier"),
            (operator.sign("maintenance.web-02", value.encode()), "WrongAddressee"),
            (operator.sign(place, other.encode()), "WrongAddressee"),
            (value.encode(), "Unsigned"),
            (b"\xff" * 1000, "InvalidToken"),
            (operator.sign(place, b'{"revision":1}'), "InvalidDocument"),
        ):
            await records.put(key, data)
            await until(reason, told(bus, reason))
            assert not peel.agent.policy.suspended
        await records.put(key, operator.sign(place, value.encode()))
        await until("suspended", lambda: has(bus, "Suspended"))
        older = Maintenance(revision=8, id="web-01", env="base", updated=1)
        await records.put(key, operator.sign(place, older.encode()))
        await until("refused", told(bus, "StaleRevision"))
        assert peel.agent.policy.suspended
