"""Write what was found into the cluster: statuses that differ, events when something turned."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from zester.bus.parallel import each
from zester.errors import ClusterConflict, ClusterRefused, ClusterUnavailable
from zester.resources.kubernetes.names import API_VERSION, FIELD_MANAGER
from zester_controller.mirror.cluster.api import CONNECTIONS, ClusterApi
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.report.event_budget import EventBudget
from zester_controller.mirror.report.finding import Finding
from zester_controller.mirror.report.status import is_written, ready_before, status_of

log = logging.getLogger(__name__)


class StatusWriter:
    """``answered`` takes up objects as they are after a write."""

    def __init__(self, api: ClusterApi, answered: Callable[[str, Body], None]) -> None:
        self._api = api
        self._answered = answered
        self._events = EventBudget(time.monotonic)

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
        was, now = ready_before(finding.body), finding.ready
        if now[1] != "Progressing" and was != (now[0], now[1]):
            await self._tell(finding)

    async def _tell(self, finding: Finding) -> None:
        """Post an event; one that is lost is no loss, for conditions say the same."""
        if not self._events.spend():
            log.debug("too many events", extra={"object": str(finding.candidate.key)})
            return
        namespace = finding.candidate.key.namespace
        try:
            await self._api.post_event(namespace, event_of(finding))
        except (ClusterUnavailable, ClusterConflict, ClusterRefused) as error:
            fields = {"object": str(finding.candidate.key), "error": str(error)}
            log.warning("event not posted", extra=fields)


def event_of(finding: Finding) -> Mapping[str, Any]:
    """Return the event that tells how an object is now."""
    candidate, (status, reason, message) = finding.candidate, finding.ready
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{candidate.key.name[:200]}.{secrets.token_hex(8)}",
            "namespace": candidate.key.namespace,
        },
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": candidate.key.kind,
            "name": candidate.key.name,
            "namespace": candidate.key.namespace,
            "uid": candidate.uid,
        },
        "type": "Warning" if status == "False" else "Normal",
        "reason": reason,
        "message": message,
        "source": {"component": FIELD_MANAGER},
        "reportingComponent": FIELD_MANAGER,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
