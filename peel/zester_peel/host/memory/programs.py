"""The programs of a machine in memory: those that need no machine."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

import anyio

from zester.errors import CommandTimeout, HostError
from zester_peel.host.protocol import CommandResult

_SHELLS = ("sh", "bash", "dash")
_SPECIAL = frozenset("|&;<>()$`*?[]{}~#!\n")

_PROGRAMS: Mapping[str, Callable[[list[str]], tuple[int, str]]] = {
    "true": lambda _: (0, ""),
    "false": lambda _: (1, ""),
    "echo": lambda words: (0, " ".join(words) + "\n"),
    "sleep": lambda _: (0, ""),
}


async def run_program(argv: tuple[str, ...], timeout: float | None) -> CommandResult:
    """Run true, false, echo or sleep, also as one simple line of a shell.

    Raises HostError for any other program, CommandTimeout.
    """
    words = _words(argv)
    name = words[0].rpartition("/")[2] if words else ""
    program = _PROGRAMS.get(name)
    if program is None:
        raise HostError(
            f"cannot run {shlex.join(argv)}: a simulated machine has no such program",
            hint=f"it has {', '.join(_PROGRAMS)}",
        )
    if name == "sleep":
        await _sleep(words[1:], timeout)
    code, out = program(words[1:])
    return CommandResult(argv, code, out, "")


def _words(argv: tuple[str, ...]) -> list[str]:
    shell = argv[0].rpartition("/")[2] in _SHELLS if argv else False
    if not shell:
        return list(argv)
    if len(argv) != 3 or argv[1] != "-c" or _SPECIAL.intersection(argv[2]):
        return []
    try:
        return shlex.split(argv[2])
    except ValueError:
        return []


async def _sleep(words: list[str], timeout: float | None) -> None:
    try:
        seconds = sum(float(word) for word in words)
    except ValueError as error:
        raise HostError(f"cannot sleep for {' '.join(words)!r} seconds") from error
    with anyio.move_on_after(timeout) as deadline:
        await anyio.sleep(seconds)
    if deadline.cancelled_caught:
        raise CommandTimeout(f"sleep: not done within {timeout:g} s")
