"""Work that a copy of this process does on another core."""

from __future__ import annotations

import os
import pickle
import select
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Any, Generic, TypeVar

import anyio

from zester.errors import CompanionLost

T = TypeVar("T")
I_co = TypeVar("I_co", covariant=True)

LONGEST = 60.0
"""Seconds after which the copy is given up."""

_LENGTH = 8  # bytes that say how long the next answer is
_PART = 1 << 20


def _nothing() -> tuple[()]:
    return ()


class Beside(Generic[T, I_co]):
    """Starts ``work`` in a copy of this process, which ends with it and changes nothing here.

    When somebody asks for an item the copy goes through ``more``, after the work.
    Only for programs that run once: in a copy there is one thread, whatever others held or did.
    """

    def __init__(
        self, work: Callable[[], T], more: Callable[[], Iterable[I_co]] = _nothing
    ) -> None:
        self._reading, writing = os.pipe()
        asked, self._asking = os.pipe()
        self._until = time.monotonic() + LONGEST
        self._said = bytearray()
        self._heard: list[Any] = []  # the result first, then the items
        self._asked = self._silent = False
        self._one = anyio.Lock()
        self._copy = os.fork()
        if self._copy == 0:
            try:
                os.close(self._reading)
                os.close(self._asking)
                signal.set_wakeup_fd(-1)  # signals of the copy are not the event loop's
                with os.fdopen(writing, "wb") as pipe:
                    _say(pipe, work())
                    if os.read(asked, 1):
                        for item in more():
                            _say(pipe, item)
            finally:
                os._exit(0)
        os.close(writing)
        os.close(asked)

    async def item(self, number: int) -> I_co:
        """Return an item of ``more``; raises CompanionLost when the copy has none."""
        if not self._asked:
            self._asked = True
            with suppress(BrokenPipeError):
                os.write(self._asking, b"?")
        while len(self._heard) < number + 2:
            async with self._one:
                if len(self._heard) < number + 2:
                    await self._listen()
        found: I_co = self._heard[number + 1]
        return found

    def result(self) -> tuple[T] | None:
        """Wait for what the work returns, and end the copy; None if it did not get that far."""
        while not self._heard and not self._silent and (left := self._left()) > 0:
            if select.select([self._reading], [], [], left)[0]:
                self._take()
        self.drop()
        return (self._heard[0],) if self._heard else None

    def drop(self) -> None:
        """End the copy: nobody needs what it works on."""
        os.close(self._asking)
        os.close(self._reading)
        with suppress(ProcessLookupError):
            os.kill(self._copy, signal.SIGKILL)
        os.waitpid(self._copy, 0)

    async def _listen(self) -> None:
        with anyio.move_on_after(self._left()):
            if not self._silent:
                await anyio.wait_readable(self._reading)
                self._take()
                return
        raise CompanionLost("the copy of this process ended before it answered")

    def _left(self) -> float:
        return self._until - time.monotonic()

    def _take(self) -> None:
        """Read what is there, and unpack what is complete."""
        said = os.read(self._reading, _PART)
        self._silent = not said
        self._said += said
        while len(self._said) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._said[:_LENGTH], "big")
            if len(self._said) < end:
                return
            self._heard.append(pickle.loads(self._said[_LENGTH:end]))  # noqa: S301 - our own copy
            del self._said[:end]


def _say(pipe: IO[bytes], answer: object) -> None:
    data = pickle.dumps(answer)
    pipe.write(len(data).to_bytes(_LENGTH, "big"))
    pipe.write(data)
    pipe.flush()
