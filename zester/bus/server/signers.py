"""Which of the operator's keys the running servers let sign accounts. Needs a user of SYS."""

from __future__ import annotations

from contextlib import aclosing, suppress

from pydantic import BaseModel, Field, ValidationError

from zester.bus.link.connection import Bus
from zester.errors import BusUnavailable, InvalidDocument

QUIET = 1.0
"""Seconds without a further answer after which every server of a cluster has answered."""


class _Nats(BaseModel):
    signing_keys: frozenset[str] = frozenset()


class _Claim(BaseModel):
    nats: _Nats


class _Data(BaseModel):
    trusted_operators_claim: tuple[_Claim, ...]


class _Server(BaseModel):
    name: str


class ServerSigners(BaseModel):
    """What one server says of itself."""

    server: _Server
    told: _Data = Field(alias="data")

    @property
    def name(self) -> str:
        return self.server.name

    @property
    def keys(self) -> frozenset[str]:
        """The public keys that may sign accounts in an operator's place."""
        claims = self.told.trusted_operators_claim
        return frozenset().union(*(claim.nats.signing_keys for claim in claims))


async def believed_signers(bus: Bus) -> list[ServerSigners]:
    """Ask every server that is connected now; it takes a second.

    Servers read their operator at start only. Raises BusUnavailable when nobody answers.
    """
    found: list[ServerSigners] = []
    with suppress(BusUnavailable):  # the last one has answered
        async with aclosing(bus.stream("$SYS.REQ.SERVER.PING.VARZ", timeout=QUIET)) as answers:
            async for answer in answers:
                found.append(_read(answer.data))
    if not found:
        raise BusUnavailable("no server tells which operator it believes")
    return found


def _read(data: bytes) -> ServerSigners:
    try:
        return ServerSigners.model_validate_json(data)
    except ValidationError as error:
        raise InvalidDocument("a server's answer names no operator") from error
