"""A machine below a folder whose commands answer with what was recorded elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import CommandResult

Answer = str | CommandResult | Callable[[tuple[str, ...]], str | CommandResult]


class RecordedHost(LinuxHost):
    """Nothing is run: the first answer whose words all are in the command is given.

    ``calls`` holds every command, in order; one without an answer fails with 127.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.answers: dict[tuple[str, ...], Answer] = {}
        self.calls: list[tuple[str, ...]] = []

    async def probe(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        user: str | None = None,
    ) -> CommandResult:
        return self._answer(argv)

    async def run(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        user: str | None = None,
        stdin: bytes | None = None,
        **more: object,
    ) -> CommandResult:
        return self._answer(argv)

    def _answer(self, argv: tuple[str, ...]) -> CommandResult:
        self.calls.append(argv)
        for words, answer in self.answers.items():
            if set(words) <= set(argv):
                said = answer(argv) if callable(answer) else answer
                if isinstance(said, str):
                    return CommandResult(argv, 0, said, "")
                return replace(said, argv=argv)
        return CommandResult(argv, 127, "", f"no answer was recorded for {argv}")
