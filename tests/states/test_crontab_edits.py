"""Somebody edits a crontab while we do: both edits are there in the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from zester.errors import StateError
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import CommandResult, Launch
from zester_peel.states.cron.spool import Crontabs
from zester_peel.states.cron.table import Crontab

pytestmark = pytest.mark.anyio

SPOOL = "var/spool/cron/crontabs"


class Machine(LinuxHost):
    """Files are below a folder; ``crontab`` does what the program does, with a rival beside it."""

    def __init__(self, folder: Path, rivals: int) -> None:
        super().__init__(folder)
        self.table = folder / SPOOL / "root"
        self.table.parent.mkdir(parents=True)
        self.rivals = rivals
        self.root = Path("/")

    async def run(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        user: str | None = None,
        stdin: bytes | None = None,
        launch: Launch | None = None,
    ) -> CommandResult:
        assert argv[0] == "crontab"
        assert stdin is not None
        assert launch is not None
        assert launch.confirm is not None
        if self.rivals:
            self.rivals -= 1
            text = self.table.read_text() if self.table.exists() else ""
            self.table.write_text(f"{text}{self.rivals} 2 3 4 5 /bin/theirs-{self.rivals}\n")
        code = 130
        if await launch.confirm():
            code = 0
            self.table.write_bytes(stdin)
        return CommandResult(argv, code, "", "", pid=1)


def ours(table: Crontab) -> Crontab:
    return table.with_variable("OURS", "1")


@pytest.mark.parametrize("before", ["1 1 1 1 1 /bin/first\n", None])
async def test_an_edit_in_between_is_kept(tmp_path: Path, before: str | None) -> None:
    machine = Machine(tmp_path, rivals=3)
    if before is not None:
        machine.table.write_text(before)
    found = await Crontabs().edit(machine, "root", ours)
    text = machine.table.read_text()
    assert all(f"/bin/theirs-{number}" in text for number in range(3))
    assert text.count("OURS") == 1
    assert "OURS" not in found.text
    assert before is None or before in text


async def test_what_is_right_already_is_not_written(tmp_path: Path) -> None:
    machine = Machine(tmp_path, rivals=0)
    await Crontabs().edit(machine, "root", ours)
    machine.rivals = 1  # would show that the program ran
    await Crontabs().edit(machine, "root", ours)
    assert machine.rivals == 1


async def test_somebody_who_never_stops_is_told_about(tmp_path: Path) -> None:
    machine = Machine(tmp_path, rivals=1000)
    with pytest.raises(StateError, match="another process keeps writing it"):
        await Crontabs().edit(machine, "root", ours)
    assert "OURS" not in machine.table.read_text()
