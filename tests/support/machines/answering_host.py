"""A machine below a folder whose commands are answered by a test."""

from __future__ import annotations

from collections.abc import Mapping

import anyio.lowlevel

from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import CommandResult, Launch


class AnsweringHost(LinuxHost):
    """Files are real, nothing is run: every command gets what ``answer`` returns."""

    def answer(self, argv: tuple[str, ...], stdin: bytes | None) -> CommandResult:
        """Return how a command ends; who runs commands says how."""
        raise AssertionError(f"nobody expected {argv}, given {stdin!r}")

    async def probe(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        user: str | None = None,
    ) -> CommandResult:
        await anyio.lowlevel.checkpoint()
        return self.answer(argv, None)

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
        assert timeout is not None, f"{argv} has no deadline"
        await anyio.lowlevel.checkpoint()
        return self.answer(argv, stdin)
