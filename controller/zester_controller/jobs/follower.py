"""See one job through: told again to those who missed it, closed when nobody works on it."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import field

from zester.bus.buckets import JOBS
from zester.bus.jobs.finding import KnownJob, known_job
from zester.bus.jobs.roster import Roster, live_peels, read_roster
from zester.bus.jobs.sending import VALID, tell_expected
from zester.bus.jobs.tally import Tally
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.signed import stored_at
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, TargetError, Untrusted
from zester.reconcile.reconciler import Requeue
from zester.resources.jobs.expected import Expected
from zester.resources.jobs.job import Job
from zester.targeting.parser import parse_target
from zester.trust.verifier import Verifier
from zester_controller.jobs.recorder import Recorder

REMEMBERED = 4096
"""Jobs of which is known here that they are over."""

log = logging.getLogger(__name__)

FIRST = 1.5
"""Seconds after which a job is looked at: most are over by then."""

EACH = 0.0005
"""Seconds more for every peel that is to answer: whoever reads along makes them all later."""

MANY = 200
"""Peels from which on that counts."""

SLOWEST = 15.0
NOBODY = 30.0
"""Seconds after which a job for which nobody is expected is over."""

ORPHAN = 4.0
"""Seconds after which whoever gave a job will not tell any more whom it means."""

FRESH = 5.0
"""Seconds for which what was read of the fleet is good enough to tell whom a job meant."""

IDLE = 900.0
"""Seconds without a new part after which a job in batches has been given up."""

LONGEST = 86_400.0
"""Seconds after which nobody waits for a result any more, unless the job may take longer."""


@dataclass(slots=True)
class _Open:
    """A job that is not over yet.

    ``stored`` is when the server took it, in Unix seconds: whoever gave it may have another idea of
    the time. ``moved`` is when there was something new, on the monotonic clock.
    """

    known: KnownJob
    stored: float
    tally: Tally
    parts: list[Tally] = field(default_factory=list)
    looks: int = 0
    since: float = field(default_factory=time.monotonic)
    moved: float = field(default_factory=time.monotonic)
    accepted: set[str] = field(default_factory=set)

    @property
    def statuses(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for tally in (self.tally, *self.parts):
            found.update(tally.statuses)
        return found

    @property
    def age(self) -> float:
        """Seconds since the job was given."""
        return max(time.time() - self.stored, time.monotonic() - self.since)

    @property
    def expired(self) -> bool:
        """Whether nobody starts it any more."""
        return self.age > (self.known.expires or 0) - self.known.given

    @property
    def heard_all(self) -> bool:
        """Whether we heard from the beginning who works on it."""
        return time.monotonic() - self.since >= self.age - 2 * FIRST


class JobFollower:
    """Reconciles jobs by id; only the master that holds the lease ``role.jobs`` does.

    ``verifier`` gives the newest judge of signatures, None while there is none.
    """

    def __init__(
        self,
        bus: Bus,
        lease: RoleLease,
        recorder: Recorder,
        *,
        verifier: Callable[[], Verifier | None],
        counted: Callable[[str], None],
    ) -> None:
        self._bus = bus
        self._lease = lease
        self._recorder = recorder
        self._verifier = verifier
        self._counted = counted
        self._rosters: dict[tuple[str, str], tuple[float, Roster]] = {}
        self._open: dict[str, _Open] = {}
        self._closed: OrderedDict[str, None] = OrderedDict()

    @property
    def following(self) -> int:
        """How many jobs are not over yet."""
        return len(self._open)

    def accepted(self, jid: str, node: str) -> None:
        """Note that a peel said that it works on a job."""
        found = self._open.get(jid)
        if found is not None:
            found.accepted.add(node)

    async def reconcile(self, key: str) -> Requeue | None:
        """Look how a job is; raises BusUnavailable."""
        if not self._lease.held:
            self._open.pop(key, None)
            return None
        if key in self._closed:
            return None
        job = self._open.get(key) or await self._begin(key)
        if job is None:
            return None
        early = await self._early(job)
        if early > 0:
            return Requeue(early)
        await self._look(job)
        silent = await self._silent(job)
        if silent is not None:
            await self._recorder.closed(job.known, job.statuses, silent)
            del self._open[key]
            self._closed[key] = None
            if len(self._closed) > REMEMBERED:
                self._closed.popitem(last=False)
            return None
        job.looks += 1
        return Requeue(min(SLOWEST, FIRST * 2 ** min(job.looks - 1, 5)))

    async def _begin(self, jid: str) -> _Open | None:
        record = await Records(self._bus, JOBS).get(jid)
        verifier = self._verifier()
        if record is None or verifier is None:
            return None
        try:
            known = known_job(verifier, record)
        except (Untrusted, InvalidDocument) as error:
            await self._recorder.disbelieved(jid, error)
            return None
        await self._recorder.given(known)
        found = self._open[jid] = _Open(known, stored_at(record), Tally(jid))
        return found

    async def _early(self, job: _Open) -> float:
        """Return for how many seconds answers of a large fleet are still likely to pour in."""
        if job.looks or job.known.job.batch:
            return 0.0
        await job.tally.read_expected(self._bus)
        expected = job.tally.expected
        peels = 0 if expected is None else len(expected.live)
        return FIRST + EACH * peels - job.age if peels >= MANY else 0.0

    async def _look(self, job: _Open) -> None:
        moved = await job.tally.look(self._bus)
        if job.known.job.batch:
            moved |= await self._look_at_parts(job)
        elif job.tally.expected is None and job.age >= ORPHAN:
            await self._tell_whom(job)
        if moved:
            job.moved = time.monotonic()

    async def _look_at_parts(self, job: _Open) -> bool:
        """Look at the parts of a job in batches; return whether there is something new."""
        jid, moved = job.known.job.jid, False
        while True:
            part = f"{jid}-{len(job.parts) + 1}"
            if await Records(self._bus, JOBS).get(part) is None:
                break
            job.parts.append(Tally(part))
        for tally in job.parts:
            moved |= await tally.look(self._bus)
        return moved

    async def _tell_whom(self, job: _Open) -> None:
        """Write down whom a job means whose caller went away before."""
        asked = job.known.job
        try:
            roster = await self._roster(asked)
        except TargetError as error:
            log.warning("target of a job", extra={"jid": asked.jid, "error": str(error)})
            return
        told = Expected(
            jid=asked.jid,
            live=tuple(sorted(roster.sure & roster.live)),
            away=tuple(sorted(roster.sure - roster.live)),
        )
        await tell_expected(self._bus, told)
        job.tally.expected = told

    async def _roster(self, job: Job) -> Roster:
        """Whom a target means, as of a moment ago: whoever left many jobs left them at once."""
        now = time.monotonic()
        known = (job.kind, job.target)
        self._rosters = {
            asked: found for asked, found in self._rosters.items() if now - found[0] < FRESH
        }
        if known not in self._rosters:
            target = parse_target(job.target, kind=job.kind)
            roster = await read_roster(self._bus, target, verifier=self._verifier())
            self._rosters[known] = (now, roster)
        return self._rosters[known][1]

    async def _silent(self, job: _Open) -> frozenset[str] | None:
        """Return who will not answer any more when a job is over, None while it is not."""
        expected = job.tally.expected
        if expected is None:
            await self._tell_again(job)
            return frozenset() if job.age > NOBODY else None
        whom = frozenset((*expected.live, *expected.away))
        missing = (whom | job.accepted) - job.statuses.keys()
        if not missing:
            return missing if whom or job.age > NOBODY else None
        if job.known.job.batch:
            return missing if time.monotonic() - job.moved > IDLE else None
        if not job.expired:
            if missing & frozenset(expected.live):
                await self._tell_again(job)
            return None
        working = missing & await live_peels(self._bus)
        if job.heard_all:
            working &= job.accepted
        limit = max(LONGEST, job.known.job.timeout or 0)
        return None if working and job.age < limit else missing

    async def _tell_again(self, job: _Open) -> None:
        """No peel runs a job twice; one that was coming back to the bus runs it now."""
        if job.age > VALID or job.known.job.batch:
            return
        await self._bus.publish(JOBS.live(job.known.job.jid), job.known.envelope)
        self._counted("told again")
