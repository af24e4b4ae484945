"""Where crontabs are kept: read there, written by the crontab program."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from stat import S_ISREG
from weakref import WeakKeyDictionary

from zester.errors import HostError, StateError
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Launch, Signature
from zester_peel.states.cron.table import Crontab
from zester_peel.states.said import said

_SPOOLS = (
    "/var/spool/cron/crontabs",  # Debian
    "/var/spool/cron/tabs",  # SUSE
    "/etc/crontabs",  # busybox
    "/var/spool/cron",  # Fedora, Arch
)
_MAX_BYTES = 4 * 1024 * 1024
_MAX_KNOWN = 20_000  # lines, over all versions of one crontab
_TIMEOUT = 60.0
_RETRIES = 10


def spool_watches(user: str) -> Iterable[Watch]:
    return [Watch("path", f"{spool}/{user}") for spool in _SPOOLS]


def spool_needs(user: str) -> Iterable[str]:
    """Yield what has to be there before this user can have a crontab."""
    yield from ("package:cron", "package:cronie")
    if user != "root":
        yield f"user:{user}"


class Crontabs:
    """Reads crontabs, each again only when it has changed."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[HostReader, dict[str, tuple[Signature, Crontab]]]
        self._known = WeakKeyDictionary()

    async def read(self, host: HostReader, user: str) -> tuple[Crontab, bool]:
        """Return a user's crontab, and whether there is one; raises HostError."""
        path = await _place(host, user)
        mark = host.signature(path)
        if mark is None:
            return Crontab(), False
        known = self._known.setdefault(host, {})
        cached = known.get(path)
        if cached is not None and cached[0] == mark and not mark.racy:
            return cached[1], True
        if not S_ISREG(mark.mode):
            raise HostError(f"cannot read the crontab {path}: it is not a regular file")
        data = await host.read(path, limit=_MAX_BYTES)
        lines = {} if cached is None or len(cached[1].known) > _MAX_KNOWN else cached[1].known
        table = Crontab.parse(data.decode("utf-8", "surrogateescape"), lines)
        known[path] = (mark, table)
        return table, True

    async def edit(self, host: Host, user: str, change: Callable[[Crontab], Crontab]) -> Crontab:
        """Change a user's crontab; return it as it was before.

        One that somebody else writes meanwhile is read and changed again. Raises StateError (with
        what the crontab program says), HostError.
        """
        for _ in range(_RETRIES):
            before, there = await self.read(host, user)
            after = change(before)
            if there and after.text == before.text:
                return before

            async def unchanged(seen: Crontab = before, existed: bool = there) -> bool:
                now, exists = await self.read(host, user)
                return exists == existed and now.text == seen.text

            if await _install(host, user, before if there else None, after, unchanged):
                return before
        raise StateError(f"cannot write the crontab of {user}: another process keeps writing it")


async def _install(
    host: Host,
    user: str,
    before: Crontab | None,
    after: Crontab,
    unchanged: Callable[[], Awaitable[bool]],
) -> bool:
    """Install a crontab unless it is not ``before`` any more; False then."""
    data = after.text.encode("utf-8", "surrogateescape")
    if host.root != Path("/"):
        path = await _place(host, user)
        if before is not None:
            stored = await host.read(path, limit=_MAX_BYTES)
            same = Crontab.parse(stored.decode("utf-8", "surrogateescape")).text == before.text
            return same and await host.rewrite(path, data, before=stored)
        await host.mkdir(path.rpartition("/")[0], parents=True)
        await host.write(path, data, mode=0o600)
        return True
    kept = True

    async def confirm() -> bool:
        nonlocal kept
        kept = await unchanged()
        return kept

    # only root may name a user; everybody else has one crontab
    whose = ("-u", user) if os.geteuid() == 0 else ()
    argv, launch = ("crontab", *whose, "-"), Launch(confirm=confirm)
    try:
        done = await host.run(argv, cwd="/", timeout=_TIMEOUT, stdin=data, launch=launch)
    except HostError as error:
        raise StateError(
            f"cannot write the crontab of {user}: {error}", hint="is cron installed?"
        ) from error
    if kept and done.returncode != 0:
        told = said(done.stderr.strip() or done.stdout, f"exit code {done.returncode}")
        raise StateError(f"cannot write the crontab of {user}: {told}")
    return kept


async def _place(host: HostReader, user: str) -> str:
    for spool in _SPOOLS:
        found = await host.stat(spool, follow=True)
        if found is not None and found.kind == "directory":
            return f"{spool}/{user}"
    return f"{_SPOOLS[0]}/{user}"
