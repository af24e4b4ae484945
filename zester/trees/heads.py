"""Heads on the bus: read, move by compare-and-set, look back."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from zester.bus.buckets import HEADS, TRUST
from zester.bus.hints import send_hint
from zester.bus.keys import Key, escape_token, make_key, split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record
from zester.bus.signed import Signed, SignedKv, place_of
from zester.dataclass import dataclass
from zester.errors import (
    BusUnavailable,
    InvalidDocument,
    InvalidKey,
    RevisionConflict,
    RevokedSigner,
    Untrusted,
    ZesterError,
)
from zester.resources.fresh import Fresh
from zester.resources.head import Head
from zester.resources.ids import parse_source
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier

log = logging.getLogger(__name__)

SANE_REVISION = 2**31
"""No source was ever pushed so often: whoever says so wants the numbers to run out."""


def head_key(env: str, source: str) -> Key:
    """Return the key ``<env>.<source>``."""
    return make_key(env, source)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored under a head's key, good or not.

    ``sequence`` is the stream's (0 = nothing is stored), ``head`` None when there is no good one;
    ``problem`` says why. ``revision`` is one that a new head must be above: the head's own, or more
    when a master vouches for more.
    """

    sequence: int = 0
    head: Head | None = None
    problem: ZesterError | None = None
    revision: int = 0


class Heads:
    """The bucket ``heads``, as a verifier judges it."""

    def __init__(self, bus: Bus, verifier: Verifier) -> None:
        self.bus = bus
        self.kv = SignedKv(bus, HEADS, Head, verifier)
        self._verifier = verifier

    async def get(self, env: str, source: str) -> Signed[Head] | None:
        """Return the newest head; raises Untrusted, InvalidDocument when it must not be used."""
        return await self.kv.get(head_key(env, source))

    async def of_env(
        self, env: str, known: Mapping[str, Signed[Head]] | None = None
    ) -> tuple[dict[str, Signed[Head]], dict[str, ZesterError]]:
        """Return the newest head of each source of an environment, and what is wrong with others.

        One bad head does not hide the good ones. What is ``known`` and came with the same bytes is
        not judged again.
        """
        records = await self.kv.records.get_many([f"{escape_token(env)}.*"])
        good: dict[str, Signed[Head]] = {}
        bad: dict[str, ZesterError] = {}
        for key, record in records.items():
            source = key.partition(".")[2]  # until it is known to be a name
            try:
                source = parse_source(split_key(key)[1])
                before = known.get(source) if known else None
                same = before is not None and before.data == record.value
                good[source] = before if before is not None and same else self.kv.open(record)
            except InvalidKey as error:
                bad[source] = InvalidDocument(error.message)
            except (InvalidDocument, Untrusted) as error:
                bad[source] = error
        return good, bad

    async def look(self, env: str, source: str) -> Stored:
        """Return what is stored, so that a new head can be put over it whatever it is."""
        key = head_key(env, source)
        vouched = await self._vouched(key)
        record = await self.kv.records.get(key)
        if record is None:
            return Stored(revision=vouched)
        try:
            head = self.kv.open(record).value
        except (InvalidDocument, Untrusted) as error:
            above = await self._last_revision(env, source, record, error)
            return Stored(record.revision, None, error, max(above, vouched))
        return Stored(record.revision, head, None, max(head.revision, vouched))

    async def _vouched(self, key: Key) -> int:
        """What a master says is the newest revision: peels refuse a lower one, whoever signed."""
        try:
            word = await SignedKv(self.bus, TRUST, Fresh, self._verifier).get("fresh")
        except (InvalidDocument, Untrusted) as error:
            log.warning("masters' word not taken", extra={"error": error.message})
            return 0
        revision = word.value.heads.get(key, 0) if word else 0
        return revision if revision <= SANE_REVISION else 0

    async def _last_revision(
        self, env: str, source: str, newest: Record, problem: ZesterError
    ) -> int:
        """The highest revision among the good heads, that of a revoked signer included."""
        found = [entry.value.revision for entry in await self.history(env, source)]
        if isinstance(problem, RevokedSigner):
            # Peels may have followed it before the revocation.
            verified = self._verifier.reopen(newest.value, place_of(HEADS, newest.key))
            found.append(Head.decode(verified.payload).revision)
        return max((revision for revision in found if revision <= SANE_REVISION), default=0)

    async def history(self, env: str, source: str) -> list[Signed[Head]]:
        """Return the kept heads, oldest first (at most 64); those not to be used are left out."""
        found: list[Signed[Head]] = []
        async for record in self.kv.records.versions(head_key(env, source)):
            try:
                found.append(self.kv.open(record))
            except (InvalidDocument, Untrusted) as error:
                fields = {"key": record.key, "reason": error.reason, "error": str(error)}
                log.warning("head not to be used", extra=fields)
        return found

    async def move(self, env: str, source: str, head: Head, signer: Signer, *, over: int) -> None:
        """Make ``head`` the newest, if sequence ``over`` (0 = none) still is; then tell everybody.

        Raises RevisionConflict when somebody else moved it first.
        """
        key = head_key(env, source)
        try:
            await self.kv.write(key, head, signer, over=over)
        except RevisionConflict as error:
            raise RevisionConflict(
                f"{env}/{source} was moved by somebody else in the meantime; nothing was changed",
                hint="look at `zester history`, then push again",
            ) from error
        try:
            await send_hint(self.bus, HEADS, key)
        except BusUnavailable as error:
            # The head is committed; peels find it with their next resync.
            log.warning("hint not sent", extra={"key": key, "error": str(error)})
