"""A peel that dies at a chosen step between writing a file and restarting its service.

``python -m support.machines.crashing FOLDER RUNS`` prints one JSON object a run:
``{"step": …, "killed": …, "restarts": …, "owed": […], "contents": …}``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import anyio
from pydantic import BaseModel, ConfigDict

from support.machines.no_files import NoFiles
from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester.reconcile.clock import SystemClock
from zester.telemetry.metrics import Metrics
from zester_peel.agent.converger import Converger
from zester_peel.agent.kept.debts import StoredDebts
from zester_peel.agent.store import Store
from zester_peel.agent.upkeep.contest import Contest
from zester_peel.agent.upkeep.wish import Wish
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.managed import Managed

RESTARTS = "restarts"
WHOLE = 10_000
KINDS = ("watch", "listen")


class Steps:
    """Counts steps and ends the process at the one it is told to."""

    def __init__(self, last: int) -> None:
        self.count = 0
        self._last = last

    def step(self) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


class SteppingStore(Store):
    """Dies before and after what it does."""

    def __init__(self, path: Path, steps: Steps) -> None:
        self._steps = Steps(0)
        super().__init__(path)
        self._steps = steps

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self._steps.step()
        with super().transaction() as db:
            yield db
            self._steps.step()
        self._steps.step()


class SteppingHost(LinuxHost):
    """Dies before and after a file is written."""

    def __init__(self, root: Path, steps: Steps) -> None:
        super().__init__(root)
        self._steps = steps

    async def write(
        self,
        path: str,
        content: bytes | Iterable[bytes],
        *,
        mode: int,
        uid: int | None = None,
        gid: int | None = None,
    ) -> None:
        self._steps.step()
        await super().write(path, content, mode=mode, uid=uid, gid=gid)
        self._steps.step()


class UnitSpec(BaseModel):
    """A service that runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str


class Unit(State[UnitSpec, bool]):
    """A service whose restarts are lines of a file."""

    function: ClassVar[str] = "unit.running"
    spec = UnitSpec

    def __init__(self, log: Path, steps: Steps) -> None:
        self._log = log
        self._steps = steps

    async def observe(self, host: HostReader, spec: UnitSpec) -> bool:
        return True

    def plan(self, spec: UnitSpec, observed: bool | None) -> Plan:
        return Plan()

    async def apply(self, host: Host, spec: UnitSpec, plan: Plan) -> Applied | None:
        return None

    def refreshing(self, spec: UnitSpec, observed: bool | None) -> Plan:
        return Plan({"restarted": True})

    async def refresh(self, host: Host, spec: UnitSpec, plan: Plan) -> Applied | None:
        self._steps.step()
        with self._log.open("a") as log:
            log.write("restarted\n")
        self._steps.step()
        return None


def low_state(contents: str, kind: str) -> list[LowChunk]:
    """A file and a service that watches it or listens to it."""
    target = (("file", "conf"),)
    return [
        LowChunk(
            *("file", "managed", "/conf", "conf", "web", "base", At("web.sls", 1), 1),
            args={"contents": contents},
        ),
        LowChunk(
            *("unit", "running", "app", "app", "web", "base", At("web.sls", 4), 2),
            requisites={kind: target},
        ),
    ]


async def converge(folder: Path, contents: str, kind: str, cause: Cause, steps: Steps) -> None:
    """Do what a peel does with a revision or at its start."""
    store = SteppingStore(folder / "peel.db", steps)
    debts = StoredDebts(store)
    managed, unit = Managed(), Unit(folder / RESTARTS, steps)
    states: dict[str, State[Any, Any]] = {managed.function: managed, unit.function: unit}
    engine = Engine(SteppingHost(folder / "root", steps), states, NoFiles(), debts=debts)
    converger = Converger(
        *("web-01", "base", store, debts, (), Contest(limit=9, window=9), Metrics(), SystemClock())
    )
    converger.recall()
    wish = Wish(engine.program(low_state(contents, kind)), engine, {"cli": 1}, {})
    await converger.follow(wish, cause)
    store.close()


def in_child(folder: Path, contents: str, kind: str, cause: Cause, last: int) -> int:
    """Converge in a process of its own; return its wait status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    status = 1
    try:
        anyio.run(converge, folder, contents, kind, cause, Steps(last))
        status = 0
    finally:
        os._exit(status)


def main() -> None:
    """Kill at step 1, 2, 3 … and begin again when a run came to its end."""
    place, runs = Path(sys.argv[1]), int(sys.argv[2])
    for kind in KINDS:
        (place / kind / "root").mkdir(parents=True)
        assert in_child(place / kind, "old", kind, Cause.REVISION, WHOLE) == 0
        (place / kind / RESTARTS).unlink()
    last = 0
    for number in range(runs):
        folder = place / str(number)
        kind = KINDS[number % len(KINDS)]
        shutil.copytree(place / kind, folder)
        last += 1
        killed = in_child(folder, "new", kind, Cause.REVISION, last)
        # Whether the revision was finished decides what a start is called.
        assert in_child(folder, "new", kind, Cause.BOOT, WHOLE) == 0
        log = folder / RESTARTS
        debts = SteppingStore(folder / "peel.db", Steps(0)).debts()
        told = {
            "step": last,
            "killed": killed == signal.SIGKILL,
            "restarts": len(log.read_text().splitlines()) if log.exists() else 0,
            "owed": debts,
            "contents": (folder / "root/conf").read_text(),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        if not told["killed"]:
            last = 0


if __name__ == "__main__":
    main()
