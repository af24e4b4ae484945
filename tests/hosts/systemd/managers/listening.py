"""A host inside a machine that remembers what commands said and files held."""

from __future__ import annotations

from collections.abc import Mapping

import anyio.to_thread

from hosts.systemd.machine import Machine
from support.machines.package_story import Said
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import CommandResult


class ListeningHost(LinuxHost):
    """Files are seen from outside, commands run inside."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine.root)
        self._machine = machine
        self.said: list[Said] = []
        self.files: dict[str, str] = {}

    async def read(self, path: str, *, limit: int) -> bytes:
        found = await super().read(path, limit=limit)
        self.files[path] = found.decode()
        return found

    async def probe(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        user: str | None = None,
    ) -> CommandResult:
        return await self.run(argv, env=env)

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
        words = [f"{key}={value}" for key, value in {"LC_ALL": "C", **(env or {})}.items()]

        def within() -> CommandResult:
            done = self._machine.run("env", *words, *argv, check=False)
            return CommandResult(argv, done.returncode, done.stdout, done.stderr)

        done = await anyio.to_thread.run_sync(within)
        self.said.append(Said(argv=argv, code=done.returncode, out=done.stdout, err=done.stderr))
        return done
