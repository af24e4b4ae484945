"""States that only so many machines may apply at once: real server, honest and other peels."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest

from support.peel import until
from support.trusted import bus_as
from zester.bus.buckets import SLOTS
from zester.bus.link.connection import Bus, open_bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.server.provision import consumer_count, provision
from zester.errors import BusUnavailable, StateError
from zester.resources.slot_claim import SlotClaim
from zester.trust.tiers import Tier
from zester_peel.agent.upkeep import slots
from zester_peel.agent.upkeep.slots import FleetSlots
from zester_peel.engine.run.slots import Share

pytestmark = pytest.mark.anyio

WEB = Share("web-restart", 2, wait=30)


def fleet(bus: Bus, node: str, goes_on: Callable[[], bool] = lambda: True) -> FleetSlots:
    return FleetSlots(node, bus, goes_on, lambda: None)


async def claimed(bus: Bus, key: str = "web-restart") -> list[str]:
    found = await Records(bus, SLOTS).get_many([f"{key}.*"])
    return sorted(record.rpartition(".")[2] for record in found)


class Count:
    """How many are at work at once, and how many ever were."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.turns: Counter[str] = Counter()

    async def work(self, peel: FleetSlots, share: Share, seconds: float = 0.02) -> None:
        async with peel.hold(share):
            self.now += 1
            self.most = max(self.most, self.now)
            self.turns[peel.node] += 1
            await anyio.sleep(seconds)
            self.now -= 1


async def test_never_more_than_the_limit_and_everybody_gets_a_turn(bus: Bus) -> None:
    count = Count()

    async def life(node: str) -> None:
        peel = fleet(bus, node)
        for _ in range(3):
            await count.work(peel, WEB)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(life, f"peel-{number}")
    assert 1 <= count.most <= 2
    assert set(count.turns.values()) == {3}
    assert await claimed(bus) == []
    assert await consumer_count(bus, SLOTS.stream) == 0


async def test_who_came_first_goes_first(bus: Bus) -> None:
    order: list[str] = []
    first = fleet(bus, "a")

    async def wait(node: str) -> None:
        async with fleet(bus, node).hold(replace(WEB, limit=1)):
            order.append(node)

    async with anyio.create_task_group() as tasks, first.hold(replace(WEB, limit=1)):
        for node in ("d", "c", "b"):
            tasks.start_soon(wait, node)
            await until(f"{node} waits", partial_claims(bus, node))
    assert order == ["d", "c", "b"]


def partial_claims(bus: Bus, node: str) -> Callable[[], object]:
    async def holds() -> bool:
        return node in await claimed(bus)

    return holds


async def test_other_keys_and_states_of_one_peel_do_not_mix_up(bus: Bus) -> None:
    one, other = fleet(bus, "a"), fleet(bus, "b")
    async with one.hold(replace(WEB, limit=1)), other.hold(Share("db", 1)):
        assert await claimed(bus, "db") == ["b"]
    count = Count()
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(count.work, one, WEB)
    assert count.most == 1, "states of one peel take turns"


async def test_who_waits_too_long_is_told_whom_it_waited_for(bus: Bus) -> None:
    said: list[str] = []
    waiting = fleet(bus, "c")
    waiting.changed = lambda: said.append(waiting.waiting)
    async with fleet(bus, "a").hold(WEB), fleet(bus, "b").hold(WEB):
        with pytest.raises(StateError, match=r"'web-restart' \(2 at once\): a, b for 0.4 s"):
            async with waiting.hold(replace(WEB, wait=0.4)):
                raise AssertionError("there was no place")
        assert await claimed(bus) == ["a", "b"]
    assert said == ["waits for a place of 'web-restart' (2 at once): a, b", ""]


async def test_the_place_is_given_back_on_failure_and_when_cancelled(bus: Bus) -> None:
    peel = fleet(bus, "a")
    with pytest.raises(ValueError, match="broken"):
        async with peel.hold(WEB):
            raise ValueError("broken")
    assert await claimed(bus) == []
    with anyio.move_on_after(0.2) as scope:
        async with peel.hold(WEB):
            await anyio.sleep(10)
    assert scope.cancelled_caught
    assert await claimed(bus) == []
    async with fleet(bus, "b").hold(replace(WEB, limit=1)):
        with anyio.move_on_after(0.3) as scope:
            async with peel.hold(replace(WEB, limit=1)):
                raise AssertionError("there was no place")
        assert scope.cancelled_caught
        assert await claimed(bus) == ["b"]


