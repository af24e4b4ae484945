"""One connection that never gives up.

A nats-py client lives here for exactly one TCP connection. Its own reconnect logic is switched off:
it would buffer writes that are then applied long after their caller gave up, it waits without
jitter, and it closes for good on some errors. The supervisor below makes a new client instead, puts
every subscription back, waits for a real barrier and only then says that it is connected, so that
"subscribe, barrier, then get" holds after each reconnect too.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import anyio
import anyio.abc
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError, NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from zester.bus.message import Message
from zester.errors import BusRefused, BusUnavailable

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0
REQUEST_TIMEOUT = 5.0
PING_INTERVAL = 20
BACKOFF_FIRST = 0.1
BACKOFF_MAX = 30.0

Handler = Callable[[Message], None]


class Subscription:
    """A subscription that survives reconnects; ``close`` ends it."""

    def __init__(self, bus: Bus, subject: str, handler: Handler) -> None:
        self.subject = subject
        self.handler = handler
        self._bus = bus

    async def close(self) -> None:
        await self._bus.unsubscribe(self)


class Bus:
    """A supervised connection to NATS. Use ``open_bus``, or run ``supervise`` in a task group.

    While there is no connection every call raises BusUnavailable at once (after ``wait`` seconds
    for the calls that take it): nothing is buffered.
    """

    def __init__(self, servers: Sequence[str], *, name: str, inbox_prefix: str = "_INBOX") -> None:
        self.servers = tuple(servers)
        self.name = name
        self._inbox_prefix = inbox_prefix
        self._client: Client | None = None
        self._up = anyio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._lost_listeners: list[Callable[[], None]] = []
        self._subscriptions: dict[Subscription, object] = {}
        self._closed = asyncio.Event()
        self.last_error = ""
        self.cluster: str | None = None

    @property
    def connected(self) -> bool:
        return self._client is not None

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
        failures = 0
        while True:
            try:
                await self._session()
                failures = 0
            except (TimeoutError, NatsError, OSError, ValueError) as error:
                self._note(error)
                failures += 1
            if failures == 0:
                log.warning("bus connection lost", extra={"error": self.last_error})
            elif failures & (failures - 1) == 0:  # the 1st, 2nd, 4th, 8th … failure
                log.warning(
                    "bus connection failed", extra={"error": self.last_error, "failures": failures}
                )
            ceiling = min(BACKOFF_MAX, BACKOFF_FIRST * 2 ** min(failures, 12))
            await anyio.sleep(random.uniform(ceiling / 2, ceiling))  # noqa: S311 - jitter

    async def _session(self) -> None:
        """Connect, serve until the connection is gone, clean up."""
        client = Client()
        self._closed = closed = asyncio.Event()

        async def on_closed() -> None:
            closed.set()

        async def on_error(error: Exception) -> None:
            self._note(error)

        try:
            with anyio.fail_after(CONNECT_TIMEOUT):
                await client.connect(
                    list(self.servers),
                    name=self.name,
                    allow_reconnect=False,
                    connect_timeout=int(CONNECT_TIMEOUT),
                    ping_interval=PING_INTERVAL,
                    max_outstanding_pings=2,
                    inbox_prefix=self._inbox_prefix,
                    closed_cb=on_closed,
                    error_cb=on_error,
                )
                self.cluster = client._server_info.get("cluster")
                for subscription in list(self._subscriptions):
                    await self._subscribe(client, subscription)
                await _barrier(client)
            self._client = client
            log.info("bus connected", extra={"server": client.connected_url and _safe_url(client)})
            self._up.set()
            for listener in self._listeners:
                listener()
            await closed.wait()
        finally:
            was_up = self._client is not None
            self._client = None
            self._up = anyio.Event()
            for listener in self._lost_listeners if was_up else ():
                listener()
            with anyio.CancelScope(shield=True), anyio.move_on_after(3), suppress(NatsError):
                await (client.drain() if client.is_connected else client.close())

    async def _subscribe(self, client: Client, subscription: Subscription) -> None:
        async def deliver(msg: Msg) -> None:
            subscription.handler(_message(msg))

        self._subscriptions[subscription] = await client.subscribe(subscription.subject, cb=deliver)

    async def subscribe(self, subject: str, handler: Handler) -> Subscription:
        """Call ``handler`` for each message, also after reconnects; it must not block.

        Returns after a barrier: what is published from now on arrives. Without a connection the
        subscription takes effect with the next one.
        """
        subscription = Subscription(self, subject, handler)
        self._subscriptions[subscription] = None
        client = self._client
        if client is not None:
            with suppress(NatsError, OSError):  # the supervisor subscribes again
                await self._subscribe(client, subscription)
                await _barrier(client)
        return subscription

    async def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription."""
        active = self._subscriptions.pop(subscription, None)
        if active is not None:
            with suppress(NatsError, OSError):
                await active.unsubscribe()  # type: ignore[attr-defined]

    async def publish(
        self, subject: str, data: bytes = b"", *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Publish without an answer; raises BusUnavailable."""
        client = self._need()
        try:
            await client.publish(subject, data, headers=dict(headers) if headers else None)
        except MaxPayloadError as error:
            raise _too_large(subject, data) from error
        except (NatsError, OSError) as error:
            raise self._unavailable(error) from error

    async def flush(self) -> None:
        """Return once the server has taken everything published so far; raises BusUnavailable."""
        try:
            await _barrier(self._need())
        except (TimeoutError, NatsError, OSError) as error:
            raise self._unavailable(error) from error

    async def request(
        self,
        subject: str,
        data: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = REQUEST_TIMEOUT,
    ) -> Message:
        """Publish and wait for one answer; raises BusUnavailable after ``timeout`` seconds."""
        client = self._need()
        closed = self._closed
        try:
            answer = asyncio.ensure_future(
                client.request(subject, data, timeout=timeout, headers=_dict(headers))
            )
            gone = asyncio.ensure_future(closed.wait())
            try:
                await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not answer.done():
                    raise self._unavailable()
                return _message(answer.result())
            finally:
                answer.cancel()
                gone.cancel()
        except NoRespondersError as error:
            raise BusUnavailable(
                f"nobody answers on {subject}",
                hint="JetStream may still be starting, or the master has not made its buckets yet",
            ) from error
        except NatsTimeout as error:
            raise BusUnavailable(f"no answer on {subject} within {timeout:g} s") from error
        except MaxPayloadError as error:
            raise _too_large(subject, data) from error
        except (NatsError, OSError) as error:
            raise self._unavailable(error) from error

    async def stream(
        self, subject: str, data: bytes = b"", *, timeout: float = REQUEST_TIMEOUT
    ) -> AsyncIterator[Message]:
        """Publish and yield every answer until one that carries a status (which comes last).

        Raises BusUnavailable when the next answer takes more than ``timeout`` seconds.
        """
        client = self._need()
        inbox = client.new_inbox()
        send, receive = anyio.create_memory_object_stream[Message](float("inf"))

        async def deliver(msg: Msg) -> None:
            send.send_nowait(_message(msg))

        try:
            active = await client.subscribe(inbox, cb=deliver)
        except (NatsError, OSError) as error:
            raise self._unavailable(error) from error
        try:
            await client.publish(subject, data, reply=inbox)
            while True:
                with anyio.fail_after(timeout):
                    message = await receive.receive()
                if message.status == 503:
                    raise BusUnavailable(f"nobody answers on {subject}")
                yield message
                if message.status is not None:
                    return
        except TimeoutError as error:
            raise BusUnavailable(f"no answer on {subject} within {timeout:g} s") from error
        except (NatsError, OSError) as error:
            raise self._unavailable(error) from error
        finally:
            send.close()
            receive.close()
            with anyio.CancelScope(shield=True), suppress(NatsError, OSError):
                await active.unsubscribe()

    def _need(self) -> Client:
        if self._client is None:
            raise self._unavailable()
        return self._client

    def _note(self, error: BaseException) -> None:
        # asyncio.TimeoutError and some of nats-py's errors have no text of their own.
        self.last_error = str(error) or type(error).__name__

    def _unavailable(self, error: BaseException | None = None) -> BusUnavailable:
        if error is not None:
            self._note(error)
        detail = f": {self.last_error}" if self.last_error else ""
        places = ", ".join(_without_secret(server) for server in self.servers)
        return BusUnavailable(
            f"not connected to {places}{detail}", hint="is nats-server running at this address?"
        )


@asynccontextmanager
async def open_bus(
    servers: Sequence[str], *, name: str, timeout: float = CONNECT_TIMEOUT
) -> AsyncIterator[Bus]:
    """Connect, yield the bus, drain. Raises BusUnavailable when nobody answers in time."""
    bus = Bus(servers, name=name)
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


async def _barrier(client: Client) -> None:
    """Return when the server has processed everything written so far.

    nats-py writes PING straight to the socket while SUB and PUB may still sit in its buffer, so one
    flush is no barrier: give the flusher a turn, then flush twice.
    """
    await asyncio.sleep(0)
    await client.flush()
    await client.flush()


def _too_large(subject: str, data: bytes) -> BusRefused:
    return BusRefused(f"{len(data)} bytes on {subject} are more than the server takes")


def _message(msg: Msg) -> Message:
    return Message(msg.subject, msg.data, msg.headers or {})


def _dict(headers: Mapping[str, str] | None) -> dict[str, str] | None:
    return dict(headers) if headers else None


def _safe_url(client: Client) -> str:
    url = client.connected_url
    return "" if url is None else f"{url.hostname}:{url.port}"


def _without_secret(server: str) -> str:
    head, separator, tail = server.rpartition("@")
    return f"{head.split('://', 1)[0]}://{tail}" if separator and "://" in head else tail or server
