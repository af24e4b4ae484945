"""A realm with its server, and a master that keeps it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from support.served_realm import ServedRealm


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[ServedRealm]:
    """A new realm, its server running on what was made."""
    realm = ServedRealm(tmp_path)
    realm.found()
    await realm.start_server()
    try:
        yield realm
    finally:
        await realm.stop_server()


@asynccontextmanager
async def master_of(realm: ServedRealm, folder: Path | None = None) -> AsyncIterator[None]:
    """Run a master on the folder that was made for it."""
    command = [
        *(sys.executable, "-m", "zester_controller.main", "run", "--probe", ""),
        *("--trust", str(folder or realm.folder / "masters" / "base")),
    ]
    process = await anyio.open_process(command, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            process.terminate()
            await process.wait()
            await process.aclose()


async def eventually(check: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until something holds that other processes do; fail with its name."""
    with anyio.move_on_after(30):
        while not await check():  # noqa: ASYNC110 - another process does it
            await anyio.sleep(0.1)
        return
    raise AssertionError(f"not within 30 s: {what}")
