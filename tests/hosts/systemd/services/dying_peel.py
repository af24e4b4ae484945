"""Run the peel, and end it as ``kill -9`` does at a chosen step after a file was to be written.

A step is the begin and the end of each file written, command run and transaction stored. The number
of the step is in ``/run/die-at``, which is gone once that was done. Runs on the host itself.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zester_peel.main import handover
from zester_peel.main import main as command_line

LAST = Path("/run/die-at")
FILE = "/etc/demo.conf"


class Steps:
    """Counts from the moment on at which the file is to be written."""

    def __init__(self) -> None:
        self._left = 0

    def begin(self) -> None:
        if not self._left and LAST.exists():
            self._left = int(LAST.read_text())

    def step(self) -> None:
        if not self._left:
            return
        self._left -= 1
        if not self._left:
            LAST.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


STEPS = Steps()


def stepping(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def stepped(self: object, *args: Any, **how: Any) -> Any:  # noqa: ANN401 - any method
        if args[0] == FILE:
            STEPS.begin()
        STEPS.step()
        done = await method(self, *args, **how)
        STEPS.step()
        return done

    return stepped


def stepping_store(method: Callable[..., Any]) -> Callable[..., Any]:
    @contextmanager
    def stepped(self: object) -> Iterator[Any]:
        STEPS.step()
        with method(self) as db:
            yield db
            STEPS.step()
        STEPS.step()

    return stepped


def run() -> None:
    """Be the agent, stepping."""
    # Not above: the command line starts without them, and does so at each death.
    from zester_peel.agent.store import Store
    from zester_peel.host.linux import LinuxHost
    from zester_peel.main import daemon

    for name in ("write", "run"):
        setattr(LinuxHost, name, stepping(getattr(LinuxHost, name)))
    setattr(Store, "transaction", stepping_store(Store.transaction))  # noqa: B010 - mypy refuses
    daemon.main()


if __name__ == "__main__":
    if "run" in sys.argv:
        # It becomes the agent by starting a module, which is this one again.
        handover.DAEMON = "dying_peel"
        command_line()
    else:
        run()
