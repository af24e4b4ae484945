"""Drift that happens while drift is being corrected is never lost."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from support.machines.no_files import NoFiles
from support.peel import until
from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester.reconcile.clock import SystemClock
from zester.telemetry.metrics import Metrics
from zester_peel.agent.converger import Converger
from zester_peel.agent.drift import DriftLoop
from zester_peel.agent.kept.debts import StoredDebts
from zester_peel.agent.memory import SharedMemory
from zester_peel.agent.store import Store
from zester_peel.agent.upkeep.contest import Contest
from zester_peel.agent.upkeep.wish import Wish
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause
from zester_peel.host.linux import LinuxHost
from zester_peel.sensors.paths import PathSensor
from zester_peel.states.registry import REGISTRY

pytestmark = pytest.mark.anyio

ROUNDS = 100


@asynccontextmanager
async def correcting(tmp_path: Path, function: str, **args: Any) -> AsyncIterator[Path]:  # noqa: ANN401 - of the state
    """Keep one state of the file ``conf`` true; gives the file."""
    metrics, clock = Metrics(), SystemClock()
    host = LinuxHost(tmp_path / "root")
    host.root.mkdir()
    store = Store(tmp_path / "peel.db")
    debts = StoredDebts(store)
    sensor = PathSensor(host.real, host.signature, poll_interval=3600, metrics=metrics)
    contest = Contest(limit=10_000, window=60)
    converger = Converger("web-01", "base", store, debts, (sensor,), contest, metrics, clock)
    loop = DriftLoop(
        converger,
        metrics=metrics,
        clock=clock,
        changed=lambda: None,
        failed=lambda: None,
        memory=SharedMemory(),
    )
    engine = Engine(host, REGISTRY, NoFiles(), debts=debts)
    chunk = LowChunk(
        *("file", function, "/conf", "conf", "web", "base", At("web.sls", 1), 1), args=args
    )
    program = engine.program([chunk])
    watches = {watch: (f"file.{function}:conf",) for watch in program.nodes[0].watches()}
    async with anyio.create_task_group() as tasks:
        await tasks.start(sensor.run, loop.suspect)
        tasks.start_soon(loop.run)
        await converger.follow(Wish(program, engine, {"cli": 1}, watches), Cause.REVISION)
        yield host.root / "conf"
        tasks.cancel_scope.cancel()
    store.close()


async def test_a_hundred_edits_at_random_moments_of_a_correction_are_all_undone(
    tmp_path: Path,
) -> None:
    chance = random.Random(3)  # noqa: S311 - repeatable moments
    async with correcting(tmp_path, "managed", contents="wished") as conf:

        def wished() -> bool:
            return conf.read_text() == "wished\n"

        for number in range(ROUNDS):
            conf.write_text(f"first {number}")
            await anyio.sleep(chance.uniform(0, 0.02))
            await anyio.to_thread.run_sync(conf.write_text, f"second {number}")
            await until(f"round {number} is undone", wished)
        assert wished()


async def test_what_is_written_in_place_with_pauses_is_kept_beside_our_line(
    tmp_path: Path,
) -> None:
    chance = random.Random(4)  # noqa: S311 - repeatable moments

    def save(conf: Path, number: int, pauses: list[float]) -> None:
        with conf.open("w", buffering=1) as file:  # truncated now; the engine looks at once
            for part, pause in enumerate(pauses):
                time.sleep(pause)
                file.write(f"theirs {number} {part}\n")

    async with correcting(tmp_path, "append", text=["our line"]) as conf:
        for number in range(ROUNDS // 4):
            pauses = [chance.uniform(0, 0.02) for _ in range(3)]
            await anyio.to_thread.run_sync(save, conf, number, pauses)
            wished = [*(f"theirs {number} {part}" for part in range(3)), "our line"]

            def there(wished: list[str] = wished) -> bool:
                return conf.read_text().splitlines() == wished

            await until(f"round {number}: theirs and ours", there)


@pytest.mark.parametrize(
    ("function", "args", "wished"),
    [
        ("managed", {"contents": "wished"}, "wished\n"),
        ("append", {"text": ["our line"]}, "theirs\nour line\n"),
    ],
)
async def test_a_file_that_somebody_keeps_open_is_put_right_in_time(
    tmp_path: Path, function: str, args: dict[str, Any], wished: str
) -> None:
    async with correcting(tmp_path, function, **args) as conf:
        with conf.open("w") as file:
            file.write("theirs\n")
            file.flush()
            await until("corrected", lambda: conf.read_text() == wished)
