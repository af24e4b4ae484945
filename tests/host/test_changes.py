"""Changing files: atomically, privately, and only what was meant."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from zester.errors import HostError
from zester_peel.host.linux import LinuxHost
from zester_peel.host.replacing.replacement import is_temporary, temporary_name

pytestmark = pytest.mark.anyio

NAMES = ["plain", "with space", "new\nline", "quote'\"`$", "ünï-漢字-🍋", "x" * 255, "-rf", "*?["]

KILLED = """
import os, sys
from pathlib import Path
from zester_peel.host.changes import FileWriter
from zester_peel.host.paths import Paths

def content():
    for _ in range(64):
        yield b"n" * 65536
        print("part", flush=True)

FileWriter(Paths(Path("/"))).write(sys.argv[1], content(), mode=0o644)
print("done", flush=True)
"""


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def start_writer(file: Path) -> tuple[subprocess.Popen[str], IO[str]]:
    """Start a process that writes a file in 64 parts and says each time when it has one."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(file)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout


@pytest.mark.parametrize("name", NAMES)
async def test_any_name_can_be_written(host: LinuxHost, root: Path, name: str) -> None:
    await host.write(f"/{name}", b"one", mode=0o640)
    await host.write(f"/{name}", [b"t", b"wo"], mode=0o4711)
    assert (root / name).read_bytes() == b"two"
    assert stat.S_IMODE((root / name).stat().st_mode) == 0o4711
    assert names(root) == [name]
    await host.remove(f"/{name}")
    assert names(root) == []


async def test_owner_and_special_bits_survive_together(host: LinuxHost, root: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    await host.write("/file", b"", mode=0o6755, uid=1234, gid=2345)
    found = (root / "file").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o6755)


async def test_content_is_private_until_it_is_complete(host: LinuxHost, root: Path) -> None:
    modes: list[int] = []

    def content() -> Iterator[bytes]:
        yield b"secret"
        modes.append(stat.S_IMODE((root / temporary_name("file")).stat().st_mode))

    await host.write("/file", content(), mode=0o666)
    assert modes == [0o600]


async def test_a_failing_write_leaves_the_old_file_and_nothing_else(
    host: LinuxHost, root: Path
) -> None:
    await host.write("/file", b"old", mode=0o600)

    def content() -> Iterator[bytes]:
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(HostError, match="no space left") as caught:
        await host.write("/file", content(), mode=0o600)
    assert caught.value.hint is not None
    assert (root / "file").read_bytes() == b"old"
    assert names(root) == ["file"]


async def test_a_link_is_replaced_and_never_written_through(host: LinuxHost, root: Path) -> None:
    (root / "victim").write_text("untouched")
    (root / "link").symlink_to("victim")
    (root / temporary_name("other")).symlink_to("victim")
    await host.write("/link", b"new", mode=0o600)
    await host.write("/other", b"new", mode=0o600)
    assert (root / "victim").read_text() == "untouched"
    assert not (root / "link").is_symlink()
    assert names(root) == ["link", "other", "victim"]


async def test_refusals_name_path_and_reason(host: LinuxHost, root: Path) -> None:
    (root / "folder").mkdir()
    for path, why in [("/no/parent", "no such file"), ("/folder", "directory"), ("/", "directory")]:
        with pytest.raises(HostError, match=f"(?i)cannot write {path}.*{why}"):
            await host.write(path, b"", mode=0o600)
    assert names(root) == ["folder"]
    assert names(root / "folder") == []


@pytest.mark.parametrize("after", [1, 20, 63])
async def test_a_killed_writer_leaves_the_old_content_and_its_leftover_is_swept(
    root: Path, after: int
) -> None:
    file = root / "file"
    file.write_bytes(b"old")
    process, output = start_writer(file)
    for _ in range(after):
        assert output.readline() == "part\n"
    process.kill()
    process.wait()
    output.close()
    assert file.read_bytes() in (b"old", b"n" * 65536 * 64)
    await LinuxHost().write(str(file), b"next", mode=0o644)
    assert file.read_bytes() == b"next"
    assert names(root) == ["file"]


