"""The trail of commands: written by masters, once for each fact, and never changed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from zester.bus.buckets import EVENTS
from zester.bus.events import append_event, read_events
from zester.bus.jobs.finding import KnownJob
from zester.bus.keys import escape_token
from zester.bus.link.connection import Bus
from zester.errors import InvalidDocument, RevisionConflict
from zester.resources.jobs.audit import AuditEntry, AuditKind
from zester.telemetry.redaction.typed import typed

log = logging.getLogger(__name__)

ORIGIN = "_master"
"""Where events of masters come from; no node id begins with an underscore."""

_PREFIX = f"zester.event.{ORIGIN}.audit"


async def tell_audit(bus: Bus, entry: AuditEntry) -> bool:
    """Write an entry down unless a master has; return whether it was us.

    Raises BusUnavailable, BusRefused.
    """
    subject = f"{_PREFIX}.{escape_token(entry.jid)}.{entry.what}"
    try:
        await append_event(bus, subject, entry.encode(), after=0)
    except RevisionConflict:
        return False
    return True


async def read_audit(
    bus: Bus, *, jid: str = "*", what: str = "*", since: float = 0.0
) -> AsyncIterator[AuditEntry]:
    """Yield entries, oldest first, from a time in Unix seconds on; raises BusUnavailable."""
    token = jid if jid == "*" else escape_token(jid)
    async for event in read_events(bus, EVENTS, f"{_PREFIX}.{token}.{what}", since=since):
        try:
            yield AuditEntry.decode(event.data)
        except InvalidDocument as error:
            log.warning("audit entry", extra={"subject": event.subject, "error": str(error)})


def audit_entry(known: KnownJob, what: AuditKind, at: float) -> AuditEntry:
    """Return what is written down of a command; what looks like a secret is left out."""
    job = known.job
    return AuditEntry(
        jid=job.jid,
        what=what,
        at=at,
        who=known.who,
        target=_cut(job.target, 1000),
        kind=job.kind,
        function=job.function,
        arguments=_cut(typed(job.function, job.args, job.kwargs), 2000),
        test=job.test,
        durable=job.durable,
        batch=job.batch,
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
