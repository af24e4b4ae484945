"""Where crontabs are kept: read there, written by the crontab program."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG
from weakref import WeakKeyDictionary

from zester.errors import HostError, StateError
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Signature
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


async def write_crontab(host: Host, user: str, table: Crontab) -> None:
    """Install a crontab; raises StateError with what the crontab program says."""
    data = table.text.encode("utf-8", "surrogateescape")
    if host.root != Path("/"):
        path = await _place(host, user)
        await host.mkdir(path.rpartition("/")[0], parents=True)
        await host.write(path, data, mode=0o600)
        return
    # only root may name a user; everybody else has one crontab
    whose = ("-u", user) if os.geteuid() == 0 else ()
    try:
        done = await host.run(("crontab", *whose, "-"), cwd="/", timeout=_TIMEOUT, stdin=data)
    except HostError as error:
        raise StateError(
            f"cannot write the crontab of {user}: {error}", hint="is cron installed?"
        ) from error
    if done.returncode != 0:
        told = said(done.stderr.strip() or done.stdout, f"exit code {done.returncode}")
        raise StateError(f"cannot write the crontab of {user}: {told}")


async def _place(host: HostReader, user: str) -> str:
    for spool in _SPOOLS:
        found = await host.stat(spool, follow=True)
        if found is not None and found.kind == "directory":
            return f"{spool}/{user}"
    return f"{_SPOOLS[0]}/{user}"
