"""Changing what a file holds: everything else stays, and nobody's write is lost."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from zester.errors import HostError
from zester_peel.host import rewriting
from zester_peel.host.linux import LinuxHost

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
