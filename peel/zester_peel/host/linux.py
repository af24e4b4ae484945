"""A Linux machine, or a folder that looks like one."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path

import anyio.to_thread

from zester_peel.host.accounts import Accounts
from zester_peel.host.changes import FileWriter
from zester_peel.host.files import FileReader
from zester_peel.host.paths import Paths
from zester_peel.host.processes.commands import Commands
from zester_peel.host.processes.leash import Leash
from zester_peel.host.protocol import CommandResult, Launch, Signature, Stat


class LinuxHost:
    """The machine below ``root``, as ``Host``.

    With a root other than ``/`` paths are mapped below it; commands start inside it and find it in
    ``ZESTER_ROOT``, but they run on the machine itself: it serves demos and tests, not isolation.
    ``leash`` remembers commands that must not outlive this process.
    """

    def __init__(self, root: Path = Path("/"), *, leash: Leash | None = None) -> None:
        self._paths = Paths(root)
        self._accounts = Accounts(self._paths)
        self._files = FileReader(self._paths, self._accounts)
        self._changes = FileWriter(self._paths)
        self._commands = Commands(self._paths, self._accounts, leash=leash)
        self.root = Path(self._paths.root)

    def real(self, path: str) -> Path:
        return Path(self._paths.locate(path))

    async def stat(self, path: str, *, follow: bool = False) -> Stat | None:
        return self._files.stat(path, follow=follow)

    async def read(self, path: str, *, limit: int) -> bytes:
        return await self._files.read(path, limit=limit)

    async def digest(self, path: str, algorithm: str = "sha256") -> str:
        return await self._files.digest(path, algorithm)

    async def listdir(self, path: str) -> tuple[str, ...]:
        return self._files.listdir(path)

    async def times(self, path: str) -> tuple[int, int] | None:
        return self._files.times(path)

    def signature(self, path: str) -> Signature | None:
        return self._files.signature(path)

    def user_id(self, name: str) -> int | None:
        return self._accounts.uid(name)

    def group_id(self, name: str) -> int | None:
        return self._accounts.gid(name)

    async def probe(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        user: str | None = None,
    ) -> CommandResult:
        return await self._commands.run(argv, cwd=cwd, env=env, timeout=timeout, user=user)

    async def write(
        self,
        path: str,
        content: bytes | Iterable[bytes],
        *,
        mode: int,
        uid: int | None = None,
        gid: int | None = None,
    ) -> None:
        # always in a thread: the disk decides how long fsync takes
        write = functools.partial(self._changes.write, path, content, mode=mode, uid=uid, gid=gid)
        await anyio.to_thread.run_sync(write)

    async def rewrite(self, path: str, content: bytes, *, before: bytes) -> bool:
        rewrite = functools.partial(self._changes.rewrite, path, content, before=before)
        return await anyio.to_thread.run_sync(rewrite)

    async def set_times(self, path: str, atime_ns: int, mtime_ns: int) -> None:
        self._changes.set_times(path, atime_ns, mtime_ns)

    async def put(self, path: str, value: bytes) -> None:
        self._changes.put(path, value)

    async def mkdir(
        self, path: str, *, mode: int = 0o755, parents: bool = False
    ) -> tuple[str, ...]:
        return self._changes.mkdir(path, mode=mode, parents=parents)

    async def chmod(self, path: str, mode: int, *, below: str | None = None) -> None:
        self._changes.chmod(path, mode, below)

    async def chown(
        self, path: str, uid: int | None, gid: int | None, *, below: str | None = None
    ) -> None:
        self._changes.chown(path, uid, gid, below)

    async def symlink(self, path: str, target: str) -> None:
        self._changes.symlink(path, target)

    async def link(self, path: str, target: str) -> None:
        self._changes.link(path, target)

    async def rename(self, source: str, path: str) -> None:
        self._changes.rename(source, path)

    async def remove(self, path: str, *, below: str | None = None) -> None:
        # in a thread: a folder may hold millions of files
        await anyio.to_thread.run_sync(self._changes.remove, path, below)

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
        try:
            return await self._commands.run(
                argv, cwd=cwd, env=env, timeout=timeout, user=user, stdin=stdin, launch=launch
            )
        finally:
            self._accounts.forget()  # it may have created one
