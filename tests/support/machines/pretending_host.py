"""A machine that only pretends to mount."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from support.machines.answering_host import AnsweringHost
from zester_peel.engine.outcome import Outcome
from zester_peel.host.protocol import CommandResult
from zester_peel.states.mount.table import escape

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


TMPFS: dict[str, object] = {"device": "tmpfs", "fstype": "tmpfs"}
