"""Write what was found into the cluster: statuses that differ, events when something turned."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from zester.bus.parallel import each
from zester_controller.mirror.cluster.api import CONNECTIONS, ClusterApi
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.report.events import Events, turned
from zester_controller.mirror.report.finding import Finding
from zester_controller.mirror.report.status import is_written, status_of


class StatusWriter:
    """``answered`` takes up objects as they are after a write."""

    def __init__(self, api: ClusterApi, answered: Callable[[str, Body], None]) -> None:
        self._api = api
        self._answered = answered
        self._events = Events(api)

    async def write(self, findings: Iterable[Finding]) -> None:
        """Write all statuses that differ; raises ClusterUnavailable, ClusterRefused."""
        await each(findings, self._one, limit=CONNECTIONS)

    async def _one(self, finding: Finding) -> None:
        candidate = finding.candidate
        status = status_of(finding, time.time())
        if is_written(finding.body, status):
            return
        written = await self._api.apply_status(candidate.key, candidate.uid, status)
        if written is None:
            return
        self._answered(candidate.key.plural, written)
        for said in turned(finding.body, status):
            await self._events.post(candidate.key, candidate.uid, said)
