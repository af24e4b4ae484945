"""Find jobs again: what was asked, by whom, and what became of it."""

from __future__ import annotations

import hashlib
import logging

from zester.bus.buckets import JOB_RETURNS, JOBS
from zester.bus.events import read_events
from zester.bus.jobs.following import Following
from zester.bus.jobs.roster import read_roster
from zester.bus.jobs.sending import open_job
from zester.bus.keys import escape_token
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.bus.signed import stored_at
from zester.dataclass import dataclass
from zester.errors import CorruptBlob, InvalidDocument, KeyNotFound, Untrusted
from zester.resources.jobs.job import Job, parse_job_id, part_of
from zester.resources.jobs.job_return import JobReturn, LargeValue
from zester.targeting.parser import parse_target
from zester.trust.verifier import Verifier

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownJob:
    """A job as it was kept. ``given`` in Unix seconds, by the signature; ``envelope`` as sent."""

    job: Job
    who: str
    given: int
    expires: int | None
    envelope: bytes


@dataclass(frozen=True, slots=True)
class JobHistory:
    """What became of a job and its parts; ``expected`` are the peels that it should hear from."""

    known: KnownJob
    parts: tuple[KnownJob, ...]
    returns: dict[str, JobReturn]
    expected: frozenset[str]

    @property
    def missing(self) -> frozenset[str]:
        """The peels that nothing was heard of."""
        return self.expected - set(self.returns)


async def find_job(bus: Bus, verifier: Verifier, jid: str) -> KnownJob:
    """Return a job; raises KeyNotFound, Untrusted."""
    record = await Records(bus, JOBS).get(parse_job_id(jid))
    if record is None:
        raise KeyNotFound(f"there is no job {jid}", hint="`zester job list` lists them")
    return known_job(verifier, record)


async def list_jobs(bus: Bus, verifier: Verifier) -> list[KnownJob]:
    """Return every job that is kept, newest first; parts of batches are left out."""
    found = []
    async for record in Records(bus, JOBS).scan():
        try:
            if part_of(record.key) == record.key:
                found.append(known_job(verifier, record))
        except (Untrusted, InvalidDocument) as error:
            log.warning("job not believed", extra={"jid": record.key, "error": str(error)})
    return sorted(found, key=lambda known: known.job.jid, reverse=True)


async def read_history(bus: Bus, verifier: Verifier, jid: str) -> JobHistory:
    """Return what became of a job; raises KeyNotFound, Untrusted, BusUnavailable."""
    known = await find_job(bus, verifier, jid)
    parts = await _parts(bus, verifier, jid) if known.job.batch else []
    returns: dict[str, JobReturn] = {}
    expected: set[str] = set()
    for each in (known, *parts):
        following = Following(each.job.jid)
        await following.read(bus)
        returns.update(following.returns)
        expected |= await expected_of(bus, each.job, following)
    return JobHistory(known, tuple(parts), returns, frozenset(expected))


async def expected_of(bus: Bus, job: Job, following: Following) -> frozenset[str]:
    """Return the peels that a job should hear from: as its sender told, else as things are now."""
    told = following.expected
    if told is not None:
        return frozenset((*told.live, *told.away))
    return (await read_roster(bus, parse_target(job.target, kind=job.kind))).sure


async def _parts(bus: Bus, verifier: Verifier, jid: str) -> list[KnownJob]:
    found: list[KnownJob] = []
    while (record := await Records(bus, JOBS).get(f"{jid}-{len(found) + 1}")) is not None:
        found.append(known_job(verifier, record))
    return found


async def read_output(bus: Bus, jid: str, node: str, large: LargeValue) -> bytes:
    """Return the JSON of a large value; raises CorruptBlob when it is not all there."""
    subject = f"zester.job.{jid}.output.{escape_token(node)}.*"
    found: dict[int, bytes] = {}
    async for event in read_events(bus, JOB_RETURNS, subject):
        found[int(event.subject.rpartition(".")[2])] = event.data
    data = b"".join(found.get(number, b"") for number in range(1, large.parts + 1))
    if hashlib.sha256(data).hexdigest() != large.digest:
        raise CorruptBlob(f"the output of {node} in job {jid} is not what it said it would be")
    return data


def known_job(verifier: Verifier, record: Record) -> KnownJob:
    """Return a job that was read; raises Untrusted, InvalidDocument."""
    job, verified = open_job(verifier, record.key, record.value, stored=stored_at(record))
    return KnownJob(job, verified.name, verified.issued, verified.expires, record.value)
