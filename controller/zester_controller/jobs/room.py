"""The room of jobs, put together: every master writes down what it hears, one sees jobs through."""

from __future__ import annotations

import logging
import time
import zlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import anyio
import anyio.abc

from zester.bus.buckets import JOBS
from zester.bus.jobs.audit import read_audit
from zester.bus.jobs.finding import KnownJob
from zester.bus.jobs.sending import open_job
from zester.bus.keys import unescape_token
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.records import Records
from zester.errors import BusRefused, BusUnavailable, InvalidDocument, InvalidKey, Untrusted
from zester.reconcile.backoff import Backoff
from zester.reconcile.queue import KeyedQueue
from zester.reconcile.worker import Worker
from zester.telemetry.metrics import Metrics
from zester.trust.verifier import Verifier
from zester_controller.jobs.follower import FIRST, JobFollower
from zester_controller.jobs.recorder import Recorder

log = logging.getLogger(__name__)

ROLE = "jobs"
AT_ONCE = 16
"""Jobs that are looked at at once: a look waits for the server most of the time."""

BACKLOG = 10_000
"""Messages heard that wait to be written down; what comes on top is found in the bucket."""

RETRY = 1.0


class JobsRoom:
    """One master's part; of several the holder of the lease sees jobs through."""

    def __init__(
        self,
        bus: Bus,
        verifier: Callable[[], Verifier | None],
        *,
        holder: str,
        metrics: Metrics,
        lease_ttl: float = 15.0,
    ) -> None:
        self.lease = RoleLease(bus, ROLE, holder, ttl=lease_ttl)
        self._bus = bus
        self._verifier = verifier
        self._metrics = metrics
        self._recorder = Recorder(bus, self._count)
        self._follower = JobFollower(
            bus, self.lease, self._recorder, verifier=verifier, counted=self._count
        )
        self._workers = tuple(
            Worker[str]("jobs", self._follower, KeyedQueue(), Backoff(first=0.2, ceiling=10))
            for _ in range(AT_ONCE)
        )
        self._heard: deque[tuple[str, bytes]] = deque(maxlen=BACKLOG)
        self._arrived = anyio.Event()
        self._changed = anyio.Event()

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Work until cancelled; then hand the role over at once."""
        await self._bus.subscribe(JOBS.live("*"), self._hear)
        await self._bus.subscribe(JOBS.subject("*"), self._hint)
        await self._bus.subscribe("zester.job.*.accepted.*", self._accepted)
        self._bus.on_connect(self.look)
        try:
            async with anyio.create_task_group() as tasks:
                for worker in self._workers:
                    tasks.start_soon(worker.run)
                tasks.start_soon(self._keep_lease)
                tasks.start_soon(self._write_down)
                task_status.started()
        finally:
            with anyio.move_on_after(2, shield=True), suppress(BusUnavailable, BusRefused):
                await self.lease.release()

    def look(self) -> None:
        """Try for the role now, and look for jobs that were missed."""
        self._changed.set()

    def _queue(self, jid: str) -> KeyedQueue[str]:
        """Return the queue of a job: always the same, so that nobody else works on it."""
        return self._workers[zlib.crc32(jid.encode()) % AT_ONCE].queue

    def _hear(self, message: Message) -> None:
        jid = message.subject.rpartition(".")[2]
        self._heard.append((jid, message.data))
        self._arrived.set()
        self._queue(jid).add_after(jid, FIRST)

    def _hint(self, message: Message) -> None:
        # An attempt to write; what came of it is looked at later.
        jid = message.subject.rpartition(".")[2]
        self._queue(jid).add_after(jid, FIRST)

    def _accepted(self, message: Message) -> None:
        tokens = message.subject.split(".")
        with suppress(InvalidKey, IndexError):
            self._follower.accepted(tokens[2], unescape_token(tokens[4]))

    async def _write_down(self) -> NoReturn:
        """Write down every command that is heard, whether it is kept or not."""
        while True:
            while self._heard:
                jid, data = self._heard[0]
                try:
                    await self._judge(jid, data)
                except (BusUnavailable, BusRefused) as error:
                    log.debug("audit put off", extra={"jid": jid, "error": str(error)})
                    await anyio.sleep(RETRY)
                else:
                    self._heard.popleft()
            self._arrived = anyio.Event()
            await self._arrived.wait()

    async def _judge(self, jid: str, data: bytes) -> None:
        verifier = self._verifier()
        if verifier is None:
            return
        try:
            job, verified = open_job(verifier, jid, data, stored=time.time())
        except (Untrusted, InvalidDocument) as error:
            await self._recorder.disbelieved(jid, error)
        else:
            who, given = verified.name, verified.issued
            await self._recorder.given(KnownJob(job, who, given, verified.expires, data))

    async def _keep_lease(self) -> NoReturn:
        """Take the role when it is free; then look for what the last holder left."""
        begun = False
        while True:
            self._changed = anyio.Event()
            if self._bus.connected:
                held = await self.lease.renew()
                begun = held and (begun or await self._begun())
                self._metrics.jobs_open.set(self._follower.following if held else 0)
            with anyio.move_on_after(self.lease.ttl / 3):
                await self._changed.wait()

    async def _begun(self) -> bool:
        """Queue every job that nobody has closed; return whether that was possible."""
        try:
            closed = {entry.jid async for entry in read_audit(self._bus, what="closed")}
            async for record in Records(self._bus, JOBS).scan():
                if record.key not in closed:
                    self._queue(record.key).add(record.key)
        except (BusUnavailable, BusRefused) as error:
            log.debug("jobs put off", extra={"error": str(error)})
            return False
        return True

    def _count(self, what: str) -> None:
        self._metrics.jobs_recorded.inc(what=what)
