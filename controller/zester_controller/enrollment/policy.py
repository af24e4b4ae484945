"""Decides about one request; pure: everything it depends on is given."""

from __future__ import annotations

from dataclasses import field
from fnmatch import fnmatchcase

from zester.dataclass import dataclass
from zester.resources.enrollment.answer import Verdict
from zester.resources.enrollment.enrollment import RIVALS_LIMIT, Enrollment, Rival
from zester.resources.enrollment.join_token import JoinToken, TokenUse
from zester.resources.enrollment.request import EnrollRequest
from zester.trust.verifier import SKEW
from zester_controller.enrollment.rules import Rules

GUEST = "guest"
"""The name of those without credentials; they share one inbox."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is signed by the key it names, and what is known of where it came from.

    ``known_inside`` = the server vouches that the asker has the id's token.
    """

    request: EnrollRequest
    source: str
    known_inside: bool


@dataclass(frozen=True, slots=True)
class HeldToken:
    """A join token as it is stored, None when there is none of that name, and whom it let in."""

    record: JoinToken | None
    use: TokenUse = field(default_factory=TokenUse)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to answer, and what to store first (None = what is stored stays).

    ``new`` = nothing was stored under the id before.
    """

    verdict: Verdict
    reason: str
    message: str = ""
    record: Enrollment | None = None
    use: TokenUse | None = None
    new: bool = False


@dataclass(frozen=True, slots=True)
class _Grant:
    """Somebody or something says yes; ``token`` None = no join token was needed."""

    by: str
    token: JoinToken | None = None
    use: TokenUse | None = None


def decide(
    asked: Asked, known: Enrollment | None, token: HeldToken | None, rules: Rules, now: float
) -> Decision:
    """Decide; ``known`` is what is stored of the id, ``token`` the one the request names."""
    request = asked.request
    if request.env != rules.env:
        return _no("WrongEnvironment", f"this master admits to {rules.env}, not to {request.env}")
    if request.id == GUEST:
        return _no("ReservedName", "guests hear whatever a node called so would be answered")
    if abs(now - request.at) > SKEW:
        late = round(now - request.at)
        return _no("ClockSkew", f"the machine's clock is {late:+d} s behind the master's")
    if known is None:
        return _newcomer(asked, None, token, rules, now)
    if request.key in known.revoked:
        return _no("Revoked", "this key was revoked; a machine that may come back needs a new one")
    if request.key in known.refused:
        return _no("Rejected", known.note or "an operator said no")
    if request.key != known.key:
        return _other(asked, known, token, rules, now)
    return _same(asked, known, token, rules, now)


def _same(
    asked: Asked, known: Enrollment, token: HeldToken | None, rules: Rules, now: float
) -> Decision:
    if known.state == "accepted":
        return _again(asked, known, rules, now)
    if known.state != "pending":
        return _no("Revoked" if known.state == "revoked" else "Rejected", known.note)
    grant = _admission(asked.request, token, rules, now)
    if isinstance(grant, _Grant):
        return _accept(asked, known, grant, now)
    return grant or Decision("pending", "Pending", _waiting(known))


def _again(asked: Asked, known: Enrollment, rules: Rules, now: float) -> Decision:
    """An accepted peel wants new tokens, because time goes by or because it lost them."""
    last = max(known.decided or 0, known.renewed or 0)
    # ``renewed`` is not written each time: give what it may be late.
    away = now - last > rules.entry_lifetime + rules.lifetime / 2
    if away and not asked.known_inside:
        note = "was away for longer than it may be"
        held = known.model_copy(update={"state": "pending", "note": note})
        return Decision("pending", "AwayTooLong", f"{_waiting(held)}: it {note}", held)
    if now - (known.renewed or 0) < rules.lifetime / 2:
        return Decision("accepted", "Accepted")
    return Decision(
        "accepted", "Accepted", "", known.model_copy(update={"renewed": int(now), "note": ""})
    )


def _other(
    asked: Asked, known: Enrollment, token: HeldToken | None, rules: Rules, now: float
) -> Decision:
    """Another key than the one we know asks for the id."""
    request = asked.request
    if known.state in ("rejected", "revoked"):
        return _newcomer(asked, known, token, rules, now)
    rivals = _with_rival(known.rivals, Rival(key=request.key, source=asked.source, at=request.at))
    changed = known.model_copy(update={"rivals": rivals}) if rivals != known.rivals else None
    if known.state == "accepted":
        return _no(
            "IdTaken",
            f"{request.id} has another key; `zester enroll revoke {request.id}` frees the id",
            changed,
        )
    grant = _admission(request, token, rules, now)
    if isinstance(grant, _Grant) and grant.token is not None:
        # Who holds a join token has an operator's word, who asked first has nobody's.
        first = Rival(key=known.key, source=known.source, at=known.requested)
        return _accept(
            asked, known.model_copy(update={"rivals": _with_rival(known.rivals, first)}), grant, now
        )
    if isinstance(grant, Decision):
        return grant
    message = f"another machine asked for {request.id} first; an operator has to choose"
    return _no("IdClaimed", message, changed)


def _newcomer(
    asked: Asked, known: Enrollment | None, token: HeldToken | None, rules: Rules, now: float
) -> Decision:
    grant = _admission(asked.request, token, rules, now)
    if isinstance(grant, Decision):
        return grant
    once_out = known is not None and known.state == "revoked"
    if grant is not None and (grant.token is not None or not once_out):
        return _accept(asked, known, grant, now)
    record = _record(asked, known, now).model_copy(update={"state": "pending"})
    return Decision("pending", "Pending", _waiting(record), record, new=known is None)


def _admission(
    request: EnrollRequest, token: HeldToken | None, rules: Rules, now: float
) -> _Grant | Decision | None:
    """Whether anything says yes (a grant), or no (a decision), or nothing at all (None)."""
    if request.token is not None:
        return _by_token(request, token or HeldToken(None), now)
    if rules.policy == "all":
        return _Grant("policy all")
    return _Grant("allow list") if rules.allows(request.id) else None


def _by_token(request: EnrollRequest, token: HeldToken, now: float) -> _Grant | Decision:
    record, use = token.record, token.use
    if record is None or record.env != request.env:
        return _no("TokenUnknown", "there is no such join token; it may have been deleted")
    if not request.proven(record.key):
        return _no("TokenForged", "the request does not prove that it has the join token")
    if record.expires is not None and record.expires < now:
        return _no("TokenExpired", f"the time of join token {record.id} is over")
    if not any(fnmatchcase(request.id, pattern) for pattern in record.ids):
        return _no("TokenNotForThis", f"join token {record.id} is not for {request.id}")
    by = f"join token {record.id}"
    if record.uses is None or use.has(request.key):
        return _Grant(by, record)
    if len(use.keys) >= record.uses:
        return _no("TokenUsedUp", f"join token {record.id} was used {record.uses} times")
    return _Grant(by, record, use.plus(request.key))


def _accept(asked: Asked, known: Enrollment | None, grant: _Grant, now: float) -> Decision:
    token = grant.token
    record = _record(asked, known, now).model_copy(
        update={
            "state": "accepted",
            "by": grant.by,
            "token": token.id if token is not None else None,
            "labels": dict(token.labels) if token is not None else {},
            "decided": int(now),
            "renewed": int(now),
        }
    )
    return Decision("accepted", "Accepted", "", record, grant.use, new=known is None)


def _record(asked: Asked, known: Enrollment | None, now: float) -> Enrollment:
    """A record of the asker without a decision; what is known of the id's other keys stays."""
    request = asked.request
    return Enrollment(
        id=request.id,
        env=request.env,
        key=request.key,
        state="pending",
        machine=request.machine,
        source=asked.source,
        requested=int(now),
        rivals=known.rivals if known is not None else (),
        revoked=known.revoked if known is not None else {},
        refused=known.refused if known is not None else (),
    )


def _with_rival(rivals: tuple[Rival, ...], rival: Rival) -> tuple[Rival, ...]:
    if any(known.key == rival.key for known in rivals) or len(rivals) >= RIVALS_LIMIT:
        return rivals
    return (*rivals, rival)


def _waiting(record: Enrollment) -> str:
    return f"waits for an operator: `zester enroll accept {record.id}`"


def _no(reason: str, message: str, record: Enrollment | None = None) -> Decision:
    return Decision("rejected", reason, message, record)
