"""Renews a peel's tokens long before their time is over, and finds a way back when it was."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence

import anyio

from zester.bus.keys import escape_token
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import Login
from zester.dataclass import dataclass
from zester.errors import BusUnavailable, ZesterError
from zester.reconcile.backoff import Backoff
from zester.reconcile.clock import Clock
from zester.trust.tokens import Token, read_token
from zester_peel.agent.identity.asking import Heard, ask, keep
from zester_peel.agent.identity.description import describe_machine
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.login import EntryLogin, GuestLogin

log = logging.getLogger(__name__)

EARLIEST, LATEST = 0.5, 0.64
"""Parts of a token's life after which it is renewed: somewhere between, so that a fleet that was
enrolled in one hour is not renewed in one minute."""

AT_RISK = 0.75
"""Part of its life after which a token that could not be renewed is a condition."""

LOOK = 60.0
LOOK_REFUSED = 2.0
"""Seconds between two looks at whether anything has to be done; more often without connection."""

RETRY_FIRST, RETRY_MAX = 5.0, 300.0
CONNECT = 5.0

GUEST_SUBJECT = "zester.enroll.guest"

REFUSED = ("authorization", "authentication")
STRANGE = ("certificate", "ssl")
"""Words in the complaint about a connection: who we are, or who the server is, was not believed."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there are no new tokens; ``reason`` as conditions show it."""

    reason: str
    message: str


class Renewal:
    """Keeps the tokens of one identity young; ``run`` until cancelled.

    ``changed`` is called when ``trouble`` may have become another.
    """

    def __init__(
        self,
        identity: Identity,
        bus: Bus,
        servers: Sequence[str],
        clock: Clock,
        *,
        changed: Callable[[], None],
    ) -> None:
        self._identity = identity
        self._bus = bus
        self._servers = tuple(servers)
        self._clock = clock
        self._changed = changed
        self._wake = anyio.Event()
        self._backoff: Backoff[str] = Backoff(first=RETRY_FIRST, ceiling=RETRY_MAX)
        self._not_before = 0.0
        self._due = 0.0
        self._problem: Trouble | None = None
        self._plan(fresh=False)
        bus.on_disconnect(lambda: self._wake.set())

    def trouble(self) -> Trouble | None:
        """Return what endangers this peel's connection, None when nothing does."""
        if self._identity.problem:
            return Trouble("NotKept", self._identity.problem)
        problem = self._problem
        if problem is None or (problem.reason == "NoAnswer" and not self._late()):
            return None
        return problem

    async def run(self) -> None:
        """Renew until cancelled."""
        while True:
            if self._identity.problem and self._identity.flush():
                self._changed()
            if self._needed():
                await self._renew()
            with anyio.move_on_after(self._pause()):
                await self._wake.wait()
            self._wake = anyio.Event()

    def _needed(self) -> bool:
        now = self._clock.monotonic()
        if now < self._not_before:
            return False
        # Without a network there is nobody to ask.
        open_ = self._bus.connected or self._identity.passes is None
        return self._shut_out() or (open_ and now >= self._due)

    def _pause(self) -> float:
        now = self._clock.monotonic()
        if not self._bus.connected:
            return LOOK_REFUSED
        return min(LOOK, max(0.05, max(self._due, self._not_before) - now))

    def _shut_out(self) -> bool:
        """Whether the servers do not take us, or we do not take them, whatever our clock says."""
        return not self._bus.connected and _means(self._bus.last_error, REFUSED + STRANGE)

    def _late(self) -> bool:
        token = self._token()
        if token is None or token.expires is None:
            return True
        return self._clock.wall() > token.issued + AT_RISK * (token.expires - token.issued)

    def _token(self) -> Token | None:
        passes = self._identity.passes
        return read_token(passes.peel) if passes is not None else None

    def _plan(self, *, fresh: bool) -> None:
        """Set when to renew: by our own clock's pace when the token has just come."""
        now = self._clock.monotonic()
        token = self._token()
        if token is None:
            self._due = now
            return
        if token.expires is None:
            self._due = float("inf")
            return
        life = token.expires - token.issued
        after = life * random.uniform(EARLIEST, LATEST)  # noqa: S311 - jitter
        self._due = now + (after if fresh else token.issued + after - self._clock.wall())

    async def _renew(self) -> None:
        try:
            heard = await self._ask()
        except ZesterError as error:
            reason = "NoAnswer" if isinstance(error, BusUnavailable) else error.reason
            self._failed(Trouble(reason, error.message), 0.0)
            return
        answer = heard.answer
        try:
            keep(self._identity, heard)
        except ZesterError as error:
            self._failed(Trouble(error.reason, error.message), 0.0)
            return
        if answer.verdict != "accepted":
            self._failed(Trouble(answer.reason, answer.message), answer.retry_after)
            return
        self._backoff.succeeded("")
        self._problem, self._not_before = None, 0.0
        self._plan(fresh=True)
        log.info("credentials renewed")
        self._changed()
        await self._bus.reconnect()

    def _failed(self, trouble: Trouble, retry_after: float) -> None:
        pause = max(self._backoff.failed(""), retry_after)
        self._not_before = self._clock.monotonic() + pause
        if self._problem is None or self._problem.reason != trouble.reason:
            log.warning(
                "credentials not renewed",
                extra={"reason": trouble.reason, "error": trouble.message},
            )
        self._problem = trouble
        self._changed()

    async def _ask(self) -> Heard:
        """Ask through the first door that opens; raises what the last one said."""
        name = escape_token(self._identity.id)
        if self._bus.connected:
            return await self._at(self._bus, f"zester.renew.{name}")
        error = BusUnavailable("there is no way to ask")
        for login, subject in self._doors(f"zester.enroll.{name}"):
            try:
                async with open_bus(
                    self._servers, name="peel renewal", login=login, timeout=CONNECT
                ) as door:
                    return await self._at(door, subject)
            except BusUnavailable as failure:
                if not _means(str(failure), REFUSED + STRANGE):
                    raise
                error = failure
        raise error

    def _doors(self, own: str) -> tuple[tuple[Login, str], ...]:
        identity = self._identity
        entry: tuple[tuple[Login, str], ...] = ()
        if identity.passes is not None:
            entry = ((EntryLogin(identity), own),)
        return (
            *entry,
            (GuestLogin(identity), GUEST_SUBJECT),
            # The servers' certificates may all have been replaced while we were away: what is said
            # is signed up to the operator we pinned, whoever carries it.
            (GuestLogin(identity, anywhere=True), GUEST_SUBJECT),
        )

    async def _at(self, bus: Bus, subject: str) -> Heard:
        return await ask(bus, self._identity, subject, machine=describe_machine())


def _means(complaint: str, words: Sequence[str]) -> bool:
    text = complaint.lower()
    return any(word in text for word in words)
