"""What a master gives to those it admits: tokens for their keys, inside a signed answer."""

from __future__ import annotations

import random
import time

from zester.bus.keys import escape_token
from zester.dataclass import dataclass
from zester.resources.enrollment.answer import EnrollAnswer, SealedAnswer, answer_place
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.enrollment.request import EnrollRequest
from zester.trust.accounts import user_token
from zester.trust.disk.master_folder import MasterKeys
from zester.trust.envelope import Signer
from zester.trust.tiers import Tier
from zester_controller.enrollment.bundles import Believed
from zester_controller.enrollment.policy import Decision
from zester_controller.enrollment.rules import Rules

ANSWER_LIFETIME = 300.0
WAIT_FIRST, WAIT_LONGEST = 2.0, 60.0
"""Seconds between two looks of a machine that waits for an operator: more often at first."""

REJECTED_WAIT = 600.0


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs answers as one master."""

    signer: Signer
    keys: MasterKeys
    rules: Rules

    def answer(
        self,
        request: EnrollRequest,
        decision: Decision,
        record: Enrollment | None,
        believed: Believed,
    ) -> bytes:
        """Return the envelope to send; ``record`` is what is stored now."""
        now = time.time()
        accepted = decision.verdict == "accepted"
        peel = entry = None
        if accepted:
            nodes = believed.verifier.anchored.bundle.nodes
            peel = self._token(Tier.PEEL, nodes, request, self.rules.lifetime)
            entry = self._token(Tier.BOOTSTRAP, nodes, request, self.rules.entry_lifetime)
        answer = EnrollAnswer(
            nonce=request.nonce,
            id=request.id,
            key=request.key,
            verdict=decision.verdict,
            reason=decision.reason,
            message=decision.message,
            peel=peel,
            entry=entry,
            bundle=believed.data.decode(),
            labels=record.labels if accepted and record is not None else {},
            retry_after=_retry_after(decision, record, now),
            at=int(now),
        )
        place = answer_place(escape_token(request.id))
        data = SealedAnswer.of(answer).encode()
        return self.signer.sign(place, data, expires=now + ANSWER_LIFETIME)

    def _token(self, tier: Tier, nodes: str, request: EnrollRequest, lifetime: float) -> str:
        name = escape_token(request.id)
        key = self.keys.signing[tier]
        return user_token(key, nodes, request.key, name, expires=time.time() + lifetime)


def _retry_after(decision: Decision, record: Enrollment | None, now: float) -> float:
    if decision.verdict == "accepted":
        return 0.0
    if decision.verdict == "rejected":
        return REJECTED_WAIT
    waited = now - record.requested if record is not None else 0.0
    pause = min(WAIT_LONGEST, max(WAIT_FIRST, waited / 4))
    return round(pause * random.uniform(0.8, 1.2), 1)  # noqa: S311 - jitter
