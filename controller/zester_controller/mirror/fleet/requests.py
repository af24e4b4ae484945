"""What became of one machine's request to join, and what its object tells of it."""

from __future__ import annotations

from typing import Any, Literal

from zester.dataclass import dataclass
from zester.resources.enrollment.enrollment import PENDING_LIFE, Enrollment
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.fleet.peel_status import Says, moment
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.report.status import conditions_of

OURS = frozenset({"Ready", "Approved", "Denied", "Issued", "Stalled"})
DECIDED = ("Approved", "Denied")
KEPT = (
    *("id", "publicKey", "fingerprint", "requestTime", "expirationTime"),
    *("sourceAddress", "facts", "decidedBy"),
)

State = Literal["pending", "approved", "issued", "denied", "revoked", "gone"]


@dataclass(frozen=True, slots=True)
class Asking:
    """A key that asks for an id; ``at`` in Unix seconds."""

    key: str
    source: str
    at: int


def askings(record: Enrollment | None) -> list[Asking]:
    """Return everybody who asked for an id, the first one first."""
    if record is None:
        return []
    first = Asking(record.key, record.source, record.requested)
    return [first, *(Asking(each.key, each.source, each.at) for each in record.rivals)]


def state_of(record: Enrollment | None, key: str) -> State:
    """Return what became of a key's request."""
    if record is None:
        return "gone"
    if key in record.revoked:
        return "revoked"
    if key == record.key and record.state == "accepted":
        return "issued" if record.renewed is not None else "approved"
    if key in record.refused or (key == record.key and record.state == "rejected"):
        return "denied"
    return "pending" if any(each.key == key for each in askings(record)) else "gone"


def condition_before(body: Body, kind: str) -> dict[str, Any] | None:
    """Return a condition that an object has and that is true."""
    found = (body.get("status") or {}).get("conditions") or ()
    return next((c for c in found if c.get("type") == kind and c.get("status") == "True"), None)


def decided_before(body: Body) -> bool:
    """Return whether an object's decision was carried out: that is done once."""
    return any(condition_before(body, kind) is not None for kind in DECIDED)


def request_status(
    record: Enrollment | None, node: str, key: str, body: Body, problem: Problem | None, now: float
) -> dict[str, Any]:
    """Return the whole status of an Enrollment; what it told once stays when the request goes."""
    before = body.get("status") or {}
    found: dict[str, Any] = {
        "observedGeneration": body["metadata"].get("generation", 0),
        **{field: before[field] for field in KEPT if field in before},
        **{"id": node, "publicKey": key, "fingerprint": key},
    }
    asking = next((each for each in askings(record) if each.key == key), None)
    state = state_of(record, key)
    if record is not None and asking is not None:
        found["requestTime"] = moment(asking.at)
        if asking.source:
            found["sourceAddress"] = asking.source
        if state == "pending":
            found["expirationTime"] = moment(record.requested + PENDING_LIFE)
        told = record.machine.model_dump(exclude_defaults=True)
        if key == record.key and told:
            found["facts"] = {name: str(text)[:256] for name, text in told.items()}
        if key == record.key and record.by and state not in ("pending", "gone"):
            found["decidedBy"] = record.by
    found["conditions"] = conditions_of(body, _says(state, body, problem, found), now)
    return found


def _says(state: State, body: Body, problem: Problem | None, told: dict[str, Any]) -> Says:
    by = f"by {told['decidedBy']}" if told.get("decidedBy") else "by an operator"
    says: Says = {}
    if state in ("approved", "issued", "revoked") or condition_before(body, "Approved"):
        says["Approved"] = ("True", "Approved", f"approved {by}")
    if state == "denied" or condition_before(body, "Denied"):
        says["Denied"] = ("True", "Denied", f"rejected {by}")
    if state == "issued":
        says["Issued"] = ("True", "Issued", "the machine has its credentials")
    says["Ready"] = {
        "pending": ("Unknown", "Pending", "waits for a decision; compare the key first"),
        "approved": ("Unknown", "Progressing", "the machine has not fetched its credentials yet"),
        "issued": ("True", "Issued", "the machine is a peel"),
        "denied": ("False", "Denied", f"rejected {by}"),
        "revoked": ("False", "Revoked", f"revoked {by}"),
        "gone": ("False", "Gone", "nobody asks with this key any more"),
    }[state]
    if state == "pending" and decided_before(body):
        again = "asked again after it was decided: delete this object to decide anew"
        says["Ready"] = ("Unknown", "Pending", again)
    if problem is not None:
        said = (problem.reason, problem.message)
        says |= {"Ready": ("False", *said), "Stalled": ("True", *said)}
    return says