async def test_the_place_of_a_dead_peel_comes_free_and_that_of_a_busy_one_does_not(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provision(bus, [replace(SLOTS, max_age=2)])
    monkeypatch.setattr(slots, "RENEW", 0.4)
    one = replace(WEB, limit=1)
    dead = fleet(bus, "dead")
    await dead._claim(one.key)  # and nothing ever after, as with kill -9
    began = time.monotonic()
    busy = fleet(bus, "busy")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(busy.run)
        async with busy.hold(one):
            assert 1 < time.monotonic() - began < 30
            with pytest.raises(StateError, match="busy"):
                async with fleet(bus, "next").hold(replace(one, wait=4)):
                    raise AssertionError("the renewed claim ran out")
        tasks.cancel_scope.cancel()
    async with dead.hold(one):
        assert await claimed(bus) == ["dead"]


HOLDING = """
import sys, anyio
from zester.bus.link.connection import open_bus
from zester_peel.agent.upkeep.slots import FleetSlots
from zester_peel.engine.run.slots import Share

async def main():
    async with open_bus([sys.argv[1]], name="killed") as bus:
        peel = FleetSlots("killed", bus, lambda: True, lambda: None)
        async with peel.hold(Share("web-restart", 1)):
            print("held", flush=True)
            await anyio.sleep(60)

anyio.run(main)
"""


async def test_kill_9_at_work_frees_the_place(bus: Bus, server: EmbeddedServer) -> None:
    await provision(bus, [replace(SLOTS, max_age=2)])
    argv = [sys.executable, "-c", HOLDING, server.url]
    async with await anyio.open_process(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"held" in await process.stdout.receive()
        process.kill()
        await process.wait()
    assert await claimed(bus) == ["killed"]
    async with fleet(bus, "next").hold(replace(WEB, limit=1)) as waited:
        assert waited
        assert await claimed(bus) == ["next"]


async def test_a_claim_that_ran_out_while_waiting_goes_to_the_end(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provision(bus, [replace(SLOTS, max_age=1)])
    late = fleet(bus, "late")
    claim = await late._claim("web-restart")
    ticket = claim.ticket
    await until("ran out", lambda: gone(bus))
    other = await fleet(bus, "other")._claim("web-restart")
    await late._renew(claim)
    assert claim.ticket > other.ticket > ticket


async def gone(bus: Bus) -> bool:
    return not await claimed(bus)


async def test_what_hostile_peels_write_lets_no_honest_one_in_too_early(bus: Bus) -> None:
    records = Records(bus, SLOTS)
    count = Count()
    async with anyio.create_task_group() as tasks:
        async with fleet(bus, "a").hold(WEB), fleet(bus, "b").hold(WEB):
            await records.put("web-restart.mallory", SlotClaim(ticket=1).encode())
            await records.put("web-restart.eve", b'{"ticket": 99999999999, "since": "x"}')
            await records.put("web-restart.noise", b"\xff" * 1000)
            for number in range(4):
                tasks.start_soon(count.work, fleet(bus, f"peel-{number}"), WEB)
            await anyio.sleep(0.5)
            assert count.most == 0
        await anyio.sleep(0.5)
        assert count.most == 0, "mallory and eve hold two places, no more"
        await records.delete("web-restart.mallory")
        await records.delete("web-restart.eve")
        await records.delete("web-restart.noise")
    assert count.most <= 2
    assert count.turns.total() == 4


async def test_without_the_bus_nothing_is_applied(server: EmbeddedServer) -> None:
    async with open_bus([server.url], name="test") as bus:
        await provision(bus)
        await server.stop()
        await until("away", lambda: not bus.connected)
        with pytest.raises(StateError, match="the bus is not there; nothing was changed"):
            async with fleet(bus, "a").hold(WEB):
                raise AssertionError("nobody could have given a place")


async def test_a_suspension_ends_the_wait(bus: Bus) -> None:
    going = True

    def goes_on() -> bool:
        return going

    waiting = fleet(bus, "b", goes_on)

    def suspend() -> None:
        nonlocal going
        going = not waiting.waiting

    waiting.changed = suspend
    async with fleet(bus, "a").hold(replace(WEB, limit=1)):
        with pytest.raises(StateError, match="left alone"):
            async with waiting.hold(replace(WEB, limit=1)):
                raise AssertionError("there was no place")


async def test_more_claims_than_one_answer_holds_only_make_others_wait(bus: Bus) -> None:
    records = Records(bus, SLOTS)
    async with anyio.create_task_group() as tasks:
        for number in range(1100):
            tasks.start_soon(records.put, f"web-restart.p{number}", SlotClaim().encode())
    with pytest.raises(StateError, match="waits for a place"):
        async with fleet(bus, "a").hold(replace(WEB, wait=0.5)):
            raise AssertionError("there was no place")
    assert (await records.get("web-restart.a")) is None


async def test_a_peel_may_only_write_its_own_claims(trusted_server: EmbeddedServer) -> None:
    async with bus_as(trusted_server, Tier.PEEL, "web-01") as bus:
        records = Records(bus, SLOTS, timeout=1)
        await records.put("k.web-01", SlotClaim().encode())
        assert list(await records.get_many(["k.*"])) == ["k.web-01"]
        for key in ("k.web-02", "web-01.k", "k.web-01.x", "web-01"):
            with pytest.raises(BusUnavailable):
                await records.put(key, SlotClaim().encode())
        peel = fleet(bus, "web-01")
        async with peel.hold(WEB):
            pass
        # A claim cannot outlive the bucket's age, whatever its writer asks for.
        with pytest.raises(Exception, match="TTL"):
            await records.put("k.web-01", SlotClaim().encode(), ttl=3600)
