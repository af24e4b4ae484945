"""Running commands."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

import anyio

from zester.dataclass import dataclass
from zester.errors import CommandTimeout, HostError
from zester_peel.host.accounts import Account, Accounts
from zester_peel.host.paths import Paths
from zester_peel.host.processes.ending import wait_without_threads
from zester_peel.host.processes.environment import inherited
from zester_peel.host.processes.feeding import feed
from zester_peel.host.processes.groups import groups_of, signal_group
from zester_peel.host.processes.leash import UNTIED, Leash, Tie
from zester_peel.host.protocol import CommandResult, Launch

_OUTPUT_LIMIT = 1024 * 1024  # bytes kept of each stream
_GRACE = 3.0  # seconds between SIGTERM and SIGKILL
_DRAIN = 1.0  # seconds to read on when the command ended and a child of its holds the pipe
_KILLED = 5.0  # seconds the kernel gets to end a killed process


class Commands:
    """Runs commands: own session, ``LC_ALL=C``, closed stdin, bounded output, a deadline.

    Ended (at the deadline, or because the caller was cancelled) is always the whole process group,
    with those that its processes made for themselves.
    What a command leaves in the background when it ends by itself stays.
    """

    def __init__(
        self,
        paths: Paths,
        accounts: Accounts,
        *,
        output_limit: int = _OUTPUT_LIMIT,
        grace: float = _GRACE,
        leash: Leash | None = None,
    ) -> None:
        self._paths = paths
        self._accounts = accounts
        self._output_limit = output_limit
        self._grace = grace
        self._leash = leash

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
        """Run a command to its end; raises HostError or CommandTimeout."""
        account, launch = self._account(user), launch or Launch()
        output = _Output(self._output_limit)
        with self._tied(launch) as tie:
            started = _Started(cwd, env, account, launch, tie, fed=stdin is not None)
            with anyio.CancelScope(shield=True):  # a half-started process could not be ended
                transport = await self._start(argv, output, started)
            pid = transport.get_pid()
            tie.to(pid)
            try:
                with anyio.move_on_after(timeout) as deadline:
                    if stdin is not None and not await feed(transport, stdin, launch.confirm):
                        signal_group(pid, signal.SIGINT)
                    await output.exited.wait()
                    with anyio.move_on_after(_DRAIN):
                        await output.closed.wait()
                if deadline.cancelled_caught and not output.exited.is_set():
                    raise CommandTimeout(
                        f"command {argv[0]!r} ran past its {timeout:g} s and was ended",
                        hint="raise its timeout, or find out what it waits for",
                    )
            finally:
                if not output.exited.is_set():
                    with anyio.CancelScope(shield=True):
                        await self._end(pid, output)
                transport.close()
        return CommandResult(
            argv=argv,
            returncode=transport.get_returncode() or 0,
            stdout=output.text(1),
            stderr=output.text(2),
            truncated=output.truncated,
            pid=pid,
        )

    async def _start(
        self,
        argv: tuple[str, ...],
        output: _Output,
        how: _Started,
    ) -> asyncio.SubprocessTransport:
        if not argv or not argv[0]:
            raise HostError("cannot run a command without a name")
        account, umask = how.account, how.launch.umask
        folder = self._folder(how.cwd, account)
        wait_without_threads()
        try:
            transport, _ = await asyncio.get_running_loop().subprocess_exec(
                lambda: output,
                *argv,
                stdin=subprocess.PIPE if how.fed else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=self._environment(how),
                start_new_session=True,
                umask=-1 if umask is None else umask,
                **self._identity(account, how.launch.group),
            )
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            who = f" as {account.name}" if account else ""
            raise HostError(
                f"cannot run {argv[0]!r}{who}: {why} (uid {os.geteuid()})",
                hint="is it installed, executable and in PATH?",
            ) from error
        except ValueError as error:  # zero bytes, or an impossible name of a variable
            raise HostError(f"cannot run {argv[0]!r}: {error}") from error
        return transport

    def _tied(self, launch: Launch) -> Tie:
        return self._leash.announce() if launch.bound and self._leash is not None else UNTIED

    def _account(self, user: str | None) -> Account | None:
        if user is None:
            return None
        account = self._accounts.account(user)
        if account is None:
            raise HostError(f"cannot run a command as {user!r}: there is no such user")
        return account

    def _identity(self, account: Account | None, group: str | None) -> dict[str, Any]:
        gid = None if group is None else self._accounts.gid(group)
        if group is not None and gid is None:
            raise HostError(f"cannot run a command as group {group!r}: there is no such group")
        if account is None or account.uid == os.geteuid():
            return {} if gid is None else {"group": gid}
        return {
            "user": account.uid,
            "group": account.gid if gid is None else gid,
            "extra_groups": self._accounts.groups(account),
        }

    def _folder(self, cwd: str | None, account: Account | None) -> str:
        if cwd is not None:
            folder = self._paths.locate(cwd, follow=True)
            if not os.path.isdir(folder):  # noqa: PTH112 - locate gives text
                raise HostError(f"cannot run a command in {cwd}: there is no such directory")
            return folder
        home = account or self._accounts.account(str(os.geteuid()))
        if home is not None and home.home.startswith("/"):
            folder = self._paths.locate(home.home, follow=True)
            if os.path.isdir(folder):  # noqa: PTH112 - locate gives text
                return folder
        return self._paths.root

    def _environment(self, how: _Started) -> dict[str, str]:
        """Return the peel's own environment without what is only meant for the peel."""
        account, first = how.account, how.launch.prepend_path
        merged = inherited()
        merged["LC_ALL"] = "C"
        if account is not None:
            merged |= {
                "HOME": account.home,
                "USER": account.name,
                "LOGNAME": account.name,
                "SHELL": account.shell or "/bin/sh",
            }
        if not self._paths.whole_machine:
            merged["ZESTER_ROOT"] = self._paths.root
        merged |= dict(how.env or {}) | how.tie.environment
        if first is not None:
            merged["PATH"] = f"{first}:{merged.get('PATH', os.defpath)}"
        return merged

    async def _end(self, pid: int, output: _Output) -> None:
        """End the process group, and those of its descendants: ask, wait, insist."""
        groups = groups_of(pid)
        left = [group for group in groups if signal_group(group, signal.SIGTERM)]
        with anyio.move_on_after(self._grace):
            await output.exited.wait()
            while left:  # nothing tells when a whole group has ended
                left = [group for group in left if signal_group(group, 0)]
                await anyio.sleep(0.02)
        for group in groups:
            signal_group(group, signal.SIGKILL)
        with anyio.move_on_after(_KILLED):
            await output.exited.wait()


@dataclass(frozen=True, slots=True)
class _Started:
    """How a command is to be started."""

    cwd: str | None
    env: Mapping[str, str] | None
    account: Account | None
    launch: Launch
    tie: Tie
    fed: bool


class _Output(asyncio.SubprocessProtocol):
    """Collects what a process prints, up to a limit for each stream; the rest is thrown away."""

    def __init__(self, limit: int) -> None:
        self.exited = anyio.Event()
        self.closed = anyio.Event()
        self.truncated = False
        self._limit = limit
        self._kept: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        kept = self._kept[fd]
        room = self._limit - len(kept)
        if len(data) > room:
            self.truncated = True
            data = data[:room]
        kept += data

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open:
            self.closed.set()

    def process_exited(self) -> None:
        self.exited.set()

    def text(self, fd: int) -> str:
        return self._kept[fd].decode("utf-8", "replace")
