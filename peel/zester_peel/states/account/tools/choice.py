"""Which tools this machine has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from zester.errors import StateError
from zester_peel.host.protocol import HostReader
from zester_peel.states.account.tools.busybox import BusyboxTools
from zester_peel.states.account.tools.protocol import AccountTools, installed
from zester_peel.states.account.tools.shadow import ShadowTools

FindTools = Callable[[HostReader], Awaitable[AccountTools]]

_BY_PROGRAM: tuple[tuple[str, AccountTools], ...] = (
    ("useradd", ShadowTools()),
    ("adduser", BusyboxTools()),
)


async def account_tools(host: HostReader) -> AccountTools:
    """Return the tools for this machine; raises StateError when it has none."""
    for program, tools in _BY_PROGRAM:
        if await installed(host, program):
            return tools
    names = " nor ".join(program for program, _ in _BY_PROGRAM)
    raise StateError(
        f"accounts cannot be changed here: there is neither {names}",
        hint="install the package shadow (passwd on Debian, shadow-utils on Fedora)",
    )
