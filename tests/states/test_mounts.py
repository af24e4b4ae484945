"""``mount.*`` on a machine that only pretends to mount."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from support.machines.answering_host import AnsweringHost
from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import CommandResult
from zester_peel.states.mount.table import escape
from zester_peel.states.registry import REGISTRY

pytestmark = pytest.mark.anyio

FSTAB = "# by hand\nUUID=1-2 / ext4 errors=remount-ro 0 1\n\n"
MOUNTINFO = (
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
    "23 22 0:21 / /proc rw,nosuid - proc proc rw\n"
)
Call = Callable[..., Awaitable[Outcome]]


class PretendingHost(AnsweringHost):
    """Files below a folder, taken for the whole machine; mount commands edit its tables."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.root = Path("/")
        self.folder = folder
        self.ran: list[tuple[str, ...]] = []
        self.refuse = ""
        self.number = 40

    @property
    def table(self) -> Path:
        return self.folder / "proc/self/mountinfo"

    def answer(self, argv: tuple[str, ...], stdin: bytes | None) -> CommandResult:
        self.ran.append(argv)
        if self.refuse:
            return CommandResult(argv, 32, "", f"mount: {self.refuse}\n")
        target = argv[argv.index("--") + 1 :]
        if argv[0] == "umount":
            lines = self.table.read_text().splitlines(keepends=True)
            at = [n for n, line in enumerate(lines) if line.split(" ")[4] == escape(target[0])]
            del lines[at[-1]]
            self.table.write_text("".join(lines))
        elif argv[0] == "swapon":
            with (self.folder / "proc/swaps").open("a") as file:
                file.write(f"{escape(target[0])} file 1024 0 -2\n")
        else:
            self.mount(target[0], target[1], argv[2], argv[argv.index("-o") + 1].split(","))
        return CommandResult(argv, 0, "", "")

    def mount(self, device: str, point: str, fstype: str, options: list[str]) -> None:
        """Add a line, or change the one that is there."""
        own = [each for each in options if each in ("ro", "nosuid", "nodev", "noexec", "noatime")]
        own = (["rw"] if "ro" not in own else []) + own
        more = ["rw", *(each for each in options if "=" in each)]
        lines = self.table.read_text().splitlines(keepends=True)
        number, root, source = f"0:{self.number}", "/", device
        if "remount" in options:
            gone = next(line for line in lines if line.split(" ")[4] == escape(point))
            lines.remove(gone)
            number, root = gone.split(" ")[2:4]
            source = gone.split(" - ")[1].split(" ")[1]
        elif "bind" in options:
            number, root, source = "8:1", device, "/dev/sda1"
        self.number += 1
        lines.append(
            f"{self.number} 22 {number} {escape(root)} {escape(point)} {','.join(own)}"
            f" shared:9 - {fstype} {escape(source)} {','.join(more)}\n"
        )
        self.table.write_text("".join(lines))


@pytest.fixture
def host(root: Path) -> PretendingHost:
    for name, text in {
        "etc/fstab": FSTAB,
        "proc/self/mountinfo": MOUNTINFO,
        "proc/swaps": "Filename Type Size Used Priority\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "mnt").mkdir()
    return PretendingHost(root)


@pytest.fixture
def engine(host: PretendingHost, tree: object) -> Engine:
    return Engine(host, REGISTRY, tree)  # type: ignore[arg-type] # the Tree of conftest, which tests cannot import


@pytest.fixture
def settle(call: Call, root: Path) -> Call:
    """Predict, apply, apply again; the three agree and test mode changes nothing."""

    async def run(function: str, name: str, **args: object) -> Outcome:
        before = (root / "etc/fstab").read_bytes()
        predicted = await call(function, name, test=True, **args)
        assert (root / "etc/fstab").read_bytes() == before
        applied = await call(function, name, **args)
        assert applied.changes == predicted.changes, applied.comment
        if applied.result:
            again = await call(function, name, **args)
            assert (again.result, again.changes) == (True, {}), again.comment
        return applied

    return run


TMPFS: dict[str, object] = {"device": "tmpfs", "fstype": "tmpfs"}


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


async def test_a_folder_may_be_made_without_mounting(settle: Call, root: Path) -> None:
    found = await settle("mount.mounted", "/mnt/x", **TMPFS, mount=False, mkmnt=True, persist=False)
    assert found.changes == {"mkmnt": "/mnt/x"}
    assert (root / "mnt/x").is_dir()


@pytest.mark.parametrize(
    "args",
    [
        {"fstype": "-o"},
        {"device": ""},
        {"device": "a\nb"},
        {"opts": "a\nb"},
        {"match_on": "colour"},
        {"dump": -1},
        {"extra_mount_ignore_fs_keys": ["x"]},
        {"colour": "x"},
    ],
)
async def test_nonsense_is_refused(call: Call, args: dict[str, object]) -> None:
    found = await call("mount.mounted", "/mnt", **{**TMPFS, **args})
    assert found.result is False
    assert "mount.mounted" in found.comment


async def test_every_layer_is_unmounted(call: Call, settle: Call, host: PretendingHost) -> None:
    nothing = await settle("mount.unmounted", "/mnt", persist=True)
    assert (nothing.changes, nothing.comment) == (
        {},
        "Target was already unmounted. fstab entry not found",
    )
    for device in ("a", "b", "b"):
        host.mount(device, "/mnt", "tmpfs", [])
    some = await settle("mount.unmounted", "/mnt", device="b")
    assert some.changes == {"umount": True}
    assert host.ran == [("umount", "--", "/mnt")] * 2
    host.refuse = "target is busy."
    busy = await call("mount.unmounted", "/mnt")
    assert busy.comment == "cannot unmount /mnt: mount: target is busy."


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


async def test_a_watch_that_fires_mounts_again(
    engine: Engine, host: PretendingHost, root: Path
) -> None:
    at = At("web.sls", 1)
    args = {**TMPFS, "opts": "size=1m", "persist": False}
    chunks = [
        LowChunk("file", "managed", "/f", "f", "web", "base", at, 10_000, {"contents": "x"}),
        LowChunk(
            "mount",
            "mounted",
            "/mnt",
            "m",
            "web",
            "base",
            at,
            10_001,
            args,
            requisites={"watch": (("file", "f"),)},
        ),
    ]
    program = engine.program(chunks)
    await engine.run(program, cause=Cause.REVISION)
    assert [argv[0] for argv in host.ran] == ["mount"], "what was just mounted is not remounted"
    (root / "f").unlink()
    result = await engine.run(program, cause=Cause.DRIFT)
    assert host.ran[1:] == [
        ("mount", "-t", "tmpfs", "-o", "remount,size=1m", "--", "tmpfs", "/mnt")
    ]
    assert [each.comment for each in result.outcomes if each.id == "m"] == ["/mnt remounted"]


async def test_a_folder_is_no_machine(tmp_path: Path, tree: object) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    engine = Engine(LinuxHost(folder), REGISTRY, tree)  # type: ignore[arg-type] # see above
    at = At("web.sls", 1)
    calls = [("mounted", TMPFS), ("unmounted", {}), ("swap", {})]
    chunks = [
        LowChunk("mount", fun, "/mnt", fun, "web", "base", at, 10_000, args) for fun, args in calls
    ]
    result = await engine.run(engine.program(chunks), cause=Cause.REVISION)
    assert [each.result for each in result.outcomes] == [False] * 3
    assert all("only a folder is managed" in each.comment for each in result.outcomes)
