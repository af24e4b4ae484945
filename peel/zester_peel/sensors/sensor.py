"""The contract of every sensor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import anyio
from anyio.abc import TaskStatus

from zester_peel.engine.watch import Watch, WatchKind
from zester_peel.host.protocol import Signature

Emit = Callable[[Watch], None]
"""Takes "maybe changed"; returns at once, and calling it twice is the same as once."""


class Sensor(Protocol):
    """Watches one kind of thing and says "maybe changed"; it never says what is right.

    ``set``, ``settle``, ``hold`` and ``release`` return at once and may be called before ``run``.
    A run of the engine is bracketed: hold, run, release, settle. What happens meanwhile is judged
    afterwards, so the engine's own work stays silent and foreign work is not lost.
    """

    @property
    def kind(self) -> WatchKind:
        """The kind of watch it understands."""
        ...

    @property
    def degraded(self) -> str | None:
        """Why it cannot do its best (it polls, for example), None when all is well."""
        ...

    async def run(
        self, emit: Emit, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Work until cancelled; started once nothing can be missed any more."""
        ...

    def set(self, watches: frozenset[Watch]) -> None:
        """Watch exactly this from now on."""
        ...

    def settle(self, signatures: Mapping[str, Signature | None]) -> None:
        """Record how things looked just before the engine last saw them as wished."""
        ...

    def hold(self, targets: Iterable[str]) -> None:
        """Judge nothing about these targets until they are released; calls add up."""
        ...

    def release(self, targets: Iterable[str]) -> None:
        """Judge what happened meanwhile, against what is settled in the same turn of the loop."""
        ...
