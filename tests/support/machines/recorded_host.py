"""A machine below a folder whose commands answer with what was recorded elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from support.machines.answering_host import AnsweringHost
from zester_peel.host.protocol import CommandResult

Answer = str | CommandResult | Callable[[tuple[str, ...]], str | CommandResult]


class RecordedHost(AnsweringHost):
    """Nothing is run: the first answer whose words all are in the command is given.

    ``calls`` holds every command, in order; one without an answer fails with 127.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.answers: dict[tuple[str, ...], Answer] = {}
        self.calls: list[tuple[str, ...]] = []

    def answer(self, argv: tuple[str, ...], stdin: bytes | None) -> CommandResult:
        self.calls.append(argv)
        for words, answer in self.answers.items():
            if set(words) <= set(argv):
                said = answer(argv) if callable(answer) else answer
                if isinstance(said, str):
                    return CommandResult(argv, 0, said, "")
                return replace(said, argv=argv)
        return CommandResult(argv, 127, "", f"no answer was recorded for {argv}")
