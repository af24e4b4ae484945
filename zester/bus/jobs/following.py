"""Follow a job: who works on it, who is done, who says nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from zester.bus.buckets import JOB_RETURNS
from zester.bus.events import read_events
from zester.bus.keys import unescape_token
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.errors import InvalidDocument, InvalidKey
from zester.resources.jobs.expected import Expected
from zester.resources.jobs.job_return import JobReturn

log = logging.getLogger(__name__)


class Following:
    """What is known of one job. Times on the monotonic clock.

    ``accepted`` says when a peel last told that it works on it; ``last_word`` when anybody said
    anything, ``heard`` are those that did. ``expected`` is what the sender told, None before.
    """

    def __init__(self, jid: str) -> None:
        self.jid = jid
        self.returns: dict[str, JobReturn] = {}
        self.accepted: dict[str, float] = {}
        self.expected: Expected | None = None
        self.heard: set[str] = set()
        self.last_word = time.monotonic()
        self._changed = anyio.Event()

    @property
    def working(self) -> set[str]:
        """The peels that work on it."""
        return set(self.accepted) - set(self.returns)

    def hear(self, message: Message) -> None:
        """Take in one message of the job, live or kept."""
        self.take(message.subject, message.data)

    def take(self, subject: str, data: bytes) -> None:
        """Take in what was said on a subject; what cannot be read is left out."""
        tokens = subject.split(".")
        if len(tokens) < 4 or tokens[2] != self.jid:
            return
        try:
            if tokens[3] == "expected":
                self.expected = Expected.decode(data)
            elif tokens[3] == "accepted":
                node = unescape_token(tokens[4])
                self.accepted[node] = time.monotonic()
                self.heard.add(node)
            elif tokens[3] == "return":
                self._returned(unescape_token(tokens[4]), JobReturn.decode(data))
            else:
                return
        except (InvalidDocument, InvalidKey, IndexError) as error:
            log.warning("message of a job", extra={"subject": subject, "error": str(error)})
            return
        self.last_word = time.monotonic()
        self._changed.set()

    def _returned(self, node: str, returned: JobReturn) -> None:
        if returned.node != node or returned.jid != self.jid:
            raise InvalidDocument(f"{node} speaks for {returned.node}, job {returned.jid}")
        self.returns.setdefault(node, returned)
        self.heard.add(node)

    async def read(self, bus: Bus) -> None:
        """Take in what was kept of the job; raises BusUnavailable."""
        async for event in read_events(bus, JOB_RETURNS, f"zester.job.{self.jid}.return.*"):
            self.take(event.subject, event.data)
        async for event in read_events(bus, JOB_RETURNS, f"zester.job.{self.jid}.expected"):
            self.take(event.subject, event.data)

    async def change(self, within: float) -> None:
        """Return when something new was said, at the latest after so many seconds."""
        with anyio.move_on_after(within):
            await self._changed.wait()
        self._changed = anyio.Event()


@asynccontextmanager
async def follow_job(bus: Bus, jid: str) -> AsyncIterator[Following]:
    """Listen to everything that is said about a job from now on."""
    following = Following(jid)
    subscription = await bus.subscribe(f"zester.job.{jid}.>", following.hear)
    try:
        yield following
    finally:
        await subscription.close()