async def test_a_living_writer_is_waited_for(root: Path, host: LinuxHost) -> None:
    file = root / "file"
    process, output = start_writer(file)
    assert output.readline() == "part\n"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: host.write("/file", b"second", mode=0o644))
        rest = await anyio.to_thread.run_sync(output.read)
    process.wait()
    output.close()
    assert rest.endswith("done\n")
    assert file.read_bytes() == b"second"
    assert names(root) == ["file"]


async def test_readers_never_see_a_part(host: LinuxHost, root: Path) -> None:
    contents = [bytes([letter]) * 200_000 for letter in b"abcd"]
    await host.write("/file", contents[0], mode=0o644)
    seen = set()

    async def write_all() -> None:
        for content in contents * 5:
            await host.write("/file", content, mode=0o644)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write_all)
        for _ in range(50):
            data = await host.read("/file", limit=300_000)
            seen.add((data[:1], len(data), len(set(data))))
            await anyio.lowlevel.checkpoint()
    assert all(length == 200_000 and kinds == 1 for _, length, kinds in seen)


def test_temporary_names_are_short_and_recognisable() -> None:
    assert is_temporary(temporary_name("x" * 255))
    assert len(temporary_name("x" * 255)) < 40
    assert temporary_name("a") != temporary_name("b")
    assert not is_temporary(".zester-notes")


async def test_folders_are_created_outermost_first_with_the_exact_mode(
    host: LinuxHost, root: Path
) -> None:
    old = os.umask(0o077)
    try:
        created = await host.mkdir("/a/b/c", mode=0o2775, parents=True)
    finally:
        os.umask(old)
    assert created == ("/a", "/a/b", "/a/b/c")
    assert {stat.S_IMODE((root / path[1:]).stat().st_mode) for path in created} == {0o2775}
    assert await host.mkdir("/a/b/c", parents=True) == ()
    with pytest.raises(HostError):
        await host.mkdir("/x/y")


async def test_something_else_in_a_folders_place_is_an_error(host: LinuxHost, root: Path) -> None:
    (root / "file").write_text("")
    (root / "dangling").symlink_to("gone")
    for path in ("/file", "/dangling", "/file/below"):
        with pytest.raises(HostError):
            await host.mkdir(path, parents=True)


async def test_modes_and_owners_are_never_set_through_a_link(host: LinuxHost, root: Path) -> None:
    (root / "file").write_text("")
    (root / "file").chmod(0o600)
    (root / "link").symlink_to("file")
    with pytest.raises(HostError, match="symbolic link"):
        await host.chmod("/link", 0o777)
    assert stat.S_IMODE((root / "file").stat().st_mode) == 0o600
    if os.geteuid() == 0:
        await host.chown("/link", 1234, None)
        assert (root / "file").stat().st_uid == 0
        assert (root / "link").lstat().st_uid == 1234


async def test_a_link_is_created_and_replaced_but_nothing_else_is(
    host: LinuxHost, root: Path
) -> None:
    await host.symlink("/link", "one")
    (root / temporary_name("link")).write_text("left by a kill")
    await host.symlink("/link", "two words")
    assert (root / "link").readlink() == Path("two words")
    assert names(root) == ["link"]
    (root / "file").write_text("precious")
    with pytest.raises(HostError, match="something else"):
        await host.symlink("/file", "one")
    assert (root / "file").read_text() == "precious"


async def test_removing_never_follows_links(host: LinuxHost, root: Path) -> None:
    (root / "keep").mkdir()
    (root / "keep" / "file").write_text("")
    (root / "folder" / "deep").mkdir(parents=True)
    (root / "folder" / "deep" / "link").symlink_to("/keep")
    (root / "link").symlink_to("keep")
    await host.remove("/folder")
    await host.remove("/link/")
    await host.remove("/gone")
    await host.remove("/keep/file/below")
    assert names(root) == ["keep"]
    assert names(root / "keep") == ["file"]


async def test_roots_are_never_removed(host: LinuxHost, root: Path) -> None:
    (root / "etc").mkdir()
    for path in ("/", "//", "/.", "/etc/..", "/../.."):
        with pytest.raises(HostError, match="root"):
            await host.remove(path)
    for path in ("/", "/usr/..", "/."):
        with pytest.raises(HostError, match="root"):
            await LinuxHost().remove(path)
    assert (root / "etc").is_dir()
