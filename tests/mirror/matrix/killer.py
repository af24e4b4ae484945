"""Ends a mirror before or after one of its writes, on the bus or in the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import anyio

from mirror.matrix.roles import MASTER
from support.kubernetes.access.identity import User
from support.kubernetes.access.rbac import Ask
from support.kubernetes.mirrored import Mirrored
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.server.embedded import EmbeddedServer

WRITES = ("create", "patch", "delete")


@dataclass
class Killer:
    """Strikes at write ``number`` (from 1 on) of the mirror of one namespace.

    ``after``: once it is done, but before anybody heard of that. Whoever writes is held there until
    it is killed.
    """

    space: str
    number: int
    after: bool
    count: int = 0
    struck: anyio.Event = field(default_factory=anyio.Event)

    def strikes(self) -> bool:
        """Count a write; return whether it is the one."""
        self.count += 1
        if self.count == self.number:
            self.struck.set()
        return self.count >= self.number

    def meets(self, user: User, ask: Ask) -> bool:
        """Whether a request to the API server is the one; told of each once."""
        mine = user == MASTER and ask.namespace == self.space and ask.verb in WRITES
        return mine and self.strikes()


class WatchedBus(Bus):
    """A bus on which a killer counts."""

    killer: Killer

    async def publish(
        self, subject: str, data: bytes = b"", *, headers: Mapping[str, str] | None = None
    ) -> None:
        last = subject.startswith("$KV.") and self.killer.strikes()
        if last and not self.killer.after:
            await _never()
        await super().publish(subject, data, headers=headers)
        if last:
            await self.flush()
            await _never()

    async def request(
        self,
        subject: str,
        data: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 5.0,
    ) -> Message:
        last = subject.startswith("$KV.") and self.killer.strikes()
        if last and not self.killer.after:
            await _never()
        found = await super().request(subject, data, headers=headers, timeout=timeout)
        if last:
            await _never()
        return found


async def _never() -> NoReturn:
    await anyio.sleep_forever()
    raise AssertionError("somebody came back from the dead")


async def doomed(cluster: Mirrored, server: EmbeddedServer, killer: Killer) -> None:
    """Run a mirror until the killer strikes; it is ended as a crash would end it."""
    where = cluster.api.faults.slow(3600, where=killer.meets, after=killer.after)
    with where:
        async with anyio.create_task_group() as tasks:
            bus = WatchedBus([server.url], name="mirror")
            bus.killer = killer
            await tasks.start(bus.supervise)
            await bus.wait_connected(60)
            tasks.start_soon(cluster.make(bus).run)
            await killer.struck.wait()
            # What was sent is on its way; what is held stays undone.
            await anyio.sleep(0.05)
            tasks.cancel_scope.cancel()
