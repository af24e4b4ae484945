"""What systemd hears of the agent."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from zester_peel.main.notify import Notifier

pytestmark = pytest.mark.anyio


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    place = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(place)
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", place)
        yield listener


def heard(systemd: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(systemd.recv(100))
        except BlockingIOError:
            return found


async def test_it_is_told_and_signs_of_life_are_given_in_time(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    notifier = Notifier()
    notifier.tell("READY=1")
    with anyio.move_on_after(0.2):
        await notifier.live()
    first, *more = heard(systemd)
    assert first == b"READY=1"
    assert set(more) == {b"WATCHDOG=1"}
    assert len(more) >= 3


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"},
    ],
)
async def test_who_wants_no_signs_of_life_gets_none(
    environment: dict[str, str], systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with anyio.fail_after(30):
        await Notifier().live()
    assert heard(systemd) == []


@pytest.mark.parametrize("place", ["", "/nowhere/notify", "@nobody-listens-here"])
async def test_without_a_listener_nothing_happens(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", place)
    Notifier().tell("READY=1")
