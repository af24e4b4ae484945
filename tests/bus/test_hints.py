"""Hints in a cluster, where a replica may be late."""

from __future__ import annotations

import anyio
import pytest

from zester.bus import hints
from zester.bus.buckets import HEADS
from zester.bus.link.connection import Bus

pytestmark = pytest.mark.anyio


async def test_in_a_cluster_a_burst_of_hints_is_followed_by_one_more_look(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "SETTLED", 0.2)
    heard: list[str] = []
    more = anyio.Event()

    def hear(key: str) -> None:
        heard.append(key)
        if len(heard) == 4:
            more.set()

    await hints.watch_hints(bus, HEADS, "base.*", hear)
    bus.cluster = "three"
    for _ in range(3):
        await hints.send_hint(bus, HEADS, "base.cli")
    with anyio.fail_after(30):
        await more.wait()
    await anyio.sleep(0.3)
    assert heard == ["base.cli"] * 4


async def test_a_single_server_has_what_it_hints_about(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "SETTLED", 0.05)
    heard: list[str] = []
    await hints.watch_hints(bus, HEADS, "base.*", heard.append)
    await hints.send_hint(bus, HEADS, "base.cli")
    await anyio.sleep(0.2)
    assert heard == ["base.cli"]
