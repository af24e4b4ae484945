"""Asking rpm what is installed."""

from __future__ import annotations

import re

from zester_peel.host.protocol import HostReader
from zester_peel.states.pkg.providers.process import asked, look

RPM_DATABASES = (
    "/var/lib/rpm/rpmdb.sqlite",
    "/var/lib/rpm/rpmdb.sqlite-wal",
    "/var/lib/rpm/Packages",
    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
    "/usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
    "/usr/lib/sysimage/rpm/Packages.db",
)
"""While somebody else has the database open, what is new is only in its log (``-wal``)."""

FORMAT = "%{name}\\t%{epoch}\\t%{version}\\t%{release}\\t%{arch}\\n"
_ALTERED = re.compile(r"^(?:\S{8,9}|missing) +([a-z] )? *(/.*)$", re.MULTILINE)

Versions = dict[str, tuple[str, ...]]


async def query_all(host: HostReader) -> Versions:
    """Return every installed package's versions, also by ``name.arch``."""
    return read_rows(await look(host, ("rpm", "-qa", "--queryformat", FORMAT)))


async def query_altered(host: HostReader, name: str) -> tuple[str, ...]:
    """Return files that are not as the package brought them; configuration does not count."""
    said = await look(host, ("rpm", "--verify", "--", name), good=(0, 1))
    return tuple(path for kind, path in _ALTERED.findall(said) if kind.strip() != "c")


async def query_file(host: HostReader, file: str) -> str | None:
    """Return the version of a package file, None when rpm cannot read it."""
    said = await asked(host, ("rpm", "-qp", "--queryformat", FORMAT, "--", file))
    return next((versions[0] for versions in read_rows(said or "").values()), None)


def read_rows(text: str) -> Versions:
    """Read rows of name, epoch, version, release, architecture; the order is kept."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, *rest = line.split("\t")
        if len(rest) != 4 or name == "gpg-pubkey":
            continue
        epoch, version, release, arch = rest
        full = f"{version}-{release}" if release else version
        if epoch not in ("", "0", "(none)"):
            full = f"{epoch}:{full}"
        for key in (name, f"{name}.{arch}"):
            versions = found.setdefault(key, [])
            if full not in versions:
                versions.append(full)
    return {name: tuple(versions) for name, versions in found.items()}
