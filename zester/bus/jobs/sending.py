"""Send a job: kept first, then told to everybody at once."""

from __future__ import annotations

import time

import anyio

from zester.bus.buckets import DURABLE, JOBS
from zester.bus.events import tell_event
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.dataclass import dataclass
from zester.errors import BusUnavailable, InvalidDocument, RevisionConflict
from zester.resources.jobs.expected import Expected
from zester.resources.jobs.job import Job
from zester.trust.envelope import Signer
from zester.trust.verifier import Verified, Verifier

VALID = 60.0
"""Seconds in which a job has to be started by those who are there."""


PERSIST = 20.0
"""Seconds for which it is tried to send a job while the bus is away."""

RETRY = 0.2


@dataclass(frozen=True, slots=True)
class SentJob:
    """A job and the bytes it is sent as; ``expires`` in Unix seconds."""

    job: Job
    envelope: bytes
    expires: float


def sign_job(signer: Signer, job: Job, *, expires: float, now: float | None = None) -> SentJob:
    """Sign a job for the peels of the signer's environment."""
    envelope = signer.sign(_place(job.jid), job.encode(), expires=expires, now=now)
    return SentJob(job, envelope, expires)


async def send_job(bus: Bus, sent: SentJob) -> None:
    """Keep a job and tell it to everybody, also when the bus goes away over it for a moment.

    Raises BusUnavailable after PERSIST seconds, RevisionConflict when there is another such job.
    """
    deadline = time.monotonic() + PERSIST
    while True:
        try:
            await keep_job(bus, sent, now=time.time())
            await announce_job(bus, sent)
        except BusUnavailable:
            if time.monotonic() >= deadline:
                raise
            await anyio.sleep(RETRY)
        else:
            return


async def keep_job(bus: Bus, sent: SentJob, *, now: float) -> None:
    """Store a job, a durable one also for peels that come later; safe to repeat.

    Raises BusUnavailable, RevisionConflict when there is another such job.
    """
    await _keep(Records(bus, JOBS), sent)
    if sent.job.durable:
        await _keep(Records(bus, DURABLE), sent, ttl=max(1.0, sent.expires - now))


async def _keep(records: Records, sent: SentJob, *, ttl: float | None = None) -> None:
    try:
        await records.create(sent.job.jid, sent.envelope, ttl=ttl)
    except RevisionConflict:
        known = await records.get(sent.job.jid)
        if known is None or known.value != sent.envelope:
            raise  # else an earlier try of ours did arrive


async def announce_job(bus: Bus, sent: SentJob) -> None:
    """Tell everybody who listens; safe to repeat: no peel runs a job twice."""
    await bus.publish(JOBS.live(sent.job.jid), sent.envelope)
    await bus.flush()


async def tell_expected(bus: Bus, expected: Expected) -> None:
    """Keep which peels a job should hear from; raises BusUnavailable."""
    subject = f"zester.job.{expected.jid}.expected"
    await tell_event(bus, subject, expected.encode(), identity=f"{expected.jid}.expected")


def open_job(
    verifier: Verifier, jid: str, envelope: bytes, *, stored: float | None = None
) -> tuple[Job, Verified]:
    """Return a stored job and who gave it, also when its time is over; raises Untrusted."""
    verified = verifier.open(envelope, _place(jid), stored=stored, now=stored)
    job = Job.decode(verified.payload)
    if job.jid != jid:
        raise InvalidDocument(f"the job {jid} calls itself {job.jid}")
    return job, verified


def _place(jid: str) -> str:
    return f"{JOBS.name}.{jid}"
