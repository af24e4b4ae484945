"""What ``mount.*`` keeps in the fstab."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machines.pretending_host import FSTAB, TMPFS, Call, PretendingHost

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("fstab", "args", "change", "line"),
    [
        ("tmpfs /mnt tmpfs defaults 0 0\n", {}, {}, None),
        ("tmpfs\t/mnt/\ttmpfs\tdefaults\n", {}, {}, None),
        (
            "tmpfs /mnt tmpfs defaults 0 0",
            {"pass": 2},
            {"persist": "update"},
            "tmpfs\t\t/mnt\ttmpfs\tdefaults\t0\t2\n",
        ),
        (
            "# no newline",
            {},
            {"persist": "new"},
            "# no newline\ntmpfs\t\t/mnt\ttmpfs\tdefaults\t0\t0\n",
        ),
        (
            "x /mnt tmpfs defaults 0 0\r\n",
            {"match_on": ["device", "name"]},
            {"persist": "new"},
            "x /mnt tmpfs defaults 0 0\r\ntmpfs\t\t/mnt\ttmpfs\tdefaults\t0\t0\n",
        ),
        (
            "/dev/old /mnt ext4 defaults 0 0\n",
            {"device": "/dev/new", "fstype": "ext4"},
            {"persist": "update"},
            "/dev/new\t\t/mnt\text4\tdefaults\t0\t0\n",
        ),
    ],
)
async def test_only_the_line_of_the_mount_changes(
    settle: Call,
    root: Path,
    fstab: str,
    args: dict[str, object],
    change: dict[str, str],
    line: str | None,
) -> None:
    (root / "etc/fstab").write_bytes(fstab.encode())
    (root / "etc/fstab").chmod(0o600)
    found = await settle("mount.mounted", "/mnt", **{**TMPFS, **args}, mount=False)
    assert found.result is True
    assert found.changes == change
    assert (root / "etc/fstab").read_bytes().decode() == (line or fstab)
    assert (root / "etc/fstab").stat().st_mode & 0o777 == 0o600


async def test_swap_is_switched_on_and_kept(settle: Call, host: PretendingHost, root: Path) -> None:
    found = await settle("mount.swap", "/swap file")
    assert found.changes == {"swap": "activated", "persist": "new"}
    assert host.ran == [("swapon", "--", "/swap file")]
    assert (
        (root / "etc/fstab").read_text().endswith("/swap\\040file\t\tnone\tswap\tdefaults\t0\t0\n")
    )
    assert (await settle("mount.swap", "/swap file", persist=False)).changes == {}


async def test_lines_alone_are_kept_and_removed(settle: Call, root: Path) -> None:
    args = {"fs_file": "/data/", "fs_vfstype": "xfs", "fs_mntops": ["noatime", "ro"]}
    found = await settle("mount.fstab_present", "/dev/sdb1", **args)
    assert found.changes == {"persist": "new"}
    other = {**args, "fs_mntops": "ro"}
    kept = await settle("mount.fstab_present", "/dev/sdb1", **other, not_change=True)
    assert kept.changes == {}
    changed = await settle("mount.fstab_present", "/dev/sdb1", **other)
    assert changed.changes == {"persist": "change"}
    gone = await settle("mount.fstab_absent", "/dev/sdb1", fs_file="/data")
    assert gone.changes == {"persist": "removed"}
    assert (root / "etc/fstab").read_text() == FSTAB
