"""Who has answered a job, and how; what they answered is not kept."""

from __future__ import annotations

import logging
from dataclasses import field

from zester.bus.buckets import JOB_RETURNS
from zester.bus.events import last_event, read_events
from zester.bus.keys import unescape_token
from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, InvalidKey
from zester.resources.jobs.expected import Expected
from zester.resources.jobs.job_return import JobReturn, ReturnStatus

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """One job's returns so far; ``look`` reads on from where it was."""

    jid: str
    statuses: dict[str, ReturnStatus] = field(default_factory=dict)
    expected: Expected | None = None
    _after: int = 0

    async def look(self, bus: Bus) -> bool:
        """Take in what was kept meanwhile; return whether that was anything.

        Raises BusUnavailable.
        """
        before = self._after
        await self.read_expected(bus)
        pattern = f"zester.job.{self.jid}.return.*"
        async for event in read_events(bus, JOB_RETURNS, pattern, after=self._after):
            self._after = event.sequence
            try:
                node = unescape_token(event.subject.rpartition(".")[2])
                self.statuses.setdefault(node, JobReturn.decode(event.data).status)
            except (InvalidDocument, InvalidKey) as error:
                log.warning(
                    "message of a job", extra={"subject": event.subject, "error": str(error)}
                )
        return self._after != before

    async def read_expected(self, bus: Bus) -> None:
        """Find out whom the job should hear from, unless that is known; raises BusUnavailable."""
        if self.expected is not None:
            return
        event = await last_event(bus, JOB_RETURNS, f"zester.job.{self.jid}.expected")
        try:
            self.expected = None if event is None else Expected.decode(event.data)
        except InvalidDocument as error:
            log.warning("message of a job", extra={"jid": self.jid, "error": str(error)})
