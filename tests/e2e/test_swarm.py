"""``zester dev swarm``: many real agents on machines in memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.dev import Dev, alive, until

pytestmark = pytest.mark.e2e

PEELS = 20
_NAMES = [
    *(f"web-{number:04}" for number in range(1, 13)),
    *(f"{role}-{number:04}" for role in ("app", "db") for number in range(1, 5)),
]


def test_a_swarm_converges_answers_follows_and_leaves_nothing(tmp_path: Path) -> None:
    dev = Dev(tmp_path)
    started = dev.zester("dev", "swarm", str(PEELS), "--states", "3", "--detach")
    try:
        assert started.stdout.startswith(f"{PEELS} simulated peels in 2 processes")
        until("all have converged", lambda: _applied(dev, "swarm", 1) == PEELS)
        statuses = dev.status().values()
        assert {status["status"]["counts"]["ok"] for status in statuses} == {3}

        assert _answers(dev, "*", "test.ping") == dict.fromkeys(_NAMES, True)
        rocky = _answers(dev, "G@os:Rocky", "facts.get", "fqdn")
        assert 0 < len(rocky) < PEELS
        assert all(fqdn == f"{node}.example.com" for node, fqdn in rocky.items())
        db = _answers(dev, "label:role=db", "file.file_exists", "/srv/exercise/3")
        assert db == dict.fromkeys(("db-0001", "db-0002", "db-0003", "db-0004"), True)
        assert not Path("/srv/exercise").exists()

        pids = [dev.pid(name) for name in ("swarm-1", "swarm-2")]
        memory = Path((tmp_path / ".zester/swarm/memory").read_text())
        assert memory.is_dir()
        dev.zester("dev", "stop", "swarm-1")
        assert not (memory / "1").exists()
        dev.zester("dev", "start", "swarm-1")
        until("those of one process are back", lambda: _applied(dev, "swarm", 1) == PEELS)
        dev.kill("swarm-2")
    finally:
        dev.zester("dev", "down", code=None)
    assert not any(alive(pid) for pid in pids)
    assert not memory.exists()
    assert not (tmp_path / ".zester").exists()
    assert not (tmp_path / ":memory:").exists()


def test_two_swarms_would_be_the_same_peels_twice(tmp_path: Path) -> None:
    dev = Dev(tmp_path)
    dev.zester("dev", "up", "--peels", "1", "--detach")
    try:
        dev.zester("dev", "swarm", "2", "--processes", "1", "--detach")
        answered = _answers(dev, "*", "test.ping")
        assert answered == dict.fromkeys(("peel-1", "web-0001", "web-0002"), True)
        again = dev.zester("dev", "swarm", "2", "--detach", code=1)
        assert "there is a swarm" in again.stderr
        assert "`zester dev down` ends it" in again.stderr
    finally:
        dev.zester("dev", "down")


def _applied(dev: Dev, source: str, revision: int) -> int:
    return sum(
        peel["live"] and (peel["status"] or {}).get("applied", {}).get(source) == revision
        for peel in dev.status().values()
    )


def _answers(dev: Dev, *command: str) -> dict[str, object]:
    found = json.loads(dev.zester(*command, "-o", "json").stdout)
    return {returned["peel"]: returned["value"] for returned in found}
