"""A return reaches the bus once, however slow the bus is and whenever the peel ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import anyio
import pytest

from zester.bus.link.connection import REQUEST_TIMEOUT, Bus
from zester.bus.link.message import Message
from zester.resources.jobs.job import new_job_id
from zester.resources.jobs.job_return import JobReturn
from zester_peel.agent.jobs.book import JobBook
from zester_peel.agent.jobs.delivery import Delivery
from zester_peel.agent.store import Store

pytestmark = pytest.mark.anyio


class SlowBus:
    """A bus that acknowledges what it was sent as late as the test wants."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.patience: list[float] = []
        self.asked = anyio.Event()
        self.ready = anyio.Event()

    async def request(
        self, subject: str, data: bytes, *, headers: Mapping[str, str], timeout: float
    ) -> Message:
        assert headers == {"Nats-Expected-Last-Subject-Sequence": "0"}
        again = (subject, data) in self.sent
        self.sent.append((subject, data))
        self.patience.append(timeout)
        self.asked.set()
        await self.ready.wait()
        known = {"error": {"code": 400, "err_code": 10071, "description": "wrong last sequence"}}
        return Message("", json.dumps(known if again else {"stream": "JOBS", "seq": 7}).encode())


def returned() -> JobReturn:
    jid = new_job_id()
    return JobReturn(jid=jid, node="a", who="alice", function="test.ping", status="done")


def entered(told: JobReturn) -> JobBook:
    book = JobBook(Store(None))
    assert book.enter(told.jid, who="alice", function="test.ping", expires=1e10) is None
    return book


async def test_what_the_bus_has_not_acknowledged_is_waited_for_much_longer_than_an_answer() -> None:
    told, bus, put_off = returned(), SlowBus(), 0

    def later() -> None:
        nonlocal put_off
        put_off += 1

    book = entered(told)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Delivery(cast(Bus, bus), "a", book, later).tell, told, [])
        await bus.asked.wait()
        bus.ready.set()

    assert min(bus.patience) > 3 * REQUEST_TIMEOUT
    assert len(bus.sent) == 1
    assert (put_off, book.waiting()) == (0, [])


async def test_what_is_being_told_when_the_peel_ends_is_kept_and_told_by_the_next() -> None:
    told, bus = returned(), SlowBus()
    book = entered(told)
    delivery = Delivery(cast(Bus, bus), "a", book, lambda: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(delivery.tell, told, [])
        await bus.asked.wait()
        tasks.cancel_scope.cancel()

    assert book.waiting() == [(told.jid, told.encode())]

    bus.ready.set()
    assert await delivery.catch_up()
    assert len(bus.sent) == 2  # the second time the bus says that it has it
    assert book.waiting() == []
