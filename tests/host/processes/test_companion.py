"""A process of our own that answers messages."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from support.dev import alive, tied, until
from zester.errors import CommandTimeout, CompanionLost, HostError
from zester_peel.host.processes.companion import Companion
from zester_peel.host.processes.leash import Leash

ECHO = """
import os, sys, time
from zester_peel.host.processes.framing import read_message, write_message
while (said := read_message(sys.stdin.buffer)) is not None:
    if said == b"die": os.kill(os.getpid(), 9)
    if said == b"sleep": time.sleep(100)
    if said == b"half":
        sys.stdout.buffer.write(b"\\0\\0\\0"); sys.stdout.buffer.flush(); sys.exit()
    write_message(sys.stdout.buffer, str(os.getpid()).encode() if said == b"pid" else said)
"""


def echo(leash: Leash | None = None) -> Companion:
    return Companion((sys.executable, "-c", ECHO), leash=leash)


async def pid_of(companion: Companion) -> int:
    return int(await companion.ask(b"pid", timeout=20))


@pytest.mark.anyio
async def test_it_answers_message_after_message_of_any_size() -> None:
    companion = echo()
    assert not companion.running
    first = await pid_of(companion)
    large = os.urandom(3_000_000)
    assert await companion.ask(large, timeout=20) == large
    assert await companion.ask(b"", timeout=20) == b""
    assert await pid_of(companion) == first
    await companion.end()
    assert not companion.running
    assert not alive(first)


@pytest.mark.anyio
async def test_one_that_died_while_it_waited_is_replaced_unseen() -> None:
    companion = echo()
    first = await pid_of(companion)
    os.kill(first, signal.SIGKILL)
    until("it has ended", lambda: not alive(first))
    second = await pid_of(companion)
    assert second != first
    await companion.end()


@pytest.mark.anyio
@pytest.mark.parametrize("words", [b"die", b"half"])
async def test_one_that_dies_of_a_question_is_told_and_forgotten(words: bytes) -> None:
    companion = echo()
    await pid_of(companion)
    with pytest.raises(CompanionLost, match="ended before it answered"):
        await companion.ask(words, timeout=20)
    assert not companion.running
    assert await companion.ask(b"again", timeout=20) == b"again"
    await companion.end()


@pytest.mark.anyio
async def test_one_that_is_too_slow_is_ended() -> None:
    companion = echo()
    pid = await pid_of(companion)
    with pytest.raises(CommandTimeout):
        await companion.ask(b"sleep", timeout=0.05)
    assert not alive(pid)
    assert not companion.running


@pytest.mark.anyio
async def test_whoever_is_cancelled_leaves_none_behind(tmp_path: Path) -> None:
    leash = Leash(tmp_path / "commands")
    companion = echo(leash)
    pid = await pid_of(companion)
    assert tied(tmp_path / "commands") == [pid]
    with anyio.move_on_after(0.05):
        await companion.ask(b"sleep", timeout=20)
    assert not alive(pid)
    assert list((tmp_path / "commands").iterdir()) == []


@pytest.mark.anyio
async def test_it_does_not_inherit_what_is_only_meant_for_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/somewhere")
    companion = echo()
    environment = Path(f"/proc/{await pid_of(companion)}/environ").read_bytes()
    await companion.end()
    assert b"NOTIFY_SOCKET" not in environment


@pytest.mark.anyio
async def test_what_cannot_be_started_is_said() -> None:
    with pytest.raises(HostError, match="cannot start"):
        await Companion(("/nonexistent/program",)).ask(b"x", timeout=20)


def test_it_ends_when_whoever_started_it_was_killed(tmp_path: Path) -> None:
    script = f"""
import anyio, pathlib
from zester_peel.host.processes.companion import Companion
async def main():
    pid = await Companion(({sys.executable!r}, "-c", {ECHO!r})).ask(b"pid", timeout=20)
    pathlib.Path("part").write_bytes(pid)
    pathlib.Path("part").rename("pid")
    await anyio.sleep(100)
anyio.run(main)
"""
    parent = subprocess.Popen((sys.executable, "-c", script), cwd=tmp_path)
    try:
        until("it answers", (tmp_path / "pid").exists)
        pid = int((tmp_path / "pid").read_text())
        assert alive(pid)
    finally:
        parent.kill()
        parent.wait()
    until("it has ended", lambda: not alive(pid))
