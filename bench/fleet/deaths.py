"""A dead peel, a master that is away, a restart of everything: how soon commands are answered.

Salt 3008 on the same machine: 16 s until a dead minion of three is named; a
result that comes while the master is away for 100 s is lost; 20 minions answer 21 s after a
restart.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from bench.figures import Figure
from bench.stage import Stage, spin, stage

AWAY = max(10.0, float(os.environ.get("ZESTER_BENCH_AWAY", "100")))
"""Seconds for which the master is away; the job takes five."""

DOWN = float(os.environ.get("ZESTER_BENCH_DOWN", "30"))
"""Seconds for which master and server are down."""

PEELS = 20


def measure() -> Iterator[Figure]:
    """Yield the three figures; several minutes."""
    with stage(3) as made:
        _all_answer(made, 3)
        yield _dead_peel(made)
        yield _lost_results(made)
    with stage(PEELS) as made:
        _all_answer(made, PEELS)
        yield _restart(made)


def _dead_peel(made: Stage) -> Figure:
    _kill(made, "peel-2")
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        code, found = _ask(made, "*", "test.ping")
        took.append(time.perf_counter() - begun)
        silent = [each["peel"] for each in found if each["status"] == "silent"]
        if (code, silent) != (3, ["peel-2"]):
            raise RuntimeError(f"ended with {code}, silent: {silent}")
    _zester(made, "dev", "start", "peel-2")
    _all_answer(made, 3)
    name = "dead peel of three named, median of 5 (Salt: 16 s)"
    return Figure(name, statistics.median(took), 2.0, "s")


def _lost_results(made: Stage) -> Figure:
    jid = _zester(made, "--async", "*", "cmd.run", "sleep 5; echo kept").stdout.strip()
    _kill(made, "master")
    time.sleep(AWAY)
    _zester(made, "dev", "start", "master")
    shown = json.loads(_zester(made, "job", "show", jid, "-o", "json").stdout)
    kept = sum(each.get("value") == "kept" for each in shown["returns"])
    name = f"results lost of 3, master away {AWAY:g} s (Salt: all)"
    return Figure(name, float(3 - kept), 0.5, "")


def _restart(made: Stage) -> Figure:
    _kill(made, "master")
    _kill(made, "nats")
    time.sleep(DOWN)
    _zester(made, "dev", "start", "nats")
    begun = time.perf_counter()
    starting = _start(made, "dev", "start", "master")
    while len(_answers(made)) < PEELS:
        if time.perf_counter() - begun > 60:
            raise RuntimeError("not all peels came back")
    took = time.perf_counter() - begun
    starting.communicate()
    return Figure(f"{PEELS} peels answer after a restart (Salt: 21 s)", took, 3.0, "s")


def _all_answer(made: Stage, count: int) -> None:
    spin(lambda: len(_answers(made)) == count, 120)


def _answers(made: Stage) -> list[str]:
    _, found = _ask(made, "*", "test.ping")
    return [each["peel"] for each in found if each["ok"]]


def _ask(made: Stage, *words: str) -> tuple[int, list[dict[str, Any]]]:
    done = _zester(made, *words, "-o", "json")
    found: list[dict[str, Any]] = []
    with suppress(json.JSONDecodeError):  # nothing is said when the server is not there yet
        found = json.loads(done.stdout)
    return done.returncode, found


def _zester(made: Stage, *words: str) -> subprocess.CompletedProcess[str]:
    process = _start(made, *words)
    out, err = process.communicate()
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def _start(made: Stage, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "zester.cli.main", *words],
        cwd=made.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kill(made: Stage, name: str) -> None:
    os.kill(int(made.setup()["processes"][name]["pid"]), signal.SIGKILL)
