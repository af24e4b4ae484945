"""One TCP connection to NATS, from its start to its end.

A nats-py client lives here for exactly one connection. Its own reconnect logic is switched off: it
would buffer writes that are then applied long after their caller gave up, it waits without jitter,
and it closes for good on some errors. ``Bus`` makes a new session instead.
"""

from __future__ import annotations

import asyncio
import errno
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from secrets import token_hex
from typing import Any

import anyio
from nats.aio.subscription import Subscription as Active
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError, NoServersError

from zester.bus.link.client import Deliver, DirectClient
from zester.bus.link.complaints import forbidden_subject, nobody, too_large, unavailable
from zester.bus.link.login import Login, connect_options
from zester.bus.link.message import Message
from zester.dataclass import dataclass
from zester.errors import BusUnavailable, Untrusted

FLUSH_TIMEOUT = 10.0
PING_INTERVAL = 10
CLOSE_TIMEOUT = 2.0
_REFUSED = f"[Errno {errno.ECONNREFUSED}]"
MAX_PENDING = 2 * 1024 * 1024
"""Bytes that may wait to be sent before a publisher has to wait too."""


@dataclass(frozen=True, slots=True)
class _Answers:
    """What came to a request with many answers and was not taken yet."""

    waiting: deque[Message]
    arrived: asyncio.Event


