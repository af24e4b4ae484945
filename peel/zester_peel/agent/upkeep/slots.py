"""Places shared with the fleet, by claims on the bus.

Each peel writes under its own name only; which claims count is read off their order. The bus orders
claims by the revision of their first version, and each reader counts those before its own. A reader
that sees its own newest claim sees every earlier one as well, whichever server answers.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import field
from typing import NoReturn

import anyio

from zester.bus.buckets import SLOTS
from zester.bus.keys import escape_token, make_key, split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.dataclass import dataclass
from zester.errors import (
    BusRefused,
    BusUnavailable,
    InvalidDocument,
    InvalidKey,
    RevisionConflict,
    StateError,
)
from zester.resources.slot_claim import SlotClaim
from zester_peel.engine.run.slots import Share

log = logging.getLogger(__name__)

RENEW = SLOTS.max_age / 4
"""Seconds after which a claim is written again."""

QUEUE = 32
"""Claims behind those that count; whoever would be further behind asks again later."""

FIRST_LOOK, LAST_LOOK = 0.15, 2.0
"""Seconds between two looks of whoever is next, and of those far behind."""

CROWDED = 10.0
OFFLINE = 10.0
"""Seconds without the bus after which nobody waits any longer."""

RELEASE = 3.0
NAMED = 5


@dataclass(slots=True)
class _Claim:
    """What was written under a key: its first and its newest revision.

    ``taken``: it is not waited with any more.
    """

    key: str
    since: float
    ticket: int = 0
    revision: int = 0
    taken: bool = False


@dataclass(slots=True)
class _Wait:
    """One wait; times are monotonic seconds."""

    share: Share
    until: float
    answered: float
    going: bool
    claim: _Claim | None = None
    holders: tuple[str, ...] = ()
    said: str = ""
    looks: int = 0


@dataclass(slots=True)
class FleetSlots:
    """The places of one peel. ``goes_on`` tells whether anything may be begun; ``changed`` is
    called when it waits for others or waits no longer."""

    node: str
    bus: Bus
    goes_on: Callable[[], bool]
    changed: Callable[[], None]
    _held: dict[str, _Claim] = field(default_factory=dict)
    _waiting: dict[str, str] = field(default_factory=dict)
    _own: dict[str, anyio.Lock] = field(default_factory=dict)

    @property
    def waiting(self) -> str:
        """What is waited for, empty while nothing is."""
        return "; ".join(self._waiting.values())

    @asynccontextmanager
    async def hold(self, share: Share) -> AsyncIterator[bool]:
        """Wait for a place and hold it; several states of one key take turns."""
        async with self._own.setdefault(share.key, anyio.Lock()):
            if not self.bus.connected:
                raise StateError(
                    f"needs a place of {share.key!r}, and the bus is not there;"
                    " nothing was changed, it is tried again"
                )
            now = time.monotonic()
            wait = _Wait(share, now + share.wait, now, self.goes_on())
            try:
                await self._take(wait)
                yield wait.looks > 1
            finally:
                with anyio.CancelScope(shield=True):
                    await self._release(wait)

    async def run(self) -> NoReturn:
        """Keep what is claimed from running out, until cancelled."""
        while True:
            await anyio.sleep(RENEW * random.uniform(0.8, 1.0))  # noqa: S311 - jitter
            for claim in list(self._held.values()):
                try:
                    await self._renew(claim)
                except (BusUnavailable, BusRefused) as error:
                    log.warning("slot not renewed", extra={"key": claim.key, "error": str(error)})

    async def _take(self, wait: _Wait) -> None:
        """Return once a place is ours; raises StateError."""
        share = wait.share
        while True:
            pause = await self._looked(wait)
            if pause is None:
                self._tell(wait, "")
                return
            now = time.monotonic()
            if now >= wait.until:
                raise StateError(f"{wait.said} for {share.wait:g} s; it is tried again")
            if now - wait.answered > OFFLINE:
                raise StateError(
                    f"waited for a place of {share.key!r}, and the bus went away;"
                    " nothing was changed, it is tried again"
                )
            if wait.going and not self.goes_on():
                raise StateError(f"left alone while it waited for a place of {share.key!r}")
            await anyio.sleep(min(pause, max(0.01, wait.until - now)))

    async def _looked(self, wait: _Wait) -> float | None:
        """Look once; return None when a place is ours, else how long to wait."""
        wait.looks += 1
        share = wait.share
        try:
            rank = await self._rank(wait)
        except BusUnavailable:
            return _jitter(1.0)
        except BusRefused as error:  # more claims than one answer may hold
            log.debug("slots not read", extra={"key": share.key, "error": str(error)})
            await self._withdraw(wait)
            rank = share.limit + QUEUE
        wait.answered = time.monotonic()
        if rank is not None and rank < share.limit:
            return None
        named = ", ".join(wait.holders[:NAMED]) or "others"
        self._tell(wait, f"waits for a place of {share.key!r} ({share.limit} at once): {named}")
        if rank is not None and rank >= share.limit + QUEUE:
            await self._withdraw(wait)
            return random.uniform(CROWDED / 2, CROWDED)  # noqa: S311 - jitter
        behind = 4 if rank is None else rank - share.limit + 1
        return _jitter(min(LAST_LOOK, FIRST_LOOK * behind))

    async def _rank(self, wait: _Wait) -> int | None:
        """Return how many claims come before ours, None while that cannot be told for sure.

        Whoever has no claim yet makes one, unless too many wait already.
        """
        share = wait.share
        pattern = f"{escape_token(share.key)}.*"
        claim = wait.claim
        if claim is None:
            found = _ordered(await self._records.get_many([pattern]))
            others = [node for _, node in found if node != self.node]
            wait.holders = tuple(others[: share.limit])
            if len(others) >= share.limit + QUEUE:
                return len(others)
            claim = wait.claim = await self._claim(share.key)
        newest, ticket = claim.revision, claim.ticket
        stored = await self._records.get_many([pattern])
        mine = stored.get(claim.key)
        if mine is None and claim.revision == newest:
            await self._renew(claim)  # it ran out, unless that server is behind
            return None
        if mine is None or mine.revision < newest or claim.ticket != ticket:
            return None
        before = [node for first, node in _ordered(stored) if (first, node) < (ticket, self.node)]
        before = [node for node in before if node != self.node]
        wait.holders = tuple(before[: share.limit])
        claim.taken = len(before) < share.limit
        return len(before)

    @property
    def _records(self) -> Records:
        return Records(self.bus, SLOTS)

    async def _claim(self, name: str) -> _Claim:
        """Ask for a place; an older claim of ours, of before a restart, is replaced."""
        claim = _Claim(make_key(name, self.node), time.time())
        body = SlotClaim(since=claim.since).encode()
        claim.revision = claim.ticket = await self._records.put(claim.key, body)
        self._held[name] = claim
        return claim

    async def _renew(self, claim: _Claim) -> None:
        """Keep a claim from running out.

        One that ran out may have been passed by others: whoever waits goes to the end; whoever is
        at work already says so again.
        """
        body = SlotClaim(ticket=claim.ticket, since=claim.since)
        try:
            # Compared, so that a write which comes late cannot bring back what ran out.
            claim.revision = await self._records.update(claim.key, body.encode(), claim.revision)
        except RevisionConflict:
            if not any(claim is held for held in self._held.values()):
                return  # it was given up meanwhile
            if claim.taken:
                claim.revision = await self._records.put(claim.key, body.encode())
                return
            again = SlotClaim(since=claim.since).encode()
            claim.revision = claim.ticket = await self._records.put(claim.key, again)

    async def _withdraw(self, wait: _Wait) -> None:
        """Give up a claim; one that cannot be taken back runs out."""
        claim, wait.claim = wait.claim, None
        if claim is None:
            return
        self._held.pop(wait.share.key, None)
        with anyio.move_on_after(RELEASE), suppress(BusUnavailable, BusRefused):
            await self._records.delete(claim.key)

    async def _release(self, wait: _Wait) -> None:
        self._tell(wait, "")
        await self._withdraw(wait)

    def _tell(self, wait: _Wait, said: str) -> None:
        key = wait.share.key
        if self._waiting.get(key, "") != said:
            if said:
                wait.said = self._waiting[key] = said
            else:
                self._waiting.pop(key, None)
            self.changed()


def _ordered(found: Mapping[str, Record]) -> list[tuple[int, str]]:
    """Return tickets and nodes, first come first.

    Who claims is in the key, which the server lets nobody else write; a claim that cannot be read
    counts from its newest version.
    """
    claims: list[tuple[int, str]] = []
    for record in found.values():
        try:
            _, node = split_key(record.key)
        except (InvalidKey, ValueError):
            continue
        ticket = 0
        with suppress(InvalidDocument):
            ticket = SlotClaim.decode(record.value).ticket
        claims.append((ticket if 0 < ticket <= record.revision else record.revision, node))
    return sorted(claims)


def _jitter(seconds: float) -> float:
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, keeps no secret
