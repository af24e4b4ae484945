"""Changing what a file holds: everything else stays, and nobody's write is lost."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from zester.errors import HostError
from zester_peel.host.linux import LinuxHost
from zester_peel.host.replacing import rewriting, writers
from zester_peel.host.replacing.replacement import replace_file

pytestmark = pytest.mark.anyio

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


async def test_content_changes_and_the_mode_stays(host: LinuxHost, root: Path) -> None:
    (root / "f").write_bytes(b"old")
    (root / "f").chmod(0o6751)
    assert await host.rewrite("/f", b"new", before=b"old")
    assert (root / "f").read_bytes() == b"new"
    assert stat.S_IMODE((root / "f").stat().st_mode) == 0o6751
    assert [each.name for each in root.iterdir()] == ["f"]


@needs_root
async def test_owner_and_group_stay(host: LinuxHost, root: Path) -> None:
    (root / "f").write_bytes(b"old")
    os.chown(root / "f", 1234, 2345)
    assert await host.rewrite("/f", b"new", before=b"old")
    found = (root / "f").stat()
    assert (found.st_uid, found.st_gid) == (1234, 2345)


@needs_root
async def test_capabilities_and_access_lists_stay(host: LinuxHost, root: Path) -> None:
    file = root / "f"
    file.write_bytes(b"old")
    capability = bytes.fromhex("0100000200040000000000000000000000000000")
    access = bytes.fromhex(
        "0200000001000600ffffffff02000600d204000004000400ffffffff10000600ffffffff20000400ffffffff"
    )
    wished = {"security.capability": capability, "system.posix_acl_access": access}
    try:
        for name, value in wished.items():
            os.setxattr(file, name, value)
    except OSError as error:
        if error.errno not in (errno.ENOTSUP, errno.EPERM):
            raise
        pytest.skip("no such attributes here")
    assert await host.rewrite("/f", b"new", before=b"old")
    assert {name: os.getxattr(file, name) for name in wished} == wished


@pytest.mark.parametrize("there", ["missing", "other", "longer", "link", "folder", "pipe"])
async def test_what_is_not_as_expected_is_left_alone(
    host: LinuxHost, root: Path, there: str
) -> None:
    file = root / "f"
    (root / "real").write_bytes(b"old")
    match there:
        case "other":
            file.write_bytes(b"odd")
        case "longer":
            file.write_bytes(b"older")
        case "link":
            file.symlink_to("real")
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
    before = sorted(each.name for each in root.iterdir())
    assert not await host.rewrite("/f", b"new", before=b"old")
    assert sorted(each.name for each in root.iterdir()) == before
    assert (root / "real").read_bytes() == b"old"


@pytest.mark.parametrize("how", ["append", "replace", "remove", "mode"])
async def test_a_write_at_the_last_moment_wins(
    host: LinuxHost, root: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    file = root / "f"
    file.write_bytes(b"old")
    copy = rewriting._copy_attributes

    def late(old: int, new: int) -> None:
        copy(old, new)
        match how:
            case "append":
                with file.open("ab") as opened:
                    opened.write(b" rival")
            case "replace":
                (root / "g").write_bytes(b"old")
                (root / "g").replace(file)
            case "remove":
                file.unlink()
            case "mode":
                file.chmod(0o600)

    file.chmod(0o644)
    monkeypatch.setattr(rewriting, "_copy_attributes", late)
    assert not await host.rewrite("/f", b"new", before=b"old")
    assert [each.name for each in root.iterdir()] == ([] if how == "remove" else ["f"])
    if how == "append":
        assert file.read_bytes() == b"old rival"


@contextmanager
def writing(file: Path, *parts: bytes, pause: float = 0.0) -> Iterator[None]:
    """Another process writes the file in place, part by part, and keeps it open in between."""
    script = (
        "import sys, time\n"
        "with open(sys.argv[1], 'wb', buffering=0) as file:\n"
        "    print('open', flush=True)\n"
        "    for part in sys.argv[3:]:\n"
        "        time.sleep(float(sys.argv[2]))\n"
        "        file.write(part.encode())\n"
    )
    words = [sys.executable, "-c", script, str(file), str(pause), *map(bytes.decode, parts)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        try:
            yield
        finally:
            other.kill()


async def test_a_file_that_is_being_written_in_place_is_not_taken_half_way(
    host: LinuxHost, root: Path
) -> None:
    file = root / "f"
    file.write_bytes(b"old")
    with writing(file, b"first, ", b"second", pause=0.03):
        assert not await host.rewrite("/f", b"ours", before=b"")
        assert file.read_bytes() == b"first, second"
        assert await host.rewrite("/f", b"first, second, ours", before=b"first, second")
    assert file.read_bytes() == b"first, second, ours"


async def test_a_file_that_is_open_for_ever_is_rewritten_all_the_same(
    host: LinuxHost, root: Path
) -> None:
    file = root / "f"
    file.write_bytes(b"old")
    with file.open("ab"):
        started = time.monotonic()
        assert await host.rewrite("/f", b"new", before=b"old")
        assert time.monotonic() - started < rewriting.PATIENCE + 20
    assert file.read_bytes() == b"new"


@pytest.mark.parametrize("gone", [False, True])
async def test_what_is_written_in_the_very_moment_of_the_replacement_is_put_back(
    host: LinuxHost, root: Path, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    file = root / "f"
    file.write_bytes(b"old")
    file.chmod(0o640)
    replace = replace_file

    def late(*args: Any, **more: Any) -> None:  # noqa: ANN401 - passed on
        opened = file.open("ab")  # looked up before the new file takes the name
        replace(*args, **more)
        monkeypatch.setattr(rewriting, "replace_file", replace)
        opened.write(b" theirs")
        opened.close()
        if gone:
            file.write_bytes(b"still later")
            file.unlink()

    monkeypatch.setattr(rewriting, "replace_file", late)
    monkeypatch.setattr(rewriting, "written_by_others", lambda descriptor: False)
    assert not await host.rewrite("/f", b"ours", before=b"old")
    assert file.exists() is not gone
    if not gone:
        assert file.read_bytes() == b"old theirs"
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert len(list(root.iterdir())) == (0 if gone else 1)


async def test_nobody_is_disturbed_by_being_asked_about(root: Path) -> None:
    file = root / "f"
    file.write_bytes(b"")
    descriptor = os.open(file, os.O_RDONLY)
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            writers.written_by_others(descriptor)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for number in range(500):
            with file.open("ab", buffering=0) as other:
                other.write(b"%d\n" % number)
    finally:
        stop.set()
        asking.join()
        os.close(descriptor)
    assert len(file.read_bytes().splitlines()) == 500


async def test_a_missing_folder_is_an_error(host: LinuxHost) -> None:
    with pytest.raises(HostError, match="cannot write /gone/f"):
        await host.rewrite("/gone/f", b"new", before=b"old")


async def test_times_are_those_of_the_link_itself(host: LinuxHost, root: Path) -> None:
    (root / "real").write_bytes(b"")
    os.utime(root / "real", ns=(1, 2))
    (root / "l").symlink_to("real")
    await host.set_times("/l", 30, 40)
    assert (root / "real").stat().st_mtime_ns == 2
    assert await host.times("/l") == (30, 40)
    assert await host.times("/real") == (1, 2)
    assert await host.times("/gone") is None
