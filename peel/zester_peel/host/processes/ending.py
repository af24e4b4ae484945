"""How event loops hear that a process has ended."""

from __future__ import annotations

import asyncio
import functools
import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVarTuple

Given = TypeVarTuple("Given")


@functools.cache
def wait_without_threads() -> None:
    """Have event loops wait for children by descriptors, as later versions of Python do anyway.

    Python 3.11 starts a thread for each child; its own watcher by descriptors serves one event loop
    alone. Where the kernel has no such descriptors (before Linux 5.3) it stays so.
    """
    if sys.version_info >= (3, 12):
        return
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return
    asyncio.set_child_watcher(_Descriptors())


class _Descriptors(asyncio.AbstractChildWatcher):
    """Serves whichever loop asks, and remembers nothing of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def is_active(self) -> bool:
        return True

    def attach_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
        pass

    def close(self) -> None:
        pass

    def remove_child_handler(self, pid: int) -> bool:
        return False  # nothing asks for it

    def add_child_handler(
        self, pid: int, callback: Callable[[int, int, *Given], object], *args: *Given
    ) -> None:
        loop, descriptor = asyncio.get_running_loop(), os.pidfd_open(pid)

        def ended() -> None:
            loop.remove_reader(descriptor)
            os.close(descriptor)
            try:
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            except ChildProcessError:  # somebody else has waited for it
                code = 255
            callback(pid, code, *args)

        loop.add_reader(descriptor, ended)
