"""``mount.mounted`` on a machine that only pretends to mount."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machines.pretending_host import FSTAB, TMPFS, Call, PretendingHost

pytestmark = pytest.mark.anyio


async def test_a_mount_is_made_and_kept(settle: Call, host: PretendingHost, root: Path) -> None:
    found = await settle("mount.mounted", "/mnt/", **TMPFS, opts="size=1m,nosuid", pass_num=0)
    assert found.result is True
    assert found.changes == {"mount": True, "persist": "new"}
    assert found.comment == "Target was successfully mounted. Added new entry to the fstab."
    assert host.ran == [("mount", "-t", "tmpfs", "-o", "size=1m,nosuid", "--", "tmpfs", "/mnt")]
    added = "tmpfs\t\t/mnt\ttmpfs\tsize=1m,nosuid\t0\t0\n"
    assert (root / "etc/fstab").read_text() == FSTAB + added


async def test_names_with_spaces_are_escaped_and_found_again(
    settle: Call, host: PretendingHost, root: Path
) -> None:
    name = '/mnt/a "b" ü\\x'
    found = await settle("mount.mounted", name, **{**TMPFS, "device": "-x"}, mkmnt=True)
    assert found.changes == {"mount": True, "persist": "new"}
    assert host.ran[0][-3:] == ("--", "-x", name)
    assert (root / name[1:]).is_dir()
    last = (root / "etc/fstab").read_text().splitlines()[-1]
    assert last == '-x\t\t/mnt/a\\040"b"\\040ü\\134x\ttmpfs\tdefaults\t0\t0'
    gone = await settle("mount.unmounted", name, persist=True)
    assert gone.changes == {"umount": True, "persist": "purged"}
    assert (root / "etc/fstab").read_text() == FSTAB


async def test_without_its_folder_it_fails_before_it_is_tried(
    settle: Call, host: PretendingHost
) -> None:
    found = await settle("mount.mounted", "/mnt/new", **TMPFS)
    assert found.result is False
    assert "Mount directory is not present" in found.comment
    assert not host.ran


async def test_other_options_are_a_remount(settle: Call, host: PretendingHost, root: Path) -> None:
    host.mount("tmpfs", "/mnt", "tmpfs", ["size=1m"])
    found = await settle(
        "mount.mounted", "/mnt", **TMPFS, opts=["size=1024k", "noexec", "x-systemd.mkdir", "nofail"]
    )
    assert found.changes["umount"] == "Forced remount because options (noexec) changed"
    assert host.ran[0][4].startswith("remount,size=1024k,noexec")


async def test_an_option_that_is_no_longer_wished_goes(
    settle: Call, host: PretendingHost, root: Path
) -> None:
    await settle("mount.mounted", "/mnt", **TMPFS, opts="noexec,nosuid")
    found = await settle("mount.mounted", "/mnt", **TMPFS, opts="nosuid")
    assert found.changes == {
        "umount": "Forced remount because options (noexec) changed",
        "persist": "update",
    }


async def test_another_device_is_exchanged(settle: Call, host: PretendingHost) -> None:
    host.mount("/dev/sdc", "/mnt", "ext4", [])
    found = await settle("mount.mounted", "/mnt", device="/dev/sdb", fstype="ext4", persist="no")
    assert found.changes == {
        "umount": (
            "Forced unmount because devices don't match. Wanted: /dev/sdb, current: /dev/sdc"
        ),
        "mount": True,
    }
    assert [argv[0] for argv in host.ran] == ["umount", "mount"]


async def test_a_device_may_look_otherwise_than_it_is_called(
    settle: Call, host: PretendingHost, root: Path
) -> None:
    (root / "dev/disk/by-uuid").mkdir(parents=True)
    (root / "dev/disk/by-label").mkdir()
    (root / "dev/mapper").mkdir()
    for link, target in {
        "disk/by-uuid/ab-12": "../../dm-0",
        "disk/by-label/my\\x20disk": "../../dm-0",
        "mapper/vg-lv": "../dm-0",
    }.items():
        (root / "dev" / link).symlink_to(target)
    host.mount("/dev/mapper/vg-lv", "/mnt", "ext4", [])
    for device in ("UUID=AB-12", 'LABEL="my disk"', "/dev/dm-0", "/dev/mapper/vg-lv"):
        found = await settle("mount.mounted", "/mnt", device=device, fstype="ext4", persist=False)
        assert (found.result, found.changes) == (True, {}), device
    nfs = {"fstype": "nfs", "persist": False}
    host.mount("b:/x", "/proc", "nfs", [])
    found = await settle(
        "mount.mounted", "/proc", device="a,b:/x", device_name_regex="(a|b):/x", **nfs
    )
    assert (found.result, found.changes) == (True, {})


async def test_a_bind_mount_is_known_by_what_it_shows(
    settle: Call, host: PretendingHost, root: Path
) -> None:
    (root / "srv").mkdir()
    (root / "here").symlink_to("mnt")
    args = {"device": "/srv", "fstype": "none", "opts": "bind,ro"}
    found = await settle("mount.mounted", "/here", **args)
    assert found.changes == {"mount": True, "persist": "new"}
    other = await settle("mount.mounted", "/here", **{**args, "device": "/etc"})
    assert "Wanted: /etc, current: /dev/sda1" in other.changes["umount"]


async def test_what_the_command_says_is_the_reason(
    call: Call, host: PretendingHost, root: Path
) -> None:
    host.refuse = "wrong fs type,\n bad option"
    found = await call("mount.mounted", "/mnt", **TMPFS)
    assert found.result is False
    assert found.comment == "cannot mount tmpfs on /mnt: mount: wrong fs type, bad option"
    assert (root / "etc/fstab").read_text() == FSTAB


async def test_a_folder_may_be_made_without_mounting(settle: Call, root: Path) -> None:
    found = await settle("mount.mounted", "/mnt/x", **TMPFS, mount=False, mkmnt=True, persist=False)
    assert found.changes == {"mkmnt": "/mnt/x"}
    assert (root / "mnt/x").is_dir()
