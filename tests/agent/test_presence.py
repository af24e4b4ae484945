"""Two peels with one identity are noticed, one peel alone is never taken for two."""

from __future__ import annotations

import shutil
from pathlib import Path

import anyio
import pytest

from support.peel import MakePeel, Peel, status_of, until
from support.trusted import enrolled
from zester.bus.buckets import LEASES
from zester.bus.fleet import read_fleet, read_stopped
from zester.bus.link.connection import Bus, open_bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.reporting.presence import FOREIGN, WINDOW, Presence
from zester_peel.settings import PeelSettings

pytestmark = pytest.mark.anyio

TTL = 30.0


def presence(bus: Bus, told: list[bool] | None = None) -> Presence:
    made = Presence(
        bus,
        "web-01",
        ttl=TTL,
        changed=lambda: told.append(made.duplicated) if told is not None else None,
    )
    return made


async def test_two_instances_see_each_other_and_one_that_is_left_stops_saying_so(bus: Bus) -> None:
    told: list[bool] = []
    one, two = presence(bus, told), presence(bus)
    for _ in range(FOREIGN + 1):
        await one.renew()
        await two.renew()
    assert one.duplicated
    assert two.duplicated
    for _ in range(WINDOW + 1):
        await one.renew()
    assert told == [True, False]


async def test_a_lone_peel_is_not_taken_for_two(server: EmbeddedServer, bus: Bus) -> None:
    async with open_bus([server.url], name="peel") as own:
        alone = presence(own)
        records = Records(bus, LEASES)
        await alone.renew()
        await records.delete("peel.web-01")  # a master purges
        await alone.renew()
        assert not alone.duplicated
        for _ in range(WINDOW):
            await alone.renew()
        for _ in range(3):
            back = anyio.Event()
            own.on_connect(back.set)
            await own.reconnect()
            with anyio.fail_after(30):
                await back.wait()
            await records.put("peel.web-01", b"{}")  # whatever was there meanwhile
            await alone.renew()
        assert not alone.duplicated
        await Presence(own, "web-01", ttl=TTL, changed=lambda: None).renew()  # was started again
        await alone.renew()
        assert not alone.duplicated


async def test_a_server_that_was_away_makes_no_duplicate(
    server: EmbeddedServer, tmp_path: Path, make_peel: MakePeel, bus: Bus
) -> None:
    peel = make_peel(server.url, lease_ttl=3)
    async with peel.running():
        for _ in range(3):
            await until("the lease", lambda: Records(bus, LEASES).get("peel.web-01"))
            await server.kill()
            await server.start()
            with anyio.fail_after(20):
                await bus.wait_connected(20)
        status = await status_of(bus)
        assert status is None or status.condition("DuplicateIdentity") is None


async def test_a_peel_that_is_told_to_stop_gives_its_lease_back_and_says_so(
    server: EmbeddedServer, make_peel: MakePeel, bus: Bus
) -> None:
    for _ in range(2):
        peel = make_peel(server.url)  # leases that live half a minute, as in use
        async with peel.running():
            await until("it is there", lambda: _live(bus))
        view = (await read_fleet(bus))["web-01"]
        assert view.status is not None
        assert (view.live, view.ready) == (False, "Unknown")
        assert view.status.stopped is not None
        assert not view.status.condition("DuplicateIdentity")
        assert (await read_stopped(bus, ["web-01", "web-02"])).keys() == {"web-01"}


async def test_one_that_dies_says_nothing_and_keeps_its_lease(
    server: EmbeddedServer, make_peel: MakePeel, bus: Bus
) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(make_peel(server.url).agent.run)
        await until("it is there", lambda: _live(bus))
        tasks.cancel_scope.cancel()
    assert await _live(bus)
    assert not await read_stopped(bus, ["web-01"])


async def test_the_lease_that_another_instance_holds_is_left_alone(bus: Bus) -> None:
    one, two = presence(bus), presence(bus)
    await one.renew()
    await two.renew()
    await one.release()
    assert await Records(bus, LEASES).get("peel.web-01")
    await two.release()
    assert await Records(bus, LEASES).get("peel.web-01") is None
    await two.release()


async def _live(bus: Bus) -> bool:
    view = (await read_fleet(bus)).get("web-01")
    return view is not None and view.live and view.status is not None


async def test_a_copied_identity_is_a_condition_of_the_peel(
    server: EmbeddedServer, bus: Bus, tmp_path: Path
) -> None:
    states = [tmp_path / name / "state" for name in ("one", "two")]
    enrolled(states[0])
    shutil.copytree(states[0], states[1])
    peels = []
    for state in states:
        root = state.parent / "root"
        root.mkdir()
        settings = PeelSettings(
            id="web-01", url=(server.url,), root=root, state_dir=state, lease_ttl=3
        )
        peels.append(Peel(settings, Identity.load(state)))

    async def told() -> bool:
        view = (await read_fleet(bus)).get("web-01")
        if view is None or view.status is None:
            return False
        found = view.status.condition("DuplicateIdentity")
        return found is not None and found.reason == "TwoInstances"

    async with peels[0].running():
        async with peels[1].running():
            await until("the condition", told)

        async def alone() -> bool:
            return not await told()

        await until("the other one is gone", alone)
