"""What the engine does itself stays silent, and hides nothing that others do meanwhile."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

if TYPE_CHECKING:
    from sensors.conftest import Machine

pytestmark = pytest.mark.anyio

FILE = "/etc/motd"


def put(path: Path, text: str) -> None:
    """Replace a file as the host does, but for the fsync; it is closed under its new name."""
    temporary = path.with_name(".temporary")
    with temporary.open("w") as file:
        file.write(text)
        file.flush()
        temporary.chmod(0o644)
        temporary.rename(path)


async def test_ten_thousand_own_writes_are_silent(machine: Machine) -> None:
    names = [f"/etc/conf.d/{number}" for number in range(10)]
    for name in names:
        machine.write(name)
    async with machine.running():
        await machine.wish(*names)
        for number in range(1000):
            machine.sensor.hold(names)
            for name in names:
                put(machine.path(name), str(number))
                if number % 7 == 0:
                    await anyio.lowlevel.checkpoint()
            seen = machine.signatures(*names, racy=True)
            machine.sensor.release(names)
            machine.sensor.settle(seen)
            if number % 3 == 0:
                await anyio.lowlevel.checkpoint()
        assert await machine.quiet() == []
        await anyio.sleep(0.1)  # longer than the race window
        assert await machine.quiet() == []
        machine.path(names[3]).write_text("foreign")
        await machine.heard(names[3])
    assert machine.metrics.sensors_events.value(kind="path") >= 10_000
    assert machine.metrics.sensors_dropped_own_writes.value() > 0


async def test_own_chmod_chown_remove_and_link_are_silent(machine: Machine) -> None:
    path = machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        for step in range(6):
            machine.sensor.hold([FILE])
            match step:
                case 0:
                    await machine.host.chmod(FILE, 0o600)
                case 1:
                    await machine.host.chown(FILE, os.getuid(), os.getgid())
                case 2:
                    await machine.host.remove(FILE)
                case 3:
                    await machine.host.symlink(FILE, "/elsewhere")
                case 4:
                    await machine.host.write(FILE, b"x", mode=0o644)
                case _:
                    await machine.host.remove("/etc")
            seen = machine.signatures(FILE)
            machine.sensor.release([FILE])
            machine.sensor.settle(seen)
            assert await machine.quiet() == [], step
        machine.write(FILE)
        await machine.heard(FILE)
    assert path.exists()


async def test_a_foreign_edit_during_a_correction_is_not_lost(machine: Machine) -> None:
    path = machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        machine.sensor.hold([FILE])
        await machine.host.write(FILE, b"wished", mode=0o644)
        seen = machine.signatures(FILE)
        path.write_text("foreign")
        assert await machine.quiet() == []  # held
        machine.sensor.release([FILE])
        machine.sensor.settle(seen)
        await machine.heard(FILE)


async def test_a_foreign_edit_that_hides_behind_the_same_time_stamp_is_looked_into_once(
    machine: Machine,
) -> None:
    path = machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        machine.sensor.hold([FILE])
        await machine.host.write(FILE, b"wished", mode=0o644)
        path.write_text("foreig")  # same inode and size; say the clock did not tick either
        seen = machine.signatures(FILE, racy=True)
        machine.sensor.release([FILE])
        machine.sensor.settle(seen)
        assert await machine.quiet() == []
        await machine.heard(FILE)
        assert await machine.quiet() == []  # nobody settled anything: still no second call
        await anyio.sleep(0.1)
        assert await machine.quiet() == []


async def test_looking_again_at_a_racy_path_ends_there(machine: Machine) -> None:
    machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        machine.sensor.settle(machine.signatures(FILE, racy=True))
        machine.path(FILE).write_text("wished")  # same content: the engine will find no drift
        await machine.heard(FILE)
        for _ in range(3):
            machine.sensor.hold([FILE])
            seen = machine.signatures(FILE, racy=True)
            machine.sensor.release([FILE])
            machine.sensor.settle(seen)
            assert await machine.quiet() == []
            await anyio.sleep(0.06)
            assert await machine.quiet() == []


async def test_what_was_written_before_it_was_watched_is_looked_into_once(
    machine: Machine,
) -> None:
    async with machine.running():
        machine.watch("/new/dir/file")
        machine.sensor.hold(["/new/dir/file"])
        machine.write("/new/dir/file")
        seen = machine.signatures("/new/dir/file", racy=True)
        machine.sensor.release(["/new/dir/file"])
        machine.sensor.settle(seen)
        await machine.heard("/new/dir/file")
        machine.settle("/new/dir/file")
        await anyio.sleep(0.06)
        assert await machine.quiet() == []


async def test_a_state_that_fails_by_its_own_writes_does_not_spin(machine: Machine) -> None:
    path = machine.write(FILE)
    runs = 0
    async with machine.running():
        await machine.wish(FILE)
        path.write_text("drift")
        with anyio.move_on_after(0.5):
            while True:
                await machine.heard(FILE)
                runs += 1
                machine.sensor.hold([FILE])
                await machine.host.write(FILE, str(runs).encode(), mode=0o644)
                machine.sensor.release([FILE])  # nothing to settle: it did not hold
        assert 2 <= runs <= 3
        machine.settle(FILE)
        await machine.quiet()
        path.write_text("foreign")
        await machine.heard(FILE)


async def test_an_edit_while_a_run_fails_is_told_after_it(machine: Machine) -> None:
    path = machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        machine.sensor.hold([FILE])
        path.write_text("foreign")
        assert await machine.quiet() == []
        machine.sensor.release([FILE])
        await machine.heard(FILE)


async def test_holds_add_up_and_may_name_what_is_not_watched(machine: Machine) -> None:
    path = machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        machine.sensor.hold([FILE, "/never/watched"])
        machine.sensor.hold([FILE])
        path.write_text("foreign")
        machine.sensor.release([FILE, "/never/watched", "/never/held"])
        assert await machine.quiet() == []
        machine.sensor.release([FILE])
        await machine.heard(FILE)


async def test_a_path_that_is_no_longer_watched_is_silent(machine: Machine) -> None:
    path = machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        machine.watch("/etc/other")
        path.write_text("foreign")
        assert await machine.quiet() == []


async def test_other_files_in_the_folder_are_not_looked_at(machine: Machine) -> None:
    machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        for number in range(100):
            machine.write(f"/etc/other{number}")
        assert await machine.quiet() == []
    assert machine.metrics.sensors_dropped_own_writes.value() == 0


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counts, makes no paths


def kernel_watches() -> int:
    count = 0
    for info in Path("/proc/self/fdinfo").iterdir():
        try:
            count += info.read_text().count("inotify wd:")
        except FileNotFoundError:
            continue  # the descriptor that listed the folder
    return count


async def test_a_thousand_switches_leave_descriptors_and_watches_as_they_were(
    machine: Machine,
) -> None:
    trees = [
        [f"/a/{n}/x" for n in range(20)] + ["/etc/motd", "/missing/deep/file"],
        [f"/b/{n}/x" for n in range(20)] + ["/etc/motd", "/a/0/x", "/etc/issue"],
    ]
    for tree in trees:
        for name in tree:
            if "missing" not in name:
                machine.write(name)
    async with machine.running():
        machine.watch()
        await machine.quiet()
        nothing = kernel_watches()
        await machine.wish(*trees[0])
        before = descriptors(), kernel_watches()
        for number in range(1, 1001):
            machine.watch(*trees[number % 2])
            if number % 50 == 0:
                await machine.quiet()
        machine.settle(*trees[0])
        await machine.quiet()
        assert (descriptors(), kernel_watches()) == before
        machine.path("/a/7/x").write_text("foreign")
        await machine.heard("/a/7/x")
        machine.watch()
        await machine.quiet()
        assert kernel_watches() == nothing


async def test_folders_that_come_and_go_leave_no_watches_behind(machine: Machine) -> None:
    path = machine.write("/etc/app/conf")
    async with machine.running():
        await machine.wish("/etc/app/conf")
        before = descriptors(), kernel_watches()
        for _ in range(100):
            shutil.rmtree(path.parent)
            await machine.quiet()
            machine.write("/etc/app/conf")
            await machine.quiet()
            path.parent.rename(path.parent.with_name("old"))
            await machine.quiet()
            path.parent.with_name("old").rename(path.parent)
            await machine.quiet()
        assert (descriptors(), kernel_watches()) == before


async def test_nothing_is_left_open_after_the_run(machine: Machine) -> None:
    machine.write(FILE)
    before = descriptors(), kernel_watches()
    for _ in range(3):
        async with machine.running():
            machine.watch(FILE)
            assert await machine.quiet() == []
    assert (descriptors(), kernel_watches()) == before
