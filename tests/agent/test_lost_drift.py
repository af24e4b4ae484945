"""Drift that happens while drift is being corrected is never lost."""

from __future__ import annotations

import random
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from support.machines.crashing import NoFiles
from support.peel import until
from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester.reconcile.clock import SystemClock
from zester.telemetry.metrics import Metrics
from zester_peel.agent.contest import Contest
from zester_peel.agent.converger import Converger, Wish
from zester_peel.agent.drift import DriftLoop
from zester_peel.agent.kept.debts import StoredDebts
from zester_peel.agent.store import Store
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause
from zester_peel.host.linux import LinuxHost
from zester_peel.sensors.paths import PathSensor
from zester_peel.states.registry import REGISTRY

pytestmark = pytest.mark.anyio

ROUNDS = 100


async def test_a_hundred_edits_at_random_moments_of_a_correction_are_all_undone(
    tmp_path: Path,
) -> None:
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
        give_back=lambda: None,
    )
    engine = Engine(host, REGISTRY, NoFiles(), debts=debts)
    chunk = LowChunk(
        *("file", "managed", "/conf", "conf", "web", "base", At("web.sls", 1), 1),
        args={"contents": "wished"},
    )
    program = engine.program([chunk])
    watches = {watch: ("file.managed:conf",) for watch in program.nodes[0].watches()}
    conf = host.root / "conf"

    def wished() -> bool:
        return conf.read_text() == "wished\n"

    chance = random.Random(3)  # noqa: S311 - repeatable moments
    async with anyio.create_task_group() as tasks:
        await tasks.start(sensor.run, loop.suspect)
        tasks.start_soon(loop.run)
        await converger.follow(Wish(program, engine, {"cli": 1}, watches), Cause.REVISION)
        for number in range(ROUNDS):
            conf.write_text(f"first {number}")
            await anyio.sleep(chance.uniform(0, 0.02))
            await anyio.to_thread.run_sync(conf.write_text, f"second {number}")
            await until(f"round {number} is undone", wished, timeout=10)
        tasks.cancel_scope.cancel()
    assert wished()
    store.close()
