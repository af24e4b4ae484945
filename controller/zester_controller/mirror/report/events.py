"""Post events when something turned."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Collection, Mapping
from typing import Any

from zester.errors import ClusterConflict, ClusterRefused, ClusterUnavailable
from zester.resources.kubernetes.names import API_VERSION, FIELD_MANAGER
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.objects.key import ObjectKey
from zester_controller.mirror.report.event_budget import EventBudget

log = logging.getLogger(__name__)

Said = tuple[str, str, str]
"""Status, reason and message of a condition."""

UNDER_WAY = "Progressing"
"""A reason that is no news."""


class Events:
    """Within a budget: an event that is lost is no loss, for conditions say the same."""

    def __init__(self, api: ClusterApi) -> None:
        self._api = api
        self._budget = EventBudget(time.monotonic)

    async def post(self, key: ObjectKey, uid: str, said: Said) -> None:
        """Tell whoever looks at an object's events."""
        if not self._budget.spend():
            log.debug("too many events", extra={"object": str(key)})
            return
        try:
            await self._api.post_event(key.namespace, event_of(key, uid, said))
        except (ClusterUnavailable, ClusterConflict, ClusterRefused) as error:
            log.warning("event not posted", extra={"object": str(key), "error": str(error)})


def turned(
    before: Body, status: Mapping[str, Any], types: Collection[str] = ("Ready",)
) -> list[Said]:
    """Return which conditions have another status or reason than the object had."""
    there = (before.get("status") or {}).get("conditions") or ()
    was = {
        each.get("type"): (each.get("status"), each.get("reason"))
        for each in there
        if isinstance(each, Mapping)
    }
    return [
        (each["status"], each["reason"], each["message"])
        for each in status["conditions"]
        if each["type"] in types
        and each["reason"] != UNDER_WAY
        and was.get(each["type"]) != (each["status"], each["reason"])
    ]


def event_of(key: ObjectKey, uid: str, said: Said) -> Mapping[str, Any]:
    """Return the event that tells how an object is now."""
    status, reason, message = said
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{key.name[:200]}.{secrets.token_hex(8)}",
            "namespace": key.namespace,
        },
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": key.kind,
            "name": key.name,
            "namespace": key.namespace,
            "uid": uid,
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
