"""Whatever somebody else does to a managed path is seen, from real inotify events."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zester_peel.engine.watch import Watch

pytestmark = pytest.mark.anyio

if TYPE_CHECKING:
    from sensors.conftest import Machine

FILE = "/etc/app/conf.d/site.conf"


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("foreign")
    other.rename(path)


def same_size_same_times(path: Path) -> None:
    found = path.stat()
    path.write_text("hsiwed")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def swap(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/null")


def own(path: Path) -> None:
    os.chown(path, os.getuid(), os.getgid())
    path.chmod(0o640)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def lose_parent(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.write_text("no folder")


EDITS: dict[str, Callable[[Path], object]] = {
    "content": lambda path: path.write_text("foreign"),
    "content with forged times": same_size_same_times,
    "truncated": lambda path: os.truncate(path, 3),
    "mode": lambda path: path.chmod(0o600),
    "owner": own,
    "delete": lambda path: path.unlink(),
    "replaced by rename": replace,
    "moved away": lambda path: path.rename(path.with_name("gone")),
    "replaced by a link": swap,
    "replaced by a folder": make_folder,
    "parent removed": lambda path: shutil.rmtree(path.parent),
    "parent moved away": lambda path: path.parent.rename(path.parent.with_name("old")),
    "grandparent moved away": lambda path: path.parents[1].rename(path.parents[1].with_name("x")),
    "everything removed": lambda path: shutil.rmtree(path.parents[2]),
    "parent replaced by a file": lose_parent,
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
async def test_a_foreign_edit_is_seen(machine: Machine, edit: Callable[[Path], object]) -> None:
    path = machine.write(FILE, "wished")
    async with machine.running():
        await machine.wish(FILE)
        edit(path)
        await machine.heard(FILE)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
async def test_after_any_edit_the_restored_file_is_watched_again(
    machine: Machine, edit: Callable[[Path], object]
) -> None:
    path = machine.write(FILE, "wished")
    async with machine.running():
        await machine.wish(FILE)
        edit(path)
        await machine.heard(FILE)
        for folder in reversed(path.parents):
            if folder.is_file():
                folder.unlink()
        if path.is_dir() or path.is_symlink():
            path.unlink() if path.is_symlink() else path.rmdir()
        machine.write(FILE, "wished")
        await machine.quiet()
        machine.settle(FILE)
        assert await machine.quiet() == []
        path.write_text("foreign again")
        await machine.heard(FILE)


async def test_a_managed_folder_is_seen_but_not_what_is_put_in_it(machine: Machine) -> None:
    folder = machine.path("/srv/data")
    folder.mkdir(parents=True)
    async with machine.running():
        await machine.wish("/srv/data")
        (folder / "upload").write_text("x")
        (folder / "sub").mkdir()
        assert await machine.quiet() == []
        folder.chmod(0o700)
        await machine.heard("/srv/data")


async def test_what_must_be_absent_is_seen_when_it_appears(machine: Machine) -> None:
    async with machine.running():
        await machine.wish("/etc/bad/thing", "/etc/motd")
        machine.write("/etc/bad/thing")
        await machine.heard("/etc/bad/thing")


async def test_deep_folders_that_appear_at_once_are_looked_into(machine: Machine) -> None:
    names = [f"/new/{'/'.join('abcdef'[:depth])}/file" for depth in range(7)]
    async with machine.running():
        await machine.wish(*names)
        for name in names:
            machine.write(name)
        await machine.heard(*names)


async def test_a_tree_moved_into_place_is_looked_into(machine: Machine) -> None:
    machine.write("/stage/conf.d/site.conf")
    machine.path("/etc").mkdir()
    async with machine.running():
        await machine.wish(FILE)
        machine.path("/stage").rename(machine.path("/etc/app"))
        await machine.heard(FILE)


async def test_a_folder_removed_and_made_again_at_once_is_watched(machine: Machine) -> None:
    path = machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        for _ in range(50):
            shutil.rmtree(path.parents[1])
            machine.write(FILE)
        await machine.heard(FILE)
        await machine.quiet()
        machine.settle(FILE)
        assert await machine.quiet() == []
        path.chmod(0o600)
        await machine.heard(FILE)


async def test_a_folder_that_somebody_holds_open_is_missed_at_once(machine: Machine) -> None:
    folder = machine.path("/srv/app")
    folder.mkdir(parents=True)
    async with machine.running():
        await machine.wish("/srv/app/bad")
        held = os.open(folder, os.O_RDONLY)
        try:
            folder.rmdir()
            folder.mkdir()
            await machine.quiet()
            machine.write("/srv/app/bad")
            await machine.heard("/srv/app/bad")
        finally:
            os.close(held)


async def test_a_change_between_the_engines_look_and_the_watch_is_seen(machine: Machine) -> None:
    path = machine.write(FILE)
    seen = machine.signatures(FILE)
    path.write_text("foreign")
    async with machine.running():
        machine.watch(FILE)
        machine.sensor.settle(seen)
        await machine.heard(FILE)


async def test_settling_before_watching_or_running_works_as_well(machine: Machine) -> None:
    path = machine.write(FILE)
    machine.settle(FILE)
    machine.watch(FILE)
    path.write_text("foreign")
    async with machine.running():
        await machine.heard(FILE)


async def test_odd_names_are_watched_and_impossible_ones_ignored(machine: Machine) -> None:
    odd = ["/etc/a b\n", "/etc/ünï", os.fsdecode(b"/etc/\xff"), "/etc//double", "/etc/slash/"]
    impossible = ["relative", "", "/nul\0byte", "/etc/\ud800", "/etc/" + "x" * 300]
    for name in odd[:-1]:
        machine.write(name)
    machine.path("/etc/slash").mkdir()
    async with machine.running():
        machine.watch(*odd, *impossible)
        assert await machine.quiet() == []
        for name in odd:
            machine.path(name).chmod(0o700)
        await machine.heard(*odd)


async def test_the_root_itself_is_watched(machine: Machine) -> None:
    async with machine.running():
        await machine.wish("/")
        machine.host.root.chmod(0o700)
        await machine.heard("/")


async def test_the_root_may_go_and_come_back(machine: Machine) -> None:
    path = machine.write(FILE)
    async with machine.running():
        await machine.wish(FILE)
        away = machine.host.root.with_name("away")
        machine.host.root.rename(away)
        await machine.heard(FILE)
        away.rename(machine.host.root)
        await machine.quiet()
        path.write_text("foreign")
        await machine.heard(FILE)


async def test_one_folder_under_two_names_serves_both(machine: Machine) -> None:
    machine.write("/real/file")
    machine.path("/alias").symlink_to("/real")
    async with machine.running():
        await machine.wish("/real/file", "/alias/file")
        machine.write("/real/file", "foreign")
        await machine.heard("/real/file", "/alias/file")


async def test_every_watch_on_a_path_is_told(machine: Machine) -> None:
    machine.write(FILE)
    both = {Watch("path", FILE), Watch("path", FILE, follow=True)}
    async with machine.running():
        machine.sensor.set(frozenset(both))
        machine.settle(FILE)
        machine.write(FILE, "foreign")
        await machine.heard(FILE)
    assert {watch for watch in machine.told if watch.target == FILE} == both
