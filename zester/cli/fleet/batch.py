"""Give a command to a few peels at a time: the next begins when one is done."""

from __future__ import annotations

import math
import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import field
from typing import Self

import anyio

from zester.bus.jobs.following import Following
from zester.bus.jobs.patience import Awaited
from zester.bus.jobs.sending import keep_job, tell_expected
from zester.cli.fleet.dispatch import (
    Outcome,
    Progress,
    dispatch,
    narrowed,
    roster_of,
    sign,
    unknown_of,
)
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Request
from zester.dataclass import dataclass
from zester.errors import SettingsError
from zester.resources.jobs.expected import Expected
from zester.resources.jobs.job_return import JobReturn

_SIZE = re.compile(r"(\d{1,6})(%?)")


@dataclass(frozen=True, slots=True)
class Batch:
    """How many peels may work at once: a number, or a share of all."""

    number: int
    percent: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``5`` or ``10%``; raises SettingsError."""
        found = _SIZE.fullmatch(text.strip())
        if found is None or not int(found[1]) or (found[2] and int(found[1]) > 100):
            raise SettingsError(f"{text!r} is not a size of batches", hint="write 5, or 10%")
        return cls(int(found[1]), bool(found[2]))

    def of(self, count: int) -> int:
        """Return how many of ``count`` peels may work at once, at least one."""
        return max(1, math.ceil(count * self.number / 100)) if self.percent else self.number


@dataclass(slots=True)
class _Run:
    """A job in batches on its way: ``size`` peels at once, each wave of them one job."""

    operator: Operator
    request: Request
    waiting: deque[str]
    size: int
    following: Following
    progress: Progress
    silent: set[str] = field(default_factory=set)
    away: set[str] = field(default_factory=set)
    waves: int = 0
    busy: int = 0
    stopped: bool = False
    freed: anyio.Event = field(default_factory=anyio.Event)

    async def run(self) -> None:
        """Begin a wave whenever a tenth of the places is free, until nobody waits."""
        few = max(1, self.size // 10)
        async with anyio.create_task_group() as tasks:
            while self.waiting and not self.stopped:
                free = self.size - self.busy
                if free < min(few, len(self.waiting)):
                    self.freed = anyio.Event()
                    await self.freed.wait()
                    continue
                count = min(free, len(self.waiting))
                nodes = frozenset(self.waiting.popleft() for _ in range(count))
                self.busy += count
                self.waves += 1
                tasks.start_soon(self._wave, nodes, f"{self.request.job.jid}-{self.waves}")

    async def _wave(self, nodes: frozenset[str], jid: str) -> None:
        done = 0

        def note(following: Following, _: Awaited | None) -> None:
            nonlocal done
            fresh = len(following.returns) - done
            if fresh:
                done += fresh
                self._release(fresh)
                self._take(following.returns)

        part = narrowed(self.request, nodes, jid)
        outcome = await dispatch(self.operator, part, note)
        self.silent |= outcome.silent
        self.away |= outcome.away
        if outcome.silent and self.request.options.failhard:
            self.stopped = True
        self._take(outcome.returns)
        self._release(len(nodes) - done)

    def _take(self, returns: Mapping[str, JobReturn]) -> None:
        self.following.returns.update(returns)
        self.following.heard.update(returns)
        self.progress(self.following, None)
        failed = any(not returned.ok for returned in returns.values())
        if failed and self.request.options.failhard:
            self.stopped = True

    def _release(self, count: int) -> None:
        self.busy -= count
        self.freed.set()


async def in_batches(
    operator: Operator, request: Request, batch: Batch, progress: Progress
) -> Outcome:
    """Send a job in parts; with ``failhard`` none is begun after a failure."""
    roster = await roster_of(operator, request)
    nodes = roster.sure | (roster.maybe & roster.live)
    await keep_job(operator.bus, sign(operator, request), now=time.time())
    told = Expected(
        jid=request.job.jid,
        live=tuple(sorted(nodes & roster.live)),
        away=tuple(sorted(nodes - roster.live)),
    )
    await tell_expected(operator.bus, told)
    order = deque([*sorted(nodes & roster.live), *sorted(nodes - roster.live)])
    following = Following(request.job.jid)
    run = _Run(operator, request, order, batch.of(len(nodes)), following, progress)
    await run.run()
    unsent = frozenset(run.waiting)
    unknown = unknown_of(request, roster)
    return Outcome(
        request.job.jid,
        following.returns,
        frozenset(run.silent) | unknown,
        unsent=unsent,
        away=frozenset(run.away),
        unknown=unknown,
    )
