"""What a machine says when it wants to be a peel, or to stay one."""

from __future__ import annotations

import secrets
import time
from typing import Annotated

from pydantic import Field

from zester.errors import BadSignature, InvalidDocument, InvalidToken, WrongAddressee
from zester.resources.document import Document
from zester.resources.enrollment.invitation import Invitation
from zester.resources.ids import Name, Node
from zester.trust.envelope import Signer, read_envelope
from zester.trust.fields import UserKey
from zester.trust.nkeys import KeyPair, verify
from zester.trust.tokens import decode_part, encode_part

REQUEST_LIMIT = 8 * 1024
"""Bytes of the largest request; a real one has about 1,000."""

_JOIN = "zester-join-1"


class Machine(Document):
    """What somebody who has to say yes or no wants to see; nothing here is proven."""

    host: Annotated[str, Field(max_length=255)] = ""
    os: Annotated[str, Field(max_length=128)] = ""
    version: Annotated[str, Field(max_length=64)] = ""


class EnrollRequest(Document):
    """Payload of a request to ``zester.enroll.*`` and ``zester.renew.*``.

    Signed with the private half of ``key``. ``nonce`` is repeated in the answer, ``at`` in Unix
    seconds. ``token`` names a join token; ``proof`` is its signature over this request.
    """

    id: Node
    env: Name
    key: UserKey
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    at: Annotated[int, Field(gt=0, lt=2**53)]
    machine: Machine = Machine()
    token: Annotated[str, Field(max_length=64)] | None = None
    proof: Annotated[str, Field(max_length=100)] | None = None

    def proven(self, token_key: str) -> bool:
        """Return whether the holder of a join token's key meant this very request."""
        if self.proof is None:
            return False
        try:
            return verify(token_key, self._joined(), decode_part(self.proof))
        except InvalidToken:
            return False

    def _joined(self) -> bytes:
        parts = (_JOIN, self.token or "", self.env, self.id, self.key, self.nonce, str(self.at))
        return "\n".join(parts).encode()


def request_place(node_token: str) -> str:
    """Return the place a request is signed for; ``node_token`` is the id as one key token."""
    return f"requests.{node_token}"


def make_request(
    key: KeyPair,
    node: str,
    env: str,
    place: str,
    *,
    machine: Machine | None = None,
    invitation: Invitation | None = None,
    now: float | None = None,
) -> tuple[EnrollRequest, bytes]:
    """Return a new request and the bytes to send."""
    request = EnrollRequest(
        id=node,
        env=env,
        key=key.public,
        nonce=secrets.token_hex(16),
        at=int(time.time() if now is None else now),
        machine=machine or Machine(),
        token=invitation.id if invitation is not None else None,
    )
    if invitation is not None:
        proof = KeyPair.from_seed(invitation.seed).sign(request._joined())
        request = request.model_copy(update={"proof": encode_part(proof)})
    return request, Signer(key, "", env).sign(place, request.encode(), now=now)


def read_request(data: bytes) -> EnrollRequest:
    """Check that a request is signed by the key that it names; whether to grant it is not asked.

    Raises InvalidDocument, Unsigned, InvalidToken, BadSignature, WrongAddressee.
    """
    if len(data) > REQUEST_LIMIT:
        raise InvalidDocument(f"a request of {len(data)} bytes is none of ours")
    envelope = read_envelope(data)
    request = EnrollRequest.decode(envelope.payload)
    if envelope.header.by != request.key:
        raise BadSignature(f"the request for {request.id} is not signed by the key it names")
    if envelope.header.env != request.env or not envelope.header.place.startswith("requests."):
        raise WrongAddressee(f"the request for {request.id} is signed for something else")
    return request
