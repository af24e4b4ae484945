"""Send a job and wait for what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field, replace

import anyio

from zester.bus.jobs.following import Following, follow_job
from zester.bus.jobs.patience import Awaited, Patience
from zester.bus.jobs.roster import Roster, Wanted, ask_roster, live_peels
from zester.bus.jobs.sending import (
    VALID,
    SentJob,
    announce_job,
    send_job,
    sign_job,
    tell_expected,
)
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Request
from zester.dataclass import dataclass
from zester.errors import BusUnavailable
from zester.resources.jobs.expected import Expected
from zester.resources.jobs.job_return import JobReturn
from zester.targeting.expression import IdList
from zester.targeting.parser import parse_target

GRACE = 3.0
"""Seconds beyond its own time limit that a job is waited for."""

RETRY = 0.5

Progress = Callable[[Following, Awaited | None], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: returns by peel, who was silent, who is away and gets it later, to whom
    it was not sent because it had failed before. Silent ones that are ``away`` had no lease when
    the job was sent; the ``unknown`` were asked for by name, and nobody has heard of them;
    ``stopped`` tells since when those are away that were told to stop. Who is ``working`` is not
    silent."""

    jid: str
    returns: dict[str, JobReturn]
    silent: frozenset[str]
    later: frozenset[str] = frozenset()
    unsent: frozenset[str] = frozenset()
    away: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    working: frozenset[str] = frozenset()
    stopped: Mapping[str, float] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return any(not returned.ok for returned in self.returns.values())

    @property
    def exit_code(self) -> int:
        """0 ok, 1 nobody was meant, 2 a peel failed, 3 a peel is silent, 4 both."""
        if not (self.returns or self.silent or self.later or self.unsent or self.working):
            return 1
        return {(False, False): 0, (True, False): 2, (False, True): 3}.get(
            (self.failed, bool(self.silent)), 4
        )


def sign(operator: Operator, request: Request) -> SentJob:
    """Sign a job; it has to be started by the time given, or soon."""
    now = time.time()
    expires = request.options.until or now + VALID
    return sign_job(operator.signer, request.job, expires=expires, now=now)


async def send(operator: Operator, sent: SentJob) -> None:
    """Keep a job and tell it to everybody."""
    await send_job(operator.bus, sent)


async def roster_of(operator: Operator, request: Request) -> Roster:
    """Find out whom a request means; raises BusUnavailable, TargetError."""
    job = request.job
    wanted = Wanted(job.target, job.kind, request.target, request.groups)
    return await ask_roster(operator.bus, wanted, operator.verifier)


def expected_of(jid: str, roster: Roster) -> Expected:
    """Return whose answers a job will have."""
    return Expected(
        jid=jid,
        live=tuple(sorted(roster.sure & roster.live)),
        away=tuple(sorted(roster.sure - roster.live)),
    )


def unknown_of(request: Request, roster: Roster) -> frozenset[str]:
    """Return whom a list names although nobody has heard of them; they may be misspelt.

    Of a list of such names only none is returned: it matches nobody.
    """
    if not isinstance(request.target, IdList) or not roster.sure:
        return frozenset()
    return request.target.ids - roster.sure


async def dispatch(operator: Operator, request: Request, progress: Progress) -> Outcome:
    """Send a job and wait for it; raises BusUnavailable."""
    sent = sign(operator, request)
    async with follow_job(operator.bus, request.job.jid) as following:
        await send(operator, sent)
        waiting = _Waiting(operator, sent, request, following, progress)
        return await waiting.run()


@dataclass(slots=True)
class _Waiting:
    """Waits for one job that was sent, and finds out meanwhile whom it means."""

    operator: Operator
    sent: SentJob
    request: Request
    following: Following
    progress: Progress
    awaited: Awaited | None = None
    later: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    async def run(self) -> Outcome:
        job = self.sent.job
        patience = Patience(
            self.operator.bus,
            self.following,
            again=lambda: announce_job(self.operator.bus, self.sent),
            present=lambda: live_peels(self.operator.bus),
            progress=lambda awaited: self.progress(self.following, awaited),
            limit=None if job.timeout is None else job.timeout + GRACE,
        )
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_finding_out)
            silent = await patience.wait(lambda: self.awaited)
        if silent:
            with suppress(BusUnavailable):
                await self.following.read(self.operator.bus)
            silent -= set(self.following.returns)
        later = self.later
        if job.durable:  # who has not even begun is told again when it is back
            later |= silent - self.following.heard
            silent -= later
        told = self.following.expected
        unknown = self.unknown - self.following.heard
        return Outcome(
            job.jid,
            dict(self.following.returns),
            silent | unknown,
            unknown=unknown,
            later=later - self.following.heard,
            away=silent & frozenset(told.away if told is not None else ()),
        )

    async def _keep_finding_out(self) -> None:
        """Find out whom the job means, also when the bus is away for a while."""
        while True:
            try:
                await self._find_out()
            except BusUnavailable:
                await anyio.sleep(RETRY)
            else:
                return

    async def _find_out(self) -> None:
        operator = self.operator
        roster = await roster_of(operator, self.request)
        expected, away = roster.sure, roster.sure - roster.live
        self.unknown = unknown_of(self.request, roster)
        if self.sent.job.durable:
            expected, self.later = roster.sure & roster.live, away
        self.awaited = Awaited(expected, roster.maybe & roster.live)
        await tell_expected(self.operator.bus, expected_of(self.sent.job.jid, roster))


def narrowed(request: Request, nodes: frozenset[str], jid: str, *, batch: str = "") -> Request:
    """Return the same request for these peels only, as another job."""
    target = ",".join(sorted(nodes))
    given = {"jid": jid, "target": target, "kind": "list", "batch": batch}
    job = request.job.model_copy(update=given)
    return replace(request, job=job, target=parse_target(target, kind="list"))
