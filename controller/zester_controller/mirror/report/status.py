"""The status of an object, as it is written into the cluster."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from zester.resources.kubernetes.names import RECONCILE_REQUESTED
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.plan.problem import Problem, told
from zester_controller.mirror.report.finding import TIMEOUT, Finding

OURS = ("Ready", "Reconciling", "Stalled", "Drifted", "Suspended", "Conflict")
"""Types of conditions that we write; others are somebody else's."""

FIELDS = (
    *("observedGeneration", "lastHandledReconcileAt", "publishedRevision", "publishedManifest"),
    *("fileCount", "matchedPeels", "readyPeels", "failedPeels", "driftedPeels", "silentPeels"),
    *("notReadyPeels", "keyGeneration", "recipients"),
)


def status_of(finding: Finding, now: float) -> dict[str, Any]:
    """Return the fields that are ours; a condition keeps its time while its status stays."""
    candidate = finding.candidate
    found: dict[str, Any] = {"observedGeneration": candidate.generation}
    if candidate.requested is not None:
        found["lastHandledReconcileAt"] = candidate.requested
    if candidate.published:
        _published(found, finding)
    found["conditions"] = conditions_of(finding.body, _says(finding), now, candidate.generation)
    return found


def conditions_of(
    body: Body,
    says: Mapping[str, tuple[str, str, str]],
    now: float,
    generation: int | None = None,
) -> list[dict[str, Any]]:
    """Return conditions (status, reason, message by type) as an object shall have them."""
    before = {each.get("type"): each for each in _conditions(body)}
    seen = int(body["metadata"].get("generation", 0)) if generation is None else generation
    return [_condition(before.get(kind, {}), kind, what, seen, now) for kind, what in says.items()]


def same_conditions(body: Body, status: Mapping[str, Any], types: Collection[str]) -> bool:
    """Return whether an object has these conditions, and no other of ``types``."""
    ours = {each["type"]: each for each in _conditions(body) if each.get("type") in types}
    return ours == {each["type"]: each for each in status["conditions"]}


def is_written(body: Body, status: Mapping[str, Any]) -> bool:
    """Return whether an object's status says all that already, and nothing else of ours."""
    there = body.get("status") or {}
    if any(there.get(field) != status.get(field) for field in FIELDS):
        return False
    return same_conditions(body, status, OURS)


def unable_status(body: Body, problem: Problem, now: float, *, passing: bool) -> dict[str, Any]:
    """Return the status of an object that could not be looked at: what was known stays.

    ``passing``: it is not known how the object is now, and nobody has to do anything about it.
    """
    there = body.get("status") or {}
    found = {field: there[field] for field in FIELDS if field in there}
    says = {
        str(each["type"]): (str(each["status"]), str(each["reason"]), str(each["message"]))
        for each in _conditions(body)
        if each.get("type") in ("Drifted", "Suspended", "Conflict")
    }
    said = (problem.reason, problem.message)
    says["Ready"] = ("Unknown" if passing else "False", *said)
    says["Reconciling" if passing else "Stalled"] = ("True", *said)
    seen = max(0, int(there.get("observedGeneration", 0)))
    found["conditions"] = conditions_of(body, says, now, seen)
    return found


def ready_before(body: Body) -> tuple[str, str] | None:
    """Return status and reason of Ready as the object has it, None before the first time."""
    for each in _conditions(body):
        if each.get("type") == "Ready":
            return str(each.get("status")), str(each.get("reason"))
    return None


def handled(body: Body) -> bool:
    """Return whether the last request for a look was answered."""
    asked = (body["metadata"].get("annotations") or {}).get(RECONCILE_REQUESTED)
    return asked is None or (body.get("status") or {}).get("lastHandledReconcileAt") == asked[:253]


def _published(found: dict[str, Any], finding: Finding) -> None:
    if finding.revision is not None:
        found["publishedRevision"] = finding.revision
        found["publishedManifest"] = finding.manifest
    plural = finding.candidate.key.plural
    if plural == "statetrees":
        found["fileCount"] = finding.files
    if plural == "settings" and finding.key_generation is not None:
        found["keyGeneration"] = finding.key_generation
        found["recipients"] = finding.recipients or 0
    if plural != "settings" and finding.tally is not None:
        counts = finding.tally.counts
        found.update(counts.written())
        if plural == "topassignments":
            found["notReadyPeels"] = (counts.matched_peels or 0) - (counts.ready_peels or 0)


def _says(finding: Finding) -> dict[str, tuple[str, str, str]]:
    """Return the conditions: Ready always, the others only while they are true."""
    ready = finding.ready
    found = {"Ready": ready}
    if finding.wrong is not None or ready[1] == TIMEOUT:
        found["Stalled"] = ("True", ready[1], ready[2])
    elif ready[1] == "Progressing":
        found["Reconciling"] = ("True", ready[1], ready[2])
    if ready[1] == "PeelsDrifted":
        found["Drifted"] = ("True", ready[1], ready[2])
    if finding.candidate.suspended:
        spec = finding.candidate.body.get("spec") or {}
        why = str(spec.get("suspendReason") or "spec.suspend is true")
        found["Suspended"] = ("True", "Suspended", why)
    if finding.stalled is not None and finding.stalled.reason == "HeadConflict":
        found["Conflict"] = ("True", finding.stalled.reason, finding.stalled.message)
    elif finding.conflicts or finding.overruling:
        paths = told([*finding.conflicts, *finding.overruling])
        found["Conflict"] = ("True", "PathConflict", paths)
    return found


def _condition(
    before: Mapping[str, Any], kind: str, what: tuple[str, str, str], generation: int, now: float
) -> dict[str, Any]:
    status, reason, message = what
    since = before.get("lastTransitionTime") if before.get("status") == status else None
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": generation,
        "lastTransitionTime": since or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
    }


def _conditions(body: Body) -> list[Mapping[str, Any]]:
    found = (body.get("status") or {}).get("conditions") or []
    return [each for each in found if isinstance(each, Mapping)]
