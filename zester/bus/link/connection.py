"""A connection that never gives up.

The supervisor makes one session after the other, puts every subscription back, waits for a real
barrier and only then says that it is connected, so that "subscribe, barrier, then get" holds after
each reconnect too.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio
import anyio.abc

from zester.bus.link.complaints import unavailable, without_secret
from zester.bus.link.login import Login
from zester.bus.link.message import Message
from zester.bus.link.session import Session
from zester.bus.link.subscription import Handler, Subscription
from zester.errors import BusUnavailable, NobodyAnswers

if TYPE_CHECKING:
    from nats.aio.subscription import Subscription as Active

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0
REQUEST_TIMEOUT = 5.0
NEXT_SERVER = 2.0
"""Seconds one of several servers is given to answer before the next one is tried."""

BACKOFF_FIRST = 0.1
BACKOFF_MAX = 30.0
REFUSED_ROUNDS = 4
"""Where nobody listens it costs hardly anything to look again: every 1.6 s at the latest."""

ELECTING = 0.25
"""Seconds until what nobody answered is sent again: another server takes a dead one's part."""
STABLE = 5.0
"""A connection that lasted so many seconds was a good one: the back-off starts anew."""


class Bus:
    """A supervised connection to NATS. Use ``open_bus``, or run ``supervise`` in a task group.

    While there is no connection every call raises BusUnavailable at once: nothing is buffered.
    Several servers are tried in turn, in an order of chance. Each connection asks ``login`` who it
    is; None connects in clear and as nobody, which only a server without operator takes.
    In a cluster a request that nobody answers is sent again for ``patience`` seconds.
    ``forbidden`` hears of every subject, in lower case, that the server does not let us use.
    """

    def __init__(
        self, servers: Sequence[str], *, name: str, login: Login | None = None, patience: float = 0
    ) -> None:
        self.servers = tuple(servers)
        self.name = name
        self.last_error = ""
        self.cluster: str | None = None
        self.patience = patience
        self.forbidden: Callable[[str], None] | None = None
        self._login = login
        self._refused = False
        self._order = random.sample(self.servers, len(self.servers))
        self._session: Session | None = None
        self._up = anyio.Event()
        self._hurry = anyio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._lost_listeners: list[Callable[[], None]] = []
        self._subscriptions: dict[Subscription, Active | None] = {}

    @property
    def connected(self) -> bool:
        return self._session is not None

    def on_connect(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each (re)connect, once all subscriptions are in force."""
        self._listeners.append(listener)

    def on_disconnect(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` each time an established connection is gone."""
        self._lost_listeners.append(listener)

    async def wait_connected(self, timeout: float) -> None:
        """Wait for a connection; raises BusUnavailable after ``timeout`` seconds."""
        with anyio.move_on_after(timeout):
            while not self.connected:
                await self._up.wait()
            return
        raise self._unavailable()

    async def supervise(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Keep connected until cancelled; then drain."""
        task_status.started()
        failures = slowed = 0
        while True:
            self._refused = False
            try:
                lasted = await self._serve(self._next_server())
                failures = 0 if lasted is None or lasted >= STABLE else failures + 1
                slowed = min(slowed + 1, failures)
                if lasted is not None:
                    log.warning("bus connection lost", extra={"error": self.last_error})
            except BusUnavailable:
                failures += 1
                slowed += 1
                if self._refused:
                    slowed = min(slowed, REFUSED_ROUNDS * max(1, len(self._order)))
                if failures & (failures - 1) == 0:  # the 1st, 2nd, 4th, 8th … failure
                    log.warning(
                        "bus connection failed",
                        extra={"error": self.last_error, "failures": failures},
                    )
            rounds = slowed // max(1, len(self._order))  # the next server is tried at once
            ceiling = min(BACKOFF_MAX, BACKOFF_FIRST * 2 ** min(rounds, 12))
            with anyio.move_on_after(random.uniform(ceiling / 2, ceiling)):  # noqa: S311 - jitter
                await self._hurry.wait()
            self._hurry = anyio.Event()

    def _forbid(self, subject: str) -> None:
        if self.forbidden is not None:
            self.forbidden(subject)

    def _next_server(self) -> str:
        if not self._order:
            raise self._unavailable()
        self._order = [*self._order[1:], self._order[0]]
        return self._order[-1]

    async def _serve(self, server: str) -> float | None:
        """Connect, serve until the connection is gone, clean up.

        Return the seconds it lasted, None when it was us who ended it.
        """
        session = Session(server, name=self.name, login=self._login, forbidden=self._forbid)
        try:
            await session.open(CONNECT_TIMEOUT if len(self.servers) < 2 else NEXT_SERVER)
            self.cluster = session.cluster
            await self._restore(session)
            self._session = session
            started = time.monotonic()
            log.info("bus connected", extra={"server": without_secret(server)})
            self._up.set()
            for listener in self._listeners:
                listener()
            await session.wait_end()
            return None if session.closing else time.monotonic() - started
        finally:
            was_up = self._session is not None
            self.last_error = session.problem or self.last_error
            self._refused = session.refused
            self._session = None
            if was_up:  # else somebody may be waiting for the one that is there
                self._up = anyio.Event()
                for listener in self._lost_listeners:
                    listener()
            await session.close()

    async def _restore(self, session: Session) -> None:
        """Put every subscription in force, also those that are made meanwhile."""
        self._subscriptions = dict.fromkeys(self._subscriptions)
        await session.barrier()
        while missing := [made for made, active in self._subscriptions.items() if active is None]:
            for subscription in missing:
                await self._activate(session, subscription)
            await session.barrier()

    async def _activate(self, session: Session, subscription: Subscription) -> None:
        active = await session.subscribe(
            subscription.subject, subscription.handler, group=subscription.group
        )
        if subscription in self._subscriptions:
            self._subscriptions[subscription] = active
        else:  # closed while it was being made
            await session.unsubscribe(active)

    async def subscribe(self, subject: str, handler: Handler, *, group: str = "") -> Subscription:
        """Call ``handler`` for each message, also after reconnects; it must not block.

        Of all who subscribe as the same ``group`` one gets each message.

        Returns after a barrier: what is published from now on arrives. Without a connection the
        subscription takes effect with the next one.
        """
        subscription = Subscription(self, subject, handler, group)
        self._subscriptions[subscription] = None
        session = self._session
        if session is not None:
            with suppress(BusUnavailable):  # the supervisor subscribes again
                await self._activate(session, subscription)
                await session.barrier()
        return subscription

    async def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription."""
        active = self._subscriptions.pop(subscription, None)
        if active is not None and self._session is not None:
            await self._session.unsubscribe(active)

    async def publish(
        self, subject: str, data: bytes = b"", *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Publish without an answer; raises BusUnavailable, BusRefused."""
        await self._need().publish(subject, data, headers=headers)

    async def answer(self, message: Message, data: bytes) -> None:
        """Answer a request; nothing happens when it asks for no answer. Raises BusUnavailable."""
        if message.reply:
            await self._need().publish(message.reply, data)

    async def reconnect(self) -> None:
        """Make a new connection now, as the login says now."""
        self._hurry.set()
        if self._session is not None:
            await self._session.close()

    async def flush(self) -> None:
        """Return once the server has taken everything published so far; raises BusUnavailable."""
        await self._need().barrier()

    async def request(
        self,
        subject: str,
        data: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = REQUEST_TIMEOUT,
    ) -> Message:
        """Publish and wait for one answer; raises BusUnavailable after ``timeout`` seconds."""
        until = time.monotonic() + (self.patience if self.cluster else 0.0)
        while True:
            try:
                return await self._need().request(subject, data, headers=headers, timeout=timeout)
            except NobodyAnswers:
                if time.monotonic() >= until:
                    raise
            await anyio.sleep(ELECTING)

    async def stream(
        self, subject: str, data: bytes = b"", *, timeout: float = REQUEST_TIMEOUT
    ) -> AsyncGenerator[Message, None]:
        """Publish and yield every answer until one that carries a status (which comes last).

        Raises BusUnavailable when the next answer takes more than ``timeout`` seconds. Close it
        (``aclosing``) when you leave before the end.
        """
        async with aclosing(self._need().stream(subject, data, timeout=timeout)) as answers:
            async for answer in answers:
                yield answer

    def _need(self) -> Session:
        if self._session is None:
            raise self._unavailable()
        return self._session

    def _unavailable(self) -> BusUnavailable:
        return unavailable(self.servers, self.last_error)


@asynccontextmanager
async def open_bus(
    servers: Sequence[str],
    *,
    name: str,
    login: Login | None = None,
    timeout: float = CONNECT_TIMEOUT,
    patience: float = 0.0,
) -> AsyncIterator[Bus]:
    """Connect, yield the bus, drain. Raises BusUnavailable when nobody answers in time."""
    bus = Bus(servers, name=name, login=login, patience=patience)
    try:
        async with anyio.create_task_group() as tasks:
            await tasks.start(bus.supervise)
            try:
                await bus.wait_connected(timeout)
                yield bus
            finally:
                tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        # The task group is our own affair: the caller gets what was raised, as it was raised.
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error from None
