"""The fleet in numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import pytest

from zester.bus.buckets import LEASES, ROLLUPS, STATUS
from zester.bus.kv import Kv
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.resources.nodes.rollup import Rollup
from zester_controller.rollup.counter import KEY, RollupCounter

pytestmark = pytest.mark.anyio

Report = Callable[..., Awaitable[None]]


class Master:
    """One master's counter and what it published last."""

    def __init__(self, bus: Bus, name: str, ttl: float = 5.0) -> None:
        self.published: Mapping[str, int] = {}
        self.lease = RoleLease(bus, "rollup", name, ttl=ttl)
        self._counter = RollupCounter(bus, self.lease, interval=1, publish=self._take)

    def _take(self, totals: Mapping[str, int]) -> None:
        self.published = totals

    async def count(self) -> Mapping[str, int]:
        await self._counter.reconcile(KEY)
        return self.published


async def rollup(bus: Bus, env: str = "base") -> Rollup:
    entry = await Kv(bus, ROLLUPS, Rollup).get(env)
    assert entry is not None
    return entry.value


async def test_every_peel_is_counted_once_and_silence_is_unknown(bus: Bus, report: Report) -> None:
    await report("good")
    await report("busy", ready="Unknown", also="Reconciling")
    await report("bad", ready="False", also="Stalled")
    await report("drifty", also="Contested")
    await report("silent", live=False)
    await report("elsewhere", env="prod")
    await Records(bus, STATUS).put("rubbish", b"{")

    totals = await Master(bus, "one").count()

    found = await rollup(bus)
    assert (found.peels, found.ready, found.failed, found.unknown) == (5, 2, 1, 2)
    assert (found.reconciling, found.stalled, found.contested, found.drifted) == (1, 1, 1, 0)
    assert found.revisions == {"cli@3": 4}
    assert found.corrected == 10
    assert (await rollup(bus, "prod")).peels == 1
    assert (totals["ready"], totals["unknown"], totals["failed"]) == (3, 2, 1)


async def test_a_count_that_changed_nothing_is_not_written(bus: Bus, report: Report) -> None:
    await report("web")
    one = Master(bus, "one")
    await one.count()
    before = await Kv(bus, ROLLUPS, Rollup).get("base")
    await one.count()
    await one.lease.release()
    await Master(bus, "two").count()

    assert await Kv(bus, ROLLUPS, Rollup).get("base") == before


async def test_an_environment_nobody_is_in_any_more_falls_to_zero(bus: Bus, report: Report) -> None:
    await report("web", env="old")
    one = Master(bus, "one")
    await one.count()
    await one.lease.release()
    await report("web", env="base")

    await Master(bus, "two").count()

    assert ((await rollup(bus, "old")).peels, (await rollup(bus, "base")).peels) == (0, 1)


async def test_only_the_master_with_the_lease_counts(bus: Bus, report: Report) -> None:
    await report("web")
    one, two = Master(bus, "one"), Master(bus, "two")

    assert (await one.count())["ready"] == 1
    assert await two.count() == {}
    await one.lease.release()
    assert (await two.count())["ready"] == 1
    assert await one.count() == {}


async def test_a_lease_that_cannot_be_read_is_taken_over(bus: Bus, report: Report) -> None:
    await report("web")
    await Records(bus, LEASES).put("role.rollup", b"rubbish")
    one = Master(bus, "one")

    assert (await one.count())["ready"] == 1
    await one.lease.release()
    assert await Records(bus, LEASES).get("role.rollup") is None


async def test_a_lease_somebody_else_took_is_not_given_away_on_leaving(bus: Bus) -> None:
    one, two = RoleLease(bus, "rollup", "one"), RoleLease(bus, "rollup", "two")
    await one.renew()
    await Records(bus, LEASES).delete("role.rollup")
    await two.renew()

    await one.release()

    assert await Records(bus, LEASES).get("role.rollup") is not None
    assert not await one.renew()
