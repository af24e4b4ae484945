"""Judge how the peel is from what it follows and what its runs came to."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from zester.resources.maintenance.verdict import Verdict
from zester_peel.agent.converger import Converger
from zester_peel.agent.identity.renewal import Trouble
from zester_peel.agent.reporting.conditions import Conditions
from zester_peel.agent.reporting.following import Following
from zester_peel.engine.outcome import Cause

NAMED = 5


def judge(
    conditions: Conditions,
    converger: Converger,
    following: Following,
    now: float,
    monotonic: float,
    *,
    facts: Mapping[str, str],
    trouble: Trouble | None,
    duplicated: bool,
) -> None:
    """Set the conditions; ``now`` in Unix seconds, ``facts`` what is wrong with them by origin.

    ``trouble`` is what keeps this peel from renewing its credentials; ``duplicated`` says that
    somebody else reports in its name.
    """
    _maintenance(conditions, converger.verdict(), now)
    _reconciling(conditions, converger, following, now)
    _stalled(conditions, converger, following, now)
    _conflict(conditions, following, now)
    _contested(conditions, converger, now, monotonic)
    _drifted(conditions, converger, now)
    _prune_held(conditions, converger, now)
    _facts(conditions, facts, now)
    _trust(conditions, following, now)
    _credentials(conditions, trouble, now)
    _duplicate(conditions, duplicated, now)
    _ready(conditions, converger, following, now)


def _maintenance(conditions: Conditions, verdict: Verdict, now: float) -> None:
    conditions.clear("Observing" if verdict.kind == "suspended" else "Suspended")
    if verdict.kind == "suspended":
        conditions.raise_("Suspended", verdict.reason, verdict.message, now)
    elif verdict.kind == "observe":
        conditions.raise_("Observing", verdict.reason, verdict.message, now)
    else:
        conditions.clear("Observing")


def _reconciling(
    conditions: Conditions, converger: Converger, following: Following, now: float
) -> None:
    if following.waiting is not None:
        message = f"keys are still to be granted: {following.waiting}"
        conditions.raise_("Reconciling", "WaitingForGrant", message, now)
    elif converger.slots is not None and converger.slots.waiting:
        conditions.raise_("Reconciling", "WaitingForSlot", converger.slots.waiting, now)
    elif converger.running is None or converger.running is Cause.DRIFT:
        conditions.clear("Reconciling")
    else:
        reason = converger.running.value.capitalize()
        conditions.raise_("Reconciling", reason, "a run is going on", now)


def _stalled(
    conditions: Conditions, converger: Converger, following: Following, now: float
) -> None:
    if following.problems:
        source, error = next(iter(sorted(following.problems.items())))
        origin = f"{source}: " if source else ""
        kept = "the last good state is kept" if following.applied else "nothing is applied"
        conditions.raise_("Stalled", error.reason, f"{origin}{error}; {kept}", now)
    elif converger.forgetful:
        message = f"runs are not remembered or reported: {converger.forgetful}"
        conditions.raise_("Stalled", "StateFolder", message, now)
    else:
        conditions.clear("Stalled")


def _conflict(conditions: Conditions, following: Following, now: float) -> None:
    if following.conflicts:
        told = _named(tuple(map(str, following.conflicts)))
        conditions.raise_("Conflict", "SamePath", told, now)
    else:
        conditions.clear("Conflict")


def _contested(conditions: Conditions, converger: Converger, now: float, monotonic: float) -> None:
    refs = converger.contest.contested(monotonic)
    if not refs:
        conditions.clear("Contested")
        return
    conditions.raise_("Contested", "RepeatedDrift", f"something keeps changing {_named(refs)}", now)


def _drifted(conditions: Conditions, converger: Converger, now: float) -> None:
    refs, left = tuple(sorted(converger.uncorrected)), tuple(sorted(converger.left))
    if refs:
        conditions.raise_("Drifted", "CorrectionFailed", f"cannot put right {_named(refs)}", now)
    elif left:
        reason = "Pending" if converger.pending else "NotEnforced"
        conditions.raise_("Drifted", reason, f"differs and is left alone: {_named(left)}", now)
    else:
        conditions.clear("Drifted")


def _prune_held(conditions: Conditions, converger: Converger, now: float) -> None:
    pruner = converger.pruner
    if pruner is not None and pruner.held:
        conditions.raise_("PruneHeld", pruner.reason, pruner.held, now)
    else:
        conditions.clear("PruneHeld")


def _facts(conditions: Conditions, problems: Mapping[str, str], now: float) -> None:
    if problems:
        told = _named(tuple(f"{origin}: {why}" for origin, why in sorted(problems.items())))
        conditions.raise_("FactsIncomplete", "CollectorFailed", told, now)
    else:
        conditions.clear("FactsIncomplete")


def _trust(conditions: Conditions, following: Following, now: float) -> None:
    if following.refused:
        what, error = next(iter(sorted(following.refused.items())))
        message = f"{what}: {error}; what was believed before still counts"
        conditions.raise_("Untrusted", error.reason, message, now)
    else:
        conditions.clear("Untrusted")
    if following.stale is not None:
        since = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(following.stale))
        conditions.raise_("Stale", "NobodyVouches", f"no master vouches since {since}", now)
    else:
        conditions.clear("Stale")


def _credentials(conditions: Conditions, trouble: Trouble | None, now: float) -> None:
    if trouble is None:
        conditions.clear("CredentialsAtRisk")
    else:
        conditions.raise_("CredentialsAtRisk", trouble.reason, trouble.message, now)


def _duplicate(conditions: Conditions, duplicated: bool, now: float) -> None:
    if duplicated:
        message = (
            f"another instance reports as this peel; this one runs on host {os.uname().nodename}: "
            "one of them has a copied identity folder, move that away there and enrol again"
        )
        conditions.raise_("DuplicateIdentity", "TwoInstances", message, now)
    else:
        conditions.clear("DuplicateIdentity")


def _ready(conditions: Conditions, converger: Converger, following: Following, now: float) -> None:
    counts = converger.counts()
    if conditions.has("Suspended"):
        conditions.ready("Unknown", "Suspended", "nobody looks while it is suspended", now)
    elif counts.failed:
        message = f"{counts.failed} of {counts.total} states failed"
        conditions.ready("False", "StatesFailed", message, now)
    elif conditions.has("Stalled"):
        conditions.ready("False", "Stalled", "what is wished cannot be followed", now)
    elif conditions.has("Contested"):
        conditions.ready("False", "Contested", "contested states may not be as wished", now)
    elif counts.drifted:
        message = f"{counts.drifted} of {counts.total} states differ and are left alone"
        conditions.ready("False", "Drifted", message, now)
    elif following.applied:
        if converger.running in (None, Cause.DRIFT, Cause.RESYNC):
            conditions.ready("True", "Converged", f"{counts.total} states as wished", now)
    elif following.synced and converger.running is None and following.waiting is None:
        conditions.ready("Unknown", "NothingPushed", "this environment has no tree yet", now)


def _named(refs: tuple[str, ...]) -> str:
    more = len(refs) - NAMED
    return ", ".join(refs[:NAMED]) + (f" and {more} more" if more > 0 else "")
