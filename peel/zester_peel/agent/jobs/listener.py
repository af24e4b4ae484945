"""Hear jobs, believe only signed ones, run those that mean this peel."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NoReturn

import anyio
import anyio.abc
import anyio.lowlevel

from zester.bus.buckets import DURABLE, JOBS, ROLES
from zester.bus.hints import watch_hints
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.records import Records
from zester.errors import (
    BusRefused,
    BusUnavailable,
    Expired,
    HostError,
    InvalidDocument,
    NotAllowed,
    TargetError,
    Untrusted,
    WrongAddressee,
    ZesterError,
)
from zester.resources.jobs.job import Job
from zester.resources.jobs.job_return import JobReturn
from zester.targeting.expression import Expression, needs_whole_node
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester.telemetry.metrics import Metrics
from zester.telemetry.redaction.vault import Vault
from zester.trust.verifier import Verified, Verifier
from zester_peel.agent.jobs.book import JobBook
from zester_peel.agent.jobs.delivery import Delivery
from zester_peel.agent.jobs.roles import RoleBook
from zester_peel.agent.jobs.runner import JobRunner
from zester_peel.agent.store import Store
from zester_peel.modules.calling.call import Surroundings

log = logging.getLogger(__name__)

BACKLOG = 1000
"""Messages that may wait to be judged; what comes on top is dropped: senders send twice."""

REMEMBERED = 4096
"""Jobs that need not be judged when they are told again."""

RETRY = 5.0
RESYNC = 300.0

MakeSurroundings = Callable[[JobRunner], Surroundings]

Work = Callable[[], Awaitable[None]]
"""What is to be done for a job that was judged."""


class JobListener:
    """Everything a peel does about jobs. ``run`` until cancelled.

    ``verifier`` gives the newest judge of signatures, None while there is none: then no job is
    believed. ``around`` makes what functions may use. ``listening`` is set once jobs are heard.
    What ``vault`` holds is in no answer.
    """

    def __init__(
        self,
        node: str,
        bus: Bus,
        store: Store,
        *,
        verifier: Callable[[], Verifier | None],
        around: MakeSurroundings,
        metrics: Metrics,
        vault: Vault | None = None,
    ) -> None:
        self._node = node
        self._bus = bus
        self._verifier = verifier
        self._metrics = metrics
        self._book = JobBook(store)
        self._look = anyio.Event()
        self._behind, self._looked = True, 0.0
        """Whether more than returns is to be looked for, and when it last was."""
        self._delivery = Delivery(bus, node, self._book, self._deliver_soon)
        self._roles = RoleBook(bus, store)
        self._runner = JobRunner(node, self._delivery, metrics, Vault() if vault is None else vault)
        self._around = around(self._runner)
        self._left = self._book.unfinished()
        self.listening = anyio.Event()
        self._judged: OrderedDict[str, None] = OrderedDict()
        self._backlog: OrderedDict[tuple[str, bytes], None] = OrderedDict()
        self._arrived = asyncio.Event()
        self._tasks: anyio.abc.TaskGroup | None = None
        self._attended = True
        """Whether somebody judges what arrives, or nobody is to any more."""
        self._spare: asyncio.Event | None = None
        """Calls somebody who has nothing to do, None when there is nobody."""

    async def run(self) -> None:
        """Hear and run jobs until cancelled; what runs then is told as interrupted next time."""
        self._bus.on_connect(self.look)
        await self._bus.subscribe(JOBS.live("*"), self._hear)
        await watch_hints(self._bus, ROLES, "*", lambda _: self.look())
        self._own_up()
        self.listening.set()
        try:
            async with anyio.create_task_group() as self._tasks:
                self._tasks.start_soon(self._catch_up)
                self._tasks.start_soon(self._runner.accept_slow)
                self._tasks.start_soon(self._attend)
        finally:
            self._attended = True

    async def _attend(self) -> None:
        """Judge one message after the other, and do what it asks for.

        What arrives meanwhile somebody else attends: what is done at once needs no task of its own.
        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        while True:
            while not self._backlog:
                self._arrived.clear()
                await self._arrived.wait()
            (jid, data), _ = self._backlog.popitem(last=False)
            work = await self._judge(jid, data)
            if work is not None:
                self._attended = False
                if self._backlog:
                    self._send_for_another()
                await work()
                if self._attended:
                    if self._spare is not None:
                        return
                    self._spare = asyncio.Event()
                    await self._spare.wait()
                self._attended = True
            elif self._backlog:
                await anyio.lowlevel.checkpoint()

    def _send_for_another(self) -> None:
        self._attended = True
        if self._spare is not None:
            self._spare.set()
            self._spare = None
        elif self._tasks is not None:
            self._tasks.start_soon(self._attend)

    def look(self) -> None:
        """Look soon what the bus has: roles, durable jobs, returns that it has not taken."""
        self._behind = True
        self._look.set()

    def _deliver_soon(self) -> None:
        """Try again soon to tell what the bus has not taken.

        Nothing else: it is a slow bus that takes nothing in time, from very many at once.
        """
        self._look.set()

    def _hear(self, message: Message) -> None:
        self._add(message.subject.rpartition(".")[2], message.data)

    def _add(self, jid: str, data: bytes) -> None:
        if len(self._backlog) >= BACKLOG and (jid, data) not in self._backlog:
            self._metrics.agent_jobs_dropped.inc(reason="Backlog")
            return
        self._backlog[jid, data] = None  # what is told again while it waits, waits once
        if self._attended:
            self._arrived.set()
        else:
            self._send_for_another()

    def _own_up(self) -> None:
        """Tell what the last process had not finished."""
        for left in self._left:
            told = JobReturn.model_validate(
                {
                    "jid": left.jid,
                    "node": self._node,
                    "who": left.who,
                    "function": left.function,
                    "status": "interrupted",
                    "error": "the peel was restarted in the middle of it; it is not run again",
                    "started": left.received,
                    "duration": max(0.0, time.time() - left.received),
                }
            )
            self._book.keep(left.jid, told.encode())

    async def _catch_up(self) -> NoReturn:
        """Do what can only be done while there is a bus, again and again."""
        while True:
            self._look = anyio.Event()
            done = self._bus.connected and await self._caught_up()
            with anyio.move_on_after(RESYNC if done else RETRY):
                await self._look.wait()

    async def _caught_up(self) -> bool:
        verifier = self._verifier()
        try:
            if verifier is None:
                return False
            if not await self._delivery.catch_up():
                return False
            if not self._behind and time.monotonic() - self._looked < 0.9 * RESYNC:
                return True
            self._behind = False
            await self._roles.refresh(verifier)
            async for record in Records(self._bus, DURABLE).scan():
                if not self._book.knows(record.key):
                    self._add(record.key, record.value)
        except (BusUnavailable, BusRefused, HostError) as error:
            self._behind = True
            log.debug("jobs put off", extra={"error": str(error)})
            return False
        self._looked = time.monotonic()
        return True

    async def _judge(self, jid: str, data: bytes) -> Work | None:
        """Believe a message or not; return what it asks for when it means this peel."""
        if jid in self._judged:  # whatever this one says, nothing is run a second time
            await self._answer_again(jid)
            return None
        verifier = self._verifier()
        try:
            if verifier is None:
                raise Untrusted("there is no trust bundle yet")
            verified = verifier.open(data, f"jobs.{jid}")
            job = _read(jid, verified)
            expression = parse_target(job.target, kind=job.kind)
            view = await self._view(expression)
            self._judged[jid] = None
            if len(self._judged) > REMEMBERED:
                self._judged.popitem(last=False)
            if match(expression, view):
                return await self._take(job, verified, view, verifier)
        except (Untrusted, InvalidDocument, TargetError) as error:
            self._metrics.agent_jobs_dropped.inc(reason=error.reason)
            log.warning("job not believed", extra={"jid": jid[:80], "error": str(error)})
        except ZesterError as error:
            self._metrics.agent_jobs_dropped.inc(reason=error.reason)
            log.warning("job not judged", extra={"jid": jid[:80], "error": str(error)})
        return None

    async def _view(self, expression: Expression) -> NodeView:
        """What this node is; only what asks for settings or groups has to wait for them."""
        asked = (expression, *self._roles.targets())
        if any(needs_whole_node(each) for each in asked):
            return await self._around.view()
        return await self._around.quick_view()

    async def _take(
        self, job: Job, verified: Verified, view: NodeView, verifier: Verifier
    ) -> Work | None:
        seen = self._book.enter(
            job.jid,
            who=verified.name,
            function=job.function,
            expires=float(verified.expires or 0),
        )
        if seen is not None:
            await self._answer_again(job.jid)
            return None
        try:
            self._roles.check(
                verifier, verified.name, job.function, lambda target: match(target, view)
            )
        except NotAllowed as error:
            self._metrics.agent_jobs_dropped.inc(reason=error.reason)
            return partial(self._runner.refuse, job, verified.name, error)
        return partial(self._runner.run, job, verified.name, self._around)

    async def _answer_again(self, jid: str) -> None:
        """Say something to a job that was seen before, when there is something to say."""
        if self._runner.is_running(jid):
            await self._delivery.accept(jid)
        elif self._book.waits(jid):
            self._deliver_soon()


def _read(jid: str, verified: Verified) -> Job:
    """Return the job that was signed; raises Untrusted, InvalidDocument."""
    if verified.expires is None:
        raise Expired("a job without an end is not believed")
    job = Job.decode(verified.payload)
    if job.jid != jid:
        raise WrongAddressee(f"signed for job {jid}, but it calls itself {job.jid}")
    if job.batch:
        raise InvalidDocument("a job in batches is a record; only its parts are sent")
    return job
