"""The status of a Peel: what the peel reports of itself, and what is known besides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from zester.resources.nodes.status import PeelStatus
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.fleet.budget import SEEN_STEP
from zester_controller.mirror.fleet.sight import Sight
from zester_controller.mirror.plan.problem import MESSAGE_LIMIT, Problem
from zester_controller.mirror.report.status import conditions_of

ADDRESSES = 32
LATEST = 253_402_300_799
"""The last second of the year 9999."""

Says = dict[str, tuple[str, str, str]]
"""By type: status, reason and message of a condition."""


def peel_status(sight: Sight, body: Body, problem: Problem | None, now: float) -> dict[str, Any]:
    """Return the whole status of a Peel; ``problem`` is why its spec cannot be acted on."""
    found: dict[str, Any] = {"observedGeneration": body["metadata"].get("generation", 0)}
    view = sight.view
    found["online"] = bool(view and view.live)
    if view is not None and view.seen is not None:
        found["lastSeenTime"] = moment(view.seen // SEEN_STEP * SEEN_STEP)
    if sight.record is not None:
        found["publicKey"] = sight.record.key
    found.update(_facts(sight.facts))
    if view is not None and view.status is not None:
        found.update(_reported(view.status))
    found["conditions"] = conditions_of(body, _says(sight, problem), now)
    return found


def moment(seconds: float) -> str:
    """Return Unix seconds as Kubernetes writes them; what a peel tells may be any number."""
    return datetime.fromtimestamp(min(max(seconds, 0), LATEST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, names, longest in (
        ("os", ("osfinger", "osfullname", "kernel"), 128),
        ("architecture", ("cpuarch",), 64),
    ):
        text = next((t for n in names if isinstance(t := facts.get(n), str) and t), None)
        if text:
            found[field] = text[:longest]
    addresses = [
        text
        for name in ("ipv4", "ipv6")
        for text in (facts[name] if isinstance(facts.get(name), list) else ())
        if isinstance(text, str) and len(text) <= 64
    ]
    if addresses:
        found["addresses"] = addresses[:ADDRESSES]
    return found


def _reported(status: PeelStatus) -> dict[str, Any]:
    environment: dict[str, Any] = {"name": status.env[:63]}
    if len(status.applied) == 1:
        environment["revision"] = next(iter(status.applied.values()))
    counts = status.counts
    found: dict[str, Any] = {
        "version": status.version[:64],
        "environments": [environment],
        "counts": {
            "total": counts.total,
            "unchanged": counts.ok,
            "failed": counts.failed,
            "drifted": counts.drifted,
        },
    }
    if status.failures:
        found["failures"] = [
            {"ref": each.ref[:512], "location": each.at[:1100], "message": each.comment}
            for each in status.failures
        ]
    run = status.last_run
    if run is not None:
        found["counts"]["corrected"] = run.corrected
        found["counts"]["intended"] = max(0, run.changed - run.corrected)
        found["lastRun"] = {
            "id": run.id[:128],
            "cause": run.cause[:256],
            "startTime": moment(run.started),
            "durationSeconds": round(max(0.0, run.duration), 3),
        }
    return found


def _says(sight: Sight, problem: Problem | None) -> Says:
    says = _peel_says(sight)
    if problem is not None:
        said = (problem.reason, problem.message[:MESSAGE_LIMIT])
        says |= {"Ready": ("False", *said), "Stalled": ("True", *said)}
    return says


def _peel_says(sight: Sight) -> Says:
    enrolled = sight.enrollment
    if enrolled is not None and enrolled.state == "revoked":
        why = f"revoked by {enrolled.by}" + (f": {enrolled.note}" if enrolled.note else "")
        return {"Ready": ("False", "Revoked", why)}
    view = sight.view
    if view is None or view.status is None:
        why = (view.problem if view else "") or "nothing was heard of a peel with this id"
        return {"Ready": ("Unknown", "Silent", why)}
    says = {each.type: (each.status, each.reason, each.message) for each in view.status.conditions}
    if not view.live:
        last = f"; the last sign of life came at {moment(view.seen)}" if view.seen else ""
        says = {"Ready": ("Unknown", "Silent", f"the peel does not answer{last}")}
    elif "Ready" not in says:
        says["Ready"] = ("Unknown", "Progressing", "the peel has not told yet how it is")
    return {str(kind): said for kind, said in says.items()}
