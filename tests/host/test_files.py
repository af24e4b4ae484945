"""Looking at files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from zester.errors import HostError
from zester_peel.host.linux import LinuxHost
from zester_peel.host.refusal import refused

pytestmark = pytest.mark.anyio

LARGE = 3 * 1024 * 1024 + 17


async def test_stat_tells_files_folders_links_and_the_rest_apart(
    host: LinuxHost, root: Path
) -> None:
    (root / "file").write_text("12345")
    (root / "file").chmod(0o4751)
    (root / "folder").mkdir()
    (root / "link").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    file, folder = await host.stat("/file"), await host.stat("/folder")
    link, pipe = await host.stat("/link"), await host.stat("/pipe")
    assert file is not None
    assert (file.kind, file.mode, file.size) == ("file", 0o4751, 5)
    assert folder is not None
    assert folder.kind == "directory"
    assert link is not None
    assert (link.kind, link.target) == ("symlink", "nowhere")
    assert pipe is not None
    assert pipe.kind == "other"


async def test_nothing_and_below_a_file_is_nothing(host: LinuxHost, root: Path) -> None:
    (root / "file").write_text("")
    (root / "dangling").symlink_to("/gone")
    assert await host.stat("/gone") is None
    assert await host.stat("/file/below") is None
    assert await host.stat("/dangling", follow=True) is None


async def test_a_name_that_is_too_long_is_not_read_as_absent(host: LinuxHost) -> None:
    with pytest.raises(HostError, match="too long"):
        await host.stat("/" + "x" * 256)


async def test_unknown_owners_are_numbers(host: LinuxHost, root: Path) -> None:
    (root / "file").write_text("")
    if os.geteuid() == 0:
        os.chown(root / "file", 54321, 54321)
        found = await host.stat("/file")
        assert found is not None
        assert (found.owner, found.group) == ("54321", "54321")


@pytest.mark.parametrize("size", [0, 1, 1000, LARGE])
async def test_content_and_digest_of_any_size(host: LinuxHost, root: Path, size: int) -> None:
    data = os.urandom(size)
    (root / "file").write_bytes(data)
    assert await host.read("/file", limit=size) == data
    assert await host.digest("/file") == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("size", [2, LARGE])
async def test_more_than_the_limit_is_refused(host: LinuxHost, root: Path, size: int) -> None:
    (root / "file").write_bytes(b"x" * size)
    with pytest.raises(HostError, match="more than"):
        await host.read("/file", limit=size - 1)


async def test_pipes_and_folders_are_never_opened(host: LinuxHost, root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(HostError, match="not a regular file"):
        await host.read("/pipe", limit=10)
    with pytest.raises(HostError, match="is a directory"):
        await host.digest("/")
    with pytest.raises(HostError, match="no such file"):
        await host.read("/gone", limit=10)


async def test_listdir_is_sorted(host: LinuxHost, root: Path) -> None:
    for name in ("b", "a", "ü"):
        (root / name).write_text("")
    assert await host.listdir("/") == ("a", "b", "ü")
    with pytest.raises(HostError):
        await host.listdir("/gone")


async def test_a_signature_changes_with_everything_that_matters(
    host: LinuxHost, root: Path
) -> None:
    file = root / "file"
    file.write_text("one")
    seen = {host.signature("/file")}
    file.chmod(0o600)
    seen.add(host.signature("/file"))
    file.write_text("three")
    seen.add(host.signature("/file"))
    (root / "new").write_text("three")
    (root / "new").replace(file)
    seen.add(host.signature("/file"))
    file.unlink()
    seen.add(host.signature("/file"))
    assert len(seen) == 5
    assert None in seen


async def test_with_coarse_time_stamps_a_fresh_change_is_racy_and_an_old_one_is_not(
    host: LinuxHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zester_peel.host.files.fine_grained", lambda device: False)
    await host.write("/file", b"", mode=0o600)
    assert getattr(host.signature("/file"), "racy", None) is True
    assert getattr(LinuxHost().signature("/usr"), "racy", None) is False


def test_a_refusal_names_path_reason_and_who_asked() -> None:
    error = refused("write", "/etc/motd", PermissionError(13, "Permission denied"))
    assert str(error) == f"cannot write /etc/motd: permission denied (uid {os.geteuid()})"
    assert error.hint is not None
    assert str(refused("write", "/f", OSError("odd"))) == "cannot write /f: odd"
