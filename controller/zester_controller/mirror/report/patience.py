"""Whether peels have had the time that an object gives them."""

from __future__ import annotations

import calendar
import time
from collections.abc import Mapping
from typing import Any

from zester.resources.kubernetes.parts.duration import seconds
from zester.resources.kubernetes.parts.mirrored import MirroredSpec
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.report.finding import TIMEOUT
from zester_controller.mirror.report.since import Revision

_STAMP = "%Y-%m-%dT%H:%M:%SZ"


def overdue(candidate: Candidate, body: Body, since: Revision, now: float) -> str:
    """Return the ``timeout`` of an object, as it is written, once it is over; else nothing.

    It begins with the revision that peels are to follow, or when they were last as they should be:
    one that joins later has the whole of it. The object itself remembers that in its conditions.
    """
    spec = getattr(candidate.resource, "spec", None)
    if not isinstance(spec, MirroredSpec) or spec.timeout is None:
        return ""
    status = body.get("status") or {}
    if status.get("publishedRevision") != since.number:
        return ""  # it is told of this revision for the first time
    ready = _ready(status)
    if ready.get("reason") == TIMEOUT:
        return spec.timeout
    began = _moment(ready) if ready.get("status") == "Unknown" else now
    return spec.timeout if now - max(began, since.born) > seconds(spec.timeout) else ""


def _ready(status: Mapping[str, Any]) -> Mapping[str, Any]:
    for each in status.get("conditions") or ():
        if isinstance(each, Mapping) and each.get("type") == "Ready":
            return each
    return {}


def _moment(condition: Mapping[str, Any]) -> float:
    return float(calendar.timegm(time.strptime(str(condition["lastTransitionTime"]), _STAMP)))
