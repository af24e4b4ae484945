"""Files of secrets: nobody else reads them, at no moment."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from zester.errors import SettingsError
from zester.trust.disk import private_file
from zester.trust.disk.private_file import (
    make_private_folder,
    read_private,
    write_private,
    write_public,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_file_is_0600_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "seed", "x")
        assert mode(tmp_path / "seed") == 0o600
        os.umask(0o777)
        write_private(tmp_path / "seed", "y")
        assert mode(tmp_path / "seed") == 0o600
        write_public(tmp_path / "ca.pem", "z")
        assert mode(tmp_path / "ca.pem") == 0o644
    finally:
        os.umask(before)
    assert read_private(tmp_path / "seed") == b"y"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.pem", "seed"]


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("as it was")
    (tmp_path / "seed").symlink_to(victim)
    write_private(tmp_path / "seed", "secret")
    assert victim.read_text() == "as it was"
    assert not (tmp_path / "seed").is_symlink()


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_use_is_refused_with_the_way_out(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "seed"
    write_private(path, "x")
    path.chmod(bits)
    with pytest.raises(SettingsError, match="others can read it") as caught:
        read_private(path)
    assert caught.value.hint == f"chmod 600 {path}"


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link", "missing", "."):
        with pytest.raises(SettingsError):
            read_private(tmp_path / name)


def in_a_pod(folder: Path, monkeypatch: pytest.MonkeyPatch, *, group: int) -> Path:
    """Lay a file out as a kubelet does for somebody who is not root; return its path."""
    (folder / "..2026").mkdir()
    write_private(folder / "..2026/seed", "x")
    (folder / "..2026/seed").chmod(0o440)
    (folder / "..data").symlink_to("..2026")
    (folder / "seed").symlink_to("..data/seed")
    real = os.fstat

    def of_root(handle: int) -> os.stat_result:
        found = list(real(handle))
        found[4:6] = [0, group]
        return os.stat_result(found)

    monkeypatch.setattr(os, "fstat", of_root)
    monkeypatch.setattr(os, "geteuid", lambda: 65532)
    return folder / "seed"


def test_a_pod_reads_its_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = in_a_pod(tmp_path, monkeypatch, group=os.getegid())
    assert read_private(path) == b"x"


def test_a_secret_lent_to_another_group_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = in_a_pod(tmp_path, monkeypatch, group=64999)
    with pytest.raises(SettingsError, match="others can read it"):
        read_private(path)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    write_private(tmp_path / "seed", "x")
    (tmp_path / "trust/seed").symlink_to(tmp_path / "seed")
    with pytest.raises(SettingsError):
        read_private(tmp_path / "trust/seed")


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    write_private(path, "x")
    os.truncate(path, private_file.LARGEST + 1)
    with pytest.raises(SettingsError, match="larger"):
        read_private(path)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_private(tmp_path / "seed", "old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_private(tmp_path / "seed", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["seed"]
    assert read_private(tmp_path / "seed") == b"old"


def test_a_private_folder_is_closed_even_when_it_was_there(tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir(mode=0o755)
    make_private_folder(tmp_path / "trust")
    assert mode(tmp_path / "trust") == 0o700
