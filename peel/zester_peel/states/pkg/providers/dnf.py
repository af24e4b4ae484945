"""Red Hat and its kin: dnf5, dnf or yum over rpm."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping, Sequence

from zester.templating.functions.versions.rpm import compare_rpm
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.providers.cache import Cached
from zester_peel.states.pkg.providers.process import LOOK, act, look, told
from zester_peel.states.pkg.providers.protocol import Inventory, Options, Pick
from zester_peel.states.pkg.providers.rpm_database import (
    FORMAT,
    RPM_DATABASES,
    query_all,
    query_altered,
    query_file,
    read_rows,
)

_LOCKS = (
    "/etc/dnf/plugins/versionlock.list",
    "/etc/yum/pluginconf.d/versionlock.list",
    "/etc/dnf/versionlock.toml",
)
_LIMIT = 1024 * 1024
_LOCKED_LINE = re.compile(r"^!?(.+?)-(?:\d+:)?[^-\s]+-[^-\s]+$")
_LOCKED_NAME = re.compile(r'^name *= *"([^"]+)"', re.MULTILINE)


class Dnf:
    """One of the three programs, which take the same words."""

    database: tuple[str, ...] = (*RPM_DATABASES, *_LOCKS)
    sources: tuple[str, ...] = ("/etc/yum.repos.d", "/etc/dnf/dnf.conf", "/etc/yum.conf")
    lists: tuple[str, ...] = ("/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum")

    def __init__(self, program: str) -> None:
        self.name = program
        self._program = program
        self._known: Cached[Inventory] = Cached()

    def compare(self, first: str, second: str) -> int:
        return compare_rpm(first, second)

    def normalized(self, name: str) -> str:
        return name

    async def inventory(self, host: HostReader) -> Inventory:
        async def read() -> Inventory:
            order = functools.cmp_to_key(compare_rpm)
            installed = {
                name: tuple(sorted(versions, key=order))
                for name, versions in (await query_all(host)).items()
            }
            texts = [
                (await host.read(place, limit=_LIMIT)).decode("utf-8", "replace")
                for place in _LOCKS
                if await host.stat(place, follow=True) is not None
            ]
            return Inventory(installed, held=read_versionlocks("\n".join(texts)))

        return await self._known.get(host, self.database, read)

    async def offered(
        self, host: HostReader, names: Collection[str], options: Options
    ) -> Mapping[str, tuple[str, ...]]:
        wanted = sorted(names)
        query = ("--available", "--qf", FORMAT, "--", *wanted)
        rows = read_rows(await look(host, self._call("repoquery", options, *query)))
        order = functools.cmp_to_key(compare_rpm)
        return {
            name: tuple(sorted(rows[name], key=order, reverse=True))
            for name in wanted
            if name in rows
        }

    async def upgradable(self, host: HostReader, options: Options) -> Mapping[str, str]:
        argv = self._call("repoquery", options, "--upgrades", "--qf", FORMAT)
        order = functools.cmp_to_key(compare_rpm)
        arches = (".x86_64", ".noarch", ".aarch64", ".i686", ".ppc64le", ".s390x")
        newer = read_rows(await look(host, argv))
        # repoquery tells of what is locked as well, and an upgrade passes it over
        locked = () if options.update_holds else (await self.inventory(host)).held
        return {
            name: max(versions, key=order)
            for name, versions in newer.items()
            if not name.endswith(arches) and name not in locked
        }

    async def altered(self, host: HostReader, name: str) -> tuple[str, ...]:
        return await query_altered(host, name)

    async def version_in(self, host: HostReader, file: str) -> str | None:
        return await query_file(host, file)

    async def refresh(self, host: HostReader) -> str:
        argv = (self._program, "-q", "-y", "makecache", "--refresh")
        done = await host.probe(argv, cwd="/", timeout=LOOK * 3)
        return "" if done.returncode == 0 else told(done)

    async def install(self, host: Host, picks: Sequence[Pick], options: Options) -> None:
        installed = (await self.inventory(host)).installed
        verbs: dict[str, list[str]] = {}
        for pick in picks:
            verbs.setdefault(self._verb(pick, installed), []).append(_word(pick))
        for verb, words in sorted(verbs.items(), reverse=True):
            await act(host, self._call(verb, options, "--", *words))

    async def upgrade(self, host: Host, names: Collection[str], options: Options) -> None:
        verb = "distro-sync" if options.dist_upgrade and not names else "upgrade"
        await act(host, self._call(verb, options, "--", *sorted(names)))

    async def remove(self, host: Host, names: Collection[str], *, purge: bool) -> None:
        await act(host, self._call("remove", Options(), "--", *sorted(names)))

    async def hold(self, host: Host, names: Collection[str], *, held: bool) -> None:
        verb = "add" if held else "delete"
        await act(host, (self._program, "-q", "-y", "versionlock", verb, *sorted(names)))

    def _verb(self, pick: Pick, installed: Mapping[str, tuple[str, ...]]) -> str:
        if pick.reinstall:
            return "reinstall"
        here = installed.get(pick.name)
        older = pick.version and here and compare_rpm(pick.version, here[-1]) < 0
        return "downgrade" if older else "install"

    def _call(self, verb: str, options: Options, *words: str) -> tuple[str, ...]:
        argv = [self._program, "-q", "-y"]
        if options.fromrepo:
            argv += ["--disablerepo=*", f"--enablerepo={options.fromrepo}"]
        argv += [f"--disablerepo={name}" for name in options.disablerepo]
        argv += [f"--enablerepo={name}" for name in options.enablerepo]
        if options.skip_verify:
            argv.append("--nogpgcheck")
        if options.update_holds:
            argv.append("--disableplugin=versionlock")
        if options.install_recommends is not None:
            argv.append(f"--setopt=install_weak_deps={options.install_recommends}")
        return (*argv, verb, *words)


def read_versionlocks(text: str) -> frozenset[str]:
    """Return the names that versionlock keeps, from the files of dnf, yum and dnf5."""
    found = set(_LOCKED_NAME.findall(text))
    for line in text.splitlines():
        match = _LOCKED_LINE.match(line.strip())
        if match and "=" not in line and not line.startswith("#"):
            found.add(match[1])
    return frozenset(found)


def _word(pick: Pick) -> str:
    if pick.file is not None:
        return pick.file
    return pick.name if pick.version is None else f"{pick.name}-{pick.version}"
