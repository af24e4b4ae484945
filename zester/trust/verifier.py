"""Judges signed documents: is this signer one who may say this, here, now?"""

from __future__ import annotations

import time

from zester.dataclass import dataclass
from zester.errors import (
    BadSignature,
    Expired,
    ExpiredSigner,
    InvalidToken,
    RevokedSigner,
    UnknownSigner,
    WrongAddressee,
    WrongTier,
)
from zester.trust.bundle import Anchored
from zester.trust.envelope import Envelope, read_envelope
from zester.trust.tiers import Tier, Verb, allowed
from zester.trust.tokens import Token, read_token

SKEW = 15 * 60
"""Seconds that two clocks may differ."""


TOKENS_KEPT = 16


@dataclass(frozen=True, slots=True)
class Verified:
    """A payload that may be followed, and who vouches for it. Times in Unix seconds."""

    payload: bytes
    by: str
    name: str
    tier: Tier
    issued: int
    expires: int | None


class Verifier:
    """Opens the signed documents of one environment, as one trust bundle says."""

    def __init__(self, anchored: Anchored) -> None:
        self.anchored = anchored
        self._tokens: dict[str, Token] = {}

    @property
    def env(self) -> str:
        return self.anchored.bundle.env

    def open(
        self, data: bytes, place: str, *, stored: float | None = None, now: float | None = None
    ) -> Verified:
        """Return what a document at ``place`` says.

        ``stored`` is when the server took it: a signer whose time was over by then is refused even
        if the document claims to be older. Raises an Untrusted that names what is wrong.
        """
        now = time.time() if now is None else now
        envelope, token, found = self._judge(data, place)
        header, revoked = envelope.header, self.anchored.bundle.revoked
        if token.subject in revoked:
            raise RevokedSigner(f"{token.name} was revoked at {_stamp(revoked[token.subject])}")
        self._in_time(token, header.iat, stored, now)
        if header.exp is not None and header.exp + SKEW < now:
            raise Expired(f"{place} was valid until {_stamp(header.exp)}")
        if header.iat > now + SKEW:
            raise Expired(
                f"{place} claims to be signed at {_stamp(header.iat)}, which is still to come",
                hint="compare this machine's clock with the signer's",
            )
        return found

    def reopen(self, data: bytes, place: str) -> Verified:
        """Return what a document says that was opened before and kept.

        It stays in force although its time or its signer's is over meanwhile, or the signer was
        revoked. Raises an Untrusted that names what else is wrong.
        """
        return self._judge(data, place)[2]

    def _judge(self, data: bytes, place: str) -> tuple[Envelope, Token, Verified]:
        """Check everything but the time."""
        envelope = read_envelope(data)
        header = envelope.header
        if header.env != self.env:
            raise WrongAddressee(f"signed for environment {header.env!r}, not {self.env!r}")
        if header.place != place:
            raise WrongAddressee(f"signed for {header.place!r}, found at {place!r}")
        token = self._signer(envelope)
        tier = self.anchored.signing[token.issuer]
        if not allowed(tier, Verb.SIGN, place, name=token.name):
            raise WrongTier(f"{token.name} is a {tier}, which may not sign {place}")
        found = Verified(envelope.payload, header.by, token.name, tier, header.iat, header.exp)
        return envelope, token, found

    def _signer(self, envelope: Envelope) -> Token:
        if not envelope.signer:
            raise UnknownSigner(f"nobody vouches for {envelope.header.by}")
        token = self._token(envelope.signer)
        if token.subject != envelope.header.by or token.kind != "user":
            raise UnknownSigner(f"the signer's token is not that of {envelope.header.by}")
        owner = token.nats.get("issuer_account")
        if token.issuer not in self.anchored.signing or owner != self.anchored.account:
            raise UnknownSigner(f"{token.name} has a token of an issuer that nobody vouches for")
        return token

    def _token(self, text: str) -> Token:
        """Read a signer's token; few sign, and each signs much."""
        known = self._tokens.get(text)
        if known is None:
            try:
                known = read_token(text)
            except (InvalidToken, BadSignature) as error:
                raise UnknownSigner(f"the signer's token: {error.message}") from error
            if len(self._tokens) >= TOKENS_KEPT:
                self._tokens.clear()
            self._tokens[text] = known
        return known

    @staticmethod
    def _in_time(token: Token, signed: int, stored: float | None, now: float) -> None:
        if signed < token.issued - SKEW:
            raise ExpiredSigner(f"signed before {token.name} had a token")
        if token.expires is None:
            return
        moment = max(signed, min(stored, now) if stored is not None else signed)
        if moment > token.expires + SKEW:
            raise ExpiredSigner(f"the token of {token.name} expired at {_stamp(token.expires)}")


def _stamp(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(moment))
