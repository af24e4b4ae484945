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
from zester_peel.agent.memory import OwnMemory, spare_memory
from zester.resources.head import Head

def resident():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssFile"))

spare_memory()
memory = OwnMemory()
for number in range(20):
    before = resident()
    memory.give_back() if number % 2 else memory.drop_code()
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
    """MiB in use, own and of files, look after look; giving back takes them down to ``floor``."""

    looks: list[tuple[int, int]]
    floor: tuple[int, int]
    done: list[str] = field(default_factory=list)
    seen: int = -1

    def resident(self) -> tuple[int, int]:
        self.seen += 1
        own, files = self.looks[min(self.seen, len(self.looks) - 1)]
        return own * MIB, files * MIB

    def lower(self, what: str) -> None:
        self.done.append(what)
        self.looks[self.seen + 1 :] = [self.floor for _ in self.looks[self.seen + 1 :]]


async def looked(measured: Measured, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what was given back."""
    monkeypatch.setattr(memory, "LOOK", 0.001)
    monkeypatch.setattr(memory, "_resident", measured.resident)
    monkeypatch.setattr(memory.OwnMemory, "give_back", lambda _: measured.lower("all"))
    monkeypatch.setattr(memory.OwnMemory, "drop_code", lambda _: measured.lower("code"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(memory.OwnMemory().stay_small)
        await until("all was looked at", lambda: measured.seen > len(measured.looks))
        tasks.cancel_scope.cancel()
    return measured.done


@pytest.mark.anyio
async def test_nothing_is_given_back_of_what_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Measured([(40, 2), (40, 2), (38, 1), (38, 1)], (0, 0))
    assert await looked(measured, monkeypatch) == []


@pytest.mark.anyio
async def test_code_that_was_used_is_given_back_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Measured([(40, 2), (40, 7), (40, 7), (40, 7)], (40, 2))
    assert await looked(measured, monkeypatch) == ["code"]


@pytest.mark.anyio
async def test_what_a_busy_moment_needed_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Measured([(40, 2), (46, 7), (46, 7), (46, 7)], (40, 2))
    assert await looked(measured, monkeypatch) == ["all"]


@pytest.mark.anyio
async def test_what_stays_in_use_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Measured([(40, 2), (60, 2), (60, 2), (60, 2), (60, 2)], (60, 2))
    assert await looked(measured, monkeypatch) == ["all"]
