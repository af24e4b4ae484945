"""A peel that is suspended, observes, or waits for its window: real server, real files."""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio
import pytest

from support.peel import MakePeel, Peel, Push, applied, status_of, until
from support.trusted import shared_realm
from zester.bus.buckets import MAINTENANCE
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.maintenance.records import Change, MaintenanceWriter, read_maintenance
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.maintenance.maintenance import Maintenance, ModeChoice, Suspension
from zester.resources.maintenance.window import Window
from zester.resources.nodes.status import ConditionType
from zester.trust.bundle import read_bundle
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

pytestmark = pytest.mark.anyio

TREE: dict[str, str | None] = {
    "states/top.zy": "base:\n  '*':\n    - web\n",
    "states/web.zy": "/conf:\n  file.managed:\n    - contents: one\n"
    "once:\n  cmd.run:\n    - name: echo ran >> ran\n    - cwd: CWD\n",
}


def tree(peel: Peel, text: str = "one") -> dict[str, str | None]:
    states = str(TREE["states/web.zy"]).replace("one", text, 1).replace("CWD", "/")
    return {**TREE, "states/web.zy": states}


def writer(bus: Bus, name: str = "alice") -> MaintenanceWriter:
    realm = shared_realm()
    signer = realm.signer("base", Tier.OPERATOR, name)
    return MaintenanceWriter(bus, signer, realm.verifier("base"))


async def say(bus: Bus, **fields: object) -> None:
    def change(said: Maintenance) -> Maintenance:
        return said.model_copy(update=fields)

    result = await writer(bus).change(["web-01"], change)
    assert not result.failed


def suspension(seconds: float | None = None, reason: str = "disk swap") -> Suspension:
    now = int(time.time())
    end = int(time.time() + seconds) if seconds else None
    return Suspension(reason=reason, by="alice", since=now, until=end)


def observe() -> ModeChoice:
    return ModeChoice(mode="observe", by="alice", since=int(time.time()))


def window(schedule: str) -> tuple[Window, ...]:
    return (Window(name="night", schedule=schedule, duration=60),)


CLOSED = window("0 0 1 1 *")
OPEN = window("* * * * *")


async def has(bus: Bus, kind: ConditionType, text: str = "") -> bool:
    status = await status_of(bus)
    found = status.condition(kind) if status else None
    return found is not None and text in f"{found.reason}: {found.message}"


async def lacks(bus: Bus, kind: ConditionType) -> bool:
    return not await has(bus, kind)


def ran(peel: Peel) -> int:
    file = peel.root / "ran"
    return len(file.read_text().splitlines()) if file.exists() else 0


