"""A process of our own that answers messages."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress

import anyio

from zester.errors import CommandTimeout, CompanionLost, HostError
from zester_peel.host.processes.environment import inherited
from zester_peel.host.processes.framing import LENGTH
from zester_peel.host.processes.leash import UNTIED, Leash

_GRACE = 1.0  # seconds an idle one gets to end after nobody can ask it any more


class Companion:
    """Started when it is first asked; one question at a time, each with a deadline.

    It reads questions from its standard input and writes answers to its standard output. When the
    input ends it has to end as well, so it does not outlive us; ``leash`` remembers one that is
    still busy when we are killed.
    """

    def __init__(self, argv: Sequence[str], *, leash: Leash | None = None) -> None:
        self._argv = tuple(argv)
        self._leash = leash
        self._held = ExitStack()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and not ended by us."""
        return self._process is not None

    async def ask(self, message: bytes, *, timeout: float) -> bytes:
        """Return its answer; raises CommandTimeout, CompanionLost or HostError.

        Whoever gives up, or is cancelled, ends it: the next question starts another one.
        """
        waited = self._process is not None
        try:
            with anyio.fail_after(timeout):
                try:
                    return await self._asked(message)
                except CompanionLost:
                    if not waited:
                        raise
                await self._kill()  # it had ended while it waited
                return await self._asked(message)
        except TimeoutError as error:
            await self._kill()
            raise CommandTimeout(f"no answer within {timeout:g} s from {self._argv[-1]}") from error
        except BaseException:
            await self._kill()
            raise

    async def end(self) -> None:
        """Let it end; insist when it does not."""
        if self._process is None:
            return
        with anyio.CancelScope(shield=True):
            if self._process.stdin is not None:
                self._process.stdin.close()
            with anyio.move_on_after(_GRACE):
                await self._process.wait()
            await self._kill()

    async def _asked(self, message: bytes) -> bytes:
        process = self._process or await self._start()
        if process.stdin is None or process.stdout is None:
            raise CompanionLost(f"{self._argv[-1]} cannot be asked")
        try:
            process.stdin.write(len(message).to_bytes(LENGTH, "big"))
            process.stdin.write(message)
            await process.stdin.drain()
            length = await process.stdout.readexactly(LENGTH)
            return await process.stdout.readexactly(int.from_bytes(length, "big"))
        except (OSError, EOFError) as error:
            raise CompanionLost(
                f"{self._argv[-1]} ended before it answered",
                hint="its own last words are in the log; was there memory enough?",
            ) from error

    async def _start(self) -> asyncio.subprocess.Process:
        tie = self._held.enter_context(UNTIED if self._leash is None else self._leash.announce())
        with anyio.CancelScope(shield=True):  # a half-started process could not be ended
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=inherited() | tie.environment,
                    start_new_session=True,
                )
            except OSError as error:
                raise HostError(f"cannot start {self._argv[-1]}: {error.strerror}") from error
        if self._process is None:
            raise CompanionLost(f"{self._argv[-1]} was not started")
        tie.to(self._process.pid)
        return self._process

    async def _kill(self) -> None:
        """End its whole process group, now."""
        process, self._process = self._process, None
        with self._held.pop_all(), anyio.CancelScope(shield=True):
            if process is None:
                return
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()
