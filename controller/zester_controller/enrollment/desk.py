"""Takes one request and gives the answer to it, after it was written down."""

from __future__ import annotations

import logging

from zester.bus.keys import escape_token
from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, RevisionConflict, Untrusted
from zester.reconcile.clock import Clock
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.enrollment.request import EnrollRequest, read_request
from zester_controller.enrollment.bundles import Believed, Bundles
from zester_controller.enrollment.issuer import Issuer
from zester_controller.enrollment.ledger import Ledger
from zester_controller.enrollment.limiter import Limiter
from zester_controller.enrollment.policy import GUEST, Asked, Decision, decide
from zester_controller.enrollment.refused import Refused
from zester_controller.enrollment.replays import Replays

log = logging.getLogger(__name__)

ATTEMPTS = 4
"""Times a decision is made anew because somebody wrote meanwhile."""

WRITES_BURST, WRITES_RATE = 100.0, 1.0
"""New names that one source may have written down, at once and for each second."""


@dataclass(frozen=True, slots=True)
class Knock:
    """A request as it came; ``name`` is what the server let its sender call himself."""

    data: bytes
    name: str
    source: str


class Desk:
    """Answers requests; None = not worth an answer, which is counted."""

    def __init__(
        self, bus: Bus, bundles: Bundles, issuer: Issuer, refused: Refused, clock: Clock
    ) -> None:
        self._bus = bus
        self._bundles = bundles
        self._issuer = issuer
        self._refused = refused
        self._clock = clock
        self._replays = Replays(clock)
        self._writes = Limiter(clock, burst=WRITES_BURST, rate=WRITES_RATE)

    async def handle(self, knock: Knock) -> bytes | None:
        """Decide, write down, answer. Raises BusUnavailable, BusRefused, KeyNotFound, Untrusted.

        Nothing is promised before it is stored; asked again, the same key gets the same answer.
        """
        try:
            request = read_request(knock.data)
        except (Untrusted, InvalidDocument) as error:
            log.debug("request not readable", extra={"error": error.message})
            self._refused.count("Unreadable", knock.source)
            return None
        inside = knock.name != GUEST
        if inside and knock.name != escape_token(request.id):
            self._refused.count("WrongName", knock.source)
            return None
        if not self._replays.is_new(request):
            self._refused.count("Replayed", knock.source)
            return None
        believed = await self._bundles.current()
        asked = Asked(request, knock.source, inside)
        try:
            decision, record = await self._decide(asked, believed)
        except (Untrusted, InvalidDocument) as error:
            # What is stored of it cannot be believed: only an operator can tell what is right.
            log.warning("enrolment not believed", extra={"node": request.id, "error": str(error)})
            decision, record = Decision("rejected", error.reason, error.message), None
        if decision.reason == "Flood":
            self._refused.count("Flood", knock.source)
            return None
        if decision.verdict == "rejected":
            self._refused.count(decision.reason, knock.source)
        return self._issuer.answer(request, decision, record, believed)

    async def _decide(self, asked: Asked, believed: Believed) -> tuple[Decision, Enrollment | None]:
        ledger = Ledger(self._bus, self._issuer.signer, believed.verifier)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(ledger, asked)
            except RevisionConflict:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _once(self, ledger: Ledger, asked: Asked) -> tuple[Decision, Enrollment | None]:
        request = asked.request
        found = await ledger.find(request.id)
        token, used = None, 0
        if request.token is not None and _undecided(found.record, request):
            token, used = await ledger.token(request.token)
        decision = decide(asked, found.record, token, self._issuer.rules, self._clock.wall())
        if decision.record is None:
            return decision, found.record
        if decision.verdict != "accepted" and not self._writes.allow(asked.source):
            return Decision("rejected", "Flood"), None
        if decision.use is not None and request.token is not None:
            # First: a crash here leaves a use that this very key is given again, not one too few.
            await ledger.keep_use(request.token, decision.use, used)
        await ledger.keep(decision.record, found.revision)
        if decision.verdict == "accepted":
            await ledger.note(decision.record)
        log.info(
            "enrolment decided",
            extra={
                "node": request.id,
                "state": decision.record.state,
                "by": decision.record.by,
                "source": asked.source,
            },
        )
        return decision, decision.record


def _undecided(record: Enrollment | None, request: EnrollRequest) -> bool:
    return record is None or record.state != "accepted" or record.key != request.key