class Session:
    """One connection to one server; every method raises BusUnavailable once it has ended.

    ``problem`` is what the server or the network last complained about, ``refused`` whether nobody
    listens there; ``cluster`` the name of the cluster the server belongs to, None when it stands
    alone; ``closing`` whether we end it.
    """

    def __init__(
        self,
        server: str,
        *,
        name: str,
        login: Login | None,
        forbidden: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.server = server
        self.problem = ""
        self.refused = False
        self.cluster: str | None = None
        self._name = name
        self._login = login
        self._forbidden = forbidden
        self._client = DirectClient()
        self._inbox = ""
        self._tokens = _unguessable()
        self._asked: dict[str, asyncio.Future[Message]] = {}
        self._streams: dict[str, _Answers] = {}
        self._begun = False
        self.closing = False
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ended.add_done_callback(self._give_up)

    async def open(self, timeout: float) -> None:
        """Connect; raises BusUnavailable after ``timeout`` seconds."""
        try:
            options = connect_options(self._login) if self._login is not None else {}
            self._begun = True
            with anyio.fail_after(timeout):
                await self._client.connect(
                    self.server,
                    name=self._name,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=max(1, int(timeout)),
                    ping_interval=PING_INTERVAL,
                    max_outstanding_pings=2,
                    closed_cb=self._on_closed,
                    error_cb=self._on_error,
                    **options,
                )
            self._inbox = self._client.new_inbox()
            await self._client.take(f"{self._inbox}.*", self._answered, at_once=True)
        except NoServersError as error:
            raise self.unavailable() from error  # why was said to the error callback
        except Untrusted as error:
            raise self.unavailable(error) from error  # better credentials may come
        except (NatsError, OSError, ValueError, TypeError, AttributeError) as error:
            # OSError holds TimeoutError. The last three come from an INFO line that is not one.
            raise self.unavailable(error) from error
        self.cluster = self._client._server_info.get("cluster")
        if self._client._reading_task is not None:
            self._client._reading_task.add_done_callback(self._on_silence)

    async def _on_closed(self) -> None:
        if self._client.last_error is not None:
            self.note(self._client.last_error)
        if not self._ended.done():
            self._ended.set_result(None)

    async def _on_error(self, error: Exception) -> None:
        self.note(error)
        subject = forbidden_subject(self.problem)
        if subject is not None:
            self._forbidden(subject)

    def _on_silence(self, _: object) -> None:
        # What the client cannot parse ends its reading and nothing else: for us that is the end.
        if not self._ended.done() and not self.closing:
            self.problem = self.problem or "the server sent something that is not NATS"
            self._ended.set_result(None)

    async def wait_end(self) -> None:
        """Return when the connection is gone."""
        await asyncio.wait({self._ended})

    async def close(self) -> None:
        """Send what is still to be sent and close, within seconds whatever the other side does."""
        client, self.closing = self._client, True
        if not self._begun:  # there was no login to connect with
            await self._on_closed()
            return
        with anyio.CancelScope(shield=True):
            sent = False
            with anyio.move_on_after(CLOSE_TIMEOUT), suppress(BusUnavailable):
                if not self._ended.done() and client.is_connected:
                    await self.barrier()
                    sent = True
            writer = getattr(client._transport, "_io_writer", None)
            if writer is not None and not sent:
                # A frozen peer never takes what is left: the client would wait for it.
                client._pending.clear()
                client._pending_data_size = 0
                writer.transport.abort()
            with anyio.move_on_after(CLOSE_TIMEOUT), suppress(NatsError, OSError):
                await client.close()
        await self._on_closed()

    async def subscribe(self, subject: str, deliver: Deliver, *, group: str = "") -> Active:
        """Subscribe; in force after the next ``barrier``. Of a group one gets each message."""

        try:
            return await self._client.take(subject, deliver, group=group)
        except (NatsError, OSError) as error:
            raise self.unavailable(error) from error

    async def barrier(self) -> None:
        """Return when the server has processed everything written so far.

        The server answers a PING when it has come to it, and the client sends it behind the rest.
        """
        try:
            pong = self._client.ping()
        except (NatsError, OSError) as error:
            raise self.unavailable(error) from error
        await self._wait(pong, FLUSH_TIMEOUT)
        if not pong.done():
            raise self.unavailable(None if self._ended.done() else TimeoutError())

    async def publish(
        self,
        subject: str,
        data: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        reply: str = "",
    ) -> None:
        """Publish; raises BusRefused when it is too large."""
        if self._client.unsent > MAX_PENDING:
            await self.barrier()  # the client itself never waits for a slow server
        try:
            self._client.send(subject, data, reply=reply, headers=headers)
        except MaxPayloadError as error:
            raise too_large(subject, data) from error
        except (NatsError, OSError) as error:
            raise self.unavailable(error) from error

    async def request(
        self, subject: str, data: bytes, *, headers: Mapping[str, str] | None, timeout: float
    ) -> Message:
        """Publish and wait for one answer."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Message] = loop.create_future()
        token = next(self._tokens)
        self._asked[token] = answer
        late = loop.call_later(timeout, _time_out, answer)
        try:
            if self._ended.done():
                raise self.unavailable()
            await self.publish(subject, data, headers=headers, reply=f"{self._inbox}.{token}")
            message = await answer
        except TimeoutError as error:
            raise self._late(subject, timeout) from error
        finally:
            late.cancel()
            del self._asked[token]
            if not answer.cancel() and not answer.cancelled():
                answer.exception()  # nobody waits for it any more
        if message.status == 503:
            raise nobody(subject)
        return message

    def _answered(self, message: Message) -> None:
        token = message.subject.rpartition(".")[2]
        answer = self._asked.get(token)
        if answer is not None:
            if not answer.done():
                answer.set_result(message)
            return
        answers = self._streams.get(token)
        if answers is not None:
            answers.waiting.append(message)
            answers.arrived.set()

    def _give_up(self, _: object) -> None:
        for answers in self._streams.values():
            answers.arrived.set()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(self.unavailable())

    async def _wait(self, future: asyncio.Future[Any], timeout: float) -> None:
        """Return when the future is done, the connection gone or the time over; cancels nothing."""
        await asyncio.wait(
            {future, self._ended}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )

    async def stream(
        self, subject: str, data: bytes, *, timeout: float
    ) -> AsyncGenerator[Message, None]:
        """Publish and yield every answer until one that carries a status (which comes last)."""
        token, answers = next(self._tokens), _Answers(deque(), asyncio.Event())
        self._streams[token] = answers
        try:
            await self.publish(subject, data, headers=None, reply=f"{self._inbox}.{token}")
            while True:
                while answers.waiting:
                    message = answers.waiting.popleft()
                    if message.status == 503:
                        raise nobody(subject)
                    yield message
                    if message.status is not None:
                        return
                if self._ended.done():
                    raise self.unavailable()
                answers.arrived.clear()
                with anyio.fail_after(timeout):
                    await answers.arrived.wait()
        except TimeoutError as error:
            raise self._late(subject, timeout) from error
        finally:
            del self._streams[token]

    async def unsubscribe(self, active: Active) -> None:
        """End a subscription; fine when the connection is gone."""
        with anyio.move_on_after(CLOSE_TIMEOUT), suppress(NatsError, OSError):
            await self._client.leave(active)

    def note(self, error: BaseException) -> None:
        """Remember what went wrong last."""
        # TimeoutError and some of nats-py's errors have no text of their own.
        silent = isinstance(error, TimeoutError)
        self.refused = isinstance(error, OSError) and _REFUSED in str(error)
        self.problem = str(error) or ("no answer in time" if silent else type(error).__name__)

    def unavailable(self, error: BaseException | None = None) -> BusUnavailable:
        """Return the error to raise."""
        if error is not None:
            self.note(error)
        return unavailable((self.server,), self.problem)

    def _late(self, subject: str, timeout: float) -> BusUnavailable:
        # Refused permission is no answer but a complaint, which names the subject in lower case.
        reason = f": {self.problem}" if subject.lower() in self.problem.lower() else ""
        return BusUnavailable(f"no answer on {subject} within {timeout:g} s{reason}")


def _unguessable() -> Iterator[str]:
    """Yield tokens, each another one; chance is asked for sixteen at a time."""
    for first in count(0, 16):
        chance = token_hex(64)
        yield from (f"{first + place}-{chance[8 * place : 8 * place + 8]}" for place in range(16))


def _time_out(answer: asyncio.Future[Message]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())
