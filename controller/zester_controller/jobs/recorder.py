"""The audit trail, as masters write it: each command when it is given and when it is over."""

from __future__ import annotations

import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Mapping

from zester.bus.jobs.audit import audit_entry, tell_audit
from zester.bus.jobs.finding import KnownJob
from zester.bus.link.connection import Bus
from zester.errors import ZesterError
from zester.resources.jobs.audit import NAMED, AuditEntry

log = logging.getLogger(__name__)

REMEMBERED = 4096
"""Jobs of which is known here that they are written down."""

DISBELIEVED = 30
"""Messages a minute that claim to be jobs and are written down; more are only counted."""


class Recorder:
    """Writes entries; any number of masters may, for each fact is written once."""

    def __init__(self, bus: Bus, counted: Callable[[str], None]) -> None:
        self._bus = bus
        self._counted = counted
        self._given: OrderedDict[str, None] = OrderedDict()
        self._minute = (0, 0)

    async def given(self, known: KnownJob) -> None:
        """Write down that a command was given; raises BusUnavailable."""
        jid = known.job.jid
        if jid in self._given:
            return
        await self._tell(audit_entry(known, "given", float(known.given)))
        self._given[jid] = None
        if len(self._given) > REMEMBERED:
            self._given.popitem(last=False)

    async def closed(
        self, known: KnownJob, statuses: Mapping[str, str], silent: Collection[str]
    ) -> None:
        """Write down what became of a command; raises BusUnavailable."""
        results = Counter(statuses.values())
        if silent:
            results["silent"] = len(silent)
        others = sorted((node, found) for node, found in statuses.items() if found != "done")
        entry = audit_entry(known, "closed", time.time()).model_copy(
            update={
                "results": dict(results),
                "others": dict(others[:NAMED]),
                "silent": tuple(sorted(silent)[:NAMED]),
            }
        )
        await self._tell(entry)

    async def disbelieved(self, jid: str, error: ZesterError) -> None:
        """Write down that something claimed to be a command; raises BusUnavailable."""
        minute, count = self._minute
        now = int(time.time() // 60)
        self._minute = (now, count + 1 if now == minute else 1)
        self._counted("disbelieved")
        log.warning("job not believed", extra={"jid": jid[:80], "error": str(error)})
        if self._minute[1] <= DISBELIEVED:
            said = f"{error.reason}: {error}"[:500]
            await tell_audit(
                self._bus,
                AuditEntry(jid=jid[:80], what="disbelieved", at=time.time(), error=said),
            )

    async def _tell(self, entry: AuditEntry) -> None:
        if await tell_audit(self._bus, entry):
            self._counted(entry.what)
