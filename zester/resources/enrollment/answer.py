"""What a master answers: yes with credentials, not yet, or no."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Node
from zester.resources.nodes.labels import Labels
from zester.trust.fields import UserKey
from zester.trust.sealing import BoxKey, box_public_of, seal
from zester.trust.tokens import decode_part, encode_part

Verdict = Literal["accepted", "pending", "rejected"]


class EnrollAnswer(Document):
    """Payload, sealed to the asking key, of the envelope at ``answers.<id>``, signed by a master.

    ``peel`` and ``entry`` are the tokens of the two tiers, only when accepted. ``bundle`` is the
    signed trust bundle, ``retry_after`` the seconds after which to ask again.
    """

    nonce: str
    id: Node
    key: UserKey
    verdict: Verdict
    reason: Annotated[str, Field(max_length=64, pattern=r"^[A-Z][A-Za-z0-9]*$")]
    message: Annotated[str, Field(max_length=1024)] = ""
    peel: str | None = None
    entry: str | None = None
    bundle: str
    labels: Labels = Field(default_factory=dict)
    retry_after: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    at: int


class SealedAnswer(Document):
    """The answer as it travels: guests could listen to each other's answers."""

    sealed: str

    @classmethod
    def of(cls, answer: EnrollAnswer) -> SealedAnswer:
        """Seal an answer to the key that asked; raises InvalidToken."""
        return cls(sealed=encode_part(seal(box_public_of(answer.key), answer.encode())))

    def open(self, key: BoxKey) -> EnrollAnswer:
        """Open; raises InvalidToken, CannotOpen, InvalidDocument."""
        return EnrollAnswer.decode(key.open(decode_part(self.sealed)))


def answer_place(node_token: str) -> str:
    """Return the place an answer is signed for; ``node_token`` is the id as one key token."""
    return f"answers.{node_token}"
