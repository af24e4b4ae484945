"""The sensor for mounts: the kernel says when the table of mounts changes."""

from __future__ import annotations

import select
from contextlib import suppress
from pathlib import Path
from typing import IO

import anyio

from zester.telemetry.metrics import Metrics
from zester_peel.sensors.hearing import HearingSensor

TARGET = "/proc/mounts"


class MountSensor(HearingSensor):
    """Says "maybe changed" when anything is mounted, unmounted or remounted.

    ``table`` is the kernel's table. Where it cannot be watched it is read every ``poll_interval``
    seconds.
    """

    def __init__(
        self,
        *,
        poll_interval: float = 2.0,
        metrics: Metrics | None = None,
        table: Path = Path("/proc/self/mountinfo"),
    ) -> None:
        super().__init__("mounts", metrics)
        self._poll_interval = poll_interval
        self._table = table
        self._problem: str | None = None

    @property
    def degraded(self) -> str | None:
        """Why the table is polled, None when it is not."""
        if self._problem is None or not self._alerts:
            return None
        return f"mounts are polled every {self._poll_interval:g} s: {self._problem}"

    async def _listen(self) -> None:
        try:
            file = self._table.open("rb", buffering=0)
        except OSError as error:
            self._problem = f"{self._table}: {error.strerror}"
            await self._poll()
            return
        with file, select.epoll() as events:
            try:
                events.register(file.fileno(), select.EPOLLPRI | select.EPOLLERR)
            except OSError as error:  # a plain file cannot be waited for
                self._problem = f"{self._table}: {error.strerror}"
                await self._poll()
                return
            await self._hear(file, events)

    async def _hear(self, file: IO[bytes], events: select.epoll) -> None:
        self._alerts.hear_all()  # what happened before we listened is looked at now
        while True:
            # The loop cannot wait for "priority" on a file, but for an epoll that does.
            await anyio.wait_readable(events.fileno())
            # Being asked by the loop, the kernel may have taken the event for delivered: whatever
            # the epoll answers now, there was one.
            events.poll(0)
            self._metrics.sensors_events.inc(kind=self.kind)
            file.seek(0)
            file.read(1)
            self._alerts.hear_all()

    async def _poll(self) -> None:
        self._metrics.sensors_polled.set(1, kind=self.kind)
        last = b""
        while True:
            with suppress(OSError):
                now = self._table.read_bytes()
                if now != last:
                    last = now
                    self._alerts.hear_all()
            await anyio.sleep(self._poll_interval)
