"""Asks a master: for admission, or for new tokens; and believes only what is proven."""

from __future__ import annotations

import time

from zester.bus.keys import escape_token
from zester.bus.link.connection import REQUEST_TIMEOUT, Bus
from zester.dataclass import dataclass
from zester.errors import UnknownSigner, Untrusted, WrongAddressee
from zester.resources.enrollment.answer import EnrollAnswer, SealedAnswer, answer_place
from zester.resources.enrollment.invitation import Invitation
from zester.resources.enrollment.request import (
    EnrollRequest,
    Machine,
    make_request,
    request_place,
)
from zester.trust.bundle import Anchored, Bundle, read_bundle
from zester.trust.envelope import read_envelope
from zester.trust.sealing import BoxKey
from zester.trust.tokens import read_token
from zester.trust.verifier import Verifier
from zester_peel.agent.identity.documents import Passes, Pin
from zester_peel.agent.identity.identity import Identity


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer that a master of the pinned operator gave to our very request.

    ``bundle`` is None when it is not newer than the one that is kept.
    """

    answer: EnrollAnswer
    bundle: bytes | None
    pin: Pin


async def ask(
    bus: Bus,
    identity: Identity,
    subject: str,
    *,
    machine: Machine,
    invitation: Invitation | None = None,
    first_use: bool = False,
    timeout: float = REQUEST_TIMEOUT,
) -> Heard:
    """Send one request and return the answer to it, judged.

    ``first_use`` = believe whichever operator answers when none is pinned. Raises BusUnavailable,
    InvalidDocument, and an Untrusted that names what is wrong with the answer.
    """
    place = request_place(escape_token(identity.id))
    request, data = make_request(
        identity.key,
        identity.id,
        identity.env,
        place,
        machine=machine,
        invitation=invitation,
    )
    message = await bus.request(subject, data, timeout=timeout)
    return hear(identity, request, message.data, first_use=first_use)


def hear(
    identity: Identity, request: EnrollRequest, data: bytes, *, first_use: bool = False
) -> Heard:
    """Judge what came as an answer; raises Untrusted, InvalidDocument."""
    envelope = read_envelope(data)
    answer = SealedAnswer.decode(envelope.payload).open(BoxKey.of(identity.key))
    if (answer.nonce, answer.id, answer.key) != (request.nonce, request.id, request.key):
        raise WrongAddressee("the answer is to another request")
    bundle = answer.bundle.encode()
    pin = identity.pin
    if pin is None:
        if not first_use:
            raise UnknownSigner("no operator is pinned, so that nobody can be believed")
        pin = Pin(operator=_operator_of(bundle), how="first-use", at=int(time.time()))
    given, kept = read_bundle(bundle, operator=pin.operator, env=identity.env), _kept(identity)
    newer = kept is None or given.bundle.serial > kept.bundle.serial
    # One that is older than what we have may vouch for somebody who was revoked since.
    judge = given if newer or kept is None else kept
    Verifier(judge).open(data, answer_place(escape_token(identity.id)))
    return Heard(answer, bundle if newer else None, pin)


def keep(identity: Identity, heard: Heard) -> None:
    """Keep what an answer brought; raises SettingsError, InvalidToken."""
    if identity.pin is None:
        identity.keep_pin(heard.pin)
    if heard.bundle is not None:
        identity.keep_bundle(heard.bundle)
    if heard.answer.peel is not None and heard.answer.entry is not None:
        identity.keep_passes(Passes(peel=heard.answer.peel, entry=heard.answer.entry))


def _kept(identity: Identity) -> Anchored | None:
    try:
        return identity.anchored()
    except Untrusted:
        return None  # damaged on disk


def _operator_of(data: bytes) -> str:
    """The operator at the end of a bundle's chain; that the chain holds is checked after."""
    return read_token(Bundle.decode(read_envelope(data).payload).account).issuer
