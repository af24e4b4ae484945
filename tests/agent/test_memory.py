"""Giving memory back must leave a process that works."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field

import anyio
import pytest

from support.peel import until
from zester_peel.agent import memory

SCRIPT = """
import hashlib, json, re, sqlite3, ssl, zlib
from zester_peel.agent.memory import give_back, spare_memory
from zester.resources.head import Head

def resident():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssFile"))

spare_memory()
for _ in range(20):
    before = resident()
    give_back()
    after = resident()
    assert hashlib.sha256(b"x" * 100000).hexdigest()
    assert zlib.decompress(zlib.compress(b"x" * 10000))
    assert re.compile("a+b").match("aab")
    assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
    assert Head.decode(b'{"revision": 1, "created": 0, "manifest": "' + b"0" * 64 + b'"}')
print(after < before)
"""


def test_code_that_was_given_back_runs_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "True\n"


MIB = 1024 * 1024


@dataclass
class Measured:
    """How much is in use, look after look; giving back takes it down to ``floor``."""

    looks: list[int]
    floor: int | None
    given: list[int] = field(default_factory=list)
    seen: int = 0

    def resident(self) -> int:
        self.seen += 1
        return self.looks[min(self.seen, len(self.looks)) - 1] * MIB

    def give_back(self) -> None:
        self.given.append(self.seen)
        if self.floor is not None:
            self.looks[self.seen :] = [self.floor] * (len(self.looks) - self.seen)


async def looked(measured: Measured, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return at which looks memory was given back."""
    monkeypatch.setattr(memory, "LOOK", 0.001)
    monkeypatch.setattr(memory, "_resident", measured.resident)
    monkeypatch.setattr(memory, "give_back", measured.give_back)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(memory.stay_small)
        await until("all was looked at", lambda: measured.seen > len(measured.looks))
        tasks.cancel_scope.cancel()
    return measured.given


@pytest.mark.anyio
async def test_what_a_heartbeat_needs_is_not_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await looked(Measured([40, 41, 42, 40, 42, 42], None), monkeypatch) == []


@pytest.mark.anyio
async def test_what_a_busy_moment_needed_is_given_back_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await looked(Measured([40, 41, 46, 46, 46, 46], 40), monkeypatch) == [3]


@pytest.mark.anyio
async def test_more_states_that_stay_are_not_given_back_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await looked(Measured([40, 60, 60, 60, 60, 60, 60], None), monkeypatch) == [2]
