"""How event loops hear that a process has ended."""

from __future__ import annotations

import threading
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import CommandResult

pytestmark = pytest.mark.anyio


async def ended_with(root: Path, code: int) -> CommandResult:
    return await LinuxHost(root).run(("/bin/sh", "-c", f"read line; exit {code}"), stdin=b"go\n")


async def test_a_command_takes_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    threads: list[int] = []

    async def look() -> None:
        host = LinuxHost(tmp_path)
        await host.run(("/bin/sh", "-c", "exit 0"))
        threads.append(threading.active_count())

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(look)
    assert max(threads) <= before


async def test_two_event_loops_hear_of_their_own_children(tmp_path: Path) -> None:
    results: dict[int, int] = {}

    def elsewhere() -> None:
        results[7] = anyio.run(ended_with, tmp_path, 7).returncode

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.to_thread.run_sync, elsewhere)
        for code in (0, 3, 255):
            results[code] = (await ended_with(tmp_path, code)).returncode
    assert results == {code: code for code in (0, 3, 7, 255)}