async def test_a_suspended_peel_touches_nothing_and_catches_up_when_it_resumes(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(tree(peel))
        await until("applied", lambda: applied(bus, 1))
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
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(tree(peel))
        await until("applied", lambda: applied(bus, 1))
        await say(bus, suspension=suspension(3))
        await until("suspended", lambda: has(bus, "Suspended"))
        (peel.root / "conf").write_text("by hand\n")
        await until("restored", lambda: (peel.root / "conf").read_text() == "one\n")
        await until("told", lambda: lacks(bus, "Suspended"))
        assert ran(peel) == 1, "a command is not run again because of a suspension"


async def test_a_suspension_survives_a_restart_without_the_bus(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(tree(peel))
        await until("applied", lambda: applied(bus, 1))
        await say(bus, suspension=suspension())
        await until("suspended", lambda: has(bus, "Suspended"))
    await server.stop()
    conf = peel.root / "conf"
    conf.write_text("by hand\n")
    async with make_peel(server.url).running() as peel:
        await until("known", lambda: peel.agent.policy.suspended)
        await anyio.sleep(1.5)
        assert conf.read_text() == "by hand\n"
    await server.start()
    async with make_peel(server.url).running() as peel:
        await until("connected", lambda: peel.agent.bus.connected and bus.connected)
        assert conf.read_text() == "by hand\n"
        await say(bus, suspension=None)
        await until("restored", lambda: conf.read_text() == "one\n")
        assert ran(peel) == 1, "what was finished before is no news"


async def test_who_was_suspended_while_away_does_nothing_first(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(tree(peel))
        await until("applied", lambda: applied(bus, 1))
    await say(bus, suspension=suspension())
    (peel.root / "conf").write_text("by hand\n")
    async with make_peel(server.url).running() as peel:
        await until("suspended", lambda: has(bus, "Suspended"))
        await anyio.sleep(0.3)
        assert (peel.root / "conf").read_text() == "by hand\n"


async def test_what_observes_tells_drift_and_news_and_makes_neither(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(tree(peel))
        await until("applied", lambda: applied(bus, 1))
        await say(bus, choice=observe())
        await until("observing", lambda: has(bus, "Observing", "set by alice"))
        conf = peel.root / "conf"
        conf.write_text("by hand\n")
        await until("told", lambda: has(bus, "Drifted", "NotEnforced: differs and is left alone"))
        conf.write_text("one\n")
        await until("right again", lambda: lacks(bus, "Drifted"))

        await push(tree(peel, "two"))
        await until("told", lambda: has(bus, "Drifted", "Pending"))
        status = await status_of(bus)
        assert status is not None
        assert status.applied == {"cli": 1}
        assert (status.counts.drifted, status.corrected, ran(peel)) == (2, 0, 1)
        assert conf.read_text() == "one\n"

        await say(bus, choice=None)
        await until("applied", lambda: applied(bus, 2))
        assert (conf.read_text(), ran(peel)) == ("two\n", 2)
        await until("right again", lambda: lacks(bus, "Drifted"))
        await until("told", lambda: lacks(bus, "Observing"))


async def test_outside_of_its_window_a_peel_waits_also_over_a_restart(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    await say(bus, windows=CLOSED)
    async with make_peel(server.url).running() as peel:
        await push(tree(peel))
        await until("told", lambda: has(bus, "Drifted", "Pending"))
        assert await has(bus, "Observing", "OutsideWindow: changes are made from")
    async with make_peel(server.url).running() as peel:
        await until("told", lambda: has(bus, "Drifted", "Pending"))
        assert not (peel.root / "conf").exists()
        await say(bus, windows=OPEN)
        await until("applied", lambda: applied(bus, 1))
        assert ((peel.root / "conf").read_text(), ran(peel)) == ("one\n", 1)


@pytest.mark.parametrize("where", ["tree", "state"])
async def test_a_tree_and_a_state_can_ask_to_be_observed(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push, where: str
) -> None:
    async with make_peel(server.url).running() as peel:
        files = tree(peel)
        states = str(files["states/web.zy"])
        watcher = "look:\n  cmd.run:\n    - name: echo fired > fired\n    - cwd: CWD\n"
        watcher = watcher.replace("CWD", "/") + "    - onchanges:\n      - file: /conf\n"
        files["states/web.zy"] = states + watcher
        if where == "tree":
            await push({**files, "zester.yaml": "mode: observe\n"})
        else:
            option = states.replace("contents: one", "contents: one\n    - observe: true")
            await push({**files, "states/web.zy": option + watcher})
        await until("told", lambda: has(bus, "Drifted", "/conf"))
        assert not (peel.root / "conf").exists()
        assert not (peel.root / "fired").exists(), "a change that was not made fires nothing"
        assert ran(peel) == (1 if where == "state" else 0)
        await push({**files, "zester.yaml": "mode: enforce\n"})
        await until("applied", lambda: applied(bus, 2))
        assert (peel.root / "conf").read_text() == "one\n"
        assert (peel.root / "fired").exists()


async def test_a_suspension_in_the_middle_of_a_run_lets_no_other_state_begin(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url, concurrency=1).running() as peel:
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
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    realm, records = shared_realm(), Records(bus, MAINTENANCE)
    key, place = make_key("web-01"), "maintenance.web-01"
    async with make_peel(server.url).running() as peel:
        await push(tree(peel))
        await until("applied", lambda: applied(bus, 1))
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


def told(bus: Bus, reason: str) -> Callable[[], object]:
    return lambda: has(bus, "Untrusted", reason)


async def test_two_writers_lose_nothing_and_a_thousand_are_quick(bus: Bus) -> None:
    nodes = [f"peel-{number:04}" for number in range(1000)]

    def suspend(said: Maintenance) -> Maintenance:
        return said.model_copy(update={"suspension": suspension()})

    def windows(said: Maintenance) -> Maintenance:
        return said.model_copy(update={"windows": OPEN})

    results = []

    async def write(name: str, change: Change, among: list[str]) -> None:
        results.append(await writer(bus, name).change(among, change))

    began = time.monotonic()
    await write("alice", suspend, nodes)
    took = time.monotonic() - began
    assert len(results[0].done) == 1000
    assert took < 5, took
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write, "bob", windows, nodes[:300])
        tasks.start_soon(write, "carol", suspend, nodes[:300])
    assert not any(result.failed for result in results)
    found = await read_maintenance(bus, shared_realm().verifier("base"), nodes)
    assert all(said.value and said.value.suspension for said in found.values())
    assert all(
        said.value and said.value.windows for node, said in found.items() if node < "peel-0300"
    )


async def test_what_cannot_be_stored_is_told_by_name(bus: Bus) -> None:
    def change(said: Maintenance) -> Maintenance:
        reason = "x" if said.id != "b" else "y" * 2_000_000
        # As a hostile caller would: the model is not asked.
        pause = suspension().model_copy(update={"reason": reason})
        return said.model_copy(update={"suspension": pause})

    result = await writer(bus).change(["a", "b", "c"], change)
    assert sorted(result.done) == ["a", "c"]
    assert list(result.failed) == ["b"]


async def test_what_a_revoked_operator_said_is_replaced_above_its_revision(bus: Bus) -> None:
    def change(said: Maintenance) -> Maintenance:
        return said.model_copy(update={"suspension": suspension()})

    realm = shared_realm()
    mallory = realm.signer("base", Tier.OPERATOR, "mallory")
    first = MaintenanceWriter(bus, mallory, realm.verifier("base"))
    await first.change(["web-01"], change)
    revoked = {mallory.key.public: int(time.time())}
    bundle = read_bundle(
        realm.bundle("base", serial=2, revoked=revoked), operator=realm.operator_public, env="base"
    )
    verifier = Verifier(bundle)
    signer = realm.signer("base", Tier.OPERATOR, "alice")

    def resume(said: Maintenance) -> Maintenance:
        return said.model_copy(update={"suspension": None})

    result = await MaintenanceWriter(bus, signer, verifier).change(["web-01"], resume)
    assert (result.done, list(result.replaced)) == (["web-01"], ["web-01"])
    found = (await read_maintenance(bus, verifier, ["web-01"]))["web-01"]
    assert found.value is not None
    assert (found.value.revision, found.value.suspension, found.signer) == (2, None, "alice")
