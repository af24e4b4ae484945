"""A machine with accounts whose tools only note what they were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from support.machines.answering_host import AnsweringHost
from support.machines.no_files import NoFiles
from support.machines.single_state import run_state
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Outcome
from zester_peel.host.protocol import CommandResult, HostReader
from zester_peel.states.account.database import AccountFiles
from zester_peel.states.account.group_absent import GroupAbsent
from zester_peel.states.account.group_present import GroupPresent
from zester_peel.states.account.tools.protocol import AccountTools
from zester_peel.states.account.tools.shadow import ShadowTools
from zester_peel.states.account.user_absent import UserAbsent
from zester_peel.states.account.user_present import UserPresent

USERS = (
    "root:x:0:0:root:/root:/bin/sh\nann:x:5001:5001:Ann,1,2:/home/ann:/bin/zsh\nbroken\n"
    "ünï:x:5002:100:a,b,c,d,e,f:/:/bin/sh\n"
)

GROUP = "root:x:0:\nann:x:5001:\nstaff:x:6000:ann,bob\nempty:x:6001:\nalso-staff:x:6000:\n"

SHADOW = "root:*:1::::::\nann:$6$old$hash:19000:0:99999:7:::\nünï::1:::::x:\n"


class RecordingHost(AnsweringHost):
    """Runs nothing: notes what would be run, and fails what it is told to."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.ran: list[tuple[tuple[str, ...], bytes | None]] = []
        self.failing: dict[str, str] = {}

    def answer(self, argv: tuple[str, ...], stdin: bytes | None) -> CommandResult:
        bare = argv
        if argv[1:2] in (("-P",), ("-R",), ("-Q",)) and argv[2] == str(self.root):
            bare = (argv[0], *argv[3:])
        self.ran.append((bare, stdin))
        said = self.failing.get(argv[0])
        if said == "echo":
            said = (stdin or b"").decode()
        return CommandResult(argv, 0 if said is None else 10, "", said or "")


async def call(
    host: RecordingHost,
    function: str,
    name: str,
    args: Mapping[str, object] | None = None,
    *,
    test: bool = False,
    tools: AccountTools | None = None,
) -> Outcome:
    async def find(host: HostReader) -> AccountTools:
        return tools or ShadowTools()

    files = AccountFiles()
    states = (
        UserPresent(files, find),
        UserAbsent(files, find),
        GroupPresent(files, find),
        GroupAbsent(files, find),
    )

    engine = Engine(host, {each.function: each for each in states}, NoFiles())
    return await run_state(engine, function, name, args or {}, test=test)
