"""The sensor for what nobody gives notice of: small files of the kernel, read again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import anyio

from zester.errors import HostError
from zester.telemetry.metrics import Metrics
from zester_peel.sensors.hearing import HearingSensor

_SLICE = 64
_LIMIT = 64 * 1024
_UNKNOWN = b"\0unread"


class ValueSensor(HearingSensor):
    """Says "maybe changed" when a small file reads differently than ``poll_interval`` seconds ago.

    Polling is all there is: the kernel tells nobody when a value below ``/proc/sys`` changes.

    What happens between two looks and during a run of the engine is told by comparing before and
    after the run. A run that leaves a value as it was, after a look that found it changed, is
    asked for once more: the engine may have set it, and somebody else set it back at once.
    """

    def __init__(
        self,
        real: Callable[[str], Path],
        *,
        poll_interval: float = 2.0,
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__("value", metrics)
        self._real = real
        self._poll_interval = poll_interval
        self._last: dict[str, bytes | None] = {}
        self._before: dict[str, bytes | None] = {}
        self._doubtful: set[str] = set()

    @property
    def degraded(self) -> str | None:
        """None: it does its best."""
        return None

    async def _listen(self) -> None:
        while True:
            await self._look()
            await anyio.sleep(self._poll_interval)

    def _watched(self, fresh: Iterable[str]) -> None:
        self._last = {name: seen for name, seen in self._last.items() if name in self._alerts}
        self._doubtful.intersection_update(self._alerts.targets)
        for name in fresh:
            self._last[name] = self._read(name)
        self._metrics.sensors_polled.set(len(self._alerts), kind=self.kind)

    def hold(self, targets: Iterable[str]) -> None:
        """Keep these back."""
        names = tuple(targets)
        for name in names:
            if name in self._alerts:
                self._before[name] = self._read(name)
        self._alerts.hold(names)

    def release(self, targets: Iterable[str]) -> None:
        """Tell what was seen meanwhile."""
        names = tuple(targets)
        for name in names:
            before = self._before.pop(name, _UNKNOWN)
            if name not in self._alerts:
                continue
            now = self._last[name] = self._read(name)
            if now != before or name in self._doubtful:
                self._alerts.hear((name,))
            self._doubtful.discard(name)
        self._alerts.release(names)

    async def _look(self) -> None:
        for number, name in enumerate(self._alerts.targets):
            now = self._read(name)
            if now != self._last.get(name, _UNKNOWN):
                self._last[name] = now
                self._doubtful.add(name)
                self._metrics.sensors_events.inc(kind=self.kind)
                self._alerts.hear((name,))
            if number % _SLICE == _SLICE - 1:
                await anyio.lowlevel.checkpoint()

    def _read(self, name: str) -> bytes | None:
        try:
            with self._real(name).open("rb") as file:
                return file.read(_LIMIT)
        except (OSError, HostError):
            return None
