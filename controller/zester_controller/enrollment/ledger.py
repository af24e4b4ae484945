"""The master's books: enrolments, join tokens and node records, all of them signed."""

from __future__ import annotations

import time

from zester.bus.buckets import ENROLLMENTS, NODES, TOKENS
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.signed import Signed, SignedKv
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, Untrusted
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.enrollment.join_token import JoinToken, TokenUse
from zester.resources.nodes.node_record import NodeRecord
from zester.trust.envelope import Signer, read_envelope
from zester.trust.tiers import Tier
from zester.trust.tokens import read_token
from zester.trust.verifier import Verifier
from zester_controller.enrollment.policy import HeldToken


@dataclass(frozen=True, slots=True)
class Found:
    """What is stored of an id: ``revision`` 0 = nothing."""

    record: Enrollment | None
    revision: int


class Ledger:
    """Reads judge who signed, writes sign and compare; all of them raise BusUnavailable."""

    def __init__(self, bus: Bus, signer: Signer, verifier: Verifier) -> None:
        self.enrollments = SignedKv(bus, ENROLLMENTS, Enrollment, verifier)
        self._tokens = SignedKv(bus, TOKENS, JoinToken, verifier)
        self._uses = SignedKv(bus, TOKENS, TokenUse, verifier)
        self._nodes = SignedKv(bus, NODES, NodeRecord, verifier)
        self._signer = signer
        self._verifier = verifier
        self._issuer = read_token(signer.token).issuer

    async def find(self, node: str) -> Found:
        """Return what is stored of an id; raises Untrusted, InvalidDocument."""
        entry = await self.enrollments.get(make_key(node))
        if entry is None:
            return Found(None, 0)
        if entry.value.id != node:
            raise InvalidDocument(f"the enrolment of {node} names {entry.value.id}")
        return Found(entry.value, entry.revision)

    async def keep(self, record: Enrollment, over: int) -> None:
        """Store an enrolment over a revision; raises RevisionConflict."""
        await self.enrollments.write(make_key(record.id), record, self._signer, over=over)

    async def token(self, name: str) -> tuple[HeldToken, int]:
        """Return a join token with its uses and their revision.

        One that cannot be believed is none; uses that cannot be believed raise Untrusted, for they
        must not be counted from nothing again.
        """
        try:
            found = await self._tokens.get(make_key(name))
        except (Untrusted, InvalidDocument):
            found = None
        if found is None or found.value.id != name:
            return HeldToken(None), 0
        used = await self._uses.get(make_key(name, "used"))
        if used is None:
            return HeldToken(found.value), 0
        return HeldToken(found.value, used.value), used.revision

    async def keep_use(self, name: str, use: TokenUse, over: int) -> None:
        """Store whom a join token let in; raises RevisionConflict."""
        await self._uses.write(make_key(name, "used"), use, self._signer, over=over)

    async def note(self, record: Enrollment) -> None:
        """Make the node's record say what the enrolment says; raises RevisionConflict."""
        key = make_key(record.id)
        stored = await self._nodes.records.get(key)
        known: Signed[NodeRecord] | None = None
        if stored is not None:
            try:
                known = self._nodes.open(stored)
            except (Untrusted, InvalidDocument):
                known = None
        said = (record.env, record.key, record.labels)
        if (
            known is not None
            and said == (known.value.env, known.value.key, known.value.labels)
            and not self.outdated(known.data)
        ):
            return
        above = known.value.revision if known is not None else await self._last(key)
        new = NodeRecord(
            revision=above + 1,
            id=record.id,
            env=record.env,
            key=record.key,
            labels=record.labels,
            updated=int(time.time()),
        )
        await self._nodes.write(key, new, self._signer, over=stored.revision if stored else 0)

    def outdated(self, data: bytes) -> bool:
        """Whether a master signed this under another signing key than ours.

        It is believed as long as that key is; signed again, it outlives the key's replacement.
        """
        issuer = read_token(read_envelope(data).signer).issuer
        signing = self._verifier.anchored.signing
        return issuer != self._issuer and signing.get(issuer) is Tier.MASTER

    async def _last(self, key: str) -> int:
        """The highest revision that a believable kept version has: peels refuse lower ones."""
        highest = 0
        async for record in self._nodes.records.versions(key):
            try:
                highest = max(highest, self._nodes.open(record).value.revision)
            except (Untrusted, InvalidDocument):
                continue
        return highest
