"""Work that a copy of this process does on another core."""

from __future__ import annotations

import os
import pickle
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")

LONGEST = 60.0
"""Seconds after which the copy is given up."""


class Beside(Generic[T]):
    """Starts ``work`` in a copy of this process, which ends with it and changes nothing here.

    Only for programs that run once: in a copy there is one thread, whatever others held or did.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._reading, writing = os.pipe()
        self._until = time.monotonic() + LONGEST
        self._copy = os.fork()
        if self._copy == 0:
            code = 1
            try:
                os.close(self._reading)
                signal.set_wakeup_fd(-1)  # signals of the copy are not the event loop's
                with os.fdopen(writing, "wb") as pipe:
                    pickle.dump(work(), pipe)
                code = 0
            finally:
                os._exit(code)
        os.close(writing)

    def result(self) -> tuple[T] | None:
        """Wait for the end and return what the work returned; None if it did not get that far."""
        said = bytearray()
        while (left := self._until - time.monotonic()) > 0:
            if not select.select([self._reading], [], [], left)[0]:
                break
            more = os.read(self._reading, 1 << 20)
            if not more:
                break
            said += more
        return self._ended(bytes(said))

    def drop(self) -> None:
        """End the copy: nobody needs what it works on."""
        self._ended(b"")

    def _ended(self, said: bytes) -> tuple[T] | None:
        os.close(self._reading)
        if not said:
            with suppress(ProcessLookupError):
                os.kill(self._copy, signal.SIGKILL)
        _, status = os.waitpid(self._copy, 0)
        if status != 0:
            return None
        try:
            return (pickle.loads(said),)  # noqa: S301 - our own copy wrote it
        except (pickle.UnpicklingError, EOFError):
            return None
