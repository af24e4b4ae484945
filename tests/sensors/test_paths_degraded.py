"""When the kernel loses events or refuses watches, the sensor still ends up right and says why."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from zester_peel.sensors import paths
from zester_peel.sensors.path.inotify import Inotify

if TYPE_CHECKING:
    from sensors.conftest import Machine

pytestmark = pytest.mark.anyio

QUEUE = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())


class Stingy(Inotify):
    """A kernel with few watches."""

    left = 0
    taken: set[int]

    def __init__(self) -> None:
        super().__init__()
        self.taken = set()

    def add(self, path: str, mask: int) -> int:
        descriptor = super().add(path, mask)
        if descriptor not in self.taken:
            if len(self.taken) >= type(self).left:
                super().remove(descriptor)
                raise OSError(errno.ENOSPC, "No space left on device", path)
            self.taken.add(descriptor)
        return descriptor

    def remove(self, descriptor: int) -> None:
        self.taken.discard(descriptor)
        super().remove(descriptor)


def no_inotify() -> Inotify:
    raise OSError(errno.EMFILE, "Too many open files")


@pytest.mark.skipif(QUEUE > 100_000, reason="the event queue is too long to fill it")
async def test_a_real_overflow_ends_with_everything_looked_at(machine: Machine) -> None:
    path = machine.write("/etc/motd")
    one, other = machine.write("/etc/one"), machine.write("/etc/other")
    (victim := machine.write("/srv/app/conf")).chmod(0o644)
    async with machine.running():
        await machine.wish("/etc/motd", "/srv/app/conf")
        for number in range(QUEUE):  # nobody reads meanwhile
            one.chmod(0o600 + number % 2)
            other.chmod(0o600 + number % 2)
        path.write_text("foreign")
        victim.parent.rename(victim.parent.with_name("old"))
        machine.write("/srv/app/conf", "foreign")
        await machine.heard("/etc/motd", "/srv/app/conf")
        assert machine.metrics.sensors_overflows.value() == 1
        machine.settle("/etc/motd", "/srv/app/conf")
        assert await machine.quiet() == []
        victim.write_text("foreign once more")
        await machine.heard("/srv/app/conf")


async def test_an_overflow_that_hides_nothing_says_nothing(machine: Machine) -> None:
    machine.write("/etc/motd")
    async with machine.running():
        await machine.wish("/etc/motd")
        one, other = machine.write("/etc/one"), machine.write("/etc/other")
        for number in range(QUEUE):
            one.chmod(0o600 + number % 2)
            other.chmod(0o600 + number % 2)
        assert await machine.quiet() == []
        assert machine.metrics.sensors_overflows.value() == 1


async def test_without_inotify_everything_is_polled(machine: Machine) -> None:
    machine.make(source=no_inotify)
    path = machine.write("/etc/motd")
    async with machine.running():
        await machine.wish("/etc/motd", "/absent/file")
        assert machine.sensor.degraded is not None
        assert "max_user_instances" in machine.sensor.degraded
        path.write_text("foreign")
        await machine.heard("/etc/motd")
        machine.write("/absent/file")
        await machine.heard("/absent/file")


async def test_a_polled_path_that_stays_wrong_is_told_once(machine: Machine) -> None:
    machine.make(source=no_inotify)
    path = machine.write("/etc/motd")
    async with machine.running():
        await machine.wish("/etc/motd")
        path.write_text("foreign")
        await machine.heard("/etc/motd")
        assert await machine.quiet() == []
        assert await machine.quiet() == []
        path.write_text("foreign in another way")
        await machine.heard("/etc/motd")


async def test_own_writes_to_polled_paths_are_looked_into_at_most_once(machine: Machine) -> None:
    machine.make(source=no_inotify)
    machine.write("/etc/motd")
    async with machine.running():
        await machine.wish("/etc/motd")
        machine.sensor.hold(["/etc/motd"])
        await machine.host.write("/etc/motd", b"wished", mode=0o644)
        seen = machine.signatures("/etc/motd", racy=True)
        machine.sensor.release(["/etc/motd"])
        machine.sensor.settle(seen)
        await machine.heard("/etc/motd")
        machine.settle("/etc/motd")
        await anyio.sleep(0.1)
        assert await machine.quiet() == []


async def test_a_polled_path_that_was_never_settled_is_told_when_it_changes(
    machine: Machine,
) -> None:
    machine.make(source=no_inotify)
    path = machine.write("/etc/motd")
    async with machine.running():
        machine.watch("/etc/motd")
        assert await machine.quiet() == []
        assert await machine.quiet() == []
        path.write_text("foreign")
        await machine.heard("/etc/motd")


async def test_refused_watches_are_polled_until_there_is_room_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "_RECOVERY_ROUNDS", 2)
    monkeypatch.setattr(Stingy, "left", len(machine.host.root.parents) + 3)
    machine.make(source=Stingy)
    names = [f"/srv/{number}/conf" for number in range(10)]
    for name in names:
        machine.write(name)
    async with machine.running():
        await machine.wish(*names)
        assert machine.sensor.degraded is not None
        assert "max_user_watches" in machine.sensor.degraded
        for name in names:
            machine.path(name).write_text("foreign")
        await machine.heard(*names)
        machine.settle(*names)
        assert await machine.quiet() == []

        monkeypatch.setattr(Stingy, "left", 1000)
        with anyio.fail_after(30):
            while machine.sensor.degraded is not None:  # noqa: ASYNC110 - nothing tells
                await anyio.sleep(0.01)
        await machine.quiet()
        for name in names:
            machine.path(name).chmod(0o600)
        await machine.heard(*names)


async def test_fewer_watches_make_a_degraded_sensor_whole(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stingy, "left", len(machine.host.root.parents) + 4)
    machine.make(source=Stingy)
    async with machine.running():
        await machine.wish("/etc/a/x", "/etc/b/x", "/etc/c/x")
        for name in "abc":
            machine.write(f"/etc/{name}/x")
        await machine.heard("/etc/a/x", "/etc/b/x", "/etc/c/x")
        assert machine.sensor.degraded is not None
        machine.watch("/etc/a/x")
        machine.settle("/etc/a/x")
        await machine.quiet()
        machine.write("/etc/a/x", "foreign")
        await machine.heard("/etc/a/x")


async def test_what_cannot_be_looked_at_is_told(machine: Machine) -> None:
    machine.write("/etc/real/file")
    link = machine.path("/etc/link")
    link.symlink_to("real")
    async with machine.running():
        await machine.wish("/etc/link/file")
        link.unlink()
        link.symlink_to("link")  # to itself: the host refuses to go on
        await machine.heard("/etc/link/file")


async def test_ten_thousand_polled_paths_do_not_block_the_loop(machine: Machine) -> None:
    machine.make(source=no_inotify, poll_interval=0.01)
    names = [f"/many/{number}" for number in range(10_000)]
    machine.path("/many").mkdir()
    async with machine.running():
        machine.watch(*names)
        machine.settle(*names)
        turns = 0
        machine.write(names[-1])
        with anyio.fail_after(30):
            while names[-1] not in machine.said:
                await anyio.lowlevel.checkpoint()
                turns += 1
        assert turns > 10_000 // 256
